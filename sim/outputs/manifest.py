"""The manifest of a run: what it says about itself, read with one message for whatever is wrong, and sealed.

The seal is a digest over everything that says which run this is (scenario, sample, seed, ..., and the digests of its
tables), so that a sample cannot be turned into a full run by an editor. Manifests of earlier versions have none.
"""

from __future__ import annotations

import datetime as dt
import functools
import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NotRequired, TypedDict, cast

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from sim.core.errors import InputError
from sim.parameters.regions import DEFAULT
from sim.parameters.schema import Value

FILE = "manifest.yaml"
"""the region of this model; manifests of earlier versions, which do not name one, are of it"""
_IDENTITY = (
    "scenario",
    "region",
    "sample",
    "seed",
    "replicate",
    "levers",
    "horizon",
    "whole_horizon",
    "overrides",
    "finished",
)
_IF_DATED = ("as_of", "fits")
"""part of the seal of a run with an information date; earlier versions had none"""
_SEALED_DIGESTS = ("all", "plan", "parameters", "register", "code", "scenario")


Horizon = TypedDict("Horizon", {"from": int, "to": int})
"""first and last fiscal year"""


class Digests(TypedDict):
    """SHA-256 of all tables, of the plan, of what the run was made from, and of each table."""

    all: str
    plan: str
    parameters: str
    code: str
    tables: dict[str, str]
    outputs: NotRequired[dict[str, str]]
    register: NotRequired[str]
    scenario: NotRequired[str]
    manifest: NotRequired[str]


class Lever(TypedDict):
    """A step of one's own, the step it follows, and the digest of its source."""

    name: str
    after: str
    source: str


class Override(TypedDict):
    """A value set on top of the scenario by a study."""

    key: str
    year: int | None
    code: int | None
    value: Value


class KnownLater(TypedDict):
    """A table or parameter that is in use on the information date though it was published later, and why."""

    name: str
    published: str
    reason: str


class Imputed(TypedDict):
    """Tables and numbers the region does not give, made by rule or by default (`sim.parameters.imputation`)."""

    tables: Sequence[str]
    numbers: Sequence[str]


class Controls(TypedDict):
    """The control totals the institutions of a sample were told by (digest), or why by none (`engine.controls`)."""

    table: str
    said: str


class Manifest(TypedDict):
    """What a run says about itself; earlier versions did not write what need not be there.

    outputs  SHA-256 of the outputs it was asked for, where it was
    """

    scenario: str
    region: str
    description: dict[str, str]
    sample: int
    seed: int
    replicate: int
    levers: Sequence[Lever]
    horizon: Horizon
    whole_horizon: NotRequired[bool]
    overrides: Sequence[Override]
    as_of: str | None
    fits: NotRequired[str | None]
    known_later: NotRequired[Sequence[KnownLater]]
    controls: NotRequired[Controls | None]
    imputed: NotRequired[Imputed]
    finished: str
    versions: dict[str, str]
    threads: NotRequired[int]
    processors: NotRequired[int | None]
    digests: Digests
    seconds: NotRequired[dict[str, object]]
    resolved: str
    outputs: NotRequired[str]


def told_by(manifest: Manifest) -> str | None:
    """Return the digest of the control totals by which a run was told; None where it saw its own totals."""
    found = manifest.get("controls")
    return found["table"] or None if found else None


class _Part(BaseModel):
    model_config = ConfigDict(extra="allow")


class _Horizon(_Part):
    first: int = Field(alias="from")
    last: int = Field(alias="to")


class _Digests(_Part):
    all: str
    plan: str
    parameters: str
    code: str
    tables: dict[str, str]


class _Manifest(_Part):
    """What must be right in a file to be read as a Manifest."""

    scenario: str = Field(min_length=1)
    sample: int = Field(ge=1)
    seed: int
    replicate: int = Field(ge=0)
    horizon: _Horizon
    finished: dt.datetime
    digests: _Digests
    versions: dict[str, str]
    region: str = DEFAULT
    description: dict[str, str] = {}
    levers: list[dict[str, object]] = []
    overrides: list[dict[str, object]] = []
    as_of: dt.date | None = None
    resolved: str = "scenario.yaml"


def read_manifest(folder: Path) -> Manifest:
    """Return the manifest of a run folder; InputError names everything that is wrong with it in one message."""
    path = folder / FILE
    try:
        state = path.stat()
        return _read(path, state.st_mtime_ns, state.st_size)
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}); give the folder of a finished run") from None


@functools.lru_cache(maxsize=1024)
def _read(path: Path, written: int, size: int) -> Manifest:
    content = load_mapping(path)
    try:
        _Manifest.model_validate(content)
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg'].lower()}" for e in error.errors())
        raise InputError(f"{path}: not the manifest of a run ({wrong}); {_NEXT}") from None
    defaults = {"region": DEFAULT, "description": {}, "levers": [], "overrides": [], "resolved": "scenario.yaml"}
    dates = {name: _text(content[name]) if content.get(name) else None for name in _IF_DATED}
    return cast(Manifest, {**defaults, **content, **dates, "finished": _text(content["finished"])})


_NEXT = "take another run (kokuho runs list), or run the scenario again"


def load_mapping(path: Path) -> dict[str, Any]:
    """Return a YAML (or JSON) file of a run as a mapping; InputError for whatever else it is."""
    try:
        text = path.read_text(encoding="utf-8")
        content = json.loads(text) if text.startswith("{") else YAML(typ="safe").load(text)
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}); {_NEXT}") from None
    except MarkedYAMLError as error:
        where = f", line {error.problem_mark.line + 1}" if error.problem_mark else ""
        raise InputError(f"{path}: broken, not YAML{where} ({error.problem}); {_NEXT}") from None
    except (YAMLError, ValueError, RecursionError) as error:
        raise InputError(f"{path}: broken, not YAML ({str(error).splitlines()[0]}); {_NEXT}") from None
    if not isinstance(content, dict):
        said = "empty" if content is None else f"a {type(content).__name__}"
        raise InputError(f"{path}: {said} where keys and values belong; {_NEXT}")
    return content


def _text(stamp: object) -> str:
    return stamp.isoformat() if isinstance(stamp, dt.date) else str(stamp)


def day(date: dt.date | None) -> str | None:
    """Return a date as manifests write it, None where there is none."""
    return None if date is None else date.isoformat()


def now() -> str:
    """Return the time as manifests and studies write it: local, with its zone."""
    return dt.datetime.now().astimezone().isoformat(timespec="seconds")


def instant(stamp: str) -> dt.datetime:
    """Return a written time in UTC; one without a zone, as earlier versions wrote it, is of this machine's zone."""
    return dt.datetime.fromisoformat(stamp).astimezone(dt.UTC)


def in_japan(stamp: str) -> str:
    """Return a written time as people read it, Japan time whatever the zone of the machine: 2026-04-01 09:00:00 JST."""
    return instant(stamp).astimezone(_JAPAN).strftime("%Y-%m-%d %H:%M:%S JST")


_JAPAN = dt.timezone(dt.timedelta(hours=9))


def sealed(manifest: Manifest) -> Manifest:
    """Return the manifest with its seal among the digests."""
    return {**manifest, "digests": {**manifest["digests"], "manifest": seal(manifest)}}


def seal(manifest: Manifest) -> str:
    """Return the SHA-256 over what says which run this is."""
    identity: dict[str, object] = {k: manifest.get(k) for k in _IDENTITY}
    identity |= {k: manifest.get(k) for k in _IF_DATED if manifest.get("as_of")}
    identity["digests"] = {k: manifest["digests"].get(k) for k in _SEALED_DIGESTS}
    text = json.dumps(identity, sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def seal_broken(manifest: Manifest) -> bool:
    """Tell whether a manifest was changed after it was sealed; one without a seal cannot tell."""
    return "manifest" in manifest["digests"] and manifest["digests"]["manifest"] != seal(manifest)
