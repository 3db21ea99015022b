"""Fitting tool: municipal factors of the schedules, and the arrivals that make the register totals come true.

Run once on the full base population, then frozen: a run never fits anything, so that a reform cannot be
undone by a new alignment. The years R4-R7 are simulated step by step; the arrivals of a year are what the
register wants on 31 March less those who are still there. So arrivals hold everything the model does not
name: register corrections (職権記載), naturalisation, returns within the year, the noise of one seed.

    python -m sim.studies.fits.demography
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.core.step import Step
from sim.engine.loop import run_step
from sim.engine.state import State
from sim.institutions.world import World
from sim.mechanisms.demography import BEAR, COUNT, LIVE, REPACK, UNITE, schedule
from sim.mechanisms.demography.state import NATIONALITIES, Changes
from sim.mechanisms.demography.step import draw_arrivals
from sim.parameters import Parameters
from sim.population.codes import Leaving
from sim.population.households import GONE, HERE

FIRST, LAST = 2022, 2025
"""fiscal years with a register total at both ends"""
_SOURCES = {
    "arrivals": "juki_ts;own_calculation",
    "demographic_factors": "ju24qv0100;ju25qv1500;ju25qv1600;own_calculation",
}
_DRAWN_TO_ONE = 50
"""a municipality with as many events has half of its deviation taken"""

Ints = NDArray[np.int64]


def targets(p: Parameters, year: int) -> Ints:
    """Return the residents wanted on 31 March at the end of a fiscal year, int64[places, 2 nationalities].

    Three quarters of the register on 1 January before and a quarter of the one after; where the one after
    is not known yet, the change of the last year goes on.
    """
    table = p.table("places.register_totals").set_index(["reference_date", "code"])
    both = pd.DataFrame(
        {
            "japanese": table["japanese_male"] + table["japanese_female"],
            "foreign": table["foreign_male"] + table["foreign_female"],
        }
    )

    def on(january: int) -> NDArray[np.float64]:
        return both.loc[f"{january}-01-01"].loc[p.codes()].to_numpy(float)

    now = on(year + 1)
    known = f"{year + 2}-01-01" in both.index.get_level_values(0)
    change = on(year + 2) - now if known else now - on(year)
    return np.rint(now + change / 4).astype(np.int64)


def _run(state: State, year: int, *steps: Step) -> None:
    for step in steps:
        run_step(state, step, year)


def survivors(state: State) -> Ints:
    """Return who will be there at the end of the year before anybody arrives, int64[places, 2 nationalities]."""
    plan = state.world.ledger(Changes).open_plan()
    people, target = state.people, plan.target.copy()
    goal = np.where(plan.new_place == HERE, state.households.place, plan.new_place).astype(np.int64)
    town = np.where(target >= 0, goal[np.maximum(target, 0)], -2 - target)
    living = target != GONE
    town[plan.follower], living[plan.follower] = town[plan.leader], True
    stays = living & (people.leaving == Leaving.STAYS)
    born, child = plan.newborns.at, plan.newborns.columns
    kept = child["leaving"] == Leaving.STAYS
    cell = np.concatenate(
        [town[stays] * 2 + (people.residence[stays] > 0), town[born[kept]] * 2 + (child["residence"][kept] > 0)]
    )
    return np.bincount(cell, minlength=2 * state.world.places).reshape(-1, 2)


def simulate(state: State) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Live through R4-R7 with the arrivals the register wants; return the arrivals and the flows by municipality.

    Both in long form: code, nationality, fiscal_year, persons; code, fiscal_year, flow, nationality, persons.
    """
    w = state.world
    codes, arrivals, flows = w.p.codes(), [], []
    for year in range(FIRST, LAST + 1):
        _run(state, year, LIVE, UNITE, BEAR)
        plan = w.ledger(Changes).open_plan()
        persons = np.maximum(targets(w.p, year) - survivors(state), 0)
        plan.arrivals, plan.units = draw_arrivals(w, year, persons)
        _run(state, year, REPACK, COUNT)
        for n, nationality in enumerate(NATIONALITIES):
            arrivals.append(
                pd.DataFrame({"code": codes, "nationality": nationality, "fiscal_year": year, "persons": persons[:, n]})
            )
        flows.append(_flows(state, year))
    return pd.concat(arrivals, ignore_index=True), pd.concat(flows, ignore_index=True)


def _flows(state: State, year: int) -> pd.DataFrame:
    w, people = state.world, state.people
    town = state.households.place[people.household].astype(np.int64)
    foreign = people.residence > 0
    births = {"foreign": w.memory.get(year, "births_foreign")}
    births["japanese"] = w.memory.get(year, "births") - births["foreign"]
    leave = {"deaths": Leaving.DIES, "departures": Leaving.OTHER_PREFECTURE, "abroad": Leaving.ABROAD}
    rows = []
    for n, nationality in enumerate(NATIONALITIES):
        for flow, why in leave.items():
            gone = (people.leaving == why) & (foreign == n)
            rows.append((flow, nationality, np.bincount(town[gone], minlength=w.places)))
        rows.append(("births", nationality, births[nationality]))
    rows.append(("moves", "all", w.memory.get(year, "moves_out")))
    return pd.concat(
        [
            pd.DataFrame(
                {"code": w.p.codes(), "fiscal_year": year, "flow": flow, "nationality": of, "persons": persons}
            )
            for flow, of, persons in rows
        ],
        ignore_index=True,
    )


def published(p: Parameters) -> pd.DataFrame:
    """Return the published flows by municipality, index code, columns as schedule.FACTORS."""
    vital = p.table("places.flows_2025").groupby(["code", "flow"])["persons"].sum().unstack()
    moves = p.table("places.migration_2024").pivot(index="code", columns="item", values="value")
    return pd.DataFrame(
        {
            "births": vital["births"],
            "deaths": vital["deaths"],
            "departures": moves["out_to_other_prefectures"],
            "moves": moves["out_to_other_municipalities"],
        }
    ).loc[p.codes()]


def simulated(flows: pd.DataFrame) -> pd.DataFrame:
    """Return simulated flows of the calendar years the published ones speak of, in the same form."""
    by = flows.groupby(["code", "flow", "fiscal_year"])["persons"].sum().unstack()

    def calendar(flow: str, year: int) -> pd.Series:
        rows = by.xs(flow, level="flow")
        return rows[year - 1] / 4 + rows[year] * 3 / 4

    return pd.DataFrame(
        {
            "births": calendar("births", 2025),
            "deaths": calendar("deaths", 2025),
            "departures": calendar("departures", 2024),
            "moves": by.xs("moves", level="flow")[2024],
        }
    )


def improved(p: Parameters, flows: pd.DataFrame) -> pd.DataFrame:
    """Return factors times published over simulated flows; places with few events are drawn towards no change."""
    want, have = published(p), simulated(flows).loc[p.codes()]
    ratio = (want + _DRAWN_TO_ONE) / (have + _DRAWN_TO_ONE)
    before = pd.DataFrame(schedule.factors(p).T, index=p.codes(), columns=list(schedule.FACTORS))
    return (before * ratio).round(4).rename_axis("code").reset_index()


def with_table(p: Parameters, name: str, frame: pd.DataFrame, folder: Path) -> Parameters:
    """Return the parameters with a table of `places` replaced by a frame, written to a file of the folder."""
    path = folder / f"{name}.{len(list(folder.iterdir()))}.csv"
    frame.assign(source_id=_SOURCES[name], status="estimated").to_csv(path, index=False)
    return replace(p, table_paths={**p.table_paths, f"places.{name}": path})


def fit(opening: Callable[[Parameters], State], p: Parameters, folder: Path, rounds: int = 3) -> Parameters:
    """Fit factors and arrivals in rounds; return parameters that use them, the tables in `folder`.

    opening  makes the full population's state on 1 April 2022 from parameters
    """
    for _ in range(rounds):
        _, flows = simulate(opening(p))
        p = with_table(p, "demographic_factors", improved(p, flows), folder)
    arrivals, _ = simulate(opening(p))
    return with_table(p, "arrivals", arrivals, folder)


def fit_arrivals(p: Parameters, opening: Callable[[Parameters], State]) -> pd.DataFrame:
    """Return the arrivals by municipality, nationality and fiscal year for the factors as they are."""
    return simulate(opening(p))[0]


def main() -> None:
    """Fit on the stored base population and write both tables into the register."""
    from sim.population.store import stored

    def opening(p: Parameters) -> State:
        people, households = stored(p, 1, _SEED)
        world = World(p=p, places=len(p.codes()), seed=_SEED)
        return State(world=world, people=people, households=households)

    p = Parameters.load()
    with tempfile.TemporaryDirectory() as folder:
        fitted = fit(opening, p, Path(folder))
        for name in _SOURCES:
            text = fitted.table_paths[f"places.{name}"].read_text(encoding="utf-8")
            p.table_paths[f"places.{name}"].write_text(text, encoding="utf-8")


_SEED = 20260401
"""seed of the base scenario"""

if __name__ == "__main__":
    main()
