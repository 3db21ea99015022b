"""Kernels that say whose insurance covers whom on 1 April 2022, one municipality at a time.

Shapes: persons are rows of a municipality in household order, the head first; `start` has one entry more
than there are households. Draws are keyed by the ids of persons and households.
"""

from __future__ import annotations

import numba as nb
import numpy as np

from sim.core.rng import draw4, new_id, normal

YEAR = 2022
_BINS = 8192
_REACH = 6.0
_CHILD = 2
"""codes.Relation.CHILD"""
KOKUHO, EMPLOYEE, DEPENDANT, VOLUNTARY, GUILD, LATE_ELDERLY, ASSISTANCE = range(7)
"""values of codes.Scheme; -1 = not yet decided"""
_JAPANESE, _PERMANENT, _STUDENT, _WORKER, _FAMILY, _OTHER = range(6)
"""values of codes.Residence"""


@nb.njit(cache=True, nogil=True)
def identities(k, code, out):
    """Fill out[i] with the stable ids of the persons or households of a municipality, in order."""
    for i in range(out.size):
        out[i] = new_id(k, YEAR, code, i)


@nb.njit(cache=True, nogil=True)
def births(pid, age, k, opening, born):
    """Fill the month of birth of people of a given age on 1 April, every month alike."""
    for i in range(pid.size):
        born[i] = opening - 12 * age[i] - int(draw4(k, YEAR, pid[i], 0)[0] * 12.0)


@nb.njit(cache=True, nogil=True)
def sampled(hid, k, sample, part):
    """Return bool[h]: the households of one of `sample` disjoint parts of Tokyo.

    Part 0 of a sample lies in part 0 of any other whose number divides its own.
    """
    out = np.empty(hid.size, np.bool_)
    for h in range(hid.size):
        out[h] = new_id(k, 0, hid[h], 0) % sample == part
    return out


@nb.njit(cache=True, nogil=True)
def assist(start, kind, age, foreign, hid, rates, k, scheme):
    """Put households on public assistance; everyone of 75 and over else into 後期.

    rates   float64[10]  see population.assistance_rate
    scheme  int8[n]      set to -1, ASSISTANCE or LATE_ELDERLY
    """
    for h in range(start.size - 1):
        i = start[h]
        a = age[i]
        c = kind[h]
        if c == 0:
            row = 0 if a < 40 else (1 if a < 65 else (2 if a < 75 else 3))
        elif c == 1:
            row = 4 if a < 65 else 5
        elif c == 3:
            row = 6
        elif c == 2 or c == 4:
            row = 7
        else:
            row = 8 if c == 5 else 9
        poor = draw4(k, YEAR, hid[h], 0)[0] < rates[row] and (c != 6 or a >= 65)
        if foreign[i] and poor:
            poor = draw4(k, YEAR, hid[h], 1)[0] < 0.5
        for j in range(start[h], start[h + 1]):
            scheme[j] = ASSISTANCE if poor else (LATE_ELDERLY if age[j] >= 75 else -1)


@nb.njit(cache=True)
def _pick(chances, u):
    """Return the position drawn from chances that sum to 1."""
    for j in range(chances.size):
        u -= chances[j]
        if u < 0.0:
            return j
    return chances.size - 1


@nb.njit(cache=True, nogil=True)
def reside(start, kind, age, foreign, relation, pid, k, single, family, stay, opening, residence, arrived):
    """Give foreign residents a status of residence and a month of arrival.

    single, family  float64[111, 5]  shares of the five statuses by age: for people on their own, for parents
    stay            float64[6]       yearly chance to leave by code of Residence (the stay is exponential)
    opening         month index of April 2022

    A worker's or student's spouse is mostly FAMILY, a permanent resident's or Japanese person's PERMANENT;
    children follow the head. Long stays of permanent residents count as 0, "born here or long ago".
    """
    for h in range(start.size - 1):
        lead = _JAPANESE
        for i in range(start[h], start[h + 1]):
            residence[i] = _JAPANESE
            arrived[i] = 0
            if foreign[i] == 0:
                continue
            u, v, w, _ = draw4(k, YEAR, pid[i], 0)
            a = min(age[i], 110)
            if relation[i] == 0:
                paired = kind[h] == 1 or kind[h] == 2 or kind[h] == 3
                lead = 1 + _pick(family[a] if paired else single[a], u)
                code = lead
            elif relation[i] == 1 and lead == _JAPANESE:
                code = _PERMANENT
            elif relation[i] == 1:
                code = (_PERMANENT if u < 0.85 else _OTHER) if lead == _PERMANENT else (_FAMILY if u < 0.7 else _WORKER)
            elif age[i] < 18:
                code = _PERMANENT if lead <= _PERMANENT else _FAMILY
            else:
                code = 1 + _pick(single[a], u)
            residence[i] = code
            months = int(-np.log(v) / stay[code] * 12.0) + 1
            if months < min(12 * age[i], 360):
                arrived[i] = opening - months
            elif code != _PERMANENT and age[i] > 0:
                arrived[i] = opening - max(int(w * min(12 * age[i], 120)), 1)


@nb.njit(cache=True, nogil=True)
def draw_scores(start, pid, hid, residence, shift, k, shared, own):
    """Draw a standard normal for every household and every person of a municipality (float32).

    shift  float64[6]  added by status of residence
    """
    for h in range(start.size - 1):
        shared[h] = normal(draw4(k, YEAR, hid[h], 1)[0])
        for i in range(start[h], start[h + 1]):
            own[i] = normal(draw4(k, YEAR, pid[i], 0)[0]) + shift[residence[i]]


@nb.njit(cache=True)
def _slot(score):
    """Return the histogram bin of a score."""
    return min(max(int((score + _REACH) * (_BINS / (2.0 * _REACH))), 0), _BINS - 1)


@nb.njit(cache=True)
def _score(i, h, age, kind, shared, own, shift, rho):
    """Return the readiness of a person to be a member: a part shared by the household and one of his own."""
    moved = shift[kind[h]]
    if age[i] >= 65:
        moved *= 0.3
    return moved + np.sqrt(rho) * shared[h] + np.sqrt(1.0 - rho) * own[i]


@nb.njit(cache=True, nogil=True)
def choose(start, kind, age, relation, cell, scheme, shared, own, quota, shift, rho, member):
    """Mark the adults of each cell with the highest scores as members.

    Returns members with children A, their households, children A and children B.

    cell    int8[n]    group of age and nationality of the persons to choose from, -1 for the others
    quota   int64[cells]   members wanted
    member  bool[n]    set for adults

    A child under 18 whose parents in the household are all members follows them (A); with one member of two
    he may (B).
    """
    cells = quota.size
    count = np.zeros((cells, _BINS), np.int64)
    for h in range(start.size - 1):
        for i in range(start[h], start[h + 1]):
            member[i] = False
            if cell[i] >= 0:
                count[cell[i], _slot(_score(i, h, age, kind, shared, own, shift, rho))] += 1
    edge, spare = np.empty(cells, np.int64), np.empty(cells, np.int64)
    for c in range(cells):
        left = quota[c]
        b = _BINS - 1
        while b > 0 and count[c, b] <= left:
            left -= count[c, b]
            b -= 1
        edge[c], spare[c] = b, left
    persons = households = sure = open_ = 0
    for h in range(start.size - 1):
        insured = parents = covered = 0
        for i in range(start[h], start[h + 1]):
            if cell[i] >= 0:
                b = _slot(_score(i, h, age, kind, shared, own, shift, rho))
                c = cell[i]
                if b > edge[c]:
                    member[i] = True
                elif b == edge[c] and spare[c] > 0:
                    member[i] = True
                    spare[c] -= 1
                insured += member[i]
        for i in range(start[h], min(start[h] + 2, start[h + 1])):
            if cell[i] >= 0 and relation[i] <= 1:
                parents += 1
                covered += member[i]
        for i in range(start[h], start[h + 1]):
            if age[i] < 18 and scheme[i] < 0:
                sure += covered == parents
                open_ += 0 < covered < parents
                insured += covered == parents
        persons += insured
        households += insured > 0
    return persons, households, sure, open_


@nb.njit(cache=True, nogil=True)
def settle(
    start, kind, age, sex, relation, cell, pid, hid, k, wanted, children, employee, guild, voluntary, member, scheme
):
    """Give everyone a scheme, given which adults are members; return the members.

    wanted, children  members wanted in the municipality, and those of them under 18
    employee          float64[3, 111]  chance of a person who is no member to be insured in his own right:
                      men, women, wives
    guild             chance of a household with one employee to be in a guild instead
    voluntary         float64[111]     chance of an employee to be in voluntary continuation

    Whoever is not a member is an employee or his dependant: a household with dependants has at least one
    employee, its head if nobody else. Only those under 25 who live alone may depend on parents elsewhere.
    """
    sure = open_ = total = 0
    for h in range(start.size - 1):
        covered, parents = _parents(h, start, relation, cell, member)
        for i in range(start[h], start[h + 1]):
            if age[i] < 18 and scheme[i] < 0:
                member[i] = covered == parents
                sure += covered == parents
                open_ += 0 < covered < parents
            total += member[i]
    chance = max(children - sure, 0) / max(open_, 1)
    for h in range(start.size - 1):
        covered, parents = _parents(h, start, relation, cell, member)
        if 0 < covered < parents and draw4(k, YEAR, hid[h], 0)[0] < chance:
            for i in range(start[h], start[h + 1]):
                if age[i] < 18 and scheme[i] < 0:
                    member[i] = True
                    total += 1
    total += _level(start, kind, age, scheme, pid, k, wanted - total, member)
    for h in range(start.size - 1):
        workers = others = 0
        main = -1
        for i in range(start[h], start[h + 1]):
            if scheme[i] >= 0:
                continue
            if member[i]:
                scheme[i] = KOKUHO
                continue
            row = 0 if sex[i] == 0 else (2 if relation[i] == 1 else 1)
            if age[i] >= 18 and draw4(k, YEAR, pid[i], 1)[0] < employee[row, age[i]]:
                scheme[i] = EMPLOYEE
                workers += 1
            else:
                scheme[i] = DEPENDANT
                others += 1
            if age[i] >= 18 and (main < 0 or (relation[main] > 1 and age[i] > age[main])):
                main = i
        apart = others == 1 and start[h + 1] - start[h] == 1 and main >= 0 and age[main] < 25
        if others > 0 and workers == 0 and not apart:
            if main >= 0:
                scheme[main] = EMPLOYEE
                workers = 1
            else:
                for i in range(start[h], start[h + 1]):
                    if scheme[i] == DEPENDANT:
                        scheme[i] = KOKUHO
                        total += 1
        if workers == 0:
            continue
        u, v, _, _ = draw4(k, YEAR, hid[h], 1)
        for i in range(start[h], start[h + 1]):
            if workers == 1 and u < guild and (scheme[i] == EMPLOYEE or scheme[i] == DEPENDANT):
                scheme[i] = GUILD
            elif scheme[i] == EMPLOYEE and v < voluntary[age[i]]:
                scheme[i] = VOLUNTARY
    return total


@nb.njit(cache=True)
def _parents(h, start, relation, cell, member):
    """Return (members, all) among the head and spouse of a household who could be members."""
    covered = parents = 0
    for i in range(start[h], min(start[h] + 2, start[h + 1])):
        if cell[i] >= 0 and relation[i] <= 1:
            parents += 1
            covered += member[i]
    return covered, parents


@nb.njit(cache=True)
def _level(start, kind, age, scheme, pid, k, change, member):
    """Make `change` people of 20-64 who live alone members (negative: take them out); return the change made.

    Selection sampling: everyone has the same chance and the number is exact.
    """
    target = change < 0
    there = 0
    for h in range(start.size - 1):
        i = start[h]
        there += kind[h] == 0 and 20 <= age[i] < 65 and scheme[i] < 0 and member[i] == target
    left = min(abs(change), there)
    done = left
    for h in range(start.size - 1):
        i = start[h]
        if left > 0 and kind[h] == 0 and 20 <= age[i] < 65 and scheme[i] < 0 and member[i] == target:
            if draw4(k, YEAR, pid[i], 2)[0] * there < left:
                member[i] = not target
                left -= 1
            there -= 1
    return -done if target else done
