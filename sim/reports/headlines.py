"""What the headline figures are called and how they are shown."""

from __future__ import annotations

from sim.outputs.folder import RunFolder
from sim.outputs.measures import MEASURES
from sim.outputs.tables import HEADLINE
from sim.reports.words import WORDS, Text

_KINDS = {
    "yen": "oku",
    "yen/person": "yen",
    "share": "share",
    "yen/yen": "share",
    "persons": "persons",
    "households": "households",
    "coefficient": "coefficient",
    "count": "count",
}


def headline_kind(name: str) -> str:
    """Return the kind of a headline figure, from its declared unit."""
    return _KINDS.get(HEADLINE[name][0], "coefficient")


def place_kind(measure: str) -> str:
    """Return the kind of a measure of a municipality, sums of yen in 百万円."""
    kind = _KINDS.get(MEASURES[measure], "coefficient")
    return "million" if kind == "oku" else kind


def place_label(measure: str) -> Text:
    """Return what a measure of a municipality is called."""
    return _OF_PLACES.get(measure) or headline_label(measure)


_OF_PLACES: dict[str, Text] = {
    "contribution_per_member": ("納付金の被保険者平均", "contribution over all insured"),
    "benefit_per_member": ("1人当たり保険給付費", "benefits per insured"),
}


def headline_names(run: RunFolder) -> list[str]:
    """Return the headline figures a run holds."""
    held = run.table("metropolis_year").columns
    return [name for name in HEADLINE if name in held]


def headline_label(name: str) -> Text:
    """Return what a headline figure is called."""
    plain = name.replace("_", " ")
    return WORDS.get(name, (plain, plain))
