"""What is published of a municipality or of the prefecture, by figure of its panel: fiscal year, value, source.

Only figures of the same definition stand here: revenue over year-end insured is not the bill per insured, a rate whose
kind its paper does not say is not the current-year rate, and neither is shown.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sim.explanations.known_rates import RateBook
from sim.explanations.printed_plan import PrintedPlan
from sim.institutions.memory import PORTIONS
from sim.parameters import Parameters
from sim.parameters.groups import group_of
from sim.studies.validation.figures import published

RATE_PORTIONS = PORTIONS[:2]
"""portions whose rates the panel adds up: medical and support"""
_MADE = ("imputed", "assumed", "estimated")
"""status of rates nobody published"""
_TOTALS: dict[str, str] = {
    "collection_rate": "collection_rate_current_year",
    "standard_premium_per_head": "premium_per_capita_no_off_rule|premium_per_capita_no_off_rule_final",
    "contribution_per_head": "contribution_per_capita|contribution_per_capita_final",
    "all_transfers": "off_rule_transfer_total",
    "arrears_household_share": "arrears_household_share",
}
"""figure of the prefecture -> items of `targets.totals`, joined by |"""
_OF_PLACES: dict[str, str] = {
    "collection_rate": "current_year",
    "billed_per_member": "levy_per_insured_yen",
    "arrears_closing": "arrears_amount_yen",
}
"""figure of a municipality -> item of `places.collection_rates`"""


@dataclass(frozen=True, kw_only=True)
class Dot:
    """A published value in the unit of its figure: yen, or a share."""

    year: int
    value: float
    source: str


def of_prefecture(p: Parameters) -> dict[str, list[Dot]]:
    """Return what is published of the prefecture, by headline figure."""
    t = published(p, "targets.totals")
    found = {}
    for figure, items in _TOTALS.items():
        rows = t[t["item"].isin(items.split("|"))]
        found[figure] = [_dot(p, row, "value") for row in rows.to_dict("records")]
    return {figure: _once_a_year(dots) for figure, dots in found.items() if dots}


def of_municipalities(p: Parameters) -> dict[int, dict[str, list[Dot]]]:
    """Return what is published of each municipality, by figure."""
    found: dict[int, dict[str, list[Dot]]] = {code: {} for code in p.codes()}
    for code, figure, dot in (*_collection(p), *_transfers(p), *_rates(p)):
        if code in found:
            found[code].setdefault(figure, []).append(dot)
    return {code: {name: _once_a_year(dots) for name, dots in each.items()} for code, each in found.items()}


def _dot(p: Parameters, row: dict[str, object], column: str, scale: float = 1.0) -> Dot:
    return Dot(
        year=int(str(row["fiscal_year"])), value=float(str(row[column])) * scale, source=_title(p, row["source_id"])
    )


def _title(p: Parameters, ids: object) -> str:
    """Return the title of the first of a row's sources."""
    first = str(ids).split(";")[0].strip()
    return p.sources[first].title if first in p.sources else first


def _once_a_year(dots: list[Dot]) -> list[Dot]:
    """Return the dots by year, the last found of a year."""
    return [dot for _, dot in sorted({dot.year: dot for dot in dots}.items())]


def _collection(p: Parameters) -> Iterator[tuple[int, str, Dot]]:
    t = published(p, "places.collection_rates")
    for figure, item in _OF_PLACES.items():
        for row in t[(t["item"] == item) & (t["group"] == "all")].to_dict("records"):
            yield int(row["code"]), figure, _dot(p, row, "value", 0.01 if row["unit"] == "percent" else 1.0)


def _transfers(p: Parameters) -> Iterator[tuple[int, str, Dot]]:
    """Yield transfers against deficits: settlement cards, where a group does not hide them, then printed plans."""
    grouped = group_of(p)
    cards = published(p, "places.settlement_fy2023")
    for row in cards[cards["deficit_transfer_proxy"].notna()].to_dict("records"):
        if int(row["code"]) not in grouped:
            yield int(row["code"]), "discretionary_transfer", _dot(p, row, "deficit_transfer_proxy")
    plans = published(p, "places.deficit_plans")
    for code in dict.fromkeys(int(c) for c in plans["code"]):
        source = _title(p, plans.loc[plans["code"] == code, "source_id"].iloc[0])
        for year, amount in PrintedPlan.of(p, code).settled.items():
            yield code, "discretionary_transfer", Dot(year=year, value=float(amount), source=source)


def _rates(p: Parameters) -> Iterator[tuple[int, str, Dot]]:
    """Yield income parts (shares) and amounts per head (yen), medical and support together, of years that have both."""
    book = RateBook(p, baseline=False)
    for code in p.codes():
        each = [book.known(code, portion) for portion in RATE_PORTIONS]
        for year in sorted(set.intersection(*(set(rows) for rows in each))):
            rows = [known[year] for known in each]
            if any(row.status in _MADE for row in rows):
                continue
            source = _title(p, rows[0].source)
            yield code, "income_part", Dot(year=year, value=sum(r.parts[0] for r in rows) / 1e6, source=source)
            yield code, "per_head", Dot(year=year, value=float(sum(r.parts[2] for r in rows)), source=source)
