"""What was made of a register (`memo.once`), kept from one command to the next.

Most of what a first year takes more than a later one is reading tables of the register and making chances and rules of
them. They follow from the files of the register and the code alone, so a command that made some leaves them in the
cache under the digests of both, and the next one begins with them. Only what rests on no override is kept, and only
functions of this package: the digest of the code says nothing of others.

Commands and the processes they start do so (`cache.begin_command`). A program that imports the package may have
changed a function before it ran, which no digest of files would show.
"""

from __future__ import annotations

import hashlib
import pickle
import platform
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from sim.core import cache, keep
from sim.parameters.memo import Key, Made

if TYPE_CHECKING:
    from sim.parameters.loader import Parameters

_ROOM = 1e8
"""bytes kept; one state of a register and the code takes 4 MB"""
_FILE = "made.pickle"
BEGUN = "begun"
"""attribute of a register that began with what is kept"""
_PACKAGE = __name__.partition(".")[0] + "."

_known: dict[str, frozenset[Key]] = {}
"""what the cache holds, as far as this process has read or written it"""


def recall(register: Parameters) -> None:
    """Begin with what earlier commands made of a register as its files are; not if something was made of it already."""
    if register.variants or not cache.of_command() or register.as_of is not None or register.overrides:
        return
    register.__dict__[BEGUN] = True
    home = cache.root() / "made" / _name(register)
    if not keep.intact(home):
        return
    try:
        made: dict[Key, Made] = pickle.loads((home / _FILE).read_bytes())
    except FileNotFoundError:  # another process has just removed it, to make room
        return
    keep.used(home)
    _known[home.name] = frozenset(made)
    register.variants.update({key: [one] for key, one in made.items()})


def note(register: Parameters) -> None:
    """Leave what was made of a register for the next command, if that is more than this one began with."""
    if BEGUN not in register.__dict__:  # somebody has changed it since: its files do not tell how
        return
    own = {
        key: one for key, made in list(register.variants.items()) if _of_package(key) for one in made if not one.under
    }
    home = cache.root() / "made" / _name(register)
    if own.keys() <= _known.get(home.name, frozenset()):
        return
    content = pickle.dumps(own, protocol=5)  # arrays that are not to be written to stay so, as kernels know them
    if keep.folder(home, lambda fresh: (fresh / _FILE).write_bytes(content)):
        keep.tidy(home.parent, _ROOM)
    _known[home.name] = frozenset(own)


def _of_package(key: Key) -> bool:
    return str(key[0]).startswith(_PACKAGE)


def _name(register: Parameters) -> str:
    """Return the digest of all that decides what is made: files, code, and what arrays and tables are read with."""
    versions = f"{platform.python_version()}/{np.__version__}/{pd.__version__}"
    place = f"{register.root}/{register.home}"
    return hashlib.sha256(f"1/{register.digest()}/{place}/{cache.code_digest()}/{versions}".encode()).hexdigest()[:24]
