"""Cost of care: benefit by municipality, cost by age, concentration, high-cost benefit, share that 国保 pays.

The cost of ten thousand members still varies by some three per cent from year to year, since the top hundredth
has a fifth of it. So a municipality is judged by the benefit its members are expected to have (`fits.care`), and
what one draw gave stands beside it as context. National figures of the high-cost benefit are compared with the
members weighted like the nation's (`sim.studies.fits.nation`); what no weighting makes comparable is context.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from sim.core.quantiles import below, normal
from sim.parameters import Parameters
from sim.studies.fits.care import expected_benefit
from sim.studies.fits.nation import CLASSES, TOP_SHARES, at_national_mix, class_weights, shares_by_class
from sim.studies.validation.figures import Figures, published, row
from sim.studies.validation.people import CARDS, LEAST, Row, context

BASE = 2022
"""fiscal year of the national cost by age (R4)"""
AGE_BAND = 0.03
OWN_BAND = 0.01
STAY_BAND = 0.05
"""around the published bound of persistence, more than 60 %"""
NATION_CHECKED = 0.375
"""uptake of the health check in the nation's municipal 国保, R4 (国保のすがた)"""
CORRELATION = 0.775
"""middle of the rank correlation of 0.75-0.80 derived from that bound"""


def rows(figures: Figures) -> list[Row]:
    """Return the rows of this subject; years outside the run keep an empty simulated figure."""
    p, years = Parameters.load(), set(figures.year.index)
    parts = (
        _municipalities,
        _ages,
        _concentration,
        _persistence,
        _high_cost,
        _classes,
        _ratio,
        _uptake,
        _uptake_by_age,
    )
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
            f"benefit_per_member.{name}", "fitted", CARDS, unit, target, mean, OWN_BAND * target, "kessan_card_r5"
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
    """Shares of the top in a year and in a month, and members without care; beside the nation or a town."""
    t = p.table("people.cost_concentration")
    published = t.set_index("indicator")[["value", "source_id"]]
    s = _statistics(f, CARDS, years)
    wanted = {
        "monthly_zero_share": ("monthly zero-use share (March 2024)", "fitted", 0.05),
        "monthly_top_0.8": ("monthly: top 0.8% of insured -> share of cost", "held_out", 0.05),
        "monthly_top_16": ("monthly: top ~16% -> share of cost", "fitted", 0.05),
    }
    for name, (indicator, role, band) in wanted.items():
        value, source = published.loc[indicator]
        got = None if s is None else float(s[name])
        yield row(f"cost_{name}.{CARDS}", role, CARDS, "share", float(value), got, band, source)
    for name, target in TOP_SHARES.items():
        got = None if s is None else float(s[name])
        yield row(f"cost_{name}.{CARDS}", "fitted", CARDS, "share", target, got, 0.03, "own_calculation;ibuka2016")


def _persistence(f: Figures, p: Parameters, years: set[int]) -> Iterator[Row]:
    """Who is expensive again the year after. Published is only that over 60 % of the top fifth stay there."""
    s = _statistics(f, CARDS, years)
    t = p.table("people.cost_concentration").set_index("indicator")
    got = {name: None if s is None else s.get(name) for name in ("stay_20", "stay_10", "correlation")}
    bound = t.loc["P(stay in top 20% next year | top 20%)"]
    least = float(str(bound["value"]).strip(">"))
    line = row(
        f"cost_stay_20.{CARDS}", "fitted", CARDS, "share", least, got["stay_20"], STAY_BAND, str(bound["source_id"])
    )
    yield line
    derived = t.loc["Gaussian-copula year-to-year rank correlation, one lag"]
    rho = CORRELATION
    source = str(derived["source_id"])
    yield row(f"cost_correlation.{CARDS}", "fitted", CARDS, "correlation", rho, got["correlation"], 0.025, source)
    yield context(f"cost_stay_10.{CARDS}", CARDS, "share", stay(rho, 0.1), got["stay_10"], "own_calculation")


def stay(correlation: float, top: float) -> float:
    """Return who of the most expensive `top` stays there by a Gaussian copula of a rank correlation (Spearman)."""
    latent = 2 * np.sin(np.pi / 6 * correlation)
    line = normal(1 - top)
    nodes, weights = np.polynomial.legendre.leggauss(60)
    x = line + (nodes + 1) * 4.0  # from the line to eight above it, where nobody is left
    density = np.exp(-x * x / 2) / np.sqrt(2 * np.pi)
    both = float((4.0 * weights * density * below((latent * x - line) / np.sqrt(1 - latent**2))).sum())
    return both / top


def _high_cost(f: Figures, p: Parameters, years: set[int]) -> Iterator[Row]:
    """High-cost benefit and expensive receipts, members weighted like the nation's; then as they are.

    The annual report of 国保 counts payments: a household's month, and each outpatient of 70-74 apart, as the model
    does. Claims count receipts whose own counter share passes the ceiling; at 70-74 the model takes one receipt for
    all outpatient care of a provider, so that its count is context.
    """
    t = p.table("people.high_cost").set_index(["population", "indicator"])
    mixed: dict[str, float] | None = None
    own: dict[str, float | None] = dict.fromkeys(("share", "cases", "receipts", "object"))
    object_share = float(p.value("finance.high_cost_object", CARDS))
    if CARDS in years:
        ages, classes = (x[x["year"] == CARDS] for x in (f.table("cost_by_age"), f.table("high_cost")))
        mixed = at_national_mix(p, ages, classes)
        mixed["object_share"] = mixed["over_share"] * object_share
        cost, members = f.fact(CARDS, "cost"), f.fact(CARDS, "member_months") / 12
        own = {
            "share": f.fact(CARDS, "high_cost_benefit") / (cost - float(ages["dental"].sum())),
            "cases": f.fact(CARDS, "high_cost_cases") / members,
            "receipts": f.fact(CARDS, "high_cost_receipts") / members,
            "object": f.fact(CARDS, "over_800k") * object_share / cost,
        }
    for name, population, indicator, unit, band in (
        ("high_cost_share", "national NHI", "高額療養費/総医療費", "ratio", 0.005),
        ("yen_per_case", "municipal NHI", "1件当たり", "yen/case", 6_000),
        ("cases", "national NHI incl.", "高額療養費 件数/被保険者", "cases/person", 0.1),
        ("object_share", "national NHI", "高額医療費負担金 事業規模/総医療費", "ratio", 0.004),
    ):
        line = t.loc[(population, indicator)]
        got = None if mixed is None else mixed[name]
        label = f"national_mix.{name}.{CARDS}"
        yield row(label, "fitted", CARDS, unit, float(line["value"]), got, band, str(line["source_id"]))
    for name, population, indicator, unit in (
        ("share", "national NHI", "高額療養費/総医療費", "ratio"),
        ("cases", "national NHI incl.", "高額療養費 件数/被保険者", "cases/person"),
        ("receipts", "national NHI", "高額療養費 件数/被保険者", "receipts/person"),
        ("object", "national NHI", "高額医療費負担金 事業規模/総医療費", "ratio"),
    ):
        line = t.loc[(population, indicator)]
        yield context(f"high_cost_{name}.{CARDS}", CARDS, unit, float(line["value"]), own[name], str(line["source_id"]))


def _classes(f: Figures, p: Parameters, years: set[int]) -> Iterator[Row]:
    """Members below 70 by class of the ceilings; the prefecture beside the nation, which is poorer."""
    mine = None
    if CARDS in years:
        t = f.table("high_cost")
        mine = shares_by_class(t[t["year"] == CARDS])
    for i, (name, share) in enumerate(zip(CLASSES, class_weights(p), strict=True)):
        got = None if mine is None else float(mine[i])
        yield context(f"high_cost_class.{name}.{CARDS}", CARDS, "share", float(share), got, "w22942_13")


def _ratio(f: Figures, p: Parameters, years: set[int]) -> Iterator[Row]:
    """Share of cost that 国保 pays: by age beside all schemes, and whole at the prefecture's own ages and cost."""
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
    name = f"benefit_ratio.own_ages.{CARDS}"
    yield row(name, "held_out", CARDS, "ratio", weighted, got, 0.015, "limo16668;own_calculation")


def _uptake(f: Figures, p: Parameters, years: set[int]) -> Iterator[Row]:
    """Health checks and guidance beside the municipalities' own rates, which are given: do people of their ages
    have them."""
    t = published(p, "places.health_checkups")
    for year in (BASE, CARDS):
        rates = t[t["fiscal_year"] == year].set_index("code")
        there = f.place[f.place["year"] == year].set_index("code") if year in years else None
        for name, top, bottom in (("checkup", "checkups", "checkable"), ("guidance", "guidances", "checkups")):
            if rates.empty:
                continue
            due = float(p.value("cost.guidance_due", year)) if name == "guidance" else 1.0
            weights, got = None, None
            if there is not None:
                weights = there[bottom].reindex(rates.index).to_numpy(float)
                got = float(there[top].sum() / (there[bottom].sum() * due))
            whole = float(np.average(rates[f"{name}_rate"], weights=weights))
            yield row(f"{name}_rate.{year}", "input", year, "share", whole, got, 0.01, "mhlw_checkups")


def _uptake_by_age(f: Figures, p: Parameters, years: set[int]) -> Iterator[Row]:
    """Health checks and guidance of the prefecture beside the nation, whole and by age."""
    source = "kokuho_sugata_r6"
    mine = None
    if BASE in years:
        c = f.table("health_checks")
        mine = c[c["year"] == BASE].set_index("age_group")
    got = None if mine is None else float(mine["checked"].sum() / mine["checkable"].sum())
    yield context(f"checkup_rate.nation.{BASE}", BASE, "share", NATION_CHECKED, got, source)
    for line in p.table("people.health_checkups").itertuples():
        for name, top, bottom in (("checkup", "checked", "checkable"), ("guidance", "guided", "due")):
            got = None if mine is None else float(mine.loc[line.age, top] / max(mine.loc[line.age, bottom], 1))
            nation = float(getattr(line, f"{name}_rate"))
            yield context(f"{name}_rate.{line.age}.{BASE}", BASE, "share", nation, got, source)
