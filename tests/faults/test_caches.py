"""Caches are never trusted blindly, never grow without end, never decide a result, and are never needed."""

from __future__ import annotations

import ast
import errno
import json
import os
import pickle
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from sim.core import cache, keep, kernel_cache, rng
from sim.institutions.world import World
from sim.mechanisms.demography import chances, schedule
from sim.mechanisms.demography import step as demography
from sim.parameters import Parameters, files, kept
from sim.parameters.memo import once
from sim.population import store, synthesis
from sim.population.table import Table, household_table, people_table
from sim.studies import execution
from sim.studies.execution import Task

ROOT = Path(cache.__file__).parents[2]
SEED = 7
SMALL = files.ROOT / "law" / "income.yaml"
SET = {("population.couple_gap", None, None): 2.5}


@pytest.fixture(scope="module")
def p() -> Parameters:
    return Parameters.load()


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of its own."""
    monkeypatch.setattr(cache, "root", lambda: tmp_path / "cache")
    monkeypatch.delenv(keep._TOLD, raising=False)
    return tmp_path / "cache"


@pytest.fixture
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache folder that cannot be made, for root neither: it would lie in a file."""
    (tmp_path / "file").write_text("")
    monkeypatch.setattr(cache, "root", lambda: tmp_path / "file" / "cache")
    monkeypatch.setenv("KOKUHO_CACHE", str(tmp_path / "file" / "cache"))
    monkeypatch.delenv(keep._TOLD, raising=False)
    return tmp_path / "file" / "cache"


@pytest.fixture
def builds(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """A population of 400 households in place of Tokyo; the list grows by one with every build."""
    made: list[int] = []

    def population(p: Parameters, seed: int) -> tuple[Table, Table]:
        made.append(seed)
        people, households = people_table(800), household_table(400)
        people.household[:] = np.repeat(np.arange(400), 2)
        people.pid[:] = np.arange(800) + 10_000
        people.salary[:] = np.arange(800) * 1_000
        households.hid[:] = np.arange(400) * 7 + 3
        households.start[:] = households.head[:] = np.arange(400) * 2
        households.size[:] = 2
        return people, households

    monkeypatch.setattr(synthesis, "population", population)
    return made


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[-3] ^= 4
    path.write_bytes(content)


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-40])


def empty(path: Path) -> None:
    path.write_bytes(b"")


DAMAGES: tuple[Callable[[Path], None], ...] = (flip, cut, empty, Path.unlink)


def _age(path: Path) -> float:
    return path.stat().st_mtime


def _python(code: str, home: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    names = ("PATH", "SYSTEMROOT", "TMPDIR", "TEMP", "LANG")
    inherited = {name: os.environ[name] for name in names if name in os.environ}
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=home,
        env={**inherited, "PYTHONPATH": str(home), **environment},
        capture_output=True,
        text=True,
        timeout=300,
    )


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """A copy of the package with the modules of the cache and two of a kernel's own, the callee in another file."""
    home = tmp_path / "copy"
    (home / "sim" / "core").mkdir(parents=True)
    for name in ("__init__", "cache", "errors", "keep", "kernel_cache", "language", "spoken"):
        shutil.copy(ROOT / "sim" / "core" / f"{name}.py", home / "sim" / "core")
    (home / "sim" / "__init__.py").write_text("from sim.core import cache\n\ncache.use()\n")
    (home / "sim" / "rule.py").write_text("import numba\n\n\n@numba.njit\ndef rule(x):\n    return x + 1\n")
    (home / "sim" / "kernel.py").write_text(
        "import numba\n\nfrom sim.rule import (\n    rule,  # (of the law)\n)\n\n\n"
        "@numba.njit(cache=True)\ndef kernel(x):\n    return rule(x)\n"
    )
    return home


COUNTED = "import numba, sim; from sim.kernel import kernel; print(kernel(1), sum(kernel.stats.cache_hits.values()))"


# machine code


def test_an_edited_callee_moves_the_result_with_numba_imported_first(copied: Path, tmp_path: Path) -> None:
    """Kernels went to __pycache__, and code of before the edit ran under the digest of after it."""
    kept = {"KOKUHO_CACHE": str(tmp_path / "kept")}
    assert _python(COUNTED, copied, **kept).stdout == "2 0\n"
    assert _python(COUNTED, copied, **kept).stdout == "2 1\n"
    assert not list(copied.rglob("*.nbi"))
    rule = copied / "sim" / "rule.py"
    rule.write_text(rule.read_text().replace("x + 1", "x + 5"))
    assert _python(COUNTED, copied, **kept).stdout == "6 0\n"
    chosen = tmp_path / "chosen"  # a folder of the user's own is divided in the same way
    assert _python(COUNTED, copied, NUMBA_CACHE_DIR=str(chosen), **kept).stdout == "6 0\n"
    assert [f.name for f in chosen.iterdir()] == [max((tmp_path / "kept" / "numba").iterdir(), key=_age).name]


def test_kernels_of_this_process_are_in_the_folder_of_their_digest() -> None:
    """A filter of warnings made pytest import numba first, so that developers tested old machine code."""
    home = kernel_cache.folder()
    assert rng.philox._cache._cache_path.startswith(str(home))
    assert isinstance(rng.philox._cache._cache_file, kernel_cache.KernelFiles)


def test_code_that_was_damaged_is_compiled_again(copied: Path, tmp_path: Path) -> None:
    """A cut file of machine code ended every command with UnpicklingError, a flipped bit in a segfault."""
    kept = {"KOKUHO_CACHE": str(tmp_path / "kept")}
    assert _python(COUNTED, copied, **kept).stdout == "2 0\n"
    for path in (tmp_path / "kept").rglob("*.nbc"):
        flip(path)
    found = _python(COUNTED, copied, **kept)
    assert (found.stdout, found.stderr) == ("2 0\n", "")
    assert _python(COUNTED, copied, **kept).stdout == "2 1\n"


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("kind", ["*.nbi", "*.nbc"])
def test_damaged_code_reads_as_missing(shelf: Path, damage: Callable[[Path], None], kind: str) -> None:
    files = kernel_cache.KernelFiles(shelf / "code", "kernel", "stamp")
    files.save("int64", [1, 2])
    files.save("float64", [3])
    assert [files.load("int64"), files.load("float64"), files.load("bool")] == [[1, 2], [3], None]
    for path in (shelf / "code").glob(kind):
        damage(path)
    assert [files.load("int64"), files.load("float64")] == [None, None]
    files.save("int64", [1, 2])
    assert files.load("int64") == [1, 2]
    assert kernel_cache.KernelFiles(shelf / "code", "kernel", "edited").load("int64") is None


def test_two_processes_never_share_a_file_of_code(shelf: Path) -> None:
    """numba numbers the files of a kernel, so two processes could put one signature's code under another's name."""
    one, other = (kernel_cache.KernelFiles(shelf / "code", "kernel", "stamp") for _ in range(2))
    work = [threading.Thread(target=f.save, args=(k, k)) for k, f in (("a", one), ("b", other), ("c", one))]
    for thread in work:
        thread.start()
    for thread in work:
        thread.join()
    assert [one.load(k) for k in "abc"] == ["a", "b", "c"]


def test_code_on_disk_is_loaded_without_the_compiler(copied: Path, tmp_path: Path) -> None:
    """All of numba's registries were filled first, a sixth of a second; code that counts references needs them."""
    saved = {"KOKUHO_CACHE": str(tmp_path / "kept")}
    seen = f"import sys; {COUNTED}; print('numba.np.arrayobj' in sys.modules)"
    assert _python(COUNTED, copied, **saved).stdout == "2 0\n"
    assert _python(seen, copied, **saved).stdout == "2 1\nFalse\n"
    kernel = copied / "sim" / "kernel.py"
    text = kernel.read_text().replace("import numba", "import numba\nimport numpy")
    kernel.write_text(text.replace("return rule(x)", "return numpy.ones(x).sum()"))
    assert _python(COUNTED, copied, **saved).stdout == "1.0 0\n"
    assert _python(seen, copied, **saved).stdout == "1.0 1\nTrue\n"


def test_every_way_to_import_is_seen() -> None:
    """Names in parentheses were missed, so an edit behind them kept the digest of the kernels."""
    text = "from sim.a import (\n    b,  # (x)\n    c as d,\n)\nimport sim.e.f\nfrom . import g\nfrom ..h import i\n"
    text += "def lazy():\n    from sim.j import k\n"
    found = set(cache._imported(ast.parse(text), ("sim", "levy")))
    assert found >= {"sim.a.b", "sim.a.c", "sim.e.f", "sim.levy.g", "sim.h.i", "sim.j.k"}
    needed = {
        p.relative_to(ROOT / "sim").as_posix()
        for p in cache.needed(ROOT / "sim" / "mechanisms" / "payment" / "year.py")
    }
    assert {"mechanisms/payment/year.py", "mechanisms/payment/state.py", "core/rng.py"} <= needed
    assert not {"core/cache.py", "engine/api.py"} & needed


@pytest.mark.parametrize("damage", [*DAMAGES, None], ids=lambda d: d.__name__ if d else "another state")
def test_digests_of_code_are_read_only_if_they_are_of_this_code(
    shelf: Path, damage: Callable[[Path], None] | None
) -> None:
    """What is kept of who imports what must never stand in for sources that differ, nor for a damaged file."""
    right = cache._kernels.__wrapped__()
    kept = shelf / "digests.json"
    whole = kept.read_bytes()
    if damage:
        damage(kept)
    else:
        wrong = {"code": "of an older state", "kernels": "0", "files": {"core/rng.py": "0"}}
        kept.write_bytes(keep.sealed(json.dumps(wrong).encode()))
    assert cache._kernels.__wrapped__() == right
    assert kept.read_bytes() == whole
    assert right[1]["core/rng.py"] == cache._digest(cache.needed(ROOT / "sim" / "core" / "rng.py"))


# no cache at all


def test_without_a_cache_code_is_compiled_for_the_process(copied: Path, nowhere: Path, tmp_path: Path) -> None:
    """numba refused to compile at all where neither the package nor the home can be written."""
    (tmp_path / "tmp").mkdir()
    kept = {"KOKUHO_CACHE": str(nowhere), "TMPDIR": str(tmp_path / "tmp"), "HOME": str(nowhere)}
    found = _python(COUNTED, copied, **kept)
    assert found.stdout == "2 0\n"
    assert found.stderr.count("\n") == 1
    assert f"no cache can be kept at {nowhere}" in found.stderr
    assert "runs will be slower; set KOKUHO_CACHE" in found.stderr
    assert not list((tmp_path / "tmp").iterdir())


@pytest.mark.parametrize("without", ["cache", "home"])
def test_the_version_needs_no_cache(nowhere: Path, without: str) -> None:
    """`kokuho --version` made the folder of the kernels, and died where that could not be done."""
    code = "from sim import cli; raise SystemExit(cli.main(['--version']))"
    kept = {"KOKUHO_CACHE": str(nowhere)} if without == "cache" else {"HOME": str(nowhere)}
    found = _python(code, ROOT, **kept)
    assert (found.returncode, found.stderr) == (0, "")
    assert found.stdout.startswith("kokuho-sim ")


def test_without_a_home_nothing_is_written_into_the_folder_one_is_in(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without HOME and without an entry for the user, "~" is a folder of that name."""
    monkeypatch.delenv("KOKUHO_CACHE", raising=False)
    monkeypatch.setattr(cache, "_PACKAGE", Path("/no/checkout/sim"))
    monkeypatch.setattr("platformdirs.user_cache_dir", lambda name: f"~/.cache/{name}")
    assert cache.root.__wrapped__().is_absolute()
    assert not keep.file(cache.root.__wrapped__() / "x", b"")


def test_without_a_cache_everything_is_made_in_memory(
    p: Parameters, nowhere: Path, builds: list[int], capsys: pytest.CaptureFixture[str]
) -> None:
    """A cache on a read-only disk ended every command with PermissionError."""
    people, _ = store.stored(p, 20, SEED)
    again, _ = store.stored(p, 20, SEED)
    assert people.pid.tolist() == again.pid.tolist()
    assert builds == [SEED, SEED]
    assert files._parsed(SMALL, kept=True)
    outcome = execution._keep(Task(), _Plan(), _tables())  # type: ignore[arg-type]
    assert outcome.tables["metropolis_year"]["bill"].tolist() == [1, 2]
    keep.tidy(nowhere, 0)
    assert capsys.readouterr().err.count("\n") == 1


def test_a_warm_cache_that_cannot_be_written_is_read(
    p: Parameters, shelf: Path, builds: list[int], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every run died on the note of when the population was last used."""
    first, _ = store.stored(p, 20, SEED)

    def refuse(*_: object, **__: object) -> None:
        raise OSError(errno.EROFS, "Read-only file system")

    for name in ("utime", "mkdir", "rename", "replace", "unlink"):
        monkeypatch.setattr(os, name, refuse)
    second, _ = store.stored(p, 20, SEED)
    assert first.pid.tolist() == second.pid.tolist()
    assert builds == [SEED]
    assert capsys.readouterr().err == ""


def test_a_full_disk_leaves_nothing_half_written(
    p: Parameters, shelf: Path, builds: list[int], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A full disk ended the run, and left its temporary folder."""
    written: list[Path] = []

    def save(path: Path, array: Any) -> None:
        if len(written) == 3:
            raise OSError(errno.ENOSPC, "No space left on device")
        path.write_bytes(array.tobytes())
        written.append(path)

    monkeypatch.setattr(np, "save", save)
    people, _ = store.stored(p, 1, SEED)
    assert people.rows == 800
    assert not list((shelf / "population").iterdir())
    assert "No space left on device" in capsys.readouterr().err


# the population


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("file", ["people.salary.npy", "households.start.npy", keep._CONTENTS])
def test_a_damaged_population_is_built_again_and_kept(
    p: Parameters, shelf: Path, builds: list[int], damage: Callable[[Path], None], file: str
) -> None:
    """A short column or a flipped bit gave another result or a segfault; a missing one was never stored again."""
    first = store.stored(p, 1, SEED)
    home = store._folder(p, 1, SEED)
    damage(home / file)
    second = store.stored(p, 1, SEED)
    third = store.stored(p, 1, SEED)
    assert builds == [SEED, SEED]
    for other in (second, third):
        for one, two in zip(first, other, strict=True):
            assert [a.tobytes() for a in one.data.values()] == [a.tobytes() for a in two.data.values()]


def test_a_parameter_of_the_build_in_a_small_sample_does_not_keep_everybody(
    p: Parameters, shelf: Path, builds: list[int]
) -> None:
    """Each value of a `population.*` parameter wrote 1.1 GB for a sample of 1/1000; a study filled the disk."""
    changed = p.with_overrides(SET)
    parts = {part: store.stored(changed, 100, SEED, part) for part in (0, 1, 3, 99)}
    assert builds == [SEED, SEED]  # parts 0 to 3 together, then 99 (with 0, 1, 2 of the next round)
    assert not store._folder(changed, 1, SEED).exists()
    assert store.stored(changed, 1, SEED)[0].rows == 800
    assert store._folder(changed, 1, SEED).exists()
    for part, (people, households) in parts.items():  # the bits are those of a sample taken from everybody on disk
        shutil.rmtree(store._folder(changed, 100, SEED, part))
        for one, two in zip((people, households), store.stored(changed, 100, SEED, part), strict=True):
            assert [a.tobytes() for a in one.data.values()] == [a.tobytes() for a in two.data.values()]
    assert len(builds) == 3
    store.stored(p, 100, SEED)
    assert store._folder(p, 1, SEED).exists()  # the register's own population is kept for the next sample


def test_of_two_that_want_one_population_one_builds(
    p: Parameters, shelf: Path, builds: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two runs at once both built everybody, and one died on the folder the other had just renamed."""
    slow, made = synthesis.population, []

    def population(p: Parameters, seed: int) -> tuple[Table, Table]:
        time.sleep(0.3)
        return slow(p, seed)

    monkeypatch.setattr(synthesis, "population", population)
    work = [
        threading.Thread(target=lambda part=part: made.append(store.stored(p, 4, SEED, part))) for part in (0, 0, 1)
    ]
    for thread in work:
        thread.start()
    for thread in work:
        thread.join()
    assert len(made) == 3
    assert builds == [SEED]


# room


def test_room_is_kept_whatever_the_age(tmp_path: Path) -> None:
    """Folders younger than an hour did not count: 54 GB in 45 minutes."""
    for i, name in enumerate(("a", "b", "c", ".writing", ".left")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "column").write_bytes(bytes(100))
        age = 8_000 if name == ".left" else 10 - i
        os.utime(tmp_path / name, (time.time() - age, time.time() - age))
    (tmp_path / "stray.txt").write_text("x")
    keep.tidy(tmp_path, 410)
    assert sorted(p.name for p in tmp_path.iterdir()) == [".writing", "b", "c", "stray.txt"]
    keep.tidy(tmp_path, 10)
    assert sorted(p.name for p in tmp_path.iterdir()) == [".writing", "c", "stray.txt"]


def test_a_folder_that_goes_meanwhile_does_not_end_the_tidying(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another run removed a folder between listing and looking: FileNotFoundError."""
    for name in ("a", "b", "c"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "column").write_bytes(bytes(100))
    size = keep._size

    def gone(home: Path) -> int:
        if home.name == "b":
            shutil.rmtree(home)
            raise FileNotFoundError(home)
        return size(home)

    monkeypatch.setattr(keep, "_size", gone)
    keep.tidy(tmp_path, 100)
    assert len(list(tmp_path.iterdir())) == 1


# parameters


@pytest.mark.parametrize("damage", [flip, cut, empty, lambda path: path.write_bytes(path.read_bytes() * 2)])
def test_a_changed_parameter_cache_is_read_from_the_yaml_again(shelf: Path, damage: Callable[[Path], None]) -> None:
    """An edited value gave other results under the same digests; a cut file ended every command for good."""
    first = files._parsed(SMALL, kept=True)
    (store_file,) = (shelf / "parameters").iterdir()
    good = store_file.read_bytes()
    damage(store_file)
    assert files._parsed(SMALL, kept=True) == first
    assert store_file.read_bytes() == good


def test_an_edited_value_of_the_parameter_cache_is_not_taken(shelf: Path) -> None:
    first = files._parsed(SMALL, kept=True)
    (store_file,) = (shelf / "parameters").iterdir()
    head, _, content = store_file.read_bytes().partition(b"\n")
    edited = json.loads(content)
    edited[next(iter(edited))]["value"] = 0.123
    store_file.write_bytes(head + b"\n" + json.dumps(edited).encode())
    assert files._parsed(SMALL, kept=True) == first


# what was made of the register, and who arrives


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch) -> None:
    """This process counts as a command, for as long as the test lasts."""
    monkeypatch.setenv(cache._COMMAND, "1")
    monkeypatch.setattr(kept, "_known", {})


def fresh() -> Parameters:
    """A register of which nothing was made, as a new process reads it."""
    return replace(Parameters.load())


def _same(a: object, b: object) -> bool:
    return pickle.dumps(a) == pickle.dumps(b)


def test_a_command_begins_with_what_the_last_one_made(shelf: Path, command: None) -> None:
    first, second = fresh(), fresh()
    kept.recall(first)
    made = schedule.factors(first)
    kept.note(first)
    kept.recall(second)
    (one,) = second.variants[(f"{schedule.__name__}.factors",)]
    assert isinstance(one.result, np.ndarray)
    np.testing.assert_array_equal(one.result, made)
    assert one.result.flags.writeable == made.flags.writeable  # or kernels would be compiled once more
    assert schedule.factors(second) is one.result


def test_of_a_library_nothing_is_kept(shelf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A program may have put a function of its own in place of one whose file the digest tells."""
    monkeypatch.delenv(cache._COMMAND, raising=False)
    kept.recall(p := fresh())
    schedule.factors(p)
    kept.note(p)
    assert not (shelf / "made").exists()


@pytest.mark.parametrize("damage", DAMAGES)
def test_damaged_results_of_a_register_are_made_again(
    shelf: Path, command: None, damage: Callable[[Path], None]
) -> None:
    kept.recall(p := fresh())
    schedule.factors(p)
    kept.note(p)
    for path in (shelf / "made").rglob("*.pickle"):
        damage(path)
    kept.recall(other := fresh())
    assert not other.variants
    np.testing.assert_array_equal(schedule.factors(other), schedule.factors(p))


def test_what_rests_on_an_override_or_is_of_another_package_is_not_kept(shelf: Path, command: None) -> None:
    @once
    def elsewhere(p: Parameters) -> int:
        return 1

    kept.recall(p := fresh())
    key = "demography.arrivals_from_abroad"
    chances.arriving(p.with_overrides({(key, 2026, None): p.value(key, 2026)}), 2026)
    elsewhere(p)
    schedule.factors(p)
    kept.note(p)
    kept.recall(other := fresh())
    names = {name for name, *_ in other.variants}
    assert f"{schedule.__name__}.factors" in names
    assert not {f"{chances.__name__}.arriving", f"{__name__}.{elsewhere.__qualname__}"} & names


def test_a_register_somebody_has_changed_is_not_what_its_files_tell(shelf: Path, command: None) -> None:
    kept.recall(p := fresh())
    changed = replace(p, table_paths={**p.table_paths})
    schedule.factors(changed)
    kept.note(changed)
    assert not (shelf / "made").exists()


def test_another_state_of_the_code_or_the_register_begins_with_nothing(
    shelf: Path, command: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept.recall(p := fresh())
    schedule.factors(p)
    kept.note(p)
    kept.recall(teaching := replace(Parameters.load("teaching")))
    assert not teaching.variants
    monkeypatch.setattr(cache, "code_digest", lambda: "edited")
    kept.recall(edited := fresh())
    assert not edited.variants


@pytest.mark.parametrize("damage", [*DAMAGES, None], ids=lambda d: d.__name__ if d else "whole")
def test_arrivals_on_disk_are_those_that_would_be_drawn(
    shelf: Path, command: None, p: Parameters, damage: Callable[[Path], None] | None
) -> None:
    w = World(p=p, places=len(p.codes()), seed=SEED, weight=50)
    persons, files = demography.expect_arrivals(p, 2024), shelf / "arrivals"
    demography._KEPT.clear()
    demography.draw_arrivals(w, 2024, persons)
    assert not files.exists()  # a fit wants other persons: they are not what the next command asks for
    demography._KEPT.clear()
    right = demography.draw_arrivals(w, 2024, persons, usual=True)
    (file,) = files.rglob("*.pickle")
    if damage:
        damage(file)
    demography._KEPT.clear()
    assert _same(demography.draw_arrivals(w, 2024, persons), right)


def test_arrivals_a_study_sets_are_not_left_on_disk(p: Parameters) -> None:
    assert demography._usual(p, 2026)
    assert demography._usual(p.with_overrides({("levy.cap_medical", None, None): 700_000}), 2026)
    key = "demography.arrivals_level_foreign"
    assert not demography._usual(p.with_overrides({(key, None, None): 2 * p.value(key, 2026)}), 2026)


# studies


class _Plan:
    def digest(self) -> str:
        return "plan"


def _tables() -> dict[str, bytes]:
    return {"metropolis_year": execution._parquet(pd.DataFrame({"year": [2022, 2023], "bill": [1, 2]}))}


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("file", ["metropolis_year.parquet", "digest.json", keep._CONTENTS])
def test_a_damaged_result_of_a_study_is_computed_again(shelf: Path, damage: Callable[[Path], None], file: str) -> None:
    """A doubled result changed the indices silently; a missing or cut file was a traceback for good."""
    plan: Any = _Plan()
    outcome = execution._keep(Task(), plan, _tables())
    found = execution._kept(Task(), plan, ["metropolis_year"], None)
    assert found is not None
    assert found.digest == outcome.digest
    damage(execution._home(plan, ["metropolis_year"]) / file)
    assert execution._kept(Task(), plan, ["metropolis_year"], None) is None
    execution._keep(Task(), plan, _tables())
    assert execution._kept(Task(), plan, ["metropolis_year"], None) is not None


def test_a_result_replaced_by_another_is_not_taken(shelf: Path) -> None:
    plan: Any = _Plan()
    execution._keep(Task(), plan, _tables())
    other = execution._parquet(pd.DataFrame({"year": [2022, 2023], "bill": [2, 4]}))
    (execution._home(plan, ["metropolis_year"]) / "metropolis_year.parquet").write_bytes(other)
    assert execution._kept(Task(), plan, ["metropolis_year"], None) is None
