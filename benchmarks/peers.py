"""Births and deaths at crude rates in other programs, beside this model's demography and its whole year.

    python -m benchmarks peers                 # `make peers`: everybody, three rounds, writes docs/peers.md
    python -m benchmarks peers --sample 100    # as many people as one household in a hundred holds

Each program has a process of its own, is written as its documentation tells, and lives the same number of years with
the same number of people (fewer where a person is an object or a table grows slowly: said beside the figure). Setting
up is not timed. The programs take turns, so that a busy hour of the machine meets all of them.
"""

from __future__ import annotations

import argparse
import importlib.util
import itertools
import json
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

import numpy as np

from benchmarks.page import PAGE, Busy, environment, machine, table, threads_here, version, write_section

BIRTHS, DEATHS = 0.006, 0.010
"""a person's chance in a year: round figures near those of a large Japanese city, the same for everybody"""
YEARS = 8
AGE, CHILD = 40.0, 0.0
OURS, WHOLE, GOAL = "kokuho: demography", "kokuho: whole year", "starsim"
EXTRA = "pip install -c constraints.txt -e '.[peers]'"
GOALS = {OURS: 1.0, WHOLE: 2.5}
"""at most so many times what `GOAL` takes"""


@dataclass(frozen=True, kw_only=True)
class Year:
    """One year of one program: people at its start, births and deaths in it, seconds of the clock and of processors.

    `came` are those who came less those who left, where the program knows moves.
    """

    people: int
    births: int
    deaths: int
    wall: float
    cpu: float
    came: int = 0


Lived = dict[str, list[Year]]
"""name of what was timed -> its years"""


def timed(work: Callable[[], object]) -> dict[str, float]:
    """Return the seconds work takes."""
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return {"wall": time.perf_counter() - wall, "cpu": time.process_time() - cpu}


def numpy_years(people: int, years: int) -> Lived:
    """One column of ages; the living are kept, the newborn appended."""
    g = np.random.default_rng(1)
    ages = np.full(people, AGE, np.float32)
    lived: list[Year] = []
    born = 0

    def live() -> None:
        nonlocal ages, born
        born = int(np.count_nonzero(g.random(ages.size, np.float32) < BIRTHS))
        ages = ages[g.random(ages.size, np.float32) >= DEATHS] + np.float32(1)
        ages = np.concatenate((ages, np.full(born, CHILD, np.float32)))

    for _ in range(years):
        before = ages.size
        spent = timed(live)
        lived.append(Year(people=before, births=born, deaths=before + born - ages.size, **spent))
    return {"numpy": lived}


def starsim_years(people: int, years: int) -> Lived:
    """`ss.Births` and `ss.Deaths`, with its common random numbers (as it comes) and without."""
    import starsim as ss

    def live(crn: bool) -> list[Year]:
        ss.options(crn=crn, verbose=0)
        demographics = [
            ss.Births(birth_rate=ss.peryear(BIRTHS * 1000)),
            ss.Deaths(death_rate=ss.peryear(DEATHS * 1000)),
        ]
        sim = ss.Sim(n_agents=people, start=2022, dur=years, dt=ss.years(1), rand_seed=1, demographics=demographics)
        sim.init()
        counted = [(len(sim.people), timed(sim.run_one_step)) for _ in range(years)]
        born, died = (sim.results[name].new for name in ("births", "deaths"))
        return [
            Year(people=n, births=int(born[i]), deaths=int(died[i]), **spent) for i, (n, spent) in enumerate(counted)
        ]

    return {"starsim": live(True), "starsim, crn=False": live(False)}


def neworder_years(people: int, years: int) -> Lived:
    """A data frame of people and `mc.hazard`, as in the population model of its documentation."""
    import neworder
    import pandas as pd

    class Population(neworder.Model):
        def __init__(self) -> None:
            super().__init__(
                neworder.LinearTimeline(2022, 2022 + years, years), neworder.MonteCarlo.deterministic_identical_stream
            )
            self.population = pd.DataFrame({"age": np.full(people, AGE)}, index=neworder.df.unique_index(people))
            self.lived: list[Year] = []

        def births(self) -> None:
            born = self.mc.hazard(BIRTHS, len(self.population)) == 1
            newborns = self.population[born].copy()
            newborns = newborns.set_index(neworder.df.unique_index(len(newborns)))
            newborns["age"] = CHILD - 1
            self.population = pd.concat((self.population, newborns))
            self.born = len(newborns)

        def deaths(self) -> None:
            self.population = self.population[self.mc.hazard(DEATHS, len(self.population)) != 1]

        def live(self) -> None:
            self.births()
            self.deaths()
            self.population["age"] += 1

        def step(self) -> None:
            before = len(self.population)
            spent = timed(self.live)
            died = before + self.born - len(self.population)
            self.lived.append(Year(people=before, births=self.born, deaths=died, **spent))

    model = Population()
    neworder.run(model)
    return {"neworder": model.lived}


def vivarium_years(people: int, years: int) -> Lived:
    """The base population and mortality of its tutorial, and births by `get_simulant_creator`."""
    from vivarium import Component, InteractiveContext
    from vivarium.examples.disease_model import BasePopulation

    class CrudeBirths(Component):
        def setup(self, builder) -> None:
            self.randomness = builder.randomness.get_stream("births")
            self.create = builder.population.get_simulant_creator()

        def on_time_step(self, event) -> None:
            living = self.population_view.get_filtered_index(event.index, query="is_alive == True")
            born = self.randomness.filter_for_probability(living, BIRTHS)
            self.create(len(born), {"age_start": CHILD, "age_end": CHILD})

    sim = InteractiveContext(
        components=[BasePopulation(), CrudeBirths()],
        configuration={
            "population": {"population_size": people},
            "time": {"step_size": 365},
            "mortality": {"data_sources": {"mortality_rate": DEATHS}},
        },
    )

    def count() -> tuple[int, int]:
        alive = sim.get_population("is_alive")
        return int(alive.sum()), len(alive)

    lived = []
    for _ in range(years):
        alive, ever = count()
        spent = timed(sim.step)
        now, born = count()[0], count()[1] - ever
        lived.append(Year(people=alive, births=born, deaths=alive + born - now, **spent))
    return {"vivarium": lived}


def mesa_years(people: int, years: int) -> Lived:
    """A person is an agent that steps, removes itself and makes another."""
    import mesa

    class Person(mesa.Agent):
        def __init__(self, model, age: float) -> None:
            super().__init__(model)
            self.age = age

        def step(self) -> None:
            if self.random.random() < BIRTHS:
                self.model.born += 1
                Person(self.model, CHILD)
            if self.random.random() < DEATHS:
                self.remove()
            else:
                self.age += 1

    class Town(mesa.Model):
        def __init__(self) -> None:
            super().__init__(seed=1)
            Person.create_agents(self, people, AGE)

        def step(self) -> None:
            self.born = 0
            self.agents.do("step")

    town = Town()
    lived = []
    for _ in range(years):
        before = len(town.agents)
        spent = timed(town.step)
        died = before + town.born - len(town.agents)
        lived.append(Year(people=before, births=town.born, deaths=died, **spent))
    return {"mesa": lived}


def mesa_frames_years(people: int, years: int) -> Lived:
    """A set of agents in a frame of polars, as in its introduction."""
    import polars as pl
    from mesa_frames import AgentSetPolars, ModelDF

    class People(AgentSetPolars):
        def __init__(self, model) -> None:
            super().__init__(model)
            self.next = 0
            self.arrive(people, AGE)

        def arrive(self, n: int, age: float) -> None:
            ids = pl.arange(self.next, self.next + n, eager=True)
            self.add(pl.DataFrame({"unique_id": ids, "age": pl.repeat(age, n, eager=True)}))
            self.next += n

        def step(self) -> None:
            g, n = self.model.random, len(self)
            self.born = int(np.count_nonzero(g.random(n) < BIRTHS))
            self.discard(self.agents["unique_id"].filter(pl.Series(g.random(n) < DEATHS)))
            self["age"] += 1
            self.arrive(self.born, CHILD)

    class Town(ModelDF):
        def __init__(self) -> None:
            super().__init__(seed=1)
            self.people = People(self)
            self.agents += self.people

        def step(self) -> None:
            self.agents.do("step")

    town = Town()
    lived = []
    for _ in range(years):
        before = len(town.agents)
        spent = timed(town.step)
        born = next(iter(town.agents._agentsets)).born
        lived.append(Year(people=before, births=born, deaths=before + born - len(town.agents), **spent))
    return {"mesa-frames": lived}


def kokuho_years(sample: int, years: int, region: str | None = None) -> Lived:
    """The model on one household in `sample`: the steps of demography, and the whole year with its checks."""
    from sim.engine.api import opening, plan
    from sim.engine.model import KokuhoModel

    chosen = plan("baseline", sample=sample, region=region)
    seen: list[tuple[str, float, float]] = []

    def note(_: int, step: str) -> None:
        seen.append((step, time.perf_counter(), time.process_time()))

    lived: Lived = {OURS: [], WHOLE: []}
    with KokuhoModel(opening(chosen), chosen.first, progress=note, steps=chosen.steps) as model:
        for year in range(chosen.first, chosen.first + years):
            seen.clear()
            model.step()
            note(year, "")
            facts = {
                name: int(model.world.memory.get(year, name).sum()) // sample
                for name in ("residents", "births", "deaths", "arrivals", "departures")
            }
            for name, prefix in ((OURS, "demography."), (WHOLE, "")):
                spans = [(b, a) for b, a in itertools.pairwise(seen) if b[0].startswith(prefix)]
                lived[name].append(
                    Year(
                        people=facts["residents"],
                        births=facts["births"],
                        deaths=facts["deaths"],
                        came=facts["arrivals"] - facts["departures"],
                        wall=sum(a[1] - b[1] for b, a in spans),
                        cpu=sum(a[2] - b[2] for b, a in spans),
                    )
                )
    return lived


@dataclass(frozen=True, kw_only=True)
class Program:
    """A program: its function, the module and the package it needs, and one person in how many it is given."""

    years: Callable[[int, int], Lived]
    module: str
    package: str
    share: int = 1
    install: str = EXTRA


PROGRAMS = {
    "kokuho": Program(years=kokuho_years, module="sim", package="kokuho-sim"),
    "numpy": Program(years=numpy_years, module="numpy", package="numpy"),
    "starsim": Program(years=starsim_years, module="starsim", package="starsim"),
    "neworder": Program(
        years=neworder_years,
        module="neworder",
        package="neworder",
        install="pip install -c constraints.txt neworder",  # compiles for two minutes: needs a C++ compiler
    ),
    "mesa-frames": Program(
        years=mesa_frames_years,
        module="mesa_frames",
        package="mesa-frames",
        install=f"{EXTRA} && pip install --no-deps mesa-frames==0.1.0a0",  # asks for numpy 1, runs with 2
    ),
    "vivarium": Program(years=vivarium_years, module="vivarium", package="vivarium", share=20),
    "mesa": Program(years=mesa_years, module="mesa", package="mesa", share=100),
}


def missing(program: Program) -> str:
    """Return how to install a program that is not there, or ""."""
    return "" if importlib.util.find_spec(program.module) else program.install


def lived_apart(name: str, size: int, years: int, threads: int) -> Lived:
    """Run a program in a process of its own and return its years. `size`: people; for our own model N of 1/N."""
    command = [sys.executable, "-m", "benchmarks.peers", name, str(size), str(years)]
    done = subprocess.run(command, env=environment(threads), capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{name}: {done.stderr.strip()[-2000:]}")
    return {what: [Year(**y) for y in found] for what, found in json.loads(done.stdout.splitlines()[-1]).items()}


def nanoseconds(years: Sequence[Year], kind: str) -> list[float]:
    """Return the nanoseconds a person of some years; kind "wall" or "cpu"."""
    return [getattr(y, kind) / y.people * 1e9 for y in years]


def row(what: str, package: str, rounds: dict[int, list[list[Year]]]) -> dict[str, object]:
    """Return the figures of a program: threads -> rounds -> years. The first year of each round is told apart."""
    some = rounds[min(rounds)][0]
    lived = sum(y.people for y in some)
    later = {n: [y for years in own for y in years[1:]] for n, own in rounds.items()}
    return {
        "program": what,
        "version": version(package),
        "people": some[0].people,
        "births_per_1000": sum(y.births for y in some) / lived * 1000,
        "deaths_per_1000": sum(y.deaths for y in some) / lived * 1000,
        "wall_ns": {n: median(nanoseconds(years, "wall")) for n, years in later.items()},
        "cpu_ns": {n: median(nanoseconds(years, "cpu")) for n, years in later.items()},
        "least_wall_ns": {n: min(nanoseconds(years, "wall")) for n, years in later.items()},
        "least_cpu_ns": {n: min(nanoseconds(years, "cpu")) for n, years in later.items()},
        "first_year_ns": {n: median(nanoseconds([y[0] for y in own], "wall")) for n, own in rounds.items()},
    }


def measure(sample: int, years: int, rounds: int) -> tuple[list[dict[str, object]], dict[str, str]]:
    """Return a row for each program, and of those that are not installed how to install them."""
    absent = {name: how for name, program in PROGRAMS.items() if (how := missing(program))}
    found: dict[tuple[str, str], dict[int, list[list[Year]]]] = {}
    people = 0
    for _ in range(rounds):
        for threads in sorted({1, threads_here()[-1]}):
            for name, program in PROGRAMS.items():
                if name in absent:
                    continue
                size = sample if name == "kokuho" else people // program.share
                for what, lived in lived_apart(name, size, years, threads).items():
                    found.setdefault((what, program.package), {}).setdefault(threads, []).append(lived)
                    people = people or lived[0].people
    return [row(what, package, own) for (what, package), own in found.items()], absent


def goals(rows: Sequence[dict[str, object]]) -> list[str]:
    """Return a sentence for each goal and variant of starsim.

    The least of the years is compared, which a busy machine moves least: of processor time on one thread, of the clock
    on several.
    """
    own = {str(r["program"]): r for r in rows}
    told = []
    for what, times in GOALS.items():
        for theirs in (name for name in own if name.startswith(GOAL) and what in own):
            for n in own[what]["wall_ns"]:
                kind, words = ("least_wall_ns", f"clock on {n} threads")
                if n == 1:
                    kind, words = "least_cpu_ns", "processor time on 1 thread"
                ratio = own[what][kind][n] / own[theirs][kind][n]
                verdict = "met" if ratio <= times else "missed"
                told.append(f"- {what}, {words}: {ratio:.2f} times {theirs}; goal at most {times:g}: {verdict}")
    return told


def shown(rows: Sequence[dict[str, object]], absent: dict[str, str]) -> str:
    """Return table, goals and what was left out, in Markdown."""
    lines = [
        {
            "program": str(r["program"]),
            "version": str(r["version"]),
            "people": f"{r['people']:,}",
            "processor time, 1 thread": f"{r['cpu_ns'][1]:,.1f}",
            "its least year": f"{r['least_cpu_ns'][1]:,.1f}",
            **{f"clock, {n} thread{'s' if n > 1 else ''}": f"{ns:,.1f}" for n, ns in r["wall_ns"].items()},
            "clock, first year, 1 thread": f"{r['first_year_ns'][1]:,.0f}",
            "births ‰": f"{r['births_per_1000']:.2f}",
            "deaths ‰": f"{r['deaths_per_1000']:.2f}",
        }
        for r in sorted(rows, key=lambda r: r["least_cpu_ns"][1])
    ]
    left = [f"- left out, not installed: {name} (`{how}`)" for name, how in absent.items()]
    return table(lines) + "\nGoals, told and not tuned for:\n\n" + "\n".join((*goals(rows), *left)) + "\n"


def main(arguments: Sequence[str]) -> int:
    options = argparse.ArgumentParser(prog="python -m benchmarks peers", description=__doc__)
    options.add_argument("--sample", type=int, default=1, help="as many people as one household in N holds")
    options.add_argument("--years", type=int, default=YEARS)
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--page", type=Path, default=PAGE)
    options.add_argument("--out", type=Path, default=Path("results/peers.json"))
    chosen = options.parse_args(arguments)
    busy = Busy()
    rows, absent = measure(chosen.sample, chosen.years, chosen.rounds)
    where = machine(busy)
    chosen.out.parent.mkdir(parents=True, exist_ok=True)
    chosen.out.write_text(json.dumps({"machine": where, "rows": rows, "left_out": absent}, indent=1))
    later = f"Nanoseconds a person and year, median of years 2 to {chosen.years} of {chosen.rounds} round(s)."
    text = f"{where} {later}\n\n{shown(rows, absent)}"
    write_section(chosen.page, "peers", text)
    print(text)
    return 0


if __name__ == "__main__":
    _name, _size, _years = sys.argv[1:]
    _lived = PROGRAMS[_name].years(int(_size), int(_years))
    print("\n" + json.dumps({what: [asdict(y) for y in years] for what, years in _lived.items()}))
