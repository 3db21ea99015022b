"""Published figures beside simulated ones, hits and misses alike.

Every row names a published figure of `parameters/targets/tokyo.csv` by item and fiscal year, the
figure a run gives for it, and a band. `role` says how to read the row: `fitted` (a parameter marked
estimated was fitted to it), `held_out` (used nowhere), `input` (a setting, shown for completeness),
`goal` (an aim of policy, not a fact; never judged).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from sim.institutions.memory import PORTIONS
from sim.outputs.folder import RunFolder, find_run
from sim.parameters import Parameters


@dataclass(frozen=True)
class Figures:
    """The tables of a run a published figure can be compared with."""

    year: pd.DataFrame
    place: pd.DataFrame
    account: pd.DataFrame
    accounts: pd.DataFrame

    @classmethod
    def of(cls, run: RunFolder) -> Figures:
        return cls(
            year=run.table("metropolis_year").set_index("year"),
            place=run.table("municipality_year"),
            account=run.table("metropolitan_account").set_index(["year", "item"])["value"],
            accounts=run.table("accounts"),
        )

    def fact(self, year: int, name: str, wards: bool = False) -> float:
        rows = self.place[self.place["year"] == year]
        if wards:
            rows = rows[rows["code"] < 13200]
        return float(rows[name].sum())

    def paid(self, year: int, payers: tuple[str, ...], payees: tuple[str, ...]) -> float:
        a = self.accounts
        rows = a[(a["year"] == year) & a["payer"].isin(payers) & a["payee"].isin(payees)]
        return float(rows["amount"].sum())

    def spent(self, year: int, entity: str) -> float:
        """Return what an entity paid less what it received."""
        rows = self.accounts[self.accounts["year"] == year]
        paid = rows[rows["payer"] == entity]["amount"].sum() - rows[rows["payee"] == entity]["amount"].sum()
        return float(paid)

    def flow(self, year: int, item: str) -> float:
        a = self.accounts
        return float(a[(a["year"] == year) & (a["item"] == item)]["amount"].sum())


Read = Callable[[Figures, int], float]


@dataclass(frozen=True)
class Rule:
    """How a published item is read from a run, how close it should be, and what it was used for."""

    read: Read
    band: float
    relative: bool = True
    role: str = "held_out"


def _headline(name: str) -> Read:
    return lambda f, y: float(f.year.loc[y, name])


def _account(name: str) -> Read:
    return lambda f, y: float(f.account.loc[y, name])


def _on_january(name: str) -> Read:
    """The register speaks of 1 January: a quarter of the opening and three quarters of the closing stock."""
    return lambda f, y: 0.25 * f.fact(y, name) + 0.75 * f.fact(y, f"{name}_end" if name == "residents" else name)


def _taito(f: Figures, year: int) -> float:
    rows = f.place[(f.place["year"] == year) & (f.place["code"] == 13106)].iloc[0]
    return float(sum(rows[f"bill_{p}"] for p in PORTIONS)) / (float(rows["member_months"]) / 12)


_ACCOUNTS = ("metropolis", "municipality", "general_account")

RULES: dict[str, Rule] = {
    "insured_persons_annual_average": Rule(_headline("members_average"), 0.01, role="fitted"),
    "insured_persons_65_plus": Rule(lambda f, y: f.fact(y, "elderly_months") / 12, 0.03, role="fitted"),
    "share_65_plus_insured": Rule(_headline("share_65_plus"), 0.01, relative=False, role="fitted"),
    "income_per_insured_old_proviso": Rule(_headline("base_income_per_member"), 0.01, role="fitted"),
    "premium_per_insured": Rule(_headline("premium_per_member"), 0.03),
    "collection_rate_current_year": Rule(_headline("collection_rate"), 0.002, relative=False, role="fitted"),
    "arrears_household_share": Rule(_headline("arrears_household_share"), 0.01, relative=False, role="fitted"),
    "medical_benefit_total": Rule(
        lambda f, y: f.fact(y, "benefit") + f.flow(y, "support_payment") + f.flow(y, "care_payment"), 0.02
    ),
    "premium_revenue_total": Rule(lambda f, y: f.fact(y, "collected") + f.fact(y, "arrears_collected"), 0.02),
    "national_subsidy_total": Rule(lambda f, y: f.paid(y, ("nation",), _ACCOUNTS), 0.05),
    "tokyo_subsidy_total": Rule(lambda f, y: f.paid(y, ("metropolitan_budget",), _ACCOUNTS), 0.1),
    "municipal_funds_total": Rule(lambda f, y: f.spent(y, "general_account"), 0.1),
    "off_rule_transfer_total": Rule(_headline("discretionary_transfer"), 0.05),
    "elderly_adjustment_grant": Rule(_account("elderly_grant"), 0.03, role="fitted"),
    "elderly_adjustment_grant_provisional": Rule(_account("elderly_grant"), 0.03, role="fitted"),
    "contribution_total_provisional_reference": Rule(_headline("contribution"), 0.03, role="fitted"),
    "contribution_total_provisional": Rule(_headline("contribution"), 0.03, role="fitted"),
    "contribution_total": Rule(_headline("contribution"), 0.03, role="fitted"),
    "contribution_per_capita": Rule(_headline("contribution_per_head"), 0.03),
    "contribution_per_capita_provisional": Rule(_headline("contribution_per_head"), 0.03),
    "premium_per_capita_no_off_rule": Rule(_headline("standard_premium_per_head"), 0.015, role="fitted"),
    "premium_per_capita_no_off_rule_provisional": Rule(_headline("standard_premium_per_head"), 0.015),
    "ward_unified_premium_per_insured_taito": Rule(_taito, 0.1),
    "ward_premium_per_insured_taito": Rule(_taito, 0.1),
    "insured_persons_assumed_provisional": Rule(_headline("members_average"), 0.01),
    "insured_persons_year_end_sum_of_municipalities": Rule(_headline("members_end"), 0.01, role="fitted"),
    "insured_households_year_end_sum_of_municipalities": Rule(_headline("households_end"), 0.01, role="fitted"),
    "general_account_transfer_to_nhi_total": Rule(lambda f, y: f.paid(y, ("general_account",), ("municipality",)), 0.1),
    "benefit_total_provisional": Rule(_headline("benefit"), 0.02, role="fitted"),
    "insured_persons_medical_support": Rule(_headline("members_average"), 0.01, role="fitted"),
    "insured_persons_medical_support_provisional": Rule(_headline("members_average"), 0.01, role="fitted"),
    "benefit_total": Rule(_account("benefits"), 0.02, role="fitted"),
    "benefit_per_capita": Rule(_headline("benefit_per_member"), 0.01, role="fitted"),
    "benefit_per_capita_provisional": Rule(_headline("benefit_per_member"), 0.01, role="fitted"),
    "support_contribution_expenditure": Rule(_account("support_payment"), 0.02, role="fitted"),
    "support_contribution_expenditure_provisional": Rule(_account("support_payment"), 0.02, role="fitted"),
    "care_contribution_expenditure": Rule(_account("care_payment"), 0.02, role="fitted"),
    "care_contribution_expenditure_provisional": Rule(_account("care_payment"), 0.02, role="fitted"),
    "public_funds": Rule(_account("public_money"), 0.02, role="fitted"),
    "public_funds_provisional": Rule(_account("public_money"), 0.02, role="fitted"),
    "alpha": Rule(_headline("alpha"), 0.0, relative=False, role="input"),
    "beta_medical": Rule(_account("beta_medical"), 0.02, role="input"),
    "mitigation_grant_provisional": Rule(_account("easing"), 0.5, role="fitted"),
    "target_municipalities_with_deficit_transfer": Rule(
        _headline("discretionary_municipalities"), 0.0, relative=False, role="goal"
    ),
    "juki_population_2026_01_01": Rule(_on_january("residents"), 0.003, role="fitted"),
}


def rows(run: RunFolder) -> pd.DataFrame:
    """Return one row per published figure: id, role, year, unit, published, simulated, difference, band, ok, source.

    A figure whose year lies outside the run, or which the model does not produce, keeps an empty
    `simulated` and `ok`, so that nothing published is passed over in silence.
    """
    figures = Figures.of(run)
    years = set(figures.year.index)
    return pd.DataFrame([_row(t, figures, years) for t in Parameters.load().table("targets.tokyo").itertuples()])


def _row(target, figures: Figures, years: set[int]) -> dict[str, object]:  # type: ignore[no-untyped-def]
    rule = RULES.get(target.item)
    row: dict[str, object] = {
        "id": target.id,
        "role": rule.role if rule else "not_simulated",
        "year": int(target.fiscal_year),
        "unit": target.unit,
        "published": float(target.value),
        "simulated": None,
        "difference": None,
        "band": None,
        "ok": None,
        "source": target.source_id,
    }
    if rule is None or target.fiscal_year not in years:
        return row
    simulated = rule.read(figures, int(target.fiscal_year))
    published = float(target.value)
    difference = simulated - published
    width = rule.band * abs(published) if rule.relative else rule.band
    row |= {"simulated": simulated, "difference": difference, "band": width}
    if rule.role not in ("goal", "input"):
        row["ok"] = abs(difference) <= width
    return row


def validate(run: Path | str | None = None, sample: int | None = None) -> pd.DataFrame:
    """Return the validation rows of a run; without a run, the baseline is run first (1/`sample`, default everybody)."""
    if run is not None:
        return rows(find_run(run))
    from sim.run.api import run as start

    return rows(start("baseline", sample=sample).folder)
