"""One resident's year is read from the tables as it stands, by id and not by row."""

from __future__ import annotations

import numpy as np

from sim.explanations.life import _row
from sim.population.codes import Scheme
from tests.small import small_world


def test_a_row_holds_the_persons_and_the_households_figures() -> None:
    w = small_world(300)
    i = int(np.flatnonzero(w.people.scheme == Scheme.KOKUHO)[5])
    home = int(w.people.household[i])
    for name, amount in (("bill_medical", 100), ("bill_care", 20), ("paid", 70), ("unpaid", 50)):
        w.households.data[name][home] = amount
    w.households.arrears[home, 2] = 9
    w.people.data["insured_months"][i] = 0b111
    row = _row(w, int(w.people.pid[i]))
    assert row is not None
    assert (row["bill"], row["paid"], row["arrears"], row["insured_months"]) == (120, 70, 59, 3)
    assert row["scheme"] == "kokuho"
    assert row["municipality"] == w.p.places()[w.p.codes()[int(w.households.place[home])]][0]


def test_who_is_not_on_the_register_has_no_row() -> None:
    assert _row(small_world(50), -1) is None
