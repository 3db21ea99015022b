"""Every place that shows a figure of a run shows its range: figures, tables, workbook, page, API; and none unasked."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from matplotlib.figure import Figure

import sim
from sim.api.result import Result
from sim.core.errors import InputError
from sim.core.units import era
from sim.outputs import ranges
from sim.outputs.folder import RunFolder
from sim.outputs.groups import found_group, long_groups
from sim.outputs.measures import by_municipality
from sim.reports import bands, build, build_workbook, doubt, tables
from sim.reports.burden_figures import burden, groups
from sim.reports.collection_figures import collection
from sim.reports.content import SECTIONS
from sim.reports.grid import shown
from sim.reports.money_figures import money, premium, transfer, waterfall
from sim.reports.payment_figures import vintages
from sim.reports.people_figures import members
from sim.ui import charts

LAST = 2024
ENDS = ["low90", "low80", "high80", "high90"]
SHOWS = {
    members: {"members_average": 1e-4, "share_65_plus": 100},
    money: {"benefit": 1e-8, "contribution": 1e-8, "billed": 1e-8},
    premium: {"standard_premium_per_head": 1, "billed_per_member": 1},
    transfer: {"discretionary_transfer": 1e-8, "discretionary_municipalities": 1},
    waterfall: {"contribution": 1e-8},
    vintages: {"arrears_closing": 1e-8},
    collection: {"collection_rate": 100},
}
"""time series of a report -> their figures and what they are multiplied by"""


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunFolder]:
    """A run whose region keeps the spread of the prefecture for its groups of households too."""
    out = tmp_path_factory.mktemp("results")
    made = sim.run("scenarios/baseline.yaml", sample=400, last=LAST, out=out, progress=False).folder
    home = tmp_path_factory.mktemp("ranges")
    shutil.copytree(made.region.folder / ranges.FOLDER, home, dirs_exist_ok=True)
    spread = pd.read_csv(home / ranges.SPREAD)
    whole = spread[(spread["code"] == made.region.code) & (spread["measure"] == "collection_rate")]
    rows = long_groups(made.table("household_groups"))[["year", "measure"]].merge(
        whole.drop(columns="measure"), on="year"
    )
    pd.concat([spread[~spread["measure"].str.contains("|", regex=False)], rows]).to_csv(
        home / ranges.SPREAD, index=False
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ranges, "FOLDER", home)
        yield made


def drawn(figure: Figure) -> list[float]:
    """Return the heights, or places across, at which ranges are drawn in a figure."""
    marked = [c for axes in figure.axes for c in axes.collections if c.get_gid() in ("range80", "range90")]
    return [float(value) for c in marked for path in c.get_paths() for point in path.vertices for value in point]


@pytest.mark.parametrize("draw", SHOWS, ids=lambda draw: draw.__name__)
def test_a_figure_draws_the_ranges_of_what_it_shows(run, draw) -> None:  # type: ignore[no-untyped-def]
    found = ranges.ranges_of_run(run)
    heights = drawn(draw(run, "ja"))
    for measure, scale in SHOWS[draw].items():
        rows = found.range(measure)
        rows = rows.loc[[LAST]] if draw is waterfall else rows
        for end in ENDS:
            assert all(any(h == pytest.approx(v * scale) for h in heights) for v in rows[end]), (measure, end)
    with doubt.shown_if(False):
        assert drawn(draw(run, "ja")) == []


def test_every_figure_that_draws_ranges_says_them_in_its_alternative_text(run) -> None:  # type: ignore[no-untyped-def]
    drawings = {d.draw: d for section in SECTIONS for d in section.figures}
    assert {draw: set(drawings[draw].ranged) for draw in SHOWS} == {draw: set(own) for draw, own in SHOWS.items()}
    row = ranges.ranges_of_run(run).range("collection_rate").loc[LAST]
    for lang, between in (("ja", "～"), ("en", "–")):
        text = bands.told(run, ("collection_rate",), lang)  # type: ignore[arg-type]
        assert f"{row['low90'] * 100:.2f}{between}{row['high90'] * 100:.2f}%" in text
    page = build(run.path, "ja", png=False).read_text(encoding="utf-8")
    told = bands.told(run, ("collection_rate",), "ja")
    assert re.search(rf'alt="現年分収納率【1/400標本】。現年分収納率はR\d年度[^"]*。{re.escape(told)}"', page)


def test_the_burden_of_groups_has_whiskers_and_its_table_ranges(run) -> None:  # type: ignore[no-untyped-def]
    found = ranges.ranges_of_run(run).groups(LAST)
    places = drawn(burden(run, "ja"))
    for measure in ("burden", "collection_rate"):
        low = found.loc[(measure, "age of head", "65-74"), "low90"] * 100
        assert any(p == pytest.approx(low) for p in places)
    row = next(r for r in groups(run, "en").rows if r[0][1] == "age of head: 65-74")
    ends = found.loc[("collection_rate", "age of head", "65-74")]
    assert f"{ends['low90'] * 100:.2f}–{ends['high90'] * 100:.2f}%" in row


def test_tables_of_the_page_hold_ranges_and_are_as_before_without(run) -> None:  # type: ignore[no-untyped-def]
    found = ranges.ranges_of_run(run)
    row = next(r for r in tables.headline(run, "en").rows if r[0][1] == "collection rate")
    ends = found.whole(LAST).loc["collection_rate"]
    assert row[-1] == f"{ends['low90'] * 100:.2f}–{ends['high90'] * 100:.2f}%"
    every = tables.headline_ranges(run, "ja")
    assert every is not None
    mine = next(r for r in every.rows if r[0][0] == "現年分収納率")
    assert mine[-len(ranges.PARTS) :] == tuple(ends[part] for part in ranges.PARTS)
    places = tables.place_ranges(run, "ja")
    assert places is not None
    assert len(places.rows) == run.table("municipality_year")["code"].nunique()
    with doubt.shown_if(False):
        assert len(tables.headline(run, "en").columns) == 2 + LAST - 2021
        assert tables.headline_ranges(run, "ja") is tables.place_ranges(run, "ja") is None


def column(sheet, heading: str) -> int:  # type: ignore[no-untyped-def]
    return next(cell.column for cell in sheet[5] if cell.value == heading)


def line(sheet, *texts: str) -> int:  # type: ignore[no-untyped-def]
    """Return the row whose first cells are these texts, None for any."""
    rows = sheet.iter_rows(min_row=6)
    return next(r[0].row for r in rows if all(t is None or c.value == t for t, c in zip(texts, r, strict=False)))


def test_the_workbook_holds_ranges_as_numbers(run) -> None:  # type: ignore[no-untyped-def]
    found = ranges.ranges_of_run(run)
    book = openpyxl.load_workbook(build_workbook(run.path, "ja"), data_only=True)
    ends = found.whole(LAST).loc["collection_rate"]
    sheet = book["主な結果"]
    cell = sheet.cell(line(sheet, "現年分収納率"), column(sheet, f"{era(LAST)} 90％区間 下限"))
    assert (cell.value, cell.number_format) == (pytest.approx(ends["low90"]), "0.00%")
    sheet = book["推計の幅"]
    for label, end in (("90％区間 上限", "high90"), ("80％区間 下限", "low80"), ("推計値", "value")):
        cell = sheet.cell(line(sheet, "納付金", None, label), column(sheet, era(LAST)))
        assert cell.value == pytest.approx(found.range("contribution").loc[LAST, end] / 1000, abs=0.5)
        assert cell.number_format.startswith("#,##0;")
    sheet = book["主な指標"]
    low = found.range("collection_rate", run.region.example).loc[LAST, "low90"]
    cell = sheet.cell(line(sheet, "現年分収納率 90％区間 下限"), column(sheet, era(LAST)))
    assert cell.value == pytest.approx(low, abs=0.5001e-4)
    sheet = book["推計の幅（世帯の区分別）"]
    cell = sheet.cell(line(sheet, "世帯主の年齢：65〜74歳", "現年分収納率"), column(sheet, "90％区間 上限"))
    assert cell.value == pytest.approx(found.groups(LAST).loc[("collection_rate", "age of head", "65-74"), "high90"])


def test_the_workbook_without_ranges_has_none(run) -> None:  # type: ignore[no-untyped-def]
    book = openpyxl.load_workbook(build_workbook(run.path, "en", ranges=False), data_only=True)
    assert not [name for name in book.sheetnames if name.startswith("Ranges")]
    assert not [c.value for c in book["Headline"][5] if "range" in str(c.value)]


def test_the_api_gives_ranges_of_groups_and_columns_on_demand(run) -> None:  # type: ignore[no-untyped-def]
    result, found = Result(run, {}), ranges.ranges_of_run(run)
    by_name = result.range("collection_rate", group="65-74")
    pd.testing.assert_frame_equal(by_name, result.range("collection_rate", group="age of head: 65-74"))
    assert (by_name["low90"] < by_name["value"]).all()
    wide = result.headline_with_ranges(80).set_index("year")
    pd.testing.assert_series_equal(
        wide["collection_rate_low"], found.range("collection_rate")["low80"], check_names=False
    )
    places = result.municipalities_with_ranges(90).set_index(["code", "year"])
    code = run.region.example
    assert places.loc[(code, LAST), "collection_rate_high"] == found.range("collection_rate", code).loc[LAST, "high90"]
    assert list(result.municipalities.columns) == list(by_municipality(run).columns)
    for call, message in (
        (lambda: result.range("collection_rate", group="65-75"), "no group '65-75'"),
        (lambda: result.range("collection_rat", group="65-74"), "did you mean 'collection_rate'"),
        (lambda: result.range("collection_rate", code, group="65-74"), "for the prefecture only"),
        (lambda: result.headline_with_ranges(95), "80 and 90 %, not 95"),
    ):
        with pytest.raises(InputError, match=message):
            call()


def test_a_group_of_several_kinds_is_asked_for_with_its_kind() -> None:
    known = pd.DataFrame({"kind": ["household type", "residence"], "group": ["other", "other"]})
    assert found_group("residence: other", known) == ("residence", "other")
    with pytest.raises(InputError, match="several groups are called 'other': household type: other; residence: other"):
        found_group("other", known)


def test_the_digest_a_spread_knows_its_run_by_leaves_groups_out(run) -> None:  # type: ignore[no-untyped-def]
    plain = {name: run.table(name) for name in ("metropolis_year", "municipality_year")}
    every = {**plain, "household_groups": run.table("household_groups")}
    both = [ranges.cells(t, run.region.code) for t in (plain, every)]
    assert len(both[0]) < len(both[1])
    assert ranges.digest(both[0]) == ranges.digest(both[1])


def test_the_browser_page_draws_bands_below_its_lines(run) -> None:  # type: ignore[no-untyped-def]
    found = ranges.ranges_of_run(run)
    frame = found.beside(by_municipality(run)).assign(scenario="baseline")
    own = frame[frame["code"] == run.region.example]
    low, wide, shown_line = charts.lines(own, "collection_rate", "share", "ja")["series"]  # type: ignore[misc]
    ends = found.range("collection_rate", run.region.example).loc[LAST]
    assert low["data"][-1] == pytest.approx(ends["low90"] * 100)  # type: ignore[index]
    assert wide["data"][-1] == pytest.approx((ends["high90"] - ends["low90"]) * 100)  # type: ignore[index]
    assert low["stack"] == wide["stack"] == "baseline 90 %"  # type: ignore[index]
    assert "stack" not in shown_line
    assert charts.lines(own, "fund", "yen", "ja")["legend"]["data"] == ["baseline"]  # type: ignore[index]
    assert len(charts.lines(own, "fund", "yen", "ja")["series"]) == 1  # type: ignore[arg-type]


def test_ranges_are_written_like_the_figure_beside_them() -> None:
    rows = pd.DataFrame({"low90": [0.9, 4.2e11], "high90": [0.936, 5.1e11]}, index=["rate", "yen"])
    assert doubt.range_text(rows, "rate", "share", "ja") == "90.00～93.60%"
    assert doubt.range_text(rows, "yen", "oku", "en") == f"{shown(4.2e11, 'oku', 'en')}–5,100"
    assert doubt.range_text(rows, "none", "oku", "en") == ""


def test_a_region_without_a_spread_shows_none(run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr(ranges, "FOLDER", tmp_path)
    doubt._of.cache_clear()
    assert drawn(collection(run, "ja")) == []
    assert tables.headline_ranges(run, "ja") is None
    doubt._of.cache_clear()
