"""The command `sensitivity`: which parameters a result hangs on."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from sim.cli.app import STUDY, app
from sim.cli.groups import Workers, grouped
from sim.cli.show import lies
from sim.core import language
from sim.core.errors import InputError

_METHODS = {
    "morris": "モリス法",
    "sobol": "ソボル法",
    "latin_hypercube": "ラテン超方格法",
    "lhs": "ラテン超方格法",
    "one_at_a_time": "1つずつ動かす方法",
}
"""methods in Japanese"""


@app.command(rich_help_panel=STUDY)
@grouped
def sensitivity(
    spec: Annotated[Path | None, typer.Argument(metavar="SPEC", help="YAML file of the study")] = None,
    listing: Annotated[bool, typer.Option("--list", help="list the parameters that can vary, with ranges")] = False,
    ensemble: Annotated[
        bool, typer.Option("--ensemble", help="Sobol and Morris over the parameter sets the region keeps")
    ] = False,
    page: Annotated[Path | None, typer.Option(help="with --ensemble: renew the page, docs/sensitivity.md")] = None,
    *,
    workers: Workers,
    out: Annotated[Path, typer.Option(help="folder of results")] = Path("results"),
) -> None:
    """Vary parameters over their ranges and rank them: Morris, Sobol, Latin hypercube, one at a time.

    A study that was interrupted goes on where it was when it is started again.
    """
    from sim.cli.show import console, print_frame
    from sim.studies import sensitivity as studies

    if listing:
        print_frame(studies.variable(), language.either("分析で動かせるパラメータ", "parameters a study can vary"))
        return
    if page is not None and not ensemble:
        raise InputError("--page belongs to --ensemble")
    if ensemble:
        _on_ensemble(spec, page)
        return
    if spec is None:
        raise InputError(
            "give the file of a study, for example scenarios/studies/screening.yaml, --ensemble, or --list"
        )
    study = studies.sensitivity(spec, **asdict(workers))
    print_frame(
        study.indices,
        language.either(
            f"{study.spec.name}：{_METHODS.get(study.spec.method, study.spec.method)}（{len(study.points)}回の計算）",
            f"{study.spec.name}: {study.spec.method}, {len(study.points)} runs",
        ),
        study.spec.sample or 1,
    )
    for sentence in study.learned().values():
        console().print(sentence, highlight=False)
    lies("Tables", study.write(out))


def _on_ensemble(spec: Path | None, page: Path | None) -> None:
    from sim.cli.show import console, print_frame
    from sim.studies.sensitivity.ensemble import on_ensemble, write_page

    found = on_ensemble(spec)
    print_frame(
        found.indices,
        language.either(
            f"公表された実績に合う{len(found.sets)}組での感度指数", f"indices on {len(found.sets)} plausible sets"
        ),
        found.sample,
    )
    print_frame(found.quality, language.either("近似式の精度", "the emulator"), found.sample)
    for sentence in found.learned():
        console().print(sentence, highlight=False)
    if page is not None:
        lies("Page", write_page(found, page))
