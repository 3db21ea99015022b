"""The years a scenario may speak of."""

FIRST, LAST = 2022, 2035
"""R4–R17. The population stands on 1 April of the first."""
