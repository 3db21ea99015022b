"""One self-contained HTML page per run and language: works from a USB stick, without a network."""

from __future__ import annotations

import base64
from pathlib import Path

import jinja2
import pandas as pd

from sim.core.units import era
from sim.experiments.validation import rows as validation_rows
from sim.outputs.folder import RunFolder
from sim.outputs.tables import HEADLINE
from sim.reports.figures import draw_all
from sim.reports.font import web_font
from sim.reports.words import Lang, word

FONT = "@@FONT@@"
"""where the page takes its font in, once its characters are known"""
_OKU = {"benefit", "contribution", "billed", "collected", "arrears_closing", "discretionary_transfer"}
_SHARES = {"share_65_plus", "collection_rate", "arrears_household_share"}


def cell(name: str, value: float) -> str:
    """Return a headline figure as people write it: 億円, percent, whole numbers with separators."""
    if pd.isna(value):
        return "–"
    if name in _OKU:
        return f"{value / 1e8:,.0f}"
    if name in _SHARES:
        return f"{value * 100:.2f}%"
    return f"{value:.2f}" if name == "alpha" else f"{value:,.0f}"


def _headline(run: RunFolder, lang: Lang) -> dict[str, object]:
    t = run.table("metropolis_year")
    return {
        "years": [era(int(y)) for y in t["year"]],
        "rows": [(word(name, lang), [cell(name, v) for v in t[name]]) for name in HEADLINE],
    }


def _validation(run: RunFolder, lang: Lang) -> list[dict[str, str]]:
    table = validation_rows(run)
    out = []
    for r in table[table["simulated"].notna()].itertuples():
        share = r.unit in ("ratio", "coefficient")
        form = "{:,.4f}" if share else "{:,.0f}"
        verdict = "" if r.ok is None else word("hit" if r.ok else "miss", lang)
        out.append(
            {
                "id": r.id,
                "role": word(r.role, lang),
                "published": form.format(r.published),
                "simulated": form.format(r.simulated),
                "difference": ("{:+,.4f}" if share else "{:+,.0f}").format(r.difference),
                "percent": f"{r.difference / r.published * 100:+.1f}%" if r.published else "",
                "verdict": verdict,
                "class": "" if r.ok is None else ("hit" if r.ok else "miss"),
                "unit": r.unit,
                "source": r.source,
            }
        )
    return out


def _places(run: RunFolder, lang: Lang) -> tuple[str, list[dict[str, str]]]:
    t = run.table("municipality_year")
    last = int(t["year"].max())
    rows = []
    for r in t[t["year"] == last].itertuples():
        billed = r.bill_medical + r.bill_support + r.bill_care + r.bill_child
        base = billed - r.bill_unknown_address
        rows.append(
            {
                "name": r.name,
                "members": f"{r.member_months / 12:,.0f}",
                "contribution": f"{r.contribution / 1e8:,.1f}",
                "billed": f"{billed / 1e8:,.1f}",
                "rate": f"{r.collected / base * 100:.2f}%" if base > 0 else "–",
                "transfer": f"{r.discretionary_transfer / 1e8:,.1f}",
                "small": word("small", lang) if r.small else "",
            }
        )
    return era(last), rows


def build(run: RunFolder, lang: Lang, png: bool = True) -> Path:
    """Draw the figures and write report.html (or report_en.html) into the run folder; return its path."""
    figures = draw_all(run, run.path / "figures", lang, png)
    images = {n: base64.b64encode(p.read_bytes()).decode() for n, p in figures.items()}
    last, places = _places(run, lang)
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("sim.reports", "templates"), autoescape=True, undefined=jinja2.StrictUndefined
    )
    manifest = run.manifest
    sample = manifest["sample"]
    text = environment.get_template("report.html").render(
        lang=lang,
        t=lambda key, **v: word(key, lang, **v),
        manifest=manifest,
        images=images,
        description=manifest["description"].get(lang, ""),
        headline=_headline(run, lang),
        validation=_validation(run, lang),
        places=places,
        last=last,
        sample=word("sample_all", lang) if sample == 1 else word("sample_part", lang, n=sample),
    )
    path = run.path / ("report.html" if lang == "ja" else f"report_{lang}.html")
    text = text.replace(FONT, web_font(text))
    path.write_text(text, encoding="utf-8")
    return path
