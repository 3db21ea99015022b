"""What a member of an age and sex costs in the middle: the constants of the kernel, solved from the parameters.

The register gives means, shares and spreads; the kernel needs rates and scales. Expectations over the need for
care (standard normal) are sums over a fine grid, so that the mean by age comes out exactly, whatever the spreads.
"""

from __future__ import annotations

from collections.abc import Callable
from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np

from sim.core.record import Floats
from sim.core.roots import root
from sim.core.sums import last_axis, total
from sim.mechanisms.care.state import AGES, GROUP_YEARS, GROUPS, LONG_FROM
from sim.parameters import Parameters
from sim.parameters.memo import once

if TYPE_CHECKING:
    from sim.mechanisms.care.chances import Shape

START = 2022
"""Fiscal year of the national cost by age (R4), whose parameters give the shape of cost in all years."""

_NOBODY = 99.0
"""a standard normal value beyond everybody's"""
_NORMAL = NormalDist()
_NEED = np.linspace(-7.0, 7.0, 561)
_WEIGHT = np.exp(-(_NEED**2) / 2) / total(np.exp(-(_NEED**2) / 2))


_CONSTANTS = ("average", "visit", "routine", "admission", "terminal", "stay_z", "drugs", "dental")
CELL = np.dtype([(name, np.float64) for name in _CONSTANTS])
"""Constants of one age and sex, Japanese, yen at the national cost of R4: mean cost of a year; log-odds of care in a
month, yen of a month with care and hospital stays per year, all at a need of 0; yen of a month of last illness;
permanent health above which a member is in hospital all year; shares of drugs and of dental care in routine care."""
Cells = np.recarray[tuple[int, ...], np.dtype[np.record]]
"""CELL by age and sex"""


@once
def national_cost(p: Parameters) -> Floats:
    """Return the national cost per member of R4 by five-year age, yen, float64[15]."""
    t = p.table("people.cost_by_age")
    t = t[(t["population"] == "national municipal NHI") & (t["indicator"] == "cost_per_insured") & (t["year"] == "R4")]
    return t.set_index("age")["value"].loc[[group_name(g) for g in range(GROUPS)]].to_numpy(np.float64)


def group_name(group: int) -> str:
    return f"{GROUP_YEARS * group}-{GROUP_YEARS * group + GROUP_YEARS - 1}"


def single_ages(groups: Floats) -> Floats:
    """Return values by single age, float64[75], smooth between five-year groups, with the mean of each group kept."""
    middle = np.arange(GROUPS) * GROUP_YEARS + 2.0
    ages = np.arange(AGES, dtype=np.float64)
    smooth = np.interp(ages, middle, groups)
    smooth[:3] = groups[0]
    smooth[-2:] = groups[-1] + (groups[-1] - groups[-2]) / GROUP_YEARS * np.array([1.0, 2.0])
    return smooth * np.repeat(groups / smooth.reshape(GROUPS, GROUP_YEARS).mean(axis=1), GROUP_YEARS)


@once
def mean_cost(p: Parameters) -> Floats:
    """Return the mean cost of Japanese members of R4 by single age and sex, yen, float64[75, 2].

    The published mean of an age is over Japanese and foreign members of the nation.
    """
    cheaper = (1 - float(p.value("cost.foreign", START))) * _groups(p, "cost.foreign_share")
    both = single_ages(national_cost(p) / (1 - cheaper))
    ratio = np.repeat(_male_to_female(p), GROUP_YEARS)
    men = float(p.value("cost.male_share", START))
    female = both / (men * ratio + 1 - men)
    return np.stack([female * ratio, female], axis=1)


def _male_to_female(p: Parameters) -> Floats:
    t = p.table("people.cost_by_age")
    t = t[t["indicator"] == "male/female cost ratio"]
    out = np.ones(GROUPS)
    for band, ratio in zip(t["age"], t["value"], strict=True):
        low, high = (int(x) for x in band.split("-"))
        out[low // GROUP_YEARS : high // GROUP_YEARS + 1] = ratio
    return out


@once
def _inpatient_share(p: Parameters) -> Floats:
    """Return the share of inpatient care in all cost by five-year age, float64[15]."""
    t = p.table("people.cost_by_type")
    share = t[t["indicator"] == "inpatient_share_of_medical"].set_index("age")["value"]
    medical = 1 - _groups(p, "cost.drug_share") - _groups(p, "cost.dental_share")
    return share.loc[[group_name(g) for g in range(GROUPS)]].to_numpy(np.float64) * medical


def _groups(p: Parameters, key: str) -> Floats:
    return np.asarray(p.value(key, START), np.float64)


@once
def _dying(p: Parameters) -> Floats:
    """Return the probability of death within a year by age and sex, life table of R5, float64[75, 2]."""
    t = p.table("people.mortality")
    return np.stack(
        [
            t[t["sex"] == sex].set_index("age")["qx"].loc[list(range(AGES))].to_numpy(np.float64)
            for sex in ("male", "female")
        ],
        axis=1,
    )


def profile(p: Parameters, s: Shape) -> Cells:
    """Return the constants by age and sex that give the published means, records [75, 2] of CELL.

    The last illness of the dying is inpatient care too; a part of the inpatient share of an
    age (ordinary_inpatient) stays with other stays.
    """
    mean, dying = mean_cost(p), _dying(p)
    death, least = (float(p.value(f"cost.{name}", START)) for name in ("death", "ordinary_inpatient"))
    ordinary = mean / (1 + dying * (death - 0.5))
    inpatient = np.repeat(_inpatient_share(p), GROUP_YEARS)[:, None] * mean
    inpatient = np.maximum(inpatient - (mean - ordinary), least * inpatient)
    chronic, stays = (np.repeat(_groups(p, f"cost.{k}_share"), GROUP_YEARS)[:, None] for k in ("chronic", "long_stay"))
    visit = np.repeat(_visit(_groups(p, "cost.zero_share"), s.visit_slope), GROUP_YEARS)[:, None] * np.ones(2)
    months = 12 * _mean(lambda z: _chance(visit[..., None], s, z) * np.exp(s.routine_sigma * z))
    stay_months = np.maximum(inpatient - 12 * stays * s.long_stay_cost, 0.0) / _receipt_mean(s)
    drugs, dental = (_groups(p, f"cost.{k}_share") / (1 - _inpatient_share(p)) for k in ("drug", "dental"))
    cells = np.recarray((AGES, 2), CELL)
    cells.average = mean
    cells.visit = visit
    cells.routine = np.maximum(ordinary - inpatient - 12 * chronic * s.chronic_cost, 0.0) / months
    cells.admission = _admission(stay_months / _stay_length(s), s.admission_slope)
    cells.terminal = (death - 0.5) * ordinary / _terminal_months(s)
    cells.stay_z = _beyond(np.repeat(_groups(p, "cost.long_stay_share"), GROUP_YEARS))[:, None]
    cells.drugs = np.repeat(drugs, GROUP_YEARS)[:, None]
    cells.dental = np.repeat(dental, GROUP_YEARS)[:, None]
    return cells


def chronic_z(p: Parameters, avoided: Floats) -> Floats:
    """Return the permanent health above which there is expensive chronic care, float64[places, 75].

    avoided  float64[places], share of such care that prevention avoids
    """
    stays, chronic = (np.repeat(_groups(p, f"cost.{k}_share"), GROUP_YEARS) for k in ("long_stay", "chronic"))
    return _beyond(stays[None, :] + chronic[None, :] * (1 - avoided[:, None]))


def _beyond(share: Floats) -> Floats:
    """Return the standard normal value that a share of people exceed; that of nobody for a share of 0."""
    some, which = np.unique(share, return_inverse=True)  # most municipalities have the same share
    exceeded = [-_NORMAL.inv_cdf(max(x, 1e-12)) if x > 0 else _NOBODY for x in some.tolist()]
    return np.array(exceeded, np.float64)[which].reshape(share.shape)


def _mean(f: Callable[[Floats], Floats]) -> Floats:
    return last_axis(f(_NEED) * _WEIGHT)


def _chance(visit: Floats, s: Shape, need: Floats) -> Floats:
    """Return the chance of care in a month."""
    return 1 / (1 + np.exp(-(visit + s.visit_slope * need)))


def _visit(zero: Floats, slope: float) -> Floats:
    """Return the log-odds of care in a month at a need of 0 that leave the share `zero` without care in a year."""

    def with_care(v: Floats) -> tuple[Floats, Floats]:
        chance = 1 / (1 + np.exp(-(v[..., None] + slope * _NEED)))
        none = (1 - chance) ** 12 * _WEIGHT
        return -last_axis(none), 12 * last_axis(none * chance)

    return root(with_care, -zero, -15.0, 15.0)


def _admission(stays: Floats, slope: float) -> Floats:
    """Return the rate of stays at a need of 0 that gives `stays` a year, at most two a person."""
    by_need = np.exp(slope * _NEED)

    def expected(log_rate: Floats) -> tuple[Floats, Floats]:
        rate = np.exp(log_rate)[..., None] * by_need
        none = np.exp(-rate)
        one = none * rate
        more = 2 * (1 - none - one)
        return last_axis((one + more) * _WEIGHT), last_axis((one + one * rate) * _WEIGHT)

    return np.exp(root(expected, stays, -20.0, 5.0))


def _receipt_mean(s: Shape) -> float:
    """Return the mean inpatient receipt at the level of R4, yen."""
    sigma, tail, start = float(s.receipt_sigma), float(s.receipt_tail), float(s.tail_from)
    body = np.exp(float(s.receipt_mu) + sigma**2 / 2) * _NORMAL.cdf(_NORMAL.inv_cdf(1 - tail) - sigma)
    power = 1 / (1 / float(s.receipt_alpha)) - 1
    beyond = start * (1 + (1 - (start / float(s.receipt_most)) ** power) / power)
    return float(body + tail * beyond)


def _stay_length(s: Shape) -> float:
    """Return the mean months of a stay: one, two, or three and more, part of which go on each month (at most 12)."""
    on, most = float(s.stay_goes_on), 12 - LONG_FROM
    lengths = [(1 - on) * on**j * (LONG_FROM + j) for j in range(most)]
    long = sum([*lengths, on**most * 12])
    one, two = float(s.stay_months[0]), float(s.stay_months[0]) + float(s.stay_months[1])
    return one + 2 * (two - one) + long * (1 - two)


def _terminal_months(s: Shape) -> float:
    """Return the mean months of last illness that fall in the fiscal year of death, death equally likely in each."""
    low, high = (int(x) for x in s.terminal_months)
    return float(np.minimum(np.arange(low, high + 1)[:, None], np.arange(1, 13)[None, :]).mean())
