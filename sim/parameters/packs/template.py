"""A folder to begin a region with: what every region gives, with a header, a meaning and an example for each column."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from sim.core.errors import InputError
from sim.parameters import files
from sim.parameters.imputation import DERIVED, REQUIRED, RULES
from sim.parameters.schema import TablePassport

_EXAMPLE = "example"
"""id of the source of the example rows"""


class Column(NamedTuple):
    """A column of a required table: unit, meaning in Japanese and English, where the figure is found, an example."""

    unit: str
    ja: str
    en: str
    source: str
    example: str


_JUKI = "住民基本台帳年齢階級別人口（市区町村別）1月1日、総務省"
_CARD = "市町村国民健康保険事業の決算カード・事業年報、都道府県"
_RATES = "各市町村の条例・告示、または都道府県の料率一覧"
_STATUS = Column(
    "word", "値の性質", "what the figure is", "law, published, secondary, derived, estimated, assumed", "published"
)
_SOURCE = Column("id", "出典", "source, an id of sources.yaml", "sources.yaml", _EXAMPLE)
_CODE = Column(
    "code",
    "市区町村コード5桁（検査数字なし）",
    "five digits, without the check digit",
    "全国地方公共団体コード",
    "{code}",
)
_YEAR = Column("fiscal year", "年度（4月の年）", "year of its April", "", "2023")
_TAIL = {"source_id": _SOURCE, "status": _STATUS}

COLUMNS: dict[str, dict[str, Column]] = {
    "places.municipalities": {
        "index": Column("number", "0からの連番", "0, 1, 2, … in the order of all tables", "", "0"),
        "code": _CODE,
        "name": Column("text", "名称", "name in Japanese", "", "見本市"),
        "name_en": Column("text", "ローマ字", "name in Romaji", "", "Mihon"),
        "levy_form": Column("premium, tax", "料か税か", "premium (料) or tax (税)", "条例", "tax"),
        "instalments": Column("per year", "納期の数", "instalments a year", "条例", "8"),
        "rounding_unit": Column(
            "yen", "端数処理の単位", "unit amounts are rounded down to: 1, 10, 100 or 1000", "条例", "100"
        ),
        **_TAIL,
        "note": Column("text", "備考", "note", "", ""),
    },
    "places.register_age5": {
        "code": _CODE,
        "reference_date": Column("date", "基準日（1月1日）", "a 1 January, one for all rows", _JUKI, "2026-01-01"),
        "age_group": Column(
            "years", "年齢階級 0-4 … 95-99, 100+", "0-4, 5-9, … 95-99, 100+; 21 rows a municipality", _JUKI, "{age}"
        ),
        "japanese_male": Column("persons", "日本人・男", "Japanese men, 1 January 2026", _JUKI, "{persons}"),
        "japanese_female": Column("persons", "日本人・女", "Japanese women", _JUKI, "{persons}"),
        "foreign_male": Column("persons", "外国人・男", "foreign men", _JUKI, "5"),
        "foreign_female": Column("persons", "外国人・女", "foreign women", _JUKI, "5"),
        **_TAIL,
    },
    "places.settlement_fy2023": {
        "code": _CODE,
        "fiscal_year": _YEAR,
        "households": Column("households", "年度末世帯数（空欄可）", "year-end households; may be empty", _CARD, ""),
        "insured": Column("insured", "年度末被保険者数", "year-end insured", _CARD, "1800"),
        "premium_per_insured": Column(
            "yen",
            "1人当たり保険料（税）調定・収入（空欄可）",
            "premium revenue per insured; may be empty",
            _CARD,
            "92000",
        ),
        "benefit_per_insured": Column("yen", "1人当たり保険給付費", "benefit per insured", _CARD, "370000"),
        "real_balance": Column("yen", "実質収支（空欄可）", "real balance; may be empty or negative", _CARD, ""),
        "re_balance": Column("yen", "再差引収支（空欄可）", "balance after reserves; may be empty", _CARD, ""),
        "deficit_transfer_proxy": Column(
            "yen", "赤字補填の繰入（空欄可）", "transfer against deficits; may be empty", _CARD, ""
        ),
        "general_account_transfer": Column(
            "yen", "一般会計繰入金（空欄可）", "transfer of the general account; may be empty", _CARD, ""
        ),
        **_TAIL,
    },
    "places.actual_rates": {
        "code": _CODE,
        "fiscal_year": _YEAR,
        "portion": Column(
            "word", "medical 医療分, support 支援金分, care 介護分", "medical, support or care", _RATES, "{portion}"
        ),
        "income_part": Column(
            "1/1,000,000",
            "所得割（7.71 % は 77100）",
            "per million of base income: 7.71 % is 77100",
            _RATES,
            "{income}",
        ),
        "asset_part": Column(
            "1/1,000,000", "資産割（なければ 0）", "per million of the fixed-asset tax; 0 without", _RATES, "0"
        ),
        "per_head": Column("yen/person/year", "均等割", "per insured and year", _RATES, "{head}"),
        "per_household": Column(
            "yen/household/year", "平等割（なければ 0）", "per household and year; 0 without", _RATES, "6000"
        ),
        "cap": Column("yen/household/year", "賦課限度額（空欄可）", "ceiling; may be empty", _RATES, ""),
        **_TAIL,
        "note": Column("text", "備考", "note", "", ""),
    },
}
"""table -> its columns in the order of the template"""

_YEARS_OF = {
    "places.municipalities": "2022-2029",
    "places.register_age5": "1 January 2026 (FY2025)",
    "places.settlement_fy2023": "column",
    "places.actual_rates": "column",
}


def write(folder: Path, code: int = 99000) -> list[Path]:
    """Write the template of a region into a folder that is not there yet and return its files.

    code  of the prefecture, 14000; InputError if the folder exists or the code is none
    """
    if folder.exists():
        raise InputError(f"{folder} exists; give the name of a folder that does not, nothing is overwritten")
    if code % 1000 or not 1000 <= code <= 99000:
        raise InputError(f"--code {code}: a prefecture's code is its number times 1000, 14000; allowed: 1000-99000")
    texts = {
        "region.yaml": _REGION.format(code=code, first=code + 201),
        "sources.yaml": _SOURCES,
        "places/tables.yaml": "".join(f"{k.partition('.')[2]}:\n  year: {y}\n" for k, y in _YEARS_OF.items()),
        **{f"{k.replace('.', '/')}.csv": ",".join(columns) + "\n" for k, columns in COLUMNS.items()},
    }
    _put(folder, texts)
    r = files.register(files.ROOT, folder.resolve())
    explained = {"places/README.md": _tables(code, r), "numbers.md": _numbers(r)}
    _put(folder, explained)
    return [folder / name for name in (*texts, *explained)]


def _put(folder: Path, texts: dict[str, str]) -> None:
    for name, text in texts.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def example(key: str, code: int) -> list[str]:
    """Return the example rows of a required table: one municipality, the first of the prefecture."""
    first, columns = code + 201, COLUMNS[key]
    filled: list[dict[str, object]] = [{}]
    if key == "places.register_age5":
        ages = [*(f"{a}-{a + 4}" for a in range(0, 100, 5)), "100+"]
        persons = [250, 280, 300, 310, 300, 280, 290, 320, 360, 420, 480, 460, 410, 400, 430, 450, 330, 220, 110, 40, 8]
        filled = [{"age": age, "persons": n} for age, n in zip(ages, persons, strict=True)]
    if key == "places.actual_rates":
        parts = (("medical", 70000, 27000), ("support", 25000, 9800), ("care", 22000, 10500))
        filled = [{"portion": portion, "income": income, "head": head} for portion, income, head in parts]
    return [",".join(c.example.format(code=first, **row) for c in columns.values()) for row in filled]


def _tables(code: int, r: files.Register) -> str:
    """Return what to fill in: the required tables by column, then the others by name."""
    out = [_INTRODUCTION]
    for key in REQUIRED:
        rows = [f"| `{n}` | {c.unit} | {c.ja} / {c.en} | {c.source} |" for n, c in COLUMNS[key].items()]
        out += [
            f"## {key.partition('.')[2]}.csv\n",
            "| column | unit | 意味 / meaning | 出典 / where |\n|---|---|---|---|",
            *rows,
            "\n```csv",
            ",".join(COLUMNS[key]),
            *example(key, code),
            "```\n",
        ]
    rows = [f"| `{key}` | {_columns(r.absent[key])} | {rule.ja} / {rule.en} |" for key, rule in RULES.items()]
    out += [_FURTHER, "| table | columns | 与えない場合 / if not given |\n|---|---|---|", *rows, ""]
    return "\n".join(out)


def _columns(passport: TablePassport) -> str:
    return ", ".join([*(f"`{k}`" for k in passport.keys), *(f"`{c}` ({unit})" for c, unit in passport.columns.items())])


def _numbers(r: files.Register) -> str:
    """Return the numbers a region may give, with unit, range, and what holds where it does not."""
    out = [_NUMBERS]
    for key, passport in sorted(r.passports.items()):
        if passport.regional:
            file = f"{r.homes[key].parent.name}/{r.homes[key].name}"
            default = DERIVED[key].en if key in DERIVED else passport.sample()
            out.append(f"| `{key}` | {file} | {passport.label} | {passport.unit} | {passport.allowed()} | {default} |")
    return "\n".join(out) + "\n"


_REGION = """# What a prefecture is called. 都道府県の名称
code: {code}
name: {{ja: 見本県, en: Mihon}}
level: {{ja: 県, en: prefecture}}
# codes of the municipalities a page shows where it cannot show all, the first in every example
shown: [{first}]
# kinds of municipalities, each with a total and ranks of its own in tables: types of places/municipalities.csv
# kinds:
#   cities: {{ja: 市部, en: cities, types: [city]}}
#   towns: {{ja: 町村部, en: towns and villages, types: [town, village]}}
# municipalities with one rate in common have a name here and a row in places/rate_groups.csv
# groups:
#   west: {{code: {code}, ja: 西部, en: west}}
"""

_SOURCES = """# Every figure names its source by an id of this file, or of the nation (sim/parameters/sources.yaml).
example:
  title: 見本の行の出典。実際の出典に書き換える (replace by your own)
  publisher: 県国民健康保険課
  url: https://www.pref.example.lg.jp/
  year: '2024'
"""

_INTRODUCTION = """# 市町村の表 / Tables of municipalities

Fill in the four tables below, one row or more a municipality; the example rows show the form and are to be replaced.
A table lists its year in `tables.yaml`. `kokuho region check FOLDER` says what is wrong, what is missing and how it is
imputed. 下の四つの表に記入する。見本の行は置き換える。`kokuho region check` が誤りと不足を示す。
"""

_FURTHER = """## 任意の表 / Tables that may be given

Any of them makes the region better; put the CSV here and its name with `year: column` into `tables.yaml`. All have
`status` and `source_id` on every row. Rows of single municipalities may be missing where the rule can make them.
"""

_NUMBERS = """# 数値 / Numbers a region may give

In the file named, `key` without its first part: `value` (or `values: {R6: …, R7: …}`), `status`, `source`, and a
`reason` for what is assumed. What is left out has the default of the nation, or follows from the tables.

| number | file | label | unit | allowed | if not given |
|---|---|---|---|---|---|"""
