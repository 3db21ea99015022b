"""Parameters of a year as one record for a kernel, bound to the register by the register's own names.

    class Chances(Record, domain="payment"):
        burden_elasticity: float            # payment.burden_elasticity of the year
        stay_effect: Floats                 # a list in the register, an array in the kernel
        spread: Annotated[float, made]      # no parameter: made by the step, given by name

    chances = Chances.of(p, year, spread=...)   # chances.burden_elasticity, in a kernel too

    class Towns(Record, domain="payment", by_place=True):
        hardship_programme: float

    towns = Towns.each(p, year)                 # one record a municipality: towns[place].hardship_programme

What comes out is numpy's record, or an array of records; to a reader and a type checker it has the fields of its class.
A search for a name of the register finds every place that uses it. A field that is neither a parameter of the domain
nor marked `made`, and a `made` value that is missing or given twice, are errors when the record is made.
"""

from __future__ import annotations

import typing
from collections.abc import Mapping
from typing import Annotated, ClassVar, Protocol, Self, TypeVar, cast, get_args, get_origin, overload

import numpy as np
from numpy.typing import NDArray

from sim.core.errors import ParameterError, nearest

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Yen = NDArray[np.int64]
made = "made"
"""Mark of a field that the step computes: Annotated[float, made]."""

_KINDS: dict[object, type[np.generic]] = {float: np.float64, int: np.int64, bool: np.int64, np.uint64: np.uint64}


class Register(Protocol):
    """What a record needs of the parameter register."""

    @property
    def passports(self) -> Mapping[str, object]: ...

    def value(self, key: str, year: int, place: int | None = None) -> object: ...

    def by_place(self, key: str, year: int) -> NDArray[np.generic]: ...


R = TypeVar("R", covariant=True)


class Places(Protocol[R]):
    """Records of the municipalities: places[i] is the record of one, places["name"] a number of all of them."""

    @overload
    def __getitem__(self, key: int | np.integer, /) -> R: ...

    @overload
    def __getitem__(self, key: str, /) -> NDArray[np.number]: ...

    def copy(self) -> Self: ...


class Record:
    """Base of the parameter records of mechanisms; see the module."""

    domains: ClassVar[tuple[str, ...]] = ()
    by_place: ClassVar[bool] = False
    fields: ClassVar[dict[str, tuple[type[np.generic], bool]]] = {}
    """name -> (number type of numpy, whether made by the step)"""

    def __init_subclass__(cls, domain: str | tuple[str, ...] = (), by_place: bool = False) -> None:
        cls.domains = (domain,) if isinstance(domain, str) else domain
        cls.by_place = by_place
        cls.fields = {}

    @classmethod
    def _declared(cls) -> dict[str, tuple[type[np.generic], bool]]:
        """Return the declared fields, read from the annotations when first asked for."""
        if not cls.fields:
            hints = typing.get_type_hints(cls, include_extras=True)
            cls.fields = {n: _kind(h) for n, h in hints.items() if get_origin(h) is not ClassVar}
        return cls.fields

    @classmethod
    def keys(cls, p: Register) -> dict[str, str]:
        """Return field -> key of the register, of the fields that are parameters."""
        found = {}
        for name, (_, own) in cls._declared().items():
            if own:
                continue
            key = next((f"{d}.{name}" for d in cls.domains if f"{d}.{name}" in p.passports), None)
            if key is None:
                known = [k for k in p.passports if k.partition(".")[0] in cls.domains]
                names = " or ".join(f"'{d}.{name}'" for d in cls.domains)
                raise ParameterError(
                    f"{cls.__name__}: no parameter {names}{nearest(f'{cls.domains[0]}.{name}', known)}"
                )
            found[name] = key
        return found

    @classmethod
    def of(cls, p: Register, year: int, **given: object) -> Self:
        """Return the numbers of a fiscal year, one record.

        given  the values of the fields marked `made`
        """
        if cls.by_place:
            raise TypeError(f"{cls.__name__} is by municipality: use {cls.__name__}.each")
        return cast(Self, cls._made(p, year, given))

    @classmethod
    def each(cls, p: Register, year: int, **given: object) -> Places[Self]:
        """Return the numbers of a fiscal year by municipality, records [places]; for a class `by_place`.

        given  the values of the fields marked `made`, arrays [places, ...]
        """
        if not cls.by_place:
            raise TypeError(f"{cls.__name__} is one record: use {cls.__name__}.of")
        return cast(Places[Self], cls._made(p, year, given))

    @classmethod
    def _made(cls, p: Register, year: int, given: Mapping[str, object]) -> object:
        fields = cls._declared()
        wanted = {name for name, (_, own) in fields.items() if own}
        if wanted != given.keys():
            raise TypeError(f"{cls.__name__}: to be given are {sorted(wanted)}, got {sorted(given)}")
        keys = cls.keys(p)
        ask = p.by_place if cls.by_place else p.value
        values = {n: given[n] if own else ask(keys[n], year) for n, (_, own) in fields.items()}
        return _packed({n: np.asarray(v, fields[n][0]) for n, v in values.items()}, cls.by_place)


def pack(values: Mapping[str, object]) -> np.record:
    """Return numbers and arrays as one record with the same names, in their own types."""
    return cast(np.record, _packed({name: np.asarray(v) for name, v in values.items()}, by_place=False))


def _kind(hint: object) -> tuple[type[np.generic], bool]:
    """Return (number type, whether made by the step) of an annotation."""
    own = get_origin(hint) is Annotated and made in get_args(hint)[1:]
    inner = get_args(hint)[0] if get_origin(hint) is Annotated else hint
    if get_origin(inner) is np.ndarray:
        return get_args(get_args(inner)[1])[0], own
    if inner not in _KINDS:
        raise TypeError(f"a field of a Record is float, int, bool, Floats, Ints or Yen, not {inner}")
    return _KINDS[inner], own


def _packed(values: Mapping[str, NDArray[np.generic]], by_place: bool) -> object:
    shape = {n: v.shape[1:] if by_place else v.shape for n, v in values.items()}
    kind = np.dtype([(n, v.dtype, shape[n]) for n, v in values.items()], align=True)
    rows = next(iter(values.values())).shape[0] if by_place else 1
    out = np.zeros(rows, kind)
    for name, value in values.items():
        out[name] = value if by_place else value[None]
    return out.view(np.recarray) if by_place else out.view(np.recarray)[0]
