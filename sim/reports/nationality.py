"""The insured by nationality: members, care, high-cost benefit, bills and what is collected of them."""

from __future__ import annotations

import pandas as pd

from sim.core.units import era
from sim.outputs.folder import RunFolder
from sim.parameters.places import prefectural
from sim.reports.doubt import WHAT, range_text, ranges_of
from sim.reports.grid import Column, Grid
from sim.reports.section import Section
from sim.reports.words import Lang, Text

_NAMES: dict[str, Text] = {"Japanese": ("日本人", "Japanese"), "foreign": ("外国人", "foreign")}
_SUMS: tuple[tuple[str, Text, str], ...] = (
    ("members", ("被保険者", "insured"), "persons"),
    ("cost", ("医療費", "cost"), "oku"),
    ("receipts", ("レセプト", "receipts"), "count"),
    ("high_cost_receipts", ("高額療養費該当", "cases of high-cost benefit"), "count"),
    ("high_cost", ("高額療養費", "high-cost benefit"), "oku"),
    ("billed", ("調定額（世帯主）", "billed (by head)"), "oku"),
    ("paid", ("収納額（世帯主）", "collected (by head)"), "oku"),
)
"""what adds up: column, label, kind"""


def sums(run: RunFolder) -> pd.DataFrame:
    """Return the sums of the last year by nationality: of the insured, and of bills by the nationality of the head."""
    care, bills = run.table("care_by_nationality"), run.table("household_groups")
    year = int(care["year"].max())
    own = care[care["year"] == year].groupby("nationality").sum(numeric_only=True)
    bills = bills[(bills["year"] == year) & prefectural(bills["code"]) & (bills["kind"] == "nationality")]
    return own.join(bills.set_index("group")[["billed", "paid", "unknown"]]).loc[list(_NAMES)]


def _ends(run: RunFolder, lang: Lang) -> dict[str, tuple[str]]:
    """Return the 90 % range of the collection rate by the nationality of the head; empty without ranges."""
    found = ranges_of(run)
    if found is None:
        return {}
    year = int(run.table("care_by_nationality")["year"].max())
    rows = found.groups(year)
    return {name: (range_text(rows, ("collection_rate", "nationality", name), "share", lang),) for name in _NAMES}


def table(run: RunFolder, lang: Lang) -> Grid:
    """Return the insured by nationality in the last year, the foreign share below."""
    t, year = sums(run), era(int(run.table("care_by_nationality")["year"].max()))
    names = [name for name, _, _ in _SUMS]
    each = t["cost"] / t["members"]
    rate = t["paid"] / (t["billed"] - t["unknown"])
    ends = _ends(run, lang)
    rows: list[tuple[object, ...]] = [
        (
            _NAMES[nationality],
            *t.loc[nationality, names],
            each[nationality],
            rate[nationality],
            *ends.get(nationality, ()),
        )
        for nationality in _NAMES
    ]
    share = t.loc["foreign", names] / t[names].sum()
    rows.append((("外国人の割合", "foreign share"), *share, None, None, *([""] * bool(ends))))
    return Grid(
        (f"国籍別の被保険者（{year}）", f"The insured by nationality ({year})"),
        (
            Column(("国籍", "nationality"), "text"),
            *(Column(label, kind) for _, label, kind in _SUMS),
            Column(("1人当たり医療費", "cost per insured"), "yen"),
            Column(("現年分収納率", "collection rate"), "share"),
            *([Column(WHAT, "range")] if ends else []),
        ),
        rows,
        note=(
            "レセプトは外来のあった月と入院した月をそれぞれ1件と数える。調定額・収納額は世帯主の国籍による。"
            "推計の幅は収納率のみ（国籍別の被保険者数と医療費は、幅を求めた計算に残していない）。",
            "A receipt is a month with outpatient care or in hospital. Bills go by the nationality of the head. "
            "Ranges are those of the collection rate; the ensemble kept no members and care by nationality.",
        ),
        kinds={2: "share"},
    )


SECTIONS = (
    Section(
        "nationality",
        ("国籍別", "By nationality"),
        (
            "外国人の被保険者は若く、同じ年齢でも受診が少ない（全国の医療費に占める割合1.39%に合わせた）。",
            "Foreign members are young, and see doctors less often at the same age (fitted to their share of cost).",
        ),
        tables=(table,),
        needs=("care_by_nationality", "household_groups"),
    ),
)
