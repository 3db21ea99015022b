"""Options in groups: a dataclass says them once, a command takes it as one parameter.

    @dataclass(frozen=True)
    class Workers:
        jobs: Annotated[int | None, typer.Option(help="…")] = None
        scheduler: Annotated[str | None, typer.Option(help="…")] = None

    @app.command()
    @grouped
    def compare(scenarios: Scenarios, workers: Workers) -> None: ...

typer then sees `compare(scenarios, jobs, scheduler)`: the fields stand where the group stands, under their own names.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from dataclasses import MISSING, dataclass, fields, is_dataclass
from inspect import Parameter, Signature, signature
from typing import Annotated, get_type_hints

import typer

Command = Callable[..., None]
Jobs = Annotated[int | None, typer.Option(min=1, help="processes on this machine [default: one per core]")]


def grouped(command: Command) -> Command:
    """Return the command as typer is to see it: every parameter that is a dataclass stands for its fields."""
    taken: list[Parameter] = []
    groups: dict[str, tuple[Command | type, list[str]]] = {}
    hints = get_type_hints(command, include_extras=True)
    for parameter in signature(command).parameters.values():
        kind = hints[parameter.name]
        if is_dataclass(kind) and isinstance(kind, type):
            own = list(_options(kind))
            groups[parameter.name] = kind, [option.name for option in own]
            taken += own
        else:
            taken.append(parameter.replace(annotation=kind, kind=Parameter.KEYWORD_ONLY))

    @functools.wraps(command)
    def called(**given: object) -> None:
        made = {name: kind(**{o: given.pop(o) for o in own}) for name, (kind, own) in groups.items()}
        command(**given, **made)

    called.__signature__ = Signature(taken)  # type: ignore[attr-defined]
    called.__annotations__ = {parameter.name: parameter.annotation for parameter in taken}
    return called


def _options(group: type) -> Iterator[Parameter]:
    """Yield the fields of a group as parameters of a command."""
    hints = get_type_hints(group, include_extras=True)
    for field in fields(group):
        default = Parameter.empty if field.default is MISSING else field.default
        yield Parameter(field.name, Parameter.KEYWORD_ONLY, default=default, annotation=hints[field.name])


@dataclass(frozen=True)
class Workers:
    """Who does the runs of a study."""

    jobs: Jobs = None
    scheduler: Annotated[str | None, typer.Option(help="Dask scheduler instead, tcp://host:port")] = None
