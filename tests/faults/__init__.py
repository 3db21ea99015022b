"""Faults that were found by attack or by use, each with a test that failed before it was mended."""
