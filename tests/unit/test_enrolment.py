"""Work and insurance: who is insured in which months, and what the year paid."""

from __future__ import annotations

import numba as nb
import numpy as np
import pandas as pd
import pytest

from sim.core.errors import BalanceError
from sim.core.tables import joined
from sim.core.units import ALL_MONTHS, april
from sim.mechanisms.enrolment import EARN, INSURE
from sim.mechanisms.enrolment.chances import (
    chances,
    enter_chances,
    labour_market,
    leave_chances,
    member_share,
    trend,
)
from sim.mechanisms.enrolment.household import window
from sim.mechanisms.enrolment.law import law
from sim.mechanisms.enrolment.month import may_depend
from sim.mechanisms.enrolment.state import AGES, Facts, People
from sim.parameters import Parameters
from sim.population.codes import FirmSize, Leaving, Relation, Residence, Scheme, Work
from sim.population.table import household_table, people_table
from sim.studies.fits import enrolment as fit
from tests.small import PLACES, run_steps, small_world
from tests.town import Town, found

YEAR = 2022
APRIL = april(YEAR)
NEVER_LEAVE = {("enrolment.entry_level", None, None): 0.0, ("enrolment.retiring_level", None, None): 0.0}
ALWAYS_LEAVE = {("enrolment.entry_level", None, None): 1e6, ("enrolment.voluntary_share", None, None): [0.0] * 3}
NOBODY_ENTERS = {("enrolment.exit_level", None, None): 0.0}
QUIET = {
    **NEVER_LEAVE,
    **NOBODY_ENTERS,
    ("enrolment.assistance_in", None, None): 0.0,
    ("enrolment.guild_in", None, None): 0.0,
    ("enrolment.disability_late", None, None): 0.0,
    ("enrolment.outgrow", None, None): [0.0] * 5,
    ("enrolment.job_of_dependants", None, None): [0.0] * 18,
}


def world(members: list[list[dict[str, object]]], overrides: dict | None = None, weight: int = 1) -> Town:
    """Return a world of hand-made households; a person is a dict of age (31 March), birthday (months after
    April, 0-11) and columns."""
    rows = [person for home in members for person in home]
    people, homes = people_table(len(rows)), household_table(len(members))
    homes.data["hid"][:] = np.arange(len(members)) + 1000
    homes.data["size"][:] = [len(home) for home in members]
    homes.data["start"][:] = np.cumsum([0, *(len(home) for home in members)])[:-1]
    homes.data["head"][:] = homes.start
    people.data["household"][:] = np.repeat(np.arange(len(members)), homes.size)
    people.data["pid"][:] = np.arange(len(rows)) + 1
    people.data["ability"][:] = 0.0
    people.data["scheme_since"][:] = APRIL - 50
    for i, person in enumerate(rows):
        values = dict(person)
        age, birthday = int(values.pop("age")), int(values.pop("birthday", 11))  # type: ignore[call-overload]
        people.data["born"][i] = APRIL + birthday - (age + 1) * 12
        for name, value in values.items():
            people.data[name][i] = value
    p = Parameters.load().with_overrides(overrides or {})
    return found(p, people, homes, year=YEAR, seed=7, weight=weight)


def lived(w: Town, years: int = 1) -> Town:
    for year in range(YEAR, YEAR + years):
        run_steps(w, (INSURE, EARN), year)
    return w


def flows(w: Town, year: int = YEAR) -> dict[tuple[str, str], int]:
    table = joined(w.tables["flows"])
    table = table[(table["year"] == year) & (table["cause"] != "tokyo")]
    sums = table.groupby(["cause", "direction"])["persons"].sum()
    return {key: int(persons) for key, persons in sums.items()}


def by_pid(w: Town) -> pd.DataFrame:
    names = [name for name in People._fields if name != "household"]  # a row, not a fact of the person
    frame = pd.DataFrame({n: w.people.data[n] for n in names})
    frame["place"] = w.households.place[w.people.household]
    return frame.sort_values("pid").reset_index(drop=True)


def months(*indices: int) -> int:
    return sum(1 << m for m in indices)


HUSBAND = {
    "relation": Relation.HEAD,
    "work": Work.REGULAR,
    "firm_size": FirmSize.S501,
    "salary": 5_000_000,
    "scheme": Scheme.EMPLOYEE,
}
WIFE = {"relation": Relation.SPOUSE, "sex": 1, "work": Work.NONE, "scheme": Scheme.DEPENDANT}
CHILD = {"relation": Relation.CHILD, "work": Work.NONE, "scheme": Scheme.DEPENDANT}


def test_masks_agree_with_presence_scheme_and_age():
    w = small_world(3000)
    g = np.random.default_rng(5)
    w.people.data["present"][:] = np.where(g.random(w.people.rows) < 0.05, (1 << g.integers(1, 12)) - 1, ALL_MONTHS)
    w.people.data["leaving"][:] = np.where(w.people.present != ALL_MONTHS, Leaving.OTHER_PREFECTURE, 0)
    lived(w)
    p = w.people
    mask, march = p.insured_months, (p.insured_months >> 11) & 1
    assert not (mask & ~p.present).any()
    here = p.present == ALL_MONTHS
    assert (march[here] == (p.scheme[here] == Scheme.KOKUHO)).all()
    for m in range(12):
        assert not ((mask >> m & 1) & (p.born + 900 <= APRIL + m)).any()
    others = ~np.isin(p.scheme, (Scheme.LATE_ELDERLY, Scheme.ASSISTANCE))
    assert not (others & here & (p.born + 900 < APRIL)).any()


def test_dependants_join_in_the_month_the_worker_leaves():
    homes = [[HUSBAND | {"age": 40}, WIFE | {"age": 38}, CHILD | {"age": 5}] for _ in range(200)]
    w = lived(
        world(
            homes,
            ALWAYS_LEAVE
            | {("enrolment.job_of_dependants", None, None): [0.0] * 18, ("enrolment.outgrow", None, None): [0.0] * 5},
        )
    )
    scheme, since = w.people.scheme.reshape(-1, 3), w.people.scheme_since.reshape(-1, 3)
    left = scheme[:, 0] == Scheme.KOKUHO
    assert left.sum() > 70
    assert (scheme[left] == Scheme.KOKUHO).all()
    assert (since[left] == since[left][:, :1]).all()
    assert (scheme[~left][:, 1:] == Scheme.DEPENDANT).all()
    mask = w.people.insured_months.reshape(-1, 3)
    assert (mask == mask[:, :1]).all()
    assert flows(w) == {("employee", "in"): left.sum(), ("dependant", "in"): 2 * left.sum()}


def test_family_becomes_dependant_when_the_head_finds_a_job():
    entering = QUIET | {
        ("enrolment.exit_level", None, None): 1e6,
        ("enrolment.shared_factor", None, None): 1.0,
        ("enrolment.take_up_dependant", None, None): [1.0] * 4,
        ("enrolment.self_employed_factor", None, None): 0.0,
        ("enrolment.stop_business", None, None): [0.0] * 3,
    }
    head = HUSBAND | {"age": 40, "work": Work.NONE, "scheme": Scheme.KOKUHO, "salary": 0}
    wife = WIFE | {"age": 70, "work": Work.SELF_EMPLOYED, "scheme": Scheme.KOKUHO, "business": 3_000_000}
    child = CHILD | {"age": 5, "scheme": Scheme.KOKUHO}
    w = lived(world([[head, wife, child] for _ in range(100)], entering))
    scheme, mask = w.people.scheme.reshape(-1, 3), w.people.insured_months.reshape(-1, 3)
    found = scheme[:, 0] == Scheme.EMPLOYEE
    assert found.sum() > 80
    assert (scheme[found, 2] == Scheme.DEPENDANT).all()
    assert (mask[found, 2] == mask[found, 0]).all()
    assert (mask[found, 1] == ALL_MONTHS).all()


def test_the_75th_birthday_of_an_employee_leaves_a_former_dependant():
    w = lived(world([[HUSBAND | {"age": 74, "birthday": 4}, WIFE | {"age": 70}, CHILD | {"age": 30}]], QUIET))
    assert list(w.people.scheme) == [Scheme.LATE_ELDERLY, Scheme.KOKUHO, Scheme.KOKUHO]
    assert w.people.insured_months[1] == months(*range(4, 12))
    assert list(w.people.former_dependant) == [0, APRIL + 4, 0]
    assert list(w.people.scheme_since) == [APRIL + 4] * 3
    assert flows(w) == {("dependant", "in"): 2}


def test_the_birth_month_is_not_insured_and_starts_the_special_household():
    couple = [
        HUSBAND | {"age": 74, "birthday": 4, "work": Work.RETIRED, "scheme": Scheme.KOKUHO},
        WIFE | {"age": 72, "scheme": Scheme.KOKUHO},
    ]
    alone = [couple[0] | {"birthday": 0}]
    w = lived(world([couple, alone], QUIET))
    assert list(w.people.insured_months) == [months(0, 1, 2, 3), ALL_MONTHS, 0]
    assert list(w.households.former_member) == [APRIL + 4, 0]
    assert flows(w) == {("age75", "out"): 2}
    assert w.memory.get(YEAR, "members_start").sum() == 2
    assert w.memory.get(YEAR, "household_months").sum() == 12


def test_a_special_household_ends_with_its_member_in_late_elderly_care():
    couple = [
        HUSBAND
        | {
            "age": 78,
            "work": Work.RETIRED,
            "scheme": Scheme.LATE_ELDERLY,
            "present": months(0, 1),
            "leaving": Leaving.DIES,
        },
        WIFE | {"age": 72, "scheme": Scheme.KOKUHO},
    ]
    w = world([couple], QUIET)
    w.households.data["former_member"][:] = APRIL - 20
    lived(w)
    assert w.households.former_member[0] == 0


def test_voluntary_continuation_ends_after_24_months():
    person = HUSBAND | {"age": 61, "work": Work.RETIRED, "scheme": Scheme.VOLUNTARY, "scheme_since": APRIL - 24 + 5}
    stay = QUIET | {("enrolment.voluntary_job", None, None): 0.0, ("enrolment.voluntary_end", None, None): 0.0}
    w = lived(world([[person, WIFE | {"age": 58}]], stay))
    assert list(w.people.insured_months) == [months(*range(5, 12))] * 2
    assert flows(w) == {("voluntary", "in"): 1, ("dependant", "in"): 1}


def test_a_poor_household_goes_on_assistance_and_comes_back_together():
    head = HUSBAND | {"age": 55, "work": Work.NONE, "scheme": Scheme.KOKUHO, "salary": 500_000}
    poor = [head, WIFE | {"age": 78, "work": Work.RETIRED, "scheme": Scheme.LATE_ELDERLY}]
    rich = [head | {"other_income": 3_000_000}]
    stay = QUIET | {
        ("enrolment.assistance_in", None, None): 1.0,
        ("enrolment.assistance_out", None, None): 1.0,
        ("enrolment.start_work", None, None): [0.0] * 3,
    }
    w = lived(world([poor, rich], stay))
    assert list(w.people.scheme) == [Scheme.ASSISTANCE, Scheme.ASSISTANCE, Scheme.KOKUHO]
    assert w.people.scheme_since[0] == w.people.scheme_since[1] >= APRIL
    run_steps(w, (INSURE,), YEAR + 1)
    assert list(w.people.scheme) == [Scheme.KOKUHO, Scheme.LATE_ELDERLY, Scheme.KOKUHO]
    assert flows(w, YEAR + 1) == {("assistance", "in"): 1}


def test_students_from_abroad_neither_go_on_assistance_nor_into_jobs_with_insurance():
    student = {"age": 22, "residence": Residence.STUDENT, "work": Work.STUDENT, "scheme": Scheme.KOKUHO}
    settled = {"age": 40, "residence": Residence.PERMANENT, "work": Work.NONE, "scheme": Scheme.KOKUHO}
    rules = {
        ("enrolment.assistance_in", None, None): 1.0,
        ("enrolment.exit_level", None, None): 0.0,
        ("enrolment.start_work", None, None): [0.0] * 3,
    }
    w = lived(world([[student]] * 50 + [[settled]] * 50, rules))
    assert (w.people.scheme[:50] == Scheme.KOKUHO).all()
    assert (w.people.scheme[50:] == Scheme.ASSISTANCE).all()
    working = {("enrolment.exit_level", None, None): 1e6, ("enrolment.assistance_in", None, None): 0.0}
    w = lived(world([[student]] * 50 + [[settled]] * 50, working))
    assert (w.people.scheme[:50] == Scheme.KOKUHO).all()
    assert (w.people.scheme[50:] == Scheme.EMPLOYEE).mean() > 0.8


def test_a_guild_takes_and_gives_back_the_household():
    head = HUSBAND | {"age": 50, "work": Work.SELF_EMPLOYED, "scheme": Scheme.KOKUHO}
    family = [head, WIFE | {"age": 48, "scheme": Scheme.KOKUHO}, CHILD | {"age": 9, "scheme": Scheme.KOKUHO}]
    lodger = {"age": 50, "relation": Relation.OTHER, "work": Work.SELF_EMPLOYED, "scheme": Scheme.KOKUHO}
    moving = QUIET | {
        ("enrolment.guild_in", None, None): 1.0,
        ("enrolment.guild_out", None, None): 1.0,
        ("enrolment.start_work", None, None): [0.0] * 3,
        ("enrolment.stop_business", None, None): [0.0] * 3,
    }
    w = lived(world([[*family, lodger]], moving))
    assert list(w.people.scheme) == [Scheme.GUILD] * 3 + [Scheme.KOKUHO]
    assert flows(w) == {("guild", "out"): 3}
    run_steps(w, (INSURE,), YEAR + 1)
    assert list(w.people.scheme) == [Scheme.KOKUHO] * 4
    assert flows(w, YEAR + 1) == {("guild", "in"): 3}


def test_newborns_join_in_the_month_of_birth_with_the_household():
    baby = {
        "age": -1,
        "birthday": 6,
        "relation": Relation.CHILD,
        "present": months(*range(6, 12)),
        "scheme_since": 0,
        "ability": np.nan,
    }
    member = HUSBAND | {"age": 30, "work": Work.SELF_EMPLOYED, "scheme": Scheme.KOKUHO}
    w = lived(
        world(
            [[HUSBAND | {"age": 30}, baby], [member, baby], [member | {"scheme": Scheme.ASSISTANCE}, baby]],
            QUIET | {("enrolment.assistance_out", None, None): 0.0},
        )
    )
    assert list(w.people.scheme[1::2]) == [Scheme.DEPENDANT, Scheme.KOKUHO, Scheme.ASSISTANCE]
    assert list(w.people.insured_months[1::2]) == [0, months(*range(6, 12)), 0]
    assert np.isfinite(w.people.ability).all()
    assert flows(w) == {("birth", "in"): 1}
    assert w.memory.get(YEAR, "preschool_months").sum() == 6
    assert w.memory.get(YEAR, "adult_months").sum() == 12


def test_a_newborn_is_insured_with_the_parent_who_earns_more():
    baby = {"age": -1, "birthday": 6, "relation": Relation.CHILD, "present": months(*range(6, 12)), "scheme_since": 0}
    father = HUSBAND | {"age": 30, "work": Work.SELF_EMPLOYED, "scheme": Scheme.KOKUHO, "salary": 0}
    mother = WIFE | {"age": 30, "work": Work.REGULAR, "scheme": Scheme.EMPLOYEE, "salary": 3_000_000}
    brother = CHILD | {"age": 20, "work": Work.REGULAR, "scheme": Scheme.EMPLOYEE, "salary": 2_000_000}
    richer, poorer = father | {"business": 4_000_000}, father | {"business": 2_000_000}
    homes = [[richer, mother, baby], [poorer, mother, baby], [poorer, brother, baby]]
    w = lived(world(homes, QUIET))
    assert list(w.people.scheme[2::3]) == [Scheme.KOKUHO, Scheme.DEPENDANT, Scheme.KOKUHO]
    assert flows(w) == {("birth", "in"): 2}


def test_arrivals_are_insured_from_the_first_month_and_those_from_abroad_bring_no_income():
    month = APRIL + 3
    student = {
        "age": 20,
        "residence": Residence.STUDENT,
        "arrived": month,
        "present": months(*range(3, 12)),
        "scheme_since": 0,
        "ability": np.nan,
    }
    mover = {"age": 45, "present": months(*range(3, 12)), "scheme_since": 0, "ability": np.nan}
    w = lived(world([[student]] * 50 + [[mover]] * 400, QUIET))
    p = w.people
    assert (p.scheme[:50] == Scheme.KOKUHO).all()
    assert (p.insured_months[:50] == months(*range(3, 12))).all()
    assert (p.scheme_since[:50] == month).all()
    assert (p.work[:50] == Work.STUDENT).all()
    insured = p.insured_months[50:] > 0
    expected = member_share(w.p)[45]
    assert abs(insured.mean() - expected) < 4 * np.sqrt(expected * (1 - expected) / 400)
    assert flows(w) == {("arrival_abroad", "in"): 50, ("arrival", "in"): insured.sum()}


def test_deaths_and_departures_stop_at_their_month_and_strand_dependants():
    dying = HUSBAND | {"age": 50, "present": months(0, 1, 2), "leaving": Leaving.DIES}
    moving = HUSBAND | {
        "age": 50,
        "work": Work.SELF_EMPLOYED,
        "scheme": Scheme.KOKUHO,
        "present": months(0),
        "leaving": Leaving.ABROAD,
    }
    w = lived(world([[dying, WIFE | {"age": 50}], [moving]], QUIET))
    assert list(w.people.insured_months) == [0, months(*range(3, 12)), months(0)]
    assert flows(w) == {("dependant", "in"): 1, ("departure_abroad", "out"): 1}


def test_leavers_at_the_end_of_march_are_counted_in_the_next_year():
    member = HUSBAND | {"age": 50, "work": Work.SELF_EMPLOYED, "scheme": Scheme.KOKUHO}
    w = lived(world([[member | {"leaving": Leaving.DIES}], [member]], QUIET))
    assert w.memory.get(YEAR, "members_end").sum() == 2
    assert flows(w) == {}
    w.people.take(np.array([1]))
    w.households.take(np.array([1]))
    w.people.data["household"][:] = w.households.data["start"][:] = w.households.data["head"][:] = 0
    run_steps(w, (INSURE,), YEAR + 1)
    assert flows(w, YEAR + 1) == {("death", "out"): 1}


def test_a_member_lost_between_the_years_is_an_error():
    w = lived(small_world(300))
    lost = np.flatnonzero((w.people.scheme == Scheme.KOKUHO) & (w.people.insured_months >> 11 == 1))[0]
    w.people.data["scheme"][lost] = Scheme.EMPLOYEE
    with pytest.raises(BalanceError, match="come out of a March"):
        run_steps(w, (INSURE,), YEAR + 1)


def test_members_balance_over_years_with_a_weight():
    w = small_world(3000)
    w.weight = 10
    lived(w, 4)
    for year in range(YEAR + 1, YEAR + 4):
        net = sum(n if direction == "in" else -n for (_, direction), n in flows(w, year).items())
        start, end = (w.memory.get(y, "members_end").sum() for y in (year - 1, year))
        assert end - start == net
        assert end % 10 == 0
    mask = w.people.insured_months
    assert w.memory.get(year, "members_start").sum() == 10 * (mask & 1).sum()
    assert w.memory.get(year, "member_months").sum() == 10 * sum(int(m).bit_count() for m in mask)


def test_members_balance_in_every_municipality():
    w = small_world(3000)
    lived(w)
    w.households.data["place"][:] = (w.households.place + (w.households.hid % 7 == 0)) % PLACES
    run_steps(w, (INSURE,), YEAR + 1)
    table = joined(w.tables["flows"]).query("year == @YEAR + 1")
    signed = table["persons"].where(table["direction"] == "in", -table["persons"])
    net = signed.groupby(table["code"]).sum().reindex(w.p.codes(), fill_value=0).to_numpy()
    change = w.memory.get(YEAR + 1, "members_end") - w.memory.get(YEAR, "members_end")
    assert (net == change).all()
    moved = table["cause"] == "tokyo"
    assert signed[moved].sum() == 0 < table["persons"][moved].sum()


def test_facts_against_a_slow_count():
    w = lived(small_world(1500))
    expected = {name: np.zeros(PLACES, np.int64) for name in Facts.fields()}
    for h in range(w.households.rows):
        place = w.households.place[h]
        span = range(w.households.start[h], w.households.start[h] + w.households.size[h])
        for m in range(12):
            members = [i for i in span if w.people.insured_months[i] >> m & 1]
            age = [(APRIL + m - w.people.born[i]) // 12 for i in members]
            expected["members_start"][place] += len(members) * (m == 0)
            expected["members_end"][place] += len(members) * (m == 11)
            expected["households_end"][place] += bool(members) * (m == 11)
            expected["household_months"][place] += bool(members)
            expected["member_months"][place] += len(members)
            expected["adult_months"][place] += sum((APRIL - 1 - w.people.born[i]) // 12 >= 18 for i in members)
            expected["care_months"][place] += sum(40 <= a < 65 for a in age)
            expected["care_household_months"][place] += any(40 <= a < 65 for a in age)
            expected["elderly_months"][place] += sum(65 <= a < 75 for a in age)
            expected["preschool_months"][place] += sum((APRIL - 1 - w.people.born[i]) // 12 < 6 for i in members)
            expected["foreign_months"][place] += sum(w.people.residence[i] > 0 for i in members)
    for name in Facts.fields():
        assert (w.memory.get(YEAR, name) == expected[name]).all(), name


def test_the_expansion_takes_part_time_workers_of_the_new_classes_in_october():
    person = HUSBAND | {"age": 45, "work": Work.PART_TIME, "scheme": Scheme.KOKUHO, "salary": 1_500_000}
    poor = {"salary": 900_000}
    kinds = [
        {"firm_size": FirmSize.S101_500},
        {"firm_size": FirmSize.S101_500} | poor,
        {"firm_size": FirmSize.S51_100},
        {"firm_size": FirmSize.S501},
        {"firm_size": FirmSize.S101_500, "work": Work.SELF_EMPLOYED},
    ]
    everybody = QUIET | {
        ("coverage.take_up", None, None): 1.0,
        ("enrolment.stop_part_time", None, None): [0.0] * 3,
        ("enrolment.stop_business", None, None): [0.0] * 3,
    }
    w = lived(world([[person | kind] for kind in kinds], everybody))
    assert list(w.people.scheme == Scheme.EMPLOYEE) == [True, False, False, True, False]
    assert w.people.insured_months[0] == months(*range(6))
    assert w.people.work[0] == Work.PART_TIME
    assert w.people.firm_size[0] == FirmSize.S101_500
    assert flows(w) == {("coverage_expansion", "out"): 2}


@pytest.mark.parametrize(
    ("year", "low", "high", "line", "gone"),
    [
        (2022, FirmSize.S101_500, len(FirmSize), 1_056_000, 0),
        (2023, FirmSize.S101_500, FirmSize.S101_500, 1_056_000, 0),
        (2024, FirmSize.S51_100, FirmSize.S101_500, 1_056_000, 0),
        (2026, FirmSize.S51_100, FirmSize.S51_100, 0, 1_056_000),
        (2027, FirmSize.S36_50, FirmSize.S51_100, 0, 0),
        (2029, FirmSize.S21_35, FirmSize.S36_50, 0, 0),
        (2035, FirmSize.S1_5, FirmSize.S11_20, 0, 0),
    ],
)
def test_the_steps_of_the_expansion_follow_the_law(year, low, high, line, gone):
    c = law(Parameters.load(), year)
    assert (c.covered_from, c.covered_before, c.pay_line, c.wage_line) == (low, high, line, gone)


def test_chances_keep_the_published_hazards():
    p = Parameters.load()
    leave, enter = leave_chances(p, YEAR), enter_chances(p, YEAR)
    level = p.value("enrolment.entry_level", YEAR) / labour_market(p, YEAR)
    retiring = p.value("enrolment.retiring_level", YEAR)
    men, women = 13.8 / 15.4, 17.3 / 15.4
    assert leave[65:70, 0, 0].mean() == pytest.approx(0.158 * men * 12.1 / 15.4 * retiring)
    assert leave[30, 1, 1] == pytest.approx(0.044 * women * 23.8 / 15.4 * level)
    assert leave[65, 0, 0] > leave[66, 0, 0]
    gone = p.value("enrolment.exit_level", YEAR) * labour_market(p, YEAR)
    assert enter[27, 0] == pytest.approx(0.39 * 1.3 * gone)
    assert enter[27, 1] == pytest.approx(0.39 * 0.25 * gone)
    assert leave.shape == (AGES, 2, 3)
    assert member_share(p)[67] == pytest.approx(0.575 * 60.0 / 66.6)


def test_the_slump_fades_and_the_trend_begins_after_the_fitted_years():
    p = Parameters.load().with_overrides(
        {
            ("enrolment.slump", None, None): 0.2,
            ("enrolment.slump_lasts", None, None): 0.5,
            ("enrolment.projection_trend", None, None): 0.1,
        }
    )
    assert [labour_market(p, y) for y in (2022, 2023, 2024)] == pytest.approx([0.8, 0.9, 0.95])
    assert [trend(p, y) for y in (2022, 2025, 2026, 2027)] == pytest.approx([1.0, 1.0, 1.1, 1.21])
    leave, plain = leave_chances(p, 2022), leave_chances(p, 2035)
    assert leave[30, 0, 0] / plain[30, 0, 0] == pytest.approx(1 / 0.8 / 1.1**10, rel=1e-3)
    assert leave[67, 0, 0] / plain[67, 0, 0] == pytest.approx(1 / 1.1**10)


def test_a_municipality_has_its_own_way_into_and_out_of_membership(monkeypatch):
    many = np.ones(PLACES)
    many[0], many[1] = 2.0, 0.5
    monkeypatch.setattr("sim.mechanisms.enrolment.chances.joining", lambda p, year: many)
    worker = HUSBAND | {"age": 40}
    casual = HUSBAND | {"age": 40, "work": Work.NONE, "scheme": Scheme.KOKUHO, "salary": 0}
    w = world([[worker]] * 4000 + [[casual]] * 4000)
    w.households.data["place"][:] = np.arange(8000) % 2
    lived(w)
    here, now = w.households.place == 0, w.people.scheme
    joined = [(now[:4000][at[:4000]] == Scheme.KOKUHO).mean() for at in (here, ~here)]
    found = [(now[4000:][at[4000:]] == Scheme.EMPLOYEE).mean() for at in (here, ~here)]
    assert joined[0] / joined[1] == pytest.approx(4, rel=0.5)
    assert found[1] / found[0] == pytest.approx(4, rel=0.25)


@pytest.mark.parametrize(
    ("age", "work", "relation", "worker", "income", "expected"),
    [
        (40, Work.NONE, Relation.SPOUSE, Relation.HEAD, 0, True),
        (40, Work.PART_TIME, Relation.SPOUSE, Relation.HEAD, 1_299_999, True),
        (40, Work.PART_TIME, Relation.SPOUSE, Relation.HEAD, 1_300_000, False),
        (66, Work.RETIRED, Relation.SPOUSE, Relation.HEAD, 1_700_000, True),
        (40, Work.SELF_EMPLOYED, Relation.SPOUSE, Relation.HEAD, 0, False),
        (8, Work.NONE, Relation.CHILD, Relation.CHILD, 0, False),
        (8, Work.NONE, Relation.CHILD, Relation.SPOUSE, 0, True),
        (40, Work.NONE, Relation.OTHER, Relation.HEAD, 0, False),
    ],
)
def test_who_may_become_a_dependant(age, work, relation, worker, income, expected):
    python = getattr(may_depend, "py_func", may_depend)
    p = Parameters.load()
    assert bool(python(chances(p, YEAR), law(p, YEAR), age, work, relation, worker, income, 0.0)) is expected


def test_window_of_presence():
    python = getattr(window, "py_func", window)
    assert [python(m) for m in (ALL_MONTHS, months(0, 1), months(10, 11), 0)] == [(0, 12), (0, 2), (10, 12), (12, 12)]


def test_row_order_and_threads_change_nothing():
    plain = by_pid(lived(small_world(1200), 2))
    w = small_world(1200)
    order = np.random.default_rng(3).permutation(w.households.rows)
    rows = np.concatenate(
        [np.arange(s, s + n) for s, n in zip(w.households.start[order], w.households.size[order], strict=True)]
    )
    w.people.take(rows)
    w.households.take(order)
    w.households.data["start"][:] = np.concatenate(([0], np.cumsum(w.households.size)[:-1]))
    w.households.data["head"][:] = w.households.start
    w.people.data["household"][:] = np.repeat(np.arange(order.size), w.households.size)
    threads = nb.get_num_threads()
    nb.set_num_threads(1)
    shuffled = by_pid(lived(w, 2))
    nb.set_num_threads(threads)
    pd.testing.assert_frame_equal(plain, shuffled)


def test_removing_a_household_changes_nobody_else():
    plain = by_pid(lived(small_world(800), 2))
    w = small_world(800)
    gone = 17
    rows = np.flatnonzero(w.people.household != gone)
    w.people.take(rows)
    w.households.take(np.delete(np.arange(800), gone))
    w.households.data["start"][:] = np.concatenate(([0], np.cumsum(w.households.size)[:-1]))
    w.households.data["head"][:] = w.households.start
    w.people.data["household"][:] = np.repeat(np.arange(799), w.households.size)
    without = by_pid(lived(w, 2))
    kept = plain[plain["pid"].isin(without["pid"])].reset_index(drop=True)
    assert len(plain) > len(kept)
    pd.testing.assert_frame_equal(kept, without)


def test_nobody_at_all():
    w = found(Parameters.load())
    lived(w)
    assert w.memory.get(YEAR, "members_end").sum() == 0
    assert flows(w) == {}


def test_only_the_named_columns_change():
    w = small_world(500)
    before = {n: a.copy() for n, a in w.people.data.items()}
    homes = {n: a.copy() for n, a in w.households.data.items()}
    lived(w)
    written = {n.partition(".")[2] for s in (INSURE, EARN) for n in s.writes if n.startswith("people")}
    for name, array in before.items():
        if name not in written:
            assert np.array_equal(array, w.people.data[name], equal_nan=array.dtype.kind == "f"), name
    for name, array in homes.items():
        if name != "former_member":
            assert np.array_equal(array, w.households.data[name], equal_nan=array.dtype.kind == "f"), name


def test_pay_stops_with_the_job():
    w = world(
        [[HUSBAND | {"age": 40, "salary": 6_000_000}] for _ in range(100)],
        ALWAYS_LEAVE | NOBODY_ENTERS | {("enrolment.start_work", None, None): [0.0] * 3},
    )
    lived(w)
    idle = (w.people.scheme == Scheme.KOKUHO) & (w.people.work == Work.NONE)
    assert idle.sum() > 10
    worked = np.clip(w.people.scheme_since[idle].astype(np.int64) - (APRIL - 3), 0, 12)
    assert (w.people.salary[idle] == 6_000_000 * worked // 12).all()
    assert (w.people.income_drop[idle] == 1).all()
    run_steps(w, (INSURE, EARN), YEAR + 1)
    still = idle & (w.people.work == Work.NONE)
    assert (w.people.salary[still] <= 6_000_000 * 3 // 12).all()
    assert (w.people.income_drop[still] == 0).all()


def test_pensions_are_indexed_and_start_at_65():
    old = HUSBAND | {"age": 70, "work": Work.RETIRED, "scheme": Scheme.KOKUHO, "salary": 0, "pension": 1_500_000}
    new = old | {"age": 64, "birthday": 2, "pension": 0}
    young = old | {"age": 60, "pension": 0}
    w = lived(world([[old], [new], [young]], QUIET))
    index = w.p.value("enrolment.pension_indexation", YEAR)
    first = w.people.pension[1]
    assert w.people.pension[0] == int(1_500_000 * (1 + index))
    assert 200_000 < first < 2_000_000
    assert w.people.pension[2] == 0
    run_steps(w, (INSURE, EARN), YEAR + 1)
    grown = 1 + w.p.value("enrolment.pension_indexation", YEAR + 1)
    assert w.people.pension[1] == pytest.approx(first * 12 / 6 * grown, abs=3)


def test_mean_earnings_of_members_grow_with_wages():
    person = HUSBAND | {
        "age": 45,
        "work": Work.SELF_EMPLOYED,
        "scheme": Scheme.KOKUHO,
        "salary": 0,
        "business": 3_000_000,
    }
    stay = QUIET | {
        ("enrolment.stop_business", None, None): [0.0] * 3,
        ("enrolment.persistent_sd", None, None): [0.0] * 8,
    }
    w = lived(world([[person] for _ in range(4000)], stay))
    first = w.people.business.mean()
    assert w.people.business.std() > 500_000
    run_steps(w, (INSURE, EARN), YEAR + 1)
    growth = 1 + w.p.value("enrolment.wage_growth", YEAR + 1)
    sd = w.people.business.std() / w.people.business.mean()
    assert w.people.business.mean() == pytest.approx(first * growth, abs=4 * first * sd / 4000**0.5)


def test_a_trial_does_not_touch_the_world():
    w = small_world(1500)
    before = by_pid(w)
    many = fit.trial(w, YEAR, {"enrolment.entry_level": 1.3}).memory.get(YEAR, "member_months").sum()
    assert many > fit.trial(w, YEAR, {"enrolment.entry_level": 0.7}).memory.get(YEAR, "member_months").sum()
    pd.testing.assert_frame_equal(before, by_pid(w))


def test_take_up_is_the_share_of_the_pool_wanted():
    w = small_world(4000)
    w.weight = 500
    wanted = w.p.value("coverage.leavers", YEAR) * w.p.value("coverage.region_share", YEAR)
    found = fit.take_up(w, YEAR)
    lived = fit.trial(w, YEAR, {"coverage.take_up": found, "coverage.sector_take_up": 0.0})
    leavers = joined(lived.tables["flows"])
    out = leavers[leavers["cause"] == "coverage_expansion"]["persons"].sum()
    assert 0 < found < 1
    assert out == pytest.approx(wanted, rel=0.35)
