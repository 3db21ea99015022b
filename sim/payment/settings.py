"""The parameters of a year as the arrays the kernel reads."""

from __future__ import annotations

from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from sim.parameters import Parameters
from sim.payment.codes import AGE_CLASSES, RESIDENCES, VINTAGES, age_class
from sim.payment.kernels import Habits, Law
from sim.population.codes import Method, Residence

_ATTENUATION = 0.346
"""(16 sqrt(3) / 15 pi)^2: a logistic with normal spread s has population odds 1 / sqrt(1 + 0.346 s^2) as steep
(Zeger, Liang and Albert 1988)."""

Array = NDArray[np.float64]


def _logit(p: Array) -> Array:
    return np.log(p / (1.0 - p))


def _logistic(x: Array) -> Array:
    return 1.0 / (1.0 + np.exp(-x))


def _places(p: Parameters, name: str, year: int) -> Array:
    return p.by_place(f"payment.{name}", year).astype(np.float64)


def intercepts(p: Parameters) -> Array:
    """Return the log-odds of each municipality: of all heads, and of foreign heads besides; float64[places, 2]."""
    return p.table("places.payment_intercepts")[["intercept", "foreign"]].to_numpy(np.float64)


def habits(p: Parameters, year: int, burden_shift: Array, rise_shift: Array, intercept: Array | None = None) -> Habits:
    """Return the behaviour of a fiscal year.

    burden_shift  float64[places]  log of the municipality-wide rise of burden that is not to count (feedback off)
    rise_shift    float64[places]  the same for the rise over the year before
    intercept     float64[places, 2]  instead of the register's, for fitting
    """

    def number(name: str) -> float:
        return float(p.value(f"payment.{name}", year))

    def vector(name: str) -> Array:
        return np.array(p.value(f"payment.{name}", year), np.float64)

    base = intercepts(p) if intercept is None else intercept
    capacity = _places(p, "enforcement_capacity", year)
    effort = np.log(np.maximum(capacity, 1e-6))
    steep = capacity ** number("capacity_returns")
    link = _linked(p, year)
    foreign = np.arange(len(RESIDENCES)) > 0
    residence = vector("residence_effect") + number("foreign_effect") * foreign
    year_level = number("year_effect") - number("trend") * max(0.0, year - number("trend_after"))
    lines = number("base") + year_level + base[:, 0] - number("capacity_effect") * effort
    spread = number("dispersion")
    share = _places(p, "prepayment_adoption", year) * number("prepayment_compliance")
    return Habits(
        place_residence=lines[:, None] + residence[None, :] + base[:, 1:] * foreign[None, :] - link,
        place_method=_method_effects(p, year),
        late=_late(p, year),
        account_from=_account_from(p, year),
        arrears_logit=(number("arrears_base") + number("capacity_arrears_effect") * effort)[:, None] + link,
        age=vector("age_effect"),
        kind=vector("kind_effect"),
        stay=vector("stay_effect"),
        unknown=vector("unknown_share"),
        burden_shift=np.ascontiguousarray(burden_shift, np.float64),
        rise_shift=np.ascontiguousarray(rise_shift, np.float64),
        account_default=_places(p, "account_default_joining", year),
        hardship=_places(p, "hardship_programme", year),
        prepay=share if year >= p.value("collection.prepayment_from", year) else np.zeros_like(share),
        seize=np.minimum(number("seizure_hazard") * steep, 0.9),
        investigate=np.minimum(number("investigation_hazard") * steep, 0.95),
        special=_places(p, "special_care_share", year),
        scale=float(np.sqrt(1.0 + _ATTENUATION * spread**2)),
        steady=float(spread * np.sqrt(number("persistence"))),
        passing=float(spread * np.sqrt(1.0 - number("persistence"))),
        elasticity=number("burden_elasticity"),
        income_effect=number("income_effect"),
        burden_reference=number("burden_reference") / 1_000_000,
        income_reference=number("income_reference"),
        rise_effect=number("rise_effect"),
        rise_limit=number("rise_limit"),
        income_drop=number("income_drop_effect"),
        undeclared=number("undeclared_effect"),
        back_charge=number("back_charge_effect"),
        arrears=number("arrears_effect"),
        hardening=number("catch_up_hardening"),
        account_link=number("account_link"),
        pension_opt_out=number("pension_opt_out"),
        unknown_stays=number("unknown_stays"),
        suspend=number("suspension_share"),
        agree=number("agreement_hazard"),
        agree_stays=number("agreement_stays"),
        agreement_share=number("agreement_share"),
        arrears_readiness=number("arrears_readiness"),
        arrears_size=number("arrears_size"),
        arrears_reference=number("arrears_reference"),
        arrears_clear=number("arrears_clear"),
        arrears_left=number("arrears_left_effect"),
        special_effect=number("special_care_effect"),
        charged=number("delinquency_share"),
        seizure_amount=number("seizure_amount"),
        income_floor=int(p.value("payment.income_floor", year)),
    )


def _linked(p: Parameters, year: int) -> Array:
    """Return the fall of the log-odds by the immigration link, float64[places, 6]: heads without permanent stay."""
    strength = _places(p, "immigration_link", year) * float(p.value("payment.immigration_effect", year))
    reached = np.array([r not in (Residence.JAPANESE, Residence.PERMANENT) for r in Residence], np.float64)
    return strength[:, None] * reached[None, :]


def _method_effects(p: Parameters, year: int) -> Array:
    """Return the log-odds by method, float64[places, 4]; slips carry the levers that reach them alone."""
    effects = np.zeros((len(p.codes()), 4))
    usual = p.table("places.municipalities")["instalments"].to_numpy(np.float64)
    finer = p.value("payment.instalment_effect", year) * np.log(_instalments(p, year) / usual)
    effects[:, Method.PENSION] = p.value("payment.pension_effect", year)
    effects[:, Method.ACCOUNT] = p.value("payment.account_effect", year) + finer
    effects[:, Method.SLIP] = _places(p, "cashless", year) * p.value("payment.cashless_effect", year) + finer
    return effects


def _late(p: Parameters, year: int) -> Array:
    """Return the log-odds that a missed instalment is unpaid at the end of May, float64[places, 4]."""
    reminded = _places(p, "sms_reminders", year) * p.value("payment.sms_effect", year)
    reminded = reminded + _places(p, "voice_reminders", year) * p.value("payment.voice_effect", year)
    late = np.repeat(-_logit(_places(p, "catch_up", year))[:, None], 4, axis=1)
    late[:, Method.SLIP] -= reminded
    return late


def _account_from(p: Parameters, year: int) -> Array:
    """Return the inclination from which a household pays by account transfer, float64[places, ages, 2]."""
    share = np.clip(_places(p, "account_transfer_share", year), 1e-6, 1 - 1e-6)
    foreign = np.array([0.0, p.value("payment.account_foreign", year)])
    ages = np.array(p.value("payment.account_age", year), np.float64)
    chance = _logistic(_logit(share)[:, None, None] + ages[None, :, None] + foreign[None, None, :])
    quantile = NormalDist().inv_cdf
    assert chance.shape[1:] == (len(AGE_CLASSES), 2)
    return np.vectorize(quantile, otypes=[np.float64])(1.0 - np.clip(chance, 1e-9, 1 - 1e-9))


def _instalments(p: Parameters, year: int) -> NDArray[np.int64]:
    chosen = p.by_place("payment.instalments", year).astype(np.int64)
    usual = p.table("places.municipalities")["instalments"].to_numpy(np.int64)
    return np.where(chosen > 0, chosen, usual)


def rules(p: Parameters, year: int) -> Law:
    """Return the rules of a fiscal year."""

    def number(name: str) -> int:
        return int(p.value(f"collection.{name}", year))

    tax = p.table("places.municipalities")["levy_form"].to_numpy() == "tax"

    def by_form(name: str) -> NDArray[np.int64]:
        return np.where(tax, number(f"{name}_tax"), number(f"{name}_premium")).astype(np.int64)

    return Law(
        limitation=by_form("limitation_years"),
        instalments=_instalments(p, year),
        first_month=by_form("first_instalment"),
        unit=by_form("instalment_unit"),
        charge_rate=charge_rates(p, year, by_form("delinquency_low_months")),
        age_class=age_class(),
        suspension=number("suspension_years"),
        pension_minimum=number("pension_minimum"),
        pension_share=number("pension_bill_share"),
        pension_instalments=number("pension_instalments"),
        newcomer_months=number("prepayment_months"),
        smallest_claim=number("delinquency_smallest_claim"),
        smallest_charge=number("delinquency_smallest_charge"),
        claim_unit=number("delinquency_claim_unit"),
        charge_unit=number("delinquency_charge_unit"),
    )


def charge_rates(p: Parameters, year: int, low_months: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the delinquency charge per 1,000,000 on a claim of each vintage paid now, int64[places, 6].

    A claim k years old bears the low rate for the first months and the high rate for the rest, at the rates
    of the calendar years it ran through (years before the first published one take that one's). Vintages
    from before a municipality began to charge bear nothing.
    """
    first = min(p.passport("collection.delinquency_high").values or {year: 0})
    begins = p.table("places.delinquency")["first_fiscal_year"].to_numpy(np.int64)
    rates = np.zeros((low_months.size, VINTAGES), np.int64)
    for k in range(1, VINTAGES):
        origin = max(year - k, first)
        low = p.value("collection.delinquency_low", origin) * low_months // 12
        high = p.value("collection.delinquency_high", origin) * (12 - low_months) // 12
        later = sum(p.value("collection.delinquency_high", max(y, first)) for y in range(year - k + 1, year))
        rates[:, k] = np.where(year - k >= begins, low + high + later, 0)
    return rates
