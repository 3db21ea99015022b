"""What municipalities have printed of their plans to end deficits and settled, beside the simulated accounts.

A plan is a goal and never judged; a settlement is a fact. Years outside the run stay in sight with an empty figure.
"""

from __future__ import annotations

from collections.abc import Iterator

from sim.explanations.printed_plan import PrintedPlan
from sim.institutions.memory import PORTIONS
from sim.parameters import Parameters
from sim.studies.validation.figures import Figures, row

_BAND = 0.15
"""of the sum compared"""
_KINDS = ("rates", "collection")
"""measures a run has a figure for"""
Row = dict[str, object]


def rows(figures: Figures, p: Parameters, years: set[int]) -> Iterator[Row]:
    """Yield a row per printed figure of the plans: base year, cuts, levels, measures, settlements."""
    plans = p.rows("places.deficit_plans")
    names = p.places()
    for code in dict.fromkeys(int(c) for c in plans["code"] if int(c) in names):
        printed = PrintedPlan.of(p, code)
        mine = plans[plans["code"] == code]
        source = ";".join(dict.fromkeys(str(s) for s in mine["source_id"]))
        place = _Place(figures, code, years, source)
        yield from place.base(printed)
        yield from place.cuts(printed)
        yield from place.levels(printed)
        yield from place.measures(printed)
        yield from place.settled(printed)


class _Place:
    """A municipality's account in a run."""

    def __init__(self, figures: Figures, code: int, years: set[int], source: str) -> None:
        self.year = figures.place[figures.place["code"] == code].set_index("year")
        self.code, self.years, self.source = code, years, source

    def fact(self, year: int, *names: str) -> float | None:
        """Return the sum of facts of a year, None outside the run."""
        return float(self.year.loc[year, list(names)].astype(float).sum()) if year in self.years else None

    def change(self, year: int, *names: str) -> float | None:
        before, now = self.fact(year - 1, *names), self.fact(year, *names)
        return None if before is None or now is None else now - before

    def _row(self, item: str, role: str, year: int, published: float, got: float | None) -> Row:
        name = f"{item}.{self.code}.{year}"
        return row(name, role, year, "yen", published, got, _BAND * abs(published), self.source)

    def base(self, printed: PrintedPlan) -> Iterator[Row]:
        if printed.base:
            year, amount = printed.base
            yield self._row("deficit_base_year", "context", year, amount, self.fact(year, "discretionary_transfer"))

    def cuts(self, printed: PrintedPlan) -> Iterator[Row]:
        for year, cut in sorted(printed.cuts.items()):
            risen = self.change(year, "discretionary_transfer")
            yield self._row("planned_reduction", "goal", year, cut, None if risen is None else -risen)

    def levels(self, printed: PrintedPlan) -> Iterator[Row]:
        for year in range(printed.level[0] if printed.level else 0, max(printed.cuts, default=-1) + 1):
            level = printed.path(year)
            if level is not None:
                got = self.fact(year, "discretionary_transfer")
                yield self._row("planned_discretionary_transfer", "goal", year, level, got)

    def measures(self, printed: PrintedPlan) -> Iterator[Row]:
        for year in sorted(printed.cuts):
            for kind in printed.measures:
                amount = printed.measure(kind, year)
                if amount is not None:
                    yield self._row(f"planned_measure_{kind}", "goal", year, amount, self._effect(kind, year))

    def _effect(self, kind: str, year: int) -> float | None:
        """Return what premiums brought more than the year before: by the collection rate, or by all else."""
        if kind not in _KINDS or year not in self.years or year - 1 not in self.years:
            return None
        by_rate = (self._rate(year) - self._rate(year - 1)) * self._reachable(year)
        rise = self.change(year, "collected")
        return by_rate if kind == "collection" else None if rise is None else rise - by_rate

    def _reachable(self, year: int) -> float:
        billed = self.year.loc[year, [f"bill_{p}" for p in PORTIONS]].astype(float).sum()
        return float(billed) - float(self.year.loc[year, "bill_unknown_address"])

    def _rate(self, year: int) -> float:
        return float(self.year.loc[year, "collected"]) / max(self._reachable(year), 1.0)

    def settled(self, printed: PrintedPlan) -> Iterator[Row]:
        for year, amount in sorted(printed.settled.items()):
            got = self.fact(year, "discretionary_transfer")
            yield self._row("deficit_transfer_settled", "held_out", year, amount, got)
