"""demography."""
