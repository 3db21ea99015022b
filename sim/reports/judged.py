"""The published figures beside those of a run, worked out once a run."""

from __future__ import annotations

import functools

import pandas as pd

from sim.outputs.folder import RunFolder
from sim.studies.validation import rows


@functools.lru_cache(maxsize=4)
def judged(run: RunFolder) -> pd.DataFrame:
    """Return the validation rows of a run, which never change; not to be written to."""
    return rows(run)
