"""Everything the kernel is given for a year, as one record: law, constants of the distribution, factors, keys."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.core.units import april
from sim.institutions.world import World
from sim.mechanisms.care.ceilings import class_bounds, year_ceilings
from sim.mechanisms.care.kernels import OLD_CLASSES, UNDER_CLASSES
from sim.mechanisms.care.kernels_ceilings import CEILING_FIELDS
from sim.mechanisms.care.profile import AGES, CELL, SHAPE, profile, shape
from sim.mechanisms.care.scales import PLACE, places_of
from sim.parameters import Parameters

KEYS = {
    "need_key": "cost.need",
    "health_key": "cost.health",
    "visits_key": "cost.visits",
    "hospital_key": "cost.hospital",
    "declares_key": "cost.declares",
}
"""Field -> named decision of a keyed draw."""
_RULES = {
    "share_standard": "share_standard",
    "share_preschool": "share_preschool",
    "share_elderly": "share_elderly",
    "share_active": "share_elderly_active",
    "school_age": "school_age",
    "elderly_age": "elderly_age",
    "active_base": "active_base",
    "other_deductions": "other_deductions",
    "low_pension": "low_income_pension",
    "nontaxed_one": "nontaxed_base_one",
    "floor": "aggregation_floor",
    "after": "multiple_after",
    "otc_age": "otc_age",
    "line_high": "receipt_line_high",
    "line_special": "receipt_line_special",
    "limit": "dialysis_ceiling",
    "limit_active": "dialysis_ceiling_active",
}
"""Field of LAW -> parameter care.*, taken as it is."""
_LISTS = {
    "active": "active_taxable",
    "gross": "active_gross",
}
BANDS = 12
"""Most bands of a deduction."""
LAW = [
    *(
        (name, np.int64)
        for name in (*_RULES, "opening", "nontaxed_two", "nontaxed_more", "otc_mask", "basic", "steady")
    ),
    *((name, np.float64) for name in ("otc", "main", "declares")),
    ("active", np.int64, 3),
    ("gross", np.int64, 2),
    ("bounds", np.int64, 12),
    ("salary", np.int64, (BANDS, 3)),
    ("pension", np.int64, (BANDS, 3)),
    ("under", np.int64, (12, UNDER_CLASSES, CEILING_FIELDS)),
    ("old", np.int64, (12, OLD_CLASSES, CEILING_FIELDS)),
]
"""Fields of the law of a fiscal year, from parameters/law/care.yaml; opening, the month index of April; otc_mask, the
months with a surcharge on drugs, and otc, its part of all drug cost; steady, whether no ceiling changes in August;
main provider and declaring from cost.yaml."""


def _law(r: Any, p: Parameters, year: int) -> None:
    """Fill the fields of LAW for a fiscal year."""

    def rule(name: str) -> Any:
        return p.value(f"care.{name}", year)

    for name, key in {**_RULES, **_LISTS}.items():
        r[name] = rule(key)
    r.opening = april(year)
    r.basic = p.value("income.basic_deduction", year)[0]
    r.salary = _bands(p.table("people.salary_deduction"), "salary_from", year)
    pension = p.table("people.pension_deduction")
    r.pension = _bands(pension[pension["age_from"] == pension["age_from"].max()], "pension_from", year)
    r.nontaxed_two, r.nontaxed_more = rule("nontaxed_base_more")
    months = int(rule("otc_months"))
    r.otc_mask = ((1 << months) - 1) << (12 - months)
    r.otc = rule("otc_part") * rule("otc_drug_share") * (1 - rule("otc_exempt"))
    r.main = p.value("cost.main_provider", year)
    r.declares = p.value("cost.declares_when_ill", year)
    r.bounds = class_bounds(p)
    r.under, r.old = year_ceilings(p, year)
    r.steady = int((r.under[0, 0] == r.under[0, 11]).all() and (r.old[0, 0] == r.old[0, 11]).all())


def _bands(table: pd.DataFrame, column: str, year: int) -> NDArray[np.int64]:
    """Return the bands of a deduction: income from which each holds, rate per 1,000,000, yen added; int64[12, 3].

    A year after the last of the table follows that one. The steps of 1,000 to 4,000 yen of the appended table of the
    income tax are left out: classes do not turn on them.
    """
    years = table["fiscal_year"]
    rows = table[years == years[years <= year].max()].sort_values(column)
    bands = np.full((BANDS, 3), np.iinfo(np.int64).max)
    bands[: len(rows)] = rows[[column, "rate", "add"]].to_numpy(np.int64)
    return bands


def given(w: World, year: int) -> Any:
    """Return the record [1] the kernel works by in a fiscal year."""
    fields = [
        *LAW,
        *SHAPE,
        *((name, np.uint64) for name in KEYS),
        ("cells", CELL, (AGES, 2)),
        ("places", PLACE, (w.places,)),
    ]
    r = np.zeros(1, np.dtype(fields)).view(np.recarray)
    _law(r, w.p, year)
    constants, cells = _constants(w.p)
    for name, _ in SHAPE:
        r[name] = constants[name]
    for name, decision in KEYS.items():
        r[name] = w.key(decision)
    r["cells"] = cells
    r["places"] = places_of(w.p, year)
    return r


def _constants(p: Parameters) -> tuple[dict[str, float], Any]:
    """Return shape and profile, solved once for a set of parameters; they do not depend on the year."""
    used = tuple(repr(p.value(k, 2022)) for k in p.passports if k.startswith("cost.") or k == "care.receipt_line_high")
    if used not in _solved:
        _solved.clear()
        s = shape(p)
        _solved[used] = (s, profile(p, s))
    return _solved[used]


_solved: dict[tuple[str, ...], tuple[dict[str, float], Any]] = {}
