"""Levers of the page mean valid scenarios, charts are drawn from what they are given, every word has both languages."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from sim.core.errors import InputError
from sim.outputs.measures import MEASURES
from sim.parameters import Parameters
from sim.reports.grid import KINDS
from sim.reports.headlines import place_kind
from sim.reports.place_panel import OF_PLACES, OF_PREFECTURE
from sim.scenario.scenario import parse_scenario
from sim.ui import charts
from sim.ui.desk import Own
from sim.ui.levers import GROUPS, LEVERS, scenario_text
from sim.ui.words import UNITS, WORDS, shown, unit_in
from tests.tokyo_facts import TOKYO

REGISTER = Parameters.load()


def value(text: str, key: str, year: int, code: int | None = None) -> object:
    chosen = parse_scenario(text, Path("scenarios/mine.yaml"), REGISTER)
    return REGISTER.with_overrides(chosen.overrides(REGISTER)).value(key, year, code)


def test_untouched_levers_change_nothing() -> None:
    assert Own().checked().layers[-1] == ()


@pytest.mark.parametrize("key", LEVERS)
def test_every_position_of_a_lever_is_a_valid_scenario_and_moves_its_key(key: str) -> None:
    lever = LEVERS[key]
    ends = [lever.span[0], lever.span[1]] if lever.span else [p for p, _ in lever.choices]
    before = REGISTER.value(key, 2029)
    moved = {value(scenario_text("mine", "baseline", {key: p}, "R9"), key, 2029) for p in ends if p != lever.neutral}
    assert moved - {before}, "no position of the lever changes anything in R11"


def test_a_lever_starts_in_its_year_and_in_its_municipality() -> None:
    key = "payment.account_transfer_share"
    text = scenario_text("mine", "baseline", {key: 20}, "R10", "新宿区")
    base = REGISTER.value(key, 2028, 13104)
    assert value(text, key, 2027, 13104) == base
    assert value(text, key, 2028, 13104) == pytest.approx(base + 0.2)
    assert value(text, key, 2028, 13201) == base


def test_a_uniform_lever_is_moved_everywhere_even_when_a_municipality_is_chosen() -> None:
    text = scenario_text("mine", "baseline", {"rates.alpha": 0.5}, "R9", "新宿区")
    assert value(text, "rates.alpha", 2029) == 0.5


@pytest.mark.parametrize("name", ["", "baseline", "../x", "名前"])
def test_a_name_in_use_or_unfit_for_a_file_is_refused(name: str) -> None:
    with pytest.raises(InputError):
        Own(name=name).checked()


def test_words_have_both_languages_and_measures_have_names_and_units() -> None:
    assert all(ja and en for ja, en in WORDS.values())
    assert all(lever.label[i] and lever.hint[i] for g in GROUPS.values() for lever in g for i in (0, 1))
    assert set(MEASURES) <= set(WORDS)
    assert set(MEASURES.values()) <= set(UNITS)


def test_a_sum_has_one_unit_wherever_it_stands() -> None:
    """A municipality's transfer was told in 百万円, 億円 and 円 on different tabs, the prefecture's too."""
    for panel, whole in ((OF_PLACES, False), (OF_PREFECTURE, True)):
        for chart in panel:
            if chart.key in ("discretionary_transfer", "arrears_closing"):
                unit = unit_in("yen", whole=whole)
                assert (chart.unit, chart.scale) == (UNITS[unit][:2], UNITS[unit][2])
    assert KINDS[place_kind("discretionary_transfer")].unit == UNITS[unit_in("yen", whole=False)][:2]
    assert unit_in("share", whole=False) == "share"
    assert shown(0.91312, "share") == "91.31"
    assert shown(-7.04e8, "yen", sign=True) == "-7.0"
    assert shown(None, "yen") == "–"


def frame() -> pd.DataFrame:
    rows = [("baseline", y, 0.9 + y / 1e5) for y in range(2022, 2030)] + [("other", 2029, 0.5)]
    return pd.DataFrame(rows, columns=["scenario", "year", "collection_rate"]).assign(code=TOKYO)


def test_a_line_chart_holds_the_figures_in_the_unit_shown_and_gaps_where_there_are_none() -> None:
    options = charts.lines(frame(), "collection_rate", "share", "ja")
    first, second = options["series"]
    assert first["data"][0] == pytest.approx((0.9 + 2022 / 1e5) * 100, abs=1e-4)
    assert second["data"] == [None] * 7 + [50.0]
    assert options["xAxis"]["data"][0] == "R4"
    assert options["title"]["subtext"] == "％"
    assert first["symbol"] != second["symbol"]
