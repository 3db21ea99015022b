"""Which premium rates are known for a municipality and year, and what a family file may say of them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from numpy.typing import NDArray

from sim.core.errors import InputError, nearest
from sim.core.units import era
from sim.institutions.memory import PORTIONS
from sim.institutions.rates import caps
from sim.mechanisms.levy.state import rate_records
from sim.parameters import Parameters, Passport
from sim.parameters.places import find_place, is_ward
from sim.scenario.document import printable
from sim.scenario.quantities import read_amount

_OWN_RATES = (13101, 13114, 13123)
_PER_MILLION = ("income_part", "asset_part")
_AMOUNT = Passport(
    label="rate", unit="yen/year", status="assumed", source="assumption", value=47_300, reason="input", range=(0, 10**7)
)
_YEN = ("per_head", "per_household", "per_adult", "cap")


@dataclass
class PlaceRates:
    """Rates of one municipality and year: records [4] by portion, where each portion comes from, which are unknown."""

    name: str
    form: str
    instalments: int
    table: NDArray[Any]
    sources: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    known: str = ""

    def missing(self) -> list[str]:
        return [portion for portion in PORTIONS if portion not in self.sources]


def find(p: Parameters, municipality: str | int, year: int, given: Mapping[str, Any]) -> PlaceRates:
    """Return the rates of a municipality: what the file gives, else what is confirmed, else the unified ward rates.

    With rates given, a name that is none of Tokyo's is taken as a place outside Tokyo.
    """
    code, problem = find_place(municipality, p)
    if code is not None:
        result = _published(p, code, year)
    elif given and _is_word(municipality) and "no municipality" in problem:
        result = _outside(p, municipality, year)
    else:
        advice = "" if given else ", or give 'rates' in the family file for a place outside Tokyo"
        raise InputError(f"municipality: {problem}{advice}")
    _apply(result, given)
    return result


def _is_word(text: object) -> bool:
    return isinstance(text, str) and any(c.isalpha() for c in text)


def _outside(p: Parameters, municipality: str | int, year: int) -> PlaceRates:
    """Return empty rates for a municipality outside Tokyo, with the national ceilings."""
    table = rate_records(len(PORTIONS))
    table["cap"] = [p.value(f"levy.cap_{portion}", year) for portion in PORTIONS]
    table["unit"] = 1
    return PlaceRates(str(municipality), "premium", 10, table)


def _published(p: Parameters, code: int, year: int) -> PlaceRates:
    """Return the confirmed rates of a municipality of Tokyo, as far as they are known."""
    places = p.table("places.municipalities")
    place = places[places["code"] == code].iloc[0]
    result = PlaceRates(
        str(place["name"]), str(place["levy_form"]), int(place["instalments"]), rate_records(len(PORTIONS))
    )
    result.table["unit"] = int(place["rounding_unit"])
    result.table["cap"] = caps(p, year)[p.codes().index(code)]
    confirmed = p.table("places.actual_rates")
    mine = confirmed[confirmed["code"] == code]
    result.known = ", ".join(
        f"{era(y)} {'/'.join(mine['portion'][mine['fiscal_year'] == y])}"
        for y in sorted({int(y) for y in mine["fiscal_year"]})
    )
    for row in mine[mine["fiscal_year"] == year].to_dict("records"):
        _set(result, row, [*_PER_MILLION, "per_head", "per_household", "cap"])
    if is_ward(code) and code not in _OWN_RATES:
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
        result.table[name][k] = int(row[name])
    result.sources[row["portion"]] = str(row["source_id"])


def _apply(result: PlaceRates, given: Mapping[str, Any]) -> None:
    """Put the rates a file or a caller gives in place of the known ones; InputError lists what cannot be used."""
    wrong: list[str] = []
    fields = ("form", "rounding", "instalments", *PORTIONS)
    for key, value in given.items():
        if key not in fields:
            wrong.append(f"rates: no key '{key}'{nearest(str(key), fields)}; allowed: {', '.join(fields)}")
        elif key == "form":
            if value in ("premium", "tax"):
                result.form = str(value)
                result.table["unit"] = 100 if value == "tax" else 1
            else:
                wrong.append(f"rates: form is '{value}'; write premium or tax")
        elif key in PORTIONS:
            if isinstance(value, Mapping):
                _apply_portion(result, str(key), value, wrong)
            else:
                wrong.append(f"rates: {key} is '{value}'; write {{income_part: 7.71%, per_head: 47300}}")
    for key, least, most in (("rounding", 1, 1000), ("instalments", 1, 12)):
        if key not in given:
            continue
        number = given[key]
        if not isinstance(number, int) or isinstance(number, bool) or not least <= number <= most:
            wrong.append(f"rates: {key} is '{number}'; allowed {least}-{most}")
        elif key == "rounding":
            result.table["unit"] = number
        else:
            result.instalments = number
    if wrong:
        raise InputError(printable("\n".join(wrong)))


def _apply_portion(result: PlaceRates, portion: str, value: Mapping[str, Any], wrong: list[str]) -> None:
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
    result.sources[portion] = "given"


def _whole_yen(value: Any) -> int | None:
    try:
        return None if isinstance(value, bool | list | dict) else int(read_amount(str(value), _AMOUNT))  # type: ignore[arg-type]
    except ValueError:
        return None


def per_million(value: Any) -> int | None:
    """Return "7.71%" as 77,100; None if it is not a percentage of at most 100 and four decimals."""
    text = unicodedata.normalize("NFKC", str(value)).strip()
    match = re.fullmatch(r"([0-9]{1,3}(?:\.[0-9]{1,4})?)\s*%", text)
    return int(Decimal(match[1]) * 10_000) if match and Decimal(match[1]) <= 100 else None


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
