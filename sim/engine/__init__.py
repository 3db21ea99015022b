"""The year (`year.py`, the model's table of contents), the model, and one run of it from plan to folder."""
