"""kokuho-sim: an agent-based microsimulation of a prefecture's National Health Insurance (国民健康保険).

import sim
result = sim.run("baseline", sample=100)      # a finished run: .headline, .tables, .range(...), .plot.collection()
result = sim.load("baseline")                 # the best run on disk; sim.runs(): all there are
sim.validate(result.path)                     # published figures beside simulated ones
sim.household("family.yaml", "新宿区", "R7")   # one bill, line by line; sim.households("people.csv"): many
sim.care("care.yaml")                         # cost, counter shares and 高額療養費 by month
sim.curve("family.yaml", "新宿区", "R7")       # the bill along income
sim.compare(["baseline", "collection_drive"], sample=100).year   # differences on shared draws
sim.model_households(["baseline", "alpha_faster"])   # bills of モデル世帯 by run, municipality and year
sim.backtest(["2024-10-31"], sample=100).by_item   # forecasts as of a date beside what was published later
sim.contribution("inputs.xlsx")                # 納付金 and standard rates of any prefecture from its own figures
sim.anchor("figures.xlsx").table               # a municipality's level moved to its own figures, as a scenario
sim.rates_plan("plan_a.yaml", municipality="新宿区").changes   # own rates (改定案): bills, winners and losers, transfer
sim.standard_rates(["baseline"], "R8")         # 標準保険料率 of all municipalities, runs side by side
sim.explain(result.path, "新宿区", "R8")       # the chain from the metropolis' needs to the standard rates
sim.person(run="baseline")                     # residents of a run; with an id the life of one
sim.histories("baseline", {"born": 1990})      # life histories of a cohort, a row a person and year
sim.sources("rates.alpha")                     # where a number comes from
sim.describe("collection_rate")                # what a name means: columns, tables, parameters, scenarios
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from sim.core import cache as _cache
from sim.core.version import __version__ as __version__

if TYPE_CHECKING:
    from sim.api.extracts import histories as histories
    from sim.api.people import person as person
    from sim.api.plans import rates_plan as rates_plan
    from sim.api.register import describe as describe
    from sim.api.register import regions as regions
    from sim.api.register import sources as sources
    from sim.api.result import Result as Result
    from sim.api.runs import explain as explain
    from sim.api.runs import load as load
    from sim.api.runs import report as report
    from sim.api.runs import run as run
    from sim.api.runs import runs as runs
    from sim.explanations.answer import household as household
    from sim.explanations.batch import households as households
    from sim.explanations.care import care as care
    from sim.explanations.contribution.answer import contribution as contribution
    from sim.explanations.curve import curve as curve
    from sim.explanations.effort import effort as effort
    from sim.explanations.model_households import model_households as model_households
    from sim.explanations.standard_rates import standard_rates as standard_rates
    from sim.scenario.outputs import Histories as Histories
    from sim.scenario.outputs import Microdata as Microdata
    from sim.scenario.outputs import Table as Table
    from sim.studies.anchor import anchor as anchor
    from sim.studies.attribution import attribute as attribute
    from sim.studies.backtest import backtest as backtest
    from sim.studies.calibrate import calibrate as calibrate
    from sim.studies.compare import compare as compare
    from sim.studies.levers import levers as levers
    from sim.studies.rates_plan.text import parse_plan as parse_plan
    from sim.studies.sensitivity import sensitivity as sensitivity
    from sim.studies.solve import solve as solve
    from sim.studies.validation import validate as validate

_cache.use()


__all__ = [
    "Histories",
    "Microdata",
    "Result",
    "Table",
    "anchor",
    "attribute",
    "backtest",
    "calibrate",
    "care",
    "compare",
    "contribution",
    "curve",
    "describe",
    "effort",
    "explain",
    "histories",
    "household",
    "households",
    "levers",
    "load",
    "model_households",
    "parse_plan",
    "person",
    "rates_plan",
    "regions",
    "report",
    "run",
    "runs",
    "sensitivity",
    "solve",
    "sources",
    "standard_rates",
    "validate",
]

_HOMES = {
    "Histories": "sim.scenario.outputs",
    "Microdata": "sim.scenario.outputs",
    "Result": "sim.api.result",
    "Table": "sim.scenario.outputs",
    "anchor": "sim.studies.anchor",
    "attribute": "sim.studies.attribution",
    "backtest": "sim.studies.backtest",
    "calibrate": "sim.studies.calibrate",
    "care": "sim.explanations.care",
    "compare": "sim.studies.compare",
    "contribution": "sim.explanations.contribution.answer",
    "curve": "sim.explanations.curve",
    "describe": "sim.api.register",
    "effort": "sim.explanations.effort",
    "explain": "sim.api.runs",
    "histories": "sim.api.extracts",
    "household": "sim.explanations.answer",
    "households": "sim.explanations.batch",
    "levers": "sim.studies.levers",
    "load": "sim.api.runs",
    "model_households": "sim.explanations.model_households",
    "parse_plan": "sim.studies.rates_plan.text",
    "person": "sim.api.people",
    "rates_plan": "sim.api.plans",
    "regions": "sim.api.register",
    "report": "sim.api.runs",
    "run": "sim.api.runs",
    "runs": "sim.api.runs",
    "sensitivity": "sim.studies.sensitivity",
    "solve": "sim.studies.solve",
    "sources": "sim.api.register",
    "standard_rates": "sim.explanations.standard_rates",
    "validate": "sim.studies.validation",
}
"""Where each public name lives; imported when first asked for, since some take a second."""


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'sim' has no attribute '{name}'")
    found = getattr(importlib.import_module(_HOMES[name]), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
