"""The file of a plan: a scenario with a block `rates_plan`, filled with rates."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from sim.core import language
from sim.core.units import era, fiscal_year
from sim.explanations.known_rates import RateBook
from sim.explanations.run_rates import RunRates, baseline_rates
from sim.institutions.memory import PORTIONS
from sim.institutions.rates import Rates
from sim.parameters import Parameters, regions
from sim.scenario.scenario import Scenario, parse_scenario
from sim.studies.rates_plan.people import Where

FIELDS = {
    "income": "income_part",
    "asset": "asset_part",
    "per_head": "per_head",
    "per_household": "per_household",
    "per_adult": "per_adult",
}
Portions = Mapping[str, Mapping[str, int | str]]
"""portion -> part -> rate"""


def parse_plan(
    name: str, municipality: str, rates: Mapping[int | str, Portions], region: str | None = None
) -> Scenario:
    """Return a plan of own rates as a scenario, without a file; ScenarioError lists what is wrong with it.

    name          of the scenario
    municipality  whose rates: name or code, or a group with one rate
    rates         fiscal year -> portion (medical, support, care, child) -> part (income, asset, per_head,
                  per_household, per_adult of the child portion) -> rate: yen, and for the first two "8.2%"
    region        that in force if left out

    >>> plan = sim.parse_plan("trial", "乙市", {"R9": {"medical": {"income": "8%", "per_head": 36_000}}}, "teaching")
    >>> [(c.key, c.year) for _, c in plan.changes()]
    [('rates_plan.medical_income', 2027), ('rates_plan.medical_per_head', 2027)]
    """
    by_year = {fiscal_year(year): portions for year, portions in rates.items()}
    own = region or regions.chosen()
    text = plan_text(name, municipality, by_year, region=own)
    with regions.using(own or regions.DEFAULT):
        return parse_scenario(text, Path(f"{name}.yaml"))


def plan_text(
    name: str,
    municipality: str,
    rates: Mapping[int, Portions],
    *,
    base: str = "baseline",
    region: str | None = None,
    notes: Mapping[str, str] | None = None,
    source: str = "assumption",
) -> str:
    """Return the text of a plan's file; notes: first line of the text, description and expectation by key."""
    said = notes or {}
    lines = ["# yaml-language-server: $schema=schema.json"]
    lines += [f"# {line}" for line in said.get("head", "").splitlines()]
    lines += [f"name: {name}", f"extends: {base}"]
    lines += [f"region: {region}"] if region and region != regions.DEFAULT else []
    for key in ("description", "expectation"):
        if f"{key}.ja" in said:
            lines += [f"{key}:", *(f"  {lang}: >-\n    {said[f'{key}.{lang}']}" for lang in ("ja", "en"))]
    lines += [f"source: {source}", "rates_plan:", f"  municipality: {municipality}"]
    for year, portions in rates.items():
        lines.append(f"  {era(year)}:")
        for portion, parts in portions.items():
            lines.append(f"    {portion}: {{{', '.join(f'{part}: {_shown(v)}' for part, v in parts.items())}}}")
    return "\n".join(lines) + "\n"


def _shown(value: int | str) -> str:
    return value if isinstance(value, str) else f"{value:_}"


def portions_of(rates: Rates, at: int, child: bool = False) -> dict[str, dict[str, int | str]]:
    """Return the rates of a municipality as a plan writes them, parts of nothing left out; child: that portion too."""
    names = PORTIONS if child else PORTIONS[:-1]
    return {
        portion: parts
        for k, portion in enumerate(names)
        if (parts := _parts({part: int(getattr(rates, field)[at, k]) for part, field in FIELDS.items()}))
    }


def _parts(values: Mapping[str, int]) -> dict[str, int | str]:
    return {part: percent(v) if part in ("income", "asset") else v for part, v in values.items() if v}


def percent(per_million: int) -> str:
    """Return a rate per 1,000,000 as a percentage: 82_000 -> 8.2%."""
    return f"{per_million / 10_000:.10g}%"


def rates_expected(code: int, year: int, book: RateBook, run: RunRates | None) -> dict[str, dict[str, int | str]]:
    """Return the rates expected of a municipality as a plan writes them: a run's, else the last ones known."""
    table = book.rates(code, year).table
    values = {}
    for k, portion in enumerate(PORTIONS):
        row = (run.row(code, portion, year) if run else None) or {}
        values[portion] = _parts({part: int(row.get(field, table[field][k])) for part, field in FIELDS.items()})
    return {portion: parts for portion, parts in values.items() if parts}


def template(name: str, where: Where, years: range) -> str:
    """Return a plan to edit, filled with the rates expected in each year.

    The rates are those of the best full run of the baseline on disk; without one the last known ones.
    """
    p, municipality = Parameters.load(), where.name
    run = baseline_rates()
    by_year = {year: rates_expected(where.code, year, RateBook(p), run) for year in years}
    if language.written() == language.JA:
        rates = f"基準シナリオの推計（{run.name}）の率" if run else "最後に公表された率（全世帯の計算結果なし）"
        head = (
            f"改定案：{rates}を記入済み。書き換えて使う。\n"
            "書かない率は推計どおり。書いた率は、次に書く年度まで続く。after: decide なら最後の年度の後は推計に戻る。\n"
        )
    else:
        rates = f"the rates of run {run.name}" if run else "the last rates known (no full run is at hand)"
        head = (
            f"Own rates of {municipality}: filled with {rates}; change them.\n"
            "A rate left out is the model's; one written holds until the next year that names it, the last one to the "
            "end\n(after: decide lets the model decide again).\n"
        )
    notes = {
        "head": f"{head}kokuho rates-plan {name}.yaml -m {municipality} --sample 20",
        "description.ja": f"{municipality}の保険料率の改定案。",
        "description.en": f"Own rates of {municipality}.",
    }
    return plan_text(name, municipality, by_year, region=p.region.name, notes=notes)
