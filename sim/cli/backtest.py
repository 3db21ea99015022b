"""The command `backtest`: what the model would have said at a date, beside what was published later."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated

import typer

from sim.cli.app import STUDY, app
from sim.cli.groups import Workers, grouped
from sim.core import language


@dataclass(frozen=True)
class Runs:
    """How large the runs are."""

    sample: Annotated[int, typer.Option(min=1, help="of the run that gives the level; 1 = the full population")] = 1
    members: Annotated[int, typer.Option(min=0, help="runs that give the 90 % interval; 0 leaves it out")] = 24
    member_sample: Annotated[int, typer.Option(min=1, help="of those runs, one household in N")] = 100


@app.command(rich_help_panel=STUDY)
@grouped
def backtest(
    as_of: Annotated[
        list[str] | None,
        typer.Option(help="2024-10-31; may be given several times; every date of the study if not given"),
    ] = None,
    spec: Annotated[Path | None, typer.Option(help="file of the study, if not scenarios/studies/backtest.yaml")] = None,
    page: Annotated[Path | None, typer.Option(help="write the page here as well, docs/backtest.md")] = None,
    keep: Annotated[bool, typer.Option("--keep", help="let the reports of runs say what came of it")] = False,
    *,
    runs: Runs,
    workers: Workers,
    out: Annotated[Path, typer.Option(help="folder of results")] = Path("results"),
) -> None:
    """Forecast as of October of R5 to R7 with nothing known later, beside what was published since; misses first.

    Finished runs are used again: a back-test that was interrupted goes on where it was when it is started again.
    """
    from sim.cli.show import console, lies, print_frame
    from sim.parameters import regions
    from sim.parameters.files import RANGES
    from sim.reports import backtest_figures
    from sim.studies import backtest as study
    from sim.studies.backtest import page as pages
    from sim.studies.discrepancy import FORECASTS

    found = study.backtest(as_of, spec=spec, **asdict(runs), **asdict(workers))
    words = language.current()
    title = language.either("過去の時点からの推計と実績（バックテスト）", "back-test")
    print_frame(pages.scores_table(found, words), title, found.size.sample)
    for sentence in pages.summary(found, words):
        console().print(sentence, highlight=False)
    folder = found.write(out)
    backtest_figures.draw_all(found, folder / "figures", language.written())
    if keep:
        home = regions.read(regions.current()).folder
        pages.keep(found, home / pages.KEPT)
        pages.keep_errors(found, home / RANGES / FORECASTS)
    if page is not None:
        images = backtest_figures.draw_all(found, page.parent / "images" / "backtest")
        lies("Page", pages.write(found, page, images))
    lies("Tables", folder)
