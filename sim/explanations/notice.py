"""A bill as the notice of the levy (決定通知書) shows it: each portion by parts, with the relief of each part."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from sim.explanations.adjust import Adjustment
from sim.explanations.lines import WORDS, Case, lines_of
from sim.institutions.portions import PORTIONS
from sim.institutions.reliefs import IN_ORDER

CHARGES = ("income_part", "asset_part", "per_head", "per_adult", "per_household")
SPLIT = ("relief_per_head", "relief_per_household")
_REST = tuple(r.name for r in IN_ORDER if r.name != "relief")
COLUMNS = (*CHARGES, *SPLIT, *_REST, "over_cap", "rounding", "bill")
TITLES: dict[str, tuple[str, str]] = {
    **{name: WORDS[name] for name in (*CHARGES, *_REST, "over_cap", "rounding", "bill")},
    "relief_per_head": ("軽減（均等割）", "relief, per head"),
    "relief_per_household": ("軽減（平等割）", "relief, per household"),
}


def notice(cases: Sequence[Case], adjustments: Sequence[Adjustment] = ()) -> pd.DataFrame:
    """Return yen by part, a row a portion that is charged; charges less reliefs, cap and rounding make the bill.

    cases        one for each duty to pay of the year; their amounts are added up
    adjustments  remissions and rounding beyond the levy itself
    """
    sums: dict[str, dict[str, int]] = {}
    for case in cases:
        lines = lines_of([case])
        charges = lines[lines["kind"] == "charge"].groupby(["portion", "rule"])["amount"].sum()
        for k, portion in enumerate(PORTIONS):
            if not case.stages[k].gross_levy:
                continue
            row = sums.setdefault(portion, dict.fromkeys(COLUMNS, 0))
            parts = {name: int(charges.get((portion, WORDS[name][0]), 0)) for name in CHARGES}
            for name, yen in (parts | _taken(case, k, parts["per_household"])).items():
                row[name] += yen
    for a in adjustments:
        sums[a.portion][a.rule] += a.yen
        sums[a.portion]["bill"] += a.yen
    table = pd.DataFrame(sums.values(), index=pd.Index(sums, name="portion"), columns=list(COLUMNS))
    return table.astype("int64")


def _taken(case: Case, k: int, per_household: int) -> dict[str, int]:
    """Return what is taken off a portion, below zero, and its bill; 7/5/2割軽減 by the part it is taken off."""
    stages = case.stages[k]
    relief, tenths = int(stages.relief), int(case.house.tenths)
    of_household = min(relief, (per_household - int(stages.former_member)) * tenths // 10) if per_household else 0
    taken = {name: int(stages[name]) for name in (*_REST, "over_cap", "rounding")}
    split = dict(zip(SPLIT, (relief - of_household, of_household), strict=True))
    return {**{name: -yen for name, yen in (split | taken).items()}, "bill": int(stages.bill)}
