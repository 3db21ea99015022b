"""The application object of the command line, and the options commands share."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from typer.core import TyperGroup

from sim.cli import usage
from sim.cli.help_words import PANELS as PANELS_JA
from sim.core import language
from sim.core.outside import explained

RUN, LOOK, STUDY = "Run", "Look at a run", "Compare and study"
SCENARIO, BILL, REGISTER = "Scenarios", "Bills of households", "Register and population"
OWN = "Any prefecture's own figures"
PANELS = (RUN, SCENARIO, LOOK, STUDY, OWN, BILL, REGISTER)
"""the groups of commands, in the order of the help"""


SEVERAL = "sim.regions"
"""where a command that takes several regions finds them in the context"""
_TAKES_SEVERAL = ("run",)


def _look_at(context: typer.Context, region: str | None) -> None:
    if region is None:
        return
    from sim.core.errors import InputError
    from sim.parameters import regions

    wanted = regions.named(region)
    if len(wanted) == 1:
        context.find_root().with_resource(regions.using(wanted[0]))
    elif context.info_name in _TAKES_SEVERAL:
        context.meta[SEVERAL] = wanted
    else:
        raise InputError(f"--region {region}: this command looks at one region; `kokuho run` takes several")


class Lang(StrEnum):
    ja = "ja"
    en = "en"


def _speak(lang: Lang | None) -> None:
    if lang is not None:
        language.choose(lang.value)


Spoken = Annotated[
    Lang | None,
    typer.Option(
        "--lang",
        help="language of all that is printed and written [default: that of the locale; files in Japanese]",
        callback=_speak,
        is_eager=True,
        expose_value=False,
    ),
]


def _probe(
    region: Annotated[
        str | None,
        typer.Option(
            "--region",
            help="region by name (kokuho regions) or path of its folder; of `run` several, joined by commas "
            "[default: the scenario's]",
            callback=_look_at,
            is_eager=True,
            expose_value=False,
        ),
    ] = None,
    lang: Spoken = None,
) -> None:
    """Never called: typer alone makes options, so those every command has are taken from here."""


def _shared_options() -> list[usage.Part]:
    """Return the options every command has: --region and --lang."""
    made = typer.Typer(add_completion=False)
    made.command()(_probe)
    return list(typer.main.get_command(made).params)


def _share(command: usage.Part, options: list[usage.Part]) -> None:
    """Give a command, and those it holds, the options it has none of."""
    own = {parameter.name for parameter in command.params}
    command.params += [option for option in options if option.name not in own]
    for inner in getattr(command, "commands", {}).values():
        _share(inner, options[1:])  # a group's region is that of its commands


class _Grouped(TyperGroup):
    """Lists the commands by group; within one as their modules bring them.

    The context is click's, which some versions of typer bring along under a private name.
    """

    def __init__(self, **given: usage.Part) -> None:
        super().__init__(**given)
        for command in self.commands.values():
            _share(command, _shared_options())
        usage.in_language(self)

    def list_commands(self, ctx: usage.Part) -> list[str]:
        return sorted(super().list_commands(ctx), key=self._place)

    def _place(self, name: str) -> int:
        panel = getattr(self.commands[name], "rich_help_panel", None)
        order = [*PANELS, *(PANELS_JA[name_of] for name_of in PANELS)]
        return order.index(panel) % len(PANELS) if panel in order else len(PANELS)

    def make_context(self, *given: usage.Part, **more: usage.Part) -> usage.Part:
        with usage.mistakes():
            return super().make_context(*given, **more)

    def invoke(self, ctx: usage.Part) -> object:
        """Run the command; give a name to what click would end with "Aborted." or with nothing at all."""
        try:
            with usage.mistakes():
                return super().invoke(ctx)
        except (EOFError, BrokenPipeError, KeyboardInterrupt) as error:
            raise explained(error) or error from error


app = typer.Typer(
    cls=_Grouped,
    name="kokuho",
    help="A prefecture's National Health Insurance (国民健康保険), person by person: what a policy does to bills, "
    "payment, contributions and rates.",
    epilog="A run starts from a scenario: kokuho run baseline --sample 100",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)


class Languages(StrEnum):
    ja = "ja"
    en = "en"
    both = "both"

    @staticmethod
    def each(wanted: Languages | None) -> tuple[language.Lang, ...]:
        """Return the languages meant; that of what is written where none is."""
        if wanted is None:
            return (language.written(),)
        return ("ja", "en") if wanted is Languages.both else ("ja",) if wanted is Languages.ja else ("en",)


class Layout(StrEnum):
    table = "table"
    json = "json"


ScenarioName = Annotated[str, typer.Argument(metavar="SCENARIO", help="name in scenarios/ or path of a file")]

RunName = Annotated[
    str, typer.Argument(metavar="RUN", help="run folder, run id, or scenario for its best run (kokuho runs)")
]

Sample = Annotated[int | None, typer.Option(min=1, help="1 = the full population, 100 = one household in a hundred")]

AsOf = Annotated[
    str | None,
    typer.Option(
        "--as-of",
        help="information date 2024-10-31 or R6.10.31: facts published later are unknown [default: all known]",
    ),
]

Place = Annotated[str, typer.Option("--municipality", "-m", help="name in Japanese or Romaji, or code")]

Year = Annotated[str, typer.Option("--year", "-y", help="fiscal year: R8, 2026 or FY2026")]

Results = Annotated[Path, typer.Option("--out", help="folder of all runs")]
ReportLanguages = Annotated[Languages | None, typer.Option("--lang", help="language of the report, or both")]


def _print_version(wanted: bool) -> None:
    if wanted:
        import sim

        typer.echo(f"kokuho-sim {sim.__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", is_eager=True, callback=_print_version, help="Print the version and stop.")
    ] = False,
    lang: Spoken = None,
) -> None:
    """Hold the options that stand before a command."""
