"""Fixed-asset tax of a year: drawn where a town levies an asset part (資産割), and its sums by municipality."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.core.kernel import spread
from sim.core.tally import Records
from sim.core.units import april
from sim.institutions.world import World
from sim.mechanisms.levy.assets import Assets, Towns, own
from sim.mechanisms.levy.state import Homes, People

_MONTHS = 12


def asset_tax(w: World, year: int, people: People, homes: Homes, rates: Records) -> NDArray[np.int64]:
    """Return the fixed-asset tax of everybody, yen/year, int64[people]; int64[1], zero, where no town levies on it.

    rates  records [places, 4] in force, see `state.pack_rates`
    """
    levied = where_levied(rates)
    if not levied.any():
        return np.zeros(1, np.int64)
    out = np.zeros(people.born.size, np.int64)
    towns = Towns(levied, w.key("levy.assets"), april(year))
    spread(own, homes.hid.size, homes, people.born, towns, Assets.of(w.p, year), out)
    return out


def where_levied(rates: Records) -> NDArray[np.bool_]:
    """Return which towns levy an asset part, bool[places]."""
    return np.asarray((rates["asset_part"] > 0).any(axis=1), np.bool_)


def taxed(w: World, year: int, tax: NDArray[np.int64], people: People, homes: Homes, rates: Records) -> None:
    """Remember the fixed-asset tax of the insured by municipality, weighted by insured months / 12.

    `asset_tax` of all of them, `asset_tax_care` of those who are of the age of the care portion on 1 April.
    """
    whole, care = (np.zeros(w.places, np.int64) for _ in range(2))
    levied = where_levied(rates)
    rows = np.flatnonzero(levied[homes.place]) if levied.any() else np.zeros(0, np.int64)
    heads, place = homes.head[rows], homes.place[rows].astype(np.int64)
    months = np.bitwise_count(people.insured_months[heads]).astype(np.int64)
    months = tax[heads] * months if rows.size else months
    np.add.at(whole, place, months)
    np.add.at(care, place, months * _of_care_age(people.born[heads], w, year))
    w.memory.put(year, "asset_tax", whole * w.weight // _MONTHS)
    w.memory.put(year, "asset_tax_care", care * w.weight // _MONTHS)


def _of_care_age(born: NDArray[np.int16], w: World, year: int) -> NDArray[np.int64]:
    """Return 1 for who is of the age of the care portion on 1 April of the year."""
    low, high = (int(w.p.value(f"levy.{name}", year)) for name in ("care_from", "care_to"))
    age = (april(year) - born.astype(np.int64)) // _MONTHS
    return ((age >= low) & (age < high)).astype(np.int64)
