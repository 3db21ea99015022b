"""Own rates of a municipality (改定案): what a file may say, what a run makes of it, whose bills rise, and targets."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from sim import parse_plan, rates_plan
from sim.core.errors import InputError, ScenarioError
from sim.engine import api
from sim.institutions.memory import PORTIONS
from sim.institutions.rates import Rates
from sim.mechanisms.rates.plan import adopt_plan
from sim.parameters import Parameters, regions
from sim.scenario.quantities import read_yen
from sim.scenario.scenario import Scenario, load_scenario, parse_scenario, scenario_schema
from sim.studies.rates_plan import Ask, Plans, where_of
from sim.studies.rates_plan.people import changes, deciles, insured_of
from sim.studies.rates_plan.search import TOLERANCE, Found, Goal, find_rates, scaled
from sim.studies.rates_plan.text import percent, portions_of, template
from tests.small import small_world

SHIPPED = Path(__file__).parents[2] / "scenarios"
TOWN, CODE = "乙市", 99202


@pytest.fixture(autouse=True)
def teaching() -> Iterator[None]:
    with regions.using("teaching"):
        yield


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("plans")


def expected(year: int = 2027, name: str = "same", more: int = 0) -> Scenario:
    """Return a plan with the rates the teaching baseline decides for a year, `more` yen a head added."""
    plan = api.plan("baseline", region="teaching", last=year)
    at = plan.parameters.codes().index(CODE)
    found = insured_of(plan, year, np.arange(len(plan.parameters.codes())) == at)
    portions = portions_of(found.world.rates[year], at, child=True)
    portions["medical"]["per_head"] = int(portions["medical"]["per_head"]) + more
    return parse_plan(name, TOWN, {year: portions}, "teaching")


@pytest.fixture(scope="module")
def two(home: Path) -> Plans:
    """Two plans for R9: the rates expected anyway, and those with 10,000 yen more a head."""
    with regions.using("teaching"):
        plans = [expected(), expected(name="more", more=10_000)]
        return rates_plan(plans, last="R9", jobs=1, progress=False, out=home, more_than=5_000)


# ---- the file


def said(text: str) -> list[str]:
    head = "name: trial\nextends: baseline\nregion: teaching\n"
    with pytest.raises(ScenarioError) as error:
        parse_scenario(head + text, SHIPPED / "trial.yaml")
    return str(error.value).splitlines()


def plan_of(text: str) -> dict[tuple[str, int | None, int | None], object]:
    head = "name: trial\nextends: baseline\nregion: teaching\n"
    return dict(parse_scenario(head + text, SHIPPED / "trial.yaml").overrides(Parameters.load("teaching")))


def test_a_rate_holds_until_the_next_year_that_names_it() -> None:
    values = plan_of(
        "rates_plan: {municipality: 乙市, R9: {medical: {income: 8.2%, per_head: 4万円}}, R11: {medical: {income: 9%}}}"
    )
    assert [values["rates_plan.medical_income", y, CODE] for y in (2027, 2028, 2029)] == [82_000, 82_000, 90_000]
    assert values["rates_plan.medical_per_head", 2030, CODE] == 40_000
    assert ("rates_plan.medical_income", 2026, CODE) not in values
    assert not any(key.startswith("rates_plan.support") for key, _, _ in values)


def test_after_the_last_year_the_model_may_decide_again() -> None:
    values = plan_of("rates_plan: {municipality: 乙市, after: decide, R9: {care: {income: 3%}}}")
    assert values["rates_plan.care_income", 2027, CODE] == 30_000
    assert values["rates_plan.care_income", 2028, CODE] == -1


def test_blocks_may_be_several_for_several_municipalities_and_in_japanese() -> None:
    values = plan_of(
        "rates_plan:\n- {市区町村: [甲市, 丙町], 令和9年度: {医療分: {所得割: 8%, 平等割: 1万円}}}\n"
        "- {municipality: 乙市, R10: {child: {per_adult: 120}}}\n"
    )
    assert {code for key, year, code in values if key == "rates_plan.medical_per_household"} == {99201, 99321}
    assert values["rates_plan.child_per_adult", 2028, CODE] == 120
    everybody = plan_of("rates_plan: {municipality: all, R9: {medical: {asset: 0%}}}")
    assert everybody["rates_plan.medical_asset", 2027, None] == 0


def test_a_group_stands_for_its_members() -> None:
    with regions.using("tokyo"):
        p = Parameters.load("tokyo")
        where = where_of("特別区", None, p)
        head = "name: trial\nextends: baseline\nrates_plan: {municipality: 特別区, R9: {medical: {income: 9%}}}\n"
        found = parse_scenario(head, SHIPPED / "trial.yaml", p)
        assert {c.code for _, c in found.changes()} == set(where.codes)
        assert len(where.codes) > 10


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("rates_plan: 5", ":4:13: rates_plan: write {municipality"),
        ("rates_plan: {R9: {medical: {income: 8%}}}", "whose rates? Write municipality:"),
        ("rates_plan: {municipality: 乙市}", "no rates; write a year"),
        ("rates_plan: {municipality: 乙村, R9: {medical: {income: 8%}}}", "no municipality '乙村'"),
        ("rates_plan: {municipality: 乙市, R4: {medical: {income: 8%}}}", "rates can be set from R5 to R17"),
        ("rates_plan: {municipality: 乙市, R9: {medcal: {income: 8%}}}", "did you mean 'medical'?"),
        ("rates_plan: {municipality: 乙市, R9: {medical: {incme: 8%}}}", "no part 'incme'; did you mean 'income'?"),
        ("rates_plan: {municipality: 乙市, R9: {medical: {income: 8.2}}}", "'8.2' lacks its sign; write 8.2%"),
        ("rates_plan: {municipality: 乙市, R9: {medical: {income: 82}}}", "'82' is 0.0082 % of base income"),
        ("rates_plan: {municipality: 乙市, R9: {medical: {income: 50%}}}", "out of range; allowed 0-300,000"),
        ("rates_plan: {municipality: 乙市, R9: {medical: {per_head: -1}}}", "out of range; allowed 0-300,000 yen"),
        (
            "rates_plan: {municipality: 乙市, R9: {medical: {per_head: +5%}}}",
            "is a change; a plan says the rate itself",
        ),
        ("rates_plan: {municipality: 乙市, R9: {medical: {per_adult: 5}}}", "Parts of this portion: income, asset"),
        ("rates_plan: {municipality: 乙市, after: stop, R9: {medical: {income: 8%}}}", "write keep (the plan's last"),
        ("rates_plan: {municipality: 乙市, R9: 8%}", "write portions with their rates"),
        (
            "rates_plan: {municipality: 乙市, R9: {medical: {income: 8%}}}\n"
            "policy: {rates_plan.medical_income: {乙市: {R9: 90000}}}",
            ":5:47: policy.rates_plan.medical_income: is said on line 4 already",
        ),
        (
            "rates_plan:\n- {municipality: 乙市, R9: {care: {income: 8%}}}\n"
            "- {municipality: 乙市, R9: {care: {income: 9%}}}",
            "care_income of 乙市 in R9 is said on line 5 already",
        ),
    ],
)
def test_a_mistake_is_told_once_with_its_place(text: str, message: str) -> None:
    (line,) = said(text)
    assert "trial.yaml:" in line
    assert message in line


def test_the_schema_knows_the_block() -> None:
    from jsonschema import Draft202012Validator

    validator = Draft202012Validator(scenario_schema(Parameters.load("teaching")))
    good = {"name": "x", "rates_plan": {"municipality": TOWN, "R9": {"medical": {"income": "8%", "per_head": 5}}}}
    assert not list(validator.iter_errors(good))
    wrong = (
        {"R9": {"medical": {"income": "8%"}}},
        {"municipality": TOWN, "R9": {"medicl": {"income": "8%"}}},
        {"municipality": TOWN, "R9": {"medical": {"incme": "8%"}}},
        {"municipality": TOWN, "after": "stop"},
        {"municipality": "巴里"},
    )
    for block in wrong:
        assert list(validator.iter_errors({"name": "x", "rates_plan": block})), block


def test_a_template_is_a_plan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    text = template("my_plan", where_of(TOWN, None, Parameters.load("teaching")), range(2027, 2030))
    found = parse_scenario(text, SHIPPED / "my_plan.yaml")
    assert {c.year for _, c in found.changes()} == {2027, 2028, 2029}
    assert {c.code for _, c in found.changes()} == {CODE}
    assert percent(82_100) == "8.21%"


# ---- the run


def test_a_plan_goes_before_every_decision_and_changes_nothing_else() -> None:
    p = Parameters.load("teaching")
    plan = parse_plan("trial", TOWN, {"R9": {"medical": {"income": "8%"}, "child": {"per_adult": 7}}}, "teaching")
    town = small_world(50, parameters=p.with_overrides(plan.overrides(p)))
    rates = Rates.zeros(len(p.codes()))
    changed = adopt_plan(town.world, 2027, rates)
    assert changed.tolist() == [code == CODE for code in p.codes()]
    assert rates.income_part[1].tolist() == [80_000, 0, 0, 0]
    assert rates.per_adult[1].tolist() == [0, 0, 0, 7]
    assert rates.income_part.sum() == 80_000
    assert not adopt_plan(town.world, 2027, rates).any(), "a plan that says what holds anyway changes nothing"
    assert not adopt_plan(town.world, 2026, Rates.zeros(len(p.codes()))).any()


def test_the_rates_of_a_plan_are_levied_and_the_accounts_balance(home: Path) -> None:
    medical = {"income": "8%", "per_head": 36_000, "per_household": 1_000}
    plan = parse_plan("levied", TOWN, {"R8": {"medical": medical}, "R9": {"care": {"income": "3%"}}}, "teaching")
    run = api.run(plan, region="teaching", out=home, progress=False).tables  # the checks of the year are exact
    t = run["rates"]
    own = t[(t["code"] == CODE) & (t["kind"] == "actual")].set_index(["year", "portion"])
    for year in range(2026, 2030):
        assert own.loc[(year, "medical"), ["income_part", "per_head", "per_household"]].tolist() == [
            80_000,
            36_000,
            1_000,
        ]
        assert (own.loc[(year, "care"), "income_part"] == 30_000) == (year >= 2027)
    assert own.loc[(2025, "medical"), "income_part"] != 80_000
    assert ((t["code"] == CODE) & (t["kind"] == "standard") & (t["year"] == 2027)).any()
    base = api.run("baseline", region="teaching", out=home, progress=False).tables
    before = [
        frame[frame["year"] <= 2025].reset_index(drop=True)
        for frame in (run["metropolis_year"], base["metropolis_year"])
    ]
    pd.testing.assert_frame_equal(*before)
    people = [frame["municipality_year"]["residents_end"].tolist() for frame in (run, base)]
    assert people[0] == people[1], "draws are shared: the same people live in both"


def test_a_member_with_rates_of_its_own_leaves_the_others_theirs() -> None:
    """The group goes on from what those bill who levy its rates: a plan of one ward does not move the others' rates."""
    with regions.using("tokyo"):
        p = Parameters.load("tokyo")
        medical = {"income": "12%", "per_head": 90_000}
        plan = parse_plan("high", "新宿区", {"R9": {"medical": medical, "support": medical}})
        runs = [api.frames(api.plan(s, sample=2000, last="R11"), ("rates",))["rates"] for s in ("baseline", plan)]
        rates = [t[(t["kind"] == "actual") & (t["portion"] == "medical")].set_index(["year", "code"]) for t in runs]
        base, own = ({y: t.loc[(y, 13103), "income_part"] for y in range(2027, 2030)} for t in rates)
        assert own[2027] == base[2027]
        assert all(abs(own[y] / base[y] - 1) < 0.03 for y in (2028, 2029)), (base, own)
        assert p.codes()


# ---- bills of households


def test_the_bills_are_those_of_the_run(two: Plans) -> None:
    levied = two.levied.set_index("plan")["levied"]
    for name, run in two.runs.items():
        t = run[0].table("municipality_year")
        row = t[(t["code"] == CODE) & (t["year"] == 2027)].iloc[0]
        assert levied["base" if name == "baseline" else name] == sum(
            int(row[f"bill_{portion}"]) for portion in PORTIONS
        )


def test_the_levied_total_of_a_sample_is_what_its_runs_tell(two: Plans) -> None:
    """Told by control totals, a sample had one total among the effects and one of its own rows beside it."""
    from sim.studies import rates_plan as study

    bills = SimpleNamespace(
        people=SimpleNamespace(world=SimpleNamespace(weight=400)),
        under={name: np.array([yen]) for name, yen in (("current", 90), ("base", 100), ("more", 120))},
    )
    t = study._levied(bills, "base", {"baseline": 41_000.0, "more": 49_300.0}).set_index("plan")  # type: ignore[arg-type]
    assert t["levied"].to_dict() == {"current": 36_900, "base": 41_000, "more": 49_300}
    assert t.loc["more", "change"] == 8_300
    effects = two.effects.query("measure == 'billed' and year == 2027").set_index("plan")["value"]
    assert effects.to_dict() == two.levied.set_index("plan")["levied"][effects.index].to_dict()


def test_an_identical_plan_changes_nothing_anywhere(two: Plans) -> None:
    same = two.changes[two.changes["plan"] == "same"]
    assert (same["mean_change"] == 0).all()
    assert (same[["share_up", "share_down"]] == 0).all(axis=None)
    assert (two.households.query("plan == 'same'")["against_base"] == 0).all()
    assert (two.effects.query("plan == 'same'")["difference"].fillna(0) == 0).all()
    assert two.levied.set_index("plan").loc["same", "change"] == 0
    assert two.runs["same"][0].manifest["digests"]["all"] == two.runs["baseline"][0].manifest["digests"]["all"]


def test_more_a_head_is_what_a_household_pays_more(two: Plans) -> None:
    """10,000 yen a head: 10,000 for one person without relief, half for a child (to 18 from R9), 30 % at 7割軽減."""
    more = two.households.query("plan == 'more'").set_index("household")["against_base"]
    assert more["single_freelance"] == 10_000
    assert more["family_business"] == 2 * 10_000 + 2 * 5_000
    assert more["young_family"] == 2 * 10_000 + 5_000
    assert more["student_from_abroad"] == 3_000
    assert more["couple_at_the_cap"] == 0


def test_shares_add_up_in_every_group_and_the_groups_to_the_whole(two: Plans) -> None:
    t = two.changes
    assert np.allclose(t["share_up"] + t["share_down"] + t["share_same"], 1)
    for _, own in t.groupby("plan"):
        whole = own[own["kind"] == "all"].iloc[0]
        for _, kind in own[own["kind"] != "all"].groupby("kind"):
            assert kind["households"].sum() == whole["households"]
            assert np.isclose(
                (kind["mean_change"] * kind["households"]).sum() / whole["households"], whole["mean_change"]
            )
    assert t.query("plan == 'more' and kind == 'all'")["share_up"].item() > 0.3
    assert t.query("plan == 'more' and kind == 'all'")["share_down"].item() == 0


def test_a_change_counts_beyond_the_amount_only() -> None:
    plan = api.plan("baseline", region="teaching", last="R5")
    found = insured_of(plan, 2023, np.ones(5, bool))
    before = np.zeros(found.insured.size, np.int64)
    after = np.where(np.arange(before.size) % 2 == 0, 10_000, 10_001)
    whole = changes(found, before, after, 10_000).iloc[0]
    odd = np.arange(before.size)[found.insured] % 2 == 1
    assert whole["share_up"] == pytest.approx(odd.mean())
    assert whole["share_down"] == 0


def test_deciles_are_of_the_insured_above_the_first_bin() -> None:
    income = np.array([0, 19_999, *range(100_000, 1_100_000, 100_000), 5_000_000])
    insured = np.array([True] * 12 + [False])
    assert deciles(income, insured).tolist() == [0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 10]


def test_current_rates_are_those_of_the_year_before_under_the_caps_of_the_year(two: Plans) -> None:
    t = two.rates.set_index(["plan", "portion"])
    base = two.runs["baseline"][0].table("rates")
    rows = base[(base["code"] == CODE) & (base["kind"] == "actual") & (base["portion"] == "medical")].set_index("year")
    assert t.loc[("current", "medical"), "income_part"] == rows.loc[2026, "income_part"]
    assert t.loc[("current", "medical"), "cap"] == rows.loc[2027, "cap"]
    h = two.households
    assert (h["change"] == h["planned"] - h["current"]).all()


def test_a_workbook_holds_the_tables(two: Plans, tmp_path: Path) -> None:
    for lang, sheets in (("ja", "モデル世帯"), ("en", "Model households")):
        path = two.write(tmp_path / f"{lang}.xlsx", lang)
        found = pd.read_excel(path, sheet_name=None, header=3)
        assert len(found) == 5
        assert sheets in found
    t = found["Rises and falls"]
    assert t["rises (%)"].dropna().between(0, 100).all()
    with pytest.raises(InputError, match=r"ends in \.xlsx"):
        two.write(tmp_path / "x.csv")


def test_what_cannot_be_answered_is_said(home: Path) -> None:
    plan = parse_plan("trial", TOWN, {"R9": {"medical": {"income": "8%"}}}, "teaching")
    with pytest.raises(InputError, match="sets no rates of 甲市"):
        rates_plan(plan, municipality="甲市", out=home, jobs=1, progress=False)
    with pytest.raises(InputError, match="against is 'now'"):
        rates_plan(plan, against="now")
    with pytest.raises(InputError, match="R10 lies after the last year of the runs, R9"):
        rates_plan(plan, year="R10", last="R9", out=home, jobs=1, progress=False)
    with pytest.raises(InputError, match="which municipality"):
        where_of(None, load_scenario("baseline"), Parameters.load("teaching"))


# ---- targets


def search(home: Path, goal: Goal, **more: object) -> Found:
    return find_rates(goal, Ask(municipality=TOWN, year="R9"), out=home, jobs=1, progress=False, **more)  # type: ignore[arg-type]


def test_a_levied_total_is_hit_and_the_run_of_the_plan_agrees(home: Path, tmp_path: Path) -> None:
    found = search(home, Goal(levy={"R9": 130_000_000, "R10": 140_000_000}), name="to_the_total")
    assert (found.reached["found"] / found.reached["target"] - 1).abs().max() < TOLERANCE
    assert found.reached.loc[0, "verified"] == found.reached.loc[0, "found"]
    assert (found.reached["verified"] / found.reached["target"] - 1).abs().max() < 2 * TOLERANCE
    path = found.write(tmp_path / "to_the_total.yaml")
    assert load_scenario(path).name == "to_the_total"
    with pytest.raises(InputError, match="exists"):
        found.write(path)


def test_a_plan_is_scaled_as_a_whole(home: Path) -> None:
    medical = {"income": "4%", "per_head": 80_000}
    plan = parse_plan("flat", TOWN, {"R9": {"medical": medical}}, "teaching")
    found = search(home, Goal(levy={"R9": 130_000_000}), plan=plan)
    values = {c.key: c.quantity.amount for _, c in found.scenario.changes()}
    assert values["rates_plan.medical_per_head"] / 80_000 == pytest.approx(found.reached["factor"].item(), abs=0.001)  # type: ignore[operator]
    assert values["rates_plan.medical_income"] / 40_000 == pytest.approx(found.reached["factor"].item(), abs=0.002)  # type: ignore[operator]


def test_the_bill_of_a_model_household_stays(home: Path) -> None:
    reached = search(home, Goal(same_burden="single_worker")).reached.iloc[0]
    assert reached["found"] == pytest.approx(reached["target"], rel=TOLERANCE)


def test_no_transfer_is_left(home: Path) -> None:
    reached = search(home, Goal(no_transfer_by="R9")).reached.iloc[0]
    assert reached["found"] == reached["verified"] == 0
    assert reached["factor"] > 1


def test_a_target_out_of_reach_is_refused(home: Path) -> None:
    with pytest.raises(InputError, match=r"out of reach; rates from 0\.1 to 10\.0 times"):
        search(home, Goal(levy={"R9": 10**12}))
    with pytest.raises(InputError, match="no model household 'singel_worker'; did you mean 'single_worker'"):
        search(home, Goal(same_burden="singel_worker"))
    with pytest.raises(InputError, match="give one target"):
        search(home, Goal())


def test_rates_are_scaled_in_the_steps_in_which_they_are_set() -> None:
    rates = Rates.zeros(2)
    rates.income_part[1], rates.per_head[1], rates.cap[:] = [77_700, 27_300, 24_000, 2_700], [36_150, 0, 0, 1_138], 5
    out = scaled(rates, np.array([False, True]), 1, 1.1)
    assert out.income_part[1].tolist() == [85_500, 30_000, 26_400, 2_700]
    assert out.per_head[1].tolist() == [39_800, 0, 0, 1_138]
    assert (out.cap == 5).all()
    assert not out.income_part[0].any()


@pytest.mark.parametrize(
    ("text", "yen"), [("380億円", 38_000_000_000), ("1億2,000万円", 120_000_000), ("５００", 500), ("38_000", 38_000)]
)
def test_an_amount_as_it_is_spoken(text: str, yen: int) -> None:
    assert read_yen(text) == yen


@pytest.mark.parametrize("text", ["たくさん", "", "+5円", "1.5円"])
def test_no_amount(text: str) -> None:
    with pytest.raises(ValueError, match="write for example 380億円"):
        read_yen(text)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["rates-plan"], "which plan?"),
        (["rates-plan", "-m", TOWN, "--target-levy", "たくさん"], "--target-levy: 'たくさん' is no amount of money"),
        (["rates-plan", "a", "b", "--same-burden", "single_worker"], "one plan is scaled to a target"),
        (["rates-plan", "baseline", "--out", "plan.csv"], "allowed endings: .xlsx"),
        (["rates-plan", "--new"], "which municipality?"),
        (["rates-plan", "baseline", "-m", TOWN], "baseline: sets no rates of 乙市"),
    ],
)
def test_the_command_says_what_is_missing(words: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    from sim import cli

    assert cli.main([*words, "--region", "teaching"]) != 0
    assert message in capsys.readouterr().err


def test_each_member_of_a_group_has_its_table(home: Path, tmp_path: Path) -> None:
    """Rates and model households of a group were those of its first member, whatever the others levy."""
    with regions.using("tokyo"):
        medical = {"income": "9%", "per_head": 52_000}
        plan = parse_plan("together", "特別区", {"R9": {"medical": medical}})
        found = rates_plan(plan, sample=2000, last="R9", jobs=1, progress=False, out=home)
        names = found.households["municipality"].unique()
        assert len(names) == len(found.where.codes) > 10
        rates = found.rates.query("plan == 'base' and portion == 'care'").set_index("municipality")["income_part"]
        assert rates.nunique() > 1, "no two wards differ in the care portion"
        for name in (names[0], rates.idxmax()):
            alone = rates_plan(plan, municipality=name, sample=2000, last="R9", jobs=1, progress=False, out=home)
            pd.testing.assert_frame_equal(found.member(name).households, alone.households)
            pd.testing.assert_frame_equal(found.member(name).rates, alone.rates)
        with pytest.raises(InputError, match="八王子市 is no member of 特別区"):
            found.member("八王子市")
        t = pd.read_excel(found.write(tmp_path / "group.xlsx"), sheet_name="モデル世帯", header=3)
        assert set(t["構成団体"].dropna()) == set(names)
