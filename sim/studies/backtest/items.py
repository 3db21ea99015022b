"""What is forecast and judged: one declared list.

An item says how its published figures are found, how the figure of a run is read, and which parameters stand behind
it. Totals of the prefecture are read as validation reads them (`sim.studies.validation.totals`): an estimate beside
what the simulated metropolis expected, a result beside what was lived. A region adds items only it has
(`targets.forecasts`), and one of which nothing is published there is not forecast.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from fnmatch import fnmatch
from typing import Literal

import pandas as pd

from sim.core.errors import ParameterError, nearest
from sim.parameters import Parameters, regions
from sim.studies.backtest.facts import (
    WHOLE,
    Column,
    Finder,
    actual_rates,
    collection,
    municipal,
    standard_rates,
    targets,
    together,
)
from sim.studies.validation.figures import Figures
from sim.studies.validation.totals import reader

Read = Callable[[Figures, int, int, str], float]
"""figures of a run, fiscal year, code, portion -> the figure; KeyError where the run has none"""

TABLES = ("metropolis_year", "municipality_year", "metropolitan_account", "accounts", "rates")
"""tables of a run the items are read from"""

_INCOMES = ("population.*income*", "enrolment.*growth", "enrolment.pension_indexation")
_PEOPLE = (
    "demography.*",
    "coverage.*",
    "enrolment.*",
    "population.*",
    "people.*",
    "places.arrivals",
    "places.register_*",
    "places.migration_2024",
    "places.*factors",
    *(f"!{pattern}" for pattern in _INCOMES),
)
_COST = (*_PEOPLE, "cost.*", "places.cost_index")
_ESTIMATE = (*_COST, "rates.forecast*")
_NOT_IN_NEED = ("finance.other_municipal", "finance.outside_cost_per_member", "finance.other_discretionary_per_member")
_NEED = (*_ESTIMATE, *_INCOMES, "rates.*", "finance.*", *(f"!{name}" for name in _NOT_IN_NEED))
_PREMIUM = (*_NEED, *_NOT_IN_NEED, "payment.*", "places.payment_intercepts")
_RATES = (*_PREMIUM, "municipal.*", "places.*rates")
"""Patterns of parameters and tables; the last that fits a name decides, and one after ! leaves it out."""


@dataclass(frozen=True)
class Item:
    """One thing that is forecast."""

    name: str
    label: tuple[str, str]
    """Japanese and English"""
    group: str
    unit: str
    kind: Literal["level", "rate"]
    """errors of levels are relative, those of rates differences of shares"""
    find: Finder
    read: Read
    behind: tuple[str, ...]
    """patterns of the parameters and tables the forecast hangs on; the last that fits decides, ! leaves out"""
    instead: Finder | None = None
    """results the naive forecasts take where no figure on the item's basis was public"""
    main: bool = False
    """whether it gets a figure"""

    def hangs_on(self, name: str) -> bool:
        """Return whether a parameter or table stands behind the item."""
        fitting = [pattern for pattern in self.behind if fnmatch(name, pattern.removeprefix("!"))]
        return bool(fitting) and not fitting[-1].startswith("!")


def _total(published: str, group: str = "") -> Read:
    """Return the reader of a total of the prefecture, or of a group in it, as validation reads the published item."""
    read = reader(published, group)
    return lambda f, year, code, part: read(f, year)


def _place(*names: str) -> Read:
    """Return the reader of the sum of columns of a municipality; {part} stands for the portion."""

    def read(f: Figures, year: int, code: int, part: str) -> float:
        row = _row(f.place, year, code)
        return float(sum(row[name.format(part=part)] for name in names))

    return read


def _collection(f: Figures, year: int, code: int, part: str) -> float:
    """Current-year rate as published: addresses unknown are left out of what was billed."""
    rows = f.place[f.place["year"] == year]
    rows = rows[rows["code"].isin(f.members(code))]
    if rows.empty:
        raise KeyError(code)
    billed = rows[[name for name in rows if name.startswith("bill_") and name.removeprefix("bill_") in _PORTIONS]]
    base = float(billed.to_numpy().sum() - rows["bill_unknown_address"].sum())
    return float(rows["collected"].sum()) / base if base > 0 else float("nan")


_PORTIONS = ("medical", "support", "care", "child")


def _rate(kind: str, column: Column) -> Read:
    """Return the reader of a rate; that of a group is read from the first that follows it."""

    def read(f: Figures, year: int, code: int, part: str) -> float:
        t = f.table("rates")
        t = t[(t["kind"] == kind) & (t["portion"] == part)]
        return float(_row(t, year, f.follower(code, year))[column])

    return read


def _row(table: pd.DataFrame, year: int, code: int) -> pd.Series:
    rows = table[(table["year"] == year) & (table["code"] == code)]
    if rows.empty:
        raise KeyError((year, code))
    return rows.iloc[0]


_PARTS: tuple[tuple[Column, str, str, str], ...] = (
    ("income_part", "所得割", "income part", "1/1,000,000"),
    ("per_head", "均等割", "per head", "yen"),
)
"""columns of a rate: name, Japanese, English, unit"""

ITEMS: tuple[Item, ...] = (
    Item(
        "members_assumed",
        ("被保険者数（{level}の推計）", "members, assumed by the {level}"),
        "members",
        "persons",
        "level",
        targets(
            "members_assumed",
            "insured_persons_assumed_provisional",
            "insured_persons_medical_support",
            "insured_persons_medical_support_provisional",
            "insured_persons_final",
        ),
        _total("insured_persons_medical_support"),
        _PEOPLE,
        instead=targets("members_assumed", "insured_persons_year_end"),
        main=True,
    ),
    Item(
        "members_year_end",
        ("被保険者数（年度末）", "members at year end"),
        "members",
        "persons",
        "level",
        targets("members_year_end", "insured_persons_year_end", "insured_persons_year_end_sum_of_municipalities"),
        _total("insured_persons_year_end"),
        _PEOPLE,
        main=True,
    ),
    Item(
        "benefits_estimate_per_head",
        ("一人当たり保険給付費（推計）", "benefits per head, estimate"),
        "benefits",
        "yen",
        "level",
        targets(
            "benefits_estimate_per_head",
            "benefit_per_capita",
            "benefit_per_capita_provisional",
            "benefit_per_capita_final",
        ),
        _total("benefit_per_capita"),
        _ESTIMATE,
        main=True,
    ),
    Item(
        "benefits_estimate",
        ("保険給付費（推計）", "benefits, estimate"),
        "benefits",
        "yen",
        "level",
        targets("benefits_estimate", "benefit_total", "benefit_total_provisional", "benefit_total_final"),
        _total("benefit_total"),
        _ESTIMATE,
        instead=targets("benefits_estimate", "benefit_settled"),
        main=True,
    ),
    Item(
        "benefits_settled",
        ("保険給付費（決算）", "benefits, settled"),
        "benefits",
        "yen",
        "level",
        targets("benefits_settled", "benefit_settled"),
        _total("benefit_settled"),
        _COST,
        main=True,
    ),
    Item(
        "benefits_of_municipality",
        ("保険給付費（{municipalities}決算）", "benefits of a municipality, settled"),
        "benefits",
        "yen",
        "level",
        municipal("benefits_of_municipality", "benefits_settlement", "result"),
        _place("benefit"),
        _COST,
    ),
    Item(
        "contribution_total",
        ("納付金総額", "contribution, total"),
        "contribution",
        "yen",
        "level",
        targets(
            "contribution_total",
            "contribution_total_provisional_reference",
            "contribution_total_provisional",
            "contribution_total",
            "contribution_total_final",
        ),
        _total("contribution_total"),
        _NEED,
        main=True,
    ),
    Item(
        "contribution_per_head",
        ("一人当たり納付金", "contribution per head"),
        "contribution",
        "yen",
        "level",
        targets(
            "contribution_per_head",
            "contribution_per_capita",
            "contribution_per_capita_provisional",
            "contribution_per_capita_final",
        ),
        _total("contribution_per_capita"),
        _NEED,
        main=True,
    ),
    Item(
        "contribution_of_municipality",
        ("納付金（{municipalities}・区分別）", "contribution of a municipality by portion"),
        "contribution",
        "yen",
        "level",
        together(
            *(
                municipal("contribution_of_municipality", f"contribution_paid_{part}", "final", part)
                for part in _PORTIONS[:3]
            )
        ),
        _place("contribution_{part}"),
        _NEED,
    ),
    Item(
        "standard_premium_per_head",
        ("一人当たり保険料（法定外繰入なし）", "standard premium per head"),
        "contribution",
        "yen",
        "level",
        targets(
            "standard_premium_per_head",
            "premium_per_capita_no_off_rule",
            "premium_per_capita_no_off_rule_provisional",
            "premium_per_capita_no_off_rule_final",
        ),
        _total("premium_per_capita_no_off_rule"),
        _PREMIUM,
        main=True,
    ),
    Item(
        "public_money",
        ("公費等", "public money"),
        "account",
        "yen",
        "level",
        targets("public_money", "public_funds", "public_funds_provisional"),
        _total("public_funds"),
        _NEED,
    ),
    Item(
        "elderly_grant",
        ("前期高齢者交付金", "elderly adjustment grant"),
        "account",
        "yen",
        "level",
        targets("elderly_grant", "elderly_adjustment_grant", "elderly_adjustment_grant_provisional"),
        _total("elderly_adjustment_grant"),
        (*_ESTIMATE, "finance.elderly*"),
    ),
    Item(
        "support_payment",
        ("後期高齢者支援金等", "payment for the late elderly"),
        "account",
        "yen",
        "level",
        targets("support_payment", "support_contribution_expenditure", "support_contribution_expenditure_provisional"),
        _total("support_contribution_expenditure"),
        (*_PEOPLE, "rates.forecast*", "finance.support_per_member", "finance.late_*"),
    ),
    Item(
        "care_payment",
        ("介護納付金", "payment for long-term care"),
        "account",
        "yen",
        "level",
        targets("care_payment", "care_contribution_expenditure", "care_contribution_expenditure_provisional"),
        _total("care_contribution_expenditure"),
        (*_PEOPLE, "rates.forecast*", "finance.care_per_member"),
    ),
    *(
        Item(
            f"standard_rate_{column}",
            (f"標準保険料率（{ja}）", f"standard rate, {en}"),
            "standard rates",
            unit,
            "level",
            standard_rates(f"standard_rate_{column}", column),
            _rate("standard", column),
            _RATES,
        )
        for column, ja, en, unit in _PARTS
    ),
    *(
        Item(
            f"actual_rate_{column}",
            (f"実際の保険料率（{ja}）", f"actual rate, {en}"),
            "actual rates",
            unit,
            "level",
            actual_rates(f"actual_rate_{column}", column),
            _rate("actual", column),
            _RATES,
        )
        for column, ja, en, unit in _PARTS
    ),
    Item(
        "collection_rate",
        ("収納率（現年分）", "collection rate, current year"),
        "collection",
        "share",
        "rate",
        targets("collection_rate", "collection_rate_current_year"),
        _total("collection_rate_current_year"),
        _RATES,
        main=True,
    ),
    Item(
        "collection_rate_of_municipality",
        ("収納率（{municipalities}・現年分）", "collection rate of a municipality, current year"),
        "collection",
        "share",
        "rate",
        collection("collection_rate_of_municipality"),
        _collection,
        _RATES,
    ),
    Item(
        "premium_revenue_of_municipality",
        ("保険料収入（{municipalities}決算）", "premium revenue of a municipality, settled"),
        "revenue",
        "yen",
        "level",
        municipal("premium_revenue_of_municipality", "premium_revenue_settlement", "result"),
        _place("collected", "arrears_collected"),
        _RATES,
    ),
    Item(
        "discretionary_transfer",
        ("法定外繰入金（{level}計）", "discretionary transfer, {region}"),
        "transfers",
        "yen",
        "level",
        targets("discretionary_transfer", "off_rule_transfer_total"),
        _total("off_rule_transfer_total"),
        _RATES,
    ),
    Item(
        "discretionary_transfer_of_municipality",
        ("法定外繰入金（{municipalities}）", "discretionary transfer of a municipality"),
        "transfers",
        "yen",
        "level",
        municipal("discretionary_transfer_of_municipality", "off_rule_transfer", "result"),
        _place("discretionary_transfer", "other_discretionary"),
        _RATES,
    ),
)
"""What is forecast in every prefecture that publishes it, in the order of the page; {words} are the region's."""

TABLE = "targets.forecasts"


def declared(p: Parameters) -> tuple[Item, ...]:
    """Return every item of a region in the order of the page, its words filled in, published or not."""
    found = [replace(item, label=_worded(item.label, p.region)) for item in ITEMS]
    for line, row in enumerate(p.rows(TABLE).fillna("").to_dict("records"), start=2):
        names = [item.name for item in found]
        if row["after"] not in names:
            known = nearest(str(row["after"]), names)
            raise ParameterError(f"forecasts.csv, line {line}: after: no item '{row['after']}'{known}")
        at = names.index(str(row["after"]))
        found.insert(at + 1, _own({str(k): str(v) for k, v in row.items()}, found[at], p, line))
    return tuple(found)


def items(p: Parameters) -> tuple[Item, ...]:
    """Return what is forecast in a region: the items of which a figure is published there."""
    return tuple(item for item in declared(p) if next(item.find(p), None) is not None)


def named(p: Parameters) -> dict[str, Item]:
    """Return the items of a region by name."""
    return {item.name: item for item in declared(p)}


def names_known() -> list[str]:
    """Return the names of the items of the region in force and of all that come with the model.

    A study speaks of several regions: what one has and another has not is no mistake in it.
    """
    own = (regions.read(name).items for name in (*regions.names(), regions.current()))
    return list(dict.fromkeys((*(item.name for item in ITEMS), *(name for items in own for name in items))))


def _own(row: dict[str, str], like: Item, p: Parameters, line: int) -> Item:
    """Return an item of a region's table, in all but its figures like the one it follows."""
    name = row["item"]
    if name not in p.region.items or row["table"] not in ("totals", "municipal_facts"):
        raise ParameterError(
            f"forecasts.csv, line {line}: {name} needs a label in region.yaml (items), and as table totals or "
            "municipal_facts"
        )
    if row["table"] == "totals":
        find = targets(name, row["figures"])
    else:
        find = municipal(name, row["figures"], row["taken_as"], code=WHOLE)
    return replace(
        like, name=name, label=p.region.items[name], find=find, read=_total(row["measure"], row["group"]), main=True
    )


def _worded(label: tuple[str, str], region: regions.Region) -> tuple[str, str]:
    return region.worded(label[0], 0), region.worded(label[1], 1)
