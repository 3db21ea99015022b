"""What a region does not give: how each gap is filled, and what it costs in quality."""

from __future__ import annotations

from typing import NamedTuple

from sim.parameters.imputation import DERIVED, RULES
from sim.parameters.imputation.rule import Grade
from sim.parameters.loader import Parameters

_ORDER: tuple[Grade, ...] = ("large", "moderate", "small", "none")


class Gap(NamedTuple):
    """A table or number that is not given.

    name    of the table or number
    places  municipalities whose rows are imputed, None for a number
    cost    in quality
    ja, en  how it is filled
    loss_*  what that costs
    """

    name: str
    places: int | None
    cost: Grade
    ja: str
    en: str
    loss_ja: str
    loss_en: str


def gaps(p: Parameters) -> list[Gap]:
    """Return what a region does not give, the most costly first: tables, numbers told by tables, other numbers."""
    tables = [
        Gap(key, count, rule.cost, rule.ja, rule.en, rule.loss_ja, rule.loss_en)
        for key, count in p.imputed_tables().items()
        for rule in (RULES[key],)
    ]
    imputed = p.imputed_numbers()
    told = [Gap(key, None, n.cost, n.ja, n.en, "", "") for key, n in DERIVED.items() if key in imputed]
    others = [k for k in imputed if k not in DERIVED]
    return sorted([*tables, *told], key=lambda gap: _ORDER.index(gap.cost)) + [_default(p, key) for key in others]


def _default(p: Parameters, key: str) -> Gap:
    passport = p.passport(key)
    reason = passport.reason or ""
    return Gap(key, None, "small", "全国の既定値", "default of the nation", "", reason)
