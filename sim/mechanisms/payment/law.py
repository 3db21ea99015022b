"""The law of collection in a fiscal year: records by name of `collection.*`, national and by municipality."""

from __future__ import annotations

from typing import Annotated

import numpy as np
from numpy.typing import NDArray

from sim.core.record import Ints, Places, Record, made
from sim.parameters import Parameters
from sim.parameters.memo import once
from sim.population.households import ORIGINS


class Law(Record, domain="collection"):
    """What holds in every municipality; see `law/collection.yaml`."""

    suspension_years: int
    pension_minimum: int
    pension_bill_share: int
    pension_instalments: int
    pension_age_from: int
    pension_age_to: int
    prepayment_months: int
    delinquency_smallest_claim: int
    delinquency_smallest_charge: int
    delinquency_claim_unit: int
    delinquency_charge_unit: int


class Bylaws(Record, domain="collection", by_place=True):
    """What a municipality has by the form of its levy (料 or 税) or by its ordinance.

    limitation_years   years until a claim is barred
    instalments        per year
    first_instalment   month of the first one, April = 0
    instalment_unit    yen an instalment is a multiple of
    charge_rate        int64[6], delinquency charge per 1,000,000 of a claim by year of origin, 0 = none
    """

    limitation_years: Annotated[int, made]
    instalments: Annotated[int, made]
    first_instalment: Annotated[int, made]
    instalment_unit: Annotated[int, made]
    charge_rate: Annotated[Ints, made]


@once
def bylaws(p: Parameters, year: int) -> Places[Bylaws]:
    """Return what each municipality has in a fiscal year."""
    tax = p.table("places.municipalities")["levy_form"].to_numpy() == "tax"

    def by_form(name: str) -> NDArray[np.int64]:
        low, high = (int(p.value(f"collection.{name}_{form}", year)) for form in ("premium", "tax"))
        return np.where(tax, high, low).astype(np.int64)

    return Bylaws.each(
        p,
        year,
        limitation_years=by_form("limitation_years"),
        instalments=instalments(p, year),
        first_instalment=by_form("first_instalment"),
        instalment_unit=by_form("instalment_unit"),
        charge_rate=charge_rates(p, year, by_form("delinquency_low_months")),
    )


@once
def instalments(p: Parameters, year: int) -> NDArray[np.int64]:
    """Return the instalments a year, int64[places]: the usual ones unless a scenario sets others."""
    chosen = p.by_place("payment.instalments", year).astype(np.int64)
    return np.where(chosen > 0, chosen, usual_instalments(p))


@once
def usual_instalments(p: Parameters) -> NDArray[np.int64]:
    """Return the instalments a year that each municipality has, int64[places]."""
    return p.table("places.municipalities")["instalments"].to_numpy(np.int64)


def charge_rates(p: Parameters, year: int, low_months: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the delinquency charge per 1,000,000 on a claim of each year of origin paid now, int64[places, 6].

    A claim k years old bears the low rate for the first months and the high rate for the rest, at the rates
    of the calendar years it ran through (years before the first published one take that one's). Claims
    from before a municipality began to charge bear nothing.
    """
    first = min(p.passport("collection.delinquency_high").values or {year: 0})
    begins = p.table("places.delinquency").set_index("code").loc[p.codes(), "first_fiscal_year"].to_numpy(np.int64)
    rates = np.zeros((low_months.size, ORIGINS), np.int64)
    for k in range(1, ORIGINS):
        origin = max(year - k, first)
        low = p.value("collection.delinquency_low", origin) * low_months // 12
        high = p.value("collection.delinquency_high", origin) * (12 - low_months) // 12
        later = sum(p.value("collection.delinquency_high", max(y, first)) for y in range(year - k + 1, year))
        rates[:, k] = np.where(year - k >= begins, low + high + later, 0)
    return rates
