"""Behaviour in a fiscal year: records by name of `payment.*`, of everybody and by municipality.

Log-odds are of the population; `scale` turns them into those of one household, whose readiness to pay differs.
"""

from __future__ import annotations

from statistics import NormalDist
from typing import Annotated, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.core.record import Floats, Places, Record, made
from sim.mechanisms.payment.law import Bylaws, Law, bylaws, instalments, usual_instalments
from sim.mechanisms.payment.state import AGE_CLASSES, RESIDENCES, age_class
from sim.parameters import Parameters
from sim.parameters.memo import once
from sim.population.codes import Method, Residence

_ATTENUATION = 0.346
"""(16 sqrt(3) / 15 pi)^2: a logistic with normal spread s has population odds 1 / sqrt(1 + 0.346 s^2) as steep
(Zeger, Liang and Albert 1988)."""


class Chances(Record, domain="payment"):
    """What holds in every municipality; see `behaviour/payment.yaml`.

    scale             log-odds of a household per log-odds of the population
    steady, passing   spread of readiness that stays with a household, and that is drawn every year
    account_taste     part of the inclination to an account that has nothing to do with readiness
    reference_burden  mean burden, bill over income
    """

    burden_elasticity: float
    income_effect: float
    income_reference: float
    income_floor: int
    rise_effect: float
    rise_limit: float
    income_drop_effect: float
    undeclared_effect: float
    back_charge_effect: float
    arrears_effect: float
    age_effect: Floats
    kind_effect: Floats
    stay_effect: Floats
    unknown_share: Floats
    unknown_stays: float
    catch_up_hardening: float
    account_link: float
    pension_opt_out: float
    suspension_share: float
    agreement_hazard: float
    agreement_stays: float
    agreement_share: float
    arrears_readiness: float
    arrears_size: float
    arrears_reference: float
    arrears_clear: float
    arrears_left_effect: float
    special_care_effect: float
    delinquency_share: float
    seizure_amount: float
    scale: Annotated[float, made]
    steady: Annotated[float, made]
    passing: Annotated[float, made]
    account_taste: Annotated[float, made]
    reference_burden: Annotated[float, made]


class Towns(Record, domain="payment", by_place=True):
    """What differs by municipality.

    missing        float64[6]     log-odds of missing an instalment, by status of residence of the head
    by_method      float64[4]     the same by method of payment
    late           float64[4]     log-odds that a missed instalment is still unpaid at the end of May, for a household
                                  as likely to miss as to pay; `catch_up_hardening` times its own are added
    account_from   float64[7, 2]  account transfer from this inclination on, by age class and foreign
    carried        float64[6]     log-odds of a voluntary payment on carried-over claims, by status of residence
    burden_shift   log of the rise of burden that is not to count (feedback off); rise_shift, of the rise in a year
    prepaid        chance that a newcomer pays in advance
    seized         chance of a seizure; investigated, of a seizure or an investigation of property
    """

    account_default_joining: float
    hardship_programme: float
    special_care_share: float
    missing: Annotated[Floats, made]
    by_method: Annotated[Floats, made]
    late: Annotated[Floats, made]
    account_from: Annotated[Floats, made]
    carried: Annotated[Floats, made]
    burden_shift: Annotated[float, made]
    rise_shift: Annotated[float, made]
    prepaid: Annotated[float, made]
    seized: Annotated[float, made]
    investigated: Annotated[float, made]


class Rules(NamedTuple):
    """Everything a household's year depends on beside its columns; `age_class` int64[121]."""

    chances: Chances
    towns: Places[Towns]
    law: Law
    bylaws: Places[Bylaws]
    age_class: NDArray[np.int64]


def _logit(p: Floats) -> Floats:
    return np.log(p / (1.0 - p))


def _logistic(x: Floats) -> Floats:
    return 1.0 / (1.0 + np.exp(-x))


def _places(p: Parameters, name: str, year: int) -> Floats:
    return p.by_place(f"payment.{name}", year).astype(np.float64)


@once
def intercepts(p: Parameters) -> Floats:
    """Return the log-odds of each municipality: of all heads, and of foreign heads besides; float64[places, 2]."""
    t = p.table("places.payment_intercepts").set_index("code").loc[p.codes()]
    return t[["intercept", "foreign"]].to_numpy(np.float64)


def rules(
    p: Parameters,
    year: int,
    *,
    burden_shift: Floats | None = None,
    rise_shift: Floats | None = None,
    intercept: Floats | None = None,
) -> Rules:
    """Return behaviour and law of a fiscal year.

    burden_shift  float64[places]  log of the municipality-wide rise of burden that is not to count (feedback off)
    rise_shift    float64[places]  the same for the rise over the year before
    intercept     float64[places, 2]  instead of the register's, for fitting
    """
    if burden_shift is None and rise_shift is None and intercept is None:
        return _usual(p, year)
    nothing = np.zeros(len(p.codes()))
    return _made(
        p,
        year,
        nothing if burden_shift is None else burden_shift,
        nothing if rise_shift is None else rise_shift,
        intercepts(p) if intercept is None else intercept,
    )


@once
def _usual(p: Parameters, year: int) -> Rules:
    nothing = np.zeros(len(p.codes()))
    return _made(p, year, nothing, nothing, intercepts(p))


def _made(p: Parameters, year: int, burden_shift: Floats, rise_shift: Floats, base: Floats) -> Rules:
    spread, persistence = (float(p.value(f"payment.{n}", year)) for n in ("dispersion", "persistence"))
    link = float(p.value("payment.account_link", year))
    chances = Chances.of(
        p,
        year,
        scale=float(np.sqrt(1.0 + _ATTENUATION * spread**2)),
        steady=float(spread * np.sqrt(persistence)),
        passing=float(spread * np.sqrt(1.0 - persistence)),
        account_taste=float(np.sqrt(1.0 - link * link)),
        reference_burden=float(p.value("payment.burden_reference", year)) / 1_000_000,
    )
    towns = _towns(p, year, burden_shift, rise_shift, base)
    return Rules(chances, towns, Law.of(p, year), bylaws(p, year), age_class())


def _towns(p: Parameters, year: int, burden_shift: Floats, rise_shift: Floats, base: Floats) -> Places[Towns]:
    def number(name: str) -> float:
        return float(p.value(f"payment.{name}", year))

    capacity = _capacity(p, year)
    effort = np.log(np.maximum(capacity, 1e-6))
    steep = capacity ** number("capacity_returns")
    link = _linked(p, year)
    foreign = np.arange(len(RESIDENCES)) > 0
    residence = np.array(p.value("payment.residence_effect", year), np.float64) + number("foreign_effect") * foreign
    year_level = number("year_effect") - number("trend") * max(0.0, year - number("trend_after"))
    own = _places(p, "place_level", year)
    lines = number("base") + year_level + base[:, 0] + own - number("capacity_effect") * effort
    arrears = _places(p, "place_arrears_level", year)
    told = _places(p, "multilingual_notices", year) * number("multilingual_effect")
    share = _places(p, "prepayment_adoption", year) * number("prepayment_compliance")
    return Towns.each(
        p,
        year,
        missing=lines[:, None] + residence[None, :] + (base[:, 1:] - told[:, None]) * foreign[None, :] - link,
        by_method=_method_effects(p, year),
        late=_late(p, year),
        account_from=_account_from(p, year),
        carried=(number("arrears_base") + arrears + number("capacity_arrears_effect") * effort)[:, None] + link,
        burden_shift=burden_shift,
        rise_shift=rise_shift,
        prepaid=share if year >= p.value("collection.prepayment_from", year) else np.zeros_like(share),
        seized=np.minimum(number("seizure_hazard") * steep, number("seizure_most")),
        investigated=np.minimum(number("investigation_hazard") * steep, number("investigation_most")),
    )


def _capacity(p: Parameters, year: int) -> Floats:
    """Return what collection gets done against today, float64[places]: staff, and what guidance makes of it."""
    guided = _places(p, "collection_guidance", year) * float(p.value("payment.guidance_effect", year))
    return _places(p, "enforcement_capacity", year) * (1.0 + guided)


def _linked(p: Parameters, year: int) -> Floats:
    """Return the fall of the log-odds by the immigration link, float64[places, 6]: heads without permanent stay."""
    strength = _places(p, "immigration_link", year) * float(p.value("payment.immigration_effect", year))
    reached = np.array([r not in (Residence.JAPANESE, Residence.PERMANENT) for r in Residence], np.float64)
    return strength[:, None] * reached[None, :]


@once
def _method_effects(p: Parameters, year: int) -> Floats:
    """Return the log-odds by method, float64[places, 4]; slips carry the levers that reach them alone."""
    effects = np.zeros((len(p.codes()), 4))
    finer = p.value("payment.instalment_effect", year) * np.log(instalments(p, year) / usual_instalments(p))
    effects[:, Method.PENSION] = p.value("payment.pension_effect", year)
    effects[:, Method.ACCOUNT] = p.value("payment.account_effect", year) + finer
    effects[:, Method.SLIP] = _places(p, "cashless", year) * p.value("payment.cashless_effect", year) + finer
    return effects


@once
def _late(p: Parameters, year: int) -> Floats:
    """Return the log-odds that a missed instalment is unpaid at the end of May, float64[places, 4]."""
    reminded = _places(p, "sms_reminders", year) * p.value("payment.sms_effect", year)
    reminded = reminded + _places(p, "voice_reminders", year) * p.value("payment.voice_effect", year)
    late = np.repeat(-_logit(_places(p, "catch_up", year))[:, None], 4, axis=1)
    late[:, Method.SLIP] -= reminded
    return late


@once
def _account_from(p: Parameters, year: int) -> Floats:
    """Return the inclination from which a household pays by account transfer, float64[places, ages, 2]."""
    share = np.clip(_places(p, "account_transfer_share", year), 1e-6, 1 - 1e-6)
    foreign = np.array([0.0, p.value("payment.account_foreign", year)])
    ages = np.array(p.value("payment.account_age", year), np.float64)
    chance = _logistic(_logit(share)[:, None, None] + ages[None, :, None] + foreign[None, None, :])
    assert chance.shape[1:] == (len(AGE_CLASSES), 2)
    some, which = np.unique(1.0 - np.clip(chance, 1e-9, 1 - 1e-9), return_inverse=True)
    return np.array([NormalDist().inv_cdf(x) for x in some.tolist()])[which].reshape(chance.shape)
