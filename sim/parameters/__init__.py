"""The numbers of the model: law, places, people, behaviour, targets, each with its passport."""

from sim.parameters.loader import Parameters
from sim.parameters.schema import Passport, Source

__all__ = ["Parameters", "Passport", "Source"]
