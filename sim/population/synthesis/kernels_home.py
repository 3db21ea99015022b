"""Kernels that match people and write households, one municipality at a time.

`person` is int32[n, 5]: age, sex, foreign 0/1, Relation, household; `home` is int32[h, 2]: size, Kind.
`k` is the key of a named decision, `who` the code of the municipality.
"""

from __future__ import annotations

import numba as nb
import numpy as np

from sim.core.rng import draw4, normal

YEAR = 2022
_TRIES = 40
_HEAD, _SPOUSE, _KID, _PARENT, _REST = range(5)
"""values of codes.Relation"""


@nb.njit(cache=True)
def order(keys, bins):
    """Return the stable order of integer keys 0 <= key < bins (counting sort)."""
    start = np.zeros(bins + 1, np.int64)
    for key in keys:
        start[key + 1] += 1
    for b in range(bins):
        start[b + 1] += start[b]
    out = np.empty(keys.size, np.int64)
    for i in range(keys.size):
        out[start[keys[i]]] = i
        start[keys[i]] += 1
    return out


@nb.njit(cache=True)
def uniforms(k, who, n):
    """Return n uniforms, float64[n], of a decision in a municipality."""
    out = np.empty(n)
    for i in range(n):
        out[i] = draw4(k, YEAR, who, i)[0]
    return out


@nb.njit(cache=True, nogil=True)
def marry(men, women, gap, sd, k, who):
    """Return wives' ages in the order of `men`: rank matching of the wished age with the ages there are."""
    n = min(men.size, women.size)
    keys = np.empty(n, np.int64)
    for i in range(n):
        u, _, _, _ = draw4(k, YEAR, who, i)
        keys[i] = min(max(int((men[i] - gap + sd * normal(u)) * 8.0), 0), 1199)
    rank_of = order(keys, 1200)
    out = np.empty(n, np.int64)
    for rank in range(n):
        out[rank_of[rank]] = women[rank]
    return out


@nb.njit(cache=True)
def _spread(weights, total, out, k, who, lane):
    """Set out[i] to whole pieces, at most 3, about in proportion to weights[i], `total` in all.

    Four fifths of the chances go to the first piece: brothers and sisters vary less than by pure chance.
    """
    n = weights.size
    out[:] = 0
    factor = 1.0
    for _ in range(30):
        reached = 0.0
        for i in range(n):
            w = weights[i] * factor
            reached += min(0.8 * w, 0.95) + min(0.16 * w, 0.9) + min(0.04 * w, 0.9)
        if reached <= 0.0 or abs(reached - total) < 0.5:
            break
        factor *= total / reached
    given = 0
    for i in range(n):
        w = weights[i] * factor
        a, b, c, _ = draw4(k, YEAR, who, lane + i)
        out[i] = int(a < min(0.8 * w, 0.95)) + int(b < min(0.16 * w, 0.9)) + int(c < min(0.04 * w, 0.9))
        given += out[i]
    at = tried = 0
    step = max(n * 7 // 11, 1)
    while step > 1 and _common(step, n):
        step -= 1
    while n > 0 and given != total:
        if given > total and out[at] > 0:
            out[at] -= 1
            given -= 1
        elif given < total and (out[at] < 3 or tried > n):
            out[at] += 1
            given += 1
        at = (at + step) % n
        tried += 1


@nb.njit(cache=True)
def _common(a, b):
    """Return whether two whole numbers share a divisor above 1."""
    while b:
        a, b = b, a % b
    return a > 1


@nb.njit(cache=True, nogil=True)
def children_per_unit(mother, kids, birth_age, sd, k, who):
    """Return the number of children of each unit, int64[units]: at least one where children suffice.

    Units whose mothers have the age at which the children there are would have been born get more.
    """
    units = mother.size
    number = np.ones(units, np.int64)
    if kids.size <= units:
        number[kids.size :] = 0
        return number
    wanted, there = np.zeros(130), np.zeros(130)
    for i in range(kids.size):
        u, _, _, _ = draw4(k, YEAR, who, i)
        wanted[min(int(kids[i] + birth_age[kids[i]] + sd * normal(u)), 129)] += 1.0
    for u_ in range(units):
        there[mother[u_]] += 1.0
    weights = np.empty(units)
    for u_ in range(units):
        sought = had = 0.0
        for m in range(max(mother[u_] - 2, 0), min(mother[u_] + 3, 130)):
            sought += wanted[m]
            had += there[m]
        weights[u_] = min(max(sought / had - 1.0, 0.03), 2.2)
    extra = np.zeros(units, np.int64)
    _spread(weights, kids.size - units, extra, k, who, kids.size)
    return number + extra


@nb.njit(cache=True, nogil=True)
def wishes(mother, number, birth_age, sd, k, who):
    """Return (unit, wished age in eighths of a year) of every slot for a child."""
    slots = 0
    for i in range(number.size):
        slots += number[i]
    unit, wish = np.empty(slots, np.int64), np.empty(slots, np.int64)
    n = 0
    for u_ in range(mother.size):
        u, v, _, _ = draw4(k, YEAR, who, u_)
        about = min(max(mother[u_] - 30, 0), birth_age.size - 1)
        first = birth_age[about] - 1.2 * (number[u_] - 1) + 0.9 * sd * normal(u)
        age = mother[u_] - min(max(first, 18.0), 45.0)
        if age < 0.0:
            age = 4.0 * v
        for j in range(number[u_]):
            w, _, _, _ = draw4(k, YEAR, who, mother.size + n)
            unit[n] = u_
            wish[n] = int(max(age - (1.5 + 2.6 * w) * (j > 0), 4.0 * w) * 8.0)
            age = wish[n] / 8.0
            n += 1
    return unit, wish


@nb.njit(cache=True, nogil=True)
def mend(kids, unit, mother, place, k, who):
    """Swap children between mothers where a mother would have been under 16 or over 50 at the birth."""
    n = place.size
    for rank in range(n):
        slot = place[rank]
        for attempt in range(_TRIES):
            gap = mother[unit[slot]] - kids[rank]
            if 16 <= gap <= 50:
                break
            u, _, _, _ = draw4(k, YEAR, who, rank * _TRIES + attempt)
            other = int(u * n)
            there = place[other]
            if 16 <= mother[unit[there]] - kids[rank] <= 50 and 16 <= mother[unit[slot]] - kids[other] <= 50:
                place[rank], place[other] = there, slot
                slot = there
                break


@nb.njit(cache=True, nogil=True)
def adopt(number, unit, place):
    """Return (start, member): the children of each unit are rows member[start[u] : start[u + 1]], eldest first.

    place  int64[children]  slot of each child; unit int64[slots] the unit of each slot
    """
    start = np.zeros(number.size + 1, np.int64)
    for u_ in range(number.size):
        start[u_ + 1] = start[u_] + number[u_]
    fill = start.copy()
    member = np.empty(place.size, np.int64)
    for rank in range(place.size - 1, -1, -1):
        u_ = unit[place[rank]]
        member[fill[u_]] = rank
        fill[u_] += 1
    return start, member


@nb.njit(cache=True)
def _put(person, n, home, age, sex, foreign, relation):
    """Write one person, return the next row."""
    person[n, 0] = age
    person[n, 1] = sex
    person[n, 2] = foreign
    person[n, 3] = relation
    person[n, 4] = home
    return n + 1


@nb.njit(cache=True)
def _swap(person, i, j):
    """Exchange two rows."""
    for c in range(5):
        person[i, c], person[j, c] = person[j, c], person[i, c]


@nb.njit(cache=True)
def _adults(person, n, unit, row, wife_first):
    """Write one or two parents, the head first; return the next row."""
    if row[3] < 0:
        return _put(person, n, unit, row[0], row[1], row[2], _HEAD)
    if wife_first:
        n = _put(person, n, unit, row[3], row[4], row[5], _HEAD)
        return _put(person, n, unit, row[0], row[1], row[2], _SPOUSE)
    n = _put(person, n, unit, row[0], row[1], row[2], _HEAD)
    return _put(person, n, unit, row[3], row[4], row[5], _SPOUSE)


@nb.njit(cache=True)
def _pass_on(person, first, stop):
    """Make the oldest child of 35 or more the head; the parents become PARENT, brothers and sisters OTHER."""
    best = -1
    for i in range(first, stop):
        if person[i, 3] == _KID and person[i, 0] >= 35 and (best < 0 or person[i, 0] > person[best, 0]):
            best = i
    if best < 0:
        return
    for i in range(first, stop):
        person[i, 3] = _REST if person[i, 3] == _KID else _PARENT
    person[best, 3] = _HEAD
    _swap(person, first, best)


@nb.njit(cache=True, nogil=True)
def couple_homes(pairs, wife_head, k, who):
    """Return (person, home) of couples without others.

    pairs  int64[n, 4]: husband's age, foreign, wife's age, foreign
    """
    units = pairs.shape[0]
    person, home = np.empty((2 * units, 5), np.int32), np.empty((units, 2), np.int32)
    for i in range(units):
        wife_first = draw4(k, YEAR, who, i)[0] < wife_head
        _put(person, 2 * i + wife_first, i, pairs[i, 0], 0, pairs[i, 1], _SPOUSE if wife_first else _HEAD)
        _put(person, 2 * i + (not wife_first), i, pairs[i, 2], 1, pairs[i, 3], _HEAD if wife_first else _SPOUSE)
        home[i, 0], home[i, 1] = 2, 1
    return person, home


@nb.njit(cache=True, nogil=True)
def family_homes(parents, kid, elder, start, member, wife_head, passed, k, who):
    """Return (person, home) of the households with children.

    parents    int64[units, 7]: age, sex, foreign of the first; age (-1 none), sex, foreign of the second; Kind
    kid        int64[n, 3]: age, sex, foreign, by age
    elder      int64[units, 2, 2]: age (-1 none), sex of the grandparents
    start, member  see `adopt`
    wife_head, passed  share of wives as heads, share of parents of 75 and over who passed the headship to a child
    """
    units = parents.shape[0]
    person = np.empty((4 * units + kid.shape[0], 5), np.int32)
    home = np.empty((units, 2), np.int32)
    n = 0
    for i in range(units):
        u, v, _, _ = draw4(k, YEAR, who, i)
        first = n
        n = _adults(person, n, i, parents[i], u < wife_head)
        for j in range(2):
            if elder[i, j, 0] >= 0:
                n = _put(person, n, i, elder[i, j, 0], elder[i, j, 1], 0, _PARENT)
        elders = elder[i, 0, 0] >= 0
        for j in range(start[i], start[i + 1]):
            n = _put(person, n, i, kid[member[j], 0], kid[member[j], 1], kid[member[j], 2], _KID)
        if start[i + 1] == start[i]:
            home[i, 1] = 5 if elders else (1 if parents[i, 3] >= 0 else 0)
        else:
            home[i, 1] = parents[i, 6] if elders or parents[i, 6] != 4 else 2
            if not elders and person[first, 0] >= 75 and v < passed:
                _pass_on(person, first, n)
        home[i, 0] = n - first
    return person[:n], home


@nb.njit(cache=True, nogil=True)
def shared_homes(age, sex, foreign, mean_size, k, who):
    """Return (person, home) of households of other relatives and non-relatives, at least two people.

    People of about the same age are put together; the oldest is the head.
    """
    people = age.size
    keys = np.empty(people, np.int64)
    for i in range(people):
        u, _, _, _ = draw4(k, YEAR, who, i)
        keys[i] = min(max(int(age[i] + 12.0 * normal(u)) + 60, 0), 299)
    row = order(keys, 300)
    groups = min(max(int(people / mean_size + 0.5), 1), people // 2)
    extra, even = np.zeros(groups, np.int64), np.ones(groups)
    _spread(even, people - 2 * groups, extra, k, who, people)
    person, home = np.empty((people, 5), np.int32), np.empty((groups, 2), np.int32)
    n = 0
    for g in range(groups):
        first = best = n
        for _ in range(2 + extra[g]):
            if age[row[n]] > age[row[best]]:
                best = n
            n = _put(person, n, g, age[row[n]], sex[row[n]], foreign, _REST)
        person[best, 3] = _HEAD
        _swap(person, first, best)
        home[g, 0], home[g, 1] = n - first, 5
    return person, home


@nb.njit(cache=True)
def whole_people(share, people, out):
    """Round persons by role to whole people, one municipality.

    share   float64[age, sex, nationality, role]
    people  int64[age, sex, nationality]  row sums, kept exactly
    out     int64, like share

    Each cell takes the whole part; the few left over go to the roles that are most behind over the ages
    so far, so that the totals of the roles stay within a person or two.
    """
    ages, sexes, nations, roles_ = share.shape
    for k in range(nations):
        for s in range(sexes):
            behind = np.zeros(roles_)
            for a in range(ages):
                left = people[a, s, k]
                for r in range(roles_):
                    behind[r] += share[a, s, k, r]
                    n = min(int(share[a, s, k, r]), left)
                    out[a, s, k, r] = n
                    behind[r] -= n
                    left -= n
                while left > 0:
                    best = 8
                    for r in range(roles_):
                        if share[a, s, k, r] > 0.0 and (share[a, s, k, best] <= 0.0 or behind[r] > behind[best]):
                            best = r
                    out[a, s, k, best] += 1
                    behind[best] -= 1.0
                    left -= 1
