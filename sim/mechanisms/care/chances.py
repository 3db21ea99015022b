"""How often care comes and what it costs: records by name of `cost.*`, and everything a year of care depends on."""

from __future__ import annotations

from statistics import NormalDist
from typing import Annotated, NamedTuple

import numpy as np

from sim.core.record import Floats, Ints, Record, made, pack
from sim.core.units import april
from sim.institutions.world import World
from sim.mechanisms.care.law import law
from sim.mechanisms.care.profile import Cells, profile
from sim.mechanisms.care.scales import START, towns
from sim.mechanisms.care.state import ADMISSION_STEPS, ADMISSION_ZERO
from sim.parameters import Parameters
from sim.parameters.memo import once


class Shape(Record, domain="cost"):
    """The distribution of need and cost, the same in all years; see `behaviour/cost.yaml`.

    permanent, passing, yearly  weights of the need for care, roots of the shares of its variance
    innovation                  weight of the year's shock in passing illness
    receipt_mu                  log of the median inpatient receipt; tail_from, yen from which receipts follow Pareto
    admission_most              by step of the need, what the stays of a need of 0 are multiplied by at most
    """

    persistence: float
    visit_slope: float
    routine_sigma: float
    admission_slope: float
    stay_months: Floats
    stay_goes_on: float
    receipt_sigma: float
    receipt_tail: float
    receipt_alpha: float
    receipt_most: float
    chronic_cost: float
    chronic_sigma: float
    dialysis_share: float
    long_stay_cost: float
    long_stay_sigma: float
    terminal_months: Ints
    terminal_sigma: float
    foreign: float
    permanent: Annotated[float, made]
    passing: Annotated[float, made]
    yearly: Annotated[float, made]
    innovation: Annotated[float, made]
    receipt_mu: Annotated[float, made]
    tail_from: Annotated[float, made]
    admission_most: Annotated[Floats, made]


class Chances(Record, domain="cost"):
    """What else holds in a fiscal year."""

    main_provider: float
    declares_when_ill: float
    checkup_age: int
    special_care_use: float
    checkup_effect: float
    guidance_due: float
    guidance_effect: float
    integrated_age: int
    integrated_effect: float


class Draws(NamedTuple):
    """Which draws a year of care takes, and month index of April; the keys are of the draws of their names."""

    year: int
    opening: int
    need: np.uint64
    health: np.uint64
    visits: np.uint64
    hospital: np.uint64
    declares: np.uint64
    checkup: np.uint64

    @classmethod
    def of(cls, w: World, year: int) -> Draws:
        """Return the draws of a fiscal year."""
        return cls(
            year=year,
            opening=april(year),
            need=w.key("cost.need"),
            health=w.key("cost.health"),
            visits=w.key("cost.visits"),
            hospital=w.key("cost.hospital"),
            declares=w.key("cost.declares"),
            checkup=w.key("cost.checkup"),
        )


def shape(p: Parameters) -> Shape:
    """Return the shape of the years from R4 on."""

    def value(name: str) -> float:
        return float(p.value(f"cost.{name}", START))

    permanent, passing = value("weight_permanent"), value("weight_passing")
    whole = max(1.0, permanent + passing)  # parts of one variance
    permanent, passing = permanent / whole, passing / whole
    line = float(p.value("care.receipt_line_high", START))
    return Shape.of(
        p,
        START,
        permanent=permanent**0.5,
        passing=passing**0.5,
        yearly=max(0.0, 1 - permanent - passing) ** 0.5,
        innovation=(1 - value("persistence") ** 2) ** 0.5,
        receipt_mu=float(np.log(line) - value("receipt_sigma") * NormalDist().inv_cdf(1 - value("receipt_tail"))),
        tail_from=line,
        admission_most=admission_most(value("admission_slope")),
    )


def admission_most(slope: float) -> Floats:
    """Return bounds on exp(slope x need) by step of the need: the highest of it and the steps beside it, and a little.

    Needs are rounded towards 0. The first and the last step hold all needs beyond: no bound.
    """
    ends = (np.arange(2 * ADMISSION_ZERO + 1) - ADMISSION_ZERO)[:, None] + np.array([-1, 1])
    bounds = np.exp(slope * ends / ADMISSION_STEPS).max(axis=1) * (1 + 1e-6)
    bounds[[0, -1]] = np.inf
    return bounds


@once
def rules(p: Parameters, year: int) -> np.record:
    """Return everything a year of care depends on beside columns and draws, as one record of records.

    law, ceilings_under, ceilings_old, salary_deduction, pension_deduction  see law.law
    chances, care_shape  Chances and Shape
    cells           by age and sex, profile.CELL[75, 2]
    towns           by municipality, scales.Towns[places]
    One record, since the small functions of the kernel pass it on by its address.
    """
    form, cells = _solve(p)
    return pack(
        {**law(p, year), "chances": Chances.of(p, year), "care_shape": form, "cells": cells, "towns": towns(p, year)}
    )


def _solve(p: Parameters) -> tuple[Shape, Cells]:
    """Return shape and profile, solved once for a set of parameters; they do not depend on the year."""
    used = tuple(repr(p.value(k, START)) for k in p.passports if k.startswith("cost.") or k == "care.receipt_line_high")
    if used not in _solved:
        _solved.clear()
        form = shape(p)
        _solved[used] = (form, profile(p, form))
    return _solved[used]


_solved: dict[tuple[str, ...], tuple[Shape, Cells]] = {}
