"""What a user types as a year, a municipality, a file or a run, taken in or refused with one clear message."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from sim.core import language
from sim.core.errors import InputError

if TYPE_CHECKING:
    from sim.outputs.folder import RunFolder


def maybe_year(text: str | None, option: str) -> int | None:
    return None if text is None else fiscal(text, option)


def fiscal(text: str, option: str) -> int:
    from sim.scenario.scenario import year_of_model

    return year_of_model(text, option)


def municipality_name(text: str) -> str:
    """Return the Japanese name of the municipality meant by a name or code."""
    from sim.parameters import Parameters
    from sim.parameters.places import place_name

    return place_name(text, Parameters.load(), "--municipality")


def take_run(name: str | Path) -> RunFolder:
    """Return the run meant by a folder, a run id or a scenario name, and say on stderr which it is."""
    from sim.outputs.runs import find_run

    run = find_run(name)
    announce([run])
    _look_at(run)
    return run


def take_runs(names: Sequence[str | Path]) -> list[RunFolder]:
    """Return runs that may stand side by side, and say on stderr which they are."""
    from sim.outputs.matching import find_runs

    runs = find_runs(names)
    announce(runs)
    _look_at(runs[0])
    return runs


def _look_at(run: RunFolder) -> None:
    """Load what the command needs beside a run from the region of the run; InputError if it was told another."""
    from sim.parameters import regions

    own = run.manifest["region"]
    if (wanted := regions.chosen()) not in (None, own):
        raise InputError(f"--region {wanted}: {run.path} is a run of {own}; leave --region out")
    regions.choose(own)


def announce(runs: Sequence[RunFolder]) -> None:
    """Say on stderr which runs a command took, a line each: scenario, run id, size, seed, replicate, years, code."""
    from rich.console import Console
    from rich.markup import escape

    from sim.core.cache import code_digest
    from sim.outputs.runs import described

    out = Console(stderr=True)
    for run in runs:
        other = language.either(" · 現在とは異なるプログラムで計算", " · made by other code than the present")
        old = "" if run.manifest["digests"]["code"] == code_digest() else other
        name = language.either("計算結果  ", "Run     ")
        out.print(escape(f"{name}{described(run)}{old}"), style="dim", soft_wrap=True, highlight=False)


def file_to_write(path: Path | None, option: str, endings: Sequence[str] = ()) -> None:
    """Refuse a file of another ending than one of `endings`, or whose folder does not exist, before the work."""
    if path is not None and endings and path.suffix.lower() not in endings:
        raise InputError(f"{option} {path}: allowed endings: {', '.join(endings)}")
    if path is not None and not path.parent.is_dir():
        raise InputError(f"{option} {path}: there is no folder {path.parent}; make it first, or give another file")
    if path is not None and path.is_dir():
        raise InputError(f"{option} {path} is a folder; give a file")


def several(text: str | None) -> list[str]:
    """Return the parts of an option that may name several, R7,R8."""
    return [part.strip() for part in (text or "").replace("、", ",").split(",") if part.strip()]
