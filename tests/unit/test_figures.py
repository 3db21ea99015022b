"""Figures of a report: the page draws anew what was drawn, legends lie over nothing, alternative texts say it."""

from __future__ import annotations

import re
from collections.abc import Iterator

import matplotlib
import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from sim.core.units import era
from sim.engine import api
from sim.outputs.folder import RunFolder
from sim.parameters.regions import using
from sim.reports.collection_figures import Look, tile_map
from sim.reports.content import SECTIONS
from sim.reports.doubt import shown_if
from sim.reports.drawing import title_of
from sim.reports.findings import FINDINGS
from sim.reports.html import _alt
from sim.reports.known import PUBLISHED_AS, last_published, published
from sim.reports.plots import plot_of
from sim.reports.section import Drawing
from sim.reports.theme import STYLE, legend_above, new_axes
from sim.ui import charts
from tests.drawn import laid_out, under_legends

KIND = ("ja", "en")
SEEN = 21
"""figures of a report with its study of levers"""


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    out = tmp_path_factory.mktemp("results")
    return api.run("baseline", sample=400, last=2024, controls=False, out=out, progress=False).folder


def drawings(run: RunFolder) -> list[Drawing]:
    return [d for s in SECTIONS if s.possible(run) for d in s.figures if d.possible(run)]


def drawn(drawing: Drawing, run: RunFolder, lang: str) -> Figure:
    with using(run.manifest["region"]), shown_if(True), matplotlib.rc_context(STYLE):
        return laid_out(drawing.draw(run, lang))


@pytest.fixture(scope="module")
def figures(run: RunFolder) -> dict[tuple[str, str], Figure]:
    return {(d.name, lang): drawn(d, run, lang) for d in drawings(run) for lang in KIND}


@pytest.fixture(scope="module")
def plots(figures: dict[tuple[str, str], Figure]) -> dict[tuple[str, str], dict]:
    with matplotlib.rc_context(STYLE):
        return {key: plot_of(figure, key[1]) for key, figure in figures.items()}


def column(panel: dict, head: str) -> list[object]:
    return [row[panel["head"].index(head)] for row in panel["rows"]]


def test_every_figure_can_be_drawn_anew(plots: dict) -> None:
    assert len({name for name, _ in plots}) >= SEEN - 3  # without the study of levers
    for key, plot in plots.items():
        assert plot is not None, key
        for panel in plot["panels"]:
            assert panel["marks"], key
            assert panel["rows"], key
            assert len({len(row) for row in panel["rows"]} | {len(panel["head"])}) == 1, key
            assert len(panel["at"]) == len(panel["says"]), key
            left, top, width, height = panel["box"]
            assert -0.001 <= left <= left + width <= 1.001, key
            assert -0.001 <= top <= top + height <= 1.001, key
        names = [entry[0] for entry in plot["keys"]]
        assert len(names) == len(set(names)), key
        assert not [name for name in names if name.startswith("_")], key


def test_the_values_of_a_figure_are_those_of_the_tables(run: RunFolder, plots: dict) -> None:
    t = run.table("metropolis_year").set_index("year")
    (panel,) = plots["collection", "ja"]["panels"]
    assert [row[0] for row in panel["rows"]] == [era(int(y)) for y in t.index]
    assert column(panel, "推計値 [%]") == pytest.approx((t["collection_rate"] * 100).tolist(), rel=1e-5)
    known = published("collection_rate_current_year")
    assert [v or None for v in column(panel, "公表値 [%]")] == [
        pytest.approx(known[y] * 100) if y in known else None for y in t.index
    ]
    (panel,) = plots["money", "en"]["panels"]
    assert column(panel, "contributions [100 million yen]") == pytest.approx(
        (t["contribution"] / 1e8).tolist(), rel=1e-5
    )
    assert panel["says"][0][1][0][2] == f"{t['benefit'].iloc[0] / 1e8:,.0f} (100 million yen)"


def test_the_range_of_a_line_is_read_with_it(run: RunFolder, plots: dict) -> None:
    (panel,) = plots["collection", "ja"]["panels"]
    low, middle, high = (
        column(panel, f"推計値{name}") for name in (" 90％区間 [%] 下限", " [%]", " 90％区間 [%] 上限")
    )
    assert all(a <= b <= c for a, b, c in zip(low, middle, high, strict=True))
    said = dict(panel["says"])[era(2024)]
    assert [name for _, name, _ in said] == ["推計値", "推計値 90％区間"]


def test_stacked_bars_are_read_by_their_height(run: RunFolder, plots: dict) -> None:
    t = run.table("arrears_by_vintage")
    t = t[t["code"] == t["code"].min()] if (t["code"] < 1000).any() else t
    last = t[t["year"] == t["year"].max()].groupby("origin")["closing"].sum() / 1e8
    (panel,) = plots["arrears_vintage", "ja"]["panels"]
    for origin, yen in last.items():
        assert column(panel, f"{era(int(origin))} [億円]")[-1] == pytest.approx(yen, rel=1e-4, abs=1e-9)


def test_cells_have_their_name_and_what_is_written_in_them(run: RunFolder, plots: dict) -> None:
    (panel,) = plots["payment_transitions", "ja"]["panels"]
    assert panel["head"] == ["", "完納", "一部納付", "未納"]
    for row in panel["rows"]:
        assert sum(float(v) for v in row[1:]) == pytest.approx(100, abs=2)
    names = [
        cell[5] for mark in plots["tiles", "ja"]["panels"][0]["marks"] if mark["k"] == "cells" for cell in mark["d"]
    ]
    assert set(names) == {ja for ja, _ in run.register().places().values()}


def test_a_tile_has_its_range_beside_its_value(run: RunFolder) -> None:
    """The map of a full baseline has ranges on its tiles; the first page of such a run failed on them."""
    names = run.register().places()
    places = pd.DataFrame({"small": False, "rate_half": 0.001}, [*names])
    ends = {next(iter(names)): "90.1–93.2"}
    figure = tile_map(pd.Series(92.5, [*names]), places, "%", run, "ja", Look(), ends=ends)
    plot = plot_of(figure, "ja")
    assert plot is not None
    (panel,) = plot["panels"]  # type: ignore[misc]
    assert [row[2] for row in panel["rows"] if row[0] == names[next(iter(names))][0]] == ["90.1–93.2"]
    assert all(len(row) == len(panel["head"]) == 3 for row in panel["rows"])


def test_the_outline_of_the_pyramid_is_the_first_year_on_the_bars_of_its_ages(run: RunFolder, plots: dict) -> None:
    (panel,) = plots["pyramid", "en"]["panels"]
    t = run.table("members_by_age")
    first = t[t["year"] == t["year"].min()].groupby(["sex", "age"])["members"].sum() / 1e4
    head = f"{era(int(t['year'].min()))} {{}} [10,000 persons]"
    for sex in ("male", "female"):
        for age, value in zip((row[0] for row in panel["rows"]), column(panel, head.format(sex)), strict=True):
            assert value == pytest.approx(first[sex, age], rel=1e-5), (sex, age)
    for line in (m for m in panel["marks"] if m["k"] == "line"):
        edges = sorted({y for _, y in line["d"]})
        assert edges == [i - 0.5 for i in range(len(panel["rows"]) + 1)], "steps lie between the bars"


def test_an_outline_a_band_off_is_seen(run: RunFolder) -> None:
    """The test before must see the mistake there once was."""
    figure = drawn(next(d for d in drawings(run) if d.name == "pyramid"), run, "en")
    for line in figure.axes[0].lines:
        line.set_ydata(np.asarray(line.get_ydata(), dtype=float) + 1)
    wrong = {("pyramid", "en"): plot_of(figure, "en")}
    with pytest.raises(AssertionError):
        test_the_outline_of_the_pyramid_is_the_first_year_on_the_bars_of_its_ages(run, wrong)


def test_no_legend_lies_over_what_is_drawn(figures: dict[tuple[str, str], Figure]) -> None:
    found = {key: under_legends(figure) for key, figure in figures.items()}
    assert not {key: what for key, what in found.items() if what}


def test_a_legend_over_a_line_is_seen() -> None:
    figure, axes = new_axes()
    axes.plot([0, 1], [0, 1], label="a")
    axes.legend(loc="center")
    assert under_legends(laid_out(figure))
    legend_above(axes)
    assert not under_legends(laid_out(figure))


def test_report_and_page_shade_the_years_after_what_is_published() -> None:
    years = range(2022, 2030)
    rows = pd.DataFrame({"scenario": "x", "year": [*years], "collection_rate": 0.9, "fund": 1e9})
    for measure, unit in (("collection_rate", "share"), ("fund", "yen")):
        last = last_published(PUBLISHED_AS.get(measure, ""), years)
        (line,) = charts.lines(rows, measure, unit, "ja")["series"]
        assert line["markArea"]["data"][0][0]["xAxis"] == era(last + 1)
    assert last_published(PUBLISHED_AS["collection_rate"], years) == max(published("collection_rate_current_year"))
    assert last_published("", years) == 2025


def texts(run: RunFolder, lang: str) -> Iterator[tuple[Drawing, str]]:
    with using(run.manifest["region"]), shown_if(True):
        for drawing in drawings(run):
            yield drawing, _alt(drawing, run, lang)


@pytest.mark.parametrize("lang", KIND)
def test_alternative_texts_say_what_a_figure_shows(run: RunFolder, lang: str) -> None:
    for drawing, text in texts(run, lang):
        rest = text.removeprefix(title_of(drawing, run, lang))
        assert re.search(r"\d", rest), f"{drawing.name}: {text}"
        assert "nan" not in rest, text
        assert not re.search(r"[{}_]", rest), text
        if lang == "en":
            assert not re.search("[぀-ヿ一-鿿]", rest), text


def test_findings_follow_from_the_tables(run: RunFolder) -> None:
    t = run.table("payment_transitions")
    last = t[(t["year"] == t["year"].max()) & (t["before"] == "paid")].set_index("after")["households"]
    again = last["paid"] / last.sum() * 100
    assert f"{again:.0f} % of those who paid" in FINDINGS["payment_transitions"](run, "en")
    top = run.table("cost_distribution").set_index(["year", "statistic"])["value"]
    assert f"takes {top[2024, 'top_1']:.0%} of cost" in FINDINGS["cost_lorenz"](run, "en")
    t = run.table("metropolis_year").set_index("year")
    assert f"納付金は{t.at[2024, 'contribution'] / 1e8:,.0f}億円" in FINDINGS["waterfall"](run, "ja")
