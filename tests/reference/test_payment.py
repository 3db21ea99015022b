"""Is the kernel the rule? A slow plain twin of a household's year of payment, equal to the yen."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from sim.core import rng
from sim.core.units import april
from sim.engine.loop import run_step
from sim.institutions.ledgers import DepartedClaims
from sim.mechanisms.payment import COLLECT, Stage
from sim.mechanisms.payment.chances import rules
from sim.mechanisms.payment.law import charge_rates
from sim.mechanisms.payment.state import STAY_MONTHS, age_class
from sim.parameters import Parameters
from sim.population.codes import Method
from tests.bills import bill
from tests.small import small_world
from tests.town import Town

_WRITTEN = (
    "last_bill",
    "method",
    "propensity",
    "paid",
    "unpaid",
    "arrears",
    "stage",
    "unknown_address",
)
_ROWS = 900
_LEVERS = {
    "payment.sms_reminders": 0.7,
    "payment.voice_reminders": 0.3,
    "payment.cashless": 0.5,
    "payment.enforcement_capacity": 1.8,
    "payment.account_default_joining": 0.4,
    "payment.prepayment_adoption": 0.6,
    "payment.immigration_link": 0.8,
    "payment.hardship_programme": 0.5,
    "payment.account_transfer_share": 0.55,
    "payment.dispersion": 3.0,
}


def _chosen(n: int, p: float, u: float) -> int:
    total = 0.0
    for k in range(n + 1):
        total += math.comb(n, k) * p**k * (1 - p) ** (n - k)
        if u <= total:
            return k
    return n


def _flat(x: float) -> float:
    return 1 / (1 + math.exp(-min(max(x, -20.0), 20.0)))


class Twin:
    """One household after the other, one rule after the other, in plain Python integers and floats."""

    def __init__(self, w: Town, year: int) -> None:
        self.w, self.year, self.april = w, year, april(year)
        self.t, self.towns, self.law, self.bylaws, _ = rules(w.p, year)
        self.life, self.key = w.key("payment.household"), w.key("payment.year")

    def rows(self) -> list[dict[str, Any]]:
        return [self.household(i) for i in range(self.w.households.rows)]

    def household(self, i: int) -> dict[str, Any]:
        h = {name: column[i].tolist() for name, column in self.w.households.data.items()}
        bill_ = sum(h[f"bill_{part}"] for part in ("medical", "support", "care", "child"))
        owed = [0, h["unpaid"], *h["arrears"][:3], h["arrears"][3] + h["arrears"][4]]
        carried = sum(owed)
        h["charges"] = 0
        h["x"] = -self.t.steady * self.ready(h) if bill_ or carried else 0.0
        if bill_ > 0:
            self.current(h, bill_, carried)
            owed[0] = bill_ - h["paid"]
        else:
            h["paid"] = 0
            h["unknown_address"] = 0
        stage = h["stage"]
        if carried:
            stage = self.enforce(h, owed, carried, bill_ > 0)
        if sum(owed) == 0:
            stage = Stage.NONE
        elif not carried:
            stage = Stage.REMINDED if owed[0] < bill_ else Stage.DUNNED
        elif sum(owed[1:]) == 0:
            stage = Stage.DUNNED
        h["stage"] = int(stage)
        h["last_bill"] = bill_
        h["unpaid"], h["arrears"] = owed[0], owed[1:]
        return h

    def ready(self, h: dict[str, Any]) -> float:
        if math.isnan(h["propensity"]):
            value = rng.normal(rng.draw4(self.life, 0, h["hid"], 1)[0])
            h["propensity"] = float(np.float32(value))
        return h["propensity"]

    def person(self, row: int) -> dict[str, Any]:
        return {name: column[row].item() for name, column in self.w.people.data.items()}

    def current(self, h: dict[str, Any], bill_: int, carried: int) -> None:
        t, law, place = self.t, self.law, h["place"]
        head = self.person(h["head"])
        members = [self.person(j) for j in range(h["start"], h["start"] + h["size"])]
        members = [m for m in members if m["insured_months"]]
        _, b, u_default, u_opt_out = rng.draw4(self.life, 0, h["hid"], 0)
        ready = self.ready(h)
        inclination = t.account_link * ready + math.sqrt(1 - t.account_link**2) * rng.normal(b)
        age = (self.april - head["born"]) // 12
        foreign = head["residence"] > 0
        old = h["method"]
        h["method"] = self.method(h, head, members, bill_, inclination, age, foreign, u_default, u_opt_out)
        shock, miss, late, lost = rng.draw4(self.key, self.year, h["hid"], 0)
        chance = t.unknown_stays if h["unknown_address"] else t.unknown_share[head["residence"]]
        h["unknown_address"] = int(h["method"] == Method.SLIP and lost < chance)
        n = self.instalments(h, bill_)
        x = t.scale * self.log_odds(h, head, members, bill_, carried, age)
        x += t.passing * rng.normal(shock) - t.steady * ready
        h["x"] = x
        stays_late = _flat(self.towns[place]["late"][h["method"]] + t.catch_up_hardening * x)
        missed = _chosen(_chosen(n, _flat(x), miss), stays_late, late)
        new = head["arrived"] > 0 and self.april - head["arrived"] <= law.prepayment_months
        if new and rng.draw4(self.key, self.year, h["hid"], 2)[2] < self.towns[place]["prepaid"]:
            missed = h["unknown_address"] = 0
        if h["unknown_address"]:
            missed = n
        unit = int(self.bylaws[place]["instalment_unit"])
        each = bill_ // n // unit * unit
        first = bill_ - each * (n - 1)
        plan = [first, *[each] * (n - 1)]
        h["paid"] = sum(plan[: n - missed])
        h["switched"] = old == Method.SLIP and h["method"] == Method.ACCOUNT

    def method(self, h, head, members, bill_, inclination, age, foreign, u_default, u_opt_out) -> int:  # type: ignore[no-untyped-def]
        t, law, place = self.t, self.law, h["place"]
        ages = [(self.april - m["born"]) // 12 for m in members]
        pension = (
            all(65 <= a <= 74 for a in ages)
            and head["insured_months"]
            and h["last_bill"] > 0
            and self.april + 11 < head["born"] + 75 * 12
            and head["pension"] >= law.pension_minimum
            and bill_ / head["pension"] <= law.pension_bill_share / 1e6
        )
        if pension and (h["method"] == Method.PENSION or u_opt_out >= t.pension_opt_out):
            return Method.PENSION
        joins = h["last_bill"] == 0 and u_default < self.towns[place]["account_default_joining"]
        wants = inclination > self.towns[place]["account_from"][age_class()[age], int(foreign)]
        return Method.ACCOUNT if wants or joins or h["method"] == Method.ACCOUNT else Method.SLIP

    def instalments(self, h: dict[str, Any], bill_: int) -> int:
        law, place = self.law, h["place"]
        if h["method"] == Method.PENSION:
            return law.pension_instalments
        joined = next(m for m in range(12) if h["insured_months"] >> m & 1)
        first = int(self.bylaws[place]["first_instalment"])
        due = [first + j for j in range(int(self.bylaws[place]["instalments"]))]
        left = [m for m in due if joined == 0 or m >= joined + 1]
        return max(1, min(len(left), bill_ // int(self.bylaws[place]["instalment_unit"])))

    def log_odds(self, h, head, members, bill_, carried, age) -> float:  # type: ignore[no-untyped-def]
        t, place = self.t, h["place"]
        income = h["base_income"] + t.income_floor
        x = self.towns[place]["missing"][head["residence"]] + self.towns[place]["by_method"][h["method"]]
        x += t.age_effect[age_class()[age]] + t.kind_effect[h["kind"]]
        x += t.burden_elasticity * math.log(bill_ / income / t.reference_burden)
        x += t.income_effect * math.log(income / t.income_reference)
        if h["last_bill"]:
            x += t.rise_effect * min(max(math.log(bill_ / h["last_bill"]), 0.0), t.rise_limit)
        elif not h["insured_months"] & 1:
            x += t.back_charge_effect
        if head["residence"]:
            months = self.april - head["arrived"] if head["arrived"] else 10**6
            x += t.stay_effect[sum(months >= limit for limit in STAY_MONTHS)]
        x += t.income_drop_effect * (1 - self.towns[place]["hardship_programme"]) * (head["income_drop"] != 0)
        x += t.undeclared_effect * any(m["declared"] == 0 for m in members)
        return x + t.arrears_effect * (carried > 0)

    def enforce(self, h: dict[str, Any], owed: list[int], carried: int, insured: bool) -> int:
        t, law, place = self.t, self.law, h["place"]
        u_pay, u_part, u_find, u_next = rng.draw4(self.key, self.year, h["hid"], 1)
        u_special, u_charge, _, _ = rng.draw4(self.key, self.year, h["hid"], 2)
        stage = self.stage(h, u_find, u_next)
        if (
            insured
            and stage in (Stage.DUNNED, Stage.INVESTIGATED)
            and u_special < self.towns[place]["special_care_share"]
        ):
            stage = Stage.SPECIAL_CARE
        yen = 0
        if stage == Stage.SEIZED:
            yen = int(2.0 * u_part * t.seizure_amount) + 1
        elif stage == Stage.AGREED:
            yen = int(carried * t.agreement_share) + 1
        elif stage != Stage.SUSPENDED:
            x = self.towns[place]["carried"][self.person(h["head"])["residence"]] - t.arrears_readiness * h["x"]
            x -= t.arrears_size * math.log(carried / t.arrears_reference)
            x += t.arrears_left_effect * (not insured) + t.special_care_effect * (stage == Stage.SPECIAL_CARE)
            if u_pay < _flat(x):
                part = (u_part - t.arrears_clear) / (1 - t.arrears_clear)
                yen = carried if u_part < t.arrears_clear else int(carried * part)
        yen = min(yen, carried)
        rest = yen
        for k in (5, 4, 3, 2, 1):
            taken = min(owed[k], rest)
            owed[k] -= taken
            rest -= taken
            if u_charge < t.delinquency_share and taken >= 2_000:
                charge = taken // 1_000 * 1_000 * int(self.bylaws[place]["charge_rate"][k]) // 1_000_000 // 100 * 100
                h["charges"] += charge if charge >= 1_000 else 0
        renewed = yen > 0 or stage in (Stage.SEIZED, Stage.AGREED)
        years = int(self.bylaws[place]["limitation_years"])
        if stage == Stage.SUSPENDED:
            years = min(years, law.suspension_years)
        if not renewed:
            for k in range(years, 6):
                owed[k] = 0
        return stage

    def stage(self, h: dict[str, Any], u_find: float, u_next: float) -> int:
        t, place = self.t, h["place"]
        looked_at = u_find < self.towns[place]["investigated"]
        if h["unknown_address"] or (h["stage"] == Stage.SUSPENDED and not looked_at):
            return Stage.SUSPENDED
        if h["stage"] == Stage.AGREED and u_next < t.agreement_stays:
            return Stage.AGREED
        if u_find < self.towns[place]["seized"]:
            return Stage.SEIZED
        if looked_at:
            return Stage.SUSPENDED if u_next < t.suspension_share else Stage.INVESTIGATED
        return Stage.AGREED if u_next < t.agreement_hazard else Stage.DUNNED


@pytest.mark.parametrize(("levers", "first"), [(False, 2022), (True, 2026)])
def test_kernel_equals_its_plain_twin_over_five_years(levers: bool, first: int) -> None:
    p = Parameters.load()
    if levers:
        p = p.with_overrides({(name, None, None): value for name, value in _LEVERS.items()})
    w = small_world(_ROWS, year=first, parameters=p)
    bill(w)
    g = np.random.default_rng(4)
    for year in range(first, first + 5):
        w.households.data["bill_care"][:] = np.where(w.households.insured > 0, g.integers(0, 40_000, _ROWS), 0)
        gone = g.random(_ROWS) < 0.08
        for name in ("bill_medical", "bill_support", "bill_care", "insured"):
            w.households.data[name][gone] = 0
        w.people.data["income_drop"][:] = g.random(w.people.rows) < 0.1
        expected = Twin(w, year).rows()
        run_step(w, COLLECT, year)
        for name in _WRITTEN:
            found = w.households.data[name]
            wanted = np.array([row[name] for row in expected], found.dtype)
            np.testing.assert_array_equal(found, wanted, err_msg=f"{name} {year}")
        charges = np.zeros(w.places, np.int64)
        np.add.at(charges, w.households.place, [row["charges"] for row in expected])
        np.testing.assert_array_equal(w.memory.get(year, "delinquency_charges"), charges)
    assert (w.households.arrears[:, 0] > 0).sum() > 10
    assert (w.households.arrears[:, 2] > 0).any()
    assert set(np.unique(w.households.stage)) >= {0, 1, 3, 4, 5, 6}


def test_charge_rate_of_a_claim_two_years_old_adds_the_years_it_ran_through() -> None:
    """R6 claim paid in R8: 3 months at 2.4 % and 9 at 8.7 % of R6, then a year at R7's 8.7 %."""
    w = small_world(10)
    rates = charge_rates(w.p, 2026, np.full(62, 3))
    ota = w.p.codes().index(13111)
    assert rates[ota, 2] == 6_000 + 65_250 + 87_000
    adachi = w.p.codes().index(13121)
    assert rates[adachi].sum() == 0


def test_departed_claims_are_barred_after_two_years_for_premiums_and_five_for_taxes() -> None:
    w = small_world(50, parameters=Parameters.load().with_overrides({("payment.departed_collection", None, None): 0}))
    w.ledger(DepartedClaims).yen[:, :, 0] = 1_000
    forms = w.p.table("places.municipalities")["levy_form"].to_numpy()
    left = []
    for year in range(2022, 2028):
        run_step(w, COLLECT, year)
        left.append(w.ledger(DepartedClaims).yen.sum(axis=(1, 2)))
    alive = np.array(left) > 0
    assert (alive.sum(axis=0) == np.where(forms == "premium", 1, 4)).all()
