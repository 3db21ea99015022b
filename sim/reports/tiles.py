"""Where each municipality stands on the tile map."""

from __future__ import annotations

from sim.parameters import Parameters

TABLE = "places.map_tiles"


def tiles_of(p: Parameters) -> dict[int, tuple[float, float]]:
    """Return code -> (column, row); rows of ten by code where the region has no map."""
    if TABLE not in p.table_passports:
        return {code: (float(i % 10), float(i // 10)) for i, code in enumerate(p.codes())}
    t = p.table(TABLE)
    return {int(c): (float(x), float(y)) for c, x, y in zip(t["code"], t["column"], t["row"], strict=True)}
