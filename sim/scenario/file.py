"""One scenario file, read and checked: what it says, and every mistake in it with line and column."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from sim.core.errors import ParameterError, nearest
from sim.core.units import era, fiscal_year
from sim.parameters import regions
from sim.parameters.files import SECTIONS
from sim.parameters.loader import Parameters
from sim.parameters.names import name_objection, same_name
from sim.parameters.places import find_place, spellings, where
from sim.parameters.schema import Passport, plain
from sim.parameters.shipped import located, scenarios
from sim.scenario.document import (
    Item,
    List,
    Mapping,
    Mistakes,
    Place,
    Text,
    plain_word,
    read_document,
    read_file,
    shown,
    told,
)
from sim.scenario.outputs import HELP, Output, read_outputs
from sim.scenario.plan_block import read_plan
from sim.scenario.quantities import Quantity, describe, examples, read, read_list
from sim.scenario.years import FIRST, LAST

__all__ = ["FIRST", "LAST", "PAST", "Change", "Sheet", "find", "find_place", "known_names", "read_sheets"]

PAST = 2025
"""Last fiscal year that was over when the register was compiled: what is published of it has happened."""

FIELDS = {
    "name": "the file name without .yaml",
    "extends": "the scenario this one differs from",
    "region": "a region (kokuho regions), or the path of its folder",
    "title": "a short name for people, {ja: …, en: …}",
    "description": "{ja: …, en: …}",
    "expectation": "what should happen and why, {ja: …, en: …}",
    "source": "where the policy is proposed or decided",
    "horizon": "{from: R4, to: R11}",
    "population": "{sample: 1}",
    "seed": "a whole number",
    "replicates": "a whole number",
    "outputs": HELP,
    "rates_plan": "{municipality: …, R9: {medical: {income: 8.2%, per_head: 48_000}}}",
    "policy": "keys of the register and their values",
    "behaviour": "keys of the register and their values",
    "law": "keys of the register and their values",
}
"""Top-level keys with what they hold."""

_INNER = {"horizon": ("from", "to"), "population": ("sample",), "description": ("ja", "en")}

_LONGEST_CHAIN = 50
_ALL = ("all", "全域", "全市区町村")


@dataclass(frozen=True)
class Change:
    """One value of a scenario: for a key, from a fiscal year on (None: every year), in a municipality (None: all)."""

    key: str
    section: str
    year: int | None
    code: int | None
    quantity: Quantity
    place: Place


@dataclass
class Sheet:
    """What one file says; None where it says nothing."""

    file: str
    name: str | None = None
    extends: str | None = None
    region: str | None = None
    source: str | None = None
    title: dict[str, str] = field(default_factory=dict)
    description: dict[str, str] = field(default_factory=dict)
    expectation: dict[str, str] = field(default_factory=dict)
    first: int | None = None
    first_place: Place | None = None
    last: int | None = None
    last_place: Place | None = None
    sample: int | None = None
    seed: int | None = None
    replicates: int | None = None
    outputs: tuple[Output, ...] = ()
    changes: list[Change] = field(default_factory=list)


def folders(beside: Path | None = None) -> list[Path]:
    """Return where scenarios are looked for by name, nearest first."""
    near = [beside, beside / "scenarios"] if beside else []
    return [*near, Path("scenarios"), scenarios()]


def known_names(beside: Path | None = None) -> list[str]:
    """Return the names of all scenarios that can be found."""
    return sorted({p.stem for f in folders(beside) for p in _yaml_files(f)})


def _yaml_files(folder: Path) -> list[Path]:
    try:
        return sorted(folder.glob("[!.]*.yaml"))
    except OSError:
        return []


def _named(name: str, folder: Path) -> Path | None:
    """Return the file of a scenario in a folder, its name written in composed or decomposed letters."""
    if name_objection(name):
        return None
    exact = folder / f"{name}.yaml"
    if exact.is_file() or name.isascii():
        return exact if exact.is_file() else None
    return next((p for p in _yaml_files(folder) if same_name(p.stem, name)), None)


def find(path_or_name: str | Path, mistakes: Mistakes) -> Path | None:
    """Return the file of a path or name, or None with the reason among the mistakes."""
    text = str(path_or_name)
    path = located(text)
    if _is_name(text):
        for folder in folders():
            if found := _named(text, folder):
                return found
        names = known_names()
        mistakes.add(
            Place(text),
            f"no such scenario{nearest(text, names) or '.'} "
            f"There are: {', '.join(names) or 'none'}; or give the path of a file",
        )
        return None
    with told(path, mistakes, "scenario"):
        if path.is_dir():
            mistakes.add(Place(shown(path)), "is a folder; give the scenario file in it")
        elif not path.exists():
            mistakes.add(Place(shown(path)), f"no such file{_nearest_file(path)}")
        else:
            return path
    return None


def read_sheets(path: Path, text: str | None, parameters: Parameters, mistakes: Mistakes) -> list[Sheet]:
    """Return a scenario file and all its bases, base first; mistakes of every file are collected."""
    return _chain(path, text, parameters, mistakes, trail=[])


def region_of(path: Path, text: str | None = None) -> str | None:
    """Return the region a scenario file or the nearest of its bases names; None where none does, or wrongly so."""
    silent, seen = Mistakes(), list[Path]()
    while path.resolve() not in seen and len(seen) <= _LONGEST_CHAIN:
        seen.append(path.resolve())
        content = read_file(path, silent) if text is None else text
        root = read_document(content, shown(path), silent) if content is not None else None
        named, extends = ((root.entries.get(key) if root else None) for key in ("region", "extends"))
        if named and isinstance(named[1], Text) and named[1].text:
            with suppress(ParameterError):
                return regions.read(_beside(named[1].text, path)).name
            return None
        if extends is None or not isinstance(extends[1], Text):
            return None
        base = _base(extends[1].text, path, extends[1].place, silent)
        if base is None:
            return None
        path, text = base, None
    return None


def _beside(region: str, path: Path) -> str | Path:
    """Return a region as a scenario file means it: a name, or a folder seen from the file."""
    folder = path.parent / region
    return folder if region not in regions.names() and (folder / regions.FILE).is_file() else region


def _chain(path: Path, text: str | None, p: Parameters, mistakes: Mistakes, trail: list[Path]) -> list[Sheet]:
    content = read_file(path, mistakes) if text is None else text
    root = read_document(content, shown(path), mistakes) if content is not None else None
    if root is None:
        return []
    sheet = Sheet(file=shown(path))
    _Reader(sheet, path, p, mistakes).read(root)
    bases: list[Sheet] = []
    if sheet.extends:
        entry = root.entries["extends"][1]
        base = _base(sheet.extends, path, entry.place, mistakes)
        here = [*trail, path.resolve()]
        if len(here) > _LONGEST_CHAIN:
            mistakes.add(
                entry.place, f"extends: a chain of more than {_LONGEST_CHAIN} scenarios; write one of them whole"
            )
            return [sheet]
        if base and base.resolve() in here:
            circle = " → ".join([*(x.stem for x in here[here.index(base.resolve()) :]), base.stem])
            mistakes.add(entry.place, f"extends goes round in a circle: {circle}")
        elif base:
            bases = _chain(base, None, p, mistakes, here)
    return [*bases, sheet]


def _base(wanted: str, path: Path, place: Place, mistakes: Mistakes) -> Path | None:
    """Return the file meant by `extends`: a name beside the file or in scenarios/, or a path."""
    candidates: list[Path] = []
    if _is_name(wanted):
        candidates = [found for f in folders(path.parent) if (found := _named(wanted, f))]
    else:
        with told(Path(wanted), Mistakes(), "scenario"):
            candidates = [c for c in (path.parent / wanted, Path(wanted)) if c.is_file()]
    if candidates:
        return candidates[0]
    names = [n for n in known_names(path.parent) if n != path.stem]
    mistakes.add(
        place, f"extends: no scenario '{wanted}'{nearest(wanted, names) or '.'} There are: {', '.join(names) or 'none'}"
    )
    return None


def _is_name(text: str) -> bool:
    return not text.endswith((".yaml", ".yml")) and "/" not in text and "\\" not in text


def _nearest_file(path: Path) -> str:
    files = [shown(f) for f in sorted(path.parent.glob("*.yaml"))] if path.parent.is_dir() else []
    return nearest(shown(path), files) or "; kokuho new NAME --from baseline starts one"


@dataclass
class _Reader:
    """Fills a sheet from the tree of a file."""

    sheet: Sheet
    path: Path
    p: Parameters
    mistakes: Mistakes

    def read(self, root: Mapping) -> None:
        for name, (key, item) in root.entries.items():
            if name not in FIELDS:
                self._unknown_field(key)
            elif name in SECTIONS:
                self._section(name, item)
            elif isinstance(item, Text) and item.empty and name not in ("name", "horizon", "population"):
                self.mistakes.add(item.place, f"{name} has no value; write {FIELDS[name]}, or delete the line")
            else:
                getattr(self, f"_{name}")(item)
        self._said_twice()
        if "name" not in root.entries:
            self.mistakes.add(root.place, f"name is missing; write 'name: {self.path.stem}'")

    def _said_twice(self) -> None:
        """Note rates that stand in the block of a plan and under policy as well."""
        seen: dict[tuple[str, int | None, int | None], Place] = {}
        for c in self.sheet.changes:
            first = seen.setdefault((c.key, c.year, c.code), c.place)
            if first is not c.place:
                self.mistakes.add(c.place, f"{c.section}.{c.key}: is said on line {first.line} already; keep one")

    def _unknown_field(self, key: Text) -> None:
        name = key.text
        if name in self.p.passports:
            hint = f"; it is a parameter, write it under '{self.p.section(name)}:', two spaces in."
        elif name == "<<":
            hint = "; use extends to take over another scenario."
        else:
            home = next((field for field, names in _INNER.items() if name in names), None)
            hint = f"; it stands inside {home}: {FIELDS[home]}." if home else nearest(name, FIELDS) or "."
        self.mistakes.add(key.place, f"unknown key '{name}'{hint} Allowed here: {', '.join(FIELDS)}")

    def _name(self, item: Item) -> None:
        self.sheet.name = self._text("name", item)
        if self.sheet.name is None:
            return
        self.sheet.name = unicodedata.normalize("NFC", self.sheet.name)
        if problem := name_objection(self.sheet.name):
            self.mistakes.add(item.place, f"name: '{self.sheet.name}' {problem}, and rename the file with it")
        elif not same_name(self.sheet.name, self.path.stem):
            self.mistakes.add(
                item.place,
                f"name: '{self.sheet.name}' is not the file name; write 'name: {self.path.stem}' "
                f"or rename the file to {self.sheet.name}.yaml",
            )

    def _extends(self, item: Item) -> None:
        self.sheet.extends = self._text("extends", item)

    def _region(self, item: Item) -> None:
        written = self._text("region", item)
        try:
            self.sheet.region = written and regions.read(_beside(written, self.path)).name
        except ParameterError as error:
            self.mistakes.add(item.place, f"region: {error}")

    def _source(self, item: Item) -> None:
        self.sheet.source = self._text("source", item)

    def _title(self, item: Item) -> None:
        self.sheet.title = self._two_languages("title", item)

    def _description(self, item: Item) -> None:
        self.sheet.description = self._two_languages("description", item)

    def _expectation(self, item: Item) -> None:
        self.sheet.expectation = self._two_languages("expectation", item)

    def _two_languages(self, name: str, item: Item) -> dict[str, str]:
        if isinstance(item, Text):
            return {"ja": item.text, "en": item.text}
        out = {}
        for lang, value in self._inner(name, item, _INNER["description"]):
            if (text := self._text(f"{name}.{lang}", value)) is not None:
                out[lang] = text
        return out

    def _horizon(self, item: Item) -> None:
        for end, value in self._inner("horizon", item, _INNER["horizon"]):
            year = self._year(f"horizon.{end}", value)
            if end == "from":
                self.sheet.first, self.sheet.first_place = year, value.place
                if year is not None and year != FIRST:
                    self.mistakes.add(
                        value.place,
                        f"horizon.from: a run starts in {era(FIRST)} ({FIRST}), where the "
                        "population of the model stands; leave it out or write R4",
                    )
            else:
                self.sheet.last, self.sheet.last_place = year, value.place

    def _population(self, item: Item) -> None:
        for _, value in self._inner("population", item, _INNER["population"]):
            meaning = "1 = the full population, 100 = one household in a hundred"
            self.sheet.sample = self._whole("population.sample", value, 1, 100_000, meaning)

    def _seed(self, item: Item) -> None:
        self.sheet.seed = self._whole(
            "seed", item, 0, 2**63 - 1, "any whole number; it fixes the random draws of the run"
        )

    def _replicates(self, item: Item) -> None:
        self.sheet.replicates = self._whole("replicates", item, 1, 10_000, "how often the run is repeated")

    def _outputs(self, item: Item) -> None:
        self.sheet.outputs = read_outputs(item, self.p, self.mistakes)

    def _rates_plan(self, item: Item) -> None:
        for line in read_plan(item, self.p, FIRST, LAST, self.mistakes):
            self.sheet.changes.append(Change(line.key, "policy", line.year, line.code, line.quantity, line.place))

    def _inner(self, name: str, item: Item, allowed: tuple[str, ...]) -> Iterable[tuple[str, Item]]:
        if not isinstance(item, Mapping):
            self.mistakes.add(item.place, f"{name}: write {FIELDS[name]}")
            return []
        for key, _ in item.entries.values():
            if key.text not in allowed:
                self.mistakes.add(
                    key.place,
                    f"{name}: unknown key '{key.text}'{nearest(key.text, allowed) or '.'} "
                    f"Allowed here: {', '.join(allowed)}",
                )
        return [(k.text, v) for k, v in item.entries.values() if k.text in allowed]

    def _text(self, name: str, item: Item) -> str | None:
        if isinstance(item, Text) and not item.empty:
            return item.text
        self.mistakes.add(item.place, f"{name}: write one text")
        return None

    def _whole(self, name: str, item: Item, low: int, high: int, meaning: str) -> int | None:
        text = plain_word(item.text) if isinstance(item, Text) else ""
        plain_number = isinstance(item, Text) and not item.quoted and re.fullmatch(r"-?[0-9]+(_[0-9]+)*", text)
        number = (int(text) if len(text) < 30 else high + 1) if plain_number else low - 1
        if low <= number <= high:
            return number
        if not text:
            problem = f"write one whole number of {plain(low)} or more"
        elif isinstance(item, Text) and item.quoted:
            problem = f"'{text}' is in quotes and so a text; write a whole number without quotes"
        elif number > high:
            problem = f"'{text}' is more than {plain(high)}"
        else:
            problem = f"'{text}' is not a whole number of {plain(low)} or more"
        self.mistakes.add(item.place, f"{name}: {problem} ({meaning})")
        return None

    def _year(self, name: str, item: Item) -> int | None:
        if not isinstance(item, Text):
            self.mistakes.add(item.place, f"{name}: write one fiscal year, for example R11")
            return None
        try:
            year = fiscal_year(item.text)
        except ValueError as error:
            self.mistakes.add(item.place, f"{name}: {error}")
            return None
        return year if self._allowed_year(name, year, item) else None

    def _allowed_year(self, name: str, year: int, item: Text) -> bool:
        if FIRST <= year <= LAST:
            return True
        self.mistakes.add(
            item.place,
            f"{name}: {item.text} is outside the years of the model, {era(FIRST)}–{era(LAST)} ({FIRST}–{LAST})",
        )
        return False

    def _section(self, section: str, item: Item) -> None:
        if isinstance(item, Text) and item.empty:
            return
        if not isinstance(item, Mapping):
            self.mistakes.add(item.place, f"{section}: write lines of 'key: value', two spaces in")
            return
        for key, value in item.entries.values():
            if self._known(section, key, value):
                self._changes(section, key, value)

    def _known(self, section: str, key: Text, value: Item) -> bool:
        name = key.text
        if name not in self.p.passports:
            self.mistakes.add(key.place, f"{section}.{name}: no parameter '{name}'{self._suggest(name, value)}")
            return False
        home = self.p.section(name)
        if section not in (home, "policy"):
            self.mistakes.add(key.place, f"{section}.{name}: belongs to {home}; move the line under '{home}:'")
            return False
        return True

    def _suggest(self, name: str, value: Item) -> str:
        domain = name.partition(".")[0]
        members = sorted(k for k in self.p.passports if k.startswith(f"{domain}."))
        if members and isinstance(value, Mapping) and "." not in name:
            inner = next(iter(value.entries), "…")
            return f"; write the whole key on one line: '{domain}.{inner}: …'"
        if tail := [k for k in self.p.passports if k.partition(".")[2] == name.rpartition(".")[2]]:
            return f"; did you mean '{tail[0]}'?"
        if hint := nearest(name, self.p.passports):
            return hint
        domains = sorted({k.partition(".")[0] for k in self.p.passports})
        return f"; list them with: kokuho sources {domain}" if members else f"; keys begin with {', '.join(domains)}"

    def _changes(self, section: str, key: Text, value: Item) -> None:
        if isinstance(value, Mapping):
            if not value.entries:
                self.mistakes.add(value.place, f"{section}.{key.text}: the braces are empty; write {{R9: value}}")
            self._by_year_or_place(section, key, value, None, None)
        else:
            self._change(section, key, value, None, None)

    def _by_year_or_place(self, section: str, key: Text, value: Mapping, code: int | None, label: str | None) -> None:
        """Read {year: value} and, on the outer level, {municipality: value or {year: value}}."""
        seen: dict[tuple[int | None, int | None], Text] = {}
        path = f"{section}.{key.text}" + (f".{label}" if label else "")
        for inner, item in value.entries.values():
            meaning = self._meaning(path, inner, years_only=label is not None, passport=self.p.passport(key.text))
            if meaning is None:
                continue
            year, place = meaning
            target = (year, code if label else place)
            if target in seen:
                self.mistakes.add(
                    inner.place,
                    f"{path}: '{inner.text}' says the same as '{seen[target].text}' on line "
                    f"{seen[target].place.line}; keep one",
                )
                continue
            seen[target] = inner
            if isinstance(item, Mapping) and year is None and label is None:
                self._by_year_or_place(section, key, item, place, inner.text)
            else:
                self._change(section, key, item, year, target[1], inner.text)

    def _meaning(
        self, path: str, inner: Text, years_only: bool, passport: Passport
    ) -> tuple[int | None, int | None] | None:
        """Return (year, None), (None, municipality code) or (None, None) for all municipalities."""
        try:
            year = fiscal_year(inner.text)
        except ValueError:
            year = None
        if year is not None:
            return (year, None) if self._allowed_year(path, year, inner) else None
        if years_only:
            self.mistakes.add(inner.place, f"{path}: '{inner.text}' is not a fiscal year; write R8, 2026 or FY2026")
            return None
        if inner.text in _ALL:
            return None, None
        code, problem = find_place(inner.text, self.p)
        if code is None:
            self.mistakes.add(inner.place, f"{path}: {_neither(inner.text, problem, self.p)}")
            return None
        if not passport.by_place:
            self.mistakes.add(
                inner.place,
                f"{path}: this parameter is one for all of {where(self.p)}; a value for {inner.text} "
                "alone would have no effect; write one value, or values by year",
            )
            return None
        return None, code

    def _change(
        self, section: str, key: Text, item: Item, year: int | None, code: int | None, label: str | None = None
    ) -> None:
        passport = self.p.passport(key.text)
        path = f"{section}.{key.text}" + (f".{label}" if label else "")
        try:
            quantity = _quantity(item, passport)
        except ValueError as error:
            self.mistakes.add(item.place, f"{path}: {error}{_about(passport)}")
            return
        problem = "" if quantity.relative else passport.objection(quantity.amount)  # type: ignore[arg-type]
        if problem:
            self.mistakes.add(item.place, f"{path}: {_out_of_range(quantity, passport)}")
            return
        self.sheet.changes.append(Change(key.text, section, year, code, quantity, item.place))


def _neither(text: str, problem: str, p: Parameters) -> str:
    """Return what is wrong with a key that should be a fiscal year or a municipality."""
    hint = problem.partition(";")[2].strip()
    if "may be" in problem or "check digit" in problem:
        return problem
    if not hint.startswith("did you mean"):
        dash = re.search(r"[-–~〜]", text) and re.search(r"\d", text)
        first = "write only the first year: its value holds until the next year written"
        hint = first if dash else f"write R9 or 2027 for a year, {spellings(p)} for a municipality"
    return f"'{text}' is neither a fiscal year nor a municipality of {where(p)}; {hint}"


def _quantity(item: Item, passport: Passport) -> Quantity:
    if isinstance(item, Text):
        if item.empty:
            raise ValueError(f"has no value; write for example {' or '.join(examples(passport))}")
        return read(item.text, passport)
    if isinstance(item, List):
        elements = [i.text for i in item.items if isinstance(i, Text)]
        if len(elements) != len(item.items):
            raise ValueError("a list holds plain values only")
        return read_list(elements, passport)
    raise ValueError(f"braces within braces; write one value, {describe(passport)}")


def _out_of_range(quantity: Quantity, passport: Passport) -> str:
    """Return value and allowed range, and a guess at the slip: a zero too many, percent for a share."""
    amount, written = quantity.amount, f"'{quantity.text}'"
    if isinstance(amount, int | float) and not re.fullmatch(r"[-\d_,.]+", quantity.text):
        written += f" (= {passport.shown(amount)})"
    unit = "" if isinstance(amount, str | bool) else f" {passport.unit}"
    text = f"{written} is out of range; allowed {passport.allowed()}{unit}"
    return f"{text}{_slip(quantity, passport)}{_about(passport, limits=False)}"


def _slip(quantity: Quantity, passport: Passport) -> str:
    if not isinstance(quantity.amount, int | float) or passport.range is None or "%" in quantity.text:
        return ""
    low, high = passport.range
    if high <= 1 and 1 < quantity.amount <= 100 * high:
        return f". For a percentage write {quantity.text}%"
    if quantity.amount > high and low <= quantity.amount / 10 <= high:
        return ". A zero too many?"
    return ". A zero too few?" if 0 < quantity.amount < low and low <= quantity.amount * 10 <= high else ""


def _about(passport: Passport, limits: bool = True) -> str:
    """Return label, unit and allowed values in square brackets, to end a message with."""
    parts = (" ".join(passport.label.split()), describe(passport) if limits else "")
    return f" [{'; '.join(part for part in parts if part)}]"
