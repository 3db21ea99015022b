"""The items of a municipality's plan to end its deficit (赤字削減・解消計画, 財政健全化計画書), from a run's tables.

Law: 国民健康保険法 art. 82-2 (operating policy) and the notice 保国発0129第2号 (2018). What the official form asks for:
the deficit, why it arises, what is to be reduced each year, by which measures, and the year in which it ends, which
here is an outcome of the run.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from sim.core.errors import InputError
from sim.core.units import era
from sim.explanations.chain import place_code
from sim.institutions.memory import PORTIONS
from sim.parameters import Parameters

_SECTIONS = {
    "deficit": ("1 赤字の状況", "1 the deficit"),
    "cause": ("2 赤字の要因", "2 its causes"),
    "target": ("3 削減目標", "3 targets"),
    "measure": ("4 取組", "4 measures"),
    "end": ("5 解消年度", "5 the year it ends"),
}


@dataclass(frozen=True)
class _Books:
    """What a run holds of one municipality, by year: facts, account, chain and rates."""

    place: int
    year: pd.DataFrame
    flow: pd.DataFrame
    chain: pd.DataFrame
    rates: pd.DataFrame

    @classmethod
    def of(cls, run: Path, place: int) -> _Books:
        year = _mine(run, "municipality_year", place).set_index("year")
        chain, rates, books = (_mine(run, name, place) for name in ("contribution", "rates", "accounts"))
        flow = books.groupby(["year", "item"])["amount"].sum().unstack(fill_value=0)
        years = [int(y) for y in year.index]
        return cls(place, year, flow.reindex(years, fill_value=0), chain, rates)

    @property
    def years(self) -> list[int]:
        return [int(y) for y in self.year.index]

    def fact(self, name: str) -> pd.Series:
        return self.year[name].astype(float)

    def item(self, name: str) -> pd.Series:
        """Return an item of the account, zero where it has none."""
        return self.flow[name].astype(float) if name in self.flow else pd.Series(0.0, self.flow.index)

    def rate(self, part: str) -> pd.Series:
        """Return a part of the medical rates levied."""
        mine = self.rates[(self.rates["kind"] == "actual") & (self.rates["portion"] == "medical")]
        return mine.set_index("year")[part].astype(float).reindex(self.years)

    def per_member(self, amount: pd.Series) -> pd.Series:
        members = (self.year["member_months"] / 12).astype(float)
        return amount / members.where(members > 0)

    def over_portions(self, name: str) -> pd.Series:
        return sum(self.fact(f"{name}_{p}") for p in PORTIONS)

    @property
    def transfer(self) -> pd.Series:
        return self.fact("discretionary_transfer")

    @property
    def standard(self) -> pd.Series:
        """The assessed total by standard rates, the child portion left out."""
        assessed = self.chain[(self.chain["symbol"] == "E") & (self.chain["portion"] != "child")]
        return assessed.groupby("year")["value"].sum().reindex(self.years)


def _per_collected(b: _Books) -> pd.Series:
    paid = b.fact("collected")
    return b.transfer / paid.where(paid > 0)


def _levied_over_standard(b: _Books) -> pd.Series:
    child = b.fact("bill_child") + b.fact("relief_child")
    return (b.over_portions("bill") + b.over_portions("relief") - child) / b.standard


def _collection_rate(b: _Books) -> pd.Series:
    billed = b.over_portions("bill")
    return b.fact("collected") / (billed - b.fact("bill_unknown_address")).where(billed > 0)


def _published(b: _Books) -> pd.Series:
    """Return the reduction the municipality's own plan prints."""
    plans = Parameters.load().table("places.deficit_plans")
    mine = plans[(plans["code"] == b.place) & (plans["item"] == "planned_reduction_of_off_rule_transfer")]
    return mine.groupby("fiscal_year")["value"].sum().astype(float).reindex(b.years)


@dataclass(frozen=True)
class _Item:
    """An item of the form: section, Japanese, English, unit, and how it is read."""

    section: str
    ja: str
    en: str
    unit: str
    read: Callable[[_Books], pd.Series]

    def line(self, books: _Books) -> dict[str, object]:
        """Return the item with its values by year (R4, R5, ...)."""
        values = self.read(books).reindex(books.years).astype(float).tolist()
        section_ja, section_en = _SECTIONS[self.section]
        texts = {"section_ja": section_ja, "section_en": section_en, "item_ja": self.ja, "item_en": self.en}
        return {**texts, "unit": self.unit, **dict(zip(map(era, books.years), values, strict=True))}


_LOAN = "loan and grant of the stabilisation fund"
_ITEMS = (
    _Item(
        "deficit",
        "決算補填等目的の法定外繰入金",
        "discretionary transfer against deficits",
        "yen",
        lambda b: b.transfer,
    ),
    _Item("deficit", "被保険者1人当たり", "per insured", "yen/person", lambda b: b.per_member(b.transfer)),
    _Item("deficit", "保険料収納額に対する割合", "share of premiums collected", "share", _per_collected),
    _Item("deficit", "財政安定化基金 貸付・交付", _LOAN, "yen", lambda b: b.item("loan")),
    _Item(
        "deficit",
        "単年度収支（法定外繰入前）",
        "result of the year before the transfer",
        "yen",
        lambda b: b.fact("settlement"),
    ),
    _Item("cause", "納付金", "contribution", "yen", lambda b: b.fact("contribution")),
    _Item(
        "cause",
        "標準保険料率による賦課総額（子ども分を除く）",
        "assessed total by standard rates, without child portion",
        "yen",
        lambda b: b.standard,
    ),
    _Item("cause", "実際の賦課総額／標準の賦課総額", "levied over standard", "share", _levied_over_standard),
    _Item("cause", "収納不足額（現年分）", "unpaid of the year", "yen", lambda b: b.fact("unpaid")),
    _Item(
        "cause",
        "標準保険料率に含まれない費用",
        "costs outside the standard rate",
        "yen",
        lambda b: b.item("outside_costs"),
    ),
    _Item("target", "公表計画の削減額", "reduction printed in its plan", "yen", _published),
    _Item(
        "target",
        "前年度からの削減額（試算）",
        "reduction since last year, simulated",
        "yen",
        lambda b: -b.transfer.diff(),
    ),
    _Item(
        "measure",
        "医療分 所得割率",
        "income part, medical portion",
        "rate",
        lambda b: b.rate("income_part") / 1e6,
    ),
    _Item("measure", "医療分 均等割額", "per head, medical portion", "yen/person", lambda b: b.rate("per_head")),
    _Item("measure", "現年分収納率", "collection rate of the year", "share", _collection_rate),
    _Item("measure", "滞納繰越分収納額", "arrears collected", "yen", lambda b: b.fact("arrears_collected")),
    _Item("measure", "差押世帯数", "households with a seizure", "households", lambda b: b.fact("seizures")),
    _Item(
        "measure",
        "1人当たり保険給付費",
        "benefits per insured",
        "yen/person",
        lambda b: b.per_member(b.fact("benefit")),
    ),
    _Item(
        "measure",
        "特定健診等と保健事業の上積み",
        "health checks and programmes beyond R4",
        "yen",
        lambda b: b.fact("programme_cost"),
    ),
    _Item("measure", "保険者努力支援（市町村分）", "incentive money", "yen", lambda b: b.item("effort")),
    _Item(
        "end",
        "解消年度（試算。0 = 期間内に解消しない）",
        "year without a transfer from then on (0 = not within the run)",
        "fiscal year",
        lambda b: pd.Series(float(_end(b.transfer)), b.years),
    ),
)


def deficit_plan(run_folder: Path | str, code: int | str) -> pd.DataFrame:
    """Return the plan's items of a municipality as a table ready to print.

    Columns section_ja, section_en, item_ja, item_en, unit and one column a year (R4, R5, ...); amounts in yen,
    shares as fractions. The year of elimination stands in every year's column of section 5, 0 while no end is in sight.
    """
    books = _Books.of(Path(run_folder), place_code(str(code)))
    return pd.DataFrame([item.line(books) for item in _ITEMS])


def elimination_years(run_folder: Path | str) -> pd.DataFrame:
    """Return for every municipality its transfers at both ends of the run and the year from which there is none.

    Columns code, name, first, last (yen), elimination_year (0: not within the run), always_without (bool).
    """
    table = _table(Path(run_folder), "municipality_year")
    out = []
    for (code, name), rows in table.groupby(["code", "name"], sort=True):
        paid = rows.set_index("year")["discretionary_transfer"].astype(float)
        out.append((code, name, int(paid.iloc[0]), int(paid.iloc[-1]), _end(paid), bool((paid == 0).all())))
    return pd.DataFrame(out, columns=["code", "name", "first", "last", "elimination_year", "always_without"])


def _end(transfer: pd.Series) -> int:
    """Return the first year from which no transfer is made to the end of the run, 0 if there is none."""
    later = transfer[::-1].cummax()[::-1]
    free = later.index[later == 0]
    return int(free[0]) if len(free) else 0


@functools.lru_cache(maxsize=8)
def _table(run: Path, name: str) -> pd.DataFrame:
    path = run / "tables" / f"{name}.parquet"
    if not path.exists():
        raise InputError(f"{path}: the run has no table {name}; give a finished run folder")
    return pd.read_parquet(path)


def _mine(run: Path, name: str, place: int) -> pd.DataFrame:
    table = _table(run, name)
    return table[table["code"] == place]
