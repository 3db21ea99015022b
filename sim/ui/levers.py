"""The levers of the page: keys of the register a policy officer can move, and how a position becomes scenario text.

A lever is data. Its key, unit and range live in the register; here stand its words, the ends of the control and how
its position is written in a scenario file, so that what was moved can be saved, checked and run elsewhere.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import get_args

from sim.parameters import Parameters
from sim.reports.words import Lang, of_region

Words = tuple[str, str]
"""Japanese and English."""
_NAMED = 2
"""levers a title names"""
Position = int | float | str
"""Where a lever stands."""

YEARS = ("R9", "R10", "R11")
"""Fiscal years a lever may start in."""


@dataclass(frozen=True)
class Lever:
    """One control. A position equal to `neutral` leaves the scenario as it is."""

    key: str
    label: Words
    hint: Words
    neutral: Position = 0
    form: str = "{}"
    """how the position is written: "+{}pt", "x{}", "{}%" """
    span: tuple[float, float, float] | None = None
    """lowest, highest and step of a slider"""
    choices: tuple[tuple[Position, Words], ...] = ()
    """positions of a choice with their words"""
    dated: bool = True
    """whether the position holds from the chosen year on; else in every year"""
    beside: str = ""
    """a line that goes with it, with the year of its start"""

    def line(self, position: Position, since: str, place: str | None = None) -> str:
        """Return the line of a scenario that puts the lever into a position, in one municipality or everywhere."""
        written = self.form.format(position)
        if self.dated:
            written = f"{{{since}: {written}}}"
        line = f"  {self.key}: {{{place}: {written}}}" if place else f"  {self.key}: {written}"
        return f"{line}\n{self.beside.format(since=since)}" if self.beside else line

    def shown(self, position: Position, at: int) -> str:
        """Return a position as people read it; at  0 in Japanese, 1 in English."""
        words = dict(self.choices).get(position)
        return words[at] if words else f"{position:{'+' if self.form.startswith('+') else ''}}"


OFTEN: Words = ("よく使う項目", "Most asked")
"""the group that is open; the others are folded"""

GROUPS: dict[Words, tuple[Lever, ...]] = {
    OFTEN: (
        Lever(
            "payment.account_transfer_share",
            ("口座振替率の引上げ（ポイント）", "Account transfer, rise in points"),
            ("特別徴収でない世帯のうち口座振替で納める割合", "share of households not under pension deduction"),
            form="+{}pt",
            span=(0, 40, 5),
        ),
        Lever(
            "payment.enforcement_capacity",
            ("徴収職員（現状を1とする）", "Collection staff against today"),
            ("調査・差押の件数は逓減して増える", "investigations and seizures rise with diminishing returns"),
            neutral=1.0,
            form="x{}",
            span=(0.5, 2.0, 0.1),
        ),
        Lever(
            "payment.trend",
            ("収納率のこれまでの改善傾向", "Rise of the collection rate beside all else"),
            ("保険料負担以外の理由による改善", "what neither bills nor people explain"),
            neutral="",
            choices=(("", ("続く", "goes on")), (0, ("止まる", "stops"))),
        ),
        Lever(
            "municipal.tolerance",
            ("料率の年間引上げの上限（％）", "Largest yearly rise a council accepts (%)"),
            ("独自に料率を定める{municipalities}", "municipalities that set rates of their own"),
            neutral=-1,
            form="{}%",
            choices=(
                (-1, ("現状", "as today")),
                (0, ("0％", "0 %")),
                (3, ("3％", "3 %")),
                (10, ("10％", "10 %")),
                (20, ("20％", "20 %")),
            ),
        ),
        Lever(
            "municipal.frozen_rates",
            ("保険料率の据置き", "Rates frozen"),
            ("納付金との差は法定外繰入で埋める", "transfers fill the gap to the contribution"),
            neutral="",
            choices=(("", ("なし", "no")), ("true", ("据え置く", "frozen"))),
        ),
        Lever(
            "rates.alpha",
            ("医療費指数反映係数 α", "Medical-cost reflection α"),
            ("令和11年度に0とする予定を変える", "change the plan to reach 0 in R11"),
            neutral="",
            form="{}",
            choices=(
                ("", ("予定どおり", "as planned")),
                (0.5, ("0.5で据置き", "stay at 0.5")),
                (0.0, ("ただちに0", "0 at once")),
            ),
        ),
        Lever(
            "municipal.deficits_gone_by",
            ("法定外繰入をなくす年度", "Discretionary transfers end by"),
            ("決算補填等目的のもの", "those that cover deficits"),
            neutral="",
            choices=(("", ("計画どおり", "as planned")), ("R10", ("R10", "R10")), ("R11", ("R11", "R11"))),
            dated=False,
        ),
        Lever(
            "coverage.smallest_firm",
            ("被用者保険の適用拡大の前倒し", "Employees' insurance widened earlier"),
            ("短時間労働者を適用する企業の規模", "smallest firm whose part-time workers are covered"),
            neutral=0,
            choices=(
                (0, ("予定どおり", "as planned")),
                (21, ("21人以上", "21 staff")),
                (11, ("11人以上", "11 staff")),
                (1, ("規模要件を撤廃", "all firms")),
            ),
            beside="  coverage.take_up: {{{since}: 0.5, R12: 0}}",
        ),
    ),
    ("収納（その他）", "Collection, more"): (
        Lever(
            "payment.sms_reminders",
            ("SMS催告が届く未納世帯（％）", "Late households reached by SMS (%)"),
            ("現在の催告に加えて", "on top of today's reminders"),
            form="{}%",
            span=(0, 100, 10),
        ),
        Lever(
            "payment.voice_reminders",
            ("自動音声の催告が届く未納世帯（％）", "Late households reached by voice call (%)"),
            ("現在の催告に加えて", "on top of today's reminders"),
            form="{}%",
            span=(0, 100, 10),
        ),
        Lever(
            "payment.prepayment_adoption",
            ("入国者の前納を求める{municipalities}（％）", "New arrivals asked to pay a year ahead (%)"),
            ("令和8年度から条例で可能", "possible by ordinance from R8"),
            form="{}%",
            span=(0, 100, 10),
        ),
        Lever(
            "payment.immigration_link",
            ("滞納情報の入管への提供（％）", "Arrears shown to the immigration agency (%)"),
            (
                "令和9年6月から予定。長期の滞納は在留更新の不許可につながる",
                "planned from June R9; long arrears can end a stay",
            ),
            form="{}%",
            span=(0, 100, 25),
        ),
        Lever(
            "payment.multilingual_notices",
            ("多言語の周知・相談が届く外国人世帯主（％）", "Foreign heads told in their own language (%)"),
            ("現在の周知に加えて", "on top of today's notices"),
            form="{}%",
            span=(0, 100, 10),
        ),
        Lever(
            "payment.collection_guidance",
            ("徴収指導員・研修の上積み（％）", "Collection advisers and training (%)"),
            ("現在の職員の業務を効果的にする", "makes more of the same staff"),
            form="{}%",
            span=(0, 100, 25),
        ),
    ),
    ("料率（その他）", "Rates, more"): (
        Lever(
            "rates.easing",
            ("激変緩和", "Easing of the steps of α"),
            ("α の一段ごとの負担増の3/4を緩和", "three quarters of the rise by each step"),
            neutral="",
            choices=(("", ("あり（予定どおり）", "as planned")), ("false", ("なし", "none"))),
        ),
    ),
    ("医療費", "Cost of care"): (
        Lever(
            "cost.checkup_uptake",
            ("特定健診受診率の目標（％）", "Goal of the uptake of the health check at 40-74 (%)"),
            ("効果は2年後から", "works with a lag of two years"),
            neutral=0,
            form="{}%",
            choices=(
                (0, ("現状", "as today")),
                (50, ("50％", "50 %")),
                (60, ("60％", "60 %")),
                (70, ("70％", "70 %")),
            ),
        ),
        Lever(
            "cost.guidance_uptake",
            ("特定保健指導実施率の目標（％）", "Goal of guidance finished by those due (%)"),
            ("効果は2年後から", "works with a lag of two years"),
            form="{}%",
            choices=((0, ("現状", "as today")), (30, ("30％", "30 %")), (45, ("45％", "45 %")), (60, ("60％", "60 %"))),
        ),
        Lever(
            "cost.generic_share",
            ("後発医薬品の使用割合（ポイント）", "Generics by quantity, rise in points"),
            ("翌年度から薬剤費が下がる", "drug cost falls from the next year on"),
            form="+{}pt",
            span=(0, 15, 1),
        ),
        Lever(
            "cost.review_reach",
            ("レセプトの再点検（％）", "Receipts read once more (%)"),
            ("AIの支援による保険者の点検、現在の審査に加えて", "by the insurer with AI, on top of today's review"),
            form="{}%",
            span=(0, 100, 10),
        ),
        Lever(
            "cost.third_party_reach",
            ("第三者行為のうち求償する割合（％）", "Third-party cases claimed (%)"),
            ("現状を約6割と仮定", "today assumed at about 60 %"),
            neutral=-1,
            form="{}%",
            choices=(
                (-1, ("現状", "as today")),
                (75, ("75％", "75 %")),
                (90, ("90％", "90 %")),
                (100, ("100％", "100 %")),
            ),
        ),
        Lever(
            "cost.integrated_reach",
            ("高齢者の保健事業と介護予防の一体的実施（％）", "Integrated health of the elderly (%)"),
            ("65歳以上のうち、現状に加えて届く割合", "of members of 65 and over, beyond today's reach"),
            form="{}%",
            span=(0, 100, 10),
        ),
        Lever(
            "cost.sharing_reach",
            ("検査・薬剤情報を見て行う診療（％）", "Care with tests and drugs of other doctors in view (%)"),
            ("オンライン資格確認・電子処方箋、現状に加えて", "online check and e-prescriptions, beyond today's"),
            form="{}%",
            span=(0, 100, 10),
        ),
    ),
}

LEVERS = {lever.key: lever for group in GROUPS.values() for lever in group}


def moved(positions: Mapping[str, Position]) -> dict[str, Position]:
    """Return the positions that differ from neutral."""
    return {key: p for key, p in positions.items() if p != LEVERS[key].neutral}


def scenario_text(name: str, base: str, positions: Mapping[str, Position], since: str, place: str | None = None) -> str:
    """Return the scenario file that the positions of the levers mean, starting from a base scenario.

    `place` is the municipality whose levers were moved; a key that knows no municipalities is moved everywhere.
    """
    local = {key for key, passport in Parameters.load().passports.items() if passport.by_place}
    titles = {lang: json.dumps(_titled(positions, lang), ensure_ascii=False) for lang in get_args(Lang)}
    title = f"title: {{ja: {titles['ja']}, en: {titles['en']}}}"
    lines = [
        LEVERS[key].line(position, since, place if key in local else None) for key, position in moved(positions).items()
    ]
    return "\n".join([f"name: {name}", f"extends: {base}", title, "policy:" if lines else "policy: {}", *lines]) + "\n"


def _titled(positions: Mapping[str, Position], lang: Lang) -> str:
    """Return what people call a scenario of the levers: the first two that are moved."""
    at = int(lang == "en")
    texts = [told(key, position, lang) for key, position in moved(positions).items()]
    if not texts:
        return ("条件変更案（変更なし）", "Nothing changed")[at]
    more = ("ほか", " and more")[at] if len(texts) > _NAMED else ""
    named = ("・", ", ")[at].join(texts[:_NAMED]) + more
    return (f"条件変更案（{named}）", f"Changed: {named}")[at]


def told(key: str, position: Position, lang: Lang) -> str:
    """Return a lever and where it stands in a few words."""
    lever = LEVERS[key]
    at = int(lang == "en")
    name, _, unit = of_region(lever.label[at], lang).partition(" (" if at else "（")
    points = "ポイント" if unit == "ポイント）" else ""
    return f"{name} {lever.shown(position, at)}{points}"
