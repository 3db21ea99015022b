"""Which number of the register meets which figure, and the search for its values: one figure, one number, by year.

A figure is moved on a scale on which its number acts about evenly (log, log-odds, yen per insured). After a run each
gap is divided by the number's slope; what the step did beside what it was to do corrects the slope (a secant), and
the next step is taken from there. All figures step together: what one does to another is in the next gap.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.institutions.programmes import levels
from sim.parameters import Parameters
from sim.parameters.loader import OverrideKey
from sim.parameters.schema import Value
from sim.scenario.scenario import FIRST, LAST
from sim.studies.anchor.figures import Values, seen, with_shares
from sim.studies.anchor.reading import Own

Floats = NDArray[np.float64]
Tables = Mapping[str, pd.DataFrame]
MOVABLE = ("imputed", "estimated", "assumed")
"""status of a number that may be moved; law and published figures stay"""


@dataclass(frozen=True, kw_only=True)
class Mover:
    """A number of the register that carries the level of a figure in a municipality.

    scale      of the figure: log, logit (of the rate in percent) or head (yen per insured)
    slope      first guess of what one unit of the number (of its log where `ratio`) does to the figure on its scale
    ratio      whether the number is a factor
    stock      what is moved in a year is still there in later ones: part that is left a year later, else 0
    lag        years from the number to the figure
    once       the number counts at the start of the run only: the first figure is met
    from_start the first value holds from the first year of the run on
    tolerance  distance on the scale within which a figure is met
    """

    figure: str
    key: str
    scale: Literal["log", "logit", "head"]
    slope: float
    tolerance: float
    ratio: bool = False
    stock: float = 0.0
    lag: int = 0
    once: bool = False
    from_start: bool = True

    def far(self, value: float, heads: float) -> float:
        """Return a figure on the scale of its number."""
        if self.scale == "head":
            return value / heads
        if self.scale == "logit":
            share = min(max(value / 100, 1e-4), 1 - 1e-4)
            return math.log(share / (1 - share))
        return math.log(max(value, 1.0))

    def inner(self, value: float) -> float:
        return math.log(value) if self.ratio else value

    def outer(self, x: float) -> float:
        """Return the number of a position, as it is written: six digits."""
        return float(f"{math.exp(x) if self.ratio else x:.6g}")


MOVERS = (
    Mover(
        figure="members_average",
        key="enrolment.place_joining",
        scale="log",
        slope=0.12,
        tolerance=0.002,
        ratio=True,
        stock=0.8,
    ),
    Mover(
        figure="members_end",
        key="enrolment.place_joining",
        scale="log",
        slope=0.2,
        tolerance=0.002,
        ratio=True,
        stock=0.8,
    ),
    Mover(figure="billed", key="enrolment.place_income", scale="log", slope=0.35, tolerance=0.003, ratio=True, lag=1),
    Mover(figure="rate", key="payment.place_level", scale="logit", slope=-0.8, tolerance=0.01),
    Mover(figure="carried_rate", key="payment.place_arrears_level", scale="logit", slope=0.6, tolerance=0.02),
    Mover(figure="benefit", key="cost.place_level", scale="log", slope=1.0, tolerance=0.005, ratio=True),
    Mover(
        figure="transfer",
        key="finance.place_cost_per_member",
        scale="head",
        slope=1.0,
        tolerance=100.0,
        from_start=False,
    ),
    Mover(
        figure="fund", key="municipal.opening_fund_per_member", scale="head", slope=1.0, tolerance=100.0, once=True
    ),
    Mover(figure="checkup", key="cost.checkup_rise", scale="log", slope=1.0, tolerance=0.001, from_start=False),
)
"""in the order of the table; of two figures of one number the first that is given is met"""

BESIDE = {
    "households_end": ("世帯数は基準人口と被保険者数から決まる", "households follow from the population and the insured"),
    "unknown": ("現年分収納率の分母として用いる", "used as part of the collection rate"),
    "collected": ("収納率で合わせる", "met by the collection rate"),
    "carried": ("前年度までの未納から決まる", "follows from what was left unpaid before"),
    "carried_collected": ("滞納繰越分収納率で合わせる", "met by the collection rate of carried-over claims"),
    "carried_lost": ("時効と執行停止から決まる", "follows from limitation and suspended claims"),
    "contribution": ("都道府県の算定から決まる", "follows from the prefecture's calculation"),
}
"""figure -> why it is shown only, in both languages"""
_RATES = ("料率は動かさない。登録の料率と違うときは改定案のシナリオで与える", "rates are never moved; give your own in a scenario")
_OTHER = ("同じパラメータで先の項目に合わせる", "its number meets the figure before it")
_BEFORE = ("その年度は動かせない（開始時の値は基準人口による）", "not in this year: the start is the population's")
_ONCE = ("開始時の水準だけを動かす", "only the level at the start is moved")
_LAW = ("法令・公表値は動かさない", "law and published figures are never moved")


@dataclass
class Row:
    """A figure of a year that a number is moved for."""

    mover: Mover
    year: int
    own: float
    position: float
    before: float
    low: float
    high: float
    slope: float
    active: bool = False

    @property
    def value(self) -> float:
        """The value of the number; the one before where it was not moved."""
        return self.mover.outer(self.position) if self.active else self.before

    @property
    def clipped(self) -> bool:
        """Whether the number stands at an end of its range."""
        return self.active and (self.position <= self.low or self.position >= self.high)


@dataclass
class Search:
    """Own figures of a municipality, the rows that are moved for them, and how a run of some values is made."""

    own: Own
    p: Parameters
    lived: Callable[[dict[OverrideKey, Value]], Tables]
    full: Values = field(default_factory=dict)
    rows: list[Row] = field(default_factory=list)
    beside: dict[tuple[str, int], tuple[str, str]] = field(default_factory=dict)
    scale: Values = field(default_factory=dict)
    """what brings figures of the sample to those of the full population, where control totals are kept"""
    start: Values = field(default_factory=dict)
    """the figures of the base"""
    runs: int = 0

    def __post_init__(self) -> None:
        self.rows = [*self._rows()]
        taken = {(r.mover.figure, r.year) for r in self.rows}
        for key, year in self.own.values:
            if (key, year) not in taken and (key, year) not in self.beside:
                self.beside[key, year] = BESIDE.get(key, _RATES if key.startswith(("income", "per_head")) else _OTHER)

    def _rows(self) -> list[Row]:
        out: list[Row] = []
        for mover in MOVERS:
            years = sorted(year for key, year in self.own.values if key == mover.figure)
            passport = self.p.passport(mover.key)
            for year in years:
                why = self._not(mover, year, years, out)
                if why is not None:
                    self.beside[mover.figure, year] = why
                    continue
                before = float(self.p.value(mover.key, year - mover.lag, self.own.code))
                low, high = (mover.inner(float(end)) for end in passport.range or (-math.inf, math.inf))
                own, at = self.own.values[mover.figure, year], mover.inner(before)
                out.append(Row(mover, year, own, at, before, low, high, mover.slope))
        return out

    def _not(self, mover: Mover, year: int, years: list[int], taken: list[Row]) -> tuple[str, str] | None:
        """Return why no number is moved for a figure of a year, None where one is."""
        if self.p.passport(mover.key).status not in MOVABLE:
            return _LAW
        if year - mover.lag < FIRST:
            return _BEFORE
        if mover.once and year != years[0]:
            return _ONCE
        other = any(r.mover.key == mover.key and r.mover is not mover for r in taken)
        return _OTHER if other else None

    def overrides(self) -> dict[OverrideKey, Value]:
        """Return the values found, by fiscal year; those after the last figure included."""
        return {
            (key, year, self.own.code): value
            for key, spans in self.spans().items()
            for first, until, value in spans
            for year in range(first, until + 1)
        }

    def spans(self) -> dict[str, list[tuple[int, int, float]]]:
        """Return for each number that is moved its values with their first and last fiscal year."""
        out: dict[str, list[tuple[int, int, float]]] = {}
        for mover in MOVERS:
            rows = [r for r in self.rows if r.mover is mover]
            if not any(r.active for r in rows):
                continue
            starts = [r.year - mover.lag for r in rows]
            if mover.from_start or mover.once:
                starts = [FIRST, *(before + 1 for before in starts[:-1])]
            values = [*zip(starts, [r.value for r in rows], strict=True)]
            if mover.stock and rows[-1].year < LAST:
                values.append((rows[-1].year + 1, self._kept(rows[-1])))
            ends = [*(first - 1 for first, _ in values[1:]), LAST]
            out[mover.key] = [(first, end, value) for (first, value), end in zip(values, ends, strict=True)]
        return out

    def _kept(self, row: Row) -> float:
        """Return what keeps the distance of a stock to the base after the last figure: in the long run it follows."""
        far = self.start.get((row.mover.figure, row.year), row.own)
        return row.mover.outer(min(max(math.log(row.before * row.own / far), row.low), row.high))

    def live(self) -> tuple[Tables, Values]:
        """Run the values as they stand; return the tables, and the figures at the size of the full population."""
        values = self.overrides()
        tables = self.lived(values)
        self.runs += 1
        raw = seen(tables, self.own.code)
        if not self.scale and self.full:
            self.scale = {at: self.full[at] / raw[at] for at in self.full if raw.get(at)}
        found = {at: value * self.scale.get(at, 1.0) for at, value in raw.items()}
        kept = {at: v for at, v in found.items() if not (at[0] == "unknown" and at[1] in self.own.gross)}
        found |= with_shares(kept)
        p = self.p.with_overrides(values)
        place = p.codes().index(self.own.code)
        found |= {("checkup", y): 100 * float(levels(p, y).checkup_rate[place]) for y in {y for _, y in raw}}
        return tables, found

    def heads(self, year: int) -> float:
        return max(self.start.get(("members_average", year), 1.0), 1.0)

    def gap(self, row: Row, found: Values) -> float:
        """Return how far a run is below the figure, on the scale of its number."""
        heads, now = self.heads(row.year), found[row.mover.figure, row.year]
        return row.mover.far(row.own, heads) - row.mover.far(now, heads)

    def met(self, row: Row, found: Values) -> bool:
        return abs(self.gap(row, found)) <= row.mover.tolerance

    def step(self, found: Values) -> list[float]:
        """Move every number whose figure is not met; return what each row is expected to change by."""
        expected = [0.0] * len(self.rows)
        for mover in MOVERS:
            at = [k for k, r in enumerate(self.rows) if r.mover is mover]
            rows = [self.rows[k] for k in at]
            gaps = np.array([0.0 if self.met(r, found) else self.gap(r, found) for r in rows])
            if not gaps.any():
                continue
            does = _response(rows)
            moved = self._exact(rows, gaps) if mover.figure == "checkup" else np.linalg.solve(does, gaps)
            before = np.array([r.position for r in rows])
            for row, change in zip(rows, moved.tolist(), strict=True):
                row.active = row.active or change != 0
                row.position = min(max(row.position + change, row.low), row.high)
            change = does @ (np.array([r.position for r in rows]) - before)
            for k, value in zip(at, change.tolist(), strict=True):
                expected[k] = value
        return expected

    def _exact(self, rows: list[Row], gaps: Floats) -> Floats:
        """Return the points by which an uptake is to rise: it is what the register says, no run is needed."""
        now = [r.own / math.exp(gap) for r, gap in zip(rows, gaps.tolist(), strict=True)]
        return np.array([(r.own - n) / 100 for r, n in zip(rows, now, strict=True)])

    def learn(self, expected: list[float], before: Values, after: Values) -> None:
        """Correct the slopes by what the last step did."""
        for row, hoped in zip(self.rows, expected, strict=True):
            if abs(hoped) > row.mover.tolerance:
                did = self.gap(row, before) - self.gap(row, after)
                row.slope *= min(max(did / hoped, 0.5), 2.0)

    def badness(self, found: Values) -> float:
        """Return the sum of squares of the gaps in tolerances, each at most a hundred."""
        return sum(min(abs(self.gap(r, found)) / r.mover.tolerance, 100.0) ** 2 for r in self.rows)


def _response(rows: list[Row]) -> Floats:
    """Return what numbers (columns) do to figures (rows) of all years; of a stock also to later years."""
    out = np.zeros((len(rows), len(rows)))
    for i, row in enumerate(rows):
        for j, cause in enumerate(rows[: i + 1]):
            stays = row.mover.stock ** (row.year - cause.year) if row.mover.stock else float(i == j)
            out[i, j] = row.slope * stays * (2.0 if j < i and row.mover.figure == "members_average" else 1.0)
    return out


def search(s: Search, rounds: int) -> tuple[Tables, Tables, Values]:
    """Live the base and up to `rounds` steps; leave the best values in the rows, return tables of both and figures."""
    base, s.start = s.live()
    found, tables = s.start, base
    best = (s.badness(found), base, found, _state(s.rows))
    for _ in range(rounds):
        if all(s.met(r, found) or r.clipped for r in s.rows):
            break
        expected = s.step(found)
        tables, after = s.live()
        s.learn(expected, found, after)
        found = after
        if (bad := s.badness(found)) < best[0]:
            best = (bad, tables, found, _state(s.rows))
    for row, (position, active) in zip(s.rows, best[3], strict=True):
        row.position, row.active = position, active
    return base, best[1], best[2]


def _state(rows: list[Row]) -> list[tuple[float, bool]]:
    return [(r.position, r.active) for r in rows]
