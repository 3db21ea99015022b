"""Calibration as a tool: fits parameters to published figures and says what the figures can and cannot tell.

A calibration file names parameters with ranges and targets with tolerances (see `scenarios/studies/payment_fit.yaml`).
The model is run over a Latin hypercube with the same draws everywhere; a polynomial emulator of each target, with its
own error from leaving points out, is fitted to the runs; the best point on the emulator is run for real and joins the
points, a few rounds. Then

intervals        history matching: where no target is missed by more than three times the tolerance, the emulator's
                 error and noise together; the middle 95 % of that region for each parameter
identifiability  singular values of the targets' slopes, ranges and tolerances as units: a direction below one moves no
                 target by its tolerance across its whole range, and is named

Nothing here is used by a run: a run reads what stands in the register. The result is a file of passports.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Unpack

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from ruamel.yaml import YAML
from scipy.optimize import least_squares
from scipy.stats import qmc

from sim.core import language
from sim.core.errors import ScenarioError, nearest
from sim.parameters import Parameters
from sim.parameters.loader import OverrideKey
from sim.parameters.schema import Value
from sim.scenario.document import Item, Mapping, Mistakes, Place, Text, plain_word, read_document, read_file, shown
from sim.scenario.scenario import load_scenario
from sim.studies.execution import Task, Workers, all_or_raise, execute
from sim.studies.sensitivity.spec import LARGEST, Factor, Output, Reader

Floats = NDArray[np.float64]

FIELDS = ("name", "scenario", "sample", "to", "points", "rounds", "seed", "noise", "parameters", "targets")
IMPLAUSIBLE = 3.0
_CLOUD = 1 << 14
"""points of the parameter space looked at on the emulators"""
_NUMBERS = {"points": (4, 10_000), "rounds": (0, 20)}


@dataclass(frozen=True)
class Target:
    """A published figure, how far from it is still right, and where the model shows it."""

    output: Output
    value: float
    tolerance: float
    source: str = ""

    @property
    def name(self) -> str:
        return self.output.name


@dataclass(frozen=True)
class Calibration:
    """What is fitted to what, and how many runs it may take."""

    name: str
    factors: tuple[Factor, ...]
    targets: tuple[Target, ...]
    scenario: str = "baseline"
    sample: int = 100
    last: int = 2023
    points: int = 24
    rounds: int = 3
    seed: int = 1
    noise: int = 4


@dataclass(frozen=True)
class Emulator:
    """A polynomial of the parameters, scaled to -1 … 1, by least squares; `error` from leaving points out."""

    quadratic: bool
    weights: Floats
    error: float

    @classmethod
    def of(cls, x: Floats, y: Floats) -> Emulator:
        """Fit to runs; squares and products are used where there are half as many points again as terms."""
        n, k = x.shape
        quadratic = n >= 1.5 * (1 + 2 * k + k * (k - 1) / 2)
        terms = _terms(x, quadratic)
        hat = terms @ np.linalg.pinv(terms)
        left_out = (y - hat @ y) / np.maximum(1 - np.diag(hat), 1e-6)
        return cls(quadratic, np.linalg.pinv(terms) @ y, float(np.sqrt(np.mean(left_out**2))))

    def __call__(self, x: Floats) -> Floats:
        return _terms(x, self.quadratic) @ self.weights


def _terms(x: Floats, quadratic: bool) -> Floats:
    parts = [np.ones((len(x), 1)), x]
    if quadratic:
        i, j = np.triu_indices(x.shape[1])
        parts.append(x[:, i] * x[:, j])
    return np.hstack(parts)


@dataclass(frozen=True)
class Fitted:
    """A finished calibration; `x` are the runs in parameter units, `y` the targets they gave, `noise` at the best."""

    spec: Calibration
    x: Floats
    y: Floats
    noise: Floats
    before: dict[str, float] = field(default_factory=dict)

    @cached_property
    def _bounds(self) -> Floats:
        return np.array([[f.low, f.high] for f in self.spec.factors])

    def scaled(self, x: Floats) -> Floats:
        low, high = self._bounds.T
        return 2 * (x - low) / (high - low) - 1

    @cached_property
    def emulators(self) -> list[Emulator]:
        return [Emulator.of(self.scaled(self.x), column) for column in self.y.T]

    @cached_property
    def _goal(self) -> tuple[Floats, Floats]:
        return np.array([t.value for t in self.spec.targets]), np.array([t.tolerance for t in self.spec.targets])

    def misses(self, y: Floats) -> Floats:
        """Return how far from the targets, in tolerances."""
        value, tolerance = self._goal
        return (y - value) / tolerance

    @cached_property
    def best(self) -> int:
        """The run that comes nearest to the targets."""
        return int((self.misses(self.y) ** 2).sum(axis=1).argmin())

    def proposal(self) -> Floats:
        """Return the point that is best on the emulators, in parameter units."""

        def goal(z: Floats) -> Floats:
            return self.misses(np.array([e(z[None, :])[0] for e in self.emulators]))

        start = np.clip(self.scaled(self.x[[self.best]])[0], -0.999, 0.999)
        found = least_squares(goal, start, bounds=(-1.0, 1.0))
        low, high = self._bounds.T
        return low + (found.x + 1) / 2 * (high - low)

    @cached_property
    def not_ruled_out(self) -> Floats:
        """Points of the parameter space that no target rules out, in parameter units; may be empty."""
        z = qmc.Sobol(len(self.spec.factors), rng=np.random.default_rng(self.spec.seed)).random(_CLOUD) * 2 - 1
        value, tolerance = self._goal
        sd = self.noise.std(axis=0, ddof=1) if len(self.noise) > 1 else np.zeros(len(value))
        worst = np.zeros(len(z))
        for i, emulator in enumerate(self.emulators):
            spread = np.sqrt(tolerance[i] ** 2 + emulator.error**2 + sd[i] ** 2)
            worst = np.maximum(worst, np.abs(emulator(z) - value[i]) / spread)
        low, high = self._bounds.T
        return low + (z[worst < IMPLAUSIBLE] + 1) / 2 * (high - low)

    def parameters(self) -> pd.DataFrame:
        """Return parameter, before, best, low, high (95 % of what is not ruled out), narrowed (share of the range)."""
        rows = []
        for i, f in enumerate(self.spec.factors):
            cloud = self.not_ruled_out[:, i]
            low, high = np.quantile(cloud, [0.025, 0.975]) if len(cloud) else (np.nan, np.nan)
            narrowed = 1 - (high - low) / (f.high - f.low) / 0.95
            rows.append((f.key, self.before.get(f.key, np.nan), self.x[self.best, i], low, high, narrowed))
        return pd.DataFrame(rows, columns=["parameter", "before", "best", "low", "high", "narrowed"])

    def fit(self) -> pd.DataFrame:
        """Return target, published, simulated, miss (in tolerances), noise (sd) and the emulator's error."""
        y = self.y[self.best]
        noise = self.noise.std(axis=0, ddof=1) if len(self.noise) > 1 else np.full(len(y), np.nan)
        rows = [
            (t.name, t.value, y[i], self.misses(y)[i], noise[i], self.emulators[i].error, t.source)
            for i, t in enumerate(self.spec.targets)
        ]
        return pd.DataFrame(
            rows, columns=["target", "published", "simulated", "miss", "noise", "emulator_error", "source"]
        )

    def identifiability(self) -> pd.DataFrame:
        """Return the directions of the parameter space, best told first: strength and what each consists of.

        strength  tolerances by which the targets move when the direction runs through its range
        told      whether the targets can tell it, strength above one
        """
        at, step = self.scaled(self.x[[self.best]])[0], 0.05
        slopes = np.empty((len(self.spec.targets), len(self.spec.factors)))
        for i, emulator in enumerate(self.emulators):
            for j in range(len(at)):
                up, down = at.copy(), at.copy()
                up[j], down[j] = at[j] + step, at[j] - step
                slopes[i, j] = (emulator(up[None, :])[0] - emulator(down[None, :])[0]) / (2 * step)
        _, strength, directions = np.linalg.svd(slopes * 2 / self._goal[1][:, None], full_matrices=True)
        strength = np.concatenate([strength, np.zeros(len(directions) - len(strength))])
        rows = []
        for s, d in zip(strength, directions, strict=True):
            order = np.argsort(-np.abs(d))
            said = " ".join(f"{d[j]:+.2f} {self.spec.factors[j].key}" for j in order if abs(d[j]) > 0.2)
            rows.append((float(s), bool(s > 1), said))
        return pd.DataFrame(rows, columns=["strength", "told", "direction"])

    def unidentified(self) -> list[str]:
        """Return sentences on what the targets could not tell."""
        said = [
            language.either(
                f"目標から定まらないもの：{row.direction}（目標の動きは許容幅の{row.strength:.2g}倍）",
                f"not told by these targets: {row.direction} (moves them by {row.strength:.2g} tolerances)",
            )
            for row in self.identifiability().itertuples()
            if not row.told
        ]
        if not len(self.not_ruled_out):
            said.append(
                language.either(
                    "すべての点が除外された。範囲、目標、モデルのいずれかが互いに矛盾している",
                    "every point is ruled out: the ranges, the targets or the model contradict each other",
                )
            )
        return said

    def passports(self, p: Parameters) -> str:
        """Return a parameter file: the passports of the fitted keys with value, range and what they were fitted to."""
        goals = "; ".join(f"{t.name} {t.value:g}" for t in self.spec.targets)
        content: dict[str, dict[str, object]] = {}
        for row in self.parameters().itertuples():
            domain, _, name = str(row.parameter).partition(".")
            old = p.passport(str(row.parameter))
            value = round(row.best) if isinstance(old.sample(), int) else float(f"{row.best:.6g}")
            interval = [float(f"{row.low:.4g}"), float(f"{row.high:.4g}")]
            inside = [min(interval[0], value), max(interval[1], value)] if np.isfinite(row.low) else None
            content.setdefault(domain, {})[name] = {
                "label": old.label,
                "unit": old.unit,
                "status": "estimated",
                "source": ";".join(
                    dict.fromkeys(["own_calculation", *(t.source for t in self.spec.targets if t.source)])
                ),
                "value": value,
                "range": inside or list(old.range or ()),
                "fitted_to": f"{goals} ({self.spec.name}, 1/{self.spec.sample} sample, {len(self.x)} runs)",
            }
        stream = io.StringIO()
        yaml = YAML()
        yaml.width = 120
        yaml.dump(content, stream)
        return stream.getvalue()


def calibrate(
    spec: str | Path | Calibration,
    *,
    model: Callable[[Floats], Floats] | None = None,
    **workers: Unpack[Workers],
) -> Fitted:
    """Run a calibration and return it.

    `model` stands in for the simulation: a function of points [n, factors] that returns targets [n, targets]. Raises
    ScenarioError for mistakes in the file, FailedRunsError if a run fails.

    >>> def model(x):                                        # three parameters in, three figures out
    ...     return 0.9 + 0.01 * x
    >>> fitted = sim.calibrate("scenarios/studies/payment_fit.yaml", model=model)
    >>> len(fitted.spec.factors), fitted.y.shape[1]
    (3, 3)
    """
    chosen = spec if isinstance(spec, Calibration) else read_calibration(spec)
    register = Parameters.load()
    p = register.with_overrides(load_scenario(chosen.scenario).overrides(register))
    low, high = np.array([[f.low, f.high] for f in chosen.factors]).T
    drawn = qmc.LatinHypercube(len(low), rng=np.random.default_rng(chosen.seed)).random(chosen.points)
    before = {f.key: f.centre(p) for f in chosen.factors}
    x = np.vstack([list(before.values()), low + drawn * (high - low)])

    def run(points: Floats, replicates: list[int]) -> Floats:
        if model is not None:
            return model(points)
        tasks = [_task(chosen, row, p, r) for row, r in zip(points, replicates, strict=True)]
        tables = tuple(sorted({t.output.table for t in chosen.targets}))
        done = execute(tasks, tables, title=language.either(f"{chosen.name} の推定", f"fit {chosen.name}"), **workers)
        return np.array([[t.output.read(o.tables) for t in chosen.targets] for o in all_or_raise(done)])

    none = np.empty((0, len(chosen.targets)))
    found = Fitted(chosen, x, run(x, [0] * len(x)), none, before)
    for _ in range(chosen.rounds):
        point = found.proposal()[None, :]
        found = Fitted(chosen, np.vstack([found.x, point]), np.vstack([found.y, run(point, [0])]), none, before)
    if model is None and chosen.noise > 1:
        again = np.repeat(found.x[[found.best]], chosen.noise, axis=0)
        found = Fitted(chosen, found.x, found.y, run(again, list(range(chosen.noise))), before)
    return found


def _task(spec: Calibration, x: Floats, p: Parameters, replicate: int) -> Task:
    overrides: dict[OverrideKey, Value] = {}
    for factor, value in zip(spec.factors, x, strict=True):
        overrides |= factor.overrides(float(value), p, spec.last)
    return Task(spec.scenario, overrides, sample=spec.sample, replicate=replicate, last=spec.last, controls=False)


def read_calibration(path: str | Path, parameters: Parameters | None = None) -> Calibration:
    """Return the calibration of a file; raises ScenarioError with every mistake in it."""
    mistakes = Mistakes()
    file = Path(path)
    text = read_file(file, mistakes, "calibration file")
    root = read_document(text, shown(file), mistakes, "calibration file") if text is not None else None
    spec = (
        _CalibrationReader(parameters or Parameters.load(), mistakes, shown(file)).calibration(root) if root else None
    )
    if mistakes or spec is None:
        raise ScenarioError("\n".join(mistakes.lines()))
    return spec


class _CalibrationReader(Reader):
    def calibration(self, root: Mapping) -> Calibration | None:
        aims: list[Target] = []
        for key, item in root.entries.values():
            if not self.known(key, FIELDS):
                continue
            if key.text == "targets":
                aims = self._targets(item)
            else:
                self.take(key.text, item, _NUMBERS)
        self.needed(root, ("name", "parameters", "targets"))
        self.enough_points(root)
        self.judge(Calibration.last, Calibration.scenario)
        name = self.words.get("name")
        if self.mistakes or name is None:
            return None
        number = self.numbers.get
        return Calibration(
            name,
            tuple(self.varied),
            tuple(aims),
            scenario=self.words.get("scenario") or Calibration.scenario,
            sample=number("sample", Calibration.sample),
            last=number("to", Calibration.last),
            points=number("points", Calibration.points),
            rounds=number("rounds", Calibration.rounds),
            seed=number("seed", Calibration.seed),
            noise=number("noise", Calibration.noise),
        )

    def enough_points(self, root: Mapping) -> None:
        """Refuse fewer points than the emulator has terms: it could not know its own error."""
        least = len(self.varied) + 2
        given = self.numbers.get("points")
        n = Calibration.points if given is None else given
        if n < least:
            place = root.entries["points"][1].place if given is not None else Place(self.file)
            self.mistakes.add(
                place, f"points: {n} cannot tell {least - 2} parameters apart; at least {least} are needed"
            )

    def _targets(self, item: Item) -> list[Target]:
        if not isinstance(item, Mapping):
            self.mistakes.add(item.place, "targets are lines of 'name: {table: …, column: …, year: R4, published: ID}'")
            return []
        if not item.entries:
            self.mistakes.add(item.place, "no target; write 'name: {table: …, column: …, year: R4, published: ID}'")
        found = [self._target(key, value) for key, value in item.entries.values()]
        return [t for t in found if t is not None]

    def _target(self, key: Text, item: Item) -> Target | None:
        if not isinstance(item, Mapping):
            self.mistakes.add(item.place, f"target {key.text} needs table, column, year, published or value, tolerance")
            return None
        own = ("published", "value", "tolerance")
        cell = Mapping({k: v for k, v in item.entries.items() if k not in own}, item.place)
        output = self.output(key, cell)
        tolerance = self._number(item, "tolerance", key.place)
        value, source = self._published(item, key.place)
        if output is None or tolerance is None or value is None:
            return None
        return Target(output, value, tolerance, source)

    def _published(self, item: Mapping, place: Place) -> tuple[float | None, str]:
        """Return the figure and its source: the id of a published one, or a value of one's own."""
        if "published" in item.entries and "value" in item.entries:
            self.mistakes.add(item.entries["value"][0].place, "has both published and value; give one of them")
            return None, ""
        if "published" not in item.entries:
            return self._number(item, "value", place), ""
        named = item.entries["published"][1]
        table = self.p.table("targets.totals").set_index("id")
        if not isinstance(named, Text) or named.text not in table.index:
            word = named.text if isinstance(named, Text) else ""
            self.mistakes.add(named.place, f"no published figure '{word}'{nearest(word, list(table.index))}")
            return None, ""
        return float(table.loc[named.text, "value"]), str(table.loc[named.text, "source_id"])

    def _number(self, item: Mapping, name: str, place: Place) -> float | None:
        found = item.entries.get(name)
        try:
            number = float(plain_word(found[1].text)) if found and isinstance(found[1], Text) else float("nan")
        except ValueError:
            number = float("nan")
        if not abs(number) <= LARGEST or (name == "tolerance" and number <= 0):
            where = found[1].place if found else place
            words = (
                "a number above 0, in the unit of the figure" if name == "tolerance" else "a number, or published: ID"
            )
            self.mistakes.add(where, f"{name} is {words}")
            return None
        return number
