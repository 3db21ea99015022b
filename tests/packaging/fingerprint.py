"""Prints one digest over the values of a run's tables: `python -m tests.packaging.fingerprint results/baseline/<run>`.

The digest of a run's manifest is over its parquet files, whose bytes hold the names and versions of their writers;
this one is the same under any version of pandas and pyarrow.
"""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

import numpy as np
import pandas as pd


def fingerprint(run: Path) -> str:
    """Return the SHA-256 over names, kinds and values of all columns of all tables of a run folder."""
    h = hashlib.sha256()
    tables = sorted((run / "tables").glob("*.parquet"))
    if not tables:
        raise SystemExit(f"{run}: no tables; give the folder of a run")
    for path in tables:
        frame = pd.read_parquet(path)
        h.update(f"{path.stem}:{len(frame)};".encode())
        for name, column in frame.items():
            h.update(f"{name}:".encode() + _bytes(column))
    return h.hexdigest()


def _bytes(column: pd.Series) -> bytes:
    """Return a column's values as bytes: numbers as they lie in memory, anything else as text."""
    if isinstance(column.dtype, np.dtype) and column.dtype.kind in "biuf":
        return column.dtype.str.encode() + column.to_numpy().tobytes()
    return "\x1f".join(str(value) for value in column.tolist()).encode()


if __name__ == "__main__":
    print(fingerprint(Path(sys.argv[1])))
