"""Calibration as a tool: fits parameters marked `estimated` to published figures and writes them with their passports.

Never part of a scenario: a run reads what stands in the register. The stages follow the year, because each
rests on the one before (`ORDER`). Demography has a tool of its own
(`python -m sim.studies.fits.demography`), since its alignment needs the full base population only.

    python -m sim.studies.fits.stages --sample 10 --stage members cost rates payment
"""

from __future__ import annotations

import argparse
import io
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
from sim.studies.fits import members as membership
from sim.studies.fits.care import expected_benefit, fit_index
from sim.studies.fits.care_shape import TARGETS
from sim.studies.fits.care_shape import fit as fit_shape
from sim.studies.fits.payment import fit as fit_payment
from sim.studies.fits.payment import year_effect as fit_year
from sim.studies.fits.rates import incomes, rescale, write
from sim.studies.fits.rates import institutions as fit_institutions
from sim.studies.fits.rates import profits as fit_profits

FIRST, LAST = 2022, 2025


def put(key: str, values: Mapping[int, float] | float | list[float]) -> None:
    """Write a fitted value where the register has it (a regional one in its region); all else of the entry stays.

    A default of the nation is not written over: a region that wants a regional number fitted gives it an entry.
    """
    name = key.partition(".")[2]
    p = Parameters.load()
    path = p.values_in[key]
    if p.passport(key).regional and not path.is_relative_to(p.home):
        print(f"{key}: {values} is not written; the region gives no value of it")
        return
    yaml = YAML()
    yaml.preserve_quotes = True
    yaml.width = 10_000
    content = yaml.load(path.read_text(encoding="utf-8"))
    if isinstance(values, Mapping):
        content[name]["values"].update({_year(content[name]["values"], y): v for y, v in values.items()})
    elif isinstance(values, list):
        content[name]["value"] = CommentedSeq(values)
        content[name]["value"].fa.set_flow_style()
    else:
        content[name]["value"] = values
    text = io.StringIO()
    yaml.dump(content, text)
    path.write_text(text.getvalue(), encoding="utf-8")
    forget()


def _year(existing: Mapping[int | str, object], year: int) -> int | str:
    return year if year in existing else era(year)


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
    levels, tables = membership.fit(sample)
    for key, value in levels.items():
        put(key, value)
    for name, table in tables.items():
        write(table, Parameters.load().table_paths[f"places.{name}"])


def care(sample: int) -> None:
    """Fit the shape of cost to its published concentration and to the nation's high-cost benefit (R5)."""
    year = 2023
    state = opening(plan("baseline", sample=sample))
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

    The level answers to the settlement cards of R5, the growth from R4 to R5 to the benefits per insured at the
    year's end that Tokyo's insurers settled in both years. Later years follow national results and the trend (see the
    passport of `cost.rebound`).
    """
    tables = run("baseline", sample=sample, last=2023, progress=False).tables
    p = Parameters.load()
    years = tables["metropolis_year"].set_index("year")
    card = p.table("places.settlement_fy2023").set_index("code")
    published = float((card["benefit_per_insured"] * card["insured"]).sum() / card["insured"].sum())
    settled = float(years.loc[2023, "benefit"] / years.loc[2023, "members_end"])
    t = p.table("targets.totals").set_index("id")["value"]
    each = [float(t[f"benefit_settled.{y}"] / t[f"insured_persons_year_end.{y}"]) for y in (2022, 2023)]
    growth = each[1] / each[0]
    found = settled / float(years.loc[2022, "benefit"] / years.loc[2022, "members_end"])
    _fit_index(p, tables["cost_by_place"], tables["municipality_year"], card)
    faster = growth / found
    put("cost.level", round(float(p.value("cost.level", FIRST)) * published / settled / faster, 4))
    put("cost.rebound", {2023: round((1 + float(p.value("cost.rebound", 2023))) * faster - 1, 5)})
    print(f"R5 benefit per year-end member {settled:,.0f}, published {published:,.0f}")
    print(f"benefit per year-end member R4 to R5 {found - 1:+.4f}, settled {growth - 1:+.4f}")


def _fit_index(p: Parameters, by_place: pd.DataFrame, places: pd.DataFrame, card: pd.DataFrame) -> None:
    """Fit the municipal index to the benefit its members are expected to have in FY2023 (`sim.studies.fits.care`)."""
    path = p.table_paths["places.cost_index"]
    table = pd.read_csv(path)
    index = table.set_index("code")["index"].astype(float)
    ends = places[places["year"] == 2023].set_index("code")["members_end"].astype(float)
    expected = expected_benefit(by_place[by_place["year"] == 2023], index)
    fitted = fit_index(card, expected, ends, index, float(p.value("cost.index_shrink", FIRST)))
    table["index"] = fitted.reindex(table["code"]).round(4).to_numpy()
    write(table, path)


def rates(sample: int, rounds: int = 2) -> None:
    """Fit members' incomes where rates are known, and imputed rates elsewhere, to the premium revenue of FY2023."""
    for _ in range(rounds):
        result = run("baseline", sample=sample, last=2023, progress=False)
        p = Parameters.load()
        growth, factors = incomes(p, result.path)
        write(rescale(p, result.path), p.table_paths["places.imputed_rates"])
        write(factors, p.table_paths["places.income_factors"])
        put("enrolment.profit_growth", {2022: growth})
        print(f"profits into 2022: {growth:+.4f}; income factors {factors['income'].min()}-{factors['income'].max()}")


def profits(sample: int, rounds: int = 2) -> None:
    """Fit the growth of profits in 2023 and 2024 to the levy per insured the wards planned for R6 and R7."""
    for _ in range(rounds):
        result = run("baseline", sample=sample, last=LAST, progress=False)
        growth = fit_profits(Parameters.load(), result.path)
        put("enrolment.profit_growth", growth)
        print(f"profits beyond wages: {growth}")


def institutions(sample: int, rounds: int = 3) -> None:
    """Fit the remainders of the accounts and the forecasts of contributions (`sim.studies.fits.rates.institutions`)."""
    for _ in range(rounds):
        result = run("baseline", sample=sample, last=LAST, progress=False)
        for key, value in fit_institutions(Parameters.load(), result.path).items():
            put(key, value)
            print(f"{key}: {value}")


def payment(sample: int) -> None:
    """Fit the payment parameters and municipal intercepts to R4 and the year effect of R5 to its collection rate."""
    state = opening(plan("baseline", sample=sample))
    live_until(state, FIRST, "payment.run_in")
    found = fit_payment(state, FIRST)
    for name, value in found.values.by_name().items():
        put(f"payment.{name}", [round(x, 4) for x in value] if isinstance(value, list) else round(float(value), 4))
    path = state.world.p.table_paths["places.payment_intercepts"]
    table = pd.read_csv(path)
    table[["intercept", "foreign"]] = np.round(found.intercept, 4)
    write(table, path)
    for name, gap in found.gaps.items():
        print(f"payment: {name}: {gap:+.4f}")


def payment_year(sample: int) -> None:
    """Fit `payment.year_effect` of R5 to the published collection rate of R5."""
    year = 2023
    state = opening(plan("baseline", sample=sample))
    live_until(state, FIRST, "no such step")
    live_until(state, year, "payment.collect")
    goal = float(
        state.world.p.table("targets.totals").set_index("id").loc["collection_rate_current_year.2023", "value"]
    )
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
