"""A group of options is declared once and stands in a command as options of its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import pytest
import typer
from typer.testing import CliRunner

from sim.cli.groups import Workers, grouped


@dataclass(frozen=True)
class Span:
    first: Annotated[str, typer.Option("--from", help="first year")]
    last: Annotated[int, typer.Option("--to")] = 3


def test_fields_are_options_in_the_place_of_the_group() -> None:
    taken: list[object] = []
    app = typer.Typer(add_completion=False)

    @app.command()
    @grouped
    def study(name: str, span: Span, workers: Workers, loud: Annotated[bool, typer.Option("--loud")] = False) -> None:
        """Say what came in."""
        taken.extend((name, span, workers, loud))

    said = CliRunner().invoke(app, ["--help"]).output
    places = [said.index(word) for word in ("--from", "--to", "--jobs", "--scheduler", "--loud")]
    assert places == sorted(places)
    assert CliRunner().invoke(app, ["x", "--from", "R4", "--jobs", "2", "--loud"]).exit_code == 0
    assert taken == ["x", Span("R4", 3), Workers(jobs=2), True]
    assert CliRunner().invoke(app, ["x"]).exit_code == 2  # --from has no default


def test_two_groups_may_not_have_the_same_option() -> None:
    def study(span: Span, last: Annotated[int, typer.Option()] = 1) -> None: ...

    with pytest.raises(ValueError, match="last"):
        grouped(study)
