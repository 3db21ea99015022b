"""A region that gives no more than it must: what it leaves out is made by rule, in order, and marked."""

from __future__ import annotations

import datetime
import re
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from sim.engine import api
from sim.parameters import Parameters, imputation, regions
from sim.parameters.imputation import DERIVED, REQUIRED, RULES
from sim.parameters.loader import forget
from sim.studies.validation import people
from sim.studies.validation.figures import Figures


@pytest.fixture(scope="module")
def least() -> Parameters:
    return Parameters.load("teaching")


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return Path(shutil.copytree(regions.SHIPPED / "teaching", tmp_path / "elsewhere"))


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


@pytest.mark.parametrize("key", sorted(RULES))
def test_a_rule_makes_the_table_in_its_columns(least: Parameters, key: str) -> None:
    frame, passport = least.table(key), least.table_passport(key)
    assert {*passport.keys, *passport.columns, "status", "source_id"} <= {*frame.columns}
    assert set(frame["status"]) <= {"imputed"}
    assert {s for cell in frame["source_id"] for s in cell.split(";")} <= {*least.sources}
    if RULES[key].by_row:
        assert list(dict.fromkeys(frame["code"])) == least.codes()


@pytest.mark.parametrize("key", sorted(k for k in RULES if k.startswith("places.")))
def test_a_rule_has_the_columns_the_model_reads_of_a_given_table(key: str) -> None:
    """Made for the default region, which gives every table, a rule's table has the types of the given one."""
    p = Parameters.load()
    made, given = RULES[key].make(p), p.given(key)
    read = {*p.table_passport(key).keys, *p.table_passport(key).columns}
    numbers = {c for c in read if pd.api.types.is_numeric_dtype(given[c])}
    assert {c for c in read if pd.api.types.is_numeric_dtype(made[c])} == numbers


def test_what_is_imputed_is_marked(least: Parameters) -> None:
    assert set(least.imputed_tables()) == set(RULES)
    assert "rates.alpha" not in least.imputed_numbers()
    assert {*DERIVED} < {*least.imputed_numbers()}
    assert {least.passport(key).status for key in DERIVED} == {"imputed"}
    whole = Parameters.load("tokyo")
    assert (whole.imputed_tables(), whole.imputed_numbers()) == ({}, [])


def test_every_regional_number_has_a_value_without_a_region_that_gives_it(least: Parameters) -> None:
    regional = {k for k, passport in least.passports.items() if passport.regional}
    assert {*least.imputed_numbers()} | {"rates.alpha"} == regional


def test_rows_of_a_municipality_missing_in_a_table_are_imputed(copy: Path) -> None:
    codes = Parameters.load("teaching").codes()
    rows = "".join(f"{code},1.5,estimated,invented\n" for code in reversed(codes[1:]))
    (copy / "places" / "cost_index.csv").write_text("code,index,status,source_id\n" + rows, encoding="utf-8")
    with (copy / "places" / "tables.yaml").open("a", encoding="utf-8") as file:
        file.write("cost_index:\n  year: FY2023\n")
    p = Parameters.load(copy)
    t = p.table("places.cost_index")
    assert t["code"].tolist() == codes
    assert t["status"].tolist() == ["imputed", *4 * ["estimated"]]
    assert p.imputed_tables()["places.cost_index"] == 1
    assert p.content("places.cost_index") == t.to_csv(index=False).encode()


def test_the_index_of_cost_is_the_benefit_beside_what_the_ages_suggest(copy: Path) -> None:
    before = imputation.table(Parameters.load(copy), "places.cost_index")["index"].to_numpy()
    edit(copy / "places" / "settlement_fy2023.csv", ",330000,", ",363000,")
    forget()
    p = Parameters.load(copy)
    after = p.table("places.cost_index")["index"].to_numpy()
    assert after[1] > before[1]
    assert np.all(after[[0, 2, 3, 4]] < before[[0, 2, 3, 4]])
    assert p.value("cost.level", 2023) > Parameters.load("teaching").value("cost.level", 2023)


def test_rates_without_any_are_the_mean_at_the_premium_of_the_card(least: Parameters) -> None:
    made = least.table("places.imputed_rates")
    assert set(made["code"]) == {99341}
    known = least.table("places.actual_rates").query("fiscal_year == 2023 and portion == 'medical'")
    own = made.query("fiscal_year == 2023 and portion == 'medical'").iloc[0]
    assert known["income_part"].min() * 0.6 < own["income_part"] < known["income_part"].mean()


def test_the_rules_come_near_the_figures_of_a_prefecture_that_has_them() -> None:
    """How well the rules do where the truth is known: docs/regions.md quotes these figures."""
    p = Parameters.load("tokyo")
    index, proxy = (
        pd.merge(RULES[key].make(p), p.given(key), on="code")[[f"{column}_x", f"{column}_y"]].corr().iloc[0, 1]
        for key, column in (("places.cost_index", "index"), ("places.income_proxy_fy2023", "income_levy_per_resident"))
    )
    assert index > 0.8
    assert proxy > 0.6
    assert DERIVED["cost.level"].make(p) == pytest.approx(p.value("cost.level", 2023), rel=0.05)
    assert DERIVED["population.members_start"].make(p) == pytest.approx(2_727_000, rel=0.03)


def test_a_pack_of_the_required_tables_runs_a_year(copy: Path) -> None:
    shutil.rmtree(copy / "policy")
    given = {f"places.{path.stem}" for path in (copy / "places").glob("*.csv")}
    assert given == {*REQUIRED, "places.income_deductions"}  # the one municipality that has an ordinance of its own
    plan = api.plan("baseline", last=2022, region=copy)
    year = api.frames(plan)["metropolis_year"].set_index("year").loc[2022]
    cards = plan.parameters.table("places.settlement_fy2023")
    assert year["members_end"] == pytest.approx(cards["insured"].sum() * 24.13 / 23.09, rel=0.05)


def test_nothing_is_held_against_a_table_made_by_rule(tmp_path: Path) -> None:
    result = api.run("baseline", region="teaching", last=2023, out=tmp_path)
    with regions.using("teaching"):
        ids = [str(row["id"]) for row in people.rows(Figures.of(result.folder))]
    assert any(name.startswith("register_japanese_65-74") for name in ids)
    assert not [
        name for name in ids if re.match(r"register_(japanese|foreign)\.|register_age_|births\.|deaths\.", name)
    ]
    imputed = result.folder.manifest["imputed"]
    assert set(imputed["tables"]) == set(RULES)
    assert "payment.base" in imputed["numbers"]


def test_a_prefecture_without_foreign_residents_is_built(copy: Path) -> None:
    ages = copy / "places" / "register_age5.csv"
    text = re.sub(r"(?m),\d+,\d+,invented,", ",0,0,invented,", ages.read_text(encoding="utf-8"))
    ages.write_text(text, encoding="utf-8")
    p = Parameters.load(copy)
    assert p.value("population.members_foreign", 2022) == 0
    year = api.frames(api.plan("baseline", last=2022, region=copy))["metropolis_year"].iloc[0]
    assert year["members_end"] > 3000


@pytest.mark.parametrize("region", ["teaching", "kanagawa"])
@pytest.mark.parametrize("year", [2022, 2024])
def test_rules_find_their_national_figures_on_every_information_date(region: str, year: int) -> None:
    """Where none of the date were known, a rule ended in an IndexError."""
    p = Parameters.load(region, datetime.date(year, 10, 31), fits=False)
    assert 0.7 < float(p.value("cost.level", 2022)) < 1.4
