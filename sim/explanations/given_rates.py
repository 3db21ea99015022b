"""Rates a family file or a caller gives instead of the known ones."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from decimal import Decimal

from sim.core.errors import InputError, nearest
from sim.explanations.basis import Basis
from sim.explanations.place_rates import PlaceRates
from sim.institutions.memory import PORTIONS
from sim.parameters import Passport
from sim.scenario.document import printable
from sim.scenario.quantities import read_amount

_PER_MILLION = ("income_part", "asset_part")
_YEN = ("per_head", "per_household", "per_adult", "cap")
_NUMBERS = {"rounding": (1, 1000), "instalments": (1, 12)}
_CHOICES = {"rounding_rule": ("down", "half_up"), "rounded_per": ("household", "person")}
_AMOUNT = Passport(
    label="rate", unit="yen/year", status="assumed", source="assumption", value=47_300, reason="input", range=(0, 10**7)
)


def apply(result: PlaceRates, given: Mapping[str, object], year: int) -> None:
    """Put the rates a file or a caller gives in place of the known ones; InputError lists what cannot be used."""
    wrong: list[str] = []
    fields = ("form", *_NUMBERS, *_CHOICES, *PORTIONS)
    for key, value in given.items():
        if key not in fields:
            wrong.append(f"rates: no key '{key}'{nearest(str(key), fields)}; allowed: {', '.join(fields)}")
        elif key in PORTIONS:
            if isinstance(value, Mapping):
                _apply_portion(result, str(key), value, year, wrong)
            else:
                wrong.append(f"rates: {key} is '{value}'; write {{income_part: 7.71%, per_head: 47300}}")
        elif key == "form":
            _apply_form(result, value, wrong)
        elif key in _CHOICES:
            _apply_choice(result, key, value, wrong)
    _apply_numbers(result, given, wrong)
    if wrong:
        raise InputError(printable("\n".join(wrong)))


def _apply_form(result: PlaceRates, value: object, wrong: list[str]) -> None:
    if value in ("premium", "tax"):
        result.form = str(value)
        result.table["unit"] = 100 if value == "tax" else 1
    else:
        wrong.append(f"rates: form is '{value}'; write premium or tax")


def _apply_choice(result: PlaceRates, key: str, value: object, wrong: list[str]) -> None:
    if value in _CHOICES[key]:
        setattr(result, key, value)
    else:
        wrong.append(f"rates: {key} is '{value}'; write {' or '.join(_CHOICES[key])}")


def _apply_numbers(result: PlaceRates, given: Mapping[str, object], wrong: list[str]) -> None:
    """Put in what comes after the form, which sets a unit of its own."""
    for key, (least, most) in _NUMBERS.items():
        number = given.get(key, least)
        if not isinstance(number, int) or isinstance(number, bool) or not least <= number <= most:
            wrong.append(f"rates: {key} is '{number}'; allowed {least}-{most}")
        elif key in given and key == "rounding":
            result.table["unit"] = number
        elif key in given:
            result.instalments = number


def _apply_portion(result: PlaceRates, portion: str, value: Mapping[str, object], year: int, wrong: list[str]) -> None:
    row = result.table[PORTIONS.index(portion)]
    for name in (*_PER_MILLION, "per_head", "per_household", "per_adult"):
        row[name] = 0
    for name, amount in value.items():
        where = f"rates: {portion}: {name}"
        if name not in (*_PER_MILLION, *_YEN):
            known = [*_PER_MILLION, *_YEN]
            wrong.append(f"rates: {portion}: no key '{name}'{nearest(str(name), known)}; allowed: {', '.join(known)}")
            continue
        number = per_million(amount) if name in _PER_MILLION else _whole_yen(amount)
        if number is None:
            how = "a percentage up to 100%, for example 7.71%" if name in _PER_MILLION else "whole yen up to 10 million"
            wrong.append(f"{where} is '{amount}'; write {how}")
        else:
            row[str(name)] = number
    result.bases[portion] = Basis("given", year, "", "given")


def _whole_yen(value: object) -> int | None:
    try:
        return None if isinstance(value, bool | list | dict) else int(read_amount(str(value), _AMOUNT))  # type: ignore[arg-type]
    except ValueError:
        return None


def per_million(value: object) -> int | None:
    """Return "7.71%" as 77,100; None if it is not a percentage of at most 100 and four decimals."""
    text = unicodedata.normalize("NFKC", str(value)).strip()
    match = re.fullmatch(r"([0-9]{1,3}(?:\.[0-9]{1,4})?)\s*%", text)
    return int(Decimal(match[1]) * 10_000) if match and Decimal(match[1]) <= 100 else None
