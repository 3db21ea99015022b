"""Fits the estimated parameters of payment to published and assumed targets; run by the authors, not in a run.

Each parameter is a log-odds (or the log of a spread) and has one target, so that each is moved by the gap of the
log-odds between target and simulation, in rounds, until all gaps are small. Deterministic: the same world, seed and
targets give the same numbers. What comes out is written into `behaviour/payment.yaml` and
`places/payment_intercepts.csv` with status `estimated`, and frozen for reforms.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from sim.core.state import take, written
from sim.core.units import april
from sim.engine.state import State
from sim.institutions.ledgers import DepartedClaims
from sim.institutions.world import World
from sim.mechanisms.payment import state as columns
from sim.mechanisms.payment.chances import intercepts, rules
from sim.mechanisms.payment.state import Claims, Draws, Homes, Measures, People, PlaceMeasures, Totals
from sim.mechanisms.payment.step import age_departed, run_in, settle
from sim.parameters import Parameters
from sim.population.codes import Kind
from sim.population.columns import HOUSEHOLDS
from sim.studies.fits import collection
from sim.studies.fits.collection import Target

YEAR = 2022
COLLECTION = "collection_rate_current_year"
"""published rate of the prefecture"""
_COLUMNS = written(Homes)
_GROUPS = "people.collection_by_group"
_DAMPING = 0.8
_LARGEST_MOVE = 0.5
"""Largest move of an intercept in a round: a town of a small sample may have nobody in arrears."""


@dataclass
class Values:
    """What is fitted, each under its name in the register's domain `payment`."""

    base: float
    dispersion: float
    persistence: float
    arrears_base: float
    foreign_effect: float
    account_effect: float
    pension_effect: float
    income_effect: float
    age_effect: list[float]
    kind_effect: list[float]

    def by_name(self) -> dict[str, float | list[float]]:
        """Return the values by name."""
        return dict(vars(self))


@dataclass(frozen=True, kw_only=True)
class Targets:
    """What is fitted to: rates of collection and unpaid shares of groups, as shares of the money of the year.

    None and an empty list stand for what nobody published or assumed of the region: what would be fitted to it stays.
    """

    rate: float | None
    arrears_share: float | None
    stays: float
    carried: float | None
    age: list[float]
    method: list[float]
    income: list[float]
    type: list[float]
    foreign: float
    places: list[Target]
    """figures of municipalities, of kinds of them, and gaps between kinds"""


@dataclass
class Fit:
    """Parameters on the way: values of the register, intercepts of municipalities float64[places, 2]."""

    values: Values
    intercept: NDArray[np.float64]
    gaps: dict[str, float] = field(default_factory=dict)


@dataclass
class Outcome:
    """Sums of one simulated first year, rows times weight not yet applied; claims of all, who left included, yen.

    claims  Claims[places, 2, ORIGINS], by nationality of the head
    """

    sums: Totals
    claims: Claims

    def rate(self, rows: Measures) -> float:
        """Return the current-year collection rate of a row of measures."""
        return float(rows.paid / max(int(rows.billed - rows.unknown), 1))


def start(w: World, year: int) -> Fit:
    """Return the register's present values of what is fitted."""

    def number(name: str) -> float:
        return float(w.p.value(f"payment.{name}", year))

    values = Values(
        base=number("base"),
        dispersion=number("dispersion"),
        persistence=number("persistence"),
        arrears_base=number("arrears_base"),
        foreign_effect=number("foreign_effect"),
        account_effect=number("account_effect"),
        pension_effect=number("pension_effect"),
        income_effect=number("income_effect"),
        age_effect=list(w.p.value("payment.age_effect", year)),
        kind_effect=list(w.p.value("payment.kind_effect", year)),
    )
    return Fit(values, intercepts(w.p).copy())


def simulate(state: State, year: int, fit: Fit) -> Outcome:
    """Run the run-in and the first year with the parameters of `fit`; the households are overwritten."""
    w = state.world
    for column in HOUSEHOLDS:
        if column.name in _COLUMNS:
            state.households.data[column.name][:] = column.default
    w.ledger(DepartedClaims).yen[:] = 0
    p = w.p.with_overrides({(f"payment.{name}", None, None): value for name, value in fit.values.by_name().items()})
    how = rules(p, year, intercept=fit.intercept)
    people, homes = take(People, state.people), take(Homes, state.households)
    run_in(w, year, people, homes, how)
    sums = settle(w, people, homes, how, Draws.of(w.key, year, april(year)))
    gone = age_departed(w, year, how)
    return Outcome(sums, Claims(sums.claims.array * w.weight + gone.array))


def _logit(share: float) -> float:
    share = min(max(share, 1e-5), 1 - 1e-5)
    return float(np.log(share / (1 - share)))


def _step(wanted: float, found: float) -> float:
    """Return the damped move of a log-odds of non-payment from two rates of collection."""
    return _DAMPING * (_logit(1 - wanted) - _logit(1 - found))


def targets(w: World) -> Targets:
    """Return the targets from the register: rates are shares of the money collected in the current year."""
    p = w.p
    population = f"NHI {p.region.en}"
    groups = p.table(_GROUPS)
    abroad = groups.query("population.str.startswith('NHI (about') and group == 'foreign head'")
    groups = groups[groups["population"] == population]

    def unpaid(dimension: str) -> list[float]:
        return [float(v) / 100 for v in groups[groups["dimension"].str.startswith(dimension)]["value"]]

    enforcement = p.table("people.enforcement")
    enforcement = enforcement[enforcement["geography"] == population]
    carried = enforcement[enforcement["indicator"].str.startswith("carry-over")]["value"]
    return Targets(
        rate=nearest(p, COLLECTION),
        arrears_share=nearest(p, "arrears_household_share"),
        stays=float(p.value("payment.arrears_persistence", YEAR)),
        carried=None if carried.empty else float(carried.iloc[0]) / 100,
        age=unpaid("age of head"),
        method=unpaid("payment method"),
        income=unpaid("income class"),
        type=unpaid("household type"),
        foreign=float(abroad["value"].iloc[0]) / 100,
        places=collection.targets(p),
    )


def nearest(p: Parameters, item: str) -> float | None:
    """Return a published total of R4, of the nearest year if R4's is not published, None where no year's is."""
    totals = p.rows("targets.totals")
    known = totals[totals["item"] == item].set_index("fiscal_year")["value"].astype(float)
    return None if known.empty else float(known[min(known.index, key=lambda year: (abs(year - YEAR), year))])


def adjust(w: World, fit: Fit, out: Outcome, goal: Targets) -> None:
    """Move every parameter by the gap between its target and the simulation; note the gaps."""
    places = out.sums.places.sum(axis=1)
    total = places.sum(axis=0)
    groups = out.sums.groups.sum(axis=0)
    v = fit.values
    fit.gaps, overall = {}, 0.0
    if goal.rate is not None:
        overall = _step(goal.rate, out.rate(total))
        v.base += overall
        fit.gaps["rate"] = out.rate(total) - goal.rate
    if goal.arrears_share is not None:
        share = total.arrears_households / max(int(total.insured_end), 1)
        wider = v.dispersion * float(np.exp(0.7 * np.log(share / goal.arrears_share)))
        v.dispersion = min(max(wider, 0.5), 8.0)
        fit.gaps["arrears_share"] = float(share) - goal.arrears_share
    stays = float(total.stayed / max(int(total.opened), 1))
    lasting = _logit(v.persistence) + _DAMPING * (_logit(goal.stays) - _logit(stays))
    v.persistence = float(1 / (1 + np.exp(-min(max(lasting, -2.0), 4.0))))
    fit.gaps["stays"] = float(stays) - goal.stays
    if goal.carried is not None:
        owed = out.claims.sum(axis=(0, 1, 2))
        carried = float(owed.collected / max(int(owed.opening), 1))
        v.arrears_base += _DAMPING * (_logit(goal.carried) - _logit(carried))
        fit.gaps["carried"] = float(carried) - goal.carried
    _adjust_groups(fit, out, goal, groups, overall)
    _adjust_places(w, fit, out, goal, places)


def _adjust_groups(fit: Fit, out: Outcome, goal: Targets, groups: Measures, overall: float) -> None:
    """Move the effects of age, nationality, method, income and family type, net of the move of the base."""
    v = fit.values

    def gap(name: str, wanted: float, *, rows: Measures) -> float:
        found = out.rate(rows)
        fit.gaps[name] = found - wanted
        return _step(wanted, found) - overall

    if goal.age:
        ages = groups[columns.rows_of("age of head")]
        moves = [gap(f"age {columns.AGE_CLASSES[a]}", 1 - goal.age[a], rows=ages[a]) for a in range(6)]
        middle = moves[3]
        v.age_effect = [x + m - middle for x, m in zip(v.age_effect, [*moves, moves[5]], strict=True)]
    classes = groups[columns.rows_of("household class")]
    v.foreign_effect += gap("foreign", goal.foreign, rows=classes[0])
    if goal.method:
        methods = groups[columns.rows_of("method")]
        slips = gap("slips", 1 - goal.method[2], rows=methods[2])
        v.account_effect += gap("account", 1 - goal.method[1], rows=methods[1]) - slips
        v.pension_effect += 0.5 * (gap("pension", 1 - goal.method[0], rows=methods[0]) - slips)
    if goal.income:
        incomes = groups[columns.rows_of("income class")]
        low = gap("7割軽減", 1 - goal.income[0], rows=incomes[0])
        high = gap("above 6.0M", 1 - goal.income[4], rows=incomes[4])
        spread = np.log(incomes[4].income / max(int(incomes[4].households), 1))
        spread -= np.log(incomes[0].income / max(int(incomes[0].households), 1))
        v.income_effect += float((high - low) / max(float(spread), 1.0))
    if goal.type:
        move = gap("single under 65", 1 - goal.type[2], rows=classes[1])
        move -= gap("couple or family", 1 - goal.type[0], rows=classes[3])
        v.kind_effect[Kind.ONE_PERSON] += move


def _adjust_places(w: World, fit: Fit, out: Outcome, goal: Targets, places: PlaceMeasures) -> None:
    """Move the intercepts of kinds of municipalities, and of single ones, towards their targets.

    Of a gap between kinds the one that pays worse is held where it is and the other moves.
    """
    kinds = w.p.table("places.municipalities")["type"]
    for target in (target for target in goal.places if not target.code):
        found = out.rate(places[kinds.isin(target.kinds).to_numpy()].sum(axis=0))
        moving, name = kinds.isin(target.over or target.kinds).to_numpy(), " ".join(target.kinds)
        if target.over:
            gap = _logit(1 - found) - _logit(1 - out.rate(places[moving].sum(axis=0)))
            fit.gaps[f"{name} over {' '.join(target.over)}, log-odds"] = gap - target.value
            fit.intercept[moving, 0] += _DAMPING * (gap - target.value)
        else:
            fit.gaps[name] = found - target.value
            fit.intercept[moving, 0] += float(np.clip(_step(target.value, found), -_LARGEST_MOVE, _LARGEST_MOVE))
    foreign = out.sums.places[:, 1]
    flows, abroad = out.claims.sum(axis=(1, 2)), out.claims[:, 1].sum(axis=1)
    for code, item, wanted in ((t.code, t.item, t.value) for t in goal.places if t.code):
        place = w.p.codes().index(code)
        of_foreign = item.endswith("_foreign")
        row, flow = (foreign[place], abroad[place]) if of_foreign else (places[place], flows[place])
        reached = _published(row * w.weight, flow, item, places[place] * w.weight)
        fit.gaps[f"{code} {item}"] = reached - wanted
        move = _step(1 - wanted, 1 - reached) if item.startswith("arrears") else _step(wanted, reached)
        fit.intercept[place, int(of_foreign)] += float(np.clip(move, -_LARGEST_MOVE, _LARGEST_MOVE))


def _published(row: Measures, flow: Claims, item: str, everyone: Measures) -> float:
    """Return the figure a municipality publishes: current_year, total (current plus carried over) or arrears share.

    row and flow are households and yen of those the item speaks of, everyone those of the municipality.
    """
    item = item.removesuffix("_foreign")
    if item == "arrears_amount_share":
        return float(row.arrears / max(int(everyone.arrears), 1))
    if item == "current_year":
        return float(row.paid / max(int(row.billed - row.unknown), 1))
    if item == "total":
        paid = row.paid + flow.collected
        return float(paid / max(int(row.billed - row.unknown + flow.opening), 1))
    return float(row.arrears_households / max(int(row.insured_end), 1))


def fit(state: State, year: int, rounds: int = 15, close: float = 0.0005) -> Fit:
    """Return fitted parameters for the state after the levy of `year` (R4); its arrears are overwritten.

    Ends early once every gap is below `close`.
    """
    w = state.world
    goal = targets(w)
    result = start(w, year)
    for _ in range(rounds):
        adjust(w, result, simulate(state, year, result), goal)
        if max(abs(gap) for gap in result.gaps.values()) < close:
            break
    return result


def year_effect(state: State, year: int, goal: float, rounds: int = 6) -> tuple[float, float]:
    """Return the shift of all log-odds with which the collection rate of `year` is `goal`, and the rate reached.

    The state stands before the payment of the year; its households are left as they were.
    """
    w = state.world
    effect = float(w.p.value("payment.year_effect", year))
    kept = {name: state.households.data[name].copy() for name in _COLUMNS}
    people, homes = take(People, state.people), take(Homes, state.households)
    reached = 0.0
    for _ in range(rounds):
        p = w.p.with_overrides({("payment.year_effect", year, None): effect})
        sums = settle(w, people, homes, rules(p, year), Draws.of(w.key, year, april(year)))
        total = sums.places.sum(axis=(0, 1))
        reached = float(total.paid / max(int(total.billed - total.unknown), 1))
        for name, values in kept.items():
            state.households.data[name][:] = values
        if abs(reached - goal) < 1e-5:
            break
        effect += _logit(1 - goal) - _logit(1 - reached)
    return effect, reached
