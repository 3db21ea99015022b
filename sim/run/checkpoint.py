"""The state between two years on disk, so that an interrupted run resumes with the same bits."""

from __future__ import annotations

import pickle
import shutil
from pathlib import Path

import numpy as np

from sim.institutions.world import World
from sim.population.table import Table

_STATE = ("books", "memory", "rates", "standard_rates", "tables", "ledgers", "year", "weight", "seed", "replicate")


def save(w: World, folder: Path) -> None:
    """Write the state after a finished year to `folder`/state, replacing an older one only when complete."""
    fresh, final = folder / "state.new", folder / "state"
    shutil.rmtree(fresh, ignore_errors=True)
    for kind, table in (("people", w.people), ("households", w.households)):
        (fresh / kind).mkdir(parents=True)
        for name, array in table.data.items():
            np.save(fresh / kind / f"{name}.npy", array)
    with (fresh / "world.pickle").open("wb") as stream:
        pickle.dump({name: getattr(w, name) for name in _STATE}, stream, protocol=pickle.HIGHEST_PROTOCOL)
    shutil.rmtree(final, ignore_errors=True)
    fresh.rename(final)


def exists(folder: Path) -> bool:
    return (folder / "state" / "world.pickle").exists()


def load(w: World, folder: Path) -> None:
    """Put the saved state into a freshly made World."""
    state = folder / "state"
    with (state / "world.pickle").open("rb") as stream:
        for name, value in pickle.load(stream).items():
            setattr(w, name, value)
    for kind, table in (("people", w.people), ("households", w.households)):
        _fill(table, state / kind)


def _fill(table: Table, folder: Path) -> None:
    for column in table.columns:
        table.data[column.name] = np.load(folder / f"{column.name}.npy")


def remove(folder: Path) -> None:
    shutil.rmtree(folder / "state", ignore_errors=True)
