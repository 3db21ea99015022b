"""Which run is meant: the one place where a name, a run id or a folder becomes a run.

A name stands for the best run of that scenario: pinned before others, the scenario itself before one with values or
steps set on top, full population before samples (a smaller number is a larger sample), the whole horizon of the
scenario before part of it, replicate 0 before others, then the one finished last, in UTC. Names of folders decide
nothing. A name never stands for a run with an information date: such a run is named by its id or its folder. Runs that
stand side by side must be of one kind: `matching.find_runs` chooses a set that is.
"""

from __future__ import annotations

import datetime as dt
import logging
import shutil
import unicodedata
from collections.abc import Iterator
from pathlib import Path

from sim.core import language
from sim.core.errors import InputError, nearest
from sim.core.information import dated
from sim.core.spoken import spoken
from sim.core.units import era
from sim.outputs.folder import PARTIAL, RunFolder
from sim.outputs.manifest import FILE, instant, told_by
from sim.parameters import regions

Named = str | Path | RunFolder
"""a run folder, a run id, or the name (or file) of a scenario"""
RESULTS = Path("results")
Rank = tuple[bool, bool, int, bool, int, int, float, int, str]
"""what `rank_unpinned` sorts by, first things first"""
PIN = "pinned"
"""file in a run folder that makes the run the one its scenario's name stands for"""
_DIGEST_LENGTH = 8
_SHORTEST_ID = 4
_SHOWN = 5
"""runs a message names"""
_log = logging.getLogger(__name__)


def scenario_name(text: str | Path) -> str:
    """Return the scenario meant by a name or a file: only .yaml and .yml are cut off, in one form of Unicode."""
    name = Path(text).name
    for ending in (".yaml", ".yml"):
        name = name.removesuffix(ending)
    return unicodedata.normalize("NFC", name)


def find_run(run: Named, results: Path = RESULTS) -> RunFolder:
    """Return the run meant, after checking that it is as it was written; InputError if there is none."""
    return candidates(run, results)[0].intact()


def candidates(run: Named, results: Path = RESULTS) -> list[RunFolder]:
    """Return the runs that may be meant, best first: one for a folder or an id, all of its runs for a scenario."""
    if isinstance(run, RunFolder):
        return [run]
    text = str(run)
    found = _by_path(Path(run)) or _of_region(_by_name(text, results))
    if not found and (folder := _of_id(text, results)):
        found = _named_itself(folder)
    if not found:
        raise InputError(_none(text, scenario_name(text), results))
    return found


def _of_region(runs: list[RunFolder]) -> list[RunFolder]:
    """Return the runs of the region in force; where none was chosen and it has none, those there are."""
    own = [run for run in runs if run.manifest["region"] == regions.current()]
    return own if own or regions.chosen() is not None else runs


def _is_path(text: str | Path) -> bool:
    path = Path(text)
    return len(path.parts) > 1 or path.is_absolute()


def _by_path(path: Path) -> list[RunFolder]:
    """Return the run of a folder or of its manifest, or the runs in the folder of a scenario."""
    folder = path.parent if path.name == FILE and path.is_file() else path
    if (folder / FILE).is_file():
        return _named_itself(folder)
    return _knowing_all(listed(folder)) if _is_path(folder) and folder.is_dir() else []


def _by_name(text: str, results: Path) -> list[RunFolder]:
    """Return the runs of a scenario given by its name or its file."""
    named = not _is_path(text) or text.endswith((".yaml", ".yml"))
    return of_scenario(scenario_name(text), results) if named else []


def _knowing_all(runs: list[RunFolder]) -> list[RunFolder]:
    """Return the runs without an information date, the only ones a name stands for."""
    return [run for run in runs if run.as_of is None]


def _named_itself(path: Path) -> list[RunFolder]:
    run = RunFolder(path)
    _ = run.manifest  # one that is broken is told now
    return [run]


def of_scenario(name: str, results: Path = RESULTS) -> list[RunFolder]:
    """Return the runs a scenario's name may stand for, best first: the readable ones without an information date."""
    return _knowing_all(runs_of(name, results))


def runs_of(name: str, results: Path = RESULTS) -> list[RunFolder]:
    """Return the readable runs of a scenario, best first; its folder may be in either form of Unicode."""
    return _best_first(run for home in _homes(name, results) for run in _readable(home))


def listed(home: Path) -> list[RunFolder]:
    """Return the readable runs in the folder of one scenario, best first."""
    return _best_first(_readable(home))


def all_runs(results: Path = RESULTS) -> list[RunFolder]:
    """Return every readable run, scenario by scenario, each best first."""
    homes = sorted(p for p in _subfolders(results))
    return [run for home in homes for run in listed(home)]


def every_folder(results: Path = RESULTS) -> list[Path]:
    """Return the folder of every finished run, broken ones included."""
    return sorted(path for home in _subfolders(results) for path in run_folders(home))


def _homes(name: str, results: Path) -> list[Path]:
    return [p for p in _subfolders(results) if unicodedata.normalize("NFC", p.name) == name]


def _subfolders(folder: Path) -> list[Path]:
    try:
        return [p for p in folder.iterdir() if not p.name.startswith(".") and p.is_dir()]
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        raise InputError(f"{folder}: cannot be read ({error.strerror})") from None


def run_folders(home: Path) -> list[Path]:
    """Return the folders of runs in the folder of a scenario, broken ones included, unfinished ones not."""
    return [p for p in _subfolders(home) if not p.name.startswith(PARTIAL) and (p / FILE).is_file()]


def _readable(home: Path) -> Iterator[RunFolder]:
    """Yield the runs whose manifest can be read; the others are passed over with a word."""
    for path in run_folders(home):
        run = RunFolder(path)
        try:
            _ = run.manifest
        except InputError as error:
            said = language.either("読み飛ばした計算結果", "passed over")
            _log.warning("%s: %s", said, spoken(str(error), language.current()))
            continue
        yield run


def _best_first(runs: Iterator[RunFolder]) -> list[RunFolder]:
    return sorted(runs, key=rank)


def rank(run: RunFolder) -> tuple[bool, bool, Rank]:
    """Return the key that sorts runs of one scenario, the one its name stands for first."""
    return run.as_of is not None, not pinned(run), rank_unpinned(run)


def rank_unpinned(run: RunFolder) -> Rank:
    """Return the key without what the user said."""
    m = run.manifest
    first, last = span(run)
    return (
        scenario_name(m["scenario"]) != unicodedata.normalize("NFC", run.path.parent.name),
        bool(m["levers"] or m["overrides"]),
        m["sample"],
        not _whole(run),
        first - last,
        m["replicate"],
        -instant(m["finished"]).timestamp(),
        -(run.path / FILE).stat().st_mtime_ns,
        run.path.name,
    )


def span(run: RunFolder) -> tuple[int, int]:
    """Return the first and the last fiscal year of a run."""
    horizon = run.manifest["horizon"]
    return int(horizon["from"]), int(horizon["to"])


def _whole(run: RunFolder) -> bool:
    """Tell whether a run reaches the end of its scenario's horizon; a run that does not say so counts as whole."""
    known = run.manifest.get("whole_horizon")
    if known is None:  # an earlier version: the scenario stands beside the manifest
        try:
            return span(run)[1] >= int(run.resolved["horizon"]["to"])
        except (InputError, KeyError, TypeError, ValueError):
            return True
    return bool(known)


def _of_id(text: str, results: Path) -> Path | None:
    """Return the one run folder meant by its name, the beginning of it or its digest, or None."""
    if (results / text / FILE).is_file() and ".." not in Path(text).parts:
        return results / text
    if len(text) < _SHORTEST_ID or len(Path(text).parts) > 1:
        return None
    folders = every_folder(results)
    found = [p for p in folders if p.name == text] or [p for p in folders if _is_id(text, p.name)]
    if len(found) > 1:
        raise InputError(f"'{text}' may be any of {len(found)} runs: {_some(found)}; give more of the run id")
    return found[0] if found else None


def _some(folders: list[Path]) -> str:
    """Return the names of the first five of some run folders, and how many there are besides."""
    shown = ", ".join(f"{p.parent.name}/{p.name}" for p in sorted(folders)[:_SHOWN])
    return f"{shown} and {len(folders) - _SHOWN} more" if len(folders) > _SHOWN else shown


def _is_id(text: str, name: str) -> bool:
    return name.startswith(text) or any(
        part.startswith(text[:_DIGEST_LENGTH]) and (len(text) <= _DIGEST_LENGTH or len(part) == _DIGEST_LENGTH)
        for part in name.split("-")[2:]
    )


def _none(text: str, name: str, results: Path) -> str:
    if runs := runs_of(name, results):
        return (
            f"every finished run of '{text}' in {results}/ has an information date; name one by its id, "
            f"{_some([run.path for run in runs])}, or start one without: kokuho run {name}"
        )
    broken = [path for home in _homes(name, results) for path in run_folders(home)]
    if broken:
        reasons = []
        for path in broken[:3]:
            try:
                _ = RunFolder(path).manifest
            except InputError as error:
                reasons.append(str(error))
        return f"no readable run of '{text}' in {results}/: {' | '.join(reasons)}"
    known = sorted(home.name for home in _subfolders(results) if run_folders(home))
    return (
        f"no run '{text}': neither a run folder, nor a run id, nor a scenario with a finished run in {results}/"
        f"{nearest(name, known)} Finished: {', '.join(known) or 'none yet'}; start one with kokuho run."
    )


# what a run is, in words


def size_of(run: RunFolder) -> str:
    """Return how many residents a run has: "full population", or "1/100 sample"."""
    sample = int(run.manifest["sample"])
    return "full population" if sample == 1 else f"1/{sample} sample"


def described(run: RunFolder) -> str:
    """Return one line that says which run this is."""
    m = run.manifest
    first, last = span(run)
    said = language.either
    on_top = ""
    if m["overrides"]:
        on_top = said("値を変えた計算", "with values on top")
    elif m["levers"]:
        on_top = said("独自の処理を加えた計算", "with steps of one's own")
    code = str(m["digests"]["code"])[:_DIGEST_LENGTH]
    version = m["versions"].get("kokuho-sim", said("版不明", "version unknown"))
    parts = (
        f"{m['scenario']} {run.path.name}",
        said("全世帯" if m["sample"] == 1 else f"1/{m['sample']}標本", size_of(run)),
        said("総数を全世帯に合わせた", "told by control totals") if told_by(m) else "",
        said(f"乱数の種 {m['seed']}", f"seed {m['seed']}"),
        said(f"{m['replicate'] + 1}回目", f"replicate {m['replicate']}"),
        f"{era(first)}–{era(last)}",
        dated(run.as_of, language.current()),
        said(f"プログラム {code}（{version}）", f"code {code} ({version})"),
        on_top,
        said("固定", "pinned") if pinned(run) else "",
    )
    return " · ".join(part for part in parts if part)


def age(run: RunFolder) -> dt.timedelta:
    """Return the time since a run finished."""
    return dt.datetime.now(dt.UTC) - instant(run.manifest["finished"])


def bytes_of(run: RunFolder) -> int:
    """Return the room a run takes on disk, page and workbook included."""
    return sum(p.stat().st_size for p in run.path.rglob("*") if p.is_file())


# what a user may do to it


def pinned(run: RunFolder) -> bool:
    return (run.path / PIN).exists()


def pin(run: RunFolder) -> None:
    """Make the run the one its scenario's name stands for (not one with an information date), and keep it."""
    try:
        (run.path / PIN).touch()
    except OSError as error:
        raise InputError(f"{run.path}: cannot be pinned ({error.strerror})") from None


def unpin(run: RunFolder) -> None:
    try:
        (run.path / PIN).unlink(missing_ok=True)
    except OSError as error:
        raise InputError(f"{run.path}: cannot be unpinned ({error.strerror})") from None


def to_remove(run: Named, results: Path = RESULTS) -> RunFolder:
    """Return the run to remove, which may be broken; InputError for a pinned one or the bare name of a scenario."""
    path = Path(run) if not isinstance(run, RunFolder) else run.path
    found = path if (path / FILE).is_file() else _of_id(str(run), results)
    if found is None:
        raise InputError(
            f"'{run}' is no run folder and no run id; what is removed is named itself: kokuho runs list shows the ids"
        )
    if pinned(RunFolder(found)):
        raise InputError(f"{found} is pinned and stays; kokuho runs unpin {found.name} lets it go")
    return RunFolder(found)


def remove(run: RunFolder) -> None:
    """Remove a run; nobody meets half of it meanwhile."""
    going = run.path.with_name(f"{PARTIAL}removed-{run.path.name}")
    try:
        run.path.rename(going)
        shutil.rmtree(going)
    except OSError as error:
        raise InputError(f"{run.path}: cannot be removed ({error.strerror})") from None
