"""One A4 per municipality: what its officer asks first, as data from which the page draws the one chosen.

Every chart has the run's figures by fiscal year, its 80 and 90 % ranges where the region keeps some, the published
values of the same definition, the rank among municipalities of its kind, and a caption that says until when the figure
is published. The prefecture as a whole has a panel of its own; its headline figures stand grey behind those of a
municipality. `templates/panel.js` draws, and knows no word of any language.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from sim.core.units import era
from sim.outputs.folder import RunFolder
from sim.outputs.measures import by_municipality
from sim.parameters.places import kinds_of
from sim.parameters.regions import Kind
from sim.reports import place_dots
from sim.reports import place_words as texts
from sim.reports.doubt import ranges_of
from sim.reports.headlines import headline_label, place_label
from sim.reports.marks import size_of, why
from sim.reports.place_dots import RATE_PORTIONS, Dot
from sim.reports.words import Lang, Text, say
from sim.studies.attribution import DRIVERS, attribute, attribute_places

Json = dict[str, object]
DRIVEN_FROM = 2024
"""fiscal year from which the change of the contribution is explained"""
_NAMED, _BARS = 2, 7
"""drivers the sentence names, and those drawn by themselves"""


@dataclass(frozen=True, kw_only=True)
class Chart:
    """A figure of the panel.

    key    measure of a municipality (`sim.outputs.measures`) or headline figure; its ranges go by it
    unit   of what is drawn; values are divided by `scale` and rounded to `digits`
    lines  measure -> label; the first is the figure of the chart
    dots   key of the published values, `key` if left out
    """

    key: str
    unit: Text
    scale: float
    digits: int
    lines: dict[str, Text]
    dots: str = ""
    title: Text | None = None
    behind: bool = False
    """whether the prefecture's line stands behind it"""
    ranged: bool = True
    """whether its range is drawn"""

    @property
    def label(self) -> Text:
        return self.title or next(iter(self.lines.values()))


_PERCENT: Text = ("％", "%")
_YEN: Text = ("円", "yen")
_MILLION: Text = ("百万円", "million yen")
"""sums of a municipality, as officials write them; those of the prefecture are in 億円"""
_OKU: Text = ("億円", "100 M yen")
_COUNT: Text = ("団体", "municipalities")


def _plain(key: str, unit: Text, scale: float, digits: int, *, behind: bool = False) -> Chart:
    return Chart(key=key, unit=unit, scale=scale, digits=digits, lines={key: place_label(key)}, behind=behind)


def _rates(key: str, name: Text, unit: Text, scale: float, digits: int) -> Chart:
    lines: dict[str, Text] = {
        key: ("実際の料率", "actual rate"),
        f"standard_{key}": ("標準保険料率", "standard rate"),
    }
    return Chart(key=key, unit=unit, scale=scale, digits=digits, lines=lines, title=name)


OF_PLACES: tuple[Chart, ...] = (
    _plain("collection_rate", _PERCENT, 0.01, 2, behind=True),
    _plain("billed_per_member", _YEN, 1, 0, behind=True),
    _plain("contribution_per_member", _YEN, 1, 0, behind=True),
    _rates("income_part", ("所得割率（医療分＋支援金分）", "Income part (medical + support)"), _PERCENT, 0.01, 2),
    _rates("per_head", ("均等割額（医療分＋支援金分）", "Amount per head (medical + support)"), _YEN, 1, 0),
    _plain("discretionary_transfer", _MILLION, 1e6, 0),
    _plain("arrears_closing", _MILLION, 1e6, 0),
)


def _headline(key: str, unit: Text, scale: float, digits: int, *, ranged: bool = True) -> Chart:
    return Chart(key=key, unit=unit, scale=scale, digits=digits, lines={key: headline_label(key)}, ranged=ranged)


OF_PREFECTURE: tuple[Chart, ...] = (
    _headline("collection_rate", _PERCENT, 0.01, 2),
    Chart(
        key="standard_premium_per_head",
        unit=_YEN,
        scale=1,
        digits=0,
        lines={name: headline_label(name) for name in ("standard_premium_per_head", "billed_per_member")},
        title=("1人当たり：保険料算定額と調定額", "Per head: standard premium, and bill"),
    ),
    _headline("contribution_per_head", _YEN, 1, 0),
    _headline("arrears_household_share", _PERCENT, 0.01, 2),
    _headline("discretionary_municipalities", _COUNT, 1, 0, ranged=False),
    Chart(
        key="discretionary_transfer",
        unit=_OKU,
        scale=1e8,
        digits=1,
        lines={
            "discretionary_transfer": headline_label("discretionary_transfer"),
            "all_transfers": ("決算補填等以外を含む計", "all, other purposes included"),
        },
        dots="all_transfers",
    ),
    _headline("arrears_closing", _OKU, 1e8, 1),
)


@dataclass(frozen=True, kw_only=True)
class Subject:
    """Whose panel is drawn: its figures by fiscal year, what is published of them, their ranges by measure."""

    code: int
    name: str
    kind: str
    charts: tuple[Chart, ...]
    figures: pd.DataFrame
    dots: dict[str, list[Dot]]
    note: str = ""
    ranges: dict[str, pd.DataFrame] = field(default_factory=dict)

    @property
    def years(self) -> list[int]:
        return [int(y) for y in self.figures.index]

    def until(self, chart: Chart) -> int | None:
        """Return the last year of the run with a published value of a chart, None where there is none."""
        return max((d.year for d in self.dots.get(chart.dots or chart.key, []) if d.year in self.years), default=None)


@dataclass(frozen=True, kw_only=True)
class Shared:
    """What the charts of all places share: the prefecture, ranks, how many are of a kind, sources by number."""

    whole: Subject
    ranks: dict[tuple[int, str], list[tuple[int, int]]]
    alike: Counter[str]
    kinds: Mapping[str, Kind]
    sources: dict[str, int]


def panels(run: RunFolder, lang: Lang) -> Json:
    """Return the panels of the prefecture and its municipalities and the words of the page, ready for JSON."""
    ranged = _ranges(run)
    kinds, whole = run.region.kinds, _prefecture(run, lang, ranged)
    places = _places(run, lang, ranged)
    drivers = _drivers(run, whole.years)
    titles = dict.fromkeys(d.source for s in (whole, *places) for dots in s.dots.values() for d in dots)
    shared = Shared(
        whole=whole,
        ranks=ranks(places, whole),
        alike=Counter(s.kind for s in places),
        kinds=kinds,
        sources={title: number for number, title in enumerate(titles)},
    )
    return {
        "words": {key: say(text, lang) for key, text in texts.PANEL.items()},
        "eras": [era(y) for y in whole.years],
        "kinds": [_heading(kind, lang) for kind in kinds.values()],
        "ranged": bool(ranged),
        "sources": [*titles],
        "whole": {c.key: _behind(whole, c, shared) for c in OF_PLACES if c.behind},
        "places": [
            {
                "code": s.code,
                "name": s.name,
                "kind": [*kinds].index(s.kind) if s.kind else -1,
                "title": say(texts.TITLE, lang, name=s.name, first=era(s.years[0]), last=era(s.years[-1])),
                "note": s.note,
                "said": _said(s, lang),
                "charts": [_chart(s, c, shared, lang) for c in s.charts if c.key in s.figures],
                "drivers": _driven(s, drivers, lang),
            }
            for s in (whole, *places)
        ],
    }


def _heading(kind: Kind, lang: Lang) -> str:
    """Return what the chooser calls a kind of municipalities."""
    return say((kind.ja, kind.en[0].upper() + kind.en[1:]), lang)


def figures(run: RunFolder) -> dict[int, pd.DataFrame]:
    """Return what the charts draw, a row a fiscal year: of the prefecture under its own code, and of municipalities."""
    return {run.region.code: _of_prefecture(run), **_of_places(run)}


def _of_prefecture(run: RunFolder) -> pd.DataFrame:
    t = run.table("metropolis_year").set_index("year")
    whole = by_municipality(run)
    mean = whole[whole["code"] == run.region.code].set_index("year")["contribution_per_member"]
    other = t.get("other_discretionary", 0.0)
    return t.assign(all_transfers=t["discretionary_transfer"] + other, contribution_per_member=mean)


def _of_places(run: RunFolder) -> dict[int, pd.DataFrame]:
    rows = by_municipality(run).merge(_rates_of(run), on=["year", "code"], how="left")
    drawn = [name for c in OF_PLACES for name in c.lines]
    rows = rows.assign(**{name: rows[name].to_numpy(float, na_value=np.nan) for name in drawn})
    places = rows[rows["code"] != run.region.code]
    return {int(code): own.set_index("year") for code, own in places.groupby("code")}


def _prefecture(run: RunFolder, lang: Lang, ranges: Ranged) -> Subject:
    code, names = run.region.code, (run.region.ja, run.region.en)
    return Subject(
        code=code,
        name=say(names, lang),
        kind="",
        charts=OF_PREFECTURE,
        figures=_of_prefecture(run),
        dots=place_dots.of_prefecture(run.register()),
        ranges=ranges.get(code, {}),
    )


def _places(run: RunFolder, lang: Lang, ranges: Ranged) -> list[Subject]:
    p = run.register()
    by_code = _of_places(run)
    dots = place_dots.of_municipalities(p)
    rough = say(texts.ROUGH, lang, why=why(size_of(run), lang))
    kinds = kinds_of(p, run.region.kinds)
    return [
        Subject(
            code=code,
            name=say(names, lang),
            kind=kinds[code],
            charts=OF_PLACES,
            figures=by_code[code],
            dots=dots[code],
            note=rough if bool(by_code[code]["small"].iloc[-1]) else "",
            ranges=ranges.get(code, {}),
        )
        for code, names in p.places().items()
        if code in by_code
    ]


Ranged = dict[int, dict[str, pd.DataFrame]]
"""code -> measure -> its ranges, a row a year"""


def _ranges(run: RunFolder) -> Ranged:
    """Return the ranges of what the panels draw; nothing where the region keeps none."""
    doubt = ranges_of(run)
    if doubt is None:
        return {}
    drawn = [c.key for c in (*OF_PLACES, *OF_PREFECTURE) if c.ranged]
    found: Ranged = {}
    mine = doubt.table[doubt.table["measure"].isin(drawn)]
    for (code, measure), rows in mine.set_index("year").groupby(["code", "measure"]):
        found.setdefault(int(code), {})[str(measure)] = rows
    return found


def _rates_of(run: RunFolder) -> pd.DataFrame:
    """Return actual and standard rates, medical and support together: income part (share) and per head (yen)."""
    t = run.table("rates")
    sums = t[t["portion"].isin(RATE_PORTIONS)].groupby(["year", "code", "kind"])[["income_part", "per_head"]].sum()
    wide = sums.assign(income_part=sums["income_part"] / 1e6).unstack("kind")
    wide.columns = pd.Index([part if kind == "actual" else f"{kind}_{part}" for part, kind in wide.columns])
    return wide.reset_index()


def _numbers(values: Iterable[float], chart: Chart) -> list[float | None]:
    """Return values as a chart draws them, None where there is none."""
    digits = chart.digits or None
    return [None if pd.isna(v) else round(float(v) / chart.scale, digits) for v in values]


def _points(s: Subject, chart: Chart, shared: Shared) -> list[list[object]]:
    """Return the published values of a chart: index of the year, value, number of the source."""
    years, dots = s.years, s.dots.get(chart.dots or chart.key, [])
    return [
        [years.index(d.year), *_numbers([d.value], chart), shared.sources[d.source]] for d in dots if d.year in years
    ]


def _behind(whole: Subject, chart: Chart, shared: Shared) -> Json:
    return {"v": _numbers(whole.figures[chart.key], chart), "p": _points(whole, chart, shared)}


def _chart(s: Subject, chart: Chart, shared: Shared, lang: Lang) -> Json:
    """Return a chart as the script draws it: t title, s and r captions, e end, l lines, p dots, b ranges, u until."""
    own, behind = s.until(chart), shared.whole.until(chart) if chart.behind else None
    known = own or behind
    horizon = {"first": era(s.years[0]), "last": era(s.years[-1])}
    what = say(chart.lines[chart.dots or chart.key], lang) if len(chart.lines) > 1 else ""
    source = texts.PUBLISHED_OF if own and what else texts.PUBLISHED_UNTIL if own else texts.NONE_PUBLISHED
    source = texts.WHOLE_UNTIL if behind and not own else source
    out: Json = {
        "k": chart.key,
        "t": say(texts.CAPTION, lang, label=_capital(say(chart.label, lang)), unit=say(chart.unit, lang), **horizon),
        "s": say(source, lang, year=era(known) if known else "", what=what),
        "r": _rank(s, chart, shared, lang),
        "e": _end(s, chart, lang),
        "d": chart.digits,
        "u": s.years.index(known) if known else -1,
        "l": [[say(label, lang), _numbers(s.figures[name], chart)] for name, label in chart.lines.items()],
        "p": _points(s, chart, shared),
    }
    if (ranges := s.ranges.get(chart.key)) is not None:
        rows = ranges.reindex(s.years)
        out["b"] = [_numbers(rows[end], chart) for end in ("low90", "low80", "high80", "high90")]
    return out


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _form(value: float, chart: Chart) -> str:
    return f"{value / chart.scale:,.{chart.digits}f}"


def _end(s: Subject, chart: Chart, lang: Lang) -> str:
    """Return the figure of the last year, with its 90 % range where there is one."""
    value, year = float(s.figures[chart.key].iloc[-1]), s.years[-1]
    if pd.isna(value):
        return ""
    text = say(texts.END, lang, year=era(year), value=_form(value, chart), unit=say(chart.unit, lang))
    rows = s.ranges.get(chart.key)
    if rows is None or year not in rows.index:
        return text
    low, high = (_form(float(rows.at[year, end]), chart) for end in ("low90", "high90"))
    return text + say(texts.END_RANGE, lang, low=low, high=high)


def ranks(places: Sequence[Subject], whole: Subject) -> dict[tuple[int, str], list[tuple[int, int]]]:
    """Return (code, chart) -> year and rank among municipalities of the same kind, the highest value first.

    Of the last year with a published value, of whatever place, and of the last year; of the first where none is
    published. Nothing has no rank.
    """
    found: dict[tuple[int, str], list[tuple[int, int]]] = {}
    for chart in OF_PLACES:
        published = (y for s in (whole, *places) if (y := s.until(chart)) is not None)
        for year in dict.fromkeys((max(published, default=whole.years[0]), whole.years[-1])):
            values = [(s, float(s.figures[chart.key].get(year, float("nan")))) for s in places if s.kind]
            for s, value in values:
                if value > 0:
                    higher = sum(other > value for each, other in values if each.kind == s.kind)
                    found.setdefault((s.code, chart.key), []).append((year, higher + 1))
    return found


def _rank(s: Subject, chart: Chart, shared: Shared, lang: Lang) -> str:
    """Return the ranks of a municipality in a chart, "" where it has none."""
    mine = shared.ranks.get((s.code, chart.key))
    if not mine:
        return ""
    said = [say(texts.RANK_OF_YEAR, lang, year=era(year), rank=number) for year, number in mine]
    joint, kind = say(("、", ", "), lang), shared.kinds[s.kind]
    return say(texts.RANK, lang, whom=say((kind.ja, kind.en), lang), ranks=joint.join(said), n=shared.alike[s.kind])


def _said(s: Subject, lang: Lang) -> str:
    """Return in a sentence what happens in a place."""
    first, last = s.figures.iloc[0], s.figures.iloc[-1]
    rates, bills = ([float(row[name]) for row in (first, last)] for name in ("collection_rate", "billed_per_member"))
    if any(pd.isna(v) for v in (*rates, *bills)) or not bills[0]:
        return ""
    horizon = {"first": era(s.years[0]), "last": era(s.years[-1])}
    chart = next(c for c in s.charts if c.key == "discretionary_transfer")
    happens = say(
        texts.HAPPENS,
        lang,
        name=s.name,
        r0=rates[0] * 100,
        r1=rates[1] * 100,
        b0=bills[0],
        b1=bills[1],
        change=(bills[1] / bills[0] - 1) * 100,
        transfer=_transfer(s, chart, horizon, lang),
        **horizon,
    )
    return happens + _may_stay(s, chart, lang)


def _transfer(s: Subject, chart: Chart, horizon: Mapping[str, str], lang: Lang) -> str:
    """Return what becomes of the transfer from the first year to the last."""
    before, after = (float(s.figures[chart.key].iloc[at]) for at in (0, -1))
    some = [era(year) for year, value in s.figures[chart.key].items() if value]
    never = texts.TRANSFER_BETWEEN if some else texts.TRANSFER_NONE
    goes = texts.TRANSFER_GOES if after else texts.TRANSFER_ENDS if before else never
    amounts = {key: _amount(v, chart, lang) for key, v in (("t0", before), ("t1", after))}
    return say(goes, lang, some=say(("・", ", "), lang).join(some), **amounts, **horizon)


def _may_stay(s: Subject, chart: Chart, lang: Lang) -> str:
    """Return what the range of a transfer of nothing still holds in the last year, "" where that is nothing too."""
    rows = None if float(s.figures[chart.key].iloc[-1]) else s.ranges.get(chart.key)
    high = 0.0 if rows is None else float(rows["high90"].reindex(s.years).iloc[-1])
    if not round(high / chart.scale, chart.digits) > 0:
        return ""
    return say(texts.TRANSFER_MAY_STAY, lang, high=_amount(high, chart, lang), last=era(s.years[-1]))


def _amount(value: float, chart: Chart, lang: Lang, sign: str = "") -> str:
    text = f"{value / chart.scale:{sign},.{chart.digits}f}"
    return say(texts.AMOUNT, lang, value=text, unit=say(chart.unit, lang))


_NEEDED = ("metropolitan_account", "contribution", "cost_by_age")
"""tables without which no change can be taken apart"""


def _drivers(run: RunFolder, years: list[int]) -> pd.DataFrame:
    """Return what drives the contribution of every place and of the prefecture (`attribute_places`); empty if unknown.

    From R6, or from the first year of a run that begins later or ends before, to its last year.
    """
    empty = pd.DataFrame(columns=["code", "driver", "yen", "before", "after", "since"])
    since, until = DRIVEN_FROM if DRIVEN_FROM in years[:-1] else years[0], years[-1]
    if not set(_NEEDED) <= set(run.tables) or since >= until:
        return empty
    places = attribute_places(run, since=since, until=until)
    whole = attribute(run, since=since, until=until)
    rows = whole.table[["driver", "yen"]].assign(code=run.region.code, before=whole.before, after=whole.after)
    return pd.concat([rows, places]).assign(since=since)


def _driven(s: Subject, drivers: pd.DataFrame, lang: Lang) -> Json | None:
    """Return the largest drivers of a contribution as bars, the rest in one, and a sentence; None if unknown."""
    mine = drivers[drivers["code"] == s.code]
    if mine.empty:
        return None
    chart = next(c for c in s.charts if c.key == "discretionary_transfer")
    at = 0 if lang == "ja" else 1
    steps = [(DRIVERS[d][at], int(yen)) for d, yen in zip(mine["driver"], mine["yen"], strict=True)]
    steps.sort(key=lambda step: -abs(step[1]))
    rest = sum(yen for _, yen in steps[_BARS:])
    bars = [*steps[:_BARS], *([(say(texts.OTHER_DRIVERS, lang), rest)] if len(steps) > _BARS else [])]
    first = mine.iloc[0]
    named = [say(texts.DRIVER, lang, name=n, value=_amount(v, chart, lang, "+")) for n, v in steps[:_NAMED]]
    unit, since = say(chart.unit, lang), era(int(first["since"]))
    return {
        "t": say(texts.DRIVERS_TITLE, lang, first=since, last=era(s.years[-1]), unit=unit),
        "s": say(
            texts.DRIVEN,
            lang,
            before=_amount(float(first["before"]), chart, lang),
            after=_amount(float(first["after"]), chart, lang),
            change=_amount(float(first["after"] - first["before"]), chart, lang, "+"),
            drivers=say(("、", ", "), lang).join(named),
        ),
        "d": chart.digits,
        "rows": [[name, *_numbers([yen], chart)] for name, yen in bars],
    }
