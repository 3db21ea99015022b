"""Own rates of a municipality (改定案) for notebooks: what plans do beside what is expected without them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Unpack

from sim.scenario.scenario import Scenario
from sim.studies.execution import Workers
from sim.studies.rates_plan import Ask, Plans, look


def rates_plan(
    plans: Sequence[str | Path | Scenario] | str | Path | Scenario,
    *,
    municipality: str | int | None = None,
    year: int | str | None = None,
    base: str | Path | Scenario | None = None,
    sample: int | None = None,
    replicates: int = 1,
    last: int | str | None = None,
    more_than: int = 10_000,
    against: str = "base",
    households: str | Path | None = None,
    ranges: bool = False,
    out: str | Path = "results",
    **workers: Unpack[Workers],
) -> Plans:
    """Run plans of own rates and their base, and return what they do to bills, collection and transfer.

    plans         scenarios with a block `rates_plan`, names or files
    municipality  whose figures are wanted, or a group with one rate; that of the plan if left out
    year          of the bills; the first year of the plans if left out
    base          scenario without the plan; what the first plan extends if left out
    replicates    pairs of runs with draws of their own; from two on `half` says how much is noise
    more_than     yen a year from which a bill counts as risen or fallen
    against       base: the rates expected without the plan; current: those of the year before it, left as they are
    households    a file of model households (`kokuho models --copy`); the shipped ones if left out
    ranges        work out how far the differences of the effects may be off, some sixty small runs

    InputError where a plan sets no rates of the municipality.

    >>> plan = sim.parse_plan("trial", "乙市", {"R9": {"medical": {"income": "8%", "per_head": 36_000}}}, "teaching")
    >>> found = sim.rates_plan(plan, last="R9", jobs=1, progress=False)
    >>> rows = found.changes.set_index("kind").loc["all"]
    >>> float(rows["share_up"] + rows["share_down"] + rows["share_same"])
    1.0
    """
    each = [plans] if isinstance(plans, str | Path | Scenario) else list(plans)
    ask = Ask(
        municipality=municipality,
        year=year,
        base=base,
        sample=sample,
        replicates=replicates,
        last=last,
        more_than=more_than,
        against=against,
        households=households,
        ranges=ranges,
    )
    return look(each, ask, out=out, **workers)
