"""The list of faults that `make mutants` puts in stays true to the code."""

from __future__ import annotations

from dataclasses import replace

from tests.mutants import MUTANTS, mistakes


def test_every_fault_can_still_be_put_in() -> None:
    assert mistakes() == []
    assert len(MUTANTS) >= 60
    assert len({m.name for m in MUTANTS}) == len(MUTANTS)


def test_a_text_that_is_gone_is_told() -> None:
    gone = replace(MUTANTS[0], before="no such line", tests=("tests/gone.py",))
    assert [line.partition(":")[0] for line in mistakes([gone])] == [gone.name] * 2
