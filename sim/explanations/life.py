"""One resident's life in a run, year by year: the run is lived again, to the same bits, and one person watched."""

from __future__ import annotations

import numpy as np
import pandas as pd

from sim.core.errors import InputError
from sim.core.units import april, months_in
from sim.engine import api
from sim.engine.model import KokuhoModel
from sim.engine.state import State
from sim.outputs.folder import RunFolder
from sim.outputs.manifest import told_by
from sim.population.codes import Kind, Leaving, Method, Relation, Residence, Scheme, Sex, Work


def life(pid: int, plan: api.Plan) -> pd.DataFrame:
    """Return one row per fiscal year in which the person lives there; amounts are the person's or the household's.

    Incomes are those of the calendar year that ends in the fiscal year; bill, paid and arrears are of the household.
    """
    rows = []
    with KokuhoModel(api.opening(plan), plan.first) as model:
        while model.next_year <= plan.last:
            model.step()
            if (row := _row(model.state, pid)) is not None:
                rows.append(row)
    if not rows:
        where = "of this sample" if plan.sample > 1 else f"of {plan.parameters.region.en}"
        raise InputError(f"no resident {where} has the id {pid}; kokuho person lists some")
    return pd.DataFrame(rows)


def plan_of_run(folder: RunFolder) -> api.Plan:
    """Return the plan a finished run followed; refuse when code or parameters have changed since."""
    m = folder.manifest
    horizon = m["horizon"]
    plan = api.plan(
        m["scenario"],
        sample=m["sample"],
        seed=m["seed"],
        replicate=m["replicate"],
        first=horizon["from"],
        last=horizon["to"],
        as_of=m["as_of"],
        fits=m.get("fits") is not None,
        controls=told_by(m) is not None,
    )
    if plan.digest() != m["digests"]["plan"]:
        raise InputError(f"{folder.path}: code, parameters or scenario have changed since this run; run it again first")
    return plan


def some(plan: api.Plan, place: str | None = None, count: int = 15) -> pd.DataFrame:
    """Return residents insured by 国保 in April of the first year, spread over the table, to start from."""
    state = api.opening(plan)
    names = [ja for ja, _ in state.world.p.places().values()]
    home = state.households.place[state.people.household]
    wanted = state.people.scheme == Scheme.KOKUHO
    if place is not None:
        wanted &= home == names.index(place)
    found = np.flatnonzero(wanted)
    chosen = found[np.linspace(0, found.size - 1, min(count, found.size)).astype(np.int64)]
    return pd.DataFrame([_who(state, int(i), names, plan.first) for i in chosen])


def _row(state: State, pid: int) -> dict[str, object] | None:
    """Return what a year did to a person, or None when the person is not on the register."""
    found = np.flatnonzero(state.people.pid == pid)
    if not found.size:
        return None
    w, i = state.world, int(found[0])
    names = [ja for ja, _ in w.p.places().values()]
    p, h, home = state.people, state.households, int(state.people.household[i])
    return {
        "year": w.year,
        **_who(state, i, names, w.year),
        "insured_months": months_in(int(p.insured_months[i])),
        "salary": int(p.salary[i]),
        "business": int(p.business[i]),
        "pension": int(p.pension[i]),
        "cost": int(p.cost[i]),
        "benefit": int(p.benefit[i]),
        "base_income": int(h.base_income[home]),
        "relief": int(h.relief_class[home]),
        "bill": int(sum(int(h.data[f"bill_{x}"][home]) for x in ("medical", "support", "care", "child"))),
        "method": Method(int(h.method[home])).name.lower(),
        "paid": int(h.paid[home]),
        "arrears": int(h.unpaid[home]) + int(h.arrears[home].sum()),
        "leaving": Leaving(int(p.leaving[i])).name.lower().replace("stays", ""),
    }


def _who(state: State, i: int, names: list[str], year: int) -> dict[str, object]:
    p, h, home = state.people, state.households, int(state.people.household[i])
    return {
        "pid": int(p.pid[i]),
        "age": (april(year) - int(p.born[i])) // 12,
        "sex": Sex(int(p.sex[i])).name.lower(),
        "residence": Residence(int(p.residence[i])).name.lower(),
        "municipality": names[int(h.place[home])],
        "household": f"{Kind(int(h.kind[home])).name.lower()} of {int(h.size[home])}",
        "relation": Relation(int(p.relation[i])).name.lower(),
        "work": Work(int(p.work[i])).name.lower(),
        "scheme": Scheme(int(p.scheme[i])).name.lower(),
    }
