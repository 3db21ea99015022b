"""Fitting members' incomes and imputed rates to the premium revenue of the settlement cards."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from sim.mechanisms.enrolment.levels import growth, levels, place_level
from sim.parameters import Parameters
from sim.population.codes import Work
from sim.studies.fits import rates as fit

P = Parameters.load()
MINATO, TACHIKAWA, KUNITACHI = 13103, 13202, 13215


def ran(folder: Path, over: dict[int, float], usual: float = 1.0, p: Parameters = P) -> Path:
    """Write the one table of a run the fit reads: premiums per insured at `usual` x the card, or x `over`."""
    card = p.table("places.settlement_fy2023").set_index("code")
    factor = pd.Series({code: over.get(code, usual) for code in card.index})
    paid = card["premium_per_insured"] * card["insured"] * factor
    frame = pd.DataFrame({"year": 2023, "code": card.index, "members_end": card["insured"].to_numpy()})
    frame["collected"], frame["arrears_collected"] = (paid * 0.95).to_numpy(), (paid * 0.05).to_numpy()
    (folder / "tables").mkdir()
    frame.to_parquet(folder / "tables" / "municipality_year.parquet")
    return folder


def factors(table: pd.DataFrame) -> pd.Series:
    return table.set_index("code")["income"]


def test_what_all_unified_wards_share_is_put_down_to_profits(tmp_path: Path) -> None:
    before = 1 + float(P.value("enrolment.profit_growth", 2022))
    found, table = fit.incomes(P, ran(tmp_path, {}, usual=1.02))
    assert 1 + found[fit.PROFITS][2022] == pytest.approx(before / 1.02**5, abs=1e-4)
    assert factors(table).tolist() == pytest.approx(factors(P.table("places.income_factors")).tolist(), abs=1e-4)


def test_where_no_mean_income_is_published_it_is_what_all_premiums_tell(tmp_path: Path) -> None:
    """Bills move by the 0.6th power of incomes."""
    p = Parameters.load("kanagawa")
    found, _ = fit.incomes(p, ran(tmp_path, {}, usual=0.97, p=p))
    before = float(p.value(fit.MEAN, 2022))
    assert found == {fit.MEAN: pytest.approx(before / 0.97 ** (1 / 0.6), abs=50)}


def test_a_ward_beside_the_others_moves_its_own_factor_only(tmp_path: Path) -> None:
    found, table = fit.incomes(P, ran(tmp_path, {MINATO: 1.1, KUNITACHI: 0.97}))
    old, new = factors(P.table("places.income_factors")), factors(table)
    assert new[MINATO] < old[MINATO] * 0.9
    assert new[KUNITACHI] > old[KUNITACHI] * 1.03  # its rates of R5 are confirmed
    assert abs(found[fit.PROFITS][2022] - float(P.value("enrolment.profit_growth", 2022))) < 0.05
    others = old.index.difference([MINATO, KUNITACHI])
    assert (new[others] / old[others] - 1).abs().max() < 0.02


def test_where_rates_are_imputed_they_move_and_incomes_stay(tmp_path: Path) -> None:
    run = ran(tmp_path, {TACHIKAWA: 1.25})
    _, table = fit.incomes(P, run)
    assert factors(table)[TACHIKAWA] == factors(P.table("places.income_factors"))[TACHIKAWA] == 1.0
    scaled, old = fit.rescale(P, run), P.table("places.imputed_rates")
    mine = old["code"] == TACHIKAWA
    assert (scaled[mine]["per_head"] / old[mine]["per_head"]).mean() == pytest.approx(0.8, abs=0.01)
    assert scaled[~mine]["per_head"].tolist() == old[~mine]["per_head"].tolist()


def test_profits_of_2023_and_2024_follow_what_the_wards_planned(tmp_path: Path) -> None:
    """A levy per insured of R6 2 % short of the plan makes profits of 2023 grow, and those of 2024 not again."""
    heads = P.table("places.group_rates").query("portion == 'medical'").set_index("fiscal_year")["per_head"]
    places = [(year, code) for year in (2024, 2025) for code in (MINATO, 13104)]
    billed = [heads[year] / 0.42 / 1.02 for year, _ in places]
    frame = pd.DataFrame(places, columns=["year", "code"]).assign(member_months=12, relief_medical=0)
    (tmp_path / "tables").mkdir()
    frame.assign(bill_medical=billed).to_parquet(tmp_path / "tables" / "municipality_year.parquet")
    before = {year: 1 + float(P.value("enrolment.profit_growth", year)) for year in (2023, 2024)}
    found = fit.profits(P, tmp_path)
    assert 1 + found[2023] == pytest.approx(min(before[2023] * 1.02**5, 1.2), abs=1e-3)
    assert 1 + found[2024] == pytest.approx(before[2024], abs=1e-3)


def test_profits_move_with_their_growth_and_new_ones_start_from_it() -> None:
    """Growth of profits beyond wages enters both the yearly step and the level of those who start a business."""
    flat = P.with_overrides({("enrolment.profit_growth", None, None): 0.0})
    down = P.with_overrides(
        {("enrolment.profit_growth", 2022, None): -0.2, ("enrolment.profit_growth", 2023, None): 0.0}
    )
    assert growth(down, 2022, 1).profit_growth == pytest.approx(-0.2)
    assert growth(down, 2023, 1).profit_growth == growth(flat, 2022, 1).profit_growth == 0.0
    ratio = levels(down, 2023).pay[Work.SELF_EMPLOYED] / levels(flat, 2023).pay[Work.SELF_EMPLOYED]
    assert ratio == pytest.approx(0.8)
    assert (levels(down, 2023).pay[Work.REGULAR] == levels(flat, 2023).pay[Work.REGULAR]).all()


def test_newcomers_carry_the_factor_of_their_municipality() -> None:
    index = P.codes().index(MINATO)
    tax = P.table("places.income_proxy_fy2023").set_index("code")["income_levy_per_resident"]
    plain = (tax[MINATO] / tax.median()) ** 0.35
    factor = factors(P.table("places.income_factors"))[MINATO]
    assert place_level(P, 0.35)[index] == pytest.approx(plain * factor)
