"""Tasks on threads: their order, their failures, tasks within tasks."""

import threading
import time

import numba as nb
import pytest

from sim.core.kernel import at_once

pytestmark = pytest.mark.skipif(nb.get_num_threads() < 2, reason="one thread does everything in turn")


def test_results_come_in_the_order_of_the_items() -> None:
    assert at_once(lambda n: (time.sleep(0.002 * (n % 3)), n * n)[1], range(40)) == [n * n for n in range(40)]


def test_threads_are_kept_from_call_to_call() -> None:
    def named(_: int) -> str:
        time.sleep(0.001)
        return threading.current_thread().name

    names = {name for _ in range(50) for name in at_once(named, range(4))}
    assert 1 < len(names) < 20


def test_a_failure_is_raised_and_ends_the_rest() -> None:
    done: list[int] = []

    def fails(n: int) -> None:
        if n == 2:
            raise ValueError("the third")
        time.sleep(0.01)
        done.append(n)

    with pytest.raises(ValueError, match="the third"):
        at_once(fails, range(1_000))
    assert len(done) < 100


def test_tasks_within_tasks_wait_for_nobody() -> None:
    def outer(n: int) -> int:
        return sum(at_once(lambda m: n * m, range(20)))

    assert at_once(outer, range(200)) == [190 * n for n in range(200)]
