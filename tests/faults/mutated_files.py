"""Mutates the shipped scenarios, families, households and studies, and judges what is accepted of them."""

from __future__ import annotations

import math
import random
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from sim.explanations.household import bill
from sim.explanations.model_households import SHIPPED, read_households
from sim.parameters import Parameters
from sim.parameters.names import name_objection
from sim.scenario.file import FIELDS
from sim.scenario.quantities import type_objection
from sim.scenario.scenario import FIRST, LAST, REACH, Scenario, load_scenario
from sim.studies.calibrate import read_calibration
from sim.studies.sensitivity.spec import Factor, read_spec

ROOT = Path(__file__).resolve().parents[2]

FAMILY = """\
municipality: 新宿区
year: R7
remission: 10%
rates:
  form: premium
  medical: {income_part: 7.71%, per_head: 47300, cap: 660000}
  support: {income_part: 2.69%, per_head: 16800}
  care: {income_part: 2.43%, per_head: 17200円}
members:
  - name: 太郎
    head: true
    born: 昭和50年6月3日
    salary: 400万円
    job_loss: 2025-06-30
  - {name: 花子, born: 1950-09-20, pension: 1_500_000, insurance: late_elderly, former_member: 令和7年10月}
  - {name: 一郎, born: 2001-04-02, business: -200000, insured: {from: 2025-10, to: 2026-01}, declared: true}
"""
SCENARIO = """\
name: mutant
extends: baseline
description: {ja: 試し, en: trial}
horizon: {from: R4, to: R11}
population: {sample: 100}
seed: 12
policy:
  rates.alpha: {R9: 0.3, R10: +5pt, R11: 10%}
  payment.account_transfer_share: {R9: +5pt, 新宿区: {R10: 60%}, 13123: 0.5}
  rates.pooled_items: {R9: [1, 0, 1, 1, 0]}
law:
  levy.cap_medical: {R9: 70万円}
"""

_WORDS = """\
e5 1e999999999 1e99999999999999999999 -1e308 inf -.inf .nan nan NaN ² ١٢ ０ －５ ▲5 △1,000 −3 0x1F 0o17 1_000 1__0
1,5 1,000 +5 +5pt -200% x1.2 x-1 x1e30 *x &a true false yes null ~ [] {} [a] [[1]] {a:b} [1,2,3] {R9:1} "" ''
"\\ud800" "\\U00110000" "\\0" !!int !!python/object:os.system "x" 1975-02-30 1975-13-01 0001-01-01 9999-12-31
令和9999年1月 平成元年1月8日 昭和64年1月7日 R99 R4 R3 Ｒ９ ＦＹ２０２７ 2035 2036 令和９年度 新宿 Toshima 131041 131042
１３１０４ 13999 .. ../../x /etc/passwd a/b con 100% １００％ 0% 1e2% 650,000円 1千万円 1億兆 万円 -5円 +5円 [-5,5]
[0,inf] [1,0] passport late_elderly 国保 add scale name members rates.alpha payment.base # : - | > % @ ` ' " { [ ? <<"""
NASTY = [
    *_WORDS.split(),
    "{a: b}",
    "{R9: {R9: 1}}",
    "9" * 4301,
    "あ" * 200,
    "x" * 12_000,
    "&a [*a]",
    "[" * 3000,
    "{add: [-5, 5]}",
    "{scale: [0.5, 1.5]}",
    "{values: [0, 1], from: R99}",
    "\u00a05\u00a0",
    "5\u3000",
]


def mutated(text: str, dice: random.Random) -> str:
    """Return a text with one to three slips: of a value, a key, a line, a letter or the indentation."""
    for _ in range(dice.randint(1, 3)):
        lines = text.split("\n")
        i = dice.randrange(len(lines))
        line = lines[i]
        kind = dice.randrange(8)
        if kind <= 2 and ":" in line:
            lines[i] = line[: line.index(":") + 1] + " " + dice.choice(NASTY)
        elif kind == 3 and line:
            spans = [k for k, c in enumerate(line) if c in " ,:[{"]
            at = dice.choice(spans) + 1 if spans else 0
            end = next((k for k in range(at, len(line)) if line[k] in ",]}:"), len(line))
            lines[i] = line[:at] + " " + dice.choice(NASTY) + line[end:]
        elif kind == 4:
            lines.insert(i, dice.choice((line, lines[dice.randrange(len(lines))], f"  {dice.choice(NASTY)}: 1")))
        elif kind == 5:
            del lines[i]
        elif kind == 6 and line:
            at = dice.randrange(len(line))
            lines[i] = line[:at] + dice.choice("\t\u3000\u00a0：，｛9-_'\"#x0\x07") + line[at + dice.randint(0, 1) :]
        else:
            lines[i] = line.translate({c: c + 0xFEE0 for c in range(0x21, 0x7F) if chr(c) not in ":,{}[]#'\"- "})
        text = "\n".join(lines) or "x"
    return text


def leaves(data: Any) -> int:
    """Return how many values stand in a section; a list is one."""
    return sum(leaves(v) for v in data.values()) if isinstance(data, dict) else 1


def _texts_of(path: Path) -> Any:
    """Return a file as another loader reads it, every value as text; keys in half-width letters."""
    data = YAML(typ="base").load(path.read_text(encoding="utf-8-sig").replace("\u00a0", " "))
    return {unicodedata.normalize("NFKC", k).strip(): v for k, v in data.items()}


def judge_scenario(path: Path, p: Parameters) -> Scenario:
    """Load a scenario; AssertionError if what was accepted is nonsense, or something was dropped."""
    s = load_scenario(path, p)
    assert s.name == path.stem
    assert not name_objection(s.name)
    assert s.horizon.first == FIRST <= s.horizon.last <= LAST
    assert 1 <= s.population.sample <= 100_000
    assert 0 <= s.seed < 2**63
    assert 1 <= s.replicates <= 10_000
    for (key, year, code), value in s.overrides(p).items():
        passport = p.passport(key)
        assert not type_objection(value, passport), (key, value)
        assert not passport.objection(value), (key, value)
        assert year in REACH
        assert code is None or code in p.codes()
    plain = _texts_of(path)
    assert len(plain) == len({*plain}) <= len(FIELDS)
    written = sum(
        leaves(plain[k]) for k in ("policy", "behaviour", "law") if plain.get(k) not in (None, "", "~", "null")
    )
    planned = sum(change.key.startswith("rates_plan.") for change in s.layers[-1])
    assert written <= len(s.layers[-1]) <= written + planned, "a line was dropped without a word"
    assert bool(planned) == (plain.get("rates_plan") not in (None, "", "~", "null")), (
        "a plan was dropped without a word"
    )
    s.warnings(p)
    return s


def judge_family(path: Path, p: Parameters) -> None:
    found = bill(path, None, None, parameters=p)
    rows = _texts_of(path)
    members = rows.get("members") or rows["世帯員"]
    assert len(found.cases[0].family.members) == len(members)
    assert all(0 <= yen <= 10_000_000 for yen in found.portions.values())
    assert sum(found.instalments) - found.schedule.refund == found.total
    assert any(c.isalpha() for c in found.municipality)
    for m in found.cases[0].family.members:
        assert 1900 <= m.born.year <= 2026
        assert m.salary >= 0
        assert m.pension >= 0
    assert found.text("ja")
    assert found.text("en")


def judge_households(path: Path, p: Parameters) -> None:
    for h in read_households(path):
        family = h.family(2025, 75, "x")
        assert len(family.members) == len(h.members)


def _sound(name: str, factors: tuple[Factor, ...], last: int, p: Parameters) -> None:
    assert not name_objection(name)
    assert FIRST <= last <= LAST
    assert factors
    for f in factors:
        assert f.low < f.high
        assert math.isfinite(f.low + f.high)
        assert f.since is None or FIRST <= f.since <= last
        assert not f.objection(p, last)


def judge_study(path: Path, p: Parameters) -> None:
    spec = read_spec(path, p)
    _sound(spec.name, spec.factors, spec.last, p)
    assert spec.outputs
    years = [v for o in spec.outputs for k, v in o.filters if k == "year"]
    assert all(FIRST <= y <= spec.last for y in years)
    assert spec.trajectories > 1 or spec.method == "one_at_a_time"


def judge_calibration(path: Path, p: Parameters) -> None:
    spec = read_calibration(path, p)
    _sound(spec.name, spec.factors, spec.last, p)
    assert spec.targets
    assert all(math.isfinite(t.value) and 0 < t.tolerance < 1e16 for t in spec.targets)


def _texts(folder: str) -> list[str]:
    return [f.read_text(encoding="utf-8") for f in sorted((ROOT / folder).glob("*.yaml"))]


KINDS: dict[str, tuple[Callable[[], list[str]], Callable[[Path, Parameters], Any]]] = {
    "scenario": (lambda: [*_texts("scenarios"), *[SCENARIO] * 20], judge_scenario),
    "family": (lambda: [FAMILY], judge_family),
    "households": (lambda: [SHIPPED.read_text(encoding="utf-8")], judge_households),
    "study": (lambda: [t for t in _texts("scenarios/studies") if "\nmethod:" in t], judge_study),
    "calibration": (lambda: [t for t in _texts("scenarios/studies") if "\ntargets:" in t], judge_calibration),
}
