"""The public face: every function documented with an example that runs, typed for a user's own type checker."""

from __future__ import annotations

import doctest
import inspect
import subprocess
import sys
import typing
from collections.abc import Callable
from pathlib import Path

import matplotlib.pyplot as plt
import pandas as pd
import pytest

import sim
from sim.core import cache
from sim.core.errors import InputError

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "docs" / "examples" / "analysis.py"
PROMISED = {
    *(
        "anchor",
        "attribute",
        "backtest",
        "calibrate",
        "care",
        "compare",
        "contribution",
        "curve",
        "describe",
        "effort",
        "explain",
        "histories",
        "household",
    ),
    *("households", "levers", "load", "model_households", "parse_plan", "person", "rates_plan"),
    *("regions", "report", "run", "runs", "sensitivity"),
    *("solve", "sources", "standard_rates", "validate"),
}
FUNCTIONS = [name for name in sim.__all__ if inspect.isfunction(getattr(sim, name))]


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> sim.Result:
    out = tmp_path_factory.mktemp("library")
    return sim.run("baseline", region="teaching", last="R6", out=out, progress=False)


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to work in, with the caches of the checkout and the shipped scenarios."""
    monkeypatch.setenv("KOKUHO_CACHE", str(cache.root()))
    (tmp_path / "scenarios").symlink_to(ROOT / "scenarios")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_face_is_all_there() -> None:
    assert set(FUNCTIONS) == PROMISED
    assert set(sim.__all__) <= set(dir(sim))
    with pytest.raises(AttributeError, match="no attribute 'rum'"):
        sim.rum  # type: ignore[attr-defined]  # noqa: B018


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_is_documented_and_typed(name: str) -> None:
    function: Callable[..., object] = getattr(sim, name)
    text = inspect.getdoc(function) or ""
    assert ">>> " in text, f"sim.{name} has no example"
    signature = inspect.signature(function)
    assert "return" in function.__annotations__
    for parameter in signature.parameters.values():
        assert parameter.annotation is not inspect.Parameter.empty, f"{name}: {parameter}"
        assert "Any" not in str(parameter.annotation)
    assert typing.cast(str, function.__annotations__["return"]) != "Any"


@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_example_of_a_function_runs(name: str, result: sim.Result, elsewhere: Path) -> None:
    if name == "runs":
        (elsewhere / "results").symlink_to(result.path.parents[1])
    names = {"sim": sim, "pd": pd, "result": sim.Result(result.folder)}
    found = doctest.DocTestFinder(recurse=False).find(getattr(sim, name), name, globs=names)
    assert found
    assert found[0].examples
    told: list[str] = []
    runner = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE)
    runner.run(found[0], out=told.append)
    assert not runner.failures, "".join(told)


def test_help_shows_a_function_with_its_options() -> None:
    from pydoc import plain, render_doc

    text = plain(render_doc(sim.run))
    assert "function run" in text
    for option in ("sample: ", "region: ", "levers: ", "as_of: ", "threads: "):
        assert option in text
    assert "-> 'Result'" in text or "-> Result" in text


def test_tables_are_read_when_asked_for_in_four_libraries(result: sim.Result) -> None:
    pandas = result.tables["municipality_year"]
    assert len(result.tables) == len(list(result.tables))
    assert "municipality_year" in result.tables
    assert "no_such" not in result.tables
    with pytest.raises(KeyError, match="municipality_year"):
        result.tables["municipality_yeer"]
    arrow = result.arrow["municipality_year"]
    assert arrow.schema.field("members_end").metadata[b"unit"] == b"persons"
    assert arrow.num_rows == len(pandas)
    pytest.importorskip("polars")
    pytest.importorskip("xarray")
    assert result.polars["municipality_year"]["members_end"].sum() == pandas["members_end"].sum()
    data = result.xarray["metropolis_year"]
    assert dict(data.sizes) == {"year": 3}
    assert data["collection_rate"].attrs["units"] == "share"


@pytest.mark.parametrize(("library", "view"), [("polars", "polars"), ("xarray", "xarray")])
def test_a_library_that_is_not_installed_is_named(
    library: str, view: str, result: sim.Result, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(InputError, match=f"pip install {library}"):
        getattr(result, view)._read("metropolis_year")


def test_every_figure_of_the_report_is_a_method(result: sim.Result) -> None:
    from sim.reports.content import SECTIONS

    drawings = {d.name for s in SECTIONS for d in s.figures}
    methods = {n for n in vars(type(result.plot)) if not n.startswith("_")} - {"names", "folder"}
    assert methods == drawings
    for name in ("collection", "tiles"):
        figure = getattr(result.plot, name)(lang="en")
        assert figure.axes
        assert figure._suptitle.get_text()
        plt.close(figure)
    with pytest.raises(InputError, match=r"no figure 'colection'.*collection"):
        result.plot("colection")


def test_the_script_of_an_analyst_runs(elsewhere: Path) -> None:
    names: dict[str, object] = {"__name__": "analysis"}
    exec(compile(SCRIPT.read_text(encoding="utf-8"), str(SCRIPT), "exec", dont_inherit=True), names)
    main = names["main"]
    assert callable(main)
    main(elsewhere / "results")
    assert (elsewhere / "results" / "collection.png").stat().st_size > 10_000


@pytest.mark.slow
@pytest.mark.parametrize("checker", ["mypy", "pyright"])
def test_the_script_of_an_analyst_passes_a_strict_type_checker(checker: str, tmp_path: Path) -> None:
    pytest.importorskip(checker)
    mine = tmp_path / "analysis.py"
    mine.write_text(SCRIPT.read_text(encoding="utf-8"), encoding="utf-8")
    if checker == "mypy":
        (tmp_path / "mypy.ini").write_text(
            "[mypy]\nstrict = true\nfollow_imports = silent\nignore_missing_imports = true\n"
        )
        command = [sys.executable, "-m", "mypy", str(mine), "--cache-dir", str(ROOT / ".mypy_cache")]
    else:
        (tmp_path / "pyrightconfig.json").write_text(
            f'{{"extraPaths": ["{ROOT}"], "pythonVersion": "3.11", "typeCheckingMode": "standard"}}'
        )
        starts = subprocess.run([sys.executable, "-m", "pyright", "--version"], capture_output=True, text=True)
        if starts.returncode:
            pytest.skip(f"pyright cannot be fetched here: {starts.stderr.strip()[-200:]}")
        command = [sys.executable, "-m", "pyright", "--pythonpath", sys.executable, str(mine)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, env=_environment())
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_wrong_call_is_found_by_the_type_checker(tmp_path: Path) -> None:
    pytest.importorskip("mypy")
    mine = tmp_path / "wrong.py"
    mine.write_text('import sim\n\nresult = sim.run("baseline", sampel=100)\nresult.headlin\nsim.regions(1)\n')
    options = ["--ignore-missing-imports", "--follow-imports", "silent", "--cache-dir", str(ROOT / ".mypy_cache")]
    command = [sys.executable, "-m", "mypy", str(mine), *options]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, env=_environment())
    assert 'Unexpected keyword argument "sampel"' in done.stdout
    assert '"headlin"' in done.stdout
    assert "Too many arguments" in done.stdout


def _environment() -> dict[str, str]:
    import os

    return {**os.environ, "MYPYPATH": str(ROOT), "PYTHONPATH": str(ROOT)}
