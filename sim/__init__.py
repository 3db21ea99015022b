"""kokuho-sim: an agent-based microsimulation of Tokyo's National Health Insurance (国民健康保険).

import sim
result = sim.run("baseline", sample=100)      # a finished run: result.headline, result.tables, result.path
sim.validate(result.path)                     # published figures beside simulated ones
sim.household("family.yaml", "新宿区", "R7")   # one bill, line by line
sim.compare(["baseline", "collection_drive"], sample=100).year   # differences with shared luck
sim.model_households(["baseline", "alpha_faster"])   # bills of モデル世帯 by run, municipality and year
sim.explain(result.path, "新宿区", 2026)       # the chain from the metropolis' needs to the standard rates
"""

from __future__ import annotations

from typing import Any

from sim.core import cache as _cache

_cache.use()

from sim import run  # noqa: E402  after the cache of kernels is in its place

__version__ = "0.1.0"

__all__ = [
    "attribute",
    "compare",
    "explain",
    "household",
    "model_households",
    "report",
    "run",
    "sensitivity",
    "validate",
]


def attribute(run: Any, **options: Any) -> Any:
    """Split a change into its drivers, to the yen (`sim.experiments.attribution.attribute`)."""
    from sim.experiments.attribution import attribute as split

    return split(run, **options)


def compare(scenarios: Any, **options: Any) -> Any:
    """Run what is missing of some scenarios and return their differences (`sim.experiments.compare.compare`)."""
    from sim.experiments.compare import compare as compared

    return compared(scenarios, **options)


def household(family: Any, municipality: str | int, year: int | str, **options: Any) -> Any:
    """Return the bill of one household, line by line (`sim.levy.household.bill`)."""
    from sim.levy.household import bill

    return bill(family, municipality, year, **options)


def explain(run: Any, municipality: str | int, year: int | str, portion: str | None = None) -> Any:
    """Return the whole chain from B to the standard rates of a municipality and year as a data frame."""
    from sim.outputs.runs import find_run
    from sim.parameters.scenario import year_of_model
    from sim.rates.explain import explain as chain

    return chain(find_run(run).path, str(municipality), year_of_model(year, "year"), portion)


def model_households(runs: Any, file: Any = None, **options: Any) -> Any:
    """Return bills of model households under the rates of runs (`sim.experiments.model_households`)."""
    from sim.experiments.model_households import model_households as bills

    return bills(runs, file, **options)


def sensitivity(spec: Any, **options: Any) -> Any:
    """Vary parameters over their ranges and rank them (`sim.experiments.sensitivity.sensitivity`)."""
    from sim.experiments.sensitivity import sensitivity as study

    return study(spec, **options)


def validate(run: Any = None, sample: int | None = None) -> Any:
    """Return published figures beside simulated ones as a data frame."""
    from sim.experiments.validation import validate as rows

    return rows(run, sample)


def report(run: Any, lang: str = "ja") -> Any:
    """Write the HTML report of a run and return its path."""
    from sim.reports import build

    return build(run, "en" if lang == "en" else "ja")
