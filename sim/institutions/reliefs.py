"""The reliefs of the levy, one row each: what it is called, under which article, in which order, who refunds it.

Everything that lists reliefs derives from this table: the stages of a bill (`mechanisms.levy.state`), the facts of a
year (`institutions.memory`), what others refund (`mechanisms.rates`, `mechanisms.finance`), the lines of a household's
bill (`explanations.lines`). What a relief takes off is worked out in `mechanisms.levy.reliefs`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

TENTHS = (7, 5, 2)
"""tenths taken off in the classes of 7/5/2割軽減, the most relieved first"""


class Refund(Enum):
    """Who makes up for the premiums a relief takes off."""

    NOBODY = "nobody"
    """the other insured"""
    METROPOLIS = "metropolis"
    """three quarters the metropolis, the rest the municipality (保険基盤安定 軽減分)"""
    STATE = "state"
    """half the state, a quarter each the metropolis and the municipality (未就学児・産前産後等)"""


@dataclass(frozen=True, kw_only=True)
class Relief:
    """One relief.

    name       of its stage; its fact is relief_<name>, and relief alone for the 7/5/2割軽減
    place      in the order in which reliefs are taken off, from 1; those after the cap stand behind all others
    ja, en     what a bill calls it
    meaning    what the fact says it is
    parameter  key of the register it rests on
    premium    article for 料
    tax        article for 税
    refund     who refunds it; what is refunded is remembered by portion
    after_cap  taken off what is left below the cap
    """

    name: str
    place: int
    ja: str
    en: str
    meaning: str
    parameter: str
    premium: str
    tax: str
    refund: Refund = Refund.NOBODY
    after_cap: bool = False

    @property
    def fact(self) -> str:
        """The fact of the year that holds its yen."""
        return "relief" if self.name == "relief" else f"relief_{self.name}"

    @property
    def refunded(self) -> bool:
        """Whether somebody refunds it."""
        return self.refund is not Refund.NOBODY


RELIEFS = (
    Relief(
        name="relief",
        place=4,
        ja="軽減",
        en="relief",
        meaning="7/5/2割軽減",
        parameter="levy.relief_shares",
        premium="国民健康保険法72条の3",
        tax="地方税法703条の5",
        refund=Refund.METROPOLIS,
    ),
    Relief(
        name="preschool",
        place=5,
        ja="未就学児の軽減",
        en="under-school-age half",
        meaning="under-school-age half (未就学児)",
        parameter="levy.youth_relief_share",
        premium="国民健康保険法72条の3の2",
        tax="地方税法703条の5",
        refund=Refund.STATE,
    ),
    Relief(
        name="youth",
        place=6,
        ja="高校生年代までの軽減",
        en="half up to 18",
        meaning="half from school age to 18 (高校生年代)",
        parameter="levy.youth_relief_to",
        premium="国民健康保険法72条の3の2",
        tax="地方税法703条の5",
        refund=Refund.STATE,
    ),
    Relief(
        name="waiver",
        place=7,
        ja="18歳未満の均等割免除",
        en="no per-head levy under 18",
        meaning="per-head levy of under-18s in the childcare portion, borne by the add-on, not refunded",
        parameter="levy.child_waiver_to",
        premium="国民健康保険法施行令29条の7",
        tax="地方税法703条の5",
    ),
    Relief(
        name="maternity",
        place=8,
        ja="産前産後の免除",
        en="exemption for childbirth",
        meaning="産前産後",
        parameter="levy.maternity_since",
        premium="国民健康保険法72条の3の3",
        tax="地方税法703条の5",
        refund=Refund.STATE,
    ),
    Relief(
        name="remission",
        place=10,
        ja="条例減免",
        en="remission by ordinance",
        meaning="remission by ordinance (条例減免), all portions",
        parameter="",
        premium="国民健康保険法77条・条例",
        tax="地方税法717条・条例",
        after_cap=True,
    ),
    Relief(
        name="job_loss",
        place=1,
        ja="非自発的失業による軽減",
        en="involuntary job loss",
        meaning="非自発的失業",
        parameter="levy.job_loss_share",
        premium="国民健康保険法施行令29条の7の2",
        tax="地方税法703条の5の2",
    ),
    Relief(
        name="income_deduction",
        place=2,
        ja="条例による所得控除",
        en="income deduction by ordinance",
        meaning="income deduction by ordinance for children (条例による所得控除)",
        parameter="places.income_deductions",
        premium="国民健康保険法76条・条例",
        tax="地方税法703条の4・条例",
    ),
    Relief(
        name="former_dependant",
        place=9,
        ja="旧被扶養者の減免",
        en="former dependants",
        meaning="旧被扶養者",
        parameter="levy.former_dependant_share",
        premium="国民健康保険法77条・条例",
        tax="地方税法717条・条例",
    ),
    Relief(
        name="former_member",
        place=3,
        ja="特定世帯・特定継続世帯",
        en="former member's household",
        meaning="特定世帯, 特定継続世帯",
        parameter="levy.former_member_half_months",
        premium="国民健康保険法施行令29条の7",
        tax="地方税法703条の4",
    ),
)
"""In the order in which the facts of a year are listed."""
BY_NAME = {relief.name: relief for relief in RELIEFS}
IN_ORDER = tuple(sorted(RELIEFS, key=lambda relief: relief.place))
"""In the order in which they are taken off."""
REFUNDED_BY_STATE = tuple(relief.fact for relief in RELIEFS if relief.refund is Refund.STATE)
"""Facts of the reliefs refunded half by the state, all portions together."""
