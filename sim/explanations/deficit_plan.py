"""The items of a municipality's plan to end its deficit (赤字削減・解消計画, 財政健全化計画書), from a run's tables.

Law: 国民健康保険法 art. 82-2 (operating policy) and the notice 保国発0129第2号 (2018). What the official form asks for:
the deficit, why it arises, what is to be reduced each year, by which measures, and the year in which it ends, which
here is an outcome of the run.
"""

from __future__ import annotations

import functools
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


def deficit_plan(run_folder: Path | str, code: int | str) -> pd.DataFrame:
    """Return the plan's items of a municipality as a table ready to print.

    Columns section_ja, section_en, item_ja, item_en, unit and one column a year (R4, R5, ...); amounts in yen,
    shares as fractions. The year of elimination stands in every year's column of section 5, 0 while no end is in sight.
    """
    run, place = Path(run_folder), place_code(str(code))
    year = _mine(run, "municipality_year", place).set_index("year")
    chain, rates, books = (_mine(run, name, place) for name in ("contribution", "rates", "accounts"))
    years = [int(y) for y in year.index]
    flow = books.groupby(["year", "item"])["amount"].sum().unstack(fill_value=0).reindex(years, fill_value=0)
    members = (year["member_months"] / 12).astype(float)
    transfer = year["discretionary_transfer"].astype(float)
    billed = sum(year[f"bill_{p}"].astype(float) for p in PORTIONS)
    relief = sum(year[f"relief_{p}"].astype(float) for p in PORTIONS)
    paid = year["collected"].astype(float)
    assessed = chain[(chain["symbol"] == "E") & (chain["portion"] != "child")]
    standard = assessed.groupby("year")["value"].sum().reindex(years)
    child = year["bill_child"].astype(float) + year["relief_child"].astype(float)
    levied = (billed + relief - child) / standard
    rows = [
        ("deficit", "決算補填等目的の法定外繰入金", "discretionary transfer against deficits", "yen", transfer),
        ("deficit", "被保険者1人当たり", "per insured", "yen/person", transfer / members.where(members > 0)),
        (
            "deficit",
            "保険料収納額に対する割合",
            "share of premiums collected",
            "share",
            transfer / paid.where(paid > 0),
        ),
        (
            "deficit",
            "財政安定化基金 貸付・交付",
            "loan and grant of the stabilisation fund",
            "yen",
            _item(flow, "loan"),
        ),
        (
            "deficit",
            "単年度収支（法定外繰入前）",
            "result of the year before the transfer",
            "yen",
            year["settlement"].astype(float),
        ),
        ("cause", "納付金", "contribution", "yen", year["contribution"].astype(float)),
        (
            "cause",
            "標準保険料率による賦課総額（子ども分を除く）",
            "assessed total by standard rates, without child portion",
            "yen",
            standard,
        ),
        ("cause", "実際の賦課総額／標準の賦課総額", "levied over standard", "share", levied),
        ("cause", "収納不足額（現年分）", "unpaid of the year", "yen", year["unpaid"].astype(float)),
        (
            "cause",
            "標準保険料率に含まれない費用",
            "costs outside the standard rate",
            "yen",
            _item(flow, "outside_costs"),
        ),
        ("target", "公表計画の削減額", "reduction printed in its plan", "yen", _published(place, years)),
        ("target", "前年度からの削減額（試算）", "reduction since last year, simulated", "yen", -transfer.diff()),
        (
            "measure",
            "医療分 所得割率",
            "income part, medical portion",
            "rate",
            _rate(rates, years, "income_part") / 1e6,
        ),
        ("measure", "医療分 均等割額", "per head, medical portion", "yen/person", _rate(rates, years, "per_head")),
        (
            "measure",
            "現年分収納率",
            "collection rate of the year",
            "share",
            paid / (billed - year["bill_unknown_address"].astype(float)).where(billed > 0),
        ),
        ("measure", "滞納繰越分収納額", "arrears collected", "yen", year["arrears_collected"].astype(float)),
        ("measure", "差押世帯数", "households with a seizure", "households", year["seizures"].astype(float)),
        (
            "measure",
            "1人当たり保険給付費",
            "benefits per insured",
            "yen/person",
            year["benefit"].astype(float) / members.where(members > 0),
        ),
        ("measure", "保健事業費の上積み", "health programmes beyond R4", "yen", year["programme_cost"].astype(float)),
        ("measure", "保険者努力支援（市町村分）", "incentive money", "yen", _item(flow, "effort")),
        (
            "end",
            "解消年度（試算。0 = 期間内に解消しない）",
            "year without a transfer from then on (0 = not within the run)",
            "fiscal year",
            pd.Series(float(_end(transfer)), years),
        ),
    ]
    return pd.DataFrame([_line(section, ja, en, unit, values, years) for section, ja, en, unit, values in rows])


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


def _published(place: int, years: list[int]) -> pd.Series:
    plans = Parameters.load().table("places.deficit_plans")
    mine = plans[(plans["code"] == place) & (plans["item"] == "planned_reduction_of_off_rule_transfer")]
    return mine.groupby("fiscal_year")["value"].sum().astype(float).reindex(years)


def _rate(rates: pd.DataFrame, years: list[int], part: str) -> pd.Series:
    mine = rates[(rates["kind"] == "actual") & (rates["portion"] == "medical")]
    return mine.set_index("year")[part].astype(float).reindex(years)


def _item(flow: pd.DataFrame, name: str) -> pd.Series:
    return flow[name].astype(float) if name in flow else pd.Series(0.0, flow.index)


def _line(section: str, ja: str, en: str, unit: str, values: pd.Series, years: list[int]) -> dict[str, object]:
    shown = dict(zip(map(era, years), values.reindex(years).astype(float).tolist(), strict=True))
    return {
        "section_ja": _SECTIONS[section][0],
        "section_en": _SECTIONS[section][1],
        "item_ja": ja,
        "item_en": en,
        "unit": unit,
        **shown,
    }


@functools.lru_cache(maxsize=8)
def _table(run: Path, name: str) -> pd.DataFrame:
    path = run / "tables" / f"{name}.parquet"
    if not path.exists():
        raise InputError(f"{path}: the run has no table {name}; give a finished run folder")
    return pd.read_parquet(path)


def _mine(run: Path, name: str, place: int) -> pd.DataFrame:
    table = _table(run, name)
    return table[table["code"] == place]
