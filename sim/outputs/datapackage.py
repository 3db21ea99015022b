"""The description of a run's tables for other programs: `datapackage.json`, a Frictionless Data Package (version 2).

Each table is a resource with path, SHA-256, fields with type, unit and meaning, and its keys. Written without the
package `frictionless`, which a test reads it with. It is derived from the tables and no part of any digest.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from sim.core.tables import OutputTable
from sim.core.units import era
from sim.outputs.manifest import Manifest

FILE = "datapackage.json"
_PROFILE = "https://datapackage.org/profiles/2.0/datapackage.json"
_KEYS = {
    "year": ("fiscal year", "fiscal year by its first calendar year (年度)"),
    "code": ("", "code of the municipality (全国地方公共団体コード), of the prefecture where it is one"),
    "name": ("", "name of the municipality in Japanese"),
}
"""unit and meaning of keys that mean the same in every table"""


def write(run: Path, manifest: Manifest, declared: Mapping[str, OutputTable]) -> None:
    """Write the description of the tables that lie in the folder of a run."""
    resources = [_resource(run, name, manifest, declared.get(name)) for name in sorted(manifest["digests"]["tables"])]
    span = manifest["horizon"]
    content = {
        "$schema": _PROFILE,
        "name": _slug(f"kokuho-{manifest['scenario']}-{manifest['digests']['all'][:8]}"),
        "title": f"kokuho-sim: {manifest['scenario']}, {era(span['from'])} to {era(span['to'])}",
        "description": manifest["description"].get("en", ""),
        "version": manifest["versions"].get("kokuho-sim", ""),
        "created": manifest["finished"],
        "keywords": ["国民健康保険", "microsimulation", Path(manifest["region"]).name],
        "sample": manifest["sample"],
        "seed": manifest["seed"],
        "replicate": manifest["replicate"],
        "resources": resources,
    }
    text = json.dumps(content, ensure_ascii=False, indent=1) + "\n"
    (run / FILE).write_text(text, encoding="utf-8", newline="\n")


def _resource(run: Path, name: str, manifest: Manifest, spec: OutputTable | None) -> dict[str, object]:
    path = f"tables/{name}.parquet"
    fields = pq.read_schema(run / path)
    schema: dict[str, object] = {"fields": [_field(field, spec) for field in fields]}
    if spec is not None and set(spec.keys) <= set(fields.names):
        schema["primaryKey"] = list(spec.keys)
    return {
        "name": _slug(name),
        "title": spec.meaning if spec is not None else name,
        "path": path,
        "format": "parquet",
        "mediatype": "application/vnd.apache.parquet",
        "bytes": (run / path).stat().st_size,
        "hash": f"sha256:{manifest['digests']['tables'][name]}",
        "schema": schema,
    }


def _field(field: pa.Field, spec: OutputTable | None) -> dict[str, str]:
    unit, meaning = _KEYS.get(field.name, ("", ""))
    if spec is not None and field.name in spec.columns:
        unit, meaning = spec.columns[field.name]
    said = {"name": field.name, "type": _type(field.type), "description": meaning, "unit": unit}
    return {key: text for key, text in said.items() if text}


def _type(kind: pa.DataType) -> str:
    if pa.types.is_boolean(kind):
        return "boolean"
    if pa.types.is_integer(kind):
        return "integer"
    return "number" if pa.types.is_floating(kind) else "string"


def _slug(text: str) -> str:
    return re.sub(r"[^-a-z0-9._]", "-", text.lower())
