"""What a rate rests on: given, published, carried on, a run's, or imputed; in words and in order of trust."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Literal

from sim.core.units import era
from sim.institutions.portions import PORTION_NAMES

Kind = Literal["given", "published", "secondary", "carried", "run", "imputed"]
KINDS: tuple[Kind, ...] = ("given", "published", "secondary", "carried", "run", "imputed")
"""from what is certain to what is estimated"""
KIND_NAMES: dict[Kind, tuple[str, str]] = {
    "given": ("入力", "given"),
    "published": ("公表", "published"),
    "secondary": ("二次資料", "secondary"),
    "carried": ("据置", "carried"),
    "run": ("試算", "run"),
    "imputed": ("推定", "imputed"),
}
_STATUS = {
    "secondary": ("二次資料", "secondary source"),
    "derived": ("公表値から算出", "derived from published figures"),
}


_SENTENCES: dict[Kind, tuple[str, str]] = {
    "given": ("入力された料率", "given in the family file"),
    "published": ("{year}の料率（{status}）", "{status}, {year}"),
    "secondary": (
        "{year}の料率（二次資料・未確認）",
        "secondary source, unconfirmed, {year}",
    ),
    "carried": ("{now}は未判明のため{year}の料率を据え置き{extra}", "{now} not known: {year} carried on{extra}"),
    "run": ("シミュレーション {source} の{year}の料率", "run {source}, {year}"),
    "imputed": ("推定（{year}の水準による）", "imputed, level of {year}"),
}


@dataclass(frozen=True)
class Basis:
    """What the rates of one portion rest on.

    year    fiscal year of the rates themselves
    status  of the row they stand in (`sim.parameters.schema.Status`), or ""
    source  its source ids, or the run
    """

    kind: Kind
    year: int
    status: str
    source: str

    def said(self, asked: int, lang: str) -> str:
        """Return the basis in words, for a bill of the fiscal year `asked`."""
        at = 0 if lang == "ja" else 1
        year, now = (year_name(y, lang) for y in (self.year, asked))
        status = _STATUS.get(self.status, ("", ""))[at]
        plain = ("公表", "published")[at]
        extra = ("・", ", ")[at] + status if status else ""
        return _SENTENCES[self.kind][at].format(
            year=year, now=now, status=status or plain, extra=extra, source=self.source
        )


def year_name(year: int, lang: str) -> str:
    """Return a fiscal year as a notice writes it: 令和7年度, or R7."""
    text = era(year)
    if lang != "ja":
        return text
    number = "元" if text[1:] == "1" else text[1:]
    return f"{ {'R': '令和', 'H': '平成', 'S': '昭和'}[text[0]] }{number}年度"


def weakest(bases: Mapping[str, Basis], portions: Collection[str]) -> Kind:
    """Return the least certain basis of some portions."""
    kinds = [bases[portion].kind for portion in portions if portion in bases]
    return max(kinds, key=KINDS.index, default="given")


def said(bases: Mapping[str, Basis], portions: Collection[str], asked: int, lang: str) -> str:
    """Return the first line of a bill: each basis once, with the portions that rest on it unless all do."""
    ja = lang == "ja"
    by_basis: dict[str, list[str]] = {}
    for portion in portions:
        if portion in bases:
            by_basis.setdefault(bases[portion].said(asked, lang), []).append(PORTION_NAMES[portion][0 if ja else 1])
    label, between = ("料率の根拠：", "／") if ja else ("Rates: ", "; ")
    if len(by_basis) == 1:
        return label + next(iter(by_basis))
    named = [f"{('・' if ja else ', ').join(names)} {text}" for text, names in by_basis.items()]
    return label + between.join(named)
