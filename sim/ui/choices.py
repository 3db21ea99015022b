"""The left side of the page: scenarios in groups, levers, the button that runs them."""

from __future__ import annotations

from collections.abc import Callable

from nicegui import ui
from nicegui.elements.mixins.value_element import ValueElement
from nicegui.events import ValueChangeEventArguments

from sim.ui.catalogue import BASE, Entry, by_group
from sim.ui.controls import municipality_box, put
from sim.ui.desk import SAMPLES, NameTakenError, UnderWayError, municipalities
from sim.ui.levers import GROUPS, LEVERS, OFTEN, YEARS, Lever, moved, told
from sim.ui.shows import SMALL, Shows
from sim.ui.troubles import noted, read
from sim.ui.words import pick

HEADING = "text-base font-bold mt-2"


class Choices(Shows):
    """What to run."""

    search = ""

    def lay(self) -> None:
        """Lay the scenarios, the levers and, always in sight, the button."""
        with ui.column().classes("w-full gap-1 pb-24"):
            self._scenarios()
            self._levers()
        with ui.column().classes("kokuho-run w-full gap-1"):
            self.summary = put(ui.label().classes(SMALL), data_testid="will-run", aria_live="polite")
            with ui.row().classes("w-full items-center no-wrap gap-2"):
                self.run = ui.button(self.say("run"), icon="play_arrow", on_click=self._begin).classes("grow")
                put(self.run, data_testid="run")
                self.stop = ui.button(self.say("stop"), icon="stop", on_click=lambda: self.desk.stop(), color="grey-9")
                put(self.stop, data_testid="stop").set_enabled(self.desk.busy)
        self._sum_up()

    # scenarios

    def _scenarios(self) -> None:
        put(ui.label(self.say("scenarios")).classes(HEADING), role="heading", aria_level=2)
        ui.label(self.say("scenarios_hint")).classes(SMALL)
        box = ui.input(self.say("search_scenario"), on_change=self._searched).props("clearable dense outlined")
        put(box.classes("w-full"), data_testid="search-scenario")
        self.list = ui.column().classes("w-full gap-0")
        self.listed = tuple(self.desk.entries())
        self._list()
        for name, problem in self.catalogue.broken.items():
            with put(ui.expansion(self.say("broken_file", name=name)).classes("w-full"), data_testid="broken"):
                ui.label(read(problem, self.lang)).classes("text-xs text-red-800 whitespace-pre-wrap break-all")

    def look(self) -> None:
        """List the scenarios anew where another part of the page has brought one."""
        now = tuple(self.desk.entries())
        if now != self.listed:
            self.listed = now
            self._list()
            self._sum_up()

    def _searched(self, event: ValueChangeEventArguments) -> None:
        self.search = event.value or ""
        self._list()

    def _list(self) -> None:
        """List the scenarios found by group; a group is open where it holds a chosen one, or where one searches."""
        self.list.clear()
        found = {name: entry for name, entry in self.desk.entries().items() if entry.found(self.search)}
        with self.list:
            for words, own in by_group(found).items():
                chosen = sum(name in self.desk.chosen for name in own)
                title = f"{pick(words, self.lang)}（{len(own)}）" if self.lang == "ja" else f"{words[1]} ({len(own)})"
                group = ui.expansion(title, value=bool(self.search or chosen)).classes("w-full").props("dense")
                put(group, data_testid=f"group-{words[1].split()[0].strip(',').lower()}")
                with group, ui.column().classes("w-full gap-0"):
                    for name, entry in own.items():
                        self._scenario(name, entry)
            if not found:
                ui.label(self.say("no_scenario")).classes(SMALL)

    def _scenario(self, name: str, entry: Entry) -> None:
        box = ui.checkbox(entry.title(self.lang), value=name in self.desk.chosen, on_change=self._choose(name))
        put(box.props("dense"), data_testid=f"scenario-{name}")
        description = entry.scenario.description.in_language(self.lang)
        ui.label(description).classes(f"{SMALL} ml-7")
        ui.label(name).classes("text-[11px] text-gray-600 ml-7 mb-2 break-all")

    def _choose(self, name: str) -> Callable[[ValueChangeEventArguments], None]:
        def chosen(event: ValueChangeEventArguments) -> None:
            names = [n for n in self.desk.chosen if n != name]
            self.desk.chosen = [*names, name] if event.value else names
            self._sum_up()

        return chosen

    # the own scenario

    def _levers(self) -> None:
        """Lay the levers: those most asked open, the others folded; what is moved in one line above them."""
        own = self.desk.own
        put(ui.label(self.say("own")).classes(HEADING), role="heading", aria_level=2)
        ui.label(self.say("own_hint")).classes(SMALL)
        self.moved = put(ui.row().classes("w-full gap-1 items-center"), data_testid="moved", aria_live="polite")
        self.controls: dict[str, ValueElement] = {}
        for words, levers in GROUPS.items():
            group = ui.expansion(pick(words, self.lang), value=words == OFTEN).classes("w-full").props("dense")
            put(group, data_testid="often" if words == OFTEN else f"levers-{words[1].split(',')[0].lower()}")
            with group, ui.column().classes("w-full gap-1"):
                for lever in levers:
                    self._lever(lever)
        with put(ui.expansion(self.say("own_more")).classes("w-full").props("dense"), data_testid="own"):
            self._own_form()
        self.use = ui.checkbox(self.say("own_use"), value=own.use, on_change=self._used)
        put(self.use.props("dense"), data_testid="own-use")
        self._moved()

    def _used(self, event: ValueChangeEventArguments) -> None:
        self.desk.own.use = event.value
        self._sum_up()

    def _own_form(self) -> None:
        own = self.desk.own

        def into(name: str) -> Callable[[ValueChangeEventArguments], None]:
            return lambda e: setattr(own, name, e.value or "")

        name = ui.input(self.say("own_name"), value=own.name, on_change=into("name"))
        put(name.classes("w-full"), data_testid="own-name")
        bases = {n: e.title(self.lang) for n, e in self.catalogue.entries.items()}
        base = ui.select(bases, value=own.base, label=self.say("own_base"), on_change=into("base"))
        put(base.classes("w-full"), data_testid="own-base")
        since = ui.select(list(YEARS), value=own.since, label=self.say("since"), on_change=into("since"))
        put(since.classes("w-full"), data_testid="own-since")
        names = municipalities()
        code = next((c for c, n in names.items() if n == own.place), 0)
        places = {0: self.say("everywhere"), **names}
        where = municipality_box(
            places, code, self.say("where"), self.lang, lambda c: setattr(own, "place", names.get(c))
        )
        put(where.classes("w-full"), hint=self.say("where_hint"), data_testid="own-place")
        sizes = ui.select(
            {n: self.say(f"sample_{n}") for n in SAMPLES},
            label=self.say("size"),
            value=self.desk.sample,
            on_change=self._sized,
        )
        put(sizes.classes("w-full"), data_testid="sample")

    def _sized(self, event: ValueChangeEventArguments) -> None:
        self.desk.sample = event.value
        self._sum_up()

    def _lever(self, lever: Lever) -> None:
        positions = self.desk.own.positions
        label, hint = pick(lever.label, self.lang), pick(lever.hint, self.lang)

        def move(event: ValueChangeEventArguments) -> None:
            before = moved(positions)
            positions[lever.key] = event.value
            if moved(positions) and not before:
                self.use.set_value(True)
            elif before and not moved(positions):
                self.use.set_value(False)
            self._moved()

        position = positions[lever.key]
        if lever.span is None:
            options = {p: pick(words, self.lang) for p, words in lever.choices}
            choice = ui.select(options, value=position, label=label, on_change=move).classes("w-full")
            self.controls[lever.key] = put(choice.props("dense"), hint=hint, data_testid=lever.key)
            return
        low, high, step = lever.span
        ui.label(label).classes("mt-2")
        ui.label(hint).classes(SMALL)
        assert not isinstance(position, str)
        slider = ui.slider(min=low, max=high, step=step, value=position, on_change=move)
        slider.props("label-always snap switch-label-side").classes("w-11/12 ml-2 mb-5")
        self.controls[lever.key] = put(slider, data_testid=lever.key, aria_label=label)

    def _moved(self) -> None:
        """List what is moved in one line, each with a button that puts it back."""
        positions = moved(self.desk.own.positions)
        self.moved.clear()
        with self.moved:
            if not positions:
                ui.label(self.say("none_moved")).classes(SMALL)
            for key, position in positions.items():
                text = told(key, position, "en" if self.lang == "en" else "ja")
                chip = ui.button(text, icon="close", on_click=lambda k=key: self._put_back(k))
                chip.props("dense outline size=sm").classes("px-2")
                put(chip, data_testid=f"reset-{key}", aria_label=self.say("put_back", what=text))
        self._sum_up()

    def _put_back(self, key: str) -> None:
        self.controls[key].set_value(LEVERS[key].neutral)

    # the button

    def _sum_up(self) -> None:
        """Say beside the button what it will run."""
        if not hasattr(self, "summary"):
            return
        names = [self.titled(n) for n in self.desk.chosen if n != BASE and n in self.desk.entries()]
        names += [self.say("own_short")] if self.desk.own.use else []
        what = "、".join(names) if self.lang == "ja" else ", ".join(names)
        text = self.say("will_run", what=what, size=self.size(self.desk.sample)) if names else self.say("will_run_base")
        self.summary.set_text(text)

    def _begin(self) -> None:
        """Take a press of Run: it begins, or waits behind what runs already."""
        others = self.desk.workshop.under_way()
        try:
            mine = self.desk.begin().jobs
        except NameTakenError:
            ui.notify(self.say("bad_name", name=self.desk.own.name), type="negative", multi_line=True)
        except UnderWayError:
            ui.notify(self.say("under_way"), type="info", multi_line=True)
        except Exception as error:
            self.tell(noted(error))
        else:
            if self.desk.busy and any(job not in mine for job in others):
                ui.notify(self.say("queued"), type="info", multi_line=True)
