"""The figures of the report on an analyst's screen: `result.plot.collection()` is a matplotlib figure.

Every method takes `lang`, "ja" or "en", and raises InputError where the run lacks the tables the figure needs. Titles,
units and sources are those of the report, and a sample says that it is one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sim.core.errors import InputError, nearest
from sim.outputs.folder import RunFolder
from sim.parameters.regions import using

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from sim.reports.section import Drawing
    from sim.reports.words import Lang


@dataclass(frozen=True)
class Figures:
    """The figures of one run, a method each; `plot(name)` takes the name as text."""

    folder: RunFolder

    def __call__(self, name: str, lang: Lang = "ja") -> Figure:
        """Return a figure by name; InputError lists the names for an unknown one."""
        from sim.reports.drawing import drawn

        with using(self.folder.manifest["region"]):
            return drawn(self._drawing(name), self.folder, lang)

    def names(self) -> list[str]:
        """Return the names of the figures this run can show."""
        return list(self._possible())

    def members(self, lang: Lang = "ja") -> Figure:
        """Insured by fiscal year, and the share aged 65 to 74."""
        return self("members", lang)

    def pyramid(self, lang: Lang = "ja") -> Figure:
        """Ages of the insured in the last year, the first as an outline."""
        return self("pyramid", lang)

    def flows(self, lang: Lang = "ja") -> Figure:
        """Why people join and leave in the last year."""
        return self("flows", lang)

    def money(self, lang: Lang = "ja") -> Figure:
        """Benefits, contributions and bills by fiscal year, yen."""
        return self("money", lang)

    def premium(self, lang: Lang = "ja") -> Figure:
        """Standard premium and actual bill per head, yen a year."""
        return self("premium", lang)

    def transfer(self, lang: Lang = "ja") -> Figure:
        """Discretionary transfers (法定外繰入), yen, and the municipalities that have any."""
        return self("transfer", lang)

    def waterfall(self, lang: Lang = "ja") -> Figure:
        """How the contribution (納付金) of the last year comes about, yen."""
        return self("waterfall", lang)

    def rates(self, lang: Lang = "ja") -> Figure:
        """Standard and actual rates of the municipalities in the last year."""
        return self("rates", lang)

    def transfers(self, lang: Lang = "ja") -> Figure:
        """Discretionary transfers by municipality and fiscal year."""
        return self("transfers", lang)

    def collection(self, lang: Lang = "ja") -> Figure:
        """Current-year collection rate by fiscal year, with published results."""
        return self("collection", lang)

    def tiles(self, lang: Lang = "ja") -> Figure:
        """Collection rate by municipality in the last year, a tile each."""
        return self("tiles", lang)

    def burden(self, lang: Lang = "ja") -> Figure:
        """Burden and collection rate by income, household and age."""
        return self("burden", lang)

    def payment_transitions(self, lang: Lang = "ja") -> Figure:
        """From one year's payment to the next, shares of households."""
        return self("payment_transitions", lang)

    def arrears_vintage(self, lang: Lang = "ja") -> Figure:
        """Claims at the end of each fiscal year by year of origin, yen."""
        return self("arrears_vintage", lang)

    def levers(self, lang: Lang = "ja") -> Figure:
        """What the levers of collection do and cost, from the study kept with the region."""
        return self("levers", lang)

    def yen_per_yen(self, lang: Lang = "ja") -> Figure:
        """Yen back per yen spent by lever, with range."""
        return self("yen_per_yen", lang)

    def feedback(self, lang: Lang = "ja") -> Figure:
        """Strength of the feedback from bill to payment, and the collection rate."""
        return self("feedback", lang)

    def cost_tail(self, lang: Lang = "ja") -> Figure:
        """Tail of the yearly cost of care."""
        return self("cost_tail", lang)

    def cost_lorenz(self, lang: Lang = "ja") -> Figure:
        """Concentration of cost, Lorenz curve."""
        return self("cost_lorenz", lang)

    def cost_by_age(self, lang: Lang = "ja") -> Figure:
        """Cost per insured by age and kind of care, yen a year."""
        return self("cost_by_age", lang)

    def bills(self, lang: Lang = "ja") -> Figure:
        """Bills of model households, yen a year."""
        return self("bills", lang)

    def _possible(self) -> dict[str, Drawing]:
        from sim.reports.content import SECTIONS

        with using(self.folder.manifest["region"]):
            sections = [s for s in SECTIONS if s.possible(self.folder)]
        return {d.name: d for s in sections for d in s.figures if d.possible(self.folder)}

    def _drawing(self, name: str) -> Drawing:
        possible = self._possible()
        if name not in possible:
            raise InputError(
                f"no figure '{name}' of this run{nearest(name, possible)} There are: {', '.join(possible)}"
            )
        return possible[name]
