"""The calculation sheet of a municipality: every line from what the metropolis needs to rates and settlement.

Reads tables of a finished run only. `explain` lists the chain of one year with the figures each line is made of,
`change` says why the assessed total E differs from another year or run, term by term; `sheet.py` writes both
to a spreadsheet.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from sim.core.errors import InputError, ParameterError, nearest
from sim.core.units import era
from sim.explanations.rules import NEUTRAL, RULES, belongs, evaluate, given, is_line, whole
from sim.institutions.memory import PORTIONS
from sim.outputs.folder import RunFolder
from sim.outputs.manifest import FILE
from sim.parameters import Parameters, regions
from sim.parameters.places import is_prefecture, prefectural, prefecture_of
from sim.parameters.places import place_code as found_place


@dataclass(frozen=True)
class Line:
    """How a symbol reads: Japanese, English, formula, where it comes from, and what goes into it.

    inputs: other symbols of the same portion, `item.*`-like groups, or keys of the register; where the symbol follows
    from others by a rule of `rules.RULES`, what enters is said there.
    """

    ja: str
    en: str
    formula: str
    source: str
    inputs: tuple[str, ...] = ()


def _entering(symbol: str) -> tuple[str, ...]:
    """Return what enters a line."""
    if symbol in RULES:
        return RULES[symbol].inputs
    return LINES[symbol].inputs if symbol in LINES else ()


_GUIDE, _COUNCIL, _SUGATA, _RUN = "contribution_guideline", "tokyo_council_r6", "kokuho_sugata_r6", "simulation"
LINES: dict[str, Line] = {
    "a1": Line("保険給付費・支援金・納付金", "benefits or payment to the pool", "forecast", _RUN, ("L_per_member",)),
    "a2": Line(
        "審査支払手数料",
        "fees for receipts",
        "finance.review_fee x receipts",
        _SUGATA,
        ("finance.review_fee", "finance.receipts_per_treated_month"),
    ),
    "a4": Line(
        "特別高額医療費共同事業 拠出金",
        "paid into the pool for very high cost",
        "mean of three past years of the object - part of the subsidy",
        _SUGATA,
        ("finance.special_high_cost", "finance.special_pool_subsidy", "finance.special_pool_share"),
    ),
    "b1": Line("前期高齢者交付金 (概算)", "elderly grant, provisional", "-(F + S)(1 - q national / q)", "zenki_h31"),
    "b1s": Line("前期高齢者交付金 (精算)", "elderly grant, settlement of t-2", "actual - provisional", "zenki_h31"),
    "b2": Line(
        "定率国庫負担",
        "state share",
        "-32 % of the base",
        _SUGATA,
        ("finance.state_share", "finance.relief_base_share", "a1", "b1", "b1s"),
    ),
    "b2t": Line(
        "定率国庫負担の調整交付金への振替",
        "moved out of the state share",
        "finance.moved_share x base",
        _SUGATA,
        ("finance.moved_share",),
    ),
    "b2l": Line(
        "地方単独事業による国庫減算",
        "state money lost for free care",
        "loss per child x school children + other x n",
        "assumption",
        ("finance.local_loss_child", "finance.local_loss_other"),
    ),
    "b3": Line(
        "普通調整交付金",
        "normal grant",
        "-max(0, demand - theoretical revenue)",
        "grant_rules",
        (
            "G_demand",
            "G_revenue",
            "finance.normal_flat",
            "finance.normal_slope",
            "finance.normal_flat_cap",
            "finance.normal_rate_cap",
        ),
    ),
    "b3t": Line(
        "特例調整交付金",
        "special-case grant",
        "-moved in the nation x part in its normal grant",
        "fiscal_council_2020",
        ("b3", "finance.moved_share", "finance.nation_base", "finance.nation_normal"),
    ),
    "b4": Line(
        "特別調整交付金 (子ども)",
        "special grant for children",
        "-finance.child_grant x children",
        _GUIDE,
        ("finance.child_grant",),
    ),
    "b4o": Line(
        "特別調整交付金 (都道府県分、その他の事情)",
        "special grant, other circumstances",
        "-finance.special_other x n",
        _GUIDE,
        ("finance.special_other",),
    ),
    "b5": Line(
        "都道府県繰入金 1号",
        "money of the metropolis",
        "-9 % of the base, first part",
        _SUGATA,
        ("finance.metropolis_share", "finance.second_part", "a1", "b1", "b1s"),
    ),
    "b6": Line(
        "高額医療費負担金",
        "public money for high cost",
        "-(1/4 + 1/4) of the object",
        _SUGATA,
        ("finance.high_cost_state", "finance.high_cost_metropolis", "finance.high_cost_object"),
    ),
    "b7": Line(
        "特別高額医療費共同事業 交付金",
        "pool for very high cost",
        "-object above 4.2 million",
        _SUGATA,
        ("finance.special_high_cost",),
    ),
    "b8": Line(
        "保険者努力支援 都道府県分",
        "incentive money",
        "-points x value of a point x n, each of the three indicators from its own pot",
        _SUGATA,
        (
            "effort.pot_prefecture",
            "effort.pot_prefecture_shares",
            "effort.nation_share_prefecture",
            "effort.nation_members",
        ),
    ),
    "b9": Line("繰越金", "surplus of two years before", "-returned surplus", _RUN, ("rates.surplus_returned",)),
    "b9f": Line(
        "財政安定化基金 取崩し", "drawn from the fund", "-drawn", _RUN, ("rates.fund_draw", "rates.fund_draw_threshold")
    ),
    "b9r": Line(
        "財政安定化基金 繰入れ(取崩し分の補填)",
        "repaid to the fund",
        "deficits covered / years",
        _RUN,
        ("rates.fund_repaid_years", "finance.opening_repayment"),
    ),
    "b11": Line(
        "その他公費", "other public money (remainder)", "-finance.other_public x n", _COUNCIL, ("finance.other_public",)
    ),
    "b12": Line(
        "都道府県補助 (地方単独事業の医療費波及分)",
        "metropolitan grant for that loss",
        "-share x b2l",
        _COUNCIL,
        ("b2l", "finance.local_loss_subsidy"),
    ),
    "G_demand": Line(
        "普通調整交付金 調整対象需要額", "normal grant: demand", "cost - other public money", "grant_rules"
    ),
    "G_revenue": Line(
        "普通調整交付金 調整対象収入額",
        "normal grant: theoretical revenue",
        "flat x heads + rate x income",
        "grant_rules",
    ),
    "L_people": Line("後期高齢者医療の被保険者数 (全国)", "late elderly, nation", "counted, or grown", _SUGATA),
    "L_cost": Line(
        "後期高齢者1人当たり医療費",
        "cost per late elderly",
        "budget of R6 x growth x fee revisions",
        _SUGATA,
        ("finance.late_cost_r6", "finance.late_cost_growth"),
    ),
    "L_own_share": Line(
        "窓口負担の割合 (実効)",
        "share at the counter",
        "classes x 3, 2, 1割, less ceilings",
        _SUGATA,
        ("finance.late_own_share_left",),
    ),
    "L_benefit": Line(
        "後期高齢者医療給付費 (全国)",
        "benefits of the late elderly, nation",
        "people x cost x (1 - own share)",
        _SUGATA,
        ("L_people", "L_cost", "L_own_share"),
    ),
    "L_premiums": Line(
        "後期高齢者負担率",
        "share of their own premiums",
        "by order; from R8 premiums and support grow alike",
        "statute",
    ),
    "L_support": Line(
        "後期高齢者支援金 (全国)",
        "support, nation",
        "benefits x (1 - public money - premiums)",
        _SUGATA,
        ("L_benefit", "L_premiums", "finance.late_public_share", "finance.late_active_share"),
    ),
    "L_insured": Line("0-74歳の医療保険加入者数 (全国)", "members of all insurers below 75", "assumed path", _SUGATA),
    "L_by_rule": Line(
        "1人当たり支援金 (算定式)",
        "support per member, by the rule",
        "support / members",
        _SUGATA,
        ("L_support", "L_insured"),
    ),
    "L_per_member": Line(
        "1人当たり支援金",
        "support per member",
        "notified, else the last notified x the rule's growth",
        _COUNCIL,
        ("L_by_rule", "finance.support_per_member"),
    ),
    "B": Line("納付金必要額", "need B", "sum of a and b", _GUIDE),
    "C": Line("納付金算定基礎額", "base C to distribute", "B - individual items", _GUIDE, ("B",)),
    "alpha": Line("医療費指数反映係数", "alpha", "rates.alpha", _COUNCIL, ("rates.alpha",)),
    "beta": Line("所得係数", "beta", "mean income / national mean", _GUIDE),
    "gamma": Line("調整係数", "gamma", "C / sum of provisional c", _GUIDE),
    "n": Line("被保険者数 (応益)", "heads of the per-head part", "yearly average, forecast", _RUN),
    "insured": Line("被保険者数", "insured", "yearly average, forecast", _RUN),
    "h": Line("世帯数", "households", "yearly average, forecast", _RUN),
    "I": Line("限度額控除後所得総額", "income below the cap", "3-year mean per insured x n", _RUN),
    "x": Line("年齢調整後医療費指数", "cost index x", "mean of actual / age-standard cost", _RUN),
    "S_inc": Line("応能のシェア", "share of income", "I / sum I", _GUIDE, ("I",)),
    "S_ben": Line("応益のシェア", "share of heads", "n / sum n", _GUIDE, ("n",)),
    "c": Line("納付金基礎額", "c", "C {1 + alpha (x - 1)} (beta S_inc + S_ben)/(1 + beta) gamma", _GUIDE),
    "item.review_fees": Line("審査支払手数料", "fees for receipts", "individual item", _GUIDE),
    "item.high_cost": Line("高額医療費負担金", "public money for high cost", "individual item", _GUIDE),
    "item.special_high_cost": Line("特別高額医療費共同事業", "very high cost", "individual item", _GUIDE),
    "item.child_grant": Line("特別調整交付金 (子ども)", "special grant for children", "individual item", _GUIDE),
    "item.local_programmes": Line(
        "地方単独事業の減額調整 (都道府県補助控除後)", "state money lost for free care", "individual item", _GUIDE
    ),
    "item.floor": Line("負の納付金の調整", "no levy below zero", "what others bear for a levy below zero", _GUIDE),
    "d_new": Line("納付金 (緩和前)", "d before easing", "c + individual items", _GUIDE),
    "d_old": Line("納付金 (前年度の方式)", "d under last year's rules", "alpha and items of last year", _COUNCIL),
    "ease": Line(
        "激変緩和", "easing", "3/4 of the rise d_new - d_old", _COUNCIL, ("d_new", "d_old", "rates.easing_share")
    ),
    "pool": Line("統一による増減", "change by unification", "pooling of costs, revenue and collection", _GUIDE),
    "d": Line("納付金", "contribution d", "d_new - ease + pool", _GUIDE),
    "cost.health_programmes": Line(
        "保健事業費",
        "health programmes",
        "finance.health_programme_per_member x n + checks, guidance and more reach",
        _RUN,
        ("finance.health_programme_per_member", "insured"),
    ),
    "cost.birth_grant": Line("出産育児諸費", "birth grants", "forecast", _RUN),
    "cost.funeral_grant": Line("葬祭諸費", "funeral grants", "forecast", _RUN),
    "cost.remission": Line("条例減免に要する費用", "remission by ordinance", "forecast", _RUN),
    "revenue.insurer_support": Line(
        "保険者支援制度",
        "insurer support",
        "mean premium x relieved x 15, 14, 13 %",
        _SUGATA,
        ("finance.insurer_support_7", "finance.insurer_support_5", "finance.insurer_support_2"),
    ),
    "revenue.second_part": Line(
        "都道府県繰入金 2号",
        "money of the metropolis, second part",
        "target rate reached, projects, the rest by insured",
        _COUNCIL,
        ("second_part.award_share", "second_part.project_amount", "finance.second_part"),
    ),
    "revenue.effort": Line(
        "保険者努力支援 市町村分",
        "incentive money",
        "points x value x n",
        "w916_44",
        ("effort.pot_municipal", "effort.nation_share", "effort.nation_members", "insured"),
    ),
    "revenue.health_grant": Line(
        "特定健康診査等負担金",
        "grant for check-ups",
        "2 x third x standard price x persons + share of other programmes",
        _RUN,
        ("finance.checkup_grant_share", "finance.health_grant_share", "cost.health_programmes"),
    ),
    "revenue.third_party": Line("第三者納付金の増", "more paid back by third parties", "forecast", _RUN),
    "revenue.stabilisation_support": Line(
        "財政安定化支援事業",
        "stabilisation support",
        "per insured of the nation x factors (relief, ages, beds)",
        _SUGATA,
        ("finance.stabilisation_support_per_member", "finance.stabilisation_beds", "insured"),
    ),
    "revenue.special_mental": Line(
        "特別調整交付金 市町村分 (精神疾患)",
        "special grant, mental illness",
        "finance.special_mental x n",
        _COUNCIL,
        ("finance.special_mental", "insured"),
    ),
    "revenue.special_job_loss": Line(
        "特別調整交付金 市町村分 (非自発的失業)",
        "special grant, involuntary unemployment",
        "share of the premiums lost",
        _COUNCIL,
        ("finance.special_job_loss",),
    ),
    "revenue.special_disaster": Line(
        "特別調整交付金 市町村分 (災害等の減免)",
        "special grant, remission for disasters",
        "8/10 of remissions from 3 % of the premiums on",
        "statute",
        ("finance.special_disaster", "finance.special_disaster_from"),
    ),
    "revenue.birth_transfer": Line(
        "出産育児一時金繰入", "birth transfer", "2/3", "statute", ("finance.birth_transfer_share", "cost.birth_grant")
    ),
    "revenue.other_revenue": Line(
        "その他収入",
        "other revenue (remainder)",
        "finance.other_municipal x n",
        _COUNCIL,
        ("finance.other_municipal", "insured"),
    ),
    "revenue.arrears": Line("滞納繰越分収納見込", "arrears collected", "latest result", _RUN),
    "e": Line("保険料収納必要額", "premium need e", "d + costs - revenue", _GUIDE),
    "r": Line("標準的な収納率", "collection rate r", "latest actual rate", _COUNCIL),
    "E": Line("賦課総額", "assessed total E", "e / r", _GUIDE),
    "D": Line("配分の重み", "weight D", "beta S_inc + S_ben", _GUIDE),
    "u": Line("単位額", "scalar u", "E / D", _GUIDE),
    "income_rate": Line("所得割率", "income part", "u beta / sum I", _GUIDE, ("u", "beta")),
    "per_head": Line("均等割額", "per head", "u w / sum n", _GUIDE, ("u",)),
    "per_household": Line("平等割額", "per household", "u (1 - w) / sum h", _GUIDE, ("u",)),
    "per_adult": Line("18歳以上加算", "add-on per adult", "waived per-head levy / adults", "kanagawa_pref_r8"),
    "own_income_rate": Line("所得割率 (独自の算定基準)", "income part, own weights", "E k_inc / I", _COUNCIL),
    "own_per_head": Line("均等割額 (独自の算定基準)", "per head, own weights", "E k_head / n", _COUNCIL),
    "own_per_household": Line("平等割額 (独自の算定基準)", "per household, own weights", "E k_house / h", _COUNCIL),
    "gain_kept": Line("収納増の手元残り", "part of an extra yen collected that stays", "1 without pooling", _GUIDE),
}


def explain(run: Path, municipality: str, year: int, portion: str | None = None) -> pd.DataFrame:
    """Return the chain of a municipality and year, line by line.

    Columns portion, place, symbol, label_ja, label_en, formula, inputs, value, unit, source; first the
    metropolis's lines, then the municipality's, last the rates it levies and how the year was settled (where the
    run holds them). `inputs` are the figures that enter the formula. `municipality` is a Japanese or English name
    or a code.
    """
    code = place_code(municipality)
    rows = _of_year(_table(run), year, run)
    wanted = PORTIONS if portion is None else (_portion(portion),)
    numbers = _Register.of(run, year, code)
    lines: list[dict[str, object]] = []
    whole = prefecture_of(code)
    for name in wanted:
        mine = rows[(rows["portion"] == name) & rows["code"].isin([whole, code])]
        values = {
            scope: dict(zip(part["symbol"], part["value"], strict=True))
            for scope, part in ((whole, mine[prefectural(mine["code"])]), (code, mine[mine["code"] == code]))
        }
        for scope, part in ((whole, values[whole]), (code, values[code])):
            units = dict(zip(mine["symbol"], mine["unit"], strict=True))
            known = part if is_prefecture(scope) else {**values[whole], **part}
            place = "metropolis" if is_prefecture(scope) else municipality
            rows_of_place = lines_of(part, known, units, lambda s, k: _inputs(s, k, numbers))
            lines += ({"portion": name, "place": place, **row} for row in rows_of_place)
    return pd.DataFrame([*lines, *_outcome(run, code, municipality, year, wanted)])


def lines_of(
    values: Mapping[str, float],
    known: Mapping[str, float],
    units: Mapping[str, str],
    entering: Callable[[str, Mapping[str, float]], Iterator[str]],
    lines: Mapping[str, Line] = LINES,
) -> Iterator[dict[str, object]]:
    """Yield the lines of a place and portion: symbol, labels, formula, what goes in, value, unit, source.

    values  symbol -> value, in the order of the chain;  known  these, and what they may be made of
    """
    for symbol, value in values.items():
        line = lines.get(symbol, Line(symbol, symbol, "", ""))
        yield {
            "symbol": symbol,
            "label_ja": line.ja,
            "label_en": line.en,
            "formula": line.formula,
            "inputs": "; ".join(entering(symbol, known)),
            "value": value,
            "unit": units[symbol],
            "source": line.source,
        }


@dataclass(frozen=True)
class _Register:
    """Values of the register in force in a run, by key."""

    values: Mapping[str, list[dict[str, object]]]
    parameters: Parameters
    year: int
    place: int

    @classmethod
    def of(cls, run: Path, year: int, place: int) -> _Register:
        path = Path(run) / "scenario.yaml"
        resolved = json.loads(path.read_text(encoding="utf-8")).get("parameters", {}) if path.exists() else {}
        folder = RunFolder(Path(run))
        register = folder.register() if (folder.path / FILE).exists() else Parameters.load()
        return cls(resolved, register, year, place)

    def value(self, key: str) -> object:
        for part in self.values.get(key, ()):
            if int(str(part["from"])) <= self.year <= int(str(part["to"])):
                return part["value"]
        try:
            return self.parameters.value(key, self.year, self.place)
        except ParameterError:
            return "–"


def _inputs(symbol: str, known: Mapping[str, float], numbers: _Register) -> Iterator[str]:
    """Yield "symbol = figure" for everything that enters a line."""
    for name in _entering(symbol):
        if name.startswith(("finance.", "rates.")):
            value = numbers.value(name)
            yield f"{name} = {_figure(value) if isinstance(value, int | float) else value}"
        else:
            yield from figures_of(name, known)


def figures_of(name: str, known: Mapping[str, float]) -> Iterator[str]:
    """Yield "symbol = figure" for a symbol, or for those of a group such as `item.*` that are not zero."""
    group = [s for s in known if belongs(s, name) and known[s]] if name.endswith("*") else [name] * (name in known)
    yield from (f"{s} = {_figure(known[s])}" for s in group)


def _figure(value: float) -> str:
    """Return a figure with as many digits as it was computed with: whole numbers whole, coefficients in full."""
    if float(value).is_integer():
        return f"{value:,.0f}"
    return f"{value:,.2f}" if abs(value) >= 1000 else f"{value:.13f}".rstrip("0")


_OUTCOME: dict[str, tuple[str, str, str]] = {
    "premiums": ("保険料収納額（現年分）", "premiums collected", "yen"),
    "arrears": ("保険料収納額（滞納繰越分）", "arrears collected", "yen"),
    "contribution": ("納付金", "contribution paid", "yen"),
    "discretionary_transfer": ("法定外繰入（決算補填等目的）", "discretionary transfer", "yen"),
    "carried_in": ("前年度からの繰越金", "carried over from last year", "yen"),
    "advance": ("繰上充用（翌年度歳入から）", "advance out of next year's revenue", "yen"),
    "advance_repaid": ("前年度繰上充用金", "last year's advance, repaid", "yen"),
    "fund_in": ("基金積立", "paid into the reserve fund", "yen"),
    "fund_out": ("基金繰入", "taken from the reserve fund", "yen"),
    "loan": ("財政安定化基金貸付・交付", "loan and grant of the stabilisation fund", "yen"),
    "loan_repayment": ("財政安定化基金償還", "loan repaid", "yen"),
}


def _outcome(
    run: Path, code: int, municipality: str, year: int, portions: tuple[str, ...]
) -> Iterator[dict[str, object]]:
    """Yield the rates in force and the main lines of the settlement, as far as the run holds them."""
    rates = _optional(run, "rates")
    if rates is not None:
        actual = rates[(rates["year"] == year) & (rates["code"] == code) & (rates["kind"] == "actual")]
        for row in actual[actual["portion"].isin(portions)].to_dict("records"):
            for part, unit in (
                ("income_part", "1/1,000,000"),
                ("per_head", "yen/person"),
                ("per_household", "yen/household"),
                ("per_adult", "yen/person"),
                ("cap", "yen/household"),
            ):
                ja, en = _RATE_LABELS[part]
                yield _plain(str(row["portion"]), municipality, f"actual.{part}", ja, en, float(row[part]), unit)
    accounts = _optional(run, "accounts")
    if accounts is not None and len(portions) > 1:
        mine = accounts[(accounts["year"] == year) & (accounts["code"] == code)]
        for item, (ja, en, unit) in _OUTCOME.items():
            rows = mine[mine["item"] == item]
            if len(rows):
                yield _plain("all", municipality, f"account.{item}", ja, en, float(rows["amount"].sum()), unit)


_RATE_LABELS = {
    "income_part": ("所得割率（実際）", "income part levied"),
    "per_head": ("均等割額（実際）", "per head levied"),
    "per_household": ("平等割額（実際）", "per household levied"),
    "per_adult": ("18歳以上加算（実際）", "add-on per adult levied"),
    "cap": ("賦課限度額", "cap per household"),
}


def _plain(portion: str, place: str, symbol: str, ja: str, en: str, value: float, unit: str) -> dict[str, object]:
    kind = "decision" if symbol.startswith("actual.") else "settlement"
    texts = {"label_ja": ja, "label_en": en, "formula": kind, "inputs": ""}
    return {"portion": portion, "place": place, "symbol": symbol, **texts, "value": value, "unit": unit, "source": _RUN}


def change(
    run: Path, municipality: str, year: int, against: Path | None = None, since: int | None = None
) -> pd.DataFrame:
    """Return why the assessed total E of a municipality differs from another year's, or from another run's.

    One input after the other goes from old to new, in the order of the chain; what each replacement adds is its
    term. Columns portion, term, label_ja, label_en, yen, per_insured; whole yen that add up exactly to the
    difference of E. The roundings between C and E stand in the term `rounding`. Without `since` the old year is
    the one before, or with `against` the same year of that run.
    """
    code = place_code(municipality)
    new = _values(_of_year(_table(run), year, run), code)
    old_run = against if against is not None else run
    old_year = since if since is not None else (year if against is not None else year - 1)
    old = _values(_of_year(_table(old_run), old_year, old_run), code)
    rows: list[tuple[str, str, int]] = []
    for portion in PORTIONS:
        rows += [(portion, term, yen) for term, yen in _terms(old.get(portion, {}), new.get(portion, {}))]
    frame = pd.DataFrame(rows, columns=["portion", "term", "yen"])
    labels = [_label(t) for t in frame["term"]]
    frame.insert(2, "label_ja", [x[0] for x in labels])
    frame.insert(3, "label_en", [x[1] for x in labels])
    heads = old.get("medical", {}).get("insured", 0.0) or 1.0
    frame["per_insured"] = frame["yen"] / heads
    return frame


@dataclass(frozen=True, kw_only=True)
class Totals:
    """E of both sides and what is left when the terms are taken off; `check` must be zero."""

    old: int
    new: int
    terms: int

    @property
    def check(self) -> int:
        return self.new - self.old - self.terms


def totals(run: Path, municipality: str, year: int, against: Path | None = None, since: int | None = None) -> Totals:
    """Return the assessed totals that `change` compares, read from the tables again, and the sum of its terms."""
    code = place_code(municipality)
    old_run = against if against is not None else run
    old_year = since if since is not None else (year if against is not None else year - 1)
    sums = []
    for folder, when in ((old_run, old_year), (run, year)):
        rows = _of_year(_table(folder), when, folder)
        sums.append(round(float(rows[(rows["code"] == code) & (rows["symbol"] == "E")]["value"].sum())))
    terms = int(change(run, municipality, year, against, since)["yen"].sum())
    return Totals(old=sums[0], new=sums[1], terms=terms)


def _label(term: str) -> tuple[str, str]:
    if term.startswith("need."):
        line = LINES[term.removeprefix("need.")]
        label = f"{{level}}全体: {line.ja}", f"{{level}}: {line.en}"
    else:
        label = _TERM_LABELS.get(term) or (LINES[term].ja, LINES[term].en)
    region = regions.read(regions.current())
    return region.worded(label[0], 0), region.worded(label[1], 1)


_TERM_LABELS = {
    "need": ("{level}全体: 個別項目の共同負担", "{level}: items pooled or settled one by one"),
    "income": ("所得シェアと所得係数", "share of income and beta"),
    "heads": ("被保険者数シェア", "share of heads"),
    "cost_index": ("医療費指数", "cost index"),
    "alpha_step": ("αの変更", "change of alpha"),
    "gamma": ("調整係数", "gamma"),
    "rounding": ("端数", "rounding"),
}
_OF_BASE = (
    ("need", ("C",)),
    ("income", ("S_inc", "beta")),
    ("heads", ("S_ben",)),
    ("alpha_step", ("alpha",)),
    ("cost_index", ("x",)),
    ("gamma", ("gamma",)),
)
"""the terms that move c, in the order in which they are replaced: what follows them stands in the order of the chain"""


def _steps(symbols: Collection[str]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield the terms of a change with the symbols each replaces: everything E rests on, from C to r."""
    yield from _OF_BASE
    of_base = {*given("c")}
    for name in given("E"):
        if name not in of_base:
            each = sorted(s for s in symbols if belongs(s, name)) if name.endswith("*") else [name]
            yield from ((symbol, (symbol,)) for symbol in each)


def _terms(old: dict[str, float], new: dict[str, float]) -> list[tuple[str, int]]:
    """Return the terms of one portion: lines of the metropolis, inputs of c, items, easing, costs, revenue, r."""
    if not old and not new:
        return []
    symbols = {*old, *new}
    state = dict(old)
    terms: list[tuple[str, int]] = []
    level = _assessed(state)

    def note(term: str) -> None:
        nonlocal level
        after = _assessed(state)
        terms.append((term, after - level))
        level = after

    for line in sorted(filter(is_line, symbols), key=list(LINES).index):
        state["C"] = state.get("C", 0.0) + new.get(line, 0.0) - old.get(line, 0.0)
        note(f"need.{line}")
    for term, replaced in _steps(symbols):
        state |= {symbol: new.get(symbol, NEUTRAL.get(symbol, 0.0)) for symbol in replaced}
        note(term)
    difference = round(new.get("E", 0.0)) - round(old.get("E", 0.0))
    terms.append(("rounding", difference - sum(yen for _, yen in terms)))
    return [(term, yen) for term, yen in terms if yen != 0 or not term.startswith(("rounding", "need"))]


def _assessed(v: Mapping[str, float]) -> int:
    """Return E from the recorded inputs of one portion."""
    return whole(evaluate("E", v))


def _values(rows: pd.DataFrame, code: int) -> dict[str, dict[str, float]]:
    """Return symbol -> value by portion, the metropolis's coefficients and lines included."""
    out: dict[str, dict[str, float]] = {}
    shared = ("C", "alpha", "beta", "gamma")
    for row in rows[rows["code"].isin([prefecture_of(code), code])].to_dict("records"):
        symbol = str(row["symbol"])
        if row["code"] == code or symbol in shared or is_line(symbol):
            out.setdefault(str(row["portion"]), {})[symbol] = float(row["value"])
    return out


def place_code(municipality: str | int) -> int:
    """Return the code of a municipality given by name or code; an unknown name shows the nearest."""
    return found_place(municipality, Parameters.load())


def _optional(run: Path, table: str) -> pd.DataFrame | None:
    path = Path(run) / "tables" / f"{table}.parquet"
    return pd.read_parquet(path) if path.exists() else None


def _table(run: Path) -> pd.DataFrame:
    path = Path(run) / "tables" / "contribution.parquet"
    if not path.exists():
        raise InputError(f"{path}: the run has no table of contributions; give a finished run folder")
    return pd.read_parquet(path)


def _of_year(table: pd.DataFrame, year: int, run: Path) -> pd.DataFrame:
    rows = table[table["year"] == year]
    if len(rows) == 0:
        years = sorted(int(y) for y in table["year"].unique())
        raise InputError(f"{run}: no contribution of {era(year)}; the run holds {era(years[0])}–{era(years[-1])}")
    return rows


def _portion(name: str) -> str:
    if name not in PORTIONS:
        raise InputError(f"no portion '{name}'{nearest(name, PORTIONS)}; known: {', '.join(PORTIONS)}")
    return name
