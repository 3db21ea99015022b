"""Incentive money (保険者努力支援) and 2号 as a municipality meets them: points, money, what doing more is worth."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from sim.core.units import era
from sim.explanations.effort import Effort, efforts, labels_of
from sim.institutions.effort import MUNICIPAL, PREFECTURE
from sim.outputs.folder import RunFolder
from sim.parameters import Parameters
from sim.reports.grid import Column, Grid
from sim.reports.section import Section
from sim.reports.words import WORDS, Lang

_COLLECTION, _CHECKUP = "municipal_collection", "municipal_checkup"


def _last(run: RunFolder) -> int:
    return int(run.table("effort")["year"].max())


def by_place(run: RunFolder, lang: Lang) -> Grid:
    """Return points and money of each municipality in the last year, and what it takes to have more."""
    year = _last(run)
    places = Parameters.load().places()
    rows = [(place, *_row(found)) for place, found in zip(places.values(), efforts(run, year), strict=True)]
    return Grid(
        (f"{{municipalities}}別の得点と交付額（{era(year)}年度）", f"Points and money by municipality ({era(year)})"),
        (
            Column(WORDS["name"], "text"),
            Column(("得点", "points"), "coefficient"),
            Column(("配点", "full points")),
            Column(("交付額", "money"), "oku1"),
            Column(("1人当たり", "per insured"), "yen"),
            Column(("満点の場合", "at full points"), "oku1"),
            Column(("収納率＋1ポイントの増", "one point of collection"), "yen"),
            Column(("受診率＋1ポイントの増", "one point of uptake"), "yen"),
            Column(("収納率の次の基準での増", "next threshold of collection"), "yen"),
            Column(("受診率の次の基準での増", "next threshold of uptake"), "yen"),
        ),
        rows,
        note=(
            "増は、同じ基準に実績を1ポイント（または次の基準まで）上げて当てはめた交付額の差。"
            "基準は段階別のため、0円となることがある。",
            "Gains are differences by the same criteria with one point more, or as much as the next threshold takes; "
            "criteria are steps, so a point may be worth nothing.",
        ),
    )


def _row(found: Effort) -> tuple[object, ...]:
    points, worth = found.points, found.worth.set_index("indicator")
    yen = int(points["money"].sum())
    each = yen / found.members if found.members else 0.0
    gains = [_gain(worth, name, column) for column in ("yen", "next_yen") for name in (_COLLECTION, _CHECKUP)]
    return (points["points"].sum(), points["full"].sum(), yen, each, points["most"].sum(), *gains)


def _gain(worth: pd.DataFrame, indicator: str, column: str) -> float:
    return float(worth.loc[indicator, column]) if indicator in worth.index else 0.0


def by_indicator(run: RunFolder, lang: Lang) -> Grid:
    """Return the points of each indicator by year, of all municipalities together by insured, and of the prefecture."""
    t = run.table("effort")
    p = run.register()
    years = sorted({int(y) for y in t["year"]})
    rows = []
    for indicator in _in_order(t["indicator"]):
        mine = t[t["indicator"] == indicator]
        weighted = (mine["points"] * mine["members"]).groupby(mine["year"]).sum()
        mean = weighted / mine["members"].groupby(mine["year"]).sum()
        rows.append((labels_of(p, indicator), float(mine["full"].iloc[-1]), *mean.reindex(years)))
    return Grid(
        ("指標別の得点（被保険者数による平均）", "Points by indicator, mean by insured"),
        (
            Column(("指標", "indicator"), "text"),
            Column(("配点", "full points")),
            *(Column((era(y),) * 2, "coefficient") for y in years),
        ),
        rows,
        folded=True,
    )


def _in_order(names: Iterable[str]) -> list[str]:
    return [*dict.fromkeys(names)]


def by_year(run: RunFolder, lang: Lang) -> Grid:
    """Return the money of both parts and of 2号 by year."""
    t, second = run.table("effort"), run.table("second_part")
    money = t.groupby(["side", "year"])["money"].sum()
    years = sorted({int(y) for y in t["year"]})
    by = second.groupby("year")[["reached", "award", "project", "rest"]].sum()
    lines = (
        (("市町村分", "of the municipalities"), money[MUNICIPAL], "oku1"),
        (("都道府県分", "of the prefecture"), money[PREFECTURE], "oku1"),
        (("{level}繰入金2号：目標収納率の達成", "Second part: target collection rate reached"), by["award"], "oku1"),
        (("{level}繰入金2号：催告の初期導入経費", "Second part: start of reminders"), by["project"], "oku1"),
        (("{level}繰入金2号：被保険者数による配分", "Second part: by insured"), by["rest"], "oku1"),
        (
            ("目標収納率を達成した{municipalities}の数", "municipalities that reached their target"),
            by["reached"],
            "count",
        ),
    )
    rows = [(label, *series.reindex(years)) for label, series, _ in lines]
    return Grid(
        ("保険者努力支援と{level}繰入金2号", "Incentive money and the second part"),
        (Column(WORDS["item"], "text"), *(Column((era(y),) * 2, "oku1") for y in years)),
        rows,
        kinds={i: kind for i, (_, _, kind) in enumerate(lines)},
    )


SECTIONS = (
    Section(
        "effort",
        ("保険者努力支援と収納率の目標", "Incentive money and targets of collection"),
        (
            "指標ごとの得点に被保険者数と1点の単価を乗じて交付される。単価は全国の予算額で決まる。",
            "Points by indicator times insured times what a point is worth, which the nation's money decides.",
        ),
        tables=(by_year, by_place, by_indicator),
        needs=("effort", "second_part"),
    ),
)
