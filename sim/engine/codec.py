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
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

_PLAIN = (str, bool, int, float, type(None))
_PACKAGE = "sim."
_WIDEST = 8
"""bytes of a number that JSON gives back to the last bit"""
_TREE, _ARRAYS = "tree.json", "arrays.npz"


class CodecError(Exception):
    """A value that cannot be written, or a file that does not hold what it should."""


def encode(value: Any, folder: Path) -> None:
    """Write a value to a new folder."""
    folder.mkdir(parents=True)
    writer = _Encoder(folder)
    tree = writer.node(value, "")
    np.savez(folder / _ARRAYS, allow_pickle=False, **writer.arrays)
    (folder / _TREE).write_text(json.dumps(tree, ensure_ascii=False), encoding="utf-8")


def decode(folder: Path) -> Any:
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
        self.arrays: dict[str, np.ndarray[Any, Any]] = {}
        self.known: dict[int, int] = {}
        self.kept: list[Any] = []
        """objects that can be met again; kept, so that no other object gets their id"""

    def node(self, value: Any, path: str) -> Any:
        """Return the JSON of a value; `path` says where it hangs, for messages."""
        if type(value) in _PLAIN:
            return value
        if type(value) is tuple:
            return {"tuple": [self.node(v, f"{path}[{i}]") for i, v in enumerate(value)]}
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

    def _object(self, value: Any, path: str) -> Any:
        if isinstance(value, np.ndarray):
            if value.dtype == object:
                items = [self.node(v, f"{path}[{i}]") for i, v in enumerate(value.ravel())]
                return {"objects": items, "shape": list(value.shape)}
            return {"array": self._array(value, path)}
        if isinstance(value, pd.DataFrame):
            return {"frame": self._frame(value, path)}
        if type(value) is dict:
            pairs = [[self.node(k, path), self.node(v, f"{path}[{k!r}]")] for k, v in value.items()]
            return {"dict": pairs}
        if type(value) in (list, set, frozenset):
            return {type(value).__name__: [self.node(v, f"{path}[{i}]") for i, v in enumerate(value)]}
        if isinstance(value, tuple) and hasattr(value, "_fields"):
            return {"named": _name(type(value), path), "tuple": [self.node(v, path) for v in value]}
        if dataclasses.is_dataclass(value):
            names = [f.name for f in dataclasses.fields(value)]
            fields = {n: self.node(getattr(value, n), f"{path}.{n}") for n in names}
            return {"class": _name(type(value), path), "fields": fields}
        raise CodecError(f"{path or 'the value'} is a {type(value).__module__}.{type(value).__qualname__}")

    def _array(self, array: np.ndarray[Any, Any], path: str) -> str:
        if array.dtype.hasobject:
            raise CodecError(f"{path} is an array of {array.dtype}")
        name = f"a{len(self.arrays)}"
        self.arrays[name] = array
        return name

    def _frame(self, frame: pd.DataFrame, path: str) -> str:
        if not isinstance(frame.index, pd.RangeIndex):
            raise CodecError(f"{path} is a data frame with an index of its own")
        name = f"{len(self.kept):05}.parquet"
        frame.to_parquet(self.folder / name)
        return name


class _Decoder:
    def __init__(self, folder: Path, arrays: Mapping[str, np.ndarray[Any, Any]]) -> None:
        self.folder = folder
        self.arrays = arrays
        self.made: list[Any] = []

    def node(self, tree: Any) -> Any:
        """Return the value of a JSON node; objects are made in the order in which they were written."""
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
        return self._object(kind, tree)

    def _object(self, kind: str, tree: dict[str, Any]) -> Any:
        place = len(self.made)
        self.made.append(None)
        match kind:
            case "array":
                self.made[place] = self.arrays[tree["array"]]
            case "objects":
                self.made[place] = array = np.empty(tree["shape"], object)
                flat = array.reshape(-1)
                for i, t in enumerate(tree["objects"]):
                    flat[i] = self.node(t)
            case "frame":
                self.made[place] = pd.read_parquet(self._inside(tree["frame"]))
            case "dict":
                known: dict[Any, Any] = {}
                self.made[place] = known
                known.update((self.node(k), self.node(v)) for k, v in tree["dict"])
            case "list":
                items: list[Any] = []
                self.made[place] = items
                items.extend(self.node(t) for t in tree["list"])
            case "set" | "frozenset":
                self.made[place] = (set if kind == "set" else frozenset)(self.node(t) for t in tree[kind])
            case "named":
                self.made[place] = tuple.__new__(_class(tree["named"], tuple), [self.node(t) for t in tree["tuple"]])
            case "class":
                self._fields(place, tree)
            case _:
                raise CodecError(f"{self.folder}: nothing is called '{kind}'")
        return self.made[place]

    def _fields(self, place: int, tree: dict[str, Any]) -> None:
        kind: Any = _class(tree["class"], object)
        if not dataclasses.is_dataclass(kind) or {f.name for f in dataclasses.fields(kind)} != set(tree["fields"]):
            raise CodecError(f"{self.folder}: {tree['class']} has other fields in this version")
        made: Any = object.__new__
        self.made[place] = value = made(kind)
        for name, field in tree["fields"].items():
            object.__setattr__(value, name, self.node(field))

    def _inside(self, name: str) -> Path:
        """Return the path of a file of this folder; a name that leads elsewhere is refused."""
        if Path(name).name != name:
            raise CodecError(f"{self.folder}: '{name}' is no file of it")
        return self.folder / name


def _scalar(value: np.generic, path: str) -> Any:
    if value.dtype.kind not in "biuf" or value.dtype.itemsize > _WIDEST:
        raise CodecError(f"{path} is a number of {value.dtype}")
    return value.item()


def _name(kind: type, path: str) -> str:
    if not kind.__module__.startswith(_PACKAGE) or "<" in kind.__qualname__:
        raise CodecError(f"{path or 'the value'} is a {kind.__module__}.{kind.__qualname__}")
    return f"{kind.__module__}:{kind.__qualname__}"


def _class(name: str, base: type) -> Any:
    """Return a class of this package by name; nothing else can be named."""
    module, _, qualname = name.partition(":")
    if not module.startswith(_PACKAGE):
        raise CodecError(f"'{name}' is no class of this package")
    found: Any = importlib.import_module(module)
    for part in qualname.split("."):
        found = getattr(found, part)
    if not (isinstance(found, type) and issubclass(found, base) and found.__module__ == module):
        raise CodecError(f"'{name}' is no class of this package")
    return found
