"""The tables by age and municipality that the chances of a year are made of, read from the parameter register."""

from __future__ import annotations

import numpy as np
import pandas as pd

from sim.core.errors import ParameterError
from sim.core.record import Floats
from sim.mechanisms.demography.state import AGES, CLASS_YEARS, CLASSES, FIRST_CLASS
from sim.parameters import Parameters
from sim.parameters.imputation import of_region
from sim.parameters.memo import once

FACTORS = ("births", "deaths", "departures", "moves")
_ADULT_WIDTHS = (2, *(9 * (5,)), 10, 10, AGES - 85)
"""years in the classes 18-19, 20-24 … 60-64, 65-74, 75-84, 85 and over"""
_LATE = ("45-54", "55-64", "65-84", "85+")
"""classes of `demography.late_move_shape`, as its `axis` says"""
_LATE_FROM, _LATEST_FROM = 45, 85
"""first ages of the first and of the last of them"""
_REFERENCE_YEAR = 2023
"""year of the life table R5"""


def by_age(bands: pd.Series, values: pd.Series | Floats) -> Floats:
    """Return values by single age from classes such as "0-4", "65+" or "100+"; 0 outside all classes."""
    out = np.zeros(AGES)
    for band, value in zip(bands, values, strict=True):
        low, _, high = str(band).rstrip("+").partition("-")
        last = AGES - 1 if str(band).endswith("+") else int(high or low)
        out[int(low) : last + 1] = value
    return out


def cumulative(shares: list[float] | Floats) -> Floats:
    """Return shares added up, the last exactly 1."""
    total = np.cumsum(np.asarray(shares, float))
    return total / total[-1]


def _select(frame: pd.DataFrame, **keys: object) -> pd.DataFrame:
    for column, wanted in keys.items():
        frame = frame[frame[column] == wanted]
    if frame.empty:
        raise ParameterError(f"the register has no rows with {keys}")
    return frame


def _late(p: Parameters, year: int) -> Floats:
    shape = p.value("demography.late_move_shape", year)
    return by_age(pd.Series(_LATE), shape)


def deaths(p: Parameters, year: int) -> Floats:
    """Return the probability of death within twelve months, float64[2 nationalities, 2 sexes, ages]."""
    fall = (1 - p.value("demography.mortality_improvement", year)) ** (year - _REFERENCE_YEAR)
    level = p.value("demography.mortality_level", year) * fall
    factor = np.asarray(p.value("demography.mortality_factor", year))
    return np.asarray(np.minimum(_life_table(p)[None] * factor[:, None, None] * level, 1.0))


@once
def _life_table(p: Parameters) -> Floats:
    """Return the probability of death within twelve months of the life table, float64[2 sexes, ages]."""
    table = p.table("people.mortality")
    risk = np.zeros((2, AGES))
    for s, sex in enumerate(("male", "female")):
        rows = _select(table, sex=sex)
        risk[s, rows["age"].to_numpy(int)] = rows["qx"]
    return risk


def births(p: Parameters, year: int) -> Floats:
    """Return the births per woman, float64[2 nationalities, 2, ages]: without, with partner."""
    bands, rate = _fertility(p)
    partnered = by_age(bands, p.value("demography.couple_share", year))
    outside = p.value("demography.births_outside_couples", year)
    level = p.value("demography.fertility_level", year) * p.value("demography.fertility_trend", year)
    factor = np.asarray(p.value("demography.fertility_factor", year)) * level
    split = np.zeros((2, AGES))
    fertile = partnered > 0
    split[0, fertile] = rate[fertile] * outside / (1 - partnered[fertile])
    split[1, fertile] = rate[fertile] * (1 - outside) / partnered[fertile]
    return np.asarray(factor[:, None, None] * split[None])


@once
def _fertility(p: Parameters) -> tuple[pd.Series, Floats]:
    """Return the age classes of the published births per woman, and these by single age, float64[ages]."""
    rows = _select(of_region(p, p.table("people.fertility")), unit="births per woman per year")
    return rows["age_or_indicator"], by_age(rows["age_or_indicator"], rows["value"])


def departures(p: Parameters, year: int) -> Floats:
    """Return the rate of leaving for another prefecture, float64[4 of Company, ages of the head]."""
    rate = _published_departures(p).copy()
    beyond = np.arange(int(np.flatnonzero(rate)[-1]) + 1, AGES)  # the ages above the last class of the source
    rate[beyond] = rate[beyond[0] - 1] * np.where(beyond < _LATEST_FROM, 1.0, _late(p, year)[beyond])
    return np.outer(p.value("demography.mover_factor", year), rate)


@once
def _published_departures(p: Parameters) -> Floats:
    rows = of_region(p, p.table("people.migration_rates"))
    rows = rows[rows["indicator"].str.startswith("out_rate_")]
    return by_age(rows["indicator"].str.removeprefix("out_rate_"), rows["value"])


def moves(p: Parameters, year: int) -> Floats:
    """Return the rate of moving to another municipality of the prefecture, float64[4 of Company, ages of the head]."""
    rate = _published_moves(p).copy()
    late = _late(p, year)
    rate[_LATE_FROM:] *= late[_LATE_FROM:]
    return np.outer(p.value("demography.mover_factor", year), rate)


@once
def _published_moves(p: Parameters) -> Floats:
    rows = _select(of_region(p, p.table("people.migration_age")), item="moves_within_prefecture_rate")
    return by_age(rows["age"], rows["value"])


def leave_home(p: Parameters, year: int) -> Floats:
    """Return the chance that a child leaves the parents' home, float64[ages]."""
    rows = _select(p.table("people.household_formation"), indicator="annual leaving-home hazard | co-resident")
    hazard = by_age(rows["age"], rows["value"])
    return hazard * by_age(rows["age"], np.asarray(p.value("demography.leaving_home_factor", year), float))


@once
def factors(p: Parameters) -> Floats:
    """Return the fitted factors of the municipalities, float64[4, places] in the order of FACTORS."""
    table = p.table("places.demographic_factors").set_index("code").loc[p.codes()]
    return np.ascontiguousarray(table[list(FACTORS)].to_numpy(float).T)


@once
def inward(p: Parameters) -> Floats:
    """Return cumulative in-moves from other municipalities of the prefecture, float64[places + 1], starting at 0."""
    rows = _select(p.table("places.migration_2024"), item="in_from_other_municipalities")
    return np.concatenate(([0.0], np.cumsum(rows.set_index("code")["value"].loc[p.codes()].to_numpy(float))))


def months(p: Parameters, year: int) -> Floats:
    """Return cumulative shares of months, float64[2, 12]: moves in Japan, moves to and from abroad."""
    return np.stack([cumulative(p.value(f"demography.{n}_months", year)) for n in ("move", "abroad")])


def expected_unions(p: Parameters, year: int) -> Floats:
    """Return expected unions, float64[places, 6 age classes 20-24 ... 45-49], of one year."""
    return np.asarray(_women(p) * np.asarray(p.value("demography.union_rate", year))[None])


@once
def _women(p: Parameters) -> Floats:
    """Return the women of the age classes of unions, float64[places, 6]."""
    table = p.table("places.register_age5")
    table["women"] = table["japanese_female"] + table["foreign_female"]
    women = table.pivot(index="code", columns="age_group", values="women").loc[p.codes()]
    starts = range(FIRST_CLASS, FIRST_CLASS + CLASS_YEARS * CLASSES, CLASS_YEARS)
    return women[[f"{a}-{a + CLASS_YEARS - 1}" for a in starts]].to_numpy(float)


def arrival_ages(p: Parameters, year: int) -> Floats:
    """Return cumulative shares of adult ages of those who arrive, float64[2, AGES + 1]: from Japan, from abroad."""
    shares = []
    for origin in ("domestic", "abroad"):
        by_class = np.asarray(p.value(f"demography.arrival_age_{origin}", year), float)
        shares.append(np.concatenate([np.full(n, s / n) for n, s in zip(_ADULT_WIDTHS, by_class, strict=True)]))
    children = np.zeros((2, AGES - sum(_ADULT_WIDTHS)))
    both = np.concatenate([children, np.stack(shares)], axis=1)
    return np.stack([np.concatenate(([0.0], cumulative(row))) for row in both])
