"""What the tabs of the page share: the desk, the language, how big the runs shown are."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pandas as pd

from sim.ui.catalogue import BASE, Catalogue
from sim.ui.desk import Desk
from sim.ui.troubles import Trouble
from sim.ui.words import Speaks, pick, shown

DRAWING = asyncio.Lock()
"""Reports draw with matplotlib, which keeps its state for the whole process: one after another."""
SMALL = "text-xs text-gray-700"
TABLE = "dense flat bordered wrap-cells"


class Shows(Speaks):
    """A tab of the page."""

    def __init__(self, desk: Desk, catalogue: Catalogue, lang: str, tell: Callable[[Trouble], None]) -> None:
        self.desk = desk
        self.catalogue = catalogue
        self.lang = lang
        self.tell = tell

    def titled(self, name: str) -> str:
        """Return what people call a scenario."""
        return self.desk.title(name, self.lang)

    @property
    def sample(self) -> int:
        """Return the sample whose level the figures shown stand on: 1 beside a run of everybody."""
        shown = self.desk.shown()
        return 1 if self.desk.everybody is not None or shown is None else shown.sample

    def size(self, sample: int) -> str:
        return self.say("size_1") if sample == 1 else self.say("size_n", n=sample)

    def sample_note(self) -> str:
        """Return the sample for the title of a chart, which may be copied without the page around it."""
        return f" · {self.size(self.sample)}" if self.sample > 1 else ""

    def small_note(self) -> str:
        shown = self.desk.shown()
        if self.desk.leveled and shown is not None:
            return self.say("small_note_level", n=shown.sample)
        return self.say("small_note" if self.sample > 1 else "small_note_full")

    def named(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Return a frame with the scenarios called by their titles, told apart by name where two have the same."""
        names = list(dict.fromkeys(frame["scenario"]))
        titles = [self.titled(n) for n in names]
        called = {n: t if titles.count(t) == 1 else f"{t} {n}" for n, t in zip(names, titles, strict=True)}
        return frame.assign(scenario=frame["scenario"].map(called))

    def range(self, low: float, high: float, unit: str) -> str:
        """Return a range as people write it, "" where there is none."""
        return "" if pd.isna(low) else pick(("～", "–"), self.lang).join((shown(low, unit), shown(high, unit)))

    def label_of(self, show: str) -> str:
        """Return what a column of `Desk.differences` is called: a scenario, or its gap to the baseline."""
        name = show.removesuffix(f" - {BASE}")
        return self.titled(name) if name == show else self.say("gap_of", name=self.titled(name))
