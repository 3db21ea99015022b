"""Own rates on the page: what is typed, bills at once, targets, runs; figures are those of `sim.rates_plan`."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

pytest.importorskip("nicegui", reason="the extra 'ui' is not installed")
pytest.importorskip("selenium", reason="selenium is not installed")

from selenium.webdriver.common.keys import Keys

from sim.core.errors import InputError
from sim.explanations.run_rates import RunRates
from sim.parameters import regions
from sim.scenario.scenario import load_scenario, parse_scenario
from sim.studies.rates_plan import Ask, look
from sim.studies.rates_plan.search import TOLERANCE, Goal, find_rates
from sim.ui import plan_words
from sim.ui.plan_board import LAST, MOST, Board, read_rate
from tests.ui.browsing import PHONE, needed
from tests.ui.conftest import SAMPLE, Server, wait
from tests.ui.looking import choose, chromium, every, one, press, says, sideways, text, unfold, write

WARD, NAME, TOWN = "13104", "新宿区", 99202


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stand in a folder without runs, as the server does: rates of a full run at hand would stand in."""
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def board() -> Board:
    return Board.of(int(WARD), None)


# ---- what is typed


@pytest.mark.parametrize(
    ("words", "part", "rate"),
    [
        ("8.2", "income", 82_000),
        ("８．２５％", "income", 82_500),
        ("", "income", 0),
        ("0", "asset", 0),
        ("48,000", "per_head", 48_000),
        ("4万", "per_head", None),
        ("1,700円", "per_head", 1_700),
        ("0.05", "income", None),
        ("31", "income", None),
        ("-1", "per_head", None),
        ("300001", "per_household", None),
        ("8,2", "income", None),
    ],
)
def test_a_rate_is_read_or_refused_in_words(words: str, part: str, rate: int | None) -> None:
    found = read_rate(words, part)
    if rate is None:
        assert isinstance(found, tuple)
        assert all(found)
    else:
        assert found == rate


def test_a_mistake_stands_at_its_cell_and_everything_else_stays(board: Board) -> None:
    draft = board.drafts[1]
    before = dict(draft.cells[2027])
    draft.cells[2027]["medical", "income"] = "多め"
    assert list(board.mistakes()) == [("plan_2", 2027, ("medical", "income"))]
    assert {cell: t for cell, t in draft.cells[2027].items() if cell != ("medical", "income")} == {
        cell: t for cell, t in before.items() if cell != ("medical", "income")
    }
    assert "plan_2" not in board.given()


def test_five_per_cent_more_in_the_steps_in_which_rates_are_set(board: Board) -> None:
    board.rise(board.drafts[0], 5)
    now, plan = board.in_force(), board.rates(board.drafts[0], 2027)
    for (portion, part), rate in plan.items():
        if portion == "child":
            assert rate == now[portion, part]
        else:
            assert rate % 100 == 0
            assert abs(rate - 1.05 * now[portion, part]) <= 50


def test_a_plan_moved_by_per_cent_follows_the_rates_in_force(board: Board) -> None:
    """It kept the rates it had, while +5 % still stood below them."""
    cell, draft = ("medical", "income"), board.drafts[0]
    board.rise(draft, 5)
    assert board.type_current(cell, "6.00") == [draft]
    assert board.rates(draft, 2027)[cell] == 63_000
    board.type_current(cell, "six")
    assert board.rates(draft, 2027)[cell] == 63_000, "what cannot be read moves nothing"
    board.type_current(cell, "8.00")
    assert board.type_plan(draft, 2027, cell, "8.20")
    assert draft.rise is None
    assert board.type_current(cell, "7.00") == []
    assert board.rates(draft, 2027)[cell] == 82_000, "what was typed stays"


def test_a_percentage_taken_back_gives_back_what_was_typed(board: Board) -> None:
    cell, draft = ("medical", "income"), board.drafts[0]
    board.type_plan(draft, 2027, cell, "9.10")
    before = dict(draft.cells[2027])
    board.rise(draft, 5)
    board.rise(draft, 3)
    assert draft.cells[2027] != before
    board.rise(draft, None)
    assert draft.cells[2027] == before
    board.rise(draft, 5)
    board.begin(2028)
    assert board.rates(board.drafts[0], 2028)[cell] == round(board.in_force()[cell] * 1.05 / 100) * 100


def test_years_and_plans_are_added_and_nothing_typed_is_lost(board: Board) -> None:
    board.drafts[0].cells[2027]["medical", "income"] = "9.1"
    board.add_year()
    board.add_year()
    board.add_year()
    assert board.years == [2027, 2028, LAST]
    assert board.rates(board.drafts[0], LAST)["medical", "income"] == 91_000
    while len(board.drafts) < MOST:
        board.add()
    assert len({d.name for d in board.drafts}) == MOST
    board.begin(2028)
    assert board.rates(board.drafts[0], 2028)["medical", "income"] == 91_000
    assert board.years == [2028]


def test_a_plan_is_a_scenario_that_sets_every_rate_levied(board: Board) -> None:
    board.drafts[0].cells[2027]["support", "per_head"] = ""
    found = board.scenario(board.drafts[0])
    values = {(c.key, c.year): c.quantity.amount for _, c in found.changes()}
    assert values["rates_plan.support_per_head", 2027] == 0
    assert {key.partition(".")[2] for key, _ in values} == {f"{portion}_{part}" for portion, part in board.cells}
    assert parse_scenario(board.text(board.drafts[0]), Path("plan_1.yaml")).name == "plan_1"


def test_words_have_both_languages() -> None:
    for words in (plan_words.WORDS, plan_words.MISTAKES):
        assert all(ja and en for ja, en in words.values())


# ---- at once, and by runs


def test_bills_at_once_are_those_of_the_study(tmp_path: Path) -> None:
    """To the yen, current, expected and planned; the rates of the full run stand in the runs of a sample too."""
    with regions.using("teaching"):
        full = rates_plan_base(tmp_path)
        board = Board.of(TOWN, full)
        board.rise(board.drafts[0], 7)
        board.drafts[1].cells[2027]["medical", "per_household"] = "5000"
        board.current["medical", "income"] = "6.66"
        base, _ = board.base()
        assert base is not None
        ask = Ask(municipality=TOWN, year=2027, base=base, sample=2, current=board.current_rates())
        found = look([board.scenario(d) for d in board.drafts], ask, out=tmp_path, jobs=1, progress=False)
        at_once = board.households(2027)
        for name, t in found.households.groupby("plan"):
            assert t["current"].tolist() == at_once["current"].tolist()
            assert t["base"].tolist() == at_once["base"].tolist()
            assert t["planned"].tolist() == at_once[name].tolist()
            assert t["change"].tolist() == at_once[f"{name} change"].tolist()


def rates_plan_base(out: Path) -> RunRates:
    """Return the rates of a run of everybody in the teaching prefecture."""
    from sim.engine import api

    return RunRates(api.run("baseline", region="teaching", out=out, progress=False).folder)


def test_the_bill_of_a_model_household_stays_at_once(board: Board) -> None:
    factor, wanted, found = board.same_burden("single_freelance")
    assert found == pytest.approx(wanted, rel=TOLERANCE)
    t = board.households(2027).set_index("household").loc["single_freelance"]
    assert (t["current"], t[board.drafts[-1].name]) == (wanted, found)
    assert factor == pytest.approx(1, abs=0.2)
    for _ in range(MOST):
        board.same_burden("single_worker")
    assert len(board.drafts) == MOST


def test_rates_found_by_a_search_become_a_plan(tmp_path: Path) -> None:
    with regions.using("teaching"):
        board = Board.of(TOWN, rates_plan_base(tmp_path))
        base, _ = board.base()
        ask = Ask(municipality=TOWN, year=2027, base=base, sample=1)
        for goal in (Goal(levy={2027: 130_000_000}), Goal(no_transfer_by=LAST)):
            found = find_rates(goal, ask, name="found_plan", out=tmp_path, jobs=1, progress=False)
            draft = board.take(found.scenario, "found")
            assert not board.mistakes()
            seen = {(c.key, c.year): c.quantity.amount for _, c in found.scenario.changes()}
            for year in draft.cells:
                assert board.rates(draft, year)["medical", "income"] == seen["rates_plan.medical_income", year]
        assert found.scenario.chain[0] == "baseline", "a plan extends a scenario with a file"


def test_a_target_out_of_reach_says_what_is_left(tmp_path: Path) -> None:
    from sim.studies.rates_plan.search import _Search

    with pytest.raises(InputError, match="leave 40 yen; begin earlier"):
        _Search._least(None, [(1.0, 90.0)], lambda factor: 140 - 50 * factor, LAST)  # type: ignore[arg-type]


@pytest.mark.parametrize("least", [1.01, 1.21, 1.7, 1.99])
def test_the_least_factor_is_found_in_few_runs(least: float) -> None:
    from sim.studies.rates_plan.search import _Search

    tried: list[float] = []

    def left(factor: float) -> float:
        tried.append(factor)
        return max(0.0, least - factor) ** 1.05

    factor, rest = _Search._least(None, [(1.0, left(1.0))], left, LAST)  # type: ignore[arg-type]
    assert rest == 0
    assert 0 <= factor - least < 0.006
    assert len(tried) <= 8


# ---- the page


@needed
def test_an_officer_raises_rates_and_sees_who_pays_more(server: Server, tmp_path: Path) -> None:
    with chromium(tmp_path) as browser:
        browser.get(f"{server.address}?ward={WARD}")
        press(browser, "tab-plans")
        one(browser, "plans-table", 120)
        board = Board.of(int(WARD), None)
        assert one(browser, "plans-1-medical-income").get_attribute("value") == board.current["medical", "income"]

        one(browser, "plans-rise").send_keys("5", Keys.TAB)
        board.rise(board.drafts[0], 5)
        write(browser, "plans-2-medical-per_head", "たくさん")
        says(browser, "plans-mistake", "赤字の欄")
        assert "0～300,000円を入力" in browser.page_source
        assert one(browser, "plans-2-medical-per_head").get_attribute("value") == "たくさん", "what was typed stays"
        write(browser, "plans-2-medical-per_head", "40,000")
        board.drafts[1].cells[2027]["medical", "per_head"] = "40,000"
        at_once = board.households(2027)
        says(browser, "plans-table", f"{at_once['plan_2'].iloc[0]:,}")
        shown = text(browser, "plans-table")
        for name in ("current", "base", "plan_1", "plan_2"):
            assert all(f"{yen:,}" in shown for yen in at_once[name])
        assert all(f"{yen:+,}" in shown for yen in at_once["plan_1 change"] if yen)
        assert all(f"{share * 100:+.1f}" in shown for share in at_once["plan_1 growth"] if round(share * 100, 1))

        press(browser, "plans-save-1")
        wait(lambda: (tmp_path / "plan_1.yaml").exists(), 10, "the plan arrives")
        saved = load_scenario(tmp_path / "plan_1.yaml")
        assert [c.quantity.amount for _, c in saved.changes()] == [
            c.quantity.amount for _, c in board.scenario(board.drafts[0]).changes()
        ]

        press(browser, "plans-run")
        one(browser, "plans-changes-1", 120)
        ask = Ask(municipality=int(WARD), year=2027, sample=SAMPLE, against="current", current=board.current_rates())
        plans = [board.scenario(draft) for draft in board.drafts]
        found = look(plans, ask, out=server.results, jobs=1, progress=False)
        assert all(f"{yen:,}" in text(browser, "plans-levied") for yen in found.levied["levied"])
        for n, plan in enumerate(found.plans, 1):
            once = int(found.levied.set_index("plan").loc[plan, "levied"])
            assert f"{once:,}" in text(browser, f"plans-effects-{n}"), "one levied total in both tables"
        _shares(text(browser, "plans-shares-1"), found.changes.query("plan == 'plan_1' and kind == 'income decile'"))
        effects = found.effects.query("plan == 'plan_1' and measure == 'collection_rate' and year == 2029").iloc[0]
        assert f"{effects['value'] * 100:.2f}" in text(browser, "plans-effects-1")
        assert f"{effects['difference'] * 100:+.2f}" in text(browser, "plans-effects-1")
        choose(browser, "plans-kind", "世帯類型")
        says(browser, "plans-shares-1", "夫婦のみ")
        press(browser, "plans-save-book")
        book = tmp_path / f"rates_plan_sample-1in{SAMPLE}.xlsx"
        wait(book.exists, 30, "the workbook arrives")
        assert "モデル世帯" in pd.read_excel(book, sheet_name=None)

        write(browser, "plans-1-medical-income", "9.99")
        says(browser, "plans-old", "書き換え")
        browser.get(f"{server.address}?ward={WARD}&lang=en")
        press(browser, "tab-plans")
        one(browser, "plans-table", 60)
        assert one(browser, "plans-1-medical-income").get_attribute("value") == "9.99", "a reload loses nothing"


def _shares(shown: str, changes: pd.DataFrame) -> None:
    """Assert that a table holds the shares of every group."""
    for row in changes.itertuples():
        assert f"{row.share_up * 100:.1f}" in shown
        assert f"{row.households:,}" in shown


@needed
def test_a_percentage_holds_while_it_stands(server: Server, tmp_path: Path) -> None:
    """Rates in force changed after it left the plan as it was, and an empty field left it 5 % above them."""
    with chromium(tmp_path) as browser:
        browser.get(f"{server.address}?ward={WARD}")
        press(browser, "tab-plans")
        one(browser, "plans-table", 120)

        def plan(rate: str) -> None:
            wait(lambda: one(browser, "plans-1-medical-income").get_attribute("value") == rate, 10, f"plan has {rate}")

        before = str(one(browser, "plans-1-medical-income").get_attribute("value"))
        write(browser, "plans-rise", "5")
        write(browser, "plans-current-medical-income", "6.00")
        plan("6.30")
        write(browser, "plans-rise", "")
        plan(before)
        write(browser, "plans-rise", "10")
        plan("6.60")
        write(browser, "plans-1-medical-income", "6.70")
        wait(lambda: one(browser, "plans-rise").get_attribute("value") == "", 10, "it is no percentage any more")
        plan("6.70")


@needed
def test_names_of_households_can_be_read_on_a_telephone(server: Server, tmp_path: Path) -> None:
    """They stood letter below letter in a column three letters wide; buttons of the page shout nowhere."""
    with chromium(tmp_path, PHONE) as browser:
        browser.get(f"{server.address}?ward={WARD}")
        press(browser, "tab-plans")
        one(browser, "plans-table", 120)
        look = "return document.querySelector('[data-testid=plans-table] td').clientWidth"
        assert browser.execute_script(look) >= 120
        assert sideways(browser) <= 0
        shouting = "return [...document.querySelectorAll('.q-btn')].filter("
        shouting += "b => getComputedStyle(b).textTransform === 'uppercase').map(b => b.innerText)"
        assert browser.execute_script(shouting) == []


@needed
def test_rates_for_a_target_become_a_plan_beside_the_others(server: Server, tmp_path: Path) -> None:
    with chromium(tmp_path) as browser:
        browser.get(f"{server.address}?ward={WARD}")
        press(browser, "tab-plans")
        one(browser, "plans-table", 120)
        unfold(browser, "plans-target")
        choose(browser, "plans-goal", "モデル世帯")
        press(browser, "plans-solve")
        says(browser, "plans-solved", "same_burden_1を加えた")
        assert len(every(browser, "plans-3-medical-income")) == 1
        choose(browser, "plans-goal", "調定額")
        write(browser, "plans-levy", "たくさん")
        press(browser, "plans-solve")
        wait(lambda: "金額を入力（例：130億円" in browser.page_source, 10, "the mistake is told at its field")
        write(browser, "plans-levy", "140億円")
        press(browser, "plans-solve")
        says(browser, "plans-solved", "目標 14,000,000,000円", 120)
        assert one(browser, "plans-4-medical-income").get_attribute("value")
