"""levy."""
