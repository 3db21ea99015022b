"""Did anything move? Every table of the worlds has the digest that is pinned in this folder."""

import pytest

from tests.golden import worlds


@pytest.mark.parametrize("name", worlds.WORLDS)
def test_no_table_moved(name):
    now, pinned = worlds.digests(name), worlds.pinned(name)
    moved = sorted(t for t in now.keys() | pinned.keys() if now.get(t) != pinned.get(t))
    assert not moved, (
        f"{name}: {', '.join(moved)} moved. Meant? Then run `python -m tests.golden.worlds` "
        "and say in CHANGELOG.md which table moved, how much and why"
    )


def test_the_small_world_has_every_declared_table():
    from sim.engine.tables import BY_NAME

    assert set(worlds.pinned("small")) == set(BY_NAME)
