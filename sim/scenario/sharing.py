"""A scenario on its way to somebody else: one file that holds all it says, a text short enough for an address.

`self_contained` writes what a scenario and its bases say into one file, so that it means the same where the bases are
not at hand. `packed` and `unpacked` turn a file into letters an address can carry and back, within limits. `looked_at`
reads what somebody sent: it is checked as any scenario is, may name scenarios and regions only by name (a path would
let a stranger's file open others on this machine), and is kept with `save`, whole or not at all.
"""

from __future__ import annotations

import base64
import binascii
import json
import os
import re
import tempfile
import zlib
from collections.abc import Iterable
from collections.abc import Mapping as Given
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from sim.core.errors import InputError, KokuhoError, ParameterError
from sim.core.units import era
from sim.parameters import Parameters
from sim.parameters.loader import OverrideKey
from sim.parameters.names import name_objection, same_name
from sim.parameters.schema import Value
from sim.parameters.shipped import scenarios as shipped
from sim.scenario.document import Mapping, Mistakes, Place, Text, read_document, shown
from sim.scenario.file import FIRST, LAST, Change
from sim.scenario.scenario import REACH, Scenario, parse_scenario

LARGEST = 100_000
"""bytes of a file that is sent or taken in"""
LONGEST = 6_000
"""letters of an address; programs for mail and chat cut longer ones"""
_PLAIN = re.compile(r"[A-Za-z0-9_+%][A-Za-z0-9_.+%/,-]*")
"""texts that need no quotes in YAML"""
_WORDS = ("null", "true", "false", "yes", "no", "on", "off", "~")


# one file


def self_contained(scenario: Scenario, text: str, p: Parameters) -> str:
    """Return a scenario as one file that needs no other but the baseline everybody has.

    text  of its own file; it is the answer, comments and all, where its bases say nothing
    Raises InputError where one file cannot say the same.
    """
    if text and not any(scenario.layers[:-1]):
        return text
    composed = "".join(f"{line}\n" for line in _lines(scenario, p))
    _same(scenario, parse_scenario(composed, Path("scenarios") / f"{scenario.name}.yaml", p), p)
    return composed


def _same(scenario: Scenario, again: Scenario, p: Parameters) -> None:
    """Refuse what one file says otherwise than the scenario with its bases."""
    register = p.register()
    before, after = (register.with_overrides(s.overrides(register)) for s in (scenario, again))
    codes = {c for v in (before, after) for _, _, c in v.overrides}
    for key in {key for v in (before, after) for key, _, _ in v.overrides}:
        for year in range(FIRST, LAST + 1):
            if any(_known(before, key, year, c) not in (None, _known(after, key, year, c)) for c in codes):
                raise InputError(f"{scenario.name}: one file cannot say {key} of {era(year)} as its bases do")


def _known(p: Parameters, key: str, year: int, code: int | None) -> Value | None:
    try:
        return p.value(key, year, code)
    except ParameterError:
        return None


def _lines(s: Scenario, p: Parameters) -> Iterable[str]:
    yield f"# {' + '.join(s.chain)}"
    yield f"name: {_quoted(s.name)}"
    for name in ("title", "description", "expectation"):
        if given := {lang: t for lang, t in getattr(s, name) if t}:
            yield f"{name}: {{{', '.join(f'{lang}: {_always(t)}' for lang, t in given.items())}}}"
    if s.source:
        yield f"source: {_quoted(s.source)}"
    if s.region:
        yield f"region: {_quoted(s.region)}"
    plain = Scenario(name=s.name)
    if s.horizon != plain.horizon:
        yield f"horizon: {{from: {era(s.horizon.first)}, to: {era(s.horizon.last)}}}"
    if s.population != plain.population:
        yield f"population: {{sample: {s.population.sample}}}"
    yield from (f"{n}: {getattr(s, n)}" for n in ("seed", "replicates") if getattr(s, n) != getattr(plain, n))
    if s.outputs:
        yield f"# outputs left out: {', '.join(o.name for o in s.outputs)}"
    yield from _sections(s, p)


def _sections(s: Scenario, p: Parameters) -> Iterable[str]:
    """Yield the changes by section: as written where one file alone moves a key, else the values that come out."""
    values = s.overrides(p.register())
    by_key: dict[str, list[list[Change]]] = {}
    for layer in s.layers:
        for key in dict.fromkeys(c.key for c in layer):
            by_key.setdefault(key, []).append([c for c in layer if c.key == key])
    names = {code: names[0] for code, names in p.places().items()}
    for section in dict.fromkeys(p.section(key) for key in by_key):
        yield f"{section}:"
        for key in (key for key in by_key if p.section(key) == section):
            layers = by_key[key]
            alone = len(layers) == 1 and all(_writes_itself(c) for c in layers[0])
            yield f"  {key}: {_as_written(layers[0], names) if alone else _as_values(key, values, names)}"


def _writes_itself(c: Change) -> bool:
    """Tell whether the text of a change means the same under its key: no list, no word of a plan's block."""
    return not isinstance(c.quantity.amount, list) and not c.quantity.text.isalpha()


def _as_written(changes: list[Change], names: Given[int, str]) -> str:
    """Return the changes of one key as the file wrote them."""
    whole: dict[str, str] = {}
    places: dict[str, dict[str, str]] = {}
    for c in changes:
        inner = whole if c.code is None else places.setdefault(names[c.code], {})
        inner["all" if c.year is None else era(c.year)] = _quoted(c.quantity.text)
    return _entry(whole, places)


def _as_values(key: str, values: Given[OverrideKey, Value], names: Given[int, str]) -> str:
    """Return the values of one key by year, each from the year it begins to hold."""
    codes = sorted({c for k, _, c in values if k == key and c is not None})
    by = {c: {y: v for (k, y, code), v in values.items() if (k, code) == (key, c) and y} for c in (None, *codes)}
    whole = _steps(by[None])
    places = {names[c]: _steps({y: v for y, v in by[c].items() if y >= FIRST}) for c in codes}
    return _entry(whole, places)


def _steps(years: Given[int, Value]) -> dict[str, str]:
    """Return the years in which a value changes; one that holds from the first year of all stands under `all`."""
    found: dict[str, str] = {}
    last: Value | None = None
    for year in sorted(years):
        if year == REACH.start or (year >= FIRST and (years[year] != last or not found)):
            found["all" if year == REACH.start else era(year)] = _value(years[year])
            last = years[year]
    return found


def _entry(whole: Given[str, str], places: Given[str, Given[str, str]]) -> str:
    """Return what stands behind a key: a value, or values by year and municipality."""
    if not places and [*whole] == ["all"]:
        return whole["all"]
    parts = [f"{year}: {v}" for year, v in whole.items()]
    for name, own in places.items():
        inner = own["all"] if [*own] == ["all"] else f"{{{', '.join(f'{y}: {v}' for y, v in own.items())}}}"
        parts.append(f"{_quoted(name)}: {inner}")
    return f"{{{', '.join(parts)}}}"


def _value(value: Value) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return f"[{', '.join(_value(v) for v in value)}]"
    if isinstance(value, float):
        return format(Decimal(repr(value)), "f")
    return _quoted(str(value))


def _quoted(text: str) -> str:
    """Return a text as YAML takes it, in quotes where it needs them."""
    plain = (_PLAIN.fullmatch(text) and text.lower() not in _WORDS) or re.fullmatch(r"-?[0-9.]+%?", text)
    return text if plain or (text.isalpha() and not text.isascii()) else _always(text)


def _always(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


# an address


def packed(text: str) -> str | None:
    """Return a file as letters for an address; None where it is too long for one."""
    letters = base64.urlsafe_b64encode(zlib.compress(text.encode(), 9)).decode().rstrip("=")
    return letters if len(letters) <= LONGEST and len(text.encode()) <= LARGEST else None


def unpacked(letters: str) -> str:
    """Return the file an address carries; InputError for one that is damaged or too long."""
    if len(letters) > LONGEST:
        raise InputError(f"the link has more than {LONGEST:,} letters; send the file instead")
    try:
        raw = base64.b64decode(letters + "=" * (-len(letters) % 4), altchars=b"-_", validate=True)
        opened = zlib.decompressobj()
        content = opened.decompress(raw, LARGEST + 1)
        text = content.decode()
    except (binascii.Error, ValueError, zlib.error):
        raise InputError("the link is damaged or was cut off; ask for it again, or for the file") from None
    if len(content) > LARGEST:
        raise InputError(f"the link holds more than {LARGEST:,} bytes; no scenario is that long")
    if not opened.eof or opened.unused_data:
        raise InputError("the link is damaged or was cut off; ask for it again, or for the file")
    return text


# what somebody sent


@dataclass(frozen=True)
class Mistake:
    """What is wrong with a file: line and column count from 1, 0 speaks of the whole file."""

    file: str
    line: int
    column: int
    text: str


@dataclass(frozen=True)
class Received:
    """A file somebody sent: its scenario, or every mistake in it."""

    text: str
    name: str
    scenario: Scenario | None
    mistakes: tuple[Mistake, ...] = ()


def looked_at(content: bytes | str, file: str = "") -> Received:
    """Return a file somebody sent, checked, with nothing written; `file` is what mistakes call it."""
    if len(content) > LARGEST:
        return _wrong("", file, f"has more than {LARGEST:,} bytes; no scenario is that long")
    try:
        text = content if isinstance(content, str) else content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        wrong = f"not UTF-8 (byte {error.start}); save the file as UTF-8, not as Shift_JIS"  # as for a file on disk
        return _wrong("", file, wrong)
    found = Mistakes()
    root = read_document(text, file or "?", found)
    name = _said(root, "name").text.strip()
    for key in ("extends", "region"):
        said = _said(root, key)
        if _is_path(said.text):
            found.add(said.place, f"{key}: '{said.text}' is a path; a file that was sent may give a name only")
    if found:
        return Received(text, name, None, tuple(_split(line, file) for line in found.lines()))
    return _read(text, name, file)


def _said(root: Mapping | None, key: str) -> Text:
    """Return what a file says of a key, an empty text where it says nothing or no text."""
    entry = root.entries.get(key) if root is not None else None
    return entry[1] if entry is not None and isinstance(entry[1], Text) else Text("", Place(""))


def _read(text: str, name: str, file: str) -> Received:
    """Return a file that opens no other path, read as a scenario among those of this machine."""
    path = place_of(name if name and not name_objection(name) else "scenario")
    try:
        return Received(text, name, parse_scenario(text, path))
    except KokuhoError as error:
        lines = (line.replace(shown(path), file or path.name, 1) for line in str(error).splitlines())
        return Received(text, name, None, tuple(_split(line, file) for line in lines))


def _wrong(text: str, file: str, problem: str) -> Received:
    return Received(text, "", None, (Mistake(file, 0, 0, problem),))


def _split(line: str, file: str) -> Mistake:
    """Return a message as file, line, column and what is wrong."""
    found = re.fullmatch(r"(.*?\.ya?ml|\?|[^:]*):(?:(\d+):(\d+):)? ?(.*)", line, re.DOTALL)
    if found is None:
        return Mistake(file, 0, 0, line)
    where, row, column, text = found.groups()
    return Mistake(file or where, int(row or 0), int(column or 0), text)


def _is_path(text: str) -> bool:
    return bool(re.search(r"[/\\]|\.ya?ml$|^\.|^[A-Za-z]:", text.strip()))


def place_of(name: str) -> Path:
    """Return the file a scenario that was taken in is kept in."""
    return Path("scenarios") / f"{name}.yaml"


def taken(name: str) -> bool:
    """Tell whether a scenario of that name is at hand already, written in whichever letters."""
    return any(
        same_name(p.stem.lower(), name.lower()) for f in (Path("scenarios"), shipped()) for p in f.glob("*.yaml")
    )


def ours(name: str) -> bool:
    """Tell whether a name is that of a scenario that comes with the model, which is never written over."""
    return any(same_name(p.stem.lower(), name.lower()) for p in shipped().glob("*.yaml"))


def free(name: str) -> str:
    """Return a name like the one given that nobody has."""
    number = 2
    while taken(f"{name}_{number}"):
        number += 1
    return f"{name}_{number}"


def renamed(text: str, name: str) -> str:
    """Return a file with another name in it, and nothing else changed."""
    root = read_document(text, "?", Mistakes())
    entry = root.entries.get("name") if root is not None else None
    if entry is None:
        raise InputError("the file has no line 'name: …'")
    lines = text.splitlines(keepends=True)
    row = entry[1].place.line - 1
    end = "\r\n" if lines[row].endswith("\r\n") else "\n"
    lines[row] = f"name: {_quoted(name)}{end}"
    return "".join(lines)


def save(received: Received, replace: bool = False) -> Path:
    """Write a checked file among the scenarios, whole or not at all; return where.

    replace  write over a scenario of the same name, which must not be one that comes with the model
    Raises InputError for a name that is taken, and for a file with mistakes.
    """
    if received.scenario is None:
        raise InputError("a scenario with mistakes is not kept")
    name = received.scenario.name
    if ours(name) or (taken(name) and not replace):
        raise InputError(f"there is a scenario '{name}' already")
    path = place_of(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, fresh = tempfile.mkstemp(prefix=".", suffix=".part", dir=path.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as stream:
            stream.write(received.text)
        os.chmod(fresh, 0o644)
        os.replace(fresh, path)
    except OSError:
        Path(fresh).unlink(missing_ok=True)
        raise
    return path
