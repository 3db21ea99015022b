"""The steps of enrolment: INSURE (work and insurance of the year) and EARN (its incomes)."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.core import rng
from sim.core.errors import BalanceError
from sim.core.step import Step
from sim.core.units import april, era
from sim.institutions.world import World
from sim.mechanisms.enrolment.chances import Keys, as_record, chances, growth, levels
from sim.mechanisms.enrolment.chunks import CHUNKS, in_chunks
from sim.mechanisms.enrolment.kernels import CAUSES, Homes, People, live
from sim.mechanisms.enrolment.kernels_count import FACTS, Masks, count
from sim.mechanisms.enrolment.kernels_income import Earners, earn

TURN = "enrolment.turn"
"""Ledger: members (persons, by cause) who left the register at the end of March of the year before."""
EARNED = "enrolment.earned"
"""Ledger: number of years whose incomes were drawn here."""


def insure(c: Any, w: World, year: int) -> None:
    """Live the year: work, scheme, months insured; then the facts and the flows by cause."""
    gone = w.ledgers.get(TURN, np.zeros((w.places, len(CAUSES)), np.int64))
    members, flows, turn = _live(c, w, year)
    facts = _count(c, w, year)
    flows[:, 1] += gone
    _check(w, year, members + gone.sum(axis=1), flows, facts)
    for name, value in zip(FACTS, facts, strict=True):
        w.memory.put(year, name, value)
    w.ledgers[TURN] = turn
    w.record("flows", _flow_rows(w, year, members + gone.sum(axis=1), flows))


def _live(c: Any, w: World, year: int) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Run the kernel; return the members of the March before who are still on the register int64[places], the
    flows int64[places, 2, causes] and the members who leave the register at the end of this March
    int64[places, causes]."""
    members = np.zeros((CHUNKS, w.places), np.int64)
    flows = np.zeros((CHUNKS, w.places, 2, len(CAUSES)), np.int64)
    turn = np.zeros((CHUNKS, w.places, len(CAUSES)), np.int64)
    if c.households.rows:
        people = People(*(getattr(c.people, name) for name in People._fields))
        homes = Homes(*(getattr(c.households, name) for name in Homes._fields))
        keys = Keys(*(w.key(f"enrolment.{name}") for name in Keys._fields))
        numbers = (as_record(chances(w.p, year)), as_record(levels(w.p, year - 1)), as_record(keys))
        rest = (people, homes, *numbers, year, april(year), int(homes.size.max()))

        def run(chunk: int, low: int, high: int) -> None:
            live(low, high, *rest, members[chunk], flows[chunk], turn[chunk])

        in_chunks(run, c.households.rows)
    return members.sum(axis=0) * w.weight, flows.sum(axis=0) * w.weight, turn.sum(axis=0) * w.weight


def _count(c: Any, w: World, year: int) -> NDArray[np.int64]:
    """Return the facts, int64[facts, places], in persons and months."""
    out = np.zeros((CHUNKS, len(FACTS), w.places), np.int64)
    if c.households.rows:
        p, h = c.people, c.households
        masks = Masks(p.born, p.residence, p.insured_months, h.place, h.start, h.size)
        in_chunks(lambda k, low, high: count(low, high, masks, april(year), out[k]), c.households.rows)
    return out.sum(axis=0) * w.weight


def _check(w: World, year: int, opening: NDArray[np.int64], flows: NDArray[np.int64], facts: NDArray[np.int64]) -> None:
    """Members in March = members the March before + joins - leaves, to the person: in every municipality from its
    opening members on, in Tokyo from the March before."""
    end = facts[FACTS.index("members_end")]
    if w.memory.knows(year - 1, "members_end"):
        past, now = int(w.memory.get(year - 1, "members_end").sum()), int(opening.sum())
        if past != now:
            raise BalanceError(f"{era(year)}: {now:,} members come out of a March with {past:,} members")
    reached = opening + flows[:, 0].sum(axis=1) - flows[:, 1].sum(axis=1)
    if np.any(reached != end):
        at = int(np.flatnonzero(reached != end)[0])
        raise BalanceError(
            f"{era(year)}, place {at}: members {opening[at]:,} and the flows make {reached[at]:,}, not {end[at]:,}"
        )


def _flow_rows(w: World, year: int, opening: NDArray[np.int64], flows: NDArray[np.int64]) -> pd.DataFrame:
    """Return the table of flows by municipality and cause; directions in and out, causes without persons left out.

    `tokyo` is the net of members who moved between municipalities of Tokyo on 1 April.
    """
    codes = np.array(w.p.codes())
    place, direction, cause = np.nonzero(flows)
    rows = {
        "year": year,
        "code": codes[place],
        "cause": np.array(CAUSES)[cause],
        "direction": np.array(("in", "out"))[direction],
        "persons": flows[place, direction, cause],
    }
    frame = pd.DataFrame(rows)
    if not w.memory.knows(year - 1, "members_end"):
        return frame
    net = opening - w.memory.get(year - 1, "members_end")
    at = np.flatnonzero(net)
    moved = {
        "year": year,
        "code": codes[at],
        "cause": "tokyo",
        "direction": np.where(net[at] > 0, "in", "out"),
        "persons": np.abs(net[at]),
    }
    return pd.concat([frame, pd.DataFrame(moved)], ignore_index=True)


def draw_incomes(c: Any, w: World, year: int) -> None:
    """Replace the incomes of calendar year `year` - 1 by those of calendar year `year`.

    The luck in the first incomes is that of the population's own draw.
    """
    years = int(w.ledgers.get(EARNED, np.zeros(1, np.int64))[0])
    if c.people.rows:
        people = Earners(*(getattr(c.people, name) for name in Earners._fields))
        luck = w.key("enrolment.luck")
        before = (rng.key(w.seed, 0, "population.income"), year) if years == 0 else (luck, year - 1)
        numbers = (as_record(levels(w.p, year)), as_record(growth(w.p, year, years)))
        keys = (w.key("enrolment.pay"), luck, before[0], w.key("enrolment.pension"))
        rest = (c.households.place, *numbers, *keys, year, before[1], april(year) - 3)
        in_chunks(lambda _, low, high: earn(low, high, people, *rest), c.people.rows)
    w.ledgers[EARNED] = np.array([years + 1], np.int64)


_LIVED = (
    "work",
    "firm_size",
    "ability",
    "salary",
    "pension",
    "business",
    "declared",
    "income_drop",
    "job_loss",
    "scheme",
    "scheme_since",
    "insured_months",
    "former_dependant",
)
_EARNED = ("work", "ability", "salary", "pension", "business", "other_income", "declared")

INSURE = Step(
    "enrolment.insure",
    reads=tuple(f"people.{n}" for n in People._fields if n not in _LIVED)
    + tuple(f"households.{n}" for n in Homes._fields if n != "former_member"),
    writes=(*(f"people.{n}" for n in _LIVED), "households.former_member"),
    run=insure,
)
EARN = Step(
    "enrolment.earn",
    reads=(*(f"people.{n}" for n in Earners._fields if n not in _EARNED), "households.place"),
    writes=tuple(f"people.{n}" for n in _EARNED),
    run=draw_incomes,
)
