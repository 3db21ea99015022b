"""A finished run as an analyst holds it: tidy tables, headline, ranges, figures."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Generic, TypeVar

import pandas as pd

from sim.api.figures import Figures
from sim.core.errors import InputError
from sim.engine.tables import BY_NAME
from sim.outputs.folder import RunFolder
from sim.outputs.measures import by_municipality
from sim.outputs.ranges import range_of, ranges_of_run
from sim.parameters.regions import using

if TYPE_CHECKING:
    import polars as pl
    import pyarrow as pa
    import xarray as xr

T = TypeVar("T")


class Tables(Mapping[str, T], Generic[T]):
    """The tables of a run by name, each read when it is asked for: `result.tables["municipality_year"]`."""

    def __init__(self, folder: RunFolder, read: Callable[[str], T], names: list[str] | None = None) -> None:
        self._folder, self._read = folder, read
        self._names = folder.tables if names is None else names

    def __getitem__(self, name: str) -> T:
        """Return a table; KeyError, as of any mapping, for a name the run has no table of (the nearest is named)."""
        try:
            return self._read(name)
        except InputError as error:
            raise KeyError(str(error)) from None

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)

    def __repr__(self) -> str:
        return f"<{len(self)} tables: {', '.join(self)}>"

    def _ipython_key_completions_(self) -> list[str]:
        return list(self)


@dataclass(frozen=True)
class Result:
    """A finished run: its folder, its tables and its headline figures.

    folder   the run on disk
    seconds  seconds by fiscal year and step of the year; empty for a run that was loaded
    """

    folder: RunFolder
    seconds: dict[int, dict[str, float]] = field(repr=False, default_factory=dict)

    @property
    def path(self) -> Path:
        """The folder of the run."""
        return self.folder.path

    @property
    def digest(self) -> str:
        """SHA-256 over all tables: two runs with the same digest are the same to the last bit."""
        return str(self.folder.manifest["digests"]["all"])

    @property
    def headline(self) -> pd.DataFrame:
        """One row a fiscal year, the prefecture as a whole; columns with units: `kokuho describe metropolis_year`."""
        return self.folder.table("metropolis_year")

    @property
    def municipalities(self) -> pd.DataFrame:
        """One row a fiscal year and municipality: figures as people compare them; the prefecture's are in `headline`.

        Columns: year, code, name, sample, small (too few households to trust), rate_half and members_half (half-widths
        of the 95 % interval by chance), collection_rate (share), members_average (persons), contribution, bill, benefit
        and transfer per member (yen/person), transfer, arrears and fund (yen): `sim.outputs.measures`.
        """
        with using(self.folder.manifest["region"]):
            t = by_municipality(self.folder)
        return t[t["code"] != self.folder.region.code].reset_index(drop=True)

    @property
    def tables(self) -> Tables[pd.DataFrame]:
        """Every table as a tidy pandas frame, by name; docs/dictionary/tables.md has units and meanings.

        >>> result.tables["municipality_year"].query("year == 2023")["collection_rate"].between(0, 1).all()
        True
        """
        return Tables(self.folder, self.folder.table)

    @property
    def outputs(self) -> Tables[pd.DataFrame]:
        """The declared outputs of the run as pandas frames, by name; units and labels stand in the files' metadata.

        A file too large for the memory lies in `result.path / "outputs"`, to be read in parts.
        """
        return Tables(self.folder, self.folder.output, self.folder.outputs)

    @property
    def arrow(self) -> Tables[pa.Table]:
        """Every table as a pyarrow table; units and meanings stand in the metadata of the fields."""
        return Tables(self.folder, self._arrow)

    @property
    def polars(self) -> Tables[pl.DataFrame]:
        """Every table as a polars frame; InputError where polars is not installed."""
        return Tables(self.folder, self._polars)

    @property
    def xarray(self) -> Tables[xr.Dataset]:
        """Every table as a dataset whose dimensions are the table's keys, with units and meanings as attributes.

        InputError where xarray is not installed.
        """
        return Tables(self.folder, self._xarray)

    @property
    def plot(self) -> Figures:
        """The figures of the report: `result.plot.collection()`, `result.plot("tiles", lang="en")`."""
        return Figures(self.folder)

    def range(self, measure: str, place: str | int | None = None, group: str | None = None) -> pd.DataFrame:
        """Return a figure by fiscal year with its 80 and 90 % ranges, of a municipality or of the prefecture.

        measure  a column of the headline or a measure of a municipality, such as "collection_rate"
        place    name or code of a municipality; the prefecture if left out
        group    households of the prefecture, "65-74" or "age of head: 65-74" (`sim.outputs.groups.GROUP_MEASURES`)

        Columns: value, low90, low80, high80, high90 in the unit of the measure, and the shares of the variance by
        part. InputError for an unknown measure or place, and where the region keeps no spread (`sim.outputs.ranges`).
        """
        return range_of(self.folder, measure, place, group)

    def headline_with_ranges(self, percent: int = 90) -> pd.DataFrame:
        """Return the headline with `<figure>_low` and `<figure>_high` of those that have a range; percent 80 or 90."""
        return ranges_of_run(self.folder).beside(self.headline, percent)

    def municipalities_with_ranges(self, percent: int = 90) -> pd.DataFrame:
        """Return `municipalities` with `<figure>_low` and `<figure>_high` of those with a range; percent 80 or 90."""
        return ranges_of_run(self.folder).beside(self.municipalities, percent)

    def _arrow(self, name: str) -> pa.Table:
        import pyarrow as pa

        table = pa.Table.from_pandas(self.folder.table(name), preserve_index=False)
        columns = BY_NAME[name].columns if name in BY_NAME else {}
        fields = [
            f.with_metadata({"unit": columns[f.name][0], "meaning": columns[f.name][1]}) if f.name in columns else f
            for f in table.schema
        ]
        return table.cast(pa.schema(fields, metadata=table.schema.metadata))

    def _polars(self, name: str) -> pl.DataFrame:
        try:
            import polars as pl
        except ModuleNotFoundError:
            raise InputError("result.polars needs polars: pip install polars") from None
        frame = pl.from_arrow(self._arrow(name))
        assert isinstance(frame, pl.DataFrame)
        return frame

    def _xarray(self, name: str) -> xr.Dataset:
        try:
            import xarray as xr
        except ModuleNotFoundError:
            raise InputError("result.xarray needs xarray: pip install xarray") from None
        table = BY_NAME[name]
        found: xr.Dataset = xr.Dataset.from_dataframe(self.folder.table(name).set_index([*table.keys]))
        for column, (unit, meaning) in table.columns.items():
            found[column].attrs.update(units=unit, long_name=meaning)
        found.attrs.update(title=table.meaning, run=self.path.name)
        return found
