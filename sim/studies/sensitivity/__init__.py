"""Which parameters a result hangs on: Morris screening, Sobol indices, Latin hypercube, one at a time.

    study = sensitivity("scenarios/studies/screening.yaml")   # or a Spec
    study.indices         # tidy: output, parameter, and the indices of the method with their intervals
    study.learned()       # a sentence per output
    study.plot("rate")
    study.write(Path("results"))

All points share random numbers, so that what differs between points is the parameters; what noise alone does is
measured apart, by runs of the centre with other seeds, and shown as `noise`. Designs and indices come from SALib and
scipy. Finished points are kept, so a study that was killed goes on where it was.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict, Unpack

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.core import language
from sim.core.colours import BLUE, GREY, RED
from sim.core.export import replacing, write_frame
from sim.core.sample import banner
from sim.outputs.folder import dump_yaml
from sim.outputs.manifest import now
from sim.outputs.studies import study_folder
from sim.parameters import Parameters
from sim.scenario.scenario import load_scenario
from sim.studies.execution import Task, Workers, all_or_raise, execute
from sim.studies.sensitivity.spec import METHODS, Factor, Output, Spec, read_spec

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["METHODS", "Factor", "Output", "Spec", "Study", "analyse", "design", "read_spec", "sensitivity", "variable"]

Points = NDArray[np.float64]

MAIN = {"morris": "mu_star", "sobol": "ST", "lhs": "rank_correlation", "one_at_a_time": "swing"}
"""the index by which parameters are ranked"""


def design(spec: Spec, centre: Sequence[float]) -> Points:
    """Return float64[points, factors]: where the model is to be looked at."""
    from SALib.sample import morris, sobol
    from scipy.stats import qmc

    bounds = np.array([[f.low, f.high] for f in spec.factors])
    if spec.method == "morris":
        return np.asarray(morris.sample(_problem(spec), spec.trajectories, num_levels=4, seed=spec.seed), float)
    if spec.method == "sobol":
        return np.asarray(
            sobol.sample(_problem(spec), spec.trajectories, calc_second_order=False, seed=spec.seed), float
        )
    if spec.method == "lhs":
        drawn = qmc.LatinHypercube(len(spec.factors), rng=np.random.default_rng(spec.seed)).random(spec.trajectories)
        return qmc.scale(drawn, bounds[:, 0], bounds[:, 1])
    points = [np.array(centre, float)]
    for i in range(len(spec.factors)):
        for end in bounds[i]:
            moved = np.array(centre, float)
            moved[i] = end
            points.append(moved)
    return np.array(points)


def analyse(spec: Spec, points: Points, values: Points) -> pd.DataFrame:
    """Return the indices of one output: parameter, then what the method knows, best first.

    morris         mu (mean effect over the range), mu_star (mean of its size) with mu_star_half, sigma (interaction)
    sobol          S1, S1_half, ST, ST_half: share of the variance by the parameter alone, and with all others
    lhs            rank_correlation (partial, Spearman), low, high
    one_at_a_time  at_low, at_high: the output at the ends, swing: their distance
    """
    from SALib.analyze import morris, sobol

    names = [f.key for f in spec.factors]
    if spec.method == "one_at_a_time":
        ends = values[1:].reshape(-1, 2)
        table = pd.DataFrame({"at_low": ends[:, 0], "at_high": ends[:, 1], "centre": values[0]})
        table["swing"] = (table["at_high"] - table["at_low"]).abs()
    elif np.ptp(values) == 0:
        table = pd.DataFrame({MAIN[spec.method]: np.zeros(len(names))})
    elif spec.method == "morris":
        found = morris.analyze(_problem(spec), points, values, num_levels=4, seed=spec.seed)
        table = pd.DataFrame({k: np.asarray(found[k], float) for k in ("mu", "mu_star", "sigma")})
        table["mu_star_half"] = np.asarray(found["mu_star_conf"], float)
    elif spec.method == "sobol":
        found = sobol.analyze(_problem(spec), values, calc_second_order=False, seed=spec.seed)
        table = pd.DataFrame({k: np.asarray(found[k], float) for k in ("S1", "ST")})
        table["S1_half"], table["ST_half"] = found["S1_conf"], found["ST_conf"]
    else:
        table = _partial_ranks(points, values)
    table.insert(0, "parameter", names)
    return table.sort_values(MAIN[spec.method], key=lambda x: -x.abs(), ignore_index=True)


def _partial_ranks(points: Points, values: Points) -> pd.DataFrame:
    """Return partial rank correlations with 95 % intervals (Fisher's z)."""
    from scipy.stats import norm, rankdata

    ranks = np.column_stack([*(rankdata(column) for column in points.T), rankdata(values)])
    precision = np.linalg.pinv(np.corrcoef(ranks, rowvar=False))
    r = -precision[:-1, -1] / np.sqrt(np.diag(precision)[:-1] * precision[-1, -1])
    half = norm.ppf(0.975) / np.sqrt(max(1, len(values) - points.shape[1] - 2))
    z = np.arctanh(np.clip(r, -0.999999, 0.999999))
    return pd.DataFrame({"rank_correlation": r, "low": np.tanh(z - half), "high": np.tanh(z + half)})


class _Problem(TypedDict):
    """A study as SALib wants it described."""

    num_vars: int
    names: list[str]
    bounds: list[list[float]]


def _problem(spec: Spec) -> _Problem:
    return {
        "num_vars": len(spec.factors),
        "names": [f.key for f in spec.factors],
        "bounds": [[f.low, f.high] for f in spec.factors],
    }


@dataclass(frozen=True)
class Study:
    """A finished study: the points, the outputs at the points, and the outputs of the centre with other seeds.

    centre  outputs of the centre among the households of the points, one row; in a sample told by control totals they
            are on the level of everybody, while `repeats` have all the noise of the sample
    """

    spec: Spec
    points: pd.DataFrame
    outputs: pd.DataFrame
    repeats: pd.DataFrame
    centre: pd.DataFrame = field(default_factory=pd.DataFrame)

    @cached_property
    def indices(self) -> pd.DataFrame:
        """Indices of every output, tidy; `noise`: its standard deviation by noise alone, `level`: at the centre."""
        x = self.points.to_numpy(float)
        parts = []
        for output in self.outputs:
            table = analyse(self.spec, x, self.outputs[output].to_numpy(float))
            noise = float(self.repeats[output].std(ddof=1)) if len(self.repeats) > 1 else float("nan")
            level = float(self.centre[output].iloc[0]) if len(self.centre) else float("nan")
            parts.append(table.assign(output=output, noise=noise, level=level))
        found = pd.concat(parts, ignore_index=True)
        return found[["output", "parameter", *(c for c in found if c not in ("output", "parameter"))]]

    def learned(self, count: int = 3) -> dict[str, str]:
        """Return a sentence per output: which parameters matter most, and the noise beside them."""
        main = MAIN[self.spec.method]
        said = {}
        for output, rows in self.indices.groupby("output", sort=False):
            best = "; ".join(f"{r['parameter']} ({main} {r[main]:.4g})" for _, r in rows.head(count).iterrows())
            low, high = self.outputs[output].min(), self.outputs[output].max()
            noise = rows["noise"].iloc[0]
            if language.current() == language.JA:
                noisy = "" if np.isnan(noise) else f"（偶然の変動の標準偏差 {noise:.4g}）"
                said[str(output)] = f"{output}：{low:.5g}〜{high:.5g}{noisy}。影響の大きいパラメータ：{best}"
                continue
            noisy = "" if np.isnan(noise) else f", noise alone moves it by {noise:.4g} (standard deviation)"
            said[str(output)] = f"{output} lies between {low:.5g} and {high:.5g}{noisy}; most of it by {best}"
        return said

    def plot(self, output: str | None = None, axes: Axes | None = None) -> Axes:
        """Draw the indices of an output as bars, widest first, with intervals; return the matplotlib axes."""
        import matplotlib.pyplot as plt
        import matplotlib_fontja  # noqa: F401  registers a Japanese font

        noise = "偶然の変動（標準偏差）" if language.written() == language.JA else "noise (sd)"
        rows = self.indices[self.indices["output"] == (output or self.outputs.columns[0])].iloc[::-1]
        axes = axes or plt.figure(figsize=(7.2, 1.2 + 0.32 * len(rows)), layout="constrained").subplots()
        main = MAIN[self.spec.method]
        if self.spec.method == "one_at_a_time":
            left, width = rows["at_low"], rows["at_high"] - rows["at_low"]
            axes.barh(rows["parameter"], width, left=left, color=BLUE)
            axes.axvline(rows["centre"].iloc[0], color="#000000", lw=1)
        else:
            half = rows.get(f"{main}_half")
            axes.barh(rows["parameter"], rows[main], xerr=half, color=BLUE, ecolor=GREY, capsize=3)
            if self.spec.method == "morris" and rows["noise"].notna().all():
                axes.axvline(rows["noise"].iloc[0], color=RED, ls="--", lw=1, label=noise)
                axes.legend(loc="lower left", bbox_to_anchor=(0.0, 1.0), frameon=False)
        axes.set_xlabel(f"{main}: {output or self.outputs.columns[0]}", parse_math=False)
        if said := banner(self.spec.sample, language.written()):
            axes.figure.supxlabel(said, fontsize=6, color=RED)
        axes.spines[["top", "right"]].set_visible(False)
        return axes

    def write(self, results: Path) -> Path:
        """Write points, outputs, indices (parquet and CSV), figures (SVG) and the spec; return the folder."""
        import matplotlib.pyplot as plt

        content = f"{self.spec}{self.outputs.to_csv(index=False)}"
        folder = study_folder(results, "sensitivity", [self.spec.name], self.spec.sample, content)
        both = pd.concat([self.points, self.outputs.add_prefix("→ ")], axis=1)
        for name, frame in (("points", both), ("indices", self.indices), ("repeats", self.repeats)):
            frame.to_parquet(folder / f"{name}.parquet", index=False)
            write_frame(frame.assign(sample=self.spec.sample), folder / f"{name}.csv")
        for output in self.outputs:
            figure = self.plot(str(output)).get_figure(root=True)
            assert figure is not None
            with replacing(folder / f"{output}.svg") as fresh:
                figure.savefig(fresh)
            plt.close(figure)
        ranges = {f.key: {"low": f.low, "high": f.high, "way": f.way, "from": f.since} for f in self.spec.factors}
        about = {"method": self.spec.method, "scenario": self.spec.scenario, "sample": self.spec.sample}
        dump_yaml(
            folder / "study.yaml",
            {
                "made": now(),
                **about,
                "seed": self.spec.seed,
                "runs": len(self.points),
                "ranges": ranges,
                "learned": self.learned(),
            },
        )
        return folder


def sensitivity(
    spec: str | Path | Spec,
    *,
    model: Callable[[Points], pd.DataFrame] | None = None,
    **workers: Unpack[Workers],
) -> Study:
    """Run a study and return it.

    `model` stands in for the simulation: a function of the points that returns one column per output. Raises
    ScenarioError for mistakes in the file, FailedRunsError if a point fails.

    >>> import numpy as np
    >>> from sim.studies.sensitivity import Factor, Output, Spec
    >>> rate = Output("rate", "metropolis_year", "collection_rate", (("year", 2023),))
    >>> factors = (Factor("payment.burden_elasticity", 0.1, 0.8), Factor("payment.catch_up", 0.4, 0.6))
    >>> spec = Spec(name="two", method="morris", factors=factors, outputs=(rate,), sample=2000, last=2023)
    >>> study = sim.sensitivity(spec, model=lambda x: pd.DataFrame({"rate": x[:, 0] + 0.1 * x[:, 1]}))
    >>> study.indices["parameter"].iloc[0]
    'payment.burden_elasticity'
    """
    chosen = spec if isinstance(spec, Spec) else read_spec(spec)
    p = load_parameters(chosen)
    centre = [f.centre(p) for f in chosen.factors]
    points = design(chosen, centre)
    frame = pd.DataFrame(points, columns=[f.key for f in chosen.factors])
    if model is not None:
        return Study(chosen, frame, model(points), pd.DataFrame(columns=[o.name for o in chosen.outputs], dtype=float))
    tasks = [_task(chosen, row, p, 0) for row in points]
    tasks.append(_task(chosen, centre, p, 0))
    tasks += [replace(_task(chosen, centre, p, r), controls=False) for r in range(chosen.noise)]
    done = execute(tasks, chosen.tables, title=f"{chosen.method} {chosen.name}", **workers)
    values = pd.DataFrame([{o.name: o.read(d.tables) for o in chosen.outputs} for d in all_or_raise(done)])
    count = len(points)
    outputs, middle, repeats = values.iloc[:count], values.iloc[count : count + 1], values.iloc[count + 1 :]
    return Study(chosen, frame, outputs, repeats.reset_index(drop=True), middle)


def load_parameters(spec: Spec) -> Parameters:
    """Return the register as the study's scenario sees it."""
    register = Parameters.load()
    return register.with_overrides(load_scenario(spec.scenario).overrides(register))


def _task(spec: Spec, x: Sequence[float], p: Parameters, replicate: int) -> Task:
    overrides = {
        k: v
        for f, value in zip(spec.factors, x, strict=True)
        for k, v in f.overrides(float(value), p, spec.last).items()
    }
    return Task(spec.scenario, overrides, sample=spec.sample, replicate=replicate, last=spec.last)


def variable(p: Parameters | None = None) -> pd.DataFrame:
    """Return every number of the register that is assumed or estimated and has a range: what a study can vary."""
    register = p or Parameters.load()
    rows = []
    for key, passport in sorted(register.passports.items()):
        value = passport.sample()
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if (
            number
            and passport.range
            and passport.range[0] < passport.range[1]
            and passport.status in ("assumed", "estimated")
        ):
            low, high = passport.range
            rows.append((key, passport.status, value, low, high, passport.unit, passport.label))
    return pd.DataFrame(rows, columns=["key", "status", "value", "low", "high", "unit", "label"])
