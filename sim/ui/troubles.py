"""Whatever goes wrong behind the page, as one message for the person in front of it."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from logging.handlers import RotatingFileHandler
from pathlib import Path

from sim.core.errors import KokuhoError
from sim.core.language import EN, JA
from sim.core.spoken import spoken
from sim.ui.words import word

MISTAKE, OUTSIDE, MEMORY, KILLED, DEFECT = "mistake", "outside", "memory", "killed", "defect"
_LOGGED = ("sim.ui", "nicegui")
_log = logging.getLogger("sim.ui")


def read(text: str, lang: str) -> str:
    """Return a message of an error in the language of the page."""
    return spoken(text, JA if lang == JA else EN)


@dataclass(frozen=True)
class Trouble:
    """What kind of thing went wrong, and its own words."""

    kind: str
    text: str = ""

    def in_words(self, lang: str, log: Path | None) -> str:
        """Return the message in a language; a defect says where its log is."""
        text = read(self.text, lang)
        if self.kind == MISTAKE:
            return text
        where = str(log) if log else word("terminal", lang)
        return word(f"trouble_{self.kind}", lang, text=text.removesuffix("。"), log=where)


def trouble(error: BaseException) -> Trouble:
    """Return what an exception means to the user: a mistake to mend, the world outside, or a defect of the program."""
    if isinstance(error, KokuhoError):
        return Trouble(MISTAKE, str(error))
    if isinstance(error, MemoryError):
        return Trouble(MEMORY)
    if isinstance(error, OSError):
        cause = error.strerror or str(error) or type(error).__name__
        return Trouble(OUTSIDE, f"{error.filename}: {cause}" if error.filename else cause)
    return Trouble(DEFECT, f"{type(error).__name__}: {error}")


def noted(error: BaseException) -> Trouble:
    """Return what an exception means to the user; a defect goes to the log with its traceback."""
    found = trouble(error)
    if found.kind == DEFECT:
        _log.error("defect in the page", exc_info=error)
    return found


def keep_log(results: Path) -> Path | None:
    """Write what goes wrong to page.log in the folder of all runs and return its path; None if that cannot be done."""
    path = results / "page.log"
    try:
        results.mkdir(parents=True, exist_ok=True)
        handler = RotatingFileHandler(path, maxBytes=1_000_000, backupCount=1, encoding="utf-8")
    except OSError as error:
        _log.warning("%s cannot be written (%s); defects are shown in the terminal", path, error.strerror)
        return None
    handler.setLevel(logging.WARNING)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    for name in _LOGGED:
        logging.getLogger(name).addHandler(handler)
    return path
