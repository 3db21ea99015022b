"""The year, the model and the run.

The package can be called: `sim.run("baseline", sample=100)` is `sim.run.api.run("baseline", sample=100)`.
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any


class _Callable(ModuleType):
    def __call__(self, *args: Any, **options: Any) -> Any:
        from sim.run.api import run

        return run(*args, **options)


sys.modules[__name__].__class__ = _Callable
