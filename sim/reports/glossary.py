"""The terms of the field: what each means, in both languages, found by a part of it or by a word spelt nearly so.

The pages docs/glossary.md and docs/glossary.ja.md are where the terms stand; they come with the package and are read
here, for the command `kokuho glossary` and for the links of a report.
"""

from __future__ import annotations

import difflib
import functools
import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path

from markupsafe import Markup, escape

from sim.core.errors import InputError
from sim.core.language import JA, Lang
from sim.parameters.shipped import root

PAGES = {"en": "glossary.md", "ja": "glossary.ja.md"}
_ROW = re.compile(r"^\| ([^|]*?) \| ([^|]*?) \| ([^|]*?) \|$", re.MULTILINE)
_END = "Words we do not use"
"""where the terms of the English page end"""
_CLOSE = 0.5
"""likeness from which a word is taken for a misspelt term"""
_ORDINARY = frozenset(
    {"household", "insured", "goal", "result", "estimate", "municipality", "prefecture", "medical_cost", "unit_record"}
    | {"scenario", "baseline", "settlement", "portion"}
)
"""terms everybody knows, which are not linked in running text"""


@dataclass(frozen=True, kw_only=True)
class Term:
    """A term of the field.

    key     English name as code has it: base_income
    ja, en  what it is called
    meaning_ja, meaning_en  what it means
    """

    key: str
    ja: str
    en: str
    meaning_ja: str
    meaning_en: str

    def name(self, lang: Lang) -> str:
        """Return what the term is called in a language."""
        return self.ja if lang == JA else self.en

    def meaning(self, lang: Lang) -> str:
        """Return what the term means in a language."""
        return self.meaning_ja if lang == JA else self.meaning_en

    @property
    def words(self) -> tuple[str, ...]:
        """Both names, and the Japanese ones without what they have in brackets."""
        return tuple(dict.fromkeys((self.key, self.en, self.ja, *self.spellings)))

    @property
    def spellings(self) -> tuple[str, ...]:
        """How Japanese text writes the term: 幅（90％区間） as 90％区間 too, 納付義務・納税義務 as either."""
        whole = re.sub(r"（.*?）", "", self.ja)
        parts = whole.split("・") if whole == self.ja else [whole]
        return tuple(dict.fromkeys(part for part in (self.ja, *parts) if part))


@functools.cache
def terms() -> tuple[Term, ...]:
    """Return all terms, in the order of the Japanese page."""
    home = root() / "docs"
    english = {en: (ja, meaning) for en, ja, meaning in _rows(home / PAGES["en"])}
    found = []
    for ja, en, meaning in _rows(home / PAGES["ja"]):
        found.append(
            Term(key=en, ja=ja, en=en.replace("_", " "), meaning_ja=meaning, meaning_en=english.get(en, ("", ""))[1])
        )
    return tuple(found)


def _rows(page: Path) -> list[tuple[str, str, str]]:
    """Return the rows of the table of a page, without its head."""
    text = page.read_text(encoding="utf-8").partition(_END)[0]
    return [row for row in _ROW.findall(text) if not {"English", "---"} & set(row)]


def find(word: str) -> list[Term]:
    """Return the terms a word may mean, the best first: the term itself, those with it in name or meaning, near ones.

    InputError where there is none.
    """
    wanted = _plain(word)
    exact = [t for t in terms() if means(t, word)]
    named = [t for t in terms() if any(wanted in _plain(name) for name in t.words)]
    meant = [t for t in terms() if wanted in _plain(f"{t.meaning_ja} {t.meaning_en}")]
    if wanted and (found := list(dict.fromkeys([*exact, *named, *meant]))):
        return found
    likeness = {
        t: max(difflib.SequenceMatcher(None, wanted, _plain(name)).ratio() for name in t.words) for t in terms()
    }
    near = sorted((t for t in terms() if likeness[t] >= _CLOSE), key=lambda t: -likeness[t])
    if not near:
        from sim.core.language import either

        raise InputError(
            either(
                f"「{word}」に当たる用語はありません。一覧は kokuho glossary、列やパラメータの名前は "
                f"kokuho describe --search {word} で探せます",
                f"no term is like '{word}'; kokuho glossary lists all, kokuho describe --search {word} looks through "
                "columns and parameters",
            )
        )
    return near[:3]


def means(term: Term, word: str) -> bool:
    """Return whether a word is one of the names of a term."""
    return _plain(word) in map(_plain, term.words)


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold().replace("_", " ").strip()


class Links:
    """Links the terms of a page to their meaning: the first time each is met in a passage.

    >>> links = Links("ja", {"1人当たり納付金"})
    >>> str(links("納付金が増える。"))
    '<a class="term" href="#term-word-contribution">納付金</a>が増える。'
    """

    def __init__(self, lang: Lang, elsewhere: set[str]) -> None:
        """Take the language of the page, and names the page explains otherwise."""
        self.lang = lang
        self.met: dict[str, Term] = {}
        by_name = linked(lang)
        self._terms = {name: t for name, t in by_name.items() if name not in elsewhere}
        every = sorted({*by_name, *elsewhere}, key=len, reverse=True)
        edge = r"\b" if lang != JA else ""
        self._pattern = re.compile(edge + "(" + "|".join(map(re.escape, every)) + ")" + edge)

    def __call__(self, text: str) -> Markup:
        """Return a passage as HTML with its terms linked."""
        seen: set[str] = set()

        def link(found: re.Match[str]) -> str:
            term = self._terms.get(found[1])
            if term is None or term.key in seen:
                return found[0]
            seen.add(term.key)
            self.met[term.key] = term
            return f'<a class="term" href="#term-word-{anchor(term)}">{found[1]}</a>'

        return Markup(self._pattern.sub(link, str(escape(text))))

    def rows(self) -> list[dict[str, str]]:
        """Return the terms met so far as the page lists them."""
        return [
            {"key": f"word-{anchor(t)}", "name": t.name(self.lang), "text": t.meaning(self.lang)}
            for t in terms()
            if t.key in self.met
        ]


def anchor(term: Term) -> str:
    """Return the name of a term in an address."""
    return term.key.replace(" ", "-")


def linked(lang: Lang) -> dict[str, Term]:
    """Return the terms by how they are written where they are linked: Japanese as it stands, English of several words.

    Of two terms written alike, as both kinds of 法定外繰入 are without their brackets, the first is meant.
    """
    found: dict[str, Term] = {}
    for term in terms():
        if term.key not in _ORDINARY:
            english = (term.en,) if " " in term.en else ()
            for name in term.spellings if lang == JA else english:
                found.setdefault(name, term)
    return found
