"""The steps of the demographic year; each adds to one plan, REPACK applies it, COUNT closes the books."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.core import rng
from sim.core.errors import BalanceError
from sim.core.kernel import spans, spread
from sim.core.step import Step, step
from sim.core.sums import whole
from sim.core.units import april
from sim.institutions.ledgers import DepartedClaims
from sim.institutions.world import World
from sim.mechanisms.demography import schedule, state
from sim.mechanisms.demography.arrive import write_arrivals
from sim.mechanisms.demography.be_born import be_born
from sim.mechanisms.demography.chances import ArrivalDraws, Arriving, BirthDraws, Draws, UnionDraws, arriving, rules
from sim.mechanisms.demography.count import count
from sim.mechanisms.demography.drawn import Same, drawn_before
from sim.mechanisms.demography.found import name_founded
from sim.mechanisms.demography.state import NATIONALITIES, Changes, Goals, Newcomer, Register
from sim.mechanisms.demography.unite import choose, join, meet
from sim.mechanisms.demography.year import live
from sim.parameters import Parameters
from sim.parameters.memo import once
from sim.population.codes import Leaving
from sim.population.households import Newcomers, Plan, Tables, Units, repack

_A_CELL = 1
"""rows a span of arrivals has at least: each is a municipality's nationality with thousands of people"""
_KEPT: dict[Same, tuple[Newcomers, Units]] = {}
"""arrivals of years of samples, by all they were drawn from; the oldest goes first"""
_MOST_KEPT = 64
"""years of arrivals that are kept: a few megabytes at one household in a hundred"""


def live_year(w: World, year: int, people: state.People, homes: state.Homes) -> None:
    """Let last year's leavers go; draw deaths, departures, moves, separations, leaving home, births of all others."""
    rows = homes.hid.size
    plan = Plan.of(people.pid.size, rows)
    living = int(np.count_nonzero(people.leaving == Leaving.STAYS))
    own = state.Lived.zeros(spans(rows), w.places)
    goals = Goals(plan.target, plan.new_place)
    spread(live, rows, homes, people, goals, rules(w.p, year), Draws.of(w, year), each=own)
    changes = w.ledger(Changes)
    changes.plan, changes.living = plan, living
    _put(w, year, state.Moves.merged(own.moved) * w.weight)


def unite_couples(w: World, year: int, people: state.Partners, homes: state.PartnersHomes) -> None:
    """Form the unions of the year: one for each slot in which a man and a woman meet."""
    plan = w.ledger(Changes).open_plan()
    slots = union_slots(w, year)
    total = int(slots.unions.sum())
    goals = Goals(plan.target, plan.new_place)
    seen: list[state.Offers] = []

    def room() -> state.Offers:
        seen.append(state.Offers.none(total))
        return seen[-1]

    spread(meet, homes.size.size, homes, people, goals, slots, UnionDraws.of(w, year), workspace=room)
    offers = seen[0]
    for others in seen[1:]:
        choose(offers, others, people.pid)
    follower, leader = np.empty(total, np.int32), np.empty(total, np.int32)
    unions = join(homes, people, plan.target, offers, follower, leader)
    plan.follower, plan.leader = follower[:unions], leader[:unions]


def union_slots(w: World, year: int) -> state.Slots:
    """Return the unions of the year by municipality and age class, expected ones rounded up or down by a draw."""
    expected = schedule.expected_unions(w.p, year).ravel() / w.weight
    key = w.key("demography.union_slots")
    noise = np.array([rng.uniform(key, year, cell) for cell in range(expected.size)])
    slots = np.floor(expected + noise).astype(np.int64)
    return state.Slots(slots, np.cumsum(slots) - slots)


def bear_children(w: World, year: int, people: state.Parents, homes: state.ParentsHomes) -> None:
    """Describe this year's newborn; they live where their mother lives."""
    mother = np.flatnonzero(people.gave_birth >= april(year)).astype(np.int32)
    children = state.Children(
        pid=np.empty(mother.size, np.int64),
        sex=np.empty(mother.size, np.int8),
        residence=np.empty(mother.size, np.int8),
        relation=np.empty(mother.size, np.int8),
        present=np.empty(mother.size, np.uint16),
        leaving=np.empty(mother.size, np.int8),
    )
    be_born(homes, people, BirthDraws.of(w, year), mother, children)
    columns = {**children._asdict(), "born": people.gave_birth[mother]}
    w.ledger(Changes).open_plan().newborns = Newcomers(mother, columns)


@once
def expect_arrivals(p: Parameters, year: int) -> NDArray[np.int64]:
    """Return the arrivals of a fiscal year in the full population, int64[places, 2]: Japanese, foreign.

    Fitted years are taken as they are; later years are the mean of the last two fitted years (of the one there is,
    where an information date knows no second) times the level of the nationality.
    """
    table = p.table("places.arrivals")
    cells = table.pivot(index=["fiscal_year", "code"], columns="nationality", values="persons")
    last = int(table["fiscal_year"].max())
    if year <= last:
        return cells.loc[year].loc[p.codes(), list(NATIONALITIES)].to_numpy(np.int64)
    before = last - 1 if (table["fiscal_year"] == last - 1).any() else last
    mean = (cells.loc[last] + cells.loc[before]).loc[p.codes(), list(NATIONALITIES)].to_numpy(float) / 2
    level = [p.value(f"demography.arrivals_level_{n}", year) for n in NATIONALITIES]
    return whole(mean * np.array(level))


def receive_arrivals(w: World, year: int) -> None:
    """Draw the households that arrive in the year."""
    plan = w.ledger(Changes).open_plan()
    plan.arrivals, plan.units = draw_arrivals(w, year, expect_arrivals(w.p, year), usual=_usual(w.p, year))


def _usual(p: Parameters, year: int) -> bool:
    """Return whether those who arrive are those of the register, whatever else a scenario or a study sets."""
    register = p.origin
    same = np.array_equal(expect_arrivals(register, year), expect_arrivals(p, year))
    return same and np.asarray(arriving(register, year)).tobytes() == np.asarray(arriving(p, year)).tobytes()


def draw_arrivals(w: World, year: int, persons: NDArray[np.int64], *, usual: bool = False) -> tuple[Newcomers, Units]:
    """Return the people and households that arrive, given int64[places, 2] persons by nationality; to be read only.

    usual  they are those of the register's own parameters, which the next command is likely to ask for

    A sample's are kept for the next runs that draw the same: nothing that the runs have lived through enters here, only
    seed, year and parameters, and everybody is drawn before the sample is taken.
    """
    who, draws, wanted = arriving(w.p, year), ArrivalDraws.of(w, year), np.ascontiguousarray(persons).ravel()
    if w.weight == 1:
        return _drawn(who, draws, wanted)

    def draw() -> tuple[Newcomers, Units]:
        return _drawn(who, draws, wanted)

    same = draws, wanted.tobytes(), np.asarray(who).tobytes()
    if same not in _KEPT:
        while len(_KEPT) >= _MOST_KEPT:
            _KEPT.pop(next(iter(_KEPT)), None)
        _KEPT[same] = drawn_before(same, draw, usual=usual)
    return _KEPT[same]


def _drawn(who: Arriving, draws: ArrivalDraws, wanted: NDArray[np.int64]) -> tuple[Newcomers, Units]:
    """Draw the people and households that arrive, given int64[cells] persons by municipality and nationality."""
    cells, first = wanted.size, np.cumsum(wanted) - wanted
    homes, people = _room(int(wanted.sum()))
    counted = state.Kept.zeros(spans(cells, _A_CELL), cells)
    spread(write_arrivals, cells, who, draws, wanted, first, homes, people, each=counted, least=_A_CELL)
    kept = state.Kept.merged(counted)
    (home, home_gap), (person, _) = (_written(first, rows) for rows in (kept.households, kept.persons))
    columns = {name: values[person] for name, values in people._asdict().items()}
    at = columns.pop("at") - np.repeat(home_gap, kept.persons).astype(np.int32)
    return Newcomers(at, columns), Units(**{name: values[home] for name, values in homes._asdict().items()})


def _written(first: NDArray[np.int64], rows: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the rows written, of cells that begin at `first`, and by how much each cell moves up without the rest."""
    gap = first - (np.cumsum(rows) - rows)
    return np.arange(rows.sum()) + np.repeat(gap, rows), gap


def _room(rows: int) -> tuple[state.ArrivingHomes, state.ArrivingPeople]:
    """Return room for so many persons and as many households; what is not written takes no memory."""
    return (
        state.ArrivingHomes(
            hid=np.empty(rows, np.int64), place=np.empty(rows, np.uint8), size=np.empty(rows, np.int16)
        ),
        state.ArrivingPeople(
            pid=np.empty(rows, np.int64),
            born=np.empty(rows, np.int16),
            sex=np.empty(rows, np.int8),
            residence=np.empty(rows, np.int8),
            arrived=np.empty(rows, np.int16),
            relation=np.empty(rows, np.int8),
            present=np.empty(rows, np.uint16),
            at=np.empty(rows, np.int32),
        ),
    )


def rebuild_tables(w: World, year: int, tables: Tables) -> None:
    """Apply the plan: rebuild both tables, hand the claims of vanished and moved households to `DepartedClaims`."""
    changes = w.ledger(Changes)
    plan, changes.plan = changes.open_plan(), None
    founders = plan.founders()
    ids = np.empty(founders.size, np.int64)
    name_founded(w.key("demography.founder"), year, tables.people.pid, founders, ids)
    expected = changes.living + plan.newborns.rows + plan.arrivals.rows
    adult_age = int(w.p.value("demography.adult_age", year))
    departed = w.ledger(DepartedClaims).yen
    changes.repacked = repack(tables, plan, ids, april(year), adult_age, w.weight, departed)
    if tables.people.rows != expected:
        raise BalanceError(f"repack of {year}: {expected:,} people planned, {tables.people.rows:,} rows made")


def count_residents(w: World, year: int, people: state.Residents, homes: state.ResidentsHomes) -> None:
    """Count the year's people by municipality and check that nobody is lost."""
    changes = w.ledger(Changes)
    new, changes.repacked, changes.living = changes.repacked, None, 0
    newcomer = np.zeros(people.leaving.size, np.uint8)
    if new is not None:
        newcomer[new.newborns], newcomer[new.arrivals] = Newcomer.BORN, Newcomer.ARRIVED
    rows = homes.size.size
    register = Register.zeros(spans(rows), w.places)
    spread(count, rows, homes, people, newcomer, each=register)
    counted = Register.merged(register) * w.weight
    _put(w, year, counted)
    check(w, year, counted)


def _put(w: World, year: int, counted: state.Moves | Register) -> None:
    """Put sums by municipality as facts of their names."""
    for name in counted.fields():
        w.memory.put(year, name, np.ascontiguousarray(getattr(counted, name)))


def check(w: World, year: int, f: Register) -> None:
    """Raise BalanceError unless residents + births + arrivals − deaths − departures = residents at the end."""
    end = f.residents + f.births + f.arrivals - f.deaths - f.departures
    if np.any(end != f.residents_end):
        place = int(np.flatnonzero(end != f.residents_end)[0])
        found = f.residents_end[place]
        raise BalanceError(f"people of {year} at place {place}: {end[place]:,} expected, {found:,} found")
    if w.memory.knows(year - 1, "residents_end"):
        before, now = int(w.memory.own(year - 1, "residents_end").sum()), int(f.residents.sum())
        if before != now:
            raise BalanceError(f"people on 1 April {year}: {before:,} expected from the year before, {now:,} found")


LIVE = step("demography.live", live_year, also_writes=("people.residence",))
UNITE = step("demography.unite", unite_couples, also_writes=("people.relation",))
BEAR = step("demography.bear", bear_children)
ARRIVE = step("demography.arrive", receive_arrivals)
REPACK = step("demography.repack", rebuild_tables, rebuilds=True)
COUNT = step("demography.count", count_residents)
DEMOGRAPHY: tuple[Step, ...] = (LIVE, UNITE, BEAR, ARRIVE, REPACK, COUNT)
