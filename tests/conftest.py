"""What holds for every test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sim.parameters import regions


@pytest.fixture(autouse=True)
def region_of_no_other_test() -> Iterator[None]:
    """A command looks at the region of its run for good; the next test looks at none."""
    yield
    regions.look_at_none()
