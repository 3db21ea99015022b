"""Own rates of a municipality (改定案) beside those expected without: bills, winners and losers, collection, transfer.

A plan is a scenario with a block `rates_plan` (`sim.scenario.plan_block`). The base and every plan are run on the same
draws. In the year looked at, every insured household of the municipality is then billed under the rates of each plan
and under those of before, in the state of the base run: the same people, so that differences of bills are exact within
the households of the run. What follows from the bills (collection, arrears, transfer) comes from the runs.

    found = look(["plan_a.yaml", "plan_b.yaml"], Ask(year="R9", sample=20))     # sim.rates_plan(...)
    found.rates        # plan, municipality, year, portion and its rates; "current" and "base" among the plans
    found.households   # model households by municipality: current, base, planned, change, growth
    found.changes      # plan, kind and group of households, share_up, share_down, mean_change …
    found.levied       # plan, levied (調定額 of the year, as among the effects), difference to before
    found.effects      # plan, measure, year, value_base, value, difference, half, low90, high90
    found.write(Path("plan.xlsx"), "ja")
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path
from typing import Unpack

import numpy as np
import pandas as pd

from sim.core.errors import InputError
from sim.core.units import era
from sim.engine import api
from sim.explanations.household import bills_everywhere
from sim.explanations.model_households import read_households
from sim.institutions.memory import PORTIONS
from sim.institutions.rates import Rates
from sim.mechanisms.levy.law import rules
from sim.outputs import ranges as kept
from sim.outputs.folder import RunFolder
from sim.outputs.measures import measured
from sim.parameters import Parameters, regions
from sim.parameters.places import find_place
from sim.scenario.plan_block import FIELD, groups_of, leaving, members_of
from sim.scenario.scenario import Scenario, load_scenario, year_of_model
from sim.studies import ensemble, paired
from sim.studies.compare import compare
from sim.studies.execution import Workers
from sim.studies.rates_plan.people import Insured, Where, carried, changes, insured_of, rates_in
from sim.studies.rates_plan.words import EFFECTS

__all__ = ["Ask", "Plans", "Where", "look", "where_of"]

BEFORE = ("base", "current")
"""what bills are compared with: the rates expected without the plan, or those in force before it, left as they are"""
_PARTS = ("income_part", "asset_part", "per_head", "per_household", "per_adult", "cap")
_PLACES = (*kept.OF_PLACES, "arrears_closing", "billed")


@dataclass(frozen=True)
class Plans:
    """What was found of some plans; `base` and `plans` are names of scenarios, `year` is that of the bills.

    before  the year whose rates are the current ones (現行)
    leaves  names of the group (Japanese, English) whose one rate the municipality leaves by its plan; empty: none
    """

    where: Where
    year: int
    before: int
    base: str
    plans: tuple[str, ...]
    against: str
    more_than: int
    sample: int
    leaves: tuple[str, ...]
    rates: pd.DataFrame
    households: pd.DataFrame
    changes: pd.DataFrame
    levied: pd.DataFrame
    effects: pd.DataFrame
    runs: Mapping[str, list[RunFolder]]

    @property
    def tables(self) -> dict[str, pd.DataFrame]:
        """The tables by name, in the order in which they are read."""
        return {name: getattr(self, name) for name in ("rates", "households", "levied", "changes", "effects")}

    def member(self, name: str) -> Plans:
        """Return the same with the rates and model households of one member of a group only, by name or code."""
        p = Parameters.load()
        code, problem = find_place(name, p)
        if code is None or code not in self.where.codes:
            raise InputError(f"member: {problem or f'{name} is no member of {self.where.name}'}")
        mine = p.places()[code][0]
        rates, households = (t[t["municipality"] == mine].reset_index(drop=True) for t in (self.rates, self.households))
        return replace(self, rates=rates, households=households)

    def write(self, path: Path, lang: str = "ja") -> Path:
        """Write the tables as a workbook (.xlsx), a sheet each; return its path."""
        from sim.studies.rates_plan.workbook import write

        return write(self, path, lang)


@dataclass(frozen=True, kw_only=True)
class Ask:
    """Whose figures are wanted, in which year, and on which runs; see `sim.rates_plan`.

    current  the rates in force before the plan (現行), where they are better known than from the runs of a sample
    """

    municipality: str | int | None = None
    year: int | str | None = None
    base: str | Path | Scenario | None = None
    sample: int | None = None
    replicates: int = 1
    last: int | str | None = None
    more_than: int = 10_000
    against: str = "base"
    households: str | Path | None = None
    ranges: bool = False
    current: Rates | None = None

    @property
    def end(self) -> int | None:
        """The last fiscal year of the runs; None: the scenarios'."""
        return None if self.last is None else year_of_model(self.last, "last")


def look(
    plans: Sequence[str | Path | Scenario], ask: Ask, *, out: str | Path = "results", **workers: Unpack[Workers]
) -> Plans:
    """Run plans and their base, and return what they do; InputError where one sets no rates of the municipality."""
    if ask.against not in BEFORE:
        raise InputError(f"against is '{ask.against}'; allowed: {', '.join(BEFORE)}")
    chosen = [s if isinstance(s, Scenario) else load_scenario(s) for s in plans]
    if not chosen:
        raise InputError("which plan? Give scenarios with a block 'rates_plan:'")
    with contextlib.ExitStack() as stack:
        if regions.chosen() is None and chosen[0].region is not None:
            stack.enter_context(regions.using(chosen[0].region))
        return _looked(chosen, ask, Path(out), workers)


def _looked(chosen: Sequence[Scenario], ask: Ask, out: Path, workers: Workers) -> Plans:
    p, origin = Parameters.load(), _base(ask.base, chosen[0])
    where = where_of(ask.municipality, chosen[0], p)
    first = min(first_year(s, where, p) for s in chosen)
    when = first if ask.year is None else year_of_model(ask.year, "year")
    task = api.plan(origin, sample=ask.sample, last=ask.end)
    if when > task.last:
        raise InputError(f"year {era(when)} lies after the last year of the runs, {era(task.last)}")
    every = [origin, *chosen]
    runs = compare(every, sample=ask.sample, replicates=ask.replicates, last=ask.end, out=out, **workers).runs
    spread = paired.spread(every, last=ask.end, of_places=_PLACES, **workers) if ask.ranges else None
    bills = _bills(task, runs, where, (when, first), ask.current)
    names = tuple(s.name for s in chosen)
    before = bills.under[ask.against]
    changed = [changes(bills.people, before, bills.under[n], ask.more_than).assign(plan=n) for n in names]
    return Plans(
        where=where,
        year=when,
        before=min(first, when) - 1,
        base=origin.name,
        plans=names,
        against=ask.against,
        more_than=ask.more_than,
        sample=task.sample,
        leaves=_leaves(where, first, p),
        rates=_rates_table(bills.rates, where, when, p),
        households=_model_households(bills, names, where, ask.households),
        changes=_first(pd.concat(changed, ignore_index=True), "plan"),
        levied=_levied(bills, ask.against, {name: billed(own[0], where, when) for name, own in runs.items()}),
        effects=_effects(runs, where, task.sample, spread),
        runs=runs,
    )


def _base(given: str | Path | Scenario | None, plan: Scenario) -> Scenario:
    """Return the scenario without the plan: the one given, or what the plan extends."""
    if isinstance(given, Scenario):
        return given
    return load_scenario(given or (plan.chain[-2] if len(plan.chain) > 1 else "baseline"))


def where_of(municipality: str | int | None, plan: Scenario | None, p: Parameters) -> Where:
    """Return whose rates are looked at: the municipality or group named, or that of the plan."""
    if municipality is not None:
        if members := members_of(str(municipality), p):
            return Where(str(municipality), tuple(members))
        code, problem = find_place(municipality, p)
        if code is None:
            raise InputError(f"municipality: {problem}")
        return Where(p.places()[code][0], (code,))
    codes = {c.code for _, c in plan.changes() if c.key.startswith(f"{FIELD}.")} if plan else set()
    own = {code for code in codes if code is not None}
    if len(own) == 1:
        code = own.pop()
        return Where(p.places()[code][0], (code,))
    for group in dict.fromkeys(groups_of(p).values()):
        if own == set(members_of(group, p)):
            named = p.region.groups.get(group)
            return Where(named.ja if named else group, tuple(sorted(own)))
    raise InputError("which municipality? Name one: municipality=…, or --municipality")


def first_year(plan: Scenario, where: Where, p: Parameters) -> int:
    """Return the first year in which a plan sets rates of the municipality; InputError where it sets none."""
    years = [
        c.year for _, c in plan.changes() if c.key.startswith(f"{FIELD}.") and c.year and c.code in (None, *where.codes)
    ]
    if not years:
        raise InputError(
            f"{plan.name}: sets no rates of {where.name}; write a block 'rates_plan:' "
            f"(kokuho rates-plan --new -m {where.name} starts one)"
        )
    return min(years)


def _leaves(where: Where, year: int, p: Parameters) -> tuple[str, ...]:
    """Return the names of the group whose one rate a municipality leaves by rates of its own, or nothing."""
    group = leaving(set(where.codes), year, p).get(where.code)
    if group is None:
        return ()
    named = p.region.groups.get(group)
    return (named.ja, named.en) if named else (group, group)


@dataclass(frozen=True)
class _Bills:
    """The households of the base run, rates by plan ("base" and "current" among them), and the bills under each."""

    people: Insured
    rates: dict[str, Rates]
    under: dict[str, np.ndarray]


def _bills(
    plan: api.Plan,
    runs: Mapping[str, Sequence[RunFolder]],
    where: Where,
    years: tuple[int, int],
    current: Rates | None,
) -> _Bills:
    """Bill the households of the municipality under the rates of every run, and under those in force before.

    years  that of the bills, and the first of the plans
    """
    codes, (year, first) = plan.parameters.codes(), years
    base, *others = runs
    known = {name: rates_in(runs[name][0], year, codes) for name in runs}
    rates = {
        "current": carried(current or rates_in(runs[base][0], min(first, year) - 1, codes), known[base]),
        "base": known[base],
        **{name: known[name] for name in others},
    }
    people = insured_of(plan, year, np.isin(codes, where.codes))
    return _Bills(people, rates, {name: people.bills(own) for name, own in rates.items()})


def _rates_table(rates: Mapping[str, Rates], where: Where, year: int, p: Parameters) -> pd.DataFrame:
    """Return a row per plan, municipality and portion with its rates."""
    rows = [
        {"plan": plan, "municipality": place, "year": year, "portion": name}
        | {part: int(getattr(own, part)[at, k]) for part in _PARTS}
        for plan, own in rates.items()
        for at, place in _members(where, p)
        for k, name in enumerate(PORTIONS)
        if own.cap[at, k] > 0
    ]
    return pd.DataFrame(rows)


def _members(where: Where, p: Parameters) -> list[tuple[int, str]]:
    """Return index and name of each municipality looked at."""
    return [(p.codes().index(code), p.places()[code][0]) for code in where.codes]


def _model_households(bills: _Bills, plans: Sequence[str], where: Where, file: str | Path | None) -> pd.DataFrame:
    """Return a row per plan, municipality and model household: what it is billed under each set of rates.

    Columns: plan, municipality, household, ja, en, current, base, planned, change, growth, against_base; yen a year.
    """
    p, year = bills.people.world.p, bills.people.year
    known = read_households(file)
    of_late_age = p.value("levy.late_elderly_age", year)
    families = [h.family(year, of_late_age, str(file or "model households")) for h in known]
    members = _members(where, p)
    billed = {
        name: bills_everywhere(families, rules(p, year, bills.people.records(own)))
        .portions.sum(axis=1)
        .reshape(len(known), len(p.codes()))
        for name, own in bills.rates.items()
    }
    frames = []
    for plan, (at, place) in product(plans, members):
        t = pd.DataFrame({"plan": plan, "municipality": place, "household": [h.name for h in known]})
        t["ja"], t["en"] = [h.ja for h in known], [h.en for h in known]
        t["current"], t["base"], t["planned"] = (billed[name][:, at] for name in ("current", "base", plan))
        t["change"] = t["planned"] - t["current"]
        t["growth"] = t["change"] / t["current"].where(t["current"] > 0)
        t["against_base"] = t["planned"] - t["base"]
        frames.append(t)
    return pd.concat(frames, ignore_index=True)


def _levied(bills: _Bills, against: str, told: Mapping[str, float]) -> pd.DataFrame:
    """Return the levied total of the year under every set of rates: plan, levied, change, growth; yen.

    Base and plans have the total their runs tell (`told`, the base first), as among the effects: that of a sample is
    told by control totals. The rates in force have no run: their bills are brought to the level of the base.
    """
    base, *others = told.values()
    own = int(bills.under["base"].sum())
    current = int(bills.under["current"].sum()) * (base / own if own else bills.people.world.weight)
    totals = {"current": current, "base": base, **dict(zip(list(told)[1:], others, strict=True))}
    t = pd.DataFrame([(name, round(yen)) for name, yen in totals.items()], columns=["plan", "levied"])
    before = int(t.loc[t["plan"] == against, "levied"].iloc[0])
    t["change"] = t["levied"] - before
    return t.assign(growth=t["change"] / before if before else np.nan)


def billed(run: RunFolder, where: Where, year: int) -> float:
    """Return the levied total (調定額, 現年分) of a year as a run tells it, yen."""
    t = figures(run.table("municipality_year"), where)
    return float(t[(t["measure"] == "billed") & (t["year"] == year)]["value"].iloc[0])


def figures(municipality_year: pd.DataFrame, where: Where) -> pd.DataFrame:
    """Return the figures of EFFECTS of a run, of a group those of its members together: year, measure, unit, value."""
    t = municipality_year[municipality_year["code"].isin(where.codes)]
    sums = t.drop(columns=["code", "name", "small"]).groupby("year").sum().reset_index()
    own = measured(sums.assign(code=where.code, name=where.name))
    long = own.melt(["year"], list(EFFECTS), var_name="measure")
    return long.assign(unit=long["measure"].map(EFFECTS), value=long["value"].astype(float))


def _effects(
    runs: Mapping[str, Sequence[RunFolder]], where: Where, sample: int, spread: paired.Spread | None
) -> pd.DataFrame:
    """Return the differences to the base by plan, figure and year, with ranges where there are some."""
    frames = {name: [figures(run.table("municipality_year"), where) for run in own] for name, own in runs.items()}
    base, *others = runs
    parts = [ensemble.differences(frames[name], frames[base]).assign(plan=name) for name in others]
    t = _first(pd.concat(parts, ignore_index=True), "plan")
    if spread is None or len(where.codes) > 1:
        return t.assign(low90=np.nan, high90=np.nan)
    mine = t.assign(code=where.code).rename(columns={"plan": "scenario"})
    around = paired.around(spread, mine, sample).rename(columns={"scenario": "plan"})
    return t.merge(around[["plan", "measure", "year", "low90", "high90"]], on=["plan", "measure", "year"], how="left")


def _first(t: pd.DataFrame, column: str) -> pd.DataFrame:
    return t[[column, *(c for c in t if c != column)]]
