"""The error of the model itself (decision 0094): estimated from other figures than those it is judged by."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from sim.core.errors import InputError
from sim.outputs import ranges
from sim.outputs.manifest import load_mapping
from sim.parameters import Parameters
from sim.studies import discrepancy, plausible
from sim.studies.backtest.items import items

TIMES = 2.3534 / 0.7649
"""half width of 90 % of a Student's t with three degrees of freedom whose median size is one"""


def _errors(*rows: tuple[str, str, float]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["class", "family", "excess"])


FIVE = _errors(("m", "a", 0.01), ("m", "b", 0.02), ("m", "c", 0.03), ("m", "d", 0.04), ("m", "e", 0.10))


def test_five_numbers_by_hand_with_and_without_one() -> None:
    """All five: median 0.03. Without 0.10: between 0.02 and 0.03. Without 0.01: between 0.03 and 0.04."""
    found = [discrepancy.half_width(FIVE, "m", 3, without) for without in ("", "e", "a")]
    by_hand = [0.03 * TIMES * (1 + 1 / 5) ** 0.5, 0.025 * TIMES * 1.25**0.5, 0.035 * TIMES * 1.25**0.5]
    assert found == pytest.approx(by_hand)


def test_a_family_is_left_out_whole_in_its_class_and_in_all_together() -> None:
    """Three figures of one family, one of them in another class, are gone as if they had never been there."""
    more = _errors(("m", "f", 9.0), ("m", "f", 8.0), ("n", "f", 7.0))
    both = pd.concat([FIVE, more], ignore_index=True)
    for group in ("m", "n"):
        assert discrepancy.half_width(both, group, 3, "f") == discrepancy.half_width(FIVE, group, 3)
        assert discrepancy.half_width(both, group, 3) > discrepancy.half_width(FIVE, group, 3)


def test_a_family_of_many_figures_weighs_as_much_as_one_of_one() -> None:
    """Ninety rates of one family and two other families: the median is that of the three."""
    rows = [("m", "rates", 0.5)] * 90 + [("m", "b", 0.02), ("m", "c", 0.01)]
    assert discrepancy.half_width(_errors(*rows), "m", 3) == pytest.approx(0.02 * TIMES * (4 / 3) ** 0.5)


def test_a_class_of_few_families_takes_all_or_its_own_where_wider() -> None:
    few = pd.concat([FIVE, _errors(("n", "g", 0.001), ("o", "h", 0.5))], ignore_index=True)
    pooled = 0.03 * TIMES * (1 + 1 / 7) ** 0.5
    assert discrepancy.half_width(few, "n", 3) == pytest.approx(pooled)
    assert discrepancy.half_width(few, "o", 3) == pytest.approx(0.5 * TIMES * 2**0.5)


def test_what_parameters_and_noise_explain_is_no_error() -> None:
    """Off by 5 % where one standard deviation explains 3 %: 4 % remain; off by 2 %: nothing."""
    half = np.array([3.0, 3.0]) * 1.6449
    none = np.zeros(2, bool)
    found = discrepancy.excess(np.array([105.0, 98.0]), np.array([100.0, 100.0]), half, none, none)
    assert found == pytest.approx([0.04, 0.0])


def _held(**published: float) -> pd.DataFrame:
    """Four families of the people, 100 simulated each, nothing explained."""
    names = {"births": "births.1", "deaths": "deaths.1", "register": "register_a.1", "members": "insured_persons_a.1"}
    rows = [
        {"id": f"{names[name]}{i}", "role": "held_out", "year": 2022, "unit": "persons", "published": value}
        for name, values in published.items()
        for i, value in enumerate(np.atleast_1d(values))
    ]
    return pd.DataFrame(rows).assign(simulated=100.0, low=100.0, high=100.0)


def _judged(**published: float) -> pd.DataFrame:
    none = pd.DataFrame(columns=["class", "family", "excess"])
    declared = discrepancy.read_declared()
    held = _held(**published)
    errors = discrepancy.Errors(declared, discrepancy.of_results(held, declared), none)
    return errors.judged(held).set_index("id")


def test_no_figure_moves_the_range_it_is_judged_by() -> None:
    plain = _judged(births=[101.0, 102.0], deaths=103.0, register=104.0, members=105.0)
    wild = _judged(births=[500.0, 102.0], deaths=103.0, register=104.0, members=105.0)
    for name in ("births.10", "births.11"):
        assert wild.at[name, "model"] == plain.at[name, "model"] == pytest.approx(0.04 * TIMES * (4 / 3) ** 0.5)
    assert wild.at["deaths.10", "model"] > 0
    assert not wild.at["births.10", "within_model"]


def test_the_term_never_narrows() -> None:
    rng = np.random.default_rng(7)
    n = 400
    share = rng.random(n) < 0.5
    value = np.where(share, rng.random(n), rng.normal(0, 1e6, n))
    index = pd.MultiIndex.from_arrays([["m"] * n, range(n), [2029] * n], names=["measure", "code", "year"])
    spread = index.to_frame(index=False).assign(relative=~share, share=share, sd_noise=rng.random(n) / 100)
    for name, sign in (("q05", -2), ("q10", -1), ("q90", 1), ("q95", 2)):
        spread[name] = sign * rng.random(n) / 10
    spread = spread.assign(var_parameters=0.01, var_policy=0.01)
    values = pd.Series(value, index=index)
    without, given = (ranges.around(values, spread.assign(model=m), 1) for m in (0.0, rng.random(n)))
    for low in ("low90", "low80"):
        assert (given[low] <= without[low] + 1e-9).all()
    for high in ("high90", "high80"):
        assert (given[high] >= without[high] - 1e-9).all()
    assert given.loc[share, ["low90", "high90"]].stack().between(0, 1).all()
    assert given[list(ranges.PARTS)].sum(axis=1).to_numpy() == pytest.approx(np.ones(n))


def test_a_share_moves_in_its_odds() -> None:
    """A half with a term of log 3: from one in four to three in four."""
    down, up = ranges.reach_of(np.array([0.5]), np.log([3.0]), np.array([True]))
    assert (down[0], up[0]) == pytest.approx((0.25, 0.25))


def test_a_figure_without_a_class_stops_with_one_message() -> None:
    declared = discrepancy.read_declared()
    with pytest.raises(InputError, match=r"error.yaml: results: no pattern fits new_a.2023, new_b.2023; give each"):
        discrepancy.kinds(pd.Series(["new_a.2023", "births.2023", "new_b.2023"]), declared.results, "results")


def test_every_figure_that_comes_with_the_model_has_a_class() -> None:
    declared = discrepancy.read_declared()
    for region in ("tokyo", "kanagawa"):
        p = Parameters.load(region)
        discrepancy.kinds(pd.Series([item.name for item in items(p)]), declared.forecasts, "forecasts")
    home = Parameters.load("tokyo").region.folder / ranges.FOLDER
    coverage = pd.read_csv(home / "coverage.csv")
    discrepancy.kinds(coverage[coverage["role"] == "held_out"]["id"], declared.results, "results")
    errors = discrepancy.Errors(declared, FIVE, FIVE)
    for measure in (*ranges.HEADLINE, *ranges.OF_PLACES):
        errors._tie(measure, "whole" if measure in ranges.HEADLINE else "places")


def test_what_was_tied_down_grows_from_then_and_what_was_not_has_a_level_as_well() -> None:
    declared = discrepancy.read_declared()
    level, growth = FIVE.assign(**{"class": "people"}), FIVE.assign(**{"class": "people"}, excess=0.01)
    errors = discrepancy.Errors(declared, level, growth)
    keys = pd.DataFrame({"measure": "members_end", "code": 1, "year": [2022, 2023, 2024, 2027]})
    year = 0.01 * TIMES * (1 + 1 / 5) ** 0.5
    assert errors.of_cells(keys, 1) == pytest.approx([0.0, 0.0, year, 2 * year])
    assert errors.half("people", 4) == pytest.approx(np.hypot(0.03 * TIMES * 1.2**0.5, 2 * year))


def test_a_misspelt_key_of_the_file_is_named(tmp_path: Path) -> None:
    text = discrepancy.FILE.read_text(encoding="utf-8").replace("least_families:", "least_famlies:")
    (tmp_path / "e.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=r"e.yaml: least_families"):
        discrepancy.read_declared(tmp_path / "e.yaml")


def _forecasts() -> pd.DataFrame:
    """Two dates; of the first, three families known by the second and one that came later."""
    item = ["benefits_estimate", "contribution_total", "care_payment", "elderly_grant"]
    first = pd.DataFrame({"as_of": "2023-10-31", "item": item, "published": [102.0, 104.0, 106.0, 900.0]})
    first["public"] = [dt.date(2024, 3, 31)] * 3 + [dt.date(2024, 11, 26)]
    second = first.assign(as_of="2024-10-31", public=dt.date(2025, 3, 31), published=103.0)
    both = pd.concat([first, second], ignore_index=True)
    return both.assign(kind="level", year=2024, horizon=1, forecast=100.0, low_parameters=99.0, high_parameters=101.0)


def test_an_interval_knows_only_errors_of_its_day() -> None:
    found = discrepancy.widened(_forecasts(), discrepancy.read_declared())
    first, second = (found[found["as_of"] == day] for day in ("2023-10-31", "2024-10-31"))
    assert first["model"].isna().all()
    assert (first["low"] == 99.0).all()
    term = discrepancy.excess(
        np.array([104.0]), np.array([100.0]), np.array([1.0]), np.zeros(1, bool), np.zeros(1, bool)
    )
    assert second["model"].to_numpy() == pytest.approx(term[0] * TIMES * (4 / 3) ** 0.5)
    assert second["high"].to_numpy() == pytest.approx(100 + np.hypot(1, 100 * second["model"]))


def test_a_region_without_a_back_test_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="kokuho backtest --keep writes it"):
        discrepancy.forecasts_of(tmp_path)


def test_kept_sets_are_refused_beside_another_baseline() -> None:
    """The kept ensemble stands beside the figures it was made with, and no others."""
    region = Parameters.load("tokyo").region
    index = pd.MultiIndex.from_tuples([("collection_rate", region.code, 2029)], names=["measure", "code", "year"])
    with pytest.raises(InputError, match="leave out --kept"):
        plausible.with_error_of(plausible.read_study(), region.folder / ranges.FOLDER, pd.Series([0.5], index=index))


def test_what_is_kept_tells_how_many_results_lie_inside() -> None:
    """Coverage, spread and passport of the region were written together."""
    home = Parameters.load("tokyo").region.folder / ranges.FOLDER
    coverage, about = pd.read_csv(home / plausible.COVERAGE), load_mapping(home / ranges.ABOUT)
    held = coverage[coverage["role"] == "held_out"]
    assert held["within_model"].astype(bool).sum() == about["held_out_within_90_with_model"]
    assert (held["low_model"] <= held["low"]).all()
    assert (held["high_model"] >= held["high"]).all()
    assert pd.read_csv(home / ranges.SPREAD)["model"].ge(0).all()
