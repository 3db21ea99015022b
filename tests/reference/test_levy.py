"""Is the kernel the rule? Random households against the plain law, to the yen in every portion."""

from __future__ import annotations

import datetime
import os
import subprocess
import sys
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sim.explanations.household import bill
from sim.institutions.memory import PORTIONS
from sim.mechanisms.levy.step import check
from sim.parameters import Parameters
from tests.reference.levy_law import Person, PortionRates, levy
from tests.reference.levy_random import RandomHouseholds

YEARS = (2022, 2023, 2024, 2025, 2026)


def compare(count: int, year: int, seed: int) -> None:
    """Bill `count` random households both ways and fail on the first that differs."""
    p = Parameters.load()
    households = RandomHouseholds(count, year, seed)
    bills, _ = households.billed(p)
    units = p.table("places.municipalities")["rounding_unit"].tolist()
    portions = np.stack([getattr(bills, f"bill_{p}") for p in PORTIONS], axis=1).tolist()
    for h in range(count):
        people, since, rates = households.family(h)
        expected = levy(people, since, rates, units[households.place[h]], year, int(households.remission[h]))
        found = (portions[h], int(bills.relief_class[h]), int(bills.base_income[h]))
        assert found == (expected.bills, expected.tenths, expected.base), (
            f"household {h} of {year}, seed {seed}: {people} {since} {rates[0]}"
        )


@pytest.mark.parametrize("year", YEARS)
def test_kernel_equals_plain_law(year: int) -> None:
    compare(1500, year, seed=7)


@pytest.mark.full
@pytest.mark.parametrize("year", YEARS)
def test_kernel_equals_plain_law_for_100_000_households(year: int) -> None:
    compare(100_000, year, seed=11)


@pytest.mark.parametrize("setting", ["NUMBA_BOUNDSCHECK", "NUMBA_DISABLE_JIT"])
def test_kernel_equals_plain_law_checked_and_uncompiled(setting: str, tmp_path) -> None:
    code = "from tests.reference.test_levy import compare; [compare(60, y, 3) for y in (2023, 2026)]"
    environment = {**os.environ, setting: "1", "NUMBA_NUM_THREADS": "1"}
    if setting == "NUMBA_BOUNDSCHECK":
        environment["NUMBA_CACHE_DIR"] = str(tmp_path)
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr[-3000:]


def test_stages_add_up_for_every_household() -> None:
    p = Parameters.load()
    households = RandomHouseholds(3000, 2026, seed=5)
    _, totals = households.billed(p)
    check(totals.portions, p.codes(), 2026)


yen = st.one_of(st.just(0), st.integers(0, 12_000_000), st.sampled_from([551_000, 1_619_500, 3_599_999, 6_600_000]))
days = st.dates(datetime.date(1930, 1, 1), datetime.date(2021, 3, 31))
first_days = st.builds(lambda y, m: datetime.date(y, m, 1), st.integers(1930, 2020), st.integers(1, 12))


@st.composite
def families(draw: st.DrawFn) -> dict[str, Any]:
    """A family file with rates: up to four members, any date of birth, any flags."""
    members = []
    for k in range(draw(st.integers(1, 4))):
        born = draw(st.one_of(days, first_days))
        members.append(
            {
                "name": f"member {k}",
                "born": born,
                "head": k == 0,
                "insured": draw(st.booleans()) or k > 0,
                "salary": draw(yen),
                "pension": draw(yen),
                "business": draw(st.integers(-2_000_000, 9_000_000)),
                "declared": draw(st.integers(0, 9)) > 0,
                "loss_carried_forward": draw(st.sampled_from([0, 0, 700_000])),
                "casualty_loss_carried_forward": draw(st.sampled_from([0, 0, 900_000])),
                "child_or_disability": draw(st.booleans()),
                "multiple_birth": draw(st.booleans()),
                "asset_tax": draw(st.sampled_from([0, 54_321])),
            }
        )
        if draw(st.booleans()):
            members[-1]["birth"] = f"{draw(st.integers(2021, 2027))}-{draw(st.integers(1, 12)):02d}"
    rate = st.integers(0, 1_200).map(lambda x: f"{x / 100:.2f}%")
    names = ["medical", "support", "care", "child"]
    rates = {
        name: {
            "income_part": draw(rate),
            "asset_part": draw(rate),
            "per_head": draw(st.integers(0, 60_000)),
            "per_household": draw(st.integers(0, 30_000)),
            "cap": draw(st.integers(1, 80)) * 10_000,
        }
        for name in names
    }
    rates["child"]["per_adult"] = draw(st.integers(0, 500))
    return {"members": members, "rates": {**rates, "rounding": draw(st.sampled_from([1, 100]))}}


def plain(family: dict[str, Any], year: int) -> list[int]:
    """Bill a family file by the plain law."""
    people, since = [], []
    for m in family["members"]:
        late = (m["born"].year + 75, m["born"].month)
        months = [k for k in range(12) if m["insured"] and (year + (k > 8), (k + 3) % 12 + 1) < late]
        turns = bool(months) and len(months) < 12
        since += [late] if turns else []
        birth = tuple(map(int, m["birth"].split("-"))) if "birth" in m else None
        people.append(
            Person(
                born=m["born"],
                months=frozenset(months),
                head=m["head"],
                salary=m["salary"],
                pension=m["pension"],
                business=m["business"],
                declared=m["declared"],
                loss=m["loss_carried_forward"],
                birth=birth,
                casualty=m["casualty_loss_carried_forward"],
                supports=m["child_or_disability"],
                multiple=m["multiple_birth"],
                asset_tax=m["asset_tax"],
                late_elderly_since=late if turns else None,
            )
        )
    rates = [
        PortionRates(
            *(round(float(r[n].rstrip("%")) * 10_000) for n in ("income_part", "asset_part")),
            r["per_head"],
            r["per_household"],
            r.get("per_adult", 0),
            r["cap"],
        )
        for r in (family["rates"][n] for n in ("medical", "support", "care", "child"))
    ]
    return levy(people, max(since, default=None), rates, family["rates"]["rounding"], year).bills


@settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
@given(family=families(), year=st.sampled_from(YEARS))
def test_calculator_equals_plain_law(family: dict[str, Any], year: int) -> None:
    for m in family["members"]:  # nobody is insured from 75 on
        m["insured"] = m["insured"] and (m["born"].year + 75, m["born"].month, m["born"].day) > (year, 4, 1)
    found = bill(family, "anywhere", year, parameters=Parameters.load())
    assert list(found.portions.values()) == plain(family, year)
    assert found.lines["amount"][found.lines["kind"].isin(["charge", "relief", "cap", "rounding"])].sum() == found.total
