"""Does the report show what the tables hold, in both languages, without a network?"""

import base64
import dataclasses
import io
import re
import shutil
from html.parser import HTMLParser

import pytest
from fontTools.ttLib import TTFont

import sim
from sim.core.units import era
from sim.outputs.measures import facts
from sim.outputs.tables import HEADLINE
from sim.reports import nationality
from sim.reports.content import SECTIONS
from sim.reports.drawing import title_of
from sim.reports.grid import shown
from sim.reports.headlines import headline_kind
from sim.reports.items import item_label
from sim.reports.judged import judged
from sim.reports.section import Section
from sim.reports.tables import headline, misses, verdicts
from sim.reports.words import WORDS, say

JAPANESE = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff]")


class Page(HTMLParser):
    """The tables of a page by section, its links and its ids."""

    def __init__(self, text):
        super().__init__()
        self.tables, self.section, self.links, self.ids, self.images = {}, "", [], set(), []
        self.cell = None
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        self.ids.add(given.get("id"))
        if tag == "section":
            self.section = given["id"]
        if tag == "a":
            self.links.append(given["href"])
        if tag == "img":
            self.images.append(given)
        if tag == "tr":
            self.tables.setdefault(self.section, []).append([])
        if tag in ("td", "th"):
            self.cell = ""

    def handle_data(self, data):
        if self.cell is not None:
            self.cell += data

    def handle_endtag(self, tag):
        if tag in ("td", "th"):
            self.tables[self.section][-1].append(self.cell)
            self.cell = None


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    out = tmp_path_factory.mktemp("results")
    return sim.run("scenarios/baseline.yaml", sample=400, controls=False, last=2024, out=out, progress=False).folder


@pytest.fixture(scope="module")
def pages(run):
    from sim.reports import build

    return {lang: build(run.path, lang, png=False).read_text(encoding="utf-8") for lang in ("ja", "en")}


def test_headline_figures_on_the_page_are_those_of_the_tables(run, pages):
    t = run.table("metropolis_year")
    for lang, text in pages.items():
        rows = Page(text).tables["headline"]
        years = [era(int(y)) for y in t["year"]]
        assert rows[0][2 : 2 + len(years)] == years
        for name, row in zip(HEADLINE, rows[1 : 1 + len(HEADLINE)], strict=True):
            assert row[2 : 2 + len(years)] == [shown(v, headline_kind(name), lang) for v in t[name]]


def test_municipalities_on_the_page_are_those_of_the_tables(run, pages):
    t = facts(run)
    last = t[t["year"] == 2024].reset_index(drop=True)
    rows = Page(pages["ja"]).tables["places"]
    named = [r for r in rows if r[0].rstrip("*") in set(last["name"])][:62]  # the ranges of all figures follow
    assert len(named) == 62
    for row, fact in zip(named, last.to_dict("records"), strict=True):
        assert row[0] == fact["name"] + ("*" if fact["small"] else "")
        assert row[1] == f"{fact['member_months'] / 12:,.0f}"
        assert row[2] == f"{fact['contribution'] / 1e6:,.0f}"
        billed = sum(fact[f"bill_{p}"] for p in ("medical", "support", "care", "child"))
        base = billed - fact["bill_unknown_address"]
        assert row[4] == (f"{fact['collected'] / base * 100:.2f}%" if base else "–")
        assert row[-2] == (f"±{fact['rate_half'] * 100:.2f}" if base else "–")


def test_pages_stand_alone_and_their_links_lead_somewhere(pages):
    for text in pages.values():
        page = Page(text)
        assert page.links
        assert all(link.startswith("#") and link[1:] in page.ids for link in page.links)
        assert all(i["src"].startswith("data:image/svg+xml") and i["alt"] for i in page.images)
        library = re.search(r'<script id="echarts">.*?</script>', text, re.DOTALL)[0]
        own = text.replace(library, "")
        assert "http://" not in own
        assert "https://" not in own
        assert set(re.findall(r"https?://([\w.]+)", library)) == {"www.w3.org"}, "names of what is drawn, no addresses"


def test_every_published_figure_has_a_name_in_both_languages(run):
    for name in judged(run)["id"]:
        ja, en = (say(item_label(name), lang) for lang in ("ja", "en"))
        assert JAPANESE.search(ja), name
        assert not re.search("[a-z]{3}", ja), f"{name}: {ja}"
        assert not JAPANESE.search(en), name


def test_the_english_page_has_no_japanese_left_and_the_japanese_no_key(pages):
    titles = r"<ul class=\"sources\">.*?</ul>|\"sources\":\[.*?\],"  # of papers, in their own language
    english = re.sub(rf"{titles}|<style>.*?</style>|src=\"[^\"]*\"", "", pages["en"], flags=re.S)
    assert JAPANESE.findall(english) == []
    assert "_" not in "".join(c for rows in Page(pages["ja"]).tables.values() for row in rows for c in row)


def test_every_text_exists_in_both_languages():
    for key, (ja, en) in WORDS.items():
        assert ja, key
        assert en, key
        assert not JAPANESE.search(en), key
    for section in SECTIONS:
        for title in (section.title, *(d.title for d in section.figures)):
            assert JAPANESE.search(title[0])
            assert title[1]
            assert not JAPANESE.search(title[1])


def test_titles_name_the_years_of_the_run(run):
    drawing = next(d for s in SECTIONS for d in s.figures if d.name == "pyramid")
    assert "R6" in title_of(drawing, run, "ja")


def test_a_section_without_its_tables_is_left_out(run):
    section = Section("x", ("試", "x"), ("文", "x"), needs=("no_such_table",))
    assert not section.possible(run)
    assert dataclasses.replace(section, needs=("members",)).possible(run)


def test_money_is_shown_in_hundred_million_yen_and_missing_as_a_dash():
    assert shown(123_456_789_012, "oku", "ja") == "1,235"
    assert shown(0.91234, "share", "ja") == "91.23%"
    assert shown(70_400, "per_million", "ja") == "7.04%"
    assert shown(float("nan"), "yen", "ja") == "–"


def test_a_row_may_have_its_own_kind(run):
    grid = headline(run, "ja")
    rate = list(HEADLINE).index("collection_rate")
    assert grid.text("ja")[rate][2].endswith("%")


def test_labels_of_published_figures_name_item_place_and_date():
    assert item_label("members_end.13104.2023") == ("被保険者（年度末） 新宿区", "insured (year end), Shinjuku")
    assert item_label("contribution_total_provisional.2025")[0] == "納付金総額（仮係数）"
    assert item_label("register_foreign_20-39.2026-01-01")[0] == "住民基本台帳人口：外国人 20〜39歳 （2026年1月1日）"
    assert item_label("register_age_65_plus.2024-01-01")[1] == "register, 65 and over, 2024-01-01"
    assert item_label("something_new.2023") == ("something new", "something new")


def test_the_first_page_of_a_run_has_first_figures_and_says_where_the_rest_is(run, pages, tmp_path):
    from sim.reports import build

    shutil.copytree(run.path, tmp_path / "run")
    for lang, whole in pages.items():
        text = build(tmp_path / "run", lang, png=False, brief=True).read_text(encoding="utf-8")
        page, full = Page(text), Page(whole)
        assert page.tables["headline"] == full.tables["headline"]
        assert page.tables["places"] == full.tables["places"]
        assert 5 <= len(page.images) < len(full.images)
        assert "kokuho report baseline" in text
        assert "kokuho report baseline" not in whole


def test_misses_are_listed_first_and_counted(run, pages):
    table = judged(run)
    told = table[table["ok"].notna()]
    missed = told[~told["ok"].astype(bool)]
    grids = [verdicts(run, "ja"), misses(run, "ja")]
    assert sum(row[3] for row in grids[0].rows) == len(missed) > 0
    assert len(grids[1].rows) == len(missed)
    assert Page(pages["ja"]).tables["validation"][len(grids[0].rows) + 2][0] == grids[1].rows[0][0][0]


def test_every_sign_of_the_page_is_in_the_font_it_carries(pages):
    for text in pages.values():
        style = text[text.index("<style>") : text.index("</style>")]
        font = TTFont(io.BytesIO(base64.b64decode(re.search(r"base64,([^\"]+)", style)[1])))
        body = re.sub(r"<style>.*?</style>|src=\"[^\"]*\"", "", text, flags=re.S)
        wanted = {c for c in body if JAPANESE.match(c)}
        assert {ord(c) for c in wanted} <= set(font.getBestCmap())
        assert re.search(r'font: [^;]*?"kokuho", ', style)


@pytest.fixture(scope="module")
def study():
    from sim.studies.levers import levers

    names = ("reminders", "enforcement", "receipts_review")
    return levers(names, sample=2000, replicates=2, last=2027, ranges=False, progress=False)


def test_the_study_of_the_levers_is_drawn_with_names_in_both_languages(study, tmp_path):
    from sim.reports.levers_figures import LABELS, draw, label
    from sim.studies.levers import ALL, EFFECTS, TOGETHER

    assert set(EFFECTS) | set(TOGETHER) == set(LABELS)
    assert set(EFFECTS) == set(ALL)
    for lang in ("ja", "en"):
        for path in draw(study, tmp_path, lang):
            assert path.stat().st_size > 5_000
        assert all(label(v, lang) != v for v in study.summary()["variant"])


def test_effects_of_the_study_are_differences_of_its_pairs(study):
    runs = study.runs.set_index(["variant", "replicate", "year"])["collection_rate"]
    gaps = [runs["enforcement", r, 2027] - runs["baseline", r, 2027] for r in (0, 1)]
    row = study.summary().set_index("variant").loc["enforcement"]
    assert row["rate"] == pytest.approx(sum(gaps) / 2)
    assert row["high"] - row["rate"] == pytest.approx(12.706 * abs(gaps[0] - gaps[1]) / 2, rel=1e-4)
    assert row["spent"] > 0


def test_a_yen_spent_brings_back_what_is_collected_or_saved(study):
    runs = study.runs.groupby(["variant", "replicate"])[["collected", "arrears_collected", "benefit", "effort"]].sum()
    spent = study.runs.groupby(["variant", "replicate"])[["collection_cost", "programme_cost"]].sum().sum(axis=1)
    money = study.money()
    for name, back in (("enforcement", ["collected", "arrears_collected"]), ("receipts_review", ["benefit"])):
        for r in (0, 1):
            gap = runs.loc[(name, r)] - runs.loc[("baseline", r)]
            gained = abs(gap[back].sum()) + gap["effort"]
            assert money.loc[(name, r), "back"] == pytest.approx(gained)
            assert money.loc[(name, r), "ratio"] == pytest.approx(gained / (spent[name, r] - spent["baseline", r]))
    table = study.summary().set_index("variant")
    assert table.at["receipts_review", "kind"] == "care"
    assert table.at["receipts_review", "ratio"] == pytest.approx(money.loc["receipts_review", "ratio"].mean())


def test_a_report_of_the_baseline_shows_the_newest_study_in_its_folder_of_results(run, study, tmp_path, monkeypatch):
    from sim.outputs.folder import RunFolder
    from sim.reports.html import _section
    from sim.reports.levers_figures import SECTIONS as OWN
    from sim.reports.levers_figures import lever_table
    from sim.studies.levers import Study, kept

    mine = tmp_path / "baseline" / run.path.name
    mine.parent.mkdir()
    mine.symlink_to(run.path)
    alone = RunFolder(mine)
    monkeypatch.setattr("sim.reports.levers_figures.kept", lambda region: kept(tmp_path / "region"))
    assert not OWN[0].possible(alone)
    (tmp_path / "region").mkdir()
    assert Study.read(study.keep(tmp_path / "region")).summary().equals(study.summary())
    assert OWN[0].possible(alone), "kept with the region"
    shutil.rmtree(tmp_path / "region")
    folder = study.write(tmp_path)
    assert OWN[0].possible(alone)
    assert Study.read(folder).summary().equals(study.summary())
    for lang in ("ja", "en"):
        view = _section(OWN[0], alone, lang, {})
        table = view["tables"][0]
        assert [r["cells"] for r in table["rows"]] == lever_table(study, lang).text(lang)
        rate = study.summary().set_index("variant").at["enforcement", "rate"]
        assert f"{rate * 100:+.2f}" in table["rows"][1]["cells"]
        assert len(view["tables"][1]["rows"]) == 4
        assert len(view["tables"][2]["rows"]) == 3


def test_the_insured_by_nationality_add_up(run):
    japanese, foreign, share = nationality.table(run, "en").rows
    assert [japanese[0][1], foreign[0][1]] == ["Japanese", "foreign"]
    places = run.table("municipality_year")
    assert japanese[2] + foreign[2] == places[places["year"] == places["year"].max()]["cost"].sum()
    assert share[1] == pytest.approx(foreign[1] / (japanese[1] + foreign[1]))
    assert foreign[-1] < japanese[-1]
