"""What the site needs beside MkDocs: formulas, numbers of the register, links that leave `docs/`.

- a fence ```math becomes MathML, which browsers set without a script and without a network;
- a fence ```parameters with keys, a line each, becomes a table of what the register says of them;
- `<!-- include: FILE -->` takes in a page that lies beside `docs/`, `<!-- sources -->` the list of sources;
- links to files that are no pages become their names;
- terms of the glossary are linked to it where a page has them first.
"""

from __future__ import annotations

import functools
import re
import sys
from pathlib import Path
from posixpath import normpath

from latex2mathml.converter import convert

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
YEAR = 2025
"""year of the values shown: R7"""
_PAGES = {
    "README.md": "index.md",
    "README.ja.md": "index.md",
    "CHANGELOG.md": "changelog.md",
    "CONTRIBUTING.md": "contributing.md",
}
_HEADS = {
    "en": ("key", "meaning", "value in R7", "unit", "status", "source"),
    "ja": ("キー", "意味", "R7の値", "単位", "区分", "出典"),
}
_SOURCES = {"en": ("id", "title", "publisher", "year"), "ja": ("記号", "資料名", "作成者", "年")}


def on_config(config):
    """List the decisions in the navigation, in the order of their numbers."""
    for section in config.nav:
        for items in section.values():
            for item in items:
                if "Decisions" in item:
                    item["Decisions"] = [
                        f"decisions/{path.name}" for path in sorted((ROOT / "docs/decisions").glob("*.md"))
                    ]
    return config


def on_page_markdown(markdown, page, config, files):
    """Return the text of a page with everything filled in that is not written by hand."""
    language = "ja" if str(config.theme["language"]) == "ja" else "en"
    text = re.sub(r"<!-- include: (\S+) -->", lambda m: _included(m[1]), markdown)
    text = text.replace("<!-- sources -->", _sources(language))
    text = re.sub(r"```math\n(.*?)```", lambda m: _formula(m[1]), text, flags=re.DOTALL)
    text = re.sub(
        r"```parameters\n(.*?)```",
        lambda m: _parameters(m[1].split(), language, page.file.src_uri),
        text,
        flags=re.DOTALL,
    )
    if page.file.src_uri == "dictionary/parameters.md":
        text = re.sub(r"^\| `([\w.]+)`", r'| <a id="\1"></a>`\1`', text, flags=re.MULTILINE)
    text = _terms(text, language, page.file.src_uri)
    return re.sub(r"\[([^\]]*)\]\(([^)\s]+)\)", lambda m: _link(m, page.file.src_uri, files), text)


_UNLINKED = ("glossary", "decisions/", "dictionary/", "changelog", "contributing", "reference", "sources", "coverage")
"""pages whose terms are not linked: lists, and what is written for those who work on the model"""


def _terms(text, language, page):
    """Return a page with each term of the glossary linked where it comes first; the glossary with anchors."""
    from sim.reports import glossary

    if page.startswith("glossary"):
        anchors = {name: glossary.anchor(t) for t in glossary.terms() for name in (t.key, t.ja)}
        rows = re.compile(r"^\| ([^|]+?) \|", re.MULTILINE)
        return rows.sub(lambda m: f'| <a id="{anchors[m[1]]}"></a>{m[1]} |' if m[1] in anchors else m[0], text)
    if page.startswith(_UNLINKED):
        return text
    names = glossary.linked(language)
    pattern = re.compile("|".join(map(re.escape, sorted(names, key=len, reverse=True))))
    up, seen = "../" * page.count("/"), set()

    def link(found):
        term = names[found[0]]
        if term.key in seen:
            return found[0]
        seen.add(term.key)
        return f"[{found[0]}]({up}glossary.md#{glossary.anchor(term)})"

    plain = re.compile(r"^(?![#|<`\s!:=>-]).+$", re.MULTILINE)  # paragraphs: no heading, table, list, code or HTML
    kept = re.compile(r"(`[^`]*`|!?\[[^\]]*\]\([^)]*\)|<[^>]+>|\*\*[^*]+\*\*)")
    parts = re.split(r"(^```.*?^```)", text, flags=re.MULTILINE | re.DOTALL)
    for k in range(0, len(parts), 2):
        parts[k] = plain.sub(
            lambda m: "".join(p if i % 2 else pattern.sub(link, p) for i, p in enumerate(kept.split(m[0]))), parts[k]
        )
    return "".join(parts)


def _formula(latex):
    lines = [
        f'<div class="formula">{convert(line.strip(), display="block")}</div>' for line in latex.strip().split("\n\n")
    ]
    return "\n".join(lines) + "\n"


@functools.cache
def _register():
    from sim.parameters import Parameters

    return Parameters.load()


def _shown(value):
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (int, float)):
        return f"{value:,}"
    text = "[" + ", ".join(_shown(v) for v in value) + "]" if isinstance(value, (list, tuple)) else str(value)
    return text if len(text) <= 60 else text[:57] + "…"


def _parameters(keys, language, page):
    """Return the table of some numbers; an unknown key ends the build."""
    p, up = _register(), "../" * page.count("/")
    lines = ["| " + " | ".join(_HEADS[language]) + " |", "|---|---|---:|---|---|---|"]
    for key in keys:
        passport = p.passport(key)
        sources = ", ".join(f"[{s}]({up}sources.md#{s})" for s in str(passport.source).split(";"))
        label = passport.label.replace("|", "\\|")
        linked = f"[`{key}`]({up}dictionary/parameters.md#{key})"
        value = _shown(p.value(key, YEAR))
        lines.append(f"| {linked} | {label} | {value} | {passport.unit} | {passport.status} | {sources} |")
    return "\n".join(lines) + "\n"


def _sources(language):
    lines = ["| " + " | ".join(_SOURCES[language]) + " |", "|---|---|---|---|"]
    for name, source in sorted(_register().sources.items()):
        title = source.title.replace("|", "\\|")
        title = f"[{title}]({source.url})" if str(source.url or "").startswith("http") else title
        lines.append(f'| <a id="{name}"></a>`{name}` | {title} | {source.publisher} | {source.year or ""} |')
    return "\n".join(lines) + "\n"


def _included(name):
    text = (ROOT / name).read_text(encoding="utf-8")
    return re.sub(r"\]\(docs/", "](", text)


def _link(found, page, files):
    """Return a link as it stands, to the page that a file beside `docs/` has, or else the name alone."""
    text, target = found[1], found[2]
    if re.match(r"[a-z]+:|#", target):
        return found[0]
    path = target.partition("#")[0]
    where = normpath(f"docs/{page}/../{path}")
    outside = where.removeprefix("docs/")
    if not where.startswith("docs/") and where in _PAGES:
        up = "../" * page.count("/")
        return f"[{text}]({up}{_PAGES[where]})"
    if outside == "README.md":
        return f"[{text}]({'../' * page.count('/')}index.md)"
    if where.startswith("docs/") and (files.get_file_from_path(outside) is not None or path.endswith(".md")):
        return found[0]
    if (ROOT / where).exists():
        return f"{text} (`{where}`)" if text.strip("`") not in where else f"`{where}`"
    return found[0]
