"""What is missing in a prefecture's figures, or disagrees: one message a mistake, all at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from sim.core.errors import nearest
from sim.explanations.contribution.fields import COLUMNS, WHOLE, YEARS, Field
from sim.explanations.contribution.figures import (
    HEADS,
    MEDICAL,
    column,
    heads_of,
    homes_of,
    index_years,
    lines_of,
    method_of,
    need_of,
    own_weights,
    parts_of,
    portions_used,
)
from sim.explanations.contribution.reading import Book
from sim.explanations.tabular import refuse
from sim.institutions.portions import PORTION_NAMES

_JA = {c.key: c.ja for c in COLUMNS}
_BELOW = (
    ("adults", "insured"),
    ("care_insured", "insured"),
    ("households", "insured"),
    ("care_households", "care_insured"),
)
"""what can never be more than what"""
_SUMS = {"合計", "計", "総計", "小計", "都計", "道計", "府計", "県計", "total", "Total"}
"""what a row that adds the others up is called"""
_ADDS_UP = Fraction(1, 10**9)


def check(book: Book) -> None:
    """Raise InputError with everything that is missing or disagrees, up to twenty mistakes; nothing if all is well."""
    _Checks(book).run()
    refuse(book.wrong)


@dataclass
class _Checks:
    """Everything that may be missing or disagree, one message each, noted in the book."""

    book: Book

    def run(self) -> None:
        self._names()
        used = portions_used(self.book)
        if not used:
            self.note(f"{self.book.item('need')}: no portion has a need or lines; fill in at least one")
        self._everywhere("insured", "needed for every municipality")
        self._everywhere("collection", "needed for every municipality")
        self._limits()
        for portion in used:
            self._prefecture(portion)
            self._portion(portion)
        self._own(used)
        if MEDICAL in used:
            self._medical()
        if "child" in used and ("children_relieved", WHOLE) not in self.book.settings:
            self.note(f"{self.book.item('children_relieved')}: is empty; needed for the add-on per adult; 0 to 1")

    def note(self, text: str) -> None:
        self.book.wrong.append(text)

    def _names(self) -> None:
        seen: dict[str, int] = {}
        for i, place in enumerate(self.book.places):
            name = str(place.get("name", ""))
            if not name:
                self.note(f"{self.book.at(i, 'name')}: is empty; write which municipality the figures belong to")
            elif name in _SUMS:
                self.note(f"{self.book.at(i, 'name')}: is a sum, no municipality; take the row out")
            elif name in seen:
                self.note(f"{self.book.at(i, 'name')}: stands in row {seen[name]} already; one row a municipality")
            seen.setdefault(name, self.book.rows[i])
        count = self.book.setting("places")
        if count is not None and int(count) != len(self.book.places):
            rows = len(self.book.places)
            self.note(
                f"{self.book.item('places')}: is {count}, but {self.book.municipalities} has {rows} rows; a "
                "municipality is missing or one too many"
            )

    def _everywhere(self, key: str, why: str, only: Sequence[int] | None = None) -> None:
        """Note the municipalities in which a column is empty."""
        for i in range(len(self.book.places)) if only is None else only:
            if key not in self.book.places[i]:
                self.note(f"{self.book.at(i, key)}: is empty; {why}")

    def _limits(self) -> None:
        for i, place in enumerate(self.book.places):
            for key, most in _BELOW:
                if key in place and most in place and int(place[key]) > int(place[most]):
                    self.note(
                        f"{self.book.at(i, key)}: is {int(place[key]):,}, more than {_JA[most]} {int(place[most]):,}"
                    )
            if place.get("collection") == 0:
                self.note(f"{self.book.at(i, 'collection')}: is 0; allowed above 0 to 1 (or 100%)")

    def _prefecture(self, portion: str) -> None:
        """Note what the sheet of the prefecture lacks for a portion, and sums that disagree."""
        book = self.book
        given, lines = book.settings.get(("need", portion)), lines_of(book, portion)
        if given is not None and lines and int(given) != sum(lines.values()):
            self.note(
                f"{book.item('need', portion)}: is {int(given):,}, but its lines add up to {sum(lines.values()):,}; "
                "mend one, or leave B empty"
            )
        if need_of(book, portion) < 0:
            self.note(f"{book.item('need', portion)}: is {need_of(book, portion):,}; revenue exceeds expenditure")
        if book.setting("method", portion) is None:
            self.note(f"{book.item('method', portion)}: is empty; allowed: 2方式, 3方式, 4方式")
        if book.number("beta", portion) is None and book.number("national_income", portion) is None:
            self.note(f"{book.item('beta', portion)}: give β, or 全国平均所得 from which it follows")
        total = book.settings.get(("insured_total", portion))
        heads = HEADS.get(portion, "insured")
        found = int(column(book, heads).sum())
        if total is not None and int(total) != found and all(heads in p for p in book.places):
            self.note(
                f"{book.item('insured_total', portion)}: is {int(total):,}, but {_JA[heads]} of "
                f"{book.municipalities} adds up to {found:,} (difference {int(total) - found:,})"
            )

    def _portion(self, portion: str) -> None:
        """Note what the sheet of municipalities lacks for a portion."""
        book, method, name = self.book, method_of(self.book, portion), PORTION_NAMES[portion][0]
        if heads_of(book, portion) != "insured" or portion in HEADS:
            self._everywhere(HEADS[portion], f"needed for {name}")
        if method.household > 0:
            self._everywhere(homes_of(portion), f"needed for 平等割 of {name}")
        if method.asset > 0:
            self._everywhere("asset_tax", f"needed for 資産割 of {name}")
        self._income(portion, name)
        if all(heads_of(book, portion) in p for p in book.places) and not column(book, heads_of(book, portion)).any():
            self.note(
                f"{book.municipalities}: column {_JA[heads_of(book, portion)]} is 0 throughout; {name} needs heads"
            )

    def _income(self, portion: str, name: str) -> None:
        key, heads = f"income_{portion}", "care_insured" if portion == "care" else "insured"
        without = [i for i, place in enumerate(self.book.places) if key not in place]
        by_year = [f"{k}_{y}" for k in (key, heads) for y in YEARS]
        if without and any(f"{key}_{y}" in p for p in self.book.places for y in YEARS):
            for k in by_year:
                self._everywhere(k, f"needed for {name}, unless {_JA[key]} is given for every municipality")
        else:
            self._everywhere(key, f"needed for {name}", without)
            if not without and not column(self.book, key).any():
                self.note(f"{self.book.municipalities}: column {_JA[key]} is 0 throughout; {name} needs income")

    def _own(self, used: Sequence[str]) -> None:
        """Note weights of a municipality's own rates that do not add up to 1, and parts without anything to levy."""
        for i, place in enumerate(self.book.places):
            total = sum(own_weights(self.book, i, MEDICAL), Fraction(0))
            if abs(total - 1) > _ADDS_UP:
                self.note(
                    f"{self.book.at(i, 'own_income')}: the shares of 所得割, 資産割, 均等割, 平等割 add up to "
                    f"{float(total):g}; they must add up to 1"
                )
            for key in dict.fromkeys(self._levied(i, used)):
                if not int(place.get(key, 0)):
                    self.note(f"{self.book.at(i, key)}: is empty or 0, but a part of its own rates is levied on it")

    def _levied(self, i: int, used: Sequence[str]) -> Iterator[str]:
        """Yield the columns a municipality's own rates rest on that the prefecture's method does not ask for."""
        for portion in used:
            method, weights = method_of(self.book, portion), own_weights(self.book, i, portion)
            if weights[1] > 0 and not method.asset:
                yield "asset_tax"
            if weights[3] > 0 and not method.household:
                yield homes_of(portion)

    def _medical(self) -> None:
        book = self.book
        alpha, before = book.number("alpha"), book.number("alpha_before")
        if alpha is None:
            self.note(f"{book.item('alpha')}: is empty; allowed 0 (pooled) to 1 (full reflection of cost)")
        elif alpha > 0 and book.text("unification", "none") != "none":
            self.note(f"{book.item('alpha')}: is {float(alpha):g}; where rates are unified it is 0")
        if alpha or before:
            self._index()
        if book.number("easing_share") and any("easing_medical" in place for place in book.places):
            self.note(
                f"{book.item('easing_share')}: is given, and {_JA['easing_medical']} of {book.municipalities}, too; "
                "keep one"
            )
        if before is None and book.number("easing_share"):
            self.note(f"{book.item('alpha_before')}: is empty; easing compares with last year's rules")
        if book.text("easing_gate", "none") == "rise":
            self._everywhere("previous_per_insured", "needed where 激変緩和の条件 is 前年度比")
        self._pooled()

    def _pooled(self) -> None:
        """Note pooled items that are no columns of individual items."""
        items: list[Field] = [f for f in self.book.columns.values() if f.symbol.startswith("item.")]
        names = [n for f in items for n in (f.ja, f.key)]
        allowed = ", ".join(f.ja for f in items) or "none, there is no such column"
        for key in ("pooled", "pooled_before"):
            for part in parts_of(str(self.book.setting(key) or "")):
                if part not in names:
                    told = f"no column '{part}' of an individual item{nearest(part, names)}"
                    self.note(f"{self.book.item(key)}: {told}; allowed: {allowed}")

    def _index(self) -> None:
        """Note municipalities with neither index nor cost of all the years given."""
        without = [i for i, place in enumerate(self.book.places) if "index" not in place]
        years = index_years(self.book)
        if not years:
            self._everywhere("index", "needed where α is above 0; or give 実績医療費 and 標準医療費 by year", without)
        elif without:
            for key in (f"{name}_{y}" for y in years for name in ("cost", "standard")):
                self._everywhere(key, "needed in every year given, or give 年齢調整後医療費指数 throughout")
