"""Which number of the register meets which figure, and the search for its values: one figure, one number, by year.

A figure is moved on a scale on which its number acts about evenly (log, log-odds, yen per insured). After a run each
gap is divided by the number's slope; what the step did beside what it was to do corrects the slope (a secant), and
the next step is taken from there. All figures step together: what one does to another is in the next gap.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.institutions.ledgers import fund_per_member
from sim.institutions.programmes import levels
from sim.parameters import Parameters
from sim.parameters.loader import OverrideKey
from sim.parameters.schema import Value
from sim.scenario.scenario import FIRST, LAST
from sim.studies.anchor.figures import Values, seen, with_shares
from sim.studies.anchor.reading import Own

Floats = NDArray[np.float64]
Tables = Mapping[str, pd.DataFrame]
_STEPS = 1.5
"""members or households of the run by which a figure may be off: it moves by whole ones"""
_LAST_STEPS = 3
"""steps for the account alone, when all else stands"""
MOVABLE = ("imputed", "estimated", "assumed")
"""status of a number that may be moved; law and published figures stay"""


@dataclass(frozen=True, kw_only=True)
class Mover:
    """A number of the register that carries the level of a figure in a municipality.

    scale      of the figure: log, logit (of the rate in percent) or head (yen per insured)
    slope      first guess of what one unit of the number (of its log where `ratio`) does to the figure on its scale
    ratio      whether the number is a factor
    later      what it does to the figure of the next year, over what it does to that of its own
    stock      part of that which is left with every further year
    keeps      after the last figure the distance to the base is kept, where the number held on would widen it
    smooth     change of the number from year to year that counts as much as a gap of one tolerance; None: any
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
    later: float = 0.0
    stock: float = 0.0
    keeps: bool = False
    smooth: float | None = None
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


_STOCK = {"key": "enrolment.place_joining", "scale": "log", "tolerance": 0.004, "ratio": True, "stock": 0.85}
MOVERS = (
    Mover(figure="members_average", slope=0.05, later=3.0, smooth=0.1, keeps=True, **_STOCK),  # type: ignore[arg-type]
    Mover(figure="members_end", slope=0.11, later=1.2, smooth=0.1, keeps=True, **_STOCK),  # type: ignore[arg-type]
    Mover(
        figure="billed",
        key="enrolment.place_income",
        scale="log",
        slope=0.2,
        later=0.5,
        stock=0.5,
        smooth=0.1,
        tolerance=0.003,
        ratio=True,
        lag=1,
    ),
    Mover(figure="rate", key="payment.place_level", scale="logit", slope=-0.8, tolerance=0.01),
    Mover(
        figure="carried_rate",
        key="payment.place_arrears_level",
        scale="logit",
        slope=0.6,
        smooth=0.5,
        tolerance=0.02,
    ),
    Mover(figure="benefit", key="cost.place_level", scale="log", slope=1.0, tolerance=0.005, ratio=True),
    Mover(
        figure="transfer",
        key="finance.place_cost_per_member",
        scale="head",
        slope=1.0,
        smooth=3_000.0,
        tolerance=200.0,
        from_start=False,
    ),
    Mover(figure="fund", key="municipal.opening_fund_per_member", scale="head", slope=1.0, tolerance=200.0, once=True),
    Mover(figure="checkup", key="cost.checkup_rise", scale="log", slope=1.0, tolerance=0.001, from_start=False),
)
"""in the order of the table; of two figures of one number the first that is given is met"""

BESIDE = {
    "households_end": (
        "世帯数は基準人口と被保険者数から決まる",
        "households follow from the population and the insured",
    ),
    "unknown": ("現年分収納率の分母として用いる", "used as part of the collection rate"),
    "collected": ("収納率で合わせる", "met by the collection rate"),
    "carried": ("前年度までの未納から決まる", "follows from what was left unpaid before"),
    "carried_collected": ("滞納繰越分収納率で合わせる", "met by the collection rate of carried-over claims"),
    "carried_lost": ("時効と執行停止から決まる", "follows from limitation and suspended claims"),
    "contribution": ("都道府県の算定から決まる", "follows from the prefecture's calculation"),
}
"""figure -> why it is shown only, in both languages"""
_RATES = (
    "料率は変更しない。登録された料率と異なる場合は改定案のシナリオで指定する",
    "rates are never moved; give your own in a scenario",
)
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
    sample: int = 1
    full: Values = field(default_factory=dict)
    rows: list[Row] = field(default_factory=list)
    beside: dict[tuple[str, int], tuple[str, str]] = field(default_factory=dict)
    scale: Values = field(default_factory=dict)
    """what brings figures of the sample to those of the full population, where control totals are kept"""
    start: Values = field(default_factory=dict)
    """the figures of the base"""
    held: Values = field(default_factory=dict)
    """members or households of the run that a figure is made of"""
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
                before = self._before(mover, year)
                low, high = (mover.inner(float(end)) for end in passport.range or (-math.inf, math.inf))
                own, at = self.own.values[mover.figure, year], mover.inner(before)
                out.append(Row(mover, year, own, at, before, low, high, mover.slope))
        return out

    def _before(self, mover: Mover, year: int) -> float:
        """Return the number as the base has it; of a fund what the municipality holds of it."""
        if mover.once:
            return float(fund_per_member(self.p, FIRST)[self.p.codes().index(self.own.code)])
        return float(self.p.value(mover.key, year - mover.lag, self.own.code))

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
            if mover.keeps and rows[-1].year < LAST:
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
        self.held = self.held or {at: count / self.sample for at, count in _counted(tables, self.own.code).items()}
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
        return abs(self.gap(row, found)) <= self.tolerance(row)

    def near(self, row: Row, found: Values) -> bool:
        """Return whether a figure is so near that no further step is taken for it."""
        return abs(self.gap(row, found)) <= row.mover.tolerance

    def tolerance(self, row: Row) -> float:
        """Return the distance on its scale within which a figure counts as met: a run moves by whole households."""
        count = self.held.get((row.mover.figure, row.year))
        if not count:
            return row.mover.tolerance
        share = min(max(row.own / 100, 1 / count), 1 - 1 / count) if row.mover.scale == "logit" else 0.5
        least = _STEPS / count / (share * (1 - share) if row.mover.scale == "logit" else 1.0)
        return max(row.mover.tolerance, least)

    def step(self, found: Values, movers: Sequence[Mover] = MOVERS) -> list[float]:
        """Move every number (of `movers`) whose figure is not met; return what each row is expected to change by."""
        expected = [0.0] * len(self.rows)
        for mover in movers:
            at = [k for k, r in enumerate(self.rows) if r.mover is mover]
            rows = [self.rows[k] for k in at]
            gaps = np.array([0.0 if self.near(r, found) else self.gap(r, found) for r in rows])
            if not gaps.any():
                continue
            does = _response(rows, found)
            moved = self._exact(rows, gaps) if mover.figure == "checkup" else _solved(mover, rows, does, gaps)
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
            if abs(hoped) > self.tolerance(row):
                did = self.gap(row, before) - self.gap(row, after)
                row.slope *= min(max(did / hoped, 0.5), 2.0)

    def badness(self, found: Values) -> float:
        """Return how far a run is off all figures together, in tolerances."""
        return sum(abs(self.gap(r, found)) / r.mover.tolerance for r in self.rows)


def _counted(tables: Tables, code: int) -> Values:
    """Return the members or households of a municipality that figures are made of."""
    facts = tables["municipality_year"]
    return {
        (figure, int(row["year"])): float(row[name])
        for row in facts[facts["code"] == code].to_dict("records")
        for figure, name in _COUNTS.items()
    }


_COUNTS = {
    "members_average": "members_end",
    "members_end": "members_end",
    "billed": "bill_households",
    "rate": "bill_households",
    "carried_rate": "arrears_households",
}


def _response(rows: list[Row], found: Values) -> Floats:
    """Return what numbers (columns) do to figures (rows) of their own and of earlier years.

    An amount that is nothing, and is to be, answers to no small change: its year follows the years beside it.
    """
    out = np.zeros((len(rows), len(rows)))
    for i, row in enumerate(rows):
        if row.own == found[row.mover.figure, row.year] == 0:
            continue
        for j, cause in enumerate(rows[: i + 1]):
            years = row.year - cause.year
            out[i, j] = row.slope * (row.mover.later * row.mover.stock ** (years - 1) if years else 1.0)
    return out


def _solved(mover: Mover, rows: list[Row], does: Floats, gaps: Floats) -> Floats:
    """Return the change of the numbers that closes the gaps, in least squares with what makes a number jump."""
    if mover.smooth is None:
        return np.asarray(np.linalg.solve(does, gaps), np.float64)
    jumps = np.diff(np.eye(len(rows)), axis=0) / mover.smooth
    now = jumps @ np.array([r.position for r in rows])
    left, right = np.vstack([does / mover.tolerance, jumps]), np.append(gaps / mover.tolerance, -now)
    return np.asarray(np.linalg.lstsq(left, right, rcond=None)[0], np.float64)


@dataclass
class Best:
    """The nearest run so far: its distance, tables and figures, and where its numbers stand."""

    off: float
    tables: Tables
    found: Values
    rows: list[tuple[float, bool]]

    @classmethod
    def of(cls, s: Search, tables: Tables, found: Values) -> Best:
        return cls(s.badness(found), tables, found, [(r.position, r.active) for r in s.rows])

    def restore(self, s: Search) -> None:
        for row, (position, active) in zip(s.rows, self.rows, strict=True):
            row.position, row.active = position, active


def search(s: Search, rounds: int) -> tuple[Tables, Best]:
    """Live the base, up to `rounds` steps of all numbers and then of the account's alone; return the base and the best.

    The account comes last: what it lacks follows from everything else, and nothing follows from it.
    """
    base, s.start = s.live()
    best = Best.of(s, base, s.start)
    account = [m for m in MOVERS if m.scale == "head"]
    for movers, steps in ((MOVERS, rounds), (account, _LAST_STEPS)):
        best.restore(s)
        found = best.found
        for _ in range(steps):
            if all(s.near(r, found) or r.clipped for r in s.rows if r.mover in movers):
                break
            expected = s.step(found, movers)
            tables, after = s.live()
            s.learn(expected, found, after)
            found = after
            best = min(best, Best.of(s, tables, found), key=lambda b: b.off)
    best.restore(s)
    return base, best
