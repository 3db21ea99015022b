"""The run folder: written under a temporary name, renamed when complete, read back as tables."""

from __future__ import annotations

import errno
import functools
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.parquet as pq
from ruamel.yaml import YAML

from sim.core.errors import InputError, nearest
from sim.core.tables import Columns, joined
from sim.outputs.manifest import FILE, Manifest, load_mapping, read_manifest, seal_broken
from sim.parameters import Parameters, regions
from sim.parameters.regions import Region
from sim.parameters.vintages import information_date

PARTIAL = ".partial-"


def write_tables(folder: Path, tables: Mapping[str, Sequence[pd.DataFrame | Columns]]) -> dict[str, str]:
    """Write each table as parquet and return the SHA-256 of each file, by table."""
    (folder / "tables").mkdir(parents=True, exist_ok=True)
    digests = {}
    for name in sorted(tables):
        frame = joined(tables[name])
        path = folder / "tables" / f"{name}.parquet"
        frame.to_parquet(path, index=False)
        digests[name] = hashlib.sha256(path.read_bytes()).hexdigest()
    return digests


def combined(digests: dict[str, str]) -> str:
    """Return one digest over all tables of a run."""
    return hashlib.sha256("".join(f"{k}:{v};" for k, v in sorted(digests.items())).encode()).hexdigest()


def publish(partial: Path, final: Path) -> Path:
    """Rename a finished partial folder to its final name; a counter follows where another run has that name.

    A folder that exists is complete.
    """
    final.parent.mkdir(parents=True, exist_ok=True)
    candidate, count = final, 1
    while True:
        try:
            return partial.rename(candidate)
        except OSError as error:
            if error.errno not in (errno.ENOTEMPTY, errno.EEXIST, errno.ENOTDIR) or not candidate.exists():
                raise
            count += 1
            candidate = final.with_name(f"{final.name}-{count}")


def dump_yaml(path: Path, content: Mapping[str, object]) -> None:
    yaml = YAML()
    yaml.width = 120
    with path.open("w", encoding="utf-8") as stream:
        yaml.dump(content, stream)


@functools.lru_cache(maxsize=96)
def _frame(path: Path, written: int) -> pd.DataFrame:
    return pd.read_parquet(path)


@functools.lru_cache(maxsize=8192)
def _sha256(path: Path, written: int, size: int) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _digest(path: Path) -> str:
    """Return the SHA-256 of a file, worked out once in a process as long as the file stays as it is."""
    state = path.stat()
    return _sha256(path, state.st_mtime_ns, state.st_size)


@dataclass(frozen=True)
class RunFolder:
    """A complete run on disk."""

    path: Path

    @property
    def manifest(self) -> Manifest:
        """What the run says about itself; InputError if its manifest is missing or broken."""
        return read_manifest(self.path)

    @property
    def as_of(self) -> str | None:
        """The information date of the run, 2024-10-31; None if it knew everything."""
        return self.manifest["as_of"]

    def register(self) -> Parameters:
        """Return the register as the run saw it on its information date, without what its scenario sets."""
        fits = self.manifest.get("fits") is not None
        return Parameters.load(self.region.name, as_of=information_date(self.as_of), fits=fits)

    @property
    def region(self) -> Region:
        """The region of the run; ParameterError where its folder is gone."""
        return regions.read(self.manifest["region"])

    @property
    def scenario(self) -> str:
        return str(self.manifest["scenario"])

    @property
    def resolved(self) -> dict[str, Any]:
        """The scenario as the run had it, every value in force under `parameters`."""
        path = self.path / str(self.manifest["resolved"])
        content = load_mapping(path)
        if not isinstance(content.get("parameters"), dict):
            raise InputError(f"{path}: no 'parameters:' with the values of the run; run the scenario again")
        return content

    @property
    def tables(self) -> list[str]:
        return sorted(p.stem for p in (self.path / "tables").glob("*.parquet"))

    def table(self, name: str) -> pd.DataFrame:
        """Return a table; InputError if it is missing, or not what the run wrote."""
        path = self.path / "tables" / f"{name}.parquet"
        if not path.exists():
            raise InputError(f"{self.path}: no table '{name}'{nearest(name, self.tables)}")
        if (self.path / FILE).exists() and (problem := self._problem(path, self.manifest["digests"]["tables"])):
            raise InputError(_changed(self.path, [problem]))
        try:
            frame = _frame(path, path.stat().st_mtime_ns)
        except (OSError, ValueError) as error:  # pyarrow's errors are ValueErrors
            raise InputError(f"{path}: not a table ({str(error).splitlines()[0]})") from None
        return frame.copy(deep=False)  # pandas copies on write: the kept one stays

    @property
    def outputs(self) -> list[str]:
        """The declared outputs of the run, by name."""
        return sorted(p.stem for p in (self.path / "outputs").glob("*.parquet"))

    def output(self, name: str) -> pd.DataFrame:
        """Return a declared output whole; InputError if there is none of that name, or it is not what the run wrote."""
        path = self.path / "outputs" / f"{name}.parquet"
        if not path.exists():
            raise InputError(f"{self.path}: no output '{name}'{nearest(name, self.outputs)}")
        if problem := self._problem(path, self.manifest["digests"].get("outputs", {})):
            raise InputError(_changed(self.path, [problem]))
        frame: pd.DataFrame = pq.read_table(path).to_pandas(date_as_object=False)
        return frame

    def problems(self) -> list[str]:
        """Return what is not as the run wrote it, a line each: manifest, scenario, tables. Empty: all is well."""
        manifest = self.manifest
        written = manifest["digests"]["tables"]
        found = [f"{FILE}: edited; it does not fit its own seal"] if seal_broken(manifest) else []
        if combined(written) != manifest["digests"]["all"]:
            found.append(f"{FILE}: edited; the digests of the tables do not give the digest of the run")
        if (whole := manifest["digests"].get("scenario")) is not None:
            found += self._file_problem(self.path / str(manifest["resolved"]), whole)
        for name in sorted({*written, *self.tables}):
            if problem := self._problem(self.path / "tables" / f"{name}.parquet", written):
                found.append(problem)
        outputs = manifest["digests"].get("outputs", {})
        for name in sorted({*outputs, *self.outputs}):
            if problem := self._problem(self.path / "outputs" / f"{name}.parquet", outputs):
                found.append(problem)
        return found

    def intact(self) -> RunFolder:
        """Return the run; InputError says in one message what of it changed since it was written."""
        if problems := self.problems():
            raise InputError(_changed(self.path, problems))
        return self

    def _problem(self, path: Path, written: dict[str, str]) -> str:
        if path.stem not in written:
            return f"{path.parent.name}/{path.name}: not of this run; it was added"
        return "".join(self._file_problem(path, written[path.stem]))

    def _file_problem(self, path: Path, digest: str) -> list[str]:
        name = path.relative_to(self.path).as_posix()
        try:
            return [] if _digest(path) == digest else [f"{name}: changed (or cut) after the run"]
        except FileNotFoundError:
            return [f"{name}: missing"]
        except OSError as error:
            return [f"{name}: cannot be read ({error.strerror})"]

    def made_with(self, *digests: str) -> bool:
        """Tell whether the manifest holds these digests; far quicker than reading it as YAML."""
        try:
            text = (self.path / FILE).read_bytes()
        except OSError:
            return False
        return all(digest.encode() in text for digest in digests)


def _changed(path: Path, problems: list[str]) -> str:
    told = "; ".join(problems[:4]) + (f"; and {len(problems) - 4} more" if len(problems) > 4 else "")
    return (
        f"{path}: not what the run wrote: {told}. Take another run, or remove this one "
        f"(kokuho runs remove {path.name}) and run its scenario again"
    )
