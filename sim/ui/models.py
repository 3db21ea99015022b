"""Bills of the model households in the municipality chosen."""

from __future__ import annotations

import pandas as pd
from nicegui import run, ui

from sim.core.units import era
from sim.parameters import Parameters
from sim.ui.controls import put
from sim.ui.desk import municipalities
from sim.ui.shows import SMALL, TABLE, Shows
from sim.ui.troubles import noted


class Models(Shows):
    """What the same household pays a year under the rates of each run; worked out aside."""

    def lay(self) -> None:
        code = self.desk.municipality() or Parameters.load().region.example
        ui.label(self.say("models_of", name=municipalities(self.lang)[code])).classes("text-base font-bold")
        ui.label(self.say("models_note")).classes(SMALL)
        if self.desk.base is None:
            ui.label(self.say("nothing"))
            return
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
        scenarios = {name: i for i, name in enumerate(dict.fromkeys(bills["scenario"]))}
        households = {name: i for i, name in enumerate(dict.fromkeys(bills["household"]))}
        order = bills.assign(at=bills["household"].map(households), by=bills["scenario"].map(scenarios))
        for (household, scenario), own in order.sort_values(["at", "by", "year"]).groupby(
            ["household", "scenario"], sort=False
        ):
            cells = {str(int(r.year)): f"{int(r.bill):,}" for r in own.itertuples()}
            title, name = str(own[self.lang].iloc[0]), self.titled(str(scenario))
            body.append({"id": f"{household}/{scenario}", "household": title, "scenario": name, **cells})
        table = ui.table(columns=columns, rows=body, row_key="id", title=self.say("total"), pagination=0)
        put(table.props(TABLE).classes("w-full"), data_testid="models")
