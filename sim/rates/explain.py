"""The calculation sheet of a municipality: every line from what the metropolis needs to the standard rates.

Reads the table `contribution` of a finished run only. `explain` prints the chain of one year; `change` says why
the assessed total, or the premium per insured, differs from last year or from another run, term by term.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from sim.core.errors import InputError, nearest
from sim.institutions.memory import PORTIONS
from sim.parameters import Parameters

METROPOLIS = 13000


@dataclass(frozen=True)
class Line:
    """How a symbol reads: Japanese, English, formula, where it comes from."""

    ja: str
    en: str
    formula: str
    source: str


_GUIDE, _COUNCIL, _SUGATA, _RUN = "contribution_guideline", "tokyo_council_r6", "kokuho_sugata_r6", "simulation"
LINES: dict[str, Line] = {
    "a1": Line("保険給付費・支援金・納付金", "benefits or payment to the pool", "forecast", _RUN),
    "a2": Line("審査支払手数料", "fees for receipts", "finance.review_fee x n", _RUN),
    "a4": Line("特別高額医療費共同事業 拠出金", "paid into the pool for very high cost", "b7 - subsidy", _RUN),
    "b1": Line("前期高齢者交付金 (概算)", "elderly grant, provisional", "-(F + S)(1 - q national / q)", "zenki_h31"),
    "b1s": Line("前期高齢者交付金 (精算)", "elderly grant, settlement of t-2", "actual - provisional", "zenki_h31"),
    "b2": Line("定率国庫負担", "state share", "-32 % of the base", _SUGATA),
    "b3": Line("普通調整交付金", "normal grant", "-max(0, demand - theoretical revenue)", "grant_rules"),
    "b4": Line("特別調整交付金 (子ども)", "special grant for children", "-finance.child_grant x children", _GUIDE),
    "b5": Line("都道府県繰入金 1号", "money of the metropolis", "-9 % of the base, first part", _SUGATA),
    "b6": Line("高額医療費負担金", "public money for high cost", "-(1/4 + 1/4) of the object", _SUGATA),
    "b7": Line("特別高額医療費共同事業 交付金", "pool for very high cost", "-object above 4.2 million", _SUGATA),
    "b8": Line("保険者努力支援 都道府県分", "incentive money", "-finance.effort_metropolitan x n", _SUGATA),
    "b9": Line("繰越金", "surplus of two years before", "-returned surplus", _RUN),
    "b9f": Line("財政安定化基金", "stabilisation fund", "-drawn", _RUN),
    "b10": Line("追加国費", "additional state money", "-finance.additional_state", _COUNCIL),
    "b11": Line("その他公費", "other public money (remainder)", "-finance.other_public x n", _COUNCIL),
    "B": Line("納付金必要額", "need B", "sum of a and b", _GUIDE),
    "C": Line("納付金算定基礎額", "base C to distribute", "B - individual items", _GUIDE),
    "alpha": Line("医療費指数反映係数", "alpha", "rates.alpha", _COUNCIL),
    "beta": Line("所得係数", "beta", "mean income / national mean", _GUIDE),
    "gamma": Line("調整係数", "gamma", "C / sum of provisional c", _GUIDE),
    "n": Line("被保険者数 (応益)", "heads of the per-head part", "yearly average, forecast", _RUN),
    "insured": Line("被保険者数", "insured", "yearly average, forecast", _RUN),
    "h": Line("世帯数", "households", "yearly average, forecast", _RUN),
    "I": Line("限度額控除後所得総額", "income below the cap", "3-year mean per insured x n", _RUN),
    "x": Line("年齢調整後医療費指数", "cost index x", "mean of actual / age-standard cost", _RUN),
    "S_inc": Line("応能のシェア", "share of income", "I / sum I", _GUIDE),
    "S_ben": Line("応益のシェア", "share of heads", "n / sum n", _GUIDE),
    "c": Line("納付金基礎額", "c", "C {1 + alpha (x - 1)} (beta S_inc + S_ben)/(1 + beta) gamma", _GUIDE),
    "item.review_fees": Line("審査支払手数料", "fees for receipts", "individual item", _GUIDE),
    "item.high_cost": Line("高額医療費負担金", "public money for high cost", "individual item", _GUIDE),
    "item.special_high_cost": Line("特別高額医療費共同事業", "very high cost", "individual item", _GUIDE),
    "item.child_grant": Line("特別調整交付金 (子ども)", "special grant for children", "individual item", _GUIDE),
    "d_new": Line("納付金 (緩和前)", "d before easing", "c + individual items", _GUIDE),
    "d_old": Line("納付金 (前年度の方式)", "d under last year's rules", "alpha and items of last year", _COUNCIL),
    "ease": Line("激変緩和", "easing", "3/4 of the rise d_new - d_old", _COUNCIL),
    "pool": Line("統一による増減", "change by unification", "pooling of costs, revenue and collection", _GUIDE),
    "d": Line("納付金", "contribution d", "d_new - ease + pool", _GUIDE),
    "cost.health_programmes": Line("保健事業費", "health programmes", "finance.health_programme_per_member x n", _RUN),
    "cost.birth_grant": Line("出産育児諸費", "birth grants", "forecast", _RUN),
    "cost.funeral_grant": Line("葬祭諸費", "funeral grants", "forecast", _RUN),
    "cost.remission": Line("条例減免に要する費用", "remission by ordinance", "forecast", _RUN),
    "revenue.insurer_support": Line(
        "保険者支援制度", "insurer support", "mean premium x relieved x 15, 14, 13 %", _SUGATA
    ),
    "revenue.second_part": Line("都道府県繰入金 2号", "money of the metropolis, second part", "by insured", _COUNCIL),
    "revenue.effort": Line("保険者努力支援 市町村分", "incentive money", "points x value x n", "w916_44"),
    "revenue.health_grant": Line("特定健康診査等負担金", "grant for check-ups", "share of programmes", _RUN),
    "revenue.stabilisation_support": Line("財政安定化支援事業", "stabilisation support", "per insured", _SUGATA),
    "revenue.birth_transfer": Line("出産育児一時金繰入", "birth transfer", "2/3", "statute"),
    "revenue.other_revenue": Line("その他収入", "other revenue (remainder)", "finance.other_municipal x n", _COUNCIL),
    "revenue.arrears": Line("滞納繰越分収納見込", "arrears collected", "latest result", _RUN),
    "e": Line("保険料収納必要額", "premium need e", "d + costs - revenue", _GUIDE),
    "r": Line("標準的な収納率", "collection rate r", "latest actual rate", _COUNCIL),
    "E": Line("賦課総額", "assessed total E", "e / r", _GUIDE),
    "D": Line("配分の重み", "weight D", "beta S_inc + S_ben", _GUIDE),
    "u": Line("単位額", "scalar u", "E / D", _GUIDE),
    "income_rate": Line("所得割率", "income part", "u beta / sum I", _GUIDE),
    "per_head": Line("均等割額", "per head", "u w / sum n", _GUIDE),
    "per_household": Line("平等割額", "per household", "u (1 - w) / sum h", _GUIDE),
    "per_adult": Line("18歳以上加算", "add-on per adult", "waived per-head levy / adults", "kanagawa_pref_r8"),
    "own_income_rate": Line("所得割率 (独自の算定基準)", "income part, own weights", "E k_inc / I", _COUNCIL),
    "own_per_head": Line("均等割額 (独自の算定基準)", "per head, own weights", "E k_head / n", _COUNCIL),
    "own_per_household": Line("平等割額 (独自の算定基準)", "per household, own weights", "E k_house / h", _COUNCIL),
    "gain_kept": Line("収納増の手元残り", "part of an extra yen collected that stays", "1 without pooling", _GUIDE),
}


def explain(run: Path, municipality: str, year: int, portion: str | None = None) -> pd.DataFrame:
    """Return the chain of a municipality and year, line by line.

    Columns portion, symbol, label_ja, label_en, formula, value, unit, source; first the metropolis's lines, then
    the municipality's. `municipality` is a Japanese or English name or a code.
    """
    table = _table(run)
    code = place_code(municipality)
    rows = _of_year(table, year, run)
    wanted = PORTIONS if portion is None else (_portion(portion),)
    parts = []
    for name in wanted:
        mine = rows[rows["portion"] == name]
        parts += [mine[mine["code"] == METROPOLIS], mine[mine["code"] == code]]
    sheet = pd.concat(parts, ignore_index=True)
    lines = [LINES.get(s, Line(s, s, "", "")) for s in sheet["symbol"]]
    return pd.DataFrame(
        {
            "portion": sheet["portion"],
            "place": ["metropolis" if c == METROPOLIS else municipality for c in sheet["code"]],
            "symbol": sheet["symbol"],
            "label_ja": [x.ja for x in lines],
            "label_en": [x.en for x in lines],
            "formula": [x.formula for x in lines],
            "value": sheet["value"],
            "unit": sheet["unit"],
            "source": [x.source for x in lines],
        }
    )


def change(run: Path, municipality: str, year: int, against: Path | None = None) -> pd.DataFrame:
    """Return why the assessed total E of a municipality differs from last year, or from another run's same year.

    One input after the other goes from old to new, in the order of the chain; what each replacement adds is its
    term. Columns portion, term, label_ja, label_en, yen, per_insured; whole yen that add up exactly to the
    difference of E. The roundings between C and E stand in the term `rounding`.
    """
    code = place_code(municipality)
    new = _values(_of_year(_table(run), year, run), code)
    old_run, old_year = (against, year) if against is not None else (run, year - 1)
    old = _values(_of_year(_table(old_run), old_year, old_run), code)
    rows: list[tuple[str, str, int]] = []
    for portion in PORTIONS:
        rows += [(portion, term, yen) for term, yen in _terms(old.get(portion, {}), new.get(portion, {}))]
    frame = pd.DataFrame(rows, columns=["portion", "term", "yen"])
    labels = [_TERM_LABELS.get(t) or (LINES[t].ja, LINES[t].en) for t in frame["term"]]
    frame.insert(2, "label_ja", [x[0] for x in labels])
    frame.insert(3, "label_en", [x[1] for x in labels])
    heads = old.get("medical", {}).get("insured", 0.0) or 1.0
    frame["per_insured"] = frame["yen"] / heads
    return frame


_TERM_LABELS = {
    "need": ("都全体の必要額", "need of the metropolis"),
    "income": ("所得シェアと所得係数", "share of income and beta"),
    "heads": ("被保険者数シェア", "share of heads"),
    "cost_index": ("医療費指数", "cost index"),
    "alpha_step": ("αの変更", "change of alpha"),
    "gamma": ("調整係数", "gamma"),
    "rounding": ("端数", "rounding"),
}
_CHAIN = (
    ("need", ("C",)),
    ("income", ("S_inc", "beta")),
    ("heads", ("S_ben",)),
    ("alpha_step", ("alpha",)),
    ("cost_index", ("x",)),
    ("gamma", ("gamma",)),
)


def _terms(old: dict[str, float], new: dict[str, float]) -> list[tuple[str, int]]:
    """Return the terms of one portion: inputs of c, items, easing, pooling, costs, revenues, collection rate."""
    state, goal = dict(old), new
    if not old and not new:
        return []
    names = sorted({k for k in (*old, *new) if k.startswith(("item.", "cost.", "revenue."))})
    steps: list[tuple[str, tuple[str, ...]]] = [*_CHAIN]
    steps += [(n, (n,)) for n in names if n.startswith("item.")] + [("ease", ("ease",)), ("pool", ("pool",))]
    steps += [(n, (n,)) for n in names if not n.startswith("item.")] + [("r", ("r",))]
    terms: list[tuple[str, int]] = []
    level = _assessed(state)
    for term, symbols in steps:
        for s in symbols:
            state[s] = goal.get(s, _NEUTRAL.get(s, 0.0))
        after = _assessed(state)
        terms.append((term, after - level))
        level = after
    whole = round(new.get("E", 0.0)) - round(old.get("E", 0.0))
    terms.append(("rounding", whole - sum(y for _, y in terms)))
    return [t for t in terms if t[1] != 0 or t[0] != "rounding"]


_NEUTRAL = {"r": 1.0, "x": 1.0, "gamma": 1.0}


def _assessed(v: dict[str, float]) -> int:
    """Return E from the recorded inputs of one portion."""
    beta = v.get("beta", 0.0)
    share = (beta * v.get("S_inc", 0.0) + v.get("S_ben", 0.0)) / (1 + beta)
    base = v.get("C", 0.0) * (1 + v.get("alpha", 0.0) * (v.get("x", 1.0) - 1)) * share * v.get("gamma", 1.0)
    plus: Callable[[str], float] = lambda prefix: sum(x for k, x in v.items() if k.startswith(prefix))  # noqa: E731
    levy = base + plus("item.") - v.get("ease", 0.0) + v.get("pool", 0.0)
    need = levy + plus("cost.") - plus("revenue.")
    return math.floor(max(need, 0.0) / (v.get("r") or 1.0) + 0.5)


def _values(rows: pd.DataFrame, code: int) -> dict[str, dict[str, float]]:
    """Return symbol -> value by portion, the metropolis's coefficients included."""
    out: dict[str, dict[str, float]] = {}
    shared = ("C", "alpha", "beta", "gamma")
    for row in rows[rows["code"].isin([METROPOLIS, code])].to_dict("records"):
        if row["code"] == code or row["symbol"] in shared:
            out.setdefault(str(row["portion"]), {})[str(row["symbol"])] = float(row["value"])
    return out


def place_code(municipality: str) -> int:
    """Return the code of a municipality given by name or code; an unknown name shows the nearest."""
    places = Parameters.load().places()
    text = str(municipality).strip()
    if text.isdigit() and int(text) in places:
        return int(text)
    for code, (ja, en) in places.items():
        if text == ja or text.lower() == en.lower():
            return code
    names = [ja for ja, _ in places.values()] + [en for _, en in places.values()]
    raise InputError(f"no municipality '{municipality}'{nearest(text, names)}")


def _table(run: Path) -> pd.DataFrame:
    path = Path(run) / "tables" / "contribution.parquet"
    if not path.exists():
        raise InputError(f"{path}: the run has no table of contributions; give a finished run folder")
    return pd.read_parquet(path)


def _of_year(table: pd.DataFrame, year: int, run: Path) -> pd.DataFrame:
    rows = table[table["year"] == year]
    if len(rows) == 0:
        years = sorted(int(y) for y in table["year"].unique())
        raise InputError(f"{run}: no contribution of {year}; the run holds {years[0]}-{years[-1]}")
    return rows


def _portion(name: str) -> str:
    if name not in PORTIONS:
        raise InputError(f"no portion '{name}'{nearest(name, PORTIONS)}; known: {', '.join(PORTIONS)}")
    return name
