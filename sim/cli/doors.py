"""What a user types as a year, a municipality or a file, taken in or refused with one clear message."""

from __future__ import annotations

from pathlib import Path

from sim.core.errors import InputError


def maybe_year(text: str | None, option: str) -> int | None:
    return None if text is None else fiscal(text, option)


def fiscal(text: str, option: str) -> int:
    from sim.core.units import fiscal_year

    try:
        year = fiscal_year(text)
    except ValueError as error:
        raise InputError(f"{option}: {error}") from None
    from sim.parameters.scenario import FIRST, LAST

    if not FIRST <= year <= LAST:
        raise InputError(f"{option}: {text} is outside the years of the model, R4–R17 ({FIRST}–{LAST})")
    return year


def municipality_name(text: str) -> str:
    """Return the Japanese name of the municipality meant by a name or code."""
    from sim.parameters import Parameters
    from sim.parameters.scenario_file import municipality

    code, problem = municipality(text, Parameters.load())
    if code is None:
        raise InputError(f"--municipality: {problem}")
    return Parameters.load().places()[code][0]


def check_yaml(file: Path) -> None:
    """Refuse a file that cannot be read as YAML lines, with line and column."""
    from sim.parameters.document import Mistakes, read_document, read_file, shown

    mistakes = Mistakes()
    text = read_file(file, mistakes)
    if text is not None:
        read_document(text, shown(file), mistakes)
    if mistakes:
        raise InputError("\n".join(mistakes.lines()))


def file_to_write(path: Path | None, option: str) -> None:
    """Refuse a file whose folder does not exist, before the work rather than after."""
    if path is not None and not path.parent.is_dir():
        raise InputError(f"{option} {path}: there is no folder {path.parent}; make it first, or give another file")
    if path is not None and path.is_dir():
        raise InputError(f"{option} {path} is a folder; give a file")
