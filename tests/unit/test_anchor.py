"""A municipality's own figures: cells checked by name, law never moved, and a level found back."""

from __future__ import annotations

import shutil
import socket
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from openpyxl import load_workbook

import sim
from sim.core.errors import InputError
from sim.engine import api
from sim.parameters import Parameters, regions
from sim.parameters.loader import OverrideKey
from sim.parameters.schema import Value
from sim.scenario.scenario import load_scenario
from sim.studies.anchor import anchor, write_template
from sim.studies.anchor.figures import BY_KEY, ROWS, TABLES, YEARS, Values, published, seen, with_shares
from sim.studies.anchor.moves import MOVABLE, MOVERS, Mover, Search
from sim.studies.anchor.reading import read
from sim.studies.anchor.template import HEAD

TOWN, CODE = "乙市", 99202
TEACHING = Parameters.load("teaching")
KEYS = [f.key for f in ROWS]


def lived(overrides: Mapping[OverrideKey, Value]) -> Values:
    """Return what a run to R6 of the teaching prefecture has of the town's figures."""
    plan = api.plan("baseline", region="teaching", last=2024, overrides=overrides)
    return with_shares(seen(api.frames(plan, TABLES), CODE))


def cell(key: str, year: int) -> str:
    return f"{'CDEF'[YEARS.index(year)]}{HEAD + 1 + KEYS.index(key)}"


def filled(folder: Path, figures: Mapping[tuple[str, int], object], unit: str = "円") -> Path:
    path = write_template(folder / "figures.xlsx", TOWN, TEACHING)
    book = load_workbook(path)
    sheet = book.worksheets[0]
    sheet["B3"] = unit
    for (key, year), value in figures.items():
        sheet[cell(key, year)] = value
    book.save(path)
    return path


def told(folder: Path, figures: Mapping[tuple[str, int], object], unit: str = "円") -> list[str]:
    with pytest.raises(InputError) as error:
        read(filled(folder, figures, unit), TEACHING)
    return str(error.value).splitlines()


def test_a_template_is_read_back_as_it_was_filled(tmp_path: Path) -> None:
    wanted = {("members_average", 2023): 900.0, ("billed", 2024): 110_000_000.0, ("per_head_medical", 2024): 33_000.0}
    own = read(filled(tmp_path, wanted), TEACHING)
    assert own.values == wanted
    assert (own.code, own.name) == (CODE, TOWN)
    thousands = {**wanted, ("billed", 2024): "110,000千円"}
    assert read(filled(tmp_path, thousands, "千円"), TEACHING).values == wanted


def test_published_figures_stand_in_grey_and_are_not_read(tmp_path: Path) -> None:
    p = Parameters.load()
    code = next(code for code in p.codes() if ("members_end", 2023) in published(p, code))
    path = write_template(tmp_path / "own.xlsx", code, p)
    sheet = load_workbook(path).worksheets[0]
    row = HEAD + 1 + KEYS.index("members_end")
    at = sheet.cell(row, 3 + len(YEARS) + YEARS.index(2023))
    assert at.value == published(p, code)["members_end", 2023]
    assert at.font.color.rgb.endswith("808080")
    assert sheet.cell(row, 3 + YEARS.index(2023)).value is None
    with pytest.raises(InputError, match="no figure of your own is filled in"):
        read(path, p)


def test_every_mistake_is_told_at_once_with_sheet_and_cell(tmp_path: Path) -> None:
    lines = told(
        tmp_path,
        {
            ("members_average", 2022): "many",
            ("rate", 2023): 0.93,
            ("checkup", 2023): 140,
            ("transfer", 2024): "△5",
            ("billed", 2023): "120千円",
        },
    )
    assert len(lines) == 5
    for (key, year), words in {
        ("members_average", 2022): "is no number",
        ("rate", 2023): "looks like a share; write percent, 93",
        ("checkup", 2023): "more than 100 %",
        ("transfer", 2024): "below 0",
        ("billed", 2023): "is in 千円; the column is in 円",
    }.items():
        place = f"sheet 自団体の数値, cell {cell(key, year)} ({BY_KEY[key].ja}, R{year - 2018})"
        assert [line for line in lines if place in line and words in line], (key, lines)


@pytest.mark.parametrize(
    ("figures", "at", "words"),
    [
        ({("billed", 2023): 9e7, ("collected", 2023): 9.5e7}, ("collected", 2023), "more than 現年分 調定額"),
        (
            {("carried", 2023): 100.0, ("carried_collected", 2023): 60.0, ("carried_lost", 2023): 50.0},
            ("carried_lost", 2023),
            "more than 滞納繰越分 調定額",
        ),
        ({("members_end", 2023): 900, ("households_end", 2023): 901}, ("households_end", 2023), "more households"),
        (
            {("billed", 2023): 1e8, ("collected", 2023): 9e7, ("rate", 2023): 95},
            ("rate", 2023),
            "the amounts give 90.00 %",
        ),
        ({("members_end", 2023): 900, ("billed", 2023): 1e5}, ("billed", 2023), "is 金額の単位 (円) right?"),
    ],
)
def test_figures_that_cannot_stand_together_are_refused(
    figures: Values, at: tuple[str, int], words: str, tmp_path: Path
) -> None:
    (line,) = told(tmp_path, figures)
    assert f"cell {cell(*at)} " in line
    assert words in line


def test_unit_municipality_and_names_are_checked_and_what_is_unlikely_is_a_warning(tmp_path: Path) -> None:
    path = filled(tmp_path, {("members_average", 2023): 900}, "ドル")
    book = load_workbook(path)
    sheet = book.worksheets[0]
    sheet["B2"] = "丑市"
    sheet["A7"] = "被保険者の数"
    sheet["C7"] = 5
    sheet["A9"] = "現年分 収納率"
    sheet["E5"] = "令和14年度"
    sheet["F5"] = "令和5年度"
    book.save(path)
    with pytest.raises(InputError) as error:
        read(path, TEACHING)
    text = str(error.value)
    assert "cell B2 (市区町村): no municipality '丑市'" in text
    assert "cell B3 (金額の単位): 'ドル' is no unit of amounts; allowed: 円, 千円, 百万円" in text
    assert "cell A7: no figure '被保険者の数'; did you mean '被保険者数（年度" in text
    assert "row 5, column E: '令和14年度' is none of R4, R5, R6, R7" in text
    assert "row 5, column F: R5 stands twice" in text
    assert "cell A18: 現年分 収納率 stands in row 9 already" in text
    own = read(filled(tmp_path, {("members_average", 2023): 900, ("members_end", 2023): 600}), TEACHING)
    assert f"cell {cell('members_average', 2023)}" in own.warnings[0]
    p = Parameters.load()
    code = next(code for code in p.codes() if ("members_end", 2023) in published(p, code))
    path = write_template(tmp_path / "own.xlsx", code, p)
    book = load_workbook(path)
    book.worksheets[0][cell("members_end", 2023)] = published(p, code)["members_end", 2023] * 1.5
    book.save(path)
    assert "is far from the published" in read(path, p).warnings[0]


def test_no_number_that_is_law_or_published_is_a_mover(tmp_path: Path) -> None:
    for p in (TEACHING, Parameters.load()):
        for mover in MOVERS:
            passport = p.passport(mover.key)
            assert passport.status in MOVABLE
            assert passport.by_place
            assert passport.range is not None
    own = read(filled(tmp_path, {("rate", 2023): 90.0}), TEACHING)
    law = TEACHING.passport("payment.place_level").model_copy(update={"status": "law"})
    p = replace(TEACHING, passports={**TEACHING.passports, "payment.place_level": law})
    s = Search(own, p, lambda values: {})
    assert s.rows == []
    assert s.beside["rate", 2023][1] == "law and published figures are never moved"


def test_figures_of_the_base_itself_move_nothing(tmp_path: Path) -> None:
    figures = {at: value for at, value in lived({}).items() if at[0] not in ("rate", "carried_rate")}
    found = anchor(filled(tmp_path, figures), region="teaching")
    assert found.runs == 1
    used = found.table[found.table["used"]]
    assert (used["before"] == used["after"]).all()
    assert used["met"].all()
    assert "policy: {}" in found.text
    assert (found.elsewhere["change"] == 0).all()
    path = found.write(tmp_path)
    assert load_scenario(path).overrides(TEACHING) == {}


TRUTH: dict[OverrideKey, Value] = {
    ("payment.place_level", None, CODE): 0.4,
    ("payment.place_arrears_level", None, CODE): -0.5,
    ("enrolment.place_joining", None, CODE): 1.15,
    ("enrolment.place_income", None, CODE): 1.1,
    ("cost.place_level", None, CODE): 1.1,
    ("finance.place_cost_per_member", None, CODE): 12_000.0,
}


@pytest.fixture(scope="module")
def other() -> Values:
    """The town's figures in a run where its own level is another."""
    return lived(TRUTH)


def test_a_level_is_found_back_and_its_scenario_runs_on_it(
    other: Values, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Second run as truth: rate within 0.3 points, members within 1 %, transfer within 500 yen an insured."""

    def refuse(*given: object) -> None:
        raise AssertionError("no network")

    for name in ("connect", "connect_ex", "bind", "sendto"):
        monkeypatch.setattr(socket.socket, name, refuse)
    figures = {at: v for at, v in other.items() if at[0] not in ("rate", "carried_rate", "contribution")}
    found = anchor(filled(tmp_path, figures), region="teaching")
    path = found.write(tmp_path)
    result = sim.run(path, last="R6", out=tmp_path / "results", progress=False)
    assert result.folder.manifest["region"] == "teaching"
    again = with_shares(seen(result.tables, CODE))
    table = found.table.set_index(["key", "year"])
    for year in (2022, 2023, 2024):
        assert again["members_average", year] == pytest.approx(other["members_average", year], rel=0.01)
        assert again["rate", year] == pytest.approx(other["rate", year], abs=0.3)
        assert again["benefit", year] == pytest.approx(other["benefit", year], rel=0.01)
        heads = other["members_average", year]
        assert again["transfer", year] == pytest.approx(other["transfer", year], abs=500 * heads)
        for key in ("members_average", "rate", "transfer"):
            assert table.loc[(key, year), "anchored"] == pytest.approx(again[key, year])
    used = found.table[found.table["used"] & (found.table["parameter"] == "payment.place_level")]
    assert np.abs(used["after"].astype(float) - 0.4).max() < 0.1
    assert used["within"].all()
    kept = (result.path / "scenario.yaml").read_text(encoding="utf-8")
    assert found.digest in kept
    assert "payment.place_level R4 0 -> " in kept
    beside = found.table[~found.table["used"]].set_index(["key", "year"])
    assert beside.loc[("income_part_medical", 2023), "why_en"].startswith("rates are never moved")
    assert beside.loc[("billed", 2022), "why_en"].startswith("not in this year")
    assert beside.loc[("members_end", 2022), "why_en"] == "its number meets the figure before it"


def test_other_municipalities_keep_their_members_and_rates(tmp_path: Path, other: Values) -> None:
    found = anchor(filled(tmp_path, {("rate", 2023): other["rate", 2023]}), region="teaching")
    far = found.elsewhere.set_index("measure")
    assert abs(far.loc["members_average", "change"]) < 0.5
    assert abs(far.loc["rate", "change"]) < far.loc["rate", "noise"]


def test_a_value_beyond_its_range_is_clipped_and_told(tmp_path: Path) -> None:
    found = anchor(filled(tmp_path, {("fund", 2022): 10**9}), region="teaching", rounds=2)
    (row,) = found.table.to_dict("records")
    highest = TEACHING.passport("municipal.opening_fund_per_member").range
    assert highest is not None
    assert row["after"] == highest[1]
    assert not row["within"]
    assert not row["met"]
    assert "許容範囲の端" in found.text


def test_a_figure_that_is_many_times_the_base_is_a_warning(tmp_path: Path) -> None:
    found = anchor(filled(tmp_path, {("benefit", 2022): 40}), region="teaching", rounds=1)
    (warning,) = found.warnings
    assert f"cell {cell('benefit', 2022)} (保険給付費, R4): 40 is " in warning
    assert "times what the base has" in warning


def test_the_command_writes_a_template_and_a_scenario(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from sim import cli

    path = filled(tmp_path, {("checkup", 2023): 40.0, ("contribution", 2023): 1.4e8})
    monkeypatch.chdir(tmp_path)
    (tmp_path / "scenarios").mkdir()
    assert cli.main(["anchor", "--template", "new.xlsx", "-m", TOWN, "--region", "teaching"]) == 0
    assert (tmp_path / "new.xlsx").is_file()
    for lang in ("ja", "en"):
        assert cli.main(["anchor", str(path), "--region", "teaching", "--lang", lang]) == 0
    out = capsys.readouterr().out
    assert "cost.checkup_rise" in out
    assert "都道府県の算定から決まる" in out
    assert "no figure left this machine" in out
    assert (tmp_path / "scenarios" / "anchored_otsu.yaml").is_file()
    assert cli.main(["anchor", "--template", "new.xlsx", "--region", "teaching"]) == 2
    assert cli.main(["anchor"]) == 2
    assert cli.main(["anchor", str(path), "-m", TOWN, "--region", "teaching"]) == 2
    assert cli.main(["anchor", str(path), "--out", "nowhere/plan.yaml", "--region", "teaching"]) == 2


@pytest.mark.parametrize("mover", [m for m in MOVERS if m.figure != "checkup"], ids=lambda m: m.figure)
def test_the_numbers_are_neutral_and_move_their_figure_the_way_it_is_said(mover: Mover) -> None:
    before = float(TEACHING.value(mover.key, 2022))
    if mover.figure != "fund":
        assert before == (1.0 if mover.ratio else 0.0)
    code = 99201
    by = 0.2 if mover.scale != "head" else 3_000.0
    moved: dict[OverrideKey, Value] = {(mover.key, None, code): mover.outer(mover.inner(before) + by)}
    plan = [api.plan("baseline", region="teaching", last=2024, overrides=values) for values in ({}, moved)]
    year = 2022 if mover.figure == "fund" else 2024
    figures = [with_shares(seen(api.frames(p, TABLES), code))[mover.figure, year] for p in plan]
    if mover.figure == "transfer":
        assert figures[1] >= figures[0]
    else:
        assert np.sign(figures[1] - figures[0]) == np.sign(mover.slope)


def test_figures_of_a_sample_are_brought_to_the_full_population_where_its_totals_are_kept(tmp_path: Path) -> None:
    from sim.engine import controls

    home = tmp_path / "teaching"
    shutil.copytree(regions.read("teaching").folder, home)
    plan = api.plan("baseline", sample=1, region=home)
    tables = api.frames(plan, TABLES)
    controls.write(home, plan, tables["municipality_year"])
    whole = seen(tables, CODE)
    found = anchor(filled(tmp_path, {("benefit", 2022): 1.1 * whole["benefit", 2022]}), region=home, sample=4)
    assert found.paired
    assert not found.warnings
    (row,) = found.table.to_dict("records")
    assert row["base"] == pytest.approx(whole["benefit", 2022])
    assert row["met"]
    assert "1/4標本" in found.text
    assert f'region: "{home}"' in found.text


def test_figures_of_a_sample_are_brought_to_a_full_run_of_the_base_if_there_is_one(tmp_path: Path) -> None:
    full = sim.run("baseline", region="teaching", out=tmp_path / "results", progress=False)
    whole = with_shares(seen(full.tables, CODE))
    path = filled(tmp_path, {("members_end", 2022): whole["members_end", 2022], ("rate", 2023): whole["rate", 2023]})
    alone = anchor(path, region="teaching", sample=4, results=tmp_path)
    assert not alone.paired
    assert (alone.table["base"] != alone.table["own"]).all()
    found = anchor(path, region="teaching", sample=4, results=tmp_path / "results")
    assert found.paired
    assert found.runs == 1
    assert np.allclose(found.table["base"].astype(float), found.table["own"])
