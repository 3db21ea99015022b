"""The run folder: written under a temporary name, renamed when complete, read back as tables."""

from __future__ import annotations

import functools
import hashlib
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from ruamel.yaml import YAML

from sim.core.errors import BalanceError, InputError, nearest
from sim.outputs.tables import BY_NAME

PARTIAL = ".partial-"


def write_tables(folder: Path, tables: dict[str, list[pd.DataFrame]]) -> dict[str, str]:
    """Write each declared table as parquet and return the SHA-256 of each file, by table."""
    (folder / "tables").mkdir(parents=True, exist_ok=True)
    digests = {}
    for name in sorted(tables):
        frame = declared(name, pd.concat(tables[name], ignore_index=True))
        path = folder / "tables" / f"{name}.parquet"
        frame.to_parquet(path, index=False)
        digests[name] = hashlib.sha256(path.read_bytes()).hexdigest()
    return digests


def declared(name: str, frame: pd.DataFrame) -> pd.DataFrame:
    """Return the frame with its declared columns in declared order; refuse what is not declared."""
    if name not in BY_NAME:
        raise BalanceError(f"table '{name}' is not declared in outputs/tables.py{nearest(name, BY_NAME)}")
    spec = BY_NAME[name]
    order = [*spec.keys, *spec.columns]
    extra, missing = set(frame.columns) - set(order), set(order) - set(frame.columns)
    if extra or missing:
        raise BalanceError(f"table {name}: not declared {sorted(extra)}, missing {sorted(missing)}")
    return frame[order]


def combined(digests: dict[str, str]) -> str:
    """Return one digest over all tables of a run."""
    return hashlib.sha256("".join(f"{k}:{v};" for k, v in sorted(digests.items())).encode()).hexdigest()


def publish(partial: Path, final: Path) -> Path:
    """Rename a finished partial folder to its final name. A folder that exists is complete."""
    final.parent.mkdir(parents=True, exist_ok=True)
    partial.rename(final)
    return final


def discard(partial: Path) -> None:
    shutil.rmtree(partial, ignore_errors=True)


def dump_yaml(path: Path, content: dict[str, Any]) -> None:
    yaml = YAML()
    yaml.width = 120
    with path.open("w", encoding="utf-8") as stream:
        yaml.dump(content, stream)


@functools.lru_cache(maxsize=64)
def _manifest(path: Path) -> dict[str, Any]:
    return YAML(typ="safe").load(path.read_text(encoding="utf-8"))


@functools.lru_cache(maxsize=96)
def _frame(path: Path, written: int) -> pd.DataFrame:
    return pd.read_parquet(path)


@dataclass(frozen=True)
class RunFolder:
    """A complete run on disk."""

    path: Path

    @property
    def manifest(self) -> dict[str, Any]:
        return _manifest(self.path / "manifest.yaml")

    @property
    def tables(self) -> list[str]:
        return sorted(p.stem for p in (self.path / "tables").glob("*.parquet"))

    def table(self, name: str) -> pd.DataFrame:
        path = self.path / "tables" / f"{name}.parquet"
        if not path.exists():
            raise InputError(f"{self.path}: no table '{name}'{nearest(name, self.tables)}")
        return _frame(path, path.stat().st_mtime_ns).copy(deep=False)  # pandas copies on write: the kept one stays

    def made_with(self, *digests: str) -> bool:
        """Tell whether the manifest holds these digests; far quicker than reading it as YAML."""
        text = (self.path / "manifest.yaml").read_text(encoding="utf-8")
        return all(digest in text for digest in digests)


def find_run(run: str | Path, results: Path = Path("results")) -> RunFolder:
    """Return the run meant by a folder, or the latest complete run of a scenario name."""
    path = Path(run)
    if (path / "manifest.yaml").exists():
        return RunFolder(path)
    candidates = sorted(
        (p.parent for p in (results / Path(run).stem).glob("*/manifest.yaml") if not p.parent.name.startswith(PARTIAL)),
        key=lambda p: p.name,
    )
    if candidates:
        return RunFolder(candidates[-1])
    known = sorted({p.parents[1].name for p in results.glob("*/*/manifest.yaml")})
    raise InputError(
        f"no run '{run}': neither a run folder nor a scenario with a finished run in {results}/"
        f"{nearest(str(run), known)} Finished: {', '.join(known) or 'none yet'}; start one with kokuho run."
    )
