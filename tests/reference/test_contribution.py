"""The chain of the contribution against published examples, and against an independent decimal calculation."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.core.errors import ParameterError
from sim.mechanisms.rates import contribution as rule
from sim.mechanisms.rates import standard
from sim.mechanisms.rates.contribution import THREE_PART, TWO_PART, Method
from tests.reference import contribution_decimal as slow

DATA = Path(__file__).parent / "data"
INPUTS = pd.read_csv(DATA / "synthetic_inputs.csv")
NEED, NATIONAL = 31_000_000_000, 620_000
ADD, CUT = ("chitan", "tesuryo"), ("kogaku", "tokucho")
COSTS = ("hoken", "shussan")
REVENUE = ("shien", "doryoku", "zaian", "sh_kuri", "kanendo", "tokken")


def column(name: str) -> np.ndarray:
    return INPUTS[name].to_numpy(np.int64)


def fractions(name: str) -> tuple[Fraction, ...]:
    return tuple(Fraction(str(x)) for x in INPUTS[name])


class Fast:
    """The chain of the package for the synthetic prefecture."""

    def __init__(
        self,
        alpha: float,
        method: Method = THREE_PART,
        pooled: frozenset[str] = frozenset(),
        index: tuple[Fraction, ...] | None = None,
        beta: Fraction | None = None,
    ) -> None:
        n, h, income = column("n"), column("h"), column("I")
        self.income, self.n, self.h, self.method = income, n, h, method
        self.beta = beta or rule.income_coefficient(Fraction(int(income.sum()), int(n.sum())), Fraction(NATIONAL))
        self.ability = rule.ability_share(income, None, n, method)
        self.benefit = rule.benefit_share(n, h, method)
        add = {k: column(k) for k in ADD if k not in pooled}
        cut = {k: column(k) for k in CUT if k not in pooled}
        self.total = rule.base_to_distribute(NEED, add, cut)
        x = index or fractions("idx")
        self.spread = rule.distribute(self.total, alpha, self.beta, x, self.ability, self.benefit)
        self.levy = rule.with_items(self.spread.base, add, cut)
        self.need = rule.with_items(self.levy, {k: column(k) for k in COSTS}, {k: column(k) for k in REVENUE})
        self.assessed = rule.assessed_total(self.need, fractions("r"))
        self.weight = rule.basis(self.beta, self.ability, self.benefit)
        self.vector = standard.standard_rates(self.assessed, self.beta, self.weight, income, n, h, method)


def towns(pooled: frozenset[str] = frozenset(), index: tuple[Fraction, ...] | None = None) -> list[slow.Town]:
    out = []
    for i, row in enumerate(INPUTS.itertuples()):
        x = index[i] if index else Fraction(str(row.idx))
        out.append(
            slow.Town(
                int(row.n),
                int(row.h),
                int(row.I),
                Decimal(x.numerator) / x.denominator,
                Decimal(str(row.r)),
                sum(int(getattr(row, k)) for k in ADD if k not in pooled),
                sum(int(getattr(row, k)) for k in CUT if k not in pooled),
                sum(int(getattr(row, k)) for k in COSTS),
                sum(int(getattr(row, k)) for k in REVENUE),
            )
        )
    return out


def test_synthetic_prefecture_comes_out_to_the_yen() -> None:
    published = pd.read_csv(DATA / "synthetic_outputs.csv")
    fast = Fast(alpha=1)
    assert fast.total == published["C_total"].iloc[0]
    assert f"{float(fast.beta):.13f}" == f"{published['beta'].iloc[0]:.13f}"
    assert f"{float(fast.spread.gamma):.13f}" == f"{published['gamma'].iloc[0]:.13f}"
    for got, name in (
        (fast.spread.base, "c_i"),
        (fast.levy, "d_i"),
        (fast.need, "e_i"),
        (fast.assessed, "assessed_total_E_i"),
        (fast.vector.per_head, "per_capita_yen"),
        (fast.vector.per_household, "per_household_yen"),
    ):
        assert got.tolist() == published[name].tolist(), name
    assert fast.vector.income_part.tolist() == (published["income_rate_pct"] * 10_000).round().astype(int).tolist()
    rate, head = standard.metropolitan_rate(int(fast.assessed.sum()), fast.beta, fast.income, fast.n)
    assert round(float(rate) * 100, 4) == published["pref_income_rate_pct_2method"].iloc[0]
    assert round(float(head)) == published["pref_per_capita_2method"].iloc[0]


TOKYO_R6 = frozenset({"tesuryo", "kogaku", "tokucho"})
VARIANTS = {
    "full reflection, 3方式": (1.0, THREE_PART, frozenset()),
    "Tokyo R6: alpha 0.83, 2方式, pooled items": (0.83, TWO_PART, TOKYO_R6),
    "levy-based unification: alpha 0": (0.0, TWO_PART, TOKYO_R6),
    "half reflection, Osaka weights 60:40": (0.5, Method(household=Fraction(4, 10)), frozenset()),
    "everything pooled, alpha 0.33": (0.33, THREE_PART, frozenset({*ADD, *CUT})),
}


@pytest.mark.parametrize("name", VARIANTS)
def test_equal_to_the_decimal_calculation(name: str) -> None:
    alpha, method, pooled = VARIANTS[name]
    fast = Fast(alpha, method, pooled)
    w = 1 - Decimal(method.household.numerator) / method.household.denominator
    plain = slow.chain(NEED, towns(pooled), Decimal(NATIONAL), Decimal(str(alpha)), w)
    assert fast.total == plain.total
    assert Decimal(fast.spread.gamma.numerator) / fast.spread.gamma.denominator == plain.gamma
    assert fast.spread.base.tolist() == plain.base
    assert fast.levy.tolist() == plain.levy
    assert fast.need.tolist() == plain.need
    assert fast.assessed.tolist() == plain.assessed
    assert fast.vector.income_part.tolist() == [int(slow.rounded(r * 1_000_000)) for r in plain.income_rate]
    assert fast.vector.per_head.tolist() == [int(slow.rounded(x)) for x in plain.per_head]
    assert fast.vector.per_household.tolist() == [int(slow.rounded(x)) for x in plain.per_home]


def test_complete_unification_equals_the_decimal_calculation() -> None:
    fast = Fast(0.0, TWO_PART)
    costs, revenue = (sum(column(k) for k in names) for names in (COSTS, REVENUE))
    pooled = rule.unify(fast.need, costs, revenue, fractions("r"), fast.weight, "complete")
    weight = [Decimal(k.numerator) / k.denominator for k in fast.weight]
    rates = [Decimal(str(r)) for r in INPUTS["r"]]
    scalar, levy = slow.complete(fast.need.tolist(), costs.tolist(), revenue.tolist(), rates, weight)
    assert abs(Decimal(pooled.scalar.numerator) / pooled.scalar.denominator - scalar) < Decimal("1e-30")
    assert pooled.levy.tolist() == levy
    assert int(pooled.levy.sum()) == NEED
    vector = standard.standard_rates(pooled.assessed, fast.beta, fast.weight, fast.income, fast.n, fast.h, TWO_PART)
    assert np.ptp(vector.income_part) <= 1
    assert np.ptp(vector.per_head) <= 1


def test_easing_equals_the_decimal_calculation() -> None:
    """Tokyo's step R5 -> R6: alpha 1 and individual items against 0.83 and pooled ones."""
    new, old = Fast(0.83, TWO_PART, TOKYO_R6).levy, Fast(1.0, TWO_PART).levy
    eased = rule.ease(new, old, column("n"), 0.75)
    names = INPUTS["name"].tolist()
    before, after = (dict(zip(names, x.tolist(), strict=True)) for x in (old, new))
    plain = slow.eased(after, before, Decimal("0.75"))
    assert eased.tolist() == [plain[k] for k in names]
    assert (eased > 0).any()
    gate = rule.ease(new, old, column("n"), 0.75, previous_per_head=new / column("n") + 1)
    assert gate.tolist() == [0, 0, 0, 0]


def test_nearly_unified_leaves_only_the_collection_rate() -> None:
    fast = Fast(0.0, TWO_PART)
    costs, revenue = (sum(column(k) for k in names) for names in (COSTS, REVENUE))
    pooled = rule.unify(fast.need, costs, revenue, fractions("r"), fast.weight, "nearly")
    vector = standard.standard_rates(pooled.assessed, fast.beta, fast.weight, fast.income, fast.n, fast.h, TWO_PART)
    collected = vector.per_head * INPUTS["r"].to_numpy()
    assert int(pooled.levy.sum()) == NEED
    assert np.allclose(collected, collected[0], rtol=3e-5)


def test_full_collection_effort_stays_only_without_pooling() -> None:
    fast = Fast(0.0, TWO_PART)
    assert rule.gain_kept(fractions("r"), fast.weight, "nearly") == [1.0] * 4
    kept = rule.gain_kept(fractions("r"), fast.weight, "complete")
    assert sum(kept) == pytest.approx(1)
    assert max(kept) < 0.7


@st.composite
def prefectures(draw: st.DrawFn) -> dict[str, np.ndarray]:
    m = draw(st.integers(1, 12))

    def numbers(low: int, high: int) -> np.ndarray:
        return np.array(draw(st.lists(st.integers(low, high), min_size=m, max_size=m)), np.int64)

    n = numbers(30, 400_000)
    return {
        "n": n,
        "h": np.maximum(n * 10 // numbers(11, 25), 1),
        "income": n * numbers(200_000, 1_500_000),
        "index": numbers(700, 1400),
        "item": numbers(-500_000, 500_000),
        "alpha": np.array([draw(st.integers(0, 100))]),
        "r": numbers(700, 1000),
    }


@settings(max_examples=40, deadline=None)
@given(prefectures(), st.sampled_from([TWO_PART, THREE_PART]))
def test_sums_and_the_law_of_one_vector(p: dict[str, np.ndarray], method: Method) -> None:
    """Sum c = C, sum d = B; 均等割/所得割率 (K1) and 均等割/平等割 (K2) are equal everywhere; alpha 0 makes gamma 1."""
    need = 40_000_000_000
    items = {"some": p["item"]}
    beta = rule.income_coefficient(Fraction(int(p["income"].sum()), int(p["n"].sum())), Fraction(NATIONAL))
    ability = rule.ability_share(p["income"], None, p["n"], method)
    benefit = rule.benefit_share(p["n"], p["h"], method)
    index = tuple(Fraction(int(x), 1000) for x in p["index"])
    total = rule.base_to_distribute(need, items, {})
    spread = rule.distribute(total, Fraction(int(p["alpha"][0]), 100), beta, index, ability, benefit)
    assert int(spread.base.sum()) == total
    assert abs(spread.residual) <= len(index) + total // 10**13 + 1
    assert int(rule.with_items(spread.base, items, {}).sum()) == need
    plain = rule.distribute(total, 0, beta, index, ability, benefit)
    assert 0 <= 1 - plain.gamma <= Fraction(len(index), total) + Fraction(1, 10**13)
    weight = rule.basis(beta, ability, benefit)
    assessed = rule.assessed_total(spread.base, tuple(Fraction(int(r), 1000) for r in p["r"]))
    scalar = [Fraction(int(e)) / d for e, d in zip(assessed, weight, strict=True)]
    vector = standard.standard_rates(assessed, beta, weight, p["income"], p["n"], p["h"], method)
    w = 1 - method.household
    for i, u in enumerate(scalar):
        assert vector.scalar[i] == u
        assert abs(vector.income_part[i] - u * beta * 10**6 / int(p["income"].sum())) <= Fraction(1, 2)
        assert abs(vector.per_head[i] - u * w / int(p["n"].sum())) <= Fraction(1, 2)
        rate = u * (beta * ability[i] + benefit[i])
        assert rate == int(assessed[i])


def test_gamma_of_kanagawa_is_what_rounding_up_leaves() -> None:
    """Support and care have no index: rounding 33 amounts up adds 16.5 yen on average, so 1 - gamma is 16.5/C."""
    table = pd.read_csv(DATA / "kanagawa_coefficients.csv")
    for row in table[(table["symbol"] == "gamma") & (table["portion"] != "medical")].itertuples():
        assert 0 < 1 - row.value < 33 / 20e9, (row.fiscal_year, row.portion)
    rng = np.random.default_rng(3)
    n = rng.integers(2_000, 600_000, 33)
    income = n * rng.integers(500_000, 900_000, 33)
    beta = rule.coefficient(Fraction("1.2148593317729"))
    ability, benefit = rule.ability_share(income, None, n, TWO_PART), rule.benefit_share(n, None, TWO_PART)
    spread = rule.distribute(58_000_000_000, 0, beta, (Fraction(1),) * 33, ability, benefit)
    assert 0 < 1 - float(spread.gamma) < 33 / 58e9
    assert float(1 - spread.gamma) == pytest.approx(16.5 / 58e9, rel=0.6)


def test_osaka_implies_the_same_household_size_in_both_portions() -> None:
    """均等割/平等割 = (w / sum n) / ((1 - w) / sum h): persons per household from medical and support agree."""
    table = pd.read_csv(DATA / "osaka_unified_rates.csv")
    expected = {"H29": 1.6665, "H30": 1.6295, "H31": 1.6053}
    for year, w in (("H29", 0.7), ("H30", 0.6), ("H31", 0.6)):
        rows = table[(table["fiscal_year"] == year) & table["portion"].isin(["medical", "support"])]
        persons = w / (1 - w) * rows["per_household_yen"] / rows["per_capita_yen"]
        assert persons.to_numpy() == pytest.approx(expected[year], abs=2e-4)
        method = Method(household=Fraction(str(round(1 - w, 1))))
        n, h = np.array([1_629_500, 162_950]), np.array([1_000_000, 100_000])
        weight = rule.basis(Fraction(1), rule.shares(n), rule.benefit_share(n, h, method))
        assessed = np.array([200_000_000_000, 21_000_000_000])
        vector = standard.standard_rates(assessed, Fraction(1), weight, n * 600_000, n, h, method)
        assert w / (1 - w) * vector.per_household / vector.per_head == pytest.approx(1.6295, abs=2e-4)


def test_tokyo_identities() -> None:
    """給付 + 支援 + 介護 - 公費 - 前期 = 納付金 for R6 and R7; per-head sums with one head count per portion."""
    t = pd.read_csv(DATA / "tokyo_totals.csv")
    value = {(r.fiscal_year, r.item): float(r.value) for r in t[t["unit"] != "-"].itertuples()}
    for year, total in (("R6", 4621), ("R7", 4361)):
        paid = sum(value[year, k] for k in ("医療給付費", "後期支援金", "介護納付金"))
        assert paid - value[year, "国・都公費"] - value[year, "前期高齢者交付金"] == total
    heads = {"R6": 213_354, "R7": 204_923}
    for year, per_head in heads.items():
        n = value[year, "被保険者数(医療・後期)"] * 1000
        total = value[year, "納付金必要額(総額)"] * 1e8
        care = value[year, "介護納付金"] * 1e8 / 2
        care_heads = care / (per_head - (total - care) / n)
        assert care_heads == pytest.approx(821_000, rel=2e-3)


def test_own_rates_return_the_assessed_total_and_refuse_bad_weights() -> None:
    fast = Fast(1.0)
    parts = np.tile([0.5, 0.0, 0.35, 0.15], (4, 1))
    own = standard.own_rates(fast.assessed, parts, fast.income, np.zeros(4, np.int64), fast.n, fast.h)
    back = own.income_part * (fast.income / 1e6) + own.per_head * fast.n + own.per_household * fast.h
    assert back == pytest.approx(fast.assessed, rel=2e-5)
    parts[2, 0] = 0.6
    with pytest.raises(ParameterError, match=r"江東区.*add up to 1"):
        standard.own_rates(
            fast.assessed, parts, fast.income, np.zeros(4, np.int64), fast.n, fast.h, names=["A", "B", "江東区", "D"]
        )


def test_impossible_coefficients_are_refused() -> None:
    fast = Fast(1.0)
    for alpha in (-0.1, 1.01):
        with pytest.raises(ParameterError, match="alpha"):
            rule.distribute(1000, alpha, fast.beta, fractions("idx"), fast.ability, fast.benefit)
    with pytest.raises(ParameterError, match="household share"):
        Method(household=Fraction(12, 10))
    with pytest.raises(ParameterError, match="collection rate"):
        rule.assessed_total(fast.need, (Fraction(0), *fractions("r")[1:]))


def test_four_part_rule_uses_assets() -> None:
    """4方式: a fifth of 応能 follows fixed-asset tax."""
    income, assets = np.array([100, 300]), np.array([75, 25])
    share = rule.ability_share(income, assets, np.array([1, 1]), rule.FOUR_PART)
    assert share == (Fraction(35, 100), Fraction(65, 100))


def test_index_variants() -> None:
    cost = np.array([[110, 90, 0], [120, 100, 0]])
    normal = np.array([[100, 100, 0], [100, 200, 0]])
    heads = np.array([10, 30, 0])
    ratios = rule.cost_index(cost, normal, heads)
    assert ratios[:2] == (Fraction(115, 100), Fraction(70, 100))
    assert ratios[2] == rule.coefficient(Fraction(115 * 10 + 70 * 30, 4000))  # nobody: mean of the others
    sums = rule.cost_index(cost, normal, heads, "ratio_of_sums")
    assert sums[:2] == (Fraction(115, 100), rule.coefficient(Fraction(190, 300)))
    area = rule.area_index(cost, normal, heads, [1, 1, 2], "ratio_of_sums")
    assert area[0] == area[1] == rule.coefficient(Fraction(420, 500))
    shared = rule.adjusted_cost(np.array([1000, 500]), np.array([400, 0]), np.array([10, 10]))
    assert shared.tolist() == [800, 700]


def test_uncapped_income_needs_a_root() -> None:
    """Bills cut at the cap bring in the assessed total at the solved scalar; the vector keeps its proportions."""
    income = np.array([0.0, 500_000.0, 2_000_000.0, 20_000_000.0])
    heads = np.array([1.0, 2.0, 3.0, 1.0])
    bill = standard.capped_bill(income, heads, (0.05, 30_000.0), 400_000.0)
    u = standard.solve_scalar(bill, 700_000.0)
    assert bill(u) == pytest.approx(700_000, abs=0.5)
    assert u > 700_000 / (income @ np.full(4, 0.05) + heads.sum() * 30_000)
    with pytest.raises(ParameterError, match="no rate brings in"):
        standard.solve_scalar(bill, 2_000_000.0)


def test_children_waiver_is_reloaded_on_adults() -> None:
    per_head, children = np.array([1300, 1300]), np.array([600, 0])
    adults = np.array([9400, 35])
    add_on = standard.children_add_on(per_head, children, np.array([0.25, 0.25]), adults)
    assert add_on.tolist() == [round(1300 * 600 * 0.75 / 9400), 0]
