"""The tab in which one household's bill is worked out: members on the left, the bill and its lines on the right.

Every entry works the bill out anew (`sim.household`, some hundredths of a second). What is typed stays for the tab of
the browser, whatever is wrong with it; each mistake stands at its field.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pandas as pd
import yaml
from nicegui import run, ui
from nicegui.events import ValueChangeEventArguments

from sim.core.errors import KokuhoError
from sim.core.units import era
from sim.explanations.answer import Answer, household, side_by_side
from sim.explanations.basis import said, year_name
from sim.explanations.known_rates import YEARS
from sim.explanations.model_households import read_households
from sim.explanations.notice import TITLES
from sim.explanations.run_rates import baseline_rates
from sim.institutions.portions import PORTION_NAMES, PORTION_SHORT, PORTIONS
from sim.outputs.folder import RunFolder
from sim.parameters import Parameters
from sim.ui.calculator_words import WORDS
from sim.ui.catalogue import Catalogue
from sim.ui.controls import put
from sim.ui.desk import Desk, municipalities
from sim.ui.family_form import ELSEWHERE, INCOMES, KOKUHO, MOVED, FamilyForm, Person
from sim.ui.troubles import Trouble, noted
from sim.ui.words import Speaks, pick

SMALL = "text-xs text-gray-600"
TABLE = "dense flat bordered wrap-cells hide-bottom"
_NAME, _HEADING = 10, 5
"""letters the first column of a table has room for at least, and the others"""
_SPECIAL = ("since", "until", "job_loss", "birth")
_HINTS = {
    **dict.fromkeys(INCOMES, "amount_hint"),
    "age": "age_hint",
    "since": "month_hint",
    "until": "month_hint",
    "birth": "month_hint",
    "job_loss": "day_hint",
}
Many = list[dict[str, object]]


def family_of(desk: Desk) -> FamilyForm:
    """Return the family typed on a desk."""
    found = desk.kept.setdefault("family", FamilyForm())
    assert isinstance(found, FamilyForm)
    return found


def place_of(desk: Desk) -> tuple[int, str, bool]:
    """Return code and name of the municipality whose rates are taken, and whether it was chosen."""
    places, example = municipalities(), Parameters.load().region.example
    chosen = desk.area in places
    code = desk.area if chosen else example
    return code, places[code], chosen


def full_run(desk: Desk) -> RunFolder | None:
    """Return the run of everybody whose rates are taken where none are published.

    One of an earlier version of the program stands in, as on the command line; to find it takes seconds, once.
    """
    if desk.full is not None:
        return desk.full
    if "full" not in desk.kept:
        found = baseline_rates()
        desk.kept["full"] = found.folder if found else None
    kept = desk.kept["full"]
    return kept if isinstance(kept, RunFolder) else None


def rows_of(table: pd.DataFrame) -> tuple[Many, Many]:
    """Return columns and rows of a table as the page takes them; fields go by number, so that any heading will do.

    On a telephone the table scrolls rather than that names stand letter below letter.
    """
    longest = max(map(len, map(str, table.iloc[:, 0])), default=0)
    columns: Many = [
        {
            "name": f"c{i}",
            "label": str(c),
            "field": f"c{i}",
            "align": "right" if i else "left",
            "headerStyle": f"min-width: {_HEADING if i else min(longest, _NAME)}em",
        }
        for i, c in enumerate(table.columns)
    ]
    rows: Many = [
        {"id": n, **{f"c{i}": cell for i, cell in enumerate(row)}}
        for n, row in enumerate(table.itertuples(index=False, name=None))
    ]
    return columns, rows


def lay_table(table: pd.DataFrame, testid: str, title: str) -> ui.table:
    """Lay a table; it scrolls in itself where it is wider than the page."""
    columns, rows = rows_of(table)
    if title:
        ui.label(title).classes("font-bold mt-2")
    found = ui.table(columns=columns, rows=rows, row_key="id", pagination=0).props(TABLE)
    return put(found.classes("w-full max-w-full"), data_testid=testid, aria_label=title)


def signed(yen: int) -> str:
    """Return a change in yen with its sign."""
    return f"{yen:+,}" if yen else "0"


def percent(share: float) -> str:
    """Return a change as a share in per cent with its sign, "–" where there is none."""
    if pd.isna(share):
        return "–"
    rounded = round(share * 100, 1)
    return f"{rounded:+.1f}" if rounded else "0.0"


class Calculator(Speaks):
    """The form of a family and its bill."""

    words = WORDS

    def __init__(self, desk: Desk, catalogue: Catalogue, lang: str, tell: Callable[[Trouble], None]) -> None:
        self.desk = desk
        self.lang = lang
        self.tell = tell
        self.form = family_of(desk)
        self.inputs: dict[tuple[int, str], ui.input | ui.select] = {}
        self.asked = 0

    def lay(self) -> None:
        """Lay the form and work the bill out."""
        _, self.place, chosen = place_of(self.desk)
        ui.label(
            self.say("intro" if chosen else "whole", place=self.desk.place(self.lang) if chosen else self.place)
        ).classes(SMALL)
        with ui.element("div").classes("grid grid-cols-1 lg:grid-cols-2 gap-4 w-full"):
            self.form_box = ui.column().classes("w-full min-w-0")
            self.answer_box = put(ui.column().classes("w-full min-w-0"), role="status", aria_live="polite")
        with ui.expansion(self.say("compare")).classes("w-full") as beside:
            self._lay_choices()
            self.beside_box = ui.column().classes("w-full min-w-0")
        put(beside, data_testid="calc-compare")
        self._lay_form()
        with self.answer_box:
            ui.spinner(size="lg")
        ui.timer(0, self._work_out, once=True)

    # the form

    def _lay_form(self) -> None:
        """Lay the fields of every member, as they stand."""
        self.form_box.clear()
        self.inputs = {}
        with self.form_box:
            with ui.row().classes("w-full items-end"):
                self._year()
                self._example()
            for number in range(len(self.form.people)):
                self._member(number)
            add = ui.button(self.say("add"), icon="person_add", on_click=self._more).props("outline")
            put(add, data_testid="calc-add")
            save = ui.button(self.say("saved"), icon="download", on_click=self._save).props("flat")
            put(save, data_testid="calc-save")

    def _year(self) -> None:
        years = {year: year_name(year, self.lang) for year in YEARS}

        async def move(event: ValueChangeEventArguments) -> None:
            self.form.year = event.value
            await self._work_out()

        box = ui.select(years, value=self.form.year, label=self.say("year"), on_change=move)
        put(box.classes("w-36"), data_testid="calc-year")

    def _example(self) -> None:
        """Lay the list of model households, one of which fills in the form."""
        known = {h.name: h for h in read_households()}

        async def fill(event: ValueChangeEventArguments) -> None:
            self.form.take(known[event.value])
            self._lay_form()
            await self._work_out()

        titles = {name: h.ja if self.lang == "ja" else h.en for name, h in known.items()}
        put(
            ui.select(titles, label=self.say("example"), on_change=fill).classes("grow min-w-56 max-w-full"),
            data_testid="calc-example",
        )

    def _member(self, number: int) -> None:
        """Lay the fields of one member."""
        person, n = self.form.people[number], number + 1
        with put(ui.card().classes("w-full p-3 gap-2"), role="group", aria_label=self.say("member", n=n)):
            with ui.row().classes("w-full items-center justify-between"):
                ui.label(self.say("member", n=n)).classes("font-bold")
                mark = ui.checkbox(self.say("head"), value=number == self.form.head, on_change=self._headed(number))
                put(mark.props("dense"), data_testid=f"calc-head-{n}")
                if len(self.form.people) > 1:
                    drop = ui.button(icon="close", on_click=lambda: self._less(number)).props("flat dense round")
                    who = self.form.called(number, self.lang)
                    put(drop, aria_label=self.say("remove", who=who), data_testid=f"calc-remove-{n}")
            with ui.element("div").classes("grid grid-cols-1 sm:grid-cols-2 gap-x-3 w-full"):
                for name in ("name", "age"):
                    self._field(number, person, name)
                self._insurance(number, person)
                for name in INCOMES:
                    self._field(number, person, name)
            more = ui.expansion(self.say("special"), value=person.special).classes("w-full")
            with more, ui.element("div").classes("grid grid-cols-1 sm:grid-cols-2 gap-x-3 w-full"):
                for name in _SPECIAL:
                    self._field(number, person, name)
                said = ui.checkbox(
                    self.say("undeclared"),
                    value=not person.declared,
                    on_change=self._then(lambda value: setattr(person, "declared", not value)),
                )
                put(said, data_testid=f"calc-undeclared-{n}")
            put(more, data_testid=f"calc-special-{n}")

    def _field(self, number: int, person: Person, name: str) -> None:
        """Lay one field to type into; what is wrong with it is told below it."""
        hint = self.say(_HINTS[name]) if name in _HINTS else ""
        box = ui.input(
            self.say(name),
            value=getattr(person, name),
            on_change=self._then(lambda value: setattr(person, name, value or "")),
        )
        box.props("debounce=300").classes("w-full")
        put(box, hint=hint, data_testid=f"calc-{name.replace('_', '-')}-{number + 1}")
        self.inputs[number, name] = box

    def _insurance(self, number: int, person: Person) -> None:
        names = {kind: self.say(kind) for kind in (KOKUHO, ELSEWHERE, MOVED)}
        box = ui.select(
            names,
            value=person.insurance,
            label=self.say("insurance"),
            on_change=self._then(lambda value: setattr(person, "insurance", value)),
        )
        put(box.classes("w-full"), data_testid=f"calc-insurance-{number + 1}")
        self.inputs[number, "insurance"] = box

    def _then(self, keep: Callable[[object], None]) -> Callable[[ValueChangeEventArguments], Awaitable[None]]:
        """Return what keeps a new value and works the bill out."""

        async def moved(event: ValueChangeEventArguments) -> None:
            keep(event.value)
            await self._work_out()

        return moved

    def _headed(self, number: int) -> Callable[[ValueChangeEventArguments], Awaitable[None]]:
        async def moved(event: ValueChangeEventArguments) -> None:
            if event.value or number == self.form.head:  # there is always one head
                self.form.head = number
                self._lay_form()
                await self._work_out()

        return moved

    async def _more(self) -> None:
        self.form.add()
        self._lay_form()
        await self._work_out()

    async def _less(self, number: int) -> None:
        self.form.remove(number)
        self._lay_form()
        await self._work_out()

    def _save(self) -> None:
        raw, wrong = self.form.read(self.form.year, self.lang)
        if wrong:
            ui.notify(self.say("mend"), type="warning")
            return
        text = yaml.safe_dump(
            {"municipality": self.place, "year": era(self.form.year), **raw}, allow_unicode=True, sort_keys=False
        )
        ui.download.content(text.encode(), "family.yaml")

    # the bill

    async def _work_out(self) -> None:
        """Work the bill out from what stands in the form; only what was asked last is shown."""
        self.asked += 1
        mine, year = self.asked, self.form.year
        raw, wrong = self.form.read(year, self.lang)
        for key, box in self.inputs.items():
            box.error = pick(wrong[key], self.lang) if key in wrong else None
        if wrong:
            self._tell_off(self.say("mend"))
            return
        try:
            answer = await run.io_bound(self._bill, raw, year)
        except KokuhoError as error:  # what no field could tell
            self._tell_off(str(error))
            return
        except Exception as error:
            self.tell(noted(error))
            return
        if answer is None or mine != self.asked or self.answer_box.is_deleted:
            return
        self.answer_box.clear()
        with self.answer_box:
            self._lay_bill(answer)
        await self._lay_beside()

    def _bill(self, raw: dict[str, object], year: int) -> Answer:
        return household(raw, self.place, year, run=full_run(self.desk), lang=self.lang)

    def _tell_off(self, text: str) -> None:
        self.answer_box.clear()
        with self.answer_box:
            put(ui.label(text).classes("text-red-800 whitespace-pre-wrap break-words"), data_testid="calc-mistake")

    def _lay_bill(self, answer: Answer) -> None:
        """Show the bill, its parts, instalments and lines."""
        year = year_name(answer.year, self.lang)
        ui.label(self.say("bill_of", place=answer.municipality, year=year)).classes("font-bold")
        total = ui.label(self.say("bill", yen=f"{answer.total:,}")).classes("text-2xl font-bold")
        put(total, data_testid="calc-bill")
        relief = self.say("relief", tenths=answer.relief) if answer.relief else self.say("no_relief")
        put(ui.label(relief), data_testid="calc-relief")
        ui.label(said(answer.bases, tuple(answer.bases), answer.year, self.lang)).classes(f"{SMALL} break-words")
        lay_table(self._parts(answer), "calc-parts", self.say("parts"))
        ui.label(self.say("instalments")).classes("font-bold mt-2")
        with put(ui.row().classes("w-full gap-x-4 gap-y-1"), data_testid="calc-instalments", role="list"):
            for due in answer.schedule.instalments:
                month = f"{due.month % 12 + 1}{pick(('月', '/'), self.lang)}"
                put(ui.label(f"{month} {due.yen:,}").classes("tabular-nums"), role="listitem")
        with ui.expansion(self.say("how"), value=True).classes("w-full") as how:
            lines = ui.label(answer.text(self.lang)).classes("text-sm whitespace-pre-wrap break-words")
            put(lines, data_testid="calc-lines")
        put(how, data_testid="calc-how")

    def _parts(self, answer: Answer) -> pd.DataFrame:
        """Return yen by portion and part as on the notice, with the totals."""
        at = int(self.lang == "en")
        table = answer.notice.loc[:, (answer.notice != 0).any()]
        total = table.sum().rename(self.say("sum"))
        table = pd.concat([table, total.to_frame().T])
        names = {str(k): PORTION_SHORT[k][at] for k in PORTIONS}
        out = table.map(lambda yen: f"{int(yen):,}").rename(columns={k: v[at] for k, v in TITLES.items()})
        out.insert(0, self.say("portion"), [names.get(str(k), str(k)) for k in table.index])
        return out

    # beside others

    def _lay_choices(self) -> None:
        """Lay the lists of municipalities and years to compare with."""

        def keep(name: str) -> Callable[[ValueChangeEventArguments], Awaitable[None]]:
            async def moved(event: ValueChangeEventArguments) -> None:
                setattr(self.form, name, list(event.value or []))
                await self._lay_beside()

            return moved

        places, years = municipalities(self.lang), {year: year_name(year, self.lang) for year in YEARS}
        with ui.row().classes("w-full"):
            for name, options in (("beside", places), ("years", years)):
                box = ui.select(
                    dict(options),
                    value=list(getattr(self.form, name)),
                    label=self.say(name),
                    multiple=True,
                    with_input=name == "beside",
                    on_change=keep(name),
                )
                put(box.props("use-chips").classes("w-full max-w-md"), data_testid=f"calc-{name}")

    async def _lay_beside(self) -> None:
        """Show the household's bill in other municipalities and years, and the gap to its own."""
        _, wrong = self.form.read(self.form.year, self.lang)
        if wrong or not (self.form.beside or self.form.years):
            self.beside_box.clear()
            return
        try:
            table = await run.io_bound(self._beside)
        except KokuhoError as error:
            ui.notify(str(error), type="warning", multi_line=True)
            return
        if table is not None and not self.beside_box.is_deleted:
            self.beside_box.clear()
            with self.beside_box:
                lay_table(table, "calc-beside-table", "")

    def _beside(self) -> pd.DataFrame:
        names = municipalities()
        places = dict.fromkeys([self.place, *(names[code] for code in self.form.beside)])
        years = dict.fromkeys([self.form.year, *self.form.years])
        answers = []
        for year in years:
            raw, wrong = self.form.read(year, self.lang)
            if not wrong:
                of_base = full_run(self.desk)
                answers += [household(raw, place, year, run=of_base, lang=self.lang) for place in places]
        at = int(self.lang == "en")
        table = side_by_side(answers)
        own = int(table["total"].iloc[0])
        shown = pd.DataFrame({self.say("municipality"): table["municipality"], self.say("year"): table["year"]})
        shown[self.say("sum")] = [f"{yen:,}" for yen in table["total"]]
        shown[self.say("less")] = ["–", *(signed(yen - own) for yen in table["total"].iloc[1:])]
        for portion in PORTIONS:
            if (table[portion] > 0).any():
                shown[PORTION_NAMES[portion][at]] = [f"{yen:,}" for yen in table[portion]]
        return shown
