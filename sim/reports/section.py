"""What a report is made of: sections with a title, a sentence, figures and tables, in Japanese and English.

A subject declares its sections in one module (`SECTIONS`), and `sim/reports/content.py` lists the modules:

    SECTIONS = (
        Section(
            "care",
            ("医療費", "Medical care"),
            ("誰の医療費がどれだけかかるか。", "Whose care costs how much."),
            figures=(Drawing("cost_by_age", cost_by_age, ("年齢別の医療費", "Cost by age")),),
            tables=(cost_table,),
            needs=("cost_by_age",),
        ),
    )

where `cost_by_age(run, lang)` returns a matplotlib figure (see `theme.py` for axes, colours and the shading of
the years to come) and `cost_table(run, lang)` a `Grid`. The report adds titles, footers and numbers.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sim.outputs.folder import RunFolder
from sim.reports.grid import Grid
from sim.reports.words import Lang, Text, say

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SIMULATION: Text = ("本シミュレーションの結果", "results of this simulation")


@dataclass(frozen=True)
class Drawing:
    """A figure: `draw(run, lang)` makes it; the title may hold {first} and {last}, years as R4 and R11.

    source   what the figure rests on, for its footer
    needs    tables without which it is left out
    wide     takes the whole width of the page
    tall     has a line per municipality: on paper it takes most of a page
    ranged   headline figures it shows with their ranges, which its alternative text says
    alt      what the alternative text says besides
    """

    name: str
    draw: Callable[[RunFolder, Lang], Figure]
    title: Text
    source: Text = SIMULATION
    needs: tuple[str, ...] = ()
    wide: bool = False
    tall: bool = False
    ranged: tuple[str, ...] = ()
    alt: Callable[[Lang], str] | None = None

    def possible(self, run: RunFolder) -> bool:
        return set(self.needs) <= set(run.tables)


@dataclass(frozen=True)
class Section:
    """A part of the report; left out when the run lacks one of the tables it needs, or `when` says no."""

    key: str
    title: Text
    lead: Text | Callable[[RunFolder, Lang], str]
    figures: tuple[Drawing, ...] = ()
    tables: tuple[Callable[[RunFolder, Lang], Grid | None], ...] = ()
    """those that return None are left out"""
    needs: tuple[str, ...] = ()
    when: Callable[[RunFolder], bool] | None = None
    appendix: bool = False
    """for those who study the model: it stands behind what a council reads"""

    def possible(self, run: RunFolder) -> bool:
        return set(self.needs) <= set(run.tables) and (self.when is None or self.when(run))

    def sentence(self, run: RunFolder, lang: Lang) -> str:
        return self.lead(run, lang) if callable(self.lead) else say(self.lead, lang)
