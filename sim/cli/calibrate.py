"""The command `calibrate`: fits parameters to published figures, outside any scenario."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated

import typer

from sim.cli.app import STUDY, Sample, app
from sim.cli.doors import file_to_write
from sim.cli.groups import Workers, grouped
from sim.cli.show import lies
from sim.core import language
from sim.core.errors import InputError, nearest


@dataclass(frozen=True)
class Plausible:
    """What the region keeps of its own runs: the plausible ensemble, control totals."""

    ensemble: Annotated[
        bool, typer.Option("--ensemble", help="draw the parameter sets that meet the published results")
    ] = False
    controls: Annotated[
        bool, typer.Option("--controls", help="keep the facts of the full baseline, by which samples are told")
    ] = False
    keep: Annotated[bool, typer.Option("--keep", help="with --ensemble: give all runs of the region its ranges")] = (
        False
    )
    kept: Annotated[
        bool,
        typer.Option("--kept", help="with --ensemble: take the sets the region keeps; only the model's error is new"),
    ] = False
    page: Annotated[Path | None, typer.Option(help="write the page: docs/ranges.md, docs/samples.md")] = None


@app.command(rich_help_panel=STUDY)
@grouped
def calibrate(
    spec: Annotated[Path | None, typer.Argument(metavar="FILE", help="YAML file: parameters and targets")] = None,
    stages: Annotated[
        str | None,
        typer.Option(
            help="fit the register itself in place: members,care,cost,rates,payment,payment_year,profits,institutions"
        ),
    ] = None,
    as_of: Annotated[
        str | None,
        typer.Option(
            help="make the fits of an information date, 2024-10-31, from what was public by then, and keep them"
        ),
    ] = None,
    sample: Sample = None,
    write: Annotated[Path | None, typer.Option(help="file for the passports of what was fitted")] = None,
    *,
    plausible: Plausible,
    workers: Workers,
) -> None:
    """Fit estimated parameters to published figures; say how well, how surely, and what cannot be told.

    A FILE is fitted on runs of its own and gives a parameter file. --stages re-fits the register's own parameters, on
    the full population unless --sample says otherwise; commit the register first. --as-of makes the fits a run with
    that information date reads, in the folder of the region (vintages). --ensemble draws the parameter sets that meet
    the published results, of which the ranges of every run come (a FILE may say what is uncertain). --controls keeps
    the facts of the full baseline, by which the institutions of its samples are told.
    """
    _one_way(spec, stages, as_of, plausible)
    if plausible.controls:
        _controls(plausible, workers)
        return
    if plausible.ensemble:
        _ensemble(spec, sample or 1, plausible, workers)
        return
    if as_of is not None:
        _dated(as_of, sample or 1)
        return
    if stages is not None:
        _stages(stages.replace(",", " ").split(), sample or 1)
        return
    file_to_write(write, "--write")
    assert spec is not None
    _fit(spec, write, workers)


def _fit(spec: Path, write: Path | None, workers: Workers) -> None:
    """Fit what a file says, print how well, and write the passports."""
    from sim.cli.show import console, print_frame
    from sim.parameters import Parameters
    from sim.studies.calibrate import calibrate as fit

    found = fit(spec, **asdict(workers))
    print_frame(
        found.parameters(),
        language.either(
            f"{found.spec.name}：パラメータ（{len(found.x)}回の計算）",
            f"{found.spec.name}: parameters, {len(found.x)} runs",
        ),
        found.spec.sample or 1,
    )
    print_frame(found.fit(), language.either("目標とした公表値", "targets"))
    print_frame(found.identifiability(), language.either("目標から定まること", "what the targets can tell"))
    for sentence in found.unidentified():
        console().print(sentence, style="yellow", highlight=False)
    if write is not None:
        write.write_text(found.passports(Parameters.load()), encoding="utf-8")
        lies("Passports", write)


def _one_way(spec: Path | None, stages: str | None, as_of: str | None, plausible: Plausible) -> None:
    """Refuse a command that says more than one thing to do, or none; --ensemble may have a file."""
    ways = [stages, as_of, "controls" if plausible.controls else None, "ensemble" if plausible.ensemble else spec]
    if len([way for way in ways if way is not None]) != 1:
        raise InputError(
            "give one of: the file of a calibration, for example scenarios/studies/payment_fit.yaml, --stages, "
            "--as-of, --ensemble, --controls"
        )
    if (plausible.keep or plausible.kept) and not plausible.ensemble:
        raise InputError("--keep and --kept belong to --ensemble")
    if plausible.page is not None and not (plausible.ensemble or plausible.controls):
        raise InputError("--page belongs to --ensemble or --controls")


def _controls(plausible: Plausible, workers: Workers) -> None:
    from sim.cli.show import print_frame
    from sim.studies.samples import keep, measure, page

    home = keep(Path("results"))
    lies("Totals", home)
    if plausible.page is not None:
        found = measure(Path("results"), **asdict(workers))
        print_frame(found.summary(), language.either("標本と全世帯との差", "what samples miss of the full population"))
        plausible.page.write_text(page(found), encoding="utf-8")
        lies("Page", plausible.page)


def _ensemble(spec: Path | None, level: int, plausible: Plausible, workers: Workers) -> None:
    from sim.cli.show import console, print_frame
    from sim.outputs.studies import study_folder
    from sim.parameters import regions
    from sim.studies.plausible import by_class, ensemble, kept, page, said

    region = regions.read(regions.current()).folder
    found = kept(spec, **asdict(workers)) if plausible.kept else ensemble(spec, level=level, **asdict(workers))
    print_frame(
        found.narrowed(),
        language.either(f"{found.study.name}：{len(found.sets)}組", f"{found.study.name}: {len(found.sets)} sets"),
        found.study.sample,
    )
    print_frame(
        by_class(found),
        language.either("合わせるのに使わなかった公表値（種類別）", "published results kept aside, by class"),
    )
    for sentence in said(found):
        console().print(sentence, highlight=False)
    out = study_folder(Path("results"), "plausible", [found.study.name], found.study.sample, found.sets.to_csv())
    home = found.write(out)
    if plausible.keep:
        home = found.keep(region)
    if plausible.page is not None:
        plausible.page.write_text(page(found), encoding="utf-8")
        lies("Page", plausible.page)
    lies("Sets", home)


def _dated(text: str, sample: int) -> None:
    from sim.parameters.vintages import FOLDER, information_date
    from sim.studies.fits.dated import calibrate as fit

    date = information_date(text)
    assert date is not None
    found = fit(date, sample)
    lies("Fits", found.register.home / FOLDER / date.isoformat())


def _stages(names: list[str], sample: int) -> None:
    from sim.studies.fits.stages import STAGES

    for name in names:
        if name not in STAGES:
            raise InputError(
                f"--stages: no stage '{name}'{nearest(name, STAGES) or '.'} There are: {', '.join(STAGES)}"
            )
    for name in names:
        typer.echo(f"== {name}")
        STAGES[name](sample)
