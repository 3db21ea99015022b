"""Files that come with the model are found from any folder, in a checkout and in an installed package."""

from __future__ import annotations

from pathlib import Path

import pytest

from sim import cli
from sim.parameters import shipped
from sim.scenario.file import known_names
from sim.scenario.scenario import load_scenario
from sim.studies.calibrate import read_calibration
from sim.studies.sensitivity.spec import read_spec

ROOT = Path(__file__).parents[2]


@pytest.fixture(params=["checkout", "installed"])
def anywhere(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working folder, with the package as it lies in a checkout or as a wheel installs it."""
    if request.param == "installed":
        package = tmp_path / "site-packages" / "sim"
        (package / "shipped").mkdir(parents=True)
        for name in ("scenarios", "docs"):
            (package / "shipped" / name).symlink_to(ROOT / name)
        monkeypatch.setattr(shipped, "_PACKAGE", package)
    desk = tmp_path / "desk"
    desk.mkdir()
    monkeypatch.chdir(desk)
    return desk


def test_scenarios_are_found_by_name_and_by_the_path_of_the_documentation(anywhere: Path) -> None:
    """After `pip install` of the wheel no scenario was found: they were looked for beside the checkout only."""
    assert {"baseline", "collection_drive"} <= set(known_names())
    assert shipped.scenarios().is_relative_to(anywhere.parent) == (shipped.root().name == "shipped")
    assert load_scenario("alpha_faster").name == "alpha_faster"
    assert load_scenario("scenarios/alpha_faster.yaml").name == "alpha_faster"


def test_studies_and_the_family_of_the_documentation_are_found(
    anywhere: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """`kokuho sensitivity scenarios/studies/screening.yaml` and the family worked in the checkout's folder only."""
    assert read_spec("scenarios/studies/screening.yaml").name == "screening"
    assert read_calibration("scenarios/studies/payment_fit.yaml").name == "payment_fit"
    assert cli.main(["care", "docs/care.yaml"]) == 0
    assert cli.main(["household", "docs/family.yaml", "-m", "新宿区", "-y", "R7"]) == 0
    assert "新宿区" in capsys.readouterr().out


def test_a_new_scenario_lies_in_the_working_folder_and_comes_before_the_shipped_one(anywhere: Path) -> None:
    assert cli.main(["new", "my_idea"]) == 0
    assert load_scenario("my_idea").horizon == load_scenario("baseline").horizon
    own = anywhere / "scenarios" / "alpha_faster.yaml"
    own.write_text("name: alpha_faster\nextends: baseline\nseed: 77\n", encoding="utf-8")
    assert load_scenario("alpha_faster").seed == 77
    assert load_scenario("scenarios/alpha_faster.yaml").seed == 77


@pytest.mark.parametrize(
    "path", ["scenarios/absent.yaml", "scenarios/../pyproject.toml", "elsewhere/baseline.yaml", ""]
)
def test_a_path_that_is_not_shipped_stays_as_it_is(anywhere: Path, path: str) -> None:
    assert shipped.located(path) == Path(path)
