"""The frame of the model: mesa's Model, Agent and DataCollector, without the parts of mesa that no model here uses.

mesa's package imports its grids and spaces, and with them half of scipy: a second, longer than a small run. So its
modules are imported one by one, and the package itself is executed when somebody asks it for more than that.
"""

from __future__ import annotations

import importlib.util
import sys
from types import ModuleType

__all__ = ["Agent", "DataCollector", "Model"]


def _by_module(name: str) -> ModuleType:
    """Put a package into `sys.modules` that is executed when an attribute is asked for that it does not have yet."""
    spec = importlib.util.find_spec(name)
    if spec is None or spec.loader is None:
        raise ModuleNotFoundError(f"No module named '{name}'", name=name)
    package, loader = importlib.util.module_from_spec(spec), spec.loader

    def missing(attribute: str) -> object:
        del package.__dict__["__getattr__"]
        loader.exec_module(package)
        return getattr(package, attribute)

    package.__dict__["__getattr__"] = missing
    return sys.modules.setdefault(name, package)


if "mesa" not in sys.modules:
    _by_module("mesa")
from mesa.agent import Agent  # noqa: E402
from mesa.datacollection import DataCollector  # noqa: E402
from mesa.model import Model  # noqa: E402
