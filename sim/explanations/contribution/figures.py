"""From what was read, and checked (`checks`), to the given figures of each portion."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from sim.explanations.contribution.fields import LINES, YEARS
from sim.explanations.contribution.reading import Book
from sim.institutions.portions import PORTION_NAMES, PORTIONS
from sim.mechanisms.rates import contribution as rule
from sim.mechanisms.rates.contribution import METHODS, Method, Yen
from sim.mechanisms.rates.forecast import income_per_head, smoothed_income
from sim.mechanisms.rates.portion import Children, Easing, Items, PortionInputs

HEADS = {"care": "care_insured", "child": "adults"}
"""columns of those a portion counts, where they are not all insured"""
_OWN = ("own_income", "own_asset", "own_head", "own_household")
_NOTHING = {"なし", "none", "0"}
MEDICAL = "medical"


@dataclass(frozen=True, kw_only=True)
class Figures:
    """A prefecture's figures, complete and consistent: the given figures of each portion it uses."""

    prefecture: str
    year: str
    names: list[str]
    codes: list[str]
    portions: dict[str, PortionInputs]
    labels: dict[tuple[str, str], str]
    """(portion, symbol of the chain) -> what the sheet calls it"""
    notes: list[str] = field(default_factory=list)


def figures(book: Book) -> Figures:
    """Return the given figures of each portion."""
    used = portions_used(book)
    return Figures(
        prefecture=str(book.setting("name") or "都道府県"),
        year=str(book.setting("year") or ""),
        names=[str(p["name"]) for p in book.places],
        codes=[str(p.get("code", "")) for p in book.places],
        portions={portion: _portion(book, portion) for portion in used},
        labels=_labels(book),
        notes=[
            f"{PORTION_NAMES[p][0]}: no need B on the sheet of the prefecture; the portion is left out"
            for p in PORTIONS
            if p not in used and any(f"income_{p}" in place for place in book.places)
        ],
    )


def _labels(book: Book) -> dict[tuple[str, str], str]:
    lines = {(portion, f.symbol): f.ja for f in LINES for portion in PORTIONS}
    return lines | {(f.portion, f.symbol): f.ja for f in book.columns.values() if f.symbol}


def portions_used(book: Book) -> list[str]:
    """Return the portions with a need, given as such or by its lines."""
    keys = ("need", *(line.key for line in LINES))
    return [p for p in PORTIONS if any((key, p) in book.settings for key in keys)]


def method_of(book: Book, portion: str) -> Method:
    """Return how a portion is spread: its form, with the prefecture's own shares of heads and assets if given."""
    method = METHODS[int(book.text("method", "2", portion))]
    head, asset = book.number("head_share", portion), book.number("asset_share", portion)
    return Method(
        asset=method.asset if asset is None else asset,
        household=method.household if head is None else 1 - head,
    )


def heads_of(book: Book, portion: str) -> str:
    """Return the column that holds whose number the 応益 of a portion follows."""
    if portion == "child" and book.text("child_heads", "adults") == "members":
        return "insured"
    return HEADS.get(portion, "insured")


def homes_of(portion: str) -> str:
    return "care_households" if portion == "care" else "households"


def own_weights(book: Book, i: int, portion: str) -> list[Fraction]:
    """Return how the municipality's own rates split a bill: income, asset, head and household part.

    Those given; else those of its form: half by ability, half by benefit (地方税法 703条の4, 国保法施行令 29条の7),
    each divided as the form divides it: 50:50, 50:35:15, 40:10:35:15.
    """
    place = book.places[i]
    if any(key in place for key in _OWN):
        return [Fraction(place.get(key, 0)) for key in _OWN]
    form = place.get(f"form_{portion}", place.get("form"))
    method = METHODS[int(form)] if form is not None else method_of(book, portion)
    half = Fraction(1, 2)
    return [half * k for k in (1 - method.asset, method.asset, 1 - method.household, method.household)]


def need_of(book: Book, portion: str) -> int:
    """Return B: as given, else the sum of its lines."""
    given = book.settings.get(("need", portion))
    return int(given) if given is not None else sum(lines_of(book, portion).values())


def lines_of(book: Book, portion: str) -> dict[str, int]:
    """Return the lines of B in whole yen, expenditures positive, revenues negative."""
    found = ((line, book.settings.get((line.key, portion))) for line in LINES)
    return {line.key: line.sign * int(value) for line, value in found if value is not None}


def _portion(book: Book, portion: str) -> PortionInputs:
    heads, income = column(book, heads_of(book, portion)), income_of(book, portion)
    insured = column(book, "care_insured" if portion == "care" else "insured")
    method = method_of(book, portion)
    weights = [own_weights(book, i, portion) for i in range(len(book.places))]
    taxed = method.asset > 0 or any(w[1] > 0 for w in weights)
    plain = PortionInputs(
        portion=portion,
        need=need_of(book, portion),
        lines=lines_of(book, portion),
        alpha=Fraction(0),
        beta=_beta(book, portion, income, insured),
        rate_beta=book.number("rate_beta", portion),
        index=(Fraction(1),) * len(heads),
        method=method,
        heads=heads,
        insured=insured,
        households=column(book, homes_of(portion)),
        income=income,
        assets=column(book, "asset_tax") if taxed else None,
        items={},
        items_before={},
        costs=_amounts(book, "cost.", portion),
        revenues=_amounts(book, "revenue.", portion),
        collection=tuple(Fraction(p["collection"]) for p in book.places),
        stage=book.text("unification", "none"),  # type: ignore[arg-type]
        own_weights=np.array([[float(k) for k in row] for row in weights]),
        easing=_easing(book, portion),
        children=_children(book) if portion == "child" else None,
        names=[str(p["name"]) for p in book.places],
    )
    return _with_cost(book, plain) if portion == MEDICAL else plain


def _with_cost(book: Book, plain: PortionInputs) -> PortionInputs:
    """Return the medical portion's figures with what it alone has: alpha, index, individual items, easing."""
    return replace(
        plain,
        alpha=book.number("alpha") or Fraction(0),
        alpha_before=book.number("alpha_before"),
        index=_index(book),
        items=_items(book, _pooled(book, "pooled")),
        items_before=_items(book, _pooled(book, "pooled_before", "pooled")),
    )


def column(book: Book, key: str) -> Yen:
    """Return a column of whole numbers, int64[M]; an empty cell is zero."""
    return np.array([int(place.get(key, 0)) for place in book.places], np.int64)


def income_of(book: Book, portion: str) -> Yen:
    """Return the income of a portion, int64[M] yen: as given, else the mean of three years per insured x insured."""
    key, heads = f"income_{portion}", "care_insured" if portion == "care" else "insured"
    if all(key in place for place in book.places):
        return column(book, key)
    means = [income_per_head(column(book, f"{key}_{y}"), column(book, f"{heads}_{y}")) for y in YEARS]
    return smoothed_income(means, column(book, heads))


def _beta(book: Book, portion: str, income: Yen, heads: Yen) -> Fraction:
    given = book.number("beta", portion)
    if given is not None:
        return rule.coefficient(given)
    national = book.number("national_income", portion) or Fraction(0)
    return rule.income_coefficient(Fraction(int(income.sum()), int(heads.sum())), national)


def _index(book: Book) -> Sequence[Fraction]:
    """Return x: as given, else from cost and standard cost; 1 where no rule asks for it."""
    if all("index" in place for place in book.places):
        return tuple(Fraction(place["index"]) for place in book.places)
    years = index_years(book)
    if not years:
        return (Fraction(1),) * len(book.places)
    cost, standard = ([column(book, f"{name}_{y}").tolist() for y in years] for name in ("cost", "standard"))
    averaging = book.text("index_averaging", "mean_of_ratios")
    return rule.cost_index(cost, standard, column(book, "insured"), averaging)  # type: ignore[arg-type]


def index_years(book: Book) -> list[int]:
    """Return the years of which the cost of some municipality is given."""
    return [y for y in YEARS if any(f"{n}_{y}" in place for n in ("cost", "standard") for place in book.places)]


def _pooled(book: Book, *keys: str) -> frozenset[str]:
    """Return the symbols of the pooled items, by the first of the items of the sheet that is filled in."""
    text = next((str(v) for key in keys if (v := book.setting(key)) is not None), "")
    names = {f.symbol for f in book.columns.values() for part in parts_of(text) if part in (f.key, f.ja)}
    return frozenset(names)


def parts_of(text: str) -> list[str]:
    """Return the names of a list written 審査支払手数料、高額医療費負担金."""
    parts = [part.strip() for part in text.replace("、", ",").replace("，", ",").split(",")]
    return [part for part in parts if part and part not in _NOTHING]


def _items(book: Book, pooled: frozenset[str]) -> Items:
    """Return the items settled municipality by municipality, positive where they are a burden."""
    found = ((f, column(book, f.key)) for f in book.columns.values() if f.symbol.startswith("item."))
    out: Items = {}
    for f, amount in found:
        if f.symbol not in pooled:
            name = f.symbol.removeprefix("item.")
            out[name] = out.get(name, np.zeros_like(amount)) + f.sign * amount
    return out


def _amounts(book: Book, group: str, portion: str) -> Items:
    fields = (f for f in book.columns.values() if f.symbol.startswith(group) and f.portion == portion)
    return {f.symbol.removeprefix(group): column(book, f.key) for f in fields}


def _easing(book: Book, portion: str) -> Easing | None:
    """Return how a portion is eased: by amounts of its own, or for the medical portion a share of the rise."""
    if any(f"easing_{portion}" in place for place in book.places):
        return Easing(amounts=column(book, f"easing_{portion}"))
    share = book.number("easing_share") if portion == MEDICAL else None
    if share is None:
        return None
    previous: NDArray[np.float64] | None = None
    if book.text("easing_gate", "none") == "rise":
        previous = np.array([float(Fraction(p["previous_per_insured"])) for p in book.places])
    return Easing(share=share, previous_per_head=previous)


def _children(book: Book) -> Children:
    relieved = float(book.number("children_relieved") or 0)
    members, adults = column(book, "insured"), column(book, "adults")
    return Children(members=members, adults=adults, relieved=np.full(len(members), relieved))
