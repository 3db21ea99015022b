"""The figures of every municipality and year that the sheets of the workbook look up and add up: one hidden sheet."""

from __future__ import annotations

import pandas as pd

from sim.core.units import era
from sim.institutions.portions import PORTIONS
from sim.outputs.folder import RunFolder
from sim.outputs.measures import measured
from sim.parameters import Parameters
from sim.parameters.places import kinds_of
from sim.reports.grid import Column
from sim.reports.words import WORDS, Text, say
from sim.reports.workbook.book import Book
from sim.reports.workbook.chosen import Data, write_data
from sim.reports.workbook.terms import Term

WHOLE: Text = ("{level}計", "{region}, total")
OTHER: Text = ("その他", "others")
"""kind of the municipalities whose type belongs to none"""

COLUMNS: dict[str, Column] = {
    "kind": Column(("区分", "kind"), "text"),
    "members_average": Column(WORDS["members_average"], "persons"),
    "households_end": Column(WORDS["households_end"], "households"),
    "current_billed": Column(("現年分 調定額", "current year, billed"), "oku"),
    "current_unknown": Column(("現年分 うち居所不明者分", "current year, unknown addresses"), "oku"),
    "current_due": Column(("現年分 調定額（居所不明者分を除く）", "current year, billed at known addresses"), "oku"),
    "current_collected": Column(("現年分 収納額", "current year, collected"), "oku"),
    "current_written_off": Column(("現年分 不納欠損額", "current year, written off"), "oku"),
    "current_closing": Column(("現年分 収入未済額", "current year, unpaid"), "oku"),
    "older_billed": Column(("滞納繰越分 調定額", "carried over, claims"), "oku"),
    "older_collected": Column(("滞納繰越分 収納額", "carried over, collected"), "oku"),
    "older_written_off": Column(("滞納繰越分 不納欠損額", "carried over, written off"), "oku"),
    "older_closing": Column(("滞納繰越分 収入未済額", "carried over, unpaid"), "oku"),
    "contribution": Column(WORDS["contribution"], "oku"),
    "benefit": Column(WORDS["benefit"], "oku"),
    "discretionary_transfer": Column(WORDS["discretionary_transfer"], "oku"),
    "other_discretionary": Column(WORDS["other_discretionary"], "oku"),
    "fund": Column(("基金残高", "reserve fund"), "oku"),
    "arrears_households": Column(WORDS["arrears_households"], "households"),
    "member_months": Column(("被保険者延べ月数", "insured months"), "count"),
    "collection_rate": Column(WORDS["collection_rate"], "share"),
    "older_rate": Column(WORDS["collection_rate_carried"], "share"),
    "billed_per_member": Column(WORDS["billed_per_member"], "yen"),
    "contribution_per_member": Column(("被保険者1人当たり納付金", "contribution per insured"), "yen"),
    "benefit_per_member": Column(WORDS["benefit_per_member"], "yen"),
    "discretionary_per_member": Column(("1人当たり法定外繰入", "transfer per insured"), "yen"),
}
_ROUNDED = {"share": 4, "yen": 0}
"""digits to which ranked figures are held, as they are shown, so that ranks are those of the figures on paper"""


def frame_of(run: RunFolder, book: Book) -> pd.DataFrame:
    """Return the figures by (year, code), amounts in yen."""
    t = run.table("municipality_year")
    by = t.set_index(["year", "code"])
    names = kind_names(run, book)
    out = pd.DataFrame(index=by.index)
    out["kind"] = [names[int(code)] for code in by.index.get_level_values("code")]
    v = run.table("arrears_by_vintage")
    new = v[v["origin"] == v["year"]].groupby(["year", "code"])["written_off"].sum().reindex(by.index, fill_value=0)
    billed = sum((by[f"bill_{p}"] for p in PORTIONS), start=0 * by["collected"])
    out["current_billed"], out["current_unknown"] = billed, by["bill_unknown_address"]
    out["current_due"] = billed - by["bill_unknown_address"]
    out["current_collected"], out["current_written_off"] = by["collected"], new
    out["current_closing"] = billed - by["collected"] - new
    old, paid, gone = by["arrears_opening"], by["arrears_collected"], by["arrears_written_off"] - new
    out["older_billed"], out["older_collected"], out["older_written_off"] = old, paid, gone
    out["older_closing"] = old - paid - gone
    out["older_rate"] = (paid / old.where(old > 0)).astype(float)
    ranked = measured(t).set_index(["year", "code"])
    for name, column in COLUMNS.items():
        if name not in out:
            out[name] = ranked[name] if name in ranked else by[name]
        if column.kind in _ROUNDED:
            out[name] = out[name].astype(float).round(_ROUNDED[column.kind])
    return out[list(COLUMNS)]


def kind_names(run: RunFolder, book: Book) -> dict[int, str]:
    """Return what the kind of each municipality is called."""
    kinds = run.region.kinds
    of_code = kinds_of(Parameters.load(), kinds)
    return {c: say((kinds[k].ja, kinds[k].en) if k else OTHER, book.lang) for c, k in of_code.items()}


def write(book: Book, run: RunFolder) -> Data:
    """Write the figures as the hidden sheet others look up."""
    return write_data(book, ("基礎データ", "Basic data"), frame_of(run, book), COLUMNS)


def total(data: Data, name: str, year: tuple[str, int], kind: tuple[str, str] | None = None) -> Term:
    """Return the sum of a column over the municipalities of a year, and of a kind if one is given.

    year, kind  the cell or text of a formula, and what it holds at first
    """
    frame = data.frame.xs(year[1], level="year")
    tests = f"{data.eras()},{year[0]}"
    if kind is not None:
        frame, tests = frame[frame["kind"] == kind[1]], f"{tests},{data.reference('kind')},{kind[0]}"
    return Term(f"SUMIFS({data.reference(name)},{tests})", float(frame[name].fillna(0).sum()))


def quoted(text: str) -> str:
    """Return a text as a formula holds it."""
    return '"' + text.replace('"', '""') + '"'


def of_year(year: int) -> tuple[str, int]:
    return quoted(era(year)), year


def rank(data: Data, name: str, of: Term, year: int, kind: Term | None) -> Term:
    """Return the rank of a figure among the municipalities of a year, of a kind or all; the highest is 1."""
    frame = data.frame.xs(year, level="year")
    column = data.reference(name)
    tests = f"({data.eras()}={quoted(era(year))})*({column}>{of.text})"
    if kind is not None:
        frame, tests = frame[frame["kind"] == kind.value], f"{tests}*({data.reference('kind')}={kind.text})"
    first = None if of.value is None else 1 + int((frame[name].astype(float) > of.number).sum())
    return Term(f'IF({of.text}="","",1+SUMPRODUCT({tests}))', first)


def count(data: Data, year: int, kind: Term) -> Term:
    """Return how many municipalities are of a kind."""
    frame = data.frame.xs(year, level="year")
    text = f"COUNTIFS({data.eras()},{quoted(era(year))},{data.reference('kind')},{kind.text})"
    return Term(text, int((frame["kind"] == kind.value).sum()))
