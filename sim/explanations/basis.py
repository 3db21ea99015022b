"""What a rate rests on: given, published, carried on, a run's, or imputed; in words and in order of trust."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Literal

from sim.core.units import era
from sim.institutions.portions import PORTION_NAMES

Kind = Literal["given", "published", "carried", "run", "imputed"]
KINDS: tuple[Kind, ...] = ("given", "published", "carried", "run", "imputed")
"""from what is certain to what is estimated"""
KIND_NAMES: dict[Kind, tuple[str, str]] = {
    "given": ("入力", "given"),
    "published": ("公表", "published"),
    "carried": ("据置", "carried"),
    "run": ("試算", "run"),
    "imputed": ("推定", "imputed"),
}
_STATUS = {
    "secondary": ("二次資料", "secondary source"),
    "derived": ("公表値から算出", "derived from published figures"),
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
        ja = lang == "ja"
        year, now = (year_name(y, lang) for y in (self.year, asked))
        status = _STATUS.get(self.status, ("", ""))[0 if ja else 1]
        match self.kind:
            case "given":
                return "入力された料率" if ja else "given in the family file"
            case "published":
                return f"{year}の料率（{status or '公表'}）" if ja else f"{status or 'published'}, {year}"
            case "carried":
                extra = (f"・{status}" if ja else f", {status}") if status else ""
                if ja:
                    return f"{now}は未判明のため{year}の料率を据え置き{extra}"
                return f"{now} not known: {year} carried on{extra}"
            case "run":
                return f"シミュレーション {self.source} の{year}の料率" if ja else f"run {self.source}, {year}"
            case "imputed":
                return f"推定（{year}の水準による）" if ja else f"imputed, level of {year}"


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
