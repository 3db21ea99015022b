"""This year's bill: how it is paid, in how many instalments, how many of them are missed and caught up."""

from __future__ import annotations

import math

import numpy as np

from sim.core.kernel import inline, inner
from sim.core.rng import draw4, normal
from sim.mechanisms.payment.household import stay_class
from sim.mechanisms.payment.state import QUANTILES
from sim.population.codes import Method

_PENSION, _ACCOUNT, _SLIP = int(Method.PENSION), int(Method.ACCOUNT), int(Method.SLIP)
_FLAT = 20.0
"""log-odds beyond which a chance is taken as certain"""
_AT_MOST = np.exp(-np.arange(int(_FLAT) + 1.0))
"""exp(-k), k = 0, 1 ..."""
_ROOM = 1e-9
"""by what a bound has to be clear to decide: far more than the last digits of what it stands for"""
_LAST_MONTH = 11
_ENFORCED = 2
"""position of the yearly draws for prepayment, special care and charges"""


@inner
def binomial(n, p, u):
    """Return the smallest k with P(Binomial(n, p) <= k) >= u: the number drawn by the uniform u."""
    q = 1.0 - p
    mass = 1.0
    for _ in range(n):
        mass *= q
    below = mass
    k = 0
    while u > below and k < n:
        k += 1
        mass *= p / q * (n - k + 1) / k
        below += mass
    return k


@inner
def surely_none(n, most, u):
    """Return whether `binomial` draws 0 of n by the uniform u at log-odds of at most `most`, told without the chance.

    It does where u <= (1 - p)^n; that is no less than 1 - n p, and p no more than exp(most).
    """
    return most < 0.0 and u < 1.0 - n * _AT_MOST[int(min(-most, _FLAT))] - _ROOM


@inner
def surely_all(n, least, u):
    """Return whether `binomial` draws n of n by the uniform u at log-odds of at least `least`, as in `surely_none`."""
    return least > 0.0 and u > n * _AT_MOST[int(min(least, _FLAT))] + _ROOM


@inner
def times(n, x, u):
    """Return the number of n drawn by the uniform u at log-odds x: `binomial`, asked only where no bound decides."""
    if surely_none(n, x, u):
        return 0
    return n if surely_all(n, x, u) else binomial(n, logistic(x), u)


@inner
def normal_at_most(u):
    """Return a bound that `rng.normal` of u does not exceed, at most that of the next 256th; infinite from the last."""
    return QUANTILES[int(u * len(QUANTILES))]


@inner
def logistic(x):
    """Return 1 / (1 + exp(-x)), x held within +-20."""
    return 1.0 / (1.0 + math.exp(-min(max(x, -_FLAT), _FLAT)))


@inline
def by_pension(homes, people, law, draws, who):
    """Return whether the premium is deducted from the pension (特別徴収, NHI Act art. 76-3).

    It needs: all insured of 65-74 and the head among them, not 75 within the year, billed last year, a pension
    of at least 180,000 yen, the bill at most half of it.
    """
    head = who.head
    turns = draws.opening + _LAST_MONTH - people.born[head] >= law.pension_age_to * 12
    return (
        who.elderly != 0
        and people.insured_months[head] != 0
        and not turns
        and homes.last_bill[who.row] > 0
        and people.pension[head] >= law.pension_minimum
        and who.bill * 1_000_000 <= people.pension[head] * law.pension_bill_share
    )


@inline
def is_inclined(chances, own, bound):
    """Return whether the household is inclined to an account by more than `bound`."""
    ready, tastes = chances.account_link * own.ready, chances.account_taste
    if ready + tastes * normal_at_most(own.taste) < bound - _ROOM:
        return False
    return ready + tastes * normal(own.taste) > bound


@inline
def choose_method(homes, people, rules, draws, who, own):
    """Return how the household pays: the pension by law, the account by choice, default or lever, or slips.

    Most pay as they did last year: what they are inclined to is asked only where it matters.
    """
    i, chances, town = who.row, rules.chances, rules.towns[who.place]
    old = homes.method[i]
    deducted = by_pension(homes, people, rules.law, draws, who)
    if old == (_PENSION if deducted else _ACCOUNT):
        return old
    if deducted and own.opt_out >= chances.pension_opt_out:
        return _PENSION
    if old == _ACCOUNT or is_inclined(chances, own, town.account_from[rules.age_class[who.age], who.foreign]):
        return _ACCOUNT
    if homes.last_bill[i] == 0 and own.default < town.account_default_joining:
        return _ACCOUNT
    return _SLIP


@inline
def count_instalments(homes, rules, who, method):
    """Return the number of instalments: fewer for small bills and for those who join after the first is due."""
    if method == _PENSION:
        return rules.law.pension_instalments
    bylaw = rules.bylaws[who.place]
    joined = 0
    while joined < _LAST_MONTH and (homes.insured_months[who.row] >> joined) & 1 == 0:
        joined += 1
    gone = max(0, joined + 1 - bylaw.first_instalment) if joined > 0 else 0
    left = max(1, bylaw.instalments - gone)
    if who.bill >= left * bylaw.instalment_unit:
        return left
    return max(1, who.bill // bylaw.instalment_unit)


@inline
def log_odds(homes, people, rules, draws, who, carried, method):
    """Return the log-odds, for the population, that this kind of household misses an instalment."""
    i, chances, town = who.row, rules.chances, rules.towns[who.place]
    x = town.missing[who.residence] + draws.level + town.by_method[method]
    x += chances.age_effect[rules.age_class[who.age]] + chances.kind_effect[homes.kind[i]]
    x += chances.burden_elasticity * (who.burden - town.burden_shift)
    x += chances.income_effect * who.income
    last = homes.last_bill[i]
    if last > 0:
        if who.bill > last or town.rise_shift < 0.0:
            rise = math.log(who.bill / last) - town.rise_shift
            x += chances.rise_effect * min(max(rise, 0.0), chances.rise_limit)
    elif homes.insured_months[i] & 1 == 0:
        x += chances.back_charge_effect
    if who.foreign:
        x += chances.stay_effect[stay_class(people, draws, who.head)]
    if people.income_drop[who.head] != 0:
        x += chances.income_drop_effect * (1.0 - town.hardship_programme)
    if who.undeclared:
        x += chances.undeclared_effect
    if carried > 0:
        x += chances.arrears_effect
    return x


@inline
def left_unpaid(rules, who, instalments, missed):
    """Return the yen left of the bill when the last `missed` instalments stay unpaid; the rest is in the first."""
    if missed == 0:
        return np.int64(0)
    if missed >= instalments:
        return who.bill
    unit = rules.bylaws[who.place].instalment_unit
    return who.bill // instalments // unit * unit * missed


@inline
def pay_in_advance(homes, people, rules, draws, who):
    """Return whether a newcomer from abroad pays the whole bill in advance (前納)."""
    arrived = people.arrived[who.head]
    new = arrived > 0 and draws.opening - arrived <= rules.law.prepayment_months
    chance = rules.towns[who.place].prepaid
    return new and chance > 0.0 and draw4(draws.yearly, draws.year, homes.hid[who.row], _ENFORCED)[2] < chance


@inline
def miss(chances, own, odds, carried, instalments):
    """Return how many instalments are missed when due, and the household's own log-odds of missing one.

    odds  those of its kind. The own ones are asked only for claims that are carried, and where one is missed: most
    households surely miss none, whatever their chance is in its last digits.
    """
    x = chances.scale * odds
    if carried == 0:
        most = x + (chances.passing * normal_at_most(own.shock) - chances.steady * own.ready)
        if surely_none(instalments, most + _ROOM, own.miss):
            return np.int64(0), most
    x += chances.passing * normal(own.shock) - chances.steady * own.ready
    return np.int64(times(instalments, x, own.miss)), x


@inline
def pay(homes, people, rules, draws, who, carried, own, row):
    """Settle this year's bill of a household; return its own log-odds of missing an instalment (`miss`).

    carried  older claims it brings along, yen; own  what is drawn for it (listing.Drawn)
    Writes method, paid, unpaid and unknown_address.
    """
    i, chances, town = who.row, rules.chances, rules.towns[who.place]
    method = choose_method(homes, people, rules, draws, who, own)
    row.switched += homes.method[i] == _SLIP and method == _ACCOUNT
    homes.method[i] = method
    lost = chances.unknown_stays if homes.unknown_address[i] != 0 else chances.unknown_share[who.residence]
    homes.unknown_address[i] = method == _SLIP and own.lost < lost
    instalments = count_instalments(homes, rules, who, method)
    odds = log_odds(homes, people, rules, draws, who, carried, method)
    missed, x = miss(chances, own, odds, carried, instalments)
    row.slips_due += instalments if method == _SLIP else 0
    row.counselled += people.income_drop[who.head] != 0
    row.late_instalments += missed
    if missed > 0:
        missed = times(missed, town.late[method] + chances.catch_up_hardening * x, own.late)
    if pay_in_advance(homes, people, rules, draws, who):
        missed = 0
        homes.unknown_address[i] = 0
        row.prepaid += 1
    if homes.unknown_address[i] != 0:
        missed = instalments
    homes.unpaid[i] = left_unpaid(rules, who, instalments, missed)
    homes.paid[i] = who.bill - homes.unpaid[i]
    return x
