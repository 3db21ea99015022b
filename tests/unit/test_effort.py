"""保険者努力支援 and the 2号 of the prefecture: points worked by hand, money, and what raises them two years on."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from sim.core.errors import InputError, ParameterError
from sim.core.tables import joined
from sim.engine import api
from sim.explanations.effort import effort as explained
from sim.institutions import effort, second_part
from sim.institutions.effort import MUNICIPAL, PREFECTURE, Criterion, Judgement, Occasion
from sim.parameters import Parameters
from tests.tokyo_facts import tokyo
from tests.town import Town
from tests.unit.test_rates import live, live_on

P = Parameters.load()
PLACE = 7
"""index of a municipality of some size"""


def at(year: int, members: int = 1000, places: int = 62) -> Occasion:
    return Occasion(year=year, members=np.full(places, members, np.int64), known=year - 2)


def points(w: Town, when: Occasion, indicator: str) -> list[float]:
    found = effort.scores(w.world, MUNICIPAL, when)
    return next(s.points for s in found if s.indicator == indicator).tolist()


def collected(w: Town, year: int, rates: list[float]) -> None:
    """Put 1,000,000 yen billed and these shares of it collected."""
    w.memory.put(year, "bill_medical", np.full(w.places, 1_000_000, np.int64))
    w.memory.put(year, "collected", np.rint(np.resize(rates, w.places) * 1_000_000).astype(np.int64))


def test_full_points_are_those_of_the_twelve_indicators() -> None:
    names = effort.indicators(P, MUNICIPAL)
    full = {name: P.value(f"effort.{name}", 2025) for name in names}
    assert sum(full.values()) == 995
    labels = [P.passport(f"effort.{name}").label.partition("(")[2].split()[1] for name in names]
    assert sorted({*labels}) == sorted(f"{side}指標{n}" for side in ("共通", "固有") for n in "①②③④⑤⑥")
    assert {name.split("_")[1] for name in effort.indicators(P, PREFECTURE)} == {"1", "2", "3"}


def test_points_are_lost_when_the_transfer_does_not_fall() -> None:
    """Of 30 points: none 30, fell 10, did not fall -30; the settlement of t-2 beside the one before."""
    w = tokyo(2022, P)
    last, before = np.full(62, 500, np.int64), np.full(62, 400, np.int64)
    last[0], last[1] = 0, 600
    before[1] = 700
    w.memory.put(2024, "discretionary_transfer", last)
    w.memory.put(2023, "discretionary_transfer", before)
    assert points(w, at(2026), "municipal_deficit")[:3] == pytest.approx([30, 9.99, -30])
    rising = effort.municipal_money(w.world, at(2026))[2]
    last[2] = 0
    w.memory.put(2024, "discretionary_transfer", last)
    value = effort.point_value(P, 2026) * 1000
    assert effort.municipal_money(w.world, at(2026))[2] - rising == pytest.approx(60 * value, abs=2)


def test_the_settlement_of_the_year_before_is_not_known_yet() -> None:
    w = tokyo(2022, P)
    w.memory.put(2025, "discretionary_transfer", np.zeros(62, np.int64))
    assert points(w, at(2026), "municipal_deficit")[0] == pytest.approx(9.99)


def test_collection_is_judged_by_size_and_by_its_rise() -> None:
    """75 points: a third in the upper half of the size, two thirds in the upper third, a third for a point more."""
    w = tokyo(2022, P)
    collected(w, 2023, [0.930, 0.930, 0.930])
    collected(w, 2024, [0.930, 0.936, 0.942])
    large, town = at(2026, 120_000), at(2026, 5_000)
    assert points(w, large, "municipal_collection")[:3] == pytest.approx([24.975, 24.975 + 12.525, 50.025 + 24.975])
    assert points(w, town, "municipal_collection")[:3] == pytest.approx([0, 12.525, 24.975])


def test_what_no_result_tells_is_fulfilled_as_the_nation_does() -> None:
    w = tokyo(2022, P)
    assert points(w, at(2026), "municipal_collection")[0] == pytest.approx(75 * 0.57)
    better = tokyo(2022, P.with_overrides({("effort.level", None, P.codes()[PLACE]): 1.2}))
    cancer = points(better, at(2026), "municipal_cancer")
    assert [cancer[0], cancer[PLACE]] == pytest.approx([40 * 0.57, 40 * 0.57 * 1.2])


def test_the_money_of_the_nation_is_fixed() -> None:
    """Another indicator's points move what a point is worth, not what the nation has."""
    more = P.with_overrides({("effort.municipal_generics", None, None): 260})
    for p, full in ((P, 995), (more, 1125)):
        nation = full * p.value("effort.nation_share", 2025) * p.value("effort.nation_members", 2025)
        assert effort.point_value(p, 2025) * nation == pytest.approx(40e9)
    assert effort.point_value(P, 2025) == pytest.approx(3.19, abs=0.01)


def test_the_prefecture_gets_its_share_where_it_does_as_the_nation() -> None:
    """Of every indicator the nation's mean gives the pot times the share of the nation's insured."""
    values = {n: effort.point_value_of(P, n, 2025) for n in effort.indicators(P, PREFECTURE)}
    means = P.value("effort.nation_share_prefecture", 2025)
    mean = sum(values[n] * P.value(f"effort.{n}", 2025) * means[int(n.split("_")[1]) - 1] for n in values)
    assert mean * P.value("effort.nation_members", 2025) == pytest.approx(60e9)


def test_money_of_the_indicators_adds_up_to_what_is_booked() -> None:
    w = live(2024)
    table = joined(w.tables["effort"])
    sums = table.groupby(["year", "side"])["money"].sum()
    for year in (2022, 2023, 2024):
        assert sums[year, MUNICIPAL] == int(w.books.flow(year, "effort").sum())
        assert sums[year, PREFECTURE] == int(w.books.flow(year, "effort_metropolitan").sum())
    second = joined(w.tables["second_part"]).groupby("year")[["award", "project", "rest"]].sum().sum(axis=1)
    assert second.to_dict() == {year: int(w.books.flow(year, "second_part").sum()) for year in (2022, 2023, 2024)}


def test_more_collected_lowers_what_must_be_levied_two_years_on() -> None:
    """Results of R6 are points of R8: money of the account, and that much less to be levied."""
    worlds = live(2024), live(2024)
    for name, more in (("collected", 1.02), ("bill_medical", 1.0)):
        worlds[1].memory.put(2024, name, np.rint(worlds[1].memory.get(2024, name) * more).astype(np.int64))
    chains = []
    for w in worlds:
        live_on(w, 2025, 2025)
        t = joined(w.tables["contribution"])
        chains.append(t[t["portion"] == "medical"].set_index(["year", "code", "symbol"])["value"])
    code, value = P.codes()[PLACE], effort.point_value(P, 2026)
    before, after = (
        {s: c[2026, code, s] for s in ("revenue.effort", "revenue.second_part", "e", "insured")} for c in chains
    )
    assert chains[0][2025, code, "revenue.effort"] == chains[1][2025, code, "revenue.effort"]
    gained = after["revenue.effort"] - before["revenue.effort"]
    # 93.8 % lay in the upper half of its size already: now the upper third, and a third for the rise
    assert gained / (value * before["insured"]) == pytest.approx(75 * 0.667, abs=0.01)
    assert gained > 0
    second = after["revenue.second_part"] - before["revenue.second_part"]
    assert after["e"] - before["e"] == pytest.approx(-gained - second, abs=2)


def test_a_measure_nobody_knows_is_refused_with_its_line(monkeypatch: pytest.MonkeyPatch) -> None:
    p = replace(Parameters.load("teaching"))
    wrong = p.table(effort.CRITERIA)
    wrong.loc[0, "measure"] = "checkup_rat"
    monkeypatch.setattr(Parameters, "table", lambda self, key: wrong)
    with pytest.raises(ParameterError, match=r"effort_criteria\.csv, line 2: no measure 'checkup_rat'; did you mean"):
        effort.judgements(p)


def test_an_indicator_has_one_measure(monkeypatch: pytest.MonkeyPatch) -> None:
    p = replace(Parameters.load("teaching"))
    wrong = p.table(effort.CRITERIA)
    wrong.loc[1, "measure"] = "guidance_rate"
    monkeypatch.setattr(Parameters, "table", lambda self, key: wrong)
    with pytest.raises(ParameterError, match="line 3: municipal_checkup is judged by checkup_rate of 3 years before"):
        effort.judgements(p)


def test_the_widest_criterion_of_a_kind_counts_and_kinds_add_up() -> None:
    rows = (("at_least", 0.4, 0.4), ("at_least", 0.6, 1.0), ("at_most", 0.2, -0.3), ("rise", 0.03, 0.3))
    size = (0.0, np.inf)
    j = Judgement(
        measure="checkup_rate",
        lag=3,
        criteria=tuple(Criterion(kind=k, size=size, threshold=t, share=s) for k, t, s in rows),
    )
    value, before = np.array([0.45, 0.65, 0.15, 0.5, 0.5, np.nan]), np.array([0.45, 0.6, 0.15, 0.45, np.nan, np.nan])
    got = j.share(value, before, np.full(6, 100), np.full(6, 0.5))
    assert got == pytest.approx([0.4, 1.0, -0.3, 0.7, 0.4 + 0.15, 0.5])


# 2号


def test_target_rises_with_the_class_and_falls_with_small_size() -> None:
    """R6 by the rate of R5: below 88 % one point more, above the nation's rate none; a town is asked for half."""
    before = np.array([0.87, 0.89, 0.91, 0.93, 0.95, 0.87])
    members = np.array([120_000] * 5 + [5_000])
    goal = second_part.target(P, 2024, before, members)
    assert goal == pytest.approx([0.88, 0.897, 0.915, 0.933, 0.95, 0.875])
    assert second_part.reached(np.array([0.88, 0.896, np.nan]), np.array([0.88, 0.897, 0.9])).tolist() == [
        True,
        False,
        False,
    ]


def test_second_part_is_split_to_the_yen() -> None:
    w = tokyo(2022, P)
    collected(w, 2022, [0.90])
    collected(w, 2023, [0.92, 0.90])
    when = Occasion(year=2024, members=np.full(62, 10_000, np.int64), known=2024)
    s = second_part.shares(w.world, when, 8_000_000_001)
    assert s.total.sum() == 8_000_000_001
    assert s.reached.tolist() == [True, False] * 31
    assert int(s.award.sum()) == 1_600_000_000
    assert (s.award[s.reached] > 0).all()
    assert not s.award[~s.reached].any()
    assert int((s.project > 0).sum()) == 7


def test_the_metropolis_foresees_only_results_it_knows() -> None:
    """In January of R6 the rates of R6 are not known: the reward of R7 is foreseen by those of R5."""
    w = tokyo(2022, P)
    for year, rate in ((2022, 0.90), (2023, 0.92), (2024, 0.80)):
        collected(w, year, [rate])
    seen = Occasion(year=2025, members=np.full(62, 10_000, np.int64), known=2023)
    assert second_part.shares(w.world, seen, 1_000_000).reached.all()
    settled = Occasion(year=2025, members=seen.members, known=2025)
    assert not second_part.shares(w.world, settled, 1_000_000).reached.any()


def test_who_starts_reminders_gets_project_money_once() -> None:
    code = P.codes()[PLACE]
    start = {("payment.sms_reminders", y, code): 0.8 for y in range(2026, 2030)}
    p = P.with_overrides({**start, ("second_part.project_places", None, None): 0})
    w = tokyo(2022, p)
    paid = {y: second_part.shares(w.world, at(y), 8_000_000_000).project for y in (2025, 2026, 2027)}
    assert [int(paid[y].sum()) for y in paid] == [0, 10_000_000, 0]
    assert paid[2026][PLACE] == 10_000_000


def test_classes_that_do_not_fit_are_refused() -> None:
    p = P.with_overrides({("second_part.target_rise", None, None): [0.01, 0.0]})
    with pytest.raises(ParameterError, match="target_rise has 2 classes and target_size_factor 4; needed 5"):
        second_part.target(p, 2024, np.array([0.9]), np.array([1000]))


# a whole run


def scenario(folder: Path, name: str, body: str = "") -> Path:
    file = folder / f"{name}.yaml"
    file.write_text(f"name: {name}\nextends: baseline\nregion: teaching\n{body}", "utf-8")
    return file


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, api.Result]:
    """The teaching prefecture as it is, and with 20 points more uptake of the health check from R5."""
    home = tmp_path_factory.mktemp("effort")
    files = {
        "plain": scenario(home, "plain"),
        "checks": scenario(home, "checks", "behaviour:\n  cost.checkup_rise: {R5: +20pt}\n"),
        "drive": scenario(
            home,
            "drive",
            "policy:\n  payment.account_transfer_share: {R5: +20pt}\n  payment.enforcement_capacity: {R5: x2}\n",
        ),
    }
    return {
        name: api.run(file, region="teaching", last=2026, out=home / "runs", progress=False)
        for name, file in files.items()
    }


def money(result: api.Result, year: int) -> float:
    t = result.tables["effort"]
    return float(t[(t["year"] == year) & (t["side"] == MUNICIPAL)]["money"].sum())


def test_a_health_programme_earns_points_money_and_lower_rates(runs: dict[str, api.Result]) -> None:
    """The uptake of R5 is judged for R8: until then nothing, then money of the account and less to be levied."""
    plain, checks = runs["plain"], runs["checks"]
    assert money(checks, 2024) == pytest.approx(money(plain, 2024), rel=0.001)
    assert money(checks, 2026) > money(plain, 2026) * 1.1
    e = {}
    for name, r in (("plain", plain), ("checks", checks)):
        t = r.tables["contribution"]
        t = t[(t["year"] == 2026) & (t["portion"] == "medical")]
        e[name] = t.groupby("symbol")["value"].sum()
    gained = e["checks"]["revenue.effort"] - e["plain"]["revenue.effort"]
    assert gained > 0
    others = [s for s in e["plain"].index if s.startswith("revenue.") and s != "revenue.effort"]
    costs = [s for s in e["plain"].index if s.startswith("cost.")]
    rest = sum(e["checks"][s] - e["plain"][s] for s in [*costs, "d"]) - sum(
        e["checks"][s] - e["plain"][s] for s in others
    )
    assert e["checks"]["e"] - e["plain"]["e"] == pytest.approx(rest - gained, abs=10)


def test_a_collection_drive_moves_points_two_years_on(runs: dict[str, api.Result]) -> None:
    measured = {}
    for name in ("plain", "drive"):
        t = runs[name].tables["effort"]
        t = t[t["indicator"] == "municipal_collection"].set_index(["year", "code"])
        measured[name] = t
    rates = {name: t["measured"].astype(float) for name, t in measured.items()}
    assert (rates["drive"][2024] == rates["plain"][2024]).all()
    assert rates["drive"][2025].mean() > rates["plain"][2025].mean()
    assert money(runs["drive"], 2025) != money(runs["plain"], 2025) or money(runs["drive"], 2026) != money(
        runs["plain"], 2026
    )


def test_what_one_more_point_is_worth_is_the_difference_by_the_same_rule(runs: dict[str, api.Result]) -> None:
    found = explained(runs["plain"].path, "甲市", "R7")
    assert found.points["full"].sum() == 995
    row = found.rows.set_index("indicator").loc["municipal_checkup"]
    judged = effort.judgements(found.p)["municipal_checkup"]
    size, stated = np.array([row["members"]]), np.array([0.57])
    share = [
        judged.share(np.array([row["measured"] + m]), np.array([row["before"]]), size, stated)[0] for m in (0, 0.01)
    ]
    worth = found.worth.set_index("indicator").loc["municipal_checkup"]
    assert worth["yen"] == int((share[1] - share[0]) * 70 * found.value * found.members)
    assert worth["next_yen"] > 0
    far = worth["next"] / 100
    reached = judged.share(np.array([row["measured"] + far]), np.array([row["before"]]), size, stated)[0]
    assert worth["next_yen"] == int((reached - share[0]) * 70 * found.value * found.members)


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_explanation_adds_up_in_both_languages(runs: dict[str, api.Result], lang: str) -> None:
    found = explained(runs["plain"].path, "甲市", 2025)
    text = found.lines(lang)[0]  # type: ignore[arg-type]
    assert f"{int(found.points['money'].sum()):,}" in text
    assert len(found.printed(lang)) == 18  # type: ignore[arg-type]
    assert len(found.worth_printed(lang)) == 5  # type: ignore[arg-type]


def test_a_year_the_run_does_not_hold_is_named(runs: dict[str, api.Result]) -> None:
    with pytest.raises(InputError, match="no year R10; the run holds R4 to R8"):
        explained(runs["plain"].path, "甲市", "R10")


@pytest.mark.parametrize(
    ("set_", "reached"),
    [
        ({"rates.alpha": 1.0}, 0),
        ({"rates.alpha": 0.5}, 1),
        ({"rates.alpha": 0.0}, 2),
        ({"rates.alpha": 0.5, "rates.unification": "complete", "rates.unification_year": 2024}, 3),
        (
            {
                "rates.alpha": 0.5,
                "rates.unification": "complete",
                "rates.unification_year": 2024,
                "rates.unification_within": "medical_area",
            },
            1,
        ),
    ],
)
def test_unification_is_judged_by_the_rules_of_the_year(set_: dict[str, float | str], reached: int) -> None:
    w = tokyo(2022, P.with_overrides({(key, None, None): value for key, value in set_.items()}))
    assert effort.unification(w.world, 2026, whole=True, known=2024).tolist() == [reached]


def test_points_of_a_municipality_lower_its_standard_rate() -> None:
    """A municipality that does more than the nation's mean has more money and levies less; what others pay stays."""
    code = P.codes()[PLACE]
    rates = []
    for p in (P, P.with_overrides({("effort.level", None, code): 1.4})):
        t = joined(live(2023, parameters=p).tables["contribution"])
        t = t[(t["year"] == 2024) & (t["portion"] == "medical")].set_index(["code", "symbol"])["value"]
        rates.append(t)
    other = P.codes()[PLACE + 1]
    assert rates[1][code, "own_income_rate"] < rates[0][code, "own_income_rate"]
    assert rates[1][other, "own_income_rate"] == rates[0][other, "own_income_rate"]
    assert rates[1][code, "d"] == rates[0][code, "d"]
