"""What holds for every test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sim.core import language
from sim.engine import past
from sim.parameters import regions


@pytest.fixture(autouse=True)
def region_of_no_other_test() -> Iterator[None]:
    """A command looks at the region of its run for good; the next test looks at none."""
    yield
    regions.look_at_none()


@pytest.fixture(autouse=True)
def english_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """The terminal and its messages are English, what is written is Japanese, unless a test says otherwise."""
    for name in (language.VARIABLE, "LC_ALL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LC_MESSAGES", "C")


@pytest.fixture(autouse=True)
def every_run_lives_all_its_years() -> Iterator[None]:
    """Runs share no years: a test changes code, threads or rows under a plan and looks at what becomes of it."""
    with past.apart():
        yield
