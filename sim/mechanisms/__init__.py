"""The mechanisms of a year, each a room of its own that knows none of the others.

They talk through columns, facts by municipality, typed ledgers and notices (`sim.institutions`). The order in
which they run stands in `sim/engine/year.py`."""
