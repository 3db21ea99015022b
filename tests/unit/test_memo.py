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
    assert not {"memo", "origin", "variants"} & set(pickle.loads(pickle.dumps(p)).__dict__)


def test_a_result_serves_registers_that_agree_in_what_was_read_for_it() -> None:
    """Other numbers may be set; the number itself, in any year and for any municipality, may not."""
    p = Parameters.load("teaching")
    code = p.codes()[0]
    first = p.with_overrides({("payment.catch_up", None, None): 0.3})
    cap(first, 2026)
    _calls.clear()
    assert cap(p.with_overrides({("payment.catch_up", None, None): 0.4}), 2026) == cap(first, 2026)
    assert not _calls
    for year, place in ((2026, None), (None, None), (2026, code)):
        cap(p.with_overrides({("levy.cap_medical", year, place): 500}), 2026)
    assert len(_calls) == 3


def test_what_a_result_rests_on_includes_what_its_parts_rest_on() -> None:
    @once
    def twice(p: Parameters, year: int) -> int:
        return 2 * cap(p, year)

    p = Parameters.load("teaching")
    cap(p, 2025)  # kept: `twice` does not make it, and rests on it all the same
    assert twice(p, 2025) == 2 * cap(p, 2025)
    assert twice(p.with_overrides({("levy.cap_medical", 2025, None): 700}), 2025) == 1_400
