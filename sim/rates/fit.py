"""Tools that fit numbers of the register; never called by a run.

`python -m sim.rates.fit` writes places/imputed_rates.csv from the settlement cards of FY2023 alone.
`rescale` does better once a simulated FY2023 exists: it scales each municipality's imputed rates so that the
simulated revenue per insured meets the card.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.institutions.memory import PORTIONS
from sim.institutions.world import World
from sim.parameters import Parameters
from sim.parameters.loader import ROOT

YEAR = 2023
_RELIEF = {"special_ward": 0.78, "city": 0.75, "town": 0.72, "village": 0.72}
"""Per-head levy left after 7/5/2割, by type: used for the first imputation only, replaced by `rescale`."""
_COLLECTED = {"special_ward": 0.90, "city": 0.955, "town": 0.96, "village": 0.97}
_CARE_SHARE = 0.34
_AVERAGE_OVER_YEAR_END = 1.025
_WARD_R4 = 131_813 / 143_363
"""Rise of the ward premium per insured from R4 to R5 (台東区), read backwards."""


def impute(p: Parameters) -> pd.DataFrame:
    """Return imputed rates of FY2023 (and of wards where a year or portion is not confirmed)."""
    places = p.table("places.municipalities").set_index("code")
    card = p.table("places.settlement_fy2023").set_index("code")
    known = p.table("places.actual_rates")
    wards = p.table("places.unified_ward_rates")
    own = {int(c) for c in p.value("municipal.wards_with_own_rates", YEAR)}
    care = known[(known["portion"] == "care") & (known["fiscal_year"] == YEAR) & (known["code"] == 13122)].iloc[0]
    ward_2023 = {**_vector(wards[wards["fiscal_year"] == YEAR]), "care": _parts(care)}
    income = _income_by_revenue(p, known, ward_2023, own)
    cities = known[(known["fiscal_year"] == YEAR) & known["code"].isin(set(known["code"]) - set(
        places.index[places["type"] == "special_ward"]))]
    typical = {k: tuple(cities[cities["portion"] == k][list(_PARTS)].mean()) for k in PORTIONS[:3]}
    rows: list[dict[str, object]] = []
    for code, place in places.iterrows():
        kind = str(place["type"])
        if kind == "special_ward" and code not in own:
            rows += _ward_rows(int(code), ward_2023)
            continue
        mine = known[known["code"] == code]
        confirmed = mine[mine["fiscal_year"] == YEAR]
        if len(confirmed) >= 3:
            continue
        shape = ward_2023 if kind == "special_ward" else (
            _vector(mine[mine["fiscal_year"] == mine["fiscal_year"].min()]) if len(mine) >= 3 else typical)
        level = float(card.loc[code, "premium_per_insured"]) / _revenue(shape, float(income[code]), kind)
        years = (YEAR - 1, YEAR, YEAR + 1, YEAR + 2) if kind == "special_ward" else (YEAR,)
        for year in years:
            vector = shape if year == YEAR else _ward_vector(wards, ward_2023, year)
            rows += [_row(int(code), year, k, v, level, "level from premium revenue per insured FY2023")
                     for k, v in vector.items()]
    return pd.DataFrame(rows)


def rescale(p: Parameters, w: World) -> pd.DataFrame:
    """Return imputed rates scaled so that a simulated FY2023 meets each card's revenue per year-end insured."""
    table = p.table("places.imputed_rates")
    card = p.table("places.settlement_fy2023").set_index("code")
    paid = w.memory.get(YEAR, "collected") + w.memory.get(YEAR, "arrears_collected")
    heads = w.memory.get(YEAR, "members_end")
    per_head = np.divide(paid, heads, out=np.zeros(w.places), where=heads > 0)
    factor = {code: _bounded(float(card.loc[code, "premium_per_insured"]), float(x))
              for code, x in zip(p.codes(), per_head, strict=True)}
    scaled = table.copy()
    own = table["note"].astype(str).str.startswith("level from")
    for part, step in zip(_PARTS, _STEPS, strict=True):
        ratio = np.where(own, table["code"].map(factor).to_numpy(float), 1.0)
        scaled[part] = (np.floor(table[part] * ratio / step + 0.5) * step).astype(int)
    return scaled


def write(table: pd.DataFrame, root: Path = ROOT) -> Path:
    """Write the table of imputed rates into the register."""
    path = root / "places" / "imputed_rates.csv"
    table.to_csv(path, index=False)
    return path


def remainders(published: pd.DataFrame, simulated: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return what must be added per insured to `finance.other_public` so that published needs come out.

    published needs columns total (yen) and members; simulated = need by rule with the present remainder, yen.
    """
    gap = simulated - published["total"].to_numpy(float)
    return np.asarray(gap / published["members"].to_numpy(float), np.float64)


_PARTS = ("income_part", "asset_part", "per_head", "per_household")
_STEPS = (100, 100, 100, 100)


def _vector(rows: pd.DataFrame) -> dict[str, tuple[float, ...]]:
    return {str(r["portion"]): _parts(r) for _, r in rows.iterrows()}


def _parts(row: pd.Series) -> tuple[float, ...]:
    return tuple(float(row.get(part, 0)) for part in _PARTS)


def _ward_vector(wards: pd.DataFrame, base: dict[str, tuple[float, ...]], year: int) -> dict[str, tuple[float, ...]]:
    vector = _vector(wards[wards["fiscal_year"] == year])
    if len(vector) == 0:
        return {k: tuple(x * _WARD_R4 for x in v) for k, v in base.items()}
    return vector


def _ward_rows(code: int, base: dict[str, tuple[float, ...]]) -> list[dict[str, object]]:
    """Rates of R4 read backwards from R5, and the care portion of R5 from the one ward that prints it."""
    r4 = [_row(code, YEAR - 1, k, v, _WARD_R4, "R5 by the rise of the ward premium per insured") for k, v in base.items()]
    return [*r4, _row(code, YEAR, "care", base["care"], 1.0, "care portion of Katsushika")]


def _row(code: int, year: int, portion: str, parts: tuple[float, ...], level: float, note: str) -> dict[str, object]:
    rounded = {n: int(x * level / s + 0.5) * s for n, x, s in zip(_PARTS, parts, _STEPS, strict=True)}
    return {"code": code, "fiscal_year": year, "portion": portion, **rounded,
            "source_id": "kessan_card_r5;own_calculation", "status": "imputed", "note": note}


def _revenue(vector: dict[str, tuple[float, ...]], income: float, kind: str, heads_per_home: float = 1.38) -> float:
    """Return the expected revenue per year-end insured at a rate vector and income per insured."""
    total = 0.0
    for portion, (rate, _, head, home) in vector.items():
        share = _CARE_SHARE if portion == "care" else 1.0
        total += share * (rate / 1e6 * income + (head + home / heads_per_home) * _RELIEF[kind])
    return total * _COLLECTED[kind] * _AVERAGE_OVER_YEAR_END


def _income_by_revenue(p: Parameters, known: pd.DataFrame, ward: dict[str, tuple[float, ...]],
                       own: set[int]) -> pd.Series:
    """Return income per insured: solved from revenue where rates are known, elsewhere by the resident-tax proxy."""
    places = p.table("places.municipalities").set_index("code")
    card = p.table("places.settlement_fy2023").set_index("code")
    proxy = p.table("places.income_proxy_fy2023").set_index("code")["income_levy_per_resident"].astype(float)
    solved: dict[int, float] = {}
    for code, place in places.iterrows():
        kind = str(place["type"])
        rows = known[(known["code"] == code) & (known["fiscal_year"] == YEAR)]
        vector = _vector(rows) if len(rows) >= 3 else (ward if kind == "special_ward" and code not in own else {})
        if vector:
            low, high = _revenue(vector, 0.0, kind), _revenue(vector, 1e6, kind)
            solved[int(code)] = (float(card.loc[code, "premium_per_insured"]) - low) / (high - low) * 1e6
    x = np.log(proxy.loc[list(solved)].to_numpy(float))
    slope, level = np.polyfit(x, np.log(list(solved.values())), 1)
    guess = np.exp(level + slope * np.log(proxy))
    return pd.Series({int(c): solved.get(int(c), float(guess.loc[c])) for c in places.index})


def _bounded(wanted: float, simulated: float) -> float:
    return float(np.clip(wanted / simulated, 0.5, 2.0)) if simulated > 0 else 1.0


if __name__ == "__main__":
    print(write(impute(Parameters.load())))
