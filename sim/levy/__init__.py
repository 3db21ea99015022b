"""levy."""
from sim.levy.step import ASSESS
__all__ = ["ASSESS"]
