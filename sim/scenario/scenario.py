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

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NotRequired, TypedDict

from pydantic import BaseModel, ConfigDict

from sim.core.errors import InputError, ParameterError, ScenarioError
from sim.core.units import era, fiscal_year
from sim.parameters import regions
from sim.parameters.files import SECTIONS
from sim.parameters.loader import OverrideKey, Parameters, span
from sim.parameters.schema import Value, plain
from sim.scenario.document import Mistakes, Place
from sim.scenario.file import FIRST, LAST, PAST, Change, Sheet, find, read_sheets, region_of
from sim.scenario.outputs import Output, written
from sim.scenario.quantities import is_whole, type_objection
from sim.scenario.schema import scenario_schema, scenario_template, schema_text

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


Written = str | dict[int | str, str | dict[int, str]]
"""what a scenario writes of a key: a text, or texts by year and municipality ("all", a code), these by year or not"""
Span = TypedDict(
    "Span", {"from": int, "to": int, "value": Value, "origin": str, "municipality": NotRequired[int]}, total=True
)
"""years with one value; municipality only where it is that of a single one"""


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
    """1 = the full population, N = one household in N."""

    sample: int = 1


class Scenario(_Frozen):
    """A checked scenario with everything its base says; `layers` are the changes, base first."""

    name: str
    extends: str | None = None
    region: str | None = None
    """region its base or it names, as written; None: that in force"""
    title: Text = Text()
    """what people call it; empty: by its name"""
    description: Text = Text()
    expectation: Text = Text()
    source: str = ""
    horizon: Horizon = Horizon()
    population: Population = Population()
    seed: int = 20260401
    replicates: int = 1
    policy: dict[str, Written] = {}
    behaviour: dict[str, Written] = {}
    law: dict[str, Written] = {}
    chain: tuple[str, ...] = ()
    """names from the base to this scenario"""
    layers: tuple[tuple[Change, ...], ...] = ()
    own_region: bool = False
    """whether the file itself names a region"""
    same_frame: bool = False
    """whether the file leaves horizon, sample, seed and replicates to its base"""
    outputs: tuple[Output, ...] = ()
    """tables and unit records a run leaves beside its own tables; those of its base too, where not named anew"""

    def overrides(self, parameters: Parameters) -> dict[OverrideKey, Value]:
        """Return what the scenario sets, (key, fiscal year, municipality code or None) -> value.

        Relative changes are worked out from the register, so that a scenario applied twice changes nothing.
        """
        mistakes = Mistakes()
        values = _resolved(self.layers, parameters.register(), mistakes)
        if mistakes:
            raise ScenarioError("\n".join(mistakes.lines()))
        return values

    def resolved(self, parameters: Parameters) -> dict[str, object]:
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
            "as_of": str(applied.as_of) if applied.as_of else None,
            **({"outputs": written(self.outputs)} if self.outputs else {}),
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

    def warnings(self, parameters: Parameters | None = None, last: int | None = None) -> list[str]:
        """Return what the scenario's own lines say in vain, or say against what has happened.

        A key whose lines change no value of a run that ends in `last` (its horizon if left out); a scenario that says
        nothing its base does not; a published value of a year that is over; outputs of years after the run.
        """
        p = (parameters or Parameters.load(regions.chosen() or self.region or regions.DEFAULT)).register()
        end = last or self.horizon.last
        idle = self._idle(p, end)
        rewrites: dict[str, str] = {}
        for change, years in self._rewrites(p):
            if change.key not in idle:
                rewrites.setdefault(change.key, _rewritten(change, years, p))
        late = [o for o in self.outputs if min(o.years or (o.since or FIRST,)) > end]
        unmade = [f"outputs.{o.kind}.{o.name}: its years begin after the run, which ends in {era(end)}" for o in late]
        return [*self._in_vain(idle, end), *rewrites.values(), *unmade]

    def _in_vain(self, idle: dict[str, int | None], end: int) -> list[str]:
        """Return which of the scenario's own lines change nothing up to `end`, and whether all of them do."""
        own = self.layers[-1] if self.layers else ()
        texts = [f"{c.place}: {_vain(c, idle[c.key], end)}" for c in own if c.key in idle]
        if own and len(texts) == len(own):
            texts[-1] += f". So the results of the scenario are those of {self._base()}"
        elif not own and not self.outputs and self.extends and self.same_frame and not self.own_region:
            texts.append(f"{self.name}: no line of its own: its results are those of {self._base()}")
        return texts

    def _base(self) -> str:
        return self.chain[-2] if len(self.chain) > 1 else "the register"

    def _idle(self, p: Parameters, last: int) -> dict[str, int | None]:
        """Return the keys of the last layer that change no value up to `last`, with the first later year they do."""
        if not self.layers:
            return {}
        nothing = Mistakes()
        before = p.with_overrides(_resolved(self.layers[:-1], p, nothing))
        after = p.with_overrides(_resolved(self.layers, p, nothing))
        found: dict[str, int | None] = {}
        for key in dict.fromkeys(c.key for c in self.layers[-1]):
            codes = [None, *sorted({m for k, _, m in (*before.overrides, *after.overrides) if k == key and m})]
            changed = [y for y in REACH if any(_known(before, key, y, m) != _known(after, key, y, m) for m in codes)]
            if not any(y <= last for y in changed):
                found[key] = min(changed, default=None)
        return found

    def _rewrites(self, p: Parameters) -> list[tuple[Change, list[int]]]:
        """Return the own changes of published values of years that are over, with those years."""
        found = []
        for layer in self.layers[-1:]:
            for c in layer:
                years = [y for y in _years(c, layer) if y in range(FIRST, PAST + 1) and _decided(c.key, y, p)]
                if years and any(_known(p, c.key, y, c.code) != self._set(p, c, y) for y in years):
                    found.append((c, years))
        return found

    def _set(self, p: Parameters, c: Change, year: int) -> Value | None:
        before = _known(p, c.key, year, c.code)
        if not c.quantity.relative:
            return c.quantity.applied(0, False)
        return None if before is None else c.quantity.applied(before, is_whole(p.passport(c.key)))


def _known(p: Parameters, key: str, year: int, code: int | None) -> Value | None:
    try:
        return p.value(key, year, code)
    except ParameterError:
        return None


def _decided(key: str, year: int, p: Parameters) -> bool:
    """Return whether the value of a year is law or published for that very year, not carried into it."""
    passport = p.passport(key)
    given = passport.value is not None or year in (passport.values or {})
    return passport.status in ("law", "published") and given and year <= (passport.confirmed_until or year)


def _vain(c: Change, later: int | None, last: int) -> str:
    """Return why a line changes nothing, in words."""
    if later is None:
        return f"{c.section}.{c.key}: {c.quantity.text} is what holds without the line; it changes nothing"
    return (
        f"{c.section}.{c.key}: changes nothing before {era(later)}, and the run ends in {era(last)}; "
        f"write an earlier year, or horizon: {{to: {era(later)}}}"
    )


def _rewritten(c: Change, years: list[int], p: Parameters) -> str:
    passport = p.passport(c.key)
    before = passport.shown(_known(p, c.key, years[0], c.code))
    word = "the law" if passport.status == "law" else "published"
    return (
        f"{c.place}: {c.section}.{c.key}: rewrites what has happened: {before} of {span(years)} is {word}; "
        f"to change the future only, write {{{era(PAST + 1)}: {c.quantity.text}}}"
    )


def year_of_model(year: int | str, what: str) -> int:
    """Return a fiscal year, in any spelling, that a run may reach; InputError otherwise."""
    try:
        found = fiscal_year(year)
    except ValueError as error:
        raise InputError(f"{what}: {error}") from None
    if not FIRST <= found <= LAST:
        years = f"{era(FIRST)}–{era(LAST)} ({FIRST}–{LAST})"
        raise InputError(f"{what}: {year} is outside the years of the model, {years}")
    return found


def checked_overrides(overrides: Mapping[OverrideKey, Value], parameters: Parameters) -> dict[OverrideKey, Value]:
    """Return overrides of a caller, or raise ParameterError with all that a scenario file could not say either."""
    wrong = []
    for entry, value in overrides.items():
        try:
            key, year, _ = entry
            passport = parameters.passport(key)
        except (TypeError, ValueError):
            wrong.append(f"overrides: {entry!r} is no (key, fiscal year or None, municipality code or None)")
            continue
        if year is not None and (isinstance(year, bool) or not isinstance(year, int) or year not in REACH):
            wrong.append(f"overrides: {key}: {year!r} is no year from {REACH.start} to {LAST}")
        if problem := type_objection(value, passport) or passport.objection(value):
            wrong.append(f"overrides: {key}: {problem}")
    if wrong:
        raise ParameterError("\n".join(wrong))
    return dict(overrides)


def load_scenario(path_or_name: str | Path, parameters: Parameters | None = None) -> Scenario:
    """Return the scenario of a file, or of a name in scenarios/; ScenarioError lists every mistake at once."""
    mistakes = Mistakes()
    path = find(path_or_name, mistakes)
    p = parameters or _register_of(path, None)
    return _built(read_sheets(path, None, p, mistakes) if path else [], p, mistakes)


def parse_scenario(text: str, path: Path, parameters: Parameters | None = None) -> Scenario:
    """Return the scenario of a text that would stand in the file `path`, which need not exist."""
    mistakes = Mistakes()
    p = parameters or _register_of(path, text)
    return _built(read_sheets(path, text, p, mistakes), p, mistakes)


def _register_of(path: Path | None, text: str | None) -> Parameters:
    """Return the register a scenario is read with: of the region chosen for this process, else of its own."""
    named = region_of(path, text) if path and regions.chosen() is None else None
    return Parameters.load(named or regions.current())


def _built(sheets: list[Sheet], parameters: Parameters, mistakes: Mistakes) -> Scenario:
    """Return the scenario of a file and its bases (base first), or raise all mistakes of all of them."""
    layers = tuple(tuple(s.changes) for s in sheets)
    if sheets:
        _resolved(layers, parameters.register(), mistakes)
        _check_horizon(sheets, mistakes)
    if mistakes or not sheets:
        raise ScenarioError("\n".join(mistakes.lines()))
    top = sheets[-1]

    def latest(name: str, default: int) -> int:
        return next((getattr(s, name) for s in reversed(sheets) if getattr(s, name) is not None), default)

    return Scenario(
        name=top.name or "",
        extends=top.extends,
        region=next((s.region for s in reversed(sheets) if s.region), None),
        title=Text(**top.title),
        description=Text(**top.description),
        expectation=Text(**top.expectation),
        source=top.source or "",
        horizon=Horizon(first=latest("first", FIRST), last=latest("last", Horizon().last)),
        population=Population(sample=latest("sample", 1)),
        seed=latest("seed", Scenario.model_fields["seed"].default),
        replicates=latest("replicates", 1),
        chain=tuple(s.name or "" for s in sheets),
        layers=layers,
        outputs=tuple({output.name: output for s in sheets for output in s.outputs}.values()),
        own_region=top.region is not None,
        same_frame=all(v is None for v in (top.first, top.last, top.sample, top.seed, top.replicates)),
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


def _written(sheet: Sheet, section: str) -> dict[str, Written]:
    """Return the section as written: key -> text, or {year or municipality: text}."""
    out: dict[str, Written] = {}
    for c in sheet.changes:
        if c.section == section:
            out[c.key] = _with(out.get(c.key), c)
    return out


def _with(said: Written | None, c: Change) -> Written:
    """Return what is written of a key, with one more change of it."""
    if said is None and c.year is None and c.code is None:
        return c.quantity.text
    by: dict[int | str, str | dict[int, str]] = {"all": said} if isinstance(said, str) else said or {}
    if c.year is None or c.code is None:
        by[c.code or c.year or "all"] = c.quantity.text
        return by
    inner = by.setdefault(c.code, {})
    assert isinstance(inner, dict)  # a municipality has one value, or values by year
    inner[c.year] = c.quantity.text
    return by


def _as_written(c: Change, scenario: str) -> dict[str, str | int]:
    entry: dict[str, str | int] = {"scenario": scenario, "key": c.key, "written": c.quantity.text, "at": str(c.place)}
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
    """Write into `values` what a change makes of each year; one that says the value itself ends those of single places.

    A relative change of all municipalities also moves the values that single ones have.
    """
    key = change.key
    single = sorted({m for k, _, m in values if k == key and m is not None}) if change.code is None else []
    if change.quantity.relative:
        _shift(change, years, [change.code, *single], values, register, mistakes)
        return
    for year in years:
        for code in single:
            values.pop((key, year, code), None)
        values[key, year, change.code] = change.quantity.applied(0, False)


def _shift(
    change: Change,
    years: range,
    codes: list[int | None],
    values: dict[OverrideKey, Value],
    register: Parameters,
    mistakes: Mistakes,
) -> None:
    """Write into `values` a relative change of what held before; note the first value that is not allowed."""
    key, quantity, passport = change.key, change.quantity, register.passport(change.key)
    started = False
    for year in years:
        for code in codes:
            if code != change.code and (key, year, code) not in values:
                continue
            base = _before(key, year, code, values, register)
            if base is None:
                continue
            started = True
            value = quantity.applied(base, is_whole(passport))
            if passport.objection(value):
                mistakes.add(
                    change.place,
                    f"{change.section}.{key}: '{quantity.text}' makes {plain(value)} in {era(year)} (before: "
                    f"{plain(base)} {passport.unit}); allowed {passport.allowed()}",
                )
                return
            values[key, year, code] = value
        if not started and change.year == year:
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


def _spans(key: str, applied: Parameters, years: range) -> list[Span]:
    """Return the values of the years, equal neighbours joined; municipalities with values of their own follow."""
    codes = sorted({m for k, _, m in applied.overrides if k == key and m is not None})
    return [span for code in (None, *codes) for span in _spans_of(key, code, applied, years)]


def _spans_of(key: str, code: int | None, applied: Parameters, years: range) -> list[Span]:
    """Return the spans of all municipalities (None), or those in which one has a value of its own."""
    spans: list[Span] = []
    for year in years:
        value = _known(applied, key, year, code)
        if value is None:
            continue
        origin = _origin(key, year, code, applied)
        last = spans[-1] if spans else None
        if last and (last["to"], last["value"], last["origin"]) == (year - 1, value, origin):
            last["to"] = year
        elif code is None or (key, year, code) in applied.overrides:
            spans.append({"from": year, "to": year, "value": value, "origin": origin})
            if code is not None:
                spans[-1]["municipality"] = code
    return spans


def _origin(key: str, year: int, code: int | None, applied: Parameters) -> str:
    if (key, year, code) in applied.overrides or (key, year, None) in applied.overrides:
        return "scenario"
    return "expected" if applied.is_expected(key, year) else "register"
