"""The version of the model; the only place where it stands."""

__version__ = "0.21.0"
