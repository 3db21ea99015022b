"""Faults that were found by attack or in use, one test each: it failed before the fix."""
