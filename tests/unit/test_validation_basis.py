"""Estimates are compared with what the metropolis expected, results with what was lived; a figure says which it is."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pandas as pd
import pytest

from sim.core.errors import ParameterError
from sim.parameters import Parameters
from sim.parameters.loader import _check_basis
from sim.parameters.schema import BASES, ESTIMATES
from sim.studies.validation import totals
from sim.studies.validation.figures import Figures, row

YEARS = range(2022, 2030)


def figures(expected: float, lived: float) -> Figures:
    """Return the figures of a run in which 100 people were expected to cost `expected` each, and cost `lived`."""
    account = pd.Series({(y, item): v for y in YEARS for item, v in (("benefits", 100 * expected), ("members", 100.0))})
    year = pd.DataFrame({"benefit_per_member": lived, "benefit": 100 * lived}, index=list(YEARS))
    return cast(Figures, SimpleNamespace(account=account, year=year))


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
    rule = totals.RULES["contribution_total_provisional"]
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
    ids = set(Parameters.load().table("targets.totals")["id"])
    ends = [f"{item}.{year}" for _, *pair in totals.CHANGES for year, item in pair]
    assert set(ends) <= ids
    assert all(item in totals.RULES for _, *pair in totals.CHANGES for _, item in pair)
