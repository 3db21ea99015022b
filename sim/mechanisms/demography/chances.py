"""What may happen to people in a fiscal year: records by name of `demography.*`, of everybody and by municipality."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, NamedTuple

import numpy as np

from sim.core.record import Floats, Ints, Places, Record, made
from sim.core.units import april
from sim.institutions.world import World
from sim.mechanisms.demography import schedule
from sim.mechanisms.demography.state import Company
from sim.parameters import Parameters
from sim.parameters.memo import once
from sim.population.codes import Residence

_SLACK = 1e-9
"""what a product may be off by where its factors come in another order"""


class Chances(Record, domain="demography"):
    """What holds in every municipality; see `behaviour/demography.yaml`. Ages are on 1 April.

    death        float64[2 nationalities, 2 sexes, ages]  probability of death within twelve months
    birth        float64[2 nationalities, 2, ages]        births per woman; second axis without, with partner
    departure    float64[4, ages]      household leaves for another prefecture, by Company and age of the head
    move         float64[4, ages]      household moves to another municipality of the prefecture, likewise
    leave_home   float64[ages]         a child leaves the parents' home
    leave_for    float64[2]            of those: to other prefectures; to these or to other municipalities
    inward       float64[places + 1]   cumulative in-moves from other municipalities of the prefecture
    months       float64[2, 12]        cumulative shares of months: moves in Japan, moves to and from abroad
    """

    adult_age: int
    small_child_age: int
    birth_interval: int
    separation_rate: float
    separation_last_age: int
    separation_man_leaves: float
    separation_man_leaves_childless: float
    abroad_rate: Floats
    renewal_due: Floats
    renewal_refused: float
    status_change_rate: Floats
    death: Annotated[Floats, made]
    birth: Annotated[Floats, made]
    departure: Annotated[Floats, made]
    move: Annotated[Floats, made]
    leave_home: Annotated[Floats, made]
    leave_for: Annotated[Floats, made]
    inward: Annotated[Floats, made]
    months: Annotated[Floats, made]


class Towns(Record, domain="demography", by_place=True):
    """What a municipality has on top of these chances: fitted factors, in the order of schedule.FACTORS.

    linked  share of the year in which the immigration agency sees its arrears (payment.immigration_link)
    """

    births: Annotated[float, made]
    deaths: Annotated[float, made]
    departures: Annotated[float, made]
    moves: Annotated[float, made]
    linked: Annotated[float, made]


class Arriving(Record, domain="demography"):
    """Who arrives. The first axis of what is made is where from: other prefectures, abroad.

    units   float64[2, 5]         cumulative kinds of households (Unit)
    status  float64[2, 5]         cumulative residence status of foreign heads, from PERMANENT on
    ages    float64[2, AGES + 1]  cumulative adult ages, from 0 on
    months  float64[2, 12]        cumulative months
    codes   int64[places]         codes of the municipalities
    """

    arrivals_from_abroad: Floats
    arrival_ages: Ints
    arrival_male: Floats
    arrival_children: Floats
    arrival_years_in_japan: float
    partner_age_gap: Floats
    birth_male: float
    units: Annotated[Floats, made]
    status: Annotated[Floats, made]
    ages: Annotated[Floats, made]
    months: Annotated[Floats, made]
    codes: Annotated[Ints, made]


class Most(NamedTuple):
    """What no chance is higher than.

    death            float64[2 nationalities, 2 sexes, ages]  in any municipality and month of an age
    birth            float64[2 nationalities, ages]  in any municipality, with or without a partner
    departure, move  float64[2, ages]  as in Chances, of a household of one, and of any other one
    abroad           of Japanese and permanent residents
    """

    death: Floats
    birth: Floats
    departure: Floats
    move: Floats
    abroad: float


class Rules(NamedTuple):
    """Everything a household's year depends on beside its columns."""

    chances: Chances
    towns: Places[Towns]
    most: Most


class Draws(NamedTuple):
    """The draws of the people's year: fiscal year, month index of its April, a key for each thing that is drawn."""

    year: int
    opening: int
    household: np.uint64
    person: np.uint64
    birth: np.uint64
    status: np.uint64
    renewal: np.uint64

    @classmethod
    def of(cls, w: World, year: int) -> Draws:
        """Return the draws of a fiscal year."""
        keys = (w.key(f"demography.{name}") for name in ("household", "person", "birth", "status", "renewal"))
        return cls(year, april(year), *keys)


class UnionDraws(NamedTuple):
    """The draws of unions; `gap` is by how many years a man is older than the class of women he meets."""

    year: int
    opening: int
    key: np.uint64
    gap: int

    @classmethod
    def of(cls, w: World, year: int) -> UnionDraws:
        """Return the draws of a fiscal year."""
        return cls(year, april(year), w.key("demography.union"), int(w.p.value("demography.union_age_gap", year)))


class BirthDraws(NamedTuple):
    """The draws of the newborn; `male` is the share of boys."""

    year: int
    opening: int
    newborn: np.uint64
    sex: np.uint64
    male: float

    @classmethod
    def of(cls, w: World, year: int) -> BirthDraws:
        """Return the draws of a fiscal year."""
        keys = w.key("demography.newborn"), w.key("demography.newborn_sex")
        return cls(year, april(year), *keys, float(w.p.value("demography.birth_male", year)))


class ArrivalDraws(NamedTuple):
    """The draws of arrivals; the sample keeps the households whose id `weight` divides."""

    year: int
    opening: int
    weight: int
    household: np.uint64
    person: np.uint64
    arrival: np.uint64

    @classmethod
    def of(cls, w: World, year: int) -> ArrivalDraws:
        """Return the draws of a fiscal year."""
        keys = (w.key(f"demography.{name}") for name in ("arriving_household", "arriving_person", "arrival"))
        return cls(year, april(year), w.weight, *keys)


@once
def rules(p: Parameters, year: int) -> Rules:
    """Return the chances of a fiscal year."""
    near, elsewhere, away = p.value("demography.leaving_home_destination", year)
    chances = Chances.of(
        p,
        year,
        death=schedule.deaths(p, year),
        birth=schedule.births(p, year),
        departure=schedule.departures(p, year),
        move=schedule.moves(p, year),
        leave_home=schedule.leave_home(p, year),
        leave_for=np.array([away, away + elsewhere]) / (near + elsewhere + away),
        inward=schedule.inward(p),
        months=schedule.months(p, year),
    )
    factors = dict(zip(schedule.FACTORS, schedule.factors(p), strict=True))
    linked = p.by_place("payment.immigration_link", year).astype(np.float64)
    return Rules(chances, Towns.each(p, year, linked=linked, **factors), most_chances(chances, factors))


def most_chances(c: Chances, factors: Mapping[str, Floats]) -> Most:
    """Return bounds on the chances of a year, given the factors of the municipalities by name."""
    slack = 1 + _SLACK
    older = np.concatenate([c.death[..., 1:], c.death[..., -1:]], axis=-1)
    return Most(
        death=np.maximum(c.death, older) * (factors["deaths"].max() * slack),
        birth=c.birth.max(axis=1) * (factors["births"].max() * slack),
        departure=_shared(c.departure) * slack,
        move=_shared(c.move) * slack,
        abroad=float(c.abroad_rate[: Residence.PERMANENT + 1].max() * slack),
    )


def _shared(rate: Floats) -> Floats:
    """Return a rate by Company of those who live alone, and the highest of all others, float64[2, ages]."""
    return np.stack([rate[Company.ALONE], np.delete(rate, Company.ALONE, axis=0).max(axis=0)])


@once
def arriving(p: Parameters, year: int) -> Arriving:
    """Return who arrives in a fiscal year."""

    def by_origin(domestic: str, abroad: str) -> Floats:
        return np.stack([schedule.cumulative(p.value(f"demography.{n}", year)) for n in (domestic, abroad)])

    return Arriving.of(
        p,
        year,
        units=by_origin("arrival_units", "arrival_units_abroad"),
        status=by_origin("arrival_status_domestic", "arrival_status_abroad"),
        ages=schedule.arrival_ages(p, year),
        months=schedule.months(p, year),
        codes=np.array(p.codes(), np.int64),
    )
