"""What an ordinance does to a bill beyond the levy itself: remissions on application, and how it rounds.

    remission:                                        # 条例減免
      - {share: 50%, person: 花子, portion: medical, from: 2025-10, to: 2026-03}
      - {yen: 20_000, portion: support}
    rates: {rounding: 100, rounding_rule: half_up, rounded_per: person}

A remission is of the bill after all reliefs and the ceiling: of a portion or all, of a person's part (charges less
7/5/2割軽減 and the half for children) or the household's, for some months or the year; a share, cut to a yen, or an
amount. `rounding_rule` is down (the default) or half_up; with `rounded_per: person` each person's charges are rounded
before they are added up.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import pandas as pd

from sim.core.errors import InputError, nearest
from sim.core.units import april, mask_between, months_in
from sim.explanations.lines import WORDS, Case, charges_of
from sim.explanations.members import Member
from sim.explanations.reading import month_index_of
from sim.institutions.portions import PORTION_NAMES, PORTIONS
from sim.institutions.reliefs import BY_NAME
from sim.parameters import Passport
from sim.scenario.document import Written
from sim.scenario.quantities import read_amount

_KEYS = {
    "share": "share",
    "割合": "share",
    "yen": "yen",
    "円": "yen",
    "person": "person",
    "氏名": "person",
    "portion": "portion",
    "区分": "portion",
    "from": "from",
    "から": "from",
    "to": "to",
    "まで": "to",
}
_TENTHS, _PERCENT = 10, 100
_YEN = Passport(
    label="yen", unit="yen/year", status="assumed", source="assumption", value=20_000, reason="input", range=(0, 10**7)
)


@dataclass(frozen=True)
class Remission:
    """A remission as granted: a share (per 1) or yen, of a portion or all, of a person or all, in a mask of months."""

    share: Fraction | None
    yen: int
    portion: str | None
    person: str | None
    months: int


@dataclass(frozen=True)
class Adjustment:
    """What is added to a portion of a bill (below zero: taken off): a line of its own."""

    portion: str
    rule: str
    person: str
    formula: str
    yen: int


def take_remissions(
    raw: Mapping[str, object], where: str, year: int
) -> tuple[dict[str, object], tuple[Remission, ...]]:
    """Return the description without a list of remissions, and the list; a plain share of the bill stays."""
    rest = raw.without() if isinstance(raw, Written) else dict(raw)
    key = next((k for k in ("remission", "減免") if isinstance(rest.get(k), list | tuple)), None)
    if key is None:
        return rest, ()
    entries = rest.pop(key)
    assert isinstance(entries, list | tuple)
    wrong: list[str] = []
    found = [_remission(entry, f"{where}: remission {i}", year, wrong) for i, entry in enumerate(entries, 1)]
    if wrong:
        raise InputError("\n".join(wrong))
    return rest, tuple(found)


def _remission(entry: object, where: str, year: int, wrong: list[str]) -> Remission:
    """Return an entry of the list; what is wrong is noted."""
    row: dict[str, object] = {}
    for key, value in entry.items() if isinstance(entry, Mapping) else ():
        name = _KEYS.get(str(key), str(key))
        if name not in _KEYS.values():
            allowed = list(dict.fromkeys(_KEYS.values()))
            wrong.append(f"{where}: no key '{key}'{nearest(name, allowed)}; allowed: {', '.join(allowed)}")
        row[name] = value
    if ("share" in row) == ("yen" in row):
        wrong.append(f"{where}: give either share (30%) or yen (20_000)")
    short = {names[0].removesuffix("分"): portion for portion, names in PORTION_NAMES.items()}
    portion = row.get("portion")
    chosen = short.get(str(portion).removesuffix("分"), str(portion)) if portion is not None else None
    if chosen is not None and chosen not in PORTIONS:
        wrong.append(f"{where}: portion is '{portion}'{nearest(chosen, PORTIONS)}; write one of {', '.join(PORTIONS)}")
    person = row.get("person")
    return Remission(
        share=_share(row["share"], where, wrong) if "share" in row else None,
        yen=_yen(row["yen"], where, wrong) if "yen" in row else 0,
        portion=chosen,
        person=None if person is None else str(person),
        months=_months(row, where, year, wrong),
    )


def _share(value: object, where: str, wrong: list[str]) -> Fraction:
    text = unicodedata.normalize("NFKC", str(value)).strip()
    match = re.fullmatch(r"([0-9]{1,3}(?:\.[0-9]{1,4})?)\s*(%|割)", text)
    share = Fraction(match[1]) / (_PERCENT if match[2] == "%" else _TENTHS) if match else Fraction(2)
    if share > 1:
        wrong.append(f"{where}: share is '{value}'; write 30% or 3割")
    return share


def _yen(value: object, where: str, wrong: list[str]) -> int:
    try:
        return int(read_amount(str(value), _YEN))  # type: ignore[arg-type]
    except ValueError as error:
        wrong.append(f"{where}: yen: {error}")
    return 0


def _months(row: Mapping[str, object], where: str, year: int, wrong: list[str]) -> int:
    """Return the mask of the months meant by from and to: first and last month."""
    opening = april(year)
    ends = {"from": opening, "to": opening + 11}
    for name in ends:
        if name in row:
            month = month_index_of(row[name])
            if month is None:
                wrong.append(f"{where}: {name} is '{row[name]}'; write a month, for example 2025-10")
            else:
                ends[name] = month
    return int(mask_between(ends["from"], ends["to"] + 1, opening))


def adjustments(
    cases: Sequence[Case], remissions: Sequence[Remission]
) -> tuple[tuple[Adjustment, ...], tuple[Remission, ...]]:
    """Return what remissions and the ordinance's way of rounding change in the bill of some duties to pay.

    And the remissions with what is left of their yen, for the bills of the same year that follow.
    """
    _check_persons(cases, remissions)
    found: list[Adjustment] = []
    rest = list(remissions)
    for case in cases:
        left = {portion: _unrounded(case, k) for k, portion in enumerate(PORTIONS)}
        taken: list[Adjustment] = []
        for at, remission in enumerate(rest):
            own = [a for a in _remitted(case, remission, left) if a.yen]
            taken += own
            rest[at] = replace(remission, yen=max(0, remission.yen + sum(a.yen for a in own)))
        found += taken
        for k, portion in enumerate(PORTIONS):
            remitted = sum(a.yen for a in taken if a.portion == portion)
            found += _rounding(case, k, left[portion], remitted)
    return tuple(found), tuple(rest)


def _check_persons(cases: Sequence[Case], remissions: Sequence[Remission]) -> None:
    """Raise InputError if a remission is of somebody who is no member."""
    names = [m.name for m in cases[0].family.members]
    for remission in remissions:
        if remission.person is not None and remission.person not in names:
            near = nearest(remission.person, names)
            raise InputError(f"remission: no member '{remission.person}'{near}; members: {', '.join(names)}")


def _unrounded(case: Case, k: int) -> int:
    """Return a portion after reliefs and ceiling, before it is cut."""
    return int(case.stages[k].bill) + int(case.stages[k].rounding)


def _remitted(case: Case, remission: Remission, left: dict[str, int]) -> list[Adjustment]:
    """Return what one remission takes off each portion, and take it off `left`."""
    portions = [q for q in PORTIONS if remission.portion in (None, q) and left[q] > 0]
    bases = {portion: left[portion] * _part(case, PORTIONS.index(portion), remission) for portion in portions}
    whole = sum(bases.values(), Fraction(0))
    rest = remission.yen
    result = []
    for portion, base in bases.items():
        if remission.share is not None:
            yen = int(base * remission.share)
            formula = f"{int(base):,} × {float(remission.share * _PERCENT):g}%"
        else:
            last = portion == portions[-1]
            yen = min(rest if last else int(remission.yen * base / whole) if whole else 0, int(base))
            rest -= yen
            formula = ""
        left[portion] -= yen
        result.append(Adjustment(portion, "remission", remission.person or "", formula, -yen))
    return result


def _part(case: Case, k: int, remission: Remission) -> Fraction:
    """Return the part of a portion that a remission is of: a person's or everybody's, in its months."""
    who, masks = _weights(case, k)
    chosen = {name: w for name, w in who.items() if remission.person in (None, name)}
    whole = sum(who.values(), Fraction(0))
    if not whole:
        return Fraction(0)
    mine = Fraction(0)
    for name, weight in chosen.items():
        months = months_in(masks[name])
        mine += weight * Fraction(months_in(masks[name] & remission.months), months) if months else 0
    return mine / whole


def _weights(case: Case, k: int) -> tuple[dict[str, Fraction], dict[str, int]]:
    """Return each person's charges less reliefs of their own, "" for the household's, and the months charged."""
    household = case.word("household")
    members = {m.name: m for m in case.family.members}
    care = PORTIONS[k] == "care"
    masks = {
        m.name: int(found.care if care else found.months)
        for m, found in zip(case.family.members, case.found, strict=True)
    }
    masks[household] = 0
    for mask in list(masks.values()):
        masks[household] |= mask
    who: dict[str, Fraction] = {}
    for rule, person, _, amount in charges_of(case, k):
        kept = amount if rule in ("income_part", "asset_part") else amount * _kept(case, k, rule, members.get(person))
        who[person] = who.get(person, Fraction(0)) + kept
    return who, masks


def _kept(case: Case, k: int, rule: str, member: Member | None) -> Fraction:
    """Return what reliefs leave of a fixed charge."""
    kept = 1 - Fraction(int(case.house.tenths), _TENTHS)
    if member is None or rule != "per_head":
        return kept
    law, portion = case.law, PORTIONS[k]
    young = member.legal_month + 12 * int(law.youth_relief_to) >= law.opening
    if portion in ("medical", "support") and young:
        return kept * (1 - Fraction(int(law.youth_relief_share), _PERCENT))
    minor = member.legal_month + 12 * int(law.child_waiver_to) >= law.opening
    return Fraction(0) if portion == "child" and minor else kept


def _rounding(case: Case, k: int, left: int, remitted: int) -> list[Adjustment]:
    """Return what the rounding of the ordinance adds to what the levy made of a portion less its remissions."""
    tariff, portion = case.tariff, PORTIONS[k]
    if not remitted and tariff.rounded_per != "person" and tariff.rounding_rule == "down":
        return []  # the levy's own way: its bill stands
    unit = int(tariff.table["unit"][k])
    made = int(case.stages[k].bill) + remitted
    amount = Fraction(left)
    if tariff.rounded_per == "person" and not case.stages[k].over_cap:
        sums: dict[str, Fraction] = {}
        for _, person, _, yen in charges_of(case, k):
            sums[person] = sums.get(person, Fraction(0)) + yen
        each = sum(_rounded(yen, unit, tariff.rounding_rule) for yen in sums.values())
        amount += each - int(case.stages[k].gross_levy)
    wanted = _rounded(amount, unit, tariff.rounding_rule)
    if wanted == made:
        return []
    return [Adjustment(portion, "rounding", "", f"{unit}{case.word('yen')}", wanted - made)]


def _rounded(amount: Fraction, unit: int, rule: str) -> int:
    if rule == "half_up":
        return int((amount / unit + Fraction(1, 2)) // 1) * unit
    return int(amount // unit) * unit


def with_adjustments(lines: pd.DataFrame, made: Sequence[Adjustment], form: str, lang: str) -> pd.DataFrame:
    """Return the lines of a bill with those of its adjustments, and its portions' bills after them."""
    if not made:
        return lines
    at = 0 if lang == "ja" else 1
    relief = BY_NAME["remission"]
    rows = lines.to_dict("records")
    for a in made:
        article = relief.premium if form == "premium" else relief.tax
        last = max(i for i, row in enumerate(rows) if row["portion"] == a.portion and row["kind"] == "bill")
        row = dict.fromkeys(lines.columns, "") | {
            "kind": "relief" if a.rule == "remission" else "rounding",
            "rule": WORDS[a.rule][at],
            "article": article if a.rule == "remission" else "条例",
            "portion": a.portion,
            "person": a.person or WORDS["household"][at],
            "formula": a.formula,
            "amount": a.yen,
        }
        rows[last] = rows[last] | {"amount": rows[last]["amount"] + a.yen}
        rows.insert(last, row)
    return pd.DataFrame(rows, columns=lines.columns)


def adjusted(portions: Mapping[str, int], made: Sequence[Adjustment]) -> dict[str, int]:
    """Return yen by portion after adjustments."""
    return {q: yen + sum(a.yen for a in made if a.portion == q) for q, yen in portions.items()}
