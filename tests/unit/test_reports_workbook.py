"""Does the workbook hold the tables to the yen, as numbers, ready to print?"""

import shutil
import subprocess

import openpyxl
import pytest

import sim
from sim.core.units import era
from sim.explanations.model_households import model_households
from sim.institutions.memory import PORTIONS
from sim.outputs.measures import facts
from sim.outputs.tables import HEADLINE
from sim.parameters import Parameters, regions
from sim.parameters.places import kinds_of
from sim.reports import build_workbook
from sim.reports.labels import FACT_LABELS
from sim.reports.workbook import build
from sim.reports.workbook.terms import Term, nearest, ratio
from sim.reports.workbook.terms import thousands as thousands_of

LAST = 2024


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    out = tmp_path_factory.mktemp("results")
    return sim.run("scenarios/baseline.yaml", sample=400, controls=False, last=LAST, out=out, progress=False).folder


@pytest.fixture(scope="module")
def book(run):
    return openpyxl.load_workbook(build(run, "ja"), data_only=True)


def thousands(yen):
    """Return yen in whole thousands, halves away from zero."""
    return int(nearest(float(yen) / 1000))


def below(sheet, heading):
    """Return the cells of the column under a heading, and the row of the headings."""
    for row in sheet.iter_rows():
        for cell in row:
            if cell.value == heading:
                return [sheet.cell(r, cell.column) for r in range(cell.row + 1, sheet.max_row + 1)], cell.row
    raise AssertionError(f"no heading {heading} in {sheet.title}")


def numbers(cells):
    return [c.value for c in cells if isinstance(c.value, int | float)]


def test_headline_figures_are_those_of_the_table(run, book):
    t = run.table("metropolis_year")
    sheet = book["主な結果"]
    for year, figures in zip(t["year"], t[list(HEADLINE)].to_numpy(), strict=True):
        shown = numbers(below(sheet, era(int(year)))[0])[: len(HEADLINE)]
        units = {"yen": 1000}
        held = [
            thousands(f) if units.get(unit) else f for f, (unit, *_) in zip(figures, HEADLINE.values(), strict=True)
        ]
        assert shown == pytest.approx(held, rel=1e-15)


def test_facts_of_municipalities_are_whole_yen_equal_to_the_table(run, book):
    t = run.table("municipality_year")
    sheet = book["区市町村データ"]
    for name, (label, kind) in FACT_LABELS.items():
        heading = {"oku": f"{label[0]}（円）", "persons": f"{label[0]}（人）", "households": f"{label[0]}（世帯）"}
        cells, _ = below(sheet, heading.get(kind, label[0]))
        assert [c.value for c in cells[: len(t)]] == t[name].tolist(), name


def test_arrears_and_rates_equal_their_tables(run, book):
    t = run.table("arrears_by_vintage").groupby(["year", "holder", "origin"], sort=False).sum()
    for label, column in (
        ("年度当初（千円）", "opening"),
        ("当年度調定（千円）", "billed"),
        ("収納（千円）", "collected"),
        ("不納欠損（千円）", "written_off"),
    ):
        assert numbers(below(book["滞納（明細）"], label)[0]) == [thousands(v) for v in t[column]]
    rates = run.table("rates")
    wanted = rates[(rates["kind"] == "standard") & (rates["portion"] == "medical")].sort_values(["year", "code"])
    cells, _ = below(book["料率データ"], "標準 医療 所得割")
    assert [round(v * 1e6) for v in numbers(cells)] == wanted["income_part"].tolist()
    cells, _ = below(book["料率データ"], "標準 医療 均等割（円）")
    assert numbers(cells) == wanted["per_head"].tolist()


def test_collection_rates_are_collected_over_billed(run, book):
    t = run.table("municipality_year")
    last = t[t["year"] == LAST]
    base = sum(last[f"bill_{p}"] for p in PORTIONS) - last["bill_unknown_address"]
    expected = [c / b if b else None for c, b in zip(last["collected"], base, strict=True)]
    cells, _ = below(book["収納率（現年分）"], era(LAST))
    assert [c.value for c in cells[:62]] == [pytest.approx(e) if e else None for e in expected]
    assert all(c.number_format == "0.00%" for c in cells[:62] if c.value)


def row_of(sheet, label, start=1):
    """Return the values of the first row whose first cell holds a label, below a row."""
    for row in sheet.iter_rows(min_row=start):
        if row[0].value == label:
            return [c.value for c in row[1:]]
    raise AssertionError(f"no row {label} in {sheet.title}")


def start_of(sheet, section):
    return next(row[0].row for row in sheet.iter_rows() if row[0].value == section)


def test_headlines_hold_whole_thousands_where_they_show_thousands(run, book):
    t = run.table("metropolis_year")
    shown = row_of(book["主な結果"], "保険給付費")
    assert shown[0] == "千円"
    assert shown[1 : 1 + len(t)] == [thousands(v) for v in t["benefit"]]
    for sheet in book.worksheets:
        for row in sheet.iter_rows():
            for cell in row:
                assert not str(cell.number_format).endswith((",", ",;0")), (sheet.title, cell.coordinate)


def place_figures(run, code, year):
    """Return what the sheets must show of a municipality and a year, from the tables of the run alone."""
    m = run.table("municipality_year").set_index(["year", "code"]).loc[(year, code)]
    v = run.table("arrears_by_vintage")
    v = v[(v["year"] == year) & (v["code"] == code)]
    old, new = v[v["origin"] < year].sum(), v[v["origin"] == year].sum()
    billed = sum(m[f"bill_{p}"] for p in PORTIONS)
    due = billed - m["bill_unknown_address"]
    return {
        "members": round(m["member_months"] / 12),
        "contribution": thousands(m["contribution"]),
        "current": [thousands(x) for x in (billed, m["collected"], new["written_off"], new["closing"])],
        "rate": round(m["collected"] / due, 4),
        "older": [thousands(old[x]) for x in ("opening", "collected", "written_off", "closing")],
        "older_rate": round(old["collected"] / old["opening"], 4),
        "transfer": thousands(m["discretionary_transfer"]),
    }


def assert_sheets_show(run, book, code, year, column):
    """Compare every sheet of the municipality chosen with the tables; `column` counts the years of the run."""
    places = Parameters.load().places()
    name, wanted = places[code][0], place_figures(run, code, year)
    for title in CHOSEN:
        assert book[title]["B3"].value == name, title
    keys = book["主な指標"]
    assert row_of(keys, "被保険者（年度平均）")[1 + column] == wanted["members"]
    assert row_of(keys, "納付金")[1 + column] == wanted["contribution"]
    rates = book["収納率"]
    for section, flows, rate in (("現年分", "current", "rate"), ("滞納繰越分", "older", "older_rate")):
        start = start_of(rates, section)
        shown = [row_of(rates, x, start)[1 + column] for x in ("調定額", "収納額", "不納欠損額", "収入未済額")]
        assert shown == wanted[flows]
        assert row_of(rates, "収納率", start)[1 + column] == pytest.approx(wanted[rate], abs=1.01e-4)
    t = run.table("rates")
    mine = t[(t["year"] == year) & (t["code"] == code) & (t["portion"] == "medical")].set_index("kind")["per_head"]
    premium = book["保険料（税）率"]
    assert row_of(premium, "均等割　現行")[1 + column] == mine["actual"]
    assert row_of(premium, "均等割　標準")[1 + column] == mine["standard"]
    assert row_of(premium, "均等割　差（現行－標準）")[1 + column] == mine["actual"] - mine["standard"]
    plan = book["財政健全化計画書"]
    assert row_of(plan, "決算補填等目的の法定外繰入金")[column] == wanted["transfer"]
    books = run.table("accounts")
    books = books[(books["year"] == year) & (books["code"] == code)]
    revenue = books.loc[books["payee"] == "municipality", "amount"].sum()
    spent = books.loc[books["payer"] == "municipality", "amount"].sum()
    account = book["特別会計"]
    assert row_of(account, "歳入計")[column] == thousands(revenue)
    assert row_of(account, "歳出計")[column] == thousands(spent)
    assert row_of(account, "歳入歳出差引（翌年度繰越）")[column] == thousands(revenue - spent)
    bills = model_households(run, municipality=name)
    for label, own in bills.groupby("ja"):
        assert row_of(book["改定案×モデル世帯"], label)[column] == own.set_index("year").at[year, "bill"]


def assert_contribution(run, book, code, year):
    """Compare the sheet of the contribution, of the year chosen, with the chain of the run."""
    t = run.table("contribution")
    t = t[(t["code"] == code) & (t["year"] == year)]
    sheet = book["納付金"]
    assert sheet["E3"].value == era(year)
    for label, symbol in (("納付金基礎額", "c"), ("納付金", "d"), ("保険料収納必要額", "e"), ("賦課総額", "E")):
        wanted = t[t["symbol"] == symbol].set_index("portion")["value"]
        shown = row_of(sheet, label)
        assert [x or 0 for x in shown[2 : 2 + len(PORTIONS)]] == [wanted.get(p, 0) for p in PORTIONS], symbol
        assert shown[2 + len(PORTIONS)] == wanted.sum()


CHOSEN = (
    "主な指標",
    "収納率",
    "保険料（税）率",
    "納付金",
    "増減の要因",
    "特別会計",
    "財政健全化計画書",
    "改定案×モデル世帯",
)
VISIBLE = ("表紙", *CHOSEN, "一覧", "主な結果")


def test_one_cell_of_the_cover_is_what_all_sheets_follow(run, book):
    live = openpyxl.load_workbook(run.path / "workbook.xlsx")
    cover = live["表紙"]
    lists = {str(v.sqref): v.formula1 for v in cover.data_validations.dataValidation}
    assert set(lists) == {"B3", "B4"}
    assert cover["B3"].fill.start_color.rgb == "FFFFF2A8"
    others = [v for s in live.worksheets if s.title != "表紙" for v in s.data_validations.dataValidation]
    assert not others
    for title in CHOSEN:
        assert live[title]["B3"].value == "='表紙'!$B$3"
        assert any("'表紙'!$B$3" in str(c.value) for row in live[title].iter_rows(min_row=6) for c in row)
    assert tuple(s.title for s in live.worksheets if s.sheet_state == "visible") == VISIBLE
    assert {s.sheet_state for s in live.worksheets} == {"visible", "hidden"}
    linked = {c.hyperlink.location for row in cover.iter_rows() for c in row if c.hyperlink}
    assert linked == {f"'{title}'!A1" for title in VISIBLE[1:]}


def test_no_cell_to_choose_in_and_no_municipality_stands_in_a_hidden_column(run):
    """The yellow cell of the model households stood in a hidden column."""
    live = openpyxl.load_workbook(run.path / "workbook.xlsx")
    for title in VISIBLE:
        hidden = {letter for letter, d in live[title].column_dimensions.items() if d.hidden}
        assert not hidden & set("ABCDEFG"), title


def test_nothing_of_the_current_year_is_written_off_and_the_sheet_says_why(run, book):
    claims = run.table("arrears_by_vintage")
    fresh = claims["origin"] == claims["year"]
    assert not claims.loc[fresh, "written_off"].any()
    assert claims.loc[~fresh, "written_off"].sum() > 0
    texts = [str(c.value) for row in book["収納率"].iter_rows() for c in row if c.value]
    assert any("現年分の不納欠損額は0" in text for text in texts)


def test_the_cover_refers_to_nothing_below_it(book):
    texts = [str(c.value) for row in book["表紙"].iter_rows() for c in row if c.value]
    assert not [text for text in texts if "下の表" in text]
    assert any("非表示のシート「検証」" in text for text in texts)
    assert book["検証"].sheet_state == "hidden"


def test_the_sheets_show_the_first_choice_without_a_calculation(run, book):
    for column, year in enumerate((2022, 2023, LAST)):
        assert_sheets_show(run, book, 13104, year, column)
    assert_contribution(run, book, 13104, LAST)


def assert_list(run, book, year):
    """Compare the list of all municipalities: totals of kinds and the prefecture, ranks, of a year."""
    t = run.table("municipality_year")
    t = t[t["year"] == year].set_index("code")
    types = Parameters.load().table("places.municipalities").set_index("code")["type"]
    sheet = book["一覧"]
    billed = sum(t[f"bill_{p}"] for p in PORTIONS)
    rate = (t["collected"] / (billed - t["bill_unknown_address"])).astype(float).round(4)
    for label, kinds in (("区部計", ["special_ward"]), ("市部計", ["city"]), ("町村部計", ["town", "village"])):
        mine = t.index[types.reindex(t.index).isin(kinds)]
        assert_total(row_of(sheet, label), t.loc[mine], billed[mine])
        for code in mine:
            shown = row_of(sheet, t.at[code, "name"])
            if rate[code] == rate[code]:
                assert shown[5] == 1 + (rate[mine] > rate[code]).sum(), code
                assert shown[6] == 1 + (rate > rate[code]).sum(), code
    assert_total(row_of(sheet, "都計"), t, billed)


def assert_total(shown, t, billed):
    assert shown[1] == thousands(billed.sum())
    assert shown[2] == thousands(t["collected"].sum())
    assert shown[4] == pytest.approx(t["collected"].sum() / (billed - t["bill_unknown_address"]).sum(), abs=1e-4)
    assert shown[7] == thousands(t["arrears_opening"].sum())
    assert shown[17] == thousands(t["contribution"].sum())
    assert shown[19] == thousands(t["discretionary_transfer"].sum())


def test_the_list_has_totals_of_kinds_and_ranks_as_formulas(run, book):
    assert_list(run, book, LAST)
    live = openpyxl.load_workbook(run.path / "workbook.xlsx")["一覧"]
    totals = [row for row in live.iter_rows(min_row=6) if str(row[0].value).endswith("計")]
    assert len(totals) == 4
    for row in totals:
        cells = [c.value for c in row[1:] if c.value]
        assert all(str(c).startswith("=") and "SUMIFS" in str(c) for c in cells)


def test_the_causes_add_up_to_the_change(run, book):
    sheet = book["増減の要因"]
    t = run.table("contribution")
    mine = t[(t["code"] == 13104) & (t["symbol"] == "E")].groupby("year")["value"].sum()
    shown = row_of(sheet, "賦課総額の増減")
    assert shown[0] == thousands(mine[2023] - mine[2022])
    needed = row_of(sheet, "保険料収納必要額の増減")[0]
    rows = {r[0].value: r[1].value for r in sheet.iter_rows(min_row=6)}
    parts = [v for k, v in rows.items() if k and k.startswith(("　納付金", "　費用", "　収入"))]
    assert sum(parts) == pytest.approx(needed, abs=0.5 * len(parts))
    assert needed + rows["　標準的な収納率で割り戻す分"] == pytest.approx(shown[0], abs=1)


def test_the_year_each_deficit_ends_is_that_of_the_table(run, book):
    t = run.table("municipality_year")
    ends = {r[0].value: r[3].value for r in book["赤字解消の見通し"].iter_rows(min_row=6, max_row=67)}
    for place, paid in t.groupby("name")["discretionary_transfer"]:
        last = paid.tolist()
        expected = next((era(2022 + k) for k in range(len(last)) if not any(last[k:])), "期間内に解消せず")
        assert ends[place] == ("期間を通じてなし" if not any(last) else expected), place


soffice = pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed")


def converted(path, ending, home):
    """Return the path of a file LibreOffice converted, calculating every formula without a stored value."""
    office = ["soffice", "--headless", f"-env:UserInstallation=file://{home / 'office'}"]
    subprocess.run(
        [*office, "--convert-to", ending, "--outdir", str(home / "out"), str(path)],
        check=True,
        capture_output=True,
        timeout=300,
    )
    return home / "out" / f"{path.stem}.{ending}"


def recalculated(source, home, place=None, year=None):
    """Choose on the cover, drop all stored values, and return the workbook as LibreOffice calculates it."""
    live = openpyxl.load_workbook(source)
    if place:
        live["表紙"]["B3"], live["表紙"]["B4"] = place, year
    home.mkdir(exist_ok=True)
    live.save(home / "chosen.xlsx")
    return openpyxl.load_workbook(converted(home / "chosen.xlsx", "xlsx", home), data_only=True)


def assert_no_errors(book):
    for sheet in book.worksheets:
        for row in sheet.iter_rows():
            for cell in row:
                assert not (isinstance(cell.value, str) and cell.value.startswith("#")), (sheet.title, cell.coordinate)


@soffice
def test_a_recalculation_gives_the_values_that_are_stored(run, book, tmp_path):
    again = recalculated(run.path / "workbook.xlsx", tmp_path)
    assert_no_errors(again)
    for sheet in book.worksheets:
        for row in sheet.iter_rows():
            for cell in row:
                stored, now = (x if x != "" else None for x in (cell.value, again[sheet.title][cell.coordinate].value))
                same = pytest.approx(stored, rel=1e-9) if isinstance(stored, float | int) else stored
                assert now == same, (sheet.title, cell.coordinate)


@soffice
def test_choosing_another_municipality_changes_every_sheet(run, tmp_path):
    again = recalculated(run.path / "workbook.xlsx", tmp_path, "八王子市", "R5")
    assert_no_errors(again)
    for column, year in enumerate((2022, 2023, LAST)):
        assert_sheets_show(run, again, 13201, year, column)
    assert_contribution(run, again, 13201, 2023)
    assert_list(run, again, 2023)


@soffice
@pytest.mark.skipif(shutil.which("pdfinfo") is None, reason="poppler is not installed")
@pytest.mark.parametrize("lang", ["ja", "en"])
def test_the_workbook_prints_on_eight_to_twelve_pages(run, tmp_path, lang):
    pdf = converted(build(run, lang), "pdf", tmp_path)
    told = subprocess.run(["pdfinfo", str(pdf)], check=True, capture_output=True, text=True).stdout
    pages = int(next(line.split()[1] for line in told.splitlines() if line.startswith("Pages")))
    assert 8 <= pages <= 12


def test_sheets_are_set_up_for_paper_and_screen(book):
    for sheet in book.worksheets:
        assert sheet.page_setup.paperSize == 9, sheet.title
        assert "kokuho-sim" in sheet.oddFooter.left.text
        assert "&P" in sheet.oddFooter.right.text
    for name in ("主な結果", "収納率（現年分）", "納付金", "一覧", "滞納", "検証"):
        assert book[name].freeze_panes
        assert book[name].print_title_rows == "$5:$5"
    assert book["主な結果"]._charts or book["主な結果"].legacy_drawing is None


def test_the_english_workbook_has_the_same_numbers_and_no_japanese_headings(run, book):
    english = openpyxl.load_workbook(build(run, "en"), data_only=True)
    assert len(english.worksheets) == len(book.worksheets)
    for mine, theirs in zip(book.worksheets, english.worksheets, strict=True):
        assert theirs.title.isascii(), theirs.title
        if mine.title != "表紙":
            assert [c for row in mine.values for c in row if isinstance(c, float)] == [
                c for row in theirs.values for c in row if isinstance(c, float)
            ]


def test_small_municipalities_are_set_in_italics(run, book):
    t = facts(run)
    small = set(t.loc[t["small"], "name"])
    sheet = book["収納率（現年分）"]
    marked = {r[0].value for r in sheet.iter_rows(min_row=6, max_row=67) if r[0].font.italic}
    assert marked == small


def test_bills_of_model_households_are_those_of_the_rates(run, book):
    everywhere = model_households(run)
    data = book["モデル世帯データ"]
    cells, _ = below(data, next(c.value for c in data[5] if c.value and "留学生" in c.value))
    student = everywhere[everywhere["household"] == "student_from_abroad"]
    assert numbers(cells) == student.sort_values(["year", "code"])["bill"].tolist()


def test_rounding_is_that_of_a_cell():
    assert [nearest(x) for x in (0.5, 1.5, 2.5, -0.5, -2.5)] == [1, 2, 3, -1, -3]
    assert thousands_of(Term("A1", 1_500)) == Term("ROUND(A1/1000,0)", 2)
    assert thousands_of(Term("A1", 5_000) - Term("B1", 400)).text == "ROUND((A1-B1)/1000,0)"
    assert ratio(Term("A1", 1), Term("B1", 0), 4).value is None


def test_every_type_of_municipality_belongs_to_a_kind():
    for name in regions.names():
        with regions.using(name) as region:
            of_code = kinds_of(Parameters.load(), region.kinds)
            assert all(of_code.values()), name
            assert set(of_code.values()) == set(region.kinds)


def test_a_type_of_no_kind_is_among_the_others():
    with regions.using("teaching") as region:
        towns = {"towns": region.kinds["towns"]}
        assert set(kinds_of(Parameters.load(), towns).values()) == {"towns", ""}
        assert set(kinds_of(Parameters.load(), {}).values()) == {""}


@soffice
def test_another_region_has_its_own_kinds_and_no_errors(tmp_path):
    folder = sim.run("baseline", region="teaching", last=2023, out=tmp_path / "runs", progress=False).folder
    again = recalculated(build_workbook(folder.path, "ja"), tmp_path)
    assert_no_errors(again)
    totals = [r[0].value for r in again["一覧"].iter_rows(min_row=6) if str(r[0].value).endswith("計")]
    assert totals == ["市部計", "町村部計", "県計"]
    t = folder.table("municipality_year")
    paid = t.loc[t["year"] == 2023, "collected"].sum()
    assert row_of(again["一覧"], "県計")[2] == thousands(paid)
