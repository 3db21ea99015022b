"""The steps of enrolment: INSURE (work and insurance of the year) and EARN (its incomes); balances, facts, tables."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.core import rng
from sim.core.errors import BalanceError
from sim.core.kernel import spans, spread
from sim.core.step import step
from sim.core.units import april, era
from sim.institutions.world import World
from sim.mechanisms.enrolment import tables
from sim.mechanisms.enrolment.chances import Draws, rules
from sim.mechanisms.enrolment.count import count
from sim.mechanisms.enrolment.earn import EarnDraws, earn
from sim.mechanisms.enrolment.law import Ages
from sim.mechanisms.enrolment.levels import growth, levels
from sim.mechanisms.enrolment.state import CAUSES, Addresses, Earners, Facts, Flows, Homes, Members, People, Span, lists
from sim.mechanisms.enrolment.year import live

_JANUARY = 3
"""months from January to April"""


@dataclass
class Turned:
    """Members who left the register at the end of March of the year before, int64[places, causes], in persons."""

    members: NDArray[np.int64]

    @classmethod
    def opened(cls, w: World) -> Turned:
        """Return the ledger before the first year."""
        return cls(np.zeros((w.places, len(CAUSES)), np.int64))


@dataclass
class Earned:
    """Number of years whose incomes were drawn in this run."""

    years: int = 0


def insure(w: World, year: int, people: People, homes: Homes) -> None:
    """Live the year: work, scheme, months insured; then the facts and the flows by cause."""
    known = w.ledger(Turned)
    members, flows = live_year(w, year, people, homes)
    facts = count_facts(w, year, people, homes)
    flows.left[:] += known.members
    opening = members.opening + known.members.sum(axis=1)
    check(w, year, opening, flows, facts.members_end)
    for name in Facts.fields():
        w.memory.put(year, name, np.ascontiguousarray(getattr(facts, name)))
    known.members = np.ascontiguousarray(flows.turned)
    w.record(tables.FLOWS, lambda: tables.flows(w, year, opening, flows))


def live_year(w: World, year: int, people: People, homes: Homes) -> tuple[Members, Flows]:
    """Run the kernel; return the members of the March before who are still on the register, and the flows."""
    rows = homes.hid.size
    own = Span.zeros(rows, w.places, int(homes.size.max(initial=1)))
    spread(live, rows, homes, people, rules(w.p, year), Draws.of(w, year, april(year)), each=own)
    return Members.merged(own.members) * w.weight, Flows.merged(own.flows) * w.weight


def count_facts(w: World, year: int, people: People, homes: Homes) -> Facts:
    """Return the facts of the year by municipality, in persons, households and months."""
    sums = Facts.zeros(spans(homes.hid.size), w.places)
    spread(count, homes.hid.size, homes, people, Ages.of(w.p, year), april(year), each=sums)
    return Facts.merged(sums) * w.weight


def check(w: World, year: int, opening: NDArray[np.int64], flows: Flows, end: NDArray[np.int64]) -> None:
    """Members in March = members the March before + joins - leaves, to the person: in every municipality from its
    opening members on, in the prefecture from the March before."""
    if w.memory.knows(year - 1, "members_end"):
        past, now = int(w.memory.own(year - 1, "members_end").sum()), int(opening.sum())
        if past != now:
            raise BalanceError(f"{era(year)}: {now:,} members come out of a March with {past:,} members")
    reached = opening + flows.joined.sum(axis=1) - flows.left.sum(axis=1)
    if np.any(reached != end):
        at = int(np.flatnonzero(reached != end)[0])
        raise BalanceError(
            f"{era(year)}, place {at}: members {opening[at]:,} and the flows make {reached[at]:,}, not {end[at]:,}"
        )


def draw_incomes(w: World, year: int, people: Earners, homes: Addresses) -> None:
    """Replace the incomes of calendar year `year` - 1 by those of calendar year `year`.

    The noise in the first incomes is that of the population's own draw.
    """
    known = w.ledger(Earned)
    noise = w.key("enrolment.luck")
    before = (noise, year - 1) if known.years else (rng.key(w.seed, 0, "population.income"), year)
    draws = EarnDraws(
        year=year,
        january=april(year) - _JANUARY,
        pay=w.key("enrolment.pay"),
        noise=noise,
        noise_before=before[0],
        year_before=before[1],
        pension=w.key("enrolment.pension"),
    )
    how = levels(w.p, year), growth(w.p, year, known.years)
    rows = people.pid.size
    spread(earn, rows, people, homes.place, *how, draws, each=lists(rows))
    known.years += 1


INSURE = step("enrolment.insure", insure)
EARN = step("enrolment.earn", draw_incomes)
