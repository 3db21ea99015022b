"""Worlds whose every table is pinned by a digest: a small one of four years, one household in 400 to R11, and the
teaching prefecture as it ships.

    python -m tests.golden.worlds        # compute all again and write them; say why in CHANGELOG.md

Samples go without control totals: a table kept with a region must not move what pins the code.

The digest is of the values (column names, types, bytes), not of a file, so that no version of a library moves it.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import pandas as pd

from sim.engine import api

FOLDER = Path(__file__).parent
WORLDS = {"teaching": ("teaching", 1, 2025), "small": ("tokyo", 4000, 2025), "sample_400": ("tokyo", 400, 2029)}
"""name -> (region, one household in N, last fiscal year)"""


def tables(name: str) -> dict[str, pd.DataFrame]:
    """Run one of the worlds in memory and return all of its tables."""
    region, sample, last = WORLDS[name]
    return api.frames(api.plan("baseline", region=region, sample=sample, last=last, controls=False))


def digest(frame: pd.DataFrame) -> str:
    """Return the first 16 letters of the SHA-256 over names, types and values of a table's columns."""
    h = hashlib.sha256()
    for column in frame.columns:
        values = frame[column].to_numpy()
        text = values.dtype == object or values.dtype.kind in "OUT" or isinstance(frame[column].dtype, pd.StringDtype)
        if text:
            kind, content = "text", "\0".join(map(str, frame[column])).encode()
        else:
            kind, content = values.dtype.str, np.ascontiguousarray(values).tobytes()
        h.update(f"{column}:{kind}:{len(values)};".encode() + content)
    return h.hexdigest()[:16]


def digests(name: str) -> dict[str, str]:
    """Return the digest of each table of a world, by name."""
    return {table: digest(frame) for table, frame in sorted(tables(name).items())}


def pinned(name: str) -> dict[str, str]:
    """Return the digests that stand in the file of a world."""
    return dict(json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8")))


def main() -> None:
    """Write the digests of all worlds."""
    for name in WORLDS:
        path = FOLDER / f"{name}.json"
        path.write_text(json.dumps(digests(name), indent=1) + "\n", encoding="utf-8")
        print(path)


if __name__ == "__main__":
    main()
