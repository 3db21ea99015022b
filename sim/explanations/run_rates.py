"""Actual rates as a finished run decided them, to stand in where none are published."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from sim.outputs.folder import RunFolder
from sim.outputs.runs import find_run, of_scenario
from sim.parameters import regions

_BASELINE = "baseline"
_PARTS = ("income_part", "asset_part", "per_head", "per_household", "per_adult", "cap")


@dataclass(frozen=True)
class RunRates:
    """The rates of a run by municipality, year and portion."""

    folder: RunFolder

    @property
    def name(self) -> str:
        return f"{self.folder.scenario}/{self.folder.path.name}"

    def row(self, code: int, portion: str, year: int) -> dict[str, int] | None:
        """Return the rates by their field names in `institutions.rates.Rates`, or None outside the run's years."""
        return self._rows.get((code, year, portion))

    @cached_property
    def _rows(self) -> dict[tuple[int, int, str], dict[str, int]]:
        table = self.folder.table("rates")
        horizon = self.folder.manifest["horizon"]
        inside = (table["year"] >= horizon["from"]) & (table["year"] <= horizon["to"])
        actual = table[(table["kind"] == "actual") & inside].assign(asset_part=lambda t: t.get("asset_part", 0))
        return {
            (int(row["code"]), int(row["year"]), str(row["portion"])): {part: int(row[part]) for part in _PARTS}
            for row in actual[["code", "year", "portion", *_PARTS]].to_dict("records")
        }


def rates_of_run(run: str | Path | RunFolder) -> RunRates:
    """Return the rates of the run meant by a folder, a run id or a scenario."""
    return RunRates(find_run(run))


def baseline_rates() -> RunRates | None:
    """Return the rates of the best full run of the baseline of the region in force, without levers and overrides.

    None without one: a run of another prefecture says nothing of this one's rates.
    """
    for run in of_scenario(_BASELINE):
        manifest = run.manifest
        if manifest["region"] != regions.current():
            continue
        if manifest["sample"] == 1 and not manifest["levers"] and not manifest["overrides"] and not run.problems():
            return RunRates(run)
    return None
