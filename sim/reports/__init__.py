"""Reports from run folders only: figures, HTML and Excel, in Japanese and English."""

from __future__ import annotations

from pathlib import Path

from sim.reports.words import Lang


def build(run: str | Path, lang: Lang = "ja", png: bool = True) -> Path:
    """Write the HTML report and its figures (SVG, and PNG unless told not to); return the path of the page."""
    from sim.outputs.folder import find_run
    from sim.reports.html import build as build_html

    return build_html(find_run(run), lang, png)


def build_workbook(run: str | Path, lang: Lang = "ja") -> Path:
    """Write the Excel workbook of a run; return its path."""
    from sim.outputs.folder import find_run
    from sim.reports.workbook import build as write

    return write(find_run(run), lang)
