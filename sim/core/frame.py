"""The frame of the model: mesa's Model, Agent and DataCollector, without the parts of mesa that no model here uses.

mesa's package imports its grids and spaces, and with them half of scipy: a second, longer than a small run. So its
modules are imported one by one, and the package itself is executed when somebody asks it for more than that.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
from types import FrameType, ModuleType, SimpleNamespace

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


def _callers(frame: FrameType | None = None) -> list[tuple[FrameType, str, int, str]]:
    """Return frame, file, line and function of a frame and its callers, as `inspect` does but without their sources.

    mesa asks for the names of a module and a class; `inspect` reads the source of every caller for it: 0.07 s.
    """
    found, at = [], frame or sys._getframe(1)
    while at:
        found.append((at, at.f_code.co_filename, at.f_lineno, at.f_code.co_name))
        at = at.f_back  # type: ignore[assignment]
    return found


if "mesa" not in sys.modules:
    _by_module("mesa")
if importlib.util.find_spec("mesa.mesa_logging"):
    vars(importlib.import_module("mesa.mesa_logging"))["inspect"] = SimpleNamespace(
        stack=_callers,
        getouterframes=_callers,
        currentframe=lambda: sys._getframe(1),
        getmodule=lambda frame: sys.modules[frame.f_globals["__name__"]],
    )
from mesa.agent import Agent  # noqa: E402
from mesa.datacollection import DataCollector  # noqa: E402
from mesa.model import Model  # noqa: E402
