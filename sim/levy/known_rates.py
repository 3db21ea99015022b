"""Which premium rates are known for a municipality and year, and what a family file may say of them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.core.errors import InputError, nearest
from sim.core.units import era
from sim.institutions.memory import PORTIONS
from sim.institutions.rates import caps
from sim.levy.arrays import Rate
from sim.parameters import Parameters

_OWN_RATES = (13101, 13114, 13123)
_PER_MILLION = ("income_part", "asset_part")
_YEN = ("per_head", "per_household", "per_adult", "cap")


@dataclass
class PlaceRates:
    """Rates of one municipality and year: table int64[4, Rate], where each portion comes from, which are unknown."""

    name: str
    form: str
    instalments: int
    table: NDArray[np.int64]
    sources: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    known: str = ""

    def missing(self) -> list[str]:
        return [portion for portion in PORTIONS if portion not in self.sources]


def find(p: Parameters, municipality: str | int, year: int, given: Mapping[str, Any]) -> PlaceRates:
    """Return the rates of a municipality: what the file gives, else what is confirmed, else the unified ward rates."""
    outside = given and _row(p, municipality) is None
    result = _outside(p, municipality, year) if outside else _published(p, municipality, year)
    _apply(result, given)
    return result


def _row(p: Parameters, municipality: str | int) -> Any:
    """Return the municipality's row of the register, found by name, English name or code; None if there is none."""
    places = p.table("places.municipalities")
    text = str(municipality).strip()
    same = (places["name"] == text) | (places["code"].astype(str) == text)
    same |= places["name_en"].str.lower() == text.lower()
    return places[same].iloc[0] if same.any() else None


def _outside(p: Parameters, municipality: str | int, year: int) -> PlaceRates:
    """Return empty rates for a municipality outside Tokyo, with the national ceilings."""
    table = np.zeros((4, len(Rate)), np.int64)
    table[:, Rate.CAP] = [p.value(f"levy.cap_{portion}", year) for portion in PORTIONS]
    table[:, Rate.UNIT] = 1
    return PlaceRates(str(municipality), "premium", 10, table)


def _published(p: Parameters, municipality: str | int, year: int) -> PlaceRates:
    """Return the confirmed rates of a municipality of Tokyo, as far as they are known."""
    place = _row(p, municipality)
    if place is None:
        names = [*p.table("places.municipalities")["name"], *p.table("places.municipalities")["name_en"]]
        raise InputError(
            f"no municipality '{municipality}' in Tokyo{nearest(str(municipality), names)}; write its "
            "name or its five-digit code, or give 'rates' in the family file for a place outside Tokyo"
        )
    code = int(place["code"])
    result = PlaceRates(
        str(place["name"]), str(place["levy_form"]), int(place["instalments"]), np.zeros((4, len(Rate)), np.int64)
    )
    result.table[:, Rate.UNIT] = int(place["rounding_unit"])
    result.table[:, Rate.CAP] = caps(p, year)[p.codes().index(code)]
    confirmed = p.table("places.actual_rates")
    mine = confirmed[confirmed["code"] == code]
    result.known = ", ".join(
        f"{era(y)} {'/'.join(mine['portion'][mine['fiscal_year'] == y])}"
        for y in sorted({int(y) for y in mine["fiscal_year"]})
    )
    for row in mine[mine["fiscal_year"] == year].to_dict("records"):
        _set(result, row, [*_PER_MILLION, "per_head", "per_household", "cap"])
    if code < 13200 and code not in _OWN_RATES:
        _unify(result, p, year)
    return result


def _unify(result: PlaceRates, p: Parameters, year: int) -> None:
    """Fill portions not confirmed for a ward with the unified rates of the special wards (統一保険料)."""
    unified = p.table("places.unified_ward_rates")
    for row in unified[unified["fiscal_year"] == year].to_dict("records"):
        if row["portion"] not in result.sources:
            _set(result, row, ["income_part", "per_head"])
            if isinstance(row["note"], str):
                result.notes.append(
                    f"{row['portion']}: unified ward rate, {row['note']}; no rate of {result.name} itself is confirmed"
                )


def _set(result: PlaceRates, row: Mapping[Any, Any], names: list[str]) -> None:
    k = PORTIONS.index(row["portion"])
    for name in names:
        result.table[k, Rate[name.upper()]] = int(row[name])
    result.sources[row["portion"]] = str(row["source_id"])


def _apply(result: PlaceRates, given: Mapping[str, Any]) -> None:
    """Put the rates a file or a caller gives in place of the known ones; InputError lists what cannot be used."""
    wrong: list[str] = []
    for key, value in given.items():
        if key == "form" and value in ("premium", "tax"):
            result.form = str(value)
            result.table[:, Rate.UNIT] = 100 if value == "tax" else 1
        elif key in PORTIONS and isinstance(value, Mapping):
            _apply_portion(result, str(key), value, wrong)
        elif key not in ("form", "rounding", "instalments", *PORTIONS):
            wrong.append(f"rates: no key '{key}'{nearest(str(key), [*PORTIONS, 'form', 'rounding', 'instalments'])}")
        elif key in ("form", *PORTIONS):
            wrong.append(
                f"rates: {key} is '{value}'; write "
                + ("premium or tax" if key == "form" else "{income_part: 7.71%, per_head: 47300}")
            )
    for key, least, most in (("rounding", 1, 1000), ("instalments", 1, 12)):
        if key in given:
            if isinstance(given[key], int) and least <= given[key] <= most:
                if key == "rounding":
                    result.table[:, Rate.UNIT] = given[key]
                else:
                    result.instalments = given[key]
            else:
                wrong.append(f"rates: {key} is '{given[key]}'; allowed {least}-{most}")
    if wrong:
        raise InputError("\n".join(wrong))


def _apply_portion(result: PlaceRates, portion: str, value: Mapping[str, Any], wrong: list[str]) -> None:
    row = result.table[PORTIONS.index(portion)]
    keep = (row[Rate.CAP], row[Rate.UNIT])
    row[:] = 0
    row[Rate.CAP], row[Rate.UNIT] = keep
    for name, amount in value.items():
        number = _per_million(amount) if name in _PER_MILLION else amount
        if name not in (*_PER_MILLION, *_YEN):
            wrong.append(f"rates: {portion}: no key '{name}'{nearest(str(name), [*_PER_MILLION, *_YEN])}")
        elif not isinstance(number, int) or isinstance(number, bool) or not 0 <= number <= 10_000_000:
            how = "a percentage, for example 7.71%" if name in _PER_MILLION else "whole yen"
            wrong.append(f"rates: {portion}: {name} is '{amount}'; write {how}")
        else:
            row[Rate[str(name).upper()]] = number
    result.sources[portion] = "given"


def _per_million(value: Any) -> int | None:
    """Return "7.71%" as 77,100; None if it is not a percentage of at most four decimals."""
    match = re.fullmatch(r"(\d{1,3}(?:\.\d{1,4})?)\s*[%％]", str(value).strip())
    return int(Decimal(match[1]) * 10_000) if match else None


def require(rates: PlaceRates, year: int, needed: set[str]) -> None:
    """Raise InputError when a portion the family owes has no known rate."""
    lacking = [portion for portion in rates.missing() if portion in needed]
    if lacking:
        raise InputError(
            f"{rates.name} {era(year)}: no confirmed rate of the portions {', '.join(lacking)}. "
            f"Known for {rates.name}: {rates.known or 'nothing'}. Give the rates in the family file:\n"
            + "rates:\n"
            + "\n".join(f"  {portion}: {{income_part: 7.71%, per_head: 47300}}" for portion in lacking)
        )
