"""Every municipality and year has rates, and says what they rest on."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest

from sim import cli
from sim.core.errors import InputError
from sim.engine import api
from sim.explanations import known_rates, run_rates
from sim.explanations.batch import households
from sim.explanations.family import load
from sim.explanations.household import bill
from sim.explanations.known_rates import YEARS, RateBook, counted, coverage, find
from sim.explanations.run_rates import RunRates
from sim.institutions.memory import PORTIONS
from sim.parameters import Parameters, regions

FAMILY = Path(__file__).parents[2] / "docs" / "family.yaml"


@pytest.fixture(scope="module")
def p() -> Parameters:
    return Parameters.load()


@pytest.fixture(scope="module")
def everywhere(p: Parameters) -> pd.DataFrame:
    return coverage(p, list(YEARS), baseline=False)


def test_every_municipality_and_year_has_every_portion_it_levies(p: Parameters, everywhere: pd.DataFrame) -> None:
    found = everywhere.groupby(["code", "year"])["portion"].agg(set)
    assert len(found) == 62 * 8
    for (_, year), portions in found.items():
        assert portions == set(PORTIONS if year >= 2026 else PORTIONS[:3])
    assert (everywhere["income_part"] > 0).all()
    assert (everywhere["per_head"] > 0).all()
    assert everywhere["source_id"].str.len().min() > 0


def test_the_example_family_gets_a_bill_with_its_basis_in_all_62_municipalities_and_8_years(p: Parameters) -> None:
    members = load(FAMILY)[0]["members"]
    people = pd.DataFrame(
        [
            {"household": f"{code} {year}", "municipality": code, "year": year, **member}
            for code in p.codes()
            for year in YEARS
            for member in members
        ]
    )
    bills = households(people, parameters=p)
    assert len(bills) == 62 * 8
    assert (bills["total"] > 0).all()
    assert set(bills["basis"]) <= {"published", "secondary", "carried", "run", "imputed"}


@pytest.mark.parametrize("year", ["R4", "R8", "R11"])
def test_the_bill_of_the_example_family_begins_with_its_basis(year: str, p: Parameters) -> None:
    for code in p.codes()[::12]:
        found = bill(FAMILY, code, year, parameters=p)
        assert found.text().startswith("料率の根拠：")
        assert set(found.bases) >= {"medical", "support", "care"}


def test_how_many_rest_on_what(everywhere: pd.DataFrame) -> None:
    by_year = counted(everywhere).set_index("year")
    assert (by_year[["published", "secondary", "carried", "run", "imputed"]].sum(axis=1) == 62).all()
    wanted = {"published": 4, "secondary": 50, "carried": 2, "run": 0, "imputed": 6, "child_published": 0}
    assert by_year.loc[2025].to_dict() == wanted
    assert by_year.loc[2026, "published"] == 0


def test_a_published_rate_comes_before_all_others_and_an_official_page_before_a_collection(p: Parameters) -> None:
    book = RateBook(p, baseline=False)
    chiyoda = book.rates(13101, 2025)
    assert chiyoda.bases["medical"].source == "r7_chiyoda_page"
    hachioji = book.rates(13201, 2024)
    assert hachioji.bases["medical"].kind == "published"
    assert hachioji.table["income_part"][0] == 77_300
    shinjuku = book.rates(13104, 2025)  # the unified rate is published, its own care rate a collection has
    assert [shinjuku.bases[q].kind for q in PORTIONS[:3]] == ["published", "published", "secondary"]
    tachikawa = book.rates(13202, 2025)
    assert (tachikawa.bases["care"].kind, tachikawa.bases["care"].status) == ("secondary", "secondary")
    assert tachikawa.table["cap"].tolist()[:3] == [640_000, 230_000, 170_000]


def test_rates_are_carried_from_the_last_known_year_with_the_ceilings_of_the_year_asked(p: Parameters) -> None:
    found = RateBook(p, baseline=False).rates(13104, 2026)
    assert (found.bases["medical"].kind, found.bases["medical"].year) == ("carried", 2025)
    assert found.table["cap"].tolist() == [670_000, 260_000, 170_000, 30_000]
    assert "令和8年度は未判明のため令和7年度の料率を据え置き" in found.bases["medical"].said(2026, "ja")


def test_before_the_first_known_year_the_imputed_level_stands_in_unless_a_known_year_is_as_near(p: Parameters) -> None:
    book = RateBook(p, baseline=False)
    for year, rates_of in ((2022, 2023), (2023, 2023), (2024, 2025)):
        basis = book.rates(13207, year).bases["medical"]  # 昭島市: known for R7
        assert (basis.kind, basis.year) == ("imputed", rates_of)


def test_the_childcare_portion_is_the_support_portion_scaled_by_the_payments(p: Parameters) -> None:
    found = RateBook(p, baseline=False).rates(13104, 2026)
    support, child = found.table[1], found.table[3]
    ratio = int(child["per_head"]) / int(support["per_head"])
    assert ratio == pytest.approx(6520 * 0.92 / 70416, rel=0.01)  # the passport's note: 92 % are 18 or over
    assert child["income_part"] % 100 == 0
    assert int(child["per_adult"]) == pytest.approx(int(child["per_head"]) * 8 / 92, rel=0.1)
    assert found.bases["child"].kind == "imputed"


def _run(years: range, rate: int, region: str = "tokyo") -> RunRates:
    """Return the rates of a pretended run: one municipality, all portions at `rate` per million and 1,000 yen."""
    rows = [
        {"code": 13104, "year": y, "portion": q, "kind": "actual", "income_part": rate, "per_head": 1000,
         "per_household": 0, "per_adult": 50 if q == "child" else 0, "cap": 500_000}
        for y in years for q in PORTIONS
    ]  # fmt: skip
    folder: Any = SimpleNamespace(
        table=lambda name: pd.DataFrame(rows),
        manifest={"horizon": {"from": years[0], "to": years[-1]}, "region": region},
        scenario="baseline",
        path=Path("results/baseline/20260101"),
    )
    return RunRates(folder)


def test_a_named_run_comes_before_carried_rates_and_the_standing_one_after(
    p: Parameters, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(known_rates, "rates_of_run", lambda run: _run(range(2022, 2028), 12_300))
    monkeypatch.setattr(known_rates, "baseline_rates", lambda: _run(range(2022, 2028), 45_600))
    named = find(p, "新宿区", 2026, {}, run="baseline")
    assert (named.bases["medical"].kind, named.table["income_part"][0]) == ("run", 12_300)
    assert "シミュレーション baseline/20260101" in named.bases["child"].said(2026, "ja")
    assert find(p, "新宿区", 2025, {}, run="baseline").bases["medical"].kind == "published"
    standing = find(p, "新宿区", 2026, {})
    assert standing.bases["medical"].kind == "carried"
    assert (standing.bases["child"].kind, standing.table["per_adult"][3]) == ("run", 50)
    assert find(p, "新宿区", 2028, {}, run="baseline").bases["medical"].kind == "carried"


def test_a_named_run_of_another_region_is_refused(p: Parameters, monkeypatch: pytest.MonkeyPatch) -> None:
    """It was dropped in silence, and the bill rested on the rates of an earlier year."""
    monkeypatch.setattr(known_rates, "rates_of_run", lambda run: _run(range(2022, 2028), 12_300, "teaching"))
    with pytest.raises(InputError, match="of the region teaching, the bill of tokyo"):
        find(p, "新宿区", 2026, {}, run="baseline")


def test_the_standing_run_is_one_of_the_region_in_force(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run of another prefecture stood in the way: its rates say nothing here, and old ones were carried on."""
    monkeypatch.chdir(tmp_path)
    with regions.using("teaching"):
        api.run("baseline", last=2022, out="results", progress=False)
        found = run_rates.baseline_rates()
        assert found is not None
        assert found.folder.manifest["region"] == "teaching"
    assert run_rates.baseline_rates() is None


def test_given_rates_come_before_all_and_the_bill_names_the_least_certain_basis(p: Parameters) -> None:
    given = {"medical": {"income_part": "7.00%", "per_head": 40_000}}
    found = bill(FAMILY, "新宿区", "R8", rates=given, parameters=p)
    assert {portion: basis.kind for portion, basis in found.bases.items()} == {
        "medical": "given", "support": "carried", "care": "carried", "child": found.bases["child"].kind,
    }  # fmt: skip
    assert found.basis == found.bases["child"].kind
    assert "入力された料率" in found.text().splitlines()[0]
    assert found.text("en").startswith("Rates: medical given in the family file; ")


def test_outside_tokyo_the_rates_are_asked_for_each_portion_in_its_own_form(p: Parameters) -> None:
    family = {"members": [{"name": "太郎", "head": True, "born": "1990-06-03"}], "rates": {"form": "premium"}}
    with pytest.raises(Exception, match="no rate of the portions medical, support, child is known") as caught:
        bill(family, "横浜市", "R8", parameters=p)
    assert "child: {income_part: 0.00%, per_head: 0, per_adult: 0}" in str(caught.value)


def test_the_command_shows_counts_and_a_municipality_and_writes_the_table(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert cli.main(["rates", "--out", "rates.csv", "--lang", "ja"]) == 0
    assert "前年度以前の料率を据え置き" in capsys.readouterr().out
    written = pd.read_csv("rates.csv")
    assert len(written) == 62 * (4 * 3 + 4 * 4)
    assert set(written["basis"]) <= {"published", "secondary", "carried", "run", "imputed"}
    assert cli.main(["rates", "-m", "八王子市", "-y", "R6", "--lang", "en"]) == 0
    assert "hachioji_p003505" in capsys.readouterr().out
