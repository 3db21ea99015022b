"""Why did it change? A difference split into drivers by Shapley values, adding up to the yen.

    attribute("baseline", since=2024, until=2029)                       # the prefecture's contribution, R6 to R11
    attribute("baseline", since=2024, until=2029, municipality="八王子市", output="levy")
    attribute("cost_shock", against="baseline", until=2029)             # one year of two runs
    levers("collection_drive", until=2029, sample=100)                  # which changed key does what, by re-running

The contribution of a year is taken apart into inputs as the run recorded them, and put together again by `_value`:

    what must be paid = insured x age mix x cost per insured (medical); insured or those of 40-64 x payment per head
    C of a portion    = what must be paid x (1 - share of public money - share of the elderly grant) + the rest,
                        less what is settled municipality by municipality
    c, d, e, E        by the rules of the chain (`sim.explanations.rules`), with the alpha, beta and gamma of the run:
                        own part, pooled items and easing, costs and revenues of the municipal account, collection rate

A driver is a group of inputs. Its share of the change is the mean of what it adds over all orders in which the
drivers may switch from one state to the other (Shapley): exact, without a leftover, and none comes first. Yen are
rounded by largest remainder, so that the parts add up to the recorded change.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations
from math import factorial, fsum
from pathlib import Path
from typing import TYPE_CHECKING, Unpack, cast

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.core import language
from sim.core.colours import BLUE, GREY, RED
from sim.core.errors import InputError, nearest
from sim.core.sample import tagged
from sim.core.units import era
from sim.explanations.rules import evaluate
from sim.institutions.memory import PORTIONS
from sim.outputs.folder import RunFolder
from sim.outputs.matching import find_runs
from sim.parameters import Parameters, regions
from sim.parameters.loader import OverrideKey
from sim.parameters.places import is_prefecture, place_code, prefectural, prefecture_of
from sim.parameters.schema import Value
from sim.scenario.scenario import Scenario, load_scenario, year_of_model
from sim.studies.execution import Task, Workers, all_or_raise, execute

if TYPE_CHECKING:
    from matplotlib.axes import Axes

OUTPUTS = ("contribution", "levy")
PUBLIC = ("b2", "b3", "b4", "b5", "b6", "b7", "b8")
"""lines of the metropolitan account that are public money by rule"""
_HEADS = {"medical": "n", "support": "n", "care": "care_n", "child": "n"}

DRIVERS: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "members": ("被保険者数", "insured", ("n", "care_n")),
    "ageing": ("年齢構成", "ageing", ("mix",)),
    "cost": ("受診・単価", "use and unit cost", ("cost",)),
    "payments": (
        "支援金・介護・子ども納付金の単価",
        "support, care and child payments per head",
        ("support", "care", "child"),
    ),
    "public_money": ("公費", "public money", tuple(f"public_{p}" for p in PORTIONS)),
    "elderly_grant": ("前期高齢者交付金", "elderly grant", ("elderly",)),
    "carry_over": ("決算剰余・基金・その他", "carry-over, funds, rest", tuple(f"rest_{p}" for p in PORTIONS)),
    "own_income": ("所得シェア", "own share of income", tuple(f"s_inc_{p}" for p in PORTIONS)),
    "own_members": ("被保険者シェア", "own share of insured", tuple(f"s_ben_{p}" for p in PORTIONS)),
    "index": ("医療費指数", "cost index", ("x",)),
    "rules": ("α・β・γ", "α, β, γ", ("alpha", *(f"{name}_{p}" for name in ("beta", "gamma") for p in PORTIONS))),
    "easing": (
        "激変緩和・共同負担",
        "easing and pooled items",
        tuple(f"{name}_{p}" for name in ("settled", "after") for p in PORTIONS),
    ),
    "accounts": ("市区町村の費用と収入", "municipal costs and revenues", tuple(f"own_{p}" for p in PORTIONS)),
    "collection": ("収納率", "collection rate", tuple(f"r_{p}" for p in PORTIONS)),
}
"""driver -> Japanese, English, inputs"""

_OF_MUNICIPALITIES = ("own_income", "own_members", "index", "rules")
"""drivers that share out the prefecture's sum and so leave it alone"""
_OF_LEVY = ("accounts", "collection")

State = Mapping[str, float]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Attribution:
    """A change taken apart. `table`: driver, ja, en, yen; the yen add up to `after - before`."""

    output: str
    place: str
    labels: tuple[str, str]
    before: int
    after: int
    table: pd.DataFrame
    unit: str = "yen"
    sample: int = 1

    def plot(self, lang: str = "ja", axes: Axes | None = None) -> Axes:
        """Draw the waterfall from before to after; return the matplotlib axes."""
        import matplotlib.pyplot as plt
        import matplotlib_fontja  # noqa: F401  registers a Japanese font

        scale, unit = (1e8, "億円" if lang == "ja" else "100 million yen") if self.unit == "yen" else (1, self.unit)
        rows = self.table[self.table["yen"] != 0]
        names = [self.labels[0], *rows[lang], self.labels[1]]
        steps = rows["yen"].to_numpy(float) / scale
        tops = self.before / scale + np.concatenate([[0], steps.cumsum()])
        axes = axes or plt.figure(figsize=(8.5, 1.2 + 0.42 * len(names)), layout="constrained").subplots()
        y = np.arange(len(names))[::-1]
        ends = [self.before / scale, self.after / scale]
        axes.barh([y[0], y[-1]], ends, color=GREY)
        axes.barh(y[1:-1], steps, left=tops[:-1], color=np.where(steps > 0, RED, BLUE))
        low, high = min([*tops, *ends]), max([*tops, *ends])
        room = (high - low) or abs(high) or 1
        axes.set_xlim(low - 0.25 * room, high + 0.25 * room)
        for at, value, right in zip(y[1:-1], steps, np.maximum(tops[:-1], tops[1:]), strict=True):
            axes.text(right + 0.015 * room, at, f"{value:+,.1f}", va="center", fontsize=9)
        for at, value in ((y[0], ends[0]), (y[-1], ends[1])):
            axes.text(value + 0.015 * room, at, f"{value:,.1f}", va="center", fontsize=9)
        axes.set_yticks(y, names, parse_math=False)
        title = {"contribution": ("納付金", "contribution"), "levy": ("必要な賦課総額", "levy needed")}
        said = title.get(self.output, (self.output, self.output))[0 if lang == "ja" else 1]
        text = f"{self.place} {said}（{unit}）" if lang == "ja" else f"{self.place} {said} ({unit})"
        axes.set_title(tagged(text, self.sample, lang), loc="left", parse_math=False)
        axes.spines[["top", "right"]].set_visible(False)
        return axes


def attribute(
    run: str | Path | RunFolder,
    *,
    until: int | str,
    since: int | str | None = None,
    against: str | Path | RunFolder | None = None,
    municipality: str | int | None = None,
    output: str = "contribution",
) -> Attribution:
    """Split a change between two years of a run, or between two runs in a year, into the drivers.

    run, against  run folders, run ids or scenario names; of two names runs are taken that match

    Raises InputError if neither or both of `since` and `against` are given, a year is not in the run, or the two runs
    differ in more than their scenario.

    >>> why = sim.attribute(result.path, since="R5", until="R6")
    >>> int(why.table["yen"].sum()) == why.after - why.before
    True
    """
    if (since is None) == (against is None):
        raise InputError("give either the year to start from (--from) or the run to compare with (--against)")
    if output not in OUTPUTS:
        raise InputError(f"output '{output}'{nearest(output, OUTPUTS) or ''} Allowed: {', '.join(OUTPUTS)}")
    found = find_runs([run] if against is None else [against, run])
    earlier, later = found[0], found[-1]
    end = year_of_model(until, "until")
    first = end if since is None else year_of_model(since, "since")
    code, place = _place(municipality)
    profile = _profile(earlier, first)
    old, new = _state(earlier, first, code, profile), _state(later, end, code, profile)
    before, after = round(_value(old, output)), round(_value(new, output))
    switch = _moved(old, new, whole=code is None, output=output)

    def value(chosen: frozenset[str]) -> float:
        moved = {i for d in chosen for i in switch[d]}
        return _value({k: new[k] if k in moved else v for k, v in old.items()}, output)

    parts = whole(shapley(list(switch), value), after - before)
    table = pd.DataFrame(
        [(d, *DRIVERS[d][:2], parts[d]) for d in DRIVERS if d in parts], columns=["driver", "ja", "en", "yen"]
    )
    labels = (era(first), era(end)) if against is None else (_name(earlier), _name(later))
    return Attribution(output, place, labels, before, after, table, sample=int(later.manifest["sample"]))


def attribute_places(run: RunFolder, *, since: int, until: int) -> pd.DataFrame:
    """Split the change of every municipality's contribution between two years into the drivers, as `attribute` does.

    Columns: code, driver, yen, before, after (yen, of the municipality). The Shapley values of a sum are the sums of
    those of its parts: each portion is taken by itself, all municipalities at once.
    """
    profile = _profile(run, since)
    old, new = (_states(run, year, profile) for year in (since, until))
    codes = sorted(old.keys() & new.keys())
    shares: dict[str, Floats] = {}
    ends = [np.zeros(len(codes)), np.zeros(len(codes))]
    for p in PORTIONS:
        first, last = (
            {name: np.array([states[c].get(name, 0.0) for c in codes]) for name in states[codes[0]]}
            for states in (old, new)
        )
        drivers = {d: inputs for d, (_, _, all_) in DRIVERS.items() if (inputs := _of_portion(p, all_))}
        worth = _worth(p, first, last, drivers)
        each = (_weights(len(drivers))[:, :, np.newaxis] * worth).sum(axis=1)
        for driver, yen in zip(drivers, each, strict=True):
            shares[driver] = shares.get(driver, np.zeros(len(codes))) + yen
        ends = [ends[0] + worth[0], ends[1] + worth[-1]]
    rows = []
    for i, code in enumerate(codes):
        before, after = round(ends[0][i]), round(ends[1][i])
        moved = _moved(old[code], new[code], whole=False, output="contribution")
        parts = whole({d: float(shares[d][i]) for d in moved}, after - before)
        rows += [(code, driver, yen, before, after) for driver, yen in parts.items()]
    return pd.DataFrame(rows, columns=["code", "driver", "yen", "before", "after"])


def _of_portion(p: str, inputs: Sequence[str]) -> tuple[str, ...]:
    """Return which of a driver's inputs the contribution of a portion rests on."""
    plain = {"n", "mix", "cost", "elderly", "x", "alpha"} if p == "medical" else {_HEADS[p], p}
    own = {f"{name}_{p}" for name in ("public", "rest", "s_inc", "s_ben", "beta", "gamma", "settled", "after")}
    return tuple(name for name in inputs if name in plain | own)


def _worth(
    p: str, old: Mapping[str, Floats], new: Mapping[str, Floats], drivers: Mapping[str, Sequence[str]]
) -> Floats:
    """Return the contribution of a portion, float64[sets of drivers, municipalities], of every set switched to new.

    The drivers of a set are the bits of its number; the first set is none, the last is all.
    """
    sets = np.arange(1 << len(drivers))
    state: dict[str, Floats] = {name: old[name][None, :] for name in old}
    for bit, inputs in enumerate(drivers.values()):
        switched = (sets >> bit & 1).astype(bool)[:, None]
        state |= {name: np.where(switched, new[name][None, :], old[name][None, :]) for name in inputs}
    found = evaluate("d", _lines(cast(State, state), p))  # the rules are arithmetic: arrays pass through as numbers do
    return np.broadcast_to(np.asarray(found), (len(sets), next(iter(old.values())).size))


def _weights(n: int) -> Floats:
    """Return float64[players, sets]: the weight of each set's worth in the Shapley value of each player."""
    sets = np.arange(1 << n)
    sizes = sum((sets >> bit & 1) for bit in range(n)) + np.zeros_like(sets)
    joined = np.array([factorial(max(k - 1, 0)) * factorial(n - max(k, 1)) / factorial(n) for k in range(n + 1)])
    left = np.array([factorial(k) * factorial(max(n - k - 1, 0)) / factorial(n) for k in range(n + 1)])
    has = np.array([sets >> bit & 1 for bit in range(n)], dtype=bool)
    return np.where(has, joined[sizes], -left[sizes])


def _moved(old: State, new: State, *, whole: bool, output: str) -> dict[str, tuple[str, ...]]:
    """Return the drivers that differ between two states and bear on the output, with their inputs."""
    idle = {*(_OF_MUNICIPALITIES if whole else ()), *(_OF_LEVY if output != "levy" else ())}
    every = {driver: inputs for driver, (_, _, inputs) in DRIVERS.items() if driver not in idle}
    return {driver: inputs for driver, inputs in every.items() if any(old[i] != new[i] for i in inputs)}


def shapley(players: Sequence[str], value: Callable[[frozenset[str]], float]) -> dict[str, float]:
    """Return each player's mean addition over all orders; they add up to value(all) - value(none)."""
    n = len(players)
    sets = [frozenset(s) for size in range(n + 1) for s in combinations(players, size)]
    worth = {s: value(s) for s in sets}
    weight = [factorial(k) * factorial(n - k - 1) / factorial(n) for k in range(n)]
    return {p: fsum(weight[len(s)] * (worth[s | {p}] - worth[s]) for s in sets if p not in s) for p in players}


def whole(parts: Mapping[str, float], total: int) -> dict[str, int]:
    """Return the parts as whole numbers that add up to the total: rounded down, what is left by largest remainder."""
    if not parts:
        return {}
    floor = {k: int(np.floor(v)) for k, v in parts.items()}
    left = total - sum(floor.values())
    order = sorted(parts, key=lambda k: (-(parts[k] - floor[k]), k))
    each, more = divmod(left, len(order))
    return {k: floor[k] + each + (order.index(k) < more) for k in parts}


def _value(s: State, output: str) -> float:
    """Return the contribution or the levy of a state, yen."""
    symbol = "d" if output == "contribution" else "E"
    return fsum(_evaluated(symbol, tuple(_lines(s, p).items())) for p in PORTIONS)


@lru_cache(maxsize=1 << 14)
def _evaluated(symbol: str, lines: tuple[tuple[str, float], ...]) -> float:
    """Return a line of a portion; most drivers leave most portions alone, so that few values are computed."""
    return evaluate(symbol, dict(lines))


def _lines(s: State, p: str) -> dict[str, float]:
    """Return the lines that the chain of a portion rests on, as a state has them."""
    medical = p == "medical"
    gross = s["n"] * s["mix"] * s["cost"] if medical else s[_HEADS[p]] * s[p]
    need = gross * (1 - s[f"public_{p}"] - (s["elderly"] if medical else 0.0)) + s[f"rest_{p}"]
    return {
        "C": need + s[f"settled_{p}"],
        "alpha": s["alpha"],
        "x": s["x"] if medical else 1.0,
        "beta": s[f"beta_{p}"],
        "S_inc": s[f"s_inc_{p}"],
        "S_ben": s[f"s_ben_{p}"],
        "gamma": s[f"gamma_{p}"],
        "item.after": s[f"after_{p}"],
        "cost.own": s[f"own_{p}"],
        "r": s[f"r_{p}"],
    }


def _state(run: RunFolder, year: int, code: int | None, profile: pd.Series) -> dict[str, float]:
    """Return the inputs of `_value` as a run recorded them for a year; code None is the prefecture as a whole."""
    s, chain = _common(run, year, profile)
    for p in PORTIONS:
        rows = chain[chain["portion"] == p]
        s |= (
            _whole(p, s, rows)
            if code is None
            else _part(p, s, _figures(rows, prefecture_of(code)), _figures(rows, code))
        )
    return s


def _states(run: RunFolder, year: int, profile: pd.Series) -> dict[int, dict[str, float]]:
    """Return the state of every municipality in a year, by code; the tables are gone through once."""
    common, chain = _common(run, year, profile)
    figures: dict[tuple[str, int], dict[str, float]] = {}
    for p, code, symbol, value in zip(chain["portion"], chain["code"], chain["symbol"], chain["value"], strict=True):
        figures.setdefault((p, int(code)), {})[symbol] = float(value)
    states = {}
    for code in sorted({code for _, code in figures if not is_prefecture(code)}):
        s = dict(common)
        for p in PORTIONS:
            s |= _part(p, s, figures.get((p, prefecture_of(code)), {}), figures.get((p, code), {}))
        states[code] = s
    return states


def _common(run: RunFolder, year: int, profile: pd.Series) -> tuple[dict[str, float], pd.DataFrame]:
    """Return the inputs that all municipalities share in a year, and the lines of the chain."""
    account = run.table("metropolitan_account")
    a = account[account["year"] == year].set_index("item")["value"].astype(float).to_dict()
    chain = run.table("contribution")
    chain = chain[chain["year"] == year]
    if not a or chain.empty:
        known = sorted(int(y) for y in account["year"].unique())
        raise InputError(f"{run.path}: no contribution of {era(year)}; years: {era(known[0])}-{era(known[-1])}")
    s = {"n": a["members"], "care_n": a["care_members"], "mix": _mix(run, year, profile), "alpha": a["alpha"]}
    for p in PORTIONS:
        s |= _need(p, a, s)
    return s, chain


def _figures(rows: pd.DataFrame, code: int) -> dict[str, float]:
    """Return the lines of a municipality, or of the metropolis, by symbol."""
    own = rows[rows["code"] == code]
    return dict(zip(own["symbol"], own["value"].astype(float), strict=True))


def _need(p: str, a: Mapping[str, float], s: State) -> dict[str, float]:
    """Return what makes the need of a portion: payment per head, shares of public money and elderly grant, the rest."""
    gross = a.get(f"{p}.a1", 0.0)
    public = -sum(a.get(f"{p}.{line}", 0.0) for line in PUBLIC)
    elderly = -a.get("medical.b1", 0.0) if p == "medical" else 0.0
    out = {f"public_{p}": public / gross if gross else 0.0}
    out[f"rest_{p}"] = a.get(f"{p}.B", 0.0) - (gross - public - elderly)
    if p == "medical":
        return {**out, "cost": gross / (s["n"] * s["mix"]), "elderly": elderly / gross}
    return {**out, p: gross / s[_HEADS[p]]}


def _whole(p: str, s: State, rows: pd.DataFrame) -> dict[str, float]:
    """Return how the prefecture as a whole stands in a portion: it bears all of the need, whatever the rules."""
    sums = rows[~prefectural(rows["code"])].groupby("symbol")["value"].sum().astype(float).to_dict()
    all_of_it = {f"beta_{p}": 0.0, f"gamma_{p}": 1.0, f"s_inc_{p}": 1.0, f"s_ben_{p}": 1.0, f"settled_{p}": 0.0}
    return _borne(p, {**s, **all_of_it, "x": 1.0}, sums)


def _part(p: str, s: State, shared: Mapping[str, float], own: Mapping[str, float]) -> dict[str, float]:
    """Return how a municipality stands in a portion, with the coefficients the engine used."""
    inputs = {
        f"beta_{p}": shared.get("beta", 0.0),
        f"gamma_{p}": shared.get("gamma", 1.0),
        f"s_inc_{p}": own.get("S_inc", 0.0),
        f"s_ben_{p}": own.get("S_ben", 0.0),
        f"settled_{p}": shared.get("C", 0.0) - shared.get("B", 0.0),
    }
    index = {"x": own.get("x", 1.0)} if p == "medical" else {}
    return _borne(p, {**s, **inputs, **index}, own)


def _borne(p: str, s: State, own: Mapping[str, float]) -> dict[str, float]:
    """Return a state with what comes after c: items and easing, the municipal account, the collection rate."""
    costs = sum(v for symbol, v in own.items() if symbol.startswith("cost."))
    revenues = sum(v for symbol, v in own.items() if symbol.startswith("revenue."))
    levy, assessed = own.get("d", 0.0), own.get("E", 0.0)
    needed = levy + costs - revenues
    out = {**s, f"after_{p}": 0.0, f"own_{p}": costs - revenues}
    out[f"r_{p}"] = needed / assessed if assessed and needed else 1.0
    return {**out, f"after_{p}": levy - evaluate("c", _lines(out, p))}


def _profile(run: RunFolder, year: int) -> pd.Series:
    """Return the cost per insured by age of the first state's year, the yardstick of the age mix."""
    t = run.table("cost_by_age")
    t = t[t["year"] == min(year, int(t["year"].max()))].groupby("age_group")[["cost", "members"]].sum()
    return t["cost"] / t["members"].where(t["members"] > 0)


def _mix(run: RunFolder, year: int, profile: pd.Series) -> float:
    """Return the mean of the yardstick over the insured of a year, over its plain mean over the ages."""
    t = run.table("cost_by_age")
    members = t[t["year"] == min(year, int(t["year"].max()))].groupby("age_group")["members"].sum()
    return float((members * profile).sum() / members.sum() / profile.mean())


def _place(municipality: str | int | None) -> tuple[int | None, str]:
    if municipality is None:
        return None, regions.read(regions.current()).ja
    p = Parameters.load()
    code = place_code(municipality, p, "municipality")
    return code, p.places()[code][0]


def _name(run: RunFolder) -> str:
    return str(run.manifest["scenario"])


def levers(
    scenario: str | Path | Scenario,
    *,
    until: int | str = 2029,
    measure: str = "collection_rate",
    sample: int = 100,
    **workers: Unpack[Workers],
) -> pd.DataFrame:
    """Split what a scenario does to a headline figure over the keys it changes, by re-running every combination.

    Up to six changed keys (64 runs). Columns: key, effect (Shapley), alone (the key by itself), last (what is lost
    without it), level (the base's figure, in samples told by control totals that of everybody); effects add up to the
    scenario's whole difference from its base.
    """
    chosen = scenario if isinstance(scenario, Scenario) else load_scenario(scenario)
    end = year_of_model(until, "until")
    base = load_scenario(chosen.extends or "baseline")
    changes = _changes(chosen, base)
    keys = list(changes)
    if not 1 <= len(keys) <= 6:
        raise InputError(f"{chosen.name} changes {len(keys)} keys; attribution by re-running takes one to six")
    sets = [frozenset(s) for size in range(len(keys) + 1) for s in combinations(keys, size)]
    tasks = [Task(base, {k: v for key in s for k, v in changes[key].items()}, sample=sample, last=end) for s in sets]
    done = all_or_raise(execute(tasks, title=language.either("組合せの計算", "combinations"), **workers))
    worth = {}
    for s, outcome in zip(sets, done, strict=True):
        table = outcome.tables["metropolis_year"].set_index("year")
        if measure not in table:
            raise InputError(f"no headline figure '{measure}'{nearest(measure, list(table))}")
        worth[s] = float(table.at[end, measure])
    effects = shapley(keys, worth.__getitem__)
    none, everything = frozenset[str](), frozenset(keys)
    rows = [
        (k, effects[k], worth[frozenset({k})] - worth[none], worth[everything] - worth[everything - {k}]) for k in keys
    ]
    return pd.DataFrame(rows, columns=["key", "effect", "alone", "last"]).assign(level=worth[none])


def _changes(scenario: Scenario, base: Scenario) -> dict[str, dict[OverrideKey, Value]]:
    """Return what a scenario sets otherwise than its base, by key."""
    register = Parameters.load()
    before = base.overrides(register)
    changes: dict[str, dict[OverrideKey, Value]] = {}
    for place, value in scenario.overrides(register).items():
        if before.get(place) != value:
            changes.setdefault(place[0], {})[place] = value
    return changes
