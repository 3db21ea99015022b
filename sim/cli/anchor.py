"""The command anchor: a municipality's level moved to its own figures, as a scenario; nothing leaves the machine."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sim.cli.app import OWN, Sample, app
from sim.core import language
from sim.core.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

    from sim.studies.anchor import Anchored

_WORDS = {
    "ja": {
        "template": "{path} を作成しました。黄色の欄に記入し、kokuho anchor {path}{region} を実行してください",
        "title": "{place} 自団体の数値に合わせた水準（{size}の試算、{runs}回）",
        "beside": "比較のみ（動かしていない数値）",
        "elsewhere": "他の市区町村への影響（最大のもの）",
        "scenario": "シナリオ {path}（kokuho run {path}）",
        "warning": "確認: ",
        "full": "全世帯",
        "part": "1/{n}標本",
        "paired": "標本の数値は全世帯の推計に合わせて換算した",
        "alone": "標本の誤差を含む。全世帯の kokuho run baseline の結果があれば、全世帯に換算して合わせる",
        "local": "数値はこの端末の外に送信していない",
        "heads": ("数値", "年度", "自団体", "基準", "調整後", "動かしたパラメータ", "前", "後", "範囲内", "一致"),
        "besides": ("数値", "年度", "自団体", "基準", "調整後", "理由"),
        "others": ("指標", "市区町村", "年度", "変化", "単位", "偶然の変動（95％）"),
        "measures": {"members_average": "被保険者数", "rate": "現年分 収納率", "transfer": "法定外繰入（1人当たり）"},
    },
    "en": {
        "template": "Wrote {path}; fill in the yellow cells, then kokuho anchor {path}{region}",
        "title": "{place}: level moved to its own figures ({size}, {runs} runs)",
        "beside": "beside: shown, not used",
        "elsewhere": "largest change in any other municipality",
        "scenario": "Scenario {path} (kokuho run {path})",
        "warning": "look at: ",
        "full": "full population",
        "part": "1/{n} sample",
        "paired": "figures of the sample were brought to those of the full population",
        "alone": "the error of the sample is in the values; a full run (kokuho run baseline) takes it out",
        "local": "no figure left this machine",
        "heads": (*("figure", "year", "own", "base", "anchored", "number moved", "from", "to", "in range", "met"),),
        "besides": ("figure", "year", "own", "base", "anchored", "why"),
        "others": ("measure", "municipality", "year", "change", "unit", "chance (95 %)"),
        "measures": {"members_average": "insured", "rate": "collection rate", "transfer": "transfer per insured"},
    },
}
_UNITS = {"人": "persons", "世帯": "households", "円": "yen", "円/人": "yen/person", "％": "%", "pt": "points"}
"""units of the workbook in English"""
_YES = {True: "○", False: "×"}


@app.command(rich_help_panel=OWN)
def anchor(
    figures: Annotated[Path | None, typer.Argument(help="workbook of --template, filled in")] = None,
    template: Annotated[
        Path | None, typer.Option(metavar="FILE.xlsx", help="write a workbook to fill in, with -m MUNICIPALITY")
    ] = None,
    municipality: Annotated[
        str | None, typer.Option("--municipality", "-m", help="of the template: name in Japanese or Romaji, or code")
    ] = None,
    base: Annotated[str, typer.Option("--from", help="scenario whose level is moved")] = "baseline",
    sample: Sample = None,
    out: Annotated[Path, typer.Option(help="folder of the scenario, or its path")] = Path("scenarios"),
) -> None:
    """Move the level of a municipality to its own figures (自団体の数値) and write it as a scenario.

    Start with --template FILE.xlsx -m MUNICIPALITY. Only imputed, estimated and assumed numbers of the municipality
    are moved, never law or published ones; nothing leaves the machine. docs/anchor.md explains.
    """
    words = _WORDS[language.current()]
    if template is not None:
        if figures is not None or municipality is None:
            raise InputError("anchor --template FILE.xlsx needs -m MUNICIPALITY, and no workbook to read")
        from sim.parameters import regions
        from sim.studies.anchor import write_template

        region = f" --region {regions.chosen()}" if regions.chosen() else ""
        typer.echo(str(words["template"]).format(path=write_template(template, municipality), region=region))
        return
    if figures is None:
        raise InputError("anchor: give a workbook; --template FILE.xlsx -m MUNICIPALITY writes one to fill in")
    if municipality is not None:
        raise InputError("anchor: the workbook says its municipality; -m belongs to --template")
    named = out.suffix in (".yaml", ".yml")
    if named and not out.parent.is_dir():
        raise InputError(f"--out {out}: there is no folder {out.parent}")
    from sim.studies.anchor import anchor as move

    found = move(figures, base=base, sample=sample, name=out.stem if named else None)
    _show(found)
    typer.echo(str(words["scenario"]).format(path=found.write(out)))


def _show(found: Anchored) -> None:
    """Print what was moved, what is only shown, and what it does elsewhere."""
    from sim.cli.show import console, print_frame

    lang = language.current()
    words = _WORDS[lang]
    for warning in found.warnings:
        console().print(f"{words['warning']}{warning}", style="yellow", highlight=False)
    size = words["full"] if found.sample == 1 else str(words["part"]).format(n=found.sample)
    title = str(words["title"]).format(place=found.municipality, size=size, runs=found.runs)
    table = _readable(found.table, lang)
    used = table["used"]
    moved = ["figure", "year", "own", "base", "anchored", "parameter", "before", "after", "within", "met"]
    if used.any():
        print_frame(table.loc[used, moved].set_axis(list(words["heads"]), axis=1), title)
    if not used.all():
        beside = table.loc[~used, ["figure", "year", "own", "base", "anchored", f"why_{lang}"]]
        print_frame(beside.set_axis(list(words["besides"]), axis=1), str(words["beside"]))
    others = found.elsewhere.replace({"measure": words["measures"]})
    others = others if lang == "ja" else others.replace({"unit": _UNITS})
    others = others.assign(change=others["change"].map("{:+,.2f}".format), noise=others["noise"].map(_chance))
    print_frame(others.set_axis(list(words["others"]), axis=1), str(words["elsewhere"]))
    paired = [str(words["paired" if found.paired else "alone"])] if found.sample > 1 else []
    for note in [*paired, str(words["local"])]:
        console().print(note, style="dim", highlight=False)


def _chance(half: float) -> str:
    return f"±{half:,.2f}" if half == half else ""


def _readable(table: pd.DataFrame, lang: str) -> pd.DataFrame:
    """Return the table with figures as text in their units, as officials write them."""
    from sim.core.units import era
    from sim.studies.anchor.figures import BY_KEY

    shown = table.copy()
    names = [BY_KEY[key] for key in table["key"]]
    shown["figure"] = [f"{f.ja}（{f.unit}）" if lang == "ja" else f"{f.en}, {_UNITS[f.unit]}" for f in names]
    shown["year"] = [era(int(y)) for y in table["year"]]
    for column in ("own", "base", "anchored"):
        shown[column] = [_figure(v, f.unit) for v, f in zip(table[column], names, strict=True)]
    for column in ("before", "after"):
        shown[column] = ["" if v is None or v != v else f"{v:g}" for v in table[column]]
    for column in ("within", "met"):
        shown[column] = ["" if v is None else _YES[bool(v)] for v in table[column]]
    return shown


def _figure(value: float | None, unit: str) -> str:
    return "" if value is None or value != value else f"{value:,.2f}" if unit == "％" else f"{value:,.0f}"
