"""How far the presses of Run are: a card each, which stays while its figures move.

A card that was drawn anew at each step took no press: the button under the mouse was gone before the press arrived.
"""

from __future__ import annotations

from pathlib import Path

from nicegui import ui

from sim.core.units import era
from sim.ui.controls import put
from sim.ui.desk import Desk, Round
from sim.ui.words import Speaks
from sim.ui.work import FAILED, RUNNING, STOPPED, WAITING, Job


class Progress(Speaks):
    """The cards of the presses that run, and of the last one where something of it did not end well."""

    def __init__(self, desk: Desk, lang: str, log: Path | None) -> None:
        self.desk = desk
        self.lang = lang
        self.log = log
        self.cards: dict[int, Card] = {}
        self.box = ui.column().classes("w-full")

    def look(self) -> None:
        """Lay the cards of new presses, move those that are there, take away those that are done."""
        last = self.desk.rounds[-1] if self.desk.rounds else None
        shown = {
            r.number: r for r in self.desk.rounds if r.busy or (r is last and (r.failed or len(r.done()) < len(r.jobs)))
        }
        for number in self.cards.keys() - shown.keys():
            self.cards.pop(number).box.delete()
        for number, r in shown.items():
            if number not in self.cards:
                with self.box:
                    self.cards[number] = Card(self.desk, r, self.lang, self.log)
            self.cards[number].look()


class Card(Speaks):
    """One press of Run: a bar for each scenario, its place in the queue, and each trouble once."""

    def __init__(self, desk: Desk, r: Round, lang: str, log: Path | None) -> None:
        self.desk = desk
        self.round = r
        self.lang = lang
        self.log = log
        with put(
            ui.card().classes("w-full"), role="status", aria_live="polite", data_testid=f"round-{r.number}"
        ) as box:
            self.box = box
            with ui.row().classes("w-full items-center justify-between no-wrap"):
                size = self.say("size_1") if r.sample == 1 else self.say("size_n", n=r.sample)
                ui.label(self.say("round", number=r.number, size=size)).classes("font-bold")
                self.stop = ui.button(icon="close", on_click=lambda: desk.stop(r)).props("flat dense round")
                put(self.stop, aria_label=self.say("stop"), data_testid=f"stop-{r.number}")
            self.queue = ui.label().classes("text-sm")
            self.bars = [self._bar(job) for job in r.jobs]
            self.troubles = ui.column().classes("w-full gap-1")
        self.told: tuple[str, ...] = ()

    def _bar(self, job: Job) -> tuple[ui.linear_progress, ui.label]:
        title = self.desk.title(job.name, self.lang)
        with ui.row().classes("w-full items-center gap-x-3 gap-y-0"):
            ui.label(title).classes("basis-60 grow text-sm")
            bar = put(ui.linear_progress(show_value=False).classes("basis-24 grow"), aria_label=title)
            return bar, ui.label().classes("w-40 text-sm")

    def look(self) -> None:
        """Show how far it is now."""
        r = self.round
        if not r.busy and not self.stop.is_deleted:
            self.stop.delete()
        waits = r.busy and all(job.state == WAITING for job in r.jobs)
        self.queue.set_visibility(waits)
        if waits:
            self.queue.set_text(self.say("in_queue", ahead=min(self.desk.workshop.ahead(job) for job in r.jobs)))
        for job, (bar, label) in zip(r.jobs, self.bars, strict=True):
            bar.set_value(job.share)
            put(bar, color="negative" if job.state == FAILED else "primary")
            label.set_text(self._stands(job))
        self._tell_troubles()

    def _stands(self, job: Job) -> str:
        """Return how a run stands, in words."""
        state = STOPPED if self.round.stopped and job.busy else job.state
        if state != RUNNING:
            return self.say(state)
        return self.say(state) + self.say("year_now", era=era(job.year)) if job.year else self.say("preparing")

    def _tell_troubles(self) -> None:
        """Tell each trouble once."""
        told = tuple(dict.fromkeys(j.trouble.in_words(self.lang, self.log) for j in self.round.jobs if j.trouble))
        if told != self.told:
            self.told = told
            self.troubles.clear()
            with self.troubles:
                for text in told:
                    put(ui.label(text).classes("text-red-800 whitespace-pre-wrap break-all"), data_testid="trouble")
