"""A YAML file as a tree that remembers line and column of every key and value, and all mistakes found in it."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from pathlib import Path

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from ruamel.yaml.reader import ReaderError

from sim.parameters.shipped import located

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

    found: list[tuple[Place, str]] = field(default_factory=list)

    def add(self, place: Place, text: str) -> None:
        if (place, text) not in self.found:
            self.found.append((place, text))

    def lines(self) -> list[str]:
        """Return one line per mistake: files in the order they were read, in a file from top to bottom."""
        files = list(dict.fromkeys(place.file for place, _ in self.found))
        ordered = sorted(self.found, key=lambda m: (files.index(m[0].file), m[0]))
        return [f"{place}: {text}" for place, text in ordered]

    def __bool__(self) -> bool:
        return bool(self.found)


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


def read_document(text: str, file: str, mistakes: Mistakes) -> Mapping | None:
    """Return the tree of a YAML text, or None when it is no mapping or cannot be read as YAML."""
    if tabs := [(n, m.start()) for n, line in enumerate(text.splitlines(), 1) if (m := re.search(r"^\s*\t", line))]:
        for line, column in tabs:
            mistakes.add(Place(file, line, column + 1), "a tab before the text; use spaces to indent")
        return None
    try:
        node = YAML().compose(text)
    except MarkedYAMLError as error:
        mistakes.add(*_syntax(error, text, file))
        return None
    except ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        mistakes.add(Place(file, line, 1), "a control character that cannot stand in a text file; delete it")
        return None
    except YAMLError as error:
        mistakes.add(Place(file, 1, 1), f"not readable as YAML: {error}")
        return None
    if node is None:
        mistakes.add(Place(file), "the file is empty; start from a copy: kokuho new NAME --from baseline")
        return None
    if not isinstance(node, MappingNode):
        mistakes.add(Place(file, 1, 1), "not a scenario: the file must be lines of 'key: value', first of all name: …")
        return None
    return _mapping(node, file, mistakes)


def read_file(path: Path, mistakes: Mistakes) -> str | None:
    """Return the text of a file in UTF-8, or None with the reason among the mistakes."""
    path = located(path)
    file = shown(path)
    try:
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        mistakes.add(Place(file), f"not UTF-8 (byte {error.start}); save the file as UTF-8, not as Shift_JIS")
    except IsADirectoryError:
        mistakes.add(Place(file), "is a folder, not a scenario file")
    except OSError as error:
        mistakes.add(Place(file), f"cannot be read: {error.strerror}")
    return None


def _syntax(error: MarkedYAMLError, text: str, file: str) -> tuple[Place, str]:
    """Return place and plain words for a syntax error; signs of a Japanese keyboard come first."""
    mark = error.problem_mark or error.context_mark
    line, column = (mark.line, mark.column) if mark else (0, 0)
    rows = text.splitlines() or [""]
    for number in range(min(line, len(rows) - 1), max(line - 2, -1), -1):
        if match := re.search(r"^[^#'\"]*?：", rows[number]):
            place = Place(file, number + 1, match.end())
            return place, "a full-width colon '：'; YAML needs a half-width colon and a space, as in 'seed: 1'"
    for number in range(min(line, len(rows) - 1), max(line - 2, -1), -1):
        if match := re.match(r"[\w.]+:(?=\S)", rows[number].strip()):
            place = Place(file, number + 1, rows[number].index(match[0]) + len(match[0]))
            return place, f"no space after the colon; write '{match[0]} …'"
    problem = f"{error.context or ''}: {error.problem or ''}"
    context = error.context_mark.line + 1 if error.context_mark else line + 1
    hint = next((h for words, h in _HINTS if words in problem), str(error.problem))
    if "opened on line" in hint:
        line, column = context - 1, error.context_mark.column if error.context_mark else 0
    place = Place(file, min(line, len(rows) - 1) + 1, column + 1)
    return place, "not readable as YAML: " + hint.replace("{context}", str(context))


def _place(node: Node, file: str) -> Place:
    return Place(file, node.start_mark.line + 1, node.start_mark.column + 1)


def _item(node: Node, file: str, mistakes: Mistakes) -> Item:
    if isinstance(node, MappingNode):
        return _mapping(node, file, mistakes)
    if isinstance(node, SequenceNode):
        return List(tuple(_item(n, file, mistakes) for n in node.value), _place(node, file))
    assert isinstance(node, ScalarNode)
    return Text(str(node.value), _place(node, file), quoted=node.style in ("'", '"', "|", ">"))


def _mapping(node: MappingNode, file: str, mistakes: Mistakes) -> Mapping:
    entries: dict[str, tuple[Text, Item]] = {}
    for position, (key_node, value_node) in enumerate(node.value):
        place = _place(key_node, file)
        if not isinstance(key_node, ScalarNode):
            mistakes.add(place, "a key must be a plain word, year or municipality")
            continue
        key = Text(str(key_node.value), place)
        if _is_cut_amount(node, position):
            mistakes.add(
                place,
                f"a comma inside {{ }} ends the value, so that '{key.text}' stands alone; write the "
                "amount without commas (650000) or in quotes ('650,000円')",
            )
        elif key.text.startswith("\u3000"):
            mistakes.add(place, "a full-width space before the key; use half-width spaces to indent")
        elif key.text in entries:
            first = entries[key.text][0].place
            mistakes.add(place, f"'{key.text}' is written twice, first on line {first.line}; keep one")
        else:
            item = _item(value_node, file, mistakes)
            entries[key.text] = (key, Text("", place) if isinstance(item, Text) and item.empty else item)
    return Mapping(entries, _place(node, file))


def _is_cut_amount(node: MappingNode, position: int) -> bool:
    """Return whether an entry is the second half of an amount cut at its comma: {R8: 650,000円}."""
    key, value = node.value[position]
    bare = isinstance(value, ScalarNode) and value.value == "" and value.style is None
    return bool(node.flow_style and position and bare and re.match(r"\d{3}(?!\d)", str(key.value)))
