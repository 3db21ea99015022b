"""The command `kokuho`: run, check and write scenarios, explain and validate results.

Modules that take time to import are imported inside the commands, so that help and mistakes answer at once.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from sim.cli import (
    attribution,
    calibrate,
    experiments,
    explain,
    levers,
    models,
    people,
    register,
    report,
    run_folders,
    runs,
    scenarios,
    sensitivity,
    ui,
)
from sim.cli.app import app
from sim.cli.show import complain
from sim.core.errors import KokuhoError

COMMANDS = (
    attribution,
    calibrate,
    experiments,
    explain,
    levers,
    models,
    people,
    register,
    report,
    run_folders,
    runs,
    scenarios,
    sensitivity,
    ui,
)
"""Modules whose commands the application holds, one a subject."""


@contextmanager
def _utf8() -> Iterator[None]:
    """Let Japanese through where the terminal's encoding cannot take it."""
    for stream in (sys.stdout, sys.stderr):
        if (stream.encoding or "").lower().replace("-", "") != "utf8" and hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    yield


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return 0, or 2 after a mistake of the user. A defect keeps its traceback and ends with 1."""
    gc.set_threshold(200_000, 50, 50)  # a command is short and lives in arrays: collecting rarely saves half a second
    with _utf8():
        try:
            app(args=list(arguments) if arguments is not None else None, prog_name="kokuho")
        except KokuhoError as error:
            complain(str(error))
            return 2
        except SystemExit as stop:
            return stop.code if isinstance(stop.code, int) else 0 if stop.code is None else 1
        except KeyboardInterrupt:
            complain("interrupted")
            return 130
    return 0
