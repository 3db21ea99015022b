"""Accounts and rates of single municipalities, and what councils and settlement cards say about all of them."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from sim.parameters import Parameters
from sim.parameters.groups import group_of
from sim.studies.validation import deficit_plans
from sim.studies.validation.figures import Figures, row

CARD_YEAR = 2023
LARGE = 10_000
"""Insured above which a municipality's premium revenue per insured is judged."""
_NEAR = 0.03


def rows(figures: Figures) -> list[dict[str, object]]:
    """Return the comparisons by municipality; nothing where the run does not reach the year."""
    p = Parameters.load()
    years = {int(y) for y in figures.year.index}
    out = list(_counts(figures, p, years))
    if CARD_YEAR in years:
        out += [*_premiums(figures, p), *_transfers(figures, p)]
    out += [*_facts(figures, p, years), *deficit_plans.rows(figures, p, years)]
    return out


def _place(figures: Figures, year: int) -> pd.DataFrame:
    return figures.place[figures.place["year"] == year].set_index("code")


def _counts(figures: Figures, p: Parameters, years: set[int]) -> Iterator[dict[str, object]]:
    """Yield counts of municipalities with a transfer and at their target rate, and the rise of the contribution.

    A reward of R5 rests on rates of R3, before the run; the one of R6 is read beside it.
    """
    t = p.rows("targets.totals").set_index("id")
    source = t["source_id"]
    key = "municipalities_with_deficit_transfer.2021"
    if 2022 in years and key in t.index:
        count = float(figures.year.loc[2022, "discretionary_municipalities"])
        published = float(t.loc[key, "value"])
        yield row(f"{key}_read_in_2022", "held_out", 2022, "count", published, count, 4, source[key])
    key = "municipalities_at_target_collection_rate.2023"
    if 2024 in years and key in t.index:
        met = float(figures.of_year("second_part", 2024)["reached"].sum())
        published = float(t.loc[key, "value"])
        yield row(f"{key}_read_in_2024", "held_out", 2024, "count", published, met, 4, source[key])
    key = "contribution_per_capita_increase_provisional.2023"
    if {2022, 2023} <= years and key in t.index:
        rise = figures.year["contribution_per_head"]
        published = float(t.loc[key, "value"])
        yield row(f"{key}.difference", "fitted", 2023, "yen", published, rise[2023] - rise[2022], 3_000, source[key])


def _premiums(figures: Figures, p: Parameters) -> Iterator[dict[str, object]]:
    """Yield premium revenue per year-end insured of FY2023 for municipalities above LARGE, and how many are near.

    All are fitted: by members' incomes where the rates are known, by the imputed rates elsewhere.
    """
    card = p.table("places.settlement_fy2023").set_index("code")
    card = card[card["insured"] > LARGE]
    here = _place(figures, CARD_YEAR).loc[card.index]
    paid = (here["collected"] + here["arrears_collected"]).astype(float) / here["members_end"].astype(float)
    near = 0
    for code, published in card["premium_per_insured"].astype(float).items():
        width = _NEAR * published
        near += abs(paid[code] - published) <= width
        name = f"premium_revenue_per_insured.{code}.{CARD_YEAR}"
        yield row(name, "fitted", CARD_YEAR, "yen/person", published, float(paid[code]), width, "kessan_card_r5")
    name, whole = f"premium_revenue_per_insured_within_3_percent.{CARD_YEAR}", float(len(card))
    yield row(name, "fitted", CARD_YEAR, "count", whole, float(near), 0.1 * whole, "kessan_card_r5")


def _transfers(figures: Figures, p: Parameters) -> Iterator[dict[str, object]]:
    """Yield what the cities' accounts received to cover deficits (cards; a group's do not show it)."""
    card = p.table("places.settlement_fy2023").set_index("code")
    if card["deficit_transfer_proxy"].isna().any():
        return
    cities = card.index[~card.index.isin([*group_of(p)])]
    published = card.loc[cities, "deficit_transfer_proxy"].astype(float)
    here = _place(figures, CARD_YEAR).loc[cities, "discretionary_transfer"].astype(float)
    total = float(published.sum())
    name = f"deficit_covering_transfer_of_cities.{CARD_YEAR}"
    yield row(name, "held_out", CARD_YEAR, "yen", total, float(here.sum()), 0.1 * total, "kessan_card_r5")
    large = card.loc[cities, "insured"] > LARGE
    off = (here[large] - published[large]).abs() / card.loc[cities, "insured"][large]
    name = f"cities_with_transfer_within_10,000_yen_per_insured.{CARD_YEAR}"
    whole = float(large.sum())
    yield row(name, "held_out", CARD_YEAR, "count", whole, float((off <= 10_000).sum()), 0.25 * whole, "kessan_card_r5")


def _facts(figures: Figures, p: Parameters, years: set[int]) -> Iterator[dict[str, object]]:
    """Yield discretionary transfers and standard rates printed for single municipalities."""
    facts = p.rows("places.municipal_facts")
    for fact in facts[facts["item"] == "off_rule_transfer"].to_dict("records"):
        year, code, published = int(fact["fiscal_year"]), int(fact["code"]), float(fact["value"])
        if year in years:
            got = float(_place(figures, year).loc[code, ["discretionary_transfer", "other_discretionary"]].sum())
            name = f"discretionary_transfer.{code}.{year}"
            yield row(name, "held_out", year, "yen", published, got, 0.15 * published, str(fact["source_id"]))
    yield from _settlements(figures, facts, years)
    for fact in facts[facts["item"] == "nhi_budget_premium"].to_dict("records"):
        year, code, published = int(fact["fiscal_year"]), int(fact["code"]), float(fact["value"])
        if year in years:
            here = _place(figures, year).loc[code]
            got = float(here["collected"] + here["arrears_collected"])
            name = f"premium_budget.{code}.{year}"
            yield row(name, "held_out", year, "yen", published, got, 0.1 * published, str(fact["source_id"]))
    for fact in facts[facts["item"] == "standard_rate_medical_income_own_basis"].to_dict("records"):
        year, code, published = int(fact["fiscal_year"]), int(fact["code"]), float(fact["value"])
        c = figures.table("contribution")
        mine = c[(c["year"] == year) & (c["code"] == code) & (c["portion"] == "medical")]
        mine = mine[mine["symbol"] == "own_income_rate"]
        if len(mine):
            name, got = f"standard_rate_medical_own_basis.{code}.{year}", float(mine["value"].iloc[0]) / 1e6
            yield row(name, "held_out", year, "rate", published, got, 0.1 * published, str(fact["source_id"]))


_SETTLED: dict[str, tuple[tuple[str, ...], float]] = {
    "contribution_paid_medical": (("contribution_medical",), 0.05),
    "contribution_paid_support": (("contribution_support",), 0.05),
    "contribution_paid_care": (("contribution_care",), 0.05),
    "benefits_settlement": (("benefit",), 0.03),
    "premium_revenue_settlement": (("collected", "arrears_collected"), 0.05),
}
"""item of a municipality's settlement -> facts that add up to it, and the band"""


def _settlements(figures: Figures, facts: pd.DataFrame, years: set[int]) -> Iterator[dict[str, object]]:
    """Yield what 品川 settled: contributions by portion, benefits, premiums; its card of R5 is fitted."""
    for item, (names, band) in _SETTLED.items():
        for fact in facts[facts["item"] == item].to_dict("records"):
            year, code, published = int(fact["fiscal_year"]), int(fact["code"]), float(fact["value"])
            if year in years:
                here = _place(figures, year).loc[code]
                got = float(sum(here[name] for name in names))
                name = f"{item}.{code}.{year}"
                yield row(name, "held_out", year, "yen", published, got, band * published, str(fact["source_id"]))
