"""Runs side by side: what they must share, the best set that shares it, and how to make one where there is none."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path

from sim.core.cache import code_digest
from sim.core.errors import InputError
from sim.core.units import era
from sim.outputs.folder import RunFolder
from sim.outputs.manifest import told_by
from sim.outputs.runs import RESULTS, Named, Rank, candidates, listed, pinned, rank_unpinned, size_of, span
from sim.parameters.regions import DEFAULT

SHARED = ("region", "sample", "seed", "replicate", "years", "as_of", "code", "register", "controls")
"""what runs side by side share, so that nothing but their scenarios sets them apart"""

Kind = tuple[str, int, int, int, tuple[int, int], str | None, str, str | None, str | None]
"""what runs share, in the order of SHARED"""


def find_runs(runs: Sequence[Named], results: Path = RESULTS) -> list[RunFolder]:
    """Return runs that may stand side by side, the base first; of names the best set that fits together.

    Raises InputError if there is none, with what differs and the commands that would make a match.
    """
    return [run.intact() for run in matching_set([candidates(run, results) for run in runs])]


def kind(run: RunFolder) -> Kind:
    """Return what a run must share with those it stands beside, in the order of SHARED."""
    m, digests = run.manifest, run.manifest["digests"]
    return (
        m["region"],
        m["sample"],
        m["seed"],
        m["replicate"],
        span(run),
        m["as_of"],
        digests["code"],
        digests.get("register"),
        told_by(m),
    )


def matching_set(options: Sequence[Sequence[RunFolder]]) -> list[RunFolder]:
    """Return one run of each option, all of one kind: those with most pinned, then the best of the rest.

    Each option lists its runs best first. Raises InputError as `side_by_side` does where no set fits together.
    """
    if len(options) == 1:
        return [options[0][0]]
    by_kind: list[dict[Kind, RunFolder]] = []
    for runs in options:
        best: dict[Kind, RunFolder] = {}
        for run in runs:
            best.setdefault(kind(run), run)
        by_kind.append(best)
    common = [k for k in by_kind[0] if all(k in own for own in by_kind)]
    if not common:
        side_by_side([runs[0] for runs in options])
    chosen = min(([own[k] for own in by_kind] for k in common), key=_rank)
    side_by_side(chosen)
    return chosen


def _rank(runs: Sequence[RunFolder]) -> tuple[int, Rank]:
    return sum(not pinned(run) for run in runs), max(rank_unpinned(run) for run in runs)


def side_by_side(runs: Sequence[RunFolder]) -> None:
    """Refuse runs that differ in anything but their scenario, or that are one and the same.

    InputError says what differs, and gives the commands (or the run) that would make a match.
    """
    places = [run.path.resolve() for run in runs]
    if twice := sorted({str(run.path) for run, place in zip(runs, places, strict=True) if places.count(place) > 1}):
        raise InputError(f"{', '.join(twice)} is given twice; give each run once")
    base = runs[0]
    others = [run for run in runs[1:] if kind(run) != kind(base)]
    if not others:
        return
    lines = [
        "runs side by side must share region, sample, seed, replicate, years, information date, code, register and "
        f"control totals; {_label(run)} and {_label(base)} differ in {_differences(base, run)}"
        for run in others
    ]
    raise InputError("\n".join([*lines, *_remedy(base, others)]))


def _label(run: RunFolder) -> str:
    return f"{run.scenario} ({run.path.name})"


def _differences(base: RunFolder, run: RunFolder) -> str:
    """Return what differs: "replicate (2, not 0), code (…)"."""
    told = []
    for name, mine, theirs in zip(SHARED, kind(run), kind(base), strict=True):
        if mine == theirs or (name == "register" and None in (mine, theirs)):
            continue
        if name == "sample":
            told.append(f"sample ({size_of(run)}, not {size_of(base)})")
        elif name == "years":
            told.append(f"years ({_years(run)}, not {_years(base)})")
        elif name == "as_of":
            told.append(f"information date ({mine or 'none'}, not {theirs or 'none'})")
        elif name == "controls":
            told.append(f"control totals ({str(mine or 'none')[:8]}, not {str(theirs or 'none')[:8]})")
        elif name in ("code", "register"):
            told.append(f"{name} ({str(mine)[:8]}, not {str(theirs)[:8]})")
        else:
            told.append(f"{name} ({mine}, not {theirs})")
    return ", ".join(told)


def _years(run: RunFolder) -> str:
    first, last = span(run)
    return f"{era(first)}–{era(last)}"


def _remedy(base: RunFolder, others: Sequence[RunFolder]) -> list[str]:
    """Return the lines that tell how to get runs that match."""
    lines = []
    missing = []
    for run in others:
        fitting = next((r for r in listed(run.path.parent) if kind(r) == kind(base)), None)
        if fitting is not None:
            lines.append(f"This one matches: {fitting.path}")
        else:
            missing.append(run)
    if missing:
        old = base.manifest["digests"]["code"] != code_digest()
        wanted = [base, *others] if old else missing
        why = " (the base was made by other code, so it runs again too)" if old else ""
        lines.append(f"A match is made by{why}:")
        lines += [f"  {_command(run, base)}" for run in wanted]
    return lines


def _command(run: RunFolder, base: RunFolder) -> str:
    """Return the command that runs a scenario as the base was run."""
    m = base.manifest
    words = ["kokuho", "run", run.scenario, "--sample", str(m["sample"]), "--seed", str(m["seed"])]
    if m["replicate"]:
        words += ["--replicates", str(int(m["replicate"]) + 1)]
    words += ["--to", era(span(base)[1])]
    if m["region"] != DEFAULT:
        words += ["--region", m["region"]]
    if m["sample"] > 1 and told_by(m) is None:
        words.append("--no-controls")
    if base.as_of:
        words += ["--as-of", base.as_of]
    if run.path.parent.parent.name not in ("results", ""):
        words += ["--out", str(run.path.parent.parent)]
    command = shlex.join(words)
    on_top = run.manifest["overrides"] or run.manifest["levers"]
    return f"{command}   (without the values or steps set on top of the scenario)" if on_top else command
