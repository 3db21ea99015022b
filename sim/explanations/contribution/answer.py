"""The contribution and standard rates of any prefecture, municipality by municipality: the public door."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from sim.core.errors import InputError, nearest
from sim.explanations.contribution.checks import check
from sim.explanations.contribution.figures import Figures, figures
from sim.explanations.contribution.reading import Inputs, read
from sim.explanations.contribution.steps import METROPOLIS, steps_of
from sim.mechanisms.rates.contribution import half_up
from sim.mechanisms.rates.portion import PortionChain, compute_portion
from sim.mechanisms.rates.standard import MILLION

PARTS = ("income_part", "asset_part", "per_head", "per_household", "per_adult")
KINDS = ("prefecture", "municipal", "own")
"""都道府県標準保険料率 (2方式, a uniform national rule), 市町村標準保険料率, rates by the municipality's own form"""


@dataclass(frozen=True, kw_only=True)
class Contribution:
    """What `contribution` returns; all yen are whole, and the contributions of a portion add up to its B less easing.

    municipalities  a row a municipality: name, code, insured; contribution d of each portion used (medical, support,
                    care, child) and in total, yen; easing, yen; per_insured, yen, the sum of the portions' own figures
                    per head (介護2号 for care), as prefectures publish it; needed (e) and assessed (E), yen, all
                    portions
    rates           name, code, kind (prefecture, municipal, own), portion, income_part and asset_part (1/1,000,000),
                    per_head, per_household, per_adult (yen); kind prefecture has one row a portion
    steps           portion, place, symbol, label_ja, label_en, formula, inputs, value, unit, source: every step;
                    place "metropolis" holds the prefecture's own lines
    chains          the same by portion, exact: fractions and int64[M] (`sim.mechanisms.rates.portion`)
    notes           what was left out, and why
    """

    prefecture: str
    year: str
    municipalities: pd.DataFrame
    rates: pd.DataFrame
    steps: pd.DataFrame
    chains: Mapping[str, PortionChain]
    notes: tuple[str, ...]

    def of(self, municipality: str) -> pd.DataFrame:
        """Return the steps of one municipality, the prefecture's lines before its own in each portion."""
        names = self.municipalities["name"].tolist()
        if municipality not in names:
            raise InputError(
                f"no municipality '{municipality}'{nearest(municipality, names)}; there are {', '.join(names)}"
            )
        return self.steps[self.steps["place"].isin([METROPOLIS, municipality])].reset_index(drop=True)

    def data(self) -> dict[str, object]:
        """Return everything as plain data for JSON."""

        def rows(frame: pd.DataFrame) -> object:
            return json.loads(frame.to_json(orient="records", force_ascii=False, double_precision=15))

        return {
            "prefecture": self.prefecture,
            "year": self.year,
            "municipalities": rows(self.municipalities),
            "rates": rows(self.rates),
            "steps": rows(self.steps),
            "notes": list(self.notes),
        }

    def write(self, path: str | Path, lang: str = "ja") -> Path:
        """Write .xlsx (tables, and a calculation sheet a municipality with live formulas), .csv (steps) or .json."""
        from sim.explanations.contribution.workbook import write

        return write(self, Path(path), lang)


def contribution(inputs: Inputs) -> Contribution:
    """Return contribution and standard rates of a prefecture from its own figures: the engine of the simulation.

    inputs  an .xlsx workbook with the sheets 都道府県 and 市区町村 (`kokuho contribution --template` writes one), a
            folder with prefecture.csv and municipalities.csv, a .yaml file, or a mapping
            {"prefecture": {item: value or {portion: value}}, "municipalities": list of mappings or a frame};
            names of items and columns in Japanese or English (docs/contribution.md)

    InputError names file, sheet, row and column of everything that is wrong, missing or disagrees, up to twenty.

        done = sim.contribution("inputs.xlsx")
        done.municipalities[["name", "medical", "total", "per_insured"]]
        done.of("甲市")

    The rules are those of 算定政令 arts. 9-11 as in `sim.mechanisms.rates.contribution`.

    >>> from sim.explanations.contribution.template import write_template
    >>> own = sim.contribution(write_template("inputs.xlsx"))
    >>> bool(own.municipalities["total"].gt(0).all())
    True
    """
    book = read(inputs)
    check(book)
    given = figures(book)
    chains = {portion: compute_portion(own) for portion, own in given.portions.items()}
    return Contribution(
        prefecture=given.prefecture,
        year=given.year,
        municipalities=_municipalities(given, chains, [int(place["insured"]) for place in book.places]),
        rates=pd.DataFrame(_rates(given, chains)),
        steps=steps_of(given, chains),
        chains=chains,
        notes=tuple(given.notes),
    )


def _municipalities(given: Figures, chains: Mapping[str, PortionChain], insured: list[int]) -> pd.DataFrame:
    each = list(chains.values())
    per_head = sum(np.divide(c.levy, c.insured, out=np.zeros(len(insured)), where=c.insured > 0) for c in each)
    return pd.DataFrame(
        {
            "name": given.names,
            "code": given.codes,
            "insured": insured,
            **{portion: c.levy for portion, c in chains.items()},
            "total": sum(c.levy for c in each),
            "per_insured": per_head,
            "easing": sum(c.easing for c in each),
            "needed": sum(c.required for c in each),
            "assessed": sum(c.assessed for c in each),
        }
    )


def _rates(given: Figures, chains: Mapping[str, PortionChain]) -> Iterator[dict[str, object]]:
    """Yield the rates of three kinds; those of the prefecture are rounded as the others, halves up."""
    for portion, c in chains.items():
        share, head = c.metropolitan
        parts = dict(zip(PARTS, (half_up(share * MILLION), 0, half_up(head), 0, 0), strict=True))
        yield {"name": given.prefecture, "code": "", "kind": "prefecture", "portion": portion, **parts}
        for i, (name, code) in enumerate(zip(given.names, given.codes, strict=True)):
            who = {"name": name, "code": code}
            adult = int(c.per_adult[i])
            for kind, source in (("municipal", c), ("own", c.own)):
                parts = {part: int(getattr(source, part)[i]) for part in PARTS[:-1]}
                yield {
                    **who,
                    "kind": kind,
                    "portion": portion,
                    **parts,
                    "per_adult": adult if kind == "municipal" else 0,
                }
