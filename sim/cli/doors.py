"""What a user types as a year, or a municipality, taken in or refused with one clear message."""

from __future__ import annotations


def maybe_year(text: str | None, option: str) -> int | None:
    return None if text is None else fiscal(text, option)


def fiscal(text: str, option: str) -> int:
    from sim.parameters.scenario import year_of_model

    return year_of_model(text, option)


def municipality_name(text: str) -> str:
    """Return the Japanese name of the municipality meant by a name or code."""
    from sim.parameters import Parameters
    from sim.parameters.places import place_name

    return place_name(text, Parameters.load(), "--municipality")
