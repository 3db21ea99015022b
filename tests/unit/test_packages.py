"""Levers and regions of installed packages: found by name, used, and told of in one message when they are wrong."""

from __future__ import annotations

import importlib
import json
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from sim import cli
from sim.core import packages
from sim.core.errors import InputError
from sim.core.step import step
from sim.engine import api
from sim.institutions.world import World
from sim.outputs.folder import RunFolder
from sim.parameters import Parameters, regions

EXAMPLE = Path(__file__).parents[2] / "docs" / "examples" / "kokuho-example"
Install = Callable[[dict[str, dict[str, str]]], None]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """Install a package the way a wheel leaves it: code on the path, its entry points in a .dist-info."""
    count = iter(range(9))

    def done(points: dict[str, dict[str, str]], name: str = "kokuho-example", code: Path = EXAMPLE) -> None:
        site = tmp_path / f"site{next(count)}"
        info = site / f"{name.replace('-', '_')}-1.0.dist-info"
        info.mkdir(parents=True)
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n", encoding="utf-8")
        lines = [f"[{group}]\n" + "".join(f"{k} = {v}\n" for k, v in of.items()) for group, of in points.items()]
        (info / "entry_points.txt").write_text("\n".join(lines), encoding="utf-8")
        monkeypatch.syspath_prepend(str(site))
        monkeypatch.syspath_prepend(str(code))
        importlib.invalidate_caches()

    yield done
    for module in [m for m in sys.modules if m.split(".")[0] == "kokuho_example"]:
        del sys.modules[module]
    regions.forget()


def declared() -> dict[str, dict[str, str]]:
    return tomllib.loads((EXAMPLE / "pyproject.toml").read_text(encoding="utf-8"))["project"]["entry-points"]


def test_the_example_package_brings_a_lever_that_a_run_takes(
    install: Install, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    install(declared())
    monkeypatch.chdir(tmp_path)
    wanted = ["run", "baseline", "--region", "teaching", "--to", "R6", "--no-report", "--quiet"]
    assert cli.main([*wanted, "--lever", "families_by_account"]) == 0
    with_lever = RunFolder(Path(capsys.readouterr().out.strip()))
    assert cli.main(wanted) == 0
    without = RunFolder(Path(capsys.readouterr().out.strip()))
    lever = with_lever.manifest["levers"][0]
    assert (lever["name"], lever["after"]) == ("payment.families_by_account", "cost.care")
    rates = [run.table("metropolis_year")["collection_rate"] for run in (with_lever, without)]
    assert (rates[0][:2] == rates[1][:2]).all()
    assert rates[0].iloc[2] > rates[1].iloc[2]


def test_the_example_package_brings_a_region_by_name(
    install: Install, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    install(declared())
    assert regions.outside() == ["mihon"]
    region = regions.read("mihon")
    assert (region.name, region.folder) == ("mihon", (EXAMPLE / "kokuho_example" / "mihon").resolve())
    assert Parameters.load("mihon").region.code == region.code
    assert cli.main(["regions"]) == 0
    assert "mihon" in capsys.readouterr().out
    result = api.run("baseline", region="mihon", last=2022, out=tmp_path, progress=False)
    assert result.folder.manifest["region"] == "mihon"
    assert result.folder.region.ja == region.ja


def test_the_source_of_a_lever_is_part_of_the_plan(install: Install) -> None:
    """The digest of every lever was that of the function that wraps it."""

    def one(w: World, year: int) -> None:
        """Do nothing."""

    def other(w: World, year: int) -> None:
        """Do nothing, otherwise."""

    plans = [
        api.plan("baseline", region="teaching", levers={"cost.care": step("my.lever", run)}).digest()
        for run in (one, other)
    ]
    assert plans[0] != plans[1]


@pytest.mark.parametrize(
    ("points", "said"),
    [
        ({"kokuho.levers": {"mine": "kokuho_example.gone:X"}}, r"kokuho-example 1\.0: lever 'mine' .*cannot be loaded"),
        ({"kokuho.levers": {"mine": "kokuho_example:MIHON"}}, "lever 'mine' .*is not a lever; allowed: a mapping"),
        (
            {"kokuho.levers": {"mina": "kokuho_example.lever:LEVERS"}},
            r"no lever 'mine'; did you mean 'mina'\? There are: mina",
        ),
        ({}, "no lever 'mine'. No package installed here brings any"),
    ],
)
def test_what_is_wrong_with_a_lever_is_one_message(
    install: Install, points: dict[str, dict[str, str]], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    install(points)
    with pytest.raises(InputError, match=said):
        packages.levers(["mine"])
    assert cli.main(["run", "baseline", "--region", "teaching", "--lever", "mine"]) == 2
    assert "Traceback" not in capsys.readouterr().err


def test_two_levers_after_one_step_and_two_packages_of_one_name_are_refused(install: Install) -> None:
    twice = {"one": "kokuho_example.lever:LEVERS", "two": "kokuho_example.lever:LEVERS"}
    install({"kokuho.levers": twice})
    with pytest.raises(InputError, match=r"levers 'one' and 'two' both follow cost\.care"):
        packages.levers(["one", "two"])
    install({"kokuho.levers": {"one": "kokuho_example.other:LEVERS"}}, name="another")  # type: ignore[call-arg]
    with pytest.raises(InputError, match=r"two packages bring a lever 'one'.*another 1\.0.*kokuho-example 1\.0"):
        packages.levers(["one"])


def test_a_broken_package_harms_only_who_asks_for_it(install: Install) -> None:
    install({"kokuho.regions": {"broken": "kokuho_example.gone:X", "nowhere": "kokuho_example.lever:FROM"}})
    assert Parameters.load("teaching").region.name == "teaching"
    with pytest.raises(InputError, match=r"region 'broken' .*cannot be loaded"):
        regions.read("broken")
    with pytest.raises(InputError, match=r"region 'nowhere' .*is a int; allowed: the path of a folder"):
        regions.read("nowhere")


def test_levers_and_many_runs_do_not_go_together(install: Install, capsys: pytest.CaptureFixture[str]) -> None:
    install(declared())
    assert (
        cli.main(["run", "baseline", "--region", "teaching", "--lever", "families_by_account", "--replicates", "2"])
        == 2
    )
    assert "--lever: works in one run" in capsys.readouterr().err


def test_a_run_describes_its_tables_for_other_programs(tmp_path: Path) -> None:
    """Types, units, keys and digests in datapackage.json, valid to the package that reads them."""
    result = api.run("baseline", region="teaching", last=2022, out=tmp_path, progress=False)
    assert not result.folder.problems()
    content = json.loads((result.path / "datapackage.json").read_text(encoding="utf-8"))
    tables = {table["name"]: table for table in content["resources"]}
    assert set(tables) == set(result.folder.tables)
    year = tables["metropolis_year"]
    fields = {field["name"]: field for field in year["schema"]["fields"]}
    assert fields["benefit"] == {
        "name": "benefit",
        "type": fields["benefit"]["type"],
        "description": "benefits (保険給付費)",
        "unit": "yen",
    }
    assert year["schema"]["primaryKey"] == ["year"]
    assert year["hash"] == f"sha256:{result.folder.manifest['digests']['tables']['metropolis_year']}"
    for name, table in tables.items():
        frame = result.folder.table(name)
        assert [f["name"] for f in table["schema"]["fields"]] == list(frame.columns)
        if (keys := table["schema"].get("primaryKey")) is not None:
            assert not frame.duplicated(keys).any(), name
    frictionless = pytest.importorskip("frictionless")
    assert frictionless.Package.validate_descriptor(content).valid
