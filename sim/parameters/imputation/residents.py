"""The register of other years, told by the one by age.

Japanese residents: its cohorts without the deaths in between (life table), as if nobody had moved, after its date with
as many births a year as before it. Foreign residents: their ages, at the nation's number of foreign residents on the
date.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.core.errors import ParameterError
from sim.core.sums import whole
from sim.parameters.imputation.kept import kept
from sim.parameters.imputation.rule import OWN, Rule

if TYPE_CHECKING:
    from sim.parameters.loader import Parameters

Floats = NDArray[np.float64]

BY_AGE = "places.register_age5"
TOTALS, BANDS = "places.register_totals", "places.register_age3"
YEARS = range(2022, 2027)
"""registers the model reads, 1 January"""
AGES = 110
SEXES = ("male", "female")
_NATIONS = ("japanese", "foreign")
_GROUP = 5
_STARTS = (0, 15, 65)


class Residents(NamedTuple):
    """Residents of a date, float64[places, ages, sex]."""

    japanese: Floats
    foreign: Floats

    @property
    def all(self) -> Floats:
        return self.japanese + self.foreign


@kept
def residents(p: Parameters, year: int) -> Residents:
    """Return the residents of 1 January of a year by single age, as the register by age tells them."""
    japanese, foreign = (_by_age(p, nation) for nation in _NATIONS)
    years = register_year(p) - year
    moved = _younger(p, japanese, years) if years > 0 else _older(p, japanese, -years)
    return Residents(moved, foreign * foreign_trend(p, year))


def register_year(p: Parameters) -> int:
    """Return the year of the 1 January the register by age is of."""
    return int(str(p.table(BY_AGE)["reference_date"].iloc[0])[:4])


@kept
def foreign_trend(p: Parameters, year: int) -> float:
    """Return the nation's foreign residents of 1 January of a year over those of the register by age.

    Years without a published number follow the growth of the nearest year that has one; with a single number known,
    on an early information date, there is no growth.
    """
    t = p.table("people.foreign_residents")
    t = t[(t["code"] == 0) & (t["item"] == "foreign_residents_by_status") & (t["category"] == "total")]
    t = t[t["date"].astype(str).str.endswith("-12-31")]
    if t.empty:
        return 1.0
    known = dict(zip(t["date"].astype(str).str[:4].astype(int) + 1, t["value"].astype(float), strict=True))
    first, last = min(known), max(known)
    before = known.get(first + 1, known[first]) / known[first]
    after = known[last] / known.get(last - 1, known[last])

    def level(y: int) -> float:
        inside = min(max(y, first), last)
        return float(known[inside] * before ** min(y - first, 0) * after ** max(y - last, 0))

    return level(year) / level(register_year(p))


@kept
def _by_age(p: Parameters, nation: str) -> Floats:
    """Return the residents of one nationality by single age as registered; groups of five are spread evenly."""
    t = p.table(BY_AGE)
    names = [f"{nation}_{sex}" for sex in SEXES]
    groups = [f"{a}-{a + _GROUP - 1}" for a in range(0, 100, _GROUP)] + ["100+"]
    if missing := sorted(set(groups) - set(t["age_group"])):
        raise ParameterError(f"register_age5.csv has no rows of the age groups {', '.join(missing)}")
    cells = t.set_index(["code", "age_group"])[names]
    counts = np.stack([cells[name].unstack().loc[p.codes(), groups].to_numpy(float) for name in names], axis=2)
    out = np.zeros((counts.shape[0], AGES, 2))
    out[:, :100] = np.repeat(counts[:, :-1] / _GROUP, _GROUP, axis=1)
    fading = 0.5 ** np.arange(AGES - 100)
    out[:, 100:] = counts[:, -1:] * (fading / fading.sum())[None, :, None]
    return out


def _younger(p: Parameters, people: Floats, years: int) -> Floats:
    """Return the cohorts some years before: as much younger, with those who have died since."""
    out = people
    for _ in range(years):
        out = np.concatenate([out[:, 1:] / (1 - mortality(p)[None, :-1]), np.zeros_like(out[:, :1])], axis=1)
    return out


def _older(p: Parameters, people: Floats, years: int) -> Floats:
    """Return the cohorts some years later: as much older, less those who die, with as many infants a year as before."""
    out = people
    for _ in range(years):
        out = np.concatenate([people[:, :1], (out * (1 - mortality(p)[None]))[:, :-1]], axis=1)
    return out


@kept
def mortality(p: Parameters) -> Floats:
    """Return the chance of death within a year by age and sex, life table, float64[ages, 2], at most a half."""
    t = p.table("people.mortality")
    rows = [t[t["sex"] == sex].sort_values("age") for sex in SEXES]
    return np.stack([np.minimum(np.interp(np.arange(AGES), r["age"], r["qx"]), 0.5) for r in rows], axis=1)


def _whole(x: Floats) -> NDArray[np.int64]:
    return whole(x)


def _totals(p: Parameters) -> pd.DataFrame:
    frames = []
    for year in YEARS:
        then = residents(p, year)
        columns = {
            f"{n}_{s}": _whole(getattr(then, n)[:, :, k].sum(axis=1)) for n in _NATIONS for k, s in enumerate(SEXES)
        }
        frames.append(_dated(p, year, columns))
    return pd.concat(frames, ignore_index=True)


def _bands(p: Parameters) -> pd.DataFrame:
    frames = []
    for year in YEARS:
        bands = np.add.reduceat(residents(p, year).all, _STARTS, axis=1)
        for k, sex in enumerate(SEXES):
            names = ("age_0_14", "age_15_64", "age_65_plus")
            columns = {name: _whole(bands[:, b, k]) for b, name in enumerate(names)}
            frames.append(_dated(p, year, {"sex": sex, **columns}))
    return pd.concat(frames, ignore_index=True)


def _dated(p: Parameters, year: int, columns: Mapping[str, object]) -> pd.DataFrame:
    head = {"code": p.codes(), "reference_date": f"{year}-01-01", "fiscal_year": year - 1}
    return pd.DataFrame({**head, **columns, "status": "imputed", "source_id": OWN})


_JA = "年齢別人口を生命表で前後の年に移し（転出入なし）、外国人は全国の推移で補正"
_EN = "the cohorts of the register by age, less deaths (life table), nobody moving; foreign ones by the nation"
_LOSS = "転出入の多い市町村で過去の人口がずれる", "the past of municipalities with much moving in or out is off"

RULES = {
    TOTALS: Rule(_totals, _JA, _EN, "moderate", *_LOSS),
    BANDS: Rule(_bands, _JA, _EN, "moderate", *_LOSS),
}
