"""Do runs side by side show the right differences, and call noise by its name?"""

import json
import re
import shutil

import openpyxl
import pandas as pd
import pytest

import sim
from sim.core.errors import InputError
from sim.core.units import era
from sim.explanations.model_households import model_households
from sim.outputs.folder import RunFolder, dump_yaml
from sim.reports import compare
from sim.reports.comparison.runs import Comparison
from sim.reports.comparison.sections import headline, signed
from sim.reports.repeats import repeats
from sim.reports.summary import certainty
from sim.reports.workbook.terms import nearest
from tests.fake_runs import resealed

LAST = 2023


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    out = tmp_path_factory.mktemp("results")
    return sim.run("scenarios/baseline.yaml", sample=400, last=LAST, out=out, progress=False).folder


def copied(run, scenario, seed, rate=0.0, **manifest):
    """Copy a run as if it were another scenario or seed, its collection rate moved."""
    path = run.path.parents[1] / scenario / f"copy-{seed}"
    shutil.copytree(run.path, path, dirs_exist_ok=True)
    t = run.table("metropolis_year")
    t["collection_rate"] = t["collection_rate"] + rate
    t.to_parquet(path / "tables" / "metropolis_year.parquet", index=False)
    return resealed(path, scenario=scenario, seed=seed, **manifest)


@pytest.fixture(scope="module")
def pairs(base):
    """A reform whose effect is 1, 1.1 and 0.9 points with three seeds; an idle one that moves -1, 1 and 0.1 points."""
    own = base.manifest["seed"]
    reform, idle = copied(base, "reform", own, 0.010), copied(base, "idle", own, -0.01)
    for seed, effect, nothing in ((1, 0.011, 0.01), (2, 0.009, 0.001)):
        copied(base, "baseline", seed)
        copied(base, "reform", seed, effect)
        copied(base, "idle", seed, nothing)
    return Comparison.of([base, reform, idle])


def test_repeats_share_plan_and_code_but_not_luck(base, pairs):
    assert len(repeats(base)) == 3
    copied(base, "baseline", 9, sample=7)
    assert len(repeats(base)) == 3


def test_a_difference_beyond_luck_is_marked_and_one_within_is_not(pairs):
    sure, unsure = (pairs.year[i].loc[("collection_rate", LAST)] for i in (1, 2))
    assert sure["difference"] == pytest.approx(0.010)
    assert sure["half"] == pytest.approx(4.302653 * 0.001 / 3**0.5, rel=1e-5)
    assert (pairs.pairs, bool(sure["sure"]), bool(unsure["sure"])) == (3, True, False)
    assert signed(sure, "share", "ja") == "+1.00pt ±0.25 ●"
    assert signed(unsure, "share", "ja").endswith("○")


def test_one_pair_cannot_tell(base, tmp_path):
    shutil.copytree(base.path, tmp_path / "a" / "run")
    shutil.copytree(base.path, tmp_path / "b" / "run")
    alone = Comparison.of([RunFolder(tmp_path / "a" / "run"), RunFolder(tmp_path / "b" / "run")])
    d = alone.year[1].loc[("billed", LAST)]
    assert (d["difference"], alone.pairs) == (0.0, 1)
    assert signed(d, "oku", "ja") == "±0"


def test_repeats_are_named_in_the_summary_of_a_run(base, pairs):
    assert "3回の計算" in certainty(base, "ja")[-1]


def test_the_grid_sets_value_and_difference_side_by_side(pairs):
    grid = headline(pairs, "ja")
    row = next(r for r in grid.rows if r[0][0] == "現年分収納率")
    rate = pairs.headlines[0].at[LAST, "collection_rate"]
    assert row[2:5] == (f"{rate * 100:.2f}%", f"{(rate + 0.01) * 100:.2f}%", "+1.00pt ±0.25 ●")


def test_runs_of_another_sample_or_other_years_are_refused(base, pairs):
    with pytest.raises(InputError, match=r"sample \(1/7 sample, not 1/400 sample\)"):
        Comparison.of([base, copied(base, "small", base.manifest["seed"], sample=7)])


def test_another_version_of_the_code_is_refused(base):
    newer = copied(base, "newer", base.manifest["seed"], digests={**base.manifest["digests"], "code": "x"})
    with pytest.raises(InputError, match="differ in code"):
        Comparison.of([base, newer])


def test_page_and_workbook_of_a_comparison_hold_the_tables(base, pairs, tmp_path):
    paths = compare([r.path for r in pairs.runs], "ja", tmp_path, png=False)
    paths += compare([r.path for r in pairs.runs], "en", tmp_path, png=False)
    assert [p.name for p in paths] == ["comparison.html", "comparison.xlsx", "comparison_en.html", "comparison_en.xlsx"]
    text = paths[0].read_text(encoding="utf-8")
    assert text.count('src="data:image/svg+xml') == 5
    drawn_anew = json.loads(re.search(r'id="figure-data">(.*?)</script>', text)[1])["figures"]
    assert len(drawn_anew) == 5
    assert all(panel["rows"] for plot in drawn_anew.values() for panel in plot["panels"])
    assert "+1.00pt ±0.25 ●" in text
    book = openpyxl.load_workbook(paths[1], data_only=True)
    rows = {(r[0].value, r[1].value): [c.value for c in r[2:4]] for r in book["年度別"].iter_rows(min_row=6)}
    for name, t in zip(pairs.names, pairs.headlines, strict=True):
        assert rows["納付金", name] == [int(nearest(v / 1000)) for v in t["contribution"]]
        assert rows["現年分収納率", name] == pytest.approx(t["collection_rate"].tolist())
    last = {r[0].value: r for r in book["主な結果の比較"].iter_rows(min_row=6)}
    assert last["現年分収納率"][4].value == pytest.approx(0.01)
    assert last["現年分収納率"][6].value == "偶然の変動を超える"
    models = model_households(base, municipality=13104).set_index(["household", "year"])["bill"]
    shown = [r[2].value for r in book["改定案×モデル世帯"].iter_rows(min_row=6) if r[1].value == "reform"]
    assert shown == [models[h, 2022] for h in dict.fromkeys(models.index.get_level_values("household"))]
    transfers = [c.value for c in book["法定外繰入"]["B"][5:67]]
    t = base.table("municipality_year")
    paid = t.loc[t["year"] == LAST, "discretionary_transfer"]
    assert transfers == [int(nearest(v / 1000)) for v in paid.astype(float)]
    assert str(book["年度別"]["C5"].value) == era(int(pd.Index(t["year"]).min()))


def test_the_folder_of_a_comparison_says_which_runs_it_holds(pairs, tmp_path):
    runs = {name: [str(r.path) for r in own] for name, own in zip(pairs.names, pairs.replicates, strict=True)}
    dump_yaml(tmp_path / "comparison.yaml", {"base": "baseline", "runs": runs, "digests": {}})
    again = Comparison.read(tmp_path)
    assert (again.names, again.pairs) == (pairs.names, 3)
    paths = compare([tmp_path], "ja", png=False, workbook=False)
    assert paths == [tmp_path / "comparison.html"]


def test_a_fan_is_drawn_over_repeats(base, pairs):
    from sim.reports.collection_figures import collection

    labels = collection(base, "ja").axes[0].get_legend_handles_labels()[1]
    assert any("3回の計算" in label for label in labels)


def test_the_band_of_enough_repeats_is_an_80_percent_interval_and_of_few_the_extremes(base, pairs, monkeypatch):
    import numpy as np

    from sim.reports import repeats as module

    runs = repeats(base)
    rates = np.array([r.table("metropolis_year")["collection_rate"].astype(float) for r in runs])
    few = module.band(runs, "collection_rate")
    assert np.allclose(few["low"], rates.min(axis=0))
    assert np.allclose(few["high"], rates.max(axis=0))
    assert "最小" in module.band_label(len(runs))[0]
    monkeypatch.setattr(module, "ENOUGH", len(runs))
    many = module.band(runs, "collection_rate")
    assert np.allclose(many["low"], np.quantile(rates, 0.1, axis=0))
    assert np.allclose(many["high"], np.quantile(rates, 0.9, axis=0))
    assert "80" in module.band_label(len(runs))[1]
