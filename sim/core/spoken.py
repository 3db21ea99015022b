"""Messages in Japanese: an error is raised once, in English, and told in the reader's language at the door.

The catalogue `messages_ja.po` (GNU gettext) holds a Japanese text for every template of a message in the source:
"no parameter '{0}'{1}". A finished English text is matched against the templates; what stands in a hole is matched in
turn, so that messages within messages ("line 3: region: no region 'x'; did you mean 'y'?") and lists of them come out
whole, while names, numbers and what a user wrote in quotes stay as they are. Of several readings the one holds that
explains most words. What no template explains stays English: a message is never lost.

A hole of a Japanese text may say what its value is: {1:unit} yen/year, {1:word} a word of the catalogue's words,
{1:either} "a or b", {1:region} the region's name, {1:described} unit and range, {1:omitted} nothing.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from sim.core.language import JA, Lang, current

CATALOGUE = Path(__file__).with_name("messages_ja.po")
HOLE = re.compile(r"\{\{|\}\}|\{(\d+)(?::(\w+))?\}")
"""a brace of the text itself, or a hole with its number and kind"""

_ENTRY = re.compile(r'^(msgctxt|msgid|msgstr)? ?"(.*)"$', re.MULTILINE)
_WORD = re.compile(r"[A-Za-z]{2}")
_SPACED = re.compile(r"[^,] ")
"""a space that is none of a list of names"""
_PLACE = re.compile(r"(.*?):(\d+):(\d+): (.+)")
_ABOUT = re.compile(r"(.*\S) \[(?=[A-Z])(?!R\d)(.*)\]")
"""what the reader of scenarios ends a message with: [label of the parameter; in its unit, allowed its range]"""
_NAMED = re.compile(r"(?:'([^']*)'|([\w-]+\.[\w.-]+)) (.+)")
"""what a user wrote, or a key, and what is wrong with it"""
_DESCRIBED = re.compile(r"(?:.*?; )?(?:in (?P<unit>.+?))?(?:(?:^|, |; )allowed (?P<allowed>.+))?")
_JOINTS = ((": ", "："), ("; ", "。"), (" | ", " | "), (", ", "、"))
"""what stands between messages within a message, and in Japanese"""
_MOST_JOINTS = 6
_SIGNS = tuple(
    (re.compile(pattern), ja)
    for pattern, ja in (
        (r"(?<=[\d%])–(?=[\d-]|R\d)", "～"),
        (r"」 (?=[ぁ-ん])", "」"),
        (r"」 \((.+?)\)", r"」（\1）"),
        (r"(\d+) \(([^()]*)\)(行目|人目)", r"\1\3（\2）"),
        (r"（）", ""),
    )
)
"""what values bring along that Japanese writes otherwise: a range, a space or brackets after a quotation"""
_QUOTED = re.compile(r"'([^']*)'(?= \(|$)")
_SENTENCE = re.compile(r"[ぁ-ん]$")

_RETOLD = 0.5
_FEW = 7
"""letters of a template that may stand in any text"""
_INNER = 0.99
"""what is explained within a hole counts a little less: the longest template goes around the others"""

Said = tuple[float, str]
"""letters that templates explain, and the text in Japanese"""


def spoken(text: str, lang: Lang | None = None, region: Callable[[str], str] | None = None) -> str:
    """Return a message in a language, that in force unless another is given; English is the text as it was raised.

    region  Japanese name of a region by its English one; asked only where a message names one
    """
    return _Speaker(region).lines(text) if (lang or current()) == JA else text


@dataclass(frozen=True)
class Template:
    """An English text with holes, and the Japanese one."""

    en: str
    ja: str

    @functools.cached_property
    def literals(self) -> list[str]:
        """What stands between the holes."""
        return literals(self.en)

    @functools.cached_property
    def longest(self) -> str:
        """The longest of the literals: a text without it is no such message."""
        return max(self.literals, key=len)

    @functools.cached_property
    def weight(self) -> float:
        """How much it explains: letters, and a little for each sign."""
        return sum(1.0 if c.isalpha() else 0.01 * (c != " ") for part in self.literals for c in part)

    @functools.cached_property
    def pattern(self) -> re.Pattern[str]:
        """What the text looks like; of two holes side by side the second begins with a sign or a space."""
        out = [re.escape(self.literals[0])]
        for i, literal in enumerate(self.literals[1:]):
            beside = i > 0 and not self.literals[i]
            hole = r"((?:[ .;(].*?|, .*?)?)" if beside else r"(; did you mean .*?\?|.*?)"
            out.append(hole + re.escape(literal))
        return re.compile("".join(out))

    @functools.cached_property
    def vague(self) -> bool:
        """Return whether a text may look like it by chance, as like "{0} is {1}": its own words explain nothing."""
        own = "".join(self.literals)
        return self.weight < _FEW and self.en.startswith("{") and not re.search(r"[:;,'(\d]", own)

    def tells(self, number: int) -> bool:
        """Return whether the Japanese describes a hole's value anew or leaves it out: it is explained."""
        return f"{{{number}:described}}" in self.ja or f"{{{number}:omitted}}" in self.ja

    def quoted(self, number: int) -> bool:
        """Return whether a hole stands in quotation marks: what a user wrote, never a message."""
        return self.literals[number].endswith("'") and self.literals[number + 1].startswith("'")


def literals(template: str) -> list[str]:
    """Return what stands between the holes of a template, braces as they are told."""
    out, end = [""], 0
    for match in HOLE.finditer(template):
        out[-1] += template[end : match.start()]
        end = match.end()
        if match[1] is None:
            out[-1] += match[0][0]
        else:
            out.append("")
    out[-1] += template[end:]
    return out


@dataclass(frozen=True)
class Catalogue:
    """Templates, those a message may end with, messages of one word, and words and units by their English."""

    templates: tuple[Template, ...]
    tails: tuple[Template, ...]
    single: frozenset[str]
    words: dict[str, str]
    units: dict[str, str]


def entries(text: str) -> Iterator[tuple[str, str, str]]:
    """Return context, English and Japanese of each entry of a gettext catalogue; of the head the English is empty."""
    entry: dict[str, str] = {}
    field = ""
    for match in _ENTRY.finditer(text):
        if (match[1] and match[1] in entry) or (match[1] == "msgctxt" and entry):
            yield entry.get("msgctxt", ""), entry.get("msgid", ""), entry.get("msgstr", "")
            entry = {}
        field = match[1] or field
        said = re.sub(r"\\(.)", lambda m: "\n" if m[1] == "n" else m[1], match[2]) if "\\" in match[2] else match[2]
        entry[field] = entry.get(field, "") + said
    yield entry.get("msgctxt", ""), entry.get("msgid", ""), entry.get("msgstr", "")


@functools.cache
def catalogue() -> Catalogue:
    """Return the catalogue, read once (a few milliseconds) and only where Japanese is spoken."""
    templates: list[Template] = []
    named: dict[str, dict[str, str]] = {"word": {}, "unit": {}}
    for context, en, ja in entries(CATALOGUE.read_text("utf-8")):
        if context in named:
            named[context][en] = ja
        elif en:
            templates.append(Template(en, ja))
    tails = tuple(t for t in templates if t.en[0] in " .;,(")
    single = frozenset(t.en for t in templates if " " not in t.en)
    return Catalogue(tuple(templates), tails, single, named["word"], named["unit"])


class _Speaker:
    """Says one text in Japanese; what was tried is not tried again."""

    def __init__(self, region: Callable[[str], str] | None) -> None:
        self.catalogue = catalogue()
        self.region = region
        self.known: dict[str, Said] = {}
        self.kinds: dict[str, Callable[[str], str]] = {
            "described": self._described,
            "either": self._either,
            "omitted": lambda value: "",
            "region": self._region,
            "unit": self._unit,
            "word": self._word,
        }

    def lines(self, text: str) -> str:
        """Return a text of one or several lines, sentences ended as Japanese ends them."""
        return "\n".join(_ended(self.said(line)[1]) for line in text.split("\n"))

    def said(self, text: str) -> Said:
        """Return the reading that explains most of a text."""
        if text not in self.known:
            self.known[text] = 0, text
            if _WORD.search(text) and (text in self.catalogue.single or _SPACED.search(text)):
                self.known[text] = max(self._readings(text), key=lambda said: said[0], default=(0, text))
        return self.known[text]

    def _readings(self, text: str) -> Iterator[Said]:
        yield 0, text
        if place := _PLACE.fullmatch(text):
            letters, rest = max(self.said(place[4]), self.said(f"@: {place[4]}"), key=lambda said: said[0])
            yield letters + 1, f"{place[1]} {place[2]}行目{place[3]}字目：{rest.removeprefix('@：')}"
            return
        if about := _ABOUT.fullmatch(text):
            letters, rest = self.said(about[1])
            told = self._described(about[2])
            yield letters + 1, f"{rest}［{told}］" if told else rest
            return
        yield from self._joined(text)
        for template in self.catalogue.templates:
            if template.longest in text and (match := template.pattern.fullmatch(text)):
                letters, told = self._filled(template, match.groups())
                if template.vague:
                    letters -= template.weight
                if letters >= _FEW or not template.vague:
                    yield letters, told
        yield from self._with_tail(text)

    def _filled(self, template: Template, values: tuple[str, ...]) -> Said:
        """Return the Japanese of a template with the Japanese of its values."""
        letters, said = template.weight, {}
        for number, value in enumerate(values):
            own = (0, value) if template.quoted(number) else self.said(value)
            if value.endswith(".") and not own[0] and not template.quoted(number):
                own = self.said(value[:-1])  # of "unknown key 'x'." the Japanese brings the full stop along
            letters += max(own[0] * _INNER, sum(map(str.isalpha, value)) * _RETOLD * template.tells(number))
            said[number] = _QUOTED.sub("「\\1」", own[1]) if own[1][:1] == "'" else own[1]

        def put(match: re.Match[str]) -> str:
            if match[1] is None:
                return match[0][0]
            number = int(match[1])
            return self.kinds[match[2]](values[number]) if match[2] else said[number]

        return letters, HOLE.sub(put, template.ja)

    def _with_tail(self, text: str) -> Iterator[Said]:
        """Read the end of a text as a piece that messages end with: a question, a hint, where it is."""
        for tail in self.catalogue.tails:
            at = text.rfind(tail.longest)
            if at > 0 and (match := re.fullmatch(f"(.+?)({tail.pattern.pattern})", text)):
                head, end = self.said(match[1].removesuffix(".")), self.said(match[2])
                yield head[0] + _INNER * end[0], head[1] + end[1]

    def _joined(self, text: str) -> Iterator[Said]:
        """Read a text as two: with a colon, semicolon or comma between, the second in brackets, the first a name."""
        if named := _NAMED.fullmatch(text):
            letters, rest = self.said(named[3])
            yield letters, f"「{named[1]}」：{rest}" if named[1] else f"{named[2]}：{rest}"
        if bracket := re.fullmatch(r"(.+) \((.+)\)", text):
            left, right = self.said(bracket[1]), self.said(bracket[2])
            if left[0] or right[0]:
                yield left[0] + right[0], f"{left[1]}（{right[1]}）"
        for joint, ja in _JOINTS:
            for match in list(re.finditer(re.escape(joint), text))[:_MOST_JOINTS]:
                left, right = self.said(text[: match.start()]), self.said(text[match.end() :])
                if right[0] and (left[0] or joint == ": "):
                    share = 1 if joint == ": " else _INNER
                    yield left[0] + share * right[0], f"{left[1]}{ja}{right[1]}"

    def _word(self, value: str) -> str:
        return self.catalogue.words.get(value) or self.said(value)[1]

    def _unit(self, value: str) -> str:
        """Return a unit, part by part where the whole is not known: yen/person/year."""
        own, dot, more = value.strip().partition(". ")
        units = self.catalogue.units
        told = units.get(own) or "/".join(units.get(part, part) for part in own.split("/"))
        space = " " if value.startswith(" ") else ""
        return space + told + (self.said(f". {more}")[1] if dot else "")

    def _either(self, value: str) -> str:
        """Return words of which one is chosen; of a description its Japanese."""
        letters, told = self.said(value)
        if letters >= _FEW:
            return told
        parts = re.split(r",? or |, (?![^\[]*\])", value.replace("'", ""))
        return " または ".join(parts) if len(parts) == 2 else "、".join(parts)

    def _region(self, value: str) -> str:
        return self.region(value) if self.region else value

    def _described(self, value: str) -> str:
        """Return unit and range in words, without the label, which is English."""
        match = _DESCRIBED.fullmatch(value)
        if match is None:
            return ""
        unit = match["unit"] and f"単位：{self._unit(match['unit'])}"
        allowed = match["allowed"] and f"指定できる範囲：{self._either(match['allowed'])}"
        return "、".join(part for part in (unit, allowed) if part)


def _ended(text: str) -> str:
    """Return a text with Japanese signs where values met words, and a full stop where it ends as a sentence."""
    for pattern, ja in _SIGNS:
        text = pattern.sub(ja, text)
    return f"{text}。" if _SENTENCE.search(text) else text
