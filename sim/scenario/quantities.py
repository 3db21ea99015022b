"""Amounts as people write them: 650,000円, 65万円, 9.13%, +5pt, -10%, x1.2, in the unit of the parameter.

Three things can be said: the value itself (`set`), an amount to add (`add`) and a factor (`times`). Points (pt)
are added to shares and rates; a signed percentage multiplies ("+10%" = a tenth more); a signed sum of yen is added.
"""

from __future__ import annotations

import math
import numbers
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal

from sim.core.errors import nearest
from sim.core.units import fiscal_year
from sim.parameters.schema import Passport, Value, plain

Kind = Literal["yen", "per_million", "per_10k", "percent", "share", "year", "plain"]

_YEN_SCALE = (
    ("billion", 10**9),
    ("million", 10**6),
    ("thousand", 1000),
    ("1,000", 1000),
    ("百万", 10**6),
    ("千", 1000),
)
_POINT = {"per_million": Decimal(10_000), "per_10k": Decimal(100), "percent": Decimal(1), "share": Decimal("0.01")}
"""One percentage point in the units of each kind."""

_MYRIADS = {"十": 10, "百": 100, "千": 10**3, "万": 10**4, "億": 10**8, "兆": 10**12}
_LARGEST = Decimal(10) ** 15
"""More than any yen of the nation: a number beyond it is a slip of the pen."""
_DIGITS = 30
"""before and after the point"""

_COUNTERS = {
    "人": "person|people|insured|member",
    "persons": "person|people|insured|member",
    "世帯": "household",
    "households": "household",
    "か月": "month",
    "ヶ月": "month",
    "カ月": "month",
    "months": "month",
    "歳": "year|age",
    "年": "year",
    "years": "year",
    "件": "case|receipt",
    "回": "instalment|time|count|notice",
    "日": "day",
    "days": "day",
}
_NUMBER = r"(?:(?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]{1,3})?"
_MYRIAD = "[十百千]?[万億兆]|[十百千]"
_SPOKEN = rf"(?:{_NUMBER}(?:{_MYRIAD}))*{_NUMBER}(?:{_MYRIAD})?"

_Spelling = Callable[[str, Kind, Passport], "Quantity | None"]


@dataclass(frozen=True)
class Quantity:
    """What a scenario says of a parameter: a value, an amount to add or a factor, with the text as written."""

    op: Literal["set", "add", "times"]
    amount: Value | Decimal
    text: str

    @property
    def relative(self) -> bool:
        return self.op != "set"

    def applied(self, base: Value, whole: bool) -> Value:
        """Return the value after the change, a list element by element; `whole` rounds half up to integers."""
        if self.op == "set":
            return self.amount  # type: ignore[return-value]
        if isinstance(base, list):
            return [self.applied(b, whole) for b in base]  # type: ignore[return-value]
        assert isinstance(self.amount, Decimal)
        start = Decimal(repr(base)) if isinstance(base, float) else Decimal(int(base))
        result = start + self.amount if self.op == "add" else start * self.amount
        return int(result.to_integral_value(ROUND_HALF_UP)) if whole else float(result)


def kind_of(unit: str) -> Kind:
    """Return how amounts in a unit may be spelled."""
    text = unicodedata.normalize("NFKC", unit).lower().replace("_", ",")
    if text == "fiscal year":
        return "year"
    if re.search(r"\byen\b|円", text.split("/")[0]):
        return "yen"
    if re.search(r"1,?000,?000|\bmillion|\bppm\b", text):
        return "per_million"
    if re.search(r"\b10,?000\b|basis point", text):
        return "per_10k"
    if re.search(r"percent|%|per 100\b", text):
        return "percent"
    if re.search(r"share|fraction|probabilit|proportion|\bratio\b|\brate\b|^coefficient|^1/year$|^per year$", text):
        return "share"
    return "plain"


def is_whole(passport: Passport) -> bool:
    """Return whether the parameter is a whole number: every value of the register is one, and no share."""
    values = [n for v in passport.all_values() for n in (v if isinstance(v, list) else [v])]
    return kind_of(passport.unit) not in ("share", "percent") and all(type(n) is int for n in values)


def type_objection(value: object, passport: Passport) -> str:
    """Return why a value of Python is not of the kind the parameter has, or an empty string."""
    sample = passport.sample()
    if isinstance(sample, list):
        right = isinstance(value, list) and len(value) == len(sample)
        return "" if right and all(_is_number(v) for v in value) else f"{value!r} is no list of {len(sample)} numbers"  # type: ignore[attr-defined]
    if isinstance(sample, bool | str):
        kind = "true or false" if isinstance(sample, bool) else "text"
        return "" if type(value) is type(sample) else f"{value!r} is not {kind}"
    if not _is_number(value):
        return f"{value!r} is not a number"
    whole = not is_whole(passport) or float(value).is_integer()  # type: ignore[arg-type]
    return "" if whole else f"{value!r} is not a whole number, in {passport.unit}"


def _is_number(value: object) -> bool:
    return isinstance(value, numbers.Real) and not isinstance(value, bool) and math.isfinite(value)


def read_amount(text: str, passport: Passport) -> Value:
    """Return a number where only a value can stand, no change; ValueError says what is allowed instead.

    `▲5` and `△5` are below zero, as in the accounts of a municipality.
    """
    kind = kind_of(passport.unit)
    wanted = f"write for example {' or '.join(s for s in examples(passport) if s[0] not in '+x')}"
    try:
        quantity = _number(text, passport)
    except ValueError as error:
        raise ValueError(str(error).partition("; write for example")[0] + f"; {wanted}") from None
    amount = quantity.amount
    if quantity.op == "add" and kind == "yen" and _normal(text).startswith("-"):
        amount = _typed(Quantity("set", quantity.amount, text), passport)
    elif quantity.relative:
        raise ValueError(f"'{text}' is a change of a value; {wanted}")
    assert isinstance(amount, int | float)
    if problem := passport.objection(amount):
        raise ValueError(f"'{text}': {problem} {passport.unit}")
    return amount


def read(text: str, passport: Passport) -> Quantity:
    """Return what the text of a scenario says in the parameter's unit; ValueError says what is allowed instead."""
    sample = passport.sample()
    if isinstance(sample, bool):
        return Quantity("set", _truth(text), text)
    if isinstance(sample, str):
        return Quantity("set", _choice(text, passport), text)
    quantity = _number(text, passport)
    if isinstance(sample, list) and not quantity.relative:
        raise ValueError(f"'{text}' is one number; write a list of {len(sample)} values ({axis_text(passport)})")
    return quantity


def read_yen(text: str) -> int:
    """Return an amount of money as people write it: 380億, 1億2,000万円, 38_000_000_000; ValueError otherwise."""
    shown = _normal(text).removesuffix("円")
    if not re.fullmatch(_SPOKEN, shown):
        raise ValueError(f"'{text}' is no amount of money; write for example 380億円")
    found = _summed(shown)
    if found > _LARGEST or found != found.to_integral_value():
        raise ValueError(f"'{text}' is no amount in whole yen; write for example 380億円")
    return int(found)


def read_list(texts: list[str], passport: Passport) -> Quantity:
    """Return a list value, each element in the parameter's unit."""
    sample = passport.sample()
    if not isinstance(sample, list):
        raise ValueError(f"is a list; write one value, {describe(passport)}")
    if len(texts) != len(sample):
        raise ValueError(f"the list has {len(texts)} values; {len(sample)} are needed ({axis_text(passport)})")
    elements = [_number(t, passport) for t in texts]
    if any(e.relative for e in elements):
        raise ValueError("a list holds values, not changes; write one change for the whole list, for example +10%")
    values: list[float] = [e.amount for e in elements if isinstance(e.amount, int | float)]
    return Quantity("set", values, f"[{', '.join(texts)}]")


def axis_text(passport: Passport) -> str:
    """Return the meaning of the positions of a list in words."""
    return ", ".join(passport.axis) if isinstance(passport.axis, list) else passport.axis or ""


def describe(passport: Passport) -> str:
    """Return unit and allowed values in words: "in yen/year, allowed 0–2,000,000"."""
    allowed = passport.allowed()
    unit = "" if isinstance(passport.sample(), bool | str) else f"in {passport.unit}"
    return ", ".join(part for part in (unit, f"allowed {allowed}" if allowed else "") if part)


_SMALL_CHANGES = ("x1.02", "x0.98", "x1.005", "x0.995")
"""for values that lie near both ends of their range"""


def examples(passport: Passport) -> list[str]:
    """Return spellings the parameter accepts, whichever of its values they start from, for messages and documents."""
    sample = passport.sample()
    if isinstance(sample, bool):
        return ["true", "false"]
    if isinstance(sample, str):
        return [str(c) for c in passport.choices or [sample]]
    if passport.unit == "0/1" and not isinstance(sample, list):
        return ["0", "1"]
    if passport.choices is not None:
        return [str(c) for c in passport.choices]
    return _fitting(_candidates(passport, sample), passport) or _fitting(_small_changes(sample), passport)


def _fitting(candidates: list[str], passport: Passport) -> list[str]:
    """Return those of some spellings that the parameter accepts."""
    return [text for text in candidates if _accepted(text, passport)]


def _small_changes(sample: Value) -> list[str]:
    """Return changes of a list whose values come near both ends of their range."""
    return list(_SMALL_CHANGES) if isinstance(sample, list) else []


def _candidates(passport: Passport, sample: Value) -> list[str]:
    if isinstance(sample, list):
        whole = [f"[{', '.join(f'{v:.10g}' for v in sample)}]"] if len(sample) <= 6 else []
        return [*whole, "x1.2", "x0.9", "x1.05"]
    if passport.range is not None and passport.range[0] < 0:
        return [plain(sample), "x1.2", "x0.9"]
    largest = max((v for v in passport.all_values() if isinstance(v, int | float)), key=abs)
    return _spellings(largest, kind_of(passport.unit), _scale(passport.unit))


def _accepted(text: str, passport: Passport) -> bool:
    """Return whether a spelling is read, and leads from every value of the register to an allowed one."""
    try:
        items = text[1:-1].split(", ") if text.startswith("[") else None
        quantity = read_list(items, passport) if items else read(text, passport)
    except ValueError:
        return False
    return not any(passport.objection(quantity.applied(v, is_whole(passport))) for v in passport.all_values())


def _spellings(sample: float, kind: Kind, scale: int) -> list[str]:
    """Return a value and changes in the spellings of a kind, near a value of the register."""
    if kind == "year":
        return ["R9", "2027"]
    if kind == "yen":
        yen = sample * scale
        spoken = [f"{yen / 10_000:,.10g}万円"] if yen >= 10_000 and yen % 1000 == 0 else []
        return [f"{plain(yen)}円", *spoken, f"+{plain(max(scale, 1000))}円", "+10%"]
    if kind == "plain":
        return [plain(sample), "+10%", "x1.2", "x0.9"]
    return [f"{sample:.10g}", f"{Decimal(repr(sample)) / _POINT[kind]:f}%", "+5pt", "+10%", "-10%"]


def _truth(text: str) -> bool:
    plain_text = _normal(text).lower()
    if plain_text in ("true", "yes", "on", "はい"):
        return True
    if plain_text in ("false", "no", "off", "いいえ"):
        return False
    raise ValueError(f"'{text}' is neither true nor false")


def _choice(text: str, passport: Passport) -> str:
    text = unicodedata.normalize("NFKC", text).strip()
    choices = [str(c) for c in passport.choices or []]
    if not choices or text in choices:
        return text
    raise ValueError(f"'{text}' is not a choice{nearest(text, choices) or '.'} Allowed: {', '.join(choices)}")


def _number(text: str, passport: Passport) -> Quantity:
    """Read a number in any accepted spelling, absolute or relative."""
    shown, kind = _normal(text), kind_of(passport.unit)
    if kind == "year":
        return Quantity("set", _fiscal_year(shown), text)
    if passport.unit == "0/1" and shown not in ("0", "1"):
        return Quantity("set", int(_truth(text)), text)
    spellings: tuple[_Spelling, ...] = (_factor, _points, _percentage, _money, _counted)
    for spelling in spellings:
        if (quantity := spelling(shown, kind, passport)) is not None:
            return Quantity(quantity.op, _typed(quantity, passport), text)
    if re.fullmatch(r"-?" + _NUMBER, shown) and re.search(r"\d", shown):
        return Quantity("set", _typed(Quantity("set", _decimal(shown), text), passport), text)
    if re.fullmatch(r"\+" + _NUMBER, shown) and re.search(r"\d", shown):
        change = {"yen": f"{shown}円", "plain": f"{shown}%"}.get(kind, f"{shown}pt")
        raise ValueError(
            f"'{text}' could be a value or a change; write {shown[1:]} for the value, {change} for a change"
        )
    if re.fullmatch(r"[-+]?[\d,]+(\.\d+)?", shown):
        raise ValueError(f"'{text}': commas separate thousands, as in 650,000")
    raise ValueError(f"'{text}' is not a number; write for example {' or '.join(examples(passport))}")


def _fiscal_year(text: str) -> int:
    """Return a fiscal year in any spelling; 0 stands for none where the register says so."""
    return 0 if text == "0" else fiscal_year(text)


def _normal(text: str) -> str:
    """Return the text in half-width signs, without spaces and digit underscores."""
    half = re.sub(r"\s+", "", unicodedata.normalize("NFKC", text))
    return re.sub(r"(?<=[0-9])_(?=[0-9])", "", re.sub(r"^[▲△−‐‑‒–—―ー]", "-", half))


def _decimal(text: str) -> Decimal:
    """Return a number; ValueError where it has more digits than any quantity of the model."""
    number = Decimal(text.replace(",", ""))
    if number and not -_DIGITS <= number.adjusted() <= _DIGITS:
        raise ValueError(f"'{text}' is too {'large' if number.adjusted() > 0 else 'small'}")
    return number


def _factor(text: str, kind: Kind, passport: Passport) -> Quantity | None:
    match = re.fullmatch(rf"(?:[xX×*]({_NUMBER})|({_NUMBER})倍)", text)
    if not match or not (match[1] or match[2]):
        return None
    return Quantity("times", _decimal(match[1] or match[2]), text)


def _points(text: str, kind: Kind, passport: Passport) -> Quantity | None:
    match = re.fullmatch(rf"([-+])?({_NUMBER})(?:pt|pts|points?|pp|%pt|%ポイント|ポイント)", text, re.IGNORECASE)
    if not match or not match[2]:
        return None
    if kind not in _POINT:
        raise ValueError(
            f"points (pt) are for shares and rates; the unit is {passport.unit}; write for example "
            f"{' or '.join(s for s in examples(passport) if s[0] in '+x')}"
        )
    if not match[1]:
        raise ValueError(f"'{text}': a change needs its sign; write +{text} or -{text}")
    return Quantity("add", _decimal(match[1] + match[2]) * _POINT[kind], text)


def _percentage(text: str, kind: Kind, passport: Passport) -> Quantity | None:
    match = re.fullmatch(rf"([-+])?({_NUMBER})(%|割|パーセント|percent)", text)
    if not match or not match[2]:
        return None
    percent = _decimal((match[1] or "") + match[2]) * (10 if match[3] == "割" else 1)
    if not match[1]:
        if kind not in _POINT:
            raise ValueError(
                f"'{text}': the unit is {passport.unit}, not a percentage; write for example "
                f"{' or '.join(examples(passport))}"
            )
        return Quantity("set", percent * _POINT[kind], text)
    if kind in _POINT and passport.range is not None and passport.range[0] < 0:
        value, factor = plain(float(percent * _POINT[kind])), plain(float(1 + percent / 100))
        raise ValueError(f"'{text}' could be a value or a change; write {value} for the value, x{factor} for a change")
    return Quantity("times", 1 + percent / 100, text)


def _money(text: str, kind: Kind, passport: Passport) -> Quantity | None:
    """Read yen: 円, 千円, 万円, 百万円, 億円, 兆円, and sums such as 1億2,000万円."""
    match = re.fullmatch(r"([-+])?(?:¥|\\)?(.+?)(円|yen|JPY)?", text, re.IGNORECASE)
    if not match:
        return None
    money = match[3] is not None or "¥" in text
    if not (money or re.search("[十百千万億兆]", text)) or not re.fullmatch(_SPOKEN, match[2]):
        return None
    if kind != "yen" and money:
        raise ValueError(
            f"'{text}' is an amount of money; the unit is {passport.unit}; write for example "
            f"{' or '.join(examples(passport))}"
        )
    scale = _scale(passport.unit) if kind == "yen" else 1
    sign = -1 if match[1] == "-" else 1
    return Quantity("add" if match[1] else "set", sign * _summed(match[2]) / scale, text)


def _summed(spoken: str) -> Decimal:
    """Return the number that 1億2,000万 stands for."""
    parts = re.findall(rf"({_NUMBER})({_MYRIAD}|)", spoken)
    return sum((_decimal(n) * math.prod(_MYRIADS[sign] for sign in m) for n, m in parts), Decimal(0))


def _scale(unit: str) -> int:
    """Return the yen in one unit: 1,000 for "thousand yen"."""
    head = unicodedata.normalize("NFKC", unit).lower().replace("_", ",").split("/")[0]
    return next((scale for word, scale in _YEN_SCALE if word in head), 1)


def _counted(text: str, kind: Kind, passport: Passport) -> Quantity | None:
    match = re.fullmatch(rf"(-?{_NUMBER})(\D+)", text)
    if not match or match[2] not in _COUNTERS or not re.search(r"\d", match[1]):
        return None
    if not re.search(_COUNTERS[match[2]], passport.unit.lower()):
        raise ValueError(f"'{text}': the unit is {passport.unit}; write for example {' or '.join(examples(passport))}")
    return Quantity("set", _decimal(match[1]), text)


def _typed(quantity: Quantity, passport: Passport) -> Value | Decimal:
    """Return an absolute amount in the type of the register (int or float); a relative one stays exact."""
    assert isinstance(quantity.amount, Decimal)
    if abs(quantity.amount) > _LARGEST:
        raise ValueError(f"'{quantity.text}' is too large")
    if quantity.relative:
        return quantity.amount
    if is_whole(passport):
        if quantity.amount != quantity.amount.to_integral_value():
            raise ValueError(
                f"'{quantity.text}' makes {plain(float(quantity.amount))} {passport.unit}; a whole number is needed"
            )
        return int(quantity.amount)
    return float(quantity.amount)
