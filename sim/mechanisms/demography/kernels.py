"""Kernels of the demographic year: arrays and scalars only, one household or one cell at a time."""

from __future__ import annotations

import numba as nb
import numpy as np

from sim.core.rng import draw4, new_id, normal
from sim.core.units import ALL_MONTHS
from sim.population.codes import Kind, Leaving, Relation, Residence, Sex
from sim.population.kernels import GONE, HERE, founder_at

HEAD, SPOUSE, CHILD, OTHER = int(Relation.HEAD), int(Relation.SPOUSE), int(Relation.CHILD), int(Relation.OTHER)
MALE, FEMALE = int(Sex.MALE), int(Sex.FEMALE)
JAPANESE, PERMANENT, STUDENT = int(Residence.JAPANESE), int(Residence.PERMANENT), int(Residence.STUDENT)
WORKER, FAMILY = int(Residence.WORKER), int(Residence.FAMILY)
STAYS, DIES = int(Leaving.STAYS), int(Leaving.DIES)
ELSEWHERE, ABROAD = int(Leaving.OTHER_PREFECTURE), int(Leaving.ABROAD)
ONE_PERSON, COUPLE, COUPLE_CHILDREN = int(Kind.ONE_PERSON), int(Kind.COUPLE), int(Kind.COUPLE_CHILDREN)
LONE_PARENT, INSTITUTION = int(Kind.LONE_PARENT), int(Kind.INSTITUTION)
ALONE, PARENT_CHILD = 0, 4
"""kinds of arriving households: one person, couple, couple with one and with two children, parent and child"""
PERSONS = (1, 2, 3, 4, 2)
SCHOOL_AGE = 6
FIRST_CLASS, CLASSES = 20, 6
"""five-year age classes of women who form unions: 20-24 … 45-49"""
BIRTHS, DEATHS, DEPARTURES, MOVES = 0, 1, 2, 3
"""rows of Schedule.factors"""
PARTS = 64
"""ranges of households handed to threads"""
CHUNKS = 8
"""fixed, so that sums per chunk do not depend on the number of threads"""


@nb.njit(cache=True)
def _age(months):
    """Return full years, at most 105."""
    return min(max(months, 0) // 12, 105)


@nb.njit(cache=True)
def _pick(cumulative, u):
    """Return the first index whose cumulative share exceeds u."""
    i = 0
    while i < cumulative.size - 1 and u >= cumulative[i]:
        i += 1
    return i


@nb.njit(cache=True)
def _elsewhere(inward, own, u):
    """Return another municipality drawn in proportion to in-moves; inward float64[places + 1] is cumulative."""
    before, weight = inward[own], inward[own + 1] - inward[own]
    x = u * (inward[-1] - weight)
    if x >= before:
        x += weight
    return min(np.searchsorted(inward, x, side="right") - 1, inward.size - 2)


@nb.njit(cache=True)
def _death_probability(death, months):
    """Return the chance to die within a year at an age in months, between two rows of the life table."""
    age = _age(months)
    older = min(age + 1, 105)
    return death[age] + (death[older] - death[age]) * (months - 12 * age if age < 105 else 0) / 12.0


@nb.njit(cache=True)
def _status(residence, chance, key, year, pid):
    """Return the residence status a foreign resident has from 1 April."""
    u = draw4(key, year, pid)[0]
    if residence == STUDENT:
        return WORKER if u < chance[0] else residence
    if residence == WORKER:
        return PERMANENT if u < chance[1] else residence
    if residence == FAMILY:
        return PERMANENT if u < chance[2] else residence
    return residence


@nb.njit(cache=True)
def _company(persons, youngest, adult):
    """Return 0 for one person, 1 for adults only, 2 with a child under school age, 3 with older children."""
    if persons == 1:
        return 0
    if youngest >= 12 * adult:
        return 1
    return 2 if youngest < 12 * SCHOOL_AGE else 3


@nb.njit(cache=True)
def _elder(i, j, born, pid):
    """Return whether i was born before j; the lower id goes first in a month."""
    return born[i] < born[j] or (born[i] == born[j] and pid[i] < pid[j])


@nb.njit(cache=True)
def _who_separates(first, stop, u, man_leaves, relation, sex, target):
    """Return the row of the partner who leaves when the couple of a household separates."""
    head, spouse, child = -1, -1, False
    for i in range(first, stop):
        if target[i] != GONE:
            if relation[i] == HEAD:
                head = i
            elif relation[i] == SPOUSE:
                spouse = i
            elif relation[i] == CHILD:
                child = True
    if head < 0 or spouse < 0:
        return -1
    man = head if sex[head] == MALE else spouse
    woman = spouse if man == head else head
    return man if u < (man_leaves if child else 0.5) else woman


@nb.njit(cache=True)
def _households(
    h_from,
    h_stop,
    year,
    opening,
    adult,
    separation,
    keys,
    start,
    size,
    place,
    head,
    hid,
    pid,
    born,
    sex,
    residence,
    relation,
    present,
    leaving,
    gave_birth,
    death,
    birth,
    departure,
    move,
    abroad,
    leave_home,
    where,
    status,
    factors,
    inward,
    months,
    target,
    new_place,
    moved,
):
    """Draw the year of the households h_from <= h < h_stop and their members; see `live`."""
    for h in range(h_from, h_stop):
        first, stop, town = start[h], start[h] + size[h], np.int64(place[h])
        living, adults, paired, lead, latest = 0, 0, False, -1, -32_768
        for i in range(first, stop):
            if leaving[i] != STAYS:
                target[i] = GONE
                continue
            target[i] = h
            living += 1
            adults += opening - born[i] >= 12 * adult
            paired |= relation[i] == SPOUSE
            latest = max(latest, born[i])
            if lead < 0 or i == head[h] or (lead != head[h] and _elder(i, lead, born, pid)):
                lead = i
        if living == 0:
            continue
        paired &= relation[lead] == HEAD
        age = _age(opening - born[lead])
        u, u_month, u_split, u_where = draw4(keys[0], year, hid[h])
        company = _company(living, opening - latest, adult)
        p_away = departure[company, age] * factors[DEPARTURES, town]
        p_abroad = p_away + abroad[residence[lead]]
        p_move = p_abroad + move[company, age] * factors[MOVES, town]
        exit_as, exit_month, splits = STAYS, 12, -1
        if adults == 0:
            if lead != head[h]:
                _place_children(h, first, stop, town, target)
        elif u < p_away:
            exit_as, exit_month = ELSEWHERE, _pick(months[0], u_month)
        elif u < p_abroad:
            exit_as, exit_month = ABROAD, _pick(months[1], u_month)
        elif u < p_move:
            goal = _elsewhere(inward, town, u_where)
            new_place[h] = goal
            _count_move(moved, town, goal, living)
        elif paired and u_split < separation[0] and age <= separation[1]:
            splits = _who_separates(first, stop, u_month, separation[2], relation, sex, target)
            if splits >= 0:
                target[splits] = founder_at(town)
        for i in range(first, stop):
            if target[i] == GONE:
                continue
            v, v_month, v_leave, v_where = draw4(keys[1], year, pid[i])
            lived = opening - born[i]
            age = _age(lived)
            nation = 0 if residence[i] == JAPANESE else 1
            why, last = exit_as, exit_month
            leaves_home = (
                exit_as == STAYS
                and new_place[h] == HERE
                and target[i] == h
                and i != lead
                and relation[i] == CHILD
                and age >= adult
                and v_leave < leave_home[age]
            )
            if leaves_home:
                if v_where < where[0]:
                    why, last = ELSEWHERE, _pick(months[0], v_month)
                elif v_where < where[1]:
                    goal = _elsewhere(inward, town, (v_where - where[0]) / (where[1] - where[0]))
                    target[i] = founder_at(goal)
                    _count_move(moved, town, goal, 1)
                else:
                    target[i] = founder_at(town)
            mask = (1 << last) - 1
            if v < _death_probability(death[nation, sex[i]], lived) * factors[DEATHS, town]:
                month = int(v_month * 12.0)
                if month < last:
                    why, mask = DIES, (1 << (month + 1)) - 1
            if sex[i] == FEMALE and birth[nation, 1, age] > 0.0:
                with_partner = 1 if paired and (relation[i] == HEAD or relation[i] == SPOUSE) else 0
                w, w_month, _, _ = draw4(keys[2], year, pid[i])
                month = int(w_month * 12.0)
                if (
                    w < birth[nation, with_partner, age] * factors[BIRTHS, town]
                    and mask >> month & 1
                    and opening + month - gave_birth[i] >= 12
                ):
                    gave_birth[i] = opening + month
            if residence[i] > PERMANENT:
                residence[i] = _status(residence[i], status, keys[3], year, pid[i])
            present[i] = mask
            leaving[i] = why


@nb.njit(cache=True)
def _count_move(moved, origin, goal, persons):
    """Count persons who move from one municipality to another one of Tokyo; moved int64[in, out; places]."""
    if goal != origin:
        moved[0, goal] += persons
        moved[1, origin] += persons


@nb.njit(cache=True)
def _place_children(h, first, stop, town, target):
    """Children left without an adult: the first keeps the household, the others get one each."""
    kept = False
    for i in range(first, stop):
        if target[i] == h:
            if kept:
                target[i] = founder_at(town)
            kept = True


@nb.njit(cache=True, parallel=True)
def live(
    year,
    opening,
    adult,
    separation,
    keys,
    start,
    size,
    place,
    head,
    hid,
    pid,
    born,
    sex,
    residence,
    relation,
    present,
    leaving,
    gave_birth,
    death,
    birth,
    departure,
    move,
    abroad,
    leave_home,
    where,
    status,
    factors,
    inward,
    months,
    target,
    new_place,
    moved,
):
    """Draw deaths, departures, moves, separations, leaving home, births and changes of status of a year.

    Those who left the register last year become GONE. Everybody else gets the months present and the
    reason of leaving of this year, and in `target` where he lives from 1 April.

    year, opening  fiscal year; month index of its April
    adult          age of majority
    separation     float64[3]          chance, last age of the head, share of men who leave their children
    keys           uint64[4]           household, person, birth, status
    start … hid    household columns;  pid … gave_birth  person columns (present, leaving, gave_birth,
                   residence are written)
    death … months see demography.schedule.Schedule
    target         int32[people]       written: row of the household, GONE, or the code of `founder_at`
    new_place      uint8[households]   written: municipality a household moves to; HERE = it does not
    moved          int64[PARTS, 2, places]  written: persons who move in from, and out to, other municipalities of
                   Tokyo on 1 April: whole households, and children who leave home

    A departure counts from the month after which the town no longer charges: the months before it are
    present. A death counts in its month.
    """
    for part in nb.prange(PARTS):
        _households(
            hid.size * part // PARTS,
            hid.size * (part + 1) // PARTS,
            year,
            opening,
            adult,
            separation,
            keys,
            start,
            size,
            place,
            head,
            hid,
            pid,
            born,
            sex,
            residence,
            relation,
            present,
            leaving,
            gave_birth,
            death,
            birth,
            departure,
            move,
            abroad,
            leave_home,
            where,
            status,
            factors,
            inward,
            months,
            target,
            new_place,
            moved[part],
        )


@nb.njit(cache=True)
def _offers(
    h_from,
    h_stop,
    year,
    opening,
    key,
    gap,
    start,
    size,
    place,
    kind,
    pid,
    born,
    sex,
    relation,
    leaving,
    target,
    new_place,
    slots,
    first_slot,
    score,
    best,
):
    """Let the unattached of some households compete for their slots; see `meet`."""
    for h in range(h_from, h_stop):
        alone = size[h] == 1 and kind[h] != INSTITUTION
        family = size[h] > 1 and (kind[h] == COUPLE_CHILDREN or kind[h] == LONE_PARENT)
        if new_place[h] != HERE or not (alone or family):
            continue
        for i in range(start[h], start[h] + size[h]):
            years = _age(opening - born[i]) - (gap if sex[i] == MALE else 0)
            cell = np.int64(place[h]) * CLASSES + (years - FIRST_CLASS) // 5
            if (
                years < FIRST_CLASS
                or years >= FIRST_CLASS + 5 * CLASSES
                or not (alone or relation[i] == CHILD)
                or target[i] != h
                or leaving[i] != STAYS
                or slots[cell] == 0
            ):
                continue
            u, mine, _, _ = draw4(key, year, pid[i])
            slot, s = first_slot[cell] + min(int(u * slots[cell]), slots[cell] - 1), sex[i]
            rival = best[s, slot]
            if rival < 0 or mine < score[s, slot] or (mine == score[s, slot] and pid[i] < pid[rival]):
                score[s, slot] = mine
                best[s, slot] = i


@nb.njit(cache=True, parallel=True)
def meet(
    year,
    opening,
    key,
    gap,
    start,
    size,
    place,
    kind,
    pid,
    born,
    sex,
    relation,
    leaving,
    target,
    new_place,
    slots,
    first_slot,
    score,
    best,
):
    """Find for every slot of the year the man and the woman with the lowest draw.

    A slot is one union: a municipality and an age class of women. Unattached are people living alone and
    children of a couple or a lone parent; each is in one slot by a draw of his own. In a slot the lowest
    draw wins, then the lower pid.

    slots, first_slot  int64[places * CLASSES]    slots of a cell and their first number
    score              float64[CHUNKS, 2, slots]  lowest draw by chunk of households and sex
    best               int32[CHUNKS, 2, slots]    its row, -1 = nobody; chunk 0 ends with the best of all
    """
    for c in nb.prange(CHUNKS):
        _offers(
            start.size * c // CHUNKS,
            start.size * (c + 1) // CHUNKS,
            year,
            opening,
            key,
            gap,
            start,
            size,
            place,
            kind,
            pid,
            born,
            sex,
            relation,
            leaving,
            target,
            new_place,
            slots,
            first_slot,
            score[c],
            best[c],
        )
    for c in range(1, CHUNKS):
        for s in range(2):
            for slot in range(best.shape[2]):
                i, j = best[0, s, slot], best[c, s, slot]
                mine, other = score[0, s, slot], score[c, s, slot]
                if j >= 0 and (i < 0 or other < mine or (other == mine and pid[j] < pid[i])):
                    best[0, s, slot] = j
                    score[0, s, slot] = other


@nb.njit(cache=True)
def unite(best, score, household, size, place, target, relation, follower, leader):
    """Join the man and the woman of every slot; return the number of unions.

    They live in the household of the one who lives alone (of both, the one with the lower draw), else
    in a household the man founds.

    best, score       int32, float64[2, slots]  from `meet`
    target, relation  written
    follower, leader  int32[slots]              written: who goes to live with whom
    """
    count = 0
    for slot in range(best.shape[1]):
        man, woman = best[MALE, slot], best[FEMALE, slot]
        if man < 0 or woman < 0 or household[man] == household[woman]:
            continue
        man_alone, woman_alone = size[household[man]] == 1, size[household[woman]] == 1
        hers = woman_alone and (not man_alone or score[FEMALE, slot] < score[MALE, slot])
        host, guest = (woman, man) if hers else (man, woman)
        if not man_alone and not woman_alone:
            target[host] = founder_at(place[household[host]])
        relation[host], relation[guest] = HEAD, SPOUSE
        target[guest] = GONE
        follower[count], leader[count] = guest, host
        count += 1
    return count


@nb.njit(cache=True)
def found(key, year, pid, founders):
    """Return the ids of the households that persons found, int64[founders]; founders int32 are their rows."""
    out = np.empty(founders.size, np.int64)
    for k in range(founders.size):
        out[k] = new_id(key, year, pid[founders[k]], 0)
    return out


@nb.njit(cache=True)
def be_born(
    year,
    keys,
    mother,
    gave_birth,
    present,
    leaving,
    residence,
    relation,
    household,
    start,
    size,
    sex,
    pid,
    child_pid,
    child_sex,
    child_residence,
    child_relation,
    child_present,
    child_leaving,
    opening,
    male,
):
    """Describe the newborn of each mother.

    keys    uint64[2]     newborn id, sex of the newborn
    mother  int32[births] row of the mother
    child_* written, one entry per birth. A child leaves the prefecture with its mother, is Japanese if a
    parent is, and stands to the head as a child if the mother is head or spouse.
    """
    for k in range(mother.size):
        i = mother[k]
        child_pid[k] = new_id(keys[0], year, pid[i], 0)
        child_sex[k] = MALE if draw4(keys[1], year, child_pid[k])[0] < male else FEMALE
        h = household[i]
        status = residence[i]
        if status != JAPANESE:
            status = PERMANENT if status == PERMANENT else FAMILY
            for j in range(start[h], start[h] + size[h]):
                couple = relation[j] == HEAD or relation[j] == SPOUSE
                if couple and j != i and sex[j] == MALE and residence[j] == JAPANESE:
                    status = JAPANESE
        child_residence[k] = status
        child_relation[k] = CHILD if relation[i] == HEAD or relation[i] == SPOUSE else OTHER
        before = (1 << (gave_birth[i] - opening)) - 1
        goes = leaving[i] == ELSEWHERE or leaving[i] == ABROAD
        child_present[k] = (np.int64(present[i]) if goes else ALL_MONTHS) & ~before
        child_leaving[k] = leaving[i] if goes else STAYS


@nb.njit(cache=True)
def _unit(key, year, hid, foreign, from_abroad, units, status):
    """Return what an arriving household is: kind of unit, comes from abroad, residence status of its head."""
    u, u_abroad, u_status, _ = draw4(key, year, hid)
    abroad = u_abroad < from_abroad[foreign]
    origin = 1 if abroad else 0
    standing = JAPANESE
    if foreign:
        standing = PERMANENT + _pick(status[origin], u_status)
    unit = ALONE if standing == STUDENT else _pick(units[origin], u)
    return unit, abroad, standing


@nb.njit(cache=True)
def _adult_age(ages, low, high, u):
    """Return an adult age, low <= age < high, from cumulative shares."""
    x = ages[low] + u * (ages[high] - ages[low])
    return max(min(np.searchsorted(ages, x, side="right") - 1, high - 1), low)


@nb.njit(cache=True)
def _write_unit(
    r,
    k,
    n,
    hid,
    ordinal,
    town,
    foreign,
    unit,
    abroad,
    standing,
    origin_id,
    year,
    opening,
    keys,
    ages,
    months,
    limits,
    male,
    gap,
    child,
    longest,
    unit_hid,
    unit_place,
    unit_size,
    pid,
    born,
    sex,
    residence,
    arrived,
    relation,
    present,
    member_of,
):
    """Write an arriving household r of n persons, the first of them in row k; see `arrive`."""
    unit_hid[r], unit_place[r], unit_size[r] = hid, town, n
    origin, ages_of = 1 if abroad else 0, min(unit, 2)
    u_age, u_sex, u_month, u_stay = draw4(keys[2], year, hid, 1)
    month = opening + _pick(months[origin], u_month)
    since = month if abroad else (month - 1 - int(u_stay * 12.0 * longest) if foreign else 0)
    gender = MALE if u_sex < male[foreign if unit == ALONE else (3 if unit == PARENT_CHILD else 2)] else FEMALE
    age = _adult_age(ages[origin], limits[ages_of, 0], limits[ages_of, 1] + 1, u_age)
    mother = age
    for m in range(n):
        u, v, w, _ = draw4(keys[2], year, hid, 2 + m)
        standing_of, place_in, sex_of = standing, HEAD, gender
        if m > 0:
            standing_of = FAMILY if standing in (STUDENT, WORKER) else standing
            if m == 1 and unit != PARENT_CHILD:
                shift = gap[0] + gap[1] * normal(u)
                age = int(max(age + (shift if gender == FEMALE else -shift) + 0.5, float(limits[0, 0])))
                mother = age if gender == MALE else mother
                place_in, sex_of = SPOUSE, FEMALE if gender == MALE else MALE
            else:
                age = min(int(child[0] * u ** child[1 + origin]), max(mother - limits[0, 0], 0))
                place_in, sex_of = CHILD, MALE if v < child[3] else FEMALE
        pid[k + m] = new_id(keys[1], year, origin_id, ordinal * 8 + m)
        born[k + m] = month - 12 * age - int(w * 12.0)
        sex[k + m], residence[k + m], relation[k + m] = sex_of, standing_of, place_in
        arrived[k + m] = max(since, born[k + m]) if since > 0 else 0
        present[k + m] = ALL_MONTHS & ~((1 << (month - opening)) - 1)
        member_of[k + m] = r


@nb.njit(cache=True)
def _cell(
    cell,
    year,
    opening,
    weight,
    keys,
    codes,
    wanted,
    from_abroad,
    units,
    status,
    ages,
    months,
    limits,
    male,
    gap,
    child,
    longest,
    fill,
    first_unit,
    first_person,
    unit_hid,
    unit_place,
    unit_size,
    pid,
    born,
    sex,
    residence,
    arrived,
    relation,
    present,
    member_of,
):
    """Count, or write, the arrivals of one municipality and nationality; see `arrive`."""
    town, foreign = cell // 2, cell % 2
    origin_id = np.int64(codes[town]) * 2 + foreign
    everybody, kept_units, kept, ordinal = 0, 0, 0, 0
    while everybody < wanted[cell]:
        hid = new_id(keys[0], year, origin_id, ordinal)
        unit, abroad, standing = _unit(keys[2], year, hid, foreign, from_abroad, units, status)
        n = min(PERSONS[unit], wanted[cell] - everybody)
        everybody += n
        if hid % weight == 0:
            if fill:
                _write_unit(
                    first_unit[cell] + kept_units,
                    first_person[cell] + kept,
                    n,
                    hid,
                    ordinal,
                    town,
                    foreign,
                    unit,
                    abroad,
                    standing,
                    origin_id,
                    year,
                    opening,
                    keys,
                    ages,
                    months,
                    limits,
                    male,
                    gap,
                    child,
                    longest,
                    unit_hid,
                    unit_place,
                    unit_size,
                    pid,
                    born,
                    sex,
                    residence,
                    arrived,
                    relation,
                    present,
                    member_of,
                )
            kept_units += 1
            kept += n
        ordinal += 1
    return kept_units, kept


@nb.njit(cache=True, parallel=True)
def arrive(
    year,
    opening,
    weight,
    keys,
    codes,
    wanted,
    from_abroad,
    units,
    status,
    ages,
    months,
    limits,
    male,
    gap,
    child,
    longest,
    fill,
    first_unit,
    first_person,
    counts,
    unit_hid,
    unit_place,
    unit_size,
    pid,
    born,
    sex,
    residence,
    arrived,
    relation,
    present,
    member_of,
):
    """Draw arriving households one after another until the persons wanted are there.

    Called twice: without `fill` it only counts, with it it writes. In a 1/N sample the same households
    are drawn, and those with an id divisible by N kept.

    keys        uint64[3]            household id, person id, draws
    codes       int64[places]        municipality codes
    wanted      int64[places * 2]    persons by municipality and nationality (Japanese, foreign)
    from_abroad float64[2]           share from abroad by nationality
    units       float64[2, 5]        cumulative kinds of households: from Japan, from abroad
    status      float64[2, 5]        cumulative residence status of foreign heads, likewise
    ages        float64[2, 107]      cumulative adult ages, likewise
    months      float64[2, 12]       cumulative months, likewise
    limits      int64[3, 2]          first and last age: one person, couples, parents
    male        float64[4]           men among heads: alone (Japanese, foreign), couples, lone parents
    gap         float64[2]           years a woman is younger, and standard deviation
    child       float64[4]           children: age limit, bend to small children by origin, share of boys
    longest     float64              longest earlier stay in Japan of foreign residents, years
    first_unit, first_person  int64[places * 2]  where a cell writes
    counts      int64[places * 2, 2] written: households and persons kept
    unit_*, pid … member_of          written if `fill`; member_of is the number of the unit
    """
    cells = wanted.size
    for c in nb.prange(cells):
        cell = c * 37 % cells
        counts[cell, 0], counts[cell, 1] = _cell(
            cell,
            year,
            opening,
            weight,
            keys,
            codes,
            wanted,
            from_abroad,
            units,
            status,
            ages,
            months,
            limits,
            male,
            gap,
            child,
            longest,
            fill,
            first_unit,
            first_person,
            unit_hid,
            unit_place,
            unit_size,
            pid,
            born,
            sex,
            residence,
            arrived,
            relation,
            present,
            member_of,
        )


@nb.njit(cache=True, parallel=True)
def count(start, size, place, residence, newcomer, leaving, partial):
    """Count people by municipality.

    newcomer  uint8[people]             0 lived here on 1 April, 1 newborn, 2 arrival of this year
    partial      int64[CHUNKS, places, 9]   written: residents on 1 April, of them foreign, births, deaths,
                 departures, arrivals, residents on 31 March, of them foreign, foreign births
    """
    homes = start.size
    for chunk in nb.prange(CHUNKS):
        for h in range(homes * chunk // CHUNKS, homes * (chunk + 1) // CHUNKS):
            p = place[h]
            settled, settled_foreign = 0, 0
            for i in range(start[h], start[h] + size[h]):
                foreign = residence[i] > JAPANESE
                kind, why = newcomer[i], leaving[i]
                if kind == 0 and why == STAYS:
                    settled += 1
                    settled_foreign += foreign
                    continue
                if kind == 0:
                    partial[chunk, p, 0] += 1
                    partial[chunk, p, 1] += foreign
                elif kind == 1:
                    partial[chunk, p, 2] += 1
                    partial[chunk, p, 8] += foreign
                else:
                    partial[chunk, p, 5] += 1
                if why == DIES:
                    partial[chunk, p, 3] += 1
                elif why != STAYS:
                    partial[chunk, p, 4] += 1
                else:
                    partial[chunk, p, 6] += 1
                    partial[chunk, p, 7] += foreign
            partial[chunk, p, 0] += settled
            partial[chunk, p, 1] += settled_foreign
            partial[chunk, p, 6] += settled
            partial[chunk, p, 7] += settled_foreign
