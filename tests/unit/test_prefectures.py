"""One scenario in several prefectures: one run each, as if alone, and one table of all."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from sim.cli.app import app
from sim.core.errors import InputError, KokuhoError, ParameterError
from sim.engine import api
from sim.parameters import Parameters, regions
from sim.studies.execution import Task, memory_of
from sim.studies.prefectures import TABLE, run_prefectures

YEARS = {"last": 2023, "progress": False, "jobs": 1}


@pytest.fixture(scope="module")
def neighbour(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A folder outside the package: the teaching prefecture under another name and path."""
    home = Path(shutil.copytree(regions.folder("teaching"), tmp_path_factory.mktemp("packs") / "neighbour"))
    words = home / regions.FILE
    text = words.read_text(encoding="utf-8").replace("en: Teaching", "en: Neighbour")
    assert "Neighbour" in text
    words.write_text(text, encoding="utf-8")
    return home.as_posix()


def test_each_prefecture_is_the_run_it_would_be_alone(tmp_path: Path, neighbour: str) -> None:
    found = run_prefectures("baseline", ["teaching", neighbour], out=tmp_path, **YEARS)
    alone = api.run("baseline", region="teaching", last=2023, out=tmp_path / "alone", progress=False)
    told = {region: run.manifest["digests"]["tables"] for region, run in found.runs.items()}
    assert told["teaching"] == told[neighbour]  # the same figures under two names
    assert told["teaching"] == api.RunFolder(alone.path).manifest["digests"]["tables"]
    wide = found.side_by_side()
    assert wide.columns.tolist() == ["measure", "unit", "teaching", neighbour]
    members = wide.set_index("measure").loc["members_average"]
    assert members["teaching"] == members[neighbour] == alone.headline["members_average"].iloc[-1]
    assert (found.path / TABLE).is_file()
    assert set(found.table["en"]) == {"Teaching", "Neighbour"}
    with pytest.raises(InputError, match="no figures of 2030"):
        found.side_by_side(2030)


def test_one_that_cannot_run_is_named_with_its_reason(tmp_path: Path, neighbour: str) -> None:
    broken = Path(shutil.copytree(neighbour, tmp_path / "broken"))
    register = broken / "places" / "register_age5.csv"
    lines = register.read_text(encoding="utf-8").splitlines()
    register.write_text("\n".join(lines[:-21]) + "\n", encoding="utf-8")  # the last municipality has no residents
    with pytest.raises(KokuhoError, match="99"):
        run_prefectures("baseline", ["teaching", str(broken)], out=tmp_path, **YEARS)


@pytest.mark.parametrize(
    ("text", "said"),
    [("tokyo,tokio", "did you mean 'tokyo'"), ("teaching,teaching", "named twice"), ("tokyo,", "no region ''")],
)
def test_regions_named_together_are_looked_up_one_by_one(text: str, said: str) -> None:
    with pytest.raises(ParameterError, match=said):
        regions.named(text)


def test_a_command_that_looks_at_one_region_refuses_several() -> None:
    result = CliRunner().invoke(app, ["rates", "--region", "tokyo,teaching"])
    assert "this command looks at one region" in str(result.exception)


def test_one_prefecture_is_no_comparison(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="two or more"):
        run_prefectures("baseline", ["teaching"], out=tmp_path, **YEARS)


def test_memory_is_told_by_residents_and_sample() -> None:
    """A process, and 430 bytes for each resident that is lived (docs/scale.md)."""
    tokyo, tenth, small = (memory_of(task.plan()) for task in (Task(), Task(sample=10), Task(region="teaching")))
    register = Parameters.load("tokyo").table("places.register_age5").filter(regex="male")
    assert tokyo - 400_000_000 == int(register.sum().sum()) * 430
    assert tenth - 400_000_000 == pytest.approx((tokyo - 400_000_000) / 10, rel=1e-6)
    assert small < 450_000_000
