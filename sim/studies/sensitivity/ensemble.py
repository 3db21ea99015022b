"""Sobol and Morris indices on the plausible ensemble: what the answer for the last year hangs on.

    found = on_ensemble()       # the sets the region keeps and what they gave; nothing is run
    found.indices               # output, parameter, S1, ST with 95 % intervals, mu_star, sigma
    found.quality               # output: held-out R2 of the emulator, spread of the answer over the sets
    found.learned()             # a sentence per output

Kept sets are correlated, because published results hold together what they do not tell apart; Sobol's decomposition
wants independent inputs. So every parameter runs through the values it has in the kept sets, one independently of the
others: what the results say of each stays, what they say of pairs is dropped, and `correlated` names the pairs. The
answer at such points is that of an emulator, a quadratic ridge surface through the runs of the sets; `quality` has its
R2 on runs it had not seen. Intervals come from surfaces through runs drawn with replacement, so they hold the error of
the emulator and that of the design.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.core import language
from sim.core.colours import BLUE, GREY
from sim.core.errors import InputError
from sim.core.export import markdown_table, replacing
from sim.core.units import era
from sim.outputs import ranges
from sim.parameters import Parameters
from sim.studies import plausible

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Floats = NDArray[np.float64]
OUTPUTS = ("collection_rate", "discretionary_transfer", "contribution_per_head")
BASE_POINTS = 1024
"""points of the Sobol design; times parameters and two are looked at"""
TRAJECTORIES = 200
"""of the Morris design"""
RESAMPLES = 60
FOLDS = 10
_LEVELS = 8
_PENALTIES = (0.03, 0.3, 3.0, 30.0, 300.0)
_CORRELATED = 0.3
BEGIN, END = "<!-- begin: kokuho sensitivity --ensemble -->", "<!-- end: kokuho sensitivity --ensemble -->"
IMAGE = "images/sensitivity/ensemble.svg"


@dataclass(frozen=True)
class Surface:
    """A quadratic surface; linear and quadratic terms shrink by penalties of their own."""

    middle: Floats
    weights: Floats
    level: float

    @classmethod
    def of(cls, x: Floats, y: Floats, penalties: tuple[float, float] | None = None) -> Surface:
        """Fit y, float64[runs], over x, float64[runs, parameters] on a scale of about -1 to 1."""
        level, own = float(y.mean()), penalties or cls.chosen(x, y)
        terms = _terms(x)
        middle = terms.mean(axis=0)
        scaled = (terms - middle) / _root(x.shape[1], own)
        kernel = scaled @ scaled.T + np.eye(len(x))
        weights = scaled.T @ np.linalg.solve(kernel, y - level) / _root(x.shape[1], own)
        return cls(middle, weights, level)

    @staticmethod
    def chosen(x: Floats, y: Floats) -> tuple[float, float]:
        """Return the penalties of linear and quadratic terms whose surface is nearest to points left out."""
        terms = _terms(x) - _terms(x).mean(axis=0)
        k = x.shape[1]
        first, second = terms[:, :k] @ terms[:, :k].T, terms[:, k:] @ terms[:, k:].T
        off = y - y.mean()
        best, least = (1.0, 1.0), np.inf
        for a in _PENALTIES:
            for b in _PENALTIES:
                inverse = np.linalg.inv(first / a + second / b + np.eye(len(x)))
                error = float(np.mean((inverse @ off / np.diag(inverse)) ** 2))
                best, least = ((a, b), error) if error < least else (best, least)
        return best

    def __call__(self, x: Floats) -> Floats:
        return (_terms(x) - self.middle) @ self.weights + self.level


def _terms(x: Floats) -> Floats:
    i, j = np.triu_indices(x.shape[1])
    return np.hstack([x, x[:, i] * x[:, j]])


def _root(parameters: int, penalties: tuple[float, float]) -> Floats:
    pairs = parameters * (parameters + 1) // 2
    return np.sqrt(np.repeat(penalties, [parameters, pairs]))


def held_out_r2(x: Floats, y: Floats, seed: int) -> float:
    """Return R2 of surfaces on the runs each was not fitted to; penalties are chosen without them too."""
    fold = np.random.default_rng(seed).permutation(len(y)) % FOLDS
    said = np.empty(len(y))
    for i in range(FOLDS):
        said[fold == i] = Surface.of(x[fold != i], y[fold != i])(x[fold == i])
    return 1 - float(np.mean((said - y) ** 2) / y.var())


class _Problem(TypedDict):
    num_vars: int
    names: list[str]
    bounds: list[list[float]]


def _problem(names: Sequence[str]) -> _Problem:
    return {"num_vars": len(names), "names": list(names), "bounds": [[0.0, 1.0]] * len(names)}


def through(sets: Floats, u: Floats) -> Floats:
    """Return where numbers between 0 and 1 put parameters: at that quantile of their own values in the sets."""
    ordered = np.sort(sets, axis=0)
    at = np.linspace(0, 1, len(sets))
    return np.column_stack([np.interp(u[:, i], at, ordered[:, i]) for i in range(sets.shape[1])])


def indices(x: Floats, y: Floats, names: Sequence[str], seed: int) -> pd.DataFrame:
    """Return parameter, S1 and ST with _low and _high, mu_star, sigma of an output over the sets, the highest ST first.

    x  float64[runs, parameters] on the scale of their ranges; y float64[runs]
    """
    from SALib.analyze import morris, sobol
    from SALib.sample import morris as morris_points
    from SALib.sample import sobol as sobol_points

    problem = _problem(names)
    u = np.asarray(sobol_points.sample(problem, BASE_POINTS, calc_second_order=False, seed=seed), float)
    points = through(x, u)
    own = Surface.chosen(x, y)
    draws = np.random.default_rng(seed)

    def shares(surface: Surface, at: Floats) -> Floats:
        found = sobol.analyze(problem, surface(at), calc_second_order=False, num_resamples=2, seed=seed)
        return np.array([found["S1"], found["ST"]])

    surface = Surface.of(x, y, own)
    central = shares(surface, points)
    spread = []
    for _ in range(RESAMPLES):
        rows = draws.integers(len(x), size=len(x))
        block = draws.integers(BASE_POINTS, size=BASE_POINTS)
        again = points.reshape(BASE_POINTS, len(names) + 2, -1)[block].reshape(len(points), -1)
        spread.append(shares(Surface.of(x[rows], y[rows], own), again))
    low, high = np.quantile(np.array(spread), (0.025, 0.975), axis=0)
    table = pd.DataFrame({"parameter": list(names)})
    for i, name in enumerate(("S1", "ST")):
        table[name], table[f"{name}_low"], table[f"{name}_high"] = central[i], low[i], high[i]
    steps = np.asarray(morris_points.sample(problem, TRAJECTORIES, num_levels=_LEVELS, seed=seed), float)
    effects = morris.analyze(problem, steps, surface(through(x, steps)), num_levels=_LEVELS, seed=seed)
    table["mu_star"], table["sigma"] = np.asarray(effects["mu_star"], float), np.asarray(effects["sigma"], float)
    return table.sort_values("ST", ascending=False, ignore_index=True)


@dataclass(frozen=True)
class OnEnsemble:
    """The kept sets (on the scale of their ranges, -1 to 1) and what their runs gave in the last year."""

    year: int
    sets: pd.DataFrame
    outputs: pd.DataFrame
    noise: pd.Series
    """standard deviation of each output between other households and draws, in the size of these runs"""
    sample: int
    seed: int = 1

    @cached_property
    def indices(self) -> pd.DataFrame:
        """Indices of every output: output, parameter, S1, ST with their intervals, mu_star, sigma."""
        x, names = self.sets.to_numpy(float), list(self.sets)
        parts = [
            indices(x, self.outputs[name].to_numpy(float), names, self.seed).assign(output=name)
            for name in self.outputs
        ]
        found = pd.concat(parts, ignore_index=True)
        return found[["output", *(c for c in found if c != "output")]]

    @cached_property
    def quality(self) -> pd.DataFrame:
        """By output: spread over the sets and with independent parameters, held-out R2, widest intervals of indices."""
        x = self.sets.to_numpy(float)
        u = np.random.default_rng(self.seed).random((4096, x.shape[1]))
        rows = []
        for name in self.outputs:
            y = self.outputs[name].to_numpy(float)
            mine = self.indices[self.indices["output"] == name]
            halves = [float((mine[f"{i}_high"] - mine[f"{i}_low"]).max() / 2) for i in ("S1", "ST")]
            alone = float(Surface.of(x, y)(through(x, u)).std())
            r2 = held_out_r2(x, y, self.seed)
            rows.append((name, float(y.mean()), float(y.std()), alone, r2, float(self.noise[name]), *halves))
        columns = ["output", "mean", "sd", "sd_independent", "held_out_r2", "noise_sd", "S1_half", "ST_half"]
        return pd.DataFrame(rows, columns=columns)

    @property
    def correlated(self) -> list[tuple[str, str, float]]:
        """Pairs of parameters the results hold together, the closest first."""
        r = self.sets.corr()
        names = list(r)
        pairs = [(a, b, float(r.at[a, b])) for i, a in enumerate(names) for b in names[i + 1 :]]
        return sorted((p for p in pairs if abs(p[2]) > _CORRELATED), key=lambda p: -abs(p[2]))

    def learned(self, count: int = 4) -> list[str]:
        """Return a sentence per output: which parameters matter most."""
        said = []
        for output, rows in self.indices.groupby("output", sort=False):
            best = "; ".join(f"{r.parameter} (ST {r.ST:.2f})" for r in rows.head(count).itertuples())
            r2 = float(self.quality.set_index("output").at[output, "held_out_r2"])
            said.append(
                language.either(
                    f"{output}（{era(self.year)}年度）：{best}。近似式は、推定に用いていない計算のばらつきの{r2:.0%}を説明する",
                    f"{output}, {era(self.year)}: {best}; the emulator explains {r2:.0%} of runs it had not seen",
                )
            )
        return said

    def plot(self, count: int = 8) -> Figure:
        """Draw S1 and ST with their intervals, a panel an output, the widest first."""
        import matplotlib.pyplot as plt
        import matplotlib_fontja  # noqa: F401  registers a Japanese font

        figure = plt.figure(figsize=(7.2, 1.0 + 1.9 * self.outputs.shape[1]), layout="constrained")
        panels = figure.subplots(self.outputs.shape[1], 1, squeeze=False)[:, 0]
        for axes, output in zip(panels, self.outputs, strict=True):
            rows = self.indices[self.indices["output"] == output].head(count).iloc[::-1]
            at = np.arange(len(rows))
            for name, shift, colour in (("ST", 0.2, BLUE), ("S1", -0.2, GREY)):
                value = rows[name].to_numpy(float)
                ends = np.maximum([value - rows[f"{name}_low"], rows[f"{name}_high"] - value], 0)
                axes.barh(at + shift, value, 0.38, xerr=ends, color=colour, ecolor="#444444", capsize=2, label=name)
            axes.set_yticks(at, rows["parameter"], fontsize=7)
            axes.set_title(f"{output}, {era(self.year)}", fontsize=9, loc="left", parse_math=False)
            axes.set_xlim(0, 1)
            axes.spines[["top", "right"]].set_visible(False)
        axes.legend(loc="lower right", frameon=False, fontsize=7)
        axes.set_xlabel("share of the variance")
        return figure


def on_ensemble(path: Path | str | None = None) -> OnEnsemble:
    """Return what the figures of the last year hang on, from the sets a region keeps and what they gave; runs nothing.

    path  file of the ensemble [default: scenarios/studies/ensemble.yaml]
    """
    study, region = plausible.read_study(path), Parameters.load().region
    home = region.folder / ranges.FOLDER
    names = (ranges.SETS, plausible.MEMBERS, ranges.SPREAD)
    if lacking := [name for name in names if not (home / name).is_file()]:
        raise InputError(f"{home} lacks {', '.join(lacking)}: kokuho calibrate --ensemble --keep makes them")
    sets, members, spread = (pd.read_csv(home / name) for name in names)
    x = study.scaled(sets[list(study.parameters)].to_numpy(float))[: len(members)]
    last = int(spread["year"].max())
    mine = spread[(spread["code"] == region.code) & (spread["year"] == last)].set_index("measure").loc[list(OUTPUTS)]
    noise = mine["sd_noise"] * np.sqrt(study.sample) * np.where(mine["relative"], mine["level"], 1.0)
    scaled = pd.DataFrame(x, columns=list(study.parameters))
    return OnEnsemble(last, scaled, members[list(OUTPUTS)].astype(float), noise, study.sample)


def write_page(found: OnEnsemble, page: Path) -> Path:
    """Put tables and figure between the markers of a page; what stands outside them, the words, stays."""
    text = page.read_text(encoding="utf-8") if page.is_file() else f"{BEGIN}\n{END}\n"
    if text.count(BEGIN) != 1 or text.count(END) != 1 or text.index(BEGIN) > text.index(END):
        raise InputError(f"{page}: the page needs '{BEGIN}' and, after it, '{END}', once each")
    before, rest = text.split(BEGIN)
    after = rest.split(END)[1]
    image = page.parent / IMAGE
    image.parent.mkdir(parents=True, exist_ok=True)
    figure = found.plot()
    with replacing(image) as fresh:
        figure.savefig(fresh, format="svg")
    with replacing(page) as fresh:
        content = "\n".join([BEGIN, *_section(found), END])
        fresh.write_text(f"{before}{content}{after}", encoding="utf-8", newline="\n")
    return page


def _section(found: OnEnsemble, count: int = 8) -> list[str]:
    """Return what the command writes: how good the emulator is, indices by output, the figure."""
    quality = found.quality.copy()
    for name in ("mean", "sd", "sd_independent", "noise_sd"):
        quality[name] = [f"{x:,.4g}" if abs(x) < 1e4 else f"{x:,.0f}" for x in quality[name]]
    for name in ("held_out_r2", "S1_half", "ST_half"):
        quality[name] = [f"{x:.2f}" for x in quality[name]]
    lines = [
        "",
        f"{len(found.sets)} sets, runs of 1/{found.sample}, {era(found.year)}. `sd`: spread of the answer over the "
        "kept sets; `sd independent`: with every parameter moved independently of the others; `held out r2`: of the "
        "emulator, on runs it had not seen; `noise sd`: between other households and draws; `half`: widest half width "
        "of a 95 % interval of an index.",
        "",
        *markdown_table(quality.rename(columns=lambda name: name.replace("_", " "))),
        "",
        "Held together by the results, and moved apart here: "
        + "; ".join(f"`{a}` and `{b}` ({r:+.2f})" for a, b, r in found.correlated)
        + ".",
    ]
    for output, rows in found.indices.groupby("output", sort=False):
        shown = pd.DataFrame(
            {
                "parameter": [f"`{name}`" for name in rows["parameter"]],
                "S1": [f"{r.S1:.2f} ({r.S1_low:.2f}–{r.S1_high:.2f})" for r in rows.itertuples()],
                "ST": [f"{r.ST:.2f} ({r.ST_low:.2f}–{r.ST_high:.2f})" for r in rows.itertuples()],
                "mu*": [f"{x:,.4g}" if abs(x) < 1e4 else f"{x:,.0f}" for x in rows["mu_star"]],
                "sigma": [f"{x:,.4g}" if abs(x) < 1e4 else f"{x:,.0f}" for x in rows["sigma"]],
            }
        ).head(count)
        lines += ["", f"**{output}, {era(found.year)}**", "", *markdown_table(shown)]
    return [*lines, "", f"![S1 and ST on the plausible ensemble]({IMAGE})", ""]
