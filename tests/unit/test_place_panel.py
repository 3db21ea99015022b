"""Does the panel of a municipality say what the tables of its run say: figures, ranks, ranges, drivers, published?"""

from __future__ import annotations

import json
import re
from typing import Any

import matplotlib.cbook
import numpy as np
import pytest

from sim.core.units import era
from sim.engine import api
from sim.outputs.folder import RunFolder
from sim.outputs.measures import by_municipality
from sim.outputs.ranges import ranges_of_run
from sim.outputs.tables import HEADLINE
from sim.parameters import Parameters
from sim.parameters.places import kinds_of
from sim.parameters.regions import using
from sim.reports import build
from sim.reports.content import SECTIONS
from sim.reports.findings import FINDINGS, went
from sim.reports.headlines import headline_label, place_label
from sim.reports.people_figures import pyramid
from sim.reports.place_dots import of_municipalities, of_prefecture
from sim.reports.place_panel import panels
from sim.reports.place_words import TERMS
from sim.studies.attribution import attribute, attribute_places

TWO = (13104, 13201)
"""a ward and a city"""
Place = dict[str, Any]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    out = tmp_path_factory.mktemp("results")
    return api.run("baseline", sample=400, last=2026, out=out, progress=False).folder


@pytest.fixture(scope="module")
def page(run: RunFolder) -> str:
    return build(run.path, "ja", png=False, brief=True).read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def places(page: str) -> dict[int, Place]:
    """The panels as they stand in the first page of the run."""
    found = re.search(r'id="panel-data">(.*?)</script>', page, re.DOTALL)
    assert found
    return {p["code"]: p for p in json.loads(found[1])["places"]}


def chart(place: Place, key: str) -> dict[str, Any]:
    return next(c for c in place["charts"] if c["k"] == key)


@pytest.mark.parametrize("code", TWO)
@pytest.mark.parametrize(
    ("key", "scale", "digits"),
    [
        ("collection_rate", 0.01, 2),
        ("billed_per_member", 1, 0),
        ("contribution_per_member", 1, 0),
        ("discretionary_transfer", 1e6, 0),
        ("arrears_closing", 1e6, 0),
    ],
)
def test_figures_and_ranks_are_those_of_the_run(
    run: RunFolder, places: dict[int, Place], code: int, key: str, scale: float, digits: int
) -> None:
    t = by_municipality(run)
    own = t[t["code"] == code].set_index("year")[key].astype(float)
    mine = chart(places[code], key)
    assert mine["l"][0][1] == pytest.approx([round(v / scale, digits) for v in own])
    names = Parameters.load("tokyo").places()
    kinds = kinds_of(run.register(), run.region.kinds)
    alike = [c for c in names if kinds[c] == kinds[code]]
    last = t[(t["year"] == 2026) & t["code"].isin(alike)].set_index("code")[key].astype(float)
    if last[code] > 0:
        place = int(last.rank(ascending=False, method="min")[code])
        assert f"R8年度 {place}位" in mine["r"]
        assert f"（{len(alike)}団体中）" in mine["r"]
    assert era(2022) in mine["t"]
    assert era(2026) in mine["t"]


@pytest.mark.parametrize("code", TWO)
def test_rates_are_those_of_the_run_and_the_published_ones_lie_on_them(
    run: RunFolder, places: dict[int, Place], code: int
) -> None:
    t = run.table("rates")
    t = t[(t["code"] == code) & t["portion"].isin(["medical", "support"])]
    sums = t.groupby(["kind", "year"])["income_part"].sum() / 1e4
    (_, actual), (_, standard) = chart(places[code], "income_part")["l"]
    assert actual == pytest.approx(sums["actual"].tolist(), abs=0.005)
    assert standard == pytest.approx(sums["standard"].tolist(), abs=0.005)
    dots = {2022 + i: value for i, value, _ in chart(places[code], "income_part")["p"]}
    assert dots
    assert all(value == actual[year - 2022] for year, value in dots.items())


@pytest.mark.parametrize("code", TWO)
@pytest.mark.parametrize("key", ["collection_rate", "billed_per_member"])
def test_ranges_are_those_of_the_region(run: RunFolder, places: dict[int, Place], code: int, key: str) -> None:
    scale, digits = (0.01, 2) if key == "collection_rate" else (1, 0)
    with using("tokyo"):
        rows = ranges_of_run(run).range(key, code)
    for end, drawn in zip(("low90", "low80", "high80", "high90"), chart(places[code], key)["b"], strict=True):
        assert drawn == pytest.approx([round(v / scale, digits) for v in rows[end]])


def test_published_values_of_the_same_definition_stand_as_dots() -> None:
    p = Parameters.load("tokyo")
    dots = of_municipalities(p)
    assert {d.year: d.value for d in dots[13109]["discretionary_transfer"]}[2022] == 955_116_000
    assert {d.year: round(d.value, 4) for d in dots[13201]["income_part"]}[2024] == 0.1056
    assert "discretionary_transfer" not in dots[13104]  # the card of a ward does not show it
    assert {d.year: d.value for d in of_prefecture(p)["collection_rate"]} == {2022: 0.9131, 2023: 0.9152}


def test_nothing_a_rule_made_is_called_published() -> None:
    p = Parameters.load("teaching")
    with using("teaching"):
        assert of_prefecture(p) == {}
        assert all(not dots for each in of_municipalities(p).values() for dots in each.values())


def test_every_municipality_is_attributed_as_one_alone(run: RunFolder) -> None:
    with using("tokyo"):
        every = attribute_places(run, since=2024, until=2026)
        for code in TWO:
            alone = attribute(run, since=2024, until=2026, municipality=code)
            mine = every[every["code"] == code].set_index("driver")
            assert mine["yen"].to_dict() == pytest.approx(alone.table.set_index("driver")["yen"].to_dict(), abs=1)
            assert (mine["before"].iloc[0], mine["after"].iloc[0]) == (alone.before, alone.after)
            assert int(mine["yen"].sum()) == alone.after - alone.before


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_a_small_prefecture_without_ranges_or_published_figures_has_panels_too(
    tmp_path_factory: pytest.TempPathFactory, lang: str
) -> None:
    out = tmp_path_factory.mktemp("teaching")
    run = api.run("baseline", region="teaching", sample=20, last=2023, out=out, progress=False).folder
    with using("teaching"):
        found: dict[str, Any] = panels(run, "ja" if lang == "ja" else "en")
    assert len(found["places"]) == 1 + len(Parameters.load("teaching").codes())
    assert not found["ranged"]
    assert all("b" not in c and not c["p"] for place in found["places"] for c in place["charts"])
    assert all(place["said"] for place in found["places"])


def test_one_name_means_one_denominator() -> None:
    labels = [headline_label(name) for name in HEADLINE] + [place_label("contribution_per_member")]
    for at in (0, 1):
        said = [label[at] for label in labels]
        assert len(set(said)) == len(said)
    for key, (name, _) in TERMS.items():
        assert name[0] == (place_label(key) if key == "contribution_per_member" else headline_label(key))[0]


def test_alternative_texts_say_the_finding(run: RunFolder) -> None:
    t = run.table("metropolis_year").set_index("year")["collection_rate"]
    with using("tokyo"):
        assert went(run, ("collection_rate",), "ja") == f"現年分収納率はR4年度{t[2022]:.2%}からR8年度{t[2026]:.2%}"
        rows = run.table("rates")
        rows = rows[(rows["year"] == 2026) & rows["portion"].isin(["medical", "support"])]
        parts = rows.pivot_table(index="code", columns="kind", values="income_part", aggfunc="sum")
        below = int((parts["actual"] < parts["standard"]).sum())
        assert FINDINGS["rates"](run, "en") == (
            f"the income part is below the standard in {below} of {len(parts)} municipalities"
        )
        for name, finding in FINDINGS.items():
            assert finding(run, "ja") or name == "tiles", name  # in this sample every place is rough


def test_headings_lead_to_their_definition(page: str) -> None:
    for key in ("collection_rate", "contribution_per_head", "discretionary_transfer"):
        assert f'href="#term-{key}"' in page
        assert f'id="term-{key}"' in page


def test_councils_read_first_and_the_appendix_follows() -> None:
    kept = [s.appendix for s in SECTIONS]
    assert kept == sorted(kept)
    assert {s.key for s in SECTIONS if not s.appendix} >= {"headline", "members", "money", "collection", "places"}
    assert {s.key for s in SECTIONS if s.appendix} >= {"care", "health_plan", "validation"}


def test_the_outline_of_the_pyramid_stands_on_its_own_ages(run: RunFolder) -> None:
    with using("tokyo"):
        axes = pyramid(run, "ja").axes[0]
    t = run.table("members_by_age")
    first = t[t["year"] == 2022].groupby(["sex", "age"])["members"].sum() / 1e4
    outline = [line for line in axes.lines if line.get_drawstyle() != "default"]
    for line, sex, side in zip(outline, ("male", "female"), (-1, 1), strict=True):
        step = matplotlib.cbook.STEP_LOOKUP_MAP[line.get_drawstyle()]
        x, y = step(np.asarray(line.get_xdata(), float), np.asarray(line.get_ydata(), float))
        for band, age in enumerate(f"{a}-{a + 4}" for a in range(0, 75, 5)):
            across = [
                x[i] for i in range(len(y) - 1) if x[i] == x[i + 1] and min(y[i : i + 2]) <= band <= max(y[i : i + 2])
            ]
            assert side * across[0] == pytest.approx(float(first.get((sex, age), 0.0))), age


def test_a_rate_without_a_base_has_no_value_and_no_rank(run: RunFolder, places: dict[int, Place]) -> None:
    t = by_municipality(run)
    empty = t[(t["year"] == 2026) & t["collection_rate"].isna()]["code"]
    for code in (c for c in empty if c in places):
        assert chart(places[code], "collection_rate")["l"][0][1][-1] is None
        assert "R8" not in chart(places[code], "collection_rate")["r"]
