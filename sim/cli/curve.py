"""The command curve: a household's bill along income, as table, figure or page."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sim.cli.app import BILL, app
from sim.cli.doors import file_to_write, fiscal, municipality_name, several
from sim.cli.show import console, print_frame
from sim.core import language
from sim.core.errors import InputError, nearest

if TYPE_CHECKING:
    from sim.explanations.curve import Along, Curve

_FIGURES = (".svg", ".png", ".html")
_TABLES = (".csv", ".xlsx", ".parquet")
_WORDS = {
    "ja": {
        "cliffs": "軽減の段差（{who}の{what}による）",
        **dict(
            zip(
                ("salary", "business", "pension", "other"),
                ("給与収入", "事業所得", "年金", "その他の所得"),
                strict=True,
            )
        ),
        "label": "比較",
        "income": "収入・所得（円）",
        "before": "軽減（割）前",
        "after": "後",
        "rise": "年額の増（円）",
    },
    "en": {"cliffs": "Where a relief ends ({what} of {who})"},
}


@app.command(rich_help_panel=BILL)
def curve(
    file: Annotated[Path, typer.Argument(help="YAML file of one family")],
    municipality: Annotated[
        str | None, typer.Option("--municipality", "-m", help="or several to compare: 新宿区,八王子市")
    ] = None,
    year: Annotated[str | None, typer.Option("--year", "-y", help="fiscal year, or several: R7,R8")] = None,
    scenario: Annotated[
        str | None, typer.Option(help="compare with its law of the levy, and the rates of its best run on disk")
    ] = None,
    run: Annotated[str | None, typer.Option(help="run whose rates are used where none are published")] = None,
    income: Annotated[
        str | None,
        typer.Option(
            metavar="[NAME:]KIND",
            help="花子:salary; or the head's salary, business, pension, other [default: as in the file]",
        ),
    ] = None,
    out: Annotated[
        list[Path] | None,
        typer.Option(help="write .svg, .png, .html (page), .csv or .xlsx; also several times"),
    ] = None,
) -> None:
    """Draw a household's bill along income from 0 to 15 million yen, with the cliffs of the reliefs."""
    _may_be_written(out or [])
    places = [municipality_name(part) for part in several(municipality)]
    years = [fiscal(part, "--year") for part in several(year)]
    from sim.explanations.curve import curve as bills

    found = bills(
        file,
        places or None,
        years or None,
        scenario=scenario,
        run=run,
        along=_along(income),
        lang=language.current(),
    )
    for line in found.lines:
        console().print(f"{line.label} {line.rates}", highlight=False, soft_wrap=True)
    words = _WORDS[language.current()]
    title = words["cliffs"].format(who=found.member, what=words.get(found.kind, found.kind))
    print_frame(found.cliffs.rename(columns=words), title)
    for path in out or []:
        typer.echo(_written(found, path, language.written()))


def _along(text: str | None) -> Along:
    """Return whose income varies, and which: "花子:salary" or "salary"."""
    from sim.explanations.curve import INCOMES, Along

    name, colon, kind = (text or "").replace("：", ":").rpartition(":")
    chosen = next((known for known in INCOMES if known == kind.strip()), None)
    if kind and chosen is None:
        raise InputError(
            f"--income '{text}'{nearest(kind, INCOMES)}; write NAME:KIND, KIND one of {', '.join(INCOMES)}"
        )
    return Along(name.strip() if colon else None, chosen)


def _may_be_written(paths: list[Path]) -> None:
    """Refuse a file that cannot be written, before the work."""
    for path in paths:
        if path.suffix not in (*_FIGURES, *_TABLES):
            raise InputError(f"--out {path}: allowed endings: {', '.join((*_FIGURES, *_TABLES))}")
        file_to_write(path, "--out")


def _written(found: Curve, path: Path, lang: language.Lang) -> Path:
    """Write a curve as figure, page or table, by the ending of the name."""
    if path.suffix in _FIGURES:
        from sim.reports.curve_page import write

        return write(found, path, lang)
    from sim.core.export import write_frame

    return write_frame(found.table, path)
