"""kokuho-sim: an agent-based microsimulation of Tokyo's National Health Insurance (国民健康保険)."""

from sim.core import cache as _cache

_cache.use()

__version__ = "0.1.0"
