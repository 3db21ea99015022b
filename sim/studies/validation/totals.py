"""Totals of the prefecture: how each published item is read from a run, and how close it should be."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from sim.parameters import Parameters
from sim.parameters.groups import followers
from sim.studies.validation.figures import Figures, Read, Rule, row


def _headline(name: str) -> Read:
    return lambda f, y: float(f.year.loc[y, name])


def _account(name: str) -> Read:
    return lambda f, y: float(f.account.loc[y, name])


def _on_january(name: str) -> Read:
    """The register speaks of 1 January: a quarter of the opening and three quarters of the closing stock."""
    return lambda f, y: 0.25 * f.fact(y, name) + 0.75 * f.fact(y, f"{name}_end" if name == "residents" else name)


def _ward_levy(f: Figures, year: int) -> float:
    """Levy per insured of the wards under the unified rates, medical and support portion, before reliefs, at the cap.

    What a ward prints as its premium per insured is the plan of all of them: the per-head amounts of R5 to R7, both
    portions together, are 42 % of it to the 100 yen.
    """
    rows = f.place[(f.place["year"] == year) & f.place["code"].isin([*followers(f.p, year)])]
    levy = sum(float((rows[f"gross_levy_{p}"] - rows[f"over_cap_{p}"]).sum()) for p in ("medical", "support"))
    return levy / (float(rows["member_months"].sum()) / 12)


def _municipal_money(f: Figures, year: int) -> float:
    """公費 of municipalities as the council's table adds up: discretionary transfer and their quarters of the reliefs.

    3,182 + 2,367 + 3,180 + 1,173 + 717 is the sum it prints for R4, so what merely passes through the accounts
    (office cost, birth grants, stabilisation support, transfers for other ends) is not in the 717.
    """
    refunded = f.flow(year, "relief_refund") - f.flow(year, "relief_refund_metropolis")
    shared = sum(
        f.flow(year, item) - f.flow(year, f"{item}_state") - f.flow(year, f"{item}_metropolis")
        for item in ("shared_relief_refund", "insurer_support")
    )
    return f.flow(year, "discretionary_transfer") + refunded + shared


def _estimated_benefit(f: Figures, year: int) -> float:
    """Benefits per insured in the metropolis's estimate for the contribution of a year, not what was lived."""
    return float(f.account.loc[year, "benefits"]) / float(f.account.loc[year, "members"])


def _surplus(f: Figures, year: int) -> float:
    """Result of the metropolitan account, the planned use of old surpluses and of the fund and its loans left out."""
    planned = sum(float(f.account.get((year, item), 0.0)) for item in ("medical.b9", "medical.b9f", "medical.b9r"))
    lent = f.flow(year, "loan") - f.flow(year, "loan_repayment")
    return lent - f.spent(year, "metropolis") - planned


def _of_wards(name: str) -> Read:
    return lambda f, y: f.fact(y, name, grouped=True)


def _ward_levy_medical(f: Figures, year: int) -> float:
    """Medical levy of the wards before 7/5/2割, yen."""
    return f.fact(year, "bill_medical", grouped=True) + f.fact(year, "relief_medical", grouped=True)


_ACCOUNTS = ("metropolis", "municipality", "general_account")

RULES: dict[str, Rule] = {
    "insured_persons_annual_average": Rule(_headline("members_average"), 0.01),
    "insured_persons_65_plus": Rule(lambda f, y: f.fact(y, "elderly_months") / 12, 0.03, role="fitted"),
    "share_65_plus_insured": Rule(_headline("share_65_plus"), 0.01, relative=False, role="fitted"),
    "income_per_insured_old_proviso": Rule(_headline("base_income_per_member"), 0.01, role="fitted"),
    "premium_per_insured": Rule(_headline("premium_per_member"), 0.03),
    "collection_rate_current_year": Rule(_headline("collection_rate"), 0.002, relative=False, role="fitted"),
    "arrears_household_share": Rule(_headline("arrears_household_share"), 0.01, relative=False, role="fitted"),
    "medical_benefit_total": Rule(
        lambda f, y: f.fact(y, "benefit") + f.flow(y, "support_payment") + f.flow(y, "care_payment"), 0.02
    ),
    "premium_revenue_total": Rule(
        lambda f, y: f.fact(y, "collected") + f.fact(y, "arrears_collected"), 0.02, role="fitted"
    ),
    "national_subsidy_total": Rule(lambda f, y: f.paid(y, ("nation",), _ACCOUNTS), 0.05),
    "tokyo_subsidy_total": Rule(lambda f, y: f.paid(y, ("metropolitan_budget",), _ACCOUNTS), 0.1),
    "municipal_funds_total": Rule(_municipal_money, 0.1),
    "off_rule_transfer_total": Rule(_headline("discretionary_transfer"), 0.05, role="fitted"),
    "elderly_adjustment_grant": Rule(_account("elderly_grant"), 0.03, role="fitted"),
    "elderly_adjustment_grant_provisional": Rule(_account("elderly_grant"), 0.03, role="fitted"),
    "contribution_total_provisional_reference": Rule(_headline("contribution"), 0.03, role="fitted"),
    "contribution_total_provisional": Rule(_headline("contribution"), 0.03, fitted=(2023,), superseded=(2025,)),
    "contribution_total_final": Rule(_headline("contribution"), 0.01),
    "contribution_total": Rule(_headline("contribution"), 0.03, role="fitted"),
    "contribution_per_capita": Rule(_headline("contribution_per_head"), 0.03, role="fitted"),
    "contribution_per_capita_provisional": Rule(_headline("contribution_per_head"), 0.03, superseded=(2025,)),
    "contribution_per_capita_final": Rule(_headline("contribution_per_head"), 0.01),
    "premium_per_capita_no_off_rule": Rule(_headline("standard_premium_per_head"), 0.015, role="fitted"),
    "premium_per_capita_no_off_rule_provisional": Rule(
        _headline("standard_premium_per_head"), 0.015, superseded=(2025,)
    ),
    "premium_per_capita_no_off_rule_final": Rule(_headline("standard_premium_per_head"), 0.015, role="fitted"),
    "ward_unified_premium_per_insured_taito": Rule(_ward_levy, 0.03),
    "ward_premium_per_insured_taito": Rule(_ward_levy, 0.03),
    "insured_persons_assumed_provisional": Rule(_account("members"), 0.01, role="input"),
    "insured_persons_year_end_sum_of_municipalities": Rule(_headline("members_end"), 0.01, role="fitted"),
    "insured_households_year_end_sum_of_municipalities": Rule(_headline("households_end"), 0.01, role="fitted"),
    "general_account_transfer_to_nhi_total": Rule(
        lambda f, y: f.paid(y, ("general_account",), ("municipality",)), 0.1, role="fitted"
    ),
    "benefit_total_provisional": Rule(_account("benefits"), 0.02, role="input", superseded=(2025,)),
    "insured_persons_medical_support": Rule(_account("members"), 0.01, role="input"),
    "insured_persons_medical_support_provisional": Rule(_account("members"), 0.01, superseded=(2025,)),
    "insured_persons_final": Rule(_account("members"), 0.01, role="input"),
    "benefit_total": Rule(_account("benefits"), 0.02, role="input"),
    "benefit_total_final": Rule(_account("benefits"), 0.02, role="input"),
    "benefit_per_capita": Rule(_estimated_benefit, 0.01, role="input"),
    "benefit_per_capita_provisional": Rule(_estimated_benefit, 0.01, superseded=(2025,)),
    "benefit_per_capita_final": Rule(_estimated_benefit, 0.01, role="input"),
    "support_contribution_expenditure": Rule(_account("support_payment"), 0.02, role="fitted"),
    "support_contribution_expenditure_provisional": Rule(_account("support_payment"), 0.02, role="fitted"),
    "care_contribution_expenditure": Rule(_account("care_payment"), 0.02, role="fitted"),
    "care_contribution_expenditure_provisional": Rule(_account("care_payment"), 0.02, role="fitted"),
    "public_funds": Rule(_account("public_money"), 0.02, role="fitted"),
    "public_funds_provisional": Rule(_account("public_money"), 0.02, role="fitted"),
    "alpha": Rule(_headline("alpha"), 0.0, relative=False, role="input"),
    "beta_medical": Rule(_account("beta_medical"), 0.02),
    "mitigation_grant_provisional": Rule(_account("easing"), 0.5, role="fitted"),
    "target_municipalities_with_deficit_transfer": Rule(
        _headline("discretionary_municipalities"), 0.0, relative=False, role="goal"
    ),
    "benefit_settled": Rule(_headline("benefit"), 0.01, fitted=(2022, 2023)),
    "insured_persons_year_end": Rule(_headline("members_end"), 0.01, fitted=(2022, 2023)),
    "surplus_net_after_returns": Rule(_surplus, 0.5),
    "national_proportional": Rule(lambda f, y: f.flow(y, "state_share"), 0.05),
    "metropolitan_share": Rule(lambda f, y: f.flow(y, "metropolitan_share"), 0.05),
    "national_other": Rule(lambda f, y: f.paid(y, ("nation",), _ACCOUNTS) - f.flow(y, "state_share"), 0.1),
    "metropolitan_other": Rule(
        lambda f, y: f.paid(y, ("metropolitan_budget",), _ACCOUNTS) - f.flow(y, "metropolitan_share"), 0.1
    ),
    "ward_contribution_medical": Rule(_of_wards("contribution_medical"), 0.03),
    "ward_levy_total_medical": Rule(_ward_levy_medical, 0.03, fitted=(2025,)),
    "juki_population_2026_01_01": Rule(_on_january("residents"), 0.003, role="fitted"),
}


CHANGES = (
    ("contribution_total", (2024, "contribution_total"), (2025, "contribution_total_final")),
    ("contribution_per_capita", (2024, "contribution_per_capita"), (2025, "contribution_per_capita_final")),
    (
        "premium_per_capita_no_off_rule",
        (2024, "premium_per_capita_no_off_rule"),
        (2025, "premium_per_capita_no_off_rule_final"),
    ),
    (
        "elderly_adjustment_grant",
        (2024, "elderly_adjustment_grant"),
        (2025, "elderly_adjustment_grant_provisional"),
    ),
    (
        "contribution_total",
        (2022, "contribution_total_provisional_reference"),
        (2023, "contribution_total_provisional"),
    ),
    (
        "premium_per_capita_no_off_rule",
        (2022, "premium_per_capita_no_off_rule"),
        (2023, "premium_per_capita_no_off_rule_provisional"),
    ),
    ("benefit_settled", (2022, "benefit_settled"), (2023, "benefit_settled")),
    ("insured_persons_year_end", (2022, "insured_persons_year_end"), (2023, "insured_persons_year_end")),
    ("ward_contribution_medical", (2022, "ward_contribution_medical"), (2023, "ward_contribution_medical")),
    ("ward_contribution_medical", (2023, "ward_contribution_medical"), (2024, "ward_contribution_medical")),
    ("ward_contribution_medical", (2024, "ward_contribution_medical"), (2025, "ward_contribution_medical")),
)
"""Changes from one year to the next: totals that are right can hide that the movement is not."""
_CHANGE_BAND = 0.01


def rows(figures: Figures) -> list[dict[str, object]]:
    """Return one row per published total of Tokyo, in the order of the table `targets.totals`, then their changes."""
    years = set(figures.year.index)
    table = Parameters.load().table("targets.totals")
    named = table.set_index("id")
    return [
        *(_row(t, figures, years) for t in table.itertuples()),
        *_changes(named, figures, years),
        *_own_estimates(named, figures, years),
        *_easing_of_wards(named, figures, years),
    ]


def _row(target, figures: Figures, years: set[int]) -> dict[str, object]:  # type: ignore[no-untyped-def]
    rule, year, published = RULES.get(target.item), int(target.fiscal_year), float(target.value)
    got, width, role = None, 0.0, rule.of(year) if rule else "not_simulated"
    if rule is not None and year in years:
        got, width = rule.read(figures, year), rule.band * abs(published) if rule.relative else rule.band
    shown = row(target.id, role, year, target.unit, published, got, width, target.source_id)
    return shown | {"basis": target.basis}


def _changes(table: pd.DataFrame, figures: Figures, years: set[int]) -> Iterator[dict[str, object]]:
    """Yield published and simulated changes, as shares; fitted only where both ends are."""
    for name, *ends in CHANGES:
        first, last = (year for year, _ in ends)
        if not {first, last} <= years:
            continue
        told = [table.loc[f"{item}.{year}"] for year, item in ends]
        got = [RULES[item].read(figures, year) for year, item in ends]
        published = float(told[1]["value"]) / float(told[0]["value"]) - 1
        roles = {RULES[item].of(year) for year, item in ends}
        role = roles.pop() if len(roles) == 1 else "held_out"
        shown = row(
            f"{name}_change.{last}",
            role,
            last,
            "ratio",
            published,
            got[1] / got[0] - 1,
            _CHANGE_BAND,
            str(told[1]["source_id"]),
        )
        yield shown | {"basis": told[1]["basis"]}


_ESTIMATED = {2023: "benefit_total_provisional", 2024: "benefit_total", 2025: "benefit_total_final"}


def _own_estimates(table: pd.DataFrame, figures: Figures, years: set[int]) -> Iterator[dict[str, object]]:
    """Yield what the simulated metropolis would have expected by itself, beside what the metropolis announced."""
    for year, item in _ESTIMATED.items():
        if year in years:
            told = table.loc[f"{item}.{year}"]
            published, got = float(told["value"]), float(figures.account.loc[year, "benefits_own_estimate"])
            name, source = f"benefits_own_estimate.{year}", str(told["source_id"])
            shown = row(name, "held_out", year, "yen", published, got, 0.01 * published, source)
            yield shown | {"basis": told["basis"]}


_EASED = ("ward_easing_transitional", "ward_easing_special", "ward_easing_fund_repayment")
"""what the wards' general accounts pay of the medical contribution: along their path, for the pandemic, for the fund"""


def _easing_of_wards(table: pd.DataFrame, figures: Figures, years: set[int]) -> Iterator[dict[str, object]]:
    """Yield the medical contribution the wards do not levy, beside the sum of what they say their accounts pay."""
    p = Parameters.load()
    for year in sorted(years & {int(y) for y in table.loc[table["item"] == _EASED[0], "fiscal_year"]}):
        told = table[(table["fiscal_year"] == year) & table["item"].isin(_EASED)]
        published = float(told["value"].sum())
        left = 1 - float(p.value("municipal.group_share_medical", year))
        got = left * figures.fact(year, "contribution_medical", grouped=True)
        source = ";".join(dict.fromkeys(told["source_id"]))
        yield row(f"ward_easing.{year}", "held_out", year, "yen", published, got, 0.1 * published, source) | {
            "basis": "plan"
        }
