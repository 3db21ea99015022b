"""Foreign members: their part of cost, receipts and high-cost care beside the nation's, ages and number taken out.

A prefecture has another share of foreign members than the nation, and other ages; so what the run's members of an age
and nationality have is put together as the nation's members are (`fits.nation.foreign_shares`). The bands follow the
kind of figure: 5 % for the money something was fitted to, 15 % for counts and for the tail, whose definition differs
(a receipt of the model is a month of outpatient care or in hospital; pharmacies write their own, and teeth do not
count). The share of receipts decided that foreign members seek care less often rather than cheaper care (decision
0092), so it is fitted too; cases and yen of the high-cost benefit were used for nothing.
"""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from sim.parameters import Parameters
from sim.studies.fits.nation import foreign_share, foreign_shares, foreign_weights
from sim.studies.validation.figures import Figures, row
from sim.studies.validation.people import CARDS, Row, context

_PUBLISHED = {
    "cost": ("foreign_share_of_medical_cost", "fitted", 0.05),
    "receipts": ("foreign_share_of_claims", "fitted", 0.15),
    "high_cost_receipts": ("foreign_share_of_high_cost_cases", "held_out", 0.15),
    "high_cost": ("foreign_share_of_high_cost_benefit", "held_out", 0.15),
}
"""measure of care_by_nationality -> the nation's figure, its role, relative band"""
_YOUNG = [f"{a}-{a + 4}" for a in range(20, 40, 5)]


def rows(figures: Figures) -> list[Row]:
    """Return the rows of this subject; a run without R5 keeps an empty simulated figure."""
    p = Parameters.load()
    care = None
    if CARDS in set(figures.year.index):
        t = figures.table("care_by_nationality")
        care = t[t["year"] == CARDS]
    return [*_shares(p, care), *_ages(p, care)]


def _shares(p: Parameters, care: pd.DataFrame | None) -> Iterator[Row]:
    """Foreign shares with the nation's members, and as they are in the prefecture."""
    headline = p.table("people.headline").set_index("indicator")["value"]
    mixed = None if care is None else foreign_shares(p, care)
    own = None if care is None else care.groupby("nationality").sum(numeric_only=True)
    for measure, (indicator, role, band) in _PUBLISHED.items():
        target, name = float(headline[indicator]) / 100, f"foreign_share_of_{measure}"
        got = None if mixed is None else mixed[measure]
        label = f"national_mix.{name}.{CARDS}"
        yield row(label, role, CARDS, "ratio", target, got, band * target, "koganei_council_r7")
        here = None if own is None else float(own.loc["foreign", measure] / own[measure].sum())
        yield context(f"{name}.{CARDS}", CARDS, "ratio", target, here, "koganei_council_r7")
    share, cost = foreign_share(p), float(headline["foreign_share_of_medical_cost"]) / 100
    got = None if mixed is None else _per_head(mixed["cost"], share)
    target, label = _per_head(cost, share), f"national_mix.foreign_cost_per_head_over_japanese.{CARDS}"
    yield context(label, CARDS, "ratio", target, got, "koganei_council_r7;own_calculation")


def _per_head(cost: float, members: float) -> float:
    """Return the cost per foreign member over that per Japanese member, from shares of cost and of members."""
    return cost / members / ((1 - cost) / (1 - members))


def _ages(p: Parameters, care: pd.DataFrame | None) -> Iterator[Row]:
    """Foreign members of 20-39 among all foreign members."""
    members = None if care is None else care.set_index(["nationality", "age_group"])["members"]
    got = None if members is None else float(members["foreign"][_YOUNG].sum() / members["foreign"].sum())
    target = float(foreign_weights(p)[_YOUNG].sum())
    yield context(f"foreign_members_share_20-39_national.{CARDS}", CARDS, "ratio", target, got, "koganei_council_r7")
