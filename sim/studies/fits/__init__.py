"""Fits of the register to published figures: run by the authors (`kokuho calibrate --stages`), never in a run."""
