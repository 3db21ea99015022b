"""Reads the files of the register: national passports, the values of a region over them, tables and sources.

The nation (`sim/parameters`) says of every number what it is: label, unit, range. A number marked `regional` is left to
the region, which gives its values, with status and source, in the file of the same name (`policy/rates.yaml`); it
cannot give any other. Of tables the nation has the columns and the region the rows, with their year. Every key so has
one passport, and its values one home.
"""

from __future__ import annotations

import functools
import hashlib
import json
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple, TypeVar

from pydantic import BaseModel, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError

from sim.core import cache, keep
from sim.core.errors import ParameterError, nearest
from sim.core.plain import Json
from sim.parameters.schema import OF_REGION, OF_TABLE, Passport, Source, TablePassport

ROOT = Path(__file__).parent
SECTIONS = ("law", "behaviour", "policy")
RANGES = "ranges"
"""folder of a region that holds what came of its runs, and decides none: see `sim.outputs.ranges`"""
CONTROLS = "controls"
"""folder of a region that holds the facts of its full baseline, by which samples are told: see `sim.engine.controls`"""
"""Folders of scalar parameters; a scenario has a section of the same name for each."""
SOURCES = "sources.yaml"
NOT_GIVEN = "not given by the region"
"""in place of the year of a table, where it is imputed"""

_PACKAGE = ROOT.parent
_TABLES = ("places", "people", "targets")
_INDEX = "tables.yaml"
_KEPT = 8

M = TypeVar("M", bound=BaseModel)


@dataclass(frozen=True)
class Register:
    """Passports, sources and files, each by its name.

    absent  passports of tables the region does not list
    paths   table -> its file
    homes   key -> the file with its passport, whose folder is its section
    values  key -> the file with its values: of a regional number that of the region
    """

    passports: dict[str, Passport] = field(default_factory=dict)
    sources: dict[str, Source] = field(default_factory=dict)
    tables: dict[str, TablePassport] = field(default_factory=dict)
    absent: dict[str, TablePassport] = field(default_factory=dict)
    paths: dict[str, Path] = field(default_factory=dict)
    homes: dict[str, Path] = field(default_factory=dict)
    values: dict[str, Path] = field(default_factory=dict)


class _Entry(NamedTuple):
    """An entry of a YAML file: its file, the root the file belongs to, and what it says."""

    path: Path
    root: Path
    raw: Json


@functools.cache
def register(root: Path, region: Path | None) -> Register:
    """Read all files of the nation and of a region; refuse the incomplete, all mistakes at once.

    region  None: the root holds values and tables of its own
    """
    wrong: list[str] = []
    r = Register()
    roots = [root] if region is None else [root, region]
    for home in roots:
        for name, entry in _entries(home / SOURCES, home, wrong).items():
            if name in r.sources:
                wrong.append(f"{_where(entry.path, home, name)}: source '{name}' is one of the nation already")
            else:
                _accept(Source, name, entry, r.sources, wrong)
    for section in SECTIONS:
        _scalars(section, root, region, r, wrong)
    for folder in _TABLES:
        _tables(folder, root, region, r, wrong)
    if wrong:
        raise ParameterError("\n".join(wrong))
    return r


def tables_of(root: Path) -> set[str]:
    """Return the names of all tables a region may have."""
    wrong: list[str] = []
    indexes = [root / folder / _INDEX for folder in _TABLES]
    return {f"{path.parent.name}.{name}" for path in indexes if path.exists() for name in _mapping(path, root, wrong)}


def columns_of(root: Path, key: str) -> list[str]:
    """Return the columns every table of a name has, [] if the nation knows none of that name."""
    folder, _, name = key.partition(".")
    entry = _mapping(root / folder / _INDEX, root, []).get(name)
    if not isinstance(entry, dict):
        return []
    keys, columns = entry["keys"], entry["columns"]
    assert isinstance(keys, list)
    assert isinstance(columns, dict)
    return [*map(str, keys), *columns, "source_id", "status"]


@functools.cache
def hashed(root: Path, region: Path | None, apart: str) -> hashlib._Hash:
    """Return the SHA-256 of names and contents of all files of a register as first read by this process; copy it.

    apart  a folder left out, as RANGES and CONTROLS are
    """
    h = hashlib.sha256()
    for home in [root] if region is None else [root, region]:
        for path in sorted(home.rglob("*")):
            name = path.relative_to(home)
            if path.suffix in (".yaml", ".csv") and name.parts[0] not in (apart, RANGES, CONTROLS):
                h.update(name.as_posix().encode() + b"\0" + path.read_bytes())
    return h


def _scalars(section: str, root: Path, region: Path | None, r: Register, wrong: list[str]) -> None:
    """Accept the numbers of a section: of the nation, and with the values of the region where it gives them."""
    given: dict[str, _Entry] = {}
    for path in sorted((region / section).glob("*.yaml")) if region else ():
        assert region is not None
        given |= {f"{path.stem}.{name}": entry for name, entry in _entries(path, region, wrong).items()}
    for path in sorted((root / section).glob("*.yaml")):
        for name, entry in _entries(path, root, wrong).items():
            key = f"{path.stem}.{name}"
            if key in r.homes:
                wrong.append(
                    f"{_where(path, root, name)}: {key} is defined already in {_shown(r.homes[key], root)}; "
                    "a key has one home"
                )
                continue
            r.homes[key] = path
            mine = _with_region(key, entry, given.pop(key, None), region, wrong)
            if mine is not None:
                r.values[key] = mine.path
                _accept_scalar(key, mine, r, wrong)
    for key, entry in given.items():
        where = _where(entry.path, entry.root, key.partition(".")[2])
        wrong.append(f"{where}: the nation has no number '{key}' in {section}/{nearest(key, r.homes)}")


def _with_region(key: str, nation: _Entry, own: _Entry | None, region: Path | None, wrong: list[str]) -> _Entry | None:
    """Return the entry of a number as it holds in a region, or None after saying what is wrong."""
    name = key.partition(".")[2]
    regional = isinstance(nation.raw, dict) and nation.raw.get("regional") is True
    if own is None:
        if regional and region is not None and isinstance(nation.raw, dict) and not {"value", "values"} & {*nation.raw}:
            wrong.append(f"{_shown(region, region)}: no value of {key}; write it into {_beside(nation)} of the region")
            return None
        return nation
    if not regional:
        mistake = f"{key} is one for the nation ({_shown(nation.path, nation.root)}); leave it out"
    elif not isinstance(own.raw, dict):
        mistake = f"{key}: {own.raw!r} stands alone; write value or values, status and source"
    elif idle := sorted({*own.raw} - OF_REGION):
        mistake = (
            f"{key}: {', '.join(idle)} stands in the passport of the nation; "
            f"a region gives {', '.join(sorted(OF_REGION))}"
        )
    else:
        assert isinstance(nation.raw, dict)
        return _Entry(
            own.path, own.root, {k: v for k, v in nation.raw.items() if k not in OF_REGION - {"range"}} | own.raw
        )
    wrong.append(f"{_where(own.path, own.root, name)}: {mistake}")
    return None


def _tables(folder: str, root: Path, region: Path | None, r: Register, wrong: list[str]) -> None:
    """Accept the tables of a folder: columns from the nation, rows and their year from the region where it has them."""
    index = root / folder / _INDEX
    nation = _entries(index, root, wrong) if index.exists() else {}
    given = _given(region, folder, wrong)
    for name, entry in nation.items():
        key, mine = f"{folder}.{name}", given.pop(name, None)
        if mine is not None and isinstance(entry.raw, dict) and isinstance(mine.raw, dict):
            if idle := sorted({*mine.raw} - OF_TABLE):
                where = _where(mine.path, mine.root, name)
                wrong.append(f"{where}: {key}: {', '.join(idle)}; a region gives {', '.join(sorted(OF_TABLE))}")
                continue
            entry = mine._replace(raw=entry.raw | mine.raw)
        elif region is not None and isinstance(entry.raw, dict) and "year" not in entry.raw:
            _accept(TablePassport, key, entry._replace(raw=entry.raw | {"year": NOT_GIVEN}), r.absent, wrong)
            continue
        _accept(TablePassport, key, entry, r.tables, wrong)
        r.paths[key] = entry.root / folder / f"{name}.csv"
    for name, entry in given.items():
        where = _where(entry.path, entry.root, name)
        wrong.append(f"{where}: the nation has no table '{folder}.{name}'{nearest(name, nation)}")


def _given(region: Path | None, folder: str, wrong: list[str]) -> dict[str, _Entry]:
    """Return what a region says of its tables in a folder."""
    index = region / folder / _INDEX if region else None
    return _entries(index, region, wrong) if region and index and index.exists() else {}


def _accept_scalar(key: str, entry: _Entry, r: Register, wrong: list[str]) -> None:
    _accept(Passport, key, entry, r.passports, wrong)
    if key not in r.passports:
        return
    for source in r.passports[key].source.split(";"):
        if source.strip() not in r.sources:
            where = _where(entry.path, entry.root, key.partition(".")[2])
            wrong.append(f"{where}: {key}: source '{source}' is not in sources.yaml{nearest(source, r.sources)}")


def _accept(model: type[M], key: str, entry: _Entry, into: dict[str, M], wrong: list[str]) -> None:
    """Put the entry into the register, or say in one line per mistake why not."""
    name = key.rpartition(".")[2]
    if not isinstance(entry.raw, dict):
        needs = ", ".join(name for name, f in model.model_fields.items() if f.is_required())
        where = _where(entry.path, entry.root, name)
        wrong.append(f"{where}: {key}: {entry.raw!r} stands alone; a number needs its passport ({needs})")
        return
    try:
        into[key] = model.model_validate(entry.raw)
    except (ValidationError, ValueError, TypeError) as error:
        where = _where(entry.path, entry.root, name)
        wrong.extend(dict.fromkeys(f"{where}: {key}: {text}" for text in _reasons(error, model)))


def _beside(entry: _Entry) -> str:
    return entry.path.relative_to(entry.root).as_posix()


def _entries(path: Path, root: Path, wrong: list[str]) -> dict[str, _Entry]:
    return {name: _Entry(path, root, raw) for name, raw in _mapping(path, root, wrong).items()}


def _reasons(error: Exception, model: type[BaseModel]) -> list[str]:
    """Return the mistakes of a passport in plain words."""
    if not isinstance(error, ValidationError):
        return [str(error)]
    reasons = []
    for e in error.errors():
        name = ".".join(str(part) for part in e["loc"][:2] if part not in ("int", "float", "bool", "str"))
        if e["type"] == "missing":
            reasons.append(f"has no {name}")
        elif e["type"] == "extra_forbidden":
            reasons.append(f"no field '{name}' in a passport{nearest(name, model.model_fields)}")
        elif e["type"] == "literal_error":
            reasons.append(f"{name} '{e['input']}' is not one of {e['ctx']['expected']}")
        elif e["type"] == "value_error":
            reasons.append(f"{name}: {e['ctx']['error']}" if name else str(e["ctx"]["error"]))
        else:
            reasons.append(f"{name}: {e['msg']}")
    return reasons


def _mapping(path: Path, root: Path, wrong: list[str]) -> dict[str, Json]:
    """Return the entries of a YAML file of the register; an unreadable file is one mistake."""
    try:
        content = _parsed(path, kept=path.is_relative_to(_PACKAGE))
    except FileNotFoundError:
        wrong.append(f"{_shown(path, root)}: no such file")
    except MarkedYAMLError as error:
        line = f":{error.problem_mark.line + 1}" if error.problem_mark else ""
        problem = str(error.problem).partition(" with value")[0]
        wrong.append(f"{_shown(path, root)}{line}: not readable as YAML: {problem}")
    else:
        if isinstance(content, dict | None):
            return {str(k): v for k, v in (content or {}).items()}
        wrong.append(f"{_shown(path, root)}: must be a list of 'name: passport'")
    return {}


def _parsed(path: Path, kept: bool) -> Json:
    """Return the content of a YAML file as plain JSON types.

    Reading all YAML takes a second, so that the content is kept in the cache folder under the file's digest, and
    behind a digest of its own: what was edited there is read from the YAML again.
    """
    data = path.read_bytes()
    store = cache.root() / "parameters" / f"{_room(path)}-{hashlib.sha256(data).hexdigest()[:16]}.json"
    if kept and (content := keep.opened(store)) is not None:
        kept_content: Json = json.loads(content)
        return kept_content
    text = json.dumps(YAML(typ="safe").load(data.decode("utf-8")), default=str, ensure_ascii=False)
    if kept:
        _keep(store, text)
    parsed: Json = json.loads(text)
    return parsed


def _keep(store: Path, text: str) -> None:
    """Put a text into the cache and drop older states of the same file."""
    if not keep.file(store, keep.sealed(text.encode())):
        return
    with suppress(OSError):
        states = sorted(store.parent.glob(f"{store.stem.rpartition('-')[0]}-*.json"), key=lambda p: p.stat().st_mtime)
        for old in states[:-_KEPT]:
            old.unlink(missing_ok=True)


def _room(path: Path) -> str:
    """Return the name of a file in the cache: files of one name of nation and regions do not drive one another out."""
    home = path.parent if path.name == SOURCES else path.parents[1]
    return path.stem if home == ROOT else f"{home.name}-{path.stem}"


def _shown(path: Path, root: Path) -> str:
    return (Path(root.parent.name) / path.relative_to(root.parent)).as_posix()


def _where(path: Path, root: Path, name: str) -> str:
    """Return file and line of an entry."""
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if line.startswith((f"{name}:", f"'{name}':", f'"{name}":')):
            return f"{_shown(path, root)}:{number}"
    return _shown(path, root)
