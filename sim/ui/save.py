"""Files of the runs shown: CSV, workbook, report."""

from __future__ import annotations

from nicegui import run, ui

from sim.core.export import csv_text
from sim.outputs.folder import RunFolder
from sim.ui.controls import put
from sim.ui.shows import DRAWING, SMALL, Shows
from sim.ui.troubles import noted


class Save(Shows):
    """A button for each file; it is made when asked for."""

    def lay(self) -> None:
        if self.desk.base is None:
            ui.label(self.say("nothing"))
            return
        button = ui.button(self.say("save_csv"), icon="download", on_click=self._csv)
        put(button, data_testid="save-csv")
        for name, folder in self.desk.runs().items():
            with ui.card().classes("w-full"):
                ui.label(self.titled(name)).classes("font-bold")
                sample = int(folder.manifest["sample"])
                if sample > 1:
                    ui.label(self.say("file_of_sample", n=sample)).classes("text-orange-900 text-sm")
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
        ui.download.content(text.encode("utf-8-sig"), f"kokuho{_tag(self.sample)}.csv")

    async def _deliver(self, kind: str, folder: RunFolder, name: str) -> None:
        """Make a file outside the event loop and send it to the browser."""
        from sim.reports import build, build_workbook

        make, ending = (build_workbook, "xlsx") if kind == "excel" else (build, "html")
        filename = f"{name}{_tag(int(folder.manifest['sample']))}.{ending}"
        note = ui.notification(self.say("working"), spinner=True, timeout=None)
        try:
            async with DRAWING:
                made = await run.io_bound(make, folder.path, "ja" if self.lang == "ja" else "en")
            ui.download.file(str(made), filename)
        except Exception as error:
            self.tell(noted(error))
        finally:
            note.dismiss()


def _tag(sample: int) -> str:
    """Return what the name of a file of a sample ends with."""
    return f"_sample-1in{sample}" if sample > 1 else ""
