"""What installed packages of others bring: levers (steps of the year) and regions, found by their entry points.

    [project.entry-points."kokuho.levers"]
    families_by_account = "kokuho_example.lever:LEVERS"     # {name of the step it follows: Step}

    [project.entry-points."kokuho.regions"]
    mihon = "kokuho_example:MIHON"                          # folder with region.yaml, a path

Nothing is imported before it is asked for by name, so a broken package harms nobody who does not use it. A mistake
in a package is one message that names package, version and entry point (docs/packages.md).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path

from sim.core.errors import InputError, nearest
from sim.core.step import Step

LEVERS, REGIONS = "kokuho.levers", "kokuho.regions"
_KIND = {LEVERS: "lever", REGIONS: "region"}


def names(group: str) -> list[str]:
    """Return the names of what installed packages bring of a group; nothing is imported."""
    return sorted({point.name for point in entry_points(group=group)})


def levers(wanted: Iterable[str]) -> dict[str, Step]:
    """Return steps of levers by the step they follow, as `sim.run(levers=...)` takes them.

    InputError for an unknown name, a package that is wrong, or two levers that follow the same step.
    """
    out: dict[str, Step] = {}
    owner: dict[str, str] = {}
    for name in dict.fromkeys(wanted):
        for after, step in _steps(_point(LEVERS, name)).items():
            if after in out:
                raise InputError(f"levers '{owner[after]}' and '{name}' both follow {after}; one run takes one of them")
            out[after], owner[after] = step, name
    return out


def region(name: str) -> Path | None:
    """Return the folder of a region that a package brings; None if none brings one of that name."""
    if name not in names(REGIONS):
        return None
    point = _point(REGIONS, name)
    folder = _load(point)
    if not isinstance(folder, str | Path):
        raise InputError(f"{_said(point)} is a {type(folder).__name__}; allowed: the path of a folder with region.yaml")
    if not Path(folder, "region.yaml").is_file():
        raise InputError(f"{_said(point)}: {folder} has no region.yaml; is it part of the installed package's data?")
    return Path(folder).resolve()


def _point(group: str, name: str) -> EntryPoint:
    """Return the entry point of a name; InputError if no package, or more than one, brings it."""
    found = {point.value: point for point in entry_points(group=group, name=name)}
    if not found:
        known = names(group)
        there = f"There are: {', '.join(known)}" if known else "No package installed here brings any (docs/packages.md)"
        raise InputError(f"no {_KIND[group]} '{name}'{nearest(name, known) or '.'} {there}")
    if len(found) > 1:
        which = "; ".join(sorted(_said(point) for point in found.values()))
        raise InputError(f"two packages bring a {_KIND[group]} '{name}'; uninstall one of them: {which}")
    return next(iter(found.values()))


def _load(point: EntryPoint) -> object:
    """Import what an entry point names; whatever goes wrong in a package is one message."""
    try:
        return point.load()
    except Exception as error:  # the code of others
        raise InputError(
            f"{_said(point)} cannot be loaded ({type(error).__name__}: {error}); repair or uninstall the package"
        ) from error


def _steps(point: EntryPoint) -> Mapping[str, Step]:
    found = _load(point)
    fits = isinstance(found, Mapping) and all(isinstance(a, str) and isinstance(s, Step) for a, s in found.items())
    if not fits or not found:
        raise InputError(
            f"{_said(point)} is not a lever; allowed: a mapping of the step it follows to a Step, "
            '{"cost.care": step("payment.mine", function)}'
        )
    assert isinstance(found, Mapping)
    return found


def _said(point: EntryPoint) -> str:
    """Return how messages call an entry point: package, version, name, object."""
    package = f"{point.dist.name} {point.dist.version}" if point.dist is not None else "a package"
    return f"{package}: {_KIND.get(point.group, 'entry point')} '{point.name}' ({point.value})"
