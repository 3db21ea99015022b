"""The page: choices on the left, results on the right. Everything on it works with the keyboard.

A page is laid once the browser has connected, so that a request alone costs next to nothing, and everything on it
belongs to the tab that opened it.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import matplotlib_fontja
from nicegui import Client, app, run, ui
from nicegui.events import ValueChangeEventArguments

from sim.core.colours import BLUE
from sim.core.units import era
from sim.ui.catalogue import BASE, Catalogue
from sim.ui.controls import municipality_box, put
from sim.ui.desk import SAMPLES, Desk, Desks, NameTakenError, Round, UnderWayError, municipalities
from sim.ui.levers import GROUPS, YEARS, Lever
from sim.ui.results import Results
from sim.ui.troubles import Trouble, noted, trouble
from sim.ui.words import pick, word
from sim.ui.work import FAILED, RUNNING, STOPPED, WAITING, Job

STYLE = """
@font-face { font-family: IPAexGothic; src: url(/font/ipaexg.ttf); font-display: swap; }
body { font-family: "Noto Sans JP","Yu Gothic UI","Hiragino Sans",Meiryo,IPAexGothic,sans-serif; }
*:focus-visible { outline: 3px solid #D55E00 !important; outline-offset: 2px; }
.q-table td, .q-table th { font-variant-numeric: tabular-nums; }
"""
HEADING = "text-base font-bold mt-2"
QUIET_SECONDS = 30.0
"""The same trouble is told again after this time only."""


def lay_pages(desks: Desks, log: Path | None) -> None:
    """Lay the page at / (Japanese) and /?lang=en."""
    font = next(Path(matplotlib_fontja.__file__).parent.rglob("ipaexg.ttf"))
    app.add_static_file(local_file=font, url_path="/font/ipaexg.ttf")

    @ui.page("/", title="kokuho-sim")
    async def page(lang: str = "ja") -> None:
        language = "en" if lang == "en" else "ja"
        ui.add_css(STYLE)
        ui.colors(primary=BLUE)
        ui.query("html").props("lang=en" if language == "en" else "lang=ja")
        client = ui.context.client
        await client.connected()
        if (tab := client.tab_id) is None:  # it never came, or is gone again
            return
        desk = desks.enter(tab)
        client.on_delete(lambda: desks.leave(tab))
        catalogue = await run.io_bound(desks.shelf.catalogue)
        if catalogue is not None and client.id in Client.instances:
            Page(desk, catalogue, language, log).lay()


class Page:
    """One view of a desk in one language."""

    def __init__(self, desk: Desk, catalogue: Catalogue, lang: str, log: Path | None) -> None:
        self.desk = desk
        self.catalogue = catalogue
        self.lang = lang
        self.log = log
        self.results = Results(desk, catalogue, lang, self._tell)
        self.drawn: tuple[tuple[object, ...], tuple[object, ...]] | None = None
        self.told: dict[str, float] = {}

    def say(self, key: str, **values: object) -> str:
        return word(key, self.lang, **values)

    def lay(self) -> None:
        """Build the page and follow the runs."""
        ui.on_exception(lambda error: self._tell(trouble(error)))  # NiceGUI has put it in the log
        with ui.header().classes("items-center justify-between"):
            put(ui.label(self.say("title")).classes("text-lg font-bold"), role="heading", aria_level=1)
            self._controls()
            other = "en" if self.lang == "ja" else "ja"
            put(
                ui.link(self.say("other_language"), f"/?lang={other}").classes("text-white"),
                data_testid="language",
            )
        with ui.left_drawer(value=True, bordered=True).props("width=380 role=navigation"):
            self._choices()
        with ui.column().classes("w-full") as self.main:
            self.progress = ui.column().classes("w-full")
            self.results.lay()
        ui.skip_link(self.say("skip"), target=self.main)
        self._look()
        ui.timer(0.3, self._look)

    def _tell(self, found: Trouble) -> None:
        """Show a trouble until it is closed, once."""
        text = found.in_words(self.lang, self.log)
        now = time.monotonic()
        if now - self.told.get(text, -QUIET_SECONDS) >= QUIET_SECONDS:
            self.told[text] = now
            ui.notify(text, type="negative", multi_line=True, timeout=0, close_button=self.say("close"))

    # what to run

    def _choices(self) -> None:
        put(ui.label(self.say("scenarios")).classes(HEADING), role="heading", aria_level=2)
        ui.label(self.say("scenarios_hint")).classes("text-xs text-gray-600")
        for name, entry in self.catalogue.entries.items():
            box = ui.checkbox(name, value=name == BASE or name in self.desk.chosen, on_change=self._choose(name))
            put(box.props("dense"), data_testid=f"scenario-{name}").set_enabled(name != BASE)
            ui.label(entry.scenario.description.in_language(self.lang)).classes("text-xs text-gray-600 ml-7 -mt-3")
        for name, problem in self.catalogue.broken.items():
            with put(ui.expansion(self.say("broken_file", name=name)).classes("w-full"), data_testid="broken"):
                ui.label(problem).classes("text-xs text-red-800 whitespace-pre-wrap break-all")
        put(ui.label(self.say("own")).classes(HEADING), role="heading", aria_level=2)
        ui.label(self.say("own_hint")).classes("text-xs text-gray-600")
        own = self.desk.own
        use = ui.checkbox(self.say("own_use"), value=own.use, on_change=lambda e: setattr(own, "use", e.value))
        put(use.props("dense"), data_testid="own-use")
        with put(ui.expansion(self.say("own")).classes("w-full"), data_testid="own"):
            self._own()

    def _controls(self) -> None:
        with ui.row().classes("items-center"):
            sizes = ui.select(
                {n: self.say(f"sample_{n}") for n in SAMPLES},
                label=self.say("size"),
                value=self.desk.sample,
                on_change=lambda e: setattr(self.desk, "sample", e.value),
            )
            put(sizes.classes("w-80").props("dense outlined bg-color=white"), data_testid="sample")
            begin = ui.button(self.say("run"), icon="play_arrow", on_click=self._begin)
            put(begin.props("color=white text-color=primary"), data_testid="run")
            self.stop = ui.button(self.say("stop"), icon="stop", on_click=lambda: self.desk.stop(), color="grey-9")
            put(self.stop, data_testid="stop").set_enabled(self.desk.busy)

    def _choose(self, name: str) -> Callable[[ValueChangeEventArguments], None]:
        def chosen(event: ValueChangeEventArguments) -> None:
            names = [n for n in self.desk.chosen if n != name]
            self.desk.chosen = [*names, name] if event.value else names

        return chosen

    def _own(self) -> None:
        own = self.desk.own
        name = ui.input(self.say("own_name"), value=own.name, on_change=lambda e: setattr(own, "name", e.value or ""))
        put(name.classes("w-full"), data_testid="own-name")
        with ui.row().classes("w-full no-wrap"):
            ui.select(
                list(self.catalogue.entries),
                value=own.base,
                label=self.say("own_base"),
                on_change=lambda e: setattr(own, "base", e.value),
            ).classes("w-2/3")
            ui.select(
                list(YEARS),
                value=own.since,
                label=self.say("since"),
                on_change=lambda e: setattr(own, "since", e.value),
            ).classes("w-1/3")
        names = municipalities()
        code = next((c for c, n in names.items() if n == own.place), 0)
        places = {0: self.say("everywhere"), **names}
        where = municipality_box(
            places, code, self.say("where"), self.lang, lambda c: setattr(own, "place", names.get(c))
        )
        put(where.classes("w-full"), hint=self.say("where_hint"), data_testid="own-place")
        for title, levers in GROUPS.items():
            ui.label(pick(title, self.lang)).classes("font-bold mt-3")
            for lever in levers:
                self._lever(lever)

    def _lever(self, lever: Lever) -> None:
        positions = self.desk.own.positions
        label, hint = pick(lever.label, self.lang), pick(lever.hint, self.lang)

        def move(event: ValueChangeEventArguments) -> None:
            positions[lever.key] = event.value

        if lever.span is None:
            options = {position: pick(words, self.lang) for position, words in lever.choices}
            choice = ui.select(options, value=positions[lever.key], label=label, on_change=move).classes("w-full")
            put(choice, hint=hint, data_testid=lever.key)
            return
        low, high, step = lever.span
        ui.label(label).classes("mt-2")
        ui.label(hint).classes("text-xs text-gray-600")
        position = positions[lever.key]
        assert not isinstance(position, str)
        slider = ui.slider(min=low, max=high, step=step, value=position, on_change=move)
        put(slider.props("label-always snap").classes("w-11/12 mt-4"), data_testid=lever.key, aria_label=label)

    def _begin(self) -> None:
        """Take a press of Run: it begins, or waits behind what runs already."""
        waits = self.desk.workshop.busy
        try:
            self.desk.begin()
        except NameTakenError:
            ui.notify(self.say("bad_name"), type="negative", multi_line=True)
        except UnderWayError:
            ui.notify(self.say("under_way"), type="info", multi_line=True)
        except Exception as error:
            self._tell(noted(error))
        else:
            if waits and self.desk.busy:
                ui.notify(self.say("queued"), type="info", multi_line=True)
        self._look()

    # how far it is

    def _look(self) -> None:
        """Show what has changed since the page was drawn."""
        now = (self.desk.progress(), self.desk.results())
        if now == self.drawn:
            return
        before, self.drawn = self.drawn, now
        self.stop.set_enabled(self.desk.busy)
        self.progress.clear()
        with self.progress:
            self._progress()
        if before is None or before[1] != now[1]:
            self.results.draw()
        put(self.main, data_testid="main", aria_busy="true" if self.desk.busy else "false")

    def _progress(self) -> None:
        last = self.desk.rounds[-1] if self.desk.rounds else None
        for r in self.desk.rounds:
            if r.busy or (r is last and (r.failed or len(r.done()) < len(r.jobs))):
                self._round(r)

    def _round(self, r: Round) -> None:
        """Show one press of Run: a bar for each scenario, its place in the queue, and each trouble once."""
        with put(ui.card().classes("w-full"), role="status", aria_live="polite", data_testid=f"round-{r.number}"):
            self._round_head(r)
            if r.busy and all(job.state == WAITING for job in r.jobs):
                ahead = min(self.desk.workshop.ahead(job) for job in r.jobs)
                ui.label(self.say("in_queue", ahead=ahead)).classes("text-sm")
            for job in r.jobs:
                self._job(job, STOPPED if r.stopped and job.busy else job.state)
            for text in dict.fromkeys(j.trouble.in_words(self.lang, self.log) for j in r.jobs if j.trouble):
                put(ui.label(text).classes("text-red-800 whitespace-pre-wrap break-all"), data_testid="trouble")

    def _round_head(self, r: Round) -> None:
        """Say which press it is, beside the button that takes it back."""
        with ui.row().classes("w-full items-center justify-between"):
            size = self.say("size_1") if r.sample == 1 else f"1/{r.sample}"
            ui.label(self.say("round", number=r.number, size=size)).classes("font-bold")
            if r.busy:
                drop = ui.button(icon="close", on_click=lambda: self.desk.stop(r)).props("flat dense round")
                put(drop, aria_label=self.say("stop"), data_testid=f"stop-{r.number}")

    def _job(self, job: Job, state: str) -> None:
        with ui.row().classes("w-full items-center no-wrap"):
            ui.label(job.name).classes("w-48 truncate")
            bar = ui.linear_progress(value=job.share, show_value=False, color="negative" if state == FAILED else None)
            put(bar.classes("grow"), aria_label=job.name)
            year = f" {era(job.year)}" if state == RUNNING and job.year else ""
            ui.label(self.say(state) + year).classes("w-32")
