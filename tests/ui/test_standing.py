"""Figures of a sample on the level of everybody, scenarios in groups by what they move, the panel as charts."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

pytest.importorskip("nicegui", reason="the extra 'ui' is not installed")

from sim.core.colours import RED
from sim.core.errors import ScenarioError
from sim.engine import api
from sim.outputs.folder import RunFolder
from sim.outputs.measures import MEASURES
from sim.scenario.scenario import load_scenario, parse_scenario
from sim.scenario.schema import scenario_schema
from sim.studies.levels import raised
from sim.ui import panel_charts, standing
from sim.ui.catalogue import BASE, GROUPS, OTHER, Entry, Shelf, by_group, group_of
from sim.ui.parts import TABS
from tests.ui.forge import as_full

SAMPLE, LAST = 1000, 2024


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, RunFolder]:
    """Baseline and a scenario in a small sample, and another sample of the baseline that says it is everybody's."""
    out = tmp_path_factory.mktemp("results")
    drive = parse_scenario(
        "name: drive\nextends: baseline\npolicy:\n  payment.sms_reminders: {R5: 100%}\n", Path("drive.yaml")
    )
    pair = {"sample": SAMPLE, "last": LAST, "out": out, "progress": False}
    made = {"base": api.run(BASE, **pair), "drive": api.run(drive, **pair)}
    other = api.run(BASE, sample=SAMPLE, last=LAST, replicate=1, out=out / "other", progress=False)
    return {name: RunFolder(run.path) for name, run in made.items()} | {"full": RunFolder(other.path)}


def test_a_scenario_stands_on_the_level_of_everybody_by_its_paired_difference(runs: dict[str, RunFolder]) -> None:
    """Beside a full baseline the plain figures of a sample would show its sampling error as an effect."""
    keys = ["year", "code"]
    own, other, level = (
        standing.measures(runs[name]).set_index(keys).sort_index() for name in ("base", "drive", "full")
    )
    shown = standing.measures(runs["drive"], runs["base"], runs["full"]).set_index(keys).sort_index()
    rate = level["collection_rate"] + other["collection_rate"] - own["collection_rate"]
    there = own["collection_rate"].notna() & level["collection_rate"].notna()
    assert there.sum() > 60
    np.testing.assert_allclose(shown["collection_rate"][there], rate[there], atol=1e-12)
    bill = level["billed_per_member"] * other["billed_per_member"] / own["billed_per_member"]
    np.testing.assert_allclose(shown["billed_per_member"][there], bill[there], rtol=1e-9)


def test_without_an_effect_the_level_is_that_of_everybody_to_the_last_digit() -> None:
    own = pd.Series([0.9, 0.8, np.nan], index=["a", "b", "c"])
    full = pd.Series([0.91, 0.79], index=["a", "b"])
    same = raised(own, own, full, "collection_rate", "share")
    assert same[:2].tolist() == full.tolist()
    yen = raised(pd.Series([100.0, 0.0]), pd.Series([110.0, 5.0]), pd.Series([200.0, 50.0]), "fund", "yen")
    assert yen.tolist() == [220.0, 55.0]
    assert raised(own * 0, own * 0 + 7, own * 0, "discretionary_transfer", "yen")[:2].tolist() == [7.0, 7.0]


def test_every_measure_is_raised(runs: dict[str, RunFolder]) -> None:
    shown = standing.measures(runs["drive"], runs["base"], runs["full"])
    assert set(MEASURES) <= set(shown)
    assert set(standing.figures_of(runs["full"])) == set(standing.figures_of(runs["base"]))


def test_a_run_is_told_to_be_of_everybody_by_its_manifest(runs: dict[str, RunFolder], tmp_path: Path) -> None:
    assert standing.baseline(tmp_path) is None
    whole = as_full(runs["base"].path, tmp_path)
    found = standing.baseline(tmp_path)
    assert found is not None
    assert (found.path, found.problems()) == (whole, [])
    assert standing.baseline(tmp_path, sample=100) is None


def test_every_shipped_scenario_has_a_title_in_both_languages_and_a_group() -> None:
    entries = Shelf().catalogue().entries
    shipped = [e for name, e in entries.items() if (Path("scenarios") / f"{name}.yaml").exists()]
    assert len(shipped) > 40
    assert all(e.scenario.title.ja and e.scenario.title.en for e in shipped)
    titles = [e.title("ja") for e in shipped]
    assert len(set(titles)) == len(titles)
    groups = by_group(entries)
    assert list(groups) == list(GROUPS), "the groups are filled, and none is left over"
    assert OTHER not in groups
    assert BASE not in {name for own in groups.values() for name in own}


@pytest.mark.parametrize(
    ("name", "group"),
    [
        ("collection_drive", "収納"),
        ("alpha_frozen", "保険料率・統一・軽減"),
        ("frozen_rates", "保険料率・統一・軽減"),
        ("deficits_gone", "法定外繰入・財政"),
        ("generics", "医療費・給付"),
        ("coverage_early", "資格・人口"),
        ("baseline", "その他"),
    ],
)
def test_a_group_follows_from_the_keys_a_scenario_moves(name: str, group: str) -> None:
    assert group_of(load_scenario(name))[0] == group


def test_a_title_is_read_and_a_wrong_one_is_one_message() -> None:
    made = parse_scenario("name: a\ntitle: {ja: 案, en: plan}\n", Path("a.yaml"))
    assert (made.title.ja, made.title.en) == ("案", "plan")
    plain = Entry(parse_scenario("name: a\n", Path("a.yaml")), "")
    assert plain.title("ja") == "a"
    assert Entry(made, "").found("PLAN")
    with pytest.raises(ScenarioError, match="title: unknown key 'fr'"):
        parse_scenario("name: a\ntitle: {fr: plan}\n", Path("a.yaml"))
    from sim.parameters import Parameters

    assert "title" in scenario_schema(Parameters.load())["properties"]


def test_a_chart_of_the_panel_has_the_colours_dots_and_shading_of_the_report() -> None:
    drawn: panel_charts.Drawn = {
        "k": "collection_rate",
        "t": "現年分収納率",
        "e": "",
        "s": "",
        "r": "",
        "d": 2,
        "u": 0,
        "l": [("現年分収納率", [90.0, 91.0, None])],
        "p": [(0, 90.5, 0)],
        "b": [[89.0, 90.0, None], [89.5, 90.5, None], [90.5, 91.5, None], [91.0, 92.0, None]],
    }
    words = dict.fromkeys(("published", "whole", "legend_80", "legend_90", "base"), "x") | {"base": "基準"}
    options = panel_charts.chart(drawn, None, ["R4", "R5", "R6"], words, {"案": [90.0, 92.0, None]})
    by_kind = {kind: [s for s in options["series"] if s["type"] == kind] for kind in ("bar", "scatter", "line")}
    assert by_kind["bar"][0]["data"] == [None, 1, 1], "years without a published value are shaded"
    assert by_kind["scatter"][-1]["data"] == [["R4", 90.5]]
    assert by_kind["scatter"][-1]["itemStyle"]["borderColor"] == RED
    assert [s["data"] for s in by_kind["line"] if s["name"] in ("基準", "案")] == [
        [90.0, 91.0, None],
        [90.0, 92.0, None],
    ]
    assert options["legend"]["data"] == ["基準", "案"]
    low, high = options["yAxis"][0]["min"], options["yAxis"][0]["max"]
    assert low < 89
    assert high > 92


def test_tabs_have_names_and_titles_of_their_own() -> None:
    assert len({tab.name for tab in TABS}) == len({tab.title for tab in TABS}) == len(TABS)
    assert {"outlook", "places", "overview", "models", "about", "save"} <= {tab.name for tab in TABS}
