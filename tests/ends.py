"""Every parameter at both ends of its range, one at a time: `python -m tests.ends [KEY ...]` (make ends).

A value the register allows must give a run: no traceback, no balance that fails, no negative money. KEY is a key or a
pattern such as `finance.*`; without one all keys. Each value that the population is built with builds one of its own,
of ten small municipalities at full size, and lives its first year. A refusal with a message is counted apart: it must
be told before the run.
"""

from __future__ import annotations

import argparse
import fnmatch
import gc
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from joblib import Parallel, delayed

from sim.core.errors import KokuhoError
from sim.core.units import era
from sim.engine.api import frames, plan
from sim.engine.model import KokuhoModel
from sim.engine.state import State
from sim.institutions.world import World
from sim.parameters import Parameters
from sim.parameters.schema import Passport, plain
from sim.population import store, synthesis

FIRST = 2022
SMALL = (13101, 13218, 13303, 13305, 13307, 13308, 13361, 13362, 13381, 13401)
"""a ward, a city, towns, villages and islands with few people, for parameters that need a population built"""
RAN, REFUSED, BROKE = "ran", "refused", "broke"


@dataclass(frozen=True)
class Try:
    key: str
    value: Any

    def __str__(self) -> str:
        return f"{self.key} = {plain(self.value)}"


def ends(patterns: list[str]) -> Iterator[Try]:
    """Yield both ends of every range, every choice, true and false, of the keys that fit a pattern."""
    for key, passport in Parameters.load().passports.items():
        if not patterns or any(fnmatch.fnmatch(key, p) for p in patterns):
            for value in _extremes(passport):
                yield Try(key, value)


def _extremes(passport: Passport) -> list[Any]:
    sample = passport.sample()
    if isinstance(sample, bool):
        return [False, True]
    if passport.choices is not None:
        return list(passport.choices)
    if passport.range is None:
        return []
    first = sample[0] if isinstance(sample, list) else sample
    values = [int(v) if isinstance(first, int) else float(v) for v in passport.range]
    return [[v] * len(sample) for v in values] if isinstance(sample, list) else values


def live(one: Try, sample: int, last: int) -> tuple[str, str]:
    """Live the years with a value in all of them; return how it went and what was said."""
    try:
        if one.key.startswith("population.") or one.key in store.VALUES:
            _build(Parameters.load().with_overrides({(one.key, None, None): one.value}))
        else:
            frames(plan("baseline", sample=sample, last=last, overrides={(one.key, None, None): one.value}), ("flows",))
    except KokuhoError as error:
        return REFUSED, str(error).splitlines()[0]
    except Exception as error:
        return BROKE, f"{type(error).__name__}: {error}"
    return RAN, ""


def _build(p: Parameters) -> None:
    """Build the people of a few municipalities and live their first year."""
    places = [p.codes().index(code) for code in SMALL]
    people, households, _ = synthesis.build(p, 1, places)
    state = State(world=World(p=p, places=len(p.codes()), seed=1), people=people, households=households)
    with KokuhoModel(state, FIRST) as model:
        model.step()


def live_institutions(one: Try, _: int, last: int) -> tuple[str, str]:
    """Live the years of the institutions alone, on facts that look like Tokyo's: for finance, rates and municipal."""
    from sim.engine.checks import AFTER
    from tests.unit.test_rates import live as lived

    try:
        w = lived(last, parameters=Parameters.load().with_overrides({(one.key, None, None): one.value}))
        for year in range(2022, last + 1):
            for check in (*AFTER["rates"], *AFTER["finance"]):
                check(w, year)
    except KokuhoError as error:
        return REFUSED, str(error).splitlines()[0]
    except Exception as error:
        return BROKE, f"{type(error).__name__}: {error}"
    return RAN, ""


def main() -> int:
    ask = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    ask.add_argument("keys", nargs="*", help="keys or patterns such as finance.*")
    ask.add_argument("--sample", type=int, default=20_000)
    ask.add_argument("--last", type=int, default=2025)
    ask.add_argument("--institutions", action="store_true", help="no people: for finance, rates and municipal")
    ask.add_argument("--jobs", type=int, default=1)
    a = ask.parse_args()
    tries = list(ends(a.keys))
    print(f"{len(tries)} values, {'no people' if a.institutions else f'1/{a.sample:,}'}, to {era(a.last)}", flush=True)
    how_to = live_institutions if a.institutions else live
    made = Parallel(n_jobs=a.jobs, return_as="generator")(delayed(how_to)(t, a.sample, a.last) for t in tries)
    count: Counter[str] = Counter()
    for one, (how, said) in zip(tries, made, strict=True):
        count[how] += 1
        gc.collect()
        if how != RAN:
            print(f"{how}: {one}: {said}", flush=True)
    print(", ".join(f"{count[how]} {how}" for how in (RAN, REFUSED, BROKE)))
    return int(count[BROKE] > 0)


if __name__ == "__main__":
    sys.exit(main())
