"""One answer for a household's year, and for many households of a table."""

from __future__ import annotations

import datetime
import io
import json
import time
from pathlib import Path
from typing import Any

import numba
import pandas as pd
import pytest

import sim
from sim import cli
from sim.core.errors import InputError
from sim.explanations.answer import side_by_side
from sim.explanations.batch import households
from sim.explanations.stretches import take_changes
from sim.institutions.memory import PORTIONS

FAMILY: dict[str, Any] = {
    "members": [
        {"name": "太郎", "born": "1980-05-10", "head": True, "business": 3_200_000},
        {"name": "花子", "born": "1983-11-02", "salary": 980_000},
        {"name": "一郎", "born": "2021-07-15"},
    ]
}
ROWS = """household,municipality,year,name,head,born,business,salary,insured_from,insured_to
A,港区,R7,太郎,true,1980-05-10,3200000,,,
A,,,花子,,1983-11-02,,980000,,
A,,,一郎,,2021-07-15,,,,
B,立川市,R7,次郎,,1990-01-01,,300万円,2025-10,2025-12
"""


def test_a_table_gives_the_bills_of_the_family_files(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_text(ROWS, encoding="utf-8-sig")
    table = households(path)
    one = sim.household(FAMILY, "港区", "R7")
    first = table.iloc[0]
    assert {p: first[p] for p in PORTIONS} == one.portions
    assert (first["total"], first["relief"], first["basis"]) == (one.total, one.relief, one.basis)
    two = {"members": [{"name": "次郎", "head": True, "born": "1990-01-01", "salary": 3_000_000,
                        "insured": {"from": "2025-10", "to": "2025-12"}}]}  # fmt: skip
    assert table["total"].iloc[1] == sim.household(two, "立川市", "R7").total
    assert table["household"].tolist() == ["A", "B"]


def test_excel_shift_jis_and_frames_are_read_like_utf8(tmp_path: Path) -> None:
    wanted = None
    frame = pd.read_csv(io.StringIO(ROWS))
    (tmp_path / "sjis.csv").write_bytes(ROWS.encode("cp932"))
    frame.assign(born=pd.to_datetime(frame["born"])).to_excel(tmp_path / "people.xlsx", index=False)
    for people in (tmp_path / "sjis.csv", tmp_path / "people.xlsx", frame):
        found = households(people)
        wanted = found if wanted is None else wanted
        pd.testing.assert_frame_equal(found, wanted)


def test_japanese_columns_and_a_year_given_from_outside(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_text(
        "世帯番号,氏名,世帯主,生年月日,給与,取得日\n1,太郎,はい,昭和55年5月10日,400万円,2025-10-05\n", "utf-8"
    )
    table = households(path, "新宿区", "R7")
    member = {"born": "1980-05-10", "head": True, "salary": 4_000_000, "insured": {"joined": "2025-10-05"}}
    assert table["total"].tolist() == [sim.household({"members": [member]}, "新宿区", "R7").total]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("980000", "たくさん", r"people.csv: row 3 \(花子\): salary: 'たくさん' is not a number"),
        ("1990-01-01", "1990-13-01", r"people.csv: row 5 \(次郎\): born is '1990-13-01'; write a date"),
        ("港区", "港市", "people.csv: household A: municipality: no municipality '港市'"),
        ("B,立川市,R7", ",立川市,R7", "people.csv: row 5: household .* is empty"),
        ("salary", "salry", "people.csv: row 1: no column 'salry'; did you mean 'salary'"),
        ("A,,,一郎", "A,新宿区,,一郎", "people.csv: row 4: municipality is '新宿区', but '港区' further up"),
        ("R7,次郎", "R99,次郎", "people.csv: household B: year: R99 is outside the years"),
    ],
)
def test_a_mistake_names_file_row_and_key(old: str, new: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_text(ROWS.replace(old, new), "utf-8")
    with pytest.raises(InputError, match=message) as caught:
        households(path)
    assert len(str(caught.value).splitlines()) == 1


def test_a_move_charges_each_municipality_its_months() -> None:
    """R7, moved on 5 October: April to September in 港区, October to March in 八王子市."""
    moved = sim.household({**FAMILY, "moves": [{"date": "2025-10-05", "to": "八王子市"}]}, "港区", "R7")
    halves = [
        sim.household({"members": [{**m, "insured": span} for m in FAMILY["members"]]}, place, "R7").total
        for place, span in (
            ("港区", {"from": "2025-04", "to": "2025-09"}),
            ("八王子市", {"joined": "2025-10-05"}),
        )
    ]
    assert [bill.total for bill in moved.bills] == halves
    assert moved.municipality == "港区→八王子市"
    assert moved.total == sum(halves) == moved.notice["bill"].sum()
    assert moved.lines["municipality"].nunique() == 2
    assert sum(moved.instalments) - moved.schedule.refund == moved.total
    months = [i["month"] for b in moved.data()["bills"] for i in b["instalments"]]
    assert set(months) == {f"{1900 + i.month // 12}-{i.month % 12 + 1:02d}" for i in moved.schedule.instalments}
    assert sim.household({**FAMILY, "転居": [{"転入日": "2024-10-05", "転入先": "八王子市"}]}, "港区", "R7").total == (
        sim.household(FAMILY, "八王子市", "R7").total
    )


def test_somebody_in_a_facility_elsewhere_stays_insured_where_they_were() -> None:
    move = {"date": "2025-10-05", "to": "八王子市", "stays_insured": True}
    stays = sim.household({**FAMILY, "moves": [move]}, "港区", "R7")
    assert stays.total == sim.household(FAMILY, "港区", "R7").total
    assert "住所地特例" in stays.text()


def test_a_new_head_owes_from_the_month_of_the_change() -> None:
    """The old head leaves for employee insurance and is no longer counted in the relief test of the new head's duty."""
    family = {
        "members": [
            {
                "name": "父",
                "born": "1970-05-10",
                "head": True,
                "business": 5_000_000,
                "insured": {"left": "2025-10-01"},
            },
            {"name": "子", "born": "2000-11-02"},
        ],
        "heads": [{"date": "2025-10-01", "head": "子"}],
    }
    found = sim.household(family, "港区", "R7")
    assert [bill.relief for bill in found.bills] == [0, 7]
    with pytest.raises(InputError, match="no member '孫'"):
        sim.household({**family, "heads": [{"date": "2025-10-01", "head": "孫"}]}, "港区", "R7")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"moves": [{"date": "soon", "to": "港区"}]}, "moves: date is 'soon'; write a day"),
        ({"moves": [{"date": "2025-10-05", "too": "港区"}]}, "no key 'too'; did you mean 'to'"),
        ({"moves": {"date": "2025-10-05"}}, "moves: write a list of lines"),
    ],
)
def test_mistakes_in_changes_are_explained(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        sim.household({**FAMILY, **changes}, "港区", "R7")


def test_stretches_lie_between_the_days_of_change() -> None:
    raw = {"moves": [{"date": "2025-10-05", "to": 13201}], "heads": [{"date": "2025-12-01", "head": "花子"}]}
    _, changes = take_changes(raw, "f.yaml", 2025)
    days = [datetime.date(2025, 4, 1), datetime.date(2025, 10, 5), datetime.date(2025, 12, 1)]
    assert [s.span.first for s in changes.stretches] == days
    assert [(s.municipality, s.head) for s in changes.stretches] == [(None, None), (13201, None), (13201, "花子")]


def test_the_notice_shows_relief_by_part_and_adds_up() -> None:
    """八丈町 levies per household: 7割軽減 falls on 均等割 and 平等割, each shown."""
    family = {"members": [{"name": "太郎", "born": "1980-05-10", "head": True, "salary": 500_000}]}
    notice = sim.household(family, "八丈町", "R6").notice
    assert (notice.drop(columns="bill").sum(axis=1) == notice["bill"]).all()
    medical = notice.loc["medical"]
    assert medical["relief_per_head"] == pytest.approx(-medical["per_head"] * 0.7, abs=1)
    assert medical["relief_per_household"] == pytest.approx(-medical["per_household"] * 0.7, abs=1)
    assert medical["relief_per_household"] < 0


def test_years_and_municipalities_side_by_side_and_plain_data() -> None:
    answers = [sim.household(FAMILY, place, year) for place in ("港区", "八王子市") for year in ("R7", "R8")]
    table = side_by_side(answers)
    assert table["total"].tolist() == [a.total for a in answers]
    assert table["rates"].str.startswith("料率の根拠：").all()
    data = json.loads(json.dumps(answers[1].data()))
    assert data["total"] == sum(data["portions"].values()) == answers[1].total
    assert data["bills"][0]["rates"]["medical"]["basis"] == "carried"
    assert data["bills"][0]["rates"]["medical"]["rates_of"] == 2025


@pytest.mark.parametrize("ending", ["csv", "xlsx", "json"])
def test_the_command_writes_results_with_their_basis(
    ending: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    people, out = tmp_path / "people.csv", tmp_path / f"bills.{ending}"
    people.write_text(ROWS, "utf-8")
    assert cli.main(["household", str(people), "--out", str(out), "--lang", "ja"]) == 0
    assert "料率の根拠：二次資料 2" in capsys.readouterr().out
    read = {"csv": pd.read_csv, "xlsx": pd.read_excel, "json": lambda p: pd.DataFrame(json.loads(p.read_text("utf-8")))}
    column, kind = ("料率の根拠", "二次資料") if ending == "xlsx" else ("basis", "secondary")  # people read a workbook
    assert read[ending](out)[column].tolist() == [kind, kind]
    family = tmp_path / "family.yaml"
    family.write_text(json.dumps(FAMILY, ensure_ascii=False), "utf-8")
    assert cli.main(["household", str(family), "-m", "港区", "-y", "R7", "--out", str(out), "--lang", "ja"]) == 0
    assert capsys.readouterr().out.startswith("料率の根拠：")
    if ending != "json":
        assert kind in set(read[ending](out)[column])
    assert cli.main(["household", str(family), "-m", "港区", "-y", "R7,R8"]) == 0
    assert "543,855" in capsys.readouterr().out
    assert cli.main(["household", str(family), "-m", "港区", "-y", "R7", "--notice", "--lang", "ja"]) == 0
    assert "未就学児の軽減" in capsys.readouterr().out


def test_somebody_in_an_exempt_facility_owes_no_care_portion_in_those_months() -> None:
    """介護保険適用除外: October to January are four of twelve months; the other portions stay."""
    full = sim.household(FAMILY, "港区", "R7")
    exempt = {"care_exempt": {"from": "2025-10", "to": "2026-01"}}
    father = sim.household({"members": [{**FAMILY["members"][0], **exempt}, *FAMILY["members"][1:]]}, "港区", "R7")
    assert {p: father.portions[p] for p in ("medical", "support")} == {
        p: full.portions[p] for p in ("medical", "support")
    }
    own = 2_770_000 * 22_500 + 16_600 * 1_000_000
    assert full.portions["care"] - father.portions["care"] == pytest.approx(own * 4 / 12 / 1_000_000, abs=1)
    whole = sim.household({"members": [{**m, "介護適用除外": True} for m in FAMILY["members"]]}, "港区", "R7")
    assert whole.portions["care"] == 0


def remitted(*remissions: dict[str, Any], place: str = "港区", **rates: Any) -> Any:
    return sim.household({**FAMILY, "remission": list(remissions), **({"rates": rates} if rates else {})}, place, "R7")


def test_a_remission_of_a_portion_of_a_person_of_months_and_of_yen() -> None:
    full = sim.household(FAMILY, "港区", "R7")
    portion = remitted({"share": "50%", "portion": "medical"})
    assert full.portions["medical"] - portion.portions["medical"] == full.portions["medical"] // 2
    assert portion.portions["support"] == full.portions["support"]
    # 花子 owes 47,300 of the medical portion, half a year of it is 23,650
    wife = remitted({"share": "10割", "person": "花子", "portion": "医療分", "from": "2025-10"})
    assert full.total - wife.total == 23_650
    yen = remitted({"yen": 20_000})
    assert full.total - yen.total == 20_000
    assert all(full.portions[p] > yen.portions[p] for p in ("medical", "support", "care"))
    moved = {**FAMILY, "moves": [{"date": "2025-10-05", "to": "八王子市"}]}
    before = sim.household(moved, "港区", "R7").total
    after = sim.household({**moved, "remission": [{"yen": 20_000}]}, "港区", "R7").total
    assert 0 <= before - after - 20_000 < 300  # three portions of 八王子市 are cut to 100 yen again
    most = remitted({"yen": "100万円", "portion": "care"})
    assert most.portions["care"] == 0


def test_remissions_are_lines_of_their_own_and_parts_of_the_notice_and_tax_is_cut_anew() -> None:
    found = remitted({"share": "30%"}, place="八王子市")
    assert all(yen % 100 == 0 for yen in found.portions.values())
    for portion, yen in found.portions.items():
        own = found.lines[found.lines["portion"] == portion]
        assert own["amount"][own["kind"].isin(["charge", "relief", "cap", "rounding"])].sum() == yen
        assert own["amount"][own["kind"] == "bill"].sum() == yen
    assert (found.notice["remission"] < 0).all()
    assert (found.notice.drop(columns="bill").sum(axis=1) == found.notice["bill"]).all()
    assert "条例減免" in found.text()


@pytest.mark.parametrize(
    ("remission", "message"),
    [
        ({"share": "130%"}, "remission 1: share is '130%'"),
        ({"yen": 1, "share": "1%"}, "give either share"),
        ({"yen": 1, "portion": "dental"}, "portion is 'dental'"),
        ({"yen": 1, "persn": "花子"}, "did you mean 'person'"),
        ({"yen": 1, "person": "次郎"}, "no member '次郎'"),
        ({"yen": 1, "from": "autumn"}, "from is 'autumn'; write a month"),
    ],
)
def test_mistakes_in_a_remission_are_explained(remission: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        remitted(remission)


def test_an_ordinance_may_round_half_up_or_each_person() -> None:
    """One portion of 7 % and 10,033 yen a head, cut to 10 yen: 193,900 + 3 x 10,033 - the child's half of 10,033."""
    rates = {"form": "premium", "rounding": 10, "medical": {"income_part": "7.00%", "per_head": 10_033},
             "support": {"income_part": "0%", "per_head": 0}, "care": {"income_part": "0%", "per_head": 0}}  # fmt: skip
    exact = 2_770_000 * 0.07 + 3 * 10_033 - 10_033 / 2
    assert remitted(**rates).portions["medical"] == int(exact // 10) * 10
    assert remitted(**rates, rounding_rule="half_up").portions["medical"] == int(exact / 10 + 0.5) * 10
    each = 203_930 + 10_030 + 10_030 - 5_016.5
    assert remitted(**rates, rounded_per="person").portions["medical"] == int(each // 10) * 10
    with pytest.raises(InputError, match="rounding_rule is 'up'; write down or half_up"):
        remitted(**rates, rounding_rule="up")


def test_a_household_without_insured_members_has_no_bill_but_a_basis() -> None:
    nobody = {"members": [{"name": "太郎", "born": "1980-05-10", "head": True, "insurance": "employee"}]}
    found = sim.household(nobody, "港区", "R7")
    assert (found.total, found.basis) == (0, "secondary")
    assert found.notice.empty
    assert found.data()["total"] == 0
    people = pd.DataFrame({"household": ["A"], "born": ["1980-05-10"], "insurance": ["employee"]})
    assert households(people, "港区", "R7")[["total", "basis"]].to_numpy().tolist() == [[0, "secondary"]]


@pytest.mark.skipif(numba.config.DISABLE_JIT, reason="without compiled code the kernel is slow")
def test_two_thousand_households_take_a_fifth_of_the_budget_of_ten_thousand() -> None:
    """10,000 households from a table in 5 seconds of one processor."""
    people = pd.DataFrame(
        {
            "household": [number for number in range(2_000) for _ in range(2)],
            "head": [True, None] * 2_000,
            "born": [f"{1952 + number % 50}-{number % 12 + 1:02d}-15" for number in range(4_000)],
            "salary": [number % 600 * 10_000 for number in range(4_000)],
        }
    )
    households(people.head(20), "港区", "R7")
    began = time.process_time()
    table = households(people, "港区", "R7")
    assert time.process_time() - began < 1.0
    assert len(table) == 2_000
    assert (table["total"] >= 0).all()
