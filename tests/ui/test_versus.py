"""Two scenarios side by side: levels and difference with ranges, one sentence; the process that works them out."""

from __future__ import annotations

import time
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

pytest.importorskip("nicegui", reason="the extra 'ui' is not installed")

from sim.scenario.scenario import Scenario, load_scenario
from sim.studies import versus as study
from sim.studies.compare import compare
from sim.ui import pairing
from sim.ui.catalogue import Shelf
from sim.ui.desk import Desk
from sim.ui.pairing import Pairing, Pairings
from sim.ui.versus import WORDS, Versus
from sim.ui.versus_charts import Course, chart
from sim.ui.work import DONE, FAILED, RUNNING, STOPPED, WAITING, Workshop
from tests.tokyo_facts import TOKYO

WARD = 13104


def shorter(*names: str) -> list[Scenario]:
    """Return scenarios that end in R9."""
    found = [load_scenario(name) for name in names]
    return [s.model_copy(update={"horizon": s.horizon.model_copy(update={"last": 2027})}) for s in found]


@pytest.fixture(scope="module")
def compared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A comparison of two scenarios in a small sample up to R9, with ranges laid by hand."""
    out = tmp_path_factory.mktemp("results")
    found = compare(shorter("baseline", "collection_drive"), sample=1000, out=out, jobs=1, progress=False)
    t = pd.concat([found.year.assign(code=TOKYO), found.municipality[found.municipality["code"] != TOKYO]])
    ends = t.assign(
        low90=t["difference"] - 1, low80=t["difference"], high80=t["difference"], high90=t["difference"] + 1, noise=0.5
    )
    columns = ["scenario", "measure", "code", "year", "value_base", "value", "difference", "low90", "high90", "noise"]
    study.paired.write(found.path, ends[columns], {"sets": 24, "sample": 200})
    return found.path


def test_words_have_both_languages() -> None:
    assert all(ja and en for ja, en in WORDS.values())


@pytest.mark.parametrize(("code", "measures"), [(WARD, study.OF_PLACES), (TOKYO, study.OF_WHOLE)])
def test_levels_effects_and_ranges_are_those_of_the_comparison(
    compared: Path, code: int, measures: tuple[str, ...]
) -> None:
    t = study.figures(compared, code)
    assert tuple(dict.fromkeys(t["measure"])) == measures
    assert (t["other"] == t["level"] + t["effect"]).all()
    table = pd.read_parquet(compared / "tables" / f"difference_{'year' if code == TOKYO else 'municipality'}.parquet")
    mine = table[(table["measure"] == "collection_rate") & (table["year"] == 2027)]
    mine = mine if code == TOKYO else mine[mine["code"] == code]
    row = t[(t["measure"] == "collection_rate") & (t["year"] == 2027)].iloc[0]
    assert row["level"] == mine["level"].iloc[0]
    assert row["effect"] == mine["effect"].iloc[0]
    assert row["low"] == pytest.approx(row["effect"] - 1)
    assert row["level_low"] < row["level"] < row["level_high"]


def test_the_range_of_an_amount_goes_to_the_level_with_its_effect() -> None:
    """A difference of 20 ± 1 in a sample that bills 50 stands at 40 ± 2 on a level of 100."""
    t = pd.DataFrame({"measure": ["billed_per_member"], "year": [2027], "unit": ["yen/person"], "value_base": [50.0]})
    keys = {"scenario": ["x"], "measure": ["billed_per_member"], "code": [WARD], "year": [2027]}
    doubt = study.paired.Differences(pd.DataFrame(keys | {"low90": [19.0], "high90": [21.0]}), {})
    out = study._with_ends(t.assign(level=100.0), doubt, "x", WARD)
    assert (out["low"].iloc[0], out["high"].iloc[0]) == (38.0, 42.0)


@pytest.mark.parametrize(
    ("low", "high", "told"), [(0.1, 0.2, True), (-2, -1, True), (-1, 1, False), (0, 1, False), (np.nan, 1, None)]
)
def test_told_apart_from_zero(low: float, high: float, told: bool | None) -> None:
    assert study.told_apart(low, high) is told


def test_a_comparison_is_found_again_only_with_the_very_runs_and_ranges(compared: Path) -> None:
    results = compared.parents[2]
    assert study.kept(shorter("baseline", "collection_drive"), 1000, results) == compared
    assert study.kept(shorter("collection_drive", "baseline"), 1000, results) is None
    assert study.kept(shorter("baseline", "reminders"), 1000, results) is None
    assert study.kept([load_scenario("baseline"), load_scenario("collection_drive")], 1000, results) is None


def tab(tmp_path: Path, lang: str = "ja", area: int = WARD) -> Versus:
    desk = Desk(Workshop(tmp_path), Shelf(), area=area)
    made = Versus(desk, desk.shelf.catalogue(), lang, lambda trouble: None)
    made.a, made.b = "baseline", "collection_drive"
    return made


def row(**values: object) -> pd.Series:
    plain = {"measure": "collection_rate", "unit": "share", "year": 2029, "level": 0.87, "other": 0.9, "effect": 0.03}
    return pd.Series(plain | {"low": 0.02, "high": 0.04} | values)


def test_one_sentence_says_the_difference_and_whether_it_is_told_apart(tmp_path: Path) -> None:
    made = tab(tmp_path)
    said = made.sentence(row())
    assert said.startswith("R11年度の新宿区の現年分収納率は、「収納対策の強化（総合）」では90.00％で")
    assert "「基準（現行制度）」の87.00％より3.00ポイント高い" in said
    assert "+2.00～+4.00ポイントで0を含まず、差があるといえる" in said
    assert "0を含み、差があるとはいえない" in made.sentence(row(low=-0.01))
    assert "より3.00ポイント低い" in made.sentence(row(effect=-0.03, other=0.84, low=-0.04, high=-0.02))
    assert "差がない" in made.sentence(row(effect=0.0, other=0.87, low=0.0, high=0.0))
    assert "推計の幅がない" in made.sentence(row(low=np.nan, high=np.nan))
    english = tab(tmp_path, "en").sentence(row())
    assert english.startswith("In R11, the collection rate in Shinjuku is 90.00 % under “Stronger collection")


def test_what_is_shown_as_nothing_has_no_sign(tmp_path: Path) -> None:
    made = tab(tmp_path)
    assert made.span(row(low=-1e-9, high=1e-9), "low", "high", sign=True) == "±0"
    assert made.verdict(row(effect=0.0, low=0.0, high=0.0)) == "差なし"
    assert made.verdict(row()) == "差があるといえる"


def test_charts_hold_both_levels_and_the_difference_with_zero() -> None:
    years = pd.Index([2028, 2029])
    course = Course("a", pd.Series([0.9, 0.91], years), pd.Series([0.8, 0.8], years), pd.Series([0.95, 0.95], years))
    options = chart([course, course], "t", "share", "％")
    assert [s["data"] for s in options["series"] if "stack" not in s] == [[90.0, 91.0]] * 2
    gap = chart([course], "t", "share", "ポイント", zero=True)["series"][-1]
    assert gap["markLine"]["data"] == [{"yAxis": 0}]


# the process


def until(ready: object, seconds: float = 60.0) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if ready():  # type: ignore[operator]
            return
        time.sleep(0.05)
    raise AssertionError("not in time")


def pair() -> tuple[Scenario, Scenario]:
    return load_scenario("baseline"), load_scenario("reminders")


def test_a_comparison_tells_how_far_it_is_and_another_waits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lot = Pairings()
    begun: list[Pairing] = []

    def begin(self: Pairing) -> None:
        begun.append(self)
        self.state, self._line = RUNNING, SimpleNamespace(poll=lambda: False, close=lambda: None, send=lambda _: None)  # type: ignore[assignment]

    monkeypatch.setattr(Pairing, "begin", begin)
    base, other = pair()
    first = lot.start((base, other), 400, tmp_path)
    assert lot.start((base, other), 400, tmp_path) is first, "the same is not begun twice"
    second = lot.start((other, base), 400, tmp_path)
    assert (first.state, second.state, begun) == (RUNNING, WAITING, [first])
    first._take((RUNNING, ("ranges of differences", 3, 60)))
    assert (first.what, first.done, first.total) == ("ranges of differences", 3, 60)
    first._take((pairing.FIRST, str(tmp_path)))
    assert first.busy
    assert first.path == tmp_path, "the difference is shown before its range"
    first._take((DONE, str(tmp_path)))
    lot.look()
    assert (first.state, second.state) == (DONE, RUNNING)
    second.stop()
    assert second.state == STOPPED


def test_a_process_that_is_killed_is_told(tmp_path: Path) -> None:
    lot = Pairings()
    p = lot.start(pair(), 400, tmp_path)
    assert p._process is not None
    p._process.kill()
    until(lambda: (lot.look(), not p.busy)[1])
    assert p.state == FAILED
    assert p.trouble is not None
    again = lot.start(pair(), 400, tmp_path)
    assert again is not p, "a comparison that failed may be asked for again"
    lot.close()
