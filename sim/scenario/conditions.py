"""A condition on a value of people or households, as it is written in `filter` and after `share of`.

method: account              is
method: [slip, account]      is one of
method: not pension          is not
age: 20 to 39                from 20 to 39, both included
insured_months: from 1       1 or more; up to 12: 12 or less
unpaid: '> 0'                >, >=, <, <=, =, != (in quotes where it begins a value in YAML)
born: 1990 to 1991           months: a year, or 1990-04; never where there is none
place: 新宿区                 any spelling of a municipality
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from sim.core.errors import nearest
from sim.parameters import Parameters
from sim.parameters.places import find_place
from sim.population.fields import Field

_COMPARED = re.compile(r"(>=|<=|!=|=|>|<)\s*(.*)")
_WORDS = re.compile(r"(not|from|up to)\s+(.*)", re.IGNORECASE)
_RANGE = re.compile(r"(.*\S)\s+to\s+(\S.*)", re.IGNORECASE)
_SAME = {"not": "!=", "from": ">=", "up to": "<="}
_YES = {"yes": 1, "true": 1, "on": 1, "はい": 1, "no": 0, "false": 0, "off": 0, "いいえ": 0}
_CENTURY = 1900
_MONTHS = 12


@dataclass(frozen=True)
class Condition:
    """What must hold of a field: every comparison of `limits`, and a value of `one_of` (or none of them).

    text    as it was written
    limits  (">", 0.0): comparison and number
    one_of  values, None where any will do; codes of municipalities for a place
    none_of whether the value must not be among `one_of`
    """

    field: str
    text: str
    limits: tuple[tuple[str, float], ...] = ()
    one_of: tuple[float, ...] | None = None
    none_of: bool = False


def read_condition(field: Field, written: list[str], p: Parameters) -> Condition:
    """Return the condition that one or several written values put on a field; ValueError says what is wrong."""
    if not written:
        raise ValueError("an empty list lets nobody through; write a value")
    if len(written) > 1:
        values = [v for text in written for v in _values(field, text, p)]
        return Condition(field.name, ", ".join(written), one_of=tuple(values))
    text = written[0]
    compared = _COMPARED.fullmatch(text) or _WORDS.fullmatch(text)
    if compared and not _is_value(field, text):
        sign = _SAME.get(compared[1].lower(), compared[1])
        return _compared(field, text, sign, compared[2], p)
    between = _RANGE.fullmatch(text)
    if between and field.sort not in ("code", "flag", "place"):
        low, high = _values(field, between[1], p)[0], _values(field, between[2], p)[-1]
        if low > high:
            raise ValueError(f"'{text}': the first is more than the last")
        return Condition(field.name, text, ((">=", low), ("<=", high)))
    values = _values(field, text, p)
    if field.sort == "month" and len(values) > 1:
        return Condition(field.name, text, ((">=", values[0]), ("<=", values[-1])))
    return Condition(field.name, text, one_of=tuple(values))


def _is_value(field: Field, text: str) -> bool:
    return field.sort == "code" and text.lower() in field.labels


def _compared(field: Field, text: str, sign: str, value: str, p: Parameters) -> Condition:
    values = _values(field, value, p)
    if sign in ("=", "!="):
        return Condition(field.name, text, one_of=tuple(values), none_of=sign == "!=")
    if field.sort in ("code", "place", "flag"):
        raise ValueError(f"'{text}': {field.name} has no order; write {allowed(field, p)}")
    return Condition(field.name, text, ((sign, values[-1] if sign in (">", "<=") else values[0]),))


def _values(field: Field, text: str, p: Parameters) -> list[float]:
    """Return the value a word means; of a year, the first and the last of its months."""
    word = text.strip()
    if field.sort == "code":
        for position, (name, label) in enumerate(field.labels.items()):
            if word.lower() in (name, label[0], label[1].lower()):
                return [float(position)]
        raise ValueError(f"'{word}' is none of its values{nearest(word, field.labels)} Allowed: {allowed(field, p)}")
    if field.sort == "place":
        code, problem = find_place(word, p)
        if code is None:
            raise ValueError(problem)
        return [float(code)]
    if field.sort == "flag":
        if word.lower() not in _YES:
            raise ValueError(f"'{word}' is neither yes nor no")
        return [float(_YES[word.lower()])]
    return _months(word) if field.sort == "month" else [number(word, field)]


def _months(word: str) -> list[float]:
    """Return the month index of 1990-04, those of a whole year for 1990, 0 for never."""
    if word.lower() == "never":
        return [0.0]
    match = re.fullmatch(r"(19\d\d|20\d\d)(?:-(0[1-9]|1[0-2]))?", word)
    if not match:
        raise ValueError(f"'{word}' is no month; write 1990-04, 1990 for all its months, or never")
    january = (int(match[1]) - _CENTURY) * _MONTHS
    return [float(january + int(match[2]) - 1)] if match[2] else [float(january), float(january + _MONTHS - 1)]


def number(word: str, field: Field) -> float:
    """Return the number a word is; ValueError says how to write one."""
    plain = re.sub(r"(?<=\d)[_,](?=\d)", "", word)
    if not re.fullmatch(r"[-+]?\d{1,15}(\.\d+)?", plain):
        raise ValueError(f"'{word}' is no number ({field.unit}); write 65, 20 to 39, from 1, up to 74 or '> 0'")
    return float(plain)


def allowed(field: Field, p: Parameters) -> str:
    """Return what a value of a field may be, in words."""
    if field.sort == "code":
        return ", ".join(field.labels)
    if field.sort == "place":
        first = next(iter(p.places().values()))
        return f"a municipality such as {first[0]} or {first[1]}"
    if field.sort == "flag":
        return "yes or no"
    return "a month as 1990-04 or a year, also 1990 to 1991" if field.sort == "month" else f"a number of {field.unit}"
