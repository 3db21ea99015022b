"""What a region does not give is imputed by a stated rule, and marked: tables here, numbers in `numbers`.

A rule makes a table, in its own columns, from what every region gives (register by age, settlement card, rates) and
from tables of the nation; nothing is taken from another prefecture's municipalities. A table that lacks some
municipalities is completed row by row where its rule can. `Parameters.imputed_tables` and `imputed_numbers` say what
was imputed in a register, a run's manifest repeats it, and `kokuho region check` says what each gap costs.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pandas as pd

from sim.parameters.imputation import accounts, households, kept, moves, residents
from sim.parameters.imputation.moves import of_region
from sim.parameters.imputation.numbers import DERIVED, derived
from sim.parameters.imputation.rule import GRADES, Rule

if TYPE_CHECKING:
    from sim.parameters.loader import Parameters

__all__ = ["DERIVED", "GRADES", "REQUIRED", "RULES", "Rule", "derived", "forget", "lacking", "of_region", "table"]

REQUIRED = ("places.municipalities", "places.register_age5", "places.settlement_fy2023", "places.actual_rates")
"""tables every region gives; a municipality must not be missing in one, but for its rates"""

RULES: dict[str, Rule] = {**residents.RULES, **households.RULES, **moves.RULES, **accounts.RULES}
"""table -> how it is made where a region does not give it"""

_made: dict[tuple[object, ...], pd.DataFrame] = {}
_lacking: dict[tuple[object, ...], tuple[int, ...]] = {}


def table(p: Parameters, key: str) -> pd.DataFrame:
    """Return a table with its missing rows and cells filled by rule; not to be written to."""
    if not lacking(p, key) and key != accounts.CARDS:
        return p.given(key)
    if (p.ground, key) not in _made:
        _made[p.ground, key] = _filled(p.register(), key)
    return _made[p.ground, key]


def lacking(p: Parameters, key: str) -> tuple[int, ...]:
    """Return the codes of the municipalities whose rows of a table are made by rule.

    Rows the region gives and an information date hides are not known: nothing takes their place.
    """
    if key not in RULES:
        return ()
    if key not in p.table_paths:
        return tuple(p.codes())
    if not RULES[key].by_row:
        return ()
    if (p.ground, key) not in _lacking:
        there = set(replace(p, as_of=None).given(key)["code"])
        _lacking[p.ground, key] = tuple(code for code in p.codes() if code not in there)
    return _lacking[p.ground, key]


def forget() -> None:
    """Drop what was made."""
    _made.clear()
    _lacking.clear()
    kept.forget()


def _filled(p: Parameters, key: str) -> pd.DataFrame:
    if key == accounts.CARDS:
        return accounts.with_households(p, p.given(key))
    made = RULES[key].make(p)
    if key not in p.table_paths:
        return made
    given = p.given(key)
    both = pd.concat([given, made[made["code"].isin(lacking(p, key))]], ignore_index=True)
    order = {code: at for at, code in enumerate(p.codes())}
    return both.sort_values("code", key=lambda c: c.map(order).fillna(-1), kind="stable", ignore_index=True)
