"""Grants of the state beside its share and the normal grant, and what free care of a municipality costs in them.

特別調整交付金 of the municipalities' part (mental illness, involuntary unemployment, disasters), 特例調整交付金
from what is moved out of the share (振替), and the reduction of state money where a municipality pays the counter share
of its people (地方単独事業による国庫減算). Law: 国民健康保険法 arts. 70, 72, 附則; 算定政令 arts. 2, 4, 6.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.institutions.funding import FundingRules
from sim.parameters import Parameters

Yen = NDArray[np.int64]
MUNICIPAL = ("special_mental", "special_job_loss", "special_disaster")
"""items of 特別調整交付金, municipalities' part, in a municipal account"""


def municipal_grants(p: Parameters, year: int, members: Yen, premium: Yen, lost: Yen, remission: Yen) -> dict[str, Yen]:
    """Return 特別調整交付金 of the municipalities' part by reason, int64[M] yen each.

    premium    billed before 7/5/2割
    lost       premiums that involuntary unemployment takes off (非自発的失業)
    remission  by ordinance, for disasters; it counts where it takes a given part of the premiums
    """
    mental, job_loss, part, from_share = (
        float(p.value(f"finance.{name}", year))
        for name in ("special_mental", "special_job_loss", "special_disaster", "special_disaster_from")
    )
    heavy = remission >= np.maximum(premium * from_share, 1)
    amounts = members * mental, lost * job_loss, np.where(heavy, remission * part, 0.0)
    return {name: np.floor(x + 1e-6).astype(np.int64) for name, x in zip(MUNICIPAL, amounts, strict=True)}


def moved_out(rules: FundingRules, base: int) -> int:
    """Return what is moved out of the state's share of a base into adjusting grants (振替), yen."""
    return int(max(base, 0) * rules.moved_share)


def special_case_grant(rules: FundingRules, normal: int) -> int:
    """Return 特例調整交付金, yen: what is moved in the whole nation, by the prefecture's part in the normal grant."""
    return int(rules.moved_share * rules.nation_base * normal / rules.nation_normal)


def local_loss(rules: FundingRules, members: Yen, school: Yen) -> Yen:
    """Return the state money lost for free care of municipalities (地方単独事業による国庫減算), int64[M] yen.

    school  insured from school age to 18; the reduction for those below school age ended in H30
    """
    return np.floor(members * rules.local_loss_other + school * rules.local_loss_child).astype(np.int64)


def local_subsidy(rules: FundingRules, loss: Yen) -> Yen:
    """Return what the prefecture gives for that loss (地方単独事業の医療費波及分), int64[M] yen."""
    return np.floor(loss * rules.local_loss_subsidy + 1e-6).astype(np.int64)
