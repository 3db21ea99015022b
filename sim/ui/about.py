"""What the scenarios shown say, and which runs they are."""

from __future__ import annotations

from nicegui import ui

from sim.core.units import era
from sim.ui.controls import put
from sim.ui.levers import moved
from sim.ui.shows import SMALL, Shows
from sim.ui.words import pick


class About(Shows):
    """Description, expectation and file of each scenario shown."""

    def lay(self) -> None:
        self._which()
        texts = {job.name: (job.scenario, job.text) for r in self.desk.rounds for job in r.jobs}
        entries = self.desk.entries()
        for name in self.desk.runs():
            scenario, text = texts.get(name) or (entries[name].scenario, entries[name].text)
            with ui.card().classes("w-full"):
                ui.label(self.titled(name)).classes("font-bold")
                ui.label(self.say("file_name", name=name)).classes(SMALL)
                for what in ("description", "expectation"):
                    if said := getattr(scenario, what).in_language(self.lang):
                        ui.label(f"{self.say(what)}{pick(('：', ': '), self.lang)}{said}")
                ui.label(text).classes("w-full font-mono text-sm whitespace-pre-wrap break-all bg-gray-100 p-2")
                if name not in self.catalogue.entries:
                    if not moved(self.desk.own.positions) and name == self.desk.own.name:
                        ui.label(self.say("none_moved"))
                    ui.button(
                        self.say("save_file"),
                        icon="download",
                        on_click=lambda t=text, n=name: ui.download.content(t, f"{n}.yaml"),
                    ).props("outline")

    def _which(self) -> None:
        """Say which runs are shown."""
        runs: dict[str, list[str]] = {}
        for name, i in self.desk.identities().items():
            said = self.say(
                "which_run",
                size=self.size(i.sample),
                seed=i.seed,
                replicate=i.replicate,
                first=era(i.first),
                last=era(i.last),
                code=i.code[:8],
            )
            runs.setdefault(said, []).append(f"{self.titled(name)} ({i.digest[:8]})")
        for said, names in runs.items():
            put(ui.label(f"{said}: {', '.join(names)}").classes(SMALL), data_testid="which-run")
