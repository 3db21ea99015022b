"""Control totals a region keeps: facts of its full baseline, by which its samples are told (`institutions.control`).

    facts.csv      one row a fiscal year and municipality, one column a fact counted among people
    controls.yaml  what they were made with, and when

They hold for samples of the same register, seed of the population and code of the model (`cache.model_digest`), of
whatever scenario, seed, size and replicate; else the institutions of a sample see its own totals, and the run says so.
`kokuho calibrate --controls` makes them anew. What a sample's own baseline counts is lived once and kept in the cache.
"""

from __future__ import annotations

import functools
import hashlib
import io
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from sim.core import cache, keep
from sim.core.errors import InputError
from sim.core.units import era
from sim.institutions.control import Facts
from sim.institutions.memory import OF_PEOPLE, Memory
from sim.outputs.folder import dump_yaml
from sim.outputs.manifest import load_mapping, now
from sim.parameters.files import CONTROLS

if TYPE_CHECKING:
    from sim.engine.api import Plan

FOLDER = CONTROLS
BASE = "baseline"
"""the scenario whose facts are kept"""
FACTS, ABOUT = "facts.csv", "controls.yaml"
REMAKE = "kokuho calibrate --controls"
_ROOM = 3e8
"""bytes of counts of samples' own baselines kept"""


@dataclass(frozen=True)
class Standing:
    """How a run stands to the control totals of its region.

    digest   of the totals it is told by; empty: its institutions see the totals of its own rows
    said     why it is told by none, where its region keeps some
    is_base  its parameters are those of the baseline
    last     the last fiscal year of the totals
    """

    digest: str = ""
    said: str = ""
    is_base: bool = False
    last: int = 0


NONE = Standing()


def kept_by(region: Path) -> Path | None:
    """Return the folder of the control totals of a region, None where it keeps none."""
    home = region / FOLDER
    return home if (home / ABOUT).is_file() else None


def code() -> str:
    """Return the digest of the code whose figures are kept."""
    return cache.model_digest()


def fits(base: Plan) -> str:
    """Return the digest of everything that decides the facts of a full baseline."""
    parts = (base.parameters.digest(), base.scenario.seed, base.seed, base.replicate, base.first, cache.model_digest())
    return hashlib.sha256("/".join(map(str, parts)).encode()).hexdigest()


def standing(home: Path, base: Plan, chosen: Plan) -> Standing:
    """Return how a plan stands to the totals in a folder; `base` is the full baseline as it would run today."""
    about = load_mapping(home / ABOUT)
    last, content = int(about.get("last", 0)), (home / FACTS).read_bytes() if (home / FACTS).is_file() else b""
    digest = hashlib.sha256(content).hexdigest()
    where = f"control totals in {home.parent.name}/{home.name}"
    if digest != about.get("facts"):
        return Standing(said=f"{where}: {FACTS} is not the one they were made with; {_UNTOLD}")
    if about.get("digest") != fits(base):
        return Standing(said=f"{where} are of another register or code; {_UNTOLD}")
    if chosen.last > last:
        return Standing(said=f"{where} end in {era(last)}; {_UNTOLD}")
    if chosen.scenario.seed != base.scenario.seed:
        return Standing(said=f"{where} are of another population (seed of the scenario); {_UNTOLD}")
    like = chosen.parameters.digest() == base.parameters.digest() and not chosen.levers
    return Standing(digest=digest, is_base=like, last=last)


_UNTOLD = f"institutions see the sample's own totals ({REMAKE} makes them anew)"


def full(home: Path, codes: list[int]) -> Facts:
    """Return the facts of the full baseline by fiscal year, municipalities in the order of `codes`."""
    path = home / FACTS
    return _read(path, path.stat().st_mtime_ns, tuple(codes))


@functools.lru_cache(maxsize=4)
def _read(path: Path, written: int, codes: tuple[int, ...]) -> Facts:
    table = pd.read_csv(path, dtype=np.int64).set_index(["year", "code"])
    if missing := [name for name in OF_PEOPLE if name not in table]:
        raise InputError(f"{path}: no column {', '.join(missing[:3])}; make it anew with {REMAKE}")
    out: Facts = {}
    for year in dict.fromkeys(int(y) for y in table.index.get_level_values("year")):
        rows = table.loc[year].reindex(list(codes))
        out[year] = {name: rows[name].to_numpy(np.int64) for name in OF_PEOPLE}
    return out


def write(region: Path, base: Plan, table: pd.DataFrame) -> Path:
    """Write the control totals of a region from the table municipality_year of its full baseline; return their folder.

    A fact that some municipality does not know is nothing there.
    """
    home = region / FOLDER
    home.mkdir(exist_ok=True)
    known = table[["year", "code", *OF_PEOPLE]].fillna(0).astype(np.int64)
    content = known.to_csv(index=False, lineterminator="\n").encode()
    (home / FACTS).write_bytes(content)
    about = {
        "made": now(),
        "digest": fits(base),
        "facts": hashlib.sha256(content).hexdigest(),
        "register": base.parameters.register().digest(),
        "code": cache.model_digest(),
        "seed": base.seed,
        "first": int(known["year"].min()),
        "last": int(known["year"].max()),
    }
    dump_yaml(home / ABOUT, about)
    return home


# what a sample's own baseline counts


def own(base: Plan) -> Facts | None:
    """Return what the baseline of a sample counts, None where it was not lived yet."""
    home = _store() / _name(base)
    if not keep.intact(home):
        return None
    try:
        with np.load(home / "facts.npz", allow_pickle=False) as arrays:
            years, names, values = arrays["years"], arrays["names"], arrays["values"]
    except FileNotFoundError:  # another process has just removed it, to make room
        return None
    keep.used(home)
    return {int(y): dict(zip(map(str, names), row, strict=True)) for y, row in zip(years, values, strict=True)}


def keep_own(base: Plan, memory: Memory) -> Facts:
    """Keep what the rows of a sample's baseline add up to, and return it."""
    years = [y for y in memory.years if base.controls.last >= y >= base.first]
    names = [name for name in OF_PEOPLE if all(memory.knows(y, name) for y in years)]
    values = np.array([[memory.own(y, name) for name in names] for y in years])
    stream = io.BytesIO()
    np.savez(stream, years=np.array(years), names=np.array(names), values=values)
    keep.folder(_store() / _name(base), lambda fresh: (fresh / "facts.npz").write_bytes(stream.getvalue()))
    keep.tidy(_store(), _ROOM)
    return {y: {name: memory.own(y, name) for name in names} for y in years}


def _store() -> Path:
    return cache.root() / "controls"


def _name(base: Plan) -> str:
    return base.digest()[:24]
