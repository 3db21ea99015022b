"""Where institutions keep what outlives a year and is no fact about a municipality: balances, loans, plans.

Plain numbers and arrays, reached by their class (`w.ledger(MunicipalLedger)`), so that a run can be saved and resumed.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from sim.institutions.world import World
from sim.parameters import Parameters
from sim.parameters.groups import group_of
from sim.parameters.memo import once
from sim.population.households import ORIGINS


@dataclass(kw_only=True)
class MetropolitanLedger:
    """State of the metropolitan special account (国民健康保険事業特別会計). Yen by fiscal year.

    surplus      result of a year, returned through the contribution two years later
    elderly      provisional elderly grant (前期高齢者交付金) notified for a year
    support      support for the late elderly per member (後期高齢者支援金) notified for a year
    balance      money carried at the end of a year
    used         surplus put into the contribution of a year (negative: deficit made up)
    drawn        taken from the stabilisation fund for the contribution of a year, less what it repays to the fund
    owed         repayments to the fund due in a year
    fund         stabilisation fund (財政安定化基金), balance now
    need         net requirement B of a year, all portions
    """

    surplus: dict[int, int] = field(default_factory=dict)
    elderly: dict[int, int] = field(default_factory=dict)
    support: dict[int, float] = field(default_factory=dict)
    balance: dict[int, int] = field(default_factory=dict)
    used: dict[int, int] = field(default_factory=dict)
    drawn: dict[int, int] = field(default_factory=dict)
    owed: dict[int, int] = field(default_factory=dict)
    need: dict[int, int] = field(default_factory=dict)
    fund: int = 0

    @classmethod
    def opened(cls, w: World) -> MetropolitanLedger:
        """Return the ledger with the fund's opening balance."""
        return cls(fund=int(w.p.value("finance.stabilisation_fund_opening", w.year)))


@dataclass(kw_only=True)
class MunicipalLedger:
    """State of the special accounts, int64[M].

    carried      surplus carried into the next year; negative = covered by next year's revenue (繰上充用)
    usual        balance it opened with and keeps year by year
    fund         reserve fund (基金)
    loan         owed to the stabilisation fund
    instalment   yearly repayment of the loan
    plan_start   year a plan for the present deficit began; 0 = no deficit
    """

    carried: NDArray[np.int64]
    fund: NDArray[np.int64]
    loan: NDArray[np.int64]
    plan_start: NDArray[np.int64]
    instalment: NDArray[np.int64]
    usual: NDArray[np.int64]

    @classmethod
    def opened(cls, w: World) -> MunicipalLedger:
        """Return the accounts as they stand when the run opens.

        Carried over are the real balances of the settlement cards of FY2023, the only ones known for all; reserve
        funds are an assumption per insured, held by municipalities outside groups with one rate; one that is given
        for a single municipality is held by it.
        """
        balance, insured = _cards(w.p)
        carried = np.floor(balance * w.p.by_place("municipal.opening_balance", w.year)).astype(np.int64)
        fund = np.floor(insured * fund_per_member(w.p, w.year)).astype(np.int64)
        zero = np.zeros(w.places, np.int64)
        return cls(
            carried=carried,
            fund=fund,
            loan=zero.copy(),
            plan_start=zero.copy(),
            instalment=zero.copy(),
            usual=np.maximum(carried, 0),
        )


@once
def _cards(p: Parameters) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the real balance (yen) and the insured of each municipality by the settlement cards, float64[M]."""
    cards = p.table("places.settlement_fy2023").set_index("code").loc[p.codes()]
    return cards["real_balance"].fillna(0).to_numpy(np.float64), cards["insured"].to_numpy(np.float64)


def fund_per_member(p: Parameters, year: int) -> NDArray[np.float64]:
    """Return the reserve fund per insured of each municipality when a run opens, float64[M]: yen/person."""
    key = "municipal.opening_fund_per_member"
    groups = group_of(p)
    without = [code in groups and not p.is_set(key, year, code) for code in p.codes()]
    return np.where(without, 0.0, p.by_place("municipal.opening_fund_per_member", year))


@dataclass
class DepartedClaims:
    """Claims on households that are no longer members or no longer there; payment collects them, others hand them over.

    yen  int64[places, 2, ORIGINS]: by nationality of the head (Japanese, foreign); this year's unpaid, then one to five
         or more fiscal years before
    """

    yen: NDArray[np.int64]

    @classmethod
    def opened(cls, w: World) -> DepartedClaims:
        """Return a ledger without claims."""
        return cls(np.zeros((w.places, 2, ORIGINS), np.int64))


def opening_balance(w: World) -> int:
    """Return what the metropolitan account holds when the run opens: its fund and surpluses still to be returned."""
    first = min(w.memory.years, default=w.year)
    waiting = sum(int(w.p.value("finance.opening_surplus", y)) for y in (first, first + 1))
    return int(w.p.value("finance.stabilisation_fund_opening", first)) + waiting


def kept_balance(w: World, year: int, contribution: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return what an account keeps as carry-over, int64[M]: its usual balance, within two shares of the contribution.

    A balance is money in passage (returned grants, the last instalments), much the same from one May to the next:
    the cards show 0 to 8 % of the contribution. One far above that is a reserve to be used.
    """
    least, most = (
        np.floor(contribution * w.p.by_place(f"municipal.{name}", year) + 1e-6).astype(np.int64)
        for name in ("working_balance", "working_balance_most")
    )
    return np.maximum(np.clip(w.ledger(MunicipalLedger).usual, least, np.maximum(most, least)), 0)
