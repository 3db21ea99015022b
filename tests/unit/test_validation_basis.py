"""Estimates are compared with what the metropolis expected, results with what was lived; a figure says which it is."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pandas as pd
import pytest

from sim.core.errors import ParameterError
from sim.parameters import Parameters, regions
from sim.parameters.loader import _check_basis
from sim.parameters.schema import BASES, ESTIMATES
from sim.studies.validation import totals
from sim.studies.validation.figures import Figures, Rule, row

YEARS = range(2022, 2030)


def figures(expected: float, lived: float) -> Figures:
    """Return the figures of a run in which 100 people were expected to cost `expected` each, and cost `lived`."""
    account = pd.Series({(y, item): v for y in YEARS for item, v in (("benefits", 100 * expected), ("members", 100.0))})
    year = pd.DataFrame({"benefit_per_member": lived, "benefit": 100 * lived}, index=list(YEARS))
    return cast(Figures, SimpleNamespace(account=account, first_account=account, year=year))


def test_every_total_says_what_it_is_and_an_estimate_is_never_read_from_what_was_lived() -> None:
    table = Parameters.load().table("targets.totals")
    assert set(table["basis"]) <= set(BASES)
    benefits = table[table["item"].str.startswith("benefit_per_capita")]
    assert set(benefits["basis"]) <= set(ESTIMATES)
    assert len(benefits) == 3
    for target in benefits.itertuples():
        assert totals.RULES[str(target.item)].read(figures(300_000, 250_000), 2024) == 300_000


def test_a_result_is_read_from_what_was_lived() -> None:
    assert totals.RULES["benefit_settled"].read(figures(300_000, 250_000), 2023) == 100 * 250_000


def test_a_figure_that_a_later_one_replaced_is_shown_and_not_judged() -> None:
    rule = Rule(totals.RULES["contribution_total"].read, 0.03, fitted=(2023,), superseded=(2025,))
    assert (rule.of(2023), rule.of(2025)) == ("fitted", "context")
    assert row("x", rule.of(2025), 2025, "yen", 100.0, 150.0, 1.0, "s")["ok"] is None
    assert row("x", rule.of(2023), 2023, "yen", 100.0, 150.0, 1.0, "s")["ok"] is False


@pytest.mark.parametrize(
    ("basis", "date", "said"),
    [("guess", "2024", "basis 'guess'; allowed: result"), ("result", "24/11", "published_on")],
)
def test_a_figure_without_basis_or_date_is_refused_with_its_line(basis: str, date: str, said: str) -> None:
    frame = pd.DataFrame({"basis": ["result", basis], "published_on": [None, date]})
    with pytest.raises(ParameterError, match=f"tokyo.csv, line 3: {said}"):
        _check_basis(frame, Path("tokyo.csv"))


def test_both_ends_of_a_change_are_published() -> None:
    p = Parameters.load()
    items = p.table("targets.totals").set_index("id")["item"]
    changes = p.table("targets.changes")
    ends = {*changes["first"], *changes["last"]}
    assert ends <= {*items.index}
    assert {*items[[*ends]]} <= {*totals.rules(p)}


def test_what_a_figure_is_held_against_is_refused_cell_by_cell(copy: Path) -> None:
    """A measure of a group needs one, a group and a role are known ones; all mistakes at once, with their lines."""
    table = copy / "targets" / "checks.csv"
    table.write_text(
        "item,measure,group,parts,role,fitted,superseded,source_id,status,note\n"
        "a,group_levy_medical,,,held_out,,,assumption,assumed,\n"
        "alpha,,east,,held_out,,,assumption,assumed,\n"
        "beta_medical,,,,guessed,2024,,assumption,assumed,\n",
        encoding="utf-8",
    )
    with pytest.raises(ParameterError) as caught:
        totals.rules(Parameters.load(copy))
    said = str(caught.value).splitlines()
    assert said[0].startswith("checks.csv, line 2: measure 'group_levy_medical' is none of the prefecture")
    assert said[1].startswith("checks.csv, line 3: measure 'alpha' is none of a group")
    assert said[2:] == [
        "checks.csv, line 3: region.yaml has no group 'east'",
        "checks.csv, line 4: role 'guessed'; allowed: fitted, held_out, input, goal, context",
    ]


def test_a_region_that_says_nothing_of_its_totals_has_held_out_rules_only(copy: Path) -> None:
    without(copy, "targets", "checks")
    without(copy, "targets", "changes")
    p = Parameters.load(copy)
    known = totals.rules(p)
    assert {rule.role for rule in known.values()} == {"held_out", "input", "goal", "context"}
    assert "ward_contribution_medical" not in known
    assert p.rows("targets.changes").empty


def without(region: Path, folder: str, table: str) -> None:
    """Take a table out of a region."""
    index = region / folder / "tables.yaml"
    kept = re.sub(rf"(?m)^{table}:\n(  .*\n?)+", "", index.read_text(encoding="utf-8"))
    index.write_text(kept, encoding="utf-8")


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of a shipped region's folder, outside the package."""
    return Path(shutil.copytree(regions.SHIPPED / "tokyo", tmp_path / "elsewhere"))
