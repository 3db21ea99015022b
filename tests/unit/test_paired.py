"""Ranges of differences: what the sets and the noise make of a difference, and where it is shown."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pytest
from scipy.special import ndtri

from sim.cli import experiments
from sim.core.errors import InputError
from sim.outputs.groups import GROUP_MEASURES
from sim.outputs.ranges import SETS
from sim.parameters import Parameters
from sim.reports import compare as written
from sim.reports.comparison import build_workbook
from sim.reports.comparison.runs import Comparison
from sim.reports.comparison.sections import differences, headline, households, municipalities, span, summary
from sim.scenario.scenario import load_scenario
from sim.studies import paired
from sim.studies.compare import Compared, compare, write_record
from sim.studies.execution import Outcome

LAST = 2027
CODE = Parameters.load().region.code


def spread(**cells: object) -> paired.Spread:
    row = {"scenario": "other", "measure": "collection_rate", "code": CODE, "year": 2029}
    row |= {"q05": -0.002, "q10": -0.001, "q90": 0.001, "q95": 0.003, "var_parameters": 4e-6, "sd_noise": 0.0}
    return paired.Spread(pd.DataFrame([row | cells]), {"sets": 24, "sample": 200})


def difference(value: float = 0.005, half: float = float("nan"), pairs: int = 1) -> pd.DataFrame:
    row = {"scenario": "other", "measure": "collection_rate", "code": CODE, "year": 2029, "value_base": 0.9}
    return pd.DataFrame([row | {"value": 0.9 + value, "difference": value, "half": half, "pairs": pairs}])


def test_the_ends_lie_around_the_difference_of_the_runs_at_hand() -> None:
    row = paired.around(spread(), difference(), 1).iloc[0]
    assert [row[end] for end in paired.ENDS] == pytest.approx([0.003, 0.004, 0.006, 0.008])
    assert (row.noise, row.parameters) == (0, 1)


def test_noise_is_that_of_the_size_of_the_runs_and_falls_with_their_pairs() -> None:
    """0.0001 in the full population is 0.002 in one household of 400, and 0.001 in the mean of four such pairs."""
    still = {"q05": 0.0, "q10": 0.0, "q90": 0.0, "q95": 0.0, "sd_noise": 0.0001}
    z = float(ndtri(0.95))
    for pairs, sd in ((1, 0.002), (2, 0.002 / 2**0.5)):
        row = paired.around(spread(**still), difference(pairs=pairs, half=1.0), 400).iloc[0]
        assert (row.low90, row.high90) == pytest.approx((0.005 - z * sd, 0.005 + z * sd))
    own = paired.around(spread(**still), difference(pairs=paired.OWN, half=0.00196), 400).iloc[0]
    assert own.high90 == pytest.approx(0.005 + z * 0.001, rel=1e-4)
    assert own.noise == pytest.approx(1e-6 / 5e-6, rel=1e-4)


def test_a_difference_may_change_its_sign_within_its_range() -> None:
    row = paired.around(spread(q05=-0.02), difference(), 1).iloc[0]
    assert row.low90 == pytest.approx(-0.015)


def test_of_a_small_place_only_what_moves_with_the_prefecture_is_kept() -> None:
    """The place moves twice as much as the prefecture, plus chance that has nothing to do with it."""
    rng = np.random.default_rng(1)
    whole = rng.normal(0, 1, 4000)
    gaps = np.column_stack([whole, 2 * whole + rng.normal(0, 5, 4000), rng.normal(0, 5, 4000)])
    found = paired.following(gaps, np.array([0, 0, -1]))
    assert found[:, 1] == pytest.approx(2 * whole, rel=0.2)
    assert np.isnan(found[:, 2]).all()


def test_every_measure_of_a_place_or_group_moves_with_a_figure_of_the_prefecture() -> None:
    from sim.outputs.ranges import OF_PLACES
    from sim.outputs.tables import HEADLINE

    assert all(paired.LIKE.get(m, m) in HEADLINE for m in (*OF_PLACES, *GROUP_MEASURES))


def test_what_a_scenario_sets_no_parameter_set_overwrites(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The scenario raises account transfer; the sets vary it too, and must not undo it."""
    asked = []

    def pretended(tasks, tables, **_):  # type: ignore[no-untyped-def]
        asked.extend(tasks)
        return [Outcome(task, tables=_tables(i)) for i, task in enumerate(tasks)]

    monkeypatch.setattr(paired, "execute", pretended)
    base, drive = load_scenario("baseline"), load_scenario("collection_drive")
    found = paired.spread([base, drive], last=LAST)
    assert found is not None
    assert found.about["fixed"] == ["payment.account_transfer_share"]
    assert len(asked) == 2 * (paired.SETS + paired.SEEDS)
    keys = {key for task in asked for key, _, _ in task.overrides}
    assert "payment.account_transfer_share" not in keys
    sets = pd.read_csv(Parameters.load().region.folder / "ranges" / SETS)
    assert keys == set(sets.columns) - {"set", "weight", "payment.account_transfer_share"}
    whole = found.table[(found.table["measure"] == "collection_rate") & (found.table["code"] == CODE)].iloc[0]
    gaps = np.arange(paired.SETS) * 1e-4
    assert whole["q95"] == pytest.approx(np.quantile(gaps, 0.95))
    assert whole["sd_noise"] == pytest.approx(0, abs=1e-12)


def _tables(i: int) -> dict[str, pd.DataFrame]:
    """Tables of the prefecture alone: set k of the second scenario differs by one point and k / 10,000 more."""
    n = paired.SETS + paired.SEEDS
    k = i % n if i % n < paired.SETS else 0
    rate = 0.9 if i < n else 0.91 + k * 1e-4
    place = {"year": 2029, "code": CODE + 101, "name": "x", "member_months": 0, "collected": 0, "contribution": 0}
    place |= dict.fromkeys(
        ("benefit", "discretionary_transfer", "arrears_closing", "arrears_households", "fund", "bill_unknown_address"),
        0,
    )
    place |= {f"bill_{p}": 0 for p in ("medical", "support", "care", "child")}
    return {
        "metropolis_year": pd.DataFrame({"year": [2029], "collection_rate": [rate]}),
        "municipality_year": pd.DataFrame([place]),
    }


def test_a_region_without_sets_has_no_ranges_of_differences(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paired.ranges, "FOLDER", "no such folder")
    assert paired.spread([load_scenario("baseline"), load_scenario("collection_drive")]) is None


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Compared:
    """A comparison of two small runs with a made-up spread."""
    out = tmp_path_factory.mktemp("results")
    plain = compare(["baseline", "collection_drive"], sample=400, last=LAST, jobs=2, out=out, progress=False)
    assert plain.ranges is None
    keys = paired.keyed(plain.year, plain.municipality, plain.group, CODE)[["scenario", *paired.KEYS]]
    cells = {"q05": -0.002, "q10": -0.001, "q90": 0.001, "q95": 0.003, "var_parameters": 4e-6, "sd_noise": 0.0}
    spread_ = paired.Spread(keys.assign(**cells), {"sets": 24, "seeds": 6, "sample": 200, "fixed": []})
    ranged = replace(plain, spread=spread_)
    ranged.write()
    return ranged


def test_a_comparison_gives_its_ranges_by_name(found: Compared) -> None:
    whole = found.range("collection_rate")
    assert whole.loc[LAST, "low90"] == pytest.approx(whole.loc[LAST, "difference"] - 0.002)
    place = found.range("collection_rate", "新宿区")
    assert place.loc[LAST, "high80"] == pytest.approx(place.loc[LAST, "difference"] + 0.001)
    group = found.range("collection_rate", group="65-74", scenario="collection_drive")
    t = found.group[(found.group["group"] == "65-74") & (found.group["measure"] == "collection_rate")]
    assert group.loc[LAST, "difference"] == t.set_index("year").loc[LAST, "difference"]
    for call, message in (
        (lambda: found.range("collection_rat"), "no range of 'collection_rat'"),
        (lambda: found.range(scenario="drive"), "no scenario 'drive' beside the base"),
        (lambda: found.range(group="65-75"), "no group '65-75'"),
        (lambda: replace(found, spread=None).range(), "has no ranges: compare"),
    ):
        with pytest.raises(InputError, match=message):
            call()


def test_the_terminal_prints_ranges_and_the_share_of_noise(found: Compared, capsys: pytest.CaptureFixture[str]) -> None:
    experiments._show(found, None, "新宿区", "age of head")
    text = capsys.readouterr().out
    row = found.range("collection_rate").loc[LAST]
    assert f"{row['low90'] * 100:.2f} … {row['high90'] * 100:.2f}" in text
    group = found.range("collection_rate", group="65-74").loc[LAST]
    assert f"{group['low90'] * 100:.2f} … {group['high90'] * 100:.2f}" in text
    assert "under 24 parameter sets that meet the published results (1/200 sample, same draws), and noise" in text
    experiments._show(replace(found, spread=None), None, None, None)
    assert "90 % range" not in capsys.readouterr().out


def test_page_and_workbook_of_a_comparison_hold_the_ranges(found: Compared, tmp_path: Path) -> None:
    c = Comparison.read(found.path)
    row = found.range("collection_rate").loc[LAST]
    text = f"{row['low90'] * 100:+.2f}～{row['high90'] * 100:+.2f}"
    assert span(c.ends(1, "collection_rate"), "share", "ja") == text
    assert text in next(r for r in headline(c, "ja").rows if r[0][0] == "現年分収納率")
    assert any(f"90％区間 {text}" in sentence for sentence in summary(c, "ja").lines)
    place = municipalities(c, "ja", "collection_rate", "share", ("", ""))
    assert span(c.ends(1, "collection_rate", 13104), "share", "ja") in next(
        r for r in place.rows if r[0][0] == "新宿区"
    )
    group = found.range("burden", group="65-74").loc[LAST]
    row_of_group = next(r for r in households(c, "en").rows if r[0][1] == "age of head: 65-74")
    assert f"{group['low90'] * 100:+.2f} – {group['high90'] * 100:+.2f}" in row_of_group
    heights = [
        float(point[1])
        for axes in differences(c.base, "ja", c).axes
        for own in axes.collections
        if own.get_gid() in ("range80", "range90")
        for path in own.get_paths()
        for point in path.vertices
    ]
    assert any(h == pytest.approx(row["high90"] * 100) for h in heights)
    page = written([found.path], "ja", png=False, workbook=False)[0].read_text(encoding="utf-8")
    assert f"現年分収納率 {text}" in page
    book = openpyxl.load_workbook(build_workbook(c, tmp_path, "en"), data_only=True)
    heads = {cell.value: cell.column for cell in book["Headline"][5]}
    line = next(r[0].row for r in book["Headline"].iter_rows(min_row=6) if r[0].value == "collection rate")
    cell = book["Headline"].cell(line, heads["difference, 90 % low"])
    assert (cell.value, cell.number_format) == (pytest.approx(row["low90"]), "0.00%")
    sheet = book["Collection rate"]
    line = next(r[0].row for r in sheet.iter_rows(min_row=6) if r[0].value == "Shinjuku")
    place_row = found.range("collection_rate", 13104).loc[LAST]
    assert [sheet.cell(line, i).value for i in (5, 6)] == pytest.approx([place_row["low90"], place_row["high90"]])


def test_a_comparison_without_ranges_looks_as_before(found: Compared, tmp_path: Path) -> None:
    plain = Comparison.read(write_record(tmp_path, found.runs))
    assert plain.doubt is None
    assert [c.label[1] for c in headline(plain, "en").columns] == [
        "item", "unit", "baseline", "collection_drive", "difference",
    ]  # fmt: skip
