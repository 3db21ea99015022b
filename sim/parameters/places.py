"""Which municipality is meant: the one look-up of every door (files, command line, functions, page).

Understood are the name in Japanese or Romaji with or without 区, 市, 町, 村 (ku, shi, machi, mura), after the name
of the prefecture or not, in full-width or decomposed letters; the code of five digits, and that of six with its check
digit.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Iterable, Mapping

import pandas as pd

from sim.core.errors import InputError, nearest
from sim.parameters.loader import Parameters
from sim.parameters.regions import Kind

_PREFECTURES = 1000
"""codes of municipalities in a prefecture, whose own code ends the series of the one before (JIS X 0401, 0402)"""
_KIND = {"区": "ku|ward|city", "市": "shi|city", "町": "machi|cho|town", "村": "mura|son|village"}
_SAME = str.maketrans({"ヶ": "ケ", "ヵ": "カ", "檜": "桧", "ノ": "の"})
"""letters of which both are written in names of places"""


def is_prefecture(code: int) -> bool:
    """Return whether a code is that of a prefecture as a whole, beside those of its municipalities in tables."""
    return code % _PREFECTURES == 0


def prefectural(codes: pd.Series) -> pd.Series:
    """Return bool[rows]: whether the codes of a table are of the prefecture as a whole."""
    return codes % _PREFECTURES == 0


def prefecture_of(code: int) -> int:
    """Return the code of the prefecture as a whole to which a municipality belongs."""
    return code - code % _PREFECTURES


def kinds_of(parameters: Parameters, kinds: Mapping[str, Kind]) -> dict[int, str]:
    """Return the kind of each municipality by its code, in index order; "" where its type belongs to none."""
    of_type = {each: name for name, kind in kinds.items() for each in kind.types}
    t = parameters.table("places.municipalities")
    return {int(code): of_type.get(str(each), "") for code, each in zip(t["code"], t["type"], strict=True)}


def place_code(text: object, parameters: Parameters, door: str = "") -> int:
    """Return the code of the municipality meant; InputError says what is wrong, after the name of the door."""
    code, problem = find_place(text, parameters)
    if code is None:
        raise InputError(f"{door}: {problem}" if door else problem)
    return code


def place_name(text: object, parameters: Parameters, door: str = "") -> str:
    """Return the Japanese name of the municipality meant."""
    return parameters.places()[place_code(text, parameters, door)][0]


def find_place(text: object, parameters: Parameters) -> tuple[int | None, str]:
    """Return the code of the municipality meant, or None and what is wrong: unknown, or more than one."""
    if isinstance(text, bool) or not isinstance(text, str | int):
        return None, f"'{text}' is no municipality; write {spellings(parameters)}"
    word, places = _plain(str(text)), parameters.places()
    if re.fullmatch(r"[0-9]{5,6}", word):
        return _by_code(word, places, parameters)
    spelled = _spellings(tuple(places.items()))
    word = next((w for w in (word, *_alone(word, parameters)) if w in spelled), word)
    found = spelled.get(word, ())
    if len(found) == 1:
        return found[0], ""
    if found:
        return None, f"'{text}' may be {_either(found, places)}; write which"
    return None, f"no municipality '{text}' in {where(parameters)}{_guess(word, places, spellings(parameters))}"


def spellings(parameters: Parameters) -> str:
    """Return how a municipality may be written, by the region's example: in Japanese, in Romaji, by code."""
    places = parameters.places()
    code = parameters.own.example if parameters.own else next(iter(places))
    return f"{places[code][0]}, {places[code][1]} or {code}"


def check_digit(code: int) -> int:
    """Return the sixth digit of a municipality's code (JIS X 0401, 0402)."""
    weighted = sum(int(d) * w for d, w in zip(f"{code:05d}", range(6, 1, -1), strict=True))
    return (11 - weighted % 11) % 10


def _by_code(word: str, places: dict[int, tuple[str, str]], p: Parameters) -> tuple[int | None, str]:
    code = int(word[:5])
    if code not in places:
        return None, f"no municipality of {where(p)} has the code {word}; write {spellings(p)}"
    if len(word) == 6 and int(word[5]) != check_digit(code):
        right = f"{code} or {code}{check_digit(code)}"
        return None, f"the check digit of {word} is wrong; {places[code][0]} is {right}"
    return code, ""


def _plain(text: str) -> str:
    """Return a name as it is compared: half-width, lower case, without marks, spaces, hyphens and variants."""
    decomposed = unicodedata.normalize("NFKD", text)
    marks = "[\u0300-\u036f\ufe00-\ufe0f\U000e0100-\U000e01ef]"  # macrons, and selectors of a variant of a character
    word = unicodedata.normalize("NFKC", re.sub(marks, "", decomposed)).casefold()
    return re.sub(r"[\s'’‐-―−_.,-]", "", word).translate(_SAME)


def _alone(word: str, parameters: Parameters) -> list[str]:
    """Return what may be left of a name written after that of the prefecture, with or without 都, 道, 府 or 県."""
    if parameters.own is None:
        return []
    whole = _plain(parameters.own.ja)
    return [word.removeprefix(before) for before in (whole, whole[:-1]) if word.startswith(before) and word != before]


def where(parameters: Parameters) -> str:
    """Return the name of the region, for messages."""
    return parameters.own.en if parameters.own else "the register"


@functools.lru_cache(maxsize=4)
def _spellings(places: tuple[tuple[int, tuple[str, str]], ...]) -> dict[str, tuple[int, ...]]:
    """Return every spelling with the codes it may mean; a full name comes before another's shortened one."""
    full: dict[str, set[int]] = {}
    short: dict[str, set[int]] = {}
    for code, (ja, en) in places:
        kind = _KIND.get(ja[-1], "")
        stem = re.sub(rf"-(?:{kind})$", "", en, flags=re.IGNORECASE) if kind else en
        full.setdefault(_plain(ja), set()).add(code)
        for ending in kind.split("|"):
            full.setdefault(_plain(stem + ending), set()).add(code)
        for text in (ja[:-1] if kind else ja, en, stem):
            short.setdefault(_plain(text), set()).add(code)
    return {word: tuple(sorted(full.get(word) or short[word])) for word in {**full, **short}}


def _either(codes: Iterable[int], places: dict[int, tuple[str, str]]) -> str:
    return " or ".join(f"{places[c][0]} ({c})" for c in codes)


def _guess(word: str, places: dict[int, tuple[str, str]], example: str) -> str:
    """Return "; did you mean …?" with all names that hold the word, else the nearest one, else examples."""
    spelled = _spellings(tuple(places.items()))
    holding = sorted({c for s, codes in spelled.items() if len(word) > 1 and word in s for c in codes})
    if 1 < len(holding) <= 4:
        return f"; did you mean {_either(holding, places)}?"
    close = nearest(word, spelled).partition("'")[2].partition("'")[0]
    if not close:
        return f"; write {example}"
    japanese = not close.isascii()
    return f"; did you mean '{places[spelled[close][0]][0 if japanese else 1]}'?"
