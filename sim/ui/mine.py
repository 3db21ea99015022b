"""Every scenario of a desk, the one made with the levers among them as it stands."""

from __future__ import annotations

from sim.core.errors import KokuhoError
from sim.ui.catalogue import Entry
from sim.ui.desk import Desk, Own
from sim.ui.levers import moved

_last: dict[str, Entry | None] = {}
"""the scenario last made of levers by its text: reading one takes some milliseconds, and pages look often"""
_KEPT = 50


def entries(desk: Desk) -> dict[str, Entry]:
    """Return every scenario that can be chosen, by name; the own one where a lever was moved."""
    found = dict(desk.entries())
    own = of_levers(desk.own) if moved(desk.own.positions) else None
    return found if own is None else {**found, own.scenario.name: own}


def of_levers(own: Own) -> Entry | None:
    """Return the scenario the levers mean; None while it has a mistake, such as a name that is taken."""
    text = own.text()
    if text not in _last:
        if len(_last) >= _KEPT:
            _last.clear()
        try:
            _last[text] = Entry(own.checked(), text)
        except KokuhoError:
            _last[text] = None
    return _last[text]
