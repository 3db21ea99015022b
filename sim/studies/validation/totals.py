"""Totals of the prefecture: how each published item is read from a run, and how close it should be."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

import pandas as pd

from sim.parameters import Parameters
from sim.parameters.groups import followers
from sim.studies.validation.checks import Check, checks
from sim.studies.validation.figures import Figures, OfGroup, Read, Rule, row


def _headline(name: str) -> Read:
    return lambda f, y: float(f.year.loc[y, name])


def _account(name: str) -> Read:
    return lambda f, y: float(f.account.loc[y, name])


def _first(name: str) -> Read:
    """Return the reader of the estimate at provisional coefficients: estimates of November beside November's."""
    return lambda f, y: float(f.first_account.loc[y, name])


def _on_january(name: str) -> Read:
    """The register speaks of 1 January: a quarter of the opening and three quarters of the closing stock."""
    return lambda f, y: 0.25 * f.fact(y, name) + 0.75 * f.fact(y, f"{name}_end" if name == "residents" else name)


def _levy_per_insured(f: Figures, year: int, group: str) -> float:
    """Levy per insured of those who follow a group's rates, medical and support portion, before reliefs, at the cap.

    That is what a group plans: its per-head amounts, both portions together, over their part of the levy.
    """
    following = [code for code, own in followers(f.p, year).items() if own == group]
    rows = f.place[(f.place["year"] == year) & f.place["code"].isin(following)]
    levy = sum(float((rows[f"gross_levy_{p}"] - rows[f"over_cap_{p}"]).sum()) for p in ("medical", "support"))
    return levy / (float(rows["member_months"].sum()) / 12)


def _premium_to_income(f: Figures, year: int) -> float:
    """Premium over income as the council and 国保のすがた take it (所得に対する保険料負担率).

    Premium without the care portion, over the total income of the members before the basic deduction (総所得金額):
    the nation's 91,078 yen are 9.5 % of 959,000, near its mean total income of 930,000, not of its 旧ただし書き所得 of
    722,000.
    """
    premium = float(f.year.loc[year, "premium_per_member"])
    return premium / (f.fact(year, "total_income") / (f.fact(year, "member_months") / 12))


def _municipal_money(f: Figures, year: int) -> float:
    """公費 of municipalities as the council's table adds up: discretionary transfers and their quarters of the reliefs.

    3,182 + 2,367 + 3,180 + 1,173 + 717 is the sum it prints for R4, so what merely passes through the accounts by law
    (office cost, birth grants, stabilisation support) is not in the 717.
    """
    refunded = f.flow(year, "relief_refund") - f.flow(year, "relief_refund_metropolis")
    shared = sum(
        f.flow(year, item) - f.flow(year, f"{item}_state") - f.flow(year, f"{item}_metropolis")
        for item in ("shared_relief_refund", "insurer_support")
    )
    return _all_discretionary(f, year) + refunded + shared


def _all_discretionary(f: Figures, year: int) -> float:
    """Return all 法定外繰入: against deficits and for other purposes."""
    return float(f.year.loc[year, "discretionary_transfer"] + f.year.loc[year, "other_discretionary"])


def _deficit_share(f: Figures, year: int) -> float:
    """Return the part of all discretionary transfers that is against deficits."""
    return float(f.year.loc[year, "discretionary_transfer"]) / max(_all_discretionary(f, year), 1.0)


def _purpose(name: str) -> Read:
    """Return the reader of the part of the transfers against deficits that has one purpose."""
    return lambda f, y: f.fact(y, name) / max(float(f.year.loc[y, "discretionary_transfer"]), 1.0)


def _deficit_insurers(f: Figures, year: int) -> float:
    """Return the part of the municipalities whose single-year balance is a deficit."""
    return float(f.year.loc[year, "deficit_insurers"]) / len(f.p.codes())


def _with_plan(f: Figures, year: int) -> float:
    """Return how many municipalities made a transfer against deficits in a settlement known by the year: they plan."""
    before = f.place[f.place["year"] < year]
    return float(before[before["discretionary_transfer"] > 0]["code"].nunique())


def _estimated_benefit(f: Figures, year: int) -> float:
    """Benefits per insured in the metropolis's estimate for the contribution of a year, not what was lived."""
    return float(f.account.loc[year, "benefits"]) / float(f.account.loc[year, "members"])


def _first_benefit(f: Figures, year: int) -> float:
    """Benefits per insured as estimated in November."""
    return float(f.first_account.loc[year, "benefits"]) / float(f.first_account.loc[year, "members"])


def _surplus(f: Figures, year: int) -> float:
    """Result of the metropolitan account, the planned use of old surpluses and of the fund and its loans left out."""
    planned = sum(float(f.account.get((year, item), 0.0)) for item in ("medical.b9", "medical.b9f", "medical.b9r"))
    lent = f.flow(year, "loan") - f.flow(year, "loan_repayment")
    return lent - f.spent(year, "metropolis") - planned


def _effort(f: Figures, year: int) -> float:
    """保険者努力支援 of the prefecture and its municipalities together, yen."""
    return f.flow(year, "effort_metropolitan") + f.flow(year, "effort")


def _effort_of_nation(f: Figures, year: int) -> float:
    """The same as a share of the nation's money."""
    return _effort(f, year) / sum(float(f.p.value(f"effort.pot_{side}", year)) for side in ("municipal", "prefecture"))


def _levy_medical(f: Figures, year: int, group: str) -> float:
    """Medical levy of a group before 7/5/2割, yen."""
    return f.fact(year, "bill_medical", group) + f.fact(year, "relief_medical", group)


def _not_levied_medical(f: Figures, year: int, group: str) -> float:
    """Medical contribution of a group that the general accounts of its members pay, yen."""
    left = 1 - float(f.p.value("municipal.group_share_medical", year))
    return left * f.fact(year, "contribution_medical", group)


_ACCOUNTS = ("metropolis", "municipality", "general_account")

RULES: dict[str, Rule] = {
    "insured_persons_annual_average": Rule(_headline("members_average"), 0.01),
    "insured_persons_65_plus": Rule(lambda f, y: f.fact(y, "elderly_months") / 12, 0.03),
    "share_65_plus_insured": Rule(_headline("share_65_plus"), 0.01, relative=False),
    "income_per_insured_old_proviso": Rule(_headline("base_income_per_member"), 0.01),
    "premium_per_insured": Rule(_headline("premium_per_member"), 0.03),
    "premium_to_income_ratio": Rule(_premium_to_income, 0.04),
    "collection_rate_current_year": Rule(_headline("collection_rate"), 0.002, relative=False),
    "arrears_household_share": Rule(_headline("arrears_household_share"), 0.01, relative=False),
    "medical_benefit_total": Rule(
        lambda f, y: f.fact(y, "benefit") + f.flow(y, "support_payment") + f.flow(y, "care_payment"), 0.02
    ),
    "premium_revenue_total": Rule(lambda f, y: f.fact(y, "collected") + f.fact(y, "arrears_collected"), 0.02),
    "national_subsidy_total": Rule(lambda f, y: f.paid(y, ("nation",), _ACCOUNTS), 0.05),
    "metropolitan_subsidy_total": Rule(lambda f, y: f.paid(y, ("metropolitan_budget",), _ACCOUNTS), 0.1),
    "municipal_funds_total": Rule(_municipal_money, 0.1),
    "off_rule_transfer_total": Rule(_all_discretionary, 0.05),
    "off_rule_transfer_deficit_share_nation": Rule(_deficit_share, 0.1, relative=False, role="context"),
    "deficit_insurer_share_nation": Rule(_deficit_insurers, 0.1, relative=False, role="context"),
    "transfer_relief_share_nation": Rule(_purpose("transfer_relief"), 0.1, relative=False, role="context"),
    "transfer_accumulated_share_nation": Rule(_purpose("transfer_accumulated"), 0.01, relative=False, role="context"),
    "deficit_reduction_plans_municipalities": Rule(_with_plan, 3, relative=False),
    "elderly_adjustment_grant": Rule(_account("elderly_grant"), 0.03),
    "elderly_adjustment_grant_provisional": Rule(_first("elderly_grant"), 0.03),
    "contribution_total_provisional_reference": Rule(_headline("contribution"), 0.03),
    "contribution_total_provisional": Rule(_first("contribution_total"), 0.03),
    "contribution_total_final": Rule(_headline("contribution"), 0.01),
    "contribution_total": Rule(_headline("contribution"), 0.03),
    "contribution_per_capita": Rule(_headline("contribution_per_head"), 0.03),
    "contribution_per_capita_provisional": Rule(_first("contribution_per_head"), 0.03),
    "contribution_per_capita_final": Rule(_headline("contribution_per_head"), 0.01),
    "premium_per_capita_no_off_rule": Rule(_headline("standard_premium_per_head"), 0.015),
    "premium_per_capita_no_off_rule_provisional": Rule(_first("standard_premium_per_head"), 0.015),
    "premium_per_capita_no_off_rule_final": Rule(_headline("standard_premium_per_head"), 0.015),
    "insured_persons_assumed_provisional": Rule(_first("members"), 0.01),
    "insured_persons_year_end_sum_of_municipalities": Rule(_headline("members_end"), 0.01),
    "insured_households_year_end_sum_of_municipalities": Rule(_headline("households_end"), 0.01),
    "general_account_transfer_to_nhi_total": Rule(lambda f, y: f.paid(y, ("general_account",), ("municipality",)), 0.1),
    "benefit_total_provisional": Rule(_first("benefits"), 0.02),
    "insured_persons_medical_support": Rule(_account("members"), 0.01),
    "insured_persons_medical_support_provisional": Rule(_first("members"), 0.01),
    "insured_persons_final": Rule(_account("members"), 0.01),
    "benefit_total": Rule(_account("benefits"), 0.02),
    "benefit_total_final": Rule(_account("benefits"), 0.02),
    "benefit_per_capita": Rule(_estimated_benefit, 0.01),
    "benefit_per_capita_provisional": Rule(_first_benefit, 0.01),
    "benefit_per_capita_final": Rule(_estimated_benefit, 0.01),
    "support_contribution_expenditure": Rule(_account("support_payment"), 0.02),
    "support_contribution_expenditure_provisional": Rule(_first("support_payment"), 0.02),
    "care_contribution_expenditure": Rule(_account("care_payment"), 0.02),
    "care_contribution_expenditure_provisional": Rule(_first("care_payment"), 0.02),
    "public_funds": Rule(_account("public_money"), 0.02),
    "public_funds_provisional": Rule(_first("public_money"), 0.02),
    "alpha": Rule(_headline("alpha"), 0.0, relative=False, role="input"),
    "beta_medical": Rule(_account("beta_medical"), 0.02),
    "mitigation_grant_provisional": Rule(_first("easing"), 0.5),
    "target_municipalities_with_deficit_transfer": Rule(
        _headline("discretionary_municipalities"), 0.0, relative=False, role="goal"
    ),
    "benefit_settled": Rule(_headline("benefit"), 0.01),
    "insured_persons_year_end": Rule(_headline("members_end"), 0.01),
    "surplus_net_after_returns": Rule(_surplus, 0.5),
    "national_proportional": Rule(lambda f, y: f.flow(y, "state_share"), 0.05),
    "metropolitan_share": Rule(lambda f, y: f.flow(y, "metropolitan_share"), 0.05),
    "national_other": Rule(lambda f, y: f.paid(y, ("nation",), _ACCOUNTS) - f.flow(y, "state_share"), 0.1),
    "metropolitan_other": Rule(
        lambda f, y: f.paid(y, ("metropolitan_budget",), _ACCOUNTS) - f.flow(y, "metropolitan_share"), 0.1
    ),
    "special_high_cost_subsidy_provisional": Rule(_first("special_high_cost_subsidy"), 0.1, role="input"),
    "late_elderly_insured": Rule(lambda f, y: f.fact(y, "late_elderly_october"), 0.05),
    "effort_money": Rule(_effort, 0.1),
    "effort_share_of_nation": Rule(_effort_of_nation, 0.1),
    "municipalities_with_collection_project": Rule(
        lambda f, y: float((f.of_year("second_part", y)["project"] > 0).sum()), 0.0, relative=False, role="input"
    ),
    "juki_population_2026_01_01": Rule(_on_january("residents"), 0.003),
}
"""how a total is read whose name every prefecture uses, and how close it should be; roles are the region's to give"""

OF_GROUP: dict[str, tuple[OfGroup, float]] = {
    "group_levy_per_insured": (_levy_per_insured, 0.03),
    "group_contribution_medical": (lambda f, y, group: f.fact(y, "contribution_medical", group), 0.03),
    "group_levy_medical": (_levy_medical, 0.03),
    "group_contribution_medical_not_levied": (_not_levied_medical, 0.1),
}
"""the same of a group of municipalities with one rate: reader and relative band"""


def rules(p: Parameters) -> dict[str, Rule]:
    """Return the rule of every published item of a region."""
    return RULES | {check.item: _rule(check) for check in _checks(p)}


def reader(measure: str, group: str = "") -> Read:
    """Return how a measure is read from a run, of a group of municipalities if one is named."""
    return partial(_of_group, OF_GROUP[measure][0], group) if group else RULES[measure].read


def _of_group(read: OfGroup, group: str, f: Figures, year: int) -> float:
    return read(f, year, group)


def _checks(p: Parameters) -> list[Check]:
    return checks(p, RULES, OF_GROUP)


def _rule(check: Check) -> Rule:
    read = reader(check.measure, check.group)
    rule = Rule(read, OF_GROUP[check.measure][1]) if check.group else RULES[check.measure]
    return replace(rule, role=check.role, fitted=check.fitted, superseded=check.superseded)


_CHANGE_BAND = 0.01


def rows(figures: Figures) -> list[dict[str, object]]:
    """Return a row per published total, in the order of `targets.totals`; then changes, own estimates and sums."""
    p, years = figures.p, set(figures.year.index)
    table, known = p.rows("targets.totals"), rules(p)
    named = table.set_index("id")
    return [
        *(_row(t, known.get(t.item), figures, years) for t in table.itertuples()),
        *_changes(named, known, figures, years),
        *_own_estimates(named, figures, years),
        *_sums(table, known, figures, years),
    ]


def _row(target, rule: Rule | None, figures: Figures, years: set[int]) -> dict[str, object]:  # type: ignore[no-untyped-def]
    year, published = int(target.fiscal_year), float(target.value)
    got, width, role = None, 0.0, rule.of(year) if rule else "not_simulated"
    if rule is not None and year in years:
        got, width = rule.read(figures, year), rule.band * abs(published) if rule.relative else rule.band
    shown = row(target.id, role, year, target.unit, published, got, width, target.source_id)
    return shown | {"basis": target.basis}


def _changes(
    table: pd.DataFrame, known: dict[str, Rule], figures: Figures, years: set[int]
) -> Iterator[dict[str, object]]:
    """Yield changes from one year to the next, as shares: totals that are right can hide that the movement is not.

    Which figures are set beside one another, the region says (`targets.changes`); fitted only where both ends are.
    """
    for change in figures.p.rows("targets.changes").itertuples():
        first, last = table.loc[change.first], table.loc[change.last]
        ends = {int(end["fiscal_year"]): str(end["item"]) for end in (first, last)}
        if not {*ends} <= years:
            continue
        before, after = (known[item].read(figures, year) for year, item in ends.items())
        roles = {known[item].of(year) for year, item in ends.items()}
        role = roles.pop() if len(roles) == 1 else "held_out"
        published, year, source = float(last["value"]) / float(first["value"]) - 1, max(ends), str(last["source_id"])
        shown = row(str(change.id), role, year, "ratio", published, after / before - 1, _CHANGE_BAND, source)
        yield shown | {"basis": last["basis"]}


_ESTIMATES = ("benefit_total_final", "benefit_total", "benefit_total_provisional")
"""what a prefecture expected benefits to be, the last announced first"""


def _own_estimates(table: pd.DataFrame, figures: Figures, years: set[int]) -> Iterator[dict[str, object]]:
    """Yield what the simulated prefecture would have expected by itself, beside what the prefecture announced."""
    for year in sorted(years):
        told = next((table.loc[name] for item in _ESTIMATES if (name := f"{item}.{year}") in table.index), None)
        if told is None:
            continue
        published, got = float(told["value"]), float(figures.account.loc[year, "benefits_own_estimate"])
        name, source = f"benefits_own_estimate.{year}", str(told["source_id"])
        shown = row(name, "held_out", year, "yen", published, got, 0.01 * published, source)
        yield shown | {"basis": told["basis"]}


def _sums(
    table: pd.DataFrame, known: dict[str, Rule], figures: Figures, years: set[int]
) -> Iterator[dict[str, object]]:
    """Yield figures that several published items add up to, in the years in which the first of them is known."""
    for check in (check for check in _checks(figures.p) if check.parts):
        rule = known[check.item]
        for year in sorted(years & {int(y) for y in table.loc[table["item"] == check.parts[0], "fiscal_year"]}):
            told = table[(table["fiscal_year"] == year) & table["item"].isin(check.parts)]
            published, source = float(told["value"].sum()), ";".join(dict.fromkeys(told["source_id"]))
            got, width = rule.read(figures, year), rule.band * published if rule.relative else rule.band
            name, unit = f"{check.item}.{year}", str(told["unit"].iloc[0])
            yield row(name, rule.of(year), year, unit, published, got, width, source) | {"basis": told["basis"].iloc[0]}
