"""One self-contained HTML page per run and language: works from a USB stick, without a network."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import jinja2
from markupsafe import Markup

from sim.core.export import replacing
from sim.core.information import dated, dated_banner
from sim.core.sample import banner, tagged
from sim.outputs.folder import RunFolder
from sim.outputs.manifest import in_japan
from sim.parameters.regions import Region
from sim.reports.bands import told
from sim.reports.content import FIRST, SECTIONS
from sim.reports.drawing import Drawn, draw_all, footer_of, title_of
from sim.reports.findings import FINDINGS, went
from sim.reports.font import web_font
from sim.reports.glossary import Links
from sim.reports.grid import Grid
from sim.reports.limits import LIMITS
from sim.reports.marks import rule, size_of
from sim.reports.place_panel import panels
from sim.reports.place_words import TERMS, TERMS_TITLE
from sim.reports.section import Drawing, Section
from sim.reports.summary import Summary, summary
from sim.reports.words import FIGURE_WORDS, Lang, Text, say, word
from sim.studies.backtest.page import KEPT

FONT = "@@FONT@@"
"""where the page takes its font in, once its characters are known"""


LIBRARY = "@@LIBRARY@@"
"""where the page takes in the library that draws figures; its characters need no font"""
_LIBRARY = Path(__file__).parent / "templates" / "echarts" / "echarts.min.js"


@dataclass(frozen=True)
class Page:
    """What stands on a page besides its sections."""

    heading: str
    name: str
    description: str
    facts: tuple[str, ...]
    summary: Summary
    version: str
    digests: str
    panel: Mapping[str, object] | None = None
    """the panels of municipalities, as the script of the page reads them"""


def build(run: RunFolder, lang: Lang, png: bool = True, brief: bool = False) -> Path:
    """Draw the figures and write report.html (or report_en.html) into the run folder; return its path.

    brief  the first figures only, as every run leaves them, instead of the whole report
    """
    manifest = run.manifest
    sample = manifest["sample"]
    page = Page(
        heading=word("title", lang),
        name=manifest["scenario"],
        description=manifest["description"].get(lang, ""),
        facts=(
            word("sample_all", lang) if sample == 1 else word("sample_part", lang, n=sample),
            *([dated(run.as_of, lang)] if run.as_of else []),
            word("seed", lang, n=manifest["seed"]),
            f"{word('made', lang)} {in_japan(manifest['finished'])}",
        ),
        summary=summary(run, lang, brief),
        version=manifest["versions"].get("kokuho-sim", ""),
        digests=" · ".join(f"{k} {manifest['digests'][k][:16]}" for k in ("all", "parameters", "code")),
        panel=panels(run, lang),
    )
    path = run.path / named("report.html", lang)
    return write_page(page, FIRST if brief else SECTIONS, run, path, lang, png, footer_of(run, lang))


def named(name: str, lang: Lang) -> str:
    """Return the name of a file in a language: report.html, report_en.html."""
    stem, _, ending = name.partition(".")
    return name if lang == "ja" else f"{stem}_{lang}.{ending}"


def write_page(
    page: Page, sections: Sequence[Section], run: RunFolder, path: Path, lang: Lang, png: bool, footer: str
) -> Path:
    """Draw the figures of the sections beside the page and write the page; return its path."""
    links = Links(lang, {say(name, lang) for name, _ in TERMS.values()})
    possible = [s for s in sections if s.possible(run)]
    drawings = [d for s in possible for d in s.figures if d.possible(run)]
    images = draw_all(run, drawings, path.parent / "figures", lang, png, footer)
    text = template("report.html").render(
        lang=lang,
        t=lambda key, **v: word(key, lang, **v),
        heading=tagged(page.heading, size_of(run), lang),
        banner=" ".join(filter(None, (dated_banner(run.as_of, lang), banner(size_of(run), lang)))),
        small=rule(size_of(run), lang),
        name=page.name,
        description=page.description,
        facts=page.facts,
        summary=page.summary,
        sections=[_section(s, run, lang, images) for s in possible],
        limits=[say(text, lang) for text in LIMITS],
        known_later=run.manifest.get("known_later") or [],
        backtest=_backtest(run.register().region, lang),
        sources=_sources(run),
        version=page.version,
        digests=page.digests,
        panel=_panel(page.panel),
        plots=_plots(images, lang),
        library=LIBRARY,
        terms={"title": say(TERMS_TITLE, lang), "rows": terms(lang), "met": links.rows},
        linked=links,
    )
    with replacing(path) as fresh:
        script = _LIBRARY.read_text(encoding="utf-8").strip()
        fresh.write_text(text.replace(FONT, web_font(text)).replace(LIBRARY, script), encoding="utf-8")
    return path


def template(name: str) -> jinja2.Template:
    """Return a template of the report."""
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("sim.reports", "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(name)


def _panel(data: Mapping[str, object] | None) -> dict[str, object] | None:
    """Return the panels as the template takes them: the words it shows itself, and everything as JSON in a script."""
    if data is None:
        return None
    return {"words": data["words"], "ranged": data["ranged"], "json": _script(data)}


def _script(data: object) -> Markup:
    """Return data as JSON that may stand in a script of the page."""
    return Markup(json.dumps(data, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c"))


def _plots(images: Mapping[str, Drawn], lang: Lang) -> Markup | None:
    """Return what the script draws figures from, and its words; None where no figure can be drawn so."""
    figures = {name: drawn.plot for name, drawn in images.items() if drawn.plot is not None}
    words = {key: say(text, lang) for key, text in FIGURE_WORDS.items()}
    return _script({"words": words, "figures": figures}) if figures else None


def terms(lang: Lang) -> list[dict[str, str]]:
    """Return the terms of the page with their definitions."""
    return [{"key": key, "name": say(name, lang), "text": say(text, lang)} for key, (name, text) in TERMS.items()]


def _term(label: Text) -> str:
    """Return the key of the term a heading or a row is labelled with, "" for one without a definition."""
    return next((key for key, (name, _) in TERMS.items() if label[0] == name[0]), "")


def _backtest(region: Region, lang: Lang) -> dict[str, object] | None:
    """Return what the last back-test of the region said, and its figures, misses first; None where none was made."""
    file = region.folder / KEPT
    if not file.is_file():
        return None
    kept = json.loads(file.read_text(encoding="utf-8"))
    at = 0 if lang == "ja" else 1
    rows = [{name: text[at] if isinstance(text, list) else text for name, text in row.items()} for row in kept["rows"]]
    return {**kept, "said": kept["said"][lang], "rows": rows}


def _sources(run: RunFolder) -> list[dict[str, str]]:
    """Return the sources of the register that were public on the run's information date, or all of them."""
    p = run.register()
    used = (s for s in p.sources.values() if p.as_of is None or s.day is None or s.day <= p.as_of)
    return [{"title": s.title, "publisher": s.publisher, "year": s.published or s.year} for s in used]


def _section(section: Section, run: RunFolder, lang: Lang, images: Mapping[str, Drawn]) -> dict[str, object]:
    return {
        "key": section.key,
        "title": say(section.title, lang),
        "lead": section.sentence(run, lang),
        "appendix": section.appendix,
        "figures": [
            {
                "title": title_of(d, run, lang),
                "alt": _alt(d, run, lang),
                "look": " ".join(look for look, on in (("wide", d.wide), ("tall", d.tall)) if on),
                "name": d.name,
                "data": base64.b64encode(images[d.name].svg).decode(),
            }
            for d in section.figures
            if d.name in images
        ],
        "tables": [table_view(grid, lang) for make in section.tables if (grid := make(run, lang)) is not None],
    }


def _alt(drawing: Drawing, run: RunFolder, lang: Lang) -> str:
    """Return the alternative text of a figure: its title, what it shows, and the ranges of that."""
    more = drawing.alt(lang) if drawing.alt is not None else ""
    own = FINDINGS[drawing.name](run, lang) if drawing.name in FINDINGS else went(run, drawing.ranged, lang)
    parts = (title_of(drawing, run, lang), own, told(run, drawing.ranged, lang), more)
    return say(("。", ". "), lang).join(part[0].upper() + part[1:] for part in parts if part)


def table_view(grid: Grid, lang: Lang) -> dict[str, object]:
    """Return a grid as the template shows it."""
    left = [c.kind == "text" for c in grid.columns]
    return {
        "title": say(grid.title, lang),
        "note": say(grid.note, lang),
        "folded": grid.folded,
        "head": [c.heading(lang) for c in grid.columns],
        "left": left,
        "terms": [_term(c.label) for c in grid.columns],
        "rows": [
            {"cells": cells, "small": i in grid.small, "term": _term(row[0]) if isinstance(row[0], tuple) else ""}
            for i, (row, cells) in enumerate(zip(grid.rows, grid.text(lang), strict=True))
        ],
    }
