"""The command `kokuho`: run, check and write scenarios, explain and validate results.

Modules that take time to import are imported inside the commands, so that help and mistakes answer at once.
"""

from __future__ import annotations

import copy
import gc
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress

import typer
from typer.main import get_command_name

from sim.cli import (
    anchor,
    attribution,
    backtest,
    calibrate,
    care,
    contribution,
    curve,
    dictionary,
    effort,
    experiments,
    explain,
    glossary,
    household,
    levers,
    models,
    people,
    rates,
    rates_plan,
    region,
    regions,
    register,
    report,
    run_folders,
    runs,
    scenarios,
    sensitivity,
    solve,
    standard_rates,
    ui,
)
from sim.cli.app import app
from sim.cli.show import complain
from sim.core import cache, language
from sim.core.outside import explained

COMMANDS = (
    anchor,
    attribution,
    backtest,
    calibrate,
    care,
    contribution,
    curve,
    dictionary,
    effort,
    experiments,
    explain,
    glossary,
    household,
    levers,
    models,
    people,
    rates,
    rates_plan,
    region,
    regions,
    register,
    report,
    run_folders,
    runs,
    scenarios,
    sensitivity,
    solve,
    standard_rates,
    ui,
)
"""Modules whose commands the application holds, one a subject."""


_REPORT = (
    "これは操作の誤りではなく、kokuho-sim の不具合です。上の表示、実行したコマンド、kokuho --version の表示を"
    "添えて報告してください。",
    "This is a defect of kokuho-sim, not a mistake of yours. Please report it: the text above, the command and "
    "kokuho --version.",
)
"""what a defect ends with; its traceback is for those who mend it, and English"""


@contextmanager
def _streams() -> Iterator[None]:
    """Let Japanese through where the terminal's encoding cannot take it, and do without streams that are closed."""
    for name, number in (("stdin", 0), ("stdout", 1), ("stderr", 2)):
        _open(number)
        stream = getattr(sys, name)
        if stream is None or stream.closed:
            setattr(sys, name, open(os.devnull, "r" if number == 0 else "w", encoding="utf-8"))  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        if (stream.encoding or "").lower().replace("-", "") != "utf8" and hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    yield


@contextmanager
def _terminable() -> Iterator[None]:
    """Let a command that is terminated clean up like one that is interrupted: end its workers, remove what is half."""

    def stop(number: int, frame: object) -> None:
        raise KeyboardInterrupt

    if threading.current_thread() is not threading.main_thread() or signal.getsignal(signal.SIGTERM) != signal.SIG_DFL:
        yield
        return
    signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)


def _open(number: int) -> None:
    """Give a closed standard stream's number to the null device, or the next file of results would get it."""
    try:
        os.fstat(number)
    except OSError:
        taken = os.open(os.devnull, os.O_RDWR)
        if taken != number:
            os.dup2(taken, number)
            os.close(taken)


def _end_output() -> None:
    """Write what standard output holds; throw it away if nobody takes it, or Python would complain at its end."""
    try:
        sys.stdout.flush()
    except (OSError, ValueError):
        with suppress(OSError, ValueError):
            null = os.open(os.devnull, os.O_WRONLY)
            os.dup2(null, sys.stdout.fileno())
            os.close(null)


def command() -> int:
    """Be the whole of a process: as `main`, then end without a last look for garbage (a third of a second)."""
    cache.begin_command()
    try:
        return main()
    finally:
        gc.freeze()


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code.

    0 done, 1 figures out of tolerance, 2 a mistake of the user, 3 a failure outside the program (disk, memory,
    permission, network), 130 stopped by the user. A defect keeps its traceback, says where to report it and ends
    with 1. KOKUHO_TRACEBACK=1 shows the traceback of the others, too.
    """
    gc.set_threshold(500_000, 50, 50)  # a command is short and lives in arrays: collecting rarely saves half a second
    with _streams(), _terminable(), language.kept():
        try:
            if (lang := _asked(sys.argv[1:] if arguments is None else arguments)) is not None:
                language.choose(lang)
            else:
                language.check()
            code = _called(arguments)
            sys.stdout.flush()
            return code
        except (Exception, KeyboardInterrupt) as error:
            return _failed(error)


def _asked(arguments: Sequence[str]) -> language.Lang | None:
    """Return the language of --lang, which help and mistakes of options before it are in as well."""
    for at, text in enumerate(arguments):
        name, _, given = text.partition("=")
        wanted = given or (arguments[at + 1] if at + 1 < len(arguments) else "")
        if name == "--lang" and wanted in (language.JA, language.EN):
            return language.JA if wanted == language.JA else language.EN
    return None


def _called(arguments: Sequence[str] | None) -> int:
    given = sys.argv[1:] if arguments is None else list(arguments)
    try:
        chosen = _named(given[0] if given else "")
        chosen(args=None if arguments is None else given, prog_name="kokuho")
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else 0 if stop.code is None else 1
    return 0


def _named(name: str) -> typer.Typer:
    """Return the application with one command, or all of it where none has the name: typer builds whatever is there."""
    one = copy.copy(app)
    one.registered_commands = [c for c in app.registered_commands if name == (c.name or _name_of(c.callback))]
    one.registered_groups = [group for group in app.registered_groups if group.name == name]
    return one if one.registered_commands or one.registered_groups else app


def _name_of(function: Callable[..., object] | None) -> str:
    return "" if function is None else get_command_name(function.__name__)


def _failed(error: BaseException) -> int:
    """Say what failed and return the exit code; a defect is raised again."""
    _end_output()
    known = explained(error)
    if known is None:
        error.add_note(language.either(*_REPORT))
        raise error
    if os.environ.get("KOKUHO_TRACEBACK"):
        raise error
    error.__traceback__ = None  # lets go of what the command held: the message may need the memory
    with suppress(OSError, SystemExit):
        try:
            complain(str(known))
        except (MemoryError, ImportError):
            sys.stderr.write(f"{known}\n")
    return known.exit_code
