"""The study of the levers of collection and of cost: each against the baseline, what a yen brings back, and the loop.

Every variant lives with the same draws as the baseline of its replicate, so that a difference is an effect; over
replicates the differences give a mean and a 95 % interval (Student's t). The ranges of the assumed effect sizes
are shown beside it: each lever again with its effect at the lower and the upper end.

    study = levers(sample=100, replicates=4)
    study.effects()   # tidy: variant, year, measure, mean, low, high
    study.summary()   # one row per variant, in the last year
    study.write(Path("results"))
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache as once
from pathlib import Path
from typing import TypedDict, Unpack

import numpy as np
import pandas as pd

from sim.core import cache, language
from sim.core.errors import InputError, nearest
from sim.core.export import replacing, together, write_frame
from sim.core.quantiles import student
from sim.engine import api
from sim.outputs.folder import dump_yaml
from sim.outputs.manifest import now
from sim.outputs.studies import study_folder, written_studies
from sim.parameters import Parameters
from sim.parameters.loader import OverrideKey
from sim.parameters.places import prefectural
from sim.parameters.schema import Value
from sim.scenario.scenario import load_scenario
from sim.studies.ensemble import LEVEL
from sim.studies.execution import Task, Workers, all_or_raise, execute

COLLECTION = (
    "account_transfer",
    "reminders",
    "enforcement",
    "prepayment",
    "immigration_link",
    "cashless",
    "more_instalments",
    "relief_programme",
    "multilingual_notices",
    "collection_guidance",
)
CARE = (
    "health_checks",
    "kidney_prevention",
    "generics",
    "duplicate_drugs",
    "receipts_review",
    "third_party_claims",
    "elderly_health",
    "duplicate_tests",
)
ALL = (*COLLECTION, *CARE)
BASELINE, LOOP = "baseline", "feedback "
RELIEF = "relief_programme"
"""The lever that waives bills: what it brings is relief, and no money comes back."""
TOGETHER = {"together": tuple(name for name in COLLECTION if name != RELIEF), "together_care": CARE}
"""Levers of a kind at once."""
LOOP_FROM = 2023
"""R5, the first year in which the strength of the feedback is varied: most of the rise of burden came early."""
SIZES_FROM = 2026
"""R8, the first year in which a lever works and its effect size is varied."""
STRENGTHS = (0.0, 0.5, 2.5)
"""Strengths of the feedback beside 1: none, half, and the upper end of its range."""

EFFECTS: dict[str, tuple[str, ...]] = {
    "account_transfer": ("payment.account_effect",),
    "reminders": ("payment.sms_effect", "payment.voice_effect"),
    "enforcement": ("payment.capacity_effect", "payment.capacity_arrears_effect", "payment.capacity_returns"),
    "prepayment": ("payment.prepayment_compliance",),
    "immigration_link": ("payment.immigration_effect", "demography.renewal_refused"),
    "multilingual_notices": ("payment.multilingual_effect",),
    "collection_guidance": ("payment.guidance_effect",),
    "cashless": ("payment.cashless_effect",),
    "more_instalments": ("payment.instalment_effect",),
    "relief_programme": ("payment.income_drop_effect",),
    "health_checks": ("cost.checkup_effect", "cost.guidance_effect"),
    "kidney_prevention": ("cost.nephropathy_effect",),
    "generics": ("cost.generic_effect",),
    "duplicate_drugs": ("cost.duplicate_effect",),
    "receipts_review": ("cost.review_effect",),
    "third_party_claims": ("cost.third_party_effect",),
    "elderly_health": ("cost.integrated_effect",),
    "duplicate_tests": ("cost.sharing_effect",),
}
"""The sizes a lever rests on; varied over their ranges."""
HALF_OF_IT = ("payment.account_effect",)
"""Estimated sizes, whose range in the register is that of the fit: half and one and a half of the estimate instead."""

MEASURES = (
    "collection_rate",
    "burden",
    "collected",
    "arrears_collected",
    "arrears_closing",
    "arrears_household_share",
    "billed",
    "billed_per_member",
    "collection_cost",
    "standard_premium_per_head",
    "discretionary_transfer",
    "benefit",
    "programme_cost",
    "third_party_recovered",
    "effort",
)
SPENT = ("collection_cost", "programme_cost")
"""What levers cost: the collection drive, health programmes."""
BACK = {"collection": ("collected", "arrears_collected"), "care": ("saved", "third_party_recovered")}
"""What levers bring back, beside the incentive money they earn (effort); saved: benefits not paid.

Of a lever of care, lower premiums are no loss: they pass the saving on. Of a lever of collection, benefits are not
its doing.
"""
LEAST_SPENT = 1_000_000
"""yen over all years below which a lever counts as free and has no ratio"""
FOLDER = "levers"
_FILE, _PASSPORT = "runs.csv", "study.yaml"
_TABLES = ("metropolis_year", "household_groups", "municipality_year", "accounts")

Overrides = Mapping[OverrideKey, Value]


@dataclass(frozen=True)
class Run:
    """One run of the study: a variant, what it is paired with, the values it sets, the seed it lives with."""

    variant: str
    against: str
    overrides: Overrides
    replicate: int


class About(TypedDict):
    """How a study was made."""

    scenario: str
    levers: list[str]
    sample: int
    replicates: int
    seed: int
    last: int
    loop_from: int
    code: str
    parameters: str
    controls: str
    made: str


@dataclass(frozen=True)
class Study:
    """All runs of a study: one row per variant, replicate and year. `about` says how it was made."""

    runs: pd.DataFrame
    about: About

    def differences(self) -> pd.DataFrame:
        """Return variant less the run it is paired with, by replicate and year, one column per measure."""
        runs = self.runs.set_index(["variant", "replicate", "year"])
        own = runs[runs["against"] != ""]
        pairs = pd.MultiIndex.from_arrays(
            [own["against"], own.index.get_level_values("replicate"), own.index.get_level_values("year")]
        )
        measures = list(MEASURES)
        gap = own[measures].to_numpy() - runs.loc[pairs, measures].to_numpy()
        return pd.DataFrame(gap, index=own.index, columns=measures).reset_index()

    def effects(self) -> pd.DataFrame:
        """Return mean and 95 % interval of the differences, and the level they are effects on.

        Columns: variant, year, measure, mean, low, high, replicates, level (`levels`).
        """
        long = self.differences().melt(["variant", "replicate", "year"], var_name="measure")
        grouped = long.groupby(["variant", "year", "measure"], sort=False)["value"]
        out = grouped.agg(mean="mean", sd="std", replicates="count").reset_index()
        half = out["sd"] / np.sqrt(out["replicates"]) * out["replicates"].map(_t95)
        out["low"], out["high"] = out["mean"] - half, out["mean"] + half
        return out.drop(columns="sd").join(self.levels(), on=["variant", "year", "measure"])

    def levels(self) -> pd.Series:
        """Return the mean of the run each variant is paired with, by variant, year and measure.

        In samples told by control totals that is the level of the full baseline, and differences are effects on it.
        """
        base = self.runs.melt(["variant", "against", "replicate", "year"], list(MEASURES), var_name="measure")
        means = base.groupby(["variant", "year", "measure"])["value"].mean()
        pairs = base.loc[base["against"] != "", ["variant", "against", "year", "measure"]].drop_duplicates()
        found = means.reindex(pd.MultiIndex.from_frame(pairs[["against", "year", "measure"]])).to_numpy()
        return pd.Series(found, pd.MultiIndex.from_frame(pairs[["variant", "year", "measure"]]), name="level")

    def summary(self) -> pd.DataFrame:
        """Return one row per lever, together and strength of the loop: effects in the last year and money over all.

        rate            rise of the collection rate in the last year, share; low and high its 95 % interval
        least, most     the same with the effect size at the ends of its range (first replicate); empty if not varied
        premium, bill   change of the standard premium per head and of the bill per insured in the last year, yen
        arrears         change of the share of households in arrears in the last year
        spent, back     yen spent and brought back over all years (SPENT, BACK)
        ratio           yen back per yen spent, mean over replicates; ratio_low, _high its 95 % interval;
                        ratio_least, _most at the ends of the effect sizes; empty where nothing is spent
        """
        last = int(self.runs["year"].max())
        effects, money = self.effects().set_index(["variant", "measure", "year"]), self.money()
        return pd.DataFrame(
            [_summary(v, last, effects, money) for v in money.index.unique("variant") if not _is_end(v)]
        )

    def money(self) -> pd.DataFrame:
        """Return yen spent, brought back and their ratio over all years, by variant and replicate."""
        sums = self.differences().groupby(["variant", "replicate"], sort=False)[list(MEASURES)].sum()
        sums["saved"] = -sums["benefit"]
        variants = sums.index.get_level_values("variant")
        back = sums["effort"].copy()
        for kind, measures in BACK.items():
            of_kind = np.array([kind_of(v) == kind for v in variants])
            back += sums[list(measures)].sum(axis=1).where(of_kind, 0.0)
        spent = sums[list(SPENT)].sum(axis=1)
        return pd.DataFrame({"spent": spent, "back": back, "ratio": back / spent.where(spent > LEAST_SPENT)})

    def write(self, out: Path) -> Path:
        """Write runs, effects and summary into a new folder, `out`/studies/levers/<time>-...; return it."""
        content = f"{self.about}{self.runs.to_csv(index=False)}"
        folder = study_folder(out, FOLDER, self.about["levers"], int(self.about["sample"]), content)
        for name, frame in ((_FILE, self.runs), ("effects.csv", self.effects()), ("summary.csv", self.summary())):
            write_frame(frame.assign(sample=self.about["sample"]), folder / name)
        dump_yaml(folder / _PASSPORT, dict(self.about))
        return folder

    def keep(self, region: Path) -> Path:
        """Put runs and passport into the folder of a region, for the reports of its runs; return where."""
        home = region / FOLDER
        home.mkdir(exist_ok=True)
        with together(), replacing(home / _FILE) as runs, replacing(home / _PASSPORT) as passport:
            self.runs.to_csv(runs, index=False, lineterminator="\n")
            dump_yaml(passport, dict(self.about))
        return home

    @classmethod
    def read(cls, folder: Path) -> Study:
        """Return a written study."""
        from ruamel.yaml import YAML

        if not (folder / _PASSPORT).exists():
            raise InputError(f"{folder}: no study of levers there; kokuho levers writes one")
        about = YAML(typ="safe").load((folder / _PASSPORT).read_text(encoding="utf-8"))
        runs = pd.read_csv(folder / _FILE, keep_default_na=False).drop(columns="sample", errors="ignore")
        if missing := [m for m in MEASURES if m not in runs] + [k for k in ("scenario",) if k not in about]:
            raise InputError(f"{folder}: an earlier version made this study, without {missing[0]}; run kokuho levers")
        return cls(runs, about)


def kind_of(variant: str) -> str:
    """Return care for levers of care, their ends and all of them together, else collection."""
    name = variant.removesuffix(" least").removesuffix(" most")
    return "care" if name in CARE or TOGETHER.get(name) == CARE else "collection"


def _is_end(variant: str) -> bool:
    return variant.endswith((" least", " most"))


def _summary(variant: str, last: int, effects: pd.DataFrame, money: pd.DataFrame) -> dict[str, object]:
    """Return the row of a variant in `Study.summary`."""

    def ends(values: pd.Series, *at: object) -> list[float]:
        return sorted(float(values.get((f"{variant} {end}", *at), np.nan)) for end in ("least", "most"))

    mean = effects["mean"]
    rate, total = effects.loc[(variant, "collection_rate", last)], money.loc[variant]
    least, most = ends(mean, "collection_rate", last)
    ratio_least, ratio_most = ends(money["ratio"], 0)
    ratio, half = _interval(total["ratio"])
    return {
        "variant": variant,
        "kind": kind_of(variant),
        "rate": float(rate["mean"]),
        "low": float(rate["low"]),
        "high": float(rate["high"]),
        "least": least,
        "most": most,
        "premium": float(mean[variant, "standard_premium_per_head", last]),
        "bill": float(mean[variant, "billed_per_member", last]),
        "arrears": float(mean[variant, "arrears_household_share", last]),
        "spent": float(total["spent"].mean()),
        "back": float(total["back"].mean()),
        "ratio": ratio,
        "ratio_low": ratio - half,
        "ratio_high": ratio + half,
        "ratio_least": ratio_least,
        "ratio_most": ratio_most,
    }


def _interval(values: pd.Series) -> tuple[float, float]:
    """Return the mean over replicates and half its 95 % interval."""
    count = int(values.count())
    return float(values.mean()), float(values.std() / np.sqrt(max(count, 1)) * _t95(count))


@once
def _t95(count: int) -> float:
    return student(count - 1, (1 + LEVEL) / 2) if count > 1 else np.nan


def newest(results: Path) -> Path | None:
    """Return the folder of the newest study in a folder of results, or None."""
    return next(iter(written_studies(results, FOLDER, _PASSPORT)), None)


def kept(region: Path) -> Path | None:
    """Return the folder of the study that was kept with a region, or None."""
    return region / FOLDER if (region / FOLDER / _PASSPORT).is_file() else None


def levers(
    names: Sequence[str] = ALL,
    *,
    sample: int = 100,
    replicates: int = 4,
    seed: int | None = None,
    last: int | str | None = None,
    ranges: bool = True,
    **workers: Unpack[Workers],
) -> Study:
    """Run the study and return it; `names` are scenarios of payment or care, each one lever.

    ranges   also each lever with its effect at both ends of the assumed range
    workers  jobs, scheduler, progress: who does the runs (see `execution.execute`)

    >>> study = sim.levers(
    ...     ["reminders"], sample=2000, replicates=1, last="R9", ranges=False, jobs=1, progress=False
    ... )
    >>> study.summary()["variant"].iloc[0]
    'reminders'
    """
    unknown = [name for name in names if name not in EFFECTS]
    if unknown:
        raise InputError(f"no lever '{unknown[0]}'{nearest(unknown[0], EFFECTS) or '.'} Levers: {', '.join(EFFECTS)}")
    if replicates < 1:
        raise InputError(f"replicates is {replicates}; at least one, four or more for an interval")
    base = api.plan(BASELINE, sample=sample, seed=seed, last=last)
    runs = plan_runs(base, names, replicates, ranges)
    tasks = [Task(BASELINE, r.overrides, base.sample, base.seed, r.replicate, base.last) for r in runs]
    outcomes = all_or_raise(
        execute(tasks, _TABLES, title=language.either("分析の計算", "runs of the study"), **workers)
    )
    about: About = {
        "scenario": BASELINE,
        "levers": list(names),
        "sample": base.sample,
        "replicates": replicates,
        "seed": base.seed,
        "last": base.last,
        "loop_from": LOOP_FROM,
        "code": cache.code_digest(),
        "parameters": base.parameters.digest(),
        "controls": base.controls.digest,
        "made": now(),
    }
    return Study(pd.concat([_figures(r, o.tables) for r, o in zip(runs, outcomes, strict=True)]), about)


def plan_runs(base: api.Plan, names: Sequence[str], replicates: int, ranges: bool) -> list[Run]:
    """Return every run of the study: baseline, levers, together, loop; the ranges with the first replicate only."""
    register = base.parameters.register()
    each = {name: load_scenario(name).overrides(register) for name in names}
    variants: list[tuple[str, str, Overrides]] = [(BASELINE, "", {})]
    variants += [(name, BASELINE, changes) for name, changes in each.items()]
    for whole, of_kind in TOGETHER.items():
        chosen = [changes for name, changes in each.items() if name in of_kind]
        if len(chosen) > 1:
            variants.append((whole, BASELINE, {k: v for changes in chosen for k, v in changes.items()}))
    for strength in STRENGTHS:
        variants.append(
            (f"{LOOP}{strength:g}", BASELINE, _years("payment.feedback_strength", strength, LOOP_FROM, base.last))
        )
    runs = [Run(*variant, replicate) for replicate in range(replicates) for variant in variants]
    if ranges:
        runs += [Run(*variant, 0) for name in names for variant in _ends(register, name, each[name], base.last)]
    return runs


def _years(key: str, value: float, first: int, last: int) -> dict[OverrideKey, Value]:
    """Return overrides of a parameter from a first to a last year."""
    return {(key, year, None): value for year in range(first, last + 1)}


def _ends(register: Parameters, name: str, changes: Overrides, last: int) -> list[tuple[str, str, Overrides]]:
    """Return the lever with its effect at both ends, each with a baseline of the same size to be paired with."""
    variants: list[tuple[str, str, Overrides]] = []
    for end, position in (("least", 0), ("most", 1)):
        sizes: dict[OverrideKey, Value] = {}
        for key in EFFECTS[name]:
            sizes |= _years(key, _end(register, key, position), SIZES_FROM, last)
        partner = f"{BASELINE} for {name} {end}"
        variants += [(partner, "", sizes), (f"{name} {end}", partner, {**changes, **sizes})]
    return variants


def _end(register: Parameters, key: str, position: int) -> float:
    if key in HALF_OF_IT:
        return float(register.value(key, SIZES_FROM)) * (0.5, 1.5)[position]
    low, high = register.passport(key).range  # type: ignore[misc]
    return float((low, high)[position])


def _figures(run: Run, tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Return the measures of a finished run by year."""
    frame = tables["metropolis_year"].set_index("year")
    groups = tables["household_groups"]
    everyone = groups[prefectural(groups["code"]) & (groups["kind"] == "all")].set_index("year")
    frame["burden"] = everyone["burden"]
    facts = tables["municipality_year"].groupby("year")
    for name in ("arrears_collected", "programme_cost", "third_party_recovered"):
        frame[name] = facts[name].sum()
    accounts = tables["accounts"]
    earned = accounts[(accounts["item"] == "effort") & (accounts["payee"] == "municipality")]
    frame["effort"] = earned.groupby("year")["amount"].sum().reindex(frame.index, fill_value=0)
    frame = frame[list(MEASURES)].astype(float).reset_index()
    frame.insert(0, "variant", run.variant)
    frame.insert(1, "against", run.against)
    frame.insert(2, "replicate", run.replicate)
    return frame
