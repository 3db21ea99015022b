"""YAML that refers to itself, explodes or never ends: refused within a second of work by every reader, in one message.

Nine aliases of aliases took 40 s and 6 GB; `&a [*a]` and 3,000 brackets ended in RecursionError; 1.2 MB of keys took
40 s.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sim.core.errors import KokuhoError
from sim.explanations.family import load
from sim.explanations.model_households import read_households
from sim.parameters import Parameters
from sim.scenario.scenario import load_scenario
from sim.studies.calibrate import read_calibration
from sim.studies.sensitivity.spec import read_spec

READERS: dict[str, Callable[[Path], Any]] = {
    "scenario": load_scenario,
    "study": read_spec,
    "calibration": read_calibration,
    "family": load,
    "households": read_households,
}


def nine_aliases() -> str:
    lines = ["a: &a [x,x,x,x,x,x,x,x,x]"]
    lines += [f"{c}: &{c} [{','.join(['*' + before] * 9)}]" for before, c in zip("abcdefgh", "bcdefghi", strict=True)]
    return "\n".join(lines) + "\n"


BOMBS = {
    "nine aliases of aliases": (nine_aliases(), "aliases"),
    "a list in itself": ("a: &a [*a]\n", "would never end"),
    "a mapping in itself": ("a: &a {b: *a}\n", "would never end"),
    "3,000 brackets": ("a: " + "[" * 3000, "within one another"),
    "3,000 dashes": ("a:\n" + "- " * 3000, "within one another"),
    "1.2 MB of keys": ("".join(f"key_{i}: 1\n" for i in range(100_000)), "more than 500,000 bytes"),
    "9,000 keys": ("a: {" + ", ".join(f"k{i}: 1" for i in range(9_000)) + "}", "more than 15,000 keys"),
    "10 MB of text": ("a: " + "x" * 10_000_000, "more than 500,000 bytes"),
    "blank lines": ("\n" * 400_000, "more than 10,000 lines"),
    "an open quotation": ("a: '" + "x\n" * 9_000, "quotation mark"),
    "a tag that runs": ("a: !!python/object/apply:os.system [id]\n", "a tag"),
    "half a surrogate": ('a: "\\ud800"\n', "cannot stand in a text"),
    "beyond the last character": ('a: "\\U00110000"\n', "names no character"),
    "a null character": ("a: b\0c\n", "control character"),
}


@pytest.fixture(scope="module", autouse=True)
def register() -> None:
    Parameters.load().places()


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("bomb", BOMBS)
def test_a_bomb_is_refused_at_once(bomb: str, reader: str, tmp_path: Path) -> None:
    if reader not in ("scenario", "family") and bomb in ("9,000 keys", "an open quotation"):
        pytest.skip("the reader is the same")
    text, words = BOMBS[bomb]
    path = tmp_path / "bomb.yaml"
    path.write_text(text, encoding="utf-8")
    began = time.process_time()
    with pytest.raises(KokuhoError) as caught:
        READERS[reader](path)
    spent = time.process_time() - began
    assert spent < 2.5  # a second on a machine at rest
    lines = str(caught.value).splitlines()
    assert any(words in line and "bomb.yaml" in line for line in lines)
    others = [line for line in lines if words not in line]
    assert all("missing" in line or "unknown" in line or "needs" in line for line in others)
    assert max(map(len, lines)) < 700


def test_a_thousand_unknown_keys_are_told_up_to_the_hundredth(tmp_path: Path) -> None:
    """Each was compared with all found before it and with 506 names: 40 s."""
    path = tmp_path / "keys.yaml"
    path.write_text("name: keys\npolicy:\n" + "".join(f"  payment.kee_{i}: 1\n" for i in range(4_000)), "utf-8")
    began = time.process_time()
    with pytest.raises(KokuhoError) as caught:
        load_scenario(path)
    assert time.process_time() - began < 6
    assert len(str(caught.value).splitlines()) == 101
    assert "first 100 mistakes" in str(caught.value)


def test_an_alias_that_is_used_well_is_still_understood(tmp_path: Path) -> None:
    path = tmp_path / "family.yaml"
    path.write_text("members:\n  - &a {name: A, born: 1980-01-01}\n  - {<<: *a, name: B}\n", "utf-8")
    raw, _ = load(path)
    assert raw["members"][1] == {"born": "1980-01-01", "name": "B"}
