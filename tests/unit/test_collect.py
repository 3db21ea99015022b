"""The tables of a finished year against the facts the mechanisms counted."""

from __future__ import annotations

import numpy as np
import pytest

from sim.core.state import take
from sim.core.tables import joined
from sim.core.units import ALL_MONTHS
from sim.mechanisms.enrolment import INSURE
from sim.outputs.collect import _record_members
from sim.outputs.kernels import People
from tests.small import run_steps, small_world

YEAR = 2022


def test_members_by_age_are_the_months_insured_at_the_age_of_each_month():
    w = small_world(3000)
    w.weight = 10
    g = np.random.default_rng(3)
    w.people.data["present"][:] = np.where(g.random(w.people.rows) < 0.1, (1 << g.integers(1, 12)) - 1, ALL_MONTHS)
    run_steps(w, (INSURE,), YEAR)
    _record_members(w.world, YEAR, np.array(w.p.codes()), take(People, w.people), w.households.place)
    table = joined(w.tables["members_by_age"])
    total = {
        name: w.memory.get(YEAR, name).sum() / 12 for name in ("member_months", "elderly_months", "foreign_months")
    }
    assert table["members"].sum() == pytest.approx(total["member_months"])
    old = table["age"].isin(["65-69", "70-74"])
    assert table.loc[old, "members"].sum() == pytest.approx(total["elderly_months"])
    assert table.loc[table["foreign"], "members"].sum() == pytest.approx(total["foreign_months"])
    assert not table["age"].isin(["75-79", "80-84"]).any()
    assert not table.duplicated(["age", "sex", "foreign"]).any()
