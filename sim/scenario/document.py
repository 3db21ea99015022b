"""A YAML file as a tree that remembers line and column of every key and value, and all mistakes found in it."""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.composer import Composer
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import Event
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode
from ruamel.yaml.reader import ReaderError

from sim.core.errors import InputError, ScenarioError
from sim.core.plain import Json
from sim.parameters.shipped import located

LARGEST = 500_000
"""bytes of a file; the whole register as a scenario (kokuho new) has half of that"""
_LINES, _NODES, _DEEPEST, _LONGEST, _MOST = 10_000, 15_000, 20, 10_000, 100
"""lines; keys and values with every alias written out (15 parameters for every municipality and year, a second to
read); braces within braces; characters of one value; mistakes told"""

_HINTS = (
    ("could not find expected ':'", "a key and its value are separated by a colon and a space, as in 'seed: 1'"),
    (
        "mapping values are not allowed",
        "a colon where none can be; is the line above complete (a colon and a space after its key), and are the "
        "spaces before the line the same as its neighbours'? A text with a colon needs quotes",
    ),
    ("expected ',' or '}'", "a bracket { opened on line {context} is not closed by }, or a comma is missing in it"),
    ("expected ',' or ']'", "a bracket [ opened on line {context} is not closed by ], or a comma is missing in it"),
    ("while scanning a quoted scalar", "a quotation mark opened on line {context} is not closed"),
    ("undefined alias", "a * at the start of a value has a meaning of its own in YAML; write x1.2 for a factor"),
    ("another document", "the file holds more than one document; take out the line ---"),
    ("expected <block end>", "the spaces before this line do not fit the lines above"),
    ("cannot start any token", "a value cannot start with this sign; put the value in quotes"),
)


_SPACES = dict.fromkeys((0xA0, 0x2007, 0x202F), " ")
"""spaces that do not break a line, as word processors and web pages leave them"""


@dataclass(frozen=True, order=True)
class Place:
    """Where something was written; line and column count from 1, 0 speaks of the whole file."""

    file: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}" if self.line else self.file


@dataclass
class Mistakes:
    """Everything found wrong, to be told at once."""

    _found: dict[tuple[Place, str], None] = field(default_factory=dict)

    @property
    def found(self) -> list[tuple[Place, str]]:
        return list(self._found)

    def add(self, place: Place, text: str) -> None:
        """Note a mistake; at the hundredth, raise ScenarioError: such a file is another kind of file."""
        self._found[place, printable(text)] = None
        if len(self._found) == _MOST:
            raise ScenarioError("\n".join([*self.lines(), f"{place.file}: these are the first {_MOST} mistakes"]))

    def lines(self) -> list[str]:
        """Return one line per mistake: files in the order they were read, in a file from top to bottom."""
        rank = {file: i for i, file in enumerate(dict.fromkeys(place.file for place, _ in self._found))}
        ordered = sorted(self._found, key=lambda m: (rank[m[0].file], m[0]))
        return [f"{place}: {text}" for place, text in ordered]

    def __bool__(self) -> bool:
        return bool(self._found)


def printable(text: str) -> str:
    """Return a message fit for any terminal: long quotations cut, characters that move the cursor spelled out."""
    cut = re.sub(r"(?<!\w)'([^'\n]{60})[^'\n]{140,}'|(\S{60})\S{140,}", r"'\1\2…'", text)
    return "".join(c if c == "\n" or unicodedata.category(c) not in ("Cc", "Cs") else f"\\u{ord(c):04x}" for c in cut)


def plain_word(text: str) -> str:
    """Return a word as it is looked up: without spaces around it, full-width letters and digits as half-width ones."""
    half = unicodedata.normalize("NFKC", text).strip()
    return half if half.isascii() else unicodedata.normalize("NFC", text).strip()


def shown(path: Path) -> str:
    """Return the path as a person would type it from the working folder."""
    try:
        return Path(os.path.relpath(path)).as_posix() if path.resolve().is_relative_to(Path.cwd()) else str(path)
    except (ValueError, OSError):
        return str(path)


@dataclass(frozen=True)
class Text:
    """A single value as written; `quoted` if in quotation marks."""

    text: str
    place: Place
    quoted: bool = False

    @property
    def empty(self) -> bool:
        return not self.quoted and self.text in ("", "~", "null")


@dataclass(frozen=True)
class List:
    items: tuple[Item, ...]
    place: Place


@dataclass(frozen=True)
class Mapping:
    """Keys with values in the order written; a key written twice appears once, and is a mistake."""

    entries: dict[str, tuple[Text, Item]]
    place: Place


Item = Text | List | Mapping


class _Composer(Composer):
    """Builds the nodes and refuses what no file of the model needs, as soon as it is met."""

    def __init__(self, loader: YAML | None = None) -> None:
        super().__init__(loader)
        self.warn_double_anchors = False
        self.nodes = self.open = 0

    def compose_node(self, parent: Node | None, index: object) -> Node:
        event = self.parser.peek_event()
        self.nodes += 1
        if self.nodes > _NODES:
            raise _RefusedError(event, f"more than {_NODES:,} keys and values; no file of the model is that long")
        if self.open >= _DEEPEST:
            raise _RefusedError(event, f"more than {_DEEPEST} braces or brackets within one another")
        if tag := getattr(event, "tag", None):
            raise _RefusedError(event, f"a tag ({tag}) has no meaning here; delete it")
        self.open += 1
        node = super().compose_node(parent, index)
        self.open -= 1
        return node


class _RefusedError(Exception):
    def __init__(self, event: Event | Node, problem: str) -> None:
        super().__init__(problem)
        self.line, self.column = event.start_mark.line + 1, event.start_mark.column + 1


def read_document(text: str, file: str, mistakes: Mistakes, kind: str = "scenario") -> Mapping | None:
    """Return the tree of a YAML text, or None when it is no mapping or cannot be read as YAML."""
    before = len(mistakes.found)
    node = _composed(text, file, mistakes)
    if len(mistakes.found) > before:
        return None
    if node is None:
        start = "; start from a copy: kokuho new NAME --from baseline" if kind == "scenario" else ""
        mistakes.add(Place(file), f"the file is empty{start}")
        return None
    if not isinstance(node, MappingNode):
        first = f", first of all {_FIRST[kind]}" if kind in _FIRST else ""
        mistakes.add(Place(file, 1, 1), f"not a {kind}: the file must be lines of 'key: value'{first}")
        return None
    try:
        return _Tree(file, mistakes).mapping(node)
    except _RefusedError as error:
        mistakes.add(Place(file, error.line, error.column), str(error))
        return None


_FIRST = {"scenario": "name: …", "study": "name: …", "family file": "members: …", "file of households": "households: …"}


def _composed(text: str, file: str, mistakes: Mistakes) -> Node | None:
    """Return the root node of a YAML text; None if it is empty, or has mistakes."""
    if _not_to_be_read(text, file, mistakes):
        return None
    text = text.translate(_SPACES)
    reader = YAML(typ="safe", pure=True)
    reader.Composer = _Composer
    try:
        return reader.compose(text)
    except _RefusedError as error:
        mistakes.add(Place(file, error.line, error.column), str(error))
    except MarkedYAMLError as error:
        mistakes.add(*_syntax(error, text, file))
    except ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        mistakes.add(Place(file, line, 1), "a control character that cannot stand in a text file; delete it")
    except YAMLError as error:
        mistakes.add(Place(file, 1, 1), f"not readable as YAML: {error}")
    except (ValueError, OverflowError):  # chr() of an escape such as \U00110000, or a number of a directive
        at = re.search(r"\\[xuU]|^%", text, re.MULTILINE)
        line = text.count("\n", 0, at.start()) + 1 if at else 1
        mistakes.add(Place(file, line, 1), "not readable as YAML: an escape (\\u…) that names no character, or a %")
    return None


def _not_to_be_read(text: str, file: str, mistakes: Mistakes) -> bool:
    """Return whether a text is too long, or indented with tabs; the mistakes say which."""
    for size, most, what in ((len(text), LARGEST, "bytes"), (text.count("\n"), _LINES, "lines")):
        if size > most:
            mistakes.add(Place(file), f"has more than {most:,} {what}; no file of the model is that long")
            return True
    tabs = [(n, m.start()) for n, line in enumerate(text.splitlines(), 1) if (m := re.search(r"^\s*\t", line))]
    for line, column in tabs[:10]:
        mistakes.add(Place(file, line, column + 1), "a tab before the text; use spaces to indent")
    return bool(tabs)


def read_plain(path: Path, kind: str) -> dict[str, Json]:
    """Return a YAML file as plain data: whole numbers, true, false, nothing, lists and mappings; the rest is text.

    Dates and fractions stay as they are written, so that their readers can say what is wrong with them.
    InputError tells all mistakes with line and column.
    """
    mistakes = Mistakes()
    try:
        text = read_file(path, mistakes, kind)
        root = read_document(text, shown(path), mistakes, kind) if text is not None else None
    except ScenarioError as error:
        raise InputError(str(error)) from None
    if mistakes or root is None:
        raise InputError("\n".join(mistakes.lines()))
    data = _plain(root)
    assert isinstance(data, dict)
    return data


class Written(dict[str, Any]):
    """A mapping of a file as plain data, which knows where it and each of its keys were written."""

    __slots__ = ("keys_at", "place")

    def __init__(self, values: dict[str, Any], place: Place, keys: dict[str, Place]) -> None:
        super().__init__(values)
        self.place = place
        self.keys_at = keys

    def without(self, *names: str) -> Written:
        """Return the mapping without some keys."""
        return Written({k: v for k, v in self.items() if k not in names}, self.place, self.keys_at)


def _plain(item: Item) -> Json:
    if isinstance(item, Mapping):
        own = {key: _plain(value) for key, (_, value) in item.entries.items()}
        base = own.pop("<<", None)
        merged = {**base, **own} if isinstance(base, dict) else own
        return Written(merged, item.place, {key: text.place for key, (text, _) in item.entries.items()})
    if isinstance(item, List):
        return [_plain(i) for i in item.items]
    if item.quoted:
        return item.text
    if item.empty or item.text in ("Null", "NULL"):
        return None
    if item.text.lower() in ("true", "false"):
        return item.text.lower() == "true"
    return int(item.text) if re.fullmatch(r"[-+]?[0-9](?:_?[0-9]){0,29}", item.text) else item.text


@contextmanager
def told(path: Path, mistakes: Mistakes, kind: str) -> Iterator[None]:
    """Turn what the file system says against a path into a mistake."""
    try:
        yield
    except UnicodeDecodeError as error:
        mistakes.add(Place(shown(path)), f"not UTF-8 (byte {error.start}); save the file as UTF-8, not as Shift_JIS")
    except FileNotFoundError:
        mistakes.add(Place(shown(path)), f"no such file; give the path of a {kind}")
    except IsADirectoryError:
        mistakes.add(Place(shown(path)), f"is a folder, not a {kind}{'' if 'file' in kind else ' file'}")
    except OSError as error:
        mistakes.add(Place(shown(path)), f"cannot be read: {error.strerror}")
    except ValueError:  # a null character in the name
        mistakes.add(Place(shown(path)), "is no name of a file")


def read_file(path: Path, mistakes: Mistakes, kind: str = "scenario") -> str | None:
    """Return the text of a file in UTF-8, or None with the reason among the mistakes."""
    path = located(path)
    with told(path, mistakes, kind):
        with path.open("rb") as stream:
            data = stream.read(LARGEST + 1)
        if len(data) > LARGEST:
            mistakes.add(Place(shown(path)), f"has more than {LARGEST:,} bytes; no {kind} is that long")
            return None
        return data.decode("utf-8-sig")
    return None


def _syntax(error: MarkedYAMLError, text: str, file: str) -> tuple[Place, str]:
    """Return place and plain words for a syntax error; signs of a Japanese keyboard come first."""
    mark = error.problem_mark or error.context_mark
    line, column = (mark.line, mark.column) if mark else (0, 0)
    rows = text.splitlines() or [""]
    if colon := _colon(rows, line, file):
        return colon
    problem = f"{error.context or ''}: {error.problem or ''}"
    context = error.context_mark.line + 1 if error.context_mark else line + 1
    hint = next((h for words, h in _HINTS if words in problem), str(error.problem))
    if "opened on line" in hint:
        line, column = context - 1, error.context_mark.column if error.context_mark else 0
    place = Place(file, min(line, len(rows) - 1) + 1, column + 1)
    return place, "not readable as YAML: " + hint.replace("{context}", str(context))


def _colon(rows: list[str], line: int, file: str) -> tuple[Place, str] | None:
    """Return a full-width colon, or one without a space behind it, on the line of an error or the one before."""
    near = range(min(line, len(rows) - 1), max(line - 2, -1), -1)
    for number in near:
        if match := re.search(r"^[^#'\"]*?：", rows[number]):
            place = Place(file, number + 1, match.end())
            return place, "a full-width colon '：'; YAML needs a half-width colon and a space, as in 'seed: 1'"
    for number in near:
        if match := re.match(r"[\w.]+:(?=\S)", rows[number].strip()):
            place = Place(file, number + 1, rows[number].index(match[0]) + len(match[0]))
            return place, f"no space after the colon; write '{match[0]} …'"
    return None


def _place(node: Node, file: str) -> Place:
    return Place(file, node.start_mark.line + 1, node.start_mark.column + 1)


@dataclass
class _Tree:
    """Makes the tree from the nodes, every alias written out."""

    file: str
    mistakes: Mistakes
    inside: list[int] = field(default_factory=list)
    count: int = 0

    def item(self, node: Node) -> Item:
        self.count += 1
        if self.count > _NODES:
            raise _RefusedError(node, f"more than {_NODES:,} keys and values once the aliases (*) are written out")
        if id(node) in self.inside:
            raise _RefusedError(node, "an alias (*) inside what it stands for: the value would never end")
        if len(self.inside) >= _DEEPEST:
            raise _RefusedError(node, f"more than {_DEEPEST} braces or brackets within one another")
        if isinstance(node, ScalarNode):
            return self.text(node)
        self.inside.append(id(node))
        made = self.mapping(node) if isinstance(node, MappingNode) else self.sequence(node)
        self.inside.pop()
        return made

    def text(self, node: ScalarNode) -> Text:
        place, value = _place(node, self.file), str(node.value)
        if len(value) > _LONGEST:
            self.mistakes.add(place, f"a text of {len(value):,} characters; no value is that long")
            value = ""
        if any(unicodedata.category(c) in ("Cs", "Cc") and c not in "\n\t" for c in value):
            self.mistakes.add(place, "a character that cannot stand in a text; delete it, or its escape (\\u…)")
            value = ""
        quoted = node.style in ("'", '"', "|", ">")
        return Text(value if quoted else value.strip(), place, quoted)

    def sequence(self, node: Node) -> List:
        return List(tuple(self.item(n) for n in node.value), _place(node, self.file))

    def mapping(self, node: MappingNode) -> Mapping:
        entries: dict[str, tuple[Text, Item]] = {}
        for position, (key_node, value_node) in enumerate(node.value):
            place = _place(key_node, self.file)
            if not isinstance(key_node, ScalarNode):
                self.mistakes.add(place, "a key must be a plain word, year or municipality")
                continue
            written = self.text(key_node).text
            key = Text(plain_word(written), place)
            if _is_cut_amount(node, position):
                self.mistakes.add(
                    place,
                    f"a comma inside {{ }} ends the value, so that '{key.text}' stands alone; write the "
                    "amount without commas (650000) or in quotes ('650,000円')",
                )
            elif str(key_node.value).startswith("\u3000"):
                self.mistakes.add(place, "a full-width space before the key; use half-width spaces to indent")
            elif key.text in entries:
                first = entries[key.text][0].place
                self.mistakes.add(place, f"'{key.text}' is written twice, first on line {first.line}; keep one")
            else:
                item = self.item(value_node)
                entries[key.text] = (key, Text("", place) if isinstance(item, Text) and item.empty else item)
        return Mapping(entries, _place(node, self.file))


def _is_cut_amount(node: MappingNode, position: int) -> bool:
    """Return whether an entry is the second half of an amount cut at its comma: {R8: 650,000円}."""
    key, value = node.value[position]
    bare = isinstance(value, ScalarNode) and value.value == "" and value.style is None
    return bool(node.flow_style and position and bare and re.match(r"\d{3}(?!\d)", str(key.value)))
