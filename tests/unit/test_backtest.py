"""A back-test says what was forecast, by whom, and who was nearer; rivals and marks see only what was public."""

from __future__ import annotations

import datetime as dt
import json
import math
import re
import shutil
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from sim import cli
from sim.core.errors import InputError, ParameterError
from sim.parameters import Parameters, regions
from sim.reports import backtest_figures
from sim.studies import backtest as study
from sim.studies import execution
from sim.studies.backtest import items, page, run, scores, vintage
from sim.studies.backtest.facts import FAR, Fact, PublicBy, dated, last_day, municipal
from sim.studies.backtest.items import named
from sim.studies.backtest.naive import naive
from sim.studies.backtest.spec import draws, read_spec
from sim.studies.execution import Outcome, Task

ITEMS = named(Parameters.load())
OCTOBER = dt.date(2024, 10, 31)


def fact(year: int, value: float, public: str, basis: str = "final") -> Fact:
    return Fact("x", year, value, basis, public, "s", 13_000, public=dt.date.fromisoformat(public))


KNOWN = [fact(2022, 100.0, "2022-01-31"), fact(2023, 110.0, "2023-01-31"), fact(2024, 130.0, "2024-01-31")]


# the rivals


def test_the_naive_forecasts_are_the_last_value_and_the_line_through_the_last_two() -> None:
    found = naive(KNOWN, [], "estimate", OCTOBER, 2026)
    assert (found.last, found.line) == (130.0, 170.0)
    assert found.last_from == "R6 final"
    assert found.line_from == "R5 final, R6 final"


def test_a_gap_between_the_last_two_years_is_a_slope_per_year() -> None:
    assert naive([KNOWN[0], KNOWN[2]], [], "estimate", OCTOBER, 2025).line == pytest.approx(145.0)


@pytest.mark.parametrize("value", [0.0, 1e9])
def test_a_figure_published_after_the_date_moves_neither(value: float) -> None:
    later = [fact(2025, value, "2024-11-01"), fact(2024, value, "2024-12-01", "provisional")]
    assert naive([*KNOWN, *later], [], "estimate", OCTOBER, 2026) == naive(KNOWN, [], "estimate", OCTOBER, 2026)


def test_one_year_gives_no_line_and_none_gives_nothing() -> None:
    one = naive(KNOWN[:1], [], "estimate", OCTOBER, 2025)
    assert one.last == 100.0
    assert math.isnan(one.line)
    none = naive([], [], "estimate", OCTOBER, 2025)
    assert math.isnan(none.last)
    assert none.last_from == ""


def test_the_figure_at_kakutei_replaces_the_one_at_kari_once_it_is_public() -> None:
    both = [fact(2024, 90.0, "2023-11-30", "provisional"), *KNOWN]
    assert naive(both, [], "estimate", OCTOBER, 2025).last == 130.0
    before = naive(both, [], "estimate", dt.date(2023, 12, 1), 2025)
    assert (before.last, before.last_from) == (90.0, "R6 provisional")


def test_results_stand_in_only_where_no_estimate_was_public() -> None:
    results = [fact(2022, 80.0, "2023-12-31", "result")]
    assert naive(KNOWN, results, "estimate", OCTOBER, 2025).last == 130.0
    assert naive([], results, "estimate", OCTOBER, 2025).last_from == "R4 result"
    assert math.isnan(naive(results, [], "estimate", OCTOBER, 2025).last)  # on another basis


# since when a figure is public


@pytest.mark.parametrize(
    ("text", "day"), [("2024-11-26", (2024, 11, 26)), ("2024-02", (2024, 2, 29)), ("2025", (2025, 12, 31)), ("", None)]
)
def test_a_month_or_a_year_counts_as_its_last_day(text: str, day: tuple[int, int, int] | None) -> None:
    assert last_day(text) == (dt.date(*day) if day else None)


def test_an_estimate_is_public_before_its_year_and_a_result_not_before_its_page() -> None:
    rules = {"final": PublicBy(3, 31, 0, undated_only=False), "result": PublicBy(12, 31, 1, undated_only=True)}
    estimate = Fact("x", 2024, 1.0, "final", "2024-11-26", "s", 13_000)
    result = Fact("x", 2022, 1.0, "result", "2024-11-26", "s", 13_000)
    undated = Fact("x", 2022, 1.0, "result", "", "s", 13_000)
    unruled = Fact("x", 2022, 1.0, "goal", "", "s", 13_000)
    days = [f.public for f in dated([estimate, result, undated, unruled], rules)]
    assert days == [dt.date(2024, 3, 31), dt.date(2024, 11, 26), dt.date(2023, 12, 31), FAR]


# scores


def frame(**columns: object) -> pd.DataFrame:
    base = {"item": "x", "part": "", "horizon": 1, "kind": "level", "leaks": "", "single": False, "published": 100.0}
    base |= {"forecast": 100.0, "low": math.nan, "high": math.nan, "last": math.nan, "line": math.nan}
    rows = range(max(len(c) for c in columns.values() if isinstance(c, list)))
    found = pd.DataFrame({**base, **columns}, index=rows)
    return found.assign(low_parameters=found["low"], high_parameters=found["high"])


def test_a_settlement_read_out_in_a_council_is_public_on_that_day() -> None:
    """The register lets a run know 品川's settlement of R4 from the minutes' day on; so do the rivals."""
    find = municipal("benefits", "benefits_settlement", "result")
    facts = {fact.year: fact for fact in dated(find(Parameters.load()), read_spec().rules())}
    assert facts[2022].public == dt.date(2023, 10, 5)
    assert all(fact.public == last_day(fact.published_on) for fact in facts.values())


def test_skill_is_one_less_the_error_over_that_of_the_rival() -> None:
    rows = scores.scored(frame(forecast=[102.0, 98.0], last=[108.0, 92.0], line=[101.0, 99.0]))
    line = scores.table(rows, ["item"]).iloc[0]
    assert line["skill_last"] == pytest.approx(0.75)
    assert line["skill_line"] == pytest.approx(-1.0)
    assert line["worst_skill"] == pytest.approx(-1.0)
    assert line["bias"] == pytest.approx(0.0)
    assert line["beats"] == 0.0


def test_skill_is_taken_on_the_rows_both_have() -> None:
    rows = scores.scored(frame(forecast=[102.0, 150.0], last=[104.0, math.nan]))
    assert scores.table(rows, ["item"]).iloc[0]["skill_last"] == pytest.approx(0.5)


def test_errors_of_rates_are_points_and_of_levels_relative() -> None:
    rows = scores.scored(frame(kind=["rate", "level"], published=[0.9, 200.0], forecast=[0.92, 210.0]))
    assert rows["error"].tolist() == pytest.approx([0.02, 0.05])


def test_coverage_counts_what_lies_inside_and_leaves_out_what_has_no_interval() -> None:
    rows = scores.scored(frame(low=[99.0, 101.0, math.nan], high=[101.0, 102.0, math.nan]))
    assert rows["covered"].tolist() == [True, False, pd.NA]
    assert scores.table(rows, ["item"]).iloc[0]["coverage"] == pytest.approx(0.5)


def test_a_figure_not_yet_published_is_no_row_of_the_scores() -> None:
    rows = scores.scored(frame(published=[100.0, math.nan], forecast=[110.0, 500.0], last=[100.0, 100.0]))
    assert scores.table(rows, ["item"]).iloc[0]["count"] == 1
    assert scores.headline(rows).rows == 1


def test_the_headline_counts_items_alike_however_many_figures_they_have() -> None:
    good = frame(item=["a"] * 9, forecast=[101.0] * 9, last=[110.0] * 9)
    bad = frame(item=["b"], forecast=[130.0], last=[110.0])
    found = scores.headline(scores.scored(pd.concat([good, bad], ignore_index=True)))
    assert (found.items, found.better, found.share) == (2, 1, 0.5)


def test_the_interval_is_wide_where_members_are_few_and_missing_where_there_is_none() -> None:
    g = np.random.default_rng(1)
    many, few = g.normal(100, 1, 500), np.array([99.3, 100.7])
    low, high = run.spread(many)
    assert (low, high) == pytest.approx((1 - 0.0165, 1 + 0.0165), abs=0.002)
    assert run.spread(few)[1] > 1.04
    assert all(math.isnan(end) for end in run.spread(np.array([])))


# the whole, with runs made by hand

_EXPECTED = {
    "members": 2_400_000.0,
    "benefits": 8e11,
    "elderly_grant": 2.3e11,
    "public_money": 3.5e11,
    "support_payment": 1.7e11,
    "care_payment": 6.5e10,
}
_YEAR = {
    "members_end": 2_500_000.0,
    "benefit": 8.1e11,
    "contribution": 4.5e11,
    "contribution_per_head": 205_000.0,
    "standard_premium_per_head": 183_000.0,
    "collection_rate": 0.915,
    "discretionary_transfer": 4e10,
    "other_discretionary": 8e9,
}


def fake_tables(task: Task) -> dict[str, pd.DataFrame]:
    """Return tables of a run in which nothing changes; replicates differ by a percent."""
    years = range(2022, (task.last or 2029) + 1)
    factor = 1 + 0.01 * task.replicate
    codes = Parameters.load().codes()
    place = pd.DataFrame([(y, c) for y in years for c in codes], columns=["year", "code"])
    for name in ("gross_levy", "over_cap", "contribution", "bill"):
        for part in ("medical", "support", "care", "child"):
            place[f"{name}_{part}"] = 1e9 * factor
    for name in (
        "member_months",
        "benefit",
        "collected",
        "arrears_collected",
        "bill_unknown_address",
        "discretionary_transfer",
        "other_discretionary",
    ):
        place[name] = 1e6 * factor
    account = [(y, name, value * factor) for y in years for name, value in _EXPECTED.items()]
    rates = pd.DataFrame(
        [
            (y, c, k, p)
            for y in years
            for c in codes
            for k in ("actual", "standard")
            for p in ("medical", "support", "care")
        ],
        columns=["year", "code", "kind", "portion"],
    ).assign(income_part=70_000, per_head=45_000)
    return {
        "metropolis_year": pd.DataFrame({"year": list(years)}).assign(**{k: v * factor for k, v in _YEAR.items()}),
        "municipality_year": place,
        "metropolitan_account": pd.DataFrame(account, columns=["year", "item", "value"]),
        "accounts": pd.DataFrame(columns=["year", "item", "payer", "payee", "code", "amount"]),
        "rates": rates,
    }


@pytest.fixture
def faked(monkeypatch: pytest.MonkeyPatch) -> Callable[[Sequence[vintage.Later]], None]:
    """Put tables made by hand in place of runs; what is called says what was fitted to something later."""

    def execute(tasks: Sequence[Task], tables: Sequence[str], **_: object) -> list[Outcome]:
        return [Outcome(task, {name: fake_tables(task)[name] for name in tables}) for task in tasks]

    def task(as_of: dt.date, scenario: str, overrides: object, sample: int, replicate: int, last: int) -> Task:
        return Task(scenario, sample=sample, replicate=replicate, last=last)

    def with_later(later: Sequence[vintage.Later]) -> None:
        monkeypatch.setattr(vintage, "register_of", lambda as_of: Parameters.load())
        monkeypatch.setattr(vintage, "known_later", lambda p: later)
        monkeypatch.setattr(vintage, "task", task)
        monkeypatch.setattr(run, "execute", execute)

    return with_later


LATER = [vintage.Later("finance.other_public", "2024-11-26", "fitted to R6")]


def test_a_row_stands_for_every_figure_published_after_the_date(faked) -> None:  # type: ignore[no-untyped-def]
    faked([])
    b = study.backtest(["2024-10-31"], sample=2000, members=3, member_sample=2000)
    rows = b.rows[b.rows["item"] == "contribution_per_head"].set_index("year")
    assert rows.loc[2025, "published"] == 203_341.0  # at 確定係数, not the 204,923 at 仮係数
    assert rows.loc[2025, "forecast"] == 205_000.0
    assert rows.loc[2025, "last_from"] == "R6 final"
    assert rows.loc[2025, "low"] < 205_000.0 < rows.loc[2025, "high"]
    assert math.isnan(rows.loc[2026, "published"])  # figures of R8 are kept aside
    assert b.rows.loc[b.rows["year"] == 2026, "error"].isna().all()
    assert set(b.rows["horizon"]) == {1, 2}
    assert b.headline == b.headline_all


def test_rates_the_wards_share_stand_once(faked) -> None:  # type: ignore[no-untyped-def]
    faked([])
    rows = study.backtest(["2024-10-31"], sample=2000, members=0).rows
    shared = rows[(rows["item"] == "actual_rate_income_part") & (rows["part"] == "medical") & (rows["code"] == 13100)]
    assert shared["published"].tolist() == [77_100.0]
    assert shared["last_from"].tolist() == ["R6 plan"]
    wards = rows[rows["item"].eq("actual_rate_income_part") & rows["part"].eq("medical") & (rows["code"] < 13200)]
    assert set(wards["code"]) <= {13100, 13101, 13114, 13123}


def test_rows_behind_which_something_later_stands_are_marked_and_left_out(faked) -> None:  # type: ignore[no-untyped-def]
    faked(LATER)
    b = study.backtest(["2024-10-31"], sample=2000, members=0)
    leaking = b.rows[b.rows["leaks"] != ""]
    assert set(leaking["leaks"]) == {"finance.other_public"}
    assert "contribution_total" in set(leaking["item"])
    assert "members_assumed" not in set(leaking["item"])
    assert b.headline.rows == b.headline_all.rows - leaking["error"].notna().sum()
    assert b.by_item["leaks"].sum() == leaking["error"].notna().sum()


def test_structure_read_later_is_told_and_is_no_leak(faked) -> None:  # type: ignore[no-untyped-def]
    faked([*LATER, vintage.Later("people.mortality", "2024-12-31", "one life table")])
    b = study.backtest(["2024-10-31"], sample=2000, members=0)
    members = b.rows[b.rows["item"] == "members_assumed"]
    assert set(members["leaks"]) == {""}
    assert set(members["structure"]) == {"people.mortality"}
    assert "(0 of them rest on no structure read later either)" in page.summary(b)[0]


def test_what_was_decided_after_the_date_is_noted_and_moves_nothing(faked) -> None:  # type: ignore[no-untyped-def]
    faked([])
    spec = read_spec()
    b = study.backtest(["2023-10-31", "2024-10-31"], sample=2000, members=0, spec=spec)
    notes = b.rows[b.rows["item"] == "contribution_total"].set_index(["as_of", "year"])["note"]
    assert "iryosoken_r6" in notes["2023-10-31", 2024]
    assert "shin_kosei_20250225" in notes["2024-10-31", 2025]
    bare = study.backtest(
        ["2023-10-31", "2024-10-31"], sample=2000, members=0, spec=spec.model_copy(update={"notes": ()})
    )
    pd.testing.assert_frame_equal(bare.rows.drop(columns="note"), b.rows.drop(columns="note"))


def test_changing_a_figure_published_later_changes_no_forecast_and_no_rival(
    faked, monkeypatch: pytest.MonkeyPatch
) -> None:  # type: ignore[no-untyped-def]
    faked([])
    dates = ["2023-10-31", "2024-10-31"]
    before = study.backtest(dates, sample=2000, members=0).rows
    date = dt.date(2023, 10, 31)
    moved = tuple(replace(item, find=_moved(item.find, read_spec().rules(), date)) for item in ITEMS.values())
    monkeypatch.setattr(run, "items", lambda p: moved)
    after = study.backtest(dates, sample=2000, members=0).rows
    seen = ["as_of", "year", "item", "code", "part", "forecast", "last", "last_from", "line", "line_from"]
    first = [rows.loc[rows["as_of"] == "2023-10-31", seen] for rows in (before, after)]
    pd.testing.assert_frame_equal(*first)
    assert not before["published"].equals(after["published"])


def _moved(find, rules, date):  # type: ignore[no-untyped-def]
    """Return a finder that doubles whatever became public after a date."""

    def found(p: Parameters):  # type: ignore[no-untyped-def]
        for fact, known in zip(find(p), dated(find(p), rules), strict=True):
            yield replace(fact, value=2 * fact.value) if known.public > date else fact

    return found


def test_a_year_the_run_did_not_reach_is_missing_and_not_zero(faked) -> None:  # type: ignore[no-untyped-def]
    figures = run.Figures.from_tables(fake_tables(Task(last=2024)).__getitem__, 2000)
    item = ITEMS["contribution_wards_medical"]
    assert run._read(item, figures, (13000, ""), 2024) > 0
    assert math.isnan(run._read(item, figures, (13000, ""), 2025))
    assert math.isnan(run._read(ITEMS["benefits_of_municipality"], figures, (99999, ""), 2024))


def test_every_item_finds_figures_it_can_read(faked) -> None:  # type: ignore[no-untyped-def]
    faked([])
    figures = run.Figures.from_tables(fake_tables(Task(last=2025)).__getitem__, 2000)
    for item in ITEMS.values():
        facts = list(item.find(Parameters.load()))
        if item.name not in ("discretionary_transfer", "collection_rate_of_municipality"):
            assert max(f.year for f in facts) > 2022, item.name
        assert not math.isnan(run._read(item, figures, (facts[0].code, facts[0].part), 2025)), item.name
    assert [item.name for item in items.items(Parameters.load())] == [*ITEMS]


def test_the_page_has_misses_first_and_speaks_both_languages(faked, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    faked(LATER)
    b = study.backtest(None, sample=2000, members=2, member_sample=2000)
    images = backtest_figures.draw_all(b, tmp_path / "images", png=False)
    text = page.write(b, tmp_path / "backtest.md", images).read_text(encoding="utf-8")
    assert "## 要約" in text
    assert "1/2000 sample" in text
    assert "(images/contribution_total.svg)" in text
    assert all(image.stat().st_size > 1000 for image in images.values())
    skills = b.by_item["worst_skill"].dropna()
    assert skills.is_monotonic_increasing
    section = text.partition("## By item, misses first")[2].partition("## By group")[0]
    told = [line.split(" | ")[0].removeprefix("| ") for line in section.splitlines() if line.startswith("| ")][1:]
    assert told == [ITEMS[name].label[1] for name in b.by_item["item"]]
    assert "finance.other_public" in text


def test_the_folder_holds_rows_scores_and_headline(faked, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    faked([])
    b = study.backtest(["2024-10-31"], sample=2000, members=0)
    folder = b.write(tmp_path)
    assert folder.parent == tmp_path / "studies" / "backtest"
    assert {"rows.parquet", "rows.csv", "by_item.csv", "by_group.csv", "study.yaml", "headline.json"} <= {
        path.name for path in folder.iterdir()
    }
    told = json.loads((folder / "headline.json").read_text(encoding="utf-8"))
    assert told["headline"]["rows"] == b.headline.rows
    pd.testing.assert_frame_equal(pd.read_parquet(folder / "rows.parquet"), b.rows, check_dtype=False)


def test_the_command_prints_misses_and_writes_the_page(
    faked,  # type: ignore[no-untyped-def]
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    faked([])
    words = ["backtest", "--as-of", "2024-10-31", "--sample", "2000", "--members", "0"]
    words += ["--out", str(tmp_path / "results"), "--page", str(tmp_path / "docs" / "backtest.md"), "--lang", "ja"]
    (tmp_path / "docs").mkdir()
    assert cli.main(words) == 0
    said = capsys.readouterr().out
    assert "納付金総額" in said
    assert "直近値" in said
    assert (tmp_path / "docs" / "backtest.md").exists()
    assert (tmp_path / "docs" / "images" / "backtest" / "contribution_total.svg").exists()


# mistakes


def test_a_date_is_read_as_by_a_run_and_counts_once() -> None:
    asked = ["R6.10.31", "2024/10/31", "2024-10-31"]
    assert [date.as_of for date in read_spec().chosen(asked)] == [OCTOBER]


@pytest.mark.parametrize(
    ("date", "said"), [("31.10.2024", "write 2024-10-31"), ("2024-09-30", "its dates: 2023-10-31, 2024-10-31")]
)
def test_a_date_that_is_none_or_not_declared_is_refused(date: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        study.backtest([date])


@pytest.mark.parametrize(("size", "said"), [({"sample": 0}, "sample is 0"), ({"members": 1}, "at least 2")])
def test_a_size_that_is_none_is_refused(size: dict[str, int], said: str) -> None:
    with pytest.raises(InputError, match=said):
        study.backtest(["2024-10-31"], **size)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("as_of: 2024-10-31", "as_of: 2024-13-31", "dates.1.as_of"),
        ("cost.trend: {add", "cost.trent: {add", "cost.trend"),
        ("[-0.02, 0.02]", "[0.02, -0.02]", "is no range"),
        ("year: R5", "year: five", "is not a fiscal year"),
        ("[benefits_*", "[benefit_x", "no item is called"),
        ("source: cap_itano", "source: nowhere", "not in sources.yaml"),
        ("day: 03-31", "day: 03-32", "is no month and day"),
        ("  result: {day", "  results: {day", "no basis"),
    ],
)
def test_a_mistake_in_the_file_is_told_with_its_key(old: str, new: str, said: str, tmp_path: Path) -> None:
    text = (Path(__file__).parents[2] / "scenarios" / "studies" / "backtest.yaml").read_text(encoding="utf-8")
    assert old in text
    path = tmp_path / "mine.yaml"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(InputError, match=said):
        read_spec(path)


def test_the_shipped_study_is_found_from_any_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert len(read_spec().dates) == 3


def test_draws_stay_inside_the_declared_ranges_and_begin_after_the_date() -> None:
    spec, p = read_spec(), Parameters.load()
    date = spec.dates[0]
    points = draws(spec, date, 8, p)
    assert len(points) == 8
    for point in points:
        for factor, x in point.items():
            assert factor.low <= x <= factor.high
            assert factor.since == 2024
            for (key, year, _), value in factor.overrides(x, p, 2025).items():
                assert year is not None
                assert year >= 2024
                assert p.passport(key).objection(value) == "", (key, year, value)
    assert points == draws(spec, date, 8, p)
    assert points != draws(spec, spec.dates[1], 8, p)


def test_a_small_back_test_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(execution, "_store", lambda: tmp_path / "studies")
    b = study.backtest(["2024-10-31"], sample=2000, members=2, member_sample=2000, progress=False)
    judged = b.rows[b.rows["error"].notna()]
    assert {"contribution_total", "benefits_estimate", "actual_rate_per_head"} <= set(judged["item"])
    assert judged["forecast"].notna().all()
    assert (judged["low"] <= judged["high"]).all()


def test_the_items_are_told_apart_by_the_parameters_behind_them() -> None:
    assert ITEMS["collection_rate"].hangs_on("payment.base")
    assert not ITEMS["members_year_end"].hangs_on("payment.base")
    assert items.TABLES[0] == "metropolis_year"


def test_the_report_says_what_the_last_back_test_found() -> None:
    """The kept file is that of docs/backtest.md; the page shows its sentences and rows in both languages."""
    from sim.reports.html import _backtest as of

    region = Parameters.load("tokyo").region
    written = (Path(__file__).parents[2] / "docs" / "backtest.md").read_text(encoding="utf-8")
    for lang in ("ja", "en"):
        assert all(f"- {sentence}" in written for sentence in of(region, lang)["said"])

    for lang in ("ja", "en"):
        shown = of(region, lang)
        assert shown is not None
        assert shown["said"]
        rows = shown["rows"]
        assert isinstance(rows, list)
        assert {"item", "as_of", "published", "forecast", "low", "high", "error", "leaks"} <= rows[0].keys()
        sizes = [abs(float(row["error"].rstrip(" %"))) for row in rows]
        assert sizes == sorted(sizes, reverse=True)


# items of a region


@pytest.fixture
def elsewhere(tmp_path: Path) -> Path:
    """A copy of a shipped region's folder, outside the package."""
    return Path(shutil.copytree(regions.SHIPPED / "tokyo", tmp_path / "elsewhere"))


def test_an_item_no_figure_of_the_region_can_judge_is_absent(elsewhere: Path) -> None:
    for folder, table in (("targets", "forecasts"), ("places", "standard_rates"), ("places", "group_rates")):
        index = elsewhere / folder / "tables.yaml"
        kept = re.sub(rf"(?m)^{table}:\n(  .*\n?)+", "", index.read_text(encoding="utf-8"))
        index.write_text(kept, encoding="utf-8")
    found = {item.name for item in items.items(Parameters.load(elsewhere))}
    gone = {"contribution_wards_medical", "ward_levy_per_insured"}
    assert {*ITEMS} - found == gone | {"standard_rate_income_part", "standard_rate_per_head"}


def test_an_item_of_a_region_follows_one_there_is(elsewhere: Path) -> None:
    table = elsewhere / "targets" / "forecasts.csv"
    table.write_text(table.read_text(encoding="utf-8").replace("actual_rate_per_head", "actual_rates"), "utf-8")
    with pytest.raises(ParameterError, match=r"forecasts.csv, line 3: after: no item 'actual_rates'; did you mean"):
        items.items(Parameters.load(elsewhere))


def test_labels_speak_of_the_region(elsewhere: Path) -> None:
    file = elsewhere / "region.yaml"
    text = file.read_text(encoding="utf-8").replace(
        "level: {ja: 都, en: metropolis}", "level: {ja: 県, en: prefecture}"
    )
    file.write_text(text.replace("municipalities: {ja: 区市町村, en: municipalities}\n", ""), encoding="utf-8")
    own = named(Parameters.load(elsewhere))
    assert own["members_assumed"].label == ("被保険者数（県の推計）", "members, assumed by the prefecture")
    assert own["benefits_of_municipality"].label[0] == "保険給付費（市町村決算）"
    assert ITEMS["benefits_of_municipality"].label[0] == "保険給付費（区市町村決算）"
