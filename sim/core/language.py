"""The language in force: of what the terminal says, of messages, and of what is written to disk.

A stated wish holds for all of it: `--lang` of a command, else the environment's KOKUHO_LANG. Without one, the terminal
and its messages follow the locale, and what is written for the councils of a region stays in the region's language,
which is Japanese: a report must not turn English because a server's locale is C (docs/decisions/0107).
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Literal

from sim.core.errors import InputError

Lang = Literal["ja", "en"]
JA: Lang = "ja"
EN: Lang = "en"

VARIABLE = "KOKUHO_LANG"
"""what the user sets for good, and what `--lang` sets for the processes a command starts"""
_LOCALE = ("LC_ALL", "LC_MESSAGES", "LANG")
"""what says the locale, the first that is set"""
_REGIONS: Lang = JA
"""language of the councils of every region there is"""
_JAPANESE_ON_WINDOWS = 0x11
"""primary language of Windows, the lower ten bits of what it answers"""

_SPOKEN: ContextVar[Lang | None] = ContextVar("spoken", default=None)


def current() -> Lang:
    """Return the language of the terminal and of messages: as wished, else that of the locale, else English."""
    return wished() or _of_locale()


def written() -> Lang:
    """Return the language of reports, pages, workbooks and templates of scenarios: as wished, else the region's."""
    return wished() or _REGIONS


def wished() -> Lang | None:
    """Return the language asked for by `speaking`, by --lang or by KOKUHO_LANG; None if none was."""
    return _SPOKEN.get() or _known(os.environ.get(VARIABLE))


def check() -> None:
    """Refuse a KOKUHO_LANG that stands for no language there is; InputError."""
    given = os.environ.get(VARIABLE, "").strip()
    if given and _known(given) is None:
        raise InputError(f"{VARIABLE} is '{given}'; allowed: ja, en, or nothing, which follows the locale")


def choose(lang: Lang) -> None:
    """Speak a language from now on, in this process and those it starts."""
    os.environ[VARIABLE] = lang


@contextmanager
def speaking(lang: Lang) -> Iterator[None]:
    """Speak a language within, in this thread or task alone: a page in the browser may have readers of both."""
    before = _SPOKEN.set(lang)
    try:
        yield
    finally:
        _SPOKEN.reset(before)


@contextmanager
def kept() -> Iterator[None]:
    """Give back at the end what `choose` changed within: a command called from Python leaves no language behind."""
    before = os.environ.get(VARIABLE)
    try:
        yield
    finally:
        if before is None:
            os.environ.pop(VARIABLE, None)
        else:
            os.environ[VARIABLE] = before


def either(ja: str, en: str) -> str:
    """Return the one of two texts that is in the language of the terminal and of messages."""
    return ja if current() == JA else en


def _known(name: str | None) -> Lang | None:
    """Return the language a name such as ja, ja_JP.UTF-8 or en-GB stands for, None for any other."""
    short = (name or "").strip().lower()[:2]
    return JA if short == JA else EN if short == EN else None


def _of_locale() -> Lang:
    """Return Japanese for a Japanese locale; English for any other, for C and for none."""
    named = next((text for variable in _LOCALE if (text := os.environ.get(variable))), None)
    if named is None and sys.platform == "win32":
        return _of_windows()
    return JA if _known(named) == JA else EN


def _of_windows() -> Lang:
    """Return the language of the user's Windows."""
    import ctypes

    chosen = ctypes.windll.kernel32.GetUserDefaultUILanguage()  # type: ignore[attr-defined, unused-ignore]
    return JA if chosen & 0x3FF == _JAPANESE_ON_WINDOWS else EN
