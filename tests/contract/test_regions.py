"""What belongs to one prefecture stands in its region: no name, code, count or ward of one in the code."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from sim.core.errors import InputError, ParameterError, ScenarioError
from sim.engine import api
from sim.institutions.agents import institutions, unified
from sim.outputs import matching, runs
from sim.parameters import Parameters, groups, regions
from sim.population import store
from sim.scenario.scenario import load_scenario
from sim.studies.execution import Task
from tests.fake_runs import fake_run
from tests.town import found

SIM = Path(__file__).parents[2] / "sim"
FOUND = re.compile(
    r"[Tt]okyo|TOKYO|東京|特別区|都民|\b13_?[0-9]{3}\b|(?<!\d\.)\b62\b|\b[Ww]ards?\b|_wards?\b|\bwards?_"
)
"""names and codes of one prefecture, the number of its municipalities (no decimals), and what only it has"""
APART = {
    "core/rng.py": (2, "constants and bits of the generator"),
    "explanations/chain.py": (1, "id of a source of the nation's register"),
    "explanations/sheet.py": (1, "width of a column"),
    "parameters/places.py": (1, "how kinds of municipalities are spelled all over Japan"),
    "parameters/regions.py": (1, "the default region"),
    "ui/memory.py": (1, "the name in the address of the page"),
}
"""file -> how many of its lines hold such a word for good, and why"""


def lines_of(path: Path) -> list[str]:
    return [line for line in path.read_text(encoding="utf-8").splitlines() if FOUND.search(line)]


FILES = {path.relative_to(SIM).as_posix(): path for path in SIM.rglob("*.py") if "regions/" not in path.as_posix()}


@pytest.mark.parametrize("name", sorted(FILES))
def test_no_prefecture_in_the_code(name: str) -> None:
    found = lines_of(FILES[name])
    assert len(found) == APART.get(name, (0, ""))[0], found


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of a shipped region's folder, outside the package."""
    return Path(shutil.copytree(regions.SHIPPED / "tokyo", tmp_path / "elsewhere"))


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_a_folder_elsewhere_is_a_region_of_its_own(copy: Path) -> None:
    shipped, other = Parameters.load("tokyo"), Parameters.load(copy)
    assert other.region.name == copy.as_posix() != shipped.region.name
    assert other.digest() == shipped.digest()
    assert store.digest(other, 100, 1) == store.digest(shipped, 100, 1)
    assert other.codes() == shipped.codes()


def test_a_region_gives_values_and_not_what_they_are(copy: Path) -> None:
    edit(copy / "policy" / "rates.yaml", "alpha:\n", "alpha:\n  unit: yen\n")
    edit(copy / "policy" / "rates.yaml", "easing_share:\n", "esing_share:\n")
    (copy / "law" / "levy.yaml").write_text("cap_medical: {value: 1, status: law, source: act}\n", encoding="utf-8")
    with pytest.raises(ParameterError) as caught:
        Parameters.load(copy)
    said = str(caught.value)
    assert "elsewhere/policy/rates.yaml:1: rates.alpha: unit stands in the passport of the nation" in said
    assert "no number 'rates.esing_share' in policy/; did you mean 'rates.easing_share'?" in said
    assert "levy.cap_medical is one for the nation (sim/parameters/law/levy.yaml); leave it out" in said


def test_a_region_without_groups_has_no_group_and_no_rates_of_one(copy: Path) -> None:
    index = copy / "places" / "tables.yaml"
    kept = re.sub(r"(?m)^(rate_groups|group_rates):\n(  .*\n)+", "", index.read_text(encoding="utf-8"))
    index.write_text(kept, encoding="utf-8")
    p = Parameters.load(copy)
    assert (groups.group_of(p), groups.followers(p, 2025), groups.rates_of(p, "special_wards")) == ({}, {}, set())
    assert len(groups.followers(Parameters.load("tokyo"), 2025)) == 20


def test_there_may_be_several_groups(copy: Path) -> None:
    table = copy / "places" / "rate_groups.csv"
    table.write_text(
        table.read_text(encoding="utf-8")
        + "".join(f"{code},west,kuchokai_unified,published,\n" for code in (13201, 13202)),
        encoding="utf-8",
    )
    w = found(Parameters.load(copy))
    shared = unified(institutions(w))
    assert {name: int(members.sum()) for name, members in shared.items()} == {"special_wards": 20, "west": 2}


def test_a_scenario_names_its_region_and_the_door_comes_before_it(copy: Path, tmp_path: Path) -> None:
    file = tmp_path / "far.yaml"
    file.write_text("name: far\nextends: baseline\nregion: elsewhere\n", encoding="utf-8")
    assert load_scenario(file).region == copy.as_posix()
    assert api.plan(file).parameters.region.name == copy.as_posix()
    assert api.plan(file, region="tokyo").parameters.region.name == "tokyo"
    with regions.using("tokyo"):
        assert api.plan(file).parameters.region.name == "tokyo"
        assert Task(file).plan().parameters.region.name == "tokyo"
    assert api.plan("baseline").parameters.region.name == regions.DEFAULT


def test_an_unknown_region_is_one_message_with_file_and_line(tmp_path: Path) -> None:
    file = tmp_path / "far.yaml"
    file.write_text("name: far\nextends: baseline\nregion: tokio\n", encoding="utf-8")
    with pytest.raises(ScenarioError, match=r"far\.yaml:3:9: region: no region 'tokio'; did you mean 'tokyo'\?"):
        load_scenario(file)


def test_runs_of_different_regions_do_not_stand_for_one_another(tmp_path: Path) -> None:
    names = {"20260401-000000Z-aaaaaaaa": "tokyo", "20260402-000000Z-bbbbbbbb": "/far"}
    home, far = (fake_run(tmp_path, "baseline", name, region=region) for name, region in names.items())
    with pytest.raises(InputError, match=r"differ in region \(/far, not tokyo\)"):
        matching.side_by_side([home, far])
    assert [run.path for run in runs.candidates("baseline", tmp_path)] == [home.path]
