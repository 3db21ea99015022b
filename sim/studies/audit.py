"""Is the built population the prefecture's? Every table it was fitted to, and published ones it was not.

`fitted` rows must hold: the population was made to meet them. `held_out` rows compare with figures that
were not used, or only through an assumption; where the figure is national or of another year the tolerance
says how far the prefecture may well be from it. A sample is allowed the noise of its size on top.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.core.errors import BalanceError, ParameterError
from sim.core.state import take
from sim.parameters import Parameters
from sim.parameters.places import prefectural
from sim.population import synthesis
from sim.population.codes import Kind, Relation, Scheme, Sex, Work
from sim.population.store import stored
from sim.population.synthesis import base_income, lives, members, register
from sim.population.synthesis.state import JANUARY, OPENING, YEAR, Incomes
from sim.population.table import Table

_SEED = 20260401
_YEAR = YEAR
_EMPLOYED = (Work.REGULAR, Work.PART_TIME, Work.OFFICER, Work.SELF_EMPLOYED, Work.FAMILY_WORKER)
_CONVERGED = 0.001
"""largest relative error of a margin that is taken as met"""
Row = dict[str, object]


class Figure(NamedTuple):
    """A figure the population is held against; `worst` names the municipality, or says what the figure is of."""

    id: str
    role: str
    unit: str
    target: float
    tolerance: float
    source: str
    worst: str = ""


Numbers = NDArray[Any]


def audit(people: Table, households: Table, p: Parameters, weight: int = 1) -> pd.DataFrame:
    """Return the comparisons, one per row: id, role, unit, target, simulated, error, tolerance, ok, worst, source.

    Errors are relative, those of shares absolute. A row that names a municipality shows the worst one.
    """
    v = _View(people, households, p, weight)
    plan = synthesis.plan(p)
    parts = (
        _convergence(v, plan),
        _residents(v, plan),
        _types(v, plan),
        _members(v, plan),
        _incomes(v),
        _held_households(v),
        _held_places(v),
        _held_members(v),
        _held_schemes(v),
        _held_incomes(v),
        _held_pensions(v),
        _held_work(v),
    )
    return pd.DataFrame([row for part in parts for row in part])


def audit_run(sample: int | None = 1, seed: int = _SEED) -> pd.DataFrame:
    """Return the audit of the stored population of this sample, which is built if it is not there."""
    p = Parameters.load()
    people, households = stored(p, sample or 1, seed)
    return audit(people, households, p, sample or 1)


def failures(frame: pd.DataFrame) -> str:
    """Return a list of the rows of an audit that are out of tolerance, or nothing."""
    wrong = frame[~frame["ok"]]
    if not len(wrong):
        return ""
    columns = ["id", "role", "target", "simulated", "error", "tolerance", "worst"]
    head = f"{len(wrong)} of {len(frame)} figures of the population are out of tolerance:"
    return f"{head}\n{wrong[columns].to_string(index=False)}"


def check(frame: pd.DataFrame) -> None:
    """Raise BalanceError with the rows of an audit that are out of tolerance."""
    if text := failures(frame):
        raise BalanceError(text)


def base_incomes(people: Table, p: Parameters) -> NDArray[np.int64]:
    """Return everybody's base income (旧ただし書き所得) of 2021, yen, by the schedules of the build."""
    out = np.empty(people.rows, np.int64)
    base_income.base_incomes(take(Incomes, people), lives.base(p), JANUARY, out)
    return out


class _View:
    """What several comparisons need, made once; and the making of a row."""

    def __init__(self, people: Table, households: Table, p: Parameters, weight: int) -> None:
        self.people, self.households, self.p, self.weight = people, households, p, weight
        self.age = (OPENING - people.born) // 12
        self.home = people.household
        self.place = households.place.astype(np.int64)[self.home]
        self.member = people.scheme == Scheme.KOKUHO
        self.foreign = people.residence > 0
        self.insured = np.bincount(self.home[self.member], minlength=households.rows)
        self.base = base_incomes(people, p)
        self.home_base = np.bincount(self.home, weights=np.where(self.member, self.base, 0), minlength=households.rows)
        self.codes = p.codes()
        self.names = list(p.table("places.municipalities")["name_en"])

    def value(self, name: str) -> Any:
        return self.p.value(f"population.{name}", _YEAR)

    def told(self, item: str, name: str) -> str:
        """Return the source of a published total of the opening year, that of the parameter where none is."""
        known = self.p.rows("targets.totals").set_index("id")["source_id"]
        return str(known.get(f"{item}.{_YEAR}", self.p.passport(f"population.{name}").source))

    def source(self, *tables: str) -> str:
        """Return the sources of some tables of places, joined."""
        named = (source for table in tables for source in self.p.table(f"places.{table}")["source_id"].unique())
        return ";".join(dict.fromkeys(named))

    @property
    def richer(self) -> str:
        """What makes a national figure of incomes another one here: the mean income of members beside the nation's."""
        nation = self.p.table("people.headline").query("geography == 'national'").set_index("indicator")["value"]
        ours = self.p.rows("targets.totals").set_index("id")["value"].get(f"income_per_insured_old_proviso.{_YEAR}")
        theirs = float(nation["taxable_income_per_insured_kyu_tadashigaki"])
        times = float(ours or self.value("mean_base_income")) / theirs
        return f"national; {self.p.region.en}'s mean is {times:.2f} times as high"

    def aged(self, low: int, high: int) -> Numbers:
        return (self.age >= low) & (self.age < high)

    def by_place(self, persons: Numbers) -> Numbers:
        """Return the number of persons of a mask by municipality, weighted."""
        return np.bincount(self.place[persons], minlength=len(self.codes)) * self.weight

    def homes_by_place(self, homes: Numbers) -> Numbers:
        """Return the number of households of a mask by municipality, weighted."""
        return np.bincount(self.households.place[homes], minlength=len(self.codes)) * self.weight

    def row(self, figure: Figure, simulated: float, rows: float) -> Row:
        """Return a comparison; `rows` = rows of the table behind the figure, for the noise of a sample."""
        target, share = figure.target, figure.unit == "share"
        error = simulated - target if share else simulated / target - 1
        spread = np.sqrt(max(target * (1 - target), 0.0)) if share else 1.0
        noise = 4 * spread * np.sqrt(2 / max(rows, 1.0)) if self.weight > 1 else 0.0
        return {
            "id": figure.id,
            "role": figure.role,
            "unit": figure.unit,
            "target": float(target),
            "simulated": float(simulated),
            "error": float(error),
            "tolerance": float(figure.tolerance + noise),
            "ok": bool(abs(error) <= figure.tolerance + noise),
            "worst": figure.worst,
            "source": figure.source,
        }

    def share(
        self,
        id_: str,
        target: float,
        mask: Numbers,
        tolerance: float,
        source: str,
        worst: str = "",
        role: str = "held_out",
    ) -> Row:
        """Compare the share of true rows of a mask."""
        simulated = float(mask.mean()) if mask.size else 0.0
        return self.row(Figure(id_, role, "share", target, tolerance, source, worst), simulated, mask.size)

    def count(
        self,
        id_: str,
        unit: str,
        target: float,
        number: float,
        tolerance: float,
        source: str,
        role: str = "held_out",
        worst: str = "",
    ) -> Row:
        """Compare a weighted number of persons or households."""
        return self.row(Figure(id_, role, unit, target, tolerance, source, worst), number, target / self.weight)

    def mean(self, id_: str, unit: str, target: float, values: Numbers, tolerance: float, source: str) -> Row:
        """Compare a mean; the sixth of the rows allows for the long tails of incomes."""
        figure = Figure(id_, "held_out", unit, target, tolerance, source)
        return self.row(figure, float(values.mean()), values.size / 6)

    def worst(self, id_: str, target: Numbers, number: Numbers, least: float, tolerance: float, source: str) -> Row:
        """Compare the municipality of at least `least` that misses most."""
        error = np.where(target >= least, np.abs(number / np.maximum(target, 1) - 1), 0.0)
        at = int(np.argmax(error))
        return self.count(id_, "number", target[at], number[at], tolerance, source, "fitted", self.names[at])


def _convergence(v: _View, plan: synthesis.Plan) -> Iterator[Row]:
    """How closely each proportional fit met its margins of 1,000 people or more, and in how many rounds."""
    q = _quotas(v, plan)
    done = (
        ("register", plan.residents.iterations, plan.residents.error, "places.register_totals;places.register_age3"),
        ("roles", plan.roles.iterations, plan.roles.error, "places.census_households"),
        ("members", q.iterations, q.error, "places.settlement_fy2023"),
    )
    for name, rounds, error, source in done:
        yield {
            "id": f"convergence.{name}",
            "role": "convergence",
            "unit": "relative error",
            "target": 0.0,
            "simulated": error,
            "error": error,
            "tolerance": _CONVERGED,
            "ok": bool(error <= _CONVERGED),
            "worst": f"{rounds} rounds",
            "source": source,
        }


def _quotas(v: _View, plan: synthesis.Plan) -> members.Quotas:
    """Return the members wanted, computed from all residents."""
    residents = plan.residents.counts
    group = members.group_of_age()[: register.AGES]
    eligible = np.stack([residents[:, group == g].sum(axis=(1, 2)) for g in range(members.GROUPS)], axis=1)
    return members.quotas(v.p, eligible, residents[..., 1].sum(axis=(1, 2)).astype(float))


def _residents(v: _View, plan: synthesis.Plan) -> Iterator[Row]:
    """Residents of the register, fitted."""
    cell = ((v.place * 21 + np.minimum(v.age // 5, 20)) * 2 + v.people.sex) * 2 + v.foreign
    got = np.bincount(cell, minlength=len(v.codes) * 84).reshape(-1, 21, 2, 2) * v.weight
    want = register.five_year(plan.residents.raked)
    source = v.source("register_age5", "register_totals")
    error = np.where(want > 1000, np.abs(got / np.maximum(want, 1) - 1), 0.0)
    at = tuple(int(i) for i in np.unravel_index(np.argmax(error), error.shape))
    where = f"{v.names[at[0]]} {5 * at[1]}-{5 * at[1] + 4} {Sex(at[2]).name.lower()}, {'foreign' * at[3] or 'Japanese'}"
    yield v.count("residents.cell", "persons", want[at], got[at], 0.005, source, "fitted", where)
    sums = {"all": slice(None), "0_14": slice(0, 3), "65_plus": slice(13, 21)}
    for name, groups in sums.items():
        target, number = want[:, groups].sum(), got[:, groups].sum()
        yield v.count(f"residents.{name}", "persons", target, number, 0.001, source, "fitted")
    yield v.count("residents.foreign", "persons", want[..., 1].sum(), got[..., 1].sum(), 0.001, source, "fitted")


def _types(v: _View, plan: synthesis.Plan) -> Iterator[Row]:
    """Households by type of the census, scaled to 2022, fitted."""
    t, h = plan.roles.targets, v.households
    old = v.age[h.head] >= 65
    alone = h.kind == Kind.ONE_PERSON
    wanted = {
        "one_person_under_65": (t.alone_young, alone & ~old),
        "one_person_65_plus": (t.alone_old, alone & old),
        "couple": (t.couple, h.kind == Kind.COUPLE),
        "couple_children": (t.couple_children, h.kind == Kind.COUPLE_CHILDREN),
        "lone_parent": (t.father + t.mother, h.kind == Kind.LONE_PARENT),
        "three_generation": (t.three, h.kind == Kind.THREE_GENERATION),
        "other": (t.other, h.kind == Kind.OTHER),
        "institution_persons": (t.institution, h.kind == Kind.INSTITUTION),
    }
    for name, (target, mask) in wanted.items():
        number, source = v.homes_by_place(mask), "census2020_major"
        yield v.count(f"households.{name}", "households", target.sum(), number.sum(), 0.01, source, "fitted")
        yield v.worst(f"households.{name}.place", target, number, 3000, 0.02, source)


def _members(v: _View, plan: synthesis.Plan) -> Iterator[Row]:
    """Members and insured households, fitted."""
    q = _quotas(v, plan)
    want, got = q.people.sum(axis=(1, 2)).astype(float), v.by_place(v.member)
    source = v.told("insured_persons_annual_average", "members_start") + ";kokuho_sugata_r6"
    yield v.count("members", "persons", want.sum(), got.sum(), 0.002, source, "fitted")
    yield v.worst("members.place", want, got, 10_000, 0.01, "kessan_card_r5")
    homes = v.homes_by_place(v.insured > 0)
    total = q.households.sum()
    yield v.count("insured_households", "households", total, homes.sum(), 0.005, "kessan_card_r5", "fitted")
    yield v.worst("insured_households.place", q.households, homes, 5000, 0.01, "kessan_card_r5")
    source = v.told("share_65_plus_insured", "members_by_age")
    for share, (low, high) in zip(v.value("members_by_age"), ((0, 20), (20, 40), (40, 65), (65, 75)), strict=True):
        mask = v.aged(low, high)[v.member]
        yield v.share(f"members.share_{low}_{high - 1}", share, mask, 0.005, source, role="fitted")
    abroad = v.foreign[v.member]
    yield v.share("members.foreign", v.value("members_foreign"), abroad, 0.005, "assumption", role="fitted")


def _incomes(v: _View) -> Iterator[Row]:
    """Base income of the members, fitted."""
    source = v.p.passport("population.mean_base_income").source
    row = v.mean("base_income.mean", "yen", v.value("mean_base_income"), v.base[v.member], 0.01, source)
    yield {**row, "role": "fitted"}
    count = v.by_place(v.member)
    sums = np.bincount(v.place[v.member], weights=v.base[v.member], minlength=len(v.codes)) * v.weight
    wanted = lives.income_targets(v.p, np.maximum(count, 1.0))
    got = sums / np.maximum(count, 1)
    enough = count >= 10_000 * v.weight
    if enough.any():
        at = int(np.argmax(np.where(enough, np.abs(got / wanted - 1), 0.0)))
        figure = Figure("base_income.place", "fitted", "yen", wanted[at], 0.03, "kessan_card_r5", v.names[at])
        yield v.row(figure, got[at], count[at] / v.weight / 6)


def _held_households(v: _View) -> Iterator[Row]:
    """Sizes and ages of households that were not fitted."""
    h = v.households
    sizes = h.size[h.kind != Kind.INSTITUTION]
    census = v.p.table("places.census_households")
    general = census["general_households"].sum()
    mean = census["general_household_members"].sum() / general
    yield v.mean("household_size.mean", "persons", mean, sizes, 0.015, "census2020_major")
    for n in range(2, 6):
        yield v.share(f"household_size.{n}", census[f"size_{n}"].sum() / general, sizes == n, 0.015, "own_calculation")
    yield from _old_alone(v, census["one_person_65_plus"].sum())
    labour = v.p.table("places.census_labour")
    labour = labour[labour["sex"] == "total"].groupby("item")["value"].sum()
    for low, high, item in ((65, 75, "age_65_74"), (75, 200, "age_75_plus")):
        if item not in labour.index:  # not every region gives it
            continue
        target = labour[item] / labour["population"]
        yield v.share(f"residents.{item}", target, v.aged(low, high), 0.004, "census2020_major")
    spouse = v.people.relation == Relation.SPOUSE
    head = v.people.born[h.head][v.home[spouse]].astype(np.int64)
    gap = (v.people.born[spouse] - head) / 12 * np.where(v.people.sex[spouse] == Sex.FEMALE, 1, -1)
    yield v.mean("couples.gap", "years", v.value("couple_gap"), gap, 0.3, "assumption")
    adults = np.bincount(v.home[v.age >= 18], minlength=h.rows)
    yield v.share("minors_without_adult", 0.0, adults[v.home[v.age < 18]] == 0, 0.0, "own_calculation")


def _old_alone(v: _View, counted: float) -> Iterator[Row]:
    """Households of one person of 65-74 and of 75 and over, a split of the prefecture carried to the census."""
    one = v.p.rows("places.one_person_households")
    one = one[prefectural(one["code"]) & (one["year"] == 2020) & (one["item"] == "one_person")].set_index("age")
    ages = {"65-74": (65, 75), "75+": (75, 200)}
    if not {*ages} <= {*one.index}:
        return
    split = one.loc[[*ages], "value"].astype(float)
    head_age = v.age[v.households.head]
    for text, (low, high) in ages.items():
        alone = (v.households.kind == Kind.ONE_PERSON) & (head_age >= low) & (head_age < high)
        target, source = split[text] * (counted / split.sum()), f"{one.loc[text, 'source_id']};census2020_major"
        yield v.count(f"one_person.{text}", "households", target, alone.sum() * v.weight, 0.08, source)


_CHECKS = "targets.population_checks"
_AVERAGE = "_annual_average"


def _held_places(v: _View) -> Iterator[Row]:
    """Single municipalities, as far as the region names facts to judge by; yearly averages carried to the first day."""
    facts = v.p.rows("places.municipal_facts").set_index(["code", "fiscal_year", "item"])
    totals = v.p.rows("targets.totals").set_index("id")["value"]
    for line, check in enumerate(v.p.rows(_CHECKS).to_dict("records"), start=2):
        code, key, item = int(check["code"]), (check["code"], check["fiscal_year"], check["item"]), str(check["item"])
        if item not in _MEASURES or code not in v.codes or key not in facts.index:
            raise ParameterError(
                f"population_checks.csv, line {line}: needs a municipality of the region, its fact in "
                f"places.municipal_facts, and as item one of {', '.join(_MEASURES)}"
            )
        at, (name, unit, measured) = v.codes.index(code), _MEASURES[item]
        target, source = float(facts.loc[key, "value"]), str(facts.loc[key, "source_id"])
        if item.endswith(_AVERAGE):
            target *= v.value("members_start") / float(totals[f"insured_persons_annual_average.{check['fiscal_year']}"])
        found, worst = measured(v, at), "" if pd.isna(check["note"]) else str(check["note"])
        id_, band = f"{v.names[at].lower()}.{name}", float(check["band"])
        if unit == "share":
            yield v.share(id_, target, found, band, source, worst)
        else:
            yield v.count(id_, unit, target, float(found), band, source, worst=worst)


def _members_at(v: _View, at: int) -> Numbers:
    return v.by_place(v.member)[at]


def _homes_at(v: _View, at: int) -> Numbers:
    return v.homes_by_place(v.insured > 0)[at]


def _insured_at(v: _View, at: int) -> Numbers:
    return (v.households.place == at) & (v.insured > 0)


_MEASURES: dict[str, tuple[str, str, Callable[[_View, int], Numbers]]] = {
    "insured_persons": ("members", "persons", _members_at),
    f"insured_persons{_AVERAGE}": ("members", "persons", _members_at),
    f"insured_households{_AVERAGE}": ("households", "households", _homes_at),
    "share_65_plus_insured": ("share_65_plus", "share", lambda v, at: v.age[v.member & (v.place == at)] >= 65),
    "foreign_head_share": (
        "foreign_households",
        "share",
        lambda v, at: v.foreign[v.households.head[_insured_at(v, at)]],
    ),
    "income_to_2m_share": ("income_to_2M", "share", lambda v, at: v.home_base[_insured_at(v, at)] <= 2_000_000),
}
"""item of a municipality -> name of its row, unit, and how it is read: a number, or the rows a share of is true"""


def _held_members(v: _View) -> Iterator[Row]:
    """Sizes and heads of insured households, rates of membership by age."""
    insured = v.insured[v.insured > 0]
    sizes = v.p.table("people.kokuho_household_size")
    shares = sizes[sizes["geography"] == v.p.region.en].set_index("size")["value"]
    for n in (n for n in range(1, 5) if str(n) in shares.index):
        target = float(shares[str(n)])
        yield v.share(f"insured_per_household.{n}", target, insured == n, 0.03, "assumption")
    outside = ~v.member[v.households.head[v.insured > 0]]
    yield v.share("insured_households.head_outside", 0.224, outside, 0.06, "w18000_17;limo69743", "national")
    table = v.p.table("people.insurance_by_age")
    own = table[(table["scheme"] == "municipal NHI") & (table["geography"] == v.p.region.en)].set_index("age")["value"]
    for low, high in ((0, 20), (20, 40), (40, 65), (65, 75)):
        text = f"{low}-{high - 1}"
        mask = v.member[v.aged(low, high)]
        if text in own.index:
            yield v.share(f"member_rate.{text}", own[text] / 100, mask, 0.04, "assumption")
    abroad = v.member[v.foreign & v.aged(20, 40)]
    note = f"national; trainees insured by employers weigh less in {v.p.region.en}"
    yield v.share("member_rate.foreign_20-39", 0.33, abroad, 0.2, "koganei_council_r7", note)


def _held_schemes(v: _View) -> Iterator[Row]:
    """Guilds, public assistance, dependants, ages of employees."""
    scheme = v.people.scheme
    source = "kokuho_sugata_r6"
    yield v.share("scheme.guild", 0.021, scheme == Scheme.GUILD, 0.006, source, "national")
    yield v.share("scheme.assistance", 0.016, scheme == Scheme.ASSISTANCE, 0.006, source, "national")
    voluntary = scheme[np.isin(scheme, (Scheme.EMPLOYEE, Scheme.VOLUNTARY))] == Scheme.VOLUNTARY
    yield v.share("scheme.voluntary_of_employees", 0.008, voluntary, 0.004, "assumption")
    workers = np.isin(scheme, (Scheme.EMPLOYEE, Scheme.VOLUNTARY)).sum()
    ratio = float((scheme == Scheme.DEPENDANT).sum() / workers)
    census = v.p.table("places.census_households")
    alone = census["one_person"].sum() / census["general_households"].sum()
    note = f"national; {alone:.0%} of {v.p.region.en}'s households are of one person"
    figure = Figure("dependants_per_employee", "held_out", "ratio", 0.64, 0.3, "stat75", note)
    yield v.row(figure, ratio, float(workers))
    table = v.p.table("people.insurance_by_age")
    table = table[(table["scheme"] == "協会けんぽ 被保険者(本人)") & (table["year"] == "FY2021")]
    age = v.age[scheme == Scheme.EMPLOYEE]
    shares = table["value"].to_numpy(float) / table["value"].sum()
    for text, share in zip(table["age"].astype(str), shares, strict=True):
        low = int(text[:2])
        high = 75 if text.endswith("+") else low + 5
        yield v.share(f"employees.{text}", share, (age >= low) & (age < high), 0.045, "w21806_16", "national")


def _held_incomes(v: _View) -> Iterator[Row]:
    """Classes of income, reliefs, declarations."""
    home = v.home_base[v.home[v.member & (v.age < 70)]]
    edges = {
        "0": (-1.0, 0.0, 0.383, 0.12),
        "to_2.1M": (0.0, 2.1e6, 0.415, 0.1),
        "to_6M": (2.1e6, 6e6, 0.157, 0.1),
        "to_9.01M": (6e6, 9.01e6, 0.021, 0.03),
        "above": (9.01e6, np.inf, 0.023, 0.025),
    }
    for name, (low, high, target, tolerance) in edges.items():
        yield v.share(f"income_class.{name}", target, (home > low) & (home <= high), tolerance, "w22942_13", v.richer)
    x = v.home_base[v.insured > 0]
    yield v.share("base_income.none_or_small", 0.4, x < 150_000, 0.08, "own_calculation")
    sigma = float(np.log(x[x > 0]).std())
    yield v.row(Figure("base_income.sigma", "held_out", "log sd", 1.2, 0.18, "own_calculation"), sigma, x.size)
    masks = _reliefs(v)
    for relief, target, tolerance in ((7, 0.34, 0.1), (5, 0.15, 0.08), (2, 0.11, 0.06)):
        yield v.share(f"relief.{relief}", target, masks[relief], tolerance, "assumption", v.richer)
    yield v.share("members.undeclared", 0.05, v.people.declared[v.member] == 0, 0.03, "assumption")


def _reliefs(v: _View) -> dict[int, Numbers]:
    """Return which insured households have 7, 5 and 2割軽減, judged simply: head and members, incomes of 2021."""
    people, p = v.people, v.p
    counted = v.member.copy()
    counted[v.households.head] = True
    total = np.empty(people.rows, np.int64)
    less = int(p.value("levy.relief_pension", _YEAR))
    base_income.total_incomes(take(Incomes, people), lives.base(p), JANUARY, less, total)
    homes = v.households.rows
    income = np.bincount(v.home[counted], weights=total[counted], minlength=homes)
    pension = people.pension > p.value("levy.earner_pension_65", _YEAR)
    earner = counted & ((people.salary > p.value("levy.earner_salary", _YEAR)) | pension)
    earners = np.bincount(v.home[earner], minlength=homes)
    known = np.bincount(v.home[v.member & (people.declared == 0)], minlength=homes) == 0
    base = p.value("levy.relief_base", _YEAR) + p.value("levy.relief_per_earner", _YEAR) * np.maximum(earners - 1, 0)
    seven, five, two = (
        known & (income <= base + v.insured * (p.value(f"levy.relief_{n}_per_person", _YEAR) if n < 7 else 0))
        for n in (7, 5, 2)
    )
    some = v.insured > 0
    return {7: seven[some], 5: (five & ~seven)[some], 2: (two & ~five)[some]}


def _held_pensions(v: _View) -> Iterator[Row]:
    """Pensions of members, and how many of 65-74 have no base income."""
    month = v.people.pension / 12
    table = v.p.table("people.pension_summary").set_index(["pension", "age_or_indicator"])["value"]
    main = v.value("main_pension")[0]
    for low, high, text in ((66, 70, "65-69"), (70, 75, "70-74")):
        who = v.member & v.aged(low, high) & (month > 0)
        blend = main * table["厚生年金", text] + (1 - main) * table["国民年金", text]
        target = v.value("pension_level") * blend
        yield v.mean(f"pension.{text}", "yen/month", target, month[who], 0.08, "nenkin_amt;assumption")
    old = v.member & (v.age >= 65)
    yield v.share("base_income.zero_65_74", 0.6, v.base[old] == 0, 0.12, "assumption")


def _worst_employment(v: _View, employed: NDArray[np.bool_], adult: NDArray[np.bool_]) -> Iterator[Row]:
    """The municipality whose employment rate is farthest from the census, where the region gives the census's."""
    labour = v.p.table("places.census_labour").set_index(["code", "sex", "item"])["value"]
    if not {"employed", "population_15_plus"} <= {*labour.index.get_level_values("item")}:
        return
    rates = [labour[c, "total", "employed"] / labour[c, "total", "population_15_plus"] for c in v.codes]
    census, there = np.array(rates, float), v.by_place(adult)
    rate = v.by_place(employed) / np.maximum(there, 1)
    at = int(np.argmax(np.where(there > 50_000, np.abs(rate - census), 0)))
    place = Figure("employment_rate.place", "held_out", "share", census[at], 0.08, "census2020_major", v.names[at])
    yield v.row(place, rate[at], there[at] / v.weight)


def _held_work(v: _View) -> Iterator[Row]:
    """Occupations of insured heads, employed persons in the prefecture and its municipalities."""
    work = v.people.work
    head = v.households.head[v.insured > 0]
    head = head[v.member[head]]
    groups = {
        "self_employed": ((Work.SELF_EMPLOYED, Work.FAMILY_WORKER), 0.186),
        "employee": ((Work.REGULAR, Work.PART_TIME, Work.OFFICER), 0.32),
        "none": ((Work.NONE, Work.RETIRED, Work.STUDENT), 0.453),
    }
    for name, (codes, target) in groups.items():
        yield v.share(f"head.{name}", target, np.isin(work[head], codes), 0.07, "kokuho_sugata_r6", "national")
    employed, adult = np.isin(work, _EMPLOYED), v.age >= 15
    women = adult & (v.people.sex == Sex.FEMALE)
    yield from _worst_employment(v, employed, adult)
    status = v.p.table("people.employment_status").drop_duplicates(["geography", "year", "sex", "age", "item"])
    known = status[status["age"] == "15+"].set_index(["geography", "year", "sex", "item"])
    here = v.p.region.en
    for sex, mask in (("total", adult), ("female", women)):
        if (key := (here, 2022, sex, "employment_rate")) in known.index:
            target, source = float(known.loc[key, "value"]) / 100, str(known.loc[key, "source_id"])
            yield v.share(f"employment_rate.{sex}", target, employed[mask], 0.03, source)
    if (key := (here, 2017, "total", "non_regular")) in known.index:
        number, source = (work == Work.PART_TIME).sum() * v.weight, str(known.loc[key, "source_id"])
        yield v.count("non_regular", "persons", float(known.loc[key, "value"]), number, 0.08, source)
    for sex, code in (("male", Sex.MALE), ("female", Sex.FEMALE)):
        target = float(known.loc[("national", 2022, sex, "regular_share_of_employed"), "value"]) / 100
        regular = work[employed & (v.people.sex == code)] == Work.REGULAR
        yield v.share(f"regular_share.{sex}", target, regular, 0.08, "ess2022_vector", "national")
