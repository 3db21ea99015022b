"""Figures of the municipality chosen, by year under every run shown, as charts and tables."""

from __future__ import annotations

import pandas as pd
from nicegui import ui

from sim.core.units import era
from sim.outputs.measures import MEASURES
from sim.ui import charts
from sim.ui.catalogue import BASE
from sim.ui.controls import put
from sim.ui.shows import SMALL, TABLE, Shows
from sim.ui.words import pick, shown, unit_in, unit_name

OVERVIEW = (
    "collection_rate",
    "billed_per_member",
    "contribution_per_member",
    "discretionary_transfer",
    "members_average",
    "benefit_per_member",
)
"""Measures drawn by year, in this order."""


class Overview(Shows):
    """By year: a chart and a table for each measure."""

    def lay(self) -> None:
        frame = self.desk.frame()
        if frame is None:
            ui.label(self.say("nothing"))
            return
        rows = frame[frame["code"] == self.desk.area]
        called = self.named(rows)
        if any(column.endswith("_low") for column in rows):
            put(ui.label(self.say("range_note")).classes(SMALL), data_testid="range-note")
        if bool(rows["small"].any()):
            ui.label(self.small_note()).classes("text-orange-900")
        with ui.element("div").classes("grid grid-cols-1 xl:grid-cols-2 gap-4 w-full"):
            for measure in OVERVIEW:
                whole = self.desk.municipality() is None
                unit = unit_in(MEASURES[measure], whole=whole)
                options = charts.lines(called, measure, unit, self.lang, self.sample_note(), published=whole)
                put(ui.echart(options, renderer="svg").classes("h-80 w-full"), data_testid=f"chart-{measure}")
        for measure in OVERVIEW:
            self._by_year(called, measure)

    def _by_year(self, rows: pd.DataFrame, measure: str) -> None:
        unit = unit_in(MEASURES[measure], whole=self.desk.municipality() is None)
        years = sorted(int(y) for y in rows["year"].unique())
        columns = [{"name": "scenario", "label": self.say("scenario"), "field": "scenario", "align": "left"}] + [
            {"name": str(y), "label": era(y), "field": str(y)} for y in years
        ]
        body = [
            {"scenario": name, **{str(int(r.year)): shown(getattr(r, measure), unit) for r in own.itertuples()}}
            for name, own in rows.groupby("scenario", sort=False)
        ]
        if f"{measure}_low" in rows and rows[f"{measure}_low"].notna().any():
            body = [line for own in body for line in (own, self._ends_row(rows, str(own["scenario"]), measure, unit))]
        size = f" {self.size(self.sample)}" if self.sample > 1 else ""
        form = pick(("{}（{}）{}", "{} ({}){}"), self.lang)
        title = form.format(self.say(measure), unit_name(unit, self.lang), size)
        table = ui.table(columns=columns, rows=body, row_key="scenario", title=title).props(TABLE)
        put(table.classes("w-full mt-2"), data_testid=f"table-{measure}")

    def _ends_row(self, rows: pd.DataFrame, scenario: str, measure: str, unit: str) -> dict[str, str]:
        """Return the line of 90 % ranges below that of a scenario."""
        own = rows[rows["scenario"] == scenario].set_index("year")
        ends = zip(own.index, own[f"{measure}_low"], own[f"{measure}_high"], strict=True)
        cells = {str(int(year)): self.range(low, high, unit) for year, low, high in ends}
        return {"scenario": self.say("range_of", name=scenario), **cells}


def sentences(part: Shows, rows: pd.DataFrame) -> list[str]:
    """Return in words what the last year of each scenario differs in from the baseline."""
    last = int(rows["year"].max())
    end = rows[rows["year"] == last].set_index("scenario")
    if BASE not in end.index:
        return []
    said = []
    for name in end.index.drop(BASE):
        parts = []
        for measure in ("collection_rate", "billed_per_member", "discretionary_transfer"):
            unit = unit_in(MEASURES[measure], whole=part.desk.municipality() is None)
            change = shown(end.loc[name, measure] - end.loc[BASE, measure], unit, sign=True)
            step = pick(("ポイント", " points"), part.lang) if unit == "share" else unit_name(unit, part.lang)
            parts.append(f"{part.say(measure)} {change}{step if part.lang == 'ja' else ' ' + step.strip()}")
        text = pick(("、", "; "), part.lang).join(parts)
        said.append(part.say("versus", name=part.titled(str(name)), era=era(last), text=text))
    return said
