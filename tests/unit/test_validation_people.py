"""Rows of the validation about people: each municipality judged, context never, samples with a wider band."""

from __future__ import annotations

import types
from typing import Any

import pandas as pd
import pytest

from sim.parameters import Parameters
from sim.studies.validation import people


def figures(sample: int, off: dict[int, float] | None = None) -> Any:
    """Return what a run of R5 alone would leave, its members and households those of the cards but for some."""
    cards = Parameters.load().table("places.settlement_fy2023")
    factor = cards["code"].map(off or {}).fillna(1.0)
    place = pd.DataFrame(
        {
            "year": people.CARDS,
            "code": cards["code"],
            "members_end": cards["insured"] * factor,
            "households_end": cards["households"],
        }
    )
    return types.SimpleNamespace(place=place, sample=sample)


def places(sample: int, off: dict[int, float] | None = None) -> pd.DataFrame:
    p = Parameters.load()
    return pd.DataFrame(people._places(figures(sample, off), p, {people.CARDS})).set_index("id")


def test_a_municipality_3_percent_off_is_out_of_its_band() -> None:
    table = places(1, {13104: 1.03, 13101: 0.985})
    assert not table["ok"]["members_end.13104.2023"]
    assert table["ok"].drop("members_end.13104.2023").all()
    assert table["difference"]["members_end.13101.2023"] == pytest.approx(-0.015 * 10161)


def test_the_band_of_a_sample_allows_for_its_noise() -> None:
    off = {13104: 1.03}
    assert places(100, off)["ok"]["members_end.13104.2023"]


def test_every_large_municipality_has_a_row_and_the_others_one_together() -> None:
    table = places(1)
    cards = Parameters.load().table("places.settlement_fy2023")
    members = table[table.index.str.startswith("members_end")]
    assert len(members) == (cards["insured"] >= people.LEAST).sum() + 1
    assert members["published"].sum() == cards["insured"].sum()


def test_context_is_shown_and_not_judged() -> None:
    row = people.context("x.2022", 2022, "ratio", 0.5, 0.9, "assumption")
    assert (row["role"], row["ok"], row["band"]) == ("context", None, None)
    assert row["difference"] == pytest.approx(0.4)


def test_a_year_outside_the_run_keeps_an_empty_figure() -> None:
    row = next(people._places(figures(1), Parameters.load(), {2022}))
    assert row["simulated"] is None
    assert row["ok"] is None
