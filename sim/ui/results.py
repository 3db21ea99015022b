"""What came out: which runs they are, figures by year and municipality, model households, files to save."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping

import pandas as pd
from nicegui import run, ui
from nicegui.events import ValueChangeEventArguments

from sim.core.export import csv_text
from sim.core.units import era
from sim.outputs.folder import RunFolder
from sim.outputs.measures import MEASURES
from sim.parameters import Parameters
from sim.ui import charts
from sim.ui.catalogue import BASE, Catalogue
from sim.ui.controls import municipality_box, put
from sim.ui.desk import Desk, Round, municipalities
from sim.ui.levers import moved
from sim.ui.troubles import Trouble, noted
from sim.ui.words import UNITS, pick, shown, unit_name, word

OVERVIEW = (
    "collection_rate",
    "billed_per_member",
    "contribution_per_member",
    "discretionary_transfer",
    "members_average",
    "benefit_per_member",
)
"""Measures drawn by year, in this order."""


SMALL = "text-xs text-gray-600"
TABLE = "dense flat bordered"

_one_at_a_time = asyncio.Lock()
"""Reports draw with matplotlib, which keeps its state for the whole process."""


class Results:
    """The right side of a page. A tab is built when it is opened."""

    def __init__(self, desk: Desk, catalogue: Catalogue, lang: str, tell: Callable[[Trouble], None]) -> None:
        self.desk = desk
        self.catalogue = catalogue
        self.lang = lang
        self.tell = tell
        self.tab = "overview"
        self.measure = "collection_rate"
        self.year = 2029
        self.map_of = BASE
        self.filter = ""
        self.panels: dict[str, ui.tab_panel] = {}

    def say(self, key: str, **values: object) -> str:
        return word(key, self.lang, **values)

    @property
    def sample(self) -> int:
        """Return the sample of the runs shown."""
        shown = self.desk.shown()
        return shown.sample if shown else 1

    def lay(self) -> None:
        self.box = ui.column().classes("w-full")

    def draw(self) -> None:
        """Draw the results anew, the open tab staying open."""
        self.box.clear()
        self.panels = {}
        with self.box:
            if self.desk.frame() is None:
                ui.label(self.say("nothing")).classes("text-base max-w-2xl")
                return
            self._which()
            self._tabs()

    def _tabs(self) -> None:
        names = ("overview", "places", "models", "about", "save")
        with ui.tabs(on_change=lambda e: self._open(e.value)).classes("w-full") as tabs:
            parts = {name: ui.tab(name, label=self.say(name)) for name in names}
        for name, part in parts.items():
            put(part, data_testid=f"tab-{name}")
        with ui.tab_panels(tabs, value=parts[self.tab], animated=False).classes("w-full"):
            self.panels = {name: ui.tab_panel(name) for name in names}
        self._open(self.tab)

    def _open(self, name: str) -> None:
        """Build a tab the first time it is opened."""
        self.tab = name
        panel = self.panels.get(name)
        if panel is not None and not panel.default_slot.children:
            self._fill(name)

    def _fill(self, name: str) -> None:
        """Build a tab, or build it anew."""
        self.panels[name].clear()
        with self.panels[name]:
            getattr(self, f"_{name}")()

    # which runs they are

    def _which(self) -> None:
        """Say which runs are shown; a sample says so above everything."""
        shown = self.desk.shown()
        assert shown is not None
        finished = {
            r.number: self.say("round_of", number=r.number, size=self._size(r.sample), names=", ".join(_names(r)))
            for r in reversed(self.desk.rounds)
            if r.done()
        }
        if len(finished) > 1:
            put(
                ui.select(finished, value=shown.number, label=self.say("which_round"), on_change=self._pick).classes(
                    "w-full max-w-3xl"
                ),
                data_testid="pick-round",
            )
        if shown.sample > 1:
            text = self.say("banner", n=shown.sample)
            classes = "w-full p-2 border-l-8 border-orange-700 bg-orange-50 text-orange-950 font-bold"
            put(ui.label(text).classes(classes), role="note", data_testid="banner")
        runs: dict[str, list[str]] = {}
        for job in shown.done():
            if (i := job.identity) is not None:
                said = self.say(
                    "which_run",
                    size=self._size(i.sample),
                    seed=i.seed,
                    replicate=i.replicate,
                    first=era(i.first),
                    last=era(i.last),
                    code=i.code[:8],
                )
                runs.setdefault(said, []).append(f"{job.name} ({i.digest[:8]})")
        for said, names in runs.items():
            put(ui.label(f"{said}: {', '.join(names)}").classes(SMALL), data_testid="which-run")

    def _size(self, sample: int) -> str:
        return self.say("size_1") if sample == 1 else self.say("size_n", n=sample)

    def _pick(self, event: ValueChangeEventArguments) -> None:
        self.desk.picked = event.value

    def _small_note(self) -> str:
        return self.say("small_note" if self.sample > 1 else "small_note_full")

    # figures

    def _overview(self) -> None:
        frame = self.desk.frame()
        assert frame is not None
        areas = {Parameters.load().region.code: self.say("whole"), **municipalities()}

        def move(code: int) -> None:
            self.desk.area = code
            self._fill("overview")

        box = municipality_box(areas, self.desk.area, self.say("area"), self.lang, move)
        put(box.classes("w-72"), data_testid="area")
        rows = frame[frame["code"] == self.desk.area]
        self._sentences(rows)
        if any(column.endswith("_low") for column in rows):
            put(ui.label(self.say("range_note")).classes(SMALL), data_testid="range-note")
        if bool(rows["small"].any()):
            ui.label(self._small_note()).classes("text-orange-900")
        with ui.element("div").classes("grid grid-cols-1 xl:grid-cols-2 gap-4 w-full"):
            for measure in OVERVIEW:
                options = charts.lines(rows, measure, MEASURES[measure], self.lang, self._sample_note())
                put(ui.echart(options, renderer="svg").classes("h-80 w-full"), data_testid=f"chart-{measure}")
        for measure in OVERVIEW:
            self._by_year(rows, measure)

    def _sample_note(self) -> str:
        """Return the sample for the title of a chart, which may be copied without the page around it."""
        return f" · {self._size(self.sample)}" if self.sample > 1 else ""

    def _sentences(self, rows: pd.DataFrame) -> None:
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
            ui.label(self.say("noise_note")).classes(SMALL)

    def _by_year(self, rows: pd.DataFrame, measure: str) -> None:
        unit = MEASURES[measure]
        years = sorted(int(y) for y in rows["year"].unique())
        columns = [{"name": "scenario", "label": self.say("scenario"), "field": "scenario", "align": "left"}] + [
            {"name": str(y), "label": era(y), "field": str(y)} for y in years
        ]
        body = [
            {"scenario": name, **{str(int(r.year)): shown(getattr(r, measure), unit) for r in own.itertuples()}}
            for name, own in rows.groupby("scenario", sort=False)
        ]
        if f"{measure}_low" in rows and rows[f"{measure}_low"].notna().any():
            body = [line for own in body for line in (own, self._ends_row(rows, str(own["scenario"]), measure))]
        size = f" {self._size(self.sample)}" if self.sample > 1 else ""
        form = pick(("{}（{}）{}", "{} ({}){}"), self.lang)
        title = form.format(self.say(measure), unit_name(unit, self.lang), size)
        table = ui.table(columns=columns, rows=body, row_key="scenario", title=title).props(TABLE)
        put(table.classes("w-full mt-2"), data_testid=f"table-{measure}")

    def _ends_row(self, rows: pd.DataFrame, scenario: str, measure: str) -> dict[str, str]:
        """Return the line of 90 % ranges below that of a scenario."""
        own = rows[rows["scenario"] == scenario].set_index("year")
        ends = zip(own.index, own[f"{measure}_low"], own[f"{measure}_high"], strict=True)
        cells = {str(int(year)): self._range(low, high, MEASURES[measure]) for year, low, high in ends}
        return {"scenario": self.say("range_of", name=scenario), **cells}

    def _range(self, low: float, high: float, unit: str) -> str:
        """Return a range as people write it, "" where there is none."""
        return "" if pd.isna(low) else pick(("～", "–"), self.lang).join((shown(low, unit), shown(high, unit)))

    def _places(self) -> None:
        frame = self.desk.frame()
        assert frame is not None
        runs = self.desk.runs()
        years = sorted(int(y) for y in frame["year"].unique())
        if self.year not in years:
            self.year = years[-1]
        shows = [*runs, *(f"{name} - {BASE}" for name in runs if name != BASE)]
        if self.map_of not in shows:
            self.map_of = shows[0]  # the baseline, unless its run failed
        with ui.row().classes("items-end"):
            self._picker("measure", {m: self.say(m) for m in MEASURES})
            self._picker("year", {y: era(y) for y in years})
            self._picker("map_of", {s: s for s in shows}, label="scenario")
            search = ui.input(self.say("search"), value=self.filter).classes("w-56")
            put(search, data_testid="filter")
        table = self.desk.differences(self.measure, self.year)
        title = f"{self.say(self.measure)} {era(self.year)} {self.map_of}"
        unit = MEASURES[self.measure]
        look = charts.TileLook(title, balanced=self.map_of not in runs, note=self._sample_note())
        options = charts.tiles(table, self.map_of, unit, self.lang, look)
        put(ui.echart(options, renderer="svg").classes("h-96 w-full"), data_testid="map")
        self._place_table(table, shows, unit, set(runs), search)
        ui.label(f"{self._small_note()} {self.say('noise_note')}").classes(SMALL)

    def _place_table(self, table: pd.DataFrame, shows: list[str], unit: str, plain: set[str], search: ui.input) -> None:
        """Lay a row for each municipality; fields go by number, so that any name of a scenario will do."""
        name = {"name": "name", "label": self.say("municipality"), "field": "name", "align": "left", "sortable": True}
        columns = [
            {"name": f"v{i}", "label": s, "field": f"v{i}", "sortable": True, ":format": _format(unit, s not in plain)}
            for i, s in enumerate(shows)
        ]
        ranged = [s for s in shows if f"{s} low" in table]
        columns += [
            {"name": f"r{i}", "label": self.say("range_of", name=s), "field": f"r{i}"} for i, s in enumerate(ranged)
        ]
        body = [
            {
                "name": f"{'※ ' if r['small'] else ''}{r['name']}",
                **{f"v{i}": _plain(r[s]) for i, s in enumerate(shows)},
                **{f"r{i}": self._range(r[f"{s} low"], r[f"{s} high"], unit) for i, s in enumerate(ranged)},
            }
            for _, r in table.iterrows()
        ]
        grid = ui.table(columns=[name, *columns], rows=body, row_key="name", pagination=0).props(TABLE)
        grid.classes("w-full").bind_filter_from(search, "value")
        put(grid, data_testid="places")

    def _picker(self, name: str, options: Mapping[int, str] | Mapping[str, str], label: str | None = None) -> None:
        def move(event: ValueChangeEventArguments) -> None:
            setattr(self, name, event.value)
            self._fill("places")

        picker = ui.select(dict(options), value=getattr(self, name), label=self.say(label or name), on_change=move)
        put(picker.classes("min-w-48"), data_testid=f"pick-{name}")

    def _models(self) -> None:
        """Show the bills of the model households in the municipality shown; they are computed aside."""
        places = municipalities()
        code = self.desk.area if self.desk.area in places else Parameters.load().region.example

        def move(chosen: int) -> None:
            self.desk.area = chosen
            self._fill("models")

        box = municipality_box(places, code, self.say("municipality"), self.lang, move)
        put(box.classes("w-72"), data_testid="models-area")
        ui.label(self.say("models_note")).classes(SMALL)
        with ui.column().classes("w-full"):
            waiting = ui.spinner(size="lg")

            async def show() -> None:
                try:
                    bills = await run.io_bound(self.desk.models, code)
                except Exception as error:
                    self.tell(noted(error))
                    return
                finally:
                    waiting.set_visibility(False)
                if bills is not None:  # None: the server is ending
                    self._bills(bills)

            ui.timer(0, show, once=True)

    def _bills(self, bills: pd.DataFrame) -> None:
        """Lay a table of bills by household, scenario and year."""
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
        table = ui.table(columns=columns, rows=body, row_key="id", title=self.say("total"), pagination=0)
        put(table.props(TABLE).classes("w-full"), data_testid="models")

    # files

    def _about(self) -> None:
        shown = self.desk.shown()
        for job in shown.done() if shown else []:
            with ui.card().classes("w-full"):
                ui.label(job.name).classes("font-bold")
                ui.label(f"{self.say('description')}: {job.scenario.description.in_language(self.lang)}")
                ui.label(f"{self.say('expectation')}: {job.scenario.expectation.in_language(self.lang)}")
                ui.label(job.text).classes("w-full font-mono text-sm whitespace-pre-wrap break-all bg-gray-100 p-2")
                if job.name not in self.catalogue.entries:
                    if not moved(self.desk.own.positions):
                        ui.label(self.say("none_moved"))
                    ui.button(
                        self.say("save_file"),
                        icon="download",
                        on_click=lambda t=job.text, n=job.name: ui.download.content(t, f"{n}.yaml"),
                    ).props("outline")

    def _save(self) -> None:
        put(ui.button(self.say("save_csv"), icon="download", on_click=self._csv), data_testid="save-csv")
        for name, folder in self.desk.runs().items():
            with ui.card().classes("w-full"):
                ui.label(name).classes("font-bold")
                ui.label(self.say("save_hint", path=folder.path)).classes(f"{SMALL} break-all")
                with ui.row():
                    for kind in ("excel", "report"):
                        button = ui.button(
                            self.say(f"save_{kind}"),
                            icon="download",
                            on_click=lambda f=folder, n=name, k=kind: self._deliver(k, f, n),
                        )
                        put(button, data_testid=f"save-{kind}-{name}")

    def _csv(self) -> None:
        text = csv_text(self.desk.export())
        ui.download.content(text.encode("utf-8-sig"), f"kokuho{self._tag()}.csv")

    def _tag(self) -> str:
        """Return what the name of a file of a sample ends with."""
        return f"_sample-1in{self.sample}" if self.sample > 1 else ""

    async def _deliver(self, kind: str, folder: RunFolder, name: str) -> None:
        """Make a file outside the event loop and send it to the browser."""
        from sim.reports import build, build_workbook

        make, ending = (build_workbook, "xlsx") if kind == "excel" else (build, "html")
        filename = f"{name}{self._tag()}.{ending}"
        note = ui.notification(self.say("working"), spinner=True, timeout=None)
        try:
            async with _one_at_a_time:
                made = await run.io_bound(make, folder.path, "ja" if self.lang == "ja" else "en")
            ui.download.file(str(made), filename)
        except Exception as error:
            self.tell(noted(error))
        finally:
            note.dismiss()


def _names(r: Round) -> list[str]:
    return [job.name for job in r.done()]


def _format(unit: str, sign: bool) -> str:
    """Return the JavaScript that shows a figure in a table cell; sorting keeps working on the number."""
    _, _, scale, decimals = UNITS[unit]
    plus = "(v > 0 ? '+' : '') + " if sign else ""
    options = f"{{minimumFractionDigits: {decimals}, maximumFractionDigits: {decimals}}}"
    return f"v => v === null ? '–' : {plus}(v / {scale}).toLocaleString('en-US', {options})"


def _plain(value: float) -> float | None:
    return None if pd.isna(value) else float(value)
