"""A municipality's own figures: its level in the model is moved to them, and written as a scenario.

    found = anchor("figures.xlsx")   # the workbook kokuho anchor --template writes, filled in
    found.table                      # figure by figure: own, base, anchored, the number moved, from and to
    found.write(Path("scenarios"))   # a scenario with the values, each with its reason; runs are on the own level

Only numbers that are imputed, estimated or assumed are moved, of this municipality alone; law and published figures
stay. Nothing is sent anywhere: the file is read, runs are made in memory, a scenario is written.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from sim.core.errors import InputError
from sim.core.export import replacing
from sim.core.units import era
from sim.engine import api, controls
from sim.outputs.measures import lumps_of, rate_half
from sim.parameters import Parameters, regions
from sim.parameters.loader import OverrideKey
from sim.parameters.schema import Value
from sim.scenario.scenario import Scenario, load_scenario
from sim.studies.anchor.figures import BY_KEY, ROWS, TABLES, Values, seen
from sim.studies.anchor.moves import Row, Search, Tables, search
from sim.studies.anchor.reading import read
from sim.studies.anchor.template import write_template
from sim.studies.anchor.text import Header, scenario_name, scenario_text
from sim.studies.execution import finished

__all__ = ["Anchored", "anchor", "write_template"]

_RESIDENTS = 700_000
"""residents a run of the search holds, if the sample is not said"""
_ROUNDS = 10
_FAR = 2.0
"""times of the base's figure, or of its inverse, from which on a warning is given"""
_FREE = ("unknown", "carried_lost", "transfer", "fund")
"""figures that may be anything"""
_FACTS = {
    "members_average": ("member_months",),
    "members_end": ("members_end",),
    "billed": ("bill_medical", "bill_support", "bill_care", "bill_child"),
    "unknown": ("bill_unknown_address",),
    "collected": ("collected",),
    "carried": ("arrears_opening",),
    "carried_collected": ("arrears_collected",),
    "carried_lost": ("arrears_written_off",),
    "benefit": ("benefit",),
}
"""figures of which control totals of the full population are kept -> their facts"""


_PER = {"members_average": 12}
"""facts in months -> persons"""


@dataclass(frozen=True)
class Anchored:
    """What was moved for a municipality's own figures, and the scenario that holds it.

    table      a row a figure and year: key, figure, year, unit, own, base, anchored, used, parameter, before, after,
               within (not at an end of its range), met (within its tolerance), why (not used: the reason; Japanese and
               English); amounts in yen, rates in percent
    elsewhere  the largest change in any other municipality: measure, name, year, change, unit, noise (half-width of
               the 95 % interval by chance; missing where none is known)
    warnings   what in the workbook is allowed but may be a slip, with sheet and cell
    scenario   name of the scenario; text, its file
    sample     households of the runs, 1 in N; runs, how many were made; paired, whether the figures of the sample
               were brought to those of the full population (a full run of the base, or control totals)
    """

    municipality: str
    table: pd.DataFrame
    elsewhere: pd.DataFrame
    warnings: tuple[str, ...]
    scenario: str
    text: str
    digest: str
    sample: int
    runs: int
    paired: bool

    def write(self, folder: str | Path = "scenarios") -> Path:
        """Write the scenario into a folder, or to a path that ends in .yaml with the name of the scenario."""
        path = Path(folder)
        if path.suffix not in (".yaml", ".yml"):
            path.mkdir(parents=True, exist_ok=True)
            path = path / f"{self.scenario}.yaml"
        if not path.parent.is_dir():
            raise InputError(f"{path}: there is no folder {path.parent}")
        with replacing(path) as fresh:
            fresh.write_text(self.text, encoding="utf-8", newline="\n")
        return path


def anchor(
    figures: str | Path,
    *,
    base: str | Path | Scenario = "baseline",
    sample: int | None = None,
    region: str | Path | None = None,
    name: str | None = None,
    rounds: int = _ROUNDS,
    results: str | Path = "results",
) -> Anchored:
    """Move the level of a municipality to its own figures and return what was moved, with the scenario that holds it.

    figures  workbook of `kokuho anchor --template`, filled in
    base     scenario the level is moved from; the new one extends it
    sample   households of each run, 1 in N; if left out one that holds some 700,000 residents
    region   name of a region or path of its folder; the scenario's if not given
    name     of the scenario; anchored_ and the municipality if left out
    rounds   steps at most, a run each to the last year with a figure; then up to three for the account alone
    results  folder of all runs: a full run of the base in it is what the figures of a sample are brought to

    Nothing leaves the machine. InputError lists every mistake of the workbook with sheet and cell.

    >>> from sim.studies.anchor import write_template
    >>> from sim.parameters import Parameters
    >>> path = write_template("figures.xlsx", "甲市", Parameters.load("teaching"))
    >>> from openpyxl import load_workbook
    >>> book = load_workbook(path)
    >>> book.active["D6"], book.active["D18"] = 1_760, 93.5  # R5: insured, collection rate
    >>> book.save(path)
    >>> found = sim.anchor(path, region="teaching")
    >>> found.table[["own", "parameter", "met"]].values.tolist()
    [[1760.0, 'enrolment.place_joining', True], [93.5, 'payment.place_level', True]]
    """
    chosen = base if isinstance(base, Scenario) else load_scenario(base)
    wanted = region or regions.chosen() or chosen.region or regions.DEFAULT
    with regions.using(wanted):
        plan = api.plan(chosen, region=wanted, sample=1)
        own = read(figures, plan.parameters)
        runs = _Runs(chosen, wanted, sample or _size(plan.parameters), max(year for _, year in own.values))
        s = Search(own, plan.parameters, runs, runs.sample, _full(plan, runs.sample, own.code, Path(results)))
        return _found(s, runs, name or scenario_name(own, plan.parameters), rounds)


@dataclass(frozen=True)
class _Runs:
    """The runs of the search: their scenario, region, sample and last fiscal year."""

    scenario: Scenario
    region: str | Path
    sample: int
    last: int

    def __call__(self, values: dict[OverrideKey, Value]) -> Tables:
        """Run with values on top, in memory, and return the tables figures are read from."""
        plan = api.plan(self.scenario, region=self.region, sample=self.sample, last=self.last, overrides=values)
        return api.frames(plan, TABLES)


def _found(s: Search, runs: _Runs, name: str, rounds: int) -> Anchored:
    """Search, and return what was found."""
    before, best = search(s, rounds)
    table = _table(s, best.found)
    return Anchored(
        municipality=s.own.name,
        table=table,
        elsewhere=_elsewhere(s.own.code, before, best.tables, runs.sample),
        warnings=(*s.own.warnings, *_unlike(s)),
        scenario=name,
        text=scenario_text(name, s, table, Header(runs.scenario.name, _said(runs.region), runs.sample)),
        digest=s.own.digest,
        sample=runs.sample,
        runs=s.runs,
        paired=bool(s.scale),
    )


def _unlike(s: Search) -> list[str]:
    """Return figures so far from those of the base that a cell, or the unit of amounts, may be wrong."""
    return [
        f"{s.own.at(key, year)}: {value:,.10g} is {value / start:,.3g} times what the base has, {start:,.10g}"
        for (key, year), value in s.own.values.items()
        if (key, year) in s.own.cells and (start := s.start.get((key, year))) and key not in _FREE
        if not 1 / _FAR <= value / start <= _FAR
    ]


def _said(region: str | Path) -> str | None:
    """Return the region as a scenario names it; None where it is the one of every scenario without a word."""
    return None if str(region) == regions.DEFAULT else str(region)


def _size(p: Parameters) -> int:
    """Return N of a sample that holds about as many residents as the search needs."""
    register = p.table("places.register_age5")
    residents = int(register[["japanese_male", "japanese_female", "foreign_male", "foreign_female"]].sum().sum())
    return max(1, residents // _RESIDENTS)


def _full(plan: api.Plan, size: int, code: int, results: Path) -> Values:
    """Return the figures of the full base: of a finished run, else of the control totals of the region; or none."""
    if size == 1:
        return {}
    if (run := finished(plan, results)) is not None:
        kept = ("income_part", "per_head")
        return {at: v for at, v in seen({t: run.table(t) for t in TABLES}, code).items() if not at[0].startswith(kept)}
    home, codes = controls.kept_by(plan.parameters.region.folder), plan.parameters.codes()
    told = api.plan(plan.scenario, region=plan.parameters.region.folder, sample=size).controls
    if home is None or not told.digest or not told.is_base:
        return {}
    place = codes.index(code)
    return {
        (figure, year): sum(int(facts[name][place]) for name in names) / _PER.get(figure, 1)
        for year, facts in controls.full(home, codes).items()
        for figure, names in _FACTS.items()
        if all(name in facts for name in names)
    }


def _table(s: Search, found: Values) -> pd.DataFrame:
    """Return one row a figure and year, in the order of the workbook."""
    moved = {(r.mover.figure, r.year): r for r in s.rows}
    order = [f.key for f in ROWS]
    rows = []
    for key, year in sorted(s.own.values, key=lambda at: (order.index(at[0]), at[1])):
        row = moved.get((key, year))
        start, now = s.start.get((key, year)), found.get((key, year))
        rows.append(
            {
                "key": key,
                "figure": BY_KEY[key].ja,
                "year": year,
                "unit": BY_KEY[key].unit,
                "own": s.own.values[key, year],
                "base": start,
                "anchored": now,
                "used": row is not None,
                **_moved(row, s, found),
                "why_ja": "" if row else s.beside[key, year][0],
                "why_en": "" if row else s.beside[key, year][1],
            }
        )
    return pd.DataFrame(rows)


def _moved(row: Row | None, s: Search, found: Values) -> dict[str, object]:
    if row is None:
        return {"parameter": "", "before": None, "after": None, "within": None, "met": None}
    return {
        "parameter": row.mover.key,
        "before": row.before,
        "after": row.value,
        "within": not row.clipped,
        "met": s.met(row, found),
    }


def _elsewhere(code: int, before: Mapping[str, pd.DataFrame], after: Tables, sample: int) -> pd.DataFrame:
    """Return the largest change in any other municipality by measure, beside what is chance there."""
    facts = [t["municipality_year"].set_index(["year", "code"]) for t in (before, after)]
    facts = [t[t.index.get_level_values("code") != code] for t in facts]
    due = [sum((t[f"bill_{p}"] for p in ("medical", "support", "care", "child")), 0 * t["collected"]) for t in facts]
    due = [billed - t["bill_unknown_address"] for billed, t in zip(due, facts, strict=True)]
    rates = [100 * t["collected"] / base.where(base > 0) for t, base in zip(facts, due, strict=True)]
    members = [t["member_months"] / 12 for t in facts]
    heads = [t["discretionary_transfer"] / m.where(m > 0) for t, m in zip(facts, members, strict=True)]
    changes = {
        "members_average": (100 * (members[1] / members[0] - 1), "％"),
        "rate": (rates[1] - rates[0], "pt"),
        "transfer": (heads[1] - heads[0], "円/人"),
    }
    whole = pd.Series(1.0, index=rates[0].index).mul(rates[0].mean() / 100)
    years = pd.Series(rates[0].index.get_level_values("year"), index=rates[0].index)
    spread = lumps_of(years, before["household_groups"])
    noise = 100 * rate_half(rates[0] / 100, facts[0]["bill_households"] / sample, spread, whole)
    rows = []
    for measure, (change, unit) in changes.items():
        if change.notna().any():
            at = change.abs().idxmax()
            chance = float(noise[at]) if measure == "rate" else None
            shown = (measure, facts[0].loc[at, "name"], era(int(at[0])), float(change[at]), unit, chance)
            rows.append(shown)
    return pd.DataFrame(rows, columns=["measure", "name", "year", "change", "unit", "noise"])
