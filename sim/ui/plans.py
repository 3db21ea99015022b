"""The tab of own rates (改定案): plans side by side, bills of model households at once, rates for a target, effects.

What is typed, the work under way and its results stay for the tab of the browser (`Board`, `Work` on the desk); the
page only shows them.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Sequence

import pandas as pd
from nicegui import background_tasks, run, ui
from nicegui.events import ValueChangeEventArguments

from sim.core.units import era
from sim.explanations.basis import year_name
from sim.explanations.model_households import read_households
from sim.explanations.run_rates import RunRates
from sim.institutions.portions import PORTION_SHORT
from sim.scenario.quantities import read_yen
from sim.studies.rates_plan import Ask
from sim.studies.rates_plan.search import Goal
from sim.ui.calculator import SMALL, full_run, lay_table, percent, place_of, signed
from sim.ui.catalogue import Catalogue
from sim.ui.controls import put
from sim.ui.desk import Desk, NameTakenError
from sim.ui.plan_board import LAST, MOST, YEARS, Board, Cell, Draft, shown
from sim.ui.plan_effects import Effects
from sim.ui.plan_words import WORDS
from sim.ui.plan_work import Work
from sim.ui.troubles import Trouble, noted
from sim.ui.words import Speaks, pick

HEADING = "text-base font-bold mt-3"
_MOST_SHARE = 90.0
_LOOK = 0.3
_SAME = 5e-5
"""a factor as near to 1 as it is shown is no change"""
SEARCHED = 20
"""N of the largest sample rates are searched on"""
_LEVY, _TRANSFER, _BURDEN = "levy", "transfer", "burden"


class Plans(Speaks):
    """Plans of the municipality chosen."""

    words = WORDS

    def __init__(self, desk: Desk, catalogue: Catalogue, lang: str, tell: Callable[[Trouble], None]) -> None:
        self.desk = desk
        self.lang = lang
        self.tell = tell
        self.goal = _TRANSFER
        self.inputs: dict[tuple[str, int, Cell], ui.input] = {}
        self.rises: list[ui.number] = []
        self.asked = 0
        self.effects = Effects(desk, lang, tell)

    def year(self, year: int) -> str:
        return year_name(year, self.lang)

    def lay(self) -> None:
        """Lay the tab once the rates are read, which takes a moment the first time."""
        code, self.place, chosen = place_of(self.desk)
        ui.label(
            self.say("intro" if chosen else "whole", place=self.desk.place(self.lang) if chosen else self.place)
        ).classes(SMALL)
        self.box = ui.column().classes("w-full min-w-0")
        with self.box:
            ui.spinner(size="lg")

        async def show() -> None:
            try:
                board = await run.io_bound(self._board, code)
            except Exception as error:
                self.tell(noted(error))
                return
            if board is not None and not self.box.is_deleted:
                self.board = board
                self._lay()

        ui.timer(0, show, once=True)

    def _board(self, code: int) -> Board:
        """Return the board of the municipality; another one's gives way, and what was found of it."""
        found, full = self.desk.kept.get("plans"), full_run(self.desk)
        run_of = RunRates(full) if full is not None else None
        if not isinstance(found, Board) or found.code != code or (found.run is None) != (run_of is None):
            found = Board.of(code, run_of)
            self.desk.kept["plans"] = found
            for name in ("plans-work", "plans-solved"):
                self.desk.kept.pop(name, None)
        found.cells  # noqa: B018  reads the rates of every year here, away from the page
        return found

    def _lay(self) -> None:
        """Lay the whole tab as the board stands."""
        self.box.clear()
        self.inputs = {}
        with self.box:
            self._source()
            with ui.row().classes("w-full items-end"):
                self._when()
            self._grid()
            self._buttons()
            self.table_box = put(ui.column().classes("w-full min-w-0"), role="status", aria_live="polite")
            solver = ui.expansion(self.say("solve"), value="plans-solved" in self.desk.kept).classes("w-full")
            with put(solver, data_testid="plans-target"):
                self._solver()
            put(ui.label(self.say("effects")).classes(HEADING), role="heading", aria_level=2)
            self.effects.lay(self.board, self._whole)
            ui.timer(0, self._work_out, once=True)

    def _source(self) -> None:
        """Say where the rates filled in come from."""
        told = {"before": self.year(self.board.year - 1), "year": self.year(self.board.year)}
        if self.board.run is not None:
            text = self.say("from_run", run=self.board.run.name, **told)
        else:
            text = self.say("from_book", **told)
        put(ui.label(text).classes(f"{SMALL} break-words"), data_testid="plans-source")

    def _when(self) -> None:
        """Lay the first year, and which of the years is typed."""

        async def begin(event: ValueChangeEventArguments) -> None:
            await run.io_bound(self.board.begin, event.value)
            self._lay()

        def show(event: ValueChangeEventArguments) -> None:
            self.board.shown = event.value
            self._lay()

        def further() -> None:
            self.board.add_year()
            self._lay()

        years = {year: self.year(year) for year in YEARS}
        start = ui.select(years, value=self.board.year, label=self.say("start"), on_change=begin)
        put(start.classes("w-40"), data_testid="plans-start")
        if len(self.board.years) > 1:
            typed = {year: self.year(year) for year in self.board.years}
            box = ui.select(typed, value=self.board.shown, label=self.say("shown_year"), on_change=show)
            put(box.classes("w-40"), data_testid="plans-year")
        if self.board.years[-1] < LAST:
            more = ui.button(self.say("more_years"), icon="add", on_click=further).props("flat dense")
            put(more, data_testid="plans-more-years")

    # the rates

    def _grid(self) -> None:
        """Lay a row a rate: in force, expected, and a field for each plan; the grid scrolls in itself."""
        board, year = self.board, self.board.shown
        expected = board.expected(year)
        columns = f"grid-template-columns: minmax(7rem,1.4fr) repeat({2 + len(board.drafts)}, minmax(5.2rem,1fr))"
        box = put(ui.element("div").classes("w-full overflow-x-auto"), role="group", aria_label=self.say("rates"))
        with box, ui.element("div").classes("grid gap-x-2 gap-y-0 items-center").style(columns):
            heads = [
                self.say("part"),
                self.say("current", year=era(board.year - 1)),
                self.say("base", year=era(year)),
            ]
            for text in [*heads, *(self.say("plan", n=n) for n in range(1, len(board.drafts) + 1))]:
                ui.label(text).classes("font-bold text-sm")
            for cell in board.cells:
                self._row(cell, expected.get(cell, 0), year)
            self._rises()

    def _row(self, cell: Cell, expected: int, year: int) -> None:
        """Lay the row of one rate."""
        portion, part = PORTION_SHORT[cell[0]][int(self.lang == "en")], self.say(cell[1])
        ui.label(f"{portion} {part}").classes("text-sm")
        where = {"portion": portion, "part": part}
        name = self.say("cell", plan=self.say("current", year=era(self.board.year - 1)), **where)
        self._field(None, self.board.year - 1, cell, name, f"plans-current-{cell[0]}-{cell[1]}")
        ui.label(shown(expected, cell[1])).classes("text-right text-sm pr-2")
        for n, draft in enumerate(self.board.drafts, 1):
            name = self.say("cell", plan=self.say("plan", n=n), **where)
            self._field(draft, year, cell, name, f"plans-{n}-{cell[0]}-{cell[1]}")

    def _field(self, draft: Draft | None, year: int, cell: Cell, name: str, testid: str) -> None:
        """Lay the field of one rate, of a plan or of those in force."""

        def texts() -> dict[Cell, str]:
            return self.board.current if draft is None else draft.cells[year]

        async def typed(event: ValueChangeEventArguments) -> None:
            text = event.value or ""
            if text == texts().get(cell, "0"):  # it was filled in
                return
            if draft is None:
                self._fill(self.board.type_current(cell, text))
            elif self.board.type_plan(draft, year, cell, text):
                self.rises[self.board.drafts.index(draft)].value = None
            await self._work_out()

        box = ui.input(value=texts().get(cell, "0"), on_change=typed)
        box.props("dense outlined debounce=300 inputmode=decimal input-class=text-right hide-bottom-space")
        put(box, data_testid=testid, aria_label=name)
        self.inputs[draft.name if draft else "", year, cell] = box

    def _rises(self) -> None:
        """Lay the row in which a plan is made from the rates in force by one percentage."""
        ui.label(self.say("rise")).classes("text-sm")
        ui.label("")
        ui.label("")
        self.rises = []
        for n, draft in enumerate(self.board.drafts, 1):
            name = self.say("rise_of", n=n)
            box = ui.number(value=draft.rise, min=-_MOST_SHARE, max=_MOST_SHARE, step=1, on_change=self._risen(draft))
            box.props("dense outlined debounce=500 suffix=% input-class=text-right hide-bottom-space")
            put(box, data_testid="plans-rise" if n == 1 else f"plans-rise-{n}", aria_label=name)
            self.rises.append(box)

    def _risen(self, draft: Draft) -> Callable[[ValueChangeEventArguments], Awaitable[None]]:
        async def moved(event: ValueChangeEventArguments) -> None:
            share = event.value
            far = share is not None and not -_MOST_SHARE <= share <= _MOST_SHARE  # the field goes back to its bounds
            if far or share == draft.rise:
                return
            self.board.rise(draft, share)
            self._fill([draft])
            await self._work_out()

        return moved

    def _fill(self, drafts: Sequence[Draft]) -> None:
        """Write the rates of plans into their fields."""
        by_name = {draft.name: draft for draft in drafts}
        for (plan, year, cell), box in self.inputs.items():
            if plan in by_name:
                box.value = by_name[plan].cells[year].get(cell, "0")

    def _buttons(self) -> None:
        """Lay what can be done with a plan."""
        with ui.row().classes("w-full"):
            if len(self.board.drafts) < MOST:
                add = ui.button(self.say("add_plan"), icon="add", on_click=self._add).props("outline dense")
                put(add, data_testid="plans-add")
            for n, draft in enumerate(self.board.drafts, 1):
                self._name(n, draft)
                save = ui.button(icon="download", on_click=lambda d=draft: self._save(d)).props("outline dense")
                put(
                    save.tooltip(self.say("save_plan", n=n)),
                    data_testid=f"plans-save-{n}",
                    aria_label=self.say("save_plan", n=n),
                )
                put_in = ui.button(icon="playlist_add", on_click=lambda d=draft: self._list(d)).props("outline dense")
                told = self.say("list_plan", n=n)
                put(put_in.tooltip(told), data_testid=f"plans-list-{n}", aria_label=told)

    def _name(self, n: int, draft: Draft) -> None:
        def wrong(name: str | None) -> str | None:
            others = {d.name for d in self.board.drafts if d is not draft}
            good = re.fullmatch(r"[A-Za-z0-9_-]{1,60}", name or "") and name not in {*others, *self._taken()}
            return None if good else self.say("name_taken", name=name or "")

        def named(event: ValueChangeEventArguments) -> None:
            name = event.value or ""
            if wrong(name) is None:
                moved = [key for key in self.inputs if key[0] == draft.name]
                for old, year, cell in moved:
                    self.inputs[name, year, cell] = self.inputs.pop((old, year, cell))
                draft.name = name

        box = ui.input(self.say("plan_name", n=n), value=draft.name, on_change=named, validation=wrong)
        put(box.props("dense debounce=400").classes("w-44"), data_testid=f"plans-name-{n}")

    def _taken(self) -> set[str]:
        return set(self.desk.shelf.catalogue().entries)

    def _add(self) -> None:
        self.board.add()
        self._lay()

    def _whole(self) -> bool:
        """Return whether nothing typed is wrong; else tell to mend it."""
        if self.board.mistakes():
            ui.notify(self.say("mend"), type="warning")
            return False
        return True

    def _save(self, draft: Draft) -> None:
        if self._whole():
            ui.download.content(self.board.text(draft).encode(), f"{draft.name}.yaml")

    def _list(self, draft: Draft) -> None:
        """Put a plan among the scenarios of the page."""
        if not self._whole():
            return
        try:
            self.desk.add(self.board.scenario(draft), self.board.text(draft))
        except NameTakenError:
            ui.notify(self.say("name_taken", name=draft.name), type="negative")
        except Exception as error:
            self.tell(noted(error))
        else:
            ui.notify(self.say("listed", name=draft.name), type="positive")

    # at once

    async def _work_out(self) -> None:
        """Bill the model households under every set of rates; mistakes are told at their fields."""
        self.asked += 1
        mine, wrong = self.asked, self.board.mistakes()
        for key, box in self.inputs.items():
            box.error = pick(wrong[key], self.lang) if key in wrong else None
        if wrong:
            self.table_box.clear()
            with self.table_box:
                put(ui.label(self.say("mend")).classes("text-red-800"), data_testid="plans-mistake")
            return
        try:
            table = await run.io_bound(self.board.households, self.board.shown)
        except Exception as error:
            self.tell(noted(error))
            return
        if table is None or mine != self.asked or self.table_box.is_deleted:
            return
        self.table_box.clear()
        with self.table_box:
            lay_table(self._households(table), "plans-table", self.say("households", year=self.year(self.board.shown)))

    def _households(self, t: pd.DataFrame) -> pd.DataFrame:
        """Return the bills with the words of the page."""
        out = pd.DataFrame({self.say("household"): t[self.lang]})
        out[self.say("current", year=era(self.board.year - 1))] = [f"{yen:,}" for yen in t["current"]]
        for n, draft in enumerate(self.board.drafts, 1):
            out[self.say("plan", n=n)] = [f"{yen:,}" for yen in t[draft.name]]
            out[self.say("change", n=n)] = [signed(yen) for yen in t[f"{draft.name} change"]]
            out[self.say("growth", n=n)] = [percent(share) for share in t[f"{draft.name} growth"]]
        out[self.say("base", year=era(self.board.shown))] = [f"{yen:,}" for yen in t["base"]]
        return out

    # rates for a target

    def _solver(self) -> None:
        """Lay the targets and the button that finds the rates."""
        ui.label(self.say("solve_note")).classes(SMALL)
        goals = {
            _LEVY: self.say("goal_levy", year=self.year(self.board.year)),
            _TRANSFER: self.say("goal_transfer", year=self.year(LAST)),
            _BURDEN: self.say("goal_burden"),
        }
        titles = {h.name: h.ja if self.lang == "ja" else h.en for h in read_households()}

        def aim(event: ValueChangeEventArguments) -> None:
            self.goal = event.value
            levy.set_visibility(self.goal == _LEVY)
            burden.set_visibility(self.goal == _BURDEN)

        with ui.row().classes("w-full items-end"):
            goal = ui.select(goals, value=self.goal, label=self.say("goal"), on_change=aim)
            put(goal.classes("w-72 max-w-full"), data_testid="plans-goal")
            levy = ui.input(
                self.say("levy"),
                value=self.board.target,
                on_change=lambda e: setattr(self.board, "target", e.value or ""),
            )
            put(levy.classes("w-56"), data_testid="plans-levy").set_visibility(self.goal == _LEVY)
            burden = ui.select(
                titles,
                value=self.board.household,
                label=self.say("household"),
                on_change=lambda e: setattr(self.board, "household", e.value),
            )
            put(burden.classes("w-72 max-w-full"), data_testid="plans-burden").set_visibility(self.goal == _BURDEN)
            self.levy = levy
            find = ui.button(self.say("solve_button"), icon="calculate", on_click=self._solve)
            put(find, data_testid="plans-solve")
        self.solving = put(ui.label(""), role="status", aria_live="polite", data_testid="plans-solving")
        if said := self.desk.kept.get("plans-solved"):
            put(ui.label(str(said)).classes("font-bold break-words"), data_testid="plans-solved")

    async def _solve(self) -> None:
        """Find the rates of the target chosen; the plan found stands among the others."""
        if not self._whole():
            return
        try:
            if self.goal == _BURDEN:
                name = self.board.household
                found = await run.io_bound(self.board.same_burden, name)
                if found is None:  # the server is ending
                    return
                factor, wanted, billed = found
                self._solved(
                    self.board.drafts[-1].name, (self.board.year, factor), self.say("goal_burden"), wanted, billed
                )
            else:
                await self._search()
        except Exception as error:
            self._tell(noted(error))

    def _tell(self, found: Trouble) -> None:
        """Tell a trouble if the tab is still there: its button may be gone, the box is not."""
        if not self.box.is_deleted:
            with self.box:
                self.tell(found)

    async def _search(self) -> None:
        """Search in a process of its own and show how long it takes."""
        levied: dict[int | str, int] | None = None
        if self.goal == _LEVY:
            try:
                levied = {self.board.year: read_yen(self.board.target)}
            except ValueError:
                self.levy.error = self.say("levy_wrong")
                return
            self.levy.error = None
        goal = Goal(levy=levied, no_transfer_by=None if levied else LAST)
        base, _ = self.board.base()
        sample = max(self.desk.sample, SEARCHED)
        ask = Ask(municipality=self.board.code, year=self.board.year, base=base, sample=sample)
        work, stem = Work("search"), "found"
        going = background_tasks.create(work.searched(self.desk.workshop, goal, ask, f"{stem}_plan"))
        while not going.done():
            if not self.solving.is_deleted:
                self.solving.text = self.say("searching", seconds=work.seconds)
            await asyncio.sleep(_LOOK)
        if work.trouble is not None:
            if not self.solving.is_deleted:
                self.solving.text = ""
            self._tell(work.trouble)
            return
        if work.found is not None:
            draft = self.board.take(work.found.scenario, stem)
            row = work.found.reached.iloc[-1]
            key = {"goal_levy": self.year(int(row["year"]))} if levied else {"goal_transfer": self.year(LAST)}
            ((word, year),) = key.items()
            of_year = (int(row["year"]), float(row["factor"]))
            self._solved(draft.name, of_year, self.say(word, year=year), row["target"], row["found"])

    def _solved(self, name: str, of_year: tuple[int, float], goal: str, target: float, found: float) -> None:
        """Say what was found, and lay the plans with it; of_year: a year and the factor on its rates."""
        year, factor = of_year
        word = "solved_already" if abs(factor - 1) < _SAME else "solved"
        yen = {"target": f"{target:,.0f}", "found": f"{found:,.0f}"}
        told = self.say(word, name=name, year=self.year(year), factor=factor, goal=goal, **yen)
        self.desk.kept["plans-solved"] = told
        if not self.box.is_deleted:
            self._lay()
            with self.box:
                ui.notify(told, type="positive", multi_line=True)
