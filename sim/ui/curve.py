"""The tab with the bill of the household entered along one of its incomes: reliefs shaded, caps marked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import cast

import numpy as np
import pandas as pd
from nicegui import run, ui
from nicegui.events import ValueChangeEventArguments

from sim.core.errors import KokuhoError
from sim.core.units import era
from sim.explanations.basis import year_name
from sim.explanations.curve import INCOMES, Along, Income
from sim.explanations.curve import Curve as Found
from sim.explanations.curve import curve as along_income
from sim.explanations.known_rates import YEARS
from sim.institutions.portions import PORTION_SHORT, PORTIONS
from sim.ui.calculator import SMALL, family_of, full_run, lay_table, place_of, signed
from sim.ui.calculator_words import WORDS
from sim.ui.catalogue import Catalogue
from sim.ui.charts import COLOURS, DASHES, FONT, Options
from sim.ui.controls import put
from sim.ui.desk import Desk, municipalities
from sim.ui.plan_board import Board
from sim.ui.troubles import Trouble, noted
from sim.ui.words import Speaks

_TEN_THOUSAND = 10_000
_SHADES = {7: 0.22, 5: 0.14, 2: 0.07}
"""tenths of relief -> how dark its incomes are shaded"""
_TABLE_STEP = 1_000_000
_LINE = 16
"""pixels by which the name of a relief stands below that of the one before, and that of a cap above"""


class Curve(Speaks):
    """The curve of the household typed in the calculator."""

    words = WORDS

    def __init__(self, desk: Desk, catalogue: Catalogue, lang: str, tell: Callable[[Trouble], None]) -> None:
        self.desk = desk
        self.lang = lang
        self.tell = tell
        self.form = family_of(desk)
        self.plans = False
        self.asked = 0

    def lay(self) -> None:
        """Lay what can be chosen, and the chart."""
        _, self.place, _ = place_of(self.desk)
        ui.label(self.say("curve_intro")).classes(SMALL)
        put(ui.label(self.say("curve_family", text=self._family())).classes("break-words"), data_testid="curve-family")
        with ui.row().classes("w-full items-end"):
            self._lay_choices()
        self.box = put(ui.column().classes("w-full min-w-0"), role="status", aria_live="polite")
        with self.box:
            ui.spinner(size="lg")
        ui.timer(0, self._draw, once=True)

    def _family(self) -> str:
        """Return the household in one line."""
        told = []
        for number, person in enumerate(self.form.people):
            incomes = [
                f"{self.say(f'{name}_short')}{text}" for name in INCOMES if (text := getattr(person, name).strip())
            ]
            head = [self.say("head")] if number == self.form.head else []
            age = f"{person.age}歳" if self.lang == "ja" and person.age.strip().isdigit() else person.age
            parts = [age, *head, *incomes]
            told.append(f"{self.form.called(number, self.lang)}（{'・'.join(parts)}）")
        return "、".join(told)

    def _lay_choices(self) -> None:
        """Lay which income varies, and which municipalities, years and plans stand beside."""
        choices = {
            f"{number} {kind}": f"{self.form.called(number, self.lang)}：{self.say(f'{kind}_short')}"
            for number in range(len(self.form.people))
            for kind in INCOMES
        }
        number, kind = self._along()

        def keep(name: str, read: Callable[[object], object]) -> Callable[[ValueChangeEventArguments], object]:
            async def moved(event: ValueChangeEventArguments) -> None:
                setattr(self.form, name, read(event.value))
                await self._draw()

            return moved

        which = ui.select(choices, value=f"{number} {kind}", label=self.say("along"), on_change=keep("along", _pair))
        put(which.classes("w-64 max-w-full"), data_testid="curve-along")
        years = {year: year_name(year, self.lang) for year in YEARS}
        year = ui.select(years, value=self.form.year, label=self.say("year"), on_change=keep("year", _same))
        put(year.classes("w-36"), data_testid="curve-year")
        for name, options in (("beside", municipalities(self.lang)), ("years", years)):
            box = ui.select(
                dict(options),
                value=list(getattr(self.form, name)),
                label=self.say(name),
                multiple=True,
                with_input=name == "beside",
                on_change=keep(name, lambda value: list(cast(list[int], value) or [])),
            )
            put(box.props("use-chips").classes("w-64 max-w-full"), data_testid=f"curve-{name}")

        async def show_plans(event: ValueChangeEventArguments) -> None:
            self.plans = event.value
            await self._draw()

        if self._drafts():
            mark = ui.checkbox(self.say("with_plans"), value=self.plans, on_change=show_plans)
            put(mark, data_testid="curve-plans")

    def _along(self) -> tuple[int, Income]:
        """Return the number of the member whose income varies, and which: the head's largest if nothing was chosen."""
        if self.form.along is not None and self.form.along[0] < len(self.form.people):
            return self.form.along[0], cast(Income, self.form.along[1])
        head = self.form.people[self.form.head]
        said = [kind for kind in INCOMES if getattr(head, kind).strip()]
        return self.form.head, said[0] if said else "salary"

    def _drafts(self) -> Mapping[str, tuple[int, Mapping[str, Mapping[str, int | str]]]]:
        """Return the plans of the municipality by name: first year, and its rates as a family file has them."""
        board = self.desk.kept.get("plans")
        code, _, _ = place_of(self.desk)
        return board.given() if isinstance(board, Board) and board.code == code else {}

    async def _draw(self) -> None:
        """Work the curves out and draw them; only what was asked last is shown."""
        self.asked += 1
        mine = self.asked
        try:
            found = await run.io_bound(self._work_out)
        except KokuhoError as error:
            self._tell_off(str(error))
            return
        except Exception as error:
            self.tell(noted(error))
            return
        if mine != self.asked or self.box.is_deleted:
            return
        if found is None:
            self._tell_off(self.say("mend"))
            return
        self.box.clear()
        with self.box:
            self._lay_curves(found)

    def _tell_off(self, text: str) -> None:
        self.box.clear()
        with self.box:
            put(ui.label(text).classes("text-red-800 whitespace-pre-wrap"), data_testid="curve-mistake")

    def _work_out(self) -> list[Found] | None:
        """Return the curves, those without a plan first; None while something is wrong with the household."""
        names = municipalities()
        places = list(dict.fromkeys([self.place, *(names[code] for code in self.form.beside)]))
        years = list(dict.fromkeys([self.form.year, *self.form.years]))
        number, kind = self._along()
        along = Along(self.form.called(number, self.lang), kind)
        found = []
        for year in years:
            raw, wrong = self.form.read(year, self.lang)
            if wrong:
                return None
            found.append(along_income(raw, places, year, run=full_run(self.desk), along=along, lang=self.lang))
        for name, (year, rates) in self._drafts().items() if self.plans else ():
            raw, _ = self.form.read(year, self.lang)
            with_rates = {**raw, "rates": rates}
            own = along_income(with_rates, self.place, year, run=full_run(self.desk), along=along, lang=self.lang)
            found.append(_renamed(own, f"{self.place} {era(year)} {name}"))
        return found

    def _lay_curves(self, found: list[Found]) -> None:
        """Show chart, cliffs and a table of bills."""
        table = pd.concat([c.table for c in found], ignore_index=True)
        labels = [line.label for c in found for line in c.lines]
        number, kind = self._along()
        what = self.say(f"{kind}_short")
        title = self.say("curve_title", who=self.form.called(number, self.lang), what=what)
        chart = ui.echart(self._options(table, labels, title, what), renderer="svg").classes("h-96 w-full")
        put(chart, data_testid="curve-chart", role="img", aria_label=f"{title}: {', '.join(labels)}")
        ui.label(self.say("curve_note")).classes(SMALL)
        for line in (line for c in found for line in c.lines):
            ui.label(f"{line.label} {line.rates}").classes(f"{SMALL} break-words")
        lay_table(self._cliffs(pd.concat([c.cliffs for c in found])), "curve-cliffs", self.say("cliffs"))
        wide = table.pivot(index="income", columns="label", values="total")[labels]
        wide = wide[wide.index % _TABLE_STEP == 0].map(lambda yen: f"{yen:,}")
        wide.insert(0, self.say("from_income"), [f"{yen:,}" for yen in wide.index])
        lay_table(wide, "curve-table", self.say("points"))

    def _cliffs(self, table: pd.DataFrame) -> pd.DataFrame:
        pairs = zip(table["before"], table["after"], strict=True)
        tenths = [f"{before}割→{f'{after}割' if after else '–'}" for before, after in pairs]
        return pd.DataFrame(
            {
                self.say("line"): table["label"].tolist(),
                self.say("from_income"): [f"{yen:,}" for yen in table["income"]],
                self.say("change"): tenths,
                self.say("rise"): [signed(yen) for yen in table["rise"]],
            }
        )

    def _options(self, table: pd.DataFrame, labels: list[str], title: str, what: str) -> Options:
        """Return the chart: a line a curve, the reliefs of the first shaded, its caps as upright lines."""
        series: list[Options] = []
        for at, label in enumerate(labels):
            own = table[table["label"] == label]
            points = np.column_stack([own["income"] / _TEN_THOUSAND, own["total"] / _TEN_THOUSAND]).round(4).tolist()
            series.append(
                {
                    "type": "line",
                    "name": label,
                    "data": points,
                    "symbol": "none",
                    "color": COLOURS[at % len(COLOURS)],
                    "lineStyle": {"type": DASHES[at % len(DASHES)], "width": 2},
                }
            )
        base = table[table["label"] == labels[0]]
        series[0]["markArea"] = self._shades(base)
        series[0]["markLine"] = self._caps(base)
        return {
            "textStyle": {"fontFamily": FONT},
            "aria": {"enabled": True},
            "animation": False,
            "title": {"text": title, "left": 8, "textStyle": {"fontSize": 14, "overflow": "break", "width": 320}},
            "grid": {"left": 12, "right": 24, "top": 64, "bottom": 64, "containLabel": True},
            "legend": {"bottom": 0, "type": "scroll", "data": labels},
            "tooltip": {"trigger": "axis"},
            "xAxis": {
                "type": "value",
                "max": float(base["income"].max()) / _TEN_THOUSAND,
                "name": self.say("axis", what=what),
                "nameLocation": "middle",
                "nameGap": 26,
            },
            "yAxis": {"type": "value", "name": self.say("bill_axis"), "nameTextStyle": {"align": "left"}},
            "series": series,
        }

    def _shades(self, base: pd.DataFrame) -> Options:
        """Return the incomes with a relief as shaded areas, named."""
        tenths, income = base["relief"].to_numpy(), base["income"].to_numpy() / _TEN_THOUSAND
        areas: list[list[Options]] = []
        for n, dark in _SHADES.items():
            at = np.flatnonzero(tenths == n)
            if at.size:
                end = income[min(at[-1] + 1, income.size - 1)]
                name = self.say("relief_area", tenths=n)
                colour = {"itemStyle": {"color": f"rgba(90,90,90,{dark})"}}
                label = {"position": "insideTopLeft", "offset": [0, _LINE * len(areas)]}
                areas.append(
                    [{"name": name, "xAxis": float(income[at[0]]), "label": label, **colour}, {"xAxis": float(end)}]
                )
        return {"silent": True, "label": {"color": "#333"}, "data": areas}

    def _caps(self, base: pd.DataFrame) -> Options:
        """Return upright lines where a portion of the first curve reaches what it costs at most.

        Their names stand at the foot, where no curve runs, one above the other: some lines are a few pixels apart.
        """
        marks: list[Options] = []
        income = base["income"].to_numpy()
        for portion in PORTIONS:
            yen = base[portion].to_numpy()
            first = int(np.argmax(yen == yen[-1])) if yen.size and yen[-1] > 0 else 0
            if 0 < first < yen.size - 2:
                name = self.say("cap_mark", portion=PORTION_SHORT[portion][int(self.lang == "en")])
                label = {"distance": -_LINE * (len(marks) + 0.5)}
                marks.append({"name": name, "xAxis": float(income[first]) / _TEN_THOUSAND, "label": label})
        return {
            "silent": True,
            "symbol": "none",
            "lineStyle": {"color": "#595959", "type": "dotted"},
            "label": {
                "formatter": "{b}",
                "position": "start",
                "align": "right",
                "verticalAlign": "middle",
                "fontSize": 11,
                "color": "#333",
                "backgroundColor": "rgba(255,255,255,0.85)",
                "padding": [0, 4],
            },
            "data": marks,
        }


def _renamed(found: Found, label: str) -> Found:
    """Return one curve under another label."""
    lines = tuple(line._replace(label=label) for line in found.lines)
    return Found(found.table.assign(label=label), found.cliffs.assign(label=label), lines, found.member, found.kind)


def _pair(value: object) -> tuple[int, str]:
    number, _, kind = str(value).partition(" ")
    return int(number), kind


def _same(value: object) -> object:
    return value
