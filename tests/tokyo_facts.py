"""Facts of years that look like Tokyo, without simulating anybody: for tests of the institutions alone.

Members by municipality follow the settlement cards of FY2023, totals the published membership. Everything
else is a plausible level per insured with a fixed spread over municipalities.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.institutions.memory import PORTIONS
from sim.parameters import Parameters
from tests.town import Town, found

MEMBERS = {
    2021: 2_760_000,
    2022: 2_690_000,
    2023: 2_583_000,
    2024: 2_476_000,
    2025: 2_454_000,
    2026: 2_390_000,
    2027: 2_330_000,
    2028: 2_280_000,
    2029: 2_230_000,
}
BENEFIT = {
    2021: 300_000,
    2022: 305_000,
    2023: 311_900,
    2024: 315_000,
    2025: 320_000,
    2026: 326_000,
    2027: 331_000,
    2028: 337_000,
    2029: 343_000,
}
TOKYO = 13_000
"""Code of Tokyo as a whole in tables, beside those of its municipalities."""
RELIEF = 0.24
COLLECTED = 0.915


def tokyo(year: int = 2022, parameters: Parameters | None = None) -> Town:
    """Return a town without people whose memory can be filled year by year."""
    p = parameters or Parameters.load()
    return found(p, year=year)


def spread(low: float, high: float, places: int = 62, turn: int = 7) -> NDArray[np.float64]:
    """Return fixed values between low and high, the same in every run."""
    return low + (high - low) * ((np.arange(places) * turn) % places) / (places - 1)


def fill(
    w: Town, year: int, members: int | None = None, benefit: float | None = None, empty: int | None = None
) -> None:
    """Write the facts of a year that the rates and finance steps read; `empty` = a place without members."""
    card = w.p.table("places.settlement_fy2023")
    heads = card["insured"].to_numpy(float)
    heads = heads / heads.sum() * (MEMBERS[year] if members is None else members)
    if empty is not None:
        heads[empty] = 0
    n = np.rint(heads).astype(np.int64)
    homes = np.rint(n / 1.35).astype(np.int64)
    proxy = w.p.table("places.income_proxy_fy2023")["income_levy_per_resident"].to_numpy(float)
    income = 1_060_000 * (proxy / np.average(proxy, weights=np.maximum(n, 1))) ** 0.6
    index = spread(0.93, 1.07)
    level = benefit or BENEFIT.get(year, 350_000)

    def put(name: str, values: NDArray[np.float64] | NDArray[np.int64]) -> None:
        w.memory.put(year, name, np.rint(values).astype(np.int64))

    put("members_start", n * 1.01)
    put("members_end", n * 0.985)
    put("members_october", n)
    put("elderly_october", n * (0.338 - 0.006 * (year - 2022)))
    put("care_october", n * 0.344)
    put("turning_75", n * 0.03)
    put("late_elderly_october", n * 0.62 * 1.02 ** (year - 2022))
    put("turning_65", n * 0.02)
    put("turning_40", n * 0.013)
    put("households_end", homes)
    put("member_months", n * 12)
    put("household_months", homes * 12)
    put("adult_months", n * 12 * 0.94)
    put("care_months", n * 12 * 0.344)
    put("care_household_months", n * 12 * 0.29)
    put("elderly_months", n * 12 * (0.338 - 0.006 * (year - 2022)))
    put("benefit", n * level * index)
    put("treated_months", n * 12 * 0.57)
    put("elderly_benefit", n * level * index * 0.6)
    put("cost", n * level / 0.853 * index)
    put("standard_cost", n * level / 0.853)
    put("over_800k", n * level * 0.048)
    put("over_4200k", n * level * 0.002)
    put("birth_grant", n * 0.004 * 500_000)
    put("funeral_grant", n * 0.004 * 70_000)
    put("base_income", n * income)
    _levy(w, year, n, homes, income, put)


def _levy(w, year, n, homes, income, put) -> None:  # type: ignore[no-untyped-def]
    rates = w.rates[year]
    total = np.zeros(w.places)
    for k, portion in enumerate(PORTIONS):
        heads = n * (0.344 if portion == "care" else 1.0)
        capped = heads * income * (0.9 if portion == "care" else 0.8)
        charged = 0.94 if portion == "child" else 1.0
        per_head = rates.per_head[:, k] * heads * charged + rates.per_adult[:, k] * n * 0.94
        per_head = per_head + rates.per_household[:, k] * homes
        gross = rates.income_part[:, k] / 1e6 * capped + per_head
        put(f"capped_income_{portion}", capped)
        put(f"gross_levy_{portion}", gross)
        put(f"relief_{portion}", per_head * RELIEF)
        put(f"bill_{portion}", gross - per_head * RELIEF)
        total += w.memory.get(year, f"bill_{portion}")
    put("relief_preschool", n * 0.02 * 20_000)
    put("relief_youth", n * 0)
    put("relief_maternity", n * 0)
    for tenths, share in ((7, 0.28), (5, 0.1), (2, 0.09)):
        put(f"relieved_{tenths}", n * share)
        put(f"relieved_months_{tenths}", n * share * 12)
    rate = spread(0.89, 0.95)
    put("bill_unknown_address", total * 0.003)
    put("collected", total * 0.997 * rate)
    put("arrears_collected", total * 0.025)
    put("bill_households", homes)
