"""A run made to look like another plan's: tests need a finished full baseline, and none of them can live one."""

from __future__ import annotations

import shutil
from pathlib import Path

from sim.core import cache
from sim.engine import api
from sim.outputs import manifest
from sim.outputs.folder import RunFolder, dump_yaml


def as_full(path: Path, results: Path, region: str | None = None) -> Path:
    """Copy a run of the baseline to `results` as the finished full run of today's code and register; return its folder."""
    plan = api.plan("baseline", sample=1, region=region)
    to = results / "baseline" / path.name
    if path != to:
        shutil.copytree(path, to)
    content = dict(RunFolder(to).manifest)
    code = cache.code_digest()
    content |= {"sample": 1, "controls": None}
    content["digests"] = {**content["digests"], "plan": plan.digest(), "code": code}
    content["digests"].pop("manifest")
    content["digests"]["manifest"] = manifest.seal(content)
    dump_yaml(to / manifest.FILE, content)
    return to
