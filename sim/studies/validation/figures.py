"""What a published figure is compared with: the tables of a run, and a row for each comparison."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from sim.outputs.folder import RunFolder
from sim.parameters import Parameters
from sim.parameters.groups import followers, group_of


@dataclass(frozen=True)
class Figures:
    """The tables of a run a published figure can be compared with."""

    year: pd.DataFrame
    place: pd.DataFrame
    account: pd.DataFrame
    accounts: pd.DataFrame
    table: Callable[[str], pd.DataFrame]
    """any other table of the run, by name"""
    sample: int
    p: Parameters
    """the whole register of the run's region, whatever its information date"""

    @classmethod
    def of(cls, run: RunFolder) -> Figures:
        return cls.from_tables(run.table, int(run.manifest["sample"]), Parameters.load(run.region.name))

    @classmethod
    def from_tables(cls, table: Callable[[str], pd.DataFrame], sample: int, p: Parameters | None = None) -> Figures:
        """Return the figures of a run that left no folder; `table` returns a table by its name."""
        return cls(
            year=table("metropolis_year").set_index("year"),
            place=table("municipality_year"),
            account=table("metropolitan_account").set_index(["year", "item"])["value"],
            accounts=table("accounts"),
            table=table,
            sample=sample,
            p=p or Parameters.load(),
        )

    @cached_property
    def first_account(self) -> pd.Series:
        """What was estimated at provisional coefficients, float64 by year and item."""
        return self.table("provisional_account").set_index(["year", "item"])["value"]

    def members(self, code: int) -> list[int]:
        """Return the codes of a group's municipalities by the code of the group; of another code itself."""
        names = {name for name, group in self.p.region.groups.items() if group.code == code}
        return [c for c, group in group_of(self.p).items() if group in names] if names else [code]

    def follower(self, code: int, year: int) -> int:
        """Return the first municipality that follows the rates of a group in a year; of another code itself."""
        following = followers(self.p, year)
        return next((c for c in self.members(code) if c in following), code)

    def fact(self, year: int, name: str, group: str = "") -> float:
        """Return the sum of a column over all municipalities, or over those of a group."""
        wanted = self.place["year"] == year
        if group:
            wanted &= self.place["code"].isin([code for code, own in group_of(self.p).items() if own == group])
        return float(self.place[name][wanted].sum())

    def paid(self, year: int, payers: tuple[str, ...], payees: tuple[str, ...]) -> float:
        a = self.accounts
        rows = a[(a["year"] == year) & a["payer"].isin(payers) & a["payee"].isin(payees)]
        return float(rows["amount"].sum())

    def spent(self, year: int, entity: str) -> float:
        """Return what an entity paid less what it received."""
        rows = self.accounts[self.accounts["year"] == year]
        paid = rows[rows["payer"] == entity]["amount"].sum() - rows[rows["payee"] == entity]["amount"].sum()
        return float(paid)

    def of_year(self, name: str, year: int) -> pd.DataFrame:
        """Return the rows of a year of another table of the run."""
        t = self.table(name)
        return t[t["year"] == year]

    def flow(self, year: int, item: str) -> float:
        a = self.accounts
        return float(a[(a["year"] == year) & (a["item"] == item)]["amount"].sum())


def published(p: Parameters, key: str) -> pd.DataFrame:
    """Return the rows of a table the region gives, none that a rule made: nothing is held against what was imputed."""
    return p.given(key) if key in p.table_paths else p.rows(key).iloc[:0]


Read = Callable[[Figures, int], float]
OfGroup = Callable[[Figures, int, str], float]
"""(figures, fiscal year, name of a group of municipalities) -> its figure"""


@dataclass(frozen=True)
class Rule:
    """How a published item is read from a run, how close it should be, and what it was used for."""

    read: Read
    band: float
    relative: bool = True
    role: str = "held_out"
    fitted: tuple[int, ...] = ()
    """fiscal years whose figure something was fitted to, whatever the role of the others"""
    superseded: tuple[int, ...] = ()
    """fiscal years for which a later figure of the same thing is known: shown, not judged"""

    def of(self, year: int) -> str:
        """Return the role of the figure of a year."""
        if year in self.superseded:
            return "context"
        return "fitted" if year in self.fitted else self.role


def row(
    name: str, role: str, year: int, unit: str, published: float, simulated: float | None, width: float, source: str
) -> dict[str, object]:
    """Return one comparison; `width` is the band in the unit of the figure.

    Goals, inputs and context are shown, not judged. `basis` says what the published figure is, a result unless the
    caller says otherwise.
    """
    shown: dict[str, object] = {
        "id": name,
        "role": role,
        "year": year,
        "unit": unit,
        "published": published,
        "simulated": simulated,
        "difference": None,
        "band": None,
        "ok": None,
        "source": source,
        "basis": "result",
    }
    if simulated is None:
        return shown
    difference = simulated - published
    shown |= {"difference": difference, "band": width}
    if role not in ("goal", "input", "context"):
        shown["ok"] = bool(abs(difference) <= width)
    return shown
