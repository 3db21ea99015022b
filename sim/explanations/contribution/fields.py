"""What the sheets 都道府県 and 市区町村 may hold: every item and column with unit, meaning and allowed values.

From these the reader takes names and limits, the template its columns and its example, the page of help its text. The
example is invented: three municipalities of different kind, no figure of a real one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from sim.institutions.portions import PORTION_NAMES, PORTIONS

Kind = Literal["text", "count", "yen", "signed", "number", "share", "choice"]
"""count, yen: whole, from 0; signed: whole yen, also negative; number: above 0; share: 0-1 or a percentage"""
Scope = Literal["whole", "medical", "portion", "either"]
"""whether an item is said once, once and for the medical portion only, by portion, or once or by portion"""
Cell = str | int | float | None

PREFECTURE, PLACES = "都道府県", "市区町村"
WHOLE = "all"
WHOLE_JA = "全体"
YEARS = (1, 2, 3)
MOST_YEN, MOST_PEOPLE = 10**14, 10**8


@dataclass(frozen=True, kw_only=True)
class Field:
    """A column of the sheet of municipalities, or an item of the sheet of the prefecture.

    choices  what may be written -> what is meant; the first words are those of the template
    symbol   the line of the chain it becomes, where it is one: item.*, cost.*, revenue.*, a1, b2, ...
    sign     +1 where it is a burden or a cost, -1 where it is taken off
    shown    whether the template has the column; the others may be added by hand
    """

    key: str
    ja: str
    unit: str
    note: str
    kind: Kind
    portion: str = ""
    scope: Scope = "whole"
    choices: Mapping[str, str] = field(default_factory=dict)
    symbol: str = ""
    sign: int = 1
    example: tuple[Cell, ...] = ()
    shown: bool = True

    @property
    def allowed(self) -> str:
        """Return what may be written, for messages and the template."""
        return {
            "text": "text",
            "count": f"a whole number from 0 to {MOST_PEOPLE:,}",
            "yen": f"whole yen from 0 to {MOST_YEN:,}",
            "signed": f"whole yen from -{MOST_YEN:,} to {MOST_YEN:,}",
            "number": "a number above 0",
            "share": "0 to 1, or 0% to 100%",
            "choice": ", ".join(self.choices),
        }[self.kind]

    @property
    def allowed_ja(self) -> str:
        """Return what may be written, in Japanese."""
        return {
            "text": "文字",
            "count": "0以上の整数",
            "yen": "0以上の整数（円）",
            "signed": "整数（円）。負の数も可",
            "number": "0より大きい数",
            "share": "0～1（または 0%～100%）",
            "choice": "、".join(self.choices),
        }[self.kind]


_FORMS = {"2": "2", "3": "3", "4": "4", "2方式": "2", "3方式": "3", "4方式": "4"}
_GATE = {"なし": "none", "前年度比": "rise", "none": "none", "rise": "rise"}
_AVERAGING = {
    "比の平均": "mean_of_ratios",
    "合計の比": "ratio_of_sums",
    "mean_of_ratios": "mean_of_ratios",
    "ratio_of_sums": "ratio_of_sums",
}
_STAGE = {"なし": "none", "準統一": "nearly", "完全統一": "complete", "none": "none", "nearly": "nearly"}
_STAGE |= {"complete": "complete"}
_HEADS = {"18歳以上": "adults", "全被保険者": "members", "adults": "adults", "members": "members"}


def _name(portion: str) -> str:
    return PORTION_NAMES[portion][0]


def _line(key: str, ja: str, note: str, sign: int, example: tuple[Cell, ...] = ()) -> Field:
    """Return a line of the need B; `example` by portion."""
    what = "支出" if sign > 0 else "収入。正の数で書く（必要額から差し引く）"
    return Field(
        key=key,
        ja=ja,
        unit="円",
        note=f"{what}。{note}",
        kind="signed",
        scope="portion",
        symbol=key,
        sign=sign,
        example=example,
    )


LINES = (
    _line("a1", "保険給付費・支援金・納付金", "医療分は保険給付費、ほかは支援金・納付金の総額", 1, (32_600_000_000,)),
    _line("a2", "審査支払手数料", "共同負担（都道府県全体で負担）とする場合だけ", 1),
    _line("a3", "前期高齢者納付金等", "事務費拠出金を含む", 1),
    _line("a4", "特別高額医療費共同事業 拠出金", "", 1, (100_000_000,)),
    _line("a5", "財政安定化基金 積立・償還", "", 1),
    _line("a6", "都道府県の保健事業・予備費等", "", 1),
    _line("b1", "前期高齢者交付金", "概算額", -1, (9_200_000_000,)),
    _line("b1s", "前期高齢者交付金（精算）", "前々年度分の追加交付は正、返還は負", -1),
    _line("b2", "定率国庫負担", "", -1, (5_900_000_000,)),
    _line("b2t", "定率国庫負担の振替", "調整交付金へ振り替えられる額", 1),
    _line("b2l", "地方単独事業による国庫減算", "", 1),
    _line("b3", "普通調整交付金", "", -1, (1_500_000_000,)),
    _line("b3t", "特例調整交付金", "", -1),
    _line("b4", "特別調整交付金（都道府県分）", "", -1),
    _line("b4o", "特別調整交付金（都道府県分、その他）", "子ども分と分けて書く場合", -1),
    _line("b5", "都道府県繰入金（1号）", "", -1, (1_400_000_000,)),
    _line("b6", "高額医療費負担金", "", -1, (504_000_000,)),
    _line("b7", "特別高額医療費共同事業 交付金", "", -1),
    _line("b8", "保険者努力支援（都道府県分）", "", -1),
    _line("b9", "繰越金", "", -1),
    _line("b9f", "財政安定化基金 取崩し", "", -1),
    _line("b9r", "財政安定化基金 取崩し分の補填", "", 1),
    _line("b11", "その他公費", "", -1),
    _line("b12", "都道府県補助（地方単独事業の医療費波及分）", "", -1),
)

SETTINGS = (
    Field(key="name", ja="都道府県名", unit="", note="表に出す名前", kind="text", example=("例示県",)),
    Field(key="year", ja="年度", unit="", note="表に出す年度（例：R8）", kind="text", example=("R8",)),
    Field(
        key="places",
        ja="市区町村数",
        unit="団体",
        note="市区町村シートの行数との照合に使う。空欄なら照合しない",
        kind="count",
        example=(3,),
    ),
    Field(
        key="insured_total",
        ja="被保険者数の合計",
        unit="人",
        note="市区町村シートの合計との照合に使う（介護納付金分は第2号、子ども分は18歳以上）。空欄なら照合しない",
        kind="count",
        scope="portion",
        example=(125_000, None, 41_000),
    ),
    Field(
        key="need",
        ja="納付金必要額 B",
        unit="円",
        note="その区分の納付金の総額。空欄なら下の内訳から求める。両方あれば一致していること。区分を使わないなら両方空欄",
        kind="yen",
        scope="portion",
        example=(None, 4_400_000_000, 1_500_000_000),
    ),
    *LINES,
    Field(
        key="alpha",
        ja="医療費指数反映係数 α",
        unit="0～1",
        note="1は医療費指数をすべて反映、0は反映しない（納付金ベースの統一）",
        kind="share",
        scope="medical",
        example=(0.5,),
    ),
    Field(
        key="alpha_before",
        ja="前年度の α",
        unit="0～1",
        note="激変緩和で比べる前年度の算定方法。空欄なら比べない",
        kind="share",
        scope="medical",
        example=(0.66,),
    ),
    Field(
        key="beta",
        ja="所得係数 β",
        unit="係数",
        note="国から示された値。空欄なら 1人当たり所得 ÷ 全国平均所得 で求める（小数13位まで）",
        kind="number",
        scope="portion",
    ),
    Field(
        key="national_income",
        ja="全国平均所得",
        unit="円/人",
        note="全国の1人当たり所得（限度額控除後）。β を書かない区分に要る",
        kind="number",
        scope="portion",
        example=(620_000, 620_000, 735_000),
    ),
    Field(
        key="rate_beta",
        ja="標準保険料率の β'",
        unit="係数",
        note="市町村標準保険料率に β と違う値を使う場合だけ",
        kind="number",
        scope="portion",
    ),
    Field(
        key="method",
        ja="算定方式",
        unit="",
        note="納付金の配分と市町村標準保険料率の方式。全体に書くか、区分ごとに書く",
        kind="choice",
        scope="either",
        choices=_FORMS,
        example=("3方式", "3方式", "2方式"),
    ),
    Field(
        key="head_share",
        ja="応益のうち均等割の割合 w",
        unit="0～1",
        note="空欄なら 2方式は1、3・4方式は0.7",
        kind="share",
        scope="either",
    ),
    Field(
        key="asset_share",
        ja="応能のうち資産割の割合",
        unit="0～1",
        note="空欄なら 4方式は0.2、ほかは0",
        kind="share",
        scope="either",
    ),
    Field(
        key="pooled",
        ja="共同負担とする項目",
        unit="",
        note="都道府県全体で負担する個別項目の列名（「、」区切り）。書いた項目は市区町村シートに金額があっても個別に精算しない",
        kind="text",
        scope="medical",
        example=("高額医療費負担金",),
    ),
    Field(
        key="pooled_before",
        ja="前年度に共同負担とした項目",
        unit="",
        note="激変緩和で比べる前年度の算定方法。空欄なら今年度と同じ。「なし」なら何も共同負担としていない",
        kind="text",
        scope="medical",
    ),
    Field(
        key="easing_share",
        ja="激変緩和の割合",
        unit="0～1",
        note="算定方法の変更（αと共同負担）で増えた額のうち緩和する割合。空欄なら緩和しない。前年度の α が要る",
        kind="share",
        scope="medical",
        example=(0.75,),
    ),
    Field(
        key="easing_gate",
        ja="激変緩和の条件",
        unit="",
        note="前年度比：1人当たり納付金が前年度の実額より増える市区町村だけ緩和する（市区町村シートに前年度の額が要る）",
        kind="choice",
        scope="medical",
        choices=_GATE,
    ),
    Field(
        key="index_averaging",
        ja="医療費指数の平均方法",
        unit="",
        note="実績医療費と標準医療費から指数を求めるとき、年ごとの比を平均するか、合計の比をとるか。空欄なら比の平均",
        kind="choice",
        scope="medical",
        choices=_AVERAGING,
    ),
    Field(
        key="unification",
        ja="保険料水準の統一",
        unit="",
        note="準統一：収納率の差だけ残す。完全統一：同じ所得・世帯なら同じ保険料。空欄なら なし。統一なら α は0とする",
        kind="choice",
        choices=_STAGE,
    ),
    Field(
        key="child_heads",
        ja="子ども分の応益の人数",
        unit="",
        note="空欄なら 18歳以上",
        kind="choice",
        choices=_HEADS,
    ),
    Field(
        key="children_relieved",
        ja="18歳未満均等割の軽減済み割合",
        unit="0～1",
        note="18歳未満の均等割のうち7・5・2割軽減で既に減額されている割合。子ども分の18歳以上加算に要る",
        kind="share",
    ),
)
"""items of the sheet of the prefecture, in the order of the template"""


def _people(key: str, ja: str, note: str, example: tuple[Cell, ...] = (), shown: bool = True) -> Field:
    return Field(key=key, ja=ja, unit="人", note=note, kind="count", example=example, shown=shown)


def _money(symbol: str, ja: str, note: str, sign: int, example: tuple[Cell, ...] = (), portion: str = "") -> Field:
    """Return a column of an amount that enters d (item.*) or E (cost.*, revenue.*)."""
    group, _, name = symbol.partition(".")
    where = {"item": "納付金の個別項目", "cost": "E に加算", "revenue": "E から減算"}[group]
    side = "" if group != "item" else "（加算）" if sign > 0 else "（減算）。正の数で書く"
    return Field(
        key=f"{name}_{portion}" if portion else name,
        ja=f"{ja}（{_name(portion)}）" if portion else ja,
        unit="円",
        note=f"{where}{side}。{note}" if note else f"{where}{side}",
        kind="signed",
        portion=portion or "medical",
        symbol=symbol,
        sign=sign,
        example=example,
        shown=bool(example),
    )


def _incomes(portion: str, example: tuple[Cell, ...]) -> list[Field]:
    """Return the columns of the income of a portion: the estimate, or three years."""
    ja = f"所得総額（{_name(portion)}）"
    note = "賦課限度額控除後の基礎控除後所得の合計。3年平均で見込んだ額を書くか、空欄にして3か年の額を書く"
    first = Field(
        key=f"income_{portion}", ja=ja, unit="円", note=note, kind="yen", example=example, shown=bool(example)
    )
    years = (
        Field(
            key=f"income_{portion}_{y}",
            ja=f"{ja}{y}年目",
            unit="円",
            note="その年度の額。3か年とも要る。その年度の被保険者数で割った1人当たり額の平均に人数を掛ける",
            kind="yen",
            shown=False,
        )
        for y in YEARS
    )
    return [first, *years]


def _own(key: str, ja: str) -> Field:
    note = "市区町村の算定基準での割合。4つの合計は1。空欄なら方式の標準の割合"
    return Field(key=key, ja=ja, unit="0～1", note=note, kind="share", shown=False)


COLUMNS = (
    Field(
        key="name",
        ja="市区町村名",
        unit="",
        note="必須。同じ名前は1行だけ",
        kind="text",
        example=("甲市", "乙市", "丙町"),
    ),
    Field(
        key="code",
        ja="団体コード",
        unit="",
        note="5桁または6桁。なくてもよい",
        kind="text",
        example=("99201", "99202", "99301"),
    ),
    _people("insured", "被保険者数", "必須。年間平均の見込み", (80_000, 38_000, 7_000)),
    Field(
        key="households",
        ja="世帯数",
        unit="世帯",
        note="3・4方式に要る",
        kind="count",
        example=(53_000, 24_500, 4_300),
    ),
    _people("adults", "18歳以上被保険者数", "子ども分に要る", shown=False),
    _people("care_insured", "介護第2号被保険者数", "介護納付金分に要る", (27_000, 12_000, 2_000)),
    Field(
        key="care_households",
        ja="介護第2号世帯数",
        unit="世帯",
        note="介護納付金分が3・4方式のとき要る",
        kind="count",
        example=(22_000, 9_800, 1_650),
    ),
    *_incomes("medical", (56_000_000_000, 21_300_000_000, 3_100_000_000)),
    *_incomes("support", (57_000_000_000, 21_600_000_000, 3_150_000_000)),
    *_incomes("care", (21_600_000_000, 7_900_000_000, 1_150_000_000)),
    *_incomes("child", ()),
    *(_people(f"insured_{y}", f"被保険者数{y}年目", "所得を3か年で書くとき要る", shown=False) for y in YEARS),
    *(_people(f"care_insured_{y}", f"介護第2号被保険者数{y}年目", "同上（介護）", shown=False) for y in YEARS),
    Field(
        key="asset_tax",
        ja="固定資産税額",
        unit="円",
        note="資産割の対象額。4方式に要る",
        kind="yen",
        example=(None, None, 260_000_000),
    ),
    Field(
        key="index",
        ja="年齢調整後医療費指数",
        unit="指数",
        note="医療分に要る（α が0で前年度の α もなければ不要）。空欄なら下の実績・標準医療費から求める",
        kind="number",
        example=(0.981, 1.032, 1.104),
    ),
    *(
        Field(key=f"cost_{y}", ja=f"実績医療費{y}年目", unit="円", note="その年度の医療費", kind="yen", shown=False)
        for y in YEARS
    ),
    *(
        Field(
            key=f"standard_{y}",
            ja=f"標準医療費{y}年目",
            unit="円",
            note="全国平均の年齢階級別1人当たり医療費 × その年度の被保険者数",
            kind="yen",
            shown=False,
        )
        for y in YEARS
    ),
    Field(
        key="collection",
        ja="標準的な収納率",
        unit="0～1",
        note="必須。0より大きいこと",
        kind="share",
        example=(0.942, 0.951, 0.968),
    ),
    _money("item.local_programmes", "地方単独事業の減額調整", "", 1, (70_000_000, 26_000_000, 4_000_000)),
    _money("item.review_fees", "審査支払手数料", "", 1, (180_000_000, 85_000_000, 16_000_000)),
    _money("item.high_cost", "高額医療費負担金", "", -1, (330_000_000, 150_000_000, 24_000_000)),
    _money("item.special_high_cost", "特別高額医療費共同事業", "交付 − 拠出", -1),
    _money("item.child_grant", "特別調整交付金（都道府県分）", "子ども分など", -1),
    _money("item.effort_prefecture", "保険者努力支援（都道府県分の個別配分）", "", -1),
    _money("item.fund_repayment", "財政安定化基金 償還・補填", "", 1),
    _money("item.past_years", "過年度調整", "追加負担は正、減額は負", 1),
    _money("cost.health_programmes", "保健事業費", "特定健康診査等を含む", 1, (520_000_000, 250_000_000, 52_000_000)),
    _money("cost.birth_grant", "出産育児諸費", "", 1, (120_000_000, 55_000_000, 9_000_000)),
    _money("cost.funeral_grant", "葬祭諸費", "", 1),
    _money("cost.remission", "条例減免に要する費用", "", 1),
    _money("cost.other_cost", "その他の支出", "", 1),
    *(
        _money("revenue.insurer_support", "保険者支援制度", "", -1, e, p)
        for p, e in (
            ("medical", (660_000_000, 330_000_000, 66_000_000)),
            ("support", (230_000_000, 110_000_000, 23_000_000)),
            ("care", (80_000_000, 36_000_000, 7_000_000)),
            ("child", ()),
        )
    ),
    _money("revenue.effort", "保険者努力支援（市町村分）", "", -1, (190_000_000, 95_000_000, 21_000_000)),
    _money("revenue.special_grant", "特別調整交付金（市町村分）", "", -1),
    _money("revenue.special_mental", "特別調整交付金（精神疾患）", "市町村分を理由別に書く場合", -1),
    _money("revenue.special_job_loss", "特別調整交付金（非自発的失業）", "同", -1),
    _money("revenue.special_disaster", "特別調整交付金（災害等の減免）", "同", -1),
    _money("revenue.second_part", "都道府県繰入金（2号）", "", -1),
    _money("revenue.health_grant", "特定健康診査等負担金", "", -1, (90_000_000, 42_000_000, 8_000_000)),
    _money("revenue.stabilisation_support", "財政安定化支援事業", "", -1),
    _money("revenue.birth_transfer", "出産育児一時金繰入・交付金", "", -1, (80_000_000, 36_000_000, 6_000_000)),
    *(
        _money("revenue.arrears", "過年度収納見込", "", -1, e, p)
        for p, e in zip(PORTIONS, ((260_000_000, 110_000_000, 12_000_000), (), (), ()), strict=True)
    ),
    _money("revenue.other_revenue", "その他の収入", "", -1),
    *(
        Field(
            key="form" if p == "medical" else f"form_{p}",
            ja="賦課方式" if p == "medical" else f"賦課方式（{_name(p)}）",
            unit="",
            note="市区町村自身の方式。空欄なら都道府県の算定方式" if p == "medical" else "医療分と違う場合だけ",
            kind="choice",
            choices=_FORMS,
            example=("2方式", "3方式", "4方式") if p == "medical" else ("2方式",) * 3 if p == "care" else (),
            shown=p in ("medical", "care"),
        )
        for p in PORTIONS
    ),
    _own("own_income", "所得割の割合"),
    _own("own_asset", "資産割の割合"),
    _own("own_head", "均等割の割合"),
    _own("own_household", "平等割の割合"),
    *(
        Field(
            key=f"easing_{p}",
            ja=f"激変緩和額（{_name(p)}）",
            unit="円",
            note="都道府県独自の方法（丈比べなど）で求めた額を直接書く場合だけ。納付金から差し引く",
            kind="yen",
            shown=False,
        )
        for p in PORTIONS
    ),
    Field(
        key="previous_per_insured",
        ja="前年度の1人当たり納付金（医療分）",
        unit="円/人",
        note="激変緩和の条件が前年度比のとき要る",
        kind="number",
        shown=False,
    ),
)
"""columns of the sheet of municipalities, in the order of the template"""

FREE = {
    "個別加算:": ("item.", 1),
    "個別減算:": ("item.", -1),
    "加算:": ("cost.", 1),
    "減算:": ("revenue.", -1),
}
"""beginnings of columns of the user's own: 加算:直診勘定繰出; medical portion"""


def free(header: str) -> Field | None:
    """Return the column meant by a name of the user's own such as 加算:直診勘定繰出, None if it is none."""
    plain = header.replace("：", ":")
    for start, (group, sign) in FREE.items():
        name = plain.removeprefix(start).strip()
        if plain.startswith(start) and name:
            return Field(
                key=plain,
                ja=plain,
                unit="円",
                note="",
                kind="signed",
                portion="medical",
                symbol=group + name,
                sign=sign,
            )
    return None


def by_name(fields: tuple[Field, ...]) -> dict[str, Field]:
    """Return fields by everything that may be written for them: key and Japanese name."""
    return {name: f for f in fields for name in (f.key, f.ja)}


def scopes() -> dict[str, str]:
    """Return the columns of the sheet of the prefecture, in either language -> all or the portion."""
    found = {WHOLE: WHOLE, WHOLE_JA: WHOLE}
    for portion in PORTIONS:
        found |= {portion: portion, _name(portion): portion}
    return found
