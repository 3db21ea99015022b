"""Folders of studies and comparisons, one of its own each time: studies/<kind>/<time>-<names>-<sample>-<digest>.

The folder `studies` holds one folder a kind and no runs, and a scenario of that name would hold runs and no kinds, so
that no name of a scenario is in the way.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
import unicodedata
from collections.abc import Sequence
from pathlib import Path

from sim.core.errors import InputError
from sim.outputs.manifest import instant, load_mapping

STUDIES = "studies"
_LONGEST = 80
"""bytes of the names in the name of a folder; the digest tells apart what was cut"""
_NOT_IN_FILES = re.compile(r'[\x00-\x1f\x7f/\\:*?"<>|\s]+')


def study_folder(results: Path, kind: str, names: Sequence[str], sample: int, content: str = "") -> Path:
    """Make and return a new folder for a study or comparison; none is ever used twice.

    names    scenarios (or the name of the study), of any number, length and characters
    sample   1 for the full population
    content  what else the study is made of, such as the digests of its runs; it enters the digest
    """
    text = "\n".join([kind, *names, str(sample), content])
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    size = "full" if sample == 1 else f"1in{sample}"
    name = f"{stamp()}-{label(names)}-{size}-{digest}"
    home = results / STUDIES / kind
    candidate, count = home / name, 1
    while True:
        try:
            candidate.mkdir(parents=True)
            return candidate
        except FileExistsError:
            if not candidate.exists():
                raise InputError(f"{home}: something in the way is not a folder") from None
            count += 1
            candidate = home / f"{name}-{count}"
        except OSError as error:
            raise InputError(f"{candidate}: cannot be made ({error.strerror})") from None


def stamp() -> str:
    """Return the time in UTC as it begins the names of folders."""
    return dt.datetime.now(dt.UTC).strftime("%Y%m%d-%H%M%SZ")


def label(names: Sequence[str]) -> str:
    """Return the names joined by + as part of the name of a file: no sign a file cannot have, cut to 80 bytes."""
    text = unicodedata.normalize("NFC", "+".join(names))
    text = _NOT_IN_FILES.sub("_", text.encode("utf-8", "replace").decode("utf-8")).strip(". ")
    if len(text.encode()) > _LONGEST:
        text = text.encode()[:_LONGEST].decode("utf-8", "ignore") + "~"
    return text or "_"


def written_studies(results: Path, kind: str, record: str) -> list[Path]:
    """Return the folders of a kind that hold a readable record, newest first; those of earlier versions included.

    `made` in the record says when, else the time of the file.
    """
    found = [*(results / STUDIES / kind).glob(f"*/{record}"), *(results / kind).glob(f"*/{record}")]
    times = {}
    for path in found:
        try:
            made = load_mapping(path).get("made")
            when = instant(str(made)) if made else dt.datetime.fromtimestamp(path.stat().st_mtime, dt.UTC)
        except (InputError, OSError, ValueError):
            continue
        times[path.parent] = (when, path.stat().st_mtime_ns)
    return sorted(times, key=times.__getitem__, reverse=True)
