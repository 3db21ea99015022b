"""The figure of a household's bill along income, and a page with it: curves, cliffs of the reliefs, marginal rate."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from html import escape
from pathlib import Path
from tempfile import TemporaryDirectory

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter
from numpy.typing import NDArray

from sim.core.colours import GREY
from sim.core.export import replacing
from sim.explanations.curve import Curve
from sim.reports.drawing import write_figure
from sim.reports.font import web_font
from sim.reports.theme import CYCLE, STYLE, legend_above
from sim.reports.words import Lang, word

_SHADES = {7: 0.22, 5: 0.14, 2: 0.07}
"""tenths of relief -> how dark its incomes are shaded"""
_HIGHEST_MARGIN = 0.3
_NAMED_FROM = 0.02
"""part of the axis from which a shade is wide enough for its name"""
_TEN_THOUSAND = 10_000
_TABLE_STEP = 500_000
_WORDS = {
    "title": ("世帯の保険料（税）と所得", "A household's bill along income"),
    "salary": ("給与収入", "salary"),
    "business": ("事業所得", "business income"),
    "pension": ("公的年金収入", "public pension"),
    "other": ("その他の所得", "other income"),
    "of": ("{who}の{what}（万円）", "{what} of {who} (10,000 yen)"),
    "bill": ("年額（万円）", "bill of the year (10,000 yen)"),
    "margin": ("限界負担率（%）", "marginal rate (%)"),
    "relief": ("{n}割軽減", "{n}0 % relief"),
    "cliffs": ("軽減の段差", "Where a relief ends"),
    "line": ("比較", "curve"),
    "income": ("収入・所得（円）", "income (yen)"),
    "change": ("軽減", "relief"),
    "rise": ("年額の増（円）", "rise of the bill (yen)"),
    "table": ("年額（円）", "Bill of the year (yen)"),
    "note": (
        "網掛けは、最初の曲線の世帯が7割・5割・2割軽減を受ける範囲。限界負担率は前後5万円の増減による。",
        "Shaded: incomes with 7/5/2割軽減, first curve. The marginal rate is taken over 50,000 yen to each side.",
    ),
}


def said(key: str, lang: Lang) -> str:
    return _WORDS[key][0 if lang == "ja" else 1]


def draw(curve: Curve, lang: Lang = "ja") -> Figure:
    """Return the figure: bills above, marginal rates below, incomes with a relief of the first curve shaded."""
    figure = Figure(figsize=(8.4, 6.2), layout="constrained")
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=(2, 1))
    base = curve.table[curve.table["label"] == curve.lines[0].label]
    for axes in (above, below):
        _shade(axes, base["income"].to_numpy(), base["relief"].to_numpy())
    for at, line in enumerate(curve.lines):
        own = curve.table[curve.table["label"] == line.label]
        income = own["income"] / _TEN_THOUSAND
        look = {"color": CYCLE[at % len(CYCLE)], "linestyle": "-" if at == 0 else "--", "label": line.label}
        above.plot(income, own["total"] / _TEN_THOUSAND, linewidth=1.8, **look)
        below.plot(income, own["marginal"] * 100, linewidth=1.1, **look)
    above.set_ylabel(said("bill", lang))
    below.set_ylabel(said("margin", lang))
    below.set_ylim(0, _HIGHEST_MARGIN * 100)
    below.set_xlim(0, float(base["income"].max()) / _TEN_THOUSAND)
    above.set_ylim(bottom=0)
    below.set_xlabel(said("of", lang).format(who=curve.member, what=said(curve.kind, lang)))
    for axis in (above.yaxis, below.xaxis):
        axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
    _name_reliefs(above, base["income"].to_numpy(), base["relief"].to_numpy(), lang)
    legend_above(above, columns=2)
    return figure


def write(curve: Curve, path: Path, lang: Lang = "ja") -> Path:
    """Write the figure as .svg or .png, or a page of its own as .html, by the ending of the name."""
    if path.suffix == ".html":
        with replacing(path) as fresh:
            fresh.write_text(page(curve, lang), encoding="utf-8")
        return path
    with matplotlib.rc_context(STYLE), TemporaryDirectory() as folder, replacing(path) as fresh:
        drawn = Path(folder) / "curve.svg"
        png = path.suffix == ".png"
        write_figure(draw(curve, lang), said("title", lang), _footer(curve, lang), drawn, png)
        fresh.write_bytes(drawn.with_suffix(path.suffix).read_bytes())
    return path


def page(curve: Curve, lang: Lang = "ja") -> str:
    """Return a self-contained page: what the rates rest on, the figure, the cliffs, a table."""
    image = base64.b64encode(_svg(curve, lang)).decode()
    parts = [
        f"<h1>{escape(said('title', lang))}</h1>",
        "<ul>" + "".join(f"<li><b>{escape(x.label)}</b> {escape(x.rates)}</li>" for x in curve.lines) + "</ul>",
        f'<img alt="{escape(said("title", lang))}" src="data:image/svg+xml;base64,{image}">',
        f"<p>{escape(said('note', lang))}</p>",
        f"<h2>{escape(said('cliffs', lang))}</h2>",
        _cliff_table(curve, lang),
        f"<h2>{escape(said('table', lang))}</h2>",
        _bill_table(curve, lang),
    ]
    body = "\n".join(parts)
    font = web_font(body)
    style = (
        f"@font-face{{font-family:IPAexGothic;src:url(data:font/woff;base64,{font})}}"
        "body{font-family:system-ui,IPAexGothic,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;"
        "line-height:1.6}img{width:100%}table{border-collapse:collapse}td,th{padding:.2rem .8rem;border-bottom:"
        "1px solid #ddd;text-align:right}td:first-child,th:first-child{text-align:left}"
    )
    title = escape(said("title", lang))
    return (
        f'<!DOCTYPE html>\n<html lang="{lang}"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width"><title>{title}</title><style>{style}</style></head>'
        f"<body>\n{body}\n</body></html>\n"
    )


def _svg(curve: Curve, lang: Lang) -> bytes:
    with matplotlib.rc_context(STYLE):
        figure = draw(curve, lang)
        stream = io.BytesIO()
        FigureCanvasSVG(figure).print_svg(stream, metadata={"Date": None})
    return stream.getvalue()


def _footer(curve: Curve, lang: Lang) -> str:
    """Return what each curve's rates rest on, for the foot of the figure."""
    told = "  |  ".join(f"{line.label} {line.rates}" for line in curve.lines)
    return f"{told}  |  {word('source', lang)}: kokuho-sim"


def _shade(axes: Axes, income: NDArray[np.int64], relief: NDArray[np.int64]) -> None:
    for first, last, tenths in _spans(income, relief):
        axes.axvspan(first / _TEN_THOUSAND, last / _TEN_THOUSAND, color=GREY, alpha=_SHADES[tenths], linewidth=0)


def _name_reliefs(axes: Axes, income: NDArray[np.int64], relief: NDArray[np.int64], lang: Lang) -> None:
    top = axes.get_ylim()[1]
    for first, last, tenths in _spans(income, relief):
        if (last - first) < _NAMED_FROM * int(income[-1]):
            continue
        text = said("relief", lang).format(n=tenths)
        middle = (first + last) / 2 / _TEN_THOUSAND
        axes.text(middle, top * 0.62, text, ha="center", va="center", rotation=90, fontsize=8, color="#444444")


def _spans(income: NDArray[np.int64], relief: NDArray[np.int64]) -> list[tuple[int, int, int]]:
    """Return (first, last income, tenths) of each run of incomes with the same relief."""
    yen, tenths = np.asarray(income), np.asarray(relief)
    edges = np.flatnonzero(np.diff(tenths)) + 1
    starts, ends = [0, *edges.tolist()], [*edges.tolist(), len(yen) - 1]
    found = [(int(yen[a]), int(yen[b]), int(tenths[a])) for a, b in zip(starts, ends, strict=True)]
    return [span for span in found if span[2] in _SHADES]


def _cliff_table(curve: Curve, lang: Lang) -> str:
    columns = zip(*(curve.cliffs[name].tolist() for name in curve.cliffs.columns), strict=True)
    rows = [
        (label, f"{income:,}", f"{before}割 → {after or '–'}{'割' if after else ''}", f"+{rise:,}")
        for label, income, before, after, rise in columns
    ]
    return _html_table([said(key, lang) for key in ("line", "income", "change", "rise")], rows)


def _bill_table(curve: Curve, lang: Lang) -> str:
    wide = curve.table.pivot(index="income", columns="label", values="total")[[x.label for x in curve.lines]]
    chosen = wide[wide.index % _TABLE_STEP == 0]
    bills = zip(chosen.index.tolist(), chosen.to_numpy().tolist(), strict=True)
    rows = [(f"{income:,}", *(f"{yen:,}" for yen in row)) for income, row in bills]
    return _html_table([said("income", lang), *chosen.columns], rows)


def _html_table(head: list[str], rows: Sequence[tuple[str, ...]]) -> str:
    top = "".join(f"<th>{escape(cell)}</th>" for cell in head)
    body = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table>"
