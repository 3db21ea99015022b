"""Kernels are compiled once, ahead of the workers."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Any

import numba as nb
import pytest

from sim.engine import warm


@pytest.fixture
def cold(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setattr(nb.config, "CACHE_DIR", str(tmp_path))
    monkeypatch.setattr(nb.config, "DISABLE_JIT", 0)
    return tmp_path


def test_nothing_is_compiled_twice(cold: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lived: list[str] = []

    class Model:
        def step(self) -> None:
            lived.append("year")

    class Helper:
        def __init__(self, command: list[str], **_: Any) -> None:
            lived.append(" ".join(command[-3:]))

        def __enter__(self) -> Helper:
            return self

        def __exit__(self, *_: object) -> None:
            lived.append("joined")

    monkeypatch.setattr(warm, "_model", lambda seed: Model())
    monkeypatch.setattr(subprocess, "Popen", Helper)
    assert not warm.compiled()
    warm.compile_kernels(7)
    assert warm.compiled()
    warm.compile_kernels(7)
    assert lived == [f"sim.engine.warm 7 {os.getpid()}", "year", "joined"]


def test_a_failure_leaves_the_kernels_unmarked(cold: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(seed: int) -> None:
        raise MemoryError

    monkeypatch.setattr(warm, "_model", fail)
    with pytest.raises(MemoryError):
        warm.compile_kernels(7)
    assert not warm.compiled()


def test_without_compilation_nothing_is_to_be_done(cold: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nb.config, "DISABLE_JIT", 1)
    assert warm.compiled()


def test_the_second_half_runs_on_the_people_of_the_first_morning() -> None:
    warm.compile_second_half(20260401)
