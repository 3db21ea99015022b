"""Regions: what belongs to one prefecture and not to the nation, as data in a folder of its own.

A region is a folder with `region.yaml` (its code and words), the tables of its municipalities, its published totals,
values of the parameters the nation leaves to it, the fits made for it, and its sources. Those that come with the model
lie in `sim/regions`; an installed package may bring more (`sim.core.packages`); any other folder is given by its path.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from sim.core import packages
from sim.core.errors import ParameterError, nearest

SHIPPED = Path(__file__).resolve().parents[1] / "regions"
DEFAULT = "tokyo"
"""the region of a scenario that names none"""
FILE = "region.yaml"

Words = tuple[str, str]
"""Japanese and English"""


class _Pair(BaseModel):
    model_config = ConfigDict(extra="forbid")
    ja: str = Field(min_length=1)
    en: str = Field(min_length=1)


class _Group(_Pair):
    code: int
    planned: str = ""


class _Kind(_Pair):
    types: list[str] = Field(min_length=1)


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")
    code: int = Field(ge=1000, le=99000, multiple_of=1000)
    name: _Pair
    level: _Pair
    municipalities: _Pair = _Pair(ja="市町村", en="municipalities")
    groups: dict[str, _Group] = {}
    kinds: dict[str, _Kind] = {}
    shown: list[int] = Field(min_length=1)
    items: dict[str, _Pair] = {}


class Group(NamedTuple):
    """A group of municipalities: the code it has in tables, its name in Japanese and English.

    planned  published item with the part of its contribution it plans to levy, "" if there is none
    """

    code: int
    ja: str
    en: str
    planned: str = ""


class Kind(NamedTuple):
    """A kind of municipalities that tables sum up and rank among themselves: its name, the types it consists of.

    types  of the column `type` of places.municipalities
    """

    ja: str
    en: str
    types: tuple[str, ...]


@dataclass(frozen=True)
class Region:
    """A region by its folder.

    name    of a shipped one its folder's name, of one a package brings the name it has there, of another the path
    code    of the prefecture as a whole in tables, beside those of its municipalities
    ja, en  its name; `level` what it is (都, 道, 府, 県), `municipalities` what it consists of
    groups  each group of municipalities that has one rate (`places.rate_groups`), by name
    kinds   kinds of municipalities, each with a total and ranks of its own, in the order tables show them
    shown   codes of the municipalities a page shows where it cannot show all, the first in every example
    items   what published figures are called that this region alone has
    """

    name: str
    folder: Path
    code: int
    ja: str
    en: str
    level: Words
    municipalities: Words
    groups: dict[str, Group]
    kinds: dict[str, Kind]
    shown: tuple[int, ...]
    items: dict[str, Words]

    @property
    def example(self) -> int:
        """Code of the municipality of examples."""
        return self.shown[0]

    @property
    def within(self) -> str:
        """What moves inside the prefecture are called in the table `flows`: its name in small letters."""
        return self.en.lower()

    def worded(self, text: str, language: int) -> str:
        """Return a text with {region}, {level} and {municipalities} filled in; language 0 Japanese, 1 English."""
        if "{" not in text:
            return text
        words = {"region": (self.ja, self.en), "level": self.level, "municipalities": self.municipalities}
        for name, pair in words.items():
            text = text.replace(f"{{{name}}}", pair[language])
        return text


def names() -> list[str]:
    """Return the names of the regions that come with the model."""
    return list(_shipped(SHIPPED))


@functools.cache
def _shipped(home: Path) -> tuple[str, ...]:
    return tuple(sorted(path.parent.name for path in home.glob(f"*/{FILE}")))


def outside() -> list[str]:
    """Return the names of the regions that installed packages bring; those that ship come first of one name."""
    return [name for name in packages.names(packages.REGIONS) if name not in names()]


def folder(region: str | Path) -> Path:
    """Return the folder of a region given by name or path; ParameterError names the regions there are."""
    return _found(str(region))[1]


def _found(text: str) -> tuple[str, Path]:
    """Return what a region is called, and its folder: a shipped one, a path, one of an installed package."""
    if text in names():
        return text, SHIPPED / text
    path = Path(text)
    if (path / FILE).is_file():
        home = path.resolve()
        return (home.name if home.parent == SHIPPED else home.as_posix()), home
    if (brought := packages.region(text)) is not None:
        return text, brought
    there = [*names(), *outside()]
    raise ParameterError(
        f"no region '{text}'{nearest(text, there) or '.'} There are: {', '.join(there)}; "
        f"or give the path of a folder with {FILE}"
    )


def named(text: str) -> list[str]:
    """Return the regions a text names, separated by commas; ParameterError if there is none of a name, or one twice.

    A text that is the path of a folder is one region, commas or not.
    """
    if Path(text, FILE).is_file():
        return [text]
    wanted = [read(part.strip()).name for part in text.split(",")]
    if twice := sorted({name for name in wanted if wanted.count(name) > 1}):
        raise ParameterError(f"region {', '.join(twice)} is named twice; each runs once")
    return wanted


def read(region: str | Path) -> Region:
    """Return a region; ParameterError lists every mistake of its region.yaml."""
    return _read(*_found(str(region)))


@functools.cache
def _read(name: str, home: Path) -> Region:
    path = home / FILE
    try:
        content = _File.model_validate(YAML(typ="safe").load(path.read_text(encoding="utf-8")))
    except (OSError, YAMLError) as error:
        raise ParameterError(f"{path}: cannot be read ({str(error).splitlines()[0]})") from None
    except ValidationError as error:
        wrong = [f"{path}: {'.'.join(map(str, e['loc']))}: {e['msg'].lower()}" for e in error.errors()]
        raise ParameterError("\n".join(wrong)) from None
    return Region(
        name=name,
        folder=home,
        code=content.code,
        ja=content.name.ja,
        en=content.name.en,
        level=(content.level.ja, content.level.en),
        municipalities=(content.municipalities.ja, content.municipalities.en),
        groups={name: Group(g.code, g.ja, g.en, g.planned) for name, g in content.groups.items()},
        kinds={name: Kind(k.ja, k.en, tuple(k.types)) for name, k in content.kinds.items()},
        shown=tuple(content.shown),
        items={name: (pair.ja, pair.en) for name, pair in content.items.items()},
    )


_in_force: list[str] = []


def chosen() -> str | None:
    """Return the region this process was told to look at (`using`, --region), None if it was told none."""
    return _in_force[-1] if _in_force else None


def current() -> str:
    """Return the region of whatever names none: the one chosen, else the default."""
    return chosen() or DEFAULT


def choose(region: str | Path) -> None:
    """Look at a region from here on; for a command, which looks at one (`using` is for a while)."""
    _in_force[:] = [read(region).name]


def look_at_none() -> None:
    """Look at no region any more, as before a command chose one."""
    _in_force.clear()


@contextmanager
def using(region: str | Path) -> Iterator[Region]:
    """Look at a region for a while; ParameterError if there is none of that name.

    A process looks at one region at a time: it is that of the run, report or study at hand, and what is loaded beside
    it (names of municipalities, published totals) belongs to it.
    """
    found = read(region)
    _in_force.append(found.name)
    try:
        yield found
    finally:
        _in_force.pop()


def forget() -> None:
    """Drop what was read of regions."""
    _read.cache_clear()
    _shipped.cache_clear()
