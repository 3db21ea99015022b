"""後期高齢者支援金 as the metropolis sees it in winter: the nation's late elderly grow as the simulated ones tell.

The pool is the nation's, the simulated people are one prefecture's. The waves of births that pass 75 are the same in
both, so the nation's growth of past years is moved by what the prefecture's differs from its own of the same years.
"""

from __future__ import annotations

from sim.institutions.late_elderly import LateElderly, late_elderly, per_member
from sim.institutions.world import World
from sim.mechanisms.rates.benefits import Coefficients
from sim.mechanisms.rates.portion import Shown

FACT = "late_elderly_october"


def support_per_member(w: World, year: int, now: int, coefficients: Coefficients = "final") -> float:
    """Return yen per member of a year, from what is known in the winter of `now`."""
    decided = year - 1 if coefficients == "provisional" else year
    return per_member(w.p, year, late_growth(w, year, now), decided)


def nation_seen(w: World, year: int, now: int, coefficients: Coefficients = "final") -> LateElderly:
    """Return the nation's late elderly of a year on the same knowledge, by the rule alone, whatever was notified."""
    decided = year - 1 if coefficients == "provisional" else year
    return late_elderly(w.p, year, late_growth(w, year, now), decided)


def behind(nation: LateElderly, per_member: float) -> dict[str, Shown]:
    """Return the figures behind the payment, as the chain shows them; `per_member` is what is charged, yen."""
    return {
        "L_people": (nation.people, "persons"),
        "L_cost": (nation.cost, "yen/person"),
        "L_own_share": (nation.own_share, "share"),
        "L_benefit": (nation.benefit, "yen"),
        "L_premiums": (nation.premiums, "share"),
        "L_support": (nation.support, "yen"),
        "L_insured": (nation.insured, "persons"),
        "L_by_rule": (nation.per_member, "yen/person"),
        "L_per_member": (per_member, "yen/person"),
    }


def late_growth(w: World, year: int, now: int) -> dict[int, float]:
    """Return the nation's expected growth of the late elderly by fiscal year, up to `year`.

    Years up to `now` by the counts of October; later ones as the last of them; what cannot be told is left out.
    Few people tell little: their growth counts in the measure n / (n + `finance.late_credibility`), n sampled rows.
    """
    return w.memory.worked_out(("late growth", year, now), lambda: _late_growth(w, year, now))


def _late_growth(w: World, year: int, now: int) -> dict[int, float]:
    out: dict[int, float] = {}
    moved = 0.0
    first = w.memory.first()
    for y in range((year if first is None else first) + 1, year + 1):
        if y <= now and w.memory.knows(y, FACT) and w.memory.knows(y - 1, FACT):
            before, after = (int(w.memory.get(t, FACT).sum()) for t in (y - 1, y))
            if before > 0:
                rows = before / w.people_per_row
                weight = rows / (rows + float(w.p.value("finance.late_credibility", y)))
                moved = weight * (after / before - 1 - float(w.p.value("finance.late_growth_own", y)))
        out[y] = float(w.p.value("finance.late_growth", y)) + moved
    return out
