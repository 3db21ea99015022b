"""Fits that belong to a date: finished or not there, and never outside what a passport allows."""

from __future__ import annotations

import datetime
import re
import shutil
from pathlib import Path

import pandas as pd
import pytest
from typer.main import get_command

import sim.cli.calibrate  # noqa: F401  its command
from sim.cli.app import app
from sim.parameters import Parameters, vintages
from sim.parameters.regions import SHIPPED
from sim.studies.fits import dated
from sim.studies.fits.dated import Dated
from sim.studies.fits.stages import STAGES

DATE = datetime.date(2024, 10, 31)
GROUPS = r"(?m)^groups:\n(  .*\n)+"
"""groups of a region.yaml"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A copy of a shipped region, without fits of any date."""
    left_out = shutil.ignore_patterns(vintages.FOLDER)
    return Path(shutil.copytree(SHIPPED / "tokyo", tmp_path / "elsewhere", ignore=left_out))


@pytest.fixture
def interrupted(monkeypatch: pytest.MonkeyPatch) -> None:
    """A calibration that is stopped once it has begun to write."""

    def stopped(d: Dated, sample: int) -> None:
        d.keep()
        raise KeyboardInterrupt

    monkeypatch.setattr(dated, "members", stopped)


@pytest.mark.usefixtures("interrupted")
def test_fits_that_are_not_finished_leave_none(root: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        dated.calibrate(DATE, region=root)
    assert vintages.dates(root) == []


@pytest.mark.usefixtures("interrupted")
def test_fits_that_are_not_finished_leave_those_of_before(root: Path) -> None:
    vintages.write(DATE, {"cost.level": 0.9}, {}, root)
    with pytest.raises(KeyboardInterrupt):
        dated.calibrate(DATE, region=root)
    assert Parameters.load(root, DATE).value("cost.level", 2022) == 0.9


@pytest.mark.parametrize("billed", [1e9, 1e13])
def test_growth_of_profits_stays_within_what_the_passport_allows(
    billed: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However far the simulated levy is from the rates, the fit is one that can be read again."""
    rows = [
        {"year": y, "code": 13102, "bill_medical": billed, "relief_medical": 0.0, "member_months": 12e6}
        for y in (2023, 2024)
    ]
    monkeypatch.setattr(Dated, "live", lambda self, sample, last, *tables: {"municipality_year": pd.DataFrame(rows)})
    d = Dated(DATE)
    dated.incomes(d, 1)
    growth = d.fits["enrolment.profit_growth"]
    assert isinstance(growth, dict)
    assert any(growth.values())
    assert not any(d.register.passport("enrolment.profit_growth").objection(x) for x in growth.values())


def test_the_help_of_calibrate_names_every_stage() -> None:
    option = next(own for own in get_command(app).commands["calibrate"].params if own.name == "stages")  # type: ignore[attr-defined]
    assert set(option.help.rpartition(": ")[2].split(",")) == set(STAGES)


def test_a_fit_knows_figures_of_its_date_only() -> None:
    """Totals, ward rates and shares of later years are not there to be fitted to."""
    d = Dated(DATE)
    assert d.last == 2024
    assert "contribution_total.2024" in d.known
    assert "contribution_total_final.2025" not in d.known
    assert "benefit_settled.2023" not in d.known
    assert d.register.table("places.group_rates")["fiscal_year"].max() == 2024
    assert d.first_known("contribution_total_final.2025", "contribution_total.2024") == 4621e8
    goals = dated._people_goals(d)
    assert list(goals) == ["R4, end", "R5, assumed", "R6, assumed"]


def test_the_wards_share_of_the_coming_year_is_the_planned_one() -> None:
    """In March 2024 the wards planned 98 % beside a relief of R6 alone; in October 2023 nothing was planned."""
    d = Dated(DATE)
    dated.plans(d, 1)
    assert d.fits["municipal.group_share_medical"] == {2022: 0.923, 2023: 0.903, 2024: 0.935, 2025: 0.98}
    before = Dated(datetime.date(2023, 10, 31))
    dated.plans(before, 1)
    assert "municipal.group_share_medical" not in before.fits


def test_without_a_group_nothing_is_planned_and_profits_grow_like_wages(root: Path) -> None:
    for file, block in (("places/tables.yaml", r"(?m)^(rate_groups|group_rates):\n(  .*\n)+"), ("region.yaml", GROUPS)):
        path = root / file
        path.write_text(re.sub(block, "", path.read_text(encoding="utf-8")), encoding="utf-8")
    d = Dated(DATE, root)
    dated.plans(d, 1)
    dated.incomes(d, 1)
    assert "municipal.group_share_medical" not in d.fits
    assert d.fits["enrolment.profit_growth"] == dated.NEUTRAL["enrolment.profit_growth"]
    assert d.log == [
        "plans: no group of municipalities has said what it will levy",
        "incomes: profits beyond wages {2022: 0.0}, neutral: no group publishes its rates",
    ]
