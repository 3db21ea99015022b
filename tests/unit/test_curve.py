"""kokuho curve: bills along income meet the bills of single files, with the cliffs where the law has them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import sim
from sim import cli
from sim.core.errors import InputError
from sim.explanations.curve import Along, Curve

FAMILY: dict[str, Any] = {
    "members": [
        {"name": "太郎", "born": "1980-05-10", "head": True, "business": 3_200_000},
        {"name": "花子", "born": "1983-11-02"},
        {"name": "一郎", "born": "2015-07-15"},
    ]
}


@pytest.fixture(scope="module")
def two() -> Curve:
    return sim.curve(FAMILY, ["新宿区", "八王子市"], "R7")


def test_each_point_is_the_bill_of_the_family_with_that_income(two: Curve) -> None:
    assert (two.member, two.kind) == ("太郎", "business")
    for place in ("新宿区", "八王子市"):
        own = two.table[two.table["municipality"] == place].set_index("income")
        for income in (0, 1_000_000, 3_200_000, 15_000_000):
            members = [{**FAMILY["members"][0], "business": income}, *FAMILY["members"][1:]]
            assert own.loc[income, "total"] == sim.household({"members": members}, place, "R7").total
    assert two.table["income"].max() == 15_000_000


def test_the_cliffs_stand_where_the_law_has_them(two: Curve) -> None:
    """R7, three persons, one earner: 430,000; + 305,000 x 3 = 1,345,000; + 560,000 x 3 = 2,110,000; grid of 10,000."""
    own = two.cliffs[two.cliffs["label"] == "新宿区 R7"]
    assert own["income"].tolist() == [440_000, 1_350_000, 2_120_000]
    assert list(zip(own["before"], own["after"], strict=True)) == [(7, 5), (5, 2), (2, 0)]
    per_head = 47_300 * 3 + 16_800 * 3 + 16_600 * 2
    assert own["rise"].tolist()[2] == pytest.approx(per_head * 0.2 + 10_000 * 0.1265, abs=3)


def test_the_marginal_rate_is_that_of_the_ordinance_between_the_cliffs(two: Curve) -> None:
    own = two.table[two.table["municipality"] == "新宿区"].set_index("income")
    assert own.loc[4_000_000, "marginal"] == pytest.approx(0.0771 + 0.0269 + 0.0225, abs=1e-4)
    assert own.loc[15_000_000, "marginal"] == 0


def test_years_and_a_scenario_are_compared(tmp_path: Path) -> None:
    file = tmp_path / "cap.yaml"
    file.write_text("name: cap\nextends: baseline\nlaw:\n  levy.cap_medical: {R8: 300_000}\n", "utf-8")
    found = sim.curve(FAMILY, "新宿区", ["R7", "R8"], scenario=file)
    assert [line.label for line in found.lines] == ["新宿区 R7", "新宿区 R8", "新宿区 R7 cap", "新宿区 R8 cap"]
    highest = found.table.groupby("label", sort=False)["medical"].max()
    assert highest.tolist() == [660_000, 670_000, 660_000, 300_000]
    assert set(found.table["basis"]) <= {"secondary", "run", "imputed"}


def test_another_member_and_another_income() -> None:
    found = sim.curve(FAMILY, "新宿区", "R7", along=Along("花子", "salary", step=1_000_000))
    assert (found.member, found.kind, len(found.table)) == ("花子", "salary", 16)
    assert found.table["total"].is_monotonic_increasing


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"along": Along("次郎")}, "no member '次郎'; .*members: 太郎, 花子, 一郎"),
        (
            {"along": Along(kind="sallary")},  # type: ignore[arg-type]
            "did you mean 'salary'",
        ),
        ({"along": Along(step=0)}, "write yen above 0"),
        ({"municipality": None}, "which municipality"),
    ],
)
def test_mistakes_are_explained(change: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        sim.curve(FAMILY, **({"municipality": "新宿区", "year": "R7"} | change))


def test_a_family_that_moves_has_no_curve() -> None:
    with pytest.raises(InputError, match="leave moves and heads of R7 out"):
        sim.curve({**FAMILY, "moves": [{"date": "2025-10-05", "to": "八王子市"}]}, "新宿区", "R7")


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_the_command_writes_figure_page_and_table(
    lang: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    family = tmp_path / "family.yaml"
    family.write_text("members: [{name: <太郎>, born: 1980-05-10, head: true, salary: 300万円}]\n", "utf-8")
    files = [tmp_path / f"c.{ending}" for ending in ("svg", "png", "html", "csv")]
    options = ["--income", "<太郎>:salary"]
    options += [option for file in files for option in ("--out", str(file))]
    assert cli.main(["curve", str(family), "-m", "新宿区,八王子市", "-y", "R8", "--lang", lang, *options]) == 0
    shown = capsys.readouterr().out
    assert shown.startswith("新宿区 R8 料率の根拠：" if lang == "ja" else "新宿区 R8 Rates: ")
    assert files[0].read_text("utf-8").count("<svg") == 1
    assert files[1].read_bytes().startswith(b"\x89PNG")
    page = files[2].read_text("utf-8")
    assert not re.search(r'(src|href)="(?!data:)', page)
    assert "<太郎>" not in page
    assert ("据え置き" if lang == "ja" else "carried on") in page
    assert set(pd.read_csv(files[3])["basis"]) <= {"run", "imputed"}


def test_an_ending_that_cannot_be_written_is_refused_before_the_work(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["curve", "none.yaml", "--out", "c.pdf"]) == 2
    assert "allowed endings: .svg, .png, .html" in capsys.readouterr().err


def test_a_slip_in_the_option_of_the_income_is_explained(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["curve", "none.yaml", "--income", "花子:sallary"]) == 2
    assert "did you mean 'salary'" in capsys.readouterr().err
