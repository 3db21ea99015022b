"""The stages of calibration in a prefecture without groups, with few published totals: what is fitted, what is not."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from sim.parameters import Parameters, regions
from sim.parameters.loader import forget
from sim.studies.fits import collection, rates, stages

TOTALS = """id,fiscal_year,item,value,unit,basis,published_on,source_id,status,note
insured_persons_year_end.2022,2022,insured_persons_year_end,4100,persons,result,,invented,assumed,
insured_persons_year_end.2023,2023,insured_persons_year_end,4000,persons,result,,invented,assumed,
collection_rate_current_year.2023,2023,collection_rate_current_year,0.955,ratio,result,,invented,assumed,
"""


@pytest.fixture
def region(tmp_path: Path):  # type: ignore[no-untyped-def]
    """A copy of the teaching prefecture with three published totals, in force; none of its fits outlive the test."""
    home = Path(shutil.copytree(regions.SHIPPED / "teaching", tmp_path / "teaching"))
    (home / "targets").mkdir()
    (home / "targets" / "totals.csv").write_text(TOTALS, encoding="utf-8")
    (home / "targets" / "tables.yaml").write_text("totals:\n  year: column\n", encoding="utf-8")
    forget()
    with regions.using(home):
        yield home
    forget()


@pytest.mark.parametrize(
    ("stage", "why"),
    [
        ("care", "the shape of cost is one for the nation"),
        ("profits", "no group of municipalities publishes its rates"),
        ("institutions", "nothing of the prefecture's account is published"),
    ],
)
def test_a_stage_without_figures_says_why_and_writes_nothing(
    stage: str, why: str, region: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = Parameters.load().digest()
    stages.STAGES[stage](1)
    assert f"{stage}: skipped, {why}" in capsys.readouterr().out
    assert Parameters.load().digest() == before


def test_what_is_not_published_leaves_payment_and_members_alone(
    region: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (region / "targets" / "totals.csv").write_text(TOTALS.splitlines()[0] + "\n", encoding="utf-8")
    forget()
    for stage in ("payment", "payment_year"):
        stages.STAGES[stage](1)
    said = capsys.readouterr().out
    assert "payment: skipped, no collection rate of the prefecture is published" in said
    assert "payment_year: skipped, no collection rate of R5 is published" in said


def test_a_number_a_rule_stood_in_for_is_the_regions_own_once_fitted(region: Path) -> None:
    low, high = Parameters.load().passport("cost.level").range or (0, 0)
    stages.put("cost.level", high + 1)
    stages.put("payment.year_effect", {2023: -0.05})
    stages.put("enrolment.profit_growth", {2022: 0.02})
    p = Parameters.load()
    assert p.value("cost.level", 2022) == high > low
    assert p.value("payment.year_effect", 2023) == p.value("payment.year_effect", 2030) == -0.05
    assert [p.value("payment.year_effect", 2022), p.value("enrolment.profit_growth", 2022)] == [0.0, 0.02]
    assert p.value("enrolment.profit_growth", 2023) == p.value("enrolment.profit_growth", 2030) == 0.0
    assert {"cost.level", "payment.year_effect"}.isdisjoint(p.imputed_numbers())


def test_a_number_of_the_nation_is_not_fitted_to_one_prefecture(
    region: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = Parameters.load().value("cost.visit_slope", 2022)
    stages.put("cost.visit_slope", before * 2)
    assert "cost.visit_slope is one for the nation and stays" in capsys.readouterr().out
    assert Parameters.load().value("cost.visit_slope", 2022) == before


def test_rates_are_imputed_where_none_are_known_without_a_group(region: Path) -> None:
    table = rates.impute(Parameters.load())
    assert {*table["code"]} == {99341}
    assert {*table["portion"]} == {"medical", "support", "care"}
    stages.put_table("places.imputed_rates", table)
    p = Parameters.load()
    assert "places.imputed_rates" in p.table_paths
    assert rates.planned_levy(p)[0] == []


def test_a_kind_of_municipality_there_is_not_is_refused_with_its_line(region: Path) -> None:
    head = "region,fiscal_year,item,value,unit,check,band,speaks_of,source_id,status,note\n"
    file = region / "places" / "collection_targets.csv"
    file.write_text(head + "island,2022,current_year,0.96,ratio,,,,invented,assumed,\n", encoding="utf-8")
    index = region / "places" / "tables.yaml"
    index.write_text(index.read_text("utf-8") + "collection_targets:\n  year: column\n", encoding="utf-8")
    forget()
    with pytest.raises(Exception, match=r"collection_targets\.csv, line 2: no municipality is of type island; write"):
        collection.targets(Parameters.load())
