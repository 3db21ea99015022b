"""Declared outputs: grammar and its mistakes, weights, spans, the same ids in every year, no trace in anything else."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

import sim
from sim.core.errors import InputError, ScenarioError, StoppedError
from sim.engine import api
from sim.outputs import extracts
from sim.parameters import Parameters
from sim.population.fields import ROWS, fields
from sim.population.labels import CODES
from sim.scenario.conditions import read_condition
from sim.scenario.outputs import Axis, declared
from sim.scenario.scenario import parse_scenario, scenario_schema
from sim.studies.execution import finished

TEACHING = "teaching"
INSURED = {"insured_in_march": True}
OUTPUTS: dict[str, object] = {
    "members": sim.Table(filter=INSURED, by=["place"], measures={"members": "count"}),
    "households": sim.Table(rows="households", filter=INSURED, measures={"households": "count"}),
    "bills": sim.Table(
        rows="households",
        filter={"insured_months": "from 1"},
        by={"head.age": [25, 45, 65], "method": "all", "unknown_address": "all"},
        measures={
            "n": "count",
            "billed": "sum of bill",
            "mean_bill": "mean of bill",
            "least": "min of bill",
            "most": "max of head.age",
            "rate": "ratio of paid to bill",
            "unpaid_share": "share of unpaid > 0",
            "by_account": "share of method = account",
            "mean_propensity": "mean of propensity",
            "worst": "max of unknown_address",
        },
        years=["R4", 2024],
    ),
    "months": sim.Table(weights="insured_months", measures={"n": "count", "mean_age": "mean of age"}),
    "everyone": sim.Microdata(columns=["pid", "age", "household.hid", "born", "scheme", "place"]),
    "homes": sim.Microdata(rows="households"),
    "tenth": sim.Microdata(columns=["pid", "insured_months", "household.bill"], sample="1/10"),
    "life": sim.Histories(cohort={"born": "1990 to 1991", "insured_months": "from 1"}, since="R5"),
}


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("outputs")


@pytest.fixture(scope="module")
def plain(out: Path) -> sim.Result:
    return sim.run("baseline", region=TEACHING, last="R6", out=out / "plain", progress=False)


@pytest.fixture(scope="module")
def result(out: Path) -> sim.Result:
    return sim.run("baseline", region=TEACHING, last="R6", out=out / "with", outputs=OUTPUTS, progress=False)


def test_outputs_leave_no_trace_in_tables_plan_or_scenario(plain: sim.Result, result: sim.Result) -> None:
    assert result.digest == plain.digest
    ours, theirs = result.folder.manifest["digests"], plain.folder.manifest["digests"]
    assert {k: ours[k] for k in ("plan", "scenario", "parameters")} == {  # type: ignore[literal-required]
        k: theirs[k]
        for k in ("plan", "scenario", "parameters")  # type: ignore[literal-required]
    }
    assert "outputs" not in theirs
    assert set(ours["outputs"]) == set(OUTPUTS) == set(result.outputs)
    assert not list(plain.outputs)
    assert not result.folder.problems()


def test_counts_are_those_of_the_model(result: sim.Result) -> None:
    members = result.outputs["members"].groupby("year")["members"].sum()
    assert members.tolist() == result.headline["members_end"].tolist()
    assert result.outputs["households"]["households"].tolist() == result.headline["households_end"].tolist()
    by_place = result.tables["municipality_year"].set_index(["year", "name"])["members_end"]
    ours = result.outputs["members"].astype({"year": int, "place": str}).set_index(["year", "place"])["members"]
    pd.testing.assert_series_equal(ours, by_place.loc[ours.index], check_names=False, check_dtype=False)
    months = result.tables["municipality_year"].groupby("year")["member_months"].sum()
    assert result.outputs["months"]["n"].tolist() == months.tolist()


def test_measures_are_what_pandas_finds_in_the_unit_records(result: sim.Result) -> None:
    table = result.outputs["bills"]
    assert sorted(table["year"].unique()) == [2022, 2024]
    homes = result.outputs["homes"].query("year == 2024 and insured_months >= 1 and method == 'slip'")
    rows = table.query("year == 2024 and method == 'slip'")
    assert rows["n"].sum() == rows["rows"].sum() == len(homes)
    assert rows["billed"].sum() == homes["bill"].sum()
    assert rows["least"].min() == homes["bill"].min()
    assert (rows["unpaid_share"] * rows["n"]).sum() == pytest.approx((homes["unpaid"] > 0).sum())
    assert (rows["mean_bill"] * rows["n"]).sum() == pytest.approx(homes["bill"].sum())
    assert (rows["mean_propensity"] * rows["n"]).sum() == pytest.approx(homes["propensity"].sum())
    assert (rows["rate"] * rows["billed"]).sum() == pytest.approx(homes["paid"].sum())
    assert (table["by_account"] == (table["method"] == "account")).all()
    assert [*table["head.age"].cat.categories] == ["under 25", "25-44", "45-64", "65+"]
    assert table.query("`head.age` == 'under 25'")["most"].max() == 24


def test_files_say_units_labels_and_codes(result: sim.Result) -> None:
    schema = pq.read_schema(result.path / "outputs" / "everyone.parquet")
    assert schema.field("age").metadata[b"unit"] == b"years"
    assert schema.field("scheme").metadata[b"label_ja"].decode() == "加入している医療保険（年度末）"
    codes = json.loads(schema.field("scheme").metadata[b"codes"])
    assert codes["kokuho"]["ja"] == "市町村国保"
    assert json.loads(schema.field("place").metadata[b"codes"])["甲市"] == {"ja": "甲市", "en": codes_en(result)}
    assert schema.metadata[b"rows"] == b"people"
    billed = pq.read_schema(result.path / "outputs" / "bills.parquet").field("billed")
    assert (billed.metadata[b"unit"], billed.metadata[b"label_en"]) == (b"yen/year", b"sum of billed, all portions")
    everyone = result.outputs["everyone"]
    assert (everyone["scheme"].cat.categories == [*fields("people")["scheme"].labels]).all()
    born = everyone["born"].dt.year
    assert ((everyone["year"] - born - everyone["age"]).isin([0, 1]) | (everyone["age"] == 0)).all()


def codes_en(result: sim.Result) -> str:
    return next(en for ja, en in result.folder.register().places().values() if ja == "甲市")


def test_a_sample_has_the_same_ids_in_every_year_and_its_weight(result: sim.Result) -> None:
    everyone, tenth = result.outputs["everyone"], result.outputs["tenth"]
    assert (tenth["weight"] == 10).all()
    chosen = set(tenth["pid"])
    assert 0.07 < len(chosen) / everyone["pid"].nunique() < 0.13
    again = everyone[everyone["pid"].isin(chosen)]
    assert again.groupby("year")["pid"].apply(set).to_dict() == tenth.groupby("year")["pid"].apply(set).to_dict()


def test_a_history_follows_who_was_chosen_in_its_year(result: sim.Result) -> None:
    life = result.outputs["life"]
    chosen = life.query("year == 2023")
    assert sorted(life["year"].unique()) == [2023, 2024]
    assert (chosen["insured_months"] >= 1).all()
    assert chosen["age"].between(31, 33).all()
    later = life.query("year == 2024")
    assert set(later["pid"]) <= set(chosen["pid"])
    assert (later["insured_months"] == 0).any()
    own = sim.histories(result.path, {"born": "1990 to 1991", "insured_months": "from 1"}, since="R5")
    pd.testing.assert_frame_equal(own, life.sort_values(["pid", "year"], ignore_index=True))


def test_a_row_of_a_sample_stands_for_many(out: Path) -> None:
    made = sim.run(
        "baseline", region=TEACHING, sample=20, last="R4", out=out / "sample", outputs=OUTPUTS, progress=False
    )
    table = made.outputs["bills"]
    assert (table["n"] == 20 * table["rows"]).all()
    assert (made.outputs["tenth"]["weight"] == 200).all()
    assert (made.outputs["everyone"]["weight"] == 20).all()
    homes = made.outputs["homes"].query("insured_months >= 1")
    assert table["billed"].sum() == 20 * homes["bill"].sum()
    assert (table["mean_bill"] * table["n"]).sum() == pytest.approx(table["billed"].sum())


def test_spans_and_threads_change_nothing(result: sim.Result, out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    again = sim.run(
        "baseline", region=TEACHING, last="R6", out=out / "threads", outputs=OUTPUTS, threads=1, progress=False
    )
    assert again.folder.manifest["digests"]["outputs"] == result.folder.manifest["digests"]["outputs"]
    monkeypatch.setattr(extracts, "SPAN", 777)
    monkeypatch.setattr(extracts, "_GROUP", 2_000)
    small = sim.run("baseline", region=TEACHING, last="R6", out=out / "spans", outputs=OUTPUTS, progress=False)
    for name in OUTPUTS:
        pd.testing.assert_frame_equal(small.outputs[name], result.outputs[name], rtol=1e-12)
    with pq.ParquetFile(small.path / "outputs" / "everyone.parquet") as file:
        groups = [file.metadata.row_group(i).num_rows for i in range(file.num_row_groups)]
    assert len(groups) > 20
    assert max(groups) < 2_000 + 777


def test_an_interrupted_run_goes_on_with_its_outputs(result: sim.Result, out: Path) -> None:
    def stop(year: int, step: str) -> None:
        if (year, step) == (2023, "levy.assess"):
            os.kill(os.getpid(), signal.SIGINT)

    plan = api.with_outputs(api.plan("baseline", region=TEACHING, last="R6"), OUTPUTS)
    home = out / "stopped"
    with pytest.raises(StoppedError):
        api.run(plan, out=home, progress=stop)
    with pytest.raises(InputError, match="declared other outputs than this one; start without --resume"):
        sim.run("baseline", region=TEACHING, last="R6", out=home, resume=True, progress=False)
    done = sim.run(plan, out=home, resume=True, progress=False)
    assert done.digest == result.digest
    for name in OUTPUTS:
        pd.testing.assert_frame_equal(done.outputs[name], result.outputs[name])


def test_an_output_that_was_changed_is_refused(out: Path) -> None:
    wanted = {"n": sim.Table(measures={"n": "count"})}
    made = sim.run("baseline", region=TEACHING, last="R4", out=out / "changed", outputs=wanted, progress=False)
    assert made.outputs["n"]["n"].tolist() == made.outputs["n"]["rows"].tolist()
    with pytest.raises(KeyError, match="no output 'nn'"):
        made.outputs["nn"]
    made.outputs["n"].assign(n=1).to_parquet(made.path / "outputs" / "n.parquet")
    with pytest.raises(KeyError, match=r"outputs/n\.parquet: changed"):
        made.outputs["n"]
    assert made.folder.problems() == ["outputs/n.parquet: changed (or cut) after the run"]


def test_a_study_takes_a_run_on_disk_only_if_it_left_the_same_outputs(plain: sim.Result, result: sim.Result) -> None:
    plan = api.plan("baseline", region=TEACHING, last="R6")
    mine = api.with_outputs(plan, OUTPUTS)
    other = api.with_outputs(plan, {"n": sim.Table(measures={"n": "count"})})
    assert finished(plan, plain.path.parents[1]) == plain.folder
    assert finished(plan, result.path.parents[1]) == result.folder
    assert finished(mine, result.path.parents[1]) == result.folder
    assert finished(mine, plain.path.parents[1]) is None
    assert finished(other, result.path.parents[1]) is None


SCENARIO = """\
name: mine
extends: baseline
outputs:
  tables:
    arrears:
      rows: households
      filter: {insured_months: from 1, kind: [one_person, cople], place: nowhere, unpaid: 3 to 1}
      by: {age: [0, 25, 45], method: [1], bill: all, size: [3, 1]}
      measures: {a: sum of bil, b: share of stage, c: share of method = acount, d: ratio of paid by bill, method: count}
      years: [R4, R77]
      weights: kind
    second: {row: people, measures: {n: cont}, by: {sex: all}}
    third: {measures: {sex: count}, by: {sex: all}}
  microdata:
    young: {rows: person, columns: [pid, ages], sample: 10%}
    'a/b': {columns: all}
  historie: {}
  histories:
    y: {since: R4}
    third: {cohort: {born: 1990}}
    z: {cohort: {born: 199, sex: femal, declared: maybe, place: '> 3'}}
"""
SAID = (
    "7:46: outputs.tables.arrears.filter.kind: 'cople' is none of its values; did you mean 'couple'? Allowed:",
    "7:74: outputs.tables.arrears.filter.place: no municipality 'nowhere'",
    "7:91: outputs.tables.arrears.filter.unpaid: '3 to 1': the first is more than the last",
    "8:12: outputs.tables.arrears.by: no column 'age' of households; did you mean 'head.age'?",
    "8:38: outputs.tables.arrears.by.method: write all",
    "8:49: outputs.tables.arrears.by.bill: has too many values; write the bounds of classes, [0, 100, 200]",
    "8:60: outputs.tables.arrears.by.size: the bounds of classes rise, [0, 25, 65]",
    "9:21: outputs.tables.arrears.measures.a: no column 'bil' of households; did you mean 'bill'?",
    "9:36: outputs.tables.arrears.measures.b: share of what value? write share of stage = none",
    "9:55: outputs.tables.arrears.measures.c: 'acount' is none of its values; did you mean 'account'?",
    "9:84: outputs.tables.arrears.measures.d: 'ratio of paid by bill' is no measure; write count, sum of cost",
    "10:19: outputs.tables.arrears.years: R77 is outside the years of the model, R4-R17",
    "11:16: outputs.tables.arrears.weights: kind is no number; write sample, none, or a column such as",
    "12:14: outputs.tables.second: unknown key 'row'; did you mean 'rows'? Allowed here: rows, by, measures",
    "12:41: outputs.tables.second.measures.n: 'cont' is no measure",
    "13:24: outputs.tables.third.measures: 'sex' is the name of another column of the table; rename it",
    "15:19: outputs.microdata.young.rows: 'person' is neither people nor households",
    "15:42: outputs.microdata.young.columns: no column 'ages' of people; did you mean 'age'?",
    "15:57: outputs.microdata.young.sample: write 1/10 for one in ten, 1 for all",
    "16:5: outputs.microdata.a/b: the name cannot name a file; leave out /",
    "17:3: outputs: unknown key 'historie'; did you mean 'histories'? Allowed here: tables, microdata, histories",
    "19:5: outputs.histories.y: cohort is missing; write {born: 1990, insured_months: from 1}",
    "21:24: outputs.histories.z.cohort.born: '199' is no month; write 1990-04, 1990 for all its months, or never",
    "21:34: outputs.histories.z.cohort.sex: 'femal' is none of its values; did you mean 'female'?",
    "21:51: outputs.histories.z.cohort.declared: 'maybe' is neither yes nor no",
    "21:65: outputs.histories.z.cohort.place: no municipality '3'",
)


def test_every_mistake_is_told_with_its_place(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError) as error:
        parse_scenario(SCENARIO, tmp_path / "mine.yaml", Parameters.load(TEACHING))
    lines = str(error.value).splitlines()
    assert len(lines) == len(SAID), "\n".join(lines)
    for line, said in zip(lines, SAID, strict=True):
        assert line.startswith(f"{tmp_path}/mine.yaml:{said}"), line


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ("by: [[sex]]", "by: write {age: [0, 25, 65], sex: all} or [sex, place]"),
        ("by: {age: [0, [1]]}", "by.age: the bounds of classes are numbers"),
        ("by: {age: [1e999, nan]}", "by.age: the bounds of classes are numbers"),
        ("by: {age: {}}", "by.age: write all, or the bounds of classes"),
        ("by: age", "by: write {age: [0, 25, 65], sex: all} or [sex, place]"),
        ("years: []", "years: an empty list; write all, R7 or [R4, R7]"),
        ("years: {R4: R5}", "years: '' is not a fiscal year"),
        ("filter: {age: []}", "filter.age: an empty list lets nobody through"),
        ("filter: {age: {}}", "filter.age: write one value, or a list of values"),
        ("filter: [age]", "filter: write {age: 20 to 39, sex: female}"),
        ("filter: {place: from 甲市}", "filter.place: 'from 甲市': place has no order; write a municipality"),
        ("filter: {sex: '> male'}", "filter.sex: '> male': sex has no order; write male, female"),
        ("weights: {}", "weights: no column '' of people"),
        ("rows: []", "rows: '' is neither people nor households"),
        ("measures: {a: [count]}", "measures.a: '' is no measure"),
        ("measures: {a: sum of sex}", "measures.a: sex is no number; count it, or write share of sex = …"),
        ("measures: {a: sum of cost to age}", "measures.a: 'sum of cost to age' is no measure"),
    ],
)
def test_what_no_file_should_say_is_one_mistake(said: str, message: str, tmp_path: Path) -> None:
    more = "" if said.startswith("measures") else ", measures: {n: count}"
    text = f"name: mine\noutputs: {{tables: {{t: {{{said}{more}}}}}}}\n"
    with pytest.raises(ScenarioError) as error:
        parse_scenario(text, tmp_path / "mine.yaml", Parameters.load(TEACHING))
    lines = str(error.value).splitlines()
    assert f"outputs.tables.t.{message}" in lines[0]
    assert len(lines) <= 2


def test_a_base_hands_its_outputs_on_and_a_name_declared_anew_replaces_its_own(tmp_path: Path) -> None:
    p = Parameters.load(TEACHING)
    base = "name: base\noutputs: {tables: {a: {measures: {n: count}}, b: {measures: {n: count}}}}\n"
    (tmp_path / "base.yaml").write_text(base, encoding="utf-8")
    text = "name: mine\nextends: base\noutputs: {tables: {b: {measures: {m: sum of cost}}}}\n"
    scenario = parse_scenario(text, tmp_path / "mine.yaml", p)
    assert [(o.name, o.measures[0].name) for o in scenario.outputs] == [("a", "n"), ("b", "m")]
    assert [*scenario.resolved(p)["outputs"]] == ["a", "b"]  # type: ignore[call-overload]
    assert not scenario.warnings(p)
    late = "name: mine\noutputs: {tables: {b: {measures: {n: count}, years: [R9, R10]}}}\n"
    told = parse_scenario(late, tmp_path / "mine.yaml", p).warnings(p, last=2025)
    assert told == ["outputs.tables.b: its years begin after the run, which ends in R7"]
    without = parse_scenario("name: mine\n", tmp_path / "mine.yaml", p)
    assert "outputs" not in without.resolved(p)


def test_a_file_of_outputs_and_a_program_say_their_mistakes(tmp_path: Path) -> None:
    p = Parameters.load(TEACHING)
    path = tmp_path / "o.yaml"
    path.write_text("outputs:\n  tables:\n    t: {by: [sex], measures: {n: count}}\n", encoding="utf-8")
    words = {"tables": {"t": {"by": ["sex"], "measures": {"n": "count"}}}}
    assert declared(path, p) == declared(words, p) == declared({"t": sim.Table(by=["sex"], measures={"n": "count"})}, p)
    path.write_text("tables: {}\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"o.yaml:1:1: unknown key 'tables'; a file of outputs has one, outputs"):
        declared(path, p)
    with pytest.raises(InputError, match=r"outputs\.tables\.t: measures is missing"):
        declared({"t": sim.Table(by=["sex"])}, p)
    with pytest.raises(InputError, match="outputs: unknown key 'tabels'; did you mean 'tables'"):
        declared({"tabels": {}}, p)


@pytest.mark.parametrize(
    ("column", "written", "limits", "one_of", "none_of"),
    [
        ("age", ["20 to 39"], ((">=", 20.0), ("<=", 39.0)), None, False),
        ("age", ["from 65"], ((">=", 65.0),), None, False),
        ("age", ["up to 74"], (("<=", 74.0),), None, False),
        ("age", ["< 75"], (("<", 75.0),), None, False),
        ("cost", ["> 650,000"], ((">", 650_000.0),), None, False),
        ("age", ["20", "30"], (), (20.0, 30.0), False),
        ("age", ["!= 20"], (), (20.0,), True),
        ("sex", ["女"], (), (1.0,), False),
        ("scheme", ["not kokuho"], (), (0.0,), True),
        ("scheme", ["employee", "dependant"], (), (1.0, 2.0), False),
        ("declared", ["いいえ"], (), (0.0,), False),
        ("born", ["1990-04"], (), (1083.0,), False),
        ("born", ["1990"], ((">=", 1080.0), ("<=", 1091.0)), None, False),
        ("born", ["1990 to 1991"], ((">=", 1080.0), ("<=", 1103.0)), None, False),
        ("arrived", ["never"], (), (0.0,), False),
        ("arrived", ["> 2019"], ((">", 1439.0),), None, False),
    ],
)
def test_a_condition_is_read(column: str, written: list[str], limits: object, one_of: object, none_of: bool) -> None:
    found = read_condition(fields("people")[column], written, Parameters.load(TEACHING))
    assert (found.limits, found.one_of, found.none_of) == (limits, one_of, none_of)


def test_classes_are_named_by_their_bounds() -> None:
    assert Axis("age", (0.0, 1.0, 25.0, 65.0)).labels() == ["under 0", "0", "1-24", "25-64", "65+"]
    assert Axis("ability", (-0.5, 0.5)).labels() == ["under -0.5", "-0.5 to under 0.5", "0.5+"]


def test_every_code_and_column_has_a_label_in_both_languages() -> None:
    assert all(len(labels) == len(codes) for codes, labels in CODES.items())
    for rows in ROWS:
        assert all(f.ja and f.en and f.unit for f in fields(rows).values())


def test_the_schema_of_scenarios_completes_the_columns() -> None:
    schema = scenario_schema(Parameters.load(TEACHING))
    defs = schema["$defs"]
    assert {"age", "household.bill", "head.age"} <= set(defs["outputs_column"]["enum"])  # type: ignore[index]
    scheme = defs["outputs_conditions"]["properties"]["scheme"]["anyOf"][0]  # type: ignore[index]
    assert scheme["enum"][0] == "kokuho"
    jsonschema = pytest.importorskip("jsonschema")
    check = jsonschema.Draft202012Validator(schema)
    good = {"name": "a", "outputs": {"tables": {"t": {"by": {"age": [0, 65]}, "measures": {"n": "count"}}}}}
    assert check.is_valid(good)
    assert not check.is_valid({"name": "a", "outputs": {"tables": {"t": {"by": {"aeg": "all"}, "measures": {}}}}})


def test_ids_are_drawn_evenly() -> None:
    ids = np.arange(200_000, dtype=np.int64)
    share = extracts.sampled(ids, 10).mean()
    assert share == pytest.approx(0.1, abs=0.003)
