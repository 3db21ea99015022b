"""The calculator and the curve on the page: figures are those of `sim.household`, mistakes stand at their fields."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest

pytest.importorskip("nicegui", reason="the extra 'ui' is not installed")
pytest.importorskip("selenium", reason="selenium is not installed")

from sim import curve, household
from sim.explanations.model_households import read_households
from sim.parameters import Parameters
from sim.ui import calculator_words
from sim.ui.family_form import ELSEWHERE, KOKUHO, MOVED, FamilyForm, Person
from tests.ui.browsing import PHONE, needed
from tests.ui.conftest import Server
from tests.ui.looking import choose, chromium, every, one, pick, press, says, sideways, text, unfold, write

WARD, NAME = "13104", "新宿区"


def total(form: FamilyForm, year: int = 2025) -> int:
    raw, wrong = form.read(year, "ja")
    assert not wrong
    return household(raw, NAME, year).total


# ---- the form


@pytest.mark.parametrize("known", read_households(), ids=lambda h: h.name)
def test_a_model_household_in_the_form_is_billed_as_it_is(known) -> None:  # type: ignore[no-untyped-def]
    form = FamilyForm()
    form.take(known)
    rows = [dict(row) for row in known.members]
    for row in rows:
        row["born"] = datetime.date(2025 - int(row.pop("age")), 4, 2)
    assert total(form) == household({"members": rows}, NAME, 2025).total > 0


def test_half_a_year_a_job_loss_and_a_head_insured_elsewhere() -> None:
    whole = FamilyForm(people=[Person(age="40", salary="400万円")])
    half = FamilyForm(people=[Person(age="40", salary="400万円", since="10月")])
    lost = FamilyForm(people=[Person(age="40", salary="400万円", job_loss="2025-03-31")])
    assert total(half) == pytest.approx(total(whole) / 2, abs=10)
    assert total(lost) < total(whole) / 2
    head = Person(age="50", salary="700万円", insurance=ELSEWHERE)
    wife = Person(age="45")
    family = FamilyForm(people=[head, wife])
    raw, _ = family.read(2025, "ja")
    answer = household(raw, NAME, 2025)
    assert answer.relief == 0, "the income of a head insured elsewhere counts in the relief test"
    assert answer.total > 0


def test_days_and_dates_of_birth_are_read_as_well() -> None:
    day = FamilyForm(
        people=[Person(age="昭和60年5月10日", business="３００万円", since="令和7年10月5日", until="2026-01-20")]
    )
    raw = {
        "members": [
            {
                "name": "a",
                "head": True,
                "born": "1985-05-10",
                "business": 3_000_000,
                "insured": {"joined": "2025-10-05", "left": "2026-01-20"},
            }
        ]
    }
    assert total(day) == household(raw, NAME, 2025).total


@pytest.mark.parametrize(
    ("person", "field", "said"),
    [
        (Person(age=""), "age", "0～120の年齢"),
        (Person(age="四十"), "age", "0～120の年齢"),
        (Person(age="2030-01-01"), "age", "令和7年度の末まで"),
        (Person(age="80"), "insurance", "75歳以上"),
        (Person(age="60", insurance=MOVED), "insurance", "後期高齢者医療は75歳から"),
        (Person(age="60", insurance=ELSEWHERE), "insurance", "国保の加入者がいない"),
        (Person(age="40", salary="たくさん"), "salary", "0以上の金額"),
        (Person(age="40", salary="-5"), "salary", "0以上の金額"),
        (Person(age="40", business="赤字"), "business", "赤字は-50万円"),
        (Person(age="40", since="13月"), "since", "月か日付"),
        (Person(age="40", since="2024-10"), "since", "令和7年度（2025年4月～2026年3月）の中"),
        (Person(age="40", since="10月", until="8月"), "until", "加入した月より後"),
        (Person(age="40", job_loss="去年"), "job_loss", "日付を入力"),
        (Person(age="30", birth="春"), "birth", "月か日付"),
    ],
)
def test_a_mistake_is_told_at_its_field_once(person: Person, field: str, said: str) -> None:
    _, wrong = FamilyForm(people=[person]).read(2025, "ja")
    assert list(wrong) == [(0, field)]
    ja, en = wrong[0, field]
    assert said in ja
    assert en


def test_there_is_always_one_head() -> None:
    form = FamilyForm(people=[Person(age="40"), Person(age="38"), Person(age="5")], head=2)
    form.remove(0)
    assert form.head == 1
    form.remove(1)
    assert (form.head, len(form.people)) == (0, 1)
    form.remove(0)
    assert len(form.people) == 1
    form.add()
    assert form.called(1, "ja") == "2人目"
    form.people[0].name = form.people[1].name = "本人"
    assert form.called(0, "ja") != form.called(1, "ja"), "the curve finds members by name"
    assert form.people[1].insurance == KOKUHO


def test_words_have_both_languages() -> None:
    for words in (calculator_words.WORDS, calculator_words.MISTAKES):
        assert all(ja and en for ja, en in words.values())


# ---- the page


@needed
def test_what_a_family_pays_in_the_ward(server: Server, tmp_path: Path) -> None:
    with chromium(tmp_path) as browser:
        browser.get(f"{server.address}?ward={WARD}")
        press(browser, "tab-calculator")
        says(browser, "calc-bill", "円", 120)
        choose(browser, "calc-year", "令和7年度")
        write(browser, "calc-salary-1", "4,000,000")
        family = {"members": [{"born": datetime.date(1980, 4, 2), "salary": 4_000_000, "head": True, "name": "1人目"}]}
        answer = household(family, NAME, 2025)
        says(browser, "calc-bill", f"年額 {answer.total:,}円")
        assert f"{answer.portions['medical']:,}" in text(browser, "calc-parts")
        for yen in answer.instalments:
            assert f"{yen:,}" in text(browser, "calc-instalments")
        assert text(browser, "calc-lines").split() == answer.text("ja").split()
        assert "なし" in text(browser, "calc-relief")

        write(browser, "calc-salary-1", "たくさん")
        says(browser, "calc-mistake", "赤字の欄")
        assert "0以上の金額を入力" in browser.page_source
        press(browser, "calc-add")
        one(browser, "calc-age-2")
        assert one(browser, "calc-salary-1").get_attribute("value") == "たくさん", "what was typed stays"
        write(browser, "calc-salary-1", "150万円")
        write(browser, "calc-age-2", "5")
        family["members"][0]["salary"] = 1_500_000
        family["members"].append({"born": datetime.date(2020, 4, 2), "name": "2人目"})
        answer = household(family, NAME, 2025)
        says(browser, "calc-bill", f"年額 {answer.total:,}円")
        assert f"{answer.relief}割" in text(browser, "calc-relief")

        unfold(browser, "calc-compare")
        one(browser, "calc-beside").send_keys("八王子")
        pick(browser, "八王子市")
        other = household(family, "八王子市", 2025)
        says(browser, "calc-beside-table", f"{other.total:,}")
        assert f"{other.total - answer.total:+,}" in text(browser, "calc-beside-table")
        press(browser, "calc-save")

        browser.get(f"{server.address}?ward={WARD}&lang=en")
        press(browser, "tab-calculator")
        says(browser, "calc-bill", f"{answer.total:,} yen a year", 60)


@needed
def test_the_curve_of_the_family_entered(server: Server, tmp_path: Path) -> None:
    with chromium(tmp_path) as browser:
        browser.get(f"{server.address}?ward={WARD}")
        press(browser, "tab-curve")
        one(browser, "curve-chart", 120)
        choose(browser, "curve-year", "令和7年度")
        family = {"members": [{"born": datetime.date(1980, 4, 2), "salary": 0, "head": True}]}
        found = curve(family, NAME, 2025).table.set_index("income")["total"]
        says(browser, "curve-table", f"{found[4_000_000]:,}")
        for income in range(0, 15_000_001, 1_000_000):
            assert f"{found[income]:,}" in text(browser, "curve-table")
        drawn = one(browser, "curve-chart").get_attribute("innerHTML") or ""
        for words in ("7割軽減", "5割軽減", "2割軽減", "医療 限度額"):
            assert words in drawn
        assert "7割→5割" in text(browser, "curve-cliffs")


@needed
def test_a_telephone_shows_calculator_and_curve_without_scrolling_sideways(server: Server, tmp_path: Path) -> None:
    with chromium(tmp_path, PHONE) as browser:
        browser.get(f"{server.address}?ward={WARD}")
        for tab, ready in (("calculator", "calc-bill"), ("curve", "curve-chart"), ("plans", "plans-table")):
            browser.execute_script("arguments[0].click()", one(browser, f"tab-{tab}"))
            one(browser, ready, 120)
            assert sideways(browser) <= 0, tab
        assert not every(browser, "trouble")


def test_the_ward_of_the_tests_is_known() -> None:
    assert Parameters.load().places()[int(WARD)][0] == NAME
