"""Moves, and how a municipality differs from the schedules by age: factors of 1, moves at national rates."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.core.sums import whole
from sim.parameters.imputation.residents import AGES, foreign_trend, residents
from sim.parameters.imputation.rule import Rule, each_place, none_known

if TYPE_CHECKING:
    from sim.parameters.loader import Parameters

Floats = NDArray[np.float64]

_FIRST, _LAST = 2022, 2025
"""fiscal years whose arrivals are given; later ones follow the last two (demography.arrivals_level_*)"""
_WITHIN, _OUT = "moves_within_prefecture_rate", "out_rate_"


def of_region(p: Parameters, rows: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of the region in a table by `geography`, those of the nation where it has none."""
    own = rows[rows["geography"] == p.region.en]
    return own if len(own) else rows[rows["geography"] == "national"]


def _by_age(bands: pd.Series, values: pd.Series) -> Floats:
    """Return values of age bands such as "0-4" by single age; the last one holds for older ages."""
    out = np.zeros(AGES)
    for band, value in zip(bands, values, strict=True):
        out[int(str(band).rstrip("+").partition("-")[0]) :] = value
    return out


def _out_rate(p: Parameters) -> Floats:
    t = of_region(p, p.table("people.migration_rates"))
    t = t[t["indicator"].str.startswith(_OUT)]
    return _by_age(t["indicator"].str.removeprefix(_OUT), t["value"])


def _arrivals(p: Parameters) -> pd.DataFrame:
    """Return as many Japanese as leave by their ages, and foreign residents for those who leave and the growth."""
    leaving, abroad = _out_rate(p), np.array(p.value("demography.abroad_rate", _FIRST), float)
    frames = []
    for year in range(_FIRST, _LAST + 1):
        people = residents(p, year)
        growth = foreign_trend(p, year + 1) / foreign_trend(p, year) - 1
        japanese = (people.japanese.sum(axis=2) * (leaving + abroad[0])).sum(axis=1)
        foreign = (people.foreign.sum(axis=2) * (leaving + abroad[1:].mean() + max(growth, 0.0))).sum(axis=1)
        for nation, persons in (("japanese", japanese), ("foreign", foreign)):
            rows = {"nationality": nation, "fiscal_year": year, "persons": whole(persons)}
            frames.append(each_place(p, **rows))
    return pd.concat(frames, ignore_index=True)


def _migration(p: Parameters) -> pd.DataFrame:
    t = of_region(p, p.table("people.migration_age")[lambda x: x["item"] == _WITHIN])
    people = residents(p, 2025).all.sum(axis=2)
    moves = (people * _by_age(t["age"], t["value"])).sum(axis=1)
    return each_place(p, year=2024, item="in_from_other_municipalities", value=np.maximum(moves, 1.0), unit="persons")


def _ones(*names: str) -> Callable[[Parameters], pd.DataFrame]:
    return lambda p: each_place(p, **dict.fromkeys(names, 1.0))


_SAME = "全国（地域）の水準どおり：1", "as the schedules have it: 1"

RULES = {
    "places.arrivals": Rule(
        _arrivals,
        "日本人は転出と同数、外国人は出国と全国の増加率に見合う数が転入",
        "as many Japanese arrive as leave by age; foreign residents for those who leave and for the nation's growth",
        "large",
        "人口が転出入で増減しない",
        "no municipality grows or shrinks by moving",
    ),
    "places.migration_2024": Rule(
        _migration,
        "年齢別の県内移動率（全国）による転入数",
        "moves within the prefecture at national rates by age",
        "small",
        "県内の移動先が人口に比例する",
        "moves within the prefecture go where people live",
    ),
    "places.flows_2025": Rule(
        none_known("places.flows_2025", {"calendar_year": "int64"}),
        "空（不明）",
        "empty: none known",
        "none",
        "照合にのみ用いる",
        "only checked against",
        by_row=False,
    ),
    "places.demographic_factors": Rule(
        _ones("births", "deaths", "departures", "moves"),
        *_SAME,
        "moderate",
        "出生・死亡・転出は年齢だけで決まる",
        "births, deaths and departures follow age alone",
    ),
    "places.household_factors": Rule(
        _ones("households"),
        *_SAME,
        "small",
        "2022年の世帯数がR5の比率による",
        "households of 2022 have the size of FY2023",
    ),
    "places.membership_factors": Rule(
        _ones("joining"), *_SAME, "moderate", "加入の強さは年齢だけで決まる", "joining follows age alone"
    ),
}
