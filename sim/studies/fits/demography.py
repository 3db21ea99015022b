"""Fitting tool: municipal factors of the schedules, and the arrivals that make the register totals come true.

Run once on the full base population, then frozen: a run never fits anything, so that a reform cannot be
undone by a new alignment. The years from R4 to the last register are simulated step by step; the arrivals of
a year are what the register wants on 31 March less those who are still there. So arrivals hold everything the
model does not name: register corrections (職権記載), naturalisation, returns within the year, the noise of one seed.

    python -m sim.studies.fits.demography --region kanagawa
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.core.step import Step
from sim.core.sums import whole
from sim.engine.loop import run_step
from sim.engine.state import State
from sim.institutions.world import World
from sim.mechanisms.demography import BEAR, COUNT, LIVE, REPACK, UNITE, schedule
from sim.mechanisms.demography.state import NATIONALITIES, Changes
from sim.mechanisms.demography.step import draw_arrivals
from sim.parameters import Parameters, regions
from sim.population.codes import Leaving
from sim.population.households import GONE, HERE

FIRST = 2022
TABLES = ("demographic_factors", "arrivals")
_DRAWN_TO_ONE = 50
"""a municipality with as many events has half of its deviation taken"""

_MOVES = {"out_to_other_prefectures": "departures", "out_to_other_municipalities": "moves"}
"""items of places.migration_2024 -> factor fitted to them"""
_VITAL = ("births", "deaths")
_OWN = "own_calculation"

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
    return whole(now + change / 4)


def last_year(p: Parameters) -> int:
    """Return the last fiscal year with a register total in its last quarter."""
    return max(int(date[:4]) for date in p.table("places.register_totals")["reference_date"]) - 1


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
    """Live through R4 to the last register with the arrivals it wants; return arrivals and flows by municipality.

    Both in long form: code, nationality, fiscal_year, persons; code, fiscal_year, flow, nationality, persons.
    """
    w = state.world
    codes, arrivals, flows = w.p.codes(), [], []
    for year in range(FIRST, last_year(w.p) + 1):
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


class Published(NamedTuple):
    """Published flows by municipality, index code, columns as schedule.FACTORS.

    vital, moves  calendar years the births and deaths, and the moves, are of
    nations       nationalities the births and deaths speak of
    sources       sources of the figures
    """

    flows: pd.DataFrame
    vital: int
    moves: int
    nations: list[str]
    sources: list[str]


def published(p: Parameters) -> Published:
    """Return the flows of the last year that is published by municipality."""
    codes = p.codes()
    moves, vital = p.table("places.migration_2024"), p.table("places.flows_2025")
    moves = moves[moves["code"].isin(codes) & moves["item"].isin(_MOVES)]
    moves = moves[moves["year"] == moves["year"].max()]
    vital = vital[vital["code"].isin(codes) & vital["flow"].isin(_VITAL)]
    vital = vital[vital["calendar_year"] == vital["calendar_year"].max()]
    events = vital.groupby(["code", "flow"])["persons"].sum().unstack()
    movers = moves.pivot(index="code", columns="item", values="value").rename(columns=_MOVES)
    return Published(
        flows=events.join(movers)[list(schedule.FACTORS)].loc[codes],
        vital=int(vital["calendar_year"].iloc[0]),
        moves=int(moves["year"].iloc[0]),
        nations=sorted(set(vital["nationality"])),
        sources=_sources(moves, vital),
    )


def _sources(*tables: pd.DataFrame) -> list[str]:
    """Return the sources of the rows of tables, each once."""
    cells = [source for t in tables for cell in t["source_id"].unique() for source in str(cell).split(";")]
    return list(dict.fromkeys([*(source for source in cells if source != _OWN), _OWN]))


def simulated(flows: pd.DataFrame, of: Published) -> pd.DataFrame:
    """Return simulated flows of the calendar years and nationalities the published ones speak of, in the same form."""
    spoken = ~flows["flow"].isin(_VITAL) | flows["nationality"].isin(of.nations)
    by = flows[spoken].groupby(["code", "flow", "fiscal_year"])["persons"].sum().unstack()

    def calendar(flow: str, year: int) -> pd.Series:
        rows = by.xs(flow, level="flow")
        return rows[year - 1] / 4 + rows[year] * 3 / 4

    return pd.DataFrame(
        {
            "births": calendar("births", of.vital),
            "deaths": calendar("deaths", of.vital),
            "departures": calendar("departures", of.moves),
            "moves": by.xs("moves", level="flow")[of.moves],
        }
    )


def improved(p: Parameters, flows: pd.DataFrame) -> pd.DataFrame:
    """Return factors times published over simulated flows; places with few events are drawn towards no change."""
    want = published(p)
    have = simulated(flows, want).loc[p.codes()]
    ratio = (want.flows + _DRAWN_TO_ONE) / (have + _DRAWN_TO_ONE)
    before = pd.DataFrame(schedule.factors(p).T, index=p.codes(), columns=list(schedule.FACTORS))
    return (before * ratio).round(4).rename_axis("code").reset_index()


def with_table(p: Parameters, name: str, frame: pd.DataFrame, folder: Path) -> Parameters:
    """Return the parameters with a table of `places` replaced by a frame, written to a file of the folder."""
    path = folder / f"{name}.{len(list(folder.iterdir()))}.csv"
    fitted_to = _sources(p.table("places.register_totals")) if name == "arrivals" else published(p).sources
    frame.assign(source_id=";".join(fitted_to), status="estimated").to_csv(path, index=False)
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

    parser = argparse.ArgumentParser(description="Fit municipal factors and arrivals and write both tables.")
    parser.add_argument("--region", default=regions.DEFAULT)
    p = Parameters.load(parser.parse_args().region)
    with tempfile.TemporaryDirectory() as folder:
        fitted = fit(opening, p, Path(folder))
        for name in TABLES:
            text = fitted.table_paths[f"places.{name}"].read_text(encoding="utf-8")
            p.table_paths[f"places.{name}"].write_text(text, encoding="utf-8")


_SEED = 20260401
"""seed of the base scenario"""

if __name__ == "__main__":
    main()
