"""Mutated scenario, family, household and study files: refused with a message, or accepted with a meaning.

300 mutated files in CI, always the same; `make fuzz` looks at more of them, and runs those that were accepted.
"""

from __future__ import annotations

import os
import random
import re
import time
from pathlib import Path

import pytest

from sim.core.errors import KokuhoError
from sim.parameters import Parameters
from sim.scenario.document import printable
from sim.scenario.scenario import load_scenario
from tests.faults.mutated_files import KINDS, ROOT, SCENARIO, judge_scenario, mutated

COUNT = int(os.environ.get("KOKUHO_FUZZ", "60"))
"""mutated files of each kind"""
SEED = int(os.environ.get("KOKUHO_FUZZ_SEED", "13"))
RUNS = 2 if COUNT <= 60 else 20


@pytest.fixture(scope="module")
def p() -> Parameters:
    return Parameters.load()


@pytest.mark.parametrize("kind", KINDS)
def test_no_mutated_file_is_a_traceback_or_accepted_nonsense(
    kind: str, p: Parameters, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """63 scenarios by hand gave 16 tracebacks and 3 hangs, 103 families 18, 43 studies 8 and 8 accepted nonsense."""
    monkeypatch.chdir(ROOT)
    texts, judge = KINDS[kind]
    dice, path, accepted = random.Random(f"{kind}{SEED}"), tmp_path / "mutant.yaml", 0
    sources = texts()
    judge(_written(path, sources[0], kind), p)  # compiles, reads tables, and shows that the source itself is in order
    for number in range(COUNT):
        text = mutated(dice.choice(sources), dice)
        began, message = time.process_time(), ""
        try:
            judge(_written(path, text, kind), p)
        except KokuhoError as error:
            message = str(error) or "nothing"
        except Exception as error:
            raise AssertionError(f"{kind} {number}: {type(error).__name__}: {error}\n{text[:3000]}") from error
        accepted += not message
        assert len(message) < 100_000
        assert message == printable(message), f"a message that upsets a terminal: {message!r}"
        assert time.process_time() - began < 5, f"{kind} {number} took long:\n{text[:3000]}"
    assert accepted < COUNT


def _written(path: Path, text: str, kind: str) -> Path:
    named = re.sub(r"^name:\s*[a-z_]+$", "name: mutant", text, flags=re.MULTILINE) if kind == "scenario" else text
    path.write_bytes(named.encode("utf-8", "surrogatepass"))
    return path


def test_accepted_mutated_files_run(p: Parameters, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from sim.engine import api

    monkeypatch.chdir(ROOT)
    dice, path, ran = random.Random(SEED), tmp_path / "mutant.yaml", 0
    while ran < RUNS:
        try:
            judge_scenario(_written(path, mutated(SCENARIO, dice), "scenario"), p)
        except KokuhoError:
            continue
        plan = api.plan(load_scenario(path, p), sample=20_000, last=2022 if RUNS < 3 else 2028)
        frame = api.frames(plan, ["metropolis_year"])["metropolis_year"]
        assert frame["members_average"].gt(0).all()
        ran += 1
