"""Is the built population Tokyo's? Every table it was fitted to, and published ones it was not.

`fitted` rows must hold: the population was made to meet them. `held_out` rows compare with figures that
were not used, or only through an assumption; where the figure is national or of another year the tolerance
says how far Tokyo may well be from it. A sample is allowed the noise of its size on top.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.core.errors import BalanceError
from sim.parameters import Parameters
from sim.population import build
from sim.population.build import kernels_life, lives, members, register
from sim.population.codes import Kind, Relation, Scheme, Sex, Work
from sim.population.store import stored
from sim.population.table import Table

_SEED = 20260401
_EMPLOYED = (Work.REGULAR, Work.PART_TIME, Work.OFFICER, Work.SELF_EMPLOYED, Work.FAMILY_WORKER)
_OPENING = lives.OPENING


@dataclass(frozen=True)
class Row:
    """One comparison. `error` is relative, or absolute for shares; `cells` the number of people behind the figure."""

    id: str
    role: str
    unit: str
    target: float
    simulated: float
    tolerance: float
    source: str
    worst: str = ""
    cells: float = np.inf

    def as_dict(self, weight: int) -> dict[str, Any]:
        share = self.unit == "share"
        error = self.simulated - self.target if share else self.simulated / self.target - 1
        spread = np.sqrt(self.target * (1 - self.target)) if share else 1.0
        noise = 4 * spread * np.sqrt(2 * weight / max(self.cells, 1)) if weight > 1 else 0.0
        allowed = self.tolerance + noise
        return {
            "id": self.id,
            "role": self.role,
            "unit": self.unit,
            "target": self.target,
            "simulated": self.simulated,
            "error": error,
            "tolerance": allowed,
            "ok": bool(abs(error) <= allowed),
            "worst": self.worst,
            "source": self.source,
        }


class _View:
    """Arrays that several comparisons need, made once."""

    def __init__(self, people: Table, households: Table, p: Parameters) -> None:
        self.people, self.households, self.p = people, households, p
        self.age = (_OPENING - people.born) // 12
        self.home = people.household
        self.place = households.place.astype(np.int64)[self.home]
        self.member = people.scheme == Scheme.KOKUHO
        self.foreign = people.residence > 0
        self.homes = households.rows
        self.insured = np.bincount(self.home[self.member], minlength=self.homes)
        self.base = base_incomes(people, p)
        self.home_base = np.bincount(self.home, weights=np.where(self.member, self.base, 0), minlength=self.homes)
        self.codes = p.codes()
        self.names = dict(zip(self.codes, p.table("places.municipalities")["name_en"], strict=True))

    def name(self, place: int) -> str:
        return str(self.names[self.codes[place]])

    def by_place(self, mask: NDArray[np.bool_]) -> NDArray[np.int64]:
        """Return persons of a mask by municipality."""
        return np.bincount(self.place[mask], minlength=len(self.codes))

    def homes_by_place(self, mask: NDArray[np.bool_]) -> NDArray[np.int64]:
        """Return households of a mask by municipality."""
        return np.bincount(self.households.place[mask], minlength=len(self.codes))


def audit(people: Table, households: Table, p: Parameters, weight: int = 1) -> pd.DataFrame:
    """Return the comparisons, one per row: id, role, unit, target, simulated, error, tolerance, ok, worst, source."""
    v = _View(people, households, p)
    plan = build.plan(p)
    rows = [
        *_residents(v, plan, weight),
        *_types(v, plan, weight),
        *_members(v, plan, weight),
        *_incomes(v, weight),
        *_held_households(v, weight),
        *_held_members(v, weight),
        *_held_incomes(v),
        *_held_work(v, weight),
    ]
    return pd.DataFrame([r.as_dict(weight) for r in rows])


def audit_run(sample: int | None = 1, seed: int = _SEED) -> pd.DataFrame:
    """Return the audit of the stored population of this sample, which is built if it is not there."""
    p = Parameters.load()
    number = sample or 1
    people, households = stored(p, number, seed)
    return audit(people, households, p, number)


def check(frame: pd.DataFrame) -> None:
    """Raise BalanceError with the rows of an audit that are out of tolerance."""
    wrong = frame[~frame["ok"]]
    if len(wrong):
        lines = [f"{r.id}: {r.simulated:,.4g} against {r.target:,.4g}, {r.worst}" for r in wrong.itertuples()]
        raise BalanceError(f"{len(wrong)} of {len(frame)} figures are out of tolerance:\n" + "\n".join(lines))


def base_incomes(people: Table, p: Parameters) -> NDArray[np.int64]:
    """Return everybody's base income (旧ただし書き所得) of 2021, yen, by the schedules of the build."""
    out = np.empty(people.rows, np.int64)
    kernels_life.base_incomes(
        people.salary,
        people.pension,
        people.business,
        people.other_income,
        people.born,
        lives.JANUARY,
        lives.base(p),
        out,
    )
    return out


def _residents(v: _View, plan: build.Plan, weight: int) -> Iterator[Row]:
    """Residents of the register, fitted."""
    group = np.minimum(v.age // 5, 20)
    cell = ((v.place * 21 + group) * 2 + v.people.sex) * 2 + v.foreign
    got = np.bincount(cell, minlength=len(v.codes) * 84).reshape(-1, 21, 2, 2) * weight
    want = register.five_year(plan.residents.raked)
    yield Row("residents", "fitted", "persons", float(want.sum()), float(got.sum()), 1e-6, "juki_ts", cells=want.sum())
    error = np.where(want > 1000, np.abs(got / np.maximum(want, 1) - 1), 0.0)
    at = np.unravel_index(np.argmax(error), error.shape)
    label = f"{v.name(int(at[0]))} {5 * at[1]}-{5 * at[1] + 4} {Sex(int(at[2])).name.lower()} {'foreign' if at[3] else 'japanese'}"
    yield Row(
        "residents.cell",
        "fitted",
        "persons",
        float(want[at]),
        float(got[at]),
        0.005,
        "juki_2026_t7;juki_ts",
        label,
        want[at],
    )
    for name, mask in (("foreign", v.foreign), ("65_plus", v.age >= 65), ("0_14", v.age < 15)):
        target = (
            want[..., 1].sum() if name == "foreign" else want[:, 13:].sum() if name == "65_plus" else want[:, :3].sum()
        )
        yield Row(
            f"residents.{name}",
            "fitted",
            "persons",
            float(target),
            float(mask.sum()) * weight,
            0.002,
            "juki_ts",
            cells=target,
        )


def _worst(
    v: _View,
    id_: str,
    want: NDArray[Any],
    got: NDArray[Any],
    least: float,
    tolerance: float,
    source: str,
    role: str = "fitted",
) -> Row:
    """Return the row of the municipality of at least `least` that misses most."""
    error = np.where(want >= least, np.abs(got / np.maximum(want, 1) - 1), 0.0)
    at = int(np.argmax(error))
    return Row(id_, role, "number", float(want[at]), float(got[at]), tolerance, source, v.name(at), float(want[at]))


def _types(v: _View, plan: build.Plan, weight: int) -> Iterator[Row]:
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
        got = v.homes_by_place(mask) * weight
        yield Row(
            f"households.{name}",
            "fitted",
            "households",
            float(target.sum()),
            float(got.sum()),
            0.01,
            "census2020_major",
            cells=target.sum(),
        )
        yield _worst(v, f"households.{name}.place", target, got, 3000, 0.02, "census2020_major")


def _members(v: _View, plan: build.Plan, weight: int) -> Iterator[Row]:
    """Members and insured households, fitted."""
    residents = plan.residents.counts
    group = members.group_of_age()[: register.AGES]
    eligible = np.stack([residents[:, group == g].sum(axis=(1, 2)) for g in range(members.GROUPS)], axis=1)
    q = members.quotas(v.p, eligible, residents[..., 1].sum(axis=(1, 2)).astype(float))
    want, got = q.people.sum(axis=(1, 2)).astype(float), v.by_place(v.member) * weight
    total = float(want.sum())
    yield Row(
        "members", "fitted", "persons", total, float(got.sum()), 0.002, "tokyo_council_r6;kokuho_sugata_r6", cells=total
    )
    yield _worst(v, "members.place", want, got, 10_000, 0.01, "kessan_card_r5")
    homes = v.homes_by_place(v.insured > 0) * weight
    yield Row(
        "insured_households",
        "fitted",
        "households",
        float(q.households.sum()),
        float(homes.sum()),
        0.01,
        "kessan_card_r5",
        cells=total,
    )
    yield _worst(v, "insured_households.place", q.households, homes, 5000, 0.02, "kessan_card_r5")
    shares = v.p.value("population.members_by_age", 2022)
    age = v.age[v.member]
    for share, (low, high) in zip(shares, ((0, 20), (20, 40), (40, 65), (65, 75)), strict=True):
        simulated = float(((age >= low) & (age < high)).mean())
        yield Row(
            f"members.share_{low}_{high - 1}",
            "fitted",
            "share",
            share,
            simulated,
            0.005,
            "tokyo_council_r6",
            cells=total,
        )
    foreign = v.p.value("population.members_foreign", 2022)
    yield Row(
        "members.foreign",
        "fitted",
        "share",
        foreign,
        float(v.foreign[v.member].mean()),
        0.005,
        "assumption",
        cells=total,
    )


def _incomes(v: _View, weight: int) -> Iterator[Row]:
    """Base income of the members, fitted."""
    target = float(v.p.value("population.mean_base_income", 2022))
    number = float(v.member.sum()) * weight
    yield Row(
        "base_income.mean",
        "fitted",
        "yen",
        target,
        float(v.base[v.member].mean()),
        0.01,
        "tokyo_council_r6",
        cells=number / 6,
    )
    count = v.by_place(v.member)
    sums = np.bincount(v.place[v.member], weights=v.base[v.member], minlength=len(v.codes))
    wanted = lives.income_targets(v.p, count * float(weight) + 1e-9)
    got = sums / np.maximum(count, 1)
    error = np.where(count * weight >= 10_000, np.abs(got / wanted - 1), 0.0)
    at = int(np.argmax(error))
    yield Row(
        "base_income.place",
        "fitted",
        "yen",
        float(wanted[at]),
        float(got[at]),
        0.03,
        "kessan_card_r5",
        v.name(at),
        count[at] * weight / 6,
    )


def _held_households(v: _View, weight: int) -> Iterator[Row]:
    """Sizes and ages of households that were not fitted."""
    h = v.households
    general = h.kind != Kind.INSTITUTION
    census = v.p.table("places.census_households")
    number = float(general.sum()) * weight
    size = census["general_household_members"].sum() / census["general_households"].sum()
    yield Row(
        "household_size.mean",
        "held_out",
        "persons",
        size,
        float(h.size[general].mean()),
        0.015,
        "census2020_major",
        cells=number,
    )
    for n in range(2, 6):
        target = census[f"size_{n}"].sum() / census["general_households"].sum()
        yield Row(
            f"household_size.{n}",
            "held_out",
            "share",
            target,
            float((h.size[general] == n).mean()),
            0.015,
            "own_calculation",
            cells=number,
        )
    head_age = v.age[h.head]
    one = v.p.table("places.one_person_households")
    ages = one[(one["code"] == 13000) & (one["year"] == 2020) & (one["item"] == "one_person")]
    projected = ages[ages["source_id"].str.contains("tmg")].set_index("age")["value"]
    counted = census["one_person_65_plus"].sum() / (projected["65-74"] + projected["75+"])
    for low, high, text in ((65, 75, "65-74"), (75, 200, "75+")):
        target = float(projected[text] * counted)
        mask = (h.kind == Kind.ONE_PERSON) & (head_age >= low) & (head_age < high)
        yield Row(
            f"one_person.{text}",
            "held_out",
            "households",
            target,
            float(mask.sum()) * weight,
            0.08,
            "census2020_major;tmg_fuzoku20",
            cells=target,
        )
    labour = v.p.table("places.census_labour").query("sex == 'total'").groupby("item")["value"].sum()
    for low, high, item in ((65, 75, "age_65_74"), (75, 200, "age_75_plus")):
        target = labour[item] / labour["population"]
        share = float(((v.age >= low) & (v.age < high)).mean())
        yield Row(
            f"residents.{item}",
            "held_out",
            "share",
            target,
            share,
            0.012,
            "census2020_major",
            cells=labour["population"],
        )
    spouse = v.people.relation == Relation.SPOUSE
    head = v.people.born[h.head][v.home[spouse]].astype(np.int64)
    gap = (v.people.born[spouse] - head) / 12 * np.where(v.people.sex[spouse] == Sex.FEMALE, 1, -1)
    yield Row("couples.gap", "held_out", "years", 2.0, float(gap.mean()), 0.3, "assumption", cells=number)
    minors = v.age < 18
    adults = np.bincount(v.home[~minors], minlength=v.homes)
    yield Row(
        "minors_without_adult",
        "held_out",
        "share",
        0.0,
        float((adults[v.home[minors]] == 0).mean()),
        0.0,
        "own_calculation",
    )


def _held_members(v: _View, weight: int) -> Iterator[Row]:
    """Members of single municipalities, sizes and heads of insured households, other schemes."""
    facts = v.p.table("places.municipal_facts").set_index(["code", "fiscal_year", "item"])["value"]
    count, homes = v.by_place(v.member) * weight, v.homes_by_place(v.insured > 0) * weight
    average = v.p.table("targets.tokyo").set_index("id")["value"]["insured_persons_annual_average.2022"]
    start = v.p.value("population.members_start", 2022) / average
    at = v.codes.index(13114)
    yield Row(
        "nakano.members",
        "held_out",
        "persons",
        facts[13114, 2022, "insured_persons"],
        float(count[at]),
        0.03,
        "nakano_kuho_202312",
        "about 74,000, 1,000 fewer than the year before",
        count[at],
    )
    at = v.codes.index(13118)
    for id_, item, got in (("members", "insured_persons", count), ("households", "insured_households", homes)):
        target = facts[13118, 2022, f"{item}_annual_average"] * start
        yield Row(f"arakawa.{id_}", "held_out", "number", target, float(got[at]), 0.04, "arakawa_page", cells=got[at])
    here = v.member & (v.place == at)
    yield Row(
        "arakawa.share_65_plus",
        "held_out",
        "share",
        facts[13118, 2022, "share_65_plus_insured"],
        float((v.age[here] >= 65).mean()),
        0.03,
        "arakawa_page",
        cells=count[at],
    )
    heads = (v.households.place == at) & (v.insured > 0)
    yield Row(
        "arakawa.foreign_households",
        "held_out",
        "share",
        6603 / 32353,
        float(v.foreign[v.households.head[heads]].mean()),
        0.04,
        "polcafe1727",
        cells=homes[at],
    )
    insured = v.insured[v.insured > 0]
    number = float(insured.size) * weight
    sizes = v.p.table("people.kokuho_household_size").query("geography == 'Tokyo'").set_index("size")["value"]
    for n in (1, 2, 3, 4):
        yield Row(
            f"insured_per_household.{n}",
            "held_out",
            "share",
            sizes[str(n)],
            float((insured == n).mean()),
            0.03,
            "assumption",
            cells=number,
        )
    outside = float((~v.member[v.households.head[v.insured > 0]]).mean())
    yield Row(
        "insured_households.head_outside",
        "held_out",
        "share",
        0.224,
        outside,
        0.06,
        "w18000_17;limo69743",
        cells=number,
    )
    yield from _held_rates(v)
    for scheme, target in ((Scheme.GUILD, 0.021), (Scheme.ASSISTANCE, 0.016)):
        yield Row(
            f"scheme.{scheme.name.lower()}",
            "held_out",
            "share",
            target,
            float((v.people.scheme == scheme).mean()),
            0.006,
            "kokuho_sugata_r6",
            cells=v.member.size * weight,
        )
    workers = np.isin(v.people.scheme, (Scheme.EMPLOYEE, Scheme.VOLUNTARY)).sum()
    yield Row(
        "dependants_per_employee",
        "held_out",
        "ratio",
        0.64,
        float((v.people.scheme == Scheme.DEPENDANT).sum() / workers),
        0.3,
        "stat75",
    )
    yield from _employees_by_age(v)


def _held_rates(v: _View) -> Iterator[Row]:
    """Share of the residents of an age in 国保 against the national one times Tokyo's level."""
    table = (
        v.p.table("people.insurance_by_age")
        .query("scheme == 'municipal NHI' and geography == 'Tokyo'")
        .set_index("age")["value"]
    )
    for low, high in ((0, 20), (20, 40), (40, 65), (65, 75)):
        text = f"{low}-{high - 1}"
        if text in table.index:
            here = (v.age >= low) & (v.age < high)
            yield Row(
                f"member_rate.{text}",
                "held_out",
                "share",
                table[text] / 100,
                float(v.member[here].mean()),
                0.04,
                "kokuho_sugata_r6;ipss_t0202",
                cells=here.sum(),
            )
    young = v.foreign & (v.age >= 20) & (v.age < 40)
    yield Row(
        "member_rate.foreign_20-39",
        "held_out",
        "share",
        0.33,
        float(v.member[young].mean()),
        0.18,
        "koganei_council_r7",
        "national; trainees weigh less in Tokyo",
        young.sum(),
    )


def _employees_by_age(v: _View) -> Iterator[Row]:
    """Ages of insured employees against those of the national 協会けんぽ of FY2021."""
    table = v.p.table("people.insurance_by_age")
    table = table[(table["scheme"] == "協会けんぽ 被保険者(本人)") & (table["year"] == "FY2021")]
    total = table["value"].sum()
    age = v.age[v.people.scheme == Scheme.EMPLOYEE]
    for row in table.itertuples():
        text = str(row.age)
        low = int(text[:2])
        high = 75 if text.endswith("+") else low + 5
        simulated = float(((age >= low) & (age < high)).mean())
        yield Row(
            f"employees.{text}", "held_out", "share", row.value / total, simulated, 0.045, "w21806_16", cells=age.size
        )


def _held_incomes(v: _View) -> Iterator[Row]:
    """Classes of income, reliefs, pensions."""
    insured = v.insured > 0
    young = v.member & (v.age < 70)
    home = v.home_base[v.home[young]]
    classes = (
        ("0", 0, 0, 0.383, 0.12),
        ("to_2.1M", 0, 2.1e6, 0.415, 0.1),
        ("to_6M", 2.1e6, 6e6, 0.157, 0.1),
        ("to_9.01M", 6e6, 9.01e6, 0.021, 0.03),
        ("above", 9.01e6, np.inf, 0.023, 0.025),
    )
    for name, low, high, target, tolerance in classes:
        share = float((home == 0).mean()) if high == 0 else float(((home > low) & (home <= high)).mean())
        yield Row(
            f"income_class.{name}",
            "held_out",
            "share",
            target,
            share,
            tolerance,
            "w22942_13",
            "national; Tokyo's mean is 1.58 times as high",
            home.size,
        )
    x = v.home_base[insured]
    yield Row(
        "base_income.none_or_small",
        "held_out",
        "share",
        0.4,
        float((x < 150_000).mean()),
        0.04,
        "own_calculation",
        cells=x.size,
    )
    yield Row(
        "base_income.sigma",
        "held_out",
        "log sd",
        1.2,
        float(np.log(x[x > 0]).std()),
        0.12,
        "own_calculation",
        cells=x.size,
    )
    at = v.codes.index(13103)
    minato = v.home_base[insured & (v.households.place == at)]
    yield Row(
        "minato.income_to_2M",
        "held_out",
        "share",
        0.74,
        float((minato <= 2e6).mean()),
        0.06,
        "minato2024",
        cells=minato.size,
    )
    for relief, share, target, tolerance in zip(
        (7, 5, 2), _reliefs(v), (0.34, 0.15, 0.11), (0.1, 0.08, 0.06), strict=True
    ):
        yield Row(
            f"relief.{relief}",
            "held_out",
            "share",
            target,
            share,
            tolerance,
            "assumption",
            "national; only the sum 0.593 is printed",
            x.size,
        )
    month = v.people.pension / 12
    table = v.p.table("people.pension_summary").set_index(["pension", "age_or_indicator"])["value"]
    level = v.p.value("population.pension_level", 2022)
    share = v.p.value("population.main_pension", 2022)[0]
    for low, text in ((66, "65-69"), (70, "70-74")):
        who = v.member & (v.age >= low) & (v.age < int(text[-2:]) + 1) & (month > 0)
        blend = level * (share * table["厚生年金", text] + (1 - share) * table["国民年金", text])
        yield Row(
            f"pension.{text}",
            "held_out",
            "yen/month",
            blend,
            float(month[who].mean()),
            0.08,
            "nenkin_amt",
            cells=who.sum(),
        )
    old = v.member & (v.age >= 65)
    yield Row(
        "base_income.zero_65_74",
        "held_out",
        "share",
        0.6,
        float((v.base[old] == 0).mean()),
        0.12,
        "assumption",
        cells=old.sum(),
    )
    undeclared = float((v.people.declared[v.member] == 0).mean())
    yield Row("members.undeclared", "held_out", "share", 0.05, undeclared, 0.03, "assumption", cells=v.member.sum())


def _reliefs(v: _View) -> tuple[float, float, float]:
    """Return the shares of insured households with 7, 5 and 2割軽減, counted simply: head and members, 2021 incomes."""
    people = v.people
    counted = v.member.copy()
    counted[v.households.head] = True
    total = np.empty(people.rows, np.int64)
    kernels_life.total_incomes(
        people.salary,
        people.pension,
        people.business,
        people.other_income,
        people.born,
        lives.JANUARY,
        lives.base(v.p),
        int(v.p.value("levy.relief_pension", 2022)),
        total,
    )
    income = np.bincount(v.home[counted], weights=total[counted], minlength=v.homes)
    earner = counted & ((people.salary > 550_000) | (people.pension > 1_250_000))
    earners = np.bincount(v.home[earner], minlength=v.homes)
    known = np.bincount(v.home[v.member & (people.declared == 0)], minlength=v.homes) == 0
    base = v.p.value("levy.relief_base", 2022) + v.p.value("levy.relief_per_earner", 2022) * np.maximum(earners - 1, 0)
    limits = [base + v.p.value(f"levy.relief_{n}_per_person", 2022) * v.insured for n in (5, 2)]
    some = v.insured > 0
    seven = known & (income <= base)
    five = known & ~seven & (income <= limits[0])
    two = known & ~seven & ~five & (income <= limits[1])
    return float(seven[some].mean()), float(five[some].mean()), float(two[some].mean())


def _held_work(v: _View, weight: int) -> Iterator[Row]:
    """Occupations of insured heads, employed persons in Tokyo and its municipalities."""
    work = v.people.work
    head = v.households.head[v.insured > 0]
    head = head[v.member[head]]
    groups = {
        "self_employed": ((Work.SELF_EMPLOYED, Work.FAMILY_WORKER), 0.186),
        "employee": ((Work.REGULAR, Work.PART_TIME, Work.OFFICER), 0.32),
        "none": ((Work.NONE, Work.RETIRED, Work.STUDENT), 0.453),
    }
    for name, (codes, target) in groups.items():
        share = float(np.isin(work[head], codes).mean())
        yield Row(
            f"head.{name}", "held_out", "share", target, share, 0.07, "kokuho_sugata_r6", "national", head.size * weight
        )
    employed = np.isin(work, _EMPLOYED)
    adult = v.age >= 15
    labour = v.p.table("places.census_labour").set_index(["code", "sex", "item"])["value"]
    census = np.array([labour[c, "total", "employed"] / labour[c, "total", "population_15_plus"] for c in v.codes])
    rate = v.by_place(employed) / np.maximum(v.by_place(adult), 1)
    at = int(np.argmax(np.where(v.by_place(adult) * weight > 50_000, np.abs(rate - census), 0)))
    yield Row(
        "employment_rate.place",
        "held_out",
        "share",
        float(census[at]),
        float(rate[at]),
        0.08,
        "census2020_major",
        v.name(at),
        v.by_place(adult)[at] * weight,
    )
    tokyo = v.p.table("people.employment_status").query("geography == 'Tokyo'")
    tokyo = tokyo.set_index(["year", "sex", "item"])["value"]
    women = adult & (v.people.sex == Sex.FEMALE)
    for name, mask, sex in (("total", adult, "total"), ("female", women, "female")):
        target = tokyo[2022, sex, "employment_rate"] / 100
        yield Row(
            f"employment_rate.{name}",
            "held_out",
            "share",
            target,
            float(employed[mask].mean()),
            0.03,
            "ess2022_goo",
            cells=mask.sum() * weight,
        )
    staff = float((work == Work.PART_TIME).sum()) * weight
    yield Row(
        "non_regular",
        "held_out",
        "persons",
        tokyo[2017, "total", "non_regular"],
        staff,
        0.08,
        "ess2017_tmg",
        cells=staff,
    )
    shares = v.p.table("people.employment_status").query("geography == 'national' and year == 2022")
    shares = shares.drop_duplicates(["sex", "item"]).set_index(["sex", "item"])["value"]
    for sex, code in (("male", Sex.MALE), ("female", Sex.FEMALE)):
        mine = employed & (v.people.sex == code)
        share = float((work[mine] == Work.REGULAR).mean())
        yield Row(
            f"regular_share.{sex}",
            "held_out",
            "share",
            shares[sex, "regular_share_of_employed"] / 100,
            share,
            0.08,
            "ess2022_vector",
            "national",
            mine.sum() * weight,
        )
