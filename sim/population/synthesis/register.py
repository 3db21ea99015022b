"""How many people live where on 1 April 2022: municipality x single age x sex x nationality.

The table by age, sex and nationality is that of one later 1 January (`reference_date` of its rows). A plain fit of its
shape to the totals of 2022 would move the baby-boom cohorts by the years between, so cohorts are shifted back first
(with survival), then raked to what the register says about 2022.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.core.errors import ParameterError
from sim.core.sums import whole
from sim.parameters import Parameters
from sim.population.synthesis.state import YEAR

AGES = 110
"""Ages 0 to 109 in full years; the open group 100+ of the register is spread over the last ten."""
JAPANESE, FOREIGN = 0, 1
_COLUMNS = (("japanese_male", "foreign_male"), ("japanese_female", "foreign_female"))
_GROUPS = 21
"""five-year groups of the register, the last one open"""
LARGE = 1000
"""persons of a margin from which on its error is told"""
_CLOSE, _ROUNDS = 1e-10, 500
_BANDS = np.array([0, 15, 65, AGES])
N = TypeVar("N", bound=np.number)


@dataclass(frozen=True)
class _Counted:
    """The register by age as one 1 January found it.

    counts  float64[places, five-year group, sex, nationality]  persons
    year    calendar year before that day, in which the youngest were born
    """

    counts: NDArray[np.float64]
    year: int

    @property
    def quarters(self) -> int:
        """Quarter years since 1 April 2022."""
        return 4 * (self.year + 1 - YEAR) - 1


@dataclass(frozen=True)
class Residents:
    """Residents on 1 April 2022.

    counts       int64[places, AGES, sex, nationality]  whole persons
    raked        float64, same shape: the target before rounding
    iterations   rounds of proportional fitting used
    error        largest relative error of a margin of 1,000 people or more after fitting
    """

    counts: NDArray[np.int64]
    raked: NDArray[np.float64]
    iterations: int
    error: float


def residents(p: Parameters) -> Residents:
    """Return the residents of every municipality by single age, sex and nationality on 1 April 2022."""
    totals, bands = _register_totals(p), _register_bands(p)
    bands *= (totals.sum(axis=2) / bands.sum(axis=1))[:, None, :]
    start = _shape_2022(p)
    floor = start.sum(axis=0, keepdims=True)
    start = start + 1e-7 * floor / floor.sum() * start.sum(axis=(1, 2, 3), keepdims=True)
    raked, iterations, error = _rake(start, totals, bands)
    return Residents(_rounded(raked), raked, iterations, error)


def _register_totals(p: Parameters) -> NDArray[np.float64]:
    """Return persons[places, sex, nationality] on 1 April 2022: 3/4 of 1 January 2022 and 1/4 of 2023."""
    columns = [c for pair in _COLUMNS for c in pair]
    return _on_1_april(p.table("places.register_totals"), p.codes(), columns).reshape(-1, 2, 2)


def _register_bands(p: Parameters) -> NDArray[np.float64]:
    """Return persons[places, age band, sex] on 1 April 2022 for the ages 0-14, 15-64 and 65+."""
    frame = p.table("places.register_age3")
    columns = ["age_0_14", "age_15_64", "age_65_plus"]
    sexes = [_on_1_april(frame[frame["sex"] == sex], p.codes(), columns) for sex in ("male", "female")]
    return np.stack(sexes, axis=2)


def _on_1_april(frame: pd.DataFrame, codes: list[int], columns: list[str]) -> NDArray[np.float64]:
    """Return the columns by municipality, 3/4 of 1 January 2022 and 1/4 of 1 January 2023."""
    dated = frame.set_index(["reference_date", "code"])[columns]
    before, after = (dated.loc[date].loc[codes].to_numpy(float) for date in ("2022-01-01", "2023-01-01"))
    return 0.75 * before + 0.25 * after


def _shape_2022(p: Parameters) -> NDArray[np.float64]:
    """Return the age shape of 2022 told by the later table: cohorts where people stay, ages where they come and go.

    A cohort was younger then and not yet reduced by death. Between 18 and 30 a city's ages are filled by those who
    move in, and the shape by age is steadier than the cohorts: `population.cohort_weight` mixes the two. Foreign
    residents follow the shape by age except where the weight for them says otherwise.
    """
    counted = _counted(p)
    fine, between = _by_quarter(p, counted), counted.quarters
    period = fine[:, : AGES * 4].reshape(fine.shape[0], AGES, 4, 2, 2).sum(axis=2)
    moved = np.zeros_like(fine)
    moved[:, :-between] = fine[:, between:]
    cohort = moved.reshape(fine.shape[0], AGES, 4, 2, 2).sum(axis=2) / _survival(p, between)[None, :, :, None]
    weight = np.stack([_by_age(p, "population.cohort_weight"), _by_age(p, "population.cohort_weight_foreign")], axis=1)
    w = weight[None, :, None, :]
    return np.maximum(w * cohort + (1 - w) * period, 0.0)


def _by_quarter(p: Parameters, counted: _Counted) -> NDArray[np.float64]:
    """Return persons[places, quarter year of age, sex, nationality] on the day of the register.

    The five-year groups are split smoothly; births of the year, against a smooth curve through the same
    groups, put the cohorts of 1947-49 and the gaps of 1945-46 and 1966 back into the groups of Japanese.
    """
    counts = counted.counts
    below = p.value("population.centenarians_to_103", YEAR)
    fine = _smooth(counts, below)
    bump = _cohort_bump(p, below, counted.year)
    fine[..., JAPANESE] *= bump[None, :, None]
    group = np.minimum(np.arange(AGES * 4) // 20, _GROUPS - 1)
    starts = np.searchsorted(group, np.arange(_GROUPS))
    reached = np.add.reduceat(fine, starts, axis=1)
    return fine * np.divide(counts, reached, out=np.zeros_like(counts), where=reached > 0)[:, group]


def _counted(p: Parameters) -> _Counted:
    """Return the register by age; ParameterError unless all its rows are of one 1 January after 1 April 2022."""
    frame = p.table("places.register_age5")
    codes = p.codes()
    groups = list(dict.fromkeys(frame["age_group"]))
    if len(groups) != _GROUPS:
        raise ParameterError(f"places.register_age5 has {len(groups)} age groups; {_GROUPS} (0-4 to 100+) are needed")
    dates = sorted(set(frame["reference_date"].astype(str)))
    if len(dates) != 1 or not dates[0].endswith("-01-01") or int(dates[0][:4]) <= YEAR:
        raise ParameterError(
            f"places.register_age5: reference_date is {', '.join(dates)}; give the register of one 1 January, "
            f"{YEAR + 1}-01-01 or later"
        )
    frame = frame.set_index(["code", "age_group"])
    counts = np.zeros((len(codes), _GROUPS, 2, 2))
    for s, pair in enumerate(_COLUMNS):
        for k, column in enumerate(pair):
            counts[:, :, s, k] = frame[column].unstack().loc[codes, groups].to_numpy(float)
    return _Counted(counts, int(dates[0][:4]) - 1)


def _smooth(counts: NDArray[np.float64], below: float) -> NDArray[np.float64]:
    """Return five-year counts[n, 21, …] split by quarter year of age along a monotone curve through the running sums.

    The share `below` of the centenarians is put below 104.
    """
    from scipy.interpolate import PchipInterpolator  # half a second to import, needed for a build only

    zero = np.zeros_like(counts[:, :1])
    running = np.concatenate([zero, counts.cumsum(axis=1)], axis=1)
    last = running[:, -2:-1] + counts[:, -1:] * below
    edges = np.append(np.arange(0, 105, 5), [104, AGES]).astype(float)
    curve = PchipInterpolator(edges, np.concatenate([running[:, :-1], last, running[:, -1:]], axis=1), axis=1)
    return np.maximum(np.diff(curve(np.arange(AGES * 4 + 1) / 4), axis=1), 0.0)


def _cohort_bump(p: Parameters, below: float, last: int) -> NDArray[np.float64]:
    """Return births of each quarter year of age against the smooth curve of `_smooth`; the youngest are of `last`."""
    births = np.array(p.value("population.births_by_year", YEAR), float)
    first = int(p.value("population.births_first_year", YEAR))
    year = last - np.arange(AGES)
    by_age = np.interp(year, np.arange(first, first + births.size), births)
    groups = np.append(by_age[:100].reshape(20, 5).sum(axis=1), by_age[100:].sum())
    bump = np.repeat(by_age, 4) / 4 / _smooth(groups[None], below)[0]
    known = np.repeat((year >= first) & (year < first + births.size), 4)
    return np.where(known, bump, 1.0)


def _survival(p: Parameters, quarters: int) -> NDArray[np.float64]:
    """Return the chance[age, sex] to live so many quarter years from 1 April 2022 (life table)."""
    frame = p.table("people.mortality")
    out = np.ones((AGES, 2))
    for s, sex in enumerate(("male", "female")):
        table = frame[frame["sex"] == sex].sort_values("age")
        q = np.interp(np.arange(AGES + 5), table["age"], table["qx"])
        q[100:] = np.minimum(q[100:], p.value("population.mortality_most", YEAR))
        hazard = np.concatenate([[0.0], -np.log1p(-q).cumsum()])
        ages = np.arange(AGES) + 0.5
        at = np.arange(hazard.size, dtype=float)
        out[:, s] = np.exp(np.interp(ages, at, hazard) - np.interp(ages + quarters / 4, at, hazard))
    return out


def _by_age(p: Parameters, key: str) -> NDArray[np.float64]:
    """Return a curve given at five-year ages 0, 5, …, 100 as one value per single age."""
    points = np.array(p.value(key, YEAR), float)
    return np.interp(np.arange(AGES), np.arange(points.size) * 5 + 2.5, points)


def _rake(
    start: NDArray[np.float64], totals: NDArray[np.float64], bands: NDArray[np.float64]
) -> tuple[NDArray[np.float64], int, float]:
    """Return the table nearest to `start` with the given margins, the rounds used and the error left."""
    x = start.copy()
    error, rounds = np.inf, 0
    while error >= _CLOSE and rounds < _ROUNDS:
        rounds += 1
        for b in range(3):
            part = slice(_BANDS[b], _BANDS[b + 1])
            x[:, part] *= (bands[:, b] / np.maximum(x[:, part].sum(axis=(1, 3)), 1e-12))[:, None, :, None]
        x *= (totals / np.maximum(x.sum(axis=1), 1e-12))[:, None]
        reached = np.stack([x[:, _BANDS[b] : _BANDS[b + 1]].sum(axis=(1, 3)) for b in range(3)], axis=1)
        error = float(np.max(np.abs(reached / bands - 1), where=bands >= LARGE, initial=0.0))
    return x, rounds, error


def _rounded(x: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return whole persons: rounded running sums along age, totals by municipality, sex and nationality kept."""
    flat = x.sum(axis=1).ravel()
    running = whole(flat.cumsum())
    total = np.diff(running, prepend=0).reshape(x.shape[0], 1, 2, 2)
    share = x / np.maximum(x.sum(axis=1, keepdims=True), 1e-300)
    upto = whole(share.cumsum(axis=1) * total)
    return np.diff(upto, axis=1, prepend=0)


def five_year(counts: NDArray[N]) -> NDArray[N]:
    """Return counts[places, single age, …] in the 21 groups 0-4, 5-9, …, 100+."""
    groups: NDArray[N] = np.add.reduceat(counts, np.arange(0, 105, 5), axis=1)
    return groups
