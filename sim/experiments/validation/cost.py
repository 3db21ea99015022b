"""Cost of care: benefit by municipality, cost by age, concentration, high-cost benefit, share that 国保 pays.

The cost of ten thousand members still varies by some three per cent from year to year, since the dearest hundredth
has a fifth of it. So a municipality is judged by the benefit its members are expected to have (`sim.cost.fit`), and
what one draw of luck gave stands beside it as context. National figures are context where Tokyo's members differ
from the nation's.
"""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from sim.cost.fit import expected_benefit
from sim.experiments.validation.figures import Figures, row
from sim.experiments.validation.people import CARDS, LEAST, Row, context
from sim.parameters import Parameters

BASE = 2022
"""fiscal year of the national cost by age (R4)"""
AGE_BAND = 0.03
TOKYO_BAND = 0.01


def rows(figures: Figures) -> list[Row]:
    """Return the rows of this subject; years outside the run keep an empty simulated figure."""
    p, years = Parameters.load(), set(figures.year.index)
    parts = (_municipalities, _ages, _concentration, _high_cost, _ratio)
    return [r for part in parts for r in part(figures, p, years)]


def _municipalities(f: Figures, p: Parameters, years: set[int]) -> Iterator[Row]:
    """Benefit per year-end member of FY2023, each municipality of 10,000 members or more."""
    cards = p.table("places.settlement_fy2023").set_index("code").loc[p.codes()]
    expected = realised = None
    if CARDS in years:
        t = f.table("cost_by_place")
        index = p.table("places.cost_index").set_index("code")["index"].astype(float)
        there = f.place[f.place["year"] == CARDS].set_index("code")
        ends = there["members_end"].astype(float)
        expected = expected_benefit(t[t["year"] == CARDS], index) / ends
        realised = there["benefit"].astype(float) / ends
    for code, target in cards.loc[cards["insured"] >= LEAST, "benefit_per_insured"].astype(float).items():
        mean = None if expected is None else float(expected[code])
        drawn = None if realised is None else float(realised[code])
        name, unit = f"{code}.{CARDS}", "yen/person"
        yield row(
            f"benefit_per_member.{name}", "fitted", CARDS, unit, target, mean, TOKYO_BAND * target, "kessan_card_r5"
        )
        yield context(f"benefit_per_member_drawn.{name}", CARDS, unit, target, drawn, "kessan_card_r5")


def _ages(f: Figures, p: Parameters, years: set[int]) -> Iterator[Row]:
    """Cost by age relative to the mean over the ages, nation's members of R4 as weights."""
    t = p.table("people.cost_by_age")
    t = t[(t["population"] == "national municipal NHI") & (t["indicator"] == "cost_per_insured") & (t["year"] == "R4")]
    nation = t.set_index("age")["value"].astype(float)
    nation = nation[[a for a in nation.index if "-" in a and int(a.split("-")[0]) < 75]]
    mine = None
    if BASE in years:
        c = f.table("cost_by_age")
        c = c[c["year"] == BASE].groupby("age_group")[["cost", "members"]].sum()
        mine = (c["cost"] / c["members"]).reindex(nation.index)
    for age, value in nation.items():
        target = float(value / nation.mean())
        got = None if mine is None else float(mine[age] / mine.mean())
        yield row(
            f"relative_cost.{age}.{BASE}", "fitted", BASE, "ratio", target, got, AGE_BAND * target, "own_calculation"
        )


def _statistics(f: Figures, year: int, years: set[int]) -> pd.Series | None:
    if year not in years:
        return None
    t = f.table("cost_distribution")
    return t[t["year"] == year].set_index("statistic")["value"]


def _concentration(f: Figures, p: Parameters, years: set[int]) -> Iterator[Row]:
    """Shares of the dearest in a year and in a month, and members without care; Tokyo beside the nation or a town."""
    t = p.table("people.cost_concentration")
    published = t.set_index("indicator")[["value", "source_id"]]
    s = _statistics(f, CARDS, years)
    wanted = {
        "monthly_zero_share": ("monthly zero-use share (March 2024)", "fitted", 0.05),
        "monthly_top_0.8": ("monthly: top 0.8% of insured -> share of cost", "held_out", 0.05),
        "monthly_top_16": ("monthly: top ~16% -> share of cost", "held_out", 0.05),
    }
    for name, (indicator, role, band) in wanted.items():
        value, source = published.loc[indicator]
        got = None if s is None else float(s[name])
        yield row(f"cost_{name}.{CARDS}", role, CARDS, "share", float(value), got, band, source)
    for name, target in (("top_10", 0.62), ("top_1", 0.22)):
        got = None if s is None else float(s[name])
        yield row(f"cost_{name}.{CARDS}", "fitted", CARDS, "share", target, got, 0.03, "own_calculation;ibuka2016")


def _high_cost(f: Figures, p: Parameters, years: set[int]) -> Iterator[Row]:
    """High-cost benefit and dear receipts per member, beside the nation's."""
    t = p.table("people.high_cost").set_index(["population", "indicator"])
    got: dict[str, float | None] = dict.fromkeys(("share", "cases", "over"))
    if CARDS in years:
        cost, members = f.fact(CARDS, "cost"), f.fact(CARDS, "member_months") / 12
        got = {
            "share": f.fact(CARDS, "high_cost_benefit") / cost,
            "cases": f.fact(CARDS, "high_cost_cases") / members,
            "over": f.fact(CARDS, "over_800k") / cost,
        }
    for name, indicator, unit in (
        ("share", "高額療養費/総医療費", "ratio"),
        ("cases", "高額療養費 件数/被保険者", "cases/person"),
        ("over", "excess over 0.8M per claim / total cost", "ratio"),
    ):
        line = t.loc[("national NHI", indicator)]
        yield context(f"high_cost_{name}.{CARDS}", CARDS, unit, float(line["value"]), got[name], str(line["source_id"]))


def _ratio(f: Figures, p: Parameters, years: set[int]) -> Iterator[Row]:
    """Share of cost that 国保 pays: by age beside all schemes, and whole at Tokyo's own ages and cost."""
    t = p.table("people.benefit_ratio")
    ages = t[t["age"].str.fullmatch(r"\d+-\d+") & (t["population"] == "all schemes")].set_index("age")
    mine = None
    if CARDS in years:
        c = f.table("cost_by_age")
        mine = c[c["year"] == CARDS].groupby("age_group")[["cost", "benefit"]].sum()
    for age, line in ages.iterrows():
        got = None if mine is None else float(mine.loc[age, "benefit"] / mine.loc[age, "cost"])
        yield context(f"benefit_ratio.{age}.{CARDS}", CARDS, "ratio", float(line["value"]), got, str(line["source_id"]))
    if mine is None:
        return
    weighted = float((ages["value"].astype(float) * mine["cost"]).sum() / mine["cost"].sum())
    got = float(mine["benefit"].sum() / mine["cost"].sum())
    name = f"benefit_ratio.tokyo_ages.{CARDS}"
    yield row(name, "held_out", CARDS, "ratio", weighted, got, 0.015, "limo16668;own_calculation")
