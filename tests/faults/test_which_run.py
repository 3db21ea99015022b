"""One run cannot be taken for another: what a name means, what may stand side by side, what was changed since."""

from __future__ import annotations

import contextlib
import json
import shutil
import time
import unicodedata
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import sim
from sim import cli
from sim.core.errors import InputError
from sim.outputs import runs, studies
from sim.outputs.folder import RunFolder, dump_yaml, publish
from sim.outputs.matching import find_runs, side_by_side
from sim.outputs.runs import find_run
from sim.studies.compare import compare, latest
from tests.fake_runs import fake_run, resealed


@pytest.fixture
def results(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path / "results"


# which run a name means


def test_a_name_never_means_a_run_with_an_information_date(results: Path) -> None:
    """Such a run knows less than its name says, whatever else speaks for it."""
    dated = fake_run(results, name="9-dated", as_of="2024-10-31", finished="2027-05-01T00:00:00+00:00")
    runs.pin(dated)
    for asked in ("baseline", "results/baseline"):
        with pytest.raises(InputError, match="has an information date; name one by its id, baseline/9-dated"):
            find_run(asked)
    plain = fake_run(results, name="1-plain", sample=2000, last=2024)
    assert find_run("baseline").path.name == find_run("results/baseline").path.name == plain.path.name
    assert find_run("9-dated").as_of == "2024-10-31"
    assert "as of 2024-10-31" in runs.described(dated)
    assert [run.path.name for run in runs.runs_of("baseline")] == ["1-plain", "9-dated"]


def test_runs_with_other_information_dates_do_not_stand_side_by_side(results: Path) -> None:
    dated = fake_run(results, name="9-dated", as_of="2024-10-31")
    plain = fake_run(results, scenario="collection_drive")
    with pytest.raises(InputError, match=r"information date \(none, not 2024-10-31\)") as caught:
        side_by_side([dated, plain])
    assert "kokuho run collection_drive" in str(caught.value)
    assert "--as-of 2024-10-31" in str(caught.value)
    side_by_side([dated, fake_run(results, scenario="collection_drive", name="dated", as_of="2024-10-31")])


def test_an_information_date_taken_out_of_the_manifest_breaks_the_seal(results: Path) -> None:
    run = fake_run(results, as_of="2024-10-31")
    path = run.path / "manifest.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("'2024-10-31'", "null"), encoding="utf-8")
    assert run.as_of is None
    assert any("seal" in problem for problem in run.problems())


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        ({"sample": 1}, {"sample": 2000, "finished": "2026-05-01T00:00:00+00:00"}),
        ({"sample": 100}, {"sample": 2000, "finished": "2026-05-01T00:00:00+00:00"}),
        ({"last": 2029}, {"last": 2024, "finished": "2026-05-01T00:00:00+00:00"}),
        ({"last": 2026}, {"last": 2024, "finished": "2026-05-01T00:00:00+00:00"}),
        ({"replicate": 0}, {"replicate": 2, "finished": "2026-05-01T00:00:00+00:00"}),
        ({"finished": "2026-05-01T00:00:00+00:00"}, {"finished": "2026-04-30T23:59:59+00:00"}),
        ({"sample": 100}, {"levers": [{"name": "mine", "after": "levy", "source": "x"}]}),
        ({"sample": 100}, {"overrides": [{"key": "rates.alpha", "year": None, "code": None, "value": 0.5}]}),
    ],
)
def test_a_name_means_the_best_run_whatever_its_folder_is_called(
    results: Path, better: dict[str, Any], worse: dict[str, Any]
) -> None:
    """A quick 1/2000 trial, a shorter run or a later replicate took the place of the full run: the last name won."""
    for first, last in (("1-a", "9-z"), ("9-z", "1-a")):
        shutil.rmtree(results, ignore_errors=True)
        good = fake_run(results, name=first, **better)
        fake_run(results, name=last, **worse)
        assert find_run("baseline").path == good.path.relative_to(results.parent)


def test_the_latest_is_told_in_utc(results: Path) -> None:
    """A run finished an hour earlier in a zone to the east won, its local time being later."""
    fake_run(results, name="20260402-080000-aa", finished="2026-04-02T08:00:00+09:00")
    late = fake_run(results, name="20260402-000000-bb", finished="2026-04-02T00:00:00+00:00")
    assert find_run("baseline").path.name == late.path.name


def test_an_old_stamp_without_a_zone_is_local_time(results: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Manifests of earlier versions have no zone; comparing them with new ones would fail or be hours off."""
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    try:
        fake_run(results, name="old", finished="2026-04-02T08:00:00")  # 23:00 UTC of the day before
        new = fake_run(results, name="new", finished="2026-04-01T23:30:00+00:00")
        assert find_run("baseline").path.name == new.path.name
    finally:
        monkeypatch.delenv("TZ")
        time.tzset()


def test_a_dot_in_a_name_is_part_of_it(results: Path) -> None:
    """`cap.v2` gave the run of another scenario, `cap`: everything after the dot was cut."""
    fake_run(results, "cap")
    fake_run(results, "cap.v2")
    assert find_run("cap.v2").scenario == "cap.v2"
    assert find_run("scenarios/cap.v2.yaml").scenario == "cap.v2"
    with pytest.raises(InputError, match=r"no run 'cap\.v3'"):
        find_run("cap.v3")


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_both_forms_of_unicode_are_one_name(results: Path, form: Any) -> None:
    """口座ガイド typed on one system was not found in a folder made on another."""
    fake_run(results, unicodedata.normalize(form, "口座ガイド"))
    for typed in ("NFC", "NFD"):
        assert find_run(unicodedata.normalize(typed, "口座ガイド")).path.exists()


def test_a_folder_or_a_run_id_can_always_be_given(results: Path) -> None:
    """Only a folder or the latest of a name could be given."""
    fake_run(results, name="20260401-101500Z-0123abcd")
    other = fake_run(results, name="20260401-101500Z-0123ffff", replicate=3)
    for named in (other.path, other.path / "manifest.yaml", other.path.name, "baseline/" + other.path.name):
        assert find_run(named).manifest["replicate"] == 3
    assert find_run("0123ffff").manifest["replicate"] == 3
    assert find_run("0123ff").manifest["replicate"] == 3
    assert find_run("results/baseline").manifest["replicate"] == 0
    for ambiguous in ("0123", "20260401-1015"):
        with pytest.raises(InputError, match="may be any of 2 runs"):
            find_run(ambiguous)
    with pytest.raises(InputError, match="no run 'results/baseline/20260401-gone'"):
        find_run("results/baseline/20260401-gone")


def test_a_pinned_run_comes_first_of_all(results: Path) -> None:
    fake_run(results, name="full")
    small = fake_run(results, name="small", sample=2000, replicate=1)
    runs.pin(small)
    assert find_run("baseline").path.name == "small"
    runs.unpin(small)
    assert find_run("baseline").path.name == "full"


def test_the_whole_horizon_is_that_of_the_scenario(results: Path) -> None:
    """Of a run of an earlier version its scenario.yaml tells whether it reached the end."""
    short = {"name": "short", "horizon": {"from": 2022, "to": 2024}, "parameters": {}}
    old = fake_run(results, "short", "old", last=2024, resolved=short, finished="2026-05-01T00:00:00+00:00")
    resealed(old.path, whole_horizon=None)
    fake_run(results, "short", "longer", last=2029, finished="2026-04-01T00:00:00+00:00", resolved=short)
    fake_run(results, "short", "cut", last=2023, finished="2026-06-01T00:00:00+00:00", resolved=short)
    assert [run.path.name for run in runs.of_scenario("short")] == ["longer", "old", "cut"]


# broken run folders


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "empty where keys and values belong"),
        ("- 1\n- 2\n", "a list where keys and values belong"),
        ("a: [1,\n", "broken, not YAML, line"),
        ("scenario: baseline\n", "digests: field required"),
        ("&a [*a]\n", "broken|a list where"),
        ("\x00", "broken, not YAML"),
    ],
)
def test_a_broken_manifest_is_passed_over_in_lists_and_told_when_named(
    results: Path, text: str, said: str, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    """Every command ended with a traceback over one broken manifest of 38 tried."""
    good = fake_run(results, name="good")
    broken = fake_run(results, name="broken").path
    (broken / "manifest.yaml").write_text(text, encoding="utf-8")
    assert [run.path.name for run in runs.of_scenario("baseline")] == [good.path.name]
    assert "passed over" in caplog.text
    for command in (
        ["report", str(broken)],
        ["models", str(broken)],
        ["explain", str(broken), "-m", "新宿区", "-y", "R8"],
        ["attribute", str(broken), "--from", "R6"],
        ["validate", str(broken)],
        ["person", "--run", str(broken)],
        ["runs", "show", str(broken)],
    ):
        assert cli.main(command) == 2
        err = capsys.readouterr().err
        assert "manifest.yaml: " in err
        assert any(part in err for part in said.split("|"))
        assert len(err.strip().splitlines()) == 1
    assert cli.main(["runs", "verify"]) == 1
    assert "1 of 2 runs" in capsys.readouterr().out


def test_a_manifest_with_several_mistakes_gives_one_message(results: Path) -> None:
    run = fake_run(results)
    content = {**run.manifest, "sample": 0, "horizon": {"from": 2022}, "finished": "yesterday"}
    dump_yaml(run.path / "manifest.yaml", content)
    with pytest.raises(InputError) as caught:
        find_run("baseline")
    for part in ("sample:", "horizon.to:", "finished:"):
        assert str(caught.value).count(part) == 1


def test_a_broken_scenario_file_of_a_run_gives_one_message(results: Path) -> None:
    """models ended in JSONDecodeError, KeyError or AttributeError."""
    run = fake_run(results)
    for text in ("{", "[]", "{}", '{"parameters": []}'):
        (run.path / "scenario.yaml").write_text(text, encoding="utf-8")
        with pytest.raises(InputError, match=r"scenario\.yaml"):
            _ = run.resolved
        with pytest.raises(InputError, match=r"scenario\.yaml: changed"):
            find_run("baseline")


# what was changed since


def test_a_changed_table_is_told_by_every_command_that_reads_it(
    results: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Values doubled by hand were reported as they were, though the digests stand in the manifest."""
    run = fake_run(results)
    path = run.path / "tables" / "metropolis_year.parquet"
    t = run.table("metropolis_year")
    t.assign(collection_rate=t["collection_rate"] * 2).to_parquet(path)
    with pytest.raises(InputError, match=r"tables/metropolis_year.parquet: changed"):
        run.table("metropolis_year")
    for command in (["report", "baseline"], ["validate", "baseline"], ["attribute", "baseline", "--from", "R6"]):
        assert cli.main(command) == 2
        assert "tables/metropolis_year.parquet: changed (or cut)" in capsys.readouterr().err


def test_verify_says_what_changed(results: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing verified a run folder: a cut, a missing and an added table, a sample of 1 for 100 went unseen."""
    frame = pd.DataFrame({"year": [2022]})
    fake_run(results, "good")
    bad = fake_run(results, "bad", tables={"a": frame, "b": frame, "c": frame}).path
    (bad / "tables" / "a.parquet").write_bytes((bad / "tables" / "a.parquet").read_bytes()[:-9])
    (bad / "tables" / "b.parquet").unlink()
    frame.to_parquet(bad / "tables" / "d.parquet")
    text = (bad / "manifest.yaml").read_text(encoding="utf-8")
    (bad / "manifest.yaml").write_text(text.replace("sample: 1\n", "sample: 7\n"), encoding="utf-8")
    assert cli.main(["runs", "verify"]) == 1
    told = capsys.readouterr()
    assert "1 of 2 runs" in told.out
    for part in ("a.parquet: changed", "b.parquet: missing", "d.parquet: not of this run", "manifest.yaml: edited"):
        assert part in told.err
    assert "c.parquet" not in told.err
    assert cli.main(["runs", "verify", "good"]) == 0


def test_the_seal_survives_the_way_through_yaml(results: Path) -> None:
    """Small floats, commas, quotes and Japanese among the values on top must come back as they were."""
    values = [1e-05, 0.1, 3, True, "a: 'b'", "加算", [1.5, 2], None]
    overrides = [{"key": f"k{i}", "year": 2022, "code": None, "value": v} for i, v in enumerate(values)]
    assert fake_run(results, "口座:x", overrides=overrides).problems() == []


def test_checking_a_run_takes_less_than_a_tenth_of_a_second(results: Path) -> None:
    big = pd.DataFrame({"x": range(200_000)})
    run = fake_run(results, tables={f"t{i}": big.sample(frac=1, random_state=i) for i in range(4)})
    began = time.perf_counter()
    assert run.problems() == []
    assert time.perf_counter() - began < 0.1


# side by side


def test_of_names_the_best_set_that_matches_is_taken(results: Path) -> None:
    """The best (or last) of each was taken: baseline full beside a sample, or another replicate."""
    fake_run(results, "baseline", "full", sample=1)
    fake_run(results, "baseline", "b100", sample=100)
    fake_run(results, "baseline", "b100-1", sample=100, replicate=1)
    fake_run(results, "drive", "d100-1", sample=100, replicate=1)
    fake_run(results, "drive", "d100", sample=100)
    fake_run(results, "drive", "d2000", sample=2000, finished="2026-06-01T00:00:00+00:00")
    assert [run.path.name for run in find_runs(["baseline", "drive"])] == ["b100", "d100"]
    assert [run.path.name for run in find_runs(["baseline", "d100-1"])] == ["b100-1", "d100-1"]
    runs.pin(RunFolder(results / "drive" / "d100-1"))
    assert [run.path.name for run in find_runs(["drive", "baseline"])] == ["d100-1", "b100-1"]


@pytest.mark.parametrize(
    ("change", "said", "command"),
    [
        ({"replicate": 2}, "replicate (2, not 0)", f"kokuho run drive --sample 1 --seed {20260401} --to R11"),
        ({"seed": 5}, "seed (5, not 20260401)", "kokuho run drive --sample 1 --seed 20260401 --to R11"),
        ({"sample": 100}, "sample (1/100 sample, not full population)", "kokuho run drive --sample 1 "),
        ({"last": 2024}, "years (R4–R6, not R4–R11)", "--to R11"),
        ({"code": "d" * 64}, "code (dddddddd, not cccccccc)", "kokuho run baseline --sample 1"),
        ({"region": "osaka"}, "region (osaka, not tokyo)", "kokuho run drive"),
    ],
)
def test_runs_that_do_not_match_are_refused_with_the_command_that_makes_a_match(
    results: Path, change: dict[str, Any], said: str, command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Six of seven tries mixed replicates without a word; a family's bill changed by -65,100 yen, the truth is 0."""
    base = fake_run(results)
    other = fake_run(results, "drive", **change)
    for names in (["baseline", "drive"], [str(base.path), str(other.path)]):
        for line in (
            ["models", *names],
            ["report", *names],
            ["explain", names[1], "--against", names[0], "-m", "新宿区", "-y", "R8"],
            ["attribute", names[1], "--against", names[0], "--to", "R6"],
        ):
            assert cli.main(line) == 2
            err = capsys.readouterr().err
            assert said in err or "differ in" in err
            assert "A match is made by" in err
        with pytest.raises(InputError) as caught:
            sim.model_households(names)
        assert said in str(caught.value)
        assert command in str(caught.value)


def test_the_message_names_a_run_that_would_match(results: Path) -> None:
    base = fake_run(results)
    wrong = fake_run(results, "drive", "wrong", replicate=1)
    right = fake_run(results, "drive", "right")
    with pytest.raises(InputError, match=f"This one matches: {right.path}"):
        side_by_side([base, wrong])
    with pytest.raises(InputError, match="given twice"):
        find_runs(["baseline", base.path])


def test_a_comparison_of_scenarios_with_seeds_of_their_own_is_refused_before_it_runs(results: Path) -> None:
    """Two scenarios with seeds of their own were compared as if they shared it."""
    folder = results.parent / "scenarios"
    folder.mkdir()
    for name, seed in (("one", 1), ("two", 2)):
        (folder / f"{name}.yaml").write_text(f"name: {name}\nseed: {seed}\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"different seeds \(one 1, two 2\); choose a common one with --seed"):
        compare(["one", "two"], sample=10000, last=2022, out=results)
    assert not results.exists()


# every command says which run it took


def test_the_first_line_says_which_run_was_taken(results: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A workbook of a 1/2000 sample went out without a word."""
    fake_run(results, name="20260401-101500Z-0123abcd", sample=100, replicate=2, last=2024)
    for command in (
        ["validate", "baseline", "--format", "json"],
        ["report", "baseline"],
        ["models", "baseline"],
        ["explain", "baseline", "-m", "新宿区", "-y", "R6"],
        ["attribute", "baseline", "--from", "R5", "--to", "R6"],
        ["person", "--run", "baseline"],
        ["runs", "show", "baseline", "--format", "json"],
    ):
        with contextlib.suppress(Exception):  # the tables are tiny: what comes after the first line may fail
            cli.main(command)
        told = capsys.readouterr()
        first = told.err.splitlines()[0]
        assert first.startswith("Run     baseline 20260401-101500Z-0123abcd · 1/100 sample · seed 20260401")
        assert "replicate 2 · R4–R6 · code cccccccc (0.1.0)" in first
        assert "Run  " not in told.out


def test_a_full_run_is_called_full(results: Path) -> None:
    assert "full population" in runs.described(fake_run(results))


# kokuho runs


def test_the_list_says_of_which_region_a_run_is(results: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A baseline of Tokyo and one of Kanagawa stood below each other and looked alike."""
    fake_run(results, "baseline", "20260401-000000Z-aaaa1111", region="kanagawa")
    fake_run(results, "baseline", "20260401-000000Z-bbbb2222")
    assert cli.main(["runs", "list"]) == 0
    table = capsys.readouterr().out
    assert "kanagawa" in table
    assert "tokyo" in table


def test_list_show_pin_remove(results: Path, capsys: pytest.CaptureFixture[str]) -> None:
    fake_run(results, "baseline", "20260401-000000Z-aaaa1111", finished="2026-04-03T00:00:00+00:00")
    fake_run(results, "drive.v2", "20260401-000000Z-bbbb2222", sample=100)
    assert cli.main(["runs", "list"]) == 0
    table = capsys.readouterr().out
    assert "baseline" in table
    assert "drive.v2" in table
    assert cli.main(["runs", "list", "drive.v2", "--format", "json"]) == 0
    (facts,) = json.loads(capsys.readouterr().out)
    assert (facts["sample"], facts["from"], facts["to"], facts["pinned"]) == (100, 2022, 2029, False)
    assert facts["bytes"] > 500
    assert cli.main(["runs", "pin", "bbbb2222"]) == 0
    assert cli.main(["runs", "remove", "bbbb2222", "--yes"]) == 2
    assert "is pinned and stays" in capsys.readouterr().err
    assert cli.main(["runs", "remove", "baseline", "--yes"]) == 2
    assert "no run folder and no run id" in capsys.readouterr().err
    assert cli.main(["runs", "unpin", "bbbb2222"]) == 0
    assert cli.main(["runs", "remove", "bbbb2222", "--yes"]) == 0
    assert not list((results / "drive.v2").iterdir())
    assert len(runs.all_runs()) == 1


def test_remove_asks_first(results: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = fake_run(results)
    monkeypatch.setattr("typer.confirm", lambda text: False)
    assert cli.main(["runs", "remove", run.path.name]) == 0
    assert run.path.exists()


# folders of studies


def test_a_study_never_overwrites_an_earlier_one(results: Path) -> None:
    """A comparison at 1/100 took the place of the one of the full population: results/comparison/a+b."""
    found = {studies.study_folder(results, "comparison", ["a", "b"], n) for n in (1, 100, 100, 100)}
    assert len(found) == 4
    names = sorted(p.name.split("Z-", 1)[1] for p in found)
    assert sum("a+b-1in100-" in n for n in names) == 3
    assert sum("a+b-full-" in n for n in names) == 1


@pytest.mark.parametrize(
    "names",
    [
        [f"scenario_number_{i}" for i in range(28)],
        ["口" * 85],
        ["../../x"],
        [".."],
        ["a/b\\c:d*e?f", 'g"<>|\n\x00'],
        ["\ud800"],
        [""],
    ],
)
def test_names_of_folders_hold_for_any_scenarios(results: Path, names: list[str]) -> None:
    """28 shipped scenarios make a name of 391 bytes: OSError; a study called ../../x wrote outside the results."""
    folder = studies.study_folder(results, "comparison", names, 100)
    assert folder.parent.resolve() == (results / "studies" / "comparison").resolve()
    assert len(folder.name.encode()) <= 160
    assert studies.study_folder(results, "comparison", [*names, "x"], 100).name[-8:] != folder.name[-8:]


@pytest.mark.parametrize("name", ["comparison", "ensemble", "levers", "sensitivity", "studies"])
def test_a_scenario_called_like_a_study_is_in_nobodys_way(results: Path, name: str) -> None:
    """A scenario named comparison, ensemble or levers shared that folder."""
    fake_run(results, name)
    for kind in ("comparison", "ensemble", "levers", "sensitivity"):
        folder = studies.study_folder(results, kind, ["a"], 1)
        dump_yaml(folder / "study.yaml", {"made": "2026-04-01T00:00:00+00:00"})
    assert [run.scenario for run in runs.all_runs()] == [name]
    assert find_run(name).scenario == name


def test_two_runs_of_one_second_and_one_result_both_stay(tmp_path: Path) -> None:
    paths = []
    for i in range(3):
        (tmp_path / f".partial-{i}").mkdir()
        (tmp_path / f".partial-{i}" / "manifest.yaml").write_text("x", encoding="utf-8")
        paths.append(publish(tmp_path / f".partial-{i}", tmp_path / "home" / "run").name)
    assert paths == ["run", "run-2", "run-3"]


# from end to end


@pytest.fixture(scope="module")
def compared(tmp_path_factory: pytest.TempPathFactory) -> Any:
    out = tmp_path_factory.mktemp("work") / "results"
    names = ["baseline", "collection_drive"]
    return compare(names, sample=10000, replicates=2, last=2024, jobs=1, out=out, progress=False)


def test_what_is_not_there_comes_out_as_nothing(
    compared: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """compare with --replicates 3, then models, attribute, explain: another replicate each, -65,100 yen for 0."""
    monkeypatch.chdir(compared.path.parents[3])
    names = ["baseline", "collection_drive"]  # the scenario changes nothing before R8
    for run in compared.runs["baseline"][1:]:  # as if these had finished last: the truth must not hang on it
        resealed(run.path, finished="2099-01-01T00:00:00+00:00")
    bills = sim.model_households(names).pivot(index=["household", "year", "code"], columns="scenario", values="bill")
    assert (bills["baseline"] == bills["collection_drive"]).all()
    split = sim.attribute("collection_drive", against="baseline", until=2024)
    assert split.before == split.after
    assert split.table["yen"].sum() == 0
    for command in (
        ["attribute", "collection_drive", "--against", "baseline", "--to", "R6"],
        ["explain", "collection_drive", "--against", "baseline", "-m", "世田谷区", "-y", "R6"],
        ["models", *names, "-m", "世田谷区", "-y", "R6"],
    ):
        assert cli.main(command) == 0
        told = capsys.readouterr()
        assert told.err.count("replicate 0") == 2
        assert not {"-", "+"} & {c[0] for c in told.out.replace("│", " ").split() if c[1:2].isdigit() and c[1:] != "0"}


def test_a_comparison_is_found_again_by_its_folder_and_by_its_scenarios(
    compared: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(compared.path.parents[3])
    found = latest("baseline+collection_drive", Path("results"))
    assert found is not None
    assert found.name == compared.path.name
    record = compared.path / "comparison.yaml"
    assert record.exists()
