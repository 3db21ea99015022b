"""For editors and authors: the JSON Schema of scenario files, and a new scenario with every key as a comment."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping

from sim.core import language
from sim.core.errors import ParameterError
from sim.core.units import era
from sim.parameters import regions
from sim.parameters.files import SECTIONS
from sim.parameters.loader import Parameters, span
from sim.parameters.places import find_place
from sim.parameters.schema import Passport
from sim.population.fields import ROWS, Field, fields
from sim.scenario.file import FIRST, LAST
from sim.scenario.labels import STATUS_JA, UNITS_JA, label_ja
from sim.scenario.outputs import KEYS, MEASURES, NEEDED
from sim.scenario.plan_block import ALL, DECIDE, FIELD, KEEP, PORTIONS, groups_of
from sim.scenario.quantities import axis_text, describe, examples, is_whole

_YEAR = r"^([Rr]\.?\d{1,2}|(FY)?20\d\d|令和(\d{1,2}|元)(年度|年)?)$"


def scenario_schema(parameters: Parameters) -> dict[str, object]:
    """Return a JSON Schema (draft 2020-12) of scenario files: editors complete and check keys with it."""
    return {**_HEAD, "properties": _properties(parameters), "$defs": _definitions(parameters)}


_HEAD = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "kokuho-sim scenario",
    "type": "object",
    "required": ["name"],
    "additionalProperties": False,
}


def _properties(parameters: Parameters) -> dict[str, object]:
    """Return the schema of each top-level key."""
    sections = {
        section: {
            "type": ["object", "null"],
            "additionalProperties": False,
            "properties": {
                key: {"$ref": f"#/$defs/{key}"}
                for key in sorted(parameters.passports)
                if section in (parameters.section(key), "policy")
            },
        }
        for section in SECTIONS
    }
    return {**_fields(), FIELD: {"anyOf": [_plan(), {"type": "array", "items": _plan(), "minItems": 1}]}, **sections}


def _plan() -> dict[str, object]:
    """Return the schema of one block of rates of a plan."""
    portions = {portion: {"$ref": f"#/$defs/plan_{portion}"} for portion in PORTIONS}
    year = {"type": "object", "minProperties": 1, "additionalProperties": False, "properties": portions}
    places = {"$ref": "#/$defs/plan_municipality"}
    return {
        "type": "object",
        "description": "own rates of a municipality or a group by fiscal year and portion (改定案)",
        "required": ["municipality"],
        "properties": {
            "municipality": {"anyOf": [places, {"type": "array", "items": places, "minItems": 1}]},
            "after": {"enum": [KEEP, DECIDE]},
        },
        "patternProperties": {_YEAR: year},
        "additionalProperties": False,
    }


def _plan_portion(parameters: Parameters, portion: str) -> dict[str, object]:
    """Return the schema of the rates of one portion."""
    own = f"{FIELD}.{portion}_"
    parts = {
        key.removeprefix(own): {"description": p.unit, "anyOf": _single(p)}
        for key, p in parameters.passports.items()
        if key.startswith(own)
    }
    return {"type": "object", "minProperties": 1, "additionalProperties": False, "properties": parts}


def _definitions(parameters: Parameters) -> dict[str, object]:
    """Return the schema of a year, of each key of the register, and of what a value may be given by."""
    places = [
        name
        for code, pair in parameters.places().items()
        for name in (*pair, str(code))
        if find_place(name, parameters)[0] == code
    ]
    return {
        "year": {"type": "string", "pattern": _YEAR},
        **{key: _property(parameters, key) for key in sorted(parameters.passports)},
        **_columns(),
        "year_or_municipality": {"anyOf": [{"$ref": "#/$defs/year"}, {"enum": ["all", *places]}]},
        "plan_municipality": {"enum": [ALL[0], *groups_of(parameters), *places]},
        **{f"plan_{portion}": _plan_portion(parameters, portion) for portion in PORTIONS},
    }


def schema_text(parameters: Parameters) -> str:
    """Return the JSON Schema as it is written to scenarios/schema.json, one line a key."""
    head = [f" {_compact(k)}: {_compact(v)}" for k, v in _HEAD.items()]
    body = []
    for part, entries in (("properties", _properties(parameters)), ("$defs", _definitions(parameters))):
        lines = ",\n".join(f"  {_compact(k)}: {_compact(v)}" for k, v in entries.items())
        body.append(f" {_compact(part)}: {{\n{lines}\n }}")
    return "{\n" + ",\n".join(head + body) + "\n}\n"


def _compact(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _fields() -> dict[str, object]:
    sentence = {
        "anyOf": [
            {"type": "string"},
            {
                "type": "object",
                "additionalProperties": False,
                "properties": {"ja": {"type": "string"}, "en": {"type": "string"}},
            },
        ]
    }
    year = {"anyOf": [{"$ref": "#/$defs/year"}, {"enum": list(range(FIRST, LAST + 1))}]}
    return {
        "name": {"type": "string", "description": "the file name without .yaml"},
        "extends": {"type": "string", "description": "name or path of the scenario this one differs from"},
        "region": {"type": "string", "description": "a region (kokuho regions), or the path of its folder"},
        "title": sentence | {"description": "a short name for people"},
        "description": sentence,
        "expectation": sentence,
        "source": {"type": "string", "description": "where the policy is proposed or decided"},
        "horizon": {
            "type": "object",
            "additionalProperties": False,
            "properties": {"from": year, "to": year},
            "description": f"fiscal years {era(FIRST)}–{era(LAST)}",
        },
        "population": {
            "type": "object",
            "additionalProperties": False,
            "properties": {"sample": {"type": "integer", "minimum": 1, "description": "1 = all, N = 1/N"}},
        },
        "outputs": _outputs(),
        "seed": {"type": "integer", "minimum": 0},
        "replicates": {"type": "integer", "minimum": 1},
    }


def _outputs() -> dict[str, object]:
    """Return the schema of declared outputs; which columns fit which rows, and conditions, `kokuho check` reads."""
    year = {"anyOf": [{"$ref": "#/$defs/year"}, {"enum": list(range(FIRST, LAST + 1))}]}
    column, conditions = {"$ref": "#/$defs/outputs_column"}, {"$ref": "#/$defs/outputs_conditions"}
    parts = {
        "rows": {"enum": [*ROWS]},
        "filter": conditions,
        "cohort": conditions,
        "by": {"$ref": "#/$defs/outputs_by"},
        "measures": {"type": "object", "additionalProperties": {"type": "string", "pattern": MEASURES}},
        "columns": {"anyOf": [{"const": "all"}, {"type": "array", "items": column}]},
        "years": {"anyOf": [{"const": "all"}, year, {"type": "array", "items": year}]},
        "since": year,
        "weights": {"anyOf": [{"enum": ["sample", "none"]}, column]},
        "sample": {"type": ["string", "integer"], "pattern": r"^(1/)?[1-9]\d{0,5}$"},
    }
    kinds: dict[str, object] = {
        kind: {
            "type": "object",
            "additionalProperties": {**_closed({k: parts[k] for k in keys}, ""), "required": [NEEDED[kind]]},
        }
        for kind, keys in KEYS.items()
    }
    return _closed(kinds, "tables and unit records a run leaves, docs/outputs.md")


def _columns() -> dict[str, object]:
    """Return the schema of a column of an output, of conditions on columns, and of columns to group by."""
    both = {name: f for rows in ROWS for name, f in fields(rows).items()}
    classes = {"anyOf": [{"const": "all"}, {"type": "array", "items": {"type": "number"}}]}
    by = _closed(dict.fromkeys(both, classes), "column: all, or the bounds of classes [0, 25, 65]")
    conditions = {name: _condition(f) for name, f in both.items()}
    return {
        "outputs_column": {"enum": [*both]},
        "outputs_by": {"anyOf": [by, {"type": "array", "items": {"$ref": "#/$defs/outputs_column"}}]},
        "outputs_conditions": _closed(conditions, "column: value, [several], 20 to 39, from 1, '> 0' or not VALUE"),
    }


def _condition(field: Field) -> dict[str, object]:
    """Return the schema of a condition on a column; the codes of an enum are completed."""
    single: list[dict[str, object]] = [{"type": ["string", "number", "boolean"]}]
    if field.labels:
        single = [{"enum": [*field.labels]}, *single]
    several = {"type": "array", "items": {"anyOf": single}}
    return {"description": f"{field.ja} / {field.en} ({field.unit})", "anyOf": [*single, several]}


def _closed(properties: Mapping[str, object], text: str) -> dict[str, object]:
    """Return the schema of a mapping with these keys and no others."""
    said = {"description": text} if text else {}
    return {"type": "object", **said, "additionalProperties": False, "properties": {**properties}}


def _property(parameters: Parameters, key: str) -> dict[str, object]:
    """Return the schema of one key: a value, or values by year, or by municipality.

    It holds nothing a calibration moves, so that a file of it stays right: the value of now is in `kokuho sources KEY`.
    """
    passport = parameters.passport(key)
    single = _single(passport)
    inner = _by("year", single)
    if passport.by_place:
        inner = _by("year_or_municipality", [*single, inner])
    text = f"{' '.join(passport.label.split())}. {describe(passport)}"
    shown = {} if passport.status == "estimated" else {"examples": examples(passport)}
    return {"description": text, "anyOf": [*single, inner], **shown}


def _by(names: str, values: list[dict[str, object]]) -> dict[str, object]:
    """Return the schema of a mapping from years, or years and municipalities, to values."""
    return {
        "type": "object",
        "minProperties": 1,
        "propertyNames": {"$ref": f"#/$defs/{names}"},
        "additionalProperties": {"anyOf": values},
    }


def _single(passport: Passport) -> list[dict[str, object]]:
    """Return the schema of one value: a number in range, or a spelling with a unit, which `kokuho check` reads."""
    sample = passport.sample()
    if isinstance(sample, bool):
        return [{"type": "boolean"}, {"enum": ["yes", "no", "on", "off", "はい", "いいえ"]}]
    if passport.choices is not None:
        return [{"enum": [*passport.choices]}]
    if isinstance(sample, str):
        return [{"type": "string"}]
    number: dict[str, object] = {"type": "integer" if is_whole(passport) else "number"}
    if passport.range is not None:
        limits = zip(("minimum", "maximum"), passport.range, strict=True)
        number |= {name: limit for name, limit in limits if math.isfinite(limit)}
    spelled: dict[str, object] = {"type": "string", "pattern": r"\d"}
    if isinstance(sample, list):
        items = {
            "type": "array",
            "items": {"anyOf": [number, spelled]},
            "minItems": len(sample),
            "maxItems": len(sample),
        }
        return [items, spelled]
    return [number, spelled]


def current(parameters: Parameters, key: str) -> str:
    """Return the values of the register in words: "0.83 (R6), 0.67 (R7–)" or one value for every year."""
    passport = parameters.passport(key)
    if passport.value is not None:
        return passport.shown(passport.value)
    spans: list[tuple[str, int, int]] = []
    for year in range(FIRST, LAST + 1):
        try:
            expected = " expected" if parameters.is_expected(key, year) else ""
            text = passport.shown(parameters.value(key, year)) + expected
        except ParameterError:
            continue
        if spans and spans[-1][0] == text and spans[-1][2] == year - 1:
            spans[-1] = (text, spans[-1][1], year)
        else:
            spans.append((text, year, year))
    return ", ".join(f"{text} ({span({first, last})})" for text, first, last in spans)


_TEMPLATE = {
    "ja": """\
# yaml-language-server: $schema=schema.json
# 上の行を読むエディタでは、入力中に項目名の補完と検査ができる。
#
# {base} と異なる項目だけを書く。項目の前の「# 」を消すと有効になる。
#   全年度に同じ値               rates.key: 0.5
#   ある年度から                 rates.key: {{R9: 0.5, R11: 0.4}}      R9、2027、FY2027は同じ年度
#   現在の値からの変更           rates.key: {{R9: +5pt}}               +10%、x1.2、+5,000円も可
#   金額などの書き方             9.13%、65万円、'650,000円'
# 書いたら：kokuho check scenarios/{name}.yaml  次に：kokuho run scenarios/{name}.yaml --sample 100

name: {name}
extends: {base}
description:
  ja: （この試算の内容を一文で）
  en: (what this scenario is, in one sentence)
expectation:
  ja: （どうなると見込むか、その理由）
  en: (what you expect to happen, and why)
# title: {{ja: …, en: …}}           画面と一覧に出る短い題名
# source: 施策の根拠となる資料
# horizon: {{from: R4, to: R11}}    計算する年度
# population: {{sample: 1}}         1は全世帯、100は100世帯に1世帯の標本
# seed: 20260401                  乱数の種
# replicates: 1                   計算の回数
# rates_plan: {{municipality: …, R9: {{medical: {{income: 8.2%, per_head: 48_000}}}}}}   改定案
""",
    "en": """\
# yaml-language-server: $schema=schema.json
# Editors that read this line complete the keys and check them while you type.
#
# Write only what differs from {base}. Take away the '# ' before a key to set it.
#   a value for every year         rates.key: 0.5
#   from a fiscal year on          rates.key: {{R9: 0.5, R11: 0.4}}      R9, 2027 and FY2027 are the same year
#   a change of what holds now     rates.key: {{R9: +5pt}}               also +10%, x1.2, +5,000円
#   amounts as they are spoken     9.13%, 65万円, '650,000円'
# Then:  kokuho check scenarios/{name}.yaml   and   kokuho run scenarios/{name}.yaml --sample 100

name: {name}
extends: {base}
description:
  ja: （この試算の内容を一文で）
  en: (what this scenario is, in one sentence)
expectation:
  ja: （どうなると見込むか、その理由）
  en: (what you expect to happen, and why)
# title: {{ja: …, en: …}}           a short name, in lists and in the page
# source: where the policy is proposed or decided
# horizon: {{from: R4, to: R11}}
# population: {{sample: 1}}        1 = the full population, 100 = one household in a hundred
# seed: 20260401
# replicates: 1
# rates_plan: {{municipality: …, R9: {{medical: {{income: 8.2%, per_head: 48_000}}}}}}     kokuho rates-plan --new
""",
}
_SECTIONS = {
    "ja": {"policy": "施策", "behaviour": "住民・世帯・市区町村の行動", "law": "法令・制度"},
    "en": {"policy": "what may be decided", "behaviour": "what people and municipalities do", "law": "law"},
}


def scenario_template(name: str, base: str, parameters: Parameters, lang: language.Lang = "en") -> str:
    """Return a new scenario: what an author must write, then every key of the register as a comment."""
    head = _TEMPLATE[lang].format(name=name, base=base)
    if parameters.own is not None and parameters.own.name != regions.DEFAULT:
        head = head.replace(f"\nextends: {base}\n", f"\nextends: {base}\nregion: {parameters.own.name}\n")
    return head + "".join(
        f"\n{section}:  # {_SECTIONS[lang][section]}\n{_commented(parameters, section, lang)}"
        for section in reversed(SECTIONS)
    )


def _commented(parameters: Parameters, section: str, lang: language.Lang) -> str:
    keys = [k for k in sorted(parameters.passports) if parameters.section(k) == section]
    lines: list[str] = []
    for key in keys:
        about = _about_ja(parameters, key) if lang == language.JA else _about(parameters, key)
        lines += [*(f"  # {line}" for line in about), f"  # {key}: {_line(parameters, key)}", ""]
    return "\n".join(lines) or "  # no keys\n"


def _about(parameters: Parameters, key: str) -> tuple[str, str]:
    """Return label, and what may be written where it stands now, of a key."""
    passport = parameters.passport(key)
    axis = f"; list: {axis_text(passport)}" if axis_text(passport) else ""
    place = "; may differ by municipality" if passport.by_place else ""
    more = f"  {describe(passport)}; {passport.status}{axis}{place}; now {current(parameters, key)}"
    return " ".join(passport.label.split()), more


def _about_ja(parameters: Parameters, key: str) -> tuple[str, str]:
    """Return the same in Japanese."""
    passport = parameters.passport(key)
    unit = "" if isinstance(passport.sample(), bool | str) else f"単位 {UNITS_JA.get(passport.unit, passport.unit)}"
    allowed = passport.allowed().replace(" or ", "、")
    parts = (
        unit,
        f"使える値 {allowed}" if allowed else "",
        STATUS_JA.get(passport.status, passport.status),
        f"並び {axis_text(passport)}" if axis_text(passport) else "",
        "市区町村別の値も可" if passport.by_place else "",
        f"現在 {current(parameters, key).replace('expected', '見込み')}",
    )
    return label_ja(key, passport.label), "  " + "／".join(part for part in parts if part)


def _line(parameters: Parameters, key: str) -> str:
    """Return a value the key could be set to: the one that holds at the end of the fit years."""
    passport = parameters.passport(key)
    if passport.value is not None:
        return _yaml(passport.value)
    for year in (FIRST + 5, *range(FIRST, LAST + 1)):
        try:
            return f"{{{era(year)}: {_yaml(parameters.value(key, year))}}}"
        except ParameterError:
            continue
    return _yaml(passport.sample())


def _yaml(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return f"[{', '.join(_yaml(v) for v in value)}]"
    return f"{value:_}" if isinstance(value, int) and abs(value) >= 10_000 else str(value)
