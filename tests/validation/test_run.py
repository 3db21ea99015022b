"""Is a run what it says? Whole runs on a small sample: same bits, resume, shared draws, report = tables."""

import os
import signal
import threading
import time

import openpyxl
import pandas as pd
import pytest

import sim
from sim import cli
from sim.core.errors import InputError
from sim.engine.tables import BY_NAME
from sim.explanations.deficit_plan import deficit_plan, elimination_years
from sim.outputs.runs import find_run
from sim.studies.validation import rows

pytestmark = pytest.mark.slow
SAMPLE = 400
LAST = 2024


def start(folder, scenario="scenarios/baseline.yaml", **options):
    return sim.run(scenario, sample=SAMPLE, last=options.pop("last", LAST), out=folder, progress=False, **options)


@pytest.fixture(scope="module")
def baseline(tmp_path_factory):
    return start(tmp_path_factory.mktemp("results"), threads=2)


def test_one_thread_and_another_run_give_the_same_digest(baseline, tmp_path):
    assert start(tmp_path, threads=1).digest == baseline.digest


def test_every_table_is_declared_and_complete(baseline):
    assert set(baseline.folder.tables) == set(BY_NAME)
    places = baseline.tables["municipality_year"]
    assert len(places) == 62 * (LAST - 2021)
    assert not places.drop(columns="name").isna().any().any()


def test_an_interrupted_run_resumes_with_the_same_bits(baseline, tmp_path):
    def interrupt():
        while not any("R4 finished" in log.read_text() for log in tmp_path.glob("baseline/.partial-*/run/log.txt")):
            time.sleep(0.005)
        os.kill(os.getpid(), signal.SIGINT)

    helper = threading.Thread(target=interrupt)
    helper.start()
    with pytest.raises(InputError, match="--resume"):
        start(tmp_path)
    helper.join()
    assert start(tmp_path, resume=True).digest == baseline.digest


def test_a_folder_that_exists_is_complete(baseline, tmp_path):
    with pytest.raises(InputError, match="no run"):
        find_run("baseline", tmp_path)
    assert not list(baseline.path.parent.glob(".partial-*"))
    assert {"manifest.yaml", "scenario.yaml", "log.txt", "tables"} <= {p.name for p in baseline.path.iterdir()}


def test_scenarios_share_draws(baseline, tmp_path):
    other = start(tmp_path, "scenarios/collection_drive.yaml")
    mine, theirs = (r.tables["municipality_year"] for r in (baseline, other))
    for fact in ("births", "deaths", "residents", "member_months", "cost"):
        pd.testing.assert_series_equal(mine[fact], theirs[fact])


def test_every_published_figure_has_a_row(baseline):
    table = rows(baseline.folder)
    assert list(table.columns) == [
        "id", "role", "year", "unit", "published", "simulated", "low", "high", "difference", "band", "ok", "source",
        "basis",
    ]  # fmt: skip
    assert table["id"].is_unique
    assert {"collection_rate_current_year.2022", "contribution_total.2024"} <= set(table["id"])
    judged = table[table["ok"].notna()]
    gap = (judged["simulated"] - judged["published"]).astype(float)
    assert (judged["ok"] == (gap.abs() <= judged["band"].astype(float))).all()


def test_explain_prints_and_writes_the_sheet_of_a_run(baseline, tmp_path, capsys):
    """The command on a real run: a sheet, why it changed since last year with a check of zero, and a workbook."""
    run, book = str(baseline.path), tmp_path / "sheet.xlsx"
    assert cli.main(["explain", run, "-m", "新宿区", "-y", "R6", "--portion", "medical", "--lang", "ja"]) == 0
    printed = capsys.readouterr().out
    assert "納付金必要額" in printed
    assert "finance.review_fee" in printed
    assert (
        cli.main(["explain", run, "-m", "13104", "-y", "R6", "--since", "R5", "--lang", "en", "--out", str(book)]) == 0
    )
    printed = capsys.readouterr().out
    check = next(line for line in printed.splitlines() if "check (must be 0)" in line)
    assert check.split("│")[3].strip() == "0"
    assert openpyxl.load_workbook(book).sheetnames == ["Calculation", "Why it changed"]
    assert cli.main(["explain", run, "-m", "新宿区", "-y", "R6", "--against", run]) == 2  # a run against itself
    capsys.readouterr()
    assert cli.main(["explain", run, "-m", "新宿区", "-y", "R6", "--since", "R6"]) == 2
    assert "earlier year" in capsys.readouterr().err


def test_explain_shows_rates_levied_and_the_settlement(baseline):
    lines = sim.explain(baseline.path, "小金井市", "R5")
    value = lines.set_index(["portion", "symbol"])["value"]
    places = baseline.tables["municipality_year"].set_index(["year", "code"])
    paid = places.loc[(2023, 13210), "discretionary_transfer"]
    assert value.get(("all", "account.discretionary_transfer"), 0) == paid
    assert value["all", "account.contribution"] == places.loc[(2023, 13210), "contribution"]
    assert value["medical", "actual.cap"] > 0


def test_deficit_plan_from_a_run(baseline):
    plan = deficit_plan(baseline.path, "府中市").set_index("item_en")
    places = baseline.tables["municipality_year"].set_index(["year", "code"])
    assert (
        plan.loc["discretionary transfer against deficits", "R5"] == places.loc[(2023, 13206), "discretionary_transfer"]
    )
    assert len(elimination_years(baseline.path)) == 62
