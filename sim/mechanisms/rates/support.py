"""後期高齢者支援金 as the metropolis sees it in winter: the nation's late elderly grow as the simulated ones tell.

The pool is the nation's, the simulated people are one prefecture's. The waves of births that pass 75 are the same in
both, so the nation's growth of past years is moved by what the prefecture's differs from its own of the same years.
"""

from __future__ import annotations

from sim.institutions.late_elderly import late_elderly, per_member
from sim.institutions.world import World
from sim.mechanisms.rates.benefits import Coefficients

FACT = "late_elderly_october"


def support_per_member(w: World, year: int, now: int, coefficients: Coefficients = "final") -> float:
    """Return yen per member of a year, from what is known in the winter of `now`."""
    decided = year - 1 if coefficients == "provisional" else year
    return per_member(w.p, year, late_growth(w, year, now), decided)


def support_by_rule(w: World, year: int, now: int, coefficients: Coefficients = "final") -> float:
    """Return the same as the rule alone has it, whatever was notified."""
    decided = year - 1 if coefficients == "provisional" else year
    return late_elderly(w.p, year, late_growth(w, year, now), decided).per_member


def late_growth(w: World, year: int, now: int) -> dict[int, float]:
    """Return the nation's expected growth of the late elderly by fiscal year, up to `year`.

    Years up to `now` by the counts of October; later ones as the last of them; what cannot be told is left out.
    Few people tell little: their growth counts in the measure n / (n + `finance.late_credibility`), n sampled rows.
    """
    out: dict[int, float] = {}
    moved = 0.0
    for y in range(min(w.memory.years, default=year) + 1, year + 1):
        if y <= now and w.memory.knows(y, FACT) and w.memory.knows(y - 1, FACT):
            before, after = (int(w.memory.get(t, FACT).sum()) for t in (y - 1, y))
            if before > 0:
                rows = before / w.weight
                weight = rows / (rows + float(w.p.value("finance.late_credibility", y)))
                moved = weight * (after / before - 1 - float(w.p.value("finance.late_growth_own", y)))
        out[y] = float(w.p.value("finance.late_growth", y)) + moved
    return out
