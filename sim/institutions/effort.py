"""保険者努力支援 (取組評価分): points of the municipalities and of the prefecture by indicator, and their money.

The nation's money is fixed; what a point is worth follows from the points of all its insured. An indicator is a number
of the domain `effort` (`municipal_*`, `prefecture_1_*` to `_3_*`, its full points); how it is judged are rows of
`people.effort_criteria`: a measure of this module, at least or at most a threshold, or a rise or fall over the year
before, judged by the results of some years before. An indicator without rows is one the model has no behaviour for: it
is fulfilled as the nation's mean, times `effort.level`.

Sources: 国保のすがた (令和6年) p. 34 for the indicators, see `law/effort.yaml` and the table for points and thresholds.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from sim.core.errors import ParameterError, nearest
from sim.institutions import programmes
from sim.institutions.memory import PORTIONS
from sim.institutions.world import World
from sim.parameters import Parameters
from sim.parameters.memo import once

Yen = NDArray[np.int64]
Floats = NDArray[np.float64]

CRITERIA = "people.effort_criteria"
MUNICIPAL, PREFECTURE = "municipal", "prefecture"
_PREFIX = "effort."
_SLACK = 1e-9
"""what binary fractions may lack of a threshold they meet"""
_ENDED, _FALLING, _NOT_FALLING = 1.0, 0.5, 0.0
_INDEX_YEARS = 3
_MEMBERS = "member_months"
_NONE, _BELOW_ONE, _ALPHA_ZERO, _COMPLETE = range(4)


@dataclass(frozen=True, kw_only=True)
class Criterion:
    """A row of the table: who meets it gets that share of the indicator's full points.

    kind   at_least, at_most: the measure itself; rise, fall: what it moved since the year before
    size   insured from which, and up to which, it speaks of a municipality
    """

    kind: str
    size: tuple[float, float]
    threshold: float
    share: float


KINDS = ("at_least", "at_most", "rise", "fall")
_MOVES = ("rise", "fall")


class Scale:
    """The criteria of one kind of several indicators, the widest first.

    limits and sizes float64[indicators, criteria, 1]; shares float64[indicators, criteria + 1], with 0 for no criterion
    met at the end; the largest share of each indicator, top float64[indicators, 1]
    """

    def __init__(self, kind: str, indicators: Sequence[Sequence[Criterion]]) -> None:
        sign, most = -1 if kind == "at_most" else 1, max(map(len, indicators))
        self.kind = kind
        self.limit, self.low, self.high = np.full((3, len(indicators), most, 1), np.inf)  # which nobody meets
        self.shares = np.zeros((len(indicators), most + 1))
        for k, criteria in enumerate(indicators):
            for n, c in enumerate(sorted(criteria, key=lambda c: -abs(c.share))):
                self.limit[k, n] = sign * c.threshold - _SLACK
                self.low[k, n], self.high[k, n], self.shares[k, n] = *c.size, c.share
        self.top = np.array([[max((c.share for c in criteria), default=0.0)] for criteria in indicators])

    def widest(self, value: Floats, before: Floats, members: NDArray[np.number]) -> Floats:
        """Return the share of the widest criterion met, float64[indicators, M]; what is not known (nan) meets none."""
        reading = value - before if self.kind in _MOVES else value
        if self.kind in ("at_most", "fall"):
            reading = -reading
        met = (reading[:, None] >= self.limit) & (members >= self.low) & (members < self.high)
        return np.take_along_axis(self.shares, np.where(met.any(axis=1), met.argmax(axis=1), -1), axis=1)


@dataclass(frozen=True, kw_only=True)
class Judgement:
    """How an indicator is judged: by which measure, `lag` years before, and its criteria."""

    measure: str
    lag: int
    criteria: tuple[Criterion, ...]

    def share(self, value: Floats, before: Floats, members: NDArray[np.number], stated: Floats) -> Floats:
        """Return the share of the full points, -1 to 1, see `Panel`."""
        return self._alone.shares(value[None], before[None], members, stated[None])[0]

    @functools.cached_property
    def _alone(self) -> Panel:
        return Panel([self])


class Panel:
    """Indicators judged together."""

    def __init__(self, judged: Sequence[Judgement]) -> None:
        by_kind = {kind: [[c for c in j.criteria if c.kind == kind] for j in judged] for kind in KINDS}
        self.judged = judged
        self.scales = [Scale(kind, each) for kind, each in by_kind.items() if any(each)]

    def shares(self, value: Floats, before: Floats, members: NDArray[np.number], stated: Floats) -> Floats:
        """Return shares of the full points, -1 to 1: the widest criterion met of each kind, kinds added up.

        Where the measure is not known the indicator is fulfilled as stated, and so is what it moved by where the year
        before is not known. All but the members are float64[indicators, M].
        """
        out = np.zeros(value.shape)
        for scale in self.scales:
            widest = scale.widest(value, before, members)
            if scale.kind in _MOVES:
                widest = np.where(np.isnan(before), stated * scale.top, widest)
            out += widest
        return np.where(np.isnan(value), stated, np.clip(out, -1.0, 1.0))


@dataclass(frozen=True, kw_only=True)
class Score:
    """One indicator of a year: what was measured (nan: nothing), its full points and those reached, float64[M]."""

    indicator: str
    value: Floats
    before: Floats
    full: float
    points: Floats


@dataclass(frozen=True, kw_only=True)
class Occasion:
    """A year's points as they are given: whose insured they are multiplied with, and what is known.

    known  latest fiscal year whose results are known
    """

    year: int
    members: Yen
    known: int


@once
def indicators(p: Parameters, side: str) -> list[str]:
    """Return the names of the indicators of a side, in the order of the register."""
    return [key.removeprefix(_PREFIX) for key in p.passports if key.startswith(f"{_PREFIX}{side}_")]


@once
def judgements(p: Parameters) -> dict[str, Judgement]:
    """Return how each indicator is judged, by its name; a row nobody understands is refused with its line."""
    known = [*indicators(p, MUNICIPAL), *indicators(p, PREFECTURE)]
    found: dict[str, tuple[str, int, list[tuple[str, float, float, float]]]] = {}
    for line, row in enumerate(p.table(CRITERIA).to_dict("records"), start=2):
        name, measure, kind, lag = str(row["indicator"]), str(row["measure"]), str(row["kind"]), int(row["lag"])
        for what, word, allowed in (
            ("indicator", name, known),
            ("measure", measure, [*MEASURES]),
            ("kind", kind, [*KINDS]),
        ):
            if word not in allowed:
                raise ParameterError(
                    f"effort_criteria.csv, line {line}: no {what} '{word}'{nearest(word, allowed)}; "
                    f"allowed: {', '.join(allowed)}"
                )
        one = found.setdefault(name, (measure, lag, []))
        if one[:2] != (measure, lag):
            raise ParameterError(
                f"effort_criteria.csv, line {line}: {name} is judged by {one[0]} of {one[1]} years before already; "
                "an indicator has one measure and one lag"
            )
        one[2].append((kind, float(row["members_from"]), float(row["threshold"]), float(row["share"])))
    return {
        name: Judgement(measure=measure, lag=lag, criteria=_sized(rows)) for name, (measure, lag, rows) in found.items()
    }


def _sized(rows: Sequence[tuple[str, float, float, float]]) -> tuple[Criterion, ...]:
    """Return criteria, each up to the size from which another of its kind speaks."""
    out = []
    for kind, low, threshold, share in rows:
        above = [other for k, other, _, _ in rows if k == kind and other > low]
        size = low, min(above, default=np.inf)
        out.append(Criterion(kind=kind, size=size, threshold=threshold, share=share))
    return tuple(out)


def scores(w: World, side: str, at: Occasion) -> list[Score]:
    """Return the points of every indicator, of the municipalities (float64[M]) or of the prefecture (float64[1]).

    Insured count for no more than the size from which, and up to which, a criterion speaks of a municipality.
    """
    members = np.array([at.members.sum()]) if side == PREFECTURE else at.members
    what = "effort", side, at.year, at.known, np.searchsorted(_sizes(w.p), members, side="right").tobytes()
    return w.memory.worked_out(what, lambda: _scored(w, side, at, members))


@once
def _sizes(p: Parameters) -> Floats:
    """Return the insured from which another criterion speaks of a municipality, in ascending order."""
    return np.unique([bound for j in judgements(p).values() for c in j.criteria for bound in c.size])


def _scored(w: World, side: str, at: Occasion, members: Yen) -> list[Score]:
    stands, (panel, rows, full, level) = _without_results(w.p, side, at.year), _judged(w.p, side, at.year)
    if not rows:
        return stands
    read = [_measured(w, j, at, whole=side == PREFECTURE) for j in panel.judged]
    value, before = (np.array(each) for each in zip(*read, strict=True))
    points = full * panel.shares(value, before, members, level)
    out = stands.copy()
    for k, row in enumerate(rows):
        own = stands[row]
        out[row] = Score(indicator=own.indicator, value=value[k], before=before[k], full=own.full, points=points[k])
    return out


@once
def _without_results(p: Parameters, side: str, year: int) -> list[Score]:
    """Return the points of every indicator as stated."""
    out = []
    for name in indicators(p, side):
        full, level = float(p.value(_PREFIX + name, year)), stated(p, name, year)
        unknown = np.full(level.size, np.nan)
        out.append(Score(indicator=name, value=unknown, before=unknown, full=full, points=full * level))
    return out


@once
def _judged(p: Parameters, side: str, year: int) -> tuple[Panel, list[int], Floats, Floats]:
    """Return who judges indicators once there are results, their rows among all of the side, full points, levels.

    Full points float64[judged, 1], levels as stated float64[judged, M]
    """
    names, judged = indicators(p, side), judgements(p)
    rows = [row for row, name in enumerate(names) if name in judged]
    full = np.array([[float(p.value(_PREFIX + names[row], year))] for row in rows])
    level = np.array([stated(p, names[row], year) for row in rows])
    return Panel([judged[names[row]] for row in rows]), rows, full, level


def _measured(w: World, j: Judgement, at: Occasion, *, whole: bool) -> tuple[Floats, Floats]:
    """Return what an indicator is judged by and the same a year before; of years before the run the first year's."""
    year, known = at.year - j.lag, at.known
    value, before = (measured(w, j.measure, y, whole=whole, known=known) for y in (year, year - 1))
    first = w.memory.first()
    if first is not None and year < first and np.isnan(value).all():
        value = measured(w, j.measure, first, whole=whole, known=known)
    return value, before


def measured(w: World, measure: str, year: int, *, whole: bool, known: int) -> Floats:
    """Return a measure by the results of a year; one made of results that are known is made once."""
    what = "measure", measure, year, whole, min(year, known)
    return w.memory.worked_out(what, lambda: MEASURES[measure](w, year, whole=whole, known=known))


@once
def stated(p: Parameters, indicator: str, year: int) -> Floats:
    """Return the share of its points with which an indicator counts that is not measured, float64[M] or [1]."""
    if indicator.startswith(MUNICIPAL):
        return np.minimum(p.by_place("effort.level", year) * float(p.value("effort.nation_share", year)), 1.0)
    mean = p.value("effort.nation_share_prefecture", year)[_pot(indicator)]
    return np.array([min(float(p.value("effort.level_prefecture", year)) * mean, 1.0)])


@once
def point_value(p: Parameters, year: int) -> float:
    """Return what a point of a municipality is worth per insured, yen: the nation's money over the nation's points."""
    full = sum(float(p.value(_PREFIX + name, year)) for name in indicators(p, MUNICIPAL))
    points = full * float(p.value("effort.nation_share", year)) * float(p.value("effort.nation_members", year))
    return float(p.value("effort.pot_municipal", year)) / points if points > 0 else 0.0


@once
def prefecture_point_value(p: Parameters, indicator: str, year: int) -> float:
    """Return what a point of an indicator of the prefecture is worth per insured, yen; each of the three has a pot."""
    k = _pot(indicator)
    own = [name for name in indicators(p, PREFECTURE) if _pot(name) == k]
    full = sum(float(p.value(_PREFIX + name, year)) for name in own)
    share = p.value("effort.nation_share_prefecture", year)[k]
    points = full * share * float(p.value("effort.nation_members", year))
    pot = float(p.value("effort.pot_prefecture", year)) * p.value("effort.pot_prefecture_shares", year)[k]
    return pot / points if points > 0 else 0.0


def municipal_money(w: World, at: Occasion) -> Yen:
    """Return what each municipality gets, int64[M]: yen a point x its points x its insured, nothing below zero."""
    return money(w.p, scores(w, MUNICIPAL, at), at.year, at.members).sum(axis=0)


def prefecture_money(w: World, at: Occasion) -> int:
    """Return what the prefecture gets, yen."""
    return int(money(w.p, scores(w, PREFECTURE, at), at.year, np.array([at.members.sum()])).sum())


def money(p: Parameters, earned: Sequence[Score], year: int, members: Yen) -> Yen:
    """Return the money of each indicator of a side, int64[indicators, M]; whole yen that add up to the whole's.

    Who has no points left when those that were taken off are counted gets nothing for any.
    """
    values = point_values(p, tuple(s.indicator for s in earned), year)
    upto = np.cumsum(np.array([s.points for s in earned]) * values, axis=0)
    yen = np.floor(np.where(upto[-1] > 0, upto, 0.0) * members).astype(np.int64)
    return np.diff(yen, axis=0, prepend=0)


@once
def point_values(p: Parameters, earned: tuple[str, ...], year: int) -> Floats:
    """Return what a point of each of these indicators is worth per insured, float64[indicators, 1] yen."""
    return np.array([[point_value_of(p, indicator, year)] for indicator in earned])


def point_value_of(p: Parameters, indicator: str, year: int) -> float:
    """Return what a point of an indicator is worth per insured, yen."""
    if indicator.startswith(MUNICIPAL):
        return point_value(p, year)
    return prefecture_point_value(p, indicator, year)


def _pot(indicator: str) -> int:
    """Return which of the three indicators of the prefecture (①, ②, ③) one belongs to, 0 to 2."""
    number = indicator.removeprefix(f"{PREFECTURE}_").partition("_")[0]
    if number not in ("1", "2", "3"):
        raise ParameterError(f"effort.{indicator}: name it {PREFECTURE}_1_…, _2_… or _3_…, the indicator it belongs to")
    return int(number) - 1


# measures: float64[M], or float64[1] of the whole prefecture; nan where nothing is known


def _knows(w: World, year: int, known: int, *facts: str) -> bool:
    return year <= known and all(w.memory.knows(year, fact) for fact in facts)


def _over(above: Yen, below: Yen, whole: bool) -> Floats:
    if whole:
        above, below = np.array([above.sum()]), np.array([below.sum()])
    return np.divide(above, below, out=np.full(above.size, np.nan), where=below > 0)


def _unknown(w: World, whole: bool) -> Floats:
    return np.full(1 if whole else w.places, np.nan)


def collection_rate(w: World, year: int, *, whole: bool, known: int) -> Floats:
    """Return the collection rate of the current year, persons of unknown whereabouts out of what was billed."""
    if not _knows(w, year, known, "collected"):
        return _unknown(w, whole)
    billed = sum((w.memory.or_zero(year, f"bill_{portion}") for portion in PORTIONS), np.zeros(w.places, np.int64))
    return _over(w.memory.get(year, "collected"), billed - w.memory.or_zero(year, "bill_unknown_address"), whole)


def arrears_rate(w: World, year: int, *, whole: bool, known: int) -> Floats:
    """Return what was collected of the claims carried over (滞納繰越分の収納率)."""
    facts = ("arrears_collected", "arrears_opening")
    if not _knows(w, year, known, *facts):
        return _unknown(w, whole)
    return _over(w.memory.get(year, facts[0]), w.memory.get(year, facts[1]), whole)


def cost_index(w: World, year: int, *, whole: bool, known: int) -> Floats:
    """Return cost over what the nation's cost by age would be, of up to three years together."""
    facts = ("cost", "standard_cost")
    if not _knows(w, year, known, *facts):
        return _unknown(w, whole)
    years = [y for y in range(year - _INDEX_YEARS + 1, year + 1) if _knows(w, y, known, *facts)]
    cost, normal = (np.sum([w.memory.get(y, fact) for y in years], axis=0) for fact in facts)
    return _over(cost, normal, whole)


def deficit_end(w: World, year: int, *, whole: bool, known: int) -> Floats:
    """Return how transfers against deficits stand: 1 none, 0.5 they fell or nothing is known, 0 they did not fall."""
    size = 1 if whole else w.places
    years = [y for y in (year, year - 1) if _knows(w, y, known, "discretionary_transfer")]
    money = [w.memory.get(y, "discretionary_transfer") for y in years]
    if whole:
        money = [np.array([m.sum()]) for m in money]
    if year not in years:
        return np.full(size, _FALLING)
    kept = money[0] >= money[1] if len(money) > 1 else np.zeros(size, bool)
    return np.where(money[0] == 0, _ENDED, np.where(kept, _NOT_FALLING, _FALLING))


def unification(w: World, year: int, *, whole: bool, known: int) -> Floats:
    """Return how far premiums are unified in a year: 3 completely, 2 alpha is 0, 1 alpha is below 1, 0 not.

    One rate within each medical area is no unification of the prefecture: alpha goes on reflecting cost between areas.
    """
    alpha, start = float(w.p.value("rates.alpha", year)), int(w.p.value("rates.unification_year", year))
    whole_prefecture = str(w.p.value("rates.unification_within", year)) == "prefecture"
    stage = str(w.p.value("rates.unification", year)) if year >= start and whole_prefecture else "none"
    if stage == "complete":
        reached = _COMPLETE
    elif alpha <= 0 or stage != "none":
        reached = _ALPHA_ZERO
    else:
        reached = _BELOW_ONE if alpha < 1 else _NONE
    return np.full(1 if whole else w.places, float(reached))


def _reach(name: str, w: World, year: int, *, whole: bool, known: int) -> Floats:
    """Return what a health programme reaches (`institutions/programmes.py`); of the prefecture the mean by insured."""
    if year < programmes.START:
        return _unknown(w, whole)
    values: Floats = getattr(programmes.levels(w.p, year), name)
    if not whole:
        return values
    first = w.memory.first(_MEMBERS)
    weights = None if first is None else w.memory.get(first, _MEMBERS)
    good = ~np.isnan(values) & (np.ones(w.places, bool) if weights is None else weights > 0)
    if not good.any():
        return _unknown(w, whole)
    return np.array([_mean(values[good].tobytes(), None if weights is None else weights[good].tobytes())])


@functools.lru_cache(1024)
def _mean(values: bytes, weights: bytes | None) -> float:
    """Return the mean of float64 values by int64 weights: the same few programmes are judged again and again."""
    whole = None if weights is None else np.frombuffer(weights, np.int64)
    return float(np.average(np.frombuffer(values, np.float64), weights=whole))


MEASURES: dict[str, Callable[..., Floats]] = {
    "collection_rate": collection_rate,
    "arrears_rate": arrears_rate,
    "cost_index": cost_index,
    "deficit_end": deficit_end,
    "unification": unification,
    **{field.name: functools.partial(_reach, field.name) for field in fields(programmes.Levels)},
}
"""what a criterion may judge, each called with the world, the year of the results, `whole` and `known`"""
