"""Figures of groups of households as people compare them: rates and bills from the table household_groups."""

from __future__ import annotations

import pandas as pd

from sim.core.errors import InputError, nearest
from sim.parameters.places import prefectural

GROUP_MEASURES = {
    "collection_rate": "share",
    "arrears_share": "share",
    "unpaid_share": "share",
    "burden": "share",
    "billed": "yen",
    "billed_per_household": "yen/household",
    "households": "households",
}
"""Measure -> unit. Arrears: of those insured in March, this year's or older; unpaid: any part of this year's bill."""
_CROSSED = ("nationality and age of head", "residence and stay")
"""kinds of two marks at once, whose groups are too few households for a range"""
_BETWEEN = "|"
"""stands between measure, kind and group in the name of a figure of a group"""


def measured_groups(t: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of household_groups with the figures of GROUP_MEASURES added; a rate of nobody is missing."""
    base = (t["billed"] - t["unknown"]).astype(float)
    households = t["households"].where(t["households"] > 0)
    return t.assign(
        collection_rate=t["paid"] / base.where(base > 0),
        arrears_share=t["arrears_households"] / t["insured_end"].where(t["insured_end"] > 0),
        unpaid_share=t["unpaid_households"] / households,
        billed_per_household=t["billed"] / households,
    )


def group_name(measure: str, kind: str, group: str) -> str:
    """Return the name of a figure of a group, under which its range is kept."""
    return _BETWEEN.join((measure, kind, group))


def measure_of(name: str) -> str | None:
    """Return the measure of a figure of a group by its name; None for any other figure."""
    return name.partition(_BETWEEN)[0] if _BETWEEN in name else None


def split(names: pd.Series) -> pd.DataFrame:
    """Return measure, kind and group of names of figures of groups."""
    return names.str.split(_BETWEEN, n=2, expand=True).set_axis(["measure", "kind", "group"], axis=1)


def long_groups(t: pd.DataFrame) -> pd.DataFrame:
    """Return the figures of the prefecture's groups that have a range: year, measure (their names), value."""
    rows = t[prefectural(t["code"]) & ~t["kind"].isin(_CROSSED) & (t["households"] > 0)]
    long = measured_groups(rows).melt(["year", "kind", "group"], list(GROUP_MEASURES))
    names = long["variable"] + _BETWEEN + long["kind"] + _BETWEEN + long["group"]
    return pd.DataFrame({"year": long["year"], "measure": names, "value": long["value"]})


def found_group(text: str, groups: pd.DataFrame) -> tuple[str, str]:
    """Return kind and group meant by "65-74" or, where several kinds have one of that name, "age of head: 65-74".

    groups  kind, group; InputError says which there are
    """
    known = {f"{kind}: {group}": (str(kind), str(group)) for kind, group in groups.itertuples(index=False)}
    if text in known:
        return known[text]
    fits = [full for full, (_, group) in known.items() if group == text]
    if len(fits) == 1:
        return known[fits[0]]
    if fits:
        raise InputError(f"several groups are called '{text}': {'; '.join(fits)}")
    raise InputError(f"no group '{text}'{nearest(text, known)} There are: {'; '.join(known)}")
