"""The factor by which rates must be scaled to reach a target, and the plan that comes of it.

Three targets: a levied total (調定額) in a year, found on the bills of every household, on the level the base run
tells (a sample is told by control totals); the bill a model household has under the rates in force; no transfer against
the deficit in a year, found by runs. Income and per-head parts of the medical, support and care portions are scaled by
one factor a year and rounded as rates are set (0.01 %, 100 yen), so a target is met to what such steps allow
(TOLERANCE). What was found is run once more, and what the run says stands beside.

    found = find_rates(Goal(levy={"R9": 38_000_000_000}), Ask(municipality="新宿区", sample=20))
    found.reached      # goal, year, factor, target, found, verified
    found.text         # the file of the plan
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import NamedTuple, Unpack

import numpy as np
import pandas as pd

from sim.core import language
from sim.core.errors import InputError, nearest
from sim.core.units import era
from sim.explanations.household import bills_everywhere
from sim.explanations.model_households import read_households
from sim.institutions.memory import PORTIONS
from sim.institutions.rates import Rates
from sim.mechanisms.levy.law import rules
from sim.outputs.folder import RunFolder
from sim.parameters import Parameters
from sim.parameters.loader import OverrideKey
from sim.parameters.schema import Value
from sim.scenario.file import known_names
from sim.scenario.plan_block import FIELD
from sim.scenario.scenario import Scenario, load_scenario, parse_scenario, year_of_model
from sim.studies.execution import Task, Workers, all_or_raise, execute
from sim.studies.rates_plan import Ask, Where, billed, figures, where_of
from sim.studies.rates_plan.people import carried, insured_of, rates_in
from sim.studies.rates_plan.text import FIELDS, plan_text, portions_of

TOLERANCE = 0.002
"""of a levied total or a bill: what steps of 0.01 % and 100 yen allow"""
_LOWEST, _HIGHEST, _HALVINGS = 0.1, 10.0, 40
_LARGEST_RISE, _FIRST_RISE, _NEAR, _TRIES = 2.0, 1.2, 0.004, 12
"""factor by the target year that the search for an end of transfers goes up to, the one tried first, how near to the
least one it comes, and the runs it takes at most"""
_STEP = {"income_part": 100, "asset_part": 100, "per_head": 100, "per_household": 100}
_LEVIED = slice(len(PORTIONS) - 1)


class Reached(NamedTuple):
    """A target in a year: the factor, what was wanted, what the search found, and what the run of the plan says."""

    goal: str
    year: int
    factor: float
    target: float
    found: float
    verified: float


@dataclass(frozen=True)
class Found:
    """A plan that reaches its target."""

    where: Where
    scenario: Scenario
    text: str
    reached: pd.DataFrame
    sample: int

    def write(self, path: Path) -> Path:
        """Write the plan's file, named like the scenario in it; a file that exists is not overwritten."""
        if path.exists():
            raise InputError(f"{path} exists; give the name of a new file")
        if not path.parent.is_dir():
            raise InputError(f"{path}: there is no folder {path.parent}")
        path.write_text(self.text, encoding="utf-8")
        return path


@dataclass(frozen=True, kw_only=True)
class Goal:
    """One target.

    levy            fiscal year -> levied total wanted, yen
    no_transfer_by  year from which there is to be no transfer; rates rise evenly from the year asked for to it
    same_burden     a model household whose bill is to be that under the rates of the year before
    """

    levy: Mapping[int | str, int] | None = None
    no_transfer_by: int | str | None = None
    same_burden: str | None = None


def find_rates(
    goal: Goal,
    ask: Ask,
    *,
    plan: str | Path | Scenario | None = None,
    name: str = "found_plan",
    out: str | Path = "results",
    **workers: Unpack[Workers],
) -> Found:
    """Return the plan that reaches a target; InputError where no factor within the bounds does.

    ask   municipality, year (the first of the plan), base, sample, last, households
    plan  a plan whose rates are scaled; those expected in the base if left out
    name  of the scenario that is found
    """
    if sum(one is not None for one in vars(goal).values()) != 1:
        raise InputError("give one target: a levied total, a year without transfer, or a model household")
    origin = ask.base if isinstance(ask.base, Scenario) else load_scenario(ask.base or "baseline")
    start = origin if plan is None else plan if isinstance(plan, Scenario) else load_scenario(plan)
    p = Parameters.load()
    where = where_of(ask.municipality, None if start is origin else start, p)
    tasks = [Task(s, sample=ask.sample, last=ask.end) for s in (origin, start)]
    folders = [
        o.folder
        for o in all_or_raise(
            execute(tasks, (), folders=Path(out), title=language.either("改定しない場合の計算", "base"), **workers)
        )
    ]
    search = _Search(where, p, tasks[0], folders[0], folders[1], workers)
    first = year_of_model(ask.year or "R9", "year")
    if goal.levy is not None:
        rates, reached = search.levied({year_of_model(y, "levied total"): yen for y, yen in goal.levy.items()})
    elif goal.same_burden is not None:
        rates, reached = search.burden(first, goal.same_burden, ask.households)
    else:
        rates, reached = search.without_transfer(first, year_of_model(goal.no_transfer_by or "", "no_transfer_by"))
    return search.made(name, origin, rates, reached)


@dataclass(frozen=True)
class _Search:
    where: Where
    p: Parameters
    task: Task
    base: RunFolder
    start: RunFolder
    workers: Workers

    @property
    def at(self) -> int:
        return self.p.codes().index(self.where.code)

    @property
    def mask(self) -> np.ndarray:
        return np.isin(self.p.codes(), self.where.codes)

    def levied(self, goals: Mapping[int, int]) -> tuple[dict[int, Rates], list[Reached]]:
        """Return rates by year that bring in the levied totals wanted."""
        rates, reached = {}, []
        for year, yen in sorted(goals.items()):
            before = self._rates(self.start, year)
            total_of = self._totals(year)
            found = nearest_factor(yen, before, self.mask, self.at, total_of)
            if found is None:
                ends = [total_of(scaled(before, self.mask, self.at, f)) for f in (_LOWEST, _HIGHEST)]
                raise InputError(
                    f"levied total of {yen:,} yen in {era(year)}: out of reach; rates from {_LOWEST} to {_HIGHEST} "
                    f"times those expected bring in {ends[0]:,} to {ends[1]:,} yen"
                )
            factor, total, rates[year] = found
            reached.append(Reached("levied total", year, factor, yen, total, np.nan))
        return rates, reached

    def _totals(self, year: int) -> Callable[[Rates], int]:
        """Return what gives the levied total of a year under rates, yen, on the level the base run tells."""
        people = insured_of(self.task.plan(), year, self.mask)
        own, told = people.total(self._rates(self.base, year)), billed(self.base, self.where, year)
        level = told / own if own else 1.0
        return lambda rates: round(people.total(rates) * level)

    def burden(self, year: int, household: str, file: str | Path | None) -> tuple[dict[int, Rates], list[Reached]]:
        """Return rates under which a model household is billed what it is under those of the year before."""
        known = {h.name: h for h in read_households(file)}
        if household not in known:
            raise InputError(
                f"no model household '{household}'{nearest(household, known)} There are: {', '.join(known)}"
            )
        people = insured_of(self.task.plan(), year, self.mask)
        p = people.world.p
        family = known[household].family(year, p.value("levy.late_elderly_age", year), household)

        def bill(rates: Rates) -> int:
            return int(bills_everywhere([family], rules(p, year, people.records(rates))).portions[self.at].sum())

        before = self._rates(self.start, year)
        wanted = bill(carried(self._rates(self.base, year - 1), before))
        found = nearest_factor(wanted, before, self.mask, self.at, bill)
        if found is None:
            raise InputError(f"{household}: no factor brings its bill to {wanted:,} yen")
        factor, reached, rates = found
        return {year: rates}, [Reached(f"bill of {household}", year, factor, wanted, reached, np.nan)]

    def without_transfer(self, first: int, end: int) -> tuple[dict[int, Rates], list[Reached]]:
        """Return rates that rise evenly beside those expected until no transfer is left in the year `end`."""
        last = self.task.plan().last
        if not first <= end <= last:
            raise InputError(f"no transfer by {era(end)}: write a year from {era(first)} to {era(last)}")

        def path(factor: float) -> dict[int, Rates]:
            steps = {y: 1 + (factor - 1) * min(y - first + 1, end - first + 1) / (end - first + 1) for y in years}
            return {y: scaled(before[y], self.mask, self.at, f) for y, f in steps.items()}

        years = range(first, last + 1)
        before = {y: self._rates(self.start, y) for y in years}
        left = [(1.0, _figure({_TABLES[0]: self.start.table(_TABLES[0])}, self.where, _TRANSFER, end))]
        best, yen = left[0]
        if yen > 0:
            best, yen = self._least(left, lambda factor: self._transfer(path(factor), end), end)
        return path(best), [Reached("transfer against the deficit", end, best, 0.0, yen, np.nan)]

    def _least(
        self, left: list[tuple[float, float]], transfer: Callable[[float], float], end: int
    ) -> tuple[float, float]:
        """Return the least factor that leaves no transfer, and what it leaves; left: factors known to leave one."""
        best: tuple[float, float] | None = None
        factor = _FIRST_RISE
        for _ in range(_TRIES):
            rest = transfer(factor)
            if rest > 0:
                left.append((factor, rest))
            else:
                best = (factor, rest)
            if (best and best[0] - max(left)[0] < 1.5 * _NEAR) or (factor >= _LARGEST_RISE and not best):
                break
            factor = _next(left, best[0] if best else None)
        if best is None:
            raise InputError(
                f"no transfer by {era(end)}: even rates {max(left)[0]} times those expected leave {max(left)[1]:,.0f} "
                "yen; begin earlier"
            )
        return best

    def made(self, name: str, origin: Scenario, rates: Mapping[int, Rates], reached: list[Reached]) -> Found:
        """Return the plan, run once more to see what it does."""
        notes = {
            "head": "\n".join(
                [
                    language.either("kokuho rates-plan で求めた料率：", "Found by kokuho rates-plan:"),
                    *(_told(r) for r in reached),
                ]
            ),
            "description.ja": f"{self.where.name}の保険料率を目標に合わせて一律に動かした改定案。",
            "description.en": f"Own rates of {self.where.name}, scaled to reach a target.",
        }
        by_year = {year: portions_of(own, self.at) for year, own in rates.items()}
        text = plan_text(name, self.where.name, by_year, base=_parent(origin), region=self.p.region.name, notes=notes)
        scenario = parse_scenario(text, Path(f"{name}.yaml"), self.p.register())
        (outcome,) = all_or_raise(
            execute(
                [replace(self.task, scenario=scenario)],
                _TABLES,
                title=language.either("求めた料率による計算", "found"),
                **self.workers,
            )
        )
        seen = [r._replace(verified=self._seen(r, outcome.tables)) for r in reached]
        plan = self.task.plan()
        return Found(self.where, scenario, text, pd.DataFrame(seen, columns=Reached._fields), plan.sample)

    def _seen(self, r: Reached, tables: Mapping[str, pd.DataFrame]) -> float:
        """Return what the run of the plan says of a target; missing for a model household."""
        measure = {"levied total": "billed", "transfer against the deficit": _TRANSFER}.get(r.goal)
        return np.nan if measure is None else _figure(tables, self.where, measure, r.year)

    def _transfer(self, rates: Mapping[int, Rates], year: int) -> float:
        values = {key: value for y, own in rates.items() for key, value in self._overrides(y, own).items()}
        (outcome,) = all_or_raise(
            execute(
                [replace(self.task, overrides=values)],
                _TABLES,
                title=language.either("料率の探索", "search"),
                **self.workers,
            )
        )
        return _figure(outcome.tables, self.where, _TRANSFER, year)

    def _overrides(self, year: int, rates: Rates) -> dict[OverrideKey, Value]:
        """Return rates as values of the register, those of the levied portions."""
        return {
            (f"{FIELD}.{portion}_{part}", year, code): int(getattr(rates, field)[self.at, k])
            for k, portion in enumerate(PORTIONS[_LEVIED])
            for part, field in FIELDS.items()
            if part != "per_adult" and getattr(rates, field)[self.at, k] > 0
            for code in self.where.codes
        }

    def _rates(self, run: RunFolder, year: int) -> Rates:
        return rates_in(run, year, self.p.codes())


def _parent(origin: Scenario) -> str:
    """Return the name a plan extends: the base's, or that of its nearest ancestor with a file."""
    known = known_names()
    return next(name for name in reversed(origin.chain) if name in known)


_TABLES = ("municipality_year",)
_TRANSFER = "discretionary_transfer"


def _figure(tables: Mapping[str, pd.DataFrame], where: Where, measure: str, year: int) -> float:
    t = figures(tables["municipality_year"], where)
    return float(t[(t["measure"] == measure) & (t["year"] == year)]["value"].iloc[0])


_FOUND = ("kokuho rates-plan で求めた料率：", "Found by kokuho rates-plan:")


def _next(left: Sequence[tuple[float, float]], best: float | None) -> float:
    """Return the factor to try next: where the line through the last two that leave a transfer ends, else between."""
    top = best or _LARGEST_RISE
    if len(left) > 1:
        (before, more), (low, most) = sorted(left)[-2:]
        end = low + most * (low - before) / (more - most) if more > most else top
        if end + _NEAR / 2 < top - _NEAR:
            return end + _NEAR / 2
        if best and abs(best - end) < _NEAR:
            return best - _NEAR
    return (max(left)[0] + best) / 2 if best else _LARGEST_RISE


def _told(r: Reached) -> str:
    year = era(r.year)
    return language.either(
        f"{year}年度：目標 {r.target:,.0f}円、結果 {r.found:,.0f}円、{year}年度の料率は推計の{r.factor:.4f}倍",
        f"{r.goal} in {year}: wanted {r.target:,.0f} yen, found {r.found:,.0f}, rates of {year} x {r.factor:.4f}",
    )


def scaled(rates: Rates, mask: np.ndarray, at: int, factor: float) -> Rates:
    """Return rates in which the municipalities of a mask have those of one of them times a factor, in the usual steps.

    The child portion and the ceilings stay as they are.
    """
    out = Rates(**{f.name: getattr(rates, f.name).copy() for f in fields(Rates)})
    for part, step in _STEP.items():
        values = getattr(rates, part)[at, _LEVIED]
        getattr(out, part)[np.flatnonzero(mask)[:, None], np.arange(values.size)] = (
            np.floor(values * factor / step + 0.5) * step
        ).astype(np.int64)
    return out


def nearest_factor(
    wanted: float, rates: Rates, mask: np.ndarray, at: int, value: Callable[[Rates], int]
) -> tuple[float, int, Rates] | None:
    """Return the factor whose rates come nearest to a value, with value and rates; None beyond the bounds."""

    def tried(factor: float) -> tuple[float, int, Rates]:
        own = scaled(rates, mask, at, factor)
        return factor, value(own), own

    low, high = tried(_LOWEST), tried(_HIGHEST)
    if not low[1] <= wanted <= high[1]:
        return None
    for _ in range(_HALVINGS):
        middle = tried((low[0] + high[0]) / 2)
        low, high = (middle, high) if middle[1] < wanted else (low, middle)
        if middle[1] == wanted or high[0] - low[0] < 1e-6:
            break
    one = tried(1.0)
    return min((one, low, high), key=lambda t: abs(t[1] - wanted))
