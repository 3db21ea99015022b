"""The page: choices on the left, results on the right. Everything on it works with the keyboard."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import matplotlib_fontja
import pandas as pd
from nicegui import app, run, ui

from sim.core.errors import KokuhoError
from sim.core.units import era
from sim.outputs.measures import MEASURES, TOKYO
from sim.ui import charts
from sim.ui.desk import BASE, SAMPLES, Desk, municipalities
from sim.ui.levers import GROUPS, YEARS, Lever, moved
from sim.ui.words import pick, shown, unit_name, word
from sim.ui.work import DONE, FAILED, STOPPED

OVERVIEW = (
    "collection_rate",
    "billed_per_member",
    "contribution_per_member",
    "discretionary_transfer",
    "members_average",
    "benefit_per_member",
)
"""Measures drawn by year, in this order."""

DEFAULT_PLACE = 13104
"""municipality of the model households while Tokyo as a whole is shown: 新宿区"""

STYLE = """
@font-face { font-family: IPAexGothic; src: url(/font/ipaexg.ttf); font-display: swap; }
body { font-family: "Noto Sans JP","Yu Gothic UI","Hiragino Sans",Meiryo,IPAexGothic,sans-serif; }
*:focus-visible { outline: 3px solid #D55E00 !important; outline-offset: 2px; }
.q-table td, .q-table th { font-variant-numeric: tabular-nums; }
"""


def found(desk: Desk) -> None:
    """Lay the page of a desk at / (Japanese) and /?lang=en."""
    font = next(Path(matplotlib_fontja.__file__).parent.rglob("ipaexg.ttf"))
    app.add_static_file(local_file=font, url_path="/font/ipaexg.ttf")

    @ui.page("/", title="kokuho-sim")
    def page(lang: str = "ja") -> None:
        Page(desk, "en" if lang == "en" else "ja").lay()


class Page:
    """One view of the desk in one language."""

    def __init__(self, desk: Desk, lang: str) -> None:
        self.desk = desk
        self.lang = lang
        self.measure = "collection_rate"
        self.year = 2029
        self.map_of = BASE
        self.filter = ""
        self.done = 0

    def say(self, key: str, **values: object) -> str:
        return word(key, self.lang, **values)

    def lay(self) -> None:
        """Build the page and follow the runs."""
        ui.add_css(STYLE)
        ui.colors(primary="#0072B2")
        ui.query("html").props(f"lang={self.lang}")
        with ui.header().classes("items-center justify-between"):
            ui.label(self.say("title")).classes("text-lg font-bold").props("role=heading aria-level=1")
            self._controls()
            other = "en" if self.lang == "ja" else "ja"
            ui.link(self.say("other_language"), f"/?lang={other}").classes("text-white").props("data-testid=language")
        with ui.left_drawer(value=True, bordered=True).props("width=380 role=navigation"):
            self._choices()
        with ui.column().classes("w-full") as main:
            self._progress()
            self._results()
        ui.skip_link(self.say("skip"), target=main)
        ui.timer(0.3, self._look)

    # what to run

    def _choices(self) -> None:
        heading = "text-base font-bold mt-2"
        ui.label(self.say("scenarios")).classes(heading).props("role=heading aria-level=2")
        ui.label(self.say("scenarios_hint")).classes("text-xs text-gray-600")
        for name, scenario in self.desk.scenarios().items():
            box = ui.checkbox(name, value=name == BASE or name in self.desk.chosen, on_change=self._choose(name))
            box.props("dense").props(f"data-testid=scenario-{name}").set_enabled(name != BASE)
            ui.label(scenario.description.in_language(self.lang)).classes("text-xs text-gray-600 ml-7 -mt-3")
        ui.label(self.say("own")).classes(heading).props("role=heading aria-level=2")
        ui.label(self.say("own_hint")).classes("text-xs text-gray-600")
        ui.checkbox(self.say("own_use")).bind_value(self.desk.own, "use").props("dense").props("data-testid=own-use")
        with ui.expansion(self.say("own")).classes("w-full").props("data-testid=own"):
            self._own()

    def _controls(self) -> None:
        with ui.row().classes("items-center"):
            ui.select({n: self.say(f"sample_{n}") for n in SAMPLES}, label=self.say("size")).bind_value(
                self.desk, "sample"
            ).classes("w-80").props("dense outlined bg-color=white data-testid=sample")
            ui.button(self.say("run"), icon="play_arrow", on_click=self._begin).props(
                "color=white text-color=primary data-testid=run"
            )
            stop = ui.button(self.say("stop"), icon="stop", on_click=self.desk.workshop.stop, color="grey-9")
            stop.props("data-testid=stop").bind_enabled_from(self.desk, "busy")

    def _choose(self, name: str) -> Any:
        def chosen(event: Any) -> None:
            names = [n for n in self.desk.chosen if n != name]
            self.desk.chosen = [*names, name] if event.value else names

        return chosen

    def _own(self) -> None:
        own = self.desk.own
        ui.input(self.say("own_name")).bind_value(own, "name").classes("w-full").props("data-testid=own-name")
        with ui.row().classes("w-full no-wrap"):
            ui.select(list(self.desk.scenarios()), label=self.say("own_base")).bind_value(own, "base").classes("w-2/3")
            ui.select(list(YEARS), label=self.say("since")).bind_value(own, "since").classes("w-1/3")
        places: dict[str | None, str] = {
            None: self.say("everywhere"),
            **{name: name for name in municipalities().values()},
        }
        ui.select(places, label=self.say("where"), with_input=True).bind_value(own, "place").classes("w-full").props(
            f'hint="{self.say("where_hint")}"'
        )
        for title, levers in GROUPS.items():
            ui.label(pick(title, self.lang)).classes("font-bold mt-3")
            for lever in levers:
                self._lever(lever)

    def _lever(self, lever: Lever) -> None:
        positions = self.desk.own.positions
        label, hint = pick(lever.label, self.lang), pick(lever.hint, self.lang)
        if lever.span is None:
            options = {position: pick(words, self.lang) for position, words in lever.choices}
            ui.select(options, label=label).bind_value(positions, lever.key).classes("w-full").props(
                f'hint="{hint}"'
            ).props(f"data-testid={lever.key}")
            return
        low, high, step = lever.span
        ui.label(label).classes("mt-2")
        ui.label(hint).classes("text-xs text-gray-600")
        slider = (
            ui.slider(min=low, max=high, step=step).bind_value(positions, lever.key).props(f"data-testid={lever.key}")
        )
        slider.props(f'label-always snap aria-label="{label}"').classes("w-11/12 mt-4")

    def _begin(self) -> None:
        try:
            self.desk.begin()
        except KokuhoError as error:
            text = str(error)
            ui.notify(self.say("bad_name") if text.startswith("'") else text, type="negative", multi_line=True)
            return
        self._progress.refresh()
        self._results.refresh()

    # how far it is

    @ui.refreshable_method
    def _progress(self) -> None:
        if not self.desk.jobs or all(job.state == DONE for job in self.desk.jobs):
            return
        with ui.card().classes("w-full").props("role=status aria-live=polite"):
            for job in self.desk.jobs:
                with ui.row().classes("w-full items-center no-wrap"):
                    ui.label(job.name).classes("w-48 truncate")
                    ui.linear_progress(value=job.share, show_value=False).classes("grow").props(
                        f'aria-label="{job.name}"'
                    )
                    year = f" {era(job.year)}" if job.busy and job.year else ""
                    ui.label(self.say(job.state) + year).classes("w-32")
                if job.state in (FAILED, STOPPED) and job.message:
                    ui.label(job.message).classes("text-red-800 whitespace-pre-wrap")

    def _look(self) -> None:
        """Take in news of the runs and show them."""
        was_busy = self.desk.busy
        if self.desk.workshop.look():
            self._progress.refresh()
        done = sum(job.state == DONE for job in self.desk.jobs)
        if done != self.done or (was_busy and not self.desk.busy):
            self.desk.collect()
            self._results.refresh()
        self.done = done

    # what came out

    @ui.refreshable_method
    def _results(self) -> None:
        if self.desk.frame is None:
            self.desk.collect()
        if self.desk.frame is None:
            ui.label(self.say("nothing")).classes("text-base max-w-2xl")
            return
        panels: dict[str, Callable[[], object]] = {
            "overview": self._overview,
            "places": self._places,
            "models": self._models,
            "about": self._about,
            "save": self._save,
        }
        with ui.tabs().classes("w-full") as tabs:
            parts = {name: ui.tab(name, label=self.say(name)).props(f"data-testid=tab-{name}") for name in panels}
        with ui.tab_panels(tabs, value=parts["overview"], animated=False).classes("w-full"):
            for name, build in panels.items():
                with ui.tab_panel(parts[name]):
                    build()

    @ui.refreshable_method
    def _overview(self) -> None:
        frame = self.desk.frame
        assert frame is not None
        areas = {TOKYO: self.say("tokyo"), **municipalities()}

        def move(event: Any) -> None:
            self.desk.area = event.value
            self._overview.refresh()

        ui.select(areas, value=self.desk.area, label=self.say("area"), with_input=True, on_change=move).classes(
            "w-72"
        ).props("data-testid=area")
        rows = frame[frame["code"] == self.desk.area]
        self._sentences(rows)
        if bool(rows["small"].any()):
            ui.label(self.say("small_note")).classes("text-orange-900")
        with ui.element("div").classes("grid grid-cols-1 xl:grid-cols-2 gap-4 w-full"):
            for measure in OVERVIEW:
                options = charts.lines(rows, measure, MEASURES[measure], self.lang)
                ui.echart(options, renderer="svg").classes("h-80 w-full").props(f"data-testid=chart-{measure}")
        for measure in OVERVIEW:
            self._by_year(rows, measure)

    def _sentences(self, rows: Any) -> None:
        """Say in words what the last year differs in from the baseline."""
        last = int(rows["year"].max())
        end = rows[rows["year"] == last].set_index("scenario")
        if BASE not in end.index:
            return
        for name in end.index.drop(BASE):
            parts = []
            for measure in ("collection_rate", "billed_per_member", "discretionary_transfer"):
                unit = MEASURES[measure]
                change = shown(end.loc[name, measure] - end.loc[BASE, measure], unit, sign=True)
                step = pick(("ポイント", " points"), self.lang) if unit == "share" else " " + unit_name(unit, self.lang)
                parts.append(f"{self.say(measure)} {change}{step}")
            ui.label(self.say("versus", name=name, era=era(last), text=pick(("、", "; "), self.lang).join(parts)))
        if len(end) > 1:
            ui.label(self.say("noise_note")).classes("text-xs text-gray-600")

    def _by_year(self, rows: Any, measure: str) -> None:
        unit = MEASURES[measure]
        years = sorted(int(y) for y in rows["year"].unique())
        columns = [{"name": "scenario", "label": self.say("scenario"), "field": "scenario", "align": "left"}] + [
            {"name": str(y), "label": era(y), "field": str(y)} for y in years
        ]
        body = [
            {"scenario": name, **{str(int(r.year)): shown(getattr(r, measure), unit) for r in own.itertuples()}}
            for name, own in rows.groupby("scenario", sort=False)
        ]
        title = (
            f"{self.say(measure)}（{unit_name(unit, 'ja')}）"
            if self.lang == "ja"
            else (f"{self.say(measure)} ({unit_name(unit, 'en')})")
        )
        ui.table(columns=columns, rows=body, row_key="scenario", title=title).props("dense flat bordered").classes(
            "w-full mt-2"
        ).props(f"data-testid=table-{measure}")

    @ui.refreshable_method
    def _places(self) -> None:
        runs = self.desk.runs()
        years = sorted(int(y) for y in self.desk.frame["year"].unique()) if self.desk.frame is not None else []
        if self.year not in years:
            self.year = years[-1]
        shows = [*runs, *(f"{name} - {BASE}" for name in runs if name != BASE)]
        if self.map_of not in shows:
            self.map_of = BASE
        with ui.row().classes("items-end"):
            self._picker("measure", {m: self.say(m) for m in MEASURES})
            self._picker("year", {y: era(y) for y in years})
            self._picker("map_of", {s: s for s in shows}, label="scenario")
            search = ui.input(self.say("search"), value=self.filter).classes("w-56").props("data-testid=filter")
        table = self.desk.differences(self.measure, self.year)
        unit = MEASURES[self.measure]
        title = f"{self.say(self.measure)} {era(self.year)} {self.map_of}"
        options = charts.tiles(table, self.map_of, unit, title, self.lang, balanced=self.map_of not in runs)
        ui.echart(options, renderer="svg").classes("h-96 w-full").props("data-testid=map")
        columns = [
            {"name": "name", "label": self.say("municipality"), "field": "name", "align": "left", "sortable": True}
        ] + [
            {"name": s, "label": s, "field": s, "sortable": True, ":format": _format(unit, s not in runs)}
            for s in shows
        ]
        body = [
            {"name": f"{'※ ' if r['small'] else ''}{r['name']}", **{s: _plain(r[s]) for s in shows}}
            for _, r in table.iterrows()
        ]
        grid = (
            ui.table(columns=columns, rows=body, row_key="name", pagination=0)
            .props("dense flat bordered")
            .classes("w-full")
        )
        grid.bind_filter_from(search, "value").props("data-testid=places")
        ui.label(f"{self.say('small_note')} {self.say('noise_note')}").classes("text-xs text-gray-600")

    def _picker(self, name: str, options: dict[Any, str], label: str | None = None) -> None:
        def move(event: Any) -> None:
            setattr(self, name, event.value)
            self._places.refresh()

        ui.select(options, value=getattr(self, name), label=self.say(label or name), on_change=move).classes(
            "min-w-48"
        ).props(f"data-testid=pick-{name}")

    @ui.refreshable_method
    def _models(self) -> None:
        """Bills of the model households in the municipality shown, by year and scenario."""
        places = municipalities()
        code = self.desk.area if self.desk.area in places else DEFAULT_PLACE

        def move(event: Any) -> None:
            self.desk.area = event.value
            self._models.refresh()

        ui.select(places, value=code, label=self.say("municipality"), with_input=True, on_change=move).classes(
            "w-72"
        ).props("data-testid=models-area")
        ui.label(self.say("models_note")).classes("text-xs text-gray-600")
        bills = self.desk.models(code)
        years = sorted(int(y) for y in bills["year"].unique())
        columns = [
            {"name": name, "label": self.say(name), "field": name, "align": "left"}
            for name in ("household", "scenario")
        ] + [{"name": str(y), "label": era(y), "field": str(y)} for y in years]
        body = []
        for (household, scenario), own in bills.groupby(["household", "scenario"], sort=False):
            title = str(own[self.lang].iloc[0])
            cells = {str(int(r.year)): f"{int(r.bill):,}" for r in own.itertuples()}
            body.append({"id": f"{household}/{scenario}", "household": title, "scenario": scenario, **cells})
        ui.table(columns=columns, rows=body, row_key="id", title=self.say("total"), pagination=0).props(
            "dense flat bordered data-testid=models"
        ).classes("w-full")

    def _about(self) -> None:
        scenarios = self.desk.scenarios()
        for job in self.desk.jobs:
            scenario = scenarios.get(job.name)
            with ui.card().classes("w-full"):
                ui.label(job.name).classes("font-bold")
                if scenario is not None:
                    ui.label(f"{self.say('description')}: {scenario.description.in_language(self.lang)}")
                    ui.label(f"{self.say('expectation')}: {scenario.expectation.in_language(self.lang)}")
                text = job.text or _file_text(job.name)
                ui.code(text, language="yaml").classes("w-full")
                if job.text is not None:
                    if not moved(self.desk.own.positions):
                        ui.label(self.say("none_moved"))
                    ui.button(
                        self.say("save_file"),
                        icon="download",
                        on_click=lambda t=job.text, n=job.name: ui.download.content(t, f"{n}.yaml"),
                    ).props("outline")

    def _save(self) -> None:
        ui.button(self.say("save_csv"), icon="download", on_click=self._csv).props("data-testid=save-csv")
        for name, folder in self.desk.runs().items():
            with ui.card().classes("w-full"):
                ui.label(name).classes("font-bold")
                ui.label(self.say("save_hint", path=folder.path)).classes("text-xs text-gray-600")
                with ui.row():
                    ui.button(
                        self.say("save_excel"), icon="download", on_click=lambda f=folder, n=name: self._excel(f, n)
                    ).props(f"data-testid=save-excel-{name}")
                    ui.button(
                        self.say("save_report"), icon="download", on_click=lambda f=folder, n=name: self._report(f, n)
                    ).props(f"data-testid=save-report-{name}")

    def _csv(self) -> None:
        assert self.desk.frame is not None
        text = self.desk.frame.to_csv(index=False)
        ui.download.content(text.encode("utf-8-sig"), "kokuho.csv")

    async def _excel(self, folder: Any, name: str) -> None:
        from sim.reports import build_workbook

        await self._deliver(build_workbook, folder, f"{name}.xlsx")

    async def _report(self, folder: Any, name: str) -> None:
        from sim.reports import build

        await self._deliver(build, folder, f"{name}.html")

    async def _deliver(self, make: Any, folder: Any, filename: str) -> None:
        """Make a file outside the event loop and send it to the browser."""
        note = ui.notification(self.say("working"), spinner=True, timeout=None)
        try:
            ui.download.file(str(await run.io_bound(make, folder.path, self.lang)), filename)
        finally:
            note.dismiss()


def _format(unit: str, sign: bool) -> str:
    """Return the JavaScript that shows a figure in a table cell; sorting keeps working on the number."""
    from sim.ui.words import UNITS

    _, _, scale, decimals = UNITS[unit]
    plus = "(v > 0 ? '+' : '') + " if sign else ""
    options = f"{{minimumFractionDigits: {decimals}, maximumFractionDigits: {decimals}}}"
    return f"v => v === null ? '–' : {plus}(v / {scale}).toLocaleString('en-US', {options})"


def _plain(value: float) -> float | None:
    return None if pd.isna(value) else float(value)


def _file_text(name: str) -> str:
    from sim.parameters.document import Mistakes
    from sim.parameters.scenario_file import find

    path = find(name, Mistakes())
    return path.read_text(encoding="utf-8") if path else ""
