"""The insured households of a municipality in one year of a run, and what each of them is billed under any rates."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.core.errors import InputError
from sim.core.kernel import spans, spread
from sim.core.state import read, take, written
from sim.core.tally import Records
from sim.core.units import april, era
from sim.engine import api
from sim.engine.loop import run_step
from sim.engine.model import KokuhoModel
from sim.engine.threads import in_turn
from sim.institutions.memory import PORTIONS
from sim.institutions.rates import Rates
from sim.institutions.world import World
from sim.mechanisms.levy import ASSESS
from sim.mechanisms.levy.asset_tax import asset_tax
from sim.mechanisms.levy.law import rules
from sim.mechanisms.levy.state import Given, Homes, People, Work
from sim.mechanisms.levy.step import rates_of
from sim.mechanisms.levy.year import bill_households
from sim.mechanisms.payment.state import AGE_CLASSES, BIN_YEN, DECILES, HOUSEHOLD_TYPES, OLDEST, TYPE_OF_KIND, age_class
from sim.outputs.folder import RunFolder
from sim.population.table import Columns

KINDS: Mapping[str, tuple[str, ...]] = {
    "income decile": DECILES,
    "household type": HOUSEHOLD_TYPES,
    "age of head": AGE_CLASSES,
}
"""kinds of groups of households -> their groups; deciles are those of the municipality's own insured households"""
_TENTHS = 10


@dataclass(frozen=True)
class Where:
    """Whose rates are looked at: a municipality, or a group with one rate."""

    name: str
    codes: tuple[int, ...]

    @property
    def code(self) -> int:
        return self.codes[0]


@dataclass(frozen=True)
class Insured:
    """The households of some municipalities in a year, up to the day of the bills, and the world they live in.

    rows     of the table of households; those without an insured member are among them, with a bill of nothing
    classes  kind -> group of each household, int64[rows]
    place    index of the municipality, int64[rows]
    """

    world: World
    year: int
    people: People
    homes: Homes
    classes: dict[str, NDArray[np.int64]]
    insured: NDArray[np.bool_]

    @property
    def place(self) -> NDArray[np.int64]:
        return self.homes.place.astype(np.int64)

    def records(self, rates: Rates) -> Records:
        """Return rates as the kernel takes them, records [places, 4]."""
        kept = self.world.rates.get(self.year)
        self.world.rates[self.year] = rates
        try:
            return rates_of(self.world, self.year)
        finally:
            if kept is not None:
                self.world.rates[self.year] = kept

    def bills(self, rates: Rates) -> NDArray[np.int64]:
        """Return what each household is billed for the year under these rates, yen, int64[rows]."""
        records, w, n = self.records(rates), self.world, self.homes.hid.size
        fresh = {name: np.zeros_like(getattr(self.homes, name)) for name in written(Homes)}
        homes = self.homes._replace(**fresh)
        tax = asset_tax(w, self.year, self.people, homes, records)
        by = rules(w.p, self.year, records, w.key("levy.remission"))
        work = Work.zeros(spans(n), w.places)
        given = Given.nothing()._replace(asset_tax=tax)
        spread(bill_households, n, homes, self.people, given, by, each=work)
        return np.sum([getattr(homes, f"bill_{name}").astype(np.int64) for name in PORTIONS], axis=0)

    def total(self, rates: Rates) -> int:
        """Return the levied total of the year (調定額, 現年分) under these rates, yen, of everybody."""
        return int(self.bills(rates).sum()) * self.world.weight


def insured_of(plan: api.Plan, year: int, places: NDArray[np.bool_]) -> Insured:
    """Live a plan up to the bills of a year and return the households of some municipalities, bool[places]."""
    if not plan.first < year <= plan.last:
        raise InputError(f"{era(year)} lies outside the years in which rates can be set, {era(plan.first + 1)} on")
    with in_turn(), KokuhoModel(api.opening(plan, ()), plan.first, steps=plan.steps) as model:
        while model.next_year < year:
            model.step()
        model.world.year = year
        for step in (s for s in model.year_steps if not s.first):
            run_step(model.state, step, year)
            if step.name == ASSESS.name:
                break
        columns = Columns(
            {"people": model.state.people, "households": model.state.households}, ASSESS.reads, ASSESS.writes
        )
        people, homes = take(People, columns.people), take(Homes, columns.households)
        rows = np.flatnonzero(places[model.state.households.place])
        kinds = np.asarray(model.state.households.kind)[rows]
        return _chosen(model.world, year, people, homes, rows, kinds)


def _chosen(
    w: World, year: int, people: People, homes: Homes, rows: NDArray[np.int64], kinds: NDArray[np.integer]
) -> Insured:
    """Return the chosen rows as columns of their own; those only read stay such, as the compiled kernel knows them."""
    own = {name: np.array(getattr(homes, name)[rows]) for name in (*read(Homes), *written(Homes))}
    for name in read(Homes):
        own[name].flags.writeable = False
    chosen = Homes(**own)
    insured = np.asarray(chosen.insured > 0, bool)
    age = np.clip((april(year) - people.born[chosen.head].astype(np.int64)) // 12, 0, OLDEST)
    classes = {
        "income decile": deciles(chosen.base_income.astype(np.int64), insured),
        "household type": TYPE_OF_KIND[kinds],
        "age of head": age_class()[age],
    }
    return Insured(w, year, people, chosen, classes, insured)


def deciles(income: NDArray[np.int64], insured: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return the group of `DECILES` of each household, int64[rows]; tenths are those of the insured above the first.

    income  base income of the household, yen; equal incomes fall into one tenth
    """
    counted = np.sort(income[insured & (income >= BIN_YEN)])
    middle = (np.searchsorted(counted, income, "left") + np.searchsorted(counted, income, "right")) / 2
    tenth = np.minimum(_TENTHS * middle // max(counted.size, 1), _TENTHS - 1).astype(np.int64)
    return np.where(income >= BIN_YEN, 1 + tenth, 0)


def rates_in(run: RunFolder, year: int, codes: list[int]) -> Rates:
    """Return the actual rates of a year as a finished run decided them."""
    table = run.table("rates")
    rows = table[(table["year"] == year) & (table["kind"] == "actual")]
    rows = rows.assign(asset_part=rows.get("asset_part", 0))
    if rows.empty:
        raise InputError(f"{run.path}: no rates of {era(year)}")
    out = Rates.zeros(len(codes))
    at = rows["code"].map({code: i for i, code in enumerate(codes)}).to_numpy()
    portion = rows["portion"].map({name: k for k, name in enumerate(PORTIONS)}).to_numpy()
    for f in fields(Rates):
        getattr(out, f.name)[at, portion] = rows[f.name].to_numpy(np.int64)
    return out


def carried(before: Rates, now: Rates) -> Rates:
    """Return the rates of an earlier year left as they are, under the ceilings (賦課限度額) of the year."""
    return Rates(**{f.name: getattr(now if f.name == "cap" else before, f.name).copy() for f in fields(Rates)})


def changes(found: Insured, before: NDArray[np.int64], after: NDArray[np.int64], more_than: int) -> pd.DataFrame:
    """Return who pays more and who pays less, by group of households: kind, group, households and

    share_up, share_down    of those whose bill changes by more than `more_than` yen; share_same: of all others
    mean_before, mean_after, mean_change   yen per household and year
    """
    keep = found.insured
    frame = pd.DataFrame({"before": before[keep], "after": after[keep]}).astype(float)
    change = frame["after"] - frame["before"]
    frame = frame.assign(change=change, up=change > more_than, down=change < -more_than)
    groups: dict[tuple[str, str], pd.DataFrame] = {("all", "all"): frame}
    for kind, names in KINDS.items():
        own = found.classes[kind][keep]
        groups |= {(kind, name): frame[own == k] for k, name in enumerate(names)}
    rows = [
        {
            "kind": kind,
            "group": group,
            "households": len(t) * found.world.weight,
            "share_up": t["up"].mean(),
            "share_down": t["down"].mean(),
            "share_same": 1 - t["up"].mean() - t["down"].mean(),
            "mean_before": t["before"].mean(),
            "mean_after": t["after"].mean(),
            "mean_change": t["change"].mean(),
        }
        for (kind, group), t in groups.items()
        if len(t)
    ]
    return pd.DataFrame(rows)
