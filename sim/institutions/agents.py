"""The institutions as mesa agents: the municipalities, the metropolis, the nation.

They hold no people and no money of their own: what they know is read from the World's memory and ledgers, so a
run can be saved and resumed. What they decide is theirs: how far a municipality follows its standard rate, how
fast it ends its discretionary transfer (法定外繰入), what its council accepts.

`KokuhoModel` founds them with `found_institutions(model, w)`; without a model (tests, notebooks) they get a bare one.
"""

from __future__ import annotations

import itertools
import weakref
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.core.frame import Agent, Model
from sim.institutions.ledgers import MetropolitanLedger, MunicipalLedger
from sim.institutions.world import World
from sim.parameters import Parameters
from sim.parameters.groups import followers, group_of
from sim.parameters.memo import once

UNIFIED, APART, ALONE = "unified", "apart", "alone"
"""follows the rates of its group; belongs to a group and sets rates of its own; belongs to none"""


class Standing(NamedTuple):
    """Whose rates a municipality has: its group with one rate (empty: none), and how it stands to that group's rates.

    kind  UNIFIED, APART or ALONE
    """

    group: str
    kind: str


@dataclass(frozen=True, kw_only=True)
class Situation:
    """What a municipality looks at when it sets the rates of the coming year; yen, all portions but the child one.

    standard   assessed total E_i and its costs outside the standard rate: what it would have to bill
    yield_now  what this year's rates would bill next year
    collection r_i
    members    insured next year
    transfer   discretionary transfer of the last settled year (None: no settlement yet)
    spare      surplus and reserve fund it may use next year; negative: a deficit or loan it must make up
    penalised  loses points of 努力支援 because its transfer did not fall
    """

    year: int
    standard: int
    yield_now: int
    collection: float
    members: int
    transfer: int | None
    spare: int
    penalised: bool = False


@dataclass(frozen=True)
class Decision:
    """What it decides: bill next year (yen), why, and the discretionary transfer this implies."""

    bill: int
    reason: str
    transfer: int


Printed = dict[str, dict[int, int]]
"""Figures printed for a municipality: item -> fiscal year -> value."""


class _Counters(weakref.WeakKeyDictionary[Model, Iterator[int]]):
    """The next id of each model, as mesa counts; a model nobody uses any more is forgotten."""

    def __getitem__(self, model: Model) -> Iterator[int]:
        if model not in self:
            self[model] = itertools.count(1)
        return super().__getitem__(model)


class Institution(Agent):
    """An agent that does not keep its model alive: mesa 3.3 holds every model, and so its world, for good."""

    _ids = _Counters()


class Municipality(Institution):
    """A city, town, village or special district as the insurer its residents meet (保険者)."""

    def __init__(
        self, model: Model, w: World, index: int, code: int, name: str, standing: Standing, printed: Printed
    ) -> None:
        super().__init__(model)
        self.w, self.index, self.code, self.name = w, index, code, name
        self.group, self.kind = standing
        self.cuts = printed.get("planned_reduction_of_off_rule_transfer", {})
        self.per_head_targets = printed.get("planned_off_rule_transfer_per_insured", {})
        self.stated_transfer = printed.get("off_rule_transfer_budget_estimate", {})
        ends = [y for item in _ENDS for y in printed.get(item, {})]
        self.published_end: int | None = max(ends, default=None)

    def policy(self, name: str, year: int) -> float:
        """Return a number of the domain `municipal`, overrides for this municipality included."""
        return float(self.w.p.value(f"municipal.{name}", year, self.code))

    @property
    def has_path(self) -> bool:
        """Return whether it printed a path of transfers year by year; its council has agreed to what that takes."""
        return bool(self.cuts and self.stated_transfer)

    def plan_end(self, year: int) -> int | None:
        """Return the year in which its discretionary transfer must be gone: the lever, else its published plan."""
        lever = int(self.policy("deficits_gone_by", year))
        return lever if lever > 0 else self.published_end

    def planned_transfer(self, s: Situation) -> int:
        """Return the discretionary transfer its plan allows next year, yen.

        A published path in yen (小金井) or per insured (武蔵野) is followed. With an end year and no path the gap
        shrinks in equal steps. Others close a part of the gap each year, the pace of the plans that are
        published, by class of size and level, faster if they lose points of 努力支援: when they reach zero is an
        outcome. A deficit that is new ends next year, or in at most five years where rates would jump.
        """
        gap = self.gap(s)
        end = self.plan_end(s.year)
        if end is not None and s.year >= end:
            return 0
        if int(self.policy("deficits_gone_by", s.year)) == 0:
            if self.has_path:
                return self._published_path(s.year)
            if s.year in self.per_head_targets:
                return min(gap, self.per_head_targets[s.year] * s.members)
            if s.transfer == 0 and gap > 0:
                return self._new_deficit(s, gap)
        speed = float(self.policy("plan_speed", s.year))
        if s.penalised:
            speed *= 1 + float(self.policy("penalty_response", s.year))
        if end is not None:
            return max(0, round(gap * (1 - min(1.0, speed / (end - s.year + 1)))))
        pace = float(self.policy("plan_pace", s.year)) * self._class_ratio(s, gap)
        return max(0, gap - round(pace * speed * s.yield_now * s.collection))

    @staticmethod
    def gap(s: Situation) -> int:
        """Return what rates left as they are would leave open next year, yen."""
        return max(0, round((s.standard - s.yield_now) * s.collection) - s.spare)

    def _class_ratio(self, s: Situation, gap: int) -> float:
        """Return how fast plans of its class go: the ratio of its size times that of its gap per insured."""
        small = s.members < int(self.policy("plan_small_below", s.year))
        high = gap > int(self.policy("plan_high_above", s.year)) * s.members
        size, level = ("small" if small else "large"), ("high" if high else "low")
        return float(self.policy(f"plan_ratio_{size}", s.year)) * float(self.policy(f"plan_ratio_{level}", s.year))

    def _published_path(self, year: int) -> int:
        """Return the transfer of a plan given as yearly cuts around a stated level."""
        base_year = max(self.stated_transfer)
        later = sum(v for y, v in self.cuts.items() if base_year < y <= year)
        earlier = sum(v for y, v in self.cuts.items() if year < y <= base_year)
        return max(0, self.stated_transfer[base_year] - later + earlier)

    def _new_deficit(self, s: Situation, gap: int) -> int:
        """Return what of a new deficit may stand: nothing, or all but a fifth where the council would not bear it."""
        bearable = s.yield_now * float(self.policy("tolerance", s.year)) * s.collection
        years = int(self.policy("new_deficit_years", s.year))
        return 0 if gap <= bearable else round(gap * (1 - 1 / max(years, 1)))

    def decide(self, s: Situation) -> Decision:
        """Return next year's bill: the plan's, held within what the council accepts (of those without a group's rates).

        A rule that ends transfers, and a path printed year by year, bind the council. Nobody lowers rates while a
        transfer fills the gap.
        """
        if self.policy("frozen_rates", s.year):
            return self._implied(s, s.yield_now, "frozen")
        allowed = self.planned_transfer(s)
        wanted = s.standard - round((allowed + s.spare) / s.collection) if s.collection > 0 else s.standard
        lever = int(self.policy("deficits_gone_by", s.year))
        forced = 0 < lever <= s.year or (lever == 0 and self.has_path)
        if allowed > 0 and wanted < s.yield_now:
            return self._implied(s, s.yield_now, "kept")
        if s.yield_now > 0 and not forced:
            limit = round(s.yield_now * (1 + float(self.policy("tolerance", s.year))))
            floor = round(s.yield_now * (1 - float(self.policy("largest_cut", s.year))))
            if wanted > limit:
                return self._implied(s, limit, "council")
            if wanted < floor:
                return self._implied(s, floor, "floor")
        return self._implied(s, max(wanted, 0), "plan" if allowed else "standard")

    def _implied(self, s: Situation, bill: int, reason: str) -> Decision:
        gap = round((s.standard - bill) * s.collection) - s.spare
        return Decision(bill, reason, max(0, gap))

    @property
    def discretionary_transfer(self) -> int:
        """Return this year's discretionary transfer, yen (0 before the settlement)."""
        return self._fact("discretionary_transfer")

    @property
    def contribution(self) -> int:
        return self._fact("contribution")

    @property
    def fund(self) -> int:
        return int(self.w.ledger(MunicipalLedger).fund[self.index])

    def _fact(self, name: str) -> int:
        return int(self.w.memory.or_zero(self.w.year, name)[self.index])


class Metropolis(Institution):
    """The prefecture as the insurer that carries the finances: alpha, pooled items, easing, its funds."""

    def __init__(self, model: Model, w: World) -> None:
        super().__init__(model)
        self.w = w

    @property
    def alpha(self) -> float:
        return float(self.w.p.value("rates.alpha", self.w.year))

    @property
    def surplus(self) -> int:
        """Return the result of the metropolitan account in the latest settled year, yen."""
        results = self.w.ledger(MetropolitanLedger).surplus
        return results[max(results)] if results else 0


class Nation(Institution):
    """The state and the national pools (支払基金, 国保中央会): pays shares and grants, notifies what is owed."""

    def __init__(self, model: Model, w: World) -> None:
        super().__init__(model)
        self.w = w

    @property
    def support_per_member(self) -> float:
        """Return 後期高齢者支援金 per insured of the year, yen."""
        return self.w.ledger(MetropolitanLedger).support[self.w.year]


@dataclass(frozen=True)
class Institutions:
    """The agents of one run."""

    municipalities: tuple[Municipality, ...]
    metropolis: Metropolis
    nation: Nation


def found_institutions(model: Model, w: World) -> Institutions:
    """Create the agents of a run in index order and make them known to the World."""
    groups, following = group_of(w.p), followers(w.p, w.year)
    printed = _printed(w.p)
    agents = []
    for index, (code, (name, _)) in enumerate(w.p.places().items()):
        kind = UNIFIED if code in following else APART if code in groups else ALONE
        standing = Standing(groups.get(code, ""), kind)
        agents.append(Municipality(model, w, index, code, name, standing, printed.get(code, {})))
    w.institutions = Institutions(tuple(agents), Metropolis(model, w), Nation(model, w))
    return w.institutions


def institutions(w: World) -> Institutions:
    """Return the agents of a run, founded on first use."""
    return w.institutions or found_institutions(Model(rng=w.seed), w)


@once
def _printed(p: Parameters) -> dict[int, Printed]:
    """Return what is printed for each municipality by code: plans against deficits, the transfers of budgets."""
    out: dict[int, Printed] = {}
    for name in ("places.deficit_plans", "places.municipal_facts"):
        table = p.table(name)
        rows = zip(table["code"], table["item"], table["fiscal_year"], table["value"], strict=True)
        for code, item, year, value in rows:
            if str(item) in _PRINTED:
                out.setdefault(int(code), {}).setdefault(str(item), {})[int(year)] = int(value)
    return out


_PRINTED = (
    "planned_reduction_of_off_rule_transfer",
    "planned_off_rule_transfer_per_insured",
    "off_rule_transfer_budget_estimate",
    "planned_elimination_year",
    "target_year_standard_rate",
)
_ENDS = ("planned_elimination_year", "target_year_standard_rate")
"""what says when a transfer is to be gone; a period of a plan that ends (第6期) says no such thing"""


def unified(agents: Institutions) -> dict[str, NDArray[np.bool_]]:
    """Return bool[M] by group: municipalities that follow its rates; a group nobody follows is left out."""
    names = dict.fromkeys(m.group for m in agents.municipalities if m.kind == UNIFIED)
    return {name: np.array([m.kind == UNIFIED and m.group == name for m in agents.municipalities]) for name in names}
