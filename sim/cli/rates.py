"""The command `rates`: which premium rates the calculator knows, and what they rest on."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sim.cli.app import BILL, app
from sim.cli.doors import file_to_write, maybe_year, municipality_name
from sim.cli.show import console, in_words_of_region, print_frame
from sim.core import language

if TYPE_CHECKING:
    import pandas as pd

_WORDS = {
    "ja": {
        "title": "料率の根拠：{municipalities}の数（医療分・支援金分・介護分のうち最も不確かなもの）",
        "year": "年度",
        "published": "公表",
        "secondary": "二次資料",
        "carried": "前年度以前の料率を据え置き",
        "run": "シミュレーション",
        "imputed": "補完",
        "child_published": "子ども分が公表",
        "name": "{municipalities}",
        "portion": "区分",
        "basis": "根拠",
        "rates_of": "料率の年度",
        "income_part": "所得割（%）",
        "per_head": "均等割（円）",
        "per_household": "平等割（円）",
        "asset_part": "資産割（%）",
        "per_adult": "18歳以上均等割（円）",
        "cap": "賦課限度額（円）",
        "source_id": "出典",
    },
    "en": {
        "title": "Municipalities by what their rates rest on (least certain of medical, support and care)",
        "child_published": "child published",
    },
}


def _words() -> dict[str, str]:
    """Return the words of the language in force, those of the region filled in."""
    return in_words_of_region(_WORDS[language.current()])


@app.command(rich_help_panel=BILL)
def rates(
    municipality: Annotated[
        str | None, typer.Option("--municipality", "-m", help="its rates; else how many rest on what")
    ] = None,
    year: Annotated[str | None, typer.Option("--year", "-y", help="one fiscal year [default: R4 to R11]")] = None,
    run: Annotated[str | None, typer.Option(help="run whose rates are used where none are published")] = None,
    out: Annotated[Path | None, typer.Option(help="write all rates to this .csv, .xlsx or .parquet file")] = None,
) -> None:
    """Show which premium rates are known, and what the others rest on: carried on, a run, imputed."""
    from sim.core.export import ENDINGS, write_frame

    file_to_write(out, "--out", ENDINGS)
    name = municipality_name(municipality) if municipality is not None else None
    when = maybe_year(year, "--year")
    from sim.explanations.known_rates import YEARS, counted, coverage
    from sim.parameters import Parameters

    table = coverage(Parameters.load(), YEARS if when is None else [when], run)
    if name is None:
        print_frame(_renamed(_with_era(counted(table))), _words()["title"])
    else:
        _show_place(table[table["name"] == name], name)
    if out is not None:
        console().print(str(write_frame(table, out)), highlight=False)


def _show_place(own: pd.DataFrame, name: str) -> None:
    """Print the rates of one municipality, a row a year and portion."""
    from sim.explanations.basis import KIND_NAMES
    from sim.institutions.portions import PORTION_SHORT

    at = 0 if language.current() == language.JA else 1
    shown = _with_era(own).assign(
        portion=own["portion"].map({k: names[at] for k, names in PORTION_SHORT.items()}),
        basis=own["basis"].map({k: names[at] for k, names in KIND_NAMES.items()}),
        **{part: own[part] / 10_000 for part in ("income_part", "asset_part")},
    )
    assets = ["asset_part"] if shown["asset_part"].any() else []
    columns = ["year", "portion", "basis", "rates_of", "income_part", *assets, "per_head", "per_household", "cap"]
    columns.append("source_id")
    print_frame(_renamed(shown[columns]), name)


def _with_era(frame: pd.DataFrame) -> pd.DataFrame:
    from sim.core.units import era

    return frame.assign(**{c: frame[c].map(era) for c in ("year", "rates_of") if c in frame})


def _renamed(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.rename(columns=_words())
