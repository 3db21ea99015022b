"""Declared output tables and the run folder."""
