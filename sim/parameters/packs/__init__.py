"""A region's folder as somebody fills it in: a template to begin with, and what is wrong or missing in it."""

from sim.parameters.packs.gaps import Gap, gaps
from sim.parameters.packs.mistakes import Mistake, guard, mistakes, shown
from sim.parameters.packs.template import write

__all__ = ["Gap", "Mistake", "gaps", "guard", "mistakes", "shown", "write"]
