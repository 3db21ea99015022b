"""The plausible ensemble: parameter sets that meet the published results, and the ranges that follow from them.

History matching (scenarios/studies/ensemble.yaml says what is uncertain and what must be met):

1. The model is run over a Latin hypercube of the declared distributions in a small sample, each run with the households
   and draws of the baseline of that sample; an emulator of every difference is fitted to it (`calibrate.Emulator`).
2. What a set would give is the figure of the full run plus the emulated difference. A set is kept where it meets every
   published result that is matched within that figure's own band, the emulator's error and the baseline's own miss
   together: what the baseline misses no set is bent to meet. Sets come from the same distributions, so they weigh the
   same, keep the correlations the results call for, and stay wide where the results say nothing.
3. Kept sets are run, paired with the baseline again, or read from the surface of the design (`runs: 0`). The spread
   of the differences goes around the level of a run (`sim.outputs.ranges`); replicates of the baseline say how far
   draws alone move it.

Figures of role held_out enter nowhere; how many of them the ranges hold is told in `Plausible.coverage`. From those of
other families comes the error of the model itself, which is laid on top (`discrepancy`, decision 0094).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import Literal, NamedTuple, Unpack

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator
from scipy.stats import qmc

from sim.core import cache, language
from sim.core.errors import InputError, nearest
from sim.core.export import replacing, together
from sim.core.units import fiscal_year
from sim.engine import api
from sim.outputs import ranges
from sim.outputs.folder import dump_yaml
from sim.outputs.manifest import load_mapping, now
from sim.outputs.tables import HEADLINE
from sim.parameters import Parameters
from sim.parameters.loader import OverrideKey
from sim.parameters.schema import Value
from sim.parameters.shipped import located
from sim.scenario.document import read_plain
from sim.studies.backtest.spec import Range, placed
from sim.studies.calibrate import Emulator
from sim.studies.discrepancy import Errors, forecasts_of, read_declared
from sim.studies.execution import Outcome, Task, Workers, all_or_raise, execute
from sim.studies.sensitivity.spec import Factor
from sim.studies.validation import SUBJECTS, totals
from sim.studies.validation.figures import Figures

FILE = Path("scenarios/studies/ensemble.yaml")
TABLES = (
    "accounts",
    "care_by_nationality",
    "collection_places",
    "contribution",
    "cost_by_age",
    "cost_by_place",
    "cost_distribution",
    "flows",
    "health_checks",
    "high_cost",
    "household_groups",
    "members",
    "members_by_age",
    "metropolis_year",
    "metropolitan_account",
    "municipality_year",
    "provisional_account",
    "second_part",
)
"""tables the published figures and the ranges are read from"""
Subject = Callable[[Figures], list[dict[str, object]]]
"""published figures of a subject beside those of a run, as `validation` has them"""
COVERAGE, MEMBERS = "coverage.csv", "members.csv"
_CLOUD = 1 << 15
"""sets looked at on the emulators at a time"""
_CLOUDS = 64
Floats = NDArray[np.float64]


class Doubt(Range):
    """The range of a parameter, since when it is in doubt, and whether it is unknown or undecided."""

    part: Literal["behaviour", "costs", "membership", "institutions", "policy"]
    since: int | None = Field(default=None, alias="from")

    @field_validator("since", mode="before")
    @classmethod
    def _fiscal_year(cls, raw: object) -> int | None:
        return None if raw is None else fiscal_year(raw if isinstance(raw, int) else str(raw))

    def doubted(self, key: str) -> Factor:
        """Return the parameter as studies vary it."""
        for way in ("values", "add", "scale"):
            if ends := getattr(self, way):
                return Factor(key, ends[0], ends[1], way, self.since)
        raise AssertionError(key)


class Study(BaseModel):
    """A plausible ensemble as its file declares it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    scenario: str
    seed: int
    points: int = Field(ge=8)
    design_sample: int = Field(ge=1)
    keep: int = Field(ge=2)
    runs: int = Field(ge=0)
    sample: int = Field(ge=1)
    replicates: int = Field(ge=2)
    match: tuple[str, ...]
    parameters: dict[str, Doubt]

    @property
    def factors(self) -> list[Factor]:
        """The parameters as studies vary them, in the order of the file."""
        return [doubt.doubted(key) for key, doubt in self.parameters.items()]

    @property
    def policy(self) -> NDArray[np.bool_]:
        """Which parameters are decided rather than unknown."""
        return np.array([doubt.part == "policy" for doubt in self.parameters.values()])

    def sets(self, u: Floats, p: Parameters) -> Floats:
        """Return where numbers between 0 and 1 put the parameters; float64[sets, parameters]."""
        pairs = zip(self.factors, self.parameters.values(), strict=True)
        return np.column_stack([placed(u[:, i], doubt, factor, p) for i, (factor, doubt) in enumerate(pairs)])

    def scaled(self, x: Floats) -> Floats:
        """Return parameters on the scale of their ranges, -1 to 1."""
        low, high = np.array([[f.low, f.high] for f in self.factors]).T
        return 2 * (x - low) / (high - low) - 1


class Goals(NamedTuple):
    """Published results that must be met: names, values, bands, and what the full run gives."""

    names: list[str]
    published: Floats
    bands: Floats
    level: Floats


def read_study(path: Path | str | None = None) -> Study:
    """Return the ensemble of a file, the shipped one if none is given; InputError says every mistake with its key."""
    file = located(path or FILE)
    try:
        study = Study.model_validate(read_plain(file, "study"))
    except ValidationError as error:
        lines = [f"{file}: {'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors()]
        raise InputError("\n".join(lines)) from None
    register = Parameters.load()
    unknown = [key for key in study.parameters if key not in register.passports]
    if unknown:
        said = [f"{file}: parameters.{k}: no such parameter{nearest(k, register.passports)}" for k in unknown]
        raise InputError("\n".join(said))
    last = api.plan(study.scenario).last
    wrong = [(f.key, f.objection(register, last)) for f in study.factors]
    if lines := [f"{file}: parameters.{key}: {said}" for key, said in wrong if said]:
        raise InputError("\n".join(lines))
    return study


def met(points: Floats, differences: Floats, goals: Goals, cloud: Floats) -> NDArray[np.bool_]:
    """Return which sets of a cloud meet every goal.

    points, cloud  float64[runs or sets, parameters], scaled to -1 ... 1
    differences    float64[runs, goals]: run less baseline in the same sample
    """
    fits = np.ones(len(cloud), bool)
    miss = goals.level - goals.published
    for i in range(len(goals.names)):
        emulator = Emulator.of(points, differences[:, i])
        tolerance = np.sqrt(goals.bands[i] ** 2 + emulator.error**2 + miss[i] ** 2)
        fits &= np.abs(miss[i] + emulator(cloud)) <= tolerance
    return fits


def chosen(study: Study, p: Parameters, points: Floats, differences: Floats, goals: Goals) -> tuple[Floats, float]:
    """Return the sets that are kept, in parameter units, and the share of those looked at that meet the goals."""
    found, seen, hits = [], 0, 0
    sobol = qmc.Sobol(len(study.parameters), rng=np.random.default_rng(study.seed + 1))
    for _ in range(_CLOUDS):
        cloud = study.sets(np.clip(sobol.random(_CLOUD), 1e-9, 1 - 1e-9), p)
        good = cloud[met(points, differences, goals, study.scaled(cloud))]
        seen, hits = seen + len(cloud), hits + len(good)
        found.append(good)
        if hits >= study.keep:
            return np.vstack(found)[: study.keep], hits / seen
    raise InputError(
        f"{hits} of {seen} sets meet the results that are matched; {study.keep} are wanted. Ranges and results "
        "contradict each other: widen ranges or match fewer figures"
    )


@dataclass(frozen=True)
class Plausible:
    """A finished ensemble: its sets, the spread that follows, and how the figures kept aside lie in the ranges."""

    study: Study
    sets: pd.DataFrame
    spread: pd.DataFrame
    coverage: pd.DataFrame
    matched: pd.DataFrame
    errors: Errors
    """of the model itself, in the spread and in the coverage"""
    members: pd.DataFrame
    """what each set gives: set, and the headline figures of the last year"""
    about: Mapping[str, object]

    def narrowed(self) -> pd.DataFrame:
        """Return by parameter the range, the middle 90 % of the sets, and by how much they are closer together."""
        p = Parameters.load()
        rows = []
        u = qmc.Sobol(len(self.study.parameters), rng=np.random.default_rng(0)).random(1 << 12)
        before = self.study.sets(np.clip(u, 1e-9, 1 - 1e-9), p).std(axis=0)
        for i, f in enumerate(self.study.factors):
            low, high = self.sets[f.key].quantile([0.05, 0.95])
            narrower = 1 - float(self.sets[f.key].std()) / float(before[i])
            rows.append((f.key, f.way, f.low, f.high, float(low), float(high), narrower))
        return pd.DataFrame(rows, columns=["parameter", "way", "from", "to", "low", "high", "narrowed"])

    def keep(self, region: Path) -> Path:
        """Put sets, spread and passport into the folder of a region, for all runs of it; return where."""
        return self.write(region / ranges.FOLDER)

    def write(self, home: Path) -> Path:
        """Write the sets, the spread, what it covers and the passport into a folder; return it."""
        home.mkdir(parents=True, exist_ok=True)
        frames = {ranges.SETS: self.sets, ranges.SPREAD: self.spread, COVERAGE: self.coverage}
        frames[MEMBERS] = self.members
        with together():
            for name, frame in frames.items():
                with replacing(home / name) as fresh:
                    frame.to_csv(fresh, index=False, lineterminator="\n", float_format="%.6g")
            with replacing(home / ranges.ABOUT) as passport:
                dump_yaml(passport, dict(self.about))
        return home


@dataclass(frozen=True)
class _Read:
    """What is read of one run: figures with a range, and published figures by their name."""

    cells: pd.Series
    published: pd.DataFrame
    result: str
    """digest of the figures with a range"""

    @classmethod
    def of(cls, outcome: Outcome, sample: int, prefecture: int, subjects: Sequence[Subject]) -> _Read:
        cells = ranges.cells(outcome.tables, prefecture)
        return cls(cells, judged(outcome.tables, sample, subjects), ranges.digest(cells))

    def figures(self, like: _Read) -> Floats:
        """Return all figures in the order of another run's, float64."""
        published = self.published["simulated"].reindex(like.published.index)
        return np.concatenate([self.cells.reindex(like.cells.index).to_numpy(float), published.to_numpy(float)])


def judged(tables: Mapping[str, pd.DataFrame], sample: int, subjects: Sequence[Subject] = SUBJECTS) -> pd.DataFrame:
    """Return the published results beside those of a run: by id role, year, published, simulated, band."""
    figures = Figures.from_tables(tables.__getitem__, sample)
    rows = pd.DataFrame([row for subject in subjects for row in subject(figures)])
    wanted = (rows["basis"] == "result") & rows["role"].isin(["fitted", "held_out"]) & rows["simulated"].notna()
    return rows[wanted].drop_duplicates("id").set_index("id")


def ensemble(path: Path | str | None = None, *, level: int = 1, **workers: Unpack[Workers]) -> Plausible:
    """Draw, match and run the plausible ensemble of a region; finished runs are used again.

    level  one household in N for the run that gives the level, 1 for everybody
    """
    study = read_study(path)
    p = Parameters.load()
    prefecture = p.region.code

    def lived(tasks: Sequence[Task], title: str, subjects: Sequence[Subject] = SUBJECTS) -> list[_Read]:
        done = all_or_raise(execute(tasks, TABLES, title=title, **workers))
        return [_Read.of(o, o.task.sample or 1, prefecture, subjects) for o in done]

    def task(sample: int, values: Mapping[OverrideKey, Value] | None = None) -> Task:
        return Task(study.scenario, values or {}, sample=sample, controls=False)

    full, small, base = (lived([task(n)], "baseline")[0] for n in (level, study.design_sample, study.sample))
    goals = goals_of(study, full.published)
    cube = qmc.LatinHypercube(len(study.parameters), rng=np.random.default_rng(study.seed)).random(study.points)
    points = study.sets(cube, p)
    last = api.plan(study.scenario).last
    subjects = (totals.rows,) if study.runs else SUBJECTS
    design = lived([task(study.design_sample, _overrides(study, row, p, last)) for row in points], "design", subjects)
    differences = np.array([_gap(d.published, small.published, goals.names) for d in design])
    sets, share = chosen(study, p, study.scaled(points), differences, goals)
    if study.runs:
        members = lived(tasks_of(study, sets, p, last), "plausible sets")
    else:
        base, members = small, surface(study, points, small, design, sets)
    noise = lived(replicates_of(study), "replicates")
    return _finished(study, sets, Lived(full, base, members, noise), goals, share, level)


def tasks_of(study: Study, sets: Floats, p: Parameters, last: int) -> list[Task]:
    """Return the runs of kept sets, as many as the study wants."""
    wanted = sets[: study.runs] if study.runs else sets
    return [
        Task(study.scenario, _overrides(study, row, p, last), sample=study.sample, controls=False) for row in wanted
    ]


def replicates_of(study: Study) -> list[Task]:
    """Return the runs of the baseline with other households and draws."""
    return [Task(study.scenario, {}, sample=study.sample, replicate=r, controls=False) for r in range(study.replicates)]


def surface(study: Study, points: Floats, base: _Read, design: Sequence[_Read], sets: Floats) -> list[_Read]:
    """Return what the kept sets would give by the linear surface through the runs of the design.

    The distance of a run from the surface, drawn among the runs with all its figures together, goes on top: what the
    surface does not follow, and the chance of a sample, stay in.
    """
    terms, at = (np.hstack([np.ones((len(x), 1)), study.scaled(x)]) for x in (points, sets))
    gaps = np.array([d.figures(base) - base.figures(base) for d in design])
    weights = np.linalg.pinv(terms) @ gaps
    off = (gaps - terms @ weights) * np.sqrt(len(terms) / max(len(terms) - terms.shape[1], 1))
    drawn = np.random.default_rng(study.seed + 2).integers(len(off), size=len(sets))
    given, n = at @ weights + off[drawn], len(base.cells)
    return [
        _Read(base.cells + row[:n], base.published.assign(simulated=base.published["simulated"] + row[n:]), base.result)
        for row in given
    ]


class Lived(NamedTuple):
    """The runs of an ensemble: the level, the baseline of the sample, the sets, the baseline with other draws."""

    full: _Read
    base: _Read
    members: list[_Read]
    noise: list[_Read]


def goals_of(study: Study, published: pd.DataFrame) -> Goals:
    """Return the results that are matched; InputError for a pattern that names none."""
    fitted = published[published["role"] == "fitted"]
    for pattern in study.match:
        if not any(fnmatch(name, pattern) for name in fitted.index):
            raise InputError(f"match: no published result of role fitted is called '{pattern}' in this region")
    mine = fitted[[any(fnmatch(name, pattern) for pattern in study.match) for name in fitted.index]]
    columns = (mine[c].to_numpy(float) for c in ("published", "band", "simulated"))
    return Goals(list(mine.index), *columns)


def _overrides(study: Study, x: Floats, p: Parameters, last: int) -> dict[OverrideKey, Value]:
    pairs = zip(study.factors, x, strict=True)
    return {key: value for f, at in pairs for key, value in f.overrides(float(at), p, last).items()}


def overrides_of(
    study: Study, sets: pd.DataFrame, last: int | None, without: Collection[str] = ()
) -> list[dict[OverrideKey, Value]]:
    """Return what each row of kept sets (`ranges.SETS`) sets in the register; parameters `without` stay as they are."""
    p, end = Parameters.load(), last or api.plan(study.scenario).last
    rows = [_overrides(study, row, p, end) for row in sets[list(study.parameters)].to_numpy(float)]
    return [{key: value for key, value in row.items() if key[0] not in without} for row in rows]


def _gap(mine: pd.DataFrame, base: pd.DataFrame, names: Sequence[str]) -> Floats:
    gap = mine["simulated"].reindex(names) - base["simulated"].reindex(names)
    return gap.to_numpy(float)


def _finished(study: Study, sets: Floats, runs: Lived, goals: Goals, share: float, level: int) -> Plausible:
    p = Parameters.load()
    plan = api.plan(study.scenario, sample=level, controls=False)
    values = pd.DataFrame(sets, columns=list(study.parameters)).assign(weight=1 / len(sets))
    values.insert(0, "set", range(1, len(sets) + 1))
    lived = sets[: len(runs.members)]
    coverage, spread = _covered(study, lived, runs, p), _spread(study, lived, runs, p)
    held = coverage[coverage["role"] == "held_out"]
    about: dict[str, object] = {
        "made": now(),
        "scenario": study.scenario,
        "region": p.region.name,
        "kept": len(sets),
        "runs": study.runs,
        "sample": study.sample,
        "design": {"points": study.points, "sample": study.design_sample, "met": float(f"{share:.4g}")},
        "replicates": len(runs.noise),
        "level": level,
        "matched": goals.names,
        "held_out": len(held),
        "held_out_within_90": int(held["within"].sum()),
        "result": runs.full.result,
        "code": cache.code_digest(),
        "register": plan.parameters.register().digest(),
    }
    members = pd.DataFrame([_last_year(m.cells, p.region.code, plan.last) for m in runs.members])
    members.insert(0, "set", range(1, len(members) + 1))
    return _with_error(Kept(study, values, spread, coverage, members, about), runs.full.cells)


def _last_year(cells: pd.Series, prefecture: int, year: int) -> pd.Series:
    """Return the headline figures of a year, by measure."""
    mine = cells[(cells.index.get_level_values("code") == prefecture) & (cells.index.get_level_values("year") == year)]
    return mine.droplevel(["code", "year"]).loc[lambda figures: figures.index.isin([*HEADLINE])]


class Kept(NamedTuple):
    """An ensemble without the error of the model."""

    study: Study
    sets: pd.DataFrame
    spread: pd.DataFrame
    coverage: pd.DataFrame
    members: pd.DataFrame
    about: Mapping[str, object]


def _with_error(plain: Kept, level: pd.Series) -> Plausible:
    """Return the ensemble with the error of the model in its spread and beside the results kept aside.

    level  the figures of the run it was made with, by measure, code and year
    """
    study, sets, spread, coverage, members, about = plain
    region = Parameters.load().region
    errors = Errors.of(coverage, forecasts_of(region.folder), read_declared())
    keys = pd.MultiIndex.from_frame(spread[["measure", "code", "year"]])
    spread = spread.assign(level=level.reindex(keys).to_numpy(float), model=errors.of_cells(spread, region.code))
    judged = errors.judged(coverage)
    told = coverage.merge(judged[["id", *_JUDGED]], on="id", how="left")
    inside = int(judged["within_model"].sum())
    names = about["matched"]
    assert isinstance(names, list)
    matched = coverage[coverage["id"].isin(names)]
    about = {**about, "held_out_within_90_with_model": inside}
    return Plausible(study, sets, spread, told, matched, errors, members, about)


_JUDGED = ("class", "family", "model", "low_model", "high_model", "within_model")


def kept(path: Path | str | None = None, **workers: Unpack[Workers]) -> Plausible:
    """Return the ensemble the region keeps, the error of the model worked out anew; only the baseline is run.

    InputError where the baseline gives other figures than those the ensemble was made with.
    """
    study, region = read_study(path), Parameters.load().region
    home = region.folder / ranges.FOLDER
    if not (home / ranges.ABOUT).is_file():
        raise InputError(f"{home} keeps no ensemble; kokuho calibrate --ensemble --keep makes one")
    about = load_mapping(home / ranges.ABOUT)
    task = Task(study.scenario, {}, sample=int(str(about["level"])))
    (full,) = all_or_raise(execute([task], TABLES, title=language.either("基準シナリオ", "baseline"), **workers))
    return with_error_of(study, home, ranges.cells(full.tables, region.code))


def with_error_of(study: Study, home: Path, level: pd.Series) -> Plausible:
    """Return the ensemble of a folder with the error of the model, around the figures of a baseline."""
    about = load_mapping(home / ranges.ABOUT)
    if ranges.digest(level) != about["result"]:
        raise InputError(f"the baseline no longer gives the figures {home} was made with; leave out --kept")
    names = (ranges.SETS, ranges.SPREAD, COVERAGE, MEMBERS)
    sets, spread, coverage, members = (pd.read_csv(home / name) for name in names)
    coverage = coverage.drop(columns=[name for name in _JUDGED if name in coverage])
    return _with_error(Kept(study, sets, spread, coverage, members, about), level)


def _spread(study: Study, sets: Floats, runs: Lived, p: Parameters) -> pd.DataFrame:
    """Return the rows of spread.csv; figures the sample does not have for every set are left out.

    sets  those that were run
    """
    base = runs.base.cells
    keys = base.index
    names = keys.get_level_values("measure")
    share = np.array([ranges.unit_of(name) == "share" for name in names])
    rel = np.array([ranges.relative(name) for name in names])
    unit = np.where(rel, base.to_numpy(), 1.0)
    members = np.array([m.cells.reindex(keys).to_numpy() for m in runs.members])
    others = np.array([m.cells.reindex(keys).to_numpy() for m in runs.noise])
    with np.errstate(divide="ignore", invalid="ignore"):
        gaps, noise = (members - base.to_numpy()) / unit, others.std(axis=0, ddof=1) / unit / np.sqrt(study.sample)
    told = np.isfinite(gaps).all(axis=0) & np.isfinite(noise)
    few = (keys.get_level_values("code") != p.region.code) | ranges.of_groups(base)
    found = ranges.spread_of(gaps[:, told], noise[told], study.scaled(sets), study.policy, few[told])
    out = keys[told].to_frame(index=False).assign(relative=rel[told], share=share[told])
    return out.assign(**found)


def _covered(study: Study, sets: Floats, runs: Lived, p: Parameters) -> pd.DataFrame:
    """Return the published results with the 90 % range of each: role, year, published, simulated, low, high, within."""
    full = runs.full.published
    names = [n for n in full.index if n in runs.base.published.index]
    gaps = np.array([_gap(m.published, runs.base.published, names) for m in runs.members])
    others = np.array([m.published["simulated"].reindex(names).to_numpy(float) for m in runs.noise])
    told = np.isfinite(gaps).all(axis=0) & np.isfinite(others).all(axis=0)
    noise = others.std(axis=0, ddof=1) / np.sqrt(study.sample)
    rows = full.loc[names][["role", "year", "unit", "published", "simulated", "band"]][told].copy()
    plain = np.zeros(int(told.sum()), bool)
    found = ranges.spread_of(gaps[:, told], noise[told], study.scaled(sets), study.policy, plain)
    z = 1.6449 * noise[told]
    level = rows["simulated"].to_numpy(float)
    rows["low"] = level - np.hypot(np.maximum(-found["q05"], 0), z)
    rows["high"] = level + np.hypot(np.maximum(found["q95"], 0), z)
    rows["within"] = rows["published"].between(rows["low"], rows["high"])
    band = rows["band"].astype(float)
    rows["within_with_band"] = rows["published"].between(rows["low"] - band, rows["high"] + band)
    return rows.reset_index()


def said(found: Plausible) -> list[str]:
    """Return how far the figures kept aside lie in the ranges, and by how much the sets were narrowed."""
    held = _held(found)
    inside, wider, last = (int(held[name].sum()) for name in ("within", "within_with_band", "within_model"))
    n = max(len(held), 1)
    told = found.narrowed()
    tight = told[told["narrowed"] > NARROWED]["parameter"].tolist()
    if language.current() == language.JA:
        return [
            f"合わせるのに使わなかった公表値{len(held)}件のうち、モデルの誤差を含む90％区間に入るものは{last}件"
            f"（{last / n:.0%}）。誤差は同種の数値を除いて求めた。パラメータと乱数だけの区間に入るものは{inside}件"
            f"（{inside / n:.0%}）、それに許容幅を加えた区間に入るものは{wider}件（{wider / n:.0%}）。",
            f"公表値により狭まったパラメータ：{'、'.join(tight) or 'なし'}。その他は定めた範囲のままである。",
        ]
    return [
        f"{len(held)} published results that were not matched: {last} ({last / n:.0%}) lie in the 90 % range with the "
        f"error of the model, estimated without any figure of their own family; {inside} ({inside / n:.0%}) in what "
        f"parameters and noise alone make of it, {wider} ({wider / n:.0%}) in that widened by their own band.",
        f"The results narrow {', '.join(tight) or 'no parameter'}; all others stay as wide as declared.",
    ]


def _held(found: Plausible) -> pd.DataFrame:
    """Return the results kept aside."""
    return found.coverage[found.coverage["role"] == "held_out"]


def by_class(found: Plausible) -> pd.DataFrame:
    """Return by class how many results kept aside lie in their range: figures, families, without, with the error."""
    each = _held(found).groupby("class", sort=False)
    counts = {"figures": ("id", "size"), "families": ("family", "nunique"), "median_term": ("model", "median")}
    shares = {"parameters_and_noise": ("within", "mean"), "with_error_of_model": ("within_model", "mean")}
    out = each.agg(**counts, **shares).reset_index()
    for name in shares:
        out[name] = [f"{float(x):.0%}" for x in out[name]]
    return out


def _uneven(held: pd.DataFrame) -> str:
    """Return which classes are too narrow, and which so wide that they say little."""
    each = held.groupby("class", sort=False)
    inside, term = each["within_model"].mean().astype(float), each["model"].median()
    narrow = ", ".join(f"{name} ({inside[name]:.0%})" for name in inside.index if inside[name] < GOAL)
    wide = ", ".join(f"{name} ({term[name]:.0%})" for name in term.index if term[name] > _WIDE)
    return (
        f"Uneven: too narrow are {narrow or 'none'}; so wide that nearly anything lies inside (a term over half of the "
        f"figure or of the odds) {wide or 'none'}."
    )


GOAL = 0.85
"""least share of results a 90 % range should hold"""
_WIDE = 0.5


def widths(found: Plausible) -> pd.DataFrame:
    """Return the ranges of the last year: of the prefecture, and of the municipalities a region shows.

    wide  over half of the figure from end to end, of shares over ten points: of little use as they stand
    """
    p = Parameters.load()
    spread = found.spread[found.spread["year"] == found.spread["year"].max()]
    told = ranges.around(spread.set_index(["measure", "code", "year"])["level"], spread.drop(columns="level"), 1)
    names = {code: name for code, (_, name) in p.places().items()} | {p.region.code: ""}
    groups = told["measure"].str.contains("|", regex=False)
    shown = told[told["code"].isin([p.region.code, *p.region.shown]) & ~groups]
    share = np.array([ranges.unit_of(name) == "share" for name in shown["measure"]])
    wide = (shown["high90"] - shown["low90"]) / np.where(share, 1.0, shown["value"].abs()) > np.where(share, 0.1, 0.5)
    out = shown[["measure", "code", "value", "low90", "high90", *ranges.PARTS]].assign(wide=wide)
    out["code"] = out["code"].map(names)
    for part in ranges.PARTS:
        out[part] = [f"{float(x):.0%}" if x == x else "–" for x in out[part]]
    return out.rename(columns={"code": "of"})


NARROWED = 0.1
"""from which loss of spread on a parameter counts as told by the results"""


def page(found: Plausible) -> str:
    """Return docs/ranges.md: what the ranges are, what they cover and miss."""
    about, study = found.about, found.study
    held = _held(found)
    parts = [
        "# Ranges",
        "<!-- written by kokuho calibrate --ensemble --keep --page docs/ranges.md -->",
        f"Every run of {about['region']} shows 80 and 90 % ranges: the level is the run's own, the spread that of "
        f"{about['kept']} parameter sets that meet the published results, {_way(study)}; noise between seeds "
        f"({about['replicates']} replicates, brought to the size of the run) and the error of the model itself come on "
        "top. How: [decision 0093](decisions/0093-plausible-ensemble.md) and "
        "[0094](decisions/0094-error-of-the-model.md). What is uncertain, and why so much: "
        "`scenarios/studies/ensemble.yaml`.",
        f"Made {about['made']}; register {str(about['register'])[:16]}, code {str(about['code'])[:16]}.",
        "## Coverage",
        *said(found),
        "The goal is 85 to 95 %. Classes, families and estimator were written and committed before any range with the "
        "error of the model was computed ([decision 0094](decisions/0094-error-of-the-model.md)).",
        table_of(by_class(found)),
        _uneven(held),
        "Misses, the furthest first (in half-widths of the range):",
        table_of(_misses(held)),
        "All of them (low and high of parameters and noise; low model and high model with the error of the model):",
        table_of(_shown(held, ("low_model", "high_model", "within_model"))),
        "## The error of the model",
        "Half widths of 90 %, as parts of a figure or, for shares, of log-odds: level, of a figure no published result "
        "ties down; growth, in a year (it grows with the root of the years).",
        table_of(found.errors.table()),
        "## How wide the ranges are in the last year",
        "And which part of the variance each source makes. Wide: over half of the figure from end to end, of shares "
        "over ten points; of little use as they stand.",
        table_of(widths(found)),
        "## What was matched",
        f"{about['design']['met']:.1%} of the sets drawn meet all of these.",  # type: ignore[index]
        table_of(_shown(found.matched)),
        "## The sets",
        "Middle 90 % of the sets beside the declared range; narrowed: loss of standard deviation.",
        table_of(found.narrowed()),
    ]
    return "\n\n".join(parts) + "\n"


def _way(study: Study) -> str:
    """Return how the figures of the sets were found."""
    beside = "beside the baseline of the same households and draws"
    if study.runs:
        return f"{study.runs} of them run in a 1/{study.sample} sample {beside}"
    return (
        f"their figures read from the linear surface through {study.points} runs in a 1/{study.design_sample} sample "
        f"{beside}, the runs' distances from it on top"
    )


def _misses(held: pd.DataFrame) -> pd.DataFrame:
    """Return the figures outside their range, the furthest first."""
    out = held[held["within_model"] == False].copy()  # noqa: E712  a column of objects: not judged is neither
    middle, half = (out["low_model"] + out["high_model"]) / 2, (out["high_model"] - out["low_model"]) / 2
    out["off"] = (out["published"] - middle).abs() / half.where(half > 0)
    return _shown(out.sort_values("off", ascending=False), ("low_model", "high_model", "off"))


def _shown(rows: pd.DataFrame, more: tuple[str, ...] = ()) -> pd.DataFrame:
    return rows[["id", "unit", "published", "simulated", "low", "high", "within", "within_with_band", *more]]


def table_of(frame: pd.DataFrame) -> str:
    """Return a frame as a table of Markdown, numbers with five digits that count."""

    def cell(value: object) -> str:
        if isinstance(value, bool | np.bool_):
            return "yes" if value else "no"
        return (
            f"{value:,.5g}"
            if isinstance(value, float) and abs(value) < 1e5
            else (f"{value:,.0f}" if isinstance(value, float) else str(value))
        )

    head = "| " + " | ".join(str(c).replace("_", " ") for c in frame.columns) + " |"
    rows = ["| " + " | ".join(map(cell, row)) + " |" for row in frame.itertuples(index=False)]
    return "\n".join([head, "|" + "---|" * len(frame.columns), *rows])
