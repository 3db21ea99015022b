"""Reports from run folders only: figures, HTML and Excel, in Japanese and English."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from sim.reports.words import Lang

if TYPE_CHECKING:
    from sim.outputs.runs import Named


def build(run: Named, lang: Lang = "ja", png: bool = True, brief: bool = False, ranges: bool = True) -> Path:
    """Write the HTML report and its figures (SVG, and PNG unless told not to); return the path of the page.

    brief   only the page with the first figures that a run leaves
    ranges  show the ranges of the region's plausible ensemble, where it keeps one
    """
    from sim.outputs.runs import find_run
    from sim.parameters.regions import using
    from sim.reports.doubt import shown_if
    from sim.reports.html import build as build_html

    found = find_run(run)
    with using(found.manifest["region"]), shown_if(ranges):
        return build_html(found, lang, png, brief)


def build_workbook(run: Named, lang: Lang = "ja", ranges: bool = True) -> Path:
    """Write the Excel workbook of a run, with ranges if wanted and its region keeps any; return its path."""
    from sim.outputs.runs import find_run
    from sim.parameters.regions import using
    from sim.reports.doubt import shown_if
    from sim.reports.workbook import build as write

    found = find_run(run)
    with using(found.manifest["region"]), shown_if(ranges):
        return write(found, lang)


def compare(
    runs: Sequence[str | Path],
    lang: Lang | Sequence[Lang] = "ja",
    out: Path | None = None,
    png: bool = True,
    workbook: bool = True,
) -> list[Path]:
    """Write the page, and the workbook if wanted, of runs side by side; the first is what the others are compared with.

    runs  run folders, run ids or scenario names, of which runs are taken that match; or the one folder of a comparison
    lang  a language, or several: what is compared is then worked out once
    Returns the paths written, which take their places together. Without `out` they go to the folder of the comparison
    given, else to a new one, results/studies/comparison/<time>-<scenarios>-<sample>-<digest>.
    """
    from sim.core.export import together
    from sim.outputs.matching import find_runs
    from sim.parameters.regions import using
    from sim.reports import comparison

    if len(runs) == 1:
        folder = out or Path(runs[0])
        side_by_side = comparison.Comparison.read(Path(runs[0]))
    else:
        side_by_side = comparison.Comparison.of(find_runs(runs))
        folder = out or comparison.new_folder(side_by_side)
    paths = []
    with together(), using(side_by_side.runs[0].manifest["region"]):
        for each in [lang] if isinstance(lang, str) else lang:
            paths.append(comparison.build(side_by_side, folder, each, png))
            if workbook:
                paths.append(comparison.build_workbook(side_by_side, folder, each))
    return paths
