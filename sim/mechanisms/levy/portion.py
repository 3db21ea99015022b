"""One portion of a household's bill: the gross levy, reliefs, cap, remission, rounding."""

from __future__ import annotations

import numpy as np

from sim.core.kernel import inline
from sim.mechanisms.levy.reliefs import deducted, reduce, reduce_plainly
from sim.mechanisms.levy.units import YEN, YEN_MONTH
from sim.population.codes import Portion

_CARE = int(Portion.CARE)
_MILLION = 1_000_000


@inline
def bill_portion(p, plain, members, house, rate, law, remission, stage):
    """Work out portion p of a household into its stages; one without a cap (子ども分 before R8) does not exist.

    plain      whether 7/5/2割軽減 is all that the household can be let off (`reliefs.is_plain`)
    members    the sums over the members the portion looks at (`reliefs.Members`)
    rate       the municipality's rates of the portion
    remission  part of the bill remitted, per 1,000,000
    """
    months = house.care_months if p == _CARE else house.months
    if months == 0 or rate.cap == 0:
        return
    fixed = members.heads * rate.per_head + members.adults * rate.per_adult + months * rate.per_household
    fixed *= YEN_MONTH
    amount = members.income * rate.income_part + members.asset * rate.asset_part + fixed
    stage.gross_levy = amount // YEN
    exempt = np.int64(0)
    if plain:
        amount = reduce_plainly(stage, amount, fixed, members, house, rate)
    else:
        amount = reduce(p, stage, amount, fixed, members, house, rate, law)
        exempt = members.maternity + members.dependant + deducted(members, house, rate)
    limit(stage, amount, members, exempt, months if law.cap_by_months else 12, rate)
    remit(stage, remission)
    round_down(stage, rate.unit)


@inline
def limit(stage, amount, members, exempt, months, rate):
    """Cut an amount to the cap of so many months; note the yen left, and the income that is charged below the cap.

    exempt  income that reliefs leave out of the charge
    """
    charged = members.income - members.job_loss
    yen = amount // YEN
    cap = rate.cap * months // 12
    if yen > cap:
        stage.over_cap = yen - cap
        yen = cap
        if rate.income_part > 0:
            fixed = amount - (charged - exempt) * rate.income_part
            charged = min(charged, max(0, rate.cap * months * YEN_MONTH - fixed) // rate.income_part)
    stage.capped_income = charged
    stage.bill = yen


@inline
def remit(stage, remission):
    """Take the municipality's remission (条例減免) off the bill."""
    if remission:
        stage.remission = stage.bill * remission // _MILLION
        stage.bill -= stage.remission


@inline
def round_down(stage, unit):
    """Cut the bill to the unit of the municipality."""
    if unit > 1:
        stage.rounding = stage.bill % unit
        stage.bill -= stage.rounding
