"""What a user types as a year, or a municipality, taken in or refused with one clear message."""

from __future__ import annotations

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
    from sim.parameters.places import place_name

    return place_name(text, Parameters.load(), "--municipality")
