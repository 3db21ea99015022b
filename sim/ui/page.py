"""The page: choices on the left, results on the right. Everything on it works with the keyboard.

A page is laid once the browser has connected, so that a request alone costs next to nothing, and everything on it
belongs to the tab that opened it. The municipality is chosen once for the whole page: in the address, else the one last
chosen in this browser, else in front of everything.
"""

from __future__ import annotations

import time
from pathlib import Path

import matplotlib_fontja
from nicegui import Client, app, run, ui
from starlette.requests import Request

from sim.core.colours import BLUE
from sim.parameters import Parameters
from sim.ui.catalogue import Catalogue
from sim.ui.choices import Choices
from sim.ui.controls import choose_place, code_meant, municipality_box, put
from sim.ui.desk import Desk, Desks, municipalities
from sim.ui.memory import IN_ADDRESS, focus, keep_tab, recall, remember
from sim.ui.progress import Progress
from sim.ui.results import Results
from sim.ui.sharing import open_link
from sim.ui.troubles import Trouble, noted, trouble
from sim.ui.words import Speaks, word

STYLE = """
@font-face { font-family: IPAexGothic; src: url(/font/ipaexg.ttf); font-display: swap; }
body { font-family: "Noto Sans JP","Yu Gothic UI","Hiragino Sans",Meiryo,IPAexGothic,sans-serif; }
@layer theme { *:focus-visible { outline: 3px solid #D55E00 !important; outline-offset: 2px !important; } }
.q-table td, .q-table th { font-variant-numeric: tabular-nums; }
.nicegui-content { padding: 0.75rem; min-width: 0; }
.q-tab-panel { min-width: 0; }
@media (min-width: 1024px) {
  .kokuho-tabs .q-tabs__content { flex-wrap: wrap; }
  .kokuho-tabs .q-tabs__arrow { display: none !important; }
  .kokuho-tabs.q-tabs--scrollable { padding: 0 !important; }
  .kokuho-tabs .q-tab { padding: 0 11px; min-height: 40px; }
}
.kokuho-charts { display: grid; gap: 1rem 1.25rem; }
.kokuho-charts { grid-template-columns: repeat(auto-fit, minmax(min(100%, 350px), 1fr)); }
.kokuho-run { position: sticky; bottom: -1rem; z-index: 2; padding: .5rem 0 1rem; }
.kokuho-run { background: #fff; border-top: 1px solid #ccc; }
.kokuho-mark { display: inline-block; width: 20px; height: 11px; }
.kokuho-mark.legend_value { height: 2px; background: #0072B2; }
.kokuho-mark.legend_80 { background: #0072B2; opacity: .34; }
.kokuho-mark.legend_90 { background: #0072B2; opacity: .14; }
.kokuho-mark.legend_dot { width: 9px; height: 9px; margin: 0 6px; }
.kokuho-mark.legend_dot { border: 1.7px solid #D55E00; transform: rotate(45deg); }
.kokuho-mark.legend_whole { height: 2px; background: #7F7F7F; }
.kokuho-mark.legend_shade { background: #f2f2f2; border: 1px solid #ddd; }
"""
QUIET_SECONDS = 30.0
"""The same trouble is told again after this time only."""
_NARROW = """(event) => { if (window.innerWidth < 1024) emit() }"""
"""sends a press where the choices lie over the results"""
_ESCAPED = """(event) => {
  if (window.innerWidth < 1024 && event.target.getAttribute("aria-expanded") !== "true") emit();
}"""
"""sends Escape there, unless it closes a list"""


def lay_pages(desks: Desks, log: Path | None) -> None:
    """Lay the page at / (Japanese) and /?lang=en; the address may name a municipality, or carry a scenario."""
    font = next(Path(matplotlib_fontja.__file__).parent.rglob("ipaexg.ttf"))
    app.add_static_file(local_file=font, url_path="/font/ipaexg.ttf")
    ui.button.default_props("no-caps")

    @ui.page("/", title="kokuho-sim")
    async def page(request: Request, lang: str = "ja", scenario: str = "") -> None:
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
        keep_tab(client)
        catalogue = await run.io_bound(desks.shelf.catalogue)
        await run.io_bound(desk.open)
        wanted = request.query_params.get(IN_ADDRESS) or await recall(client)
        if catalogue is not None and client.id in Client.instances:
            laid = Page(desk, catalogue, language, log)
            laid.lay(_area(wanted))
            if scenario:
                await open_link(desk, language, laid._tell, scenario)


def areas(lang: str) -> dict[int, str]:
    """Return what can be shown: the prefecture as a whole, and its municipalities."""
    return {Parameters.load().region.code: word("whole", lang), **municipalities(lang)}


def _area(text: str) -> int | None:
    """Return the code a name or code means, None where it means none."""
    try:
        return code_meant(text, areas("ja"))
    except KeyError:
        return None


class Page(Speaks):
    """One view of a desk in one language."""

    def __init__(self, desk: Desk, catalogue: Catalogue, lang: str, log: Path | None) -> None:
        self.desk = desk
        self.catalogue = catalogue
        self.lang = lang
        self.log = log
        self.results = Results(desk, catalogue, lang, self._tell)
        self.choices = Choices(desk, catalogue, lang, self._tell)
        self.client = ui.context.client
        self.drawn: tuple[object, ...] = ()
        self.told: dict[str, float] = {}

    def lay(self, area: int | None) -> None:
        """Build the page and follow the runs; without an area its chooser stands in front of everything."""
        ui.on_exception(lambda error: self._tell(trouble(error)))  # NiceGUI has put it in the log
        if area is not None:
            self.desk.choose_area(area)
        self._header()
        self.drawer = ui.left_drawer(bordered=True).props("width=360 breakpoint=1023 role=navigation")
        put(self.drawer, data_testid="drawer", aria_label=self.say("drawer"))
        with self.drawer:
            self.choices.lay()
        self.drawer.on("keydown.esc", self._fold, js_handler=_ESCAPED)
        self.choices.run.on("click", self._fold, js_handler=_NARROW)
        with ui.column().classes("w-full min-w-0 gap-1") as self.main:
            self.progress = Progress(self.desk, self.lang, self.log)
            self.results.lay()
        ui.skip_link(self.say("skip"), target=self.main)
        try:
            self.desk.begin_opening()
        except Exception as error:
            self._tell(noted(error))
        self._look()
        ui.timer(0.3, self._look)
        if area is None:
            choose_place(self.lang, self.desk.choose_area)

    def _unfold(self) -> None:
        """Open or close the choices; where they lie over the results, what is typed goes to them."""
        self.drawer.toggle()
        focus(self.client, "search-scenario", narrow=True)

    def _fold(self) -> None:
        """Close the choices where they lie over the results, and go back to the button that opens them."""
        self.drawer.hide()
        focus(self.client, "menu", narrow=True)

    def _header(self) -> None:
        """Lay what stands over everything: the choices' button, the title, the municipality, the other language."""
        with ui.header().classes("items-center gap-x-3 gap-y-1 py-2 px-3"):
            menu = ui.button(icon="menu", on_click=self._unfold).props("flat dense color=white")
            put(menu, data_testid="menu", aria_label=self.say("drawer"))
            title = put(ui.label(self.say("title")), role="heading", aria_level=1)
            title.classes("text-sm sm:text-lg font-bold leading-tight grow basis-40")
            box = municipality_box(areas(self.lang), self.desk.area, self.say("area"), self.lang, self._choose)
            self.area = box.classes("w-56").props("dense outlined bg-color=white options-dense")
            put(box, data_testid="area")
            other = "en" if self.lang == "ja" else "ja"
            link = ui.link(self.say("other_language"), f"/?lang={other}").classes("text-white")
            put(link, data_testid="language")

    def _choose(self, code: int | None) -> None:
        if code is not None:
            self.desk.choose_area(code)
            self._look()

    def _tell(self, found: Trouble) -> None:
        """Show a trouble until it is closed, once."""
        text = found.in_words(self.lang, self.log)
        now = time.monotonic()
        if now - self.told.get(text, -QUIET_SECONDS) >= QUIET_SECONDS:
            self.told[text] = now
            ui.notify(text, type="negative", multi_line=True, timeout=0, close_button=self.say("close"))

    # how far it is

    def _look(self) -> None:
        """Show what has changed since the page was drawn."""
        self.choices.look()
        now = (self.desk.progress(), self.desk.results(), self.desk.area)
        if now == self.drawn:
            return
        before, self.drawn = self.drawn, now
        self.choices.stop.set_enabled(self.desk.busy)
        if not before or before[0] != now[0]:
            self.progress.look()
        if not before or before[2] != now[2]:
            self.area.set_value(self.desk.area)
            remember(self.client, self.desk.area, chosen=bool(before) or self.desk.municipality() is not None)
        if before[1:] != now[1:]:
            self.results.draw()
        put(self.main, data_testid="main", aria_busy="true" if self.desk.busy else "false")
