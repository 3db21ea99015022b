"""What a name means: columns, facts, tables and their columns, parameters, data, scenarios and steps of the year.

Everything stands in the declarations; here it is looked up, by name or by a word of its meaning in either language.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import TypedDict

from sim.core.errors import InputError, KokuhoError, nearest
from sim.engine.steps import STEPS
from sim.engine.tables import TABLES
from sim.engine.year import YEAR
from sim.institutions.memory import FACTS
from sim.parameters import Parameters
from sim.parameters.shipped import scenarios
from sim.population.columns import HOUSEHOLDS, PEOPLE
from sim.population.fields import ROWS, fields
from sim.reports.meanings import TABLES_JA, column_ja, fact_ja
from sim.scenario.file import known_names
from sim.scenario.labels import LABELS_JA
from sim.scenario.scenario import load_scenario
from sim.scenario.schema import current

_JAPANESE = re.compile(r"[぀-ヿ一-鿿]")
_BRACKETS = re.compile(r"\(([^()]*)\)")


class Entry(TypedDict):
    """One thing that has a name.

    kind    column, fact, table, table column, parameter, data, scenario or step
    name    as it is written: people.age, metropolis_year.alpha, rates.alpha
    ja, en  meaning; empty where nobody has said it in that language
    values  codes with their labels, keys of a table, the value of a parameter now, what a step reads and writes
    source  ids of sources of a number; else the mechanism that owns the column or fact
    """

    kind: str
    name: str
    unit: str
    ja: str
    en: str
    values: str
    source: str


def found(p: Parameters, name: str | None = None, search: str | None = None) -> list[Entry]:
    """Return what has a name, or what has all words of `search` in its name or meaning; everything without both.

    A name is that of the thing (bill, people.age, rates.alpha), of a table or of a domain, which mean all in them.
    InputError names the nearest where there is nothing.
    """
    known = entries(p)
    if name is not None:
        known = [e for e in known if name in (e["name"], _last(e["name"])) or e["name"].startswith(f"{name}.")]
        if not known:
            names = {n for e in entries(p) for n in (e["name"], _last(e["name"]))}
            raise InputError(f"nothing is called '{name}'{nearest(name, names)} Try: kokuho describe --search {name}")
        known.sort(key=lambda e: (e["name"] != name, _last(e["name"]) != name))
    words = _plain(search or "").split()
    hits = [e for e in known if all(w in _words(e) for w in words)]
    if not hits:
        raise InputError(f"nothing has '{search}' in its name or meaning; try a shorter word, or the other language")
    return hits


def _last(name: str) -> str:
    return name.rpartition(".")[2]


def _words(e: Entry) -> str:
    """Return what a word is looked for in: name, meaning and, of a column, the labels of its codes."""
    return _plain(" ".join((e["name"], e["ja"], e["en"], e["values"] if e["kind"] == "column" else "")))


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


def entries(p: Parameters) -> list[Entry]:
    """Return everything that has a name."""
    return [*_columns(), *_facts(), *_tables(), *_parameters(p), *_data(p), *map(_scenario, known_names()), *_steps()]


def _columns() -> Iterator[Entry]:
    owners = {(home, c.name): c.owner for home, cs in zip(ROWS, (PEOPLE, HOUSEHOLDS), strict=True) for c in cs}
    for home in ROWS:
        for f in fields(home).values():
            if f.home == home:
                labels = ", ".join(f"{code} ({ja})" for code, (ja, _) in f.labels.items())
                owner = owners.get((home, f.name), "population")
                yield _entry("column", f"{home}.{f.name}", f.unit, (f.ja, f.en), labels, owner)


def _facts() -> Iterator[Entry]:
    for f in FACTS:
        yield _entry("fact", f.name, f.unit, (fact_ja(f.name), f.meaning), "", f.owner)


def _tables() -> Iterator[Entry]:
    for t in TABLES:
        yield _entry("table", t.name, "", (TABLES_JA.get(t.name, ""), t.meaning), f"keys: {', '.join(t.keys)}", "")
        for column, (unit, meaning) in t.columns.items():
            if t.name != "municipality_year":  # its columns are the facts
                yield _entry("table column", f"{t.name}.{column}", unit, (column_ja(t, column), meaning), "", "")


def _parameters(p: Parameters) -> Iterator[Entry]:
    for key in sorted(p.passports):
        passport = p.passport(key)
        label = " ".join(passport.label.split())
        values = f"{current(p, key)} [{passport.allowed()}; {passport.status}]"
        yield _entry(
            "parameter", key, passport.unit, (LABELS_JA.get(key) or _japanese(label), label), values, passport.source
        )


def _data(p: Parameters) -> Iterator[Entry]:
    for key in sorted(p.table_passports):
        passport = p.table_passport(key)
        ids = {s.strip() for cell in p.table(key)["source_id"].unique() for s in str(cell).split(";")}
        columns = ", ".join(f"{name} ({unit})" for name, unit in passport.columns.items())
        label = " ".join(passport.label.split())
        values = f"keys: {', '.join(passport.keys)}; columns: {columns}"
        yield _entry("data", key, "", (_japanese(label), label), values, ";".join(sorted(ids)))


def shipped_scenarios() -> list[Entry]:
    """Return the scenarios that come with the model."""
    return [_scenario(path.stem) for path in sorted(scenarios().glob("*.yaml"))]


def _scenario(name: str) -> Entry:
    """Return what a scenario says of itself; a file with mistakes says that it has some."""
    try:
        s = load_scenario(name)
    except KokuhoError:
        return _entry("scenario", name, "", ("", f"has mistakes: kokuho check {name}"), "", "")
    base = f"extends {s.extends}" if s.extends else ""
    return _entry("scenario", name, "", (s.description.ja, s.description.en), base, s.source)


def _steps() -> Iterator[Entry]:
    for s in YEAR:
        told = "rebuilds both tables" if s.rebuilds else f"writes {', '.join(s.writes)}; reads {', '.join(s.reads)}"
        yield _entry("step", s.name, "", STEPS.get(s.name, ("", "a step of the year")), told, s.mechanism)


def _entry(kind: str, name: str, unit: str, meaning: tuple[str, str], values: str, source: str) -> Entry:
    ja, en = (" ".join(text.split()) for text in meaning)
    return Entry(kind=kind, name=name, unit=unit, ja=ja, en=en, values=values, source=source)


def _japanese(label: str) -> str:
    """Return the Japanese terms an English label has in brackets."""
    return "、".join(text for text in _BRACKETS.findall(label) if _JAPANESE.search(text))
