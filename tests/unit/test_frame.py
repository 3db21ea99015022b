"""mesa as the frame of the model: only what a model needs is imported, and nothing of mesa is lost."""

import subprocess
import sys

_LIGHT = """
import sys
from sim.core.frame import Agent, DataCollector, Model
heavy = [m for m in ("scipy.spatial", "mesa.experimental", "mesa.space", "tqdm") if m in sys.modules]
assert not heavy, heavy
import mesa
assert (mesa.Agent, mesa.DataCollector, mesa.Model) == (Agent, DataCollector, Model)
assert mesa.space.MultiGrid and mesa.experimental and mesa.__version__
try:
    mesa.nonsense
except AttributeError:
    pass
else:
    raise AssertionError("an attribute nobody has")
"""
_WHOLE = """
import mesa
from sim.core.frame import Model
assert mesa.Model is Model
"""
_SMALL = """
import sys
import sim.engine.api
names = ("scipy.special", "scipy.stats", "matplotlib", "xlsxwriter", "nicegui", "distributed", "joblib")
heavy = [m for m in names if m in sys.modules]
assert not heavy, heavy
"""


def _runs(code: str) -> None:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_spaces_of_mesa_are_not_imported_until_asked_for() -> None:
    _runs(_LIGHT)


def test_a_mesa_imported_before_is_the_same() -> None:
    _runs(_WHOLE)


def test_what_a_run_imports_is_light() -> None:
    """A library that only studies, reports or a build of the population need costs a small run a tenth of a second."""
    _runs(_SMALL)
