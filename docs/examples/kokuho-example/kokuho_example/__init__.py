"""What this package brings: a lever (`lever.py`) and a region, an invented prefecture (`mihon/`)."""

from pathlib import Path

MIHON = Path(__file__).parent / "mihon"
"""folder of the region, with region.yaml"""
