"""Writes declared outputs (`sim.scenario.outputs`) while a run goes on: parquet with units, labels and codes.

Rows are read in spans after the last step of a year and written at once, so that an extract of everybody needs the
memory of a span. Nothing here changes the state, and no draw is taken: who is in a sample follows from a hash of
the id.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from sim.core.errors import InputError
from sim.core.rng import key
from sim.parameters import Parameters
from sim.population.fields import Array, Data, Field, Rows, Span, fields
from sim.scenario.conditions import Condition
from sim.scenario.outputs import Axis, Measure, Output, digest

FOLDER = "outputs"
SPAN = 65_536
"""rows looked at at once"""
_GROUP = 131_072
"""rows of a row group at least, but for the last of a year"""
_PLAN = "declared.txt"
_JANUARY_1970 = 840
"""as a month index"""
_COMPARE: dict[str, Callable[..., NDArray[np.bool_]]] = {
    ">": np.greater,
    ">=": np.greater_equal,
    "<": np.less,
    "<=": np.less_equal,
}
_ID: dict[Rows, str] = {"people": "pid", "households": "hid"}


@dataclass(frozen=True)
class Context:
    """What every output of a run shares: the municipalities, the weight of a row, the first year."""

    p: Parameters
    weight: int
    first: int


class Extracts:
    """The declared outputs of one run, open while it goes on."""

    def __init__(self, outputs: Sequence[Output], folder: Path, context: Context) -> None:
        self.folder = folder / FOLDER
        self.declared = digest(outputs)
        self._streams: list[_Stream] = []
        if outputs:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._streams = [_stream(o, self.folder, context) for o in outputs]

    def __enter__(self) -> Extracts:
        return self

    def __exit__(self, *_: object) -> None:
        for stream in self._streams:
            stream.writer.close()

    def year(self, data: Data, year: int) -> None:
        """Write what is asked for of a year that is over."""
        for stream in self._streams:
            stream.year(data, year)

    @property
    def files(self) -> dict[str, Path]:
        """The file of each output."""
        return {stream.output.name: stream.path for stream in self._streams}

    def close(self) -> dict[str, str]:
        """Close all files and return the SHA-256 of each, by name of the output."""
        found = {}
        for stream in self._streams:
            stream.writer.close()
            with stream.path.open("rb") as content:
                found[stream.output.name] = hashlib.file_digest(content, "sha256").hexdigest()
        return found

    def keep(self, folder: Path) -> None:
        """Close all files and move them to `folder`, where `resume` finds them."""
        if not self._streams:
            return
        kept = folder / FOLDER
        shutil.rmtree(kept, ignore_errors=True)
        kept.mkdir(parents=True)
        for stream in self._streams:
            stream.writer.close()
            stream.path.replace(kept / stream.path.name)
            stream.keep(kept)
        (kept / _PLAN).write_text(self.declared, encoding="utf-8")

    def resume(self, folder: Path) -> None:
        """Take over what the finished years of an interrupted run wrote; InputError if that run declared others."""
        kept = folder / FOLDER
        before = (kept / _PLAN).read_text(encoding="utf-8") if (kept / _PLAN).exists() else ""
        if before != self.declared:
            raise InputError("the interrupted run declared other outputs than this one; start without --resume")
        for stream in self._streams:
            stream.resume(kept)


class _Stream:
    """One output and its open file."""

    def __init__(self, output: Output, path: Path, schema: pa.Schema, context: Context) -> None:
        self.output, self.path, self.schema, self.context = output, path, schema, context
        self.writer = pq.ParquetWriter(path, schema, compression="zstd")
        self.fields = fields(output.rows)
        self.codes = np.array(context.p.codes(), np.int64)

    def year(self, data: Data, year: int) -> None:
        raise NotImplementedError

    def keep(self, folder: Path) -> None:
        """Write down what the next years need of the past ones; most need nothing."""

    def resume(self, folder: Path) -> None:
        """Copy the row groups of the finished years into the new file."""
        with pq.ParquetFile(folder / self.path.name) as old:
            for group in range(old.num_row_groups):
                self.writer.write_table(old.read_row_group(group).cast(self.schema))

    def chosen(self, data: Data, year: int, conditions: Sequence[Condition]) -> Iterator[Span]:
        """Yield the rows that meet all conditions and are in the sample, span after span."""
        total = len(data[self.output.rows][_ID[self.output.rows]])
        for start in range(0, total, SPAN):
            span = Span(data, self.output.rows, slice(start, min(start + SPAN, total)), year)
            if self.output.sample > 1:
                span = span.only(sampled(span.values(self.fields[_ID[self.output.rows]]), self.output.sample))
            for condition in conditions:
                span = span.only(self.holds(condition, span))
            if not isinstance(span.which, slice) and not span.which.size:
                continue
            yield span

    def holds(self, condition: Condition, span: Span) -> NDArray[np.bool_]:
        """Return which rows of a span meet a condition; a month that never was lies in no range."""
        field = self.fields[condition.field]
        values = span.values(field)
        if condition.one_of is not None:
            if field.sort == "place":
                values = self.codes[values.astype(np.int64)]
            found = np.isin(values, np.array(condition.one_of))
            return ~found if condition.none_of else found
        met = values != 0 if field.sort == "month" else np.ones(values.shape, bool)
        for sign, number in condition.limits:
            met &= _COMPARE[sign](values, number)
        return met


class _Records(_Stream):
    """Unit records of a year; of a cohort, those of who was chosen in its year."""

    members: NDArray[np.int64] | None = None

    def year(self, data: Data, year: int) -> None:
        o = self.output
        cohort = o.kind == "histories"
        since = o.since or self.context.first
        if not o.in_year(year) or (cohort and year < since):
            return
        if cohort and year == since:
            self.members = self.cohort(data, year)
        batches: list[pa.RecordBatch] = []
        for span in self.chosen(data, year, () if cohort else o.filter):
            rows = span.only(_among(span.values(self.fields["pid"]), self.members)) if cohort else span
            batches.append(self.batch(rows, year))
            if sum(b.num_rows for b in batches) >= _GROUP:
                self.write(batches)
                batches = []
        self.write(batches)

    def cohort(self, data: Data, year: int) -> NDArray[np.int64]:
        """Return the ids of who is followed from this year on, sorted."""
        ids = [span.values(self.fields["pid"]) for span in self.chosen(data, year, self.output.filter)]
        return np.sort(np.concatenate([*ids, np.zeros(0, np.int64)])).astype(np.int64)

    def write(self, batches: list[pa.RecordBatch]) -> None:
        """Write some batches as one row group."""
        if any(b.num_rows for b in batches):
            self.writer.write_table(pa.Table.from_batches(batches, self.schema).combine_chunks())

    def batch(self, span: Span, year: int) -> pa.RecordBatch:
        """Return rows as they are written: year, columns, weight."""
        arrays = [self.array(span, self.fields[c], i + 1) for i, c in enumerate(self.output.columns)]
        rows = len(arrays[0])
        weight = self.context.weight * self.output.sample
        years, weights = np.full(rows, year, np.int16), np.full(rows, weight, np.int32)
        return pa.RecordBatch.from_arrays([pa.array(years), *arrays, pa.array(weights)], schema=self.schema)

    def array(self, span: Span, field: Field, position: int) -> pa.Array:
        """Return a column as it is written: codes and places as their names, months as dates."""
        values, kind = span.values(field), self.schema.field(position).type
        if field.sort in ("code", "place"):
            return pa.DictionaryArray.from_arrays(
                pa.array(values.astype(np.int16)), pa.array(_names(field, self.context.p))
            )
        if field.sort == "month":
            days = (values.astype(np.int64) - _JANUARY_1970).astype("datetime64[M]").astype("datetime64[D]")
            return pa.array(days, kind, mask=values == 0)
        return pa.array(values.astype(field.dtype), kind)

    def keep(self, folder: Path) -> None:
        if self.members is not None:
            np.save(folder / f"{self.output.name}.npy", self.members, allow_pickle=False)

    def resume(self, folder: Path) -> None:
        super().resume(folder)
        path = folder / f"{self.output.name}.npy"
        self.members = np.load(path, allow_pickle=False) if path.exists() else None


class _Table(_Stream):
    """A table: rows of a year grouped and measured."""

    def year(self, data: Data, year: int) -> None:
        if self.output.in_year(year):
            parts = [self.part(span) for span in self.chosen(data, year, self.output.filter)]
            self.writer.write_table(self.measured(pd.concat(parts) if parts else None, year))

    def part(self, span: Span) -> pd.DataFrame:
        """Return what is added up over the groups of a span: weights, weighted sums, extremes."""
        axes = {f"by{i}": self.axis(a, span) for i, a in enumerate(self.output.by)}
        weight = self.weight(span)
        sums: dict[str, Array] = {"rows": np.ones(len(weight), np.int64), "weight": weight}
        ends: dict[str, str] = {}
        for i, m in enumerate(self.output.measures):
            if m.kind == "count" or m.field is None:
                continue
            if m.condition is not None:
                sums[f"a{i}"] = weight * self.holds(m.condition, span)
            elif m.kind in ("min", "max"):
                sums[f"e{i}"], ends[f"e{i}"] = _exact(span.values(self.fields[m.field])), m.kind
            else:
                sums[f"a{i}"] = weight * _exact(span.values(self.fields[m.field]))
            if m.other is not None:
                sums[f"b{i}"] = weight * _exact(span.values(self.fields[m.other]))
        return _grouped(pd.DataFrame({**axes, **sums}), [*axes], ends)

    def axis(self, axis: Axis, span: Span) -> NDArray[np.int64]:
        """Return the group each row belongs to: a code, an index, a number, or the number of a class."""
        values = span.values(self.fields[axis.field])
        if axis.bounds is None:
            return values.astype(np.int64)
        return np.searchsorted(np.array(axis.bounds), values, side="right").astype(np.int64)

    def weight(self, span: Span) -> NDArray[np.number]:
        """Return how many a row stands for."""
        rows = span.which.stop - span.which.start if isinstance(span.which, slice) else span.which.size
        if self.output.weights == "none":
            return np.ones(rows, np.int64)
        if self.output.weights == "sample":
            return np.full(rows, self.context.weight, np.int64)
        return self.context.weight * _exact(span.values(self.fields[self.output.weights]))

    def measured(self, parts: pd.DataFrame | None, year: int) -> pa.Table:
        """Return the rows of a year as they are written."""
        if parts is None:
            return self.schema.empty_table()
        ends = {f"e{i}": m.kind for i, m in enumerate(self.output.measures) if m.kind in ("min", "max")}
        axes = [f"by{i}" for i in range(len(self.output.by))]
        found = _grouped(parts, axes, ends)
        columns = [pa.array(np.full(len(found), year, np.int16))]
        columns += [self.labelled(found[f"by{i}"].to_numpy(), a) for i, a in enumerate(self.output.by)]
        columns += [self.figure(found, i, m) for i, m in enumerate(self.output.measures)]
        columns.append(pa.array(found["rows"].to_numpy()))
        return pa.Table.from_arrays(columns, schema=self.schema)

    def labelled(self, values: NDArray[np.int64], axis: Axis) -> pa.Array:
        field = self.fields[axis.field]
        if names := axis.labels() if axis.bounds else _names(field, self.context.p):
            return pa.DictionaryArray.from_arrays(pa.array(values.astype(np.int16)), pa.array(names))
        return pa.array(values.astype(bool) if field.sort == "flag" else values)

    def figure(self, found: pd.DataFrame, i: int, m: Measure) -> pa.Array:
        kind = self.schema.field(1 + len(self.output.by) + i).type
        if m.kind == "count":
            return pa.array(found["weight"].to_numpy(), kind)
        if m.kind in ("min", "max"):
            return pa.array(found[f"e{i}"].to_numpy(), kind)
        if m.kind == "sum":
            return pa.array(found[f"a{i}"].to_numpy(), kind)
        base = found[f"b{i}" if m.kind == "ratio" else "weight"].to_numpy(np.float64)
        with np.errstate(divide="ignore", invalid="ignore"):
            return pa.array(found[f"a{i}"].to_numpy(np.float64) / base, kind, mask=base == 0)


def _grouped(frame: pd.DataFrame, axes: list[str], ends: dict[str, str]) -> pd.DataFrame:
    """Return one row a group: sums, but the extremes of the columns of `ends`."""
    how = {name: ends.get(name, "sum") for name in frame.columns if name not in axes}
    keys: list[str] | NDArray[np.int8] = axes or np.zeros(len(frame), np.int8)
    return frame.groupby(keys, sort=True).agg(how).reset_index(drop=not axes)


def _exact(values: Array) -> NDArray[np.number]:
    """Return values to be summed: whole numbers stay whole."""
    return values.astype(np.float64 if values.dtype.kind == "f" else np.int64)


def sampled(ids: NDArray[np.generic], size: int) -> NDArray[np.bool_]:
    """Return which ids belong to a 1/size sample, by a keyed hash (splitmix64): the same in every year and run."""
    z = ids.astype(np.uint64) + key(0, 0, "outputs.sample")
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return (z ^ (z >> np.uint64(31))) % np.uint64(size) == 0


def _among(ids: NDArray[np.generic], members: NDArray[np.int64] | None) -> NDArray[np.bool_]:
    """Return which ids are among sorted members."""
    if members is None or not members.size:
        return np.zeros(len(ids), bool)
    at = np.minimum(np.searchsorted(members, ids), members.size - 1)
    return members[at] == ids


def _stream(output: Output, folder: Path, context: Context) -> _Stream:
    path = folder / f"{output.name}.parquet"
    if output.kind == "tables":
        return _Table(output, path, _table_schema(output, context), context)
    return _Records(output, path, _records_schema(output, context), context)


def _names(field: Field, p: Parameters) -> list[str]:
    """Return the names of codes, or of the municipalities; empty for any other field."""
    return [ja for ja, _ in p.places().values()] if field.sort == "place" else [*field.labels]


def _labelled(field: Field, p: Parameters) -> dict[str, dict[str, str]]:
    """Return Japanese and English label of each name of a code or municipality."""
    if field.sort == "place":
        return {ja: {"ja": ja, "en": en} for ja, en in p.places().values()}
    return {name: {"ja": ja, "en": en} for name, (ja, en) in field.labels.items()}


def _said(unit: str, ja: str, en: str, labels: object = None) -> dict[str, str]:
    """Return the metadata of a column."""
    told = {"unit": unit, "label_ja": ja, "label_en": en}
    return told | ({"codes": json.dumps(labels, ensure_ascii=False)} if labels else {})


_YEAR = pa.field("year", pa.int16(), False, _said("fiscal year", "年度", "fiscal year"))
_NAMES = pa.dictionary(pa.int16(), pa.string())


def _column(field: Field, p: Parameters) -> pa.Field:
    """Return a field as it is written in unit records."""
    if field.sort in ("code", "place"):
        kind: pa.DataType = _NAMES
    else:
        kind = pa.date32() if field.sort == "month" else pa.from_numpy_dtype(np.dtype(field.dtype))
    return pa.field(field.name, kind, metadata=_said(field.unit, field.ja, field.en, _labelled(field, p)))


def _records_schema(output: Output, context: Context) -> pa.Schema:
    known = fields(output.rows)
    word = ("人", "persons") if output.rows == "people" else ("世帯", "households")
    weight = _said(word[1], f"この行が代表する数（{word[0]}）", "how many the row stands for")
    columns = [_column(known[c], context.p) for c in output.columns]
    return pa.schema([_YEAR, *columns, pa.field("weight", pa.int32(), False, weight)], _about(output, context))


def _table_schema(output: Output, context: Context) -> pa.Schema:
    known = fields(output.rows)
    axes = [_axis_field(a, known[a.field], context.p) for a in output.by]
    figures = [_figure_field(m, output) for m in output.measures]
    rows = pa.field("rows", pa.int64(), False, _said("rows", "集計した行数（標本）", "rows of the sample counted"))
    return pa.schema([_YEAR, *axes, *figures, rows], _about(output, context))


def _axis_field(axis: Axis, field: Field, p: Parameters) -> pa.Field:
    if axis.bounds is not None:
        return pa.field(field.name, _NAMES, metadata=_said(f"class of {field.unit}", field.ja, field.en))
    kind = _NAMES if field.sort in ("code", "place") else pa.bool_() if field.sort == "flag" else pa.int64()
    return pa.field(field.name, kind, metadata=_said(field.unit, field.ja, field.en, _labelled(field, p)))


_OF = {
    "sum": ("合計", "sum of"),
    "mean": ("平均", "mean of"),
    "min": ("最小", "least"),
    "max": ("最大", "greatest"),
}


def _figure_field(m: Measure, output: Output) -> pa.Field:
    """Return a figure as it is written: whole numbers for counts and sums of whole numbers."""
    known = fields(output.rows)
    weight = known.get(output.weights)
    whole = weight is None or weight.sort != "decimal"
    if m.kind == "count" or m.field is None:
        counted, ja = ("households", "世帯数") if output.rows == "households" else ("persons", "人数")
        unit = counted if weight is None else f"{counted} x {weight.unit}"
        return pa.field(m.name, pa.int64() if whole else pa.float64(), metadata=_said(unit, ja, output.rows))
    field = known[m.field]
    same = m.kind in ("sum", "min", "max") and field.sort != "decimal" and (whole or m.kind != "sum")
    unit = m.kind if m.kind in ("share", "ratio") else field.unit
    return pa.field(m.name, pa.int64() if same else pa.float64(), metadata=_said(unit, *_called(m, field, known)))


def _called(m: Measure, field: Field, known: Mapping[str, Field]) -> tuple[str, str]:
    """Return what a figure is called in Japanese and English."""
    if m.other is not None:
        return f"{field.ja}÷{known[m.other].ja}", f"{field.en} / {known[m.other].en}"
    if m.condition is not None:
        return f"{field.ja}（{m.condition.text}）の割合", f"share of {field.en}: {m.condition.text}"
    ja, en = _OF[m.kind]
    return f"{field.ja}の{ja}", f"{en} {field.en}"


def _about(output: Output, context: Context) -> dict[str, str]:
    """Return the metadata of a file: what its rows are."""
    chosen = ", ".join(f"{c.field}: {c.text}" for c in output.filter)
    return {
        "kind": output.kind,
        "rows": output.rows,
        "filter": chosen,
        "weights": output.weights if output.kind == "tables" else f"{context.weight * output.sample}",
        "state": "after the last step of the fiscal year",
        "region": context.p.region.name,
    }
