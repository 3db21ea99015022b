"""What a name means is found by name or by a word, in both languages, and said of everything that is declared."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import sim
from sim import cli
from sim.core.errors import InputError
from sim.engine.tables import TABLES
from sim.engine.year import YEAR
from sim.institutions.memory import FACTS
from sim.parameters import Parameters
from sim.population.columns import HOUSEHOLDS, PEOPLE
from sim.population.labels import HOUSEHOLDS_JA, PEOPLE_JA
from sim.reports.describe import entries
from sim.reports.meanings import COLUMNS_JA, FACTS_JA, TABLES_JA, column_ja, fact_ja


def test_everything_declared_is_described() -> None:
    p = Parameters.load()
    names = {(e["kind"], e["name"]) for e in entries(p)}
    assert {("parameter", key) for key in p.passports} <= names
    assert {("data", key) for key in p.table_passports} <= names
    assert {("fact", f.name) for f in FACTS} <= names
    assert {("table", t.name) for t in TABLES} <= names
    assert {("step", s.name) for s in YEAR} <= names
    assert {("scenario", "baseline"), ("scenario", "collection_drive")} <= names
    left = {"household", "start", "head"}  # rows of the other table
    assert {("column", f"people.{c.name}") for c in PEOPLE if c.name not in left} <= names
    assert {("column", f"households.{c.name}") for c in HOUSEHOLDS if c.name not in left} <= names
    assert all(e["ja"] or e["en"] for e in entries(p))


def test_tables_columns_and_facts_all_have_a_meaning_in_japanese() -> None:
    """A new column needs a Japanese label beside the others, in sim/reports/meanings.py or population/labels.py."""
    assert not [f.name for f in FACTS if not fact_ja(f.name)]
    assert not [f"{t.name}.{c}" for t in TABLES for c in (*t.keys, *t.columns) if not column_ja(t, c)]
    assert set(TABLES_JA) == {t.name for t in TABLES}
    assert {c.name for c in PEOPLE} <= set(PEOPLE_JA)
    assert {c.name for c in HOUSEHOLDS} <= set(HOUSEHOLDS_JA)


def test_no_label_is_left_over() -> None:
    known = {c for t in TABLES for c in (*t.keys, *t.columns)}
    known |= {f"{t.name}.{c}" for t in TABLES for c in (*t.keys, *t.columns)}
    assert not set(COLUMNS_JA) - known
    assert not set(FACTS_JA) - {f.name for f in FACTS}


def test_a_name_means_every_thing_of_that_name_and_all_in_a_table_or_domain() -> None:
    assert sim.describe("rates.alpha")["kind"].tolist() == ["parameter"]
    cost = sim.describe("cost")
    assert {"people.cost", "cost", "cost_by_age.cost"} <= set(cost["name"])
    assert cost["name"].iloc[0] == "cost"
    table = sim.describe("metropolis_year")
    assert table["kind"].iloc[0] == "table"
    assert "metropolis_year.collection_rate" in set(table["name"])
    assert {"people.age", "people.scheme"} <= set(sim.describe("people")["name"])
    method = sim.describe("households.method").iloc[0]
    assert (method["ja"], method["unit"]) == ("納付方法", "code")
    assert "account (口座振替)" in method["values"]


def test_a_word_is_found_in_either_language_whatever_its_width() -> None:
    found = set(sim.describe(search="収納率")["name"])
    assert {"metropolis_year.collection_rate", "collection_stalls"} <= found
    assert "rates.alpha" in set(sim.describe(search="Α")["name"])
    both = sim.describe("metropolis_year", search="65 share")
    assert both["name"].tolist() == ["metropolis_year.share_65_plus"]


def test_what_is_not_there_is_told_with_the_nearest() -> None:
    with pytest.raises(InputError, match="nothing is called 'colection_rate'; did you mean 'collection_rate'"):
        sim.describe("colection_rate")
    with pytest.raises(InputError, match="nothing has 'zzz' in its name or meaning"):
        sim.describe(search="zzz")


def test_the_command_describes(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    assert cli.main(["describe", "collection_rate"]) == 0
    assert "現年分収納率" in capsys.readouterr().out
    assert cli.main(["describe", "households", "--lang", "en"]) == 0
    assert "how the household pays" in capsys.readouterr().out
    assert cli.main(["describe", "--search", "口座振替", "--format", "json"]) == 0
    assert {"households.method"} <= {row["name"] for row in json.loads(capsys.readouterr().out)}
    assert cli.main(["describe"]) == 2
    assert "give a name" in capsys.readouterr().err


def test_a_run_with_a_file_of_outputs_says_where_they_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "o.yaml").write_text("outputs: {tables: {t: {by: [sex], measures: {n: count}}}}\n", encoding="utf-8")
    command = ["run", "baseline", "--region", "teaching", "--to", "R4", "--outputs", "o.yaml", "--no-report"]
    assert cli.main(command) == 0
    said = capsys.readouterr().out.split()[-1]
    assert said.endswith("outputs/t.parquet")
    assert Path(said).exists()
    assert cli.main([*command, "--replicates", "2"]) == 2
    assert "one run at a time leaves outputs" in capsys.readouterr().err
