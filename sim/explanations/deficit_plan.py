"""The items of a municipality's plan to end its deficit (赤字削減・解消計画, 財政健全化計画書), from a run's tables.

Law: 国民健康保険法 art. 82-2 (operating policy) and the notice 保国発0129第2号 (2018). What the official form asks for:
the deficit (transfer against deficits and new 繰上充用) beside that of the base year, why it arises, what is to be
reduced each year and at which rate, by which measures, and the year in which it ends. What a municipality has printed
of its plan stands beside what the run makes of it, to the end of the plan even where the run ends before.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from sim.core.errors import InputError
from sim.core.units import era
from sim.explanations.chain import place_code
from sim.explanations.printed_plan import PrintedPlan, last_printed
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
    p: Parameters
    printed: PrintedPlan
    last: int
    """last year of the form: of the run, or of the longest plan printed"""

    @classmethod
    def of(cls, run: Path, place: int) -> _Books:
        year = _mine(run, "municipality_year", place).set_index("year")
        chain, rates, books = (_mine(run, name, place) for name in ("contribution", "rates", "accounts"))
        flow = books.groupby(["year", "item"])["amount"].sum().unstack(fill_value=0)
        years = [int(y) for y in year.index]
        p = Parameters.load()
        last = max(years[-1], last_printed(p))
        return cls(place, year, flow.reindex(years, fill_value=0), chain, rates, p, PrintedPlan.of(p, place), last)

    @property
    def years(self) -> list[int]:
        return [int(y) for y in self.year.index]

    @property
    def columns(self) -> list[int]:
        """Return the years of the form: those of the run, then those plans are printed for."""
        return [*self.years, *range(self.years[-1] + 1, self.last + 1)]

    def of_plan(self, read: Callable[[int], float | None]) -> pd.Series:
        """Return what is printed for the years of the form."""
        return pd.Series({year: read(year) for year in self.columns}, dtype=float)

    def always(self, value: float) -> pd.Series:
        return pd.Series(float(value), self.columns)

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
    def new_advance(self) -> pd.Series:
        """What is taken from next year's revenue beyond what the year before had taken (繰上充用金の新規増加分)."""
        return (self.item("advance") - self.item("advance_repaid")).clip(lower=0)

    @property
    def deficit(self) -> pd.Series:
        """The deficit as the form counts it."""
        return self.transfer + self.new_advance

    @property
    def base(self) -> tuple[int, float]:
        """Base year and its deficit: those of the plan, else the first year of the run."""
        return self.printed.base or (self.years[0], float(self.deficit.iloc[0]))

    @property
    def expected_end(self) -> int:
        last = self.years[-1]
        return _expected_end(
            self.p, self.place, last, float(self.deficit.iloc[-1]), float(self.fact("collected").iloc[-1])
        )

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


def _cut_rate(b: _Books) -> pd.Series:
    """Return the planned reduction as a share of all that is to be reduced, or of the base year's deficit (※3)."""
    whole = b.printed.whole
    return b.of_plan(lambda y: b.printed.cuts[y] / whole if whole and y in b.printed.cuts else None)


def _reduced_since_base(b: _Books) -> pd.Series:
    """Return by how much of the base year's deficit the deficit has fallen; negative: it has grown."""
    return 1 - b.deficit / b.base[1] if b.base[1] > 0 else b.always(np.nan)


def _beyond_plan(b: _Books) -> pd.Series:
    return b.deficit - b.of_plan(b.printed.path).reindex(b.years)


_NEAR = 0.05
"""part of the level of a plan within which a settlement keeps to it"""


def _kept_to(b: _Books) -> pd.Series:
    """Return 1 where the deficit is at most the plan's (a twentieth of its level allowed), 0 where above."""
    beyond = _beyond_plan(b)
    allowed = _NEAR * (b.printed.level[1] if b.printed.level else 0)
    return (beyond <= allowed).astype(float).where(beyond.notna())


def _expected_end(p: Parameters, code: int, year: int, left: float, collected: float) -> int:
    """Return the year a deficit left in `year` ends at the pace assumed of plans nobody read, 0 where nothing is left.

    left, collected  deficit and premiums collected of the year, yen; the pace is that of the register, not the run's

    An end more than _FAR years away is none.
    """
    pace, speed = (float(p.value(f"municipal.{name}", year, code)) for name in ("plan_pace", "plan_speed"))
    step = pace * speed * collected
    years = math.ceil(left / step) if left > 0 and step > 0 else 0
    return year + years if 0 < years <= _FAR else 0


_FAR = 50
"""years beyond which no end is in sight"""


def _by_collection(b: _Books) -> pd.Series:
    """Return what the change of the collection rate brought in the year, yen."""
    billed = b.over_portions("bill") - b.fact("bill_unknown_address")
    return _collection_rate(b).diff() * billed


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
        values = self.read(books).reindex(books.columns).astype(float).tolist()
        section_ja, section_en = _SECTIONS[self.section]
        texts = {"section_ja": section_ja, "section_en": section_en, "item_ja": self.ja, "item_en": self.en}
        return {**texts, "unit": self.unit, **dict(zip(map(era, books.columns), values, strict=True))}


_KINDS = {
    "rates": ("① 歳入の確保（税率・料率等）", "1 revenue: rates"),
    "collection": ("② 収納率向上対策", "2 collection"),
    "health": ("③ 保健事業等による医療費適正化", "3 health programmes"),
}


def _measure(b: _Books, kind: str) -> pd.Series:
    """Return what the measures of a kind are to bring by the plan printed."""
    return b.of_plan(lambda y: b.printed.measure(kind, y))


_LOAN = "loan and grant of the stabilisation fund"
_ITEMS = (
    _Item(
        "deficit",
        "決算補填等目的の法定外繰入金",
        "discretionary transfer against deficits",
        "yen",
        lambda b: b.transfer,
    ),
    _Item(
        "deficit",
        "うち保険料の負担緩和を図るため",
        "of the transfer: to ease the burden of premiums",
        "yen",
        lambda b: b.fact("transfer_relief"),
    ),
    _Item(
        "deficit",
        "うち累積赤字補填のため",
        "of the transfer: against the deficit of the year before",
        "yen",
        lambda b: b.fact("transfer_accumulated"),
    ),
    _Item(
        "deficit",
        "うち収納不足・医療費増・標準外の費用等のため",
        "of the transfer: costs outside the standard rate, less collected, more spent",
        "yen",
        lambda b: b.transfer - b.fact("transfer_relief") - b.fact("transfer_accumulated"),
    ),
    _Item(
        "deficit", "繰上充用金の新規増加分", "new advances out of next year's revenue", "yen", lambda b: b.new_advance
    ),
    _Item("deficit", "赤字額（合計）", "deficit, total", "yen", lambda b: b.deficit),
    _Item("deficit", "基準年度（赤字発生年度）", "base year", "fiscal year", lambda b: b.always(b.base[0])),
    _Item("deficit", "基準年度の赤字額", "deficit of the base year", "yen", lambda b: b.always(b.base[1])),
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
    _Item(
        "deficit",
        "単年度収支差",
        "single-year balance, by the ministry's definition",
        "yen",
        lambda b: b.fact("single_year_balance"),
    ),
    _Item(
        "deficit",
        "決算補填等以外の目的の法定外繰入金（赤字に含まない）",
        "discretionary transfer for other purposes, no deficit",
        "yen",
        lambda b: b.fact("other_discretionary"),
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
        lambda b: b.item("outside_costs") + b.item("refunds") + b.item("own_benefits"),
    ),
    _Item(
        "target",
        "法定外繰入の削減予定額（公表計画）",
        "reduction printed in its plan",
        "yen",
        lambda b: b.of_plan(b.printed.cuts.get),
    ),
    _Item(
        "target",
        "繰上充用金の新規増加分の削減予定額（公表計画）",
        "reduction of new advances printed in its plan",
        "yen",
        lambda b: b.of_plan(lambda y: 0 if y in b.printed.cuts else None),
    ),
    _Item(
        "target",
        "赤字削減予定率（赤字額又は削減すべき合計額に対する割合）",
        "planned reduction, rate",
        "share",
        _cut_rate,
    ),
    _Item("target", "計画上の赤字額", "deficit the plan leaves", "yen", lambda b: b.of_plan(b.printed.path)),
    _Item("target", "試算の赤字額 − 計画上の赤字額", "deficit simulated less the plan's", "yen", _beyond_plan),
    _Item("target", "計画の達成（1＝達成、0＝未達）", "plan kept (1 yes, 0 no)", "flag", _kept_to),
    _Item(
        "target",
        "公表された決算（決算補填等目的）",
        "settlement printed",
        "yen",
        lambda b: b.of_plan(b.printed.settled.get),
    ),
    _Item(
        "target", "削減率（試算、基準年度比）", "reduction since the base year, simulated", "share", _reduced_since_base
    ),
    _Item(
        "target",
        "前年度からの削減額（試算）",
        "reduction since last year, simulated",
        "yen",
        lambda b: -b.transfer.diff(),
    ),
    *(
        _Item("measure", f"{ja}（公表計画の予定額）", f"{en}, planned", "yen", functools.partial(_measure, kind=kind))
        for kind, (ja, en) in _KINDS.items()
    ),
    _Item(
        "measure",
        "前年度からの収納額の増（試算）",
        "premiums collected, rise since last year",
        "yen",
        lambda b: b.fact("collected").diff(),
    ),
    _Item("measure", "うち収納率の変化による額", "of it by the collection rate", "yen", _by_collection),
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
        lambda b: b.always(_end(b.transfer)),
    ),
    _Item(
        "end",
        "解消目標年度（公表計画。0 = 公表なし）",
        "year of the end in its plan (0 = none printed)",
        "planned year",
        lambda b: b.always(b.printed.end),
    ),
    _Item(
        "end",
        "期間後の解消見込み（計画の目標、なければ登録値の削減ペースによる想定）",
        "expected end after the run (its plan, else at the pace assumed)",
        "planned year",
        lambda b: b.always(b.printed.end or b.expected_end),
    ),
)


def deficit_plan(run_folder: Path | str, code: int | str) -> pd.DataFrame:
    """Return the plan's items of a municipality as a table ready to print.

    Columns section_ja, section_en, item_ja, item_en, unit and one column a year (R4, R5, ...), to the last year any
    plan of the region is printed for: after the run's last year there are planned figures only. Amounts in yen, shares
    as fractions. The base year and the years of elimination stand in every year's column, 0 while no end is in sight.
    """
    books = _Books.of(Path(run_folder), place_code(str(code)))
    return pd.DataFrame([item.line(books) for item in _ITEMS])


def elimination_years(run_folder: Path | str) -> pd.DataFrame:
    """Return for every municipality its transfers at both ends of the run and the year from which there is none.

    Columns code, name, first, last (yen), elimination_year (0: not within the run), always_without (bool), planned
    (year of the end in its own plan, 0: none printed), expected (that, else the end at the pace assumed after the run;
    0: no deficit at its end).
    """
    p = Parameters.load()
    table = _table(Path(run_folder), "municipality_year")
    out = []
    for (code, name), rows in table.groupby(["code", "name"], sort=True):
        paid = rows.set_index("year")["discretionary_transfer"].astype(float)
        first, last, always = int(paid.iloc[0]), int(paid.iloc[-1]), bool((paid == 0).all())
        year, collected = int(paid.index[-1]), float(rows["collected"].iloc[-1])
        planned = PrintedPlan.of(p, int(code)).end
        expected = planned or _expected_end(p, int(code), year, last, collected)
        out.append((code, name, first, last, _end(paid), always, planned, expected))
    columns = ["code", "name", "first", "last", "elimination_year", "always_without", "planned", "expected"]
    return pd.DataFrame(out, columns=columns)


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
