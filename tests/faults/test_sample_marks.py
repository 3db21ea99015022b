"""A sample is a sample everywhere, and a place is marked by the error it has."""

import shutil
from contextlib import closing

import numpy as np
import openpyxl
import pandas as pd
import pytest
from openpyxl.utils import get_column_letter  # noqa: F401

import sim
from sim import cli, reports
from sim.core.sample import banner, tag
from sim.explanations import sheet
from sim.explanations.chain import explain
from sim.explanations.model_households import model_households
from sim.outputs.measures import ROUGH, by_municipality, precision, rate_half
from sim.reports.collection_figures import Look, tile_map
from sim.reports.marks import rule, starred
from sim.reports.workbook.book import Book
from tests.fake_runs import resealed
from tests.tokyo_facts import TOKYO

SAMPLE = 2000
WORDS_OF_SAMPLES = (
    "標本が小さく",
    "too few in the sample",
    "sampling error",
    "数値に標本の誤差",
    "1/1標本",
    "誤差が大きい",
)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    out = tmp_path_factory.mktemp("results")
    return sim.run("baseline", sample=SAMPLE, controls=False, last=2022, out=out, progress=False).folder


@pytest.fixture(scope="module")
def whole(run, tmp_path_factory):
    """The run as if it were of the full population: what it says of itself must change, and nothing else."""
    path = tmp_path_factory.mktemp("whole") / "results" / "baseline" / "whole"
    shutil.copytree(run.path, path)
    return resealed(path, sample=1)


@pytest.fixture(scope="module")
def pages(run, whole):
    from sim.reports import html

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(html, "draw_all", lambda *_: {})  # figures have a test of their own
        return {
            (n, lang): reports.build(folder.path, lang, png=False, brief=True).read_text(encoding="utf-8")
            for n, folder in ((SAMPLE, run), (1, whole))
            for lang in ("ja", "en")
        }


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_the_page_of_a_sample_says_so_and_that_of_a_full_run_does_not(pages, lang):
    """A quick 1/2000 trial went out as if it were the full run: the page only said so in grey small letters."""
    assert f'<p class="banner" role="note">{banner(SAMPLE, lang)}</p>' in pages[SAMPLE, lang]
    assert tag(SAMPLE, lang) in pages[SAMPLE, lang].partition("</h1>")[0]
    assert 'class="banner"' not in pages[1, lang]


def test_a_full_run_is_never_called_a_small_sample(pages, whole):
    """ "too few in the sample to tell" stood on the report of the full population, at 青ヶ島村."""
    for lang in ("ja", "en"):
        assert precision(whole)["small"].any()
        assert rule(1, lang) in pages[1, lang]
        assert not [w for w in WORDS_OF_SAMPLES if w in pages[1, lang] + starred(1, lang)]


def test_figures_carry_the_banner_and_titles_the_tag(run, whole, tmp_path, monkeypatch):
    """Figures pasted into council papers said 1/2000 in grey at most."""
    from sim.reports import drawing
    from sim.reports.content import FIRST

    seen = []
    monkeypatch.setattr(drawing, "_save", lambda figure, *_: seen.append(figure) or b"")
    first = FIRST[0].figures[0] if FIRST[0].figures else FIRST[1].figures[0]
    for folder in (run, whole):
        drawing.draw_all(folder, [first], tmp_path, "en", False, drawing.footer_of(folder, "en"))
    footers = [f.get_supxlabel().replace("\n", "") for f in seen]
    assert banner(SAMPLE, "en") in footers[0]
    assert tag(SAMPLE, "en") in seen[0].get_suptitle()
    assert "sample" not in footers[1] + seen[1].get_suptitle()


def test_every_sheet_of_every_workbook_says_it_is_a_sample(run, whole, tmp_path):
    """A workbook of a sample went out without a word: only its cover said 1/2000."""
    lines = explain(run.path, "新宿区", 2022)
    paths = {
        reports.build_workbook(run.path, "ja"): True,
        sheet.write(tmp_path / "sample.xlsx", lines, sheet.Subject(run.path, "新宿区", 2022)): True,
        sheet.write(tmp_path / "whole.xlsx", lines, sheet.Subject(whole.path, "新宿区", 2022)): False,
    }
    for path, said in paths.items():
        with closing(openpyxl.load_workbook(path, read_only=True)) as book_read:
            for each in book_read.worksheets:
                top = " ".join(str(v) for row in each.iter_rows(max_row=4, values_only=True) for v in row if v)
                assert (banner(SAMPLE, "ja") in top) == said, (path.name, each.title)
    book = Book(tmp_path / "plain.xlsx", "ja", "f")
    book.sheet(("名", "name"), ("題", "title"))
    book.close()
    assert openpyxl.load_workbook(tmp_path / "plain.xlsx")["名"]["A1"].value == "題"


def test_exports_have_a_column_with_the_sample(run, tmp_path):
    """A CSV of a sample could not be told from one of everybody; a comment line would break its readers."""
    assert set(by_municipality(run)["sample"]) == {SAMPLE} == set(model_households(run)["sample"])
    for ending in (".csv", ".xlsx", ".parquet"):
        out = tmp_path / f"bills{ending}"
        assert cli.main(["models", str(run.path), "-m", "新宿区", "--out", str(out)]) in (None, 0)
        read = {".csv": pd.read_csv, ".xlsx": pd.read_excel, ".parquet": pd.read_parquet}[ending](out)
        assert set(read["sample"]) == {SAMPLE}


def test_tables_of_the_terminal_say_it_is_a_sample(run, whole, capsys):
    """The headline table of a 1/2000 run looked like that of the full run."""
    for arguments in (["models"], ["validate"], ["explain", "-m", "新宿区", "-y", "R4"]):
        for folder, n in ((run, SAMPLE), (whole, 1)):
            cli.main([arguments[0], str(folder.path), *arguments[1:]])
            text = capsys.readouterr().out.replace("\n", "")
            assert (any(tag(SAMPLE, lang) in text for lang in ("ja", "en"))) == (n > 1), arguments


def test_a_ward_of_90_000_at_1_in_100_is_marked():
    """A ward of 90,000 members was 1 point off at 1/100 without a mark: it had more than 500 insured in the sample."""
    ward = pd.Series([0.9]), pd.Series([630])
    half = float(rate_half(*ward, spread=1.87, whole=pd.Series([0.92])).iloc[0])
    assert 0.025 < half < 0.035
    assert half > ROUGH["collection_rate"]
    everybody = float(rate_half(ward[0], ward[1] * 100, 1.87, pd.Series([0.92])).iloc[0])
    assert everybody == pytest.approx(half / 10, rel=0.01)
    assert everybody < ROUGH["collection_rate"]


def test_the_half_width_covers_what_drawing_households_does():
    """Households of unequal bills that pay all or nothing: 95 of 100 draws of 300 lie within the half-width."""
    g = np.random.default_rng(1)
    bills = g.lognormal(11, 0.9, 100_000)
    paid = bills * (g.random(bills.size) < 0.9)
    whole = paid.sum() / bills.sum()
    gaps = bills * np.where(paid > 0, 1 - whole, whole)
    spread = (gaps**2).mean() / bills.mean() ** 2 / whole / (1 - whole)
    rows = [g.choice(bills.size, 300, replace=False) for _ in range(400)]
    rates = pd.Series([paid[r].sum() / bills[r].sum() for r in rows])
    half = rate_half(rates, pd.Series([300] * len(rates)), spread, pd.Series([whole] * len(rates)))
    assert 0.91 < float(((rates - whole).abs() <= half).mean()) < 0.98


def test_a_place_without_households_is_marked_and_stays_on_the_map(run):
    """Three islands vanished from the map, and a place whose four households all paid looked certain."""
    t = precision(run)
    rows = run.table("municipality_year")
    empty = rows.loc[rows["bill_households"] == 0, "code"]
    assert len(empty)
    assert t.set_index("code").loc[empty, "small"].all()
    assert not t.loc[t["code"] == TOKYO, "small"].any()
    assert (t.loc[t["rate_half"].notna() & (t["code"] != TOKYO), "rate_half"] > 0.005).all()
    places = t[t["code"] != TOKYO].set_index("code").assign(rate_half=0.02)
    values = pd.Series(95.0, index=places.index)
    values[13421] = np.nan
    axes = tile_map(values, places, "%", run, "ja", Look()).axes[0]
    texts = [x.get_text() for x in axes.texts]
    assert texts.count("–") == 1
    assert "小笠原村" in texts
    assert texts.count("95.0±2.0") == 61


def test_the_map_of_the_browser_keeps_a_tile_without_data():
    """The page dropped municipalities without a figure from its map."""
    tilemap = pytest.importorskip("sim.ui.tilemap")
    rows = pd.DataFrame({"code": [13101, 13421], "name": ["千代田区", "小笠原村"], "value": [0.9, None], "small": True})
    seen = tilemap.Shown(rows, "share", "t")
    assert list(seen.table["name"]) == ["千代田区", "小笠原村"]
    assert seen.face(13101) != tilemap.NO_VALUE
    assert seen.face(13421) == tilemap.NO_VALUE
