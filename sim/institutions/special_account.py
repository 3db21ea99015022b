"""Items of a municipal special account besides premiums, benefits and contribution: one rule, used twice.

The metropolis uses them in autumn to compute standard rates (d -> e), the municipality when it settles the
year. Assumed prices per insured stand in the domain `finance`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.core.sums import whole
from sim.institutions import second_part
from sim.institutions.effort import Occasion, municipal_money
from sim.institutions.funding import insurer_support, shares_of
from sim.institutions.memory import PORTIONS
from sim.institutions.reliefs import TENTHS
from sim.institutions.special_grants import municipal_grants
from sim.institutions.stabilisation import stabilisation_support
from sim.institutions.world import World
from sim.parameters import Parameters

Yen = NDArray[np.int64]


@dataclass(frozen=True, kw_only=True)
class AccountBasis:
    """What the items depend on, int64[M]: forecast or result."""

    members: Yen
    premium: dict[str, Yen]
    """billed before 7/5/2割, by portion"""
    relieved: tuple[Yen, Yen, Yen]
    arrears_collected: Yen
    birth_grant: Yen
    funeral_grant: Yen
    remission: Yen
    """remission by ordinance (条例減免), borne by the municipality"""
    programmes: Yen
    """cost of health checks and guidance, and of other programmes beyond their reach of R4"""
    checkups: Yen
    """persons who took the health check"""
    guidances: Yen
    """persons who finished guidance"""
    third_party: Yen
    """paid back by third parties beyond R4"""
    elderly: Yen
    """insured aged 65-74"""
    job_loss: Yen
    """premiums taken off for involuntary unemployment (非自発的失業)"""
    second_part: int
    """都道府県繰入金 2号 of the whole metropolis, yen"""
    known: int
    """latest fiscal year whose results are known"""


def costs(p: Parameters, year: int, a: AccountBasis) -> dict[str, Yen]:
    """Return what a municipality pays on top of its contribution: health programmes, birth and funeral grants."""
    return {
        "health_programmes": _per_head(p, "finance.health_programme_per_member", year, a.members) + a.programmes,
        "birth_grant": a.birth_grant,
        "funeral_grant": a.funeral_grant,
        "remission": a.remission,
    }


def outside(p: Parameters, year: int, members: Yen) -> Yen:
    """Return what an account bears beside the items of the standard rate, all of `outside_items`."""
    return np.sum([*outside_items(p, year, members).values()], axis=0, dtype=np.int64)


def outside_items(p: Parameters, year: int, members: Yen) -> dict[str, Yen]:
    """Return premiums paid back, benefits of its own, and the remainder (returned grants), by item.

    They never enter a standard rate; a municipality that wants no deficit must levy them all the same.
    """
    return {
        "refunds": _per_head(p, "finance.refunds_per_member", year, members),
        "own_benefits": _per_head(p, "finance.own_benefits_per_member", year, members),
        "outside_costs": _per_head(p, "finance.outside_cost_per_member", year, members)
        + np.floor(members * p.by_place("finance.place_cost_per_member", year)).astype(np.int64),
    }


def revenues(w: World, year: int, a: AccountBasis) -> dict[str, Yen]:
    """Return its revenue other than this year's premiums, reliefs refunded by law, and discretionary transfers."""
    p, at = w.p, Occasion(year=year, members=a.members, known=a.known)
    total = sum(a.premium.values(), np.zeros(len(a.members), np.int64))
    shares = tuple(float(p.value(f"finance.insurer_support_{k}", year)) for k in TENTHS)
    health = costs(p, year, a)["health_programmes"]
    birth = float(p.value("finance.birth_transfer_share", year))
    return {
        "insurer_support": insurer_support(total, a.members, a.relieved, shares),  # type: ignore[arg-type]
        "second_part": second_part.shares(w, at, a.second_part).total,
        "effort": municipal_money(w, at),
        "health_grant": health_grant(p, year, a, health),
        "third_party": a.third_party,
        "stabilisation_support": stabilisation_support(
            p, year, a.members, np.sum(a.relieved, axis=0, dtype=np.int64), a.elderly
        ),
        "birth_transfer": shares_of(a.birth_grant, birth),
        **municipal_grants(p, year, a.members, total, a.job_loss, a.remission),
        "other_revenue": _per_head(p, "finance.other_municipal", year, a.members),
        "arrears": a.arrears_collected,
    }


def health_grant(p: Parameters, year: int, a: AccountBasis, programmes: Yen) -> Yen:
    """Return the grants of state and metropolis for health programmes, half each.

    For checks and guidance (特定健康診査・保健指導負担金, art. 72-5) a third each of a standard price a person; of all
    other programmes a share of what they cost.

    programmes  cost of all health programmes, yen
    """

    def yen(domain: str, what: str) -> Yen:
        prices = {n: float(p.value(f"{domain}.{n}_{what}", year)) for n in ("checkup", "guidance")}
        return whole(a.checkups * prices["checkup"] + a.guidances * prices["guidance"])

    third = float(p.value("finance.checkup_grant_share", year))
    rest = float(p.value("finance.health_grant_share", year))
    standard, others = yen("finance", "grant_price"), np.maximum(programmes - yen("cost", "cost"), 0)
    return 2 * shares_of(standard, third) + shares_of(others, rest)


def by_portion(amount: Yen, premium: dict[str, Yen]) -> dict[str, Yen]:
    """Split amounts over the portions in the proportion of what was billed; the rest of a yen goes to medical."""
    total = sum(premium.values(), np.zeros(len(amount), np.int64))
    out: dict[str, Yen] = {}
    left = amount.copy()
    for portion in reversed(PORTIONS[1:]):
        rows = amount.tolist(), premium[portion].tolist(), total.tolist()
        out[portion] = np.array([a * b // t if t > 0 else 0 for a, b, t in zip(*rows, strict=True)], np.int64)
        left -= out[portion]
    out["medical"] = left
    return {portion: out[portion] for portion in PORTIONS}


def _per_head(p: Parameters, key: str, year: int, members: Yen) -> Yen:
    return np.floor(members * float(p.value(key, year))).astype(np.int64)
