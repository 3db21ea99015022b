"""Reads the description of one family, as a municipal officer writes it, and says all that is wrong with it at once.

A family file is YAML; keys may be English or Japanese (世帯員, 氏名, 生年月日, 給与, …), amounts 4_000_000 or
400万円, dates 1975-06-03 or 昭和50年6月3日, months 2025-10 or 令和7年10月:

    municipality: 新宿区          # or on the command line
    year: R7                      # fiscal year; incomes are those of the calendar year before
    members:
      - name: 太郎
        head: true                # exactly one, insured or not (世帯主, 擬制世帯主)
        born: 1975-06-03
        salary: 400万円           # gross; also pension, business (after expenses), other
      - name: 花子
        born: 1950-09-20
        pension: 1_500_000

Further lines of a member: insured (true, false, months or days, see below), insurance (employee, late_elderly, …: not
in 国保), declared (false: income unknown to the town), job_loss (date of an involuntary separation), birth (month of
childbirth, expected or actual), multiple_birth, former_dependant (旧被扶養者 since), former_member (true, the month or
day of the move, or {from: 2021-09, to: 2025-10-03}: moved from 国保 to 後期 and in the household since, to the day
before `to`), asset_tax (yen, or by class of land and house), loss_carried_forward (純損失), loss_in_relief_test (the
same, worked out without the pay of family workers: 軽減判定の純損失; else loss_carried_forward counts),
casualty_loss_carried_forward (雑損失), gain_deduction (special deduction on property gains; write the gain after it
under other), family_pay_received (part of the salary that is 専従者給与), family_pay_given, child_or_disability
(所得金額調整控除 above 8.5 million yen), care_exempt (介護保険適用除外施設: true, or {from: 2025-10, to: 2026-01},
first and last month). Retirement income is left out: it does not count.

    insured: {from: 2025-10, to: 2026-01}                # first and last month
    insured: {joined: 2025-10-05, left: 2026-01-20}      # 資格取得日, 資格喪失日: charged October to December
    insured: [{left: 2025-06-11}, {joined: 2025-10-05}]  # left and came back

Top lines: remission (30%: 条例減免), reported (month in which a change within the year was reported, if later),
from_pension (特別徴収: true, or {care_premium: 80_000, february: 12_000}, the yearly care premium and last February's
deduction) and rates (instead of the confirmed ones, or where none is known):

    rates:
      form: tax                   # or premium; rounding: 100, instalments: 8
      medical: {income_part: 5.5%, per_head: 20000, per_household: 0, asset_part: 0%, cap: 660000}
"""

from __future__ import annotations

import datetime
import re
import unicodedata
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import TypedDict, cast

from sim.core.errors import InputError, nearest
from sim.core.units import ALL_MONTHS, april, era, mask_between
from sim.explanations.days import Span, first_of, late_elderly_day, month_of, reached, whole_year
from sim.explanations.members import Family, FromPension, Member
from sim.explanations.reading import Reader, date_in, renamed
from sim.parameters import Parameters
from sim.parameters.places import spellings
from sim.population.codes import Scheme
from sim.scenario.document import plain_word, printable, read_plain

_TOP = {
    "市区町村": "municipality",
    "年度": "year",
    "世帯員": "members",
    "料率": "rates",
    "税率": "rates",
    "減免": "remission",
    "届出月": "reported",
    "特別徴収": "from_pension",
}
_MEMBER = {
    "氏名": "name",
    "世帯主": "head",
    "生年月日": "born",
    "加入": "insured",
    "保険": "insurance",
    "給与": "salary",
    "年金": "pension",
    "事業": "business",
    "その他": "other",
    "申告": "declared",
    "離職日": "job_loss",
    "出産": "birth",
    "多胎": "multiple_birth",
    "旧被扶養者": "former_dependant",
    "元国保": "former_member",
    "固定資産税": "asset_tax",
    "純損失": "loss_carried_forward",
    "軽減判定純損失": "loss_in_relief_test",
    "雑損失": "casualty_loss_carried_forward",
    "特別控除": "gain_deduction",
    "専従者給与": "family_pay_received",
    "支払専従者給与": "family_pay_given",
    "子ども障害": "child_or_disability",
    "介護適用除外": "care_exempt",
}
_SCHEMES = {
    "kokuho": Scheme.KOKUHO,
    "employee": Scheme.EMPLOYEE,
    "dependant": Scheme.DEPENDANT,
    "voluntary": Scheme.VOLUNTARY,
    "guild": Scheme.GUILD,
    "late_elderly": Scheme.LATE_ELDERLY,
    "assistance": Scheme.ASSISTANCE,
    "国保": Scheme.KOKUHO,
    "被用者保険": Scheme.EMPLOYEE,
    "被扶養者": Scheme.DEPENDANT,
    "任意継続": Scheme.VOLUNTARY,
    "国保組合": Scheme.GUILD,
    "後期": Scheme.LATE_ELDERLY,
    "生活保護": Scheme.ASSISTANCE,
}
MEMBER_KEYS = (*_MEMBER, *_MEMBER.values())
"""Keys of a member, in Japanese and English."""
ASSET_CLASSES = ("residential_land", "farmland", "forest", "other_land", "house")
"""Classes of the fixed-asset tax that count in the asset part (土地: 宅地, 田畑, 山林, 雑種地その他; 家屋)."""

_KEYS = {*_MEMBER.values()}
_YEN_KEYS = (
    "salary",
    "pension",
    "loss_carried_forward",
    "loss_in_relief_test",
    "casualty_loss_carried_forward",
    "gain_deduction",
    "family_pay_received",
    "family_pay_given",
)


class Amounts(TypedDict):
    """Yen of a member, each under its key in the file."""

    salary: int
    pension: int
    business: int
    other: int
    loss_carried_forward: int
    loss_in_relief_test: int
    casualty_loss_carried_forward: int
    gain_deduction: int
    family_pay_received: int
    family_pay_given: int


_DISABLED_FROM = 65
"""Age from which a recognised disability may move a person to the late-elderly scheme (高確法50条2号)."""
_JOBLESS_TO = 65
"""Age at the separation below which an involuntary job loss counts (`levy.job_loss_age`)."""
_MOST = 100
_SPAN = {"取得日": "joined", "喪失日": "left", "から": "from", "まで": "to"}
_SPANS = "true, false, {from: 2025-10, to: 2026-01} (months) or {joined: 2025-10-05, left: 2026-01-20} (days)"


def load(family: Mapping[str, object] | str | Path) -> tuple[dict[str, object], str]:
    """Return the raw description and where it stands, from a mapping or a YAML file."""
    if isinstance(family, Mapping):
        return dict(family), "family"
    return cast(dict[str, object], read_plain(Path(family), "family file")), str(family)


def read_family(raw: Mapping[str, object], where: str, year: int, late_elderly_age: int = 75) -> Family:
    """Return the family in a fiscal year; InputError lists everything that is wrong."""
    wrong: list[str] = []
    top = renamed(raw, _TOP, {*_TOP.values()}, where, wrong, where)
    rows = top.get("members")
    if not isinstance(rows, list | tuple) or not rows:
        raise InputError(printable("\n".join([*wrong, f"{where}: needs 'members:', a list with at least one person"])))
    if len(rows) > _MOST:
        raise InputError(f"{where}: {len(rows)} members; a household has at most {_MOST}")
    notes: list[str] = []
    members = _members(rows, where, year, late_elderly_age, wrong, notes)
    reader = _Reader(raw, where, year, wrong, notes, where)
    reader.row = top
    remission = _share(top.get("remission"), reader.at("remission"), wrong)
    rates = _rates(top.get("rates"), reader.at("rates"), wrong)
    place = _place(top.get("municipality"), reader.at("municipality"), wrong)
    reported, pension = reader.get("reported", reader.month) or 0, reader.from_pension()
    if wrong:
        raise InputError(printable("\n".join(dict.fromkeys(wrong))))
    return Family(members, place, rates, remission, reported, pension, tuple(notes))


def _rates(value: object, where: str, wrong: list[str]) -> Mapping[str, object]:
    """Return the rates a file gives by portion, as they are written."""
    if value is None:
        return {}
    if isinstance(value, Mapping):
        return value
    wrong.append(f"{where}: 'rates' needs lines such as 'medical: {{income_part: 7.71%, per_head: 47300}}'")
    return {}


def _place(value: object, where: str, wrong: list[str]) -> str | int | None:
    """Return how a file names the municipality."""
    if value is None or (isinstance(value, str | int) and not isinstance(value, bool)):
        return value
    wrong.append(f"{where}: municipality is '{value}'; write {spellings(Parameters.load())}")
    return None


def _members(
    rows: Sequence[object], where: str, year: int, late_elderly_age: int, wrong: list[str], notes: list[str]
) -> tuple[Member, ...]:
    """Return the members that can be read; exactly one must be the head."""
    members = []
    heads: list[bool | None] = []
    for number, row in enumerate(rows, 1):
        if not isinstance(row, Mapping):
            wrong.append(f"{where}: member {number} is not a list of 'key: value' lines")
            heads.append(None)
            continue
        called = f"{where}: member {number} ({row.get('name', row.get('氏名', 'no name'))})"
        reader = _Reader(row, called, year, wrong, notes, where)
        members.append(reader.member(number, late_elderly_age))
        heads.append(reader.head())
    count = heads.count(True)
    if count > 1 or (count == 0 and None not in heads):
        wrong.append(
            f"{where}: {count} members have 'head: true'; exactly one person is head of the household "
            "(世帯主), insured or not: the head owes the bill"
        )
    return tuple(m for m in members if m)


def _share(value: object, where: str, wrong: list[str]) -> int:
    """Return a remission per 1,000,000 of the bill from "30%" (条例減免)."""
    if value is None:
        return 0
    text = unicodedata.normalize("NFKC", str(value)).strip()
    match = re.fullmatch(r"([0-9]{1,3}(?:\.[0-9]{1,4})?)\s*%", text)
    if not match or float(match[1]) > 100:
        wrong.append(f"{where}: remission is '{value}'; write the share of the bill that is remitted, for example 30%")
        return 0
    whole, _, part = match[1].partition(".")
    return int(whole + (part + "0000")[:4])


class _Reader(Reader):
    """Reads one member, or the top lines."""

    @property
    def names(self) -> Mapping[str, str]:
        return {**_TOP, **_MEMBER}

    def member(self, number: int, late_elderly_age: int) -> Member | None:
        before = len(self.wrong)
        self.row = renamed(self.row, _MEMBER, _KEYS, self.where, self.wrong, self.file)
        born = self.get("born", self.date)
        if born is None:
            if self.row.get("born") is None:
                self.wrong.append(f"{self.at()}: needs 'born', the full date of birth, for example 1975-06-03")
            return None
        if born >= datetime.date(self.year + 1, 4, 1):
            self.wrong.append(f"{self.at('born')}: born {born}, after the end of {era(self.year)}")
        late = late_elderly_day(born, late_elderly_age)
        scheme = self.scheme(late)
        insured = self.spans(scheme, Span(born, late))
        amounts = self.amounts()
        head, multiple, supports = (
            bool(self.get(name, self.flag)) for name in ("head", "multiple_birth", "child_or_disability")
        )
        declared = self.get("declared", self.flag)
        result = Member(
            name=self.name(number),
            born=born,
            spans=insured,
            scheme=scheme,
            declared=declared is None or declared,
            job_loss=self.job_loss(born),
            birth=self.get("birth", self.month) or 0,
            former_dependant=self.get("former_dependant", self.month) or 0,
            former=self.former(scheme, insured, born, late),
            asset_tax=self.asset_tax(),
            head=head,
            multiple_birth=multiple,
            child_or_disability=supports,
            care_exempt=self.care_exempt(),
            **amounts,
        )
        return result if len(self.wrong) == before else None

    def care_exempt(self) -> int:
        """Return the mask of months in a facility outside long-term care insurance (介護保険法施行法11条)."""
        value = self.row.get("care_exempt")
        if value is None or isinstance(value, bool):
            return ALL_MONTHS if value else 0
        if not isinstance(value, Mapping) or set(value) - {"from", "to"}:
            self.say("care_exempt", value, "true, or {from: 2025-10, to: 2026-01}: first and last exempt month")
            return 0
        opening = april(self.year)
        first = self.month("care_exempt from", value["from"]) if "from" in value else opening
        last = self.month("care_exempt to", value["to"]) if "to" in value else opening + 11
        return 0 if first is None or last is None else mask_between(first, last + 1, opening)

    def amounts(self) -> Amounts:
        """Return the yen of each kind; business and other income may be below zero."""
        yen = {name: self.get(name, self.yen) or 0 for name in _YEN_KEYS}
        if yen["family_pay_received"] > yen["salary"]:
            self.wrong.append(
                f"{self.at('family_pay_received')}: family_pay_received (専従者給与) is part of the salary, never more"
            )
        if self.row.get("loss_in_relief_test") is None:
            yen["loss_in_relief_test"] = yen["loss_carried_forward"]
        if yen["loss_in_relief_test"] > yen["loss_carried_forward"]:
            self.wrong.append(
                f"{self.at('loss_in_relief_test')}: loss_in_relief_test is the loss without the pay of family workers "
                "(専従者給与), never more than loss_carried_forward"
            )
        yen |= {name: self.get(name, self.signed_yen) or 0 for name in ("business", "other")}
        return cast(Amounts, yen)

    def head(self) -> bool | None:
        """Return whether the member says to be the head, whatever else is wrong; None if that cannot be read."""
        value = self.row.get("head")
        known = {None: False, "はい": True, "いいえ": False}
        return value if isinstance(value, bool) else known.get(value) if isinstance(value, str | None) else None

    def name(self, number: int) -> str:
        value = self.row.get("name")
        if value is None:
            return f"member {number}"
        if isinstance(value, list | tuple | Mapping):
            self.say("name", value, "one text")
        return str(value)

    def scheme(self, late: datetime.date) -> Scheme:
        """Return the insurance named, else 国保, or the late-elderly scheme from the birthday `late` on."""
        text = self.row.get("insurance")
        if text is None:
            over = late <= whole_year(self.year).first and self.row.get("insured") in (None, False)
            return Scheme.LATE_ELDERLY if over else self.kokuho(late)
        text = plain_word(text) if isinstance(text, str) else text
        if not isinstance(text, str) or text not in _SCHEMES:
            self.say("insurance", text, f"one of {', '.join(_SCHEMES)}{nearest(str(text), _SCHEMES)}")
        found = _SCHEMES.get(str(text), Scheme.KOKUHO)
        return self.kokuho(late) if found == Scheme.KOKUHO else found

    def kokuho(self, late: datetime.date) -> Scheme:
        """Return 国保; from the birthday `late` on nobody is insured by it."""
        if late <= whole_year(self.year).first:
            self.wrong.append(
                f"{self.at('insurance')}: 国保 insures nobody of this age; from {late} the late-elderly scheme does "
                "(後期高齢者医療). Leave 'insurance' and 'insured' out, or write insurance: late_elderly"
            )
        return Scheme.KOKUHO

    def spans(self, scheme: Scheme, possible: Span) -> tuple[Span, ...]:
        """Return the days insured, between birth and the birthday from which the late-elderly scheme insures."""
        value = self.row.get("insured", True)
        if scheme != Scheme.KOKUHO and not isinstance(value, bool) and "insurance" in self.row:
            self.say(
                "insured",
                value,
                "nothing for a person with another insurance; leave 'insurance' out, the months or days say when "
                "the person is insured by 国保",
            )
        if scheme != Scheme.KOKUHO or value is False:
            return ()
        if value is True:
            return (possible,)
        return self.several(value, possible)

    def several(self, value: object, possible: Span) -> tuple[Span, ...]:
        """Return one span of insurance or several that do not overlap."""
        rows = value if isinstance(value, list | tuple) else [value]
        chosen = sorted(span for row in rows if (span := self.span(row, possible)) is not None)
        if any(after.first < before.end for before, after in pairwise(chosen)):
            self.say("insured", value, "spans that do not overlap: who came back has left before")
        return tuple(span for span in chosen if span.first < span.end)

    def span(self, value: object, possible: Span) -> Span | None:
        """Return one span of insurance, None if it cannot be read."""
        row: Mapping[str, object] = {}
        if isinstance(value, Mapping):
            row = renamed(value, _SPAN, set(_SPAN.values()), f"{self.where}: insured", self.wrong)
        if not row or {"from", "joined"} <= set(row) or {"to", "left"} <= set(row):
            self.say("insured", value, _SPANS)
            return None
        first, end = self.span_first(row, possible), self.span_end(row, possible)
        return self.checked(value, Span(first, end), possible) if first and end else None

    def span_first(self, row: Mapping[str, object], possible: Span) -> datetime.date | None:
        """Return the day of joining: the day given, the first of a month, else the first possible."""
        joined = row.get("joined", row.get("from"))
        if joined is None:
            return possible.first
        day = self.day_or_month("insured from", joined)
        return max(day, possible.first) if day and month_of(day) == month_of(possible.first) else day

    def span_end(self, row: Mapping[str, object], possible: Span) -> datetime.date | None:
        """Return the day of leaving: the day given, the first after the last month, else the last possible."""
        if "left" in row:
            return self.date("insured left", row["left"])
        if "to" not in row:
            return min(possible.end, whole_year(self.year).end)
        if date_in(row["to"]):
            self.say("insured to", row["to"], "the last month insured, or the day as left: 2026-01-20 (資格喪失日)")
            return None
        last = self.month("insured to", row["to"])
        if last is None:
            return None
        return possible.end if month_of(possible.end) == last + 1 else first_of(last + 1)

    def checked(self, value: object, span: Span, possible: Span) -> Span:
        """Return the span; a message where it lies outside the year, or outside what is possible at the age."""
        year = whole_year(self.year)
        inside = span.within(year)
        if inside.first >= inside.end:
            months = f"{self.year}-04 to {self.year + 1}-03"
            self.say("insured", value, f"months within {era(self.year)} ({months}), or false")
        elif inside != inside.within(possible):
            self.say(
                "insured",
                value,
                f"days from birth and before {possible.end}: from then on the late-elderly scheme (後期高齢者医療) "
                "insures the person",
            )
        return span

    def job_loss(self, born: datetime.date) -> int:
        """Return the month of the day after an involuntary separation, 0 from 65 years on (非自発的失業)."""
        day = self.get("job_loss", self.date)
        if day is None:
            return 0
        if day >= reached(born, _JOBLESS_TO):
            return 0
        return month_of(day + datetime.timedelta(days=1))

    def former(
        self, scheme: Scheme, insured: tuple[Span, ...], born: datetime.date, late: datetime.date
    ) -> Span | None:
        """Return the days as a former member: since the move from 国保 to 後期 (特定同一世帯所属者)."""
        value = self.row.get("former_member")
        turns = late < whole_year(self.year).end and late in {span.end for span in insured}
        if value is False or (value is None and not turns):
            return None
        if not turns and scheme != Scheme.LATE_ELDERLY:
            self.say("former_member", value, "it for the late-elderly scheme only (insurance: late_elderly)")
            return None
        return self.former_span(value, born, late, turns or late <= whole_year(self.year).first)

    def former_span(self, value: object, born: datetime.date, late: datetime.date, by_age: bool) -> Span | None:
        """Return the days as a former member as written; by_age: the move came with the birthday `late`."""
        row: Mapping[str, object] = value if isinstance(value, Mapping) else {"from": value}
        first = self.moved(row.get("from"), born, late, by_age)
        end = self.day_or_month("former_member to", row["to"]) if "to" in row else datetime.date.max
        if set(row) - {"from", "to"} or (first and end and first >= end):
            self.say("former_member", value, "true, a month or day, or {from: 2021-09, to: 2025-10-03}")
        return Span(first, end) if first and end else None

    def moved(self, since: object, born: datetime.date, late: datetime.date, by_age: bool) -> datetime.date | None:
        """Return the day of the move to the late-elderly scheme; unsaid, the birthday, or the first day possible."""
        if since is not None and since is not True:
            day = self.day_or_month("former_member", since)
            return late if day and month_of(day) == month_of(late) else day
        if by_age:
            return late
        earliest = reached(born, _DISABLED_FROM)
        self.notes.append(
            f"{self.where}: the day of the move to the late-elderly scheme is not given; taken as {earliest}, "
            "the earliest possible (former_member: 2023-05 says when)"
        )
        return earliest

    def from_pension(self) -> FromPension | None:
        """Return what the top line says of the deduction from the head's pension (特別徴収)."""
        value = self.row.get("from_pension")
        if value is None or value is False:
            return None
        row = {} if value is True else value
        if not isinstance(row, Mapping) or set(row) - {"care_premium", "february"}:
            self.say("from_pension", value, "true or {care_premium: 80_000, february: 12_000}, yen")
            return None
        amounts = {name: self.yen(f"from_pension {name}", amount) for name, amount in row.items()}
        return FromPension(amounts.get("care_premium") or 0, amounts.get("february"))

    def asset_tax(self) -> int:
        """Return the fixed-asset tax that counts: one amount, or amounts by class of land and house."""
        value = self.row.get("asset_tax")
        if value is None:
            return 0
        if not isinstance(value, Mapping):
            return self.yen("asset_tax", value) or 0
        for name in value:
            if name not in ASSET_CLASSES:
                self.wrong.append(
                    f"{self.at('asset_tax')}: asset_tax: no class '{name}'{nearest(str(name), ASSET_CLASSES)}; "
                    f"allowed: {', '.join(ASSET_CLASSES)}; depreciable assets (償却資産) do not count"
                )
        return sum(self.yen(f"asset_tax {name}", amount) or 0 for name, amount in value.items())
