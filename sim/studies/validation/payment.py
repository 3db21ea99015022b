"""Who pays: published figures of single municipalities, of foreign heads and of old claims beside simulated ones.

Published figures of a year before the run are compared with its first year and say so in the source.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd

from sim.parameters import Parameters
from sim.parameters.places import is_prefecture, prefectural
from sim.studies.fits import collection
from sim.studies.validation.figures import Figures, row

Read = Callable[[Figures, int, int], float]
"""(figures, fiscal year, municipality code or that of the whole) -> simulated figure"""
_FIRST = 2022


def _rows(figures: Figures, year: int, code: int, nationality: str | None = None) -> pd.Series:
    """Return the sums of bills, payment and claims of a municipality, of one nationality of the head if given."""
    t = figures.table("collection_places")
    t = t[t["year"] == year]
    if not is_prefecture(code):
        t = t[t["code"] == code]
    if nationality is not None:
        t = t[t["nationality"] == nationality]
    return t.drop(columns=["year", "code", "nationality"]).sum()


def _current(nationality: str | None = None) -> Read:
    def read(figures: Figures, year: int, code: int) -> float:
        s = _rows(figures, year, code, nationality)
        return float(s["paid"] / max(s["billed"] - s["unknown"], 1))

    return read


def _total(nationality: str | None = None) -> Read:
    """Return the reader of 収入率, current plus carried over, claims on who left included."""

    def read(figures: Figures, year: int, code: int) -> float:
        s = _rows(figures, year, code, nationality)
        opening = s["claims_opening"] + s["departed_opening"]
        collected = s["claims_collected"] + s["departed_collected"]
        return float((s["paid"] + collected) / max(s["billed"] - s["unknown"] + opening, 1))

    return read


def _carried(figures: Figures, year: int, code: int) -> tuple[float, float]:
    """Return carried-over claims, departed households' included, and what was collected on them."""
    t = figures.place[figures.place["year"] == year]
    t = t if is_prefecture(code) else t[t["code"] == code]
    return float(t["arrears_opening"].sum()), float(t["arrears_collected"].sum())


def _carried_rate(figures: Figures, year: int, code: int) -> float:
    opening, collected = _carried(figures, year, code)
    return collected / max(opening, 1)


def _carried_share(figures: Figures, year: int, code: int) -> float:
    s = _rows(figures, year, code)
    opening = _carried(figures, year, code)[0]
    return float(opening / max(opening + s["billed"] - s["unknown"], 1))


def _stock(figures: Figures, year: int, code: int) -> float:
    return float(_carried(figures, year, code)[0] / max(_rows(figures, year, code)["billed"], 1))


def _written(figures: Figures, year: int, code: int) -> float:
    t = figures.place[figures.place["year"] == year]
    t = t if is_prefecture(code) else t[t["code"] == code]
    return float(t["arrears_written_off"].sum() / max(t["arrears_opening"].sum(), 1))


def _in_arrears(nationality: str | None = None) -> Read:
    def read(figures: Figures, year: int, code: int) -> float:
        s = _rows(figures, year, code, nationality)
        return float(s["arrears_households"] / max(s["insured_end"], 1))

    return read


def _amount_share(figures: Figures, year: int, code: int) -> float:
    return float(_rows(figures, year, code, "foreign")["arrears"] / max(_rows(figures, year, code)["arrears"], 1))


def _arrears(nationality: str | None = None) -> Read:
    return lambda figures, year, code: float(_rows(figures, year, code, nationality)["claims_closing"])


def _seizures(figures: Figures, year: int, code: int) -> float:
    return float(_rows(figures, year, code)["seized"])


def _claimed(nationality: str | None) -> Read:
    """Return the reader of what is claimed in a year, bills and claims carried over (調定額 現年＋滞納繰越)."""

    def read(figures: Figures, year: int, code: int) -> float:
        s = _rows(figures, year, code, nationality)
        return float(s["billed"] + s["claims_opening"] + s["departed_opening"])

    return read


def _received(nationality: str | None) -> Read:
    """Return the reader of what is collected on bills and on claims carried over."""

    def read(figures: Figures, year: int, code: int) -> float:
        s = _rows(figures, year, code, nationality)
        return float(s["paid"] + s["claims_collected"] + s["departed_collected"])

    return read


@dataclass(frozen=True)
class Known:
    """A published figure of `places.collection_rates` and how it is read from a run.

    band  in points for percent (a share here), relative for yen, households and cases
    """

    code: int
    year: int
    item: str
    group: str
    read: Read
    band: float
    role: str = "held_out"

    @property
    def simulated_year(self) -> int:
        return max(self.year, _FIRST)


_NATIONALITIES: dict[str, str | None] = {"all": None, "foreign": "foreign", "japanese": "Japanese"}
_READERS: dict[str, Callable[[str | None], Read]] = {
    "total": _total,
    "levied_total_yen": _claimed,
    "rate_kind_not_stated": _current,
    "current_year": _current,
    "arrears_household_share": _in_arrears,
    "arrears_amount_yen": _arrears,
    "collected_total_yen": _received,
    "seizures": lambda _: _seizures,
    "carried_over": lambda _: _carried_rate,
    "carried_over_share_of_total_levy": lambda _: _carried_share,
    "write_off_share_of_carried_over_levy": lambda _: _written,
}
"""item of a published figure -> its reader, of heads of one nationality or of all"""
_CHECKS = "targets.collection_checks"


def _checks(p: Parameters) -> list[Known]:
    """Return the figures of single municipalities a run is judged by; a region may have none."""
    if _CHECKS not in p.table_passports:
        return []
    return [
        Known(
            code=int(row["code"]),
            year=int(row["fiscal_year"]),
            item=row["item"],
            group=row["group"],
            read=_READERS[row["item"]](_NATIONALITIES[row["group"]]),
            band=float(row["band"]),
            role=row["role"],
        )
        for row in p.table(_CHECKS).to_dict("records")
    ]


def rows(figures: Figures) -> list[dict[str, object]]:
    """Return the rows of single municipalities, of the nation, and of the gradients by kind of municipality and age."""
    p = figures.p
    table = p.rows("places.collection_rates").set_index(["code", "fiscal_year", "item", "group"])
    names = p.table("places.municipalities").set_index("code")["name_en"]
    # a list of keys gives a frame under every version of pandas; a key alone gave one before 3.1, as keys repeat here
    keys = {known: (known.code, known.year, known.item, known.group) for known in _checks(p)}
    found = [_known(known, table.loc[[key]].squeeze(axis=0), names, figures) for known, key in keys.items()]
    fitted = [target for target in collection.targets(p) if target.check]
    own, of_kinds = ([_met(t, figures) for t in fitted if bool(t.code) == one] for one in (True, False))
    nation = [*_nation(p, figures), *of_kinds, *_sizes(p, figures), *_cards(p, figures)]
    return [*found, *own, *nation, _slope(p, figures), *_methods(p, figures)]


def _known(known: Known, published: pd.Series, names: pd.Series, figures: Figures) -> dict[str, object]:
    share = published["unit"] == "percent"
    value = float(published["value"]) / (100 if share else 1)
    name = f"{names[known.code].lower()}_{known.item}_{known.group}.{known.year}"
    unit, width = ("ratio", known.band) if share else (str(published["unit"]), known.band * value)
    source = _dated(str(published["source_id"]), known.year)
    figure = Published(name, known.role, known.simulated_year, unit, value, width, source)
    return figure.beside(figures, lambda f, y: known.read(f, y, known.code))


def _dated(source: str, year: int) -> str:
    return source if year >= _FIRST else f"{source} (fiscal year {year}, beside simulated {_FIRST})"


class Published(NamedTuple):
    """A published figure: `width` is the band in its unit."""

    name: str
    role: str
    year: int
    unit: str
    value: float
    width: float
    source: str

    def beside(self, figures: Figures, read: Callable[[Figures, int], float]) -> dict[str, object]:
        """Return the figure beside that of a run, as far as the run has the year."""
        simulated = read(figures, self.year) if self.year in set(figures.year.index) else None
        return row(self.name, self.role, self.year, self.unit, self.value, simulated, self.width, self.source)


def _met(target: collection.Target, figures: Figures) -> dict[str, object]:
    """Return the figure something of a municipality, or of a kind of municipalities, was fitted to."""
    kinds = figures.p.table("places.municipalities").set_index("code")["type"]

    def of(f: Figures, year: int, chosen: tuple[str, ...]) -> pd.Series:
        t = f.table("collection_places")
        return t[t["code"].map(kinds).isin(chosen) & (t["year"] == year)][["paid", "billed", "unknown"]].sum()

    def simulated(f: Figures, year: int) -> float:
        if target.code:
            return _FITTED[target.item](f, year, target.code)
        if target.over:
            return _unpaid(of(f, year, target.kinds)) - _unpaid(of(f, year, target.over))
        s = of(f, year, target.kinds)
        return float(s["paid"] / max(s["billed"] - s["unknown"], 1))

    unit = _ODDS if target.over else "ratio"
    year = max(target.year, _FIRST)
    source = f"{target.source} ({target.speaks_of})" if target.speaks_of else target.source
    figure = Published(target.check, "fitted", year, unit, target.value, target.band, source)
    return figure.beside(figures, simulated)


_FITTED: dict[str, Read] = {"arrears_amount_share_foreign": _amount_share}
"""figures of municipalities fitted to that stand in no other table of published figures"""


def _nation(p: Parameters, figures: Figures) -> list[dict[str, object]]:
    """Return foreign heads of about 150 municipalities and old claims of the designated cities, beside ours."""
    groups = p.table("people.collection_by_group")
    abroad = groups[groups["population"].str.startswith("NHI (about") & (groups["group"] == "foreign head")].iloc[0]
    enforcement = p.table("people.enforcement")
    cities = enforcement[enforcement["geography"] == "20 designated cities"].set_index("indicator")

    def old(name: str, indicator: str, read: Read, band: float) -> dict[str, object]:
        r = cities.loc[indicator]
        value = float(r["value"]) / (100 if "%" in str(r["unit"]) else 1)
        source = f"{r['source_id']} (designated cities H27, beside {p.region.en} {_FIRST})"
        figure = Published(name, "held_out", _FIRST, "ratio", value, band, source)
        return figure.beside(figures, lambda f, y: read(f, y, f.p.region.code))

    foreign = lambda f, y: _current("foreign")(f, y, f.p.region.code)  # noqa: E731
    value, source = float(abroad["value"]) / 100, f"{abroad['source_id']} (about 150 municipalities, R6)"
    rate = "foreign_heads_collection_rate"
    return [
        Published(rate, "fitted", _FIRST, "ratio", value, 0.01, source).beside(figures, foreign),
        Published(f"{rate}_r6", "held_out", 2024, "ratio", value, 0.03, source).beside(figures, foreign),
        old("carried_over_collection_rate", "carry-over (滞納繰越分) collection rate", _carried_rate, 0.06),
        old("carried_over_balance_to_billing", "carry-over balance / current billing", _stock, 0.1),
        old("write_off_rate_of_carried_over", "write-off rate of carry-over balance", _written, 0.06),
    ]


def _sizes(p: Parameters, figures: Figures) -> list[dict[str, object]]:
    """Return the nation's collection rates by size of the insurer in R4 beside the same classes here, as context.

    A class whose municipalities the tables of a region do not tell apart (中核市) has no simulated figure.
    """
    kinds = figures.p.table("places.municipalities").set_index("code")["type"]
    place = figures.place[figures.place["year"] == _FIRST].set_index("code")["member_months"].astype(float) / 12
    money = figures.table("collection_places")
    money = money[money["year"] == _FIRST].groupby("code")[["paid", "billed", "unknown"]].sum()
    found = []
    for size in p.table("people.collection_by_size").to_dict("records"):
        types = str(size["types"]).split()
        codes = kinds.index[kinds.isin(types) | ("any" in types)].intersection(money.index)
        if size["below"] == size["below"]:
            codes = codes[place[codes] < float(size["below"])]
        sums, got = money.loc[codes].sum(), None
        if sums["billed"] > 0:
            got = float(sums["paid"] / (sums["billed"] - sums["unknown"]))
        name, target = f"{size['size']}_collection_rate_national.{_FIRST}", float(size["value"]) / 100
        found.append(row(name, "context", _FIRST, "ratio", target, got, 0, str(size["source_id"])))
    return found


def _cards(p: Parameters, figures: Figures) -> list[dict[str, object]]:
    """Return households in arrears and those of them with a card for a short term or a certificate, nation, June R5.

    Short-term cards (短期被保険者証) ended in December 2024 and are not simulated; the share of certificates, now
    特別療養費, was given (payment.special_care_share).
    """
    t = p.table("people.collection_history")
    t = t[(t["geography"] == "national") & t["year"].isin(("2023-06-01", "R5-06-01"))].set_index("indicator")["value"]
    headline = p.table("people.headline").query("geography == 'national' and year == '2023-06-01'")
    households = float(headline.set_index("indicator").loc["households", "value"])
    owing, special = float(t["households in arrears"]), None
    share = None
    if _FIRST in set(figures.year.index):
        s = _rows(figures, _FIRST, figures.p.region.code)
        share = float(s["arrears_households"] / max(s["insured_end"], 1))
        special = float(s["special_care"] / max(s["arrears_households"], 1))
    source, short = "kokuho_sugata_r6", float(t["short-term card households"]) / owing
    certificates = float(t["qualification-certificate households"]) / owing
    return [
        row(
            f"arrears_household_share_national.{_FIRST}",
            "context",
            _FIRST,
            "ratio",
            owing / households,
            share,
            0,
            source,
        ),
        row(f"short_term_card_share_of_arrears.{_FIRST}", "context", _FIRST, "ratio", short, None, 0, source),
        row(f"special_care_share_of_arrears.{_FIRST}", "input", _FIRST, "ratio", certificates, special, 0, source),
    ]


def _group(figures: Figures, year: int, kind: str) -> pd.DataFrame:
    t = figures.table("household_groups")
    return t[(t["year"] == year) & prefectural(t["code"]) & (t["kind"] == kind)].set_index("group")


def _unpaid(row_: pd.Series) -> float:
    """Return the log-odds of the unpaid share of a row of measures."""
    unpaid = 1 - row_["paid"] / max(row_["billed"] - row_["unknown"], 1)
    return float(np.log(unpaid / (1 - unpaid)))


def _slope(p: Parameters, figures: Figures) -> dict[str, object]:
    """Return the slope by age of the head beside that of the national pension."""

    def young(f: Figures, year: int) -> float:
        ages = _group(f, year, "age of head")
        return _unpaid(ages.loc["25-34"]) - _unpaid(ages.loc["55-64"])

    proxy = "nenkin_r3age (proxy, model: 55-64)"  # of the national pension; the model groups heads of 55 to 64
    slope = _pension_slope(p)
    return Published("unpaid_25_34_over_55_59", "held_out", _FIRST, _ODDS, slope, 0.4, proxy).beside(figures, young)


_ODDS = "log-odds"


def _pension_slope(p: Parameters) -> float:
    """Return how much likelier the young leave the national pension unpaid than those of 55-59, in log-odds."""
    pension = p.table("people.collection_by_group")
    paid = pension[pension["unit"] == "% current-year payment"].set_index("group")["value"].astype(float) / 100
    young = float(np.mean([np.log((1 - paid[a]) / paid[a]) for a in ("25-29", "30-34")]))
    return young - float(np.log((1 - paid["55-59"]) / paid["55-59"]))


def _methods(p: Parameters, figures: Figures) -> list[dict[str, object]]:
    """Return the assumed shares of the money by method: nothing is published, so that they are shown, not judged."""
    groups = p.table("people.collection_by_group")
    notes = groups[groups["dimension"].str.startswith("payment method")]["note"]
    rows_ = []
    for method, note in zip(("pension deduction", "account transfer", "slips"), notes, strict=True):
        assumed = float(str(note).split("premium share assumed ")[1].split(";")[0])

        def share(f: Figures, year: int, method: str = method) -> float:
            t = _group(f, year, "method")
            return float(t["billed"][method] / max(t["billed"].sum(), 1))

        name = f"method_share_{method.replace(' ', '_')}"
        rows_.append(Published(name, "input", _FIRST, "ratio", assumed, 0.0, "assumption").beside(figures, share))
    return rows_
