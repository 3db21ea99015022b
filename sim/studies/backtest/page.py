"""The page of a back-test, docs/backtest.md: misses first, English with a short summary in Japanese.

`summary` and `scores_table` are what the command prints as well.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import pandas as pd

from sim.core.export import markdown_table, replacing
from sim.core.sample import banner
from sim.core.units import era
from sim.core.version import __version__
from sim.parameters import Parameters
from sim.parameters.places import prefectural
from sim.studies.backtest.items import named
from sim.studies.backtest.scores import Headline

if TYPE_CHECKING:
    from sim.studies.backtest import Backtest

Lang = Literal["ja", "en"]

_HEADINGS = {
    "group": ("分類", "group"),
    "item": ("項目", "item"),
    "part": ("区分", "portion"),
    "horizon": ("年先", "years ahead"),
    "count": ("件数", "figures"),
    "mae": ("誤差", "error"),
    "last": ("直近値の誤差", "last value"),
    "line": ("直線の誤差", "straight line"),
    "skill_last": ("対直近値", "skill, last"),
    "skill_line": ("対直線", "skill, line"),
    "bias": ("偏り", "bias"),
    "coverage": ("区間内", "in interval"),
    "coverage_parameters": ("同、モデルの誤差なし", "without model's error"),
    "leaks": ("後年の情報", "leaks"),
    "single": ("1年のみ", "one year only"),
}
_PORTIONS = {"": "", "medical": "医療", "support": "支援", "care": "介護", "child": "子ども"}
_PERCENT = ("mae", "last", "line", "bias")
_BILLION = 1e9
_LARGE = 1e8
"""yen from which amounts are written in 億円"""


def scores_table(b: Backtest, lang: Lang = "en") -> pd.DataFrame:
    """Return the scores of `by_item` as text, the worst skill first; errors in percent (rates: points)."""
    return _as_text(b.by_item, lang)


def _as_text(scores: pd.DataFrame, lang: Lang) -> pd.DataFrame:
    """Return a table of scores with headings and figures as people read them."""
    shown = {words[lang == "en"]: name for name, words in _HEADINGS.items() if name in scores}
    return pd.DataFrame({heading: [_cell(name, v, lang) for v in scores[name]] for heading, name in shown.items()})


def _label(item: str) -> tuple[str, str]:
    """Return what an item is called, in Japanese and English."""
    return named(Parameters.load())[item].label


def _cell(name: str, value: object, lang: Lang) -> str:
    if name == "part":
        return _PORTIONS[str(value)] if lang == "ja" else str(value)
    if name == "group":
        return str(value)
    if isinstance(value, str):
        return _label(value)[lang == "en"]
    if name == "single":
        return ("○", "yes")[lang == "en"] if value else ""
    number = float(value)  # type: ignore[arg-type]
    if number != number:
        return "–"
    if name in _PERCENT:
        return f"{100 * number:+.1f}" if name == "bias" else f"{100 * number:.1f}"
    if name.startswith("coverage"):
        return f"{number:.0%}"
    return f"{number:+.2f}" if name.startswith("skill") else f"{number:.0f}"


def summary(b: Backtest, lang: Lang = "en") -> list[str]:
    """Return what came out, in sentences: without the rows that leak, then with them, then what cannot be judged."""
    clean, whole = b.headline, b.headline_all
    leaking = whole.rows - clean.rows
    strict = int((b.clean["error"].notna() & (b.clean["structure"] == "")).sum())
    if lang == "ja":
        apart = f"（うち{strict}件は一時点しかない構造の表にもよらない）" if clean.rows else ""
        found = [f"後に公表された値に合わせたパラメータによらない{clean.rows}件{apart}：{_said(clean, lang)}"]
        found += [f"よるもの{leaking}件を含む全{whole.rows}件：{_said(whole, lang)}"] if leaking else []
        return [*found, f"検証できない項目：{_named(b.untested, lang)}"] if b.untested else found
    apart = f" ({strict} of them rest on no structure read later either)" if clean.rows else ""
    found = [f"{clean.rows} figures behind which no fit to anything later stands{apart}: {_said(clean, lang)}"]
    found += [f"All {whole.rows}, with {leaking} that leak: {_said(whole, lang)}"] if leaking else []
    return [*found, f"No published figure can judge yet: {_named(b.untested, lang)}"] if b.untested else found


def _said(h: Headline, lang: Lang) -> str:
    if not h.items:
        return ("判定できるものはない。", "nothing can be judged.")[lang == "en"]
    cover, before = ("–" if x != x else f"{x:.0%}" for x in (h.coverage, h.coverage_parameters))
    if lang == "ja":
        return (
            f"項目・区分・年先{h.items}組のうち{h.better}組（{h.share:.0%}）で直近値と直線の双方より誤差が小さい。"
            f"90％区間に入った割合は{cover}（モデルの誤差を除くと{before}）、偏りの中央値は{h.bias:+.1%}。"
        )
    return (
        f"nearer than both naive forecasts in {h.better} of {h.items} items by portion and horizon ({h.share:.0%}); "
        f"90 % interval held {cover} ({before} without the model's error); median bias {h.bias:+.1%}."
    )


def _named(items: list[str], lang: Lang) -> str:
    return ("、", ", ")[lang == "en"].join(_label(name)[lang == "en"] for name in items)


def write(b: Backtest, path: Path, figures: Mapping[str, Path]) -> Path:
    """Write the page; `figures` are images by item, named on it relative to its folder."""
    links = {item: image.relative_to(path.parent).as_posix() for item, image in figures.items()}
    with replacing(path) as fresh:
        fresh.write_text("\n".join(_page(b, links)) + "\n", encoding="utf-8", newline="\n")
    return path


KEPT = "backtest.json"
"""file of a region: what the last back-test that was kept found, for reports of its runs"""
AMOUNTS = ("published", "forecast", "low", "high", "last")
"""figures of a row that are kept as text in both languages"""


def keep(b: Backtest, path: Path) -> Path:
    """Write the sentences and the figures of the prefecture and of groups with one rate, misses first, as plain data.

    Texts stand in both languages.
    """
    region = Parameters.load().region
    whole = [region.code, *(group.code for group in region.groups.values())]
    judged = b.rows[b.rows["code"].isin(whole) & b.rows["error"].notna()]
    judged = judged[~judged["item"].str.startswith(("actual_rate", "standard_rate"))]
    worst = judged.loc[judged["error"].abs().sort_values(ascending=False).index]
    rows = [
        {
            "item": _label(row.item),
            "as_of": str(row.as_of),
            "year": era(row.year),
            **{
                name: [_amount(row.unit)(value), _in_english(row.unit)(value)]
                for name, value in zip(AMOUNTS, (getattr(row, name) for name in AMOUNTS), strict=True)
            },
            "error": f"{100 * row.error:+.1f} %",
            "leaks": bool(row.leaks),
        }
        for row in worst.itertuples()
    ]
    content = {"model": __version__, "said": {lang: summary(b, lang) for lang in ("ja", "en")}, "rows": rows}
    with replacing(path) as fresh:
        fresh.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", encoding="utf-8", newline="\n")
    return path


def keep_errors(b: Backtest, path: Path) -> Path:
    """Write the forecasts that can be judged, of which the error of the model is estimated; return where."""
    names = ["as_of", "year", "horizon", "item", "code", "part", "kind", "unit", "public", "published", "forecast"]
    told = b.rows[b.rows["error"].notna()][[*names, "low_parameters", "high_parameters"]]
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path) as fresh:
        told.to_csv(fresh, index=False, lineterminator="\n", float_format="%.8g")
    return path


def _page(b: Backtest, links: Mapping[str, str]) -> Iterator[str]:
    yield from ("# Back-test: what the model said, and what came", "")
    yield from ("<!-- written by `kokuho backtest`; do not edit -->", "")
    if said := banner(b.size.sample, "en"):
        yield from (f"**{said}**", "")
    yield (
        "For each date the model is run with nothing known that was published later, and its figures for the next "
        "fiscal years stand beside those published since. The rivals are the last value public on the date and the "
        "straight line through the last two. Skill is 1 - error / error of the rival: 1 is perfect, below 0 the rival "
        "was nearer. Errors are in percent of the published figure, of collection rates in points."
    )
    yield ""
    yield from (f"- {text}" for text in summary(b, "en"))
    yield from ("", "## 要約", "")
    yield from (f"- {text}" for text in summary(b, "ja"))
    yield from ("", "## By item, misses first", "")
    yield from markdown_table(scores_table(b, "en"))
    yield from ("", "## By group, misses first", "")
    yield from markdown_table(_as_text(b.by_group, "en"))
    yield from ("", "## Figures of the prefecture, misses first", "")
    yield from markdown_table(figures_table(b.rows[prefectural(b.rows["code"])]))
    yield from ("", "## Municipalities: the ten largest misses", "")
    yield from markdown_table(figures_table(b.rows[~prefectural(b.rows["code"]) & b.rows["error"].notna()]).head(10))
    for item, link in links.items():
        yield from ("", f"![{_label(item)[1]}]({link})")
    yield from _how(b)


def figures_table(rows: pd.DataFrame) -> pd.DataFrame:
    """Return rows as text: published, forecast, interval, rivals; the largest errors first."""
    p = Parameters.load()
    groups = {group.code: group.ja for group in p.region.groups.values()}
    places = {code: name for code, (name, _) in p.places().items()} | groups | {p.region.code: ""}
    order = rows["error"].abs().sort_values(ascending=False, na_position="last").index
    lines = []
    for row in rows.loc[order].itertuples():
        amount = _amount(row.unit)
        where = " ".join(word for word in (places[row.code], row.part) if word)
        lines.append(
            {
                "item": f"{_label(row.item)[1]}{f' ({where})' if where else ''}",
                "as of": row.as_of,
                "year": f"{era(row.year)} {row.basis}".strip(),
                "published": amount(row.published),
                "forecast": amount(row.forecast),
                "90 % interval": f"{amount(row.low)} to {amount(row.high)}" if row.low == row.low else "–",
                "last value": _with(amount(row.last), row.last_from),
                "straight line": _with(amount(row.line), row.line_from),
                "error %": "–" if row.error != row.error else f"{100 * row.error:+.1f}",
                "one year": "yes" if row.single else "",
                "leaks": "yes" if row.leaks else "",
                "could not be known": row.note,
            }
        )
    return pd.DataFrame(lines)


def _amount(unit: str) -> Callable[[float], str]:
    """Return how figures of a unit are written: sums in 億円, shares in percent."""

    def shown(value: float) -> str:
        if value != value:
            return "–"
        if unit == "share":
            return f"{100 * value:.2f} %"
        return f"{value / _LARGE:,.1f}億" if unit == "yen" and abs(value) >= _LARGE else f"{value:,.0f}"

    return shown


def _in_english(unit: str) -> Callable[[float], str]:
    """Return the same with large sums in billions of yen."""

    def shown(value: float) -> str:
        large = unit == "yen" and abs(value) >= _LARGE
        return f"{value / _BILLION:,.1f} bn" if large else _amount(unit)(value)

    return shown


def _with(value: str, source: str) -> str:
    return f"{value} ({source})" if source else value


def _how(b: Backtest) -> Iterator[str]:
    """Yield how the figures were made: dates, sizes, interval, days of publication, uncertain parameters."""
    size = b.size
    yield from ("", "## How", "")
    level = "the full population" if size.sample == 1 else f"1/{size.sample} of the households"
    yield f"Level: one run of {level} a date. Dates:"
    yield ""
    yield from (f"- {date.as_of}: {date.reason}" for date in b.dates)
    yield ""
    if size.members:
        yield (
            f"Interval: {size.members} runs in 1/{size.member_sample}, parameters drawn from the ranges below (Latin "
            "hypercube), each with households and draws of its own; their relative spread (Student's t, 90 %) is put "
            "around the level. It includes the sampling error of those runs, which is large for small municipalities. "
            "The error of the model itself comes on top, from the errors of earlier forecasts that were known on the "
            "date ([decision 0094](decisions/0094-error-of-the-model.md)); as of the first date none were, and its "
            "intervals hold parameters and sampling only."
        )
        yield ""
        shown = [
            {"parameter": f"`{key}`", "range": _range(spec), "distribution": spec.distribution, "reason": spec.reason}
            for key, spec in b.spec.parameters.items()
        ]
        yield from markdown_table(pd.DataFrame(shown))
    yield ""
    yield "A figure counts as public by the day its page bears, or by these days where they are earlier:"
    yield ""
    for basis, rule in b.spec.public_by.items():
        when = ", where the page bears no date" if rule.undated_only else ""
        yield f"- {basis}: {rule.day} of the calendar year {_offset(rule.years)}{when} ({rule.reason})"
    for column, said in (
        ("leaks", "Behind rows that leak stand, fitted to figures published after the date or holding some"),
        ("structure", "Read in one state only and known after the date, no leak by the declaration of the study"),
    ):
        if names := sorted({name for text in b.rows[column] for name in text.split(", ") if name}):
            yield ""
            yield f"{said}: {', '.join(f'`{name}`' for name in names)}."


def _range(spec: object) -> str:
    for way, sign in (("values", ""), ("add", "+ "), ("scale", "× ")):
        if ends := getattr(spec, way):
            return f"{sign}{ends[0]:g} to {sign}{ends[1]:g}"
    return ""


def _offset(years: int) -> str:
    if years == 0:
        return "in which the fiscal year begins"
    return "before that in which the fiscal year begins" if years < 0 else "after that in which the fiscal year begins"
