"""Is the kernel the rule? Random households against the plain law, to the yen in every portion."""

from __future__ import annotations

import datetime
import os
import subprocess
import sys
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from sim.core.kernel import spans, spread
from sim.explanations import household
from sim.explanations.family import read_family
from sim.explanations.members import Family
from sim.institutions.memory import PORTIONS
from sim.mechanisms.levy.law import rules
from sim.mechanisms.levy.state import Stages, Work
from sim.mechanisms.levy.step import check
from sim.mechanisms.levy.year import bill_households
from sim.parameters import Parameters
from tests.reference.twin import YEARS, Maker, differences, month, tariff_of


@pytest.mark.parametrize("year", YEARS)
def test_calculator_equals_plain_law(year: int) -> None:
    wrong = differences(300, year, seed=7)
    assert not wrong, wrong[0]


@pytest.mark.full
@pytest.mark.parametrize("year", YEARS)
def test_calculator_equals_plain_law_for_100_000_households(year: int) -> None:
    wrong = differences(100_000, year, seed=11)
    assert not wrong, wrong[0]


@pytest.mark.parametrize("setting", ["NUMBA_BOUNDSCHECK", "NUMBA_DISABLE_JIT"])
def test_calculator_equals_plain_law_checked_and_uncompiled(setting: str, tmp_path) -> None:
    wrong = "[text for year in (2023, 2026) for text in differences(60, year, 3)]"
    code = f"from tests.reference.twin import differences; assert not {wrong}"
    environment = {**os.environ, setting: "1", "NUMBA_NUM_THREADS": "1"}
    if setting == "NUMBA_BOUNDSCHECK":
        environment["NUMBA_CACHE_DIR"] = str(tmp_path)
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr[-3000:]


def families(count: int, year: int) -> tuple[Maker, list[Any], list[Family]]:
    """Return random households of the twin and their families."""
    maker = Maker(year, seed=5)
    made = list(maker.households(0, count))
    return maker, made, [read_family(h.raw, "family", year) for h in made]


def test_stages_add_up_for_every_household() -> None:
    p = Parameters.load()
    maker, made, read = families(1_500, 2026)
    tariffs = [tariff_of(ordinance, p, 2026) for ordinance in maker.ordinances]
    found = household.assess_many(read, [tariffs[h.tariff] for h in made], 2026, p)
    stages = np.stack([getattr(found.stages, name) for name in Stages.__annotations__], axis=-1)
    assert stages.any(axis=(0, 1)).all()
    check(household.STAGES(household.numbers(found.stages)), list(range(1_500)), 2026)


def clean(raw: dict[str, Any], year: int) -> dict[str, Any]:
    """Return a household whose days all begin months, and in which nobody comes back: months say all there is."""
    members = []
    for row in raw["members"]:
        born: datetime.date = row["born"].replace(day=2)
        plain = {k: v for k, v in row.items() if k not in ("insured", "former_member", "job_loss", "declared")}
        said = row.get("insured")
        if isinstance(said, dict):
            first = said.get("joined", datetime.date(year, 4, 1))
            plain["insured"] = {"from": month(first)} if "joined" in said and first > born else True
        if (born.year + 75, born.month) == (year, 4) or born >= datetime.date(year, 4, 1):
            born = born.replace(year=born.year - 1)
        members.append({**plain, "born": born})
    return {"members": members}


@pytest.mark.parametrize("year", [2022, 2026])
def test_months_give_the_same_bill_where_days_say_no_more(year: int) -> None:
    p = Parameters.load()
    maker, made, _ = families(400, year)
    parts = []
    for h in made:
        try:
            parts += read_family(clean(h.raw, year), "family", year).by_duty(year)[:1]
        except household.InputError:  # a day made clean lies outside the person's span
            continue
    assert len(parts) > 300
    table = np.stack([tariff_of(ordinance, p, year).table for ordinance in maker.ordinances])
    by = rules(p, year, table.view(np.recarray))
    places = [k % len(table) for k in range(len(parts))]
    members = [m for family in parts for m in family.members]
    bills = []
    for known in (True, False):
        given = household._given(parts, members)
        if not known:
            given = given._replace(counted=np.zeros(1, np.int64))
        homes = household._homes(parts, places)
        work = Work.zeros(spans(len(parts)), len(table))
        spread(bill_households, len(parts), homes, household._people(members), given, by, each=work)
        bills.append([getattr(homes, f"bill_{name}").tolist() for name in PORTIONS])
    assert bills[0] == bills[1]


def test_months_with_a_gap_are_two_duties_in_the_tables_too() -> None:
    p = Parameters.load()
    back = [{"left": datetime.date(2025, 6, 1)}, {"joined": datetime.date(2025, 10, 1)}]
    rows: list[dict[str, Any]] = [
        {"name": "a", "head": True, "born": datetime.date(1990, 5, 2), "business": 900_000, "insured": back},
        {"name": "b", "born": datetime.date(1992, 5, 2), "insured": {"left": datetime.date(2025, 6, 1)}},
    ]
    maker = Maker(2025, seed=5)
    tariff = tariff_of(maker.ordinances[1], p, 2025)
    family = read_family({"members": rows}, "family", 2025)
    first, second = family.by_duty(2025)
    members = [replace(m, months=m.months | n.months) for m, n in zip(first.members, second.members, strict=True)]
    whole = replace(family, members=tuple(members))
    given = household._given([whole], members)._replace(counted=np.zeros(1, np.int64))
    homes, work = household._homes([whole], [0]), Work.zeros(1, 1)
    by = rules(p, 2025, tariff.table[None].view(np.recarray))
    bill_households(homes, household._people(members), given, by, Work(*(part[0] for part in work)), 0, 1)
    bills = [int(getattr(homes, f"bill_{name}")[0]) for name in PORTIONS]
    assert bills == household.assess_many([family], tariff, 2025, p).portions[0].tolist()
    assert (int(homes.relief_class[0]), int(homes.insured_months[0])) == (2, 0b1111_1100_0011)
    places, classes = work.places.view(np.recarray), work.classes.view(np.recarray)
    assert (int(places.households[0, 0]), int(classes.households.sum())) == (1, 1)
