"""The command household: bills of one family, side by side, or of many households from a table."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sim.cli.app import BILL, app
from sim.cli.doors import file_to_write, fiscal, municipality_name, several
from sim.cli.show import console, in_words_of_region, print_frame
from sim.core import language
from sim.institutions.portions import PORTION_SHORT

if TYPE_CHECKING:
    import pandas as pd

    from sim.explanations.answer import Answer

_ENDINGS = (".csv", ".xlsx", ".json")
_TABLES = (".csv", ".xlsx")
_MOST_SHOWN = 20
_WORDS = {
    "ja": {
        "household": "世帯番号",
        "municipality": "{municipalities}",
        "year": "年度",
        "form": "料・税",
        "basis": "料率の根拠",
        "rates_of": "料率の年度",
        "insured": "被保険者数",
        "relief": "軽減（割）",
        "total": "年額（円）",
        "portion": "区分",
        "rates": "料率の根拠（区分別）",
        "beside": "世帯の年額（円）",
        "notice": "保険料（税）の内訳（円）",
        "bills": "世帯の年額（円）",
        "more": "ほか{n}世帯。すべての結果は --out で書き出せる",
        "bases": "料率の根拠：{text}",
        **{f"relief_{portion}": f"軽減額 {names[0]}（円）" for portion, names in PORTION_SHORT.items()},
        "kind": "種類",
        "rule": "項目",
        "article": "根拠条文",
        "person": "世帯員",
        "formula": "計算",
        "amount": "額（円）",
        "parameter": "パラメータ",
        "source": "出典",
    },
    "en": {
        "beside": "Bills of the household, yen",
        "notice": "Parts of the bill, yen",
        "bills": "Bills of the households, yen",
        "more": "and {n} more households; --out writes all of them",
        "bases": "Rates: {text}",
    },
}
_FORMS = {"premium": ("料", "premium"), "tax": ("税", "tax")}
"""what a municipality levies"""
_LINES = {
    "income": ("所得", "income"),
    "test": ("軽減判定", "test"),
    "charge": ("賦課", "charge"),
    "bill": ("年額", "bill"),
}
"""kinds of the lines of a bill"""


def _words() -> dict[str, str]:
    """Return the words of the language in force, those of the region filled in."""
    return in_words_of_region(_WORDS[language.current()])


@app.command(rich_help_panel=BILL)
def household(
    file: Annotated[Path, typer.Argument(help="YAML file of one family; CSV or Excel file with one row a person")],
    municipality: Annotated[
        str | None, typer.Option("--municipality", "-m", help="or several, 新宿区,八王子市; else as in the file")
    ] = None,
    year: Annotated[
        str | None, typer.Option("--year", "-y", help="fiscal year, or several, R7,R8; else as in the file")
    ] = None,
    run: Annotated[
        str | None, typer.Option(help="run whose rates are used where none are published (kokuho runs)")
    ] = None,
    notice: Annotated[bool, typer.Option("--notice", help="by portion and part as on the notice")] = False,
    out: Annotated[Path | None, typer.Option(help="write the results to this .csv, .xlsx or .json file")] = None,
) -> None:
    """Work out a household's bill, line by line; several municipalities or years side by side; many households.

    The first line says what the rates rest on: published, carried on from an earlier year, a run's, or imputed.
    """
    file_to_write(out, "--out", _ENDINGS)
    places: list[str | None] = [municipality_name(part) for part in several(municipality)]
    years: list[int | None] = [fiscal(part, "--year") for part in several(year)]
    asked = [(place, when) for place in places or [None] for when in years or [None]]
    if file.suffix.lower() in _TABLES:
        _many(file, asked, run, out)
    else:
        _one(file, asked, run, notice, out)


def _one(
    file: Path,
    asked: list[tuple[str | None, int | None]],
    run: str | None,
    notice: bool,
    out: Path | None,
) -> None:
    """Show one household: its lines, or several municipalities and years side by side."""
    from sim.explanations.answer import household as answer
    from sim.explanations.answer import side_by_side

    answers = [answer(file, place, year, run=run, lang=language.current()) for place, year in asked]
    if len(answers) == 1 and notice:
        _show_notice(answers[0])
    elif len(answers) == 1:
        typer.echo(answers[0].text(language.current()))
    else:
        _show_beside(side_by_side(answers))
    if out is None:
        return
    if out.suffix == ".json":
        _write_json(out, [a.data() for a in answers])
    else:
        _write(out, answers[0].lines if len(answers) == 1 else side_by_side(answers), answers)


def _write(out: Path, table: pd.DataFrame, answers: list[Answer]) -> None:
    """Write a table; lines of a bill get the basis of their portion's rates in a column."""
    from sim.core.export import write_frame

    if "portion" in table:
        kinds = {portion: basis.kind for portion, basis in answers[0].bases.items()}
        table = table.assign(basis=table["portion"].map(kinds).fillna(""), year=answers[0].year)
    typer.echo(write_frame(_headed(table, out), out))


def _headed(table: pd.DataFrame, out: Path) -> pd.DataFrame:
    """Return a table as it is written: words of the language in a workbook, which people read, none in a CSV."""
    if out.suffix != ".xlsx":
        return table
    with language.speaking(language.written()):
        return _named(table)


def _show_notice(answer: Answer) -> None:
    from sim.explanations.basis import said
    from sim.explanations.notice import TITLES
    from sim.institutions.portions import PORTION_NAMES

    lang = language.current()
    at = 0 if lang == "ja" else 1
    console().print(said(answer.bases, tuple(answer.bases), answer.year, lang), highlight=False)
    table = answer.notice.loc[:, (answer.notice != 0).any()].rename(columns={k: v[at] for k, v in TITLES.items()})
    table.insert(0, _words().get("portion", "portion"), [PORTION_NAMES[str(k)][at] for k in table.index])
    print_frame(table.reset_index(drop=True), f"{answer.municipality} {_words()['notice']}")


def _show_beside(table: pd.DataFrame) -> None:
    for place, year, text in zip(table["municipality"], table["year"], table["rates"], strict=True):
        console().print(f"{place} {year} {text}", highlight=False, soft_wrap=True)
    print_frame(_named(table.drop(columns="rates")), _words()["beside"])


def _many(
    file: Path,
    asked: list[tuple[str | None, int | None]],
    run: str | None,
    out: Path | None,
) -> None:
    """Show the bills of the households of a table."""
    import pandas as pd

    from sim.core.export import write_frame
    from sim.explanations.batch import households

    table = pd.concat([households(file, place, year, run=run) for place, year in asked], ignore_index=True)
    counts = _named(table[["basis"]]).iloc[:, 0].value_counts()
    told = language.either("、", ", ").join(f"{kind} {n:,}" for kind, n in counts.items())
    console().print(_words()["bases"].format(text=told), highlight=False)
    shown = table[[c for c in table.columns if not c.startswith("relief_") and c != "form"]]
    print_frame(_named(shown.head(_MOST_SHOWN)), _words()["bills"])
    if len(table) > _MOST_SHOWN:
        console().print(_words()["more"].format(n=f"{len(table) - _MOST_SHOWN:,}"), style="dim", highlight=False)
    if out is not None and out.suffix == ".json":
        _write_json(out, json.loads(table.to_json(orient="records", force_ascii=False)))
    elif out is not None:
        typer.echo(write_frame(_headed(table, out), out))


def _named(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table with the words of the language in force for columns and kinds of basis."""
    from sim.explanations.basis import KIND_NAMES

    at = 0 if language.current() == language.JA else 1
    kinds = {str(kind): names[at] for kind, names in KIND_NAMES.items()}
    portions = {portion: names[at] for portion, names in PORTION_SHORT.items()}
    out = table.assign(basis=table["basis"].map(lambda kind: kinds.get(kind, kind))) if "basis" in table else table
    if "portion" in out:
        out = out.assign(portion=out["portion"].map(lambda portion: portions.get(portion, portion)))
    if "form" in out:
        out = out.assign(form=out["form"].map(lambda form: _FORMS.get(form, (form, form))[at]))
    if "kind" in out:
        out = out.assign(kind=out["kind"].map(lambda kind: _LINES.get(kind, (kind, kind))[at]))
    return out.rename(columns={**portions, **_words()})


def _write_json(out: Path, content: object) -> None:
    from sim.core.export import replacing

    with replacing(out) as fresh:
        fresh.write_text(json.dumps(content, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    typer.echo(out)
