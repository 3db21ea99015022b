"""A run made to look like everybody's: tests need a finished full baseline, and none of them can live one."""

from __future__ import annotations

import shutil
from pathlib import Path

from sim.core import cache
from sim.engine import api
from sim.outputs.folder import RunFolder, dump_yaml
from sim.outputs.manifest import FILE, sealed


def as_full(path: Path, results: Path) -> Path:
    """Copy a run of the baseline to `results` as the full run of today's code and register; return its folder."""
    to = results / "baseline" / f"{path.name.removesuffix('-all')}-all"
    if path != to:
        shutil.copytree(path, to, dirs_exist_ok=True)
    manifest = RunFolder(to).manifest
    manifest["sample"], manifest["controls"] = 1, None
    plan = api.plan("baseline", sample=1)
    manifest["digests"] |= {"plan": plan.digest(), "code": cache.code_digest()}
    manifest["digests"].pop("manifest", None)
    dump_yaml(to / FILE, sealed(manifest))
    return to
