"""What each household pays, owes and loses to limitation in a year (NHI Act arts. 76-79-2, 110; Local Tax Act).

The tables come as named tuples of arrays; row i of `Homes` is household i, its persons are the rows
start[i] to start[i] + size[i] of `People`. `Habits` and `Law` hold the parameters of the year.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numba as nb
import numpy as np

from sim.core.rng import draw4, normal
from sim.payment.codes import (
    ARREARS,
    ARREARS_HOUSEHOLDS,
    BILLED,
    BIN_YEN,
    BINS,
    BY_AGE,
    BY_CLASS,
    BY_DECILE,
    BY_INCOME,
    BY_METHOD,
    BY_SIZE,
    BY_STAY,
    BY_TYPE,
    CHARGES,
    CLOSING,
    COLLECTED,
    COUNSELLED,
    HOUSEHOLDS,
    INCOME,
    INCOME_BOUNDS,
    INSURED_END,
    LATE_INSTALMENTS,
    NOTHING_PAID,
    OPENED,
    OPENING,
    PAID,
    PREPAID,
    SEIZED,
    SLIPS_DUE,
    STAY_MONTHS,
    STAYED,
    SUSPENDED,
    SWITCHED,
    TYPE_OF_KIND,
    UNKNOWN,
    UNPAID_HOUSEHOLDS,
    VINTAGES,
    WRITTEN_OFF,
    Stage,
)
from sim.population.codes import Method

CHUNKS = 32
_MARCH = 1 << 11
_PENSION, _ACCOUNT, _SLIP = int(Method.PENSION), int(Method.ACCOUNT), int(Method.SLIP)
_REMINDED, _DUNNED, _INVESTIGATED = int(Stage.REMINDED), int(Stage.DUNNED), int(Stage.INVESTIGATED)
_AGREED, _SEIZED, _SUSPENDED, _SPECIAL = (
    int(Stage.AGREED),
    int(Stage.SEIZED),
    int(Stage.SUSPENDED),
    int(Stage.SPECIAL_CARE),
)
_LARGEST = 4
_FLAT = 20.0
_njit: Any = nb.njit
_BARE: dict[str, Any] = {"cache": True, "error_model": "numpy", "_nrt": False}
"""Kernels here allocate nothing, so they need no reference counts (_nrt); that and inlining the functions that see
whole tables keeps compilation near seven seconds and a household near a quarter of a microsecond."""
_inner = _njit(**_BARE, no_cpython_wrapper=True, no_cfunc_wrapper=True)
_inlined = _njit(**_BARE, inline="always")


class Homes(NamedTuple):
    """Columns of the households, by name; the last eleven are written."""

    hid: Any
    place: Any
    start: Any
    size: Any
    head: Any
    kind: Any
    insured_months: Any
    base_income: Any
    relief_class: Any
    bill_medical: Any
    bill_support: Any
    bill_care: Any
    bill_child: Any
    last_bill: Any
    method: Any
    propensity: Any
    paid: Any
    unpaid: Any
    arrears_1: Any
    arrears_2: Any
    arrears_3: Any
    arrears_4: Any
    arrears_5: Any
    stage: Any
    unknown_address: Any


class People(NamedTuple):
    """Columns of the people, by name."""

    born: Any
    residence: Any
    arrived: Any
    pension: Any
    declared: Any
    income_drop: Any
    insured_months: Any
    scheme_since: Any


class Habits(NamedTuple):
    """Behaviour in a year. Log-odds are of the population; `scale` turns them into those of one household.

    place_residence  float64[places, 6]     log-odds of missing an instalment, by place and status of residence
    place_method     float64[places, 4]     the same by method of payment
    late             float64[places, 4]     log-odds that a missed instalment is still unpaid at the end of May, for a
                                            household as likely to miss as to pay; `hardening` times its own are added
    account_from     float64[places, 7, 2]  account transfer from this inclination on, by age class and foreign
    arrears_logit    float64[places, 6]     log-odds of a voluntary payment on carried-over claims
    age, kind, stay  float64[7], [7], [4]   log-odds by age class, family type and length of stay
    other arrays     float64[places]        probabilities or log shifts by place; unknown float64[6] by residence
    """

    place_residence: Any
    place_method: Any
    late: Any
    account_from: Any
    arrears_logit: Any
    age: Any
    kind: Any
    stay: Any
    unknown: Any
    burden_shift: Any
    rise_shift: Any
    account_default: Any
    hardship: Any
    prepay: Any
    seize: Any
    investigate: Any
    special: Any
    scale: float
    steady: float
    passing: float
    elasticity: float
    income_effect: float
    burden_reference: float
    income_reference: float
    rise_effect: float
    rise_limit: float
    income_drop: float
    undeclared: float
    back_charge: float
    arrears: float
    hardening: float
    account_link: float
    pension_opt_out: float
    unknown_stays: float
    suspend: float
    agree: float
    agree_stays: float
    agreement_share: float
    arrears_readiness: float
    arrears_size: float
    arrears_reference: float
    arrears_clear: float
    arrears_left: float
    special_effect: float
    charged: float
    seizure_amount: float
    income_floor: int


class Law(NamedTuple):
    """Rules of a year.

    limitation      int64[places]     years until a claim is barred
    instalments     int64[places]     per year
    first_month     int64[places]     month of the first one, April = 0
    unit            int64[places]     yen an instalment is a multiple of
    charge_rate     int64[places, 6]  delinquency charge per 1,000,000 of a claim by vintage, 0 = none
    age_class       int64[121]        class of each age
    """

    limitation: Any
    instalments: Any
    first_month: Any
    unit: Any
    charge_rate: Any
    age_class: Any
    suspension: int
    pension_minimum: int
    pension_share: int
    pension_instalments: int
    newcomer_months: int
    smallest_claim: int
    smallest_charge: int
    claim_unit: int
    charge_unit: int


class Tally(NamedTuple):
    """Sums by chunk of rows (first axis), rows counted once each, int64.

    places    [chunks, places, 2, measures]       by municipality and foreign head
    flows     [chunks, places, 2, 6, 5]           claims by vintage: opening, collected, written off, closing and
                                                  suspended (of those at the end)
    groups    [chunks, places, groups, measures]  billed households by municipality and the groups of `COUNTED`
    moves     [chunks, 3, 3]                      billed in both years: state last year x state this year
    """

    places: Any
    flows: Any
    groups: Any
    moves: Any


@nb.njit(cache=True)
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


@nb.njit(cache=True)
def logistic(x):
    """Return 1 / (1 + exp(-x)), x held within +-20."""
    return 1.0 / (1.0 + math.exp(-min(max(x, -_FLAT), _FLAT)))


@_inlined
def _shift(h, i):
    """Move last year's unpaid bill and the vintages one fiscal year back; return the claims carried over.

    Most households owe nothing: what is zero is not written again.
    """
    older = h.arrears_1[i] + h.arrears_2[i] + h.arrears_3[i] + h.arrears_4[i] + h.arrears_5[i]
    carried = h.unpaid[i] + older
    if carried == 0:
        return 0
    h.arrears_5[i] += h.arrears_4[i]
    h.arrears_4[i] = h.arrears_3[i]
    h.arrears_3[i] = h.arrears_2[i]
    h.arrears_2[i] = h.arrears_1[i]
    h.arrears_1[i] = h.unpaid[i]
    h.unpaid[i] = 0
    return carried


@_inlined
def _members(p, first, stop, april):
    """Return (all insured are 65-74, somebody's income is not declared) of a household's insured members."""
    elderly = True
    undeclared = False
    for j in range(first, stop):
        if p.insured_months[j] != 0:
            age = (april - p.born[j]) // 12
            elderly &= 65 <= age < 75
            undeclared |= p.declared[j] == 0
    return elderly, undeclared


@_inlined
def _method(h, p, t, law, i, head, age, foreign, bill, elderly, april, inclination, u_default, u_opt_out):
    """Return how the household pays: the pension by law, the account by choice, default or lever, or slips.

    特別徴収 needs: all insured aged 65-74 and the head among them, not 75 within the year, billed last year,
    pension of at least 180,000 yen, bill at most half of it.
    """
    old = h.method[i]
    turns_75 = april + 11 - p.born[head] >= 75 * 12
    by_pension = (
        elderly
        and p.insured_months[head] != 0
        and not turns_75
        and h.last_bill[i] > 0
        and p.pension[head] >= law.pension_minimum
        and bill * 1_000_000 <= p.pension[head] * law.pension_share
    )
    place = h.place[i]
    if by_pension and not (u_opt_out < t.pension_opt_out and old != _PENSION):
        return _PENSION
    if old == _ACCOUNT or inclination > t.account_from[place, law.age_class[age], foreign]:
        return _ACCOUNT
    if h.last_bill[i] == 0 and u_default < t.account_default[place]:
        return _ACCOUNT
    return _SLIP


@_inlined
def _instalments(h, law, i, method, bill):
    """Return the number of instalments: fewer for small bills and for those who join after the first is due."""
    if method == _PENSION:
        return law.pension_instalments
    place = h.place[i]
    joined = 0
    while joined < 11 and (h.insured_months[i] >> joined) & 1 == 0:
        joined += 1
    gone = max(0, joined + 1 - law.first_month[place]) if joined > 0 else 0
    return max(1, min(law.instalments[place] - gone, bill // law.unit[place]))


@_inlined
def _stay(p, head, april):
    """Return the class of length of stay of a foreign head; who was born here has stayed longest."""
    stay = 3
    if p.arrived[head] > 0:
        stay = 0
        while stay < 3 and april - p.arrived[head] >= STAY_MONTHS[stay]:
            stay += 1
    return stay


@_inlined
def _log_odds(h, p, t, law, i, head, age, residence, bill, method, undeclared, owes, april):
    """Return the log-odds, for the population, that this kind of household misses an instalment."""
    place = h.place[i]
    income = float(h.base_income[i] + t.income_floor)
    x = t.place_residence[place, residence] + t.place_method[place, method]
    x += t.age[law.age_class[age]] + t.kind[h.kind[i]]
    x += t.elasticity * (math.log(bill / income / t.burden_reference) - t.burden_shift[place])
    x += t.income_effect * math.log(income / t.income_reference)
    if h.last_bill[i] > 0:
        rise = math.log(bill / h.last_bill[i]) - t.rise_shift[place]
        x += t.rise_effect * min(max(rise, 0.0), t.rise_limit)
    elif h.insured_months[i] & 1 == 0:
        x += t.back_charge
    if residence > 0:
        x += t.stay[_stay(p, head, april)]
    if p.income_drop[head] != 0:
        x += t.income_drop * (1.0 - t.hardship[place])
    if undeclared:
        x += t.undeclared
    if owes:
        x += t.arrears
    return x


@_inlined
def _unpaid(h, law, i, bill, instalments, missed):
    """Return the yen left of the bill when the last `missed` instalments stay unpaid; the rest is in the first."""
    if missed >= instalments:
        return bill
    unit = law.unit[h.place[i]]
    each = bill // instalments // unit * unit
    return each * missed


@_inlined
def _next_stage(h, t, i, place, u_find, u_next):
    """Return the enforcement state of a household with carried-over claims."""
    old = h.stage[i]
    if h.unknown_address[i] != 0 or (old == _SUSPENDED and u_find >= t.investigate[place]):
        return _SUSPENDED
    if old == _AGREED and u_next < t.agree_stays:
        return _AGREED
    if u_find < t.seize[place]:
        return _SEIZED
    if u_find < t.investigate[place]:
        return _SUSPENDED if u_next < t.suspend else _INVESTIGATED
    if u_next < t.agree:
        return _AGREED
    return _DUNNED


@_inlined
def _carried_over(h, t, i, residence, owed, stage, insured, current, u_pay, u_part):
    """Return the yen collected on carried-over claims of `owed` yen.

    current is the household's log-odds of missing an instalment this year: those who pay now clear old claims too.
    """
    if stage == _SUSPENDED:
        return 0
    if stage == _SEIZED:
        return min(owed, np.int64(2.0 * u_part * t.seizure_amount) + 1)
    if stage == _AGREED:
        return min(owed, np.int64(owed * t.agreement_share) + 1)
    x = t.arrears_logit[h.place[i], residence] - t.arrears_readiness * current
    x -= t.arrears_size * math.log(owed / t.arrears_reference)
    if not insured:
        x += t.arrears_left
    if stage == _SPECIAL:
        x += t.special_effect
    if u_pay >= logistic(x):
        return 0
    if u_part < t.arrears_clear:
        return owed
    return min(owed, np.int64(owed * ((u_part - t.arrears_clear) / (1.0 - t.arrears_clear))))


@_inner
def _take(column, i, want, k, flow):
    """Take up to `want` yen from one vintage of household i; return what is still wanted."""
    taken = min(column[i], want)
    column[i] -= taken
    flow[k, COLLECTED] += taken
    return want - taken


@_inner
def _charge(law, place, k, yen):
    """Return the delinquency charge (延滞金) on `yen` collected of vintage k, rounded down as the law says."""
    if yen < law.smallest_claim:
        return 0
    charge = yen // law.claim_unit * law.claim_unit * law.charge_rate[place, k] // 1_000_000
    charge = charge // law.charge_unit * law.charge_unit
    return charge if charge >= law.smallest_charge else 0


@_inlined
def _allocate(h, law, i, yen, charged, flow):
    """Pay off the oldest claims first; return the delinquency charges paid on top."""
    place = h.place[i]
    charges = 0
    for k in range(VINTAGES - 1, 0, -1):
        before = yen
        if k == 5:
            yen = _take(h.arrears_5, i, yen, k, flow)
        elif k == 4:
            yen = _take(h.arrears_4, i, yen, k, flow)
        elif k == 3:
            yen = _take(h.arrears_3, i, yen, k, flow)
        elif k == 2:
            yen = _take(h.arrears_2, i, yen, k, flow)
        else:
            yen = _take(h.arrears_1, i, yen, k, flow)
        if charged:
            charges += _charge(law, place, k, before - yen)
    return charges


@_inner
def _drop(column, i, k, flow):
    """Write off one vintage of household i (不納欠損)."""
    flow[k, WRITTEN_OFF] += column[i]
    column[i] = 0


@_inlined
def _write_off(h, i, years, flow):
    """Write off the vintages of `years` years and older."""
    if years <= 5:
        _drop(h.arrears_5, i, 5, flow)
    if years <= 4:
        _drop(h.arrears_4, i, 4, flow)
    if years <= 3:
        _drop(h.arrears_3, i, 3, flow)
    if years <= 2:
        _drop(h.arrears_2, i, 2, flow)
    if years <= 1:
        _drop(h.arrears_1, i, 1, flow)


@_inlined
def _note(h, i, flow, kind):
    """Add the claims of household i by vintage to the flows as opening or closing."""
    flow[0, kind] += h.unpaid[i]
    flow[1, kind] += h.arrears_1[i]
    flow[2, kind] += h.arrears_2[i]
    flow[3, kind] += h.arrears_3[i]
    flow[4, kind] += h.arrears_4[i]
    flow[5, kind] += h.arrears_5[i]


@_inner
def _state(unpaid, bill):
    """Return 0 = paid, 1 = partly, 2 = not."""
    return 0 if unpaid == 0 else 2 if unpaid >= bill else 1


@_inner
def _income_class(relief, income):
    if relief == 7:
        return 0
    if relief > 0:
        return 1
    if income < INCOME_BOUNDS[0]:
        return 2
    return 3 if income < INCOME_BOUNDS[1] else 4


@_inner
def _count(row, bill, paid, unknown, claims, member, income):
    """Add one billed household to a row of measures."""
    row[HOUSEHOLDS] += 1
    row[BILLED] += bill
    row[UNKNOWN] += bill if unknown else 0
    row[PAID] += paid
    row[UNPAID_HOUSEHOLDS] += paid < bill
    row[NOTHING_PAID] += paid == 0
    row[INSURED_END] += member
    row[ARREARS_HOUSEHOLDS] += member and claims > 0
    row[INCOME] += income
    row[ARREARS] += claims


@_inner
def _class(foreign, kind, age):
    """Return the household class: foreign, one person under 65, one person above, couple or family, other."""
    if foreign:
        return 0
    if TYPE_OF_KIND[kind] == 0:
        return 1 if age < 65 else 2
    return 3 if TYPE_OF_KIND[kind] < 3 else 4


@_inlined
def _count_groups(h, p, law, groups, tenth, i, head, age, residence, april, bill, unknown, claims, member, income):
    """Add a billed household to its group of every kind."""
    paid, foreign = h.paid[i], residence > 0
    insured = 0
    for j in range(h.start[i], h.start[i] + h.size[i]):
        insured += p.insured_months[j] != 0
    _count(groups[BY_AGE + law.age_class[age]], bill, paid, unknown, claims, member, income)
    _count(groups[BY_TYPE + TYPE_OF_KIND[h.kind[i]]], bill, paid, unknown, claims, member, income)
    _count(groups[BY_SIZE + min(max(insured, 1), _LARGEST) - 1], bill, paid, unknown, claims, member, income)
    stay = 1 + 4 * (residence - 1) + _stay(p, head, april) if foreign else 0
    _count(groups[BY_STAY + stay], bill, paid, unknown, claims, member, income)
    _count(groups[BY_METHOD + h.method[i] - 1], bill, paid, unknown, claims, member, income)
    level = _income_class(h.relief_class[i], h.base_income[i])
    _count(groups[BY_INCOME + level], bill, paid, unknown, claims, member, income)
    level = tenth[min(h.base_income[i] // BIN_YEN, BINS - 1)]
    _count(groups[BY_DECILE + level], bill, paid, unknown, claims, member, income)
    _count(groups[BY_CLASS + _class(foreign, h.kind[i], age)], bill, paid, unknown, claims, member, income)


@_inlined
def _current(h, p, t, law, i, head, age, residence, bill, carried, ready, luck, k_life, k_year, april, row):
    """Settle this year's bill of household i; return its own log-odds of missing an instalment.

    Writes method, propensity, paid, unpaid and unknown_address.
    """
    hid, place = h.hid[i], h.place[i]
    _, b, u_default, u_opt_out = draw4(k_life, 0, hid, 0)
    inclination = t.account_link * ready + math.sqrt(1.0 - t.account_link**2) * normal(b)
    elderly, undeclared = _members(p, h.start[i], h.start[i] + h.size[i], april)
    foreign = 1 if residence > 0 else 0
    method = _method(h, p, t, law, i, head, age, foreign, bill, elderly, april, inclination, u_default, u_opt_out)
    row[SWITCHED] += h.method[i] == _SLIP and method == _ACCOUNT
    h.method[i] = method
    u_shock, u_miss, u_late, u_lost = draw4(k_year, luck, hid, 0)
    lost = t.unknown_stays if h.unknown_address[i] != 0 else t.unknown[residence]
    h.unknown_address[i] = method == _SLIP and u_lost < lost
    instalments = _instalments(h, law, i, method, bill)
    x = t.scale * _log_odds(h, p, t, law, i, head, age, residence, bill, method, undeclared, carried > 0, april)
    x += t.passing * normal(u_shock) - t.steady * ready
    row[SLIPS_DUE] += instalments if method == _SLIP else 0
    row[COUNSELLED] += p.income_drop[head] != 0
    missed = binomial(instalments, logistic(x), u_miss)
    row[LATE_INSTALMENTS] += missed
    missed = binomial(missed, logistic(t.late[place, method] + t.hardening * x), u_late)
    new = p.arrived[head] > 0 and april - p.arrived[head] <= law.newcomer_months
    if new and t.prepay[place] > 0.0 and draw4(k_year, luck, hid, 2)[2] < t.prepay[place]:
        missed = 0
        h.unknown_address[i] = 0
        row[PREPAID] += 1
    if h.unknown_address[i] != 0:
        missed = instalments
    h.unpaid[i] = _unpaid(h, law, i, bill, instalments, missed)
    h.paid[i] = bill - h.unpaid[i]
    return x


@_inlined
def _enforce(h, t, law, i, residence, carried, insured, x, luck, k_year, row, flow):
    """Collect and write off the carried-over claims of household i; write the vintages and stage."""
    hid, place = h.hid[i], h.place[i]
    u_pay, u_part, u_find, u_next = draw4(k_year, luck, hid, 1)
    u_special, u_charge, _, _ = draw4(k_year, luck, hid, 2)
    stage = _next_stage(h, t, i, place, u_find, u_next)
    if insured and stage in (_DUNNED, _INVESTIGATED) and u_special < t.special[place]:
        stage = _SPECIAL
    row[SEIZED] += stage == _SEIZED
    yen = _carried_over(h, t, i, residence, carried, stage, insured, x, u_pay, u_part)
    row[CHARGES] += _allocate(h, law, i, yen, u_charge < t.charged, flow)
    years = law.limitation[place]
    if stage == _SUSPENDED:
        years = min(years, law.suspension)
    if yen == 0 and stage != _SEIZED and stage != _AGREED:
        _write_off(h, i, years, flow)
    h.stage[i] = stage


@_inlined
def _household(h, p, t, law, tally, tenth, chunk, i, luck, k_life, k_year, april):
    """One household's year: shift the claims, settle the bill, enforce, count."""
    bill = h.bill_medical[i] + h.bill_support[i] + h.bill_care[i] + h.bill_child[i]
    carried = _shift(h, i)
    if bill == 0 and carried == 0:
        if h.last_bill[i] != 0 or h.stage[i] != 0:
            h.last_bill[i] = 0
            h.paid[i] = 0
            h.stage[i] = 0
            h.unknown_address[i] = 0
        return
    place, head = h.place[i], h.head[i]
    residence = p.residence[head]
    foreign = 1 if residence > 0 else 0
    row = tally.places[chunk, place, foreign]
    flow = tally.flows[chunk, place, foreign]
    _note(h, i, flow, OPENING)
    last_bill, last_unpaid = h.last_bill[i], h.arrears_1[i]
    age = min(max((april - p.born[head]) // 12, 0), 120)
    if math.isnan(h.propensity[i]):
        h.propensity[i] = normal(draw4(k_life, 0, h.hid[i], 1)[0])
    ready = np.float64(h.propensity[i])
    x = -t.steady * ready
    if bill > 0:
        x = _current(h, p, t, law, i, head, age, residence, bill, carried, ready, luck, k_life, k_year, april, row)
    else:
        h.paid[i] = 0
        h.unknown_address[i] = 0
    if carried > 0:
        _enforce(h, t, law, i, residence, carried, bill > 0, x, luck, k_year, row, flow)
    _note(h, i, flow, CLOSING)
    unpaid = h.unpaid[i]
    older = h.arrears_1[i] + h.arrears_2[i] + h.arrears_3[i] + h.arrears_4[i] + h.arrears_5[i]
    if unpaid + older == 0:
        h.stage[i] = 0
    elif carried == 0:
        h.stage[i] = _REMINDED if unpaid < bill else _DUNNED
    elif older == 0:
        h.stage[i] = _DUNNED
    if h.stage[i] == _SUSPENDED:
        _note(h, i, flow, SUSPENDED)
    h.last_bill[i] = bill
    if bill == 0:
        return
    claims = unpaid + older
    member = h.insured_months[i] & _MARCH != 0
    income = h.base_income[i] + t.income_floor
    unknown = h.unknown_address[i] != 0
    row[OPENED] += member and carried > 0
    row[STAYED] += member and carried > 0 and claims > 0
    _count(row, bill, h.paid[i], unknown, claims, member, income)
    groups = tally.groups[chunk, place]
    _count_groups(h, p, law, groups, tenth, i, head, age, residence, april, bill, unknown, claims, member, income)
    if last_bill > 0:
        tally.moves[chunk, _state(last_unpaid, last_bill), _state(unpaid, bill)] += 1


@_njit(**_BARE, nogil=True)
def incomes(base_income, insured_months, out, chunk):
    """Count the insured households of one chunk of rows by bin of base income into int64[chunks, bins] `out`."""
    n = base_income.size
    row = out[chunk]
    for i in range(n * chunk // CHUNKS, n * (chunk + 1) // CHUNKS):
        if insured_months[i] != 0:
            row[min(base_income[i] // BIN_YEN, BINS - 1)] += 1


@_njit(**_BARE, nogil=True)
def collect(h, p, t, law, tally, tenth, chunk, luck, k_life, k_year, april):
    """Settle a year of the households of one chunk of rows, with sums of its own, so that chunks may run at once.

    tenth   int64[bins], the tenth of households each bin of base income belongs to
    chunk   0 to CHUNKS - 1: rows n * chunk // CHUNKS up to n * (chunk + 1) // CHUNKS
    luck    fiscal year of the draws (the run-in draws earlier years on the same bills)
    k_life  key of what stays with a household, k_year key of what is drawn every year
    april   month index of April of the year bills and ages belong to
    """
    n = h.hid.size
    for i in range(n * chunk // CHUNKS, n * (chunk + 1) // CHUNKS):
        _household(h, p, t, law, tally, tenth, chunk, i, luck, k_life, k_year, april)


@nb.njit(cache=True)
def vacate(h, p, april, departed):
    """Hand the claims of the predecessors of households that joined in the year opening in `april` to `departed`.

    In the run-in a household that joined 国保 later stands for the one it replaces. When its own first
    year comes, what the predecessor owes goes to int64[places, 6] `departed` (this year's unpaid, vintages 1-5).
    """
    for i in range(h.hid.size):
        if h.last_bill[i] == 0:
            continue
        since = 32_767
        for j in range(h.start[i], h.start[i] + h.size[i]):
            if p.insured_months[j] != 0:
                since = min(since, max(p.scheme_since[j], p.arrived[j]))
        if april <= since < april + 12:
            row = departed[h.place[i]]
            row[0] += h.unpaid[i]
            row[1] += h.arrears_1[i]
            row[2] += h.arrears_2[i]
            row[3] += h.arrears_3[i]
            row[4] += h.arrears_4[i]
            row[5] += h.arrears_5[i]
            h.unpaid[i] = 0
            h.arrears_1[i] = 0
            h.arrears_2[i] = 0
            h.arrears_3[i] = 0
            h.arrears_4[i] = 0
            h.arrears_5[i] = 0
            h.paid[i] = 0
            h.last_bill[i] = 0
            h.stage[i] = 0
            h.unknown_address[i] = 0
