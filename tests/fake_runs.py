"""Run folders made by hand: a whole, sealed manifest and tiny tables, in milliseconds."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pandas as pd

from sim.outputs.folder import RunFolder, combined, dump_yaml
from sim.outputs.manifest import sealed

SEED = 20260401
TINY = {"metropolis_year": pd.DataFrame({"year": [2022, 2029], "collection_rate": [0.9, 0.95]})}


def fake_run(
    results: Path,
    scenario: str = "baseline",
    name: str = "20260401-000000Z-aaaaaaaa",
    *,
    tables: dict[str, pd.DataFrame] | None = None,
    resolved: dict[str, Any] | None = None,
    code: str = "c" * 64,
    **manifest: Any,
) -> RunFolder:
    """Write a run folder `results`/`scenario`/`name`; keys of the manifest may be given, `last` is its last year."""
    folder = results / scenario / name
    (folder / "tables").mkdir(parents=True)
    for table, frame in (TINY if tables is None else tables).items():
        frame.to_parquet(folder / "tables" / f"{table}.parquet")
    last = manifest.pop("last", 2029)
    text = json.dumps(
        resolved or {"name": scenario, "horizon": {"from": 2022, "to": 2029}, "parameters": {}}, default=str
    )
    (folder / "scenario.yaml").write_text(text, encoding="utf-8")
    content = {
        "scenario": scenario,
        "region": "tokyo",
        "description": {},
        "sample": 1,
        "seed": SEED,
        "replicate": 0,
        "levers": [],
        "horizon": {"from": 2022, "to": last},
        "whole_horizon": last >= 2029,
        "overrides": [],
        "finished": "2026-04-01T00:00:00+00:00",
        "versions": {"kokuho-sim": "0.1.0"},
        "digests": {"plan": "p", "parameters": "q", "register": "r", "code": code},
        "resolved": "scenario.yaml",
        **manifest,
    }
    dump_yaml(folder / "manifest.yaml", content)
    return resealed(folder)


def resealed(folder: Path, **changes: Any) -> RunFolder:
    """Write the manifest anew with some keys changed and digests of what now lies in the folder."""
    from ruamel.yaml import YAML

    content = {**YAML(typ="safe").load((folder / "manifest.yaml").read_text(encoding="utf-8")), **changes}
    tables = {p.stem: hashlib.sha256(p.read_bytes()).hexdigest() for p in sorted((folder / "tables").glob("*.parquet"))}
    scenario = hashlib.sha256((folder / "scenario.yaml").read_bytes()).hexdigest()
    content["digests"] = {**content["digests"], "all": combined(tables), "scenario": scenario, "tables": tables}
    content["digests"].pop("manifest", None)
    dump_yaml(folder / "manifest.yaml", sealed(content))
    return RunFolder(folder)
