"""Values as JSON and plain arrays, and back: no code in a file, and nothing read that is not named here.

`encode(value, folder)` writes arrays into one .npz, data frames as parquet and everything else as one JSON tree;
`decode` gives the same value back. It knows numbers, text, tuples, lists, sets, dicts, fractions, dates, arrays,
data frames, and the dataclasses, named tuples and enums of this package, by the name of their class:
`sim.mechanisms.rates.chain:Chain`.
A class is looked up, never called: its fields are set as they were. An object met twice is one object again.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import enum
import importlib
import json
from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any, TypeVar, cast

import numpy as np
import pandas as pd
from numpy.typing import NDArray

K = TypeVar("K")
Json = str | int | float | bool | None | list["Json"] | dict[str, "Json"]
Tree = dict[str, Any]
"""a node of a file not yet looked at: whatever in it is not as it was written is an error of `decode`"""
_PLAIN = (str, bool, int, float, type(None))
_PACKAGE = "sim."
_WIDEST = 8
"""bytes of a number that JSON gives back to the last bit"""
_TREE, _ARRAYS = "tree.json", "arrays.npz"


class CodecError(Exception):
    """A value that cannot be written, or a file that does not hold what it should."""


def encode(value: object, folder: Path) -> None:
    """Write a value to a new folder."""
    folder.mkdir(parents=True)
    writer = _Encoder(folder)
    tree = writer.node(value, "")
    np.savez(folder / _ARRAYS, allow_pickle=False, **writer.arrays)
    (folder / _TREE).write_text(json.dumps(tree, ensure_ascii=False), encoding="utf-8")


def decode(folder: Path) -> object:
    """Return the value written to a folder; raises CodecError if it holds anything else."""
    try:
        tree = json.loads((folder / _TREE).read_text(encoding="utf-8"))
        with np.load(folder / _ARRAYS, allow_pickle=False) as arrays:
            return _Decoder(folder, arrays).node(tree)
    except (OSError, ValueError, TypeError, KeyError, IndexError, AttributeError, ImportError) as error:
        raise CodecError(f"{folder}: {type(error).__name__}: {error}") from error


class _Encoder:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.arrays: dict[str, NDArray[np.generic]] = {}
        self.known: dict[int, int] = {}
        self.kept: list[object] = []
        """objects that can be met again; kept, so that no other object gets their id"""

    def node(self, value: object, path: str) -> Json:
        """Return the JSON of a value; `path` says where it hangs, for messages."""
        if type(value) in _PLAIN:
            return cast(Json, value)
        if type(value) is tuple:
            return {"tuple": self._items(value, path)}
        if isinstance(value, Fraction):
            return {"fraction": [value.numerator, value.denominator]}
        if isinstance(value, dt.datetime | dt.date):
            return {type(value).__name__: value.isoformat()}
        if isinstance(value, enum.Enum):
            return {"enum": _name(type(value), path), "member": value.name}
        if isinstance(value, np.generic):
            return {"scalar": _scalar(value, path), "dtype": value.dtype.str}
        if id(value) in self.known:
            return {"again": self.known[id(value)]}
        self.known[id(value)] = len(self.kept)
        self.kept.append(value)
        return self._object(value, path)

    def _items(self, values: Iterable[object], path: str) -> list[Json]:
        return [self.node(v, f"{path}[{i}]") for i, v in enumerate(values)]

    def _object(self, value: object, path: str) -> Json:
        if isinstance(value, np.ndarray):
            return self._array(value, path)
        if isinstance(value, pd.DataFrame):
            return {"frame": self._frame(value, path)}
        if isinstance(value, dict) and type(value) is dict:
            return {"dict": [[self.node(k, path), self.node(v, f"{path}[{k!r}]")] for k, v in value.items()]}
        if isinstance(value, list | set | frozenset) and type(value) in (list, set, frozenset):
            return {type(value).__name__: self._items(value, path)}
        return self._ours(value, path)

    def _ours(self, value: object, path: str) -> Json:
        """Return the JSON of a named tuple or a dataclass of this package."""
        if isinstance(value, tuple) and hasattr(value, "_fields"):
            return {"named": _name(type(value), path), "tuple": [self.node(v, path) for v in value]}
        if dataclasses.is_dataclass(value):
            names = [f.name for f in dataclasses.fields(value)]
            fields = {n: self.node(getattr(value, n), f"{path}.{n}") for n in names}
            return {"class": _name(type(value), path), "fields": fields}
        raise CodecError(f"{path or 'the value'} is a {type(value).__module__}.{type(value).__qualname__}")

    def _array(self, array: NDArray[np.generic], path: str) -> Json:
        if array.dtype == object:
            return {"objects": self._items(array.ravel(), path), "shape": list(array.shape)}
        if array.dtype.hasobject:
            raise CodecError(f"{path} is an array of {array.dtype}")
        name = f"a{len(self.arrays)}"
        self.arrays[name] = array
        return {"array": name}

    def _frame(self, frame: pd.DataFrame, path: str) -> str:
        if not isinstance(frame.index, pd.RangeIndex):
            raise CodecError(f"{path} is a data frame with an index of its own")
        name = f"{len(self.kept):05}.parquet"
        frame.to_parquet(self.folder / name)
        return name


class _Decoder:
    """Gives objects back in the order in which they were written; whatever a file holds that is none is an error."""

    def __init__(self, folder: Path, arrays: Mapping[str, NDArray[np.generic]]) -> None:
        self.folder = folder
        self.arrays = arrays
        self.made: list[object] = []
        self.objects: dict[str, Callable[[int, Tree], None]] = {
            "array": self._array,
            "objects": self._objects,
            "frame": self._frame,
            "dict": self._dict,
            "list": self._list,
            "set": self._set,
            "frozenset": self._set,
            "named": self._named,
            "class": self._fields,
        }

    def node(self, tree: Any) -> object:
        """Return the value of a JSON node."""
        if not isinstance(tree, dict):
            return tree
        kind = next(iter(tree))
        match kind:
            case "tuple":
                return tuple(self.node(t) for t in tree["tuple"])
            case "fraction":
                return Fraction(*tree["fraction"])
            case "date" | "datetime":
                return getattr(dt, kind).fromisoformat(tree[kind])
            case "enum":
                return _class(tree["enum"], enum.Enum)[tree["member"]]
            case "scalar":
                return np.dtype(tree["dtype"]).type(tree["scalar"])
            case "again":
                return self.made[tree["again"]]
        if kind not in self.objects:
            raise CodecError(f"{self.folder}: nothing is called '{kind}'")
        place = len(self.made)
        self.made.append(None)
        self.objects[kind](place, tree)
        return self.made[place]

    def _array(self, place: int, tree: Tree) -> None:
        self.made[place] = self.arrays[tree["array"]]

    def _objects(self, place: int, tree: Tree) -> None:
        self.made[place] = array = np.empty(tree["shape"], object)
        flat = array.reshape(-1)
        for i, t in enumerate(tree["objects"]):
            flat[i] = self.node(t)

    def _frame(self, place: int, tree: Tree) -> None:
        self.made[place] = pd.read_parquet(self._inside(tree["frame"]))

    def _dict(self, place: int, tree: Tree) -> None:
        known: dict[object, object] = {}
        self.made[place] = known
        known.update((self.node(k), self.node(v)) for k, v in tree["dict"])

    def _list(self, place: int, tree: Tree) -> None:
        items: list[object] = []
        self.made[place] = items
        items.extend(self.node(t) for t in tree["list"])

    def _set(self, place: int, tree: Tree) -> None:
        kind = next(iter(tree))
        self.made[place] = (set if kind == "set" else frozenset)(self.node(t) for t in tree[kind])

    def _named(self, place: int, tree: Tree) -> None:
        self.made[place] = tuple.__new__(_class(tree["named"], tuple), [self.node(t) for t in tree["tuple"]])

    def _fields(self, place: int, tree: Tree) -> None:
        kind = _class(tree["class"], object)
        if not dataclasses.is_dataclass(kind) or {f.name for f in dataclasses.fields(kind)} != set(tree["fields"]):
            raise CodecError(f"{self.folder}: {tree['class']} has other fields in this version")
        self.made[place] = value = object.__new__(kind)
        for name, field in tree["fields"].items():
            object.__setattr__(value, name, self.node(field))

    def _inside(self, name: str) -> Path:
        """Return the path of a file of this folder; a name that leads elsewhere is refused."""
        if Path(name).name != name:
            raise CodecError(f"{self.folder}: '{name}' is no file of it")
        return self.folder / name


def _scalar(value: np.generic, path: str) -> Json:
    if value.dtype.kind not in "biuf" or value.dtype.itemsize > _WIDEST:
        raise CodecError(f"{path} is a number of {value.dtype}")
    return cast(Json, value.item())


def _name(kind: type, path: str) -> str:
    if not kind.__module__.startswith(_PACKAGE) or "<" in kind.__qualname__:
        raise CodecError(f"{path or 'the value'} is a {kind.__module__}.{kind.__qualname__}")
    return f"{kind.__module__}:{kind.__qualname__}"


def _class(name: str, base: type[K]) -> type[K]:
    """Return a class of this package by name; nothing else can be named."""
    module, _, qualname = name.partition(":")
    if not module.startswith(_PACKAGE):
        raise CodecError(f"'{name}' is no class of this package")
    found: object = importlib.import_module(module)
    for part in qualname.split("."):
        found = getattr(found, part)
    if not (isinstance(found, type) and issubclass(found, base) and found.__module__ == module):
        raise CodecError(f"'{name}' is no class of this package")
    return found
