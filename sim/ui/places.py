"""Every municipality in one year, as a map and a table."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
from nicegui import ui
from nicegui.events import ValueChangeEventArguments

from sim.core.units import era
from sim.outputs.measures import MEASURES
from sim.ui.catalogue import BASE
from sim.ui.controls import put
from sim.ui.shows import SMALL, TABLE, Shows
from sim.ui.tilemap import Shown, lay_map
from sim.ui.words import UNITS, unit_in


class Places(Shows):
    """A measure of all municipalities: choices above, map and table below."""

    measure = "collection_rate"
    year = 2029
    map_of = BASE
    filter = ""

    def lay(self) -> None:
        self.box = ui.column().classes("w-full")
        self._fill()

    def _fill(self) -> None:
        self.box.clear()
        with self.box:
            self._lay()

    def _lay(self) -> None:
        frame = self.desk.frame()
        if frame is None:
            ui.label(self.say("nothing"))
            return
        runs = self.desk.runs()
        years = sorted(int(y) for y in frame["year"].unique())
        if self.year not in years:
            self.year = years[-1]
        shows = [*runs, *(f"{name} - {BASE}" for name in runs if name != BASE and BASE in runs)]
        if self.map_of not in shows:
            self.map_of = shows[0]  # the baseline, unless its run failed
        with ui.row().classes("items-end w-full"):
            self._picker("measure", {m: self.say(m) for m in MEASURES})
            self._picker("year", {y: era(y) for y in years})
            self._picker("map_of", {s: self.label_of(s) for s in shows}, label="scenario")
        table = self.desk.differences(self.measure, self.year)
        title = f"{self.say(self.measure)} {era(self.year)} {self.label_of(self.map_of)}"
        unit = unit_in(MEASURES[self.measure], whole=False)
        mine = self.map_of.removesuffix(f" - {BASE}")
        own = frame[(frame["year"] == self.year) & (frame["scenario"] == mine)].set_index("code")
        sure = {name: table["code"].map(own[name]) for name in ("small", "rate_half")}
        rows = table.assign(value=table[self.map_of], **sure)
        if f"{self.map_of} low" in table:
            rows = rows.assign(low=table[f"{self.map_of} low"], high=table[f"{self.map_of} high"])
        seen = Shown(rows, unit, title, balanced=self.map_of not in runs, note=self.sample_note())
        lay_map(seen, self.lang, self.desk.municipality(), self.desk.choose_area)
        search = ui.input(self.say("search"), value=self.filter).classes("w-56")
        put(search, data_testid="filter")
        self._place_table(table, shows, unit, set(runs), search)
        ui.label(f"{self.small_note()} {self.say('noise_note')}").classes(SMALL)

    def _place_table(self, table: pd.DataFrame, shows: list[str], unit: str, plain: set[str], search: ui.input) -> None:
        """Lay a row for each municipality; fields go by number, so that any name of a scenario will do."""
        name = {"name": "name", "label": self.say("municipality"), "field": "name", "align": "left", "sortable": True}
        columns = [
            {
                "name": f"v{i}",
                "label": self.label_of(s),
                "field": f"v{i}",
                "sortable": True,
                ":format": _format(unit, s not in plain),
            }
            for i, s in enumerate(shows)
        ]
        ranged = [s for s in shows if f"{s} low" in table]
        columns += [
            {"name": f"r{i}", "label": self.say("range_of", name=self.label_of(s)), "field": f"r{i}"}
            for i, s in enumerate(ranged)
        ]
        body = [
            {
                "name": f"{'※ ' if r['small'] else ''}{r['name']}",
                **{f"v{i}": _plain(r[s]) for i, s in enumerate(shows)},
                **{f"r{i}": self.range(r[f"{s} low"], r[f"{s} high"], unit) for i, s in enumerate(ranged)},
            }
            for _, r in table.iterrows()
        ]
        grid = (
            ui.table(columns=[name, *columns], rows=body, row_key="name", pagination=0)
            .props(TABLE)
            .props("hide-bottom")
        )
        grid.classes("w-full").bind_filter_from(search, "value")
        put(grid, data_testid="places")

    def _picker(self, name: str, options: Mapping[int, str] | Mapping[str, str], label: str | None = None) -> None:
        def move(event: ValueChangeEventArguments) -> None:
            setattr(self, name, event.value)
            self._fill()

        picker = ui.select(dict(options), value=getattr(self, name), label=self.say(label or name), on_change=move)
        put(picker.classes("min-w-40"), data_testid=f"pick-{name}")


def _format(unit: str, sign: bool) -> str:
    """Return the JavaScript that shows a figure in a table cell; sorting keeps working on the number."""
    _, _, scale, decimals = UNITS[unit]
    plus = "(v > 0 ? '+' : '') + " if sign else ""
    options = f"{{minimumFractionDigits: {decimals}, maximumFractionDigits: {decimals}}}"
    return f"v => v === null ? '–' : {plus}(v / {scale}).toLocaleString('en-US', {options})"


def _plain(value: float) -> float | None:
    return None if pd.isna(value) else float(value)
