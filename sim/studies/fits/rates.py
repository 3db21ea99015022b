"""Tools that fit numbers of the register; never called by a run.

`python -m sim.studies.fits.rates` writes places/imputed_rates.csv from the settlement cards of FY2023 alone;
`python -m sim.studies.fits.rates RUN` scales them so that the FY2023 of a finished run meets the cards.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd

from sim.institutions.memory import PORTIONS
from sim.parameters import Parameters
from sim.parameters.groups import followers, group_of

YEAR = 2023
_RELIEF = {"special_ward": 0.78, "city": 0.75, "town": 0.72, "village": 0.72}
"""Per-head levy left after 7/5/2割, by type: used for the first imputation only, replaced by `rescale`."""
_COLLECTED = {"special_ward": 0.90, "city": 0.955, "town": 0.96, "village": 0.97}
_CARE_SHARE = 0.34
_AVERAGE_OVER_YEAR_END = 1.025
_WARD_R4_HEAD = 131_813 / 143_363
"""Per-head amounts: rise of the ward premium per insured from R4 to R5 (台東区), read backwards."""
_WARD_R4_INCOME = 0.975
"""Income parts: part of that rise is income itself, since both years split 58 : 42; fitted to R4's premiums."""

_INCOME_RESPONSE = 0.6
"""premium revenue moves by this power of incomes: the income part of the bills, less what the cap cuts off"""
PROFIT_RESPONSE = 0.2
"""the same for the profits of the self-employed alone, a third of all incomes"""
_INCOME_BOUNDS = (0.6, 1.6)
_PLANNED = (2024, 2025)
"""years whose published unified rates say what incomes the wards expected"""


def impute(p: Parameters) -> pd.DataFrame:
    """Return imputed rates of FY2023 (and of wards where a year or portion is not confirmed)."""
    card = _cards(p)
    known = pd.concat([p.table("places.further_rates"), p.table("places.actual_rates")])
    wards = p.table("places.group_rates")
    groups, following = group_of(p), followers(p, YEAR)
    care = known[(known["portion"] == "care") & (known["fiscal_year"] == YEAR) & (known["code"] == 13122)].iloc[0]
    ward_2023 = {**_vector(wards[wards["fiscal_year"] == YEAR]), "care": _parts(care)}
    income = _income_by_revenue(p, known, ward_2023, groups.keys() - following.keys())
    typical = _typical(p, known)
    rows: list[dict[str, object]] = []
    for code, kind in _kinds(p).items():
        mine = known[known["code"] == code]
        if code in following:
            rows += _ward_rows(code, ward_2023)
            continue
        if (mine["fiscal_year"] == YEAR).sum() >= _PORTIONS_KNOWN:
            continue
        if code in groups:
            others = (YEAR - 1, YEAR + 1, YEAR + 2)
            by_year = {YEAR: ward_2023, **{year: _ward_vector(wards, ward_2023, year) for year in others}}
        else:
            by_year = {YEAR: _earliest(mine) or typical}
        level = card[code] / _revenue(by_year[YEAR], income[code], kind)
        for year, vector in sorted(by_year.items()):
            rows += _levelled_rows(code, year, vector, level)
    return pd.DataFrame(rows)


def _levelled_rows(code: int, year: int, vector: dict[str, tuple[float, ...]], level: float) -> list[dict[str, object]]:
    """Return the rates of a year, portion by portion, raised to the level of the card."""
    text = "level from premium revenue per insured FY2023"
    return [_row(code, year, portion, parts, level, text) for portion, parts in vector.items()]


def _typical(p: Parameters, known: pd.DataFrame) -> dict[str, tuple[float, ...]]:
    """Return the mean rates of the cities, towns and villages that are known, by portion."""
    special = {code for code, kind in _kinds(p).items() if kind == "special_ward"}
    cities = known[(known["fiscal_year"] == YEAR) & ~known["code"].isin(special)]
    return {k: tuple(cities[cities["portion"] == k][list(_PARTS)].mean()) for k in PORTIONS[:3]}


_PORTIONS_KNOWN = 3
"""medical, support and care: a year with all of them needs no imputation"""


def _earliest(known: pd.DataFrame) -> dict[str, tuple[float, ...]] | None:
    """Return the rates of the first year a municipality's are known of, None where they are not complete."""
    if len(known) < _PORTIONS_KNOWN:
        return None
    return _vector(known[known["fiscal_year"] == known["fiscal_year"].min()])


def rescale(p: Parameters, run: Path) -> pd.DataFrame:
    """Return imputed rates scaled so that the FY2023 of a finished run meets each card's revenue per insured.

    Only levels imputed from a card move; unified and confirmed rates stay. Run again until it settles: part of the
    revenue are arrears of earlier years.
    """
    table = p.table("places.imputed_rates")
    card = _cards(p)
    per_head = revenue_per_insured(run).fillna(0.0).to_dict()
    factor = {code: _bounded(card[code], float(per_head.get(code, 0.0))) for code in p.codes()}
    scaled = table.copy()
    own = _levelled(table).to_numpy()
    for part, step in zip(_PARTS, _STEPS, strict=True):
        ratio = np.where(own, table["code"].map(factor).to_numpy(float), 1.0)
        scaled[part] = (np.floor(table[part].to_numpy(float) * ratio / step + 0.5) * step).astype(int)
    return scaled


def incomes(p: Parameters, run: Path) -> tuple[float, pd.DataFrame]:
    """Return the growth of profits into 2022 and the municipal income factors, one step nearer to the cards.

    Where the rates of FY2023 are known (unified wards, confirmed rates) the premium revenue per insured tells
    incomes: that of the unified wards as a whole the growth of profits, each municipality's beside it its factor.
    Elsewhere the rates are imputed from the same revenue and the factor stays.
    """
    card = p.table("places.settlement_fy2023").set_index("code")
    wanted = card["premium_per_insured"].astype(float)
    ratio = wanted / revenue_per_insured(run).where(lambda paid: paid > 0)
    imputed = p.table("places.imputed_rates")
    levelled = set(imputed["code"][_levelled(imputed)])
    known = [c for c in p.codes() if c not in levelled]
    wards = [c for c in known if _kinds(p)[c] == "special_ward"]
    paid = card["insured"] * wanted
    whole = float(paid[wards].sum() / (paid[wards] / ratio[wards]).sum())
    low, high = p.passport("enrolment.profit_growth").range or (-np.inf, np.inf)
    growth = (1 + float(p.value("enrolment.profit_growth", YEAR - 1))) * whole ** (1 / PROFIT_RESPONSE) - 1
    table = p.table("places.income_factors")
    move = (ratio[known] / whole) ** (1 / _INCOME_RESPONSE)
    moved = table["income"] * table["code"].map(move).fillna(1.0)
    table["income"] = moved.clip(*_INCOME_BOUNDS).round(4)
    return round(float(np.clip(growth, low, high)), 4), table


def profits(p: Parameters, run: Path) -> dict[int, float]:
    """Return the growth of profits in 2023 and in 2024, one step nearer to what the wards planned for R6 and R7.

    The unified rates bring in their per-head amount over its part of the levy: 47,300 yen / 42 % in R7. So the wards,
    who knew most returns of the year before, say what they expected an insured person's levy to be before reliefs.
    """
    wards = p.table("places.group_rates").query("portion == 'medical'").set_index("fiscal_year")["per_head"]
    year = pd.read_parquet(run / "tables" / "municipality_year.parquet")
    unified = [*followers(p, YEAR)]
    low, high = p.passport("enrolment.profit_growth").range or (-np.inf, np.inf)
    grown: dict[int, float] = {}
    before = 1.0
    for levied_in in _PLANNED:
        here = year[(year["year"] == levied_in) & year["code"].isin(unified)]
        found = float((here["bill_medical"] + here["relief_medical"]).sum() / here["member_months"].sum() * 12)
        wanted = float(wards[levied_in]) / (1 - float(p.value("municipal.group_income_split", levied_in)))
        short, of = wanted / found, levied_in - 1
        now = 1 + float(p.value("enrolment.profit_growth", of))
        grown[of] = round(float(np.clip(now * (short / before) ** (1 / PROFIT_RESPONSE) - 1, low, high)), 4)
        before = short
    return grown


def revenue_per_insured(run: Path) -> pd.Series:
    """Return premiums collected in FY2023, arrears included, per insured at its end, by code."""
    year = pd.read_parquet(run / "tables" / "municipality_year.parquet")
    year = year[year["year"] == YEAR].set_index("code")
    paid = (year["collected"] + year["arrears_collected"]).astype(float)
    return paid / year["members_end"].astype(float).where(year["members_end"] > 0)


def institutions(p: Parameters, run: Path) -> dict[str, float | dict[int, float]]:
    """Return the estimated numbers of the institutions, one step nearer to the published figures than in a run.

    Each number answers to the figure its passport names: elderly grants of R6 and R7 together, contribution totals of
    R4 and R5, public money of R6 and R7, premium per head of R6 and R7 together, discretionary transfers of R4,
    transfers of the general accounts of FY2023. From R8 other public money takes the mean of R6 and R7
    (`docs/decisions/0022`). What the metropolis assumed of members and benefits is given, not fitted.
    """
    t = p.table("targets.totals").set_index("id")["value"].astype(float)
    account = pd.read_parquet(run / "tables" / "metropolitan_account.parquet").set_index(["year", "item"])["value"]
    places = pd.read_parquet(run / "tables" / "municipality_year.parquet").groupby("year").sum(numeric_only=True)
    books = pd.read_parquet(run / "tables" / "accounts.parquet")
    members = places["member_months"].astype(float) / 12
    grants = (t["elderly_adjustment_grant.2024"], t["elderly_adjustment_grant_provisional.2025"])

    def moved(key: str, year: int, by: float, digits: int) -> float:
        low, high = p.passport(key).range or (-np.inf, np.inf)
        return round(float(np.clip(float(p.value(key, year)) + float(by), low, high)), digits)

    above = [
        account[year, "standard_premium_per_head"] - t[f"premium_per_capita_no_off_rule{kind}.{year}"]
        for year, kind in ((2024, ""), (2025, "_final"))
    ]
    public = {
        year: moved(
            "finance.other_public", year, (published - account[year, "public_money"]) / account[year, "members"], -1
        )
        for year, published in ((2024, t["public_funds.2024"]), (2025, t["public_funds_provisional.2025"]))
    }
    missing = (t["off_rule_transfer_total.2022"] - float(places.loc[2022, "discretionary_transfer"])) / members[2022]
    paid = books[(books["year"] == 2023) & (books["payer"] == "general_account") & (books["payee"] == "municipality")]
    general = (t["general_account_transfer_to_nhi_total.2023"] - float(paid["amount"].sum())) / members[2023]

    opening = {
        2022: account[2022, "contribution_total"] - t["contribution_total_provisional_reference.2022"],
        2023: account[2023, "contribution_total"] - t["contribution_total_provisional.2023"],
    }
    other = moved("finance.other_municipal", 2024, float(np.mean(above)), -1)
    beside = missing + other - float(p.value("finance.other_municipal", 2024))
    return {
        "finance.elderly_scope": moved("finance.elderly_scope", 2024, _scope(p, account, places, sum(grants)), 3),
        "finance.opening_surplus": {y: moved("finance.opening_surplus", y, gap, -8) for y, gap in opening.items()},
        "finance.other_municipal": other,
        "finance.other_public": {2022: public[2024], 2023: public[2024], **public, 2026: sum(public.values()) / 2},
        "finance.outside_cost_per_member": moved("finance.outside_cost_per_member", 2022, beside, -1),
        "finance.other_discretionary_per_member": moved(
            "finance.other_discretionary_per_member", 2023, general - missing, -1
        ),
    }


def _scope(p: Parameters, account: pd.Series, places: pd.DataFrame, wanted: float) -> float:
    """Return what to add to `finance.elderly_scope` so that the grants of R6 and R7 together are as published."""
    got = slope = 0.0
    for year in (2024, 2025):
        row = places.loc[year].astype(float)
        share = float(p.value("finance.elderly_national_share", year)) / (row["elderly_months"] / row["member_months"])
        got += float(account[year, "elderly_grant"])
        slope += row["elderly_benefit"] * (1 - share)
    return (wanted - got) / slope


def write(table: pd.DataFrame, path: Path) -> None:
    """Write a table of the register where it was read."""
    table.to_csv(path, index=False)


_PARTS = ("income_part", "asset_part", "per_head", "per_household")
_STEPS = (100, 100, 100, 100)


def _levelled(table: pd.DataFrame) -> pd.Series:
    """Return bool[rows]: imputed rates whose level comes from a card."""
    return table["note"].astype(str).str.startswith("level from")


def _vector(rows: pd.DataFrame) -> dict[str, tuple[float, ...]]:
    return {str(r["portion"]): _parts(r) for _, r in rows.iterrows()}


def _parts(row: pd.Series) -> tuple[float, ...]:
    return tuple(float(row.get(part, 0)) for part in _PARTS)


def _ward_vector(wards: pd.DataFrame, base: dict[str, tuple[float, ...]], year: int) -> dict[str, tuple[float, ...]]:
    vector = _vector(wards[wards["fiscal_year"] == year])
    if len(vector) == 0:
        return _backwards(base)
    return vector


def _backwards(base: dict[str, tuple[float, ...]]) -> dict[str, tuple[float, ...]]:
    """Return ward rates of R4 from those of R5."""
    factors = (_WARD_R4_INCOME, _WARD_R4_INCOME, _WARD_R4_HEAD, _WARD_R4_HEAD)
    return {k: tuple(x * f for x, f in zip(v, factors, strict=True)) for k, v in base.items()}


def _ward_rows(code: int, base: dict[str, tuple[float, ...]]) -> list[dict[str, object]]:
    """Rates of R4 read backwards from R5, and the care portion of R5 from the one ward that prints it."""
    note = "R5 read backwards; income part x 0.975, fitted to the premium revenue of R4"
    r4 = [_row(code, YEAR - 1, k, v, 1.0, note) for k, v in _backwards(base).items()]
    return [*r4, _row(code, YEAR, "care", base["care"], 1.0, "care portion of Katsushika")]


def _row(code: int, year: int, portion: str, parts: tuple[float, ...], level: float, note: str) -> dict[str, object]:
    rounded = {n: int(x * level / s + 0.5) * s for n, x, s in zip(_PARTS, parts, _STEPS, strict=True)}
    return {
        "code": code,
        "fiscal_year": year,
        "portion": portion,
        **rounded,
        "source_id": "kessan_card_r5;own_calculation",
        "status": "imputed",
        "note": note,
    }


def _revenue(vector: dict[str, tuple[float, ...]], income: float, kind: str, heads_per_home: float = 1.38) -> float:
    """Return the expected revenue per year-end insured at a rate vector and income per insured."""
    total = 0.0
    for portion, (rate, _, head, home) in vector.items():
        share = _CARE_SHARE if portion == "care" else 1.0
        total += share * (rate / 1e6 * income + (head + home / heads_per_home) * _RELIEF[kind])
    return total * _COLLECTED[kind] * _AVERAGE_OVER_YEAR_END


def _income_by_revenue(
    p: Parameters, known: pd.DataFrame, ward: dict[str, tuple[float, ...]], own: set[int]
) -> dict[int, float]:
    """Return income per insured: solved from revenue where rates are known, elsewhere by the resident-tax proxy."""
    card, kinds = _cards(p), _kinds(p)
    table = p.table("places.income_proxy_fy2023")
    proxy = dict(zip(table["code"].tolist(), table["income_levy_per_resident"].astype(float).tolist(), strict=True))
    solved: dict[int, float] = {}
    for code, kind in kinds.items():
        rows = known[(known["code"] == code) & (known["fiscal_year"] == YEAR)]
        vector = _vector(rows) if len(rows) >= 3 else (ward if kind == "special_ward" and code not in own else {})
        if vector:
            low, high = _revenue(vector, 0.0, kind), _revenue(vector, 1e6, kind)
            solved[code] = (card[code] - low) / (high - low) * 1e6
    slope, level = np.polyfit(np.log([proxy[c] for c in solved]), np.log(list(solved.values())), 1)
    return {c: solved.get(c, float(np.exp(level + slope * np.log(proxy[c])))) for c in kinds}


def _cards(p: Parameters) -> dict[int, float]:
    """Return premium revenue per year-end insured by code (settlement cards of FY2023)."""
    t = p.table("places.settlement_fy2023")
    return dict(zip(t["code"].tolist(), t["premium_per_insured"].astype(float).tolist(), strict=True))


def _kinds(p: Parameters) -> dict[int, str]:
    """Return the type of each municipality by code."""
    t = p.table("places.municipalities")
    return dict(zip(t["code"].tolist(), t["type"].tolist(), strict=True))


def _bounded(wanted: float, simulated: float) -> float:
    return float(np.clip(wanted / simulated, 0.5, 2.0)) if simulated > 0 else 1.0


if __name__ == "__main__":
    register = Parameters.load()
    home = register.table_paths["places.imputed_rates"]
    write(rescale(register, Path(sys.argv[1])) if len(sys.argv) > 1 else impute(register), home)
    print(home)
