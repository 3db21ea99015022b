"""The portions of the levy: their names for a program, and what officials call them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Portion:
    """One portion of the levy, in the order of the codes `population.codes.Portion`; names and short names."""

    name: str
    ja: str
    en: str
    ja_short: str
    en_short: str


TABLE = (
    Portion(name="medical", ja="医療分", en="medical", ja_short="医療", en_short="medical"),
    Portion(
        name="support", ja="後期高齢者支援金分", en="support for the late elderly", ja_short="支援", en_short="support"
    ),
    Portion(name="care", ja="介護納付金分", en="long-term care", ja_short="介護", en_short="care"),
    Portion(name="child", ja="子ども・子育て支援納付金分", en="childcare support", ja_short="子ども", en_short="child"),
)
PORTIONS = tuple(portion.name for portion in TABLE)
PORTION_NAMES = {portion.name: (portion.ja, portion.en) for portion in TABLE}
PORTION_SHORT = {portion.name: (portion.ja_short, portion.en_short) for portion in TABLE}
