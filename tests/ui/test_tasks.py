"""What an officer comes for, done in Chromium by script: presses and seconds of each task are counted.

Each task begins with the page open on a ward. A task may take four presses and ten seconds, one that runs a new
scenario twenty. KOKUHO_SCREENSHOTS=folder keeps a picture of the end of each, and a table of what it took.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

pytest.importorskip("nicegui", reason="the extra 'ui' is not installed")
pytest.importorskip("selenium", reason="selenium is not installed")

from selenium.webdriver.common.keys import Keys

from sim.ui.parts import TABS
from tests.ui.browsing import SHOTS, Person, chromium, needed
from tests.ui.conftest import Server

pytestmark = needed

PRESSES, SECONDS, RUN_SECONDS = 4, 10.0, 20.0
SLOWER = float(os.environ.get("KOKUHO_TESTS_SLOWER", "1"))
"""how many times slower than a desk of its own the machine is"""
HERE, THERE = "?ward=新宿区", 13201


@dataclass(frozen=True)
class Task:
    """A task of an officer: what it is, its steps, how long it may take, the tab it needs."""

    name: str
    steps: Callable[[Person, Path], None]
    seconds: float = SECONDS
    tab: str = ""
    opens: bool = False
    """whether opening the page is part of the task"""


def outlook(p: Person, _: Path) -> None:
    """What happens to our collection rate?"""
    p.open(HERE)
    assert "新宿区では、現年分収納率がR4年度の" in p.text("outlook-said")
    p.see("panel-collection_rate", within="svg")
    label = p.see("panel-collection_rate").get_attribute("aria-label")
    assert label is not None
    assert "90％区間" in label
    assert "公表値は" in label
    assert p.has("panel-billed_per_member")
    assert p.has("panel-contribution_per_member")
    assert p.has("panel-discretionary_transfer")
    assert not p.has("banner"), "the page stands on the run of everybody"


def choose(p: Person, _: Path) -> None:
    """The page opens for the first time: choose our city; the next time it opens there."""
    p.open(HERE)
    p.see("outlook-said")
    p.browser.execute_script("localStorage.clear()")
    p.open()
    p.click(f"choose-{THERE}")
    p.until(lambda: p.text("outlook-title").startswith("八王子市"), "the city is shown")
    p.until(lambda: f"ward={THERE}" in p.browser.current_url, "the address names it")
    p.open()
    p.until(lambda: p.text("outlook-title").startswith("八王子市"), "it opens there again")
    assert not p.has("chooser")


def scenario(p: Person, _: Path) -> None:
    """What if collection is made stronger? A scenario by its title, beside the baseline."""
    p.click("group-collection", ".q-item")
    p.click("scenario-collection_drive")
    assert "収納対策の強化" in p.text("will-run")
    p.click("run")
    said = p.text("effects", RUN_SECONDS * SLOWER)
    assert "収納対策の強化（総合）：R11年度は基準に比べ 現年分収納率 +" in said
    assert "全員計算の基準の値に加えた" in p.text("level-note")


def search(p: Person, _: Path) -> None:
    """Find a scenario by a word, run it."""
    p.write("search-scenario", "据置き")
    p.until(lambda: not p.has("scenario-collection_drive"), "the list is searched")
    p.click("scenario-frozen_rates")
    p.click("run")
    assert "保険料率の据置き" in p.text("effects", RUN_SECONDS * SLOWER)


def lever(p: Person, _: Path) -> None:
    """What if α stays? Move one lever, run, and read the effect; what was moved stands in one line."""
    p.pick("rates.alpha", "0.5で据置き")
    p.until(lambda: "α 0.5で据置き" in p.text("moved"), "what is moved is listed")
    p.click("run")
    assert "条件変更案（医療費指数反映係数 α 0.5で据置き）" in p.text("effects", RUN_SECONDS * SLOWER)
    p.click("reset-rates.alpha")
    p.until(lambda: "なし" in p.text("moved"), "it is put back")


def plan(p: Person, _: Path) -> None:
    """Our own rates, five per cent more: what model households pay at once, and whose bill rises by a run."""
    p.click("tab-plans")
    p.see("plans-table")
    p.write("plans-rise", Keys.CONTROL + "a")
    p.see("plans-rise").send_keys("5", Keys.TAB)
    p.until(lambda: "増減額" in p.text("plans-table") and "+4.9" in p.text("plans-table"), "its table is worked out")
    assert "伸率" in p.text("plans-table")
    p.click("plans-run")
    assert "増える世帯" in p.text("plans-said-1", RUN_SECONDS * SLOWER)
    assert "第10分位" in p.text("plans-shares-1")


def solve(p: Person, _: Path) -> None:
    """Which rates end the transfer by R11?"""
    p.click("tab-plans")
    p.see("plans-table")
    p.click("plans-target", ".q-item")
    p.click("plans-solve")
    assert "法定外繰入をなくす" in p.text("plans-solved", RUN_SECONDS * SLOWER)


def bill(p: Person, _: Path) -> None:
    """What does a family at the counter pay?"""
    p.click("tab-calculator")
    before = p.text("calc-bill")
    p.write("calc-salary-1", Keys.CONTROL + "a")
    p.keys("calc-salary-1", "6000000", Keys.TAB)
    p.until(lambda: p.text("calc-bill") != before, "the bill follows the pay")


def curve(p: Person, _: Path) -> None:
    """How do bills rise with income?"""
    p.click("tab-curve")
    p.see("curve-chart", within="svg")


def versus(p: Person, _: Path) -> None:
    """Two scenarios side by side."""
    p.click("tab-versus")
    p.see("versus-a")
    p.see("versus-b")


def places(p: Person, _: Path) -> None:
    """Where do we stand among the others?"""
    p.click("tab-places")
    p.see("map")
    assert "八王子市" in p.text("places")


def papers(p: Person, folder: Path) -> None:
    """Take the figures away as CSV."""
    p.click("tab-save")
    p.click("save-csv")
    p.until(lambda: (folder / "kokuho.csv").exists(), "the file arrives")
    text = (folder / "kokuho.csv").read_text(encoding="utf-8-sig")
    assert "新宿区" in text


def share(p: Person, folder: Path) -> None:
    """Give a scenario to a colleague as a file, and take one in."""
    p.click("tab-sharing")
    p.see("share-upload")
    p.see("share-save")


TASKS = (
    Task("outlook", outlook, opens=True),
    Task("choose", choose, opens=True),
    Task("scenario", scenario, seconds=RUN_SECONDS),
    Task("lever", lever, seconds=RUN_SECONDS),
    Task("plan", plan, seconds=RUN_SECONDS, tab="plans"),
    Task("solve", solve, seconds=RUN_SECONDS, tab="plans"),
    Task("bill", bill, tab="calculator"),
    Task("curve", curve, tab="curve"),
    Task("versus", versus, tab="versus"),
    Task("papers", papers),
    Task("search", search, seconds=RUN_SECONDS),
    Task("places", places),
    Task("share", share, tab="sharing"),
)


@pytest.fixture(scope="module")
def desk(standing: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Person, Path]]:
    """A browser in front of the page of a full baseline."""
    folder = tmp_path_factory.mktemp("tasks")
    with chromium(folder) as browser:
        yield Person(browser, standing.address), folder


@pytest.mark.parametrize("task", TASKS, ids=lambda t: t.name)
def test_an_officer_does_it_in_few_presses_and_seconds(task: Task, desk: tuple[Person, Path]) -> None:
    assert not task.tab or task.tab in {tab.name for tab in TABS}
    p, folder = desk
    p.browser.switch_to.new_window("tab")
    if not task.opens:
        p.open(HERE)
        p.see("outlook-said")
    p.clicks, began = 0, time.monotonic()
    try:
        task.steps(p, folder)
    except AssertionError:
        p.shot(f"{task.name}-failed")
        raise
    took = time.monotonic() - began
    p.shot(task.name)
    _note(task.name, p.clicks, took)
    assert not p.errors()
    assert p.clicks <= PRESSES
    assert took <= task.seconds * SLOWER


def _note(name: str, presses: int, seconds: float) -> None:
    if folder := os.environ.get(SHOTS):
        with (Path(folder) / "tasks.txt").open("a", encoding="utf-8") as file:
            file.write(f"{name}: {presses} presses, {seconds:.1f} s\n")
