"""Where the files that come with the model lie: in the installed package, or in the folders of a checkout.

A wheel holds the top-level folder `scenarios/` (with `studies/` and `schema.json`) and the examples `docs/*.yaml` under
`sim/shipped/`, see `[tool.hatch.build]` in pyproject.toml; a checkout and an editable install use the folders
themselves.
"""

from __future__ import annotations

import os
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parents[1]
_OURS = (("scenarios",), ("docs",))


def root() -> Path:
    """Return the folder that holds `scenarios/`: inside an installed package, else the checkout."""
    inside = _PACKAGE / "shipped"
    return inside if inside.is_dir() else _PACKAGE.parent


def scenarios() -> Path:
    """Return the folder of the scenarios that come with the model."""
    return root() / "scenarios"


def located(path: str | Path) -> Path:
    """Return the file meant by a path: `scenarios/…` or `docs/…` may be the shipped one.

    What lies in the working folder comes first, so that commands of the documentation work from any folder and
    a copy made there is the one that counts.
    """
    path = Path(path)
    if path.parts[:1] not in _OURS or path.is_absolute() or ".." in path.parts or os.path.exists(path):
        return path
    kept = root() / path
    return kept if os.path.isfile(kept) else path
