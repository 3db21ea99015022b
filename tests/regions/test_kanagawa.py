"""Kanagawa: its tables add up to what is published for the prefecture, and it runs."""

from __future__ import annotations

import datetime
import shutil
from pathlib import Path

import pandas as pd
import pytest

from sim.core.errors import ParameterError
from sim.core.tables import joined
from sim.engine import api
from sim.engine.model import KokuhoModel
from sim.engine.state import State
from sim.institutions.world import World
from sim.parameters import Parameters, regions
from sim.population import synthesis
from sim.population.synthesis import register
from sim.scenario.scenario import load_scenario

RESIDENTS = {"2022-01-01": 9_215_210, "2023-01-01": 9_212_003, "2024-01-01": 9_208_688, "2025-01-01": 9_202_559}
"""register totals of the prefecture (社会・人口統計体系)"""
FOREIGN = {"2022-01-01": 222_018, "2023-01-01": 239_301, "2024-01-01": 260_163, "2025-01-01": 284_889}
UNKNOWN_AGE = 17
INSURED = {2021: 1_714_196, 2022: 1_623_722, 2023: 1_555_123}
"""insured at the end of the year, the same series"""
TOWNS = (14363, 14364, 14402)
"""松田町, 山北町 with an asset part, 清川村"""
BEFORE_THE_PAGE = datetime.date(2025, 10, 31)
"""a date before the page whose rates bear no certain year"""


@pytest.fixture(scope="module")
def p() -> Parameters:
    return Parameters.load("kanagawa")


def files() -> list[str]:
    folder = regions.folder("kanagawa")
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.csv") if "vintages" not in path.parts)


@pytest.mark.parametrize("name", files())
def test_every_row_has_a_known_source_and_a_place_of_the_prefecture(p: Parameters, name: str) -> None:
    frame = pd.read_csv(regions.folder("kanagawa") / name)
    assert len(frame)
    assert not frame["status"].isna().any()
    used = {source.strip() for cell in frame["source_id"] for source in cell.split(";")}
    assert used <= set(p.sources)
    if "code" in frame:
        assert frame["code"].floordiv(1000).eq(14).all()
    if (frame["status"] == "assumed").any() and name != "places/map_tiles.csv":
        assert frame.loc[frame["status"] == "assumed", "note"].notna().all()


def test_there_are_33_municipalities_and_every_table_has_them(p: Parameters) -> None:
    codes = p.codes()
    assert len(codes) == 33
    for name in ("register_age5", "register_totals", "register_age3", "settlement_fy2023", "census_households"):
        assert set(p.table(f"places.{name}")["code"]) == set(codes), name


def test_the_register_adds_up_to_the_published_totals(p: Parameters) -> None:
    columns = ["japanese_male", "japanese_female", "foreign_male", "foreign_female"]
    totals = p.table("places.register_totals").groupby("reference_date")[columns].sum()
    assert {d: int(totals.loc[d].sum()) for d in RESIDENTS} == RESIDENTS
    assert {d: int(totals.loc[d, columns[2:]].sum()) for d in FOREIGN} == FOREIGN
    ages = p.table("places.register_age5")
    assert set(ages["reference_date"]) == {"2023-01-01"}
    assert int(ages[columns].sum().sum()) == RESIDENTS["2023-01-01"] - UNKNOWN_AGE
    bands = p.table("places.register_age3")
    bands = bands[bands["reference_date"] == "2023-01-01"][["age_0_14", "age_15_64", "age_65_plus"]]
    assert int(bands.sum().sum()) == RESIDENTS["2023-01-01"] - UNKNOWN_AGE


def test_a_register_by_age_is_of_one_first_of_january(tmp_path: Path) -> None:
    copy = Path(shutil.copytree(regions.folder("kanagawa"), tmp_path / "elsewhere"))
    path = copy / "places" / "register_age5.csv"
    path.write_text(path.read_text(encoding="utf-8").replace("2023-01-01", "2024-01-01", 1), encoding="utf-8")
    with pytest.raises(ParameterError, match=r"reference_date is 2023-01-01, 2024-01-01; give the register of one"):
        register.residents(Parameters.load(copy))


def test_the_insured_add_up_to_the_published_totals(p: Parameters) -> None:
    facts = p.table("places.municipal_facts")
    series = facts[facts["item"] == "insured_persons_year_end"].groupby("fiscal_year")["value"].sum()
    assert {year: int(series[year]) for year in INSURED} == INSURED
    assert int(p.table("places.settlement_fy2023")["insured"].sum()) == INSURED[2023]


def test_benefits_of_the_cards_are_near_those_settled(p: Parameters) -> None:
    """The cards of Tokyo add up to 0.6 % above the settled benefits; whole thousand yen a head allow no more."""
    cards = p.table("places.settlement_fy2023")
    settled = p.table("targets.totals").set_index("id").loc["benefit_settled.2023", "value"]
    assert 0 <= (cards["insured"] * cards["benefit_per_insured"]).sum() / settled - 1 < 0.01


def test_four_forms_of_levy_stand_side_by_side(p: Parameters) -> None:
    rates = p.table("places.further_rates").query("fiscal_year == 2025").set_index(["code", "portion"])
    assert (rates.loc[[14100, 14130], "per_household"] == 0).all()
    assert (rates.loc[14364, "asset_part"] > 0).all()
    assert set(rates.index[rates["asset_part"] > 0].get_level_values("code")) == {14364}
    assert (rates.loc[14205, "per_household"] > 0).all()
    assert set(p.table("places.municipalities")["levy_form"]) == {"premium", "tax"}


def test_rates_of_no_certain_year_are_read_by_no_earlier_forecast() -> None:
    now, then = (
        Parameters.load("kanagawa", date, fits=False).table("places.further_rates") for date in (None, BEFORE_THE_PAGE)
    )
    late = now["note"].str.startswith("year not certain", na=False)
    assert late.sum() == 54
    assert not then["note"].str.startswith("year not certain", na=False).any()
    assert len(then) == len(now) - 54


def test_a_few_towns_run_one_year(p: Parameters) -> None:
    """Accounts balance to the yen, or the engine would refuse the year; members start near the cards of R5."""
    at = [p.codes().index(code) for code in TOWNS]
    people, households, _ = synthesis.build(p, 7, at)
    w = World(p=p, places=len(p.codes()), seed=7)
    state = State(world=w, people=people, households=households)
    with KokuhoModel(state, 2022) as model:
        model.step()
    tables = {name: joined(frames) for name, frames in w.tables.items()}
    places = tables["municipality_year"].set_index("code")
    assert len(places) == 33
    assert (places.loc[list(TOWNS), ["members_end", "benefit", "bill_medical", "contribution"]] > 0).all(axis=None)
    cards = p.table("places.settlement_fy2023").set_index("code").loc[list(TOWNS), "insured"]
    assert (places.loc[list(TOWNS), "members_end"] / cards).between(0.9, 1.15).all()


@pytest.mark.parametrize(("name", "r11"), [("kanagawa_alpha_linear", 0.5385), ("kanagawa_alpha_half", 0.5)])
def test_two_paths_of_alpha_are_stated(name: str, r11: float) -> None:
    parameters = api.plan(name).parameters
    assert parameters.region.name == "kanagawa"
    assert [parameters.value("rates.alpha", 2023), parameters.value("rates.alpha", 2029)] == [1.0, r11]


def test_a_scenario_is_held_against_the_register_of_its_own_region() -> None:
    """Tokyo's published alpha of R6 is nothing a scenario of Kanagawa could rewrite."""
    assert load_scenario("kanagawa_alpha_half").warnings() == []
