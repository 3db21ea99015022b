"""Runs side by side: one HTML page and one workbook, in Japanese and English."""

from __future__ import annotations

from pathlib import Path

from sim.outputs.manifest import told_by
from sim.reports.comparison.runs import Comparison
from sim.reports.comparison.sections import sections, summary
from sim.reports.html import Page, named, write_page
from sim.reports.words import Lang, word
from sim.studies.compare import comparison_folder, write_record


def new_folder(c: Comparison, results: Path = Path("results")) -> Path:
    """Make a folder for a comparison, with the record of its runs in it, and return it."""
    runs = dict(zip(c.names, c.replicates, strict=True))
    return write_record(comparison_folder(results, runs), runs)


def build(c: Comparison, folder: Path, lang: Lang, png: bool = True) -> Path:
    """Write comparison.html (or comparison_en.html) into a folder; return its path."""
    folder.mkdir(parents=True, exist_ok=True)
    manifest = c.base.manifest
    sample = manifest["sample"]
    page = Page(
        heading=word("comparison", lang),
        name=" · ".join(c.names),
        description="",
        facts=(
            word("sample_all", lang) if sample == 1 else word("sample_part", lang, n=sample),
            *([word("told", lang)] if told_by(manifest) else []),
        ),
        summary=summary(c, lang),
        version=manifest["versions"].get("kokuho-sim", ""),
        digests=" · ".join(
            f"{name} {run.manifest['digests']['all'][:12]}" for name, run in zip(c.names, c.runs, strict=True)
        ),
    )
    footer = f"{word('scenario', lang)}: {c.footer}  1/{sample}"
    return write_page(page, sections(c), c.base, folder / named("comparison.html", lang), lang, png, footer)


def build_workbook(c: Comparison, folder: Path, lang: Lang) -> Path:
    """Write comparison.xlsx (or comparison_en.xlsx) into a folder; return its path."""
    from sim.reports.comparison.workbook import write

    folder.mkdir(parents=True, exist_ok=True)
    return write(c, folder / named("comparison.xlsx", lang), lang)


__all__ = ["Comparison", "build", "build_workbook", "new_folder"]
