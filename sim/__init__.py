"""kokuho-sim: an agent-based microsimulation of a prefecture's National Health Insurance (国民健康保険).

import sim
result = sim.run("baseline", sample=100)      # a finished run: result.headline, result.tables, result.path
sim.validate(result.path)                     # published figures beside simulated ones
sim.household("family.yaml", "新宿区", "R7")   # one bill, line by line; sim.households("people.csv"): many
sim.care("care.yaml")                         # cost, counter shares and 高額療養費 by month
sim.curve("family.yaml", "新宿区", "R7")       # the bill along income
sim.compare(["baseline", "collection_drive"], sample=100).year   # differences on shared draws
sim.model_households(["baseline", "alpha_faster"])   # bills of モデル世帯 by run, municipality and year
sim.backtest(["2024-10-31"], sample=100).by_item   # forecasts as of a date beside what was published later
sim.contribution("inputs.xlsx")                # 納付金 and standard rates of any prefecture from its own figures
sim.standard_rates(["baseline"], 2026)         # 標準保険料率 of all municipalities, runs side by side
sim.explain(result.path, "新宿区", 2026)       # the chain from the metropolis' needs to the standard rates
"""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.core import cache as _cache
from sim.core.version import __version__ as __version__

if TYPE_CHECKING:
    import pandas as pd

    from sim.engine.api import run as run
    from sim.explanations.answer import household as household
    from sim.explanations.batch import households as households
    from sim.explanations.care import care as care
    from sim.explanations.contribution.answer import contribution as contribution
    from sim.explanations.curve import curve as curve
    from sim.explanations.effort import effort as effort
    from sim.explanations.model_households import model_households as model_households
    from sim.explanations.standard_rates import standard_rates as standard_rates
    from sim.outputs.folder import RunFolder
    from sim.studies.attribution import attribute as attribute
    from sim.studies.backtest import backtest as backtest
    from sim.studies.compare import compare as compare
    from sim.studies.sensitivity import sensitivity as sensitivity
    from sim.studies.validation import validate as validate

_cache.use()


__all__ = [
    "attribute",
    "backtest",
    "care",
    "compare",
    "contribution",
    "curve",
    "effort",
    "explain",
    "household",
    "households",
    "model_households",
    "report",
    "run",
    "sensitivity",
    "standard_rates",
    "validate",
]

_HOMES = {
    "attribute": "sim.studies.attribution:attribute",
    "backtest": "sim.studies.backtest:backtest",
    "compare": "sim.studies.compare:compare",
    "care": "sim.explanations.care:care",
    "contribution": "sim.explanations.contribution.answer:contribution",
    "curve": "sim.explanations.curve:curve",
    "effort": "sim.explanations.effort:effort",
    "household": "sim.explanations.answer:household",
    "households": "sim.explanations.batch:households",
    "model_households": "sim.explanations.model_households:model_households",
    "run": "sim.engine.api:run",
    "sensitivity": "sim.studies.sensitivity:sensitivity",
    "standard_rates": "sim.explanations.standard_rates:standard_rates",
    "validate": "sim.studies.validation:validate",
}
"""Public functions that stand in a room of the house; imported when first asked for, since some take a second."""


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'sim' has no attribute '{name}'")
    module, _, function = _HOMES[name].partition(":")
    found = getattr(importlib.import_module(module), function)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return [*__all__, "__version__"]


def explain(
    run: str | Path | RunFolder, municipality: str | int, year: int | str, portion: str | None = None
) -> pd.DataFrame:
    """Return the whole chain from B to the standard rates of a municipality and year as a data frame."""
    from sim.explanations.chain import explain as chain
    from sim.outputs.runs import find_run
    from sim.parameters.regions import using
    from sim.scenario.scenario import year_of_model

    found = find_run(run)
    with using(found.manifest["region"]):
        return chain(found.path, str(municipality), year_of_model(year, "year"), portion)


def report(run: str | Path | RunFolder, lang: str = "ja") -> Path:
    """Write the HTML report of a run and return its path."""
    from sim.reports import build

    return build(run, "en" if lang == "en" else "ja")
