"""Explanations of single results: one household's bill, one resident's life, one municipality's chain from the net
requirement to its rates, model households."""
