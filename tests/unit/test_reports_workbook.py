"""Does the workbook hold the tables to the yen, as numbers, ready to print?"""

import openpyxl
import pytest

import sim
from sim.core.units import era
from sim.explanations.model_households import model_households
from sim.institutions.memory import PORTIONS
from sim.outputs.measures import facts
from sim.outputs.tables import HEADLINE
from sim.reports.labels import FACT_LABELS
from sim.reports.workbook import build

LAST = 2024


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    out = tmp_path_factory.mktemp("results")
    return sim.run("scenarios/baseline.yaml", sample=400, last=LAST, out=out, progress=False).folder


@pytest.fixture(scope="module")
def book(run):
    return openpyxl.load_workbook(build(run, "ja"), data_only=True)


TITLES = {"納付金算定シート": 6}


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
        assert shown == pytest.approx(list(figures), rel=1e-15)


def test_facts_of_municipalities_are_whole_yen_equal_to_the_table(run, book):
    t = run.table("municipality_year")
    sheet = book["区市町村データ"]
    for name, (label, kind) in FACT_LABELS.items():
        heading = {"oku": f"{label[0]}（千円）", "persons": f"{label[0]}（人）", "households": f"{label[0]}（世帯）"}
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
        assert numbers(below(book["滞納（明細）"], label)[0]) == t[column].tolist()
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


def test_the_contribution_sheet_shows_the_chosen_municipality(run, book):
    t = run.table("contribution")
    sheet = book["納付金算定シート"]
    year = int(t["year"].max())
    assert (sheet["B3"].value, sheet["B4"].value) == ("新宿区", era(year))
    mine = t[(t["year"] == year) & (t["code"] == 13104) & (t["portion"] == "medical")].set_index("symbol")["value"]
    shown = {r[1].value: r[4].value for r in sheet.iter_rows(min_row=7) if r[0].value == "区市町村"}
    for symbol in ("c", "d", "e", "E", "I", "n"):
        assert shown[symbol] == mine[symbol]
    assert shown["income_rate"] == pytest.approx(mine["income_rate"] / 1e6)


def test_choices_look_up_their_data_and_money_is_shown_in_thousands(run):
    book = openpyxl.load_workbook(run.path / "workbook.xlsx")
    sheet = book["納付金算定シート"]
    assert any("INDEX('納付金データ'" in str(c.value) for row in sheet.iter_rows(min_row=7) for c in row)
    lists = {str(v.sqref): v.formula1 for v in sheet.data_validations.dataValidation}
    assert set(lists) == {"B3", "B4"}
    plan = book["財政健全化計画書"]
    assert all("#,##0," in c.number_format for c in plan[7][1:4])


def test_the_deficit_plan_is_that_of_the_municipality_and_its_year_of_ending(run, book):
    sheet = book["財政健全化計画書"]
    name = sheet["B3"].value
    t = run.table("municipality_year")
    mine = t[t["name"] == name]
    rows = {r[0].value: [c.value for c in r[1 : 1 + len(mine)]] for r in sheet.iter_rows(min_row=6)}
    assert rows["決算補填等目的の法定外繰入金"] == mine["discretionary_transfer"].tolist()
    assert rows["納付金"] == mine["contribution"].tolist()
    ends = {r[0].value: r[3].value for r in book["赤字解消の見通し"].iter_rows(min_row=6, max_row=67)}
    for place, paid in t.groupby("name")["discretionary_transfer"]:
        last = paid.tolist()
        expected = next((era(2022 + k) for k in range(len(last)) if not any(last[k:])), "期間内に解消せず")
        assert ends[place] == ("期間を通じてなし" if not any(last) else expected), place


def test_special_account_adds_up_to_its_balance(run, book):
    sheet = book["特別会計"]
    rows = {sheet.cell(r, 1).value: sheet.cell(r, 2).value for r in range(1, sheet.max_row + 1)}
    t = run.table("accounts")
    mine = t[(t["year"] == 2022) & (t["code"] == 13104)]
    revenue = mine.loc[mine["payee"] == "municipality", "amount"].sum()
    spent = mine.loc[mine["payer"] == "municipality", "amount"].sum()
    assert (rows["歳入計"], rows["歳出計"], rows["差引（翌年度繰越）"]) == (revenue, spent, revenue - spent)
    assert revenue >= spent


def test_sheets_are_set_up_for_paper_and_screen(book):
    for sheet in book.worksheets:
        assert sheet.page_setup.paperSize == 9, sheet.title
        assert "kokuho-sim" in sheet.oddFooter.left.text
    for name in ("主な結果", "収納率（現年分）", "納付金算定シート", "滞納", "検証"):
        assert book[name].freeze_panes
        assert book[name].print_title_rows == f"${TITLES.get(name, 5)}:${TITLES.get(name, 5)}"
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
    t = model_households(run, municipality="新宿区")
    sheet = book["改定案×モデル世帯"]
    assert sheet["B3"].value == "新宿区"
    rows = {r[0].value: [c.value for c in r[2:5]] for r in sheet.iter_rows(min_row=6)}
    for label, own in t.groupby("ja"):
        assert rows[label] == own.sort_values("year")["bill"].tolist()
    everywhere = model_households(run)
    data = book["モデル世帯データ"]
    cells, _ = below(data, next(c.value for c in data[5] if c.value and "留学生" in c.value))
    student = everywhere[everywhere["household"] == "student_from_abroad"]
    assert numbers(cells) == student.sort_values(["year", "code"])["bill"].tolist()
