"""The sections of the report, in order. A subject adds its own in one line: `*care_figures.SECTIONS`.

`FIRST` is the page every run leaves at once: headline figures, six figures, the municipalities.
"""

from __future__ import annotations

from dataclasses import replace

from sim.reports import (
    bills,
    burden_figures,
    care_figures,
    collection_figures,
    effort_figures,
    levers_figures,
    money_figures,
    nationality,
    payment_figures,
    people_figures,
    tables,
)
from sim.reports.marks import size_of, starred
from sim.reports.section import Section
from sim.reports.words import WORDS

_ALL: tuple[Section, ...] = (
    Section(
        "headline",
        WORDS["headline"],
        (
            "{level}全体の主な数値。公表値のある最後の年度は項目ごとに異なり（図と「公表値との比較」に示す）、"
            "その後は推計である。",
            "{region} as a whole. How far results are published differs by figure (see the figures); "
            "what follows is projection.",
        ),
        tables=(tables.headline, tables.headline_ranges),
    ),
    *people_figures.SECTIONS,
    *money_figures.SECTIONS,
    *collection_figures.SECTIONS,
    *burden_figures.SECTIONS,
    *payment_figures.SECTIONS,
    *levers_figures.SECTIONS,
    *care_figures.SECTIONS,
    *nationality.SECTIONS,
    *effort_figures.SECTIONS,
    *bills.SECTIONS,
    Section(
        "places",
        ("{municipalities}別", "By municipality"),
        lambda run, lang: starred(size_of(run), lang),
        tables=(tables.municipalities, tables.place_ranges),
    ),
    Section(
        "validation",
        WORDS["validation"],
        WORDS["validation_lead"],
        tables=(tables.verdicts, tables.misses, tables.validation),
    ),
)

_APPENDIX = ("estimates", "arrears", "levers", "care", "health_plan", "nationality", "effort", "validation")
"""what those who study the model read; a council's paper ends before"""

SECTIONS: tuple[Section, ...] = (
    *(s for s in _ALL if s.key not in _APPENDIX),
    *(replace(s, appendix=True) for s in _ALL if s.key in _APPENDIX),
)

_FIRST_FIGURES = ("members", "money", "premium", "transfer", "collection", "tiles")
_FIRST_TABLES = ("headline", "places")


def _first(section: Section) -> Section:
    """Return a section with the figures and tables of the first page only."""
    figures = tuple(d for d in section.figures if d.name in _FIRST_FIGURES)
    return replace(section, figures=figures, tables=section.tables if section.key in _FIRST_TABLES else ())


FIRST: tuple[Section, ...] = tuple(s for s in map(_first, SECTIONS) if s.figures or s.tables)
