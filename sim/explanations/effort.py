"""保険者努力支援 of one municipality in a year of a run: its points, the most it could have, what doing more is worth.

    found = effort("baseline", "八王子市", "R7")
    found.points      # a row an indicator: measured, points, full, money, money at full points
    found.worth       # what one more point of collection or uptake is worth, yen

The worth is a finite difference by the rule of the simulation: the same criteria with one point more measured, all else
as it was. A criterion is a step, so a point may be worth nothing and the next threshold much; both are given.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd

from sim.core.errors import InputError
from sim.core.units import era
from sim.explanations.run_parameters import parameters_of
from sim.institutions import effort as rule
from sim.institutions.memory import PORTIONS
from sim.outputs.folder import RunFolder
from sim.outputs.runs import find_run
from sim.parameters import Parameters, regions
from sim.parameters.places import place_code
from sim.scenario.scenario import year_of_model

Lang = Literal["ja", "en"]

DOMAINS = ("effort.", "second_part.")
_POINT = 0.01
_FINE, _FARTHEST = 0.001, 0.3
"""steps in which the next threshold is looked for, and how far"""
_RATES: dict[str, tuple[str, str]] = {
    "municipal_collection": ("収納率（現年度分）", "collection rate of the current year"),
    "municipal_arrears": ("収納率（過年度分）", "collection of arrears"),
    "municipal_checkup": ("特定健診受診率", "uptake of the health check"),
    "municipal_guidance": ("特定保健指導実施率", "guidance finished"),
    "municipal_generics": ("後発医薬品使用割合", "share of generics"),
}
"""indicators measured as a rate, of which one more point has a worth"""
_TRANSFERS = {1.0: ("なし", "none"), 0.5: ("減少", "fell"), 0.0: ("減少せず", "did not fall")}
_HEADINGS: dict[Lang, dict[str, str]] = {
    "ja": {
        "label_ja": "指標",
        "judged": "評価する年度",
        "measured": "実績",
        "points": "得点",
        "full": "配点",
        "money": "交付額（円）",
        "most": "満点の場合（円）",
    },
    "en": {
        "label_en": "indicator",
        "judged": "results of",
        "measured": "measured",
        "points": "points",
        "full": "full points",
        "money": "money, yen",
        "most": "at full points, yen",
    },
}
_WORTH: dict[Lang, dict[str, str]] = {
    "ja": {
        "label_ja": "1ポイント上がった場合",
        "now": "実績",
        "points": "得点の増",
        "yen": "交付額の増（円）",
        "next": "次の基準まで（ポイント）",
        "next_yen": "次の基準での増（円）",
    },
    "en": {
        "label_en": "one point more of",
        "now": "measured",
        "points": "points gained",
        "yen": "money gained, yen",
        "next": "points to the next threshold",
        "next_yen": "gained there, yen",
    },
}


@dataclass(frozen=True)
class Effort:
    """Points and money of a municipality in a year.

    rows  its rows of the table `effort`
    reward  yen of 2号 it would get, did one more point of collection reach its target; 0 where it reaches it already
    billed  yen billed in the year whose collection is judged, persons of unknown whereabouts left out; None: not known
    """

    name: str
    year: int
    p: Parameters
    rows: pd.DataFrame
    reward: int
    billed: int | None

    @property
    def members(self) -> int:
        return int(self.rows["members"].iloc[0])

    @property
    def value(self) -> float:
        """Yen a point and insured."""
        return rule.point_value(self.p, self.year)

    @cached_property
    def points(self) -> pd.DataFrame:
        """Indicator by indicator: label_ja, label_en, judged (fiscal year), measured, points, full, money, most."""
        judged = rule.judgements(self.p)
        out = self.rows[["indicator", "measured", "points", "full", "money"]].reset_index(drop=True)
        labels = [labels_of(self.p, name) for name in out["indicator"]]
        out["label_ja"], out["label_en"] = zip(*labels, strict=True)
        out["judged"] = [era(self.year - judged[n].lag) if n in judged else "" for n in out["indicator"]]
        out["most"] = np.floor(out["full"] * self.value * self.members).astype(np.int64)
        return out

    @cached_property
    def worth(self) -> pd.DataFrame:
        """What one more point is worth: label, now, points, yen; points to the next threshold and yen gained there."""
        rows = []
        for row in self.rows.to_dict("records"):
            name = str(row["indicator"])
            if name not in _RATES or np.isnan(row["measured"]):
                continue
            gain = self._gain(row, _POINT)
            steps = np.arange(_FINE, _FARTHEST, _FINE)
            far = next((float(s) for s in steps if self._gain(row, float(s)) > 0), None)
            ja, en = _RATES[name]
            rows.append(
                {
                    "indicator": name,
                    "label_ja": ja,
                    "label_en": en,
                    "now": row["measured"],
                    "points": gain,
                    "yen": self._yen(gain),
                    "next": np.nan if far is None else round(far * 100, 1),
                    "next_yen": 0 if far is None else self._yen(self._gain(row, far)),
                }
            )
        columns = ["indicator", "label_ja", "label_en", "now", "points", "yen", "next", "next_yen"]
        return pd.DataFrame(rows, columns=columns)

    def _gain(self, row: dict[str, float | str], more: float) -> float:
        """Return the points gained when the measure of a row is higher by `more`."""
        judged = rule.judgements(self.p)[str(row["indicator"])]
        size, before, value = (np.array([float(row[name])]) for name in ("members", "before", "measured"))
        stated = np.array([float(self.p.value("effort.nation_share", self.year))])
        moved, now = (judged.share(v, before, size, stated)[0] for v in (np.minimum(value + more, 1.0), value))
        return float((moved - now) * float(row["full"]))

    def _yen(self, points: float) -> int:
        return int(points * self.value * self.members)

    def printed(self, lang: Lang) -> pd.DataFrame:
        """Return the table of the indicators with headings, figures as text."""
        t = self.points
        judged = rule.judgements(self.p)
        measures = [judged[n].measure if n in judged else "" for n in t["indicator"]]
        texts = [_reading(m, v, lang) for m, v in zip(measures, t["measured"], strict=True)]
        shown = t.assign(measured=texts, points=t["points"].round(1))
        return shown[[*_HEADINGS[lang]]].rename(columns=_HEADINGS[lang])

    def worth_printed(self, lang: Lang) -> pd.DataFrame:
        """Return the table of what one more point is worth with headings."""
        t = self.worth
        far = ["–" if np.isnan(v) else f"{v:.1f}" for v in t["next"]]
        shown = t.assign(now=[_percent(v) for v in t["now"]], points=t["points"].round(1), next=far)
        return shown[[*_WORTH[lang]]].rename(columns=_WORTH[lang])

    def lines(self, lang: Lang) -> list[str]:
        """Return what the tables add up to, in sentences."""
        t = self.points
        got, full, yen, most = (t[c].sum() for c in ("points", "full", "money", "most"))
        if lang == "ja":
            out = [
                f"得点 {got:,.1f}／{full:,.0f}点 × {self.value:.2f}円 × 被保険者{self.members:,}人 ＝ {yen:,}円"
                f"（満点なら{most:,}円）",
                "1点の単価は、全国の予算額を全国の得点×被保険者数で割ったもの。",
            ]
            if self.reward:
                out.append(f"収納率がもう1ポイント高ければ目標収納率に達し、{{level}}繰入金2号から{self.reward:,}円。")
            if self.billed:
                out.append(f"収納率1ポイントの保険料そのものは{round(self.billed * _POINT):,}円。")
            return out
        out = [
            f"{got:,.1f} of {full:,.0f} points x {self.value:.2f} yen x {self.members:,} insured = {yen:,} yen "
            f"({most:,} at full points)",
            "A point is worth the nation's money over the nation's points times insured.",
        ]
        if self.reward:
            out.append(
                f"With one more point of collection it reaches its target: {self.reward:,} yen of the second part."
            )
        if self.billed:
            out.append(f"One point of collection is {round(self.billed * _POINT):,} yen of premiums by itself.")
        return out


def _percent(value: float) -> str:
    return "" if np.isnan(value) else f"{value * 100:.2f}%"


def _reading(measure: str, value: float, lang: Lang) -> str:
    """Return what was measured as text."""
    if measure == "deficit_end" and not np.isnan(value):
        return _TRANSFERS[value][lang == "en"]
    return _percent(value)


def labels_of(p: Parameters, indicator: str) -> tuple[str, str]:
    """Return the Japanese and the English name of an indicator, from the label of its number."""
    english, _, japanese = p.passport(f"effort.{indicator}").label.partition(" (")
    return japanese.removesuffix(")") or english, english


def effort(run: str | Path | RunFolder, municipality: str | int, year: int | str) -> Effort:
    """Return points, money and the worth of doing more of a municipality in a fiscal year of a run.

    >>> sim.effort(result.path, "甲市", "R6").worth.columns.size > 0
    True
    """
    folder = find_run(run)
    with regions.using(folder.manifest["region"]):
        return efforts(folder, year, municipality)[0]


def efforts(folder: RunFolder, year: int | str, municipality: str | int | None = None) -> list[Effort]:
    """Return the same of all municipalities in index order, or of one, in the region in force."""
    p, when = parameters_of(folder, DOMAINS), year_of_model(year, "year")
    codes = p.codes() if municipality is None else [place_code(municipality, p)]
    table = folder.table("effort")
    years = sorted({int(y) for y in table["year"]})
    if when not in years:
        raise InputError(f"{folder.path}: no year {era(when)}; the run holds {era(years[0])} to {era(years[-1])}")
    table = table[(table["year"] == when) & (table["side"] == rule.MUNICIPAL)]
    facts = _Facts.of(folder, when, p, table.drop_duplicates("code").set_index("code")["members"])
    return [
        Effort(
            name=p.places()[code][0],
            year=when,
            p=p,
            rows=table[table["code"] == code],
            reward=facts.reward(code),
            billed=facts.billed.get(code),
        )
        for code in codes
    ]


@dataclass(frozen=True)
class _Facts:
    """What a run says of a year beside the points, by code.

    second  table `second_part` of the year
    billed  yen billed in the year whose collection is judged
    """

    second: pd.DataFrame
    members: pd.Series
    billed: dict[int, int]

    @classmethod
    def of(cls, folder: RunFolder, year: int, p: Parameters, members: pd.Series) -> _Facts:
        second, t = folder.table("second_part"), folder.table("municipality_year")
        judged = rule.judgements(p).get("municipal_collection")
        of = max(year - judged.lag, int(t["year"].min())) if judged else year
        t = t[t["year"] == of]
        billed = sum(t[f"bill_{portion}"] for portion in PORTIONS) - t["bill_unknown_address"]
        return cls(second[second["year"] == year].set_index("code"), members, dict(zip(t["code"], billed, strict=True)))

    def reward(self, code: int) -> int:
        """Return the reward of 2号 a municipality would get if one more point of collection reached its target."""
        own = self.second.loc[code]
        if own["reached"] or np.isnan(own["target"]) or own["rate"] + _POINT < own["target"]:
            return 0
        shared = int(self.members[self.second.index[self.second["reached"] == 1]].sum()) + int(self.members[code])
        return int(self.second["award"].sum()) * int(self.members[code]) // shared if shared else 0
