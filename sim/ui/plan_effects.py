"""The lower half of the tab of own rates: runs of the plans, who pays more and less, collection, arrears, transfer."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

import pandas as pd
from nicegui import background_tasks, run, ui
from nicegui.events import ValueChangeEventArguments

from sim.core.colours import BLUE, ORANGE
from sim.core.units import era
from sim.explanations.basis import year_name
from sim.studies.rates_plan import Ask
from sim.studies.rates_plan import Plans as Looked
from sim.studies.rates_plan.words import EFFECT_NAMES, GROUP_NAMES, KIND_NAMES, UNITS
from sim.studies.rates_plan.workbook import plan_name
from sim.ui.calculator import SMALL, lay_table, percent, signed
from sim.ui.catalogue import BASE
from sim.ui.charts import FONT, Options
from sim.ui.controls import put
from sim.ui.desk import Desk
from sim.ui.plan_board import BASE_NAME, Board
from sim.ui.plan_words import WORDS
from sim.ui.plan_work import BILLS, Work
from sim.ui.troubles import Trouble, noted
from sim.ui.words import Speaks, pick

GREY = "#D9D9D9"
_MILLION = "million yen"
_SHOWN = {"share": ("％", "%"), _MILLION: ("百万円", "million yen")}
"""units that are not shown as they are held"""
_LOOK = 0.3


class Effects(Speaks):
    """What plans do, by runs in the background."""

    words = WORDS

    def __init__(self, desk: Desk, lang: str, tell: Callable[[Trouble], None]) -> None:
        self.desk = desk
        self.lang = lang
        self.tell = tell
        self.kind = "income decile"
        self.against = "current"
        self.more_than = 10_000
        self.drawn: tuple[object, ...] | None = None

    @property
    def work(self) -> Work | None:
        """Return what was begun last on this desk."""
        found = self.desk.kept.get("plans-work")
        return found if isinstance(found, Work) else None

    def lay(self, board: Board, whole: Callable[[], bool]) -> None:
        """Lay the buttons, and follow what they begin; whole: whether nothing typed is wrong."""
        self.board, self.whole, self.drawn = board, whole, None
        with ui.row().classes("w-full items-end"):
            self._choices()
            begin = ui.button(self.say("run"), icon="play_arrow", on_click=lambda: self._begin(ranges=False))
            put(begin, data_testid="plans-run")
            ranged = ui.button(self.say("ranges"), on_click=lambda: self._begin(ranges=True)).props("outline")
            put(ranged, data_testid="plans-ranges")
            self.stop = ui.button(self.say("stop"), icon="stop", color="grey-9", on_click=self._stop)
            put(self.stop, data_testid="plans-stop")
        self.progress = put(
            ui.column().classes("w-full"), role="status", aria_live="polite", data_testid="plans-progress"
        )
        self.box = ui.column().classes("w-full min-w-0")
        ui.timer(_LOOK, self._look)

    def _choices(self) -> None:
        """Lay what a rise is told against, and from how many yen."""
        kinds = {name: self.say(f"against_{name}") for name in ("current", "base")}
        against = ui.select(
            kinds, value=self.against, label=self.say("against"), on_change=lambda e: setattr(self, "against", e.value)
        )
        put(against.classes("w-56 max-w-full"), data_testid="plans-against")
        more = ui.number(
            self.say("more_than"),
            value=self.more_than,
            min=0,
            max=1_000_000,
            step=1_000,
            on_change=lambda e: setattr(self, "more_than", int(e.value or 0)),
        )
        put(more.classes("w-48"), data_testid="plans-more-than")

    # what runs

    def _texts(self) -> str:
        """Return the plans as they stand, to tell whether they have changed."""
        return "\n".join([*(self.board.text(d) for d in self.board.drafts), repr(self.board.current)])

    def _begin(self, ranges: bool) -> None:
        """Run base and plans, and bill the households."""
        if not self.whole() or (self.work is not None and self.work.busy):
            return
        try:
            base, text = self.board.base()
            entry = self.desk.shelf.catalogue().entries[BASE]
            first = (base, text) if base is not None else (entry.scenario, entry.text)
            every = [first, *((self.board.scenario(d), self.board.text(d)) for d in self.board.drafts)]
        except Exception as error:
            self.tell(noted(error))
            return
        ask = Ask(
            municipality=self.board.code,
            year=self.board.year,
            sample=self.desk.sample,
            more_than=self.more_than,
            against=self.against,
            current=self.board.current_rates(),
            ranges=ranges,
        )
        work = Work("look", ranges=ranges, what=self._texts())
        self.desk.kept["plans-work"] = work
        background_tasks.create(work.looked(self.desk.workshop, every, ask))

    def _stop(self) -> None:
        if self.work is not None:
            self.work.stop(self.desk.workshop)

    def _look(self) -> None:
        """Show what has changed since the last look."""
        work = self.work
        now = (None,) if work is None else (id(work), self._old(work), *work.state())
        if now == self.drawn or self.box.is_deleted:
            return
        before, self.drawn = self.drawn, now
        self.stop.set_visibility(work is not None and work.busy)
        self.progress.clear()
        if work is None:
            return
        with self.progress:
            self._lay_progress(work)
        finished = work.plans is not None
        if finished and (before is None or before[:3] != now[:3]):
            self.box.clear()
            with self.box:
                assert work.plans is not None
                self._lay_found(work.plans, self._old(work))

    def _old(self, work: Work) -> bool:
        """Return whether the rates have changed since they were run."""
        return work.plans is not None and work.what != self._texts()

    def _lay_progress(self, work: Work) -> None:
        """Show a bar for each run, then that the households are billed."""
        if work.trouble is not None:
            text = work.trouble.in_words(self.lang, None)
            put(ui.label(text).classes("text-red-800 whitespace-pre-wrap break-words"), data_testid="plans-trouble")
        if not work.busy:
            return
        for job in work.jobs:
            with ui.row().classes("w-full items-center no-wrap"):
                name = self._name(job.name)
                ui.label(name).classes("w-36 truncate")
                bar = ui.linear_progress(value=job.share, show_value=False)
                put(bar.classes("grow"), aria_label=name)
                ui.label(self.say(job.state) + (f" {era(job.year)}" if job.year and job.busy else "")).classes("w-24")
        if work.stage == BILLS:
            ui.linear_progress(show_value=False).props("indeterminate")
            ui.label(self.say("ranging", seconds=work.seconds) if work.ranges else self.say("bills"))

    def _name(self, name: str) -> str:
        """Return how a set of rates or a run is called on the page."""
        if name in (BASE, BASE_NAME):
            return plan_name("base", self.lang)
        at = next((n for n, d in enumerate(self.board.drafts, 1) if d.name == name), None)
        return plan_name(name, self.lang) if at is None else f"{self.say('plan', n=at)}（{name}）"

    # what came of it

    def _lay_found(self, found: Looked, old: bool) -> None:
        """Show the tables."""
        if old:
            put(ui.label(self.say("old")).classes("text-orange-900 font-bold"), data_testid="plans-old")
        if found.sample > 1:
            ui.label(self.say("rough", n=found.sample)).classes("text-orange-900 text-sm")
        self._lay_levied(found)
        self._lay_said(found)
        kinds = {kind: pair[int(self.lang == "en")] for kind, pair in KIND_NAMES.items() if kind != "all"}

        def move(event: ValueChangeEventArguments) -> None:
            self.kind = event.value
            self._lay_groups(found)

        box = ui.select(kinds, value=self.kind, label=self.say("kind"), on_change=move)
        put(box.classes("w-56"), data_testid="plans-kind")
        self.groups = ui.element("div").classes("grid grid-cols-1 xl:grid-cols-2 gap-4 w-full")
        self._lay_groups(found)
        for plan in found.plans:
            title = self.say("effects_title", plan=self._name(plan))
            lay_table(self._effects(found, plan), f"plans-effects-{found.plans.index(plan) + 1}", title)
        if found.effects["low90"].isna().all():
            ui.label(self.say("no_ranges")).classes(SMALL)
        save = ui.button(self.say("save_book"), icon="download", on_click=lambda: self._book(found))
        put(save, data_testid="plans-save-book")

    def _lay_levied(self, found: Looked) -> None:
        rows = found.levied
        growth = [percent(g) for g in rows["growth"]]
        at = int(self.lang == "en")
        table = pd.DataFrame(
            {
                ("率", "Rates")[at]: [self._name(plan) for plan in rows["plan"]],
                ("調定額", "Levied")[at]: [f"{yen:,}" for yen in rows["levied"]],
                ("増減額", "Change")[at]: [signed(yen) for yen in rows["change"]],
                ("伸率（％）", "Growth (%)")[at]: growth,
            }
        )
        lay_table(table, "plans-levied", self.say("levied_title", year=year_name(found.year, self.lang)))

    def _lay_said(self, found: Looked) -> None:
        """Say in words how many pay more and less."""
        for plan in found.plans:
            row = found.changes[(found.changes["plan"] == plan) & (found.changes["kind"] == "all")].iloc[0]
            text = self.say(
                "changes_said",
                plan=self._name(plan),
                year=year_name(found.year, self.lang),
                more=found.more_than,
                up=row["share_up"] * 100,
                down=row["share_down"] * 100,
                mean=row["mean_change"],
            )
            put(ui.label(text).classes("break-words"), data_testid=f"plans-said-{found.plans.index(plan) + 1}")

    def _lay_groups(self, found: Looked) -> None:
        """Draw the shares of households whose bill rises and falls, and their table."""
        self.groups.clear()
        at = int(self.lang == "en")
        with self.groups:
            for n, plan in enumerate(found.plans, 1):
                t = found.changes[(found.changes["plan"] == plan) & (found.changes["kind"] == self.kind)]
                names = [GROUP_NAMES.get(g, (g, g))[at] for g in t["group"]]
                title = self.say("changes_title", plan=self._name(plan), year=year_name(found.year, self.lang))
                with ui.column().classes("w-full min-w-0"):
                    chart = ui.echart(self._bars(t, names, title), renderer="svg").classes("h-80 w-full")
                    put(chart, data_testid=f"plans-changes-{n}", role="img", aria_label=title)
                    lay_table(self._shares(t, names), f"plans-shares-{n}", "")

    def _shares(self, t: pd.DataFrame, names: list[str]) -> pd.DataFrame:
        at = int(self.lang == "en")
        columns = {self.say(key): [f"{s * 100:.1f}" for s in t[f"share_{key}"]] for key in ("up", "same", "down")}
        return pd.DataFrame(
            {
                ("世帯", "Households")[at]: names,
                ("世帯数", "number")[at]: [f"{n:,}" for n in t["households"]],
                **columns,
                ("平均増減額（円）", "mean change (yen)")[at]: [signed(round(yen)) for yen in t["mean_change"]],
            }
        )

    def _bars(self, t: pd.DataFrame, names: list[str], title: str) -> Options:
        """Return bars of the shares of households whose bill rises, stays and falls, a group a bar."""
        looks = (("up", ORANGE), ("same", GREY), ("down", BLUE))
        series: list[Options] = [
            {
                "type": "bar",
                "stack": "share",
                "name": self.say(key),
                "color": colour,
                "data": [round(float(s) * 100, 1) for s in t[f"share_{key}"]],
            }
            for key, colour in looks
        ]
        return {
            "textStyle": {"fontFamily": FONT},
            "aria": {"enabled": True, "decal": {"show": True}},
            "animation": False,
            "title": {
                "text": title,
                "subtext": self.say("share"),
                "left": 8,
                "textStyle": {"fontSize": 13, "overflow": "break", "width": 320},
            },
            "grid": {"left": 8, "right": 20, "top": 76, "bottom": 36, "containLabel": True},
            "legend": {"bottom": 0},
            "tooltip": {"trigger": "axis"},
            "xAxis": {"type": "value", "max": 100},
            "yAxis": {"type": "category", "data": names, "inverse": True},
            "series": series,
        }

    def _effects(self, found: Looked, plan: str) -> pd.DataFrame:
        """Return a row a figure: with the plan, difference and its range, year by year from that of the plan on.

        Sums of the municipality are in 百万円 as on the other tabs; the levied total is in yen, as in the table above
        and as a target for it is typed.
        """
        at = int(self.lang == "en")
        t = found.effects[(found.effects["plan"] == plan) & (found.effects["year"] > found.before)]
        ranged = bool(t["low90"].notna().any())
        rows = []
        for measure, own in t.groupby("measure", sort=False):
            unit = str(own["unit"].iloc[0])
            unit = _MILLION if unit == "yen" and measure != "billed" else unit
            row = {
                self.say("effect"): EFFECT_NAMES[str(measure)][at],
                self.say("unit"): {**UNITS, **_SHOWN}[unit][at],
            }
            for r in own.itertuples():
                year = era(int(r.year))
                row[self.say("value", year=year)] = _figure(r.value, unit)
                row[f"{year} {self.say('difference')}"] = _figure(r.difference, unit, sign=True)
                if ranged:
                    ends = (_figure(r.low90, unit, sign=True), _figure(r.high90, unit, sign=True))
                    row[f"{year} {self.say('range')}"] = (
                        "–" if pd.isna(r.low90) else pick(("～", " to "), self.lang).join(ends)
                    )
            rows.append(row)
        return pd.DataFrame(rows)

    async def _book(self, found: Looked) -> None:
        """Make the workbook and send it to the browser."""

        def made() -> bytes:
            with tempfile.TemporaryDirectory() as folder:
                return found.write(Path(folder) / "plan.xlsx", self.lang).read_bytes()

        try:
            content = await run.io_bound(made)
        except Exception as error:
            self.tell(noted(error))
            return
        if content is None:  # the server is ending
            return
        tag = f"_sample-1in{found.sample}" if found.sample > 1 else ""
        ui.download.content(content, f"rates_plan{tag}.xlsx")


def _figure(value: float, unit: str, sign: bool = False) -> str:
    """Return a figure in whole yen or persons, others as they are shown; a difference with its sign."""
    if pd.isna(value):
        return "–"
    scale, decimals = {"share": (100, 2), _MILLION: (1e-6, 1)}.get(unit, (1, 0))
    rounded = round(value * scale, decimals)
    return f"{rounded:{'+' if sign and rounded else ''},.{decimals}f}"
