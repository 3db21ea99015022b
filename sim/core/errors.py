"""Errors that teach: what is wrong, where it was set, what is allowed, what to do next."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class KokuhoError(Exception):
    """Anything the user can mend. The command line prints its text and ends with `exit_code`."""

    exit_code = 2
    """2: a mistake of the user; 3: something outside the program failed; 130: stopped by the user"""


class ParameterError(KokuhoError):
    """A number without a passport, outside its range, or asked for in a year it does not cover."""


class ScenarioError(KokuhoError):
    """One or more mistakes in a scenario file; the text lists all of them with line and column."""


class InputError(KokuhoError):
    """A file or argument of a command that cannot be used as given."""


class StoppedError(InputError):
    """The user stopped a run; the text says what was kept and how to go on."""

    exit_code = 130


class OutsideError(KokuhoError):
    """Something outside the program failed: disk, memory, permission, network, another process."""

    exit_code = 3


class BusyError(OutsideError):
    """Another process, or another thread of this one, is at the same work."""


class BalanceError(Exception):
    """The books or the population do not close. A defect of the model, never of the input."""


def nearest(name: str, options: Iterable[str]) -> str:
    """Return "; did you mean 'x'?" for the closest option, or an empty string."""
    close = difflib.get_close_matches(name, list(options), n=1, cutoff=0.6)
    return f"; did you mean '{close[0]}'?" if close else ""
