"""Arrivals of samples on disk: everybody who arrives is drawn before a sample is taken, longer work than all the rest.

A folder for every sample, seed, replicate and state of the code holds a file for each year. Commands leave and read
them (`cache.begin_command`); arrivals under parameters that a scenario or a study sets are not left.
"""

from __future__ import annotations

import hashlib
import pickle
from collections.abc import Callable
from pathlib import Path

import numpy as np

from sim.core import cache, keep
from sim.mechanisms.demography.chances import ArrivalDraws
from sim.population.households import Newcomers, Units

Same = tuple[ArrivalDraws, bytes, bytes]
"""all that arrivals are drawn from: draws of the year, persons wanted, who arrives"""
_ROOM = 3e8
"""bytes of arrivals kept; eight years take 2 MB at one household in a hundred"""


def drawn_before(same: Same, draw: Callable[[], tuple[Newcomers, Units]], usual: bool) -> tuple[Newcomers, Units]:
    """Return the people and households that arrive, from disk if they were left there, else as `draw` draws them.

    usual  they are those of the register's own parameters, which the next command is likely to ask for
    """
    if not cache.of_command():
        return draw()
    path = _path(same)
    if (content := keep.opened(path)) is not None:
        found: tuple[Newcomers, Units] = pickle.loads(content)
        return found
    made = draw()
    if usual:
        fresh = not path.parent.exists()
        if keep.file(path, keep.sealed(pickle.dumps(made, protocol=5))) and fresh:
            keep.tidy(path.parents[1], _ROOM)
    return made


def _path(same: Same) -> Path:
    """Return the file of the arrivals of a year, in the folder of its draws."""
    draws, wanted, who = same
    of_all_years = draws._replace(year=0, opening=0)
    folder = hashlib.sha256(f"1/{[int(x) for x in of_all_years]}/{cache.code_digest()}/{np.__version__}".encode())
    name = hashlib.sha256(f"{draws.year}/{draws.opening}/".encode() + wanted + who).hexdigest()[:16]
    return cache.root() / "arrivals" / folder.hexdigest()[:24] / f"{draws.year}-{name}.pickle"
