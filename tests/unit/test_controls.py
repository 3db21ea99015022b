"""Control totals: what institutions of a sample are told, when, and what is left of the error of a sample."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from sim.cli.app import app
from sim.core.errors import InputError
from sim.engine import api, controls
from sim.engine.threads import threads_of
from sim.institutions.control import WIDEST, Control, Whole, estimate
from sim.institutions.memory import OF_PEOPLE, PORTIONS, Memory
from sim.outputs.manifest import told_by
from sim.outputs.matching import side_by_side
from sim.parameters import regions
from sim.studies import levels
from sim.studies.ensemble import differences
from tests.fake_runs import fake_run

LAST, SAMPLE = 2025, 4
TOLD = ("metropolis_year", "municipality_year", "rates", "contribution", "metropolitan_account")
"""tables of institutions, and of the totals they are told"""
SCENARIOS = {
    "baseline": {},
    "costly": {("cost.level", 2023, None): 1.1},
    "stalled": {("payment.trend", year, None): 0.0 for year in range(2022, LAST + 1)},
}
"""name -> values on top of the baseline: care a tenth more expensive; collection that gets no better"""


def numbers(*values: int) -> np.ndarray:
    return np.array(values, np.int64)


def test_a_whole_goes_with_the_sample() -> None:
    """Of the third place the sample has nothing: it goes as the prefecture does, 1,780 of 1,800."""
    full, own, run = numbers(1000, 500, 90), numbers(800, 1000, 0), numbers(880, 900, 0)
    assert estimate(full, own, run).tolist() == [1100, 450, 89]
    assert estimate(full, own, own).tolist() == full.tolist()


def test_a_part_goes_with_the_sample_and_hangs_on_no_single_household() -> None:
    """Unpaid of bills. 1: as many times more as in the sample. 2: nothing unpaid in the sample, whose bills halve: with
    the bills. 3: twice the sample's bills, of which 10 are unpaid now: 2 WIDEST times those. 4: no bills in the sample.
    """
    bills = Whole(
        full=numbers(1000, 400, 200, 50), own=numbers(1000, 100, 100, 0), run=numbers(1000, 50, 100, 0),
        told=numbers(1000, 200, 200, 50),
    )  # fmt: skip
    full, own, run = numbers(100, 40, 20, 8), numbers(80, 0, 0, 0), numbers(60, 0, 10, 0)
    assert estimate(full, own, run, bills).tolist() == [75, 20, 20 + 10 * 2 * WIDEST, 7]
    assert estimate(full, own, own, replace(bills, run=bills.own, told=bills.full)).tolist() == full.tolist()


def test_nothing_is_told_below_zero() -> None:
    rng = np.random.default_rng(1)
    full, own, run, whole, its_own, its_run, its_told = rng.integers(0, 50, (7, 10_000))
    assert estimate(full, own, run).min() >= 0
    assert estimate(full, own, run, Whole(full=whole, own=its_own, run=its_run, told=its_told)).min() >= 0


def test_what_adds_up_among_the_rows_adds_up_in_what_is_told() -> None:
    rng = np.random.default_rng(2)

    def year(opening: np.ndarray) -> dict[str, np.ndarray]:
        facts = {name: rng.integers(0, 900, 40) for name in OF_PEOPLE}
        billed = np.sum([facts[f"bill_{p}"] for p in PORTIONS], axis=0)
        facts["unpaid"] = rng.integers(0, billed + 1)
        facts["collected"] = billed - facts["unpaid"]
        facts["arrears_opening"] = opening
        facts["arrears_collected"] = rng.integers(0, opening + 1)
        facts["arrears_written_off"] = rng.integers(0, opening - facts["arrears_collected"] + 1)
        gone = facts["arrears_collected"] + facts["arrears_written_off"]
        facts["arrears_closing"] = opening + facts["unpaid"] - gone
        facts["relief_preschool"] = np.sum([facts[f"relief_preschool_{p}"] for p in PORTIONS], axis=0)
        return facts

    def two_years() -> dict[int, dict[str, np.ndarray]]:
        first = year(rng.integers(0, 900, 40))
        return {2022: first, 2023: year(first["arrears_closing"])}

    memory = Memory(40, control=Control(full=two_years(), own=two_years()))
    for when, facts in two_years().items():
        for name, value in facts.items():
            memory.put(when, name, value)
    for when in (2022, 2023):
        billed = np.sum([memory.get(when, f"bill_{p}") for p in PORTIONS], axis=0)
        opening, closing, unpaid, collected, gone, lost = (
            memory.get(when, name)
            for name in (
                *("arrears_opening", "arrears_closing", "unpaid", "collected", "arrears_collected"),
                "arrears_written_off",
            )
        )
        assert (billed == collected + unpaid).all()
        assert (opening + unpaid == gone + lost + closing).all()
        assert min(x.min() for x in (opening, closing, unpaid, collected, gone, lost)) >= 0
        whole = np.sum([memory.get(when, f"relief_preschool_{p}") for p in PORTIONS], axis=0)
        assert (memory.get(when, "relief_preschool") == whole).all()
    assert (memory.get(2023, "arrears_opening") == memory.get(2022, "arrears_closing")).all()
    assert (memory.own(2022, "collected") != memory.get(2022, "collected")).any()


@pytest.fixture(scope="module")
def full() -> dict[str, dict[str, pd.DataFrame]]:
    """The tables of everybody in the teaching prefecture, by scenario."""
    plans = {n: api.plan("baseline", region="teaching", last=LAST, overrides=o) for n, o in SCENARIOS.items()}
    return {name: api.frames(plan, TOLD) for name, plan in plans.items()}


@pytest.fixture(scope="module")
def region(tmp_path_factory: pytest.TempPathFactory, full: dict[str, dict[str, pd.DataFrame]]) -> Path:
    """The teaching prefecture with control totals."""
    home = Path(shutil.copytree(regions.folder("teaching"), tmp_path_factory.mktemp("packs") / "told"))
    shutil.rmtree(home / controls.FOLDER, ignore_errors=True)
    controls.write(home, api.plan("baseline", region=home), full["baseline"]["municipality_year"])
    return home


def sampled(region: Path, scenario: str, told: bool = True, replicate: int = 0) -> dict[str, pd.DataFrame]:
    own = SCENARIOS[scenario]
    plan = api.plan(
        "baseline", region=region, last=LAST, sample=SAMPLE, controls=told, replicate=replicate, overrides=own
    )
    assert bool(plan.controls.digest) is told
    return api.frames(plan)


def without_small(table: pd.DataFrame) -> pd.DataFrame:
    return table.drop(columns="small", errors="ignore")


def test_institutions_of_a_sample_decide_as_those_of_everybody(region: Path, full) -> None:
    for replicate in (0, 1):
        told = sampled(region, "baseline", replicate=replicate)
        for name in TOLD:
            pd.testing.assert_frame_equal(without_small(told[name]), without_small(full["baseline"][name]))
    own = sampled(region, "baseline", told=False)
    assert not own["rates"].equals(full["baseline"]["rates"])


def test_people_of_a_sample_are_its_own(region: Path) -> None:
    told, own = sampled(region, "baseline"), sampled(region, "baseline", told=False)
    pd.testing.assert_frame_equal(told["members"], own["members"])  # nobody leaves because of a rate
    assert not told["household_groups"].equals(own["household_groups"])  # bills follow the rates of everybody


def test_effects_are_nearer_to_those_of_everybody(region: Path, full) -> None:
    """A rise of cost by a tenth: contribution and its easing, over all years; the errors docs/samples.md has."""
    key = ["year", "code"]

    def effect(tables: dict[str, pd.DataFrame], base: dict[str, pd.DataFrame], name: str) -> pd.Series:
        mine, other = (t["municipality_year"].set_index(key)[name].astype(float) for t in (tables, base))
        return mine - other

    for name in ("contribution", "benefit"):
        wanted = effect(full["costly"], full["baseline"], name)
        miss = {}
        for told in (False, True):
            found = effect(sampled(region, "costly", told), sampled(region, "baseline", told), name)
            miss[told] = float(np.sqrt(((found - wanted) ** 2).mean()))
        assert miss[True] < 0.6 * miss[False], (name, miss)
        assert miss[True] < 0.1 * float(np.sqrt((wanted**2).mean())), (name, miss)


def test_no_effect_is_hidden(region: Path, full) -> None:
    """Collection that gets no better brings in less, and what is told falls as it does among everybody."""
    told = sampled(region, "stalled")["metropolis_year"].set_index("year")["collected"]
    base, wanted = (full[name]["metropolis_year"].set_index("year")["collected"] for name in ("baseline", "stalled"))
    assert wanted[LAST] < base[LAST]
    assert told[LAST] - base[LAST] == pytest.approx(wanted[LAST] - base[LAST], rel=0.5)


def test_the_full_population_is_told_by_nothing(region: Path) -> None:
    with_table, without = (api.plan("baseline", region=name, last=LAST) for name in (region, "teaching"))
    assert with_table.controls == controls.NONE
    assert with_table.digest() == without.digest()


def test_threads_do_not_matter(region: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = api.plan("baseline", region=region, last=2023, sample=SAMPLE, overrides=SCENARIOS["costly"])
    found = []
    for threads in (1, 2):
        monkeypatch.setattr(controls, "_store", lambda folder=tmp_path / str(threads): folder)
        with threads_of(threads):
            found.append(api.frames(plan, TOLD))
    for name in TOLD:
        pd.testing.assert_frame_equal(found[0][name], found[1][name])


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("digest: ", "digest: 0", "another register or code"),
        ("facts: ", "facts: 0", "not the one they were made with"),
        (f"last: {LAST}", f"last: {LAST - 1}", "end in R6"),
    ],
)
def test_totals_that_do_not_hold_are_refused_in_a_line(
    tmp_path: Path, region: Path, old: str, new: str, said: str
) -> None:
    home = Path(shutil.copytree(region, tmp_path / "other"))
    about = home / controls.FOLDER / controls.ABOUT
    text = about.read_text(encoding="utf-8")
    assert old in text
    about.write_text(text.replace(old, new), encoding="utf-8")
    plan = api.plan("baseline", region=home, last=LAST, sample=SAMPLE)
    assert said in plan.controls.said
    assert "\n" not in plan.controls.said
    own = sampled(region, "baseline", told=False)
    for name, table in api.frames(plan, TOLD).items():
        pd.testing.assert_frame_equal(table, own[name])


def test_a_run_says_by_what_it_was_told(tmp_path: Path, region: Path) -> None:
    words = ["run", "baseline", "--sample", "8", "--to", "R4", "--no-report", "--lang", "en", "--region", str(region)]
    told = CliRunner().invoke(app, [*words, "--out", str(tmp_path)])
    assert told.exit_code == 0, told.output
    assert "on the level of the full baseline" in " ".join(told.output.split())
    again = CliRunner().invoke(app, [*words, "--out", str(tmp_path), "--no-controls"])
    assert "on the level of the full baseline" not in " ".join(again.output.split())
    assert len(list((tmp_path / "baseline").iterdir())) == 2


def test_runs_told_by_other_totals_do_not_stand_side_by_side(tmp_path: Path) -> None:
    base = fake_run(tmp_path, sample=100, controls={"table": "a" * 64, "said": ""})
    other = fake_run(tmp_path, "other", sample=100, controls={"table": "", "said": "none"})
    assert told_by(base.manifest) == "a" * 64
    assert told_by(other.manifest) is None
    with pytest.raises(InputError, match=r"control totals \(none, not aaaaaaaa\)"):
        side_by_side([base, other])


def test_effects_stand_on_the_level_of_the_finished_full_run(tmp_path: Path) -> None:
    def figures(run) -> pd.DataFrame:
        t = run.table("metropolis_year")
        rows = [("billed", "yen", t["billed"]), ("collection_rate", "share", t["collection_rate"])]
        parts = [pd.DataFrame({"year": t["year"], "measure": m, "unit": u, "value": v}) for m, u, v in rows]
        return pd.concat(parts).astype({"value": float})

    def run(scenario: str, name: str, billed: int, rate: float, **manifest):
        tables = {"metropolis_year": pd.DataFrame({"year": [2029], "billed": [billed], "collection_rate": [rate]})}
        return fake_run(tmp_path, scenario, f"20260401-000000Z-{name * 8}", tables=tables, **manifest)

    base, other = run("baseline", "a", 100, 0.90, sample=100), run("drive", "b", 90, 0.92, sample=100)
    table = differences([figures(other)], [figures(base)])
    alone = levels.on_level(table, figures, base, tmp_path).set_index("measure")
    assert alone["level_of"].unique().tolist() == [levels.OWN]
    assert alone.loc["billed", ["level", "effect"]].tolist() == [100, -10]
    run("baseline", "c", 200, 0.91)
    found = levels.on_level(table, figures, base, tmp_path).set_index("measure")
    assert found["level_of"].unique().tolist() == [levels.FULL]
    assert found.loc["billed", ["level", "effect"]].tolist() == [200, -20]
    assert found.loc["collection_rate", ["level", "effect"]].tolist() == pytest.approx([0.91, 0.02])


def test_what_is_worked_out_is_made_anew_when_a_fact_it_rests_on_changes() -> None:
    memory, made = Memory(places=2), []
    memory.put(2022, "collected", np.array([1, 2]))

    def total() -> int:
        made.append(1)
        return int(memory.get(2022, "collected").sum())

    assert [memory.worked_out("total", total) for _ in range(2)] == [3, 3]
    memory.put(2023, "collected", np.array([5, 5]))  # another year, which it does not ask for
    assert memory.worked_out("total", total) == 3
    assert len(made) == 1
    memory.put(2022, "collected", np.array([4, 4]))
    assert memory.worked_out("total", total) == 8


def test_what_a_sample_is_told_follows_a_fact_that_is_put_again() -> None:
    """What was told of a year is kept until a fact of that year or the one before is put: then it is told anew."""
    facts = {2022: {"member_months": np.array([100, 200]), "cost": np.array([1000, 2000])}}
    memory = Memory(places=2, control=Control(full=facts, own=facts))
    memory.put(2022, "member_months", np.array([100, 200]))
    memory.put(2022, "cost", np.array([1000, 2000]))
    assert memory.get(2022, "cost").tolist() == [1000, 2000]
    memory.put(2022, "contribution", np.array([7, 7]))  # made by institutions: no count of people moves with it
    memory.put(2022, "cost", np.array([500, 4000]))
    assert memory.get(2022, "cost").tolist() == [500, 4000]
