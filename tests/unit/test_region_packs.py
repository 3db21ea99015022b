"""`kokuho region new` and `check`: a folder to fill in, and one message for each mistake in one."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from sim import cli
from sim.core.errors import ParameterError
from sim.parameters import Parameters, packs, regions
from sim.parameters.loader import forget


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    return Path(shutil.copytree(regions.SHIPPED / "teaching", tmp_path / "pack"))


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def line_of(path: Path, start: str) -> int:
    lines = path.read_text(encoding="utf-8").splitlines()
    return next(n for n, line in enumerate(lines, start=1) if line.startswith(start))


def said(pack: Path) -> str:
    forget()
    return packs.shown(packs.mistakes(pack), pack)


@pytest.mark.parametrize("name", regions.names())
def test_what_ships_has_no_mistake(name: str) -> None:
    assert packs.mistakes(name) == []


def test_a_municipality_missing_in_one_table(pack: Path) -> None:
    cards = pack / "places" / "settlement_fy2023.csv"
    cards.write_text(re.sub(r"(?m)^99341,.*\n", "", cards.read_text(encoding="utf-8")), encoding="utf-8")
    assert said(pack) == "pack/places/settlement_fy2023.csv, code: has no row of 99341 (丁村); add it"
    with pytest.raises(ParameterError, match="has no row of 99341"):
        Parameters.load(pack)


def test_sums_that_disagree(pack: Path) -> None:
    columns = (
        "code,reference_date,fiscal_year,japanese_male,japanese_female,foreign_male,foreign_female,source_id,status"
    )
    ages = Parameters.load("teaching").table("places.register_age5").groupby("code").sum(numeric_only=True)
    people = ["japanese_male", "japanese_female", "foreign_male", "foreign_female"]
    rows = [f"{c},2026-01-01,2025,{','.join(map(str, ages.loc[c, people]))},invented,assumed" for c in ages.index]
    (pack / "places" / "register_totals.csv").write_text("\n".join([columns, *rows, ""]), encoding="utf-8")
    with (pack / "places" / "tables.yaml").open("a", encoding="utf-8") as file:
        file.write("register_totals:\n  year: column\n")
    assert said(pack) == ""
    men = int(ages.loc[99202, "japanese_male"])
    edit(pack / "places" / "register_totals.csv", f"99202,2026-01-01,2025,{men}", f"99202,2026-01-01,2025,{men + 100}")
    assert said(pack) == (
        f"pack/places/register_totals.csv, line 3, japanese_male: {men + 100}, but the age groups of 99202 in "
        f"places/register_age5.csv add up to {men}; they speak of the same day, correct one of the two"
    )


def test_members_above_residents(pack: Path) -> None:
    cards = pack / "places" / "settlement_fy2023.csv"
    edit(cards, "99341,2023,,152", "99341,2023,900,800")
    at = line_of(cards, "99341")
    ages = Parameters.load("teaching").table("places.register_age5").query("code == 99341")
    there = ages.iloc[:15][["japanese_male", "japanese_female", "foreign_male", "foreign_female"]].to_numpy().sum()
    assert [text.split(";")[0] for text in said(pack).splitlines()] == [
        f"pack/places/settlement_fy2023.csv, line {at}, insured: 800 members, but {there} residents below 75 in "
        "places/register_age5.csv",
        f"pack/places/settlement_fy2023.csv, line {at}, households: 900 households of 800 members",
    ]


def test_several_mistakes_are_told_at_once_each_with_its_place(pack: Path) -> None:
    rates, places = pack / "places" / "actual_rates.csv", pack / "places" / "municipalities.csv"
    edit(rates, "99201,2023,medical,72000,0,27000", "99201,2023,medical,-72000,0,27000")
    edit(rates, "99201,2023,support,25000,", "99201,2023,support,0.025,")
    edit(rates, "99202,2023,care,", "99201,2023,care,")
    edit(rates, "99321,2023,medical,", "13101,2023,medical,")
    edit(rates, "99361,2025,care,", "99361,2025,caer,")
    edit(places, ",tax,8,100,invented,", ",taxes,8,100,invention,")
    (pack / "places" / "caps.csv").write_text("code\n", encoding="utf-8")
    assert said(pack).splitlines() == [
        "pack/places/caps.csv: is not listed in places/tables.yaml, so nothing reads it; list it with its year",
        "pack/places/municipalities.csv, line 3, levy_form: 'taxes'; allowed: premium, tax",
        "pack/places/municipalities.csv, line 3, source_id: 'invention' is not in sources.yaml; did you mean 'invented'?",
        "pack/places/actual_rates.csv, line 2, income_part: -72000 is below 0; allowed: 0 and more (1/1,000,000)",
        "pack/places/actual_rates.csv, line 3, income_part: 0.025 is a share; write it per 1,000,000, 25000",
        "pack/places/actual_rates.csv, line 25, portion: 'caer'; allowed: medical, support, care, child",
        "pack/places/actual_rates.csv, line 10: repeats line 4 (code 99201, fiscal_year 2023, portion care); "
        "keep one of the two",
        "pack/places/actual_rates.csv, line 14, code: 13101 is a code of another prefecture; allowed: 99001-99999, "
        "or 99000 for the whole",
    ]


def test_files_and_values_that_are_not_in_order(pack: Path) -> None:
    (pack / "policy" / "rates.yaml").write_text("alpha: {value: 7, status: published, source: invented}\n", "utf-8")
    assert said(pack) == "pack/policy/rates.yaml, line 1: rates.alpha: 7 is outside the allowed 0–1"
    (pack / "policy" / "rates.yaml").unlink()
    edit(pack / "places" / "tables.yaml", "register_age5:", "flows_2025:")
    assert said(pack).splitlines()[0] == (
        "pack/places/tables.yaml: does not list places/register_age5.csv, which every region gives; add it"
    )
    edit(pack / "region.yaml", "code: 99000", "code: 99001")
    assert "code" in said(pack).splitlines()[0]


def test_a_table_with_a_column_missing_or_unreadable_is_one_message(pack: Path) -> None:
    edit(pack / "places" / "register_age5.csv", "foreign_male", "foreign_men")
    (pack / "places" / "actual_rates.csv").write_bytes("コード\n".encode("cp932"))
    assert said(pack).splitlines() == [
        "pack/places/actual_rates.csv: is not UTF-8; save it as CSV UTF-8",
        "pack/places/register_age5.csv: has no column foreign_male; add it to the header",
    ]


def test_an_age_group_missing_is_told(pack: Path) -> None:
    ages = pack / "places" / "register_age5.csv"
    ages.write_text(re.sub(r"(?m)^99361,100\+,.*\n", "", ages.read_text(encoding="utf-8")), encoding="utf-8")
    assert said(pack) == "pack/places/register_age5.csv, age_group: 99361 has no row of 100+; add them, 0 if nobody"


def test_the_template_with_its_example_rows_passes_the_check(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert cli.main(["region", "new", "mihon", "--code", "46000"]) == 0
    assert cli.main(["region", "new", "mihon"]) == 2
    assert "nothing is overwritten" in capsys.readouterr().err
    assert cli.main(["region", "check", "mihon"]) == 2
    assert "has no row below its header" in capsys.readouterr().err
    readme = (tmp_path / "mihon" / "places" / "README.md").read_text(encoding="utf-8")
    blocks = re.findall(r"## (\w+)\.csv\n.*?```csv\n(.*?)```", readme, flags=re.DOTALL)
    assert len(blocks) == 4
    for name, rows in blocks:
        (tmp_path / "mihon" / "places" / f"{name}.csv").write_text(rows, encoding="utf-8")
    forget()
    assert cli.main(["region", "check", "mihon"]) == 0
    assert "1 municipalities; it runs" in capsys.readouterr().out
    p = Parameters.load(tmp_path / "mihon")
    assert p.codes() == [46201]
    assert 0 < p.value("population.members_start", 2022) < 5000


def test_the_check_says_how_gaps_are_filled_and_what_they_cost(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["region", "check", "teaching", "--lang", "ja"]) == 0
    text = capsys.readouterr().out
    assert "places.payment_intercepts" in text
    assert "実行できます" in text
    costs = [gap.cost for gap in packs.gaps(Parameters.load("teaching")) if gap.places is not None]
    assert (costs[0], costs[-1]) == ("large", "none")
    assert packs.gaps(Parameters.load("tokyo")) == []
