"""Scenarios: what a run changes of the register, read from YAML and checked against it.

A scenario names only what differs from its base (`extends`). Under `policy` stand keys of the register, under
`behaviour` and `law` those the register files there, with a value, or a value by fiscal year, or a value by
municipality (each plain or by year):

    rates.alpha: {R9: 0.33, R10: 0.16, R11: 0}
    payment.account_transfer_share: {R9: +5pt}
    finance.transfer_tolerance: {all: 0.5, 新宿区: {R9: 0.4}}

A value with a year holds in that year and in the later ones, until the next year written for the same key in the
same scenario. A value without a year holds in every year, past ones included. A change (+5pt, +10%, x1.2, +5,000円)
starts, year by year, from what would hold without the line: the base scenario, else the register. What a scenario
says of all municipalities replaces what its base says of single ones, in the years it speaks of.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from sim.core.errors import ParameterError, ScenarioError
from sim.core.units import era
from sim.parameters.document import Mistakes, Place
from sim.parameters.loader import SECTIONS, OverrideKey, Parameters
from sim.parameters.quantities import is_whole
from sim.parameters.scenario_file import FIRST, LAST, Change, Sheet, find, read_sheets
from sim.parameters.scenario_schema import scenario_schema, scenario_template, schema_text
from sim.parameters.schema import Value, plain

__all__ = [
    "FIRST",
    "LAST",
    "Horizon",
    "Population",
    "Scenario",
    "Text",
    "find",
    "load_scenario",
    "parse_scenario",
    "scenario_schema",
    "scenario_template",
    "schema_text",
]

REACH = range(2018, LAST + 1)
"""Years a value without a year covers: since the metropolis carries the finances (H30)."""


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Text(_Frozen):
    """The same sentence in Japanese and English; either may be empty."""

    ja: str = ""
    en: str = ""

    def in_language(self, lang: str) -> str:
        """Return the sentence in a language, in the other one where it is missing."""
        return (self.ja or self.en) if lang == "ja" else (self.en or self.ja)


class Horizon(_Frozen):
    """First and last fiscal year of a run."""

    first: int = FIRST
    last: int = 2029

    def years(self) -> range:
        return range(self.first, self.last + 1)


class Population(_Frozen):
    """1 = everybody, N = one household in N."""

    sample: int = 1


class Scenario(_Frozen):
    """A checked scenario with everything its base says; `layers` are the changes, base first."""

    name: str
    extends: str | None = None
    description: Text = Text()
    expectation: Text = Text()
    source: str = ""
    horizon: Horizon = Horizon()
    population: Population = Population()
    seed: int = 20260401
    replicates: int = 1
    policy: dict[str, Any] = {}
    behaviour: dict[str, Any] = {}
    law: dict[str, Any] = {}
    chain: tuple[str, ...] = ()
    """names from the base to this scenario"""
    layers: tuple[tuple[Change, ...], ...] = ()

    def overrides(self, parameters: Parameters) -> dict[OverrideKey, Value]:
        """Return what the scenario sets, (key, fiscal year, municipality code or None) -> value.

        Relative changes are worked out from the register, so that a scenario applied twice changes nothing.
        """
        mistakes = Mistakes()
        values = _resolved(self.layers, parameters.register(), mistakes)
        if mistakes:
            raise ScenarioError("\n".join(mistakes.lines()))
        return values

    def resolved(self, parameters: Parameters) -> dict[str, Any]:
        """Return the whole scenario with every default, as plain data for the manifest of a run.

        `parameters`: key -> spans of years with the value and where it came from: register (decided or published),
        expected (carried into the year by rule) or scenario; spans of single municipalities name their code.
        """
        applied = parameters.register().with_overrides(self.overrides(parameters))
        return {
            "name": self.name,
            "bases": list(self.chain[:-1]),
            "description": dict(self.description),
            "expectation": dict(self.expectation),
            "source": self.source,
            "horizon": {"from": self.horizon.first, "to": self.horizon.last},
            "population": {"sample": self.population.sample},
            "seed": self.seed,
            "replicates": self.replicates,
            "changes": [_as_written(c, name) for name, c in self.changes()],
            "parameters": {key: _spans(key, applied, self.horizon.years()) for key in sorted(applied.passports)},
        }

    def changes(self) -> Iterator[tuple[str, Change]]:
        """Yield every change with the name of the scenario that makes it, base first."""
        for name, layer in zip(self.chain, self.layers, strict=True):
            for change in layer:
                yield name, change

    def remarks(self) -> list[str]:
        """Return what is allowed but may surprise: a policy without a year changes the past as well."""
        undated = [c for layer in self.layers[-1:] for c in layer if c.year is None and c.section == "policy"]
        return [
            f"{c.place}: {c.key} has no year, so it holds in every year, {era(FIRST)} included; "
            f"to start later write {{R9: {c.quantity.text}}}"
            for c in undated
        ]


def load_scenario(path_or_name: str | Path, parameters: Parameters | None = None) -> Scenario:
    """Return the scenario of a file, or of a name in scenarios/; ScenarioError lists every mistake at once."""
    mistakes = Mistakes()
    path = find(path_or_name, mistakes)
    return _built(
        read_sheets(path, None, parameters or Parameters.load(), mistakes) if path else [], parameters, mistakes
    )


def parse_scenario(text: str, path: Path, parameters: Parameters | None = None) -> Scenario:
    """Return the scenario of a text that would stand in the file `path`, which need not exist."""
    mistakes = Mistakes()
    return _built(read_sheets(path, text, parameters or Parameters.load(), mistakes), parameters, mistakes)


def _built(sheets: list[Sheet], parameters: Parameters | None, mistakes: Mistakes) -> Scenario:
    """Return the scenario of a file and its bases (base first), or raise all mistakes of all of them."""
    layers = tuple(tuple(s.changes) for s in sheets)
    if sheets:
        _resolved(layers, (parameters or Parameters.load()).register(), mistakes)
        _check_horizon(sheets, mistakes)
    if mistakes or not sheets:
        raise ScenarioError("\n".join(mistakes.lines()))
    top = sheets[-1]

    def latest(name: str, default: Any) -> Any:
        return next((getattr(s, name) for s in reversed(sheets) if getattr(s, name) is not None), default)

    return Scenario(
        name=top.name or "",
        extends=top.extends,
        description=Text(**top.description),
        expectation=Text(**top.expectation),
        source=top.source or "",
        horizon=Horizon(first=latest("first", FIRST), last=latest("last", Horizon().last)),
        population=Population(sample=latest("sample", 1)),
        seed=latest("seed", Scenario.model_fields["seed"].default),
        replicates=latest("replicates", 1),
        chain=tuple(s.name or "" for s in sheets),
        layers=layers,
        **{section: _written(top, section) for section in SECTIONS},
    )


def _check_horizon(sheets: list[Sheet], mistakes: Mistakes) -> None:
    """A last year may come from the file and the first one from its base: compare what holds in the end."""
    firsts = [(s.first, s.first_place) for s in sheets if s.first is not None]
    lasts = [(s.last, s.last_place) for s in sheets if s.last is not None]
    first = firsts[-1][0] if firsts else FIRST
    if lasts and lasts[-1][0] < first:
        last, place = lasts[-1]
        mistakes.add(
            place or Place(sheets[-1].file), f"horizon.to: {era(last)} lies before the first year {era(first)}"
        )


def _written(sheet: Sheet, section: str) -> dict[str, Any]:
    """Return the section as written: key -> text, or {year or municipality: text}."""
    out: dict[str, Any] = {}
    for c in sheet.changes:
        if c.section != section:
            continue
        if c.year is None and c.code is None:
            if c.key in out:
                out[c.key]["all"] = c.quantity.text
            else:
                out[c.key] = c.quantity.text
            continue
        if not isinstance(out.get(c.key), dict):
            out[c.key] = {"all": out[c.key]} if c.key in out else {}
        if c.code is None:
            out[c.key][c.year] = c.quantity.text
        elif c.year is None:
            out[c.key][c.code] = c.quantity.text
        else:
            out[c.key].setdefault(c.code, {})[c.year] = c.quantity.text
    return out


def _as_written(c: Change, scenario: str) -> dict[str, Any]:
    entry: dict[str, Any] = {"scenario": scenario, "key": c.key, "written": c.quantity.text, "at": str(c.place)}
    if c.year is not None:
        entry["from"] = c.year
    if c.code is not None:
        entry["municipality"] = c.code
    return entry


def _resolved(
    layers: tuple[tuple[Change, ...], ...], register: Parameters, mistakes: Mistakes
) -> dict[OverrideKey, Value]:
    """Apply the layers one after another; note values out of range and changes without a start."""
    values: dict[OverrideKey, Value] = {}
    for layer in layers:
        for change in sorted(layer, key=lambda c: c.code is not None):
            _apply(change, _years(change, layer), values, register, mistakes)
    return values


def _years(change: Change, layer: tuple[Change, ...]) -> range:
    """Return the years a change covers: from its own to the next dated one of the same key and municipality."""
    siblings = [c.year for c in layer if (c.key, c.code) == (change.key, change.code) and c.year is not None]
    if change.year is None:
        return range(REACH.start, min(siblings, default=REACH.stop))
    return range(change.year, min((y for y in siblings if y > change.year), default=REACH.stop))


def _apply(
    change: Change, years: range, values: dict[OverrideKey, Value], register: Parameters, mistakes: Mistakes
) -> None:
    key, quantity, passport = change.key, change.quantity, register.passport(change.key)
    codes = [change.code]
    if change.code is None:
        codes += sorted({m for k, _, m in values if k == key and m is not None})
    started = False
    for year in years:
        for code in codes:
            if code is not None and code != change.code and (key, year, code) not in values:
                continue
            if not quantity.relative and code != change.code:
                del values[key, year, code]
                continue
            base = _before(key, year, code, values, register)
            if quantity.relative and base is None:
                continue
            value = quantity.applied(base, is_whole(passport)) if base is not None else quantity.applied(0, False)
            started = True
            if quantity.relative and passport.objection(value):
                mistakes.add(
                    change.place,
                    f"{change.section}.{key}: '{quantity.text}' makes {plain(value)} in {era(year)} (before: "
                    f"{plain(base)} {passport.unit}); allowed {passport.allowed()}",
                )
                return
            values[key, year, code] = value
        if not started and quantity.relative and change.year == year:
            mistakes.add(
                change.place,
                f"{change.section}.{key}: '{quantity.text}' has no value of {era(year)} to start from: the "
                "register does not know that year; write the value itself",
            )
            return


def _before(
    key: str, year: int, code: int | None, values: dict[OverrideKey, Value], register: Parameters
) -> Value | None:
    """Return what holds without the change, or None when the register does not know the year."""
    for place in (code, None):
        if (key, year, place) in values:
            return values[key, year, place]
    try:
        return register.value(key, year, code)
    except ParameterError:
        return None


def _spans(key: str, applied: Parameters, years: range) -> list[dict[str, Any]]:
    """Return the values of the years, equal neighbours joined; municipalities with values of their own follow."""
    spans: list[dict[str, Any]] = []
    codes = sorted({m for k, _, m in applied.overrides if k == key and m is not None})
    for code in [None, *codes]:
        for year in years:
            try:
                value = applied.value(key, year, code)
            except ParameterError:
                continue
            entry = {"from": year, "to": year, "value": value, "origin": _origin(key, year, code, applied)}
            if code is not None:
                entry["municipality"] = code
            last = spans[-1] if spans else {}
            if last.get("to") == year - 1 and all(
                last.get(k) == v for k, v in entry.items() if k not in ("from", "to")
            ):
                last["to"] = year
            elif code is None or (key, year, code) in applied.overrides:
                spans.append(entry)
    return spans


def _origin(key: str, year: int, code: int | None, applied: Parameters) -> str:
    if (key, year, code) in applied.overrides or (key, year, None) in applied.overrides:
        return "scenario"
    return "expected" if applied.is_expected(key, year) else "register"
