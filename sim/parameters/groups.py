"""Groups of municipalities with one rate: who belongs to one, and who follows its rates in a year.

A prefecture may have some (`places.rate_groups`, `places.group_rates`, `municipal.group_*`); most have none.
"""

from __future__ import annotations

from sim.parameters.loader import Parameters
from sim.parameters.memo import once

TABLE = "places.rate_groups"
RATES = "places.group_rates"
OWN = "municipal.group_own_rates"


@once
def group_of(p: Parameters) -> dict[int, str]:
    """Return code -> group of the municipalities that belong to one."""
    if TABLE not in p.table_passports:
        return {}
    t = p.table(TABLE)
    return {int(code): str(group) for code, group in zip(t["code"], t["group"], strict=True)}


def followers(p: Parameters, year: int) -> dict[int, str]:
    """Return code -> group of those that follow the rates of their group; the others set rates of their own."""
    own = {int(code) for code in p.value(OWN, year)}
    return {code: group for code, group in group_of(p).items() if code not in own}


@once
def rates_of(p: Parameters, group: str) -> set[int]:
    """Return the fiscal years whose rates of a group are published."""
    if RATES not in p.table_passports:
        return set()
    t = p.table(RATES)
    return {int(year) for year in t.loc[t["group"] == group, "fiscal_year"]}
