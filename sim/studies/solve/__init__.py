"""A solver: which values of a lever bring a figure of a year to its target, and what that takes beside the baseline.

A goal has levers, each with a range; they move together along one position from 0 (their first numbers) to 1 (their
second). Goals are solved one after the other: the levers of an earlier one stay where they were found. Both ends are
run first; where neither reaches the goal the search refuses and says how far it would come. Then the part between is
halved, always keeping an end that reaches the goal and one that does not, on the draws of one seed, so that two runs
differ by the levers only. The search runs on a sample; what it found is looked at once more at the size at which it is
to hold (`check`), and where a goal is missed there by so much, the search aims that much further (`rounds`).

    found = solve("scenarios/studies/deficits_on_schedule.yaml")
    found.tried      # every run: goal, position, sample, value
    found.takes()    # what it takes: figures by year, the base and the scenario found
    found.write(Path("results"))
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from textwrap import wrap
from typing import NamedTuple, Unpack

import numpy as np
import pandas as pd

from sim.core import language
from sim.core.errors import InputError
from sim.core.export import write_frame
from sim.core.units import era
from sim.outputs.folder import dump_yaml
from sim.outputs.manifest import now
from sim.outputs.studies import study_folder
from sim.parameters import Parameters
from sim.parameters.loader import OverrideKey
from sim.parameters.schema import Value, plain
from sim.scenario.scenario import load_scenario
from sim.studies.execution import Task, Workers, all_or_raise, execute
from sim.studies.solve.spec import Goal, Spec, read_spec

__all__ = ["Goal", "Solution", "Spec", "read_spec", "solve"]

TABLES = ("metropolis_year", "municipality_year", "rates")
FIGURES = {
    "discretionary_municipalities": "count",
    "discretionary_transfer": "yen",
    "billed_per_member": "yen/person",
    "income_rate": "share",
    "per_head": "yen/person",
    "collection_rate": "share",
    "arrears_closing": "yen",
    "arrears_household_share": "share",
    "standard_premium_per_head": "yen/person",
}
"""what a solution is set beside its base by; rates are those levied, all portions, weighted by the insured"""
_MILLION = 1e6
_WIDTH = 110
"""of the texts in the scenario it writes"""
Overrides = dict[OverrideKey, Value]
Tables = Mapping[str, pd.DataFrame]


class Tried(NamedTuple):
    """A run of the search, or of the look at its end."""

    goal: str
    position: float
    sample: int
    value: float
    reached: bool


@dataclass
class _Search:
    """A search on its way."""

    spec: Spec
    p: Parameters
    workers: Workers
    tried: list[Tried] = field(default_factory=list)

    def values(self, goal: Goal, fixed: Overrides, positions: Sequence[float], margin: float) -> list[float]:
        """Return the goal's figure with its levers at some positions, mean over the replicates."""
        each = [{**fixed, **goal.overrides(x, self.p, self.spec.last)} for x in positions]
        runs = self.lived([values for values in each for _ in range(self.spec.replicates)], self.spec.sample)
        figures = np.array([goal.read(tables) for tables in runs]).reshape(len(positions), -1).mean(axis=1)
        for x, value in zip(positions, figures.tolist(), strict=True):
            self.tried.append(Tried(str(goal), x, self.spec.sample, value, goal.reached(value, margin)))
        return figures.tolist()

    def lived(self, each: Sequence[Overrides], sample: int) -> list[Tables]:
        """Return the tables of runs with these values; those that follow one another are replicates."""
        s = self.spec
        count = s.replicates if sample > 1 else 1
        tasks = [
            Task(s.scenario, values, sample, s.seed, replicate=i % count, last=s.last) for i, values in enumerate(each)
        ]
        return [
            outcome.tables
            for outcome in all_or_raise(
                execute(tasks, TABLES, title=language.either("施策の値の探索", "search"), **self.workers)
            )
        ]

    def position(self, goal: Goal, fixed: Overrides, margin: float) -> float:
        """Return the position nearest to 0 that reaches the goal, to one part in 2^steps of the ranges."""
        ends = self.values(goal, fixed, (0.0, 1.0), margin)
        at_first, at_last = (goal.reached(value, margin) for value in ends)
        if at_first:
            return 0.0
        if not at_last:
            raise InputError(_refusal(goal, ends, margin))
        short, enough = 0.0, 1.0
        for _ in range(self.spec.steps):
            middle = (short + enough) / 2
            (value,) = self.values(goal, fixed, (middle,), margin)
            if goal.reached(value, margin):
                enough = middle
            else:
                short = middle
        return enough

    def positions(self, margins: Sequence[float]) -> tuple[list[float], Overrides]:
        """Return the positions of all goals, one solved after the other, and the values they put in force."""
        fixed: Overrides = {}
        found = []
        for goal, margin in zip(self.spec.goals, margins, strict=True):
            found.append(self.position(goal, fixed, margin))
            fixed |= goal.overrides(found[-1], self.p, self.spec.last)
        return found, fixed

    def look(self, positions: Sequence[float], values: Overrides, sample: int) -> list[float]:
        """Return the figures of all goals at the size at which the answer is to hold."""
        (tables,) = self.lived([values], sample)
        figures = [goal.read(tables) for goal in self.spec.goals]
        for goal, x, value in zip(self.spec.goals, positions, figures, strict=True):
            self.tried.append(Tried(str(goal), x, sample, value, goal.reached(value)))
        return figures


def _size(sample: int) -> str:
    return "full population" if sample == 1 else f"1/{sample} of the households"


def _refusal(goal: Goal, ends: Sequence[float], margin: float) -> str:
    first, last = (plain(round(value, 6)) for value in ends)
    aimed = f" (with {plain(round(margin, 6))} to spare, as the look at full size asks)" if margin else ""
    return (
        f"goal not reached: {goal}{aimed}. Over the ranges of its levers it goes from {first} to {last} "
        f"({goal.ranges()}). Widen a range, name further levers, or let them begin earlier"
    )


@dataclass(frozen=True)
class Solution:
    """What was found: positions and values of the levers, every run, and whether each goal is reached."""

    spec: Spec
    p: Parameters
    positions: tuple[float, ...]
    values: Overrides
    tried: pd.DataFrame
    runs: tuple[Tables, Tables]
    """tables of the base and of the scenario found, on the sample of the search"""
    looked: tuple[float, ...] = ()
    """figures of the goals at the size of `check`"""

    def goals(self) -> pd.DataFrame:
        """Return a row per goal: target, position of its levers, figures of base and solution, of the last look."""
        base, own = self.runs
        looked = self.looked or (np.nan,) * len(self.positions)
        rows = [
            (str(g), x, g.read(base), g.read(own), seen, g.reached(g.read(own) if np.isnan(seen) else seen))
            for g, x, seen in zip(self.spec.goals, self.positions, looked, strict=True)
        ]
        return pd.DataFrame(rows, columns=["goal", "position", "base", "found", "looked", "reached"])

    def levers(self) -> pd.DataFrame:
        """Return the values found: key, from, municipality (0 = all), value."""
        rows = [
            (key, era(year) if year else "all years", code or 0, value)
            for key, code, year, value in _spans(self.values)
        ]
        return pd.DataFrame(rows, columns=["key", "from", "municipality", "value"])

    def takes(self) -> pd.DataFrame:
        """Return what it takes: year, measure, unit, base, found, difference."""
        base, own = (figures(tables) for tables in self.runs)
        long = base.melt(ignore_index=False, var_name="measure", value_name="base").set_index("measure", append=True)
        long["found"] = own.melt(ignore_index=False, var_name="measure").set_index("measure", append=True)["value"]
        long["difference"] = long["found"] - long["base"]
        out = long.reset_index()
        out.insert(2, "unit", out["measure"].map(FIGURES))
        return out

    def scenario(self) -> str:
        """Return the scenario found as the text of its file, with a note of how it was found."""
        s = self.spec
        lines = [
            "# yaml-language-server: $schema=schema.json",
            f"# Found by kokuho solve {s.file} ({_size(s.sample)});",
            "# what else changes the model, changes what it takes:",
        ]
        for row in self.goals().itertuples():
            at = f", {plain(row.looked)} {_size(s.check or 1)}" if not np.isnan(row.looked) else ""
            found = f"{plain(round(row.found, 4))} (base {plain(round(row.base, 4))}{at})"
            lines.append(f"# {row.goal}: {found}, levers at {row.position:.4f} of their ranges")
        lines += [f"name: {s.name}", f"extends: {s.scenario}"]
        for name, texts in s.texts.items():
            lines.append(f"{name}:")
            for lang, text in texts.items():
                lines += [f"  {lang}: >-", *(f"    {line}" for line in wrap(text, _WIDTH, break_long_words=False))]
        lines += [f"source: {s.source}"] if s.source else []
        return "\n".join([*lines, "policy:", *_policy(self.values)]) + "\n"

    def write(self, out: Path) -> Path:
        """Write the scenario and the tables into a new folder, `out`/studies/solve/<time>-...; return it."""
        folder = study_folder(out, "solve", [self.spec.name], self.spec.sample, self.tried.to_csv(index=False))
        frames = {"goals": self.goals(), "levers": self.levers(), "takes": self.takes(), "tried": self.tried}
        for name, frame in frames.items():
            write_frame(frame.assign(sample=self.spec.sample), folder / f"{name}.csv")
        (folder / f"{self.spec.name}.yaml").write_text(self.scenario(), encoding="utf-8")
        about = {"name": self.spec.name, "scenario": self.spec.scenario, "parameters": self.p.digest(), "made": now()}
        dump_yaml(folder / "study.yaml", about)
        return folder


def solve(
    study: str | Path | Spec, *, sample: int | None = None, check: int | None = None, **workers: Unpack[Workers]
) -> Solution:
    """Search and return what was found; InputError where a goal cannot be reached.

    sample, check  in place of those of the file: 1 = the full population, N = one household in N

    >>> from pathlib import Path
    >>> lines = ["name: smaller", "scenario: baseline", "sample: 2000", "check: 2000", "rounds: 1", "to: R4"]
    >>> goal = "{measure: collection_rate, year: R4, at_least: 0.5, levers: {payment.base: {values: [-2.5, -2.4]}}}"
    >>> _ = Path("smaller.yaml").write_text(chr(10).join([*lines, f"goals: [{goal}]"]))
    >>> sim.solve("smaller.yaml", jobs=1, progress=False).goals()["reached"].tolist()
    [True]
    """
    spec = study if isinstance(study, Spec) else read_spec(study)
    given = {name: value for name, value in (("sample", sample), ("check", check)) if value is not None}
    spec = Spec(**{**vars(spec), **given})
    register = Parameters.load()
    p = register.with_overrides(load_scenario(spec.scenario).overrides(register))
    search = _Search(spec, p, workers)
    margins = [0.0] * len(spec.goals)
    positions, values = search.positions(margins)
    looked: list[float] = []
    for again in range(spec.rounds + 1 if spec.check is not None else 0):
        looked = search.look(positions, values, spec.check or 1)
        if again == spec.rounds or all(g.reached(x) for g, x in zip(spec.goals, looked, strict=True)):
            break
        sampled = search.lived([values] * spec.replicates, spec.sample)
        for i, goal in enumerate(spec.goals):
            gap = looked[i] - float(np.mean([goal.read(tables) for tables in sampled]))
            margins[i] = gap if goal.sense == "at_most" else -gap
        positions, values = search.positions(margins)
    base, own = (search.lived([each], spec.sample)[0] for each in ({}, values))
    return Solution(
        spec, p, tuple(positions), values, pd.DataFrame(search.tried, columns=Tried._fields), (base, own), tuple(looked)
    )


def figures(tables: Tables) -> pd.DataFrame:
    """Return the figures of FIGURES by year."""
    year = tables["metropolis_year"].set_index("year")
    rates = tables["rates"][tables["rates"]["kind"] == "actual"]
    whole = rates.groupby(["year", "code"])[["income_part", "per_head"]].sum().reset_index()
    members = tables["municipality_year"][["year", "code", "member_months"]]
    joined = whole.merge(members, on=["year", "code"]).astype(float)
    weight = joined["member_months"]
    sums = pd.DataFrame(
        {
            "year": joined["year"].astype(int),
            "income_rate": joined["income_part"] / _MILLION * weight,
            "per_head": joined["per_head"] * weight,
            "weight": weight,
        }
    )
    means = sums.groupby("year").sum()
    frame = year.assign(**{name: means[name] / means["weight"] for name in ("income_rate", "per_head")})
    return frame[list(FIGURES)].astype(float)


def _spans(values: Overrides) -> list[tuple[str, int | None, int | None, Value]]:
    """Return (key, code, year, value) where a value begins, in order of key, municipality and year."""
    out: list[tuple[str, int | None, int | None, Value]] = []
    for key, year, code in sorted(values, key=lambda k: (k[0], k[2] or 0, k[1] or 0)):
        value = values[key, year, code]
        if not out or out[-1][:2] != (key, code) or out[-1][3] != value:
            out.append((key, code, year, value))
    return out


def _policy(values: Overrides) -> list[str]:
    """Return the lines of a scenario that set these values."""
    by_key: dict[str, dict[int | None, dict[int | None, Value]]] = {}
    for key, code, year, value in _spans(values):
        by_key.setdefault(key, {}).setdefault(code, {})[year] = value
    return [f"  {key}: {_written(places)}" for key, places in by_key.items()]


def _written(places: dict[int | None, dict[int | None, Value]]) -> str:
    texts = {code: _by_year(years) for code, years in places.items()}
    if list(texts) == [None]:
        return texts[None]
    return "{" + ", ".join(f"{'all' if code is None else code}: {text}" for code, text in texts.items()) + "}"


def _by_year(years: dict[int | None, Value]) -> str:
    if list(years) == [None]:
        return plain(years[None])
    return "{" + ", ".join(f"{era(year)}: {plain(value)}" for year, value in years.items() if year) + "}"
