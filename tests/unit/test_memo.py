"""What is kept with a register: made once, and not for another."""

import pickle

from sim.parameters import Parameters
from sim.parameters.memo import once

_calls: list[tuple[int, int]] = []


@once
def cap(p: Parameters, year: int, times: int = 1) -> int:
    _calls.append((year, times))
    return int(p.value("levy.cap_medical", year)) * times


def test_a_result_is_made_once_and_not_kept_over_overrides() -> None:
    p = Parameters.load("teaching")
    _calls.clear()
    assert cap(p, 2025) == cap(p, 2025) == p.value("levy.cap_medical", 2025)
    assert cap(p, 2025, times=2) == 2 * cap(p, 2025)
    assert _calls == [(2025, 1), (2025, 2)]
    assert cap(p.with_overrides({("levy.cap_medical", 2025, None): 1_000}), 2025) == 1_000
    assert cap(p, 2025) != 1_000


def test_another_region_has_results_of_its_own() -> None:
    assert all(cap(Parameters.load(name), 2024) for name in ("teaching", "tokyo"))
    assert Parameters.load("teaching").memo is not Parameters.load("tokyo").memo


def test_a_register_travels_without_what_was_made_of_it() -> None:
    p = Parameters.load("teaching")
    cap(p, 2025)
    assert "memo" not in pickle.loads(pickle.dumps(p)).__dict__
