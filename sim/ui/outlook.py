"""The first tab: what happens in the municipality chosen, beside what is published, and what scenarios change there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

import pandas as pd
from nicegui import run, ui

from sim.outputs.measures import MEASURES
from sim.outputs.tables import HEADLINE
from sim.reports.place_panel import OF_PLACES, OF_PREFECTURE, Chart
from sim.studies.levels import raised
from sim.ui import panel_charts, standing
from sim.ui.catalogue import BASE
from sim.ui.controls import put
from sim.ui.overview import sentences
from sim.ui.panel_charts import Drawn, Drivers, Numbers, Options, Panels, Place
from sim.ui.shows import SMALL, TABLE, Shows
from sim.ui.troubles import noted

_UNITS = {"income_part": "share", "per_head": "yen/person", "all_transfers": "yen"}
"""units of what is neither a measure of a municipality nor a headline figure"""


class Outlook(Shows):
    """The panel of the report for the municipality chosen, with the scenarios shown beside the baseline."""

    def lay(self) -> None:
        base = self.desk.base
        if base is None:
            put(ui.label(self.say("opening")).classes("text-base"), data_testid="opening")
            return
        with ui.column().classes("w-full gap-2") as box:
            waiting = ui.spinner(size="lg")

        async def show() -> None:
            try:
                data = await run.io_bound(standing.panels_of, base, "en" if self.lang == "en" else "ja")
                beside = await run.io_bound(self._beside)
            except Exception as error:
                self.tell(noted(error))
                return
            finally:
                if not waiting.is_deleted:
                    waiting.delete()
            if data is not None and beside is not None and not box.is_deleted:  # None: the server is ending
                with box:
                    self._panel(cast(Panels, data), beside)

        ui.timer(0, show, once=True)

    def _beside(self) -> dict[str, pd.DataFrame]:
        """Return the figures of the scenarios shown there, by title, on the level of the baseline shown."""
        base, pair = self.desk.base, self.desk.pair
        assert base is not None
        assert pair is not None
        code = self.desk.area
        full, own = (standing.figures_of(r).get(code) for r in (base, pair))
        found = {}
        for name, folder in self.desk.runs().items():
            other = standing.figures_of(folder).get(code)
            if name == BASE or full is None or own is None or other is None:
                continue
            found[self.titled(name)] = pd.DataFrame(
                {
                    c.key: raised(own[line], other[line], full[line], c.key, _unit(c.key))
                    for c in self._charts()
                    if (line := next(iter(c.lines))) in full and line in own and line in other
                }
            )
        return found

    def _charts(self) -> tuple[Chart, ...]:
        return OF_PREFECTURE if self.desk.municipality() is None else OF_PLACES

    def _panel(self, data: Panels, beside: Mapping[str, pd.DataFrame]) -> None:
        """Lay title, sentences, charts and table of the municipality."""
        code = self.desk.area
        place = next((p for p in data["places"] if p["code"] == code), None)
        if place is None:
            ui.label(self.say("nobody"))
            return
        words = {**data["words"], "base": self.titled(BASE)}
        put(
            ui.label(place["title"]).classes("text-xl font-bold"),
            role="heading",
            aria_level=2,
            data_testid="outlook-title",
        )
        if place["note"]:
            ui.label(place["note"]).classes("text-orange-900 font-bold text-sm")
        if place["said"]:
            put(ui.label(place["said"]).classes("text-base font-bold max-w-4xl"), data_testid="outlook-said")
        self._effects()
        by_key = {c.key: c for c in self._charts()}
        with ui.element("div").classes("kokuho-charts w-full"):
            for drawn in place["charts"]:
                scenarios = {
                    t: _numbers(f[drawn["k"]], by_key[drawn["k"]]) for t, f in beside.items() if drawn["k"] in f
                }
                behind = data["whole"].get(drawn["k"]) if self.desk.municipality() is not None else None
                options = panel_charts.chart(drawn, behind, data["eras"], words, scenarios)
                self._figure(drawn, options)
            if place["drivers"]:
                self._drivers(place["drivers"])
        self._legend(words, data["ranged"])
        self._table(place, beside, data["eras"], words)
        self._sources(place, data)

    def _effects(self) -> None:
        """Say what each scenario shown changes in the last year, and how that was worked out."""
        frame = self.desk.frame()
        if frame is None or len(self.desk.runs()) < 2:
            return
        with put(ui.column().classes("w-full gap-1"), data_testid="effects"):
            for text in sentences(self, frame[frame["code"] == self.desk.area]):
                ui.label(text).classes("text-base")
            shown = self.desk.shown()
            if self.desk.leveled and shown is not None:
                put(ui.label(self.say("level_note", n=shown.sample)).classes(SMALL), data_testid="level-note")
            ui.label(self.say("noise_note")).classes(SMALL)

    def _figure(self, drawn: Drawn, options: Options) -> None:
        with ui.element("figure").classes("m-0 min-w-0"):
            ui.label(drawn["t"]).classes("text-sm font-bold")
            ui.label(drawn["e"]).classes("text-sm text-primary")
            told = " ".join((drawn["t"], drawn["e"], drawn["s"], drawn["r"]))
            figure = put(ui.echart(options, renderer="svg").classes("w-full h-52"), role="img", aria_label=told)
            put(figure, data_testid=f"panel-{drawn['k']}")
            ui.label(" ".join(filter(None, (drawn["s"], drawn["r"])))).classes(SMALL)

    def _drivers(self, drivers: Drivers) -> None:
        with ui.element("figure").classes("m-0 min-w-0"):
            ui.label(drivers["t"]).classes("text-sm font-bold")
            figure = ui.echart(panel_charts.bars(drivers["rows"], drivers["d"], drivers["t"]), renderer="svg")
            put(figure.classes("w-full h-60"), role="img", aria_label=f"{drivers['t']} {drivers['s']}")
            ui.label(drivers["s"]).classes(SMALL)

    def _legend(self, words: Mapping[str, str], ranged: bool) -> None:
        """Say what lines, bands, dots and shading mean."""
        parts = ["legend_value", *(("legend_80", "legend_90") if ranged else ()), "legend_dot"]
        with put(ui.row().classes("items-center gap-x-4 gap-y-1"), data_testid="legend"):
            for part in (*parts, *(("legend_whole",) if self.desk.municipality() is not None else ()), "legend_shade"):
                with ui.row().classes("items-center gap-1 no-wrap"):
                    put(ui.element("i").classes(f"kokuho-mark {part}"), aria_hidden="true")
                    ui.label(words[part]).classes(SMALL)

    def _table(
        self, place: Place, beside: Mapping[str, pd.DataFrame], eras: list[str], words: Mapping[str, str]
    ) -> None:
        """Lay the figures of the charts as a table, folded."""
        by_key = {c.key: c for c in self._charts()}
        rows: list[dict[str, str]] = []

        def add(title: str, name: str, values: Numbers, digits: int) -> None:
            cells = {f"y{i}": "" if v is None else f"{v:,.{digits}f}" for i, v in enumerate(values)}
            rows.append({"id": str(len(rows)), "figure": title, "series": name, **cells})

        for drawn in place["charts"]:
            for label, values in drawn["l"]:
                add(drawn["t"], label, values, drawn["d"])
            for title, frame in beside.items():
                if drawn["k"] in frame:
                    add(drawn["t"], title, _numbers(frame[drawn["k"]], by_key[drawn["k"]]), drawn["d"])
            if "b" in drawn:
                add(drawn["t"], words["low90"], drawn["b"][0], drawn["d"])
                add(drawn["t"], words["high90"], drawn["b"][3], drawn["d"])
            if drawn["p"]:
                known = {at: value for at, value, _ in drawn["p"]}
                add(drawn["t"], words["published"], [known.get(i) for i in range(len(eras))], drawn["d"])
        columns = [{"name": n, "label": words[n], "field": n, "align": "left"} for n in ("figure", "series")]
        columns += [{"name": f"y{i}", "label": era, "field": f"y{i}"} for i, era in enumerate(eras)]
        with put(ui.expansion(words["table"]).classes("w-full"), data_testid="outlook-figures"):
            table = ui.table(columns=columns, rows=rows, row_key="id", pagination=0).props(TABLE)
            put(table.classes("w-full"), data_testid="outlook-table")

    def _sources(self, place: Place, data: Panels) -> None:
        """Name the sources of the published values drawn."""
        titles = data["sources"]
        drawn = [p for c in place["charts"] for p in c["p"]]
        if self.desk.municipality() is not None:
            drawn += [p for behind in data["whole"].values() for p in behind["p"]]
        found = sorted({titles[number] for _, _, number in drawn})
        if found:
            with ui.expansion(self.say("dot_sources")).classes("w-full"):
                for title in found:
                    ui.label(title).classes(SMALL)


def _unit(key: str) -> str:
    return _UNITS.get(key) or (HEADLINE[key][0] if key in HEADLINE else MEASURES[key])


def _numbers(values: pd.Series, chart: Chart) -> list[float | None]:
    return [None if pd.isna(v) else round(float(v) / chart.scale, chart.digits + 1) for v in values]
