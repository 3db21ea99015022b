"""The mark * of a place whose figures are rough, and its words: in a sample, and in the full population.

The rule is that of `sim.outputs.measures`: the 95 % interval of the collection rate or of the number of insured is
wider than ROUGH. In a sample that is the choice of households and the draws; of the full population only the draws
are left, so it is never called a small sample.
"""

from __future__ import annotations

from sim.core.sample import tag
from sim.outputs.folder import RunFolder
from sim.outputs.measures import HIDDEN, ROUGH
from sim.reports.words import Lang, Text, say

_WHY: dict[bool, Text] = {
    True: ("{tag}で誤差が大きい", "large sampling error at {tag}"),
    False: ("被保険者が少なく偶然の変動が大きい", "few insured: moves with the seed"),
}
_RULE: Text = (
    "95%区間が収納率±{rate:g}ポイントまたは被保険者数±{members:g}%より広い",
    "95 % interval wider than ±{rate:g} point of the collection rate or ±{members:g} % of the insured",
)
_HIDDEN: Text = (
    "灰色：世帯がないか±{hidden:g}ポイントより広い",
    "grey: no households, or wider than ±{hidden:g} points",
)


def size_of(run: RunFolder) -> int:
    """Return the N of a run of one household in N; 1 is the full population."""
    return int(run.manifest["sample"])


def why(sample: int, lang: Lang) -> str:
    """Return why a place is marked, in a few words."""
    return say(_WHY[sample > 1], lang, tag=_fraction(sample))


def rule(sample: int, lang: Lang) -> str:
    """Return why a place is marked, and from which error on."""
    text = say(_RULE, lang, rate=ROUGH["collection_rate"] * 100, members=ROUGH["members_average"] * 100)
    return f"{why(sample, lang)}（{text}）" if lang == "ja" else f"{why(sample, lang)} ({text})"


def starred(sample: int, lang: Lang) -> str:
    """Return the legend of the mark: * and its rule, as a sentence."""
    return f"＊は{rule(sample, lang)}。" if lang == "ja" else f"* {rule(sample, lang)}."


def map_legend(sample: int, lang: Lang) -> str:
    """Return the legend of a tile map: hatched places, grey places."""
    hidden = say(_HIDDEN, lang, hidden=HIDDEN * 100)
    return f"斜線＊：{rule(sample, lang)}　{hidden}" if lang == "ja" else f"hatched *: {rule(sample, lang)}; {hidden}"


def _fraction(sample: int) -> str:
    return tag(sample, "en").partition(" ")[0]
