"""Tools that fit numbers of the register; never called by a run.

`python -m sim.studies.fits.rates` writes places/imputed_rates.csv from the settlement cards of FY2023 alone;
`python -m sim.studies.fits.rates RUN` scales them so that the FY2023 of a finished run meets the cards.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from sim.core.errors import ParameterError
from sim.institutions.memory import PORTIONS
from sim.parameters import Parameters, groups
from sim.parameters.groups import followers, group_of

YEAR = 2023
_FIRST = {"city": (0.75, 0.955), "town": (0.72, 0.96), "village": (0.72, 0.97)}
"""per-head levy left after 7/5/2割 and part of the bills collected, by type: for the first imputation only, which
`rescale` replaces; another type counts as a city"""
_FIRST_IN_GROUP = (0.78, 0.90)
_CARE_SHARE = 0.34
_AVERAGE_OVER_YEAR_END = 1.025
_BACK_INCOME = 0.975
"""income parts of R4 over those of R5 in a group: part of the rise of the levy is income itself, since both years
split alike; fitted to the premiums of R4"""

_INCOME_RESPONSE = 0.6
"""premium revenue moves by this power of incomes: the income part of the bills, less what the cap cuts off"""
PROFIT_RESPONSE = 0.2
"""the same for the profits of the self-employed alone, a third of all incomes"""
_INCOME_BOUNDS = (0.6, 1.6)
_PLANNED = (2024, 2025)
"""years whose published rates of a group say what incomes it expected"""
_SHARED = ("medical", "support")
"""portions of which a group has one rate"""

Vector = dict[str, tuple[float, ...]]
"""rates by portion: income part, asset part, per head, per household"""


def impute(p: Parameters) -> pd.DataFrame:
    """Return imputed rates of FY2023 (and of a group's members where a year or portion is not confirmed).

    ParameterError where no rates of any year are known to start from.
    """
    card = _cards(p)
    known = _known(p)
    own_group, following = group_of(p), followers(p, YEAR)
    shared = {name: found for name in {*own_group.values()} if (found := _shared(p, known, name))}
    income = _income_by_revenue(p, known, {c: shared[name].rates for c, name in following.items() if name in shared})
    typical = _typical(p, known)
    rows: list[dict[str, object]] = []
    for code, kept in _kept(p).items():
        mine, own = known[known["code"] == code], shared.get(own_group.get(code, ""))
        if code in following and own:
            rows += own.rows(code)
            continue
        if (mine["fiscal_year"] == YEAR).sum() >= _PORTIONS_KNOWN:
            continue
        if own:
            by_year = {year: own.of(year) for year in (YEAR - 1, YEAR, YEAR + 1, YEAR + 2)}
        else:
            by_year = {YEAR: _earliest(mine) or typical}
        level = card[code] / _revenue(by_year[YEAR], income[code], kept)
        for year, vector in sorted(by_year.items()):
            rows += _levelled_rows(code, year, vector, level)
    return pd.DataFrame(rows)


def _known(p: Parameters) -> pd.DataFrame:
    """Return all rates known of single municipalities, those of their own pages last."""
    return pd.concat([p.rows(f"places.{name}") for name in ("further_rates", "actual_rates")])


@dataclass(frozen=True)
class _Shared:
    """Rates of a group in FY2023.

    rates      medical and support, and the care portion of the member `care_of`, "" if none prints it
    published  rows of the group's published rates
    back       per-head amounts of R4 over those of R5
    """

    rates: Vector
    published: pd.DataFrame
    care_of: str
    back: float

    def of(self, year: int) -> Vector:
        """Return the rates of a year: as published, else those of FY2023 read backwards."""
        if year == YEAR:
            return self.rates
        return _vector(self.published[self.published["fiscal_year"] == year]) or self.backwards()

    def backwards(self) -> Vector:
        """Return rates of R4 from those of R5."""
        factors = (_BACK_INCOME, _BACK_INCOME, self.back, self.back)
        return {k: tuple(x * f for x, f in zip(v, factors, strict=True)) for k, v in self.rates.items()}

    def rows(self, code: int) -> list[dict[str, object]]:
        """Return rates of R4 read backwards from R5, and the care portion of R5 from the member that prints it."""
        note = f"R5 read backwards; income part x {_BACK_INCOME}, fitted to the premium revenue of R4"
        r4 = [_row(code, YEAR - 1, k, v, 1.0, note) for k, v in self.backwards().items()]
        if not self.care_of:
            return r4
        return [*r4, _row(code, YEAR, "care", self.rates["care"], 1.0, f"care portion of {self.care_of}")]


def _shared(p: Parameters, known: pd.DataFrame, group: str) -> _Shared | None:
    """Return the rates of a group, None where those of FY2023 are not published."""
    published = p.rows(groups.RATES)
    published = published[published["group"] == group]
    rates = _vector(published[published["fiscal_year"] == YEAR])
    if not {*_SHARED} <= {*rates}:
        return None
    members = [code for code, name in followers(p, YEAR).items() if name == group]
    care = known[(known["portion"] == "care") & (known["fiscal_year"] == YEAR) & known["code"].isin(members)]
    if care.empty:
        return _Shared(rates, published, "", _rise(p, group))
    last = care.iloc[-1]  # of actual_rates, rates of a page of its own, before further_rates
    return _Shared({**rates, "care": _parts(last)}, published, p.places()[int(last["code"])][1], _rise(p, group))


def _rise(p: Parameters, group: str) -> float:
    """Return the levy per insured of a group in R4 over that of R5, 1 where not both are published."""
    checks, totals = p.rows("targets.checks"), p.rows("targets.totals")
    named = checks[(checks["measure"] == "group_levy_per_insured") & (checks["group"] == group)]["item"]
    levy = totals[totals["item"].isin(named)].set_index("fiscal_year")["value"]
    return float(levy[YEAR - 1] / levy[YEAR]) if {YEAR - 1, YEAR} <= {*levy.index} else 1.0


def _levelled_rows(code: int, year: int, vector: Vector, level: float) -> list[dict[str, object]]:
    """Return the rates of a year, portion by portion, raised to the level of the card."""
    text = "level from premium revenue per insured FY2023"
    return [_row(code, year, portion, parts, level, text) for portion, parts in vector.items()]


def _typical(p: Parameters, known: pd.DataFrame) -> Vector:
    """Return the mean rates, by portion, of the municipalities outside groups that are known, of the nearest year."""
    alone = known[~known["code"].isin([*group_of(p)])]
    if alone.empty:
        raise ParameterError(f"{p.home.name}: no rates are known to impute others from; give some in actual_rates.csv")
    years = alone["fiscal_year"].astype(int)
    alone = alone[years == min(years, key=lambda year: (abs(year - YEAR), year))]
    parts = {k: alone[alone["portion"] == k][list(_PARTS)] for k in PORTIONS[:3]}
    return {k: tuple(rates.mean()) for k, rates in parts.items() if len(rates)}


_PORTIONS_KNOWN = 3
"""medical, support and care: a year with all of them needs no imputation"""


def _earliest(known: pd.DataFrame) -> Vector | None:
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


PROFITS, MEAN = "enrolment.profit_growth", "population.mean_base_income"
_PUBLISHED_MEAN = "income_per_insured_old_proviso.2022"


def incomes(p: Parameters, run: Path) -> tuple[dict[str, float | dict[int, float]], pd.DataFrame]:
    """Return what all premiums tell of incomes, by key, and the municipal income factors, one step nearer to the cards.

    Where the rates of FY2023 are known (those of a group, confirmed ones) the premium revenue per insured tells
    incomes: that of all of them as a whole, of the groups' members where there are some, the growth of profits into
    2022, or the mean income of R4 where no total says what it was; each municipality's beside it its factor.
    Elsewhere the rates are imputed from the same revenue and the factor stays; where none are known, all stays.
    """
    card = p.table("places.settlement_fy2023").set_index("code")
    wanted = card["premium_per_insured"].astype(float)
    ratio = wanted / revenue_per_insured(run).where(lambda paid: paid > 0)
    imputed = p.rows("places.imputed_rates")
    levelled = set(imputed["code"][_levelled(imputed)])
    known = [c for c in p.codes() if c not in levelled]
    alike = [c for c in known if c in group_of(p)] or known
    table = p.table("places.income_factors")
    if not known:
        return {}, table
    paid = card["insured"] * wanted
    whole = float(paid[alike].sum() / (paid[alike] / ratio[alike]).sum())
    move = (ratio[known] / whole) ** (1 / _INCOME_RESPONSE)
    moved = table["income"] * table["code"].map(move).fillna(1.0)
    table["income"] = moved.clip(*_INCOME_BOUNDS).round(4)
    if _PUBLISHED_MEAN not in set(p.rows("targets.totals")["id"]):
        return {MEAN: round(float(p.value(MEAN, YEAR - 1)) * whole ** (1 / _INCOME_RESPONSE), -2)}, table
    low, high = p.passport(PROFITS).range or (-np.inf, np.inf)
    growth = (1 + float(p.value(PROFITS, YEAR - 1))) * whole ** (1 / PROFIT_RESPONSE) - 1
    return {PROFITS: {YEAR - 1: round(float(np.clip(growth, low, high)), 4)}}, table


def planned_levy(p: Parameters) -> tuple[list[int], pd.Series]:
    """Return the members that follow the rates of a group, and what its published rates bring in per insured, by year.

    Rates bring in their per-head amount over its part of the levy: 47,300 yen / 42 % is what a group expects an insured
    person's medical levy to be before reliefs, by the incomes it knew. Of several groups the first that publishes;
    without one nothing is known.
    """
    rates = p.rows(groups.RATES)
    rates = rates[rates["portion"] == "medical"]
    for group in dict.fromkeys(rates["group"]):
        per_head = rates[rates["group"] == group].set_index("fiscal_year")["per_head"].astype(float)
        split = pd.Series({year: float(p.value("municipal.group_income_split", year)) for year in per_head.index})
        return [code for code, name in followers(p, YEAR).items() if name == group], per_head / (1 - split)
    return [], pd.Series(dtype=float)


def planning_group(p: Parameters) -> bool:
    """Return whether a group publishes what the growth of profits is fitted to."""
    return {*_PLANNED} <= {*planned_levy(p)[1].index}


def profits(p: Parameters, run: Path) -> dict[int, float]:
    """Return the growth of profits in 2023 and in 2024, one step nearer to what a group planned for R6 and R7.

    Nothing where no group publishes what it planned (`planned_levy`).
    """
    unified, planned = planned_levy(p)
    if not planning_group(p):
        return {}
    year = pd.read_parquet(run / "tables" / "municipality_year.parquet")
    low, high = p.passport("enrolment.profit_growth").range or (-np.inf, np.inf)
    grown: dict[int, float] = {}
    before = 1.0
    for levied_in in _PLANNED:
        here = year[(year["year"] == levied_in) & year["code"].isin(unified)]
        found = float((here["bill_medical"] + here["relief_medical"]).sum() / here["member_months"].sum() * 12)
        short, of = float(planned[levied_in]) / found, levied_in - 1
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


NEEDS = {
    "finance.elderly_scope": "elderly grants of R6 or R7",
    "finance.opening_surplus": "contribution totals of R4 or R5 at provisional coefficients",
    "finance.other_municipal": "standard premiums per head of R6 or R7",
    "finance.other_public": "public money of R6 or R7",
    "finance.outside_cost_per_member": "discretionary transfers of R4",
}
"""number of the institutions -> the published totals it is fitted to; where none is known it stays"""


def institutions(p: Parameters, run: Path) -> dict[str, float | dict[int, float]]:
    """Return the estimated numbers of the institutions, one step nearer to the published figures than in a run.

    Each number answers to the figures of NEEDS, and is left out where the region publishes none of them. From R8 other
    public money takes the mean of R6 and R7 (`docs/decisions/0022`). What the prefecture assumed of members and
    benefits is given, not fitted.
    """
    books = _Books.of(p, run)
    found: dict[str, float | dict[int, float] | None] = {
        "finance.elderly_scope": books.elderly(),
        "finance.opening_surplus": books.opening(),
        "finance.other_municipal": books.beside(),
        "finance.other_public": books.public(),
        "finance.outside_cost_per_member": books.outside(),
    }
    return {key: value for key, value in found.items() if value is not None}


@dataclass(frozen=True)
class _Books:
    """Published totals beside the accounts of a run; every method gives a moved number, None without a figure.

    known    value by id of a published total
    account  value by year and item of the prefecture's account
    places   sums over the municipalities by year
    """

    p: Parameters
    known: pd.Series
    account: pd.Series
    places: pd.DataFrame

    @classmethod
    def of(cls, p: Parameters, run: Path) -> _Books:
        tables = run / "tables"
        return cls(
            p,
            p.rows("targets.totals").set_index("id")["value"].astype(float),
            pd.read_parquet(tables / "metropolitan_account.parquet").set_index(["year", "item"])["value"],
            pd.read_parquet(tables / "municipality_year.parquet").groupby("year").sum(numeric_only=True),
        )

    def announced(self, item: str) -> dict[int, float]:
        """Return what was announced of R6 and R7, at final coefficients before provisional ones."""
        found = {}
        for year in _PLANNED:
            names = (f"{item}{kind}.{year}" for kind in ("_final", "", "_provisional"))
            if (value := next((self.known[name] for name in names if name in self.known), None)) is not None:
                found[year] = float(value)
        return found

    def moved(self, key: str, year: int, by: float, digits: int) -> float:
        low, high = self.p.passport(key).range or (-np.inf, np.inf)
        return round(float(np.clip(float(self.p.value(key, year)) + float(by), low, high)), digits)

    def per_member(self, year: int, yen: float) -> float:
        return yen / (float(self.places.loc[year, "member_months"]) / 12)

    def elderly(self) -> float | None:
        """The part of elderly benefits that counts, by the grants of R6 and R7 together."""
        wanted = self.announced("elderly_adjustment_grant")
        got = slope = 0.0
        for year in wanted:
            row = self.places.loc[year].astype(float)
            national = float(self.p.value("finance.elderly_national_share", year))
            got += float(self.account[year, "elderly_grant"])
            slope += row["elderly_benefit"] * (1 - national / (row["elderly_months"] / row["member_months"]))
        return self.moved("finance.elderly_scope", 2024, (sum(wanted.values()) - got) / slope, 3) if wanted else None

    def opening(self) -> dict[int, float] | None:
        """Surpluses from before R4, by the contributions of R4 and R5."""
        names = {2022: "contribution_total_provisional_reference.2022", 2023: "contribution_total_provisional.2023"}
        gaps = {y: self.account[y, "contribution_total"] - self.known[n] for y, n in names.items() if n in self.known}
        return {y: self.moved("finance.opening_surplus", y, gap, -8) for y, gap in gaps.items()} or None

    def beside(self) -> float | None:
        """Municipal revenue beside the items modelled, by the standard premiums per head of R6 and R7."""
        wanted = self.announced("premium_per_capita_no_off_rule")
        gaps = [self.account[year, "standard_premium_per_head"] - value for year, value in wanted.items()]
        return self.moved("finance.other_municipal", 2024, float(np.mean(gaps)), -1) if gaps else None

    def public(self) -> dict[int, float] | None:
        """Public money beside the rules, by what was announced of R6 and R7."""
        key, found = "finance.other_public", {}
        for year, value in self.announced("public_funds").items():
            gap = (value - self.account[year, "public_money"]) / self.account[year, "members"]
            found[year] = self.moved(key, year, gap, -1)
        if not found:
            return None
        first, mean = found[min(found)], sum(found.values()) / len(found)
        return {2022: first, 2023: first, **found, 2026: mean}

    def missing(self) -> float | None:
        """Discretionary transfers of R4, for all purposes, the run does not have, yen per member."""
        if (wanted := self.known.get("off_rule_transfer_total.2022")) is None:
            return None
        here = self.places.loc[2022, ["discretionary_transfer", "other_discretionary"]].astype(float).sum()
        return self.per_member(2022, wanted - float(here))

    def outside(self) -> float | None:
        """Cost outside the standard premium, by the discretionary transfers of R4."""
        if (missing := self.missing()) is None:
            return None
        before = float(self.p.value("finance.other_municipal", 2024))
        now = self.beside()
        return self.moved(
            "finance.outside_cost_per_member", 2022, missing + (before if now is None else now) - before, -1
        )


def write(table: pd.DataFrame, path: Path) -> None:
    """Write a table of the register where it was read."""
    table.to_csv(path, index=False)


_PARTS = ("income_part", "asset_part", "per_head", "per_household")
_STEPS = (100, 100, 100, 100)


def _levelled(table: pd.DataFrame) -> pd.Series:
    """Return bool[rows]: imputed rates whose level comes from a card."""
    return table["note"].astype(str).str.startswith("level from")


def _vector(rows: pd.DataFrame) -> Vector:
    return {str(r["portion"]): _parts(r) for _, r in rows.iterrows()}


def _parts(row: pd.Series) -> tuple[float, ...]:
    return tuple(float(row.get(part, 0)) for part in _PARTS)


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


def _revenue(vector: Vector, income: float, kept: tuple[float, float], heads_per_home: float = 1.38) -> float:
    """Return the expected revenue per year-end insured at a rate vector and income per insured.

    kept  parts of the per-head levy left after reliefs, and of the bills collected
    """
    total, (relief, collected) = 0.0, kept
    for portion, (rate, _, head, home) in vector.items():
        share = _CARE_SHARE if portion == "care" else 1.0
        total += share * (rate / 1e6 * income + (head + home / heads_per_home) * relief)
    return total * collected * _AVERAGE_OVER_YEAR_END


def _income_by_revenue(p: Parameters, known: pd.DataFrame, shared: dict[int, Vector]) -> dict[int, float]:
    """Return income per insured: solved from revenue where rates are known, elsewhere by the resident-tax proxy.

    shared  rates of those that follow a group
    Where fewer than two can be solved, the mean of the prefecture stands in for all of them.
    """
    card = _cards(p)
    solved: dict[int, float] = {}
    for code, kept in _kept(p).items():
        rows = known[(known["code"] == code) & (known["fiscal_year"] == YEAR)]
        if vector := _vector(rows) if len(rows) >= _PORTIONS_KNOWN else shared.get(code, {}):
            low, high = _revenue(vector, 0.0, kept), _revenue(vector, 1e6, kept)
            solved[code] = (card[code] - low) / (high - low) * 1e6
    if len(solved) < _ENOUGH:
        mean = float(p.value("population.mean_base_income", YEAR))
        return {code: solved.get(code, mean) for code in p.codes()}
    table = p.table("places.income_proxy_fy2023")
    proxy = dict(zip(table["code"].tolist(), table["income_levy_per_resident"].astype(float).tolist(), strict=True))
    slope, level = np.polyfit(np.log([proxy[c] for c in solved]), np.log(list(solved.values())), 1)
    return {c: solved.get(c, float(np.exp(level + slope * np.log(proxy[c])))) for c in p.codes()}


_ENOUGH = 2
"""municipalities a line through incomes needs"""


def _cards(p: Parameters) -> dict[int, float]:
    """Return premium revenue per year-end insured by code (settlement cards of FY2023)."""
    t = p.table("places.settlement_fy2023")
    return dict(zip(t["code"].tolist(), t["premium_per_insured"].astype(float).tolist(), strict=True))


def _kept(p: Parameters) -> dict[int, tuple[float, float]]:
    """Return what is left of per-head levies after reliefs, and of bills after collection, by code, to begin with."""
    t, own = p.table("places.municipalities"), group_of(p)
    kinds = zip(t["code"].tolist(), t["type"].tolist(), strict=True)
    return {code: _FIRST_IN_GROUP if code in own else _FIRST.get(kind, _FIRST["city"]) for code, kind in kinds}


def _bounded(wanted: float, simulated: float) -> float:
    return float(np.clip(wanted / simulated, 0.5, 2.0)) if simulated > 0 else 1.0


if __name__ == "__main__":
    register = Parameters.load()
    home = register.table_paths["places.imputed_rates"]
    write(rescale(register, Path(sys.argv[1])) if len(sys.argv) > 1 else impute(register), home)
    print(home)
