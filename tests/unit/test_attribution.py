"""Attribution: parts add up to the yen in every mode, nothing changed is nothing attributed, directions turn signs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from sim.core.errors import InputError
from sim.engine import api
from sim.explanations.rules import RULES, Formula, belongs
from sim.outputs.folder import RunFolder
from sim.studies import execution
from sim.studies.attribution import _profile, _state, _value, attribute, levers, shapley, whole
from tests.tokyo_facts import TOKYO


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, RunFolder]:
    out = tmp_path_factory.mktemp("results")
    return {n: api.run(n, sample=400, last=2026, out=out, progress=False).folder for n in ("baseline", "no_change")}


def test_shapley_values_of_a_game_known_by_heart() -> None:
    """The glove game: one left glove, two right ones; a pair is worth 1."""

    def pair(s: frozenset[str]) -> float:
        return float("left" in s and bool(s & {"right", "other"}))

    found = shapley(["left", "right", "other"], pair)
    assert found == pytest.approx({"left": 4 / 6, "right": 1 / 6, "other": 1 / 6})


def test_rounding_keeps_the_total() -> None:
    assert whole({"a": 1.4, "b": 1.4, "c": 1.2}, 4) == {"a": 2, "b": 1, "c": 1}
    assert whole({"a": -1.5, "b": 0.5}, -1) == {"a": -1, "b": 0}
    assert whole({}, 0) == {}


@pytest.mark.parametrize("place", [None, "新宿区", "八王子市", "小笠原村"])
@pytest.mark.parametrize("output", ["contribution", "levy"])
def test_parts_add_up_to_the_recorded_change(runs: dict[str, RunFolder], place: str | None, output: str) -> None:
    found = attribute(runs["baseline"], since=2023, until=2026, municipality=place, output=output)
    assert int(found.table["yen"].sum()) == found.after - found.before
    if place is None and output == "contribution":
        account = runs["baseline"].table("metropolitan_account").set_index(["year", "item"])["value"]
        assert found.before == pytest.approx(float(account[2023, "contribution_total"]), abs=100)
        assert found.after == pytest.approx(float(account[2026, "contribution_total"]), abs=100)
    if place is not None and output == "contribution":
        chain = runs["baseline"].table("contribution")
        code = {"新宿区": 13104, "八王子市": 13201, "小笠原村": 13421}[place]
        rows = chain[(chain["year"] == 2026) & (chain["code"] == code) & (chain["symbol"] == "d")]
        assert found.after == pytest.approx(float(rows["value"].sum()), abs=2)


def test_the_way_back_turns_every_sign_where_the_yardstick_is_the_same(runs: dict[str, RunFolder]) -> None:
    run = runs["baseline"]
    profile = _profile(run, 2023)
    old, new = (_state(run, year, 13201, profile) for year in (2023, 2026))
    players = ["n", "cost", "x", "alpha", "s_inc_medical"]

    def value(a: dict[str, float], b: dict[str, float]):  # type: ignore[no-untyped-def]
        return lambda s: _value({k: b[k] if k in s else v for k, v in a.items()}, "contribution")

    rest = {k: v for k, v in new.items() if k not in players}
    there = shapley(players, value({**old, **rest}, {**old, **rest, **{k: new[k] for k in players}}))
    back = shapley(players, value({**old, **rest, **{k: new[k] for k in players}}, {**old, **rest}))
    assert [back[k] for k in players] == pytest.approx([-there[k] for k in players], abs=1)


@pytest.mark.parametrize("symbol", RULES)
def test_recorded_lines_follow_by_the_declared_rules(runs: dict[str, RunFolder], symbol: str) -> None:
    """Sums to the yen; a product of rounded coefficients within a millionth and what gamma's residue leaves."""
    chain = runs["baseline"].table("contribution")
    loose = isinstance(RULES[symbol], Formula)
    checked = 0
    for (_, _portion), rows in chain.groupby(["year", "portion"]):
        by_code = {int(c): dict(zip(r["symbol"], r["value"], strict=True)) for c, r in rows.groupby("code")}
        shared = by_code.pop(TOKYO)
        places = [shared] if symbol == "B" else [{**shared, **own} for own in by_code.values()]
        for known in places:
            entering = {k: v for k, v in known.items() if any(belongs(k, i) for i in RULES[symbol].inputs)}
            if loose and (not {*RULES[symbol].inputs} <= {*entering} or (symbol == "u" and not known["D"])):
                continue  # a portion that is not there yet; a municipality without members
            assert _follows(symbol, entering) == pytest.approx(known[symbol], rel=2e-6 * loose, abs=200 if loose else 0)
            checked += 1
    assert checked > 10


def _follows(symbol: str, entering: dict[str, float]) -> float:
    """Return a line from the recorded lines that enter it directly."""
    rule = RULES[symbol]
    if isinstance(rule, Formula):
        return rule.function(*(entering[name] for name in rule.inputs))
    plus, minus = rule.sides(entering)
    return sum(entering[s] for s in plus) - sum(entering[s] for s in minus)


def test_a_municipality_stands_where_the_engine_put_it(runs: dict[str, RunFolder]) -> None:
    """alpha, beta and gamma are those the run recorded: what the rules leave over is what was settled afterwards."""
    run = runs["baseline"]
    chain = run.table("contribution")
    rows = chain[(chain["year"] == 2026) & (chain["portion"] == "medical")]
    shared, own = (rows[rows["code"] == c].set_index("symbol")["value"] for c in (TOKYO, 13201))
    s = _state(run, 2026, 13201, _profile(run, 2026))
    assert (s["beta_medical"], s["gamma_medical"], s["alpha"]) == (shared["beta"], shared["gamma"], shared["alpha"])
    assert s["after_medical"] == pytest.approx(own["d"] - own["c"], abs=2)


def test_no_change_is_no_part(runs: dict[str, RunFolder]) -> None:
    found = attribute(runs["baseline"], since=2025, until=2025, municipality="新宿区")
    assert found.before == found.after
    assert not found.table["yen"].any()


def test_frozen_alpha_moves_contributions_between_municipalities_by_the_rules(runs: dict[str, RunFolder]) -> None:
    found = attribute(runs["no_change"], against=runs["baseline"], until=2026, municipality="奥多摩町")
    parts = found.table.set_index("driver")["yen"]
    assert int(parts.sum()) == found.after - found.before
    assert parts["rules"] != 0
    whole_tokyo = attribute(runs["no_change"], against=runs["baseline"], until=2026)
    assert "rules" not in set(whole_tokyo.table["driver"])


def test_mistakes_are_named(runs: dict[str, RunFolder]) -> None:
    with pytest.raises(InputError, match="either the year"):
        attribute(runs["baseline"], until=2026)
    with pytest.raises(InputError, match="did you mean 'levy'"):
        attribute(runs["baseline"], since=2023, until=2026, output="levi")
    with pytest.raises(InputError, match="no contribution of R15"):
        attribute(runs["baseline"], since=2023, until=2033)
    with pytest.raises(InputError, match="municipality"):
        attribute(runs["baseline"], since=2023, until=2026, municipality="大阪市")


def test_the_keys_of_a_scenario_share_its_whole_effect(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(execution, "_store", lambda: tmp_path / "studies")
    path = tmp_path / "two.yaml"
    path.write_text(
        "name: two\nextends: baseline\npolicy:\n  payment.sms_reminders: {R5: 80%}\n"
        "  payment.account_transfer_share: {R5: +20pt}\n",
        encoding="utf-8",
    )
    table = levers(path, until=2024, sample=1000, jobs=2, progress=False)
    both = execution.execute([execution.Task(path, sample=1000, last=2024)], progress=False)[0]
    none = execution.execute([execution.Task(sample=1000, last=2024)], progress=False)[0]
    rates = [o.tables["metropolis_year"].set_index("year")["collection_rate"][2024] for o in (none, both)]
    assert table["effect"].sum() == pytest.approx(rates[1] - rates[0])
    assert (table["effect"] > 0).all()
    assert np.allclose(table["effect"], (table["alone"] + table["last"]) / 2)
