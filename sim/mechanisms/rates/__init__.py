"""Contribution (国民健康保険事業費納付金), standard rates (標準保険料率) and next year's actual rates.

Law: 国民健康保険法 arts. 75-7 and 82-3, 算定政令 arts. 9-11, the guideline on contributions, ordinances and the
decisions of its operating council (alpha 0.83 in R6 to 0 in R11, pooled items, easing).

    contribution.py   the rule: B -> C -> c -> d -> easing -> e -> E, exact
    standard.py       standard rates of three kinds, caps by root finding, add-on of the childcare portion
    forecast.py       what is known in November and in January
    requirement.py    what the metropolis needs, portion by portion
    support.py        support for the late elderly, from what those of 75 and over cost
    chain.py          one year's calculation with every intermediate value
    actual.py         rates that are known; decide.py  rates that are decided
    explain.py        the calculation sheet of a municipality; fit.py  fitted tables

Left out: the national easing up to R5; which free care (地方単独事業) each municipality has, whose loss of state money
follows its insured; the settlement of support and care payments.
"""

from sim.mechanisms.rates.step import CONTRIBUTE, DECIDE, ESTIMATE, OPEN, opening_rates

__all__ = ["CONTRIBUTE", "DECIDE", "ESTIMATE", "OPEN", "opening_rates"]
