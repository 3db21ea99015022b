"""Carried-over claims (滞納繰越): ageing, enforcement (督促 to 差押), collection, delinquency charges, write-off.

`arrears[i, k]` is what household i owes from k + 1 fiscal years before, the last k from that year and all before it;
`claims[k]` counts by year of origin, k = 0 this year's bill.
"""

from __future__ import annotations

import math

import numpy as np

from sim.core.kernel import inline, inner
from sim.core.rng import draw4
from sim.mechanisms.payment.bill import logistic
from sim.mechanisms.payment.household import members, state_of
from sim.population.codes import Stage
from sim.population.households import ORIGINS

_REMINDED, _DUNNED, _INVESTIGATED = int(Stage.REMINDED), int(Stage.DUNNED), int(Stage.INVESTIGATED)
_AGREED, _SEIZED, _SUSPENDED = int(Stage.AGREED), int(Stage.SEIZED), int(Stage.SUSPENDED)
_SPECIAL = int(Stage.SPECIAL_CARE)
_OLDEST = ORIGINS - 2
"""last place of arrears[i]"""
_FOUND, _CHARGED = 1, 2
"""positions of the yearly draws"""
_NEVER = 32_767


@inline
def older(homes, i):
    """Return what household i owes from the years before the last bill, yen."""
    owed = np.int64(0)
    for k in range(1, ORIGINS):
        owed += homes.arrears[i, k - 1]
    return owed


@inline
def shift(homes, i):
    """Move last year's unpaid bill and the older claims one fiscal year back; return the claims carried over.

    Most households owe nothing: what is zero is not written again.
    """
    carried = homes.unpaid[i] + older(homes, i)
    if carried == 0:
        return np.int64(0)
    row = homes.arrears[i]
    row[_OLDEST] += row[_OLDEST - 1]
    for k in range(_OLDEST - 1, 0, -1):
        row[k] = row[k - 1]
    row[0] = homes.unpaid[i]
    homes.unpaid[i] = 0
    return carried


@inline
def forget(homes, i):
    """Clear what a household without bill and claims still has from the year before."""
    homes.last_bill[i] = 0
    homes.paid[i] = 0
    homes.stage[i] = 0
    homes.unknown_address[i] = 0


@inline
def open_claims(homes, i, claims):
    """Count the claims of household i at the start of the year."""
    for k in range(1, ORIGINS):
        claims[k].opening += homes.arrears[i, k - 1]


@inline
def next_stage(homes, rules, who, u_find, u_next):
    """Return the enforcement state of a household with carried-over claims."""
    i, chances, town = who.row, rules.chances, rules.towns[who.place]
    old = homes.stage[i]
    if homes.unknown_address[i] != 0 or (old == _SUSPENDED and u_find >= town.investigated):
        return _SUSPENDED
    if old == _AGREED and u_next < chances.agreement_stays:
        return _AGREED
    if u_find < town.seized:
        return _SEIZED
    if u_find < town.investigated:
        return _SUSPENDED if u_next < chances.suspension_share else _INVESTIGATED
    if u_next < chances.agreement_hazard:
        return _AGREED
    return _DUNNED


@inline
def collected(rules, who, owed, stage, odds, u_pay, u_part):
    """Return the yen collected on the carried-over claims of a household, of `owed` yen.

    odds  the household's log-odds of missing an instalment this year: those who pay now clear old claims too
    """
    chances = rules.chances
    if stage == _SUSPENDED:
        return 0
    if stage == _SEIZED:
        return min(owed, np.int64(2.0 * u_part * chances.seizure_amount) + 1)
    if stage == _AGREED:
        return min(owed, np.int64(owed * chances.agreement_share) + 1)
    x = rules.towns[who.place].carried[who.residence] - chances.arrears_readiness * odds
    x -= chances.arrears_size * math.log(owed / chances.arrears_reference)
    if who.bill == 0:
        x += chances.arrears_left_effect
    if stage == _SPECIAL:
        x += chances.special_care_effect
    if u_pay >= logistic(x):
        return 0
    if u_part < chances.arrears_clear:
        return owed
    return min(owed, np.int64(owed * ((u_part - chances.arrears_clear) / (1.0 - chances.arrears_clear))))


@inner
def delinquency_charge(law, rate, yen):
    """Return the delinquency charge (延滞金) on `yen` collected, rounded down as the law says; rate per 1,000,000."""
    if yen < law.delinquency_smallest_claim:
        return 0
    charge = yen // law.delinquency_claim_unit * law.delinquency_claim_unit * rate // 1_000_000
    charge = charge // law.delinquency_charge_unit * law.delinquency_charge_unit
    return charge if charge >= law.delinquency_smallest_charge else 0


@inline
def allocate(homes, rules, who, yen, charged, claims):
    """Pay off the oldest claims first; return the delinquency charges paid on top."""
    row, bylaw = homes.arrears[who.row], rules.bylaws[who.place]
    charges = 0
    for k in range(ORIGINS - 1, 0, -1):
        taken = min(row[k - 1], yen)
        row[k - 1] -= taken
        yen -= taken
        claims[k].collected += taken
        if charged:
            charges += delinquency_charge(rules.law, bylaw.charge_rate[k], taken)
    return charges


@inline
def write_off(homes, i, years, claims):
    """Write off the claims of `years` years and older (不納欠損)."""
    for k in range(max(years, 1), ORIGINS):
        claims[k].written_off += homes.arrears[i, k - 1]
        homes.arrears[i, k - 1] = 0


@inline
def enforce(homes, rules, draws, who, carried, odds, row, claims):
    """Collect and write off the carried-over claims of a household; write arrears and stage."""
    i, bill = who.row, who.bill
    u_pay, u_part, u_find, u_next = draw4(draws.yearly, draws.year, homes.hid[i], _FOUND)
    stage = next_stage(homes, rules, who, u_find, u_next)
    special = rules.towns[who.place].special_care_share
    pursued = bill > 0 and stage in (_DUNNED, _INVESTIGATED)
    if pursued and special > 0.0 and draw4(draws.yearly, draws.year, homes.hid[i], _CHARGED)[0] < special:
        stage = _SPECIAL
    row.seized += stage == _SEIZED
    row.special_care += stage == _SPECIAL
    yen = collected(rules, who, carried, stage, odds, u_pay, u_part)
    if yen > 0:
        charged = draw4(draws.yearly, draws.year, homes.hid[i], _CHARGED)[1] < rules.chances.delinquency_share
        row.charges += allocate(homes, rules, who, yen, charged, claims)
    years = rules.bylaws[who.place].limitation_years
    if stage == _SUSPENDED:
        years = min(years, rules.law.suspension_years)
    if yen == 0 and stage != _SEIZED and stage != _AGREED:
        write_off(homes, i, years, claims)
    homes.stage[i] = stage


@inline
def close(homes, i, bill, carried, claims):
    """Count the claims of household i at the end of the year and put it into its stage; return them, yen."""
    unpaid, rest = homes.unpaid[i], older(homes, i)
    if unpaid + rest == 0:
        homes.stage[i] = 0
        return np.int64(0)
    claims[0].closing += unpaid
    for k in range(1, ORIGINS):
        claims[k].closing += homes.arrears[i, k - 1]
    if carried == 0:
        homes.stage[i] = _REMINDED if unpaid < bill else _DUNNED
    elif rest == 0:
        homes.stage[i] = _DUNNED
    if homes.stage[i] == _SUSPENDED:
        claims[0].suspended += unpaid
        for k in range(1, ORIGINS):
            claims[k].suspended += homes.arrears[i, k - 1]
    return unpaid + rest


@inline
def pass_on(moves, last_unpaid, last_bill, unpaid, bill):
    """Count a household billed in both years by what it settled of either bill."""
    moves[state_of(last_unpaid, last_bill), state_of(unpaid, bill)].households += 1


@inline
def joined(homes, people, i):
    """Return the month index in which the first of the insured of household i joined 国保."""
    since = _NEVER
    for j in members(homes, i):
        if people.insured_months[j] != 0:
            since = min(since, max(people.scheme_since[j], people.arrived[j]))
    return since


@inline
def vacate(homes, row, i):
    """Hand the claims of the predecessor of household i to int64[ORIGINS] `row`: this year's unpaid, then older.

    In the run-in a household that joined 国保 later stands for the one it replaces; its own first year comes next.
    """
    row[0] += homes.unpaid[i]
    homes.unpaid[i] = 0
    for k in range(1, ORIGINS):
        row[k] += homes.arrears[i, k - 1]
        homes.arrears[i, k - 1] = 0
    homes.paid[i] = 0
    homes.last_bill[i] = 0
    homes.stage[i] = 0
    homes.unknown_address[i] = 0
