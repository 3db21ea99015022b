"""Calibration as a tool: fits parameters marked `estimated` to published figures and writes them with their passports.

Never part of a scenario: a run reads what stands in the register. The stages follow the year, because each
rests on the one before (`ORDER`). A stage for which the region publishes nothing says so and leaves what it would
fit; a number or table for which a rule stood in is the region's own from its first fit on. Demography has a tool of its
own (`python -m sim.studies.fits.demography`), since its alignment needs the full base population only.

    python -m sim.studies.fits.stages --sample 10 --stage members cost rates payment
"""

from __future__ import annotations

import argparse
import io
import math
from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedSeq

from sim.core.units import era
from sim.engine.api import opening, plan, run
from sim.engine.loop import run_step
from sim.engine.state import State
from sim.engine.year import YEAR
from sim.parameters import Parameters
from sim.parameters.loader import forget
from sim.parameters.regions import DEFAULT
from sim.parameters.schema import Passport
from sim.studies.fits import members as membership
from sim.studies.fits.care import expected_benefit, fit_index
from sim.studies.fits.care_shape import TARGETS
from sim.studies.fits.care_shape import fit as fit_shape
from sim.studies.fits.payment import COLLECTION
from sim.studies.fits.payment import fit as fit_payment
from sim.studies.fits.payment import nearest as collection_rate
from sim.studies.fits.payment import start as start_payment
from sim.studies.fits.payment import year_effect as fit_year
from sim.studies.fits.rates import NEEDS, impute, incomes, planning_group, rescale, write
from sim.studies.fits.rates import institutions as fit_institutions
from sim.studies.fits.rates import profits as fit_profits

FIRST, LAST = 2022, 2025

Fitted = Mapping[int, float] | float | list[float]
"""a value by year, of every year, or one a position"""


def put(key: str, values: Fitted) -> None:
    """Write a fitted value where the register has it, a regional one into its region; all else of the entry stays.

    A value beyond the range of its passport is written at its end. A number of the nation is fitted with the default
    region only.
    """
    p = Parameters.load()
    passport, path, name = p.passport(key), p.values_in[key], key.partition(".")[2]
    own = path.is_relative_to(p.home)
    if not own and not passport.regional and p.region.name != DEFAULT:
        print(f"{key} is one for the nation and stays")
        return
    within = _within(passport, values)
    if not own and passport.regional:
        path = p.home / path.relative_to(p.root)
    yaml = YAML()
    yaml.preserve_quotes = True
    yaml.width = 10_000
    content = (yaml.load(path.read_text(encoding="utf-8")) if path.exists() else None) or {}
    entry = content.setdefault(name, _entry(passport))
    if isinstance(within, Mapping):
        if "value" in entry or "values" not in entry:
            entry.pop("value", None)
            entry.setdefault("expected", {"rule": "carry", "reason": "nothing later is fitted"})
        given = entry.setdefault("values", _default(key, passport, within))
        given.update({_year(given, y): v for y, v in within.items()})
    elif isinstance(within, list):
        entry["value"] = CommentedSeq(within)
        entry["value"].fa.set_flow_style()
    else:
        entry["value"] = within
    text = io.StringIO()
    yaml.dump(content, text)
    path.parent.mkdir(exist_ok=True)
    path.write_text(text.getvalue(), encoding="utf-8")
    forget()


def put_table(key: str, table: pd.DataFrame) -> None:
    """Write a fitted table into the region, which lists it from then on if a rule stood in for it."""
    p = Parameters.load()
    folder, _, name = key.partition(".")
    path = p.table_paths.get(key, p.home / folder / f"{name}.csv")
    write(table, path)
    if key not in p.table_paths:
        index = p.home / folder / "tables.yaml"
        text = index.read_text(encoding="utf-8").rstrip()
        index.write_text(f"{text}\n{name}:\n  year: {_WRITTEN}\n  structure: {_ONCE}\n", encoding="utf-8")
    forget()


_WRITTEN, _ONCE = "2022-2025, by sim.studies.fits", "fitted once; a fit of the date replaces it"


def _entry(passport: Passport) -> dict[str, object]:
    """Return what a region says of a number that a rule or a default of the nation stood in for."""
    entry: dict[str, object] = {
        "status": "estimated",
        "source": "own_calculation",
        "fitted_to": "what the prefecture publishes of it, by sim.studies.fits.stages",
    }
    return entry


_LASTING = {"payment.year_effect", "finance.other_public"}
"""numbers whose last fitted year says what holds afterwards; others are of their year and then neutral again"""


def _default(key: str, passport: Passport, fitted: Mapping[int, float]) -> dict[int, object]:
    """Return the values by year of a number that had one for every year: those beside the years that are fitted."""
    if passport.values is not None:
        return dict(passport.values)
    after = {} if key in _LASTING else {max(fitted) + 1: passport.value}
    return {FIRST: passport.value, **after}


def _year(existing: Mapping[int | str, object], year: int) -> int | str:
    return year if year in existing else era(year)


def _within(passport: Passport, values: Fitted) -> Fitted:
    """Return values as far as the passport allows them."""
    low, high = passport.range or (-math.inf, math.inf)

    def end(value: float) -> float:
        return min(max(value, low), high)

    if isinstance(values, Mapping):
        return {year: end(value) for year, value in values.items()}
    return [end(value) for value in values] if isinstance(values, list) else end(values)


def _skip(stage: str, why: str) -> None:
    print(f"{stage}: skipped, {why}", flush=True)


def live_until(state: State, year: int, before: str) -> None:
    """Run the steps of a year up to a step, which is left to the caller."""
    state.world.year = year
    for step in YEAR:
        if step.name == before:
            return
        if not step.first or year == FIRST:
            run_step(state, step, year)


def members(sample: int) -> None:
    """Fit the levels and municipal factors of joining 国保 to the published members."""
    if not membership.goals(Parameters.load()):
        _skip("members", "no members of the prefecture are published (targets.totals)")
        return
    levels, tables = membership.fit(sample)
    for key, value in levels.items():
        put(key, value)
    for name, table in tables.items():
        put_table(f"places.{name}", table)


def care(sample: int) -> None:
    """Fit the shape of cost to its published concentration and to the nation's high-cost benefit (R5)."""
    if Parameters.load().region.name != DEFAULT:
        _skip("care", "the shape of cost is one for the nation, fitted with the default region")
        return
    year = 2023
    state = opening(plan("baseline", sample=sample, controls=False))
    live_until(state, FIRST, "no such step")
    live_until(state, year, "cost.care")
    found = fit_shape(state, year)
    for key, value in found.values.items():
        put(key, value)
        print(f"{key}: {value}")
    for name, figure in found.figures.items():
        print(f"{name}: {figure:,.4g}, goal {TARGETS[name][0]:,.4g}")


def cost(sample: int) -> None:
    """Fit level, growth of R5 and municipal index of cost to settled benefits; never to what was only estimated.

    The level answers to the settlement cards of R5, the growth from R4 to R5 to the benefits per insured at the year's
    end that the prefecture's insurers settled in both years; without both it stays. Later years follow national
    results and the trend (see the passport of `cost.rebound`).
    """
    tables = run("baseline", sample=sample, last=2023, progress=False).tables
    p = Parameters.load()
    years = tables["metropolis_year"].set_index("year")
    card = p.table("places.settlement_fy2023").set_index("code")
    published = float((card["benefit_per_insured"] * card["insured"]).sum() / card["insured"].sum())
    each = years["benefit"] / years["members_end"]
    settled, found = float(each[2023]), float(each[2023] / each[2022])
    growth = _settled_growth(p)
    faster = 1.0 if growth is None else growth / found
    _fit_index(p, tables["cost_by_place"], tables["municipality_year"], card)
    put("cost.level", round(float(p.value("cost.level", FIRST)) * published / settled / faster, 4))
    print(f"R5 benefit per year-end member {settled:,.0f}, published {published:,.0f}")
    if growth is None:
        _skip("cost.rebound", "benefits and members of R4 and R5 are not both settled (targets.totals)")
        return
    put("cost.rebound", {2023: round((1 + float(p.value("cost.rebound", 2023))) * faster - 1, 5)})
    print(f"benefit per year-end member R4 to R5 {found - 1:+.4f}, settled {growth - 1:+.4f}")


def _settled_growth(p: Parameters) -> float | None:
    """Return the growth of settled benefits per insured at the year's end from R4 to R5, None if not published."""
    t = p.rows("targets.totals").set_index("id")["value"].astype(float)
    names = [(f"benefit_settled.{y}", f"insured_persons_year_end.{y}") for y in (2022, 2023)]
    if not {name for pair in names for name in pair} <= {*t.index}:
        return None
    each = [float(t[benefit] / t[insured]) for benefit, insured in names]
    return each[1] / each[0]


def _fit_index(p: Parameters, by_place: pd.DataFrame, places: pd.DataFrame, card: pd.DataFrame) -> None:
    """Fit the municipal index to the benefit its members are expected to have in FY2023 (`sim.studies.fits.care`)."""
    table = p.table("places.cost_index")
    index = table.set_index("code")["index"].astype(float)
    ends = places[places["year"] == 2023].set_index("code")["members_end"].astype(float)
    expected = expected_benefit(by_place[by_place["year"] == 2023], index)
    fitted = fit_index(card, expected, ends, index, float(p.value("cost.index_shrink", FIRST)))
    table["index"] = fitted.reindex(table["code"]).round(4).to_numpy()
    put_table("places.cost_index", table)


def rates(sample: int, rounds: int = 2) -> None:
    """Fit members' incomes where rates are known, and imputed rates elsewhere, to the premium revenue of FY2023."""
    if "places.imputed_rates" not in Parameters.load().table_paths and len(first := impute(Parameters.load())):
        put_table("places.imputed_rates", first)
    for _ in range(rounds):
        result = run("baseline", sample=sample, last=2023, progress=False)
        p = Parameters.load()
        found, factors = incomes(p, result.path)
        if "places.imputed_rates" in p.table_paths:
            put_table("places.imputed_rates", rescale(p, result.path))
        else:
            _skip("imputed rates", "those of FY2023 are known of every municipality")
        put_table("places.income_factors", factors)
        for key, value in found.items():
            put(key, value)
        print(f"{found}; income factors {factors['income'].min()}-{factors['income'].max()}")


def profits(sample: int, rounds: int = 2) -> None:
    """Fit the growth of profits in 2023 and 2024 to the levy per insured a group planned for R6 and R7."""
    if not planning_group(Parameters.load()):
        _skip("profits", "no group of municipalities publishes its rates of R6 and R7 (places.group_rates)")
        return
    for _ in range(rounds):
        result = run("baseline", sample=sample, last=LAST, progress=False)
        growth = fit_profits(Parameters.load(), result.path)
        put("enrolment.profit_growth", growth)
        print(f"profits beyond wages: {growth}")


def institutions(sample: int, rounds: int = 3) -> None:
    """Fit the remainders of the accounts and the forecasts of contributions (`sim.studies.fits.rates.institutions`)."""
    totals = {*Parameters.load().rows("targets.totals")["item"]}
    if not any(item.startswith(_ACCOUNTS) for item in totals):
        _skip("institutions", "nothing of the prefecture's account is published (targets.totals)")
        return
    for _ in range(rounds):
        result = run("baseline", sample=sample, last=LAST, progress=False)
        found = fit_institutions(Parameters.load(), result.path)
        for key, value in found.items():
            put(key, value)
            print(f"{key}: {value}")
    for key in (key for key in NEEDS if key not in found):
        _skip(key, f"not published: {NEEDS[key]} (targets.totals)")


_ACCOUNTS = (
    "contribution_total",
    "elderly_adjustment_grant",
    "off_rule_transfer_total",
    "premium_per_capita",
    "public_funds",
)
"""beginnings of the items the institutions are fitted to"""


def payment(sample: int) -> None:
    """Fit the payment parameters and municipal intercepts to the collection of R4, or of the nearest year published."""
    if collection_rate(Parameters.load(), COLLECTION) is None:
        _skip("payment", "no collection rate of the prefecture is published (targets.totals)")
        return
    state = opening(plan("baseline", sample=sample, controls=False))
    live_until(state, FIRST, "payment.run_in")
    found = fit_payment(state, FIRST)
    before = start_payment(state.world, FIRST)
    for name, value in found.values.by_name().items():
        if value != before.values.by_name()[name]:  # what nothing was fitted to stays where it stands
            put(f"payment.{name}", [round(x, 4) for x in value] if isinstance(value, list) else round(float(value), 4))
    if not np.array_equal(found.intercept, before.intercept):
        table = state.world.p.table("places.payment_intercepts")
        table[["intercept", "foreign"]] = np.round(found.intercept, 4)
        put_table("places.payment_intercepts", table)
    for name, gap in found.gaps.items():
        print(f"payment: {name}: {gap:+.4f}")


def payment_year(sample: int) -> None:
    """Fit `payment.year_effect` of R5 to the published collection rate of R5."""
    year = 2023
    known = Parameters.load().rows("targets.totals").set_index("id")["value"]
    if (name := f"{COLLECTION}.{year}") not in known:
        _skip("payment_year", "no collection rate of R5 is published (targets.totals)")
        return
    goal = float(known[name])
    state = opening(plan("baseline", sample=sample, controls=False))
    live_until(state, FIRST, "no such step")
    live_until(state, year, "payment.collect")
    effect, reached = fit_year(state, year, goal)
    put("payment.year_effect", {year: round(effect, 4)})
    print(f"R5 collection rate {reached:.4f}, goal {goal:.4f}")


STAGES: dict[str, Callable[[int], None]] = {
    "members": members,
    "care": care,
    "cost": cost,
    "rates": rates,
    "payment": payment,
    "payment_year": payment_year,
    "profits": profits,
    "institutions": institutions,
}

ORDER = ("members", "care", "cost", "rates", "payment", "payment_year", "rates", "profits", "institutions")
"""Rates twice: bills come before who pays them, and revenue by municipality after."""


def main() -> None:
    parser = argparse.ArgumentParser(description="Fit estimated parameters to published figures and write them.")
    parser.add_argument("--sample", type=int, default=10)
    parser.add_argument("--stage", nargs="+", choices=list(STAGES), default=list(ORDER))
    chosen = parser.parse_args()
    for name in chosen.stage:
        print(f"== {name}")
        STAGES[name](chosen.sample)


if __name__ == "__main__":
    main()
