"""The dictionary in docs/ says what the declarations say."""

from __future__ import annotations

from pathlib import Path

import pytest

from sim.engine.tables import TABLES
from sim.institutions.memory import FACTS
from sim.parameters import Parameters
from sim.population.columns import HOUSEHOLDS, PEOPLE
from sim.reports import dictionary

PAGES = Path(__file__).parents[2] / "docs" / "dictionary"


@pytest.fixture(scope="module")
def pages() -> dict[str, str]:
    return dictionary.pages(Parameters.load())


def test_the_pages_in_docs_are_in_step(pages: dict[str, str]) -> None:
    kept = {path.name: path.read_text(encoding="utf-8") for path in PAGES.iterdir()}
    assert kept.keys() == pages.keys()
    old = [name for name, text in pages.items() if kept[name] != text]
    assert not old, f"run: kokuho dictionary docs/dictionary ({', '.join(old)})"


def test_every_declaration_has_its_row(pages: dict[str, str]) -> None:
    p = Parameters.load()
    rows = {
        name: {line.split("`")[1] for line in text.splitlines() if line.startswith("| `")}
        for name, text in pages.items()
    }
    assert rows["columns.md"] == {c.name for c in (*PEOPLE, *HOUSEHOLDS)}
    assert rows["facts.md"] == {f.name for f in FACTS}
    assert rows["parameters.md"] == set(p.passports)
    assert rows["data.md"] == set(p.table_passports)
    assert rows["tables.md"] == {c for s in TABLES if s.name != "municipality_year" for c in s.columns}


def test_every_row_has_the_cells_of_its_head(pages: dict[str, str]) -> None:
    for text in pages.values():
        width = 0
        for line in text.splitlines():
            cells = line.replace("\\|", "").count("|") if line.startswith("|") else 0
            assert not (width and cells) or cells == width, line
            width = cells
