"""The register with numbers of some domains as a finished run had them, to apply a rule to its results again."""

from __future__ import annotations

from sim.outputs.folder import RunFolder
from sim.parameters import Parameters
from sim.parameters.loader import OverrideKey
from sim.parameters.schema import Value


def parameters_of(folder: RunFolder, domains: tuple[str, ...]) -> Parameters:
    """Return the register with the numbers of a run, by year, and where by municipality.

    domains  beginnings of the keys that are taken from the run: "levy.", "effort."
    """
    resolved = folder.resolved
    p = folder.register()
    overrides: dict[OverrideKey, Value] = {}
    for key, spans in resolved["parameters"].items():
        if key.startswith(domains) and key in p.passports:
            for span in spans:
                for year in range(span["from"], span["to"] + 1):
                    overrides[key, year, span.get("municipality")] = span["value"]
    for extra in folder.manifest.get("overrides") or ():
        if extra["key"].startswith(domains) and extra["key"] in p.passports:
            whole = range(folder.manifest["horizon"]["from"], folder.manifest["horizon"]["to"] + 1)
            for year in [extra["year"]] if extra["year"] else whole:
                overrides[extra["key"], year, extra["code"]] = extra["value"]
    return p.with_overrides(overrides)
