"""The right side of the page: what stands over the figures, and the tabs."""

from __future__ import annotations

from nicegui import ui
from nicegui.events import ValueChangeEventArguments

from sim.outputs.manifest import told_by
from sim.ui.controls import put
from sim.ui.desk import Round
from sim.ui.parts import TABS, Part, Tab
from sim.ui.shows import Shows
from sim.ui.troubles import noted
from sim.ui.words import pick


class Results(Shows):
    """The results of a page. A tab is built when it is opened, and anew when what it shows changes."""

    parts: dict[str, Part]
    panels: dict[str, ui.tab_panel]
    seen: tuple[int, tuple[object, ...]]

    def lay(self) -> None:
        """Lay the tabs once; `draw` fills them."""
        self.parts, self.panels, self.seen = {}, {}, (0, ())
        self.head = ui.column().classes("w-full gap-2")
        self.tabs = TABS
        self.tab = self.tabs[0].name
        with ui.tabs(on_change=lambda e: self._open(e.value)).classes("w-full kokuho-tabs") as strip:
            strip.props("align=left outside-arrows mobile-arrows no-caps")
            for tab in self.tabs:
                put(ui.tab(tab.name, label=pick(tab.title, self.lang)), data_testid=f"tab-{tab.name}")
        with ui.tab_panels(strip, value=self.tab, animated=False).classes("w-full"):
            self.panels = {tab.name: ui.tab_panel(tab.name).classes("px-0 sm:px-2") for tab in self.tabs}

    def draw(self) -> None:
        """Draw anew what has changed, the open tab staying open."""
        now = (self.desk.area, self.desk.results())
        moved = now[0] != self.seen[0]
        self.seen = now
        self.head.clear()
        with self.head:
            self._head()
        for tab in self.tabs:
            if moved or tab.follows:
                self.panels[tab.name].clear()
        self._open(self.tab)

    def _open(self, name: str) -> None:
        """Build a tab the first time it is opened."""
        self.tab = name
        panel = self.panels.get(name)
        if panel is None or panel.default_slot.children:
            return
        with panel:
            try:
                self._part(next(tab for tab in self.tabs if tab.name == name)).lay()
            except Exception as error:
                self.tell(noted(error))

    def _part(self, tab: Tab) -> Part:
        """Return what stands in a tab; it is made the first time."""
        if tab.name not in self.parts:
            self.parts[tab.name] = tab.part()(self.desk, self.catalogue, self.lang, self.tell)
        return self.parts[tab.name]

    # what stands over the tabs

    def _head(self) -> None:
        """Say on what the page stands, and let an earlier press of Run be shown again."""
        shown = self.desk.shown()
        finished = {
            r.number: self.say("round_of", number=r.number, size=self.size(r.sample), names=self._names(r))
            for r in reversed(self.desk.rounds)
            if len(r.done()) > 1
        }
        if len(finished) > 1 and shown is not None:
            value = shown.number if shown.number in finished else None
            which = ui.select(finished, value=value, label=self.say("which_round"), on_change=self._pick)
            put(which.classes("w-full max-w-3xl"), data_testid="pick-round")
        if self.sample > 1 or self.desk.base is None:
            self._banner()

    def _banner(self) -> None:
        """Say above everything that figures are of a sample, beside the button that runs everybody."""
        n = self.sample if self.sample > 1 else self.desk.sample
        with put(
            ui.row().classes("w-full p-2 border-l-8 border-orange-700 bg-orange-50 text-orange-950 items-center"),
            role="note",
            data_testid="banner",
        ):
            told = self.desk.base is not None and told_by(self.desk.base.manifest)
            text = self.say("banner", n=n) + (" " + self.say("banner_told") if told else "")
            ui.label(text).classes("font-bold grow basis-64")
            if not any(r.busy and r.sample == 1 for r in self.desk.rounds):
                button = ui.button(self.say("everybody"), on_click=self._everybody).props("color=deep-orange-10")
                put(button, data_testid="everybody")

    def _everybody(self) -> None:
        try:
            self.desk.begin_everybody()
        except Exception as error:
            self.tell(noted(error))

    def _names(self, r: Round) -> str:
        return ", ".join(self.titled(job.name) for job in r.done())

    def _pick(self, event: ValueChangeEventArguments) -> None:
        self.desk.picked = event.value
