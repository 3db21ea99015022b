"""The register of numbers and the regions there are."""

from __future__ import annotations

import pandas as pd

from sim.core.errors import InputError, nearest
from sim.parameters import Parameters
from sim.parameters import regions as known
from sim.parameters.files import tables_of
from sim.parameters.vintages import dates


def sources(key: str | None = None, *, region: str | None = None) -> pd.DataFrame:
    """Return the passports of the register: what each number is, its value now, and where it comes from.

    key     a key (rates.alpha), a domain (rates) or a table; everything if left out
    region  whose register; the one in force if left out

    One row a number or table. Columns: key, kind (number or table), label, unit, value (in words, by year), allowed,
    status (law, published, derived, secondary, estimated, assumed), source (ids), title and publisher of the first
    source, reason. InputError names the nearest key for an unknown one.

    >>> sim.sources("rates.alpha")["unit"].item()
    'coefficient'
    """
    p = Parameters.load(region)
    keys = sorted([*p.passports, *p.table_passports])
    chosen = [k for k in keys if key is None or k == key or k.startswith(f"{key}.")]
    if not chosen:
        raise InputError(f"no parameter or table '{key}'{nearest(key or '', keys)}")
    return pd.DataFrame([_number(p, k) if k in p.passports else _table(p, k) for k in chosen])


def _number(p: Parameters, key: str) -> dict[str, object]:
    from sim.scenario.schema import current

    passport = p.passport(key)
    return {
        "key": key,
        "kind": "number",
        "label": passport.label,
        "unit": passport.unit,
        "value": current(p, key),
        "allowed": passport.allowed(),
        "status": passport.status,
        **_origin(p, passport.source),
        "reason": passport.reason,
    }


def _table(p: Parameters, key: str) -> dict[str, object]:
    passport, frame = p.table_passport(key), p.table(key)
    ids = ";".join(sorted({s.strip() for cell in frame["source_id"].unique() for s in str(cell).split(";")}))
    return {
        "key": key,
        "kind": "table",
        "label": passport.label,
        "unit": ", ".join(f"{column} ({unit})" for column, unit in passport.columns.items()),
        "value": f"{len(frame):,} rows",
        "allowed": "",
        "status": ", ".join(sorted(frame["status"].unique())),
        **_origin(p, ids),
        "reason": passport.note,
    }


def _origin(p: Parameters, ids: str) -> dict[str, object]:
    """Return the ids of sources, and title and publisher of the first."""
    first = p.sources[ids.split(";")[0].strip()]
    return {"source": ids, "title": first.title, "publisher": first.publisher}


def describe(name: str | None = None, *, search: str | None = None, region: str | None = None) -> pd.DataFrame:
    """Return what a name means, or what has a word in its name or meaning, a row each.

    name    people.age, households, collection_rate, metropolis_year, rates.alpha, a scenario or a step; a table or a
            domain means all in it, a name of several things each of them; everything if left out
    search  words, Japanese or English, all of which must stand in name or meaning
    region  whose register; the one in force if left out

    Columns: kind (column, fact, table, table column, parameter, data, scenario, step), name, unit, ja and en (meaning),
    values (codes and labels, keys, value now), source. InputError names the nearest name.

    >>> sim.describe("households.method")["ja"].item()
    '納付方法'
    >>> "metropolis_year.collection_rate" in set(sim.describe(search="収納率")["name"])
    True
    """
    from sim.reports.describe import Entry, found

    rows = found(Parameters.load(region), name, search)
    return pd.DataFrame(rows, columns=[*Entry.__annotations__])


def regions() -> pd.DataFrame:
    """Return the regions there are, those of installed packages among them, and what is known of each, a row each.

    Columns: region, name, municipalities, members_fy2023 (persons), tables and numbers given and imputed (counts), fits
    (dates), without (tables it lacks).

    >>> "teaching" in set(sim.regions()["region"])
    True
    """
    return pd.DataFrame(
        [_region(Parameters.load(name)) for name in dict.fromkeys([*known.names(), *known.outside(), known.current()])]
    )


def _region(p: Parameters) -> dict[str, object]:
    """Return what is known of a region."""
    members = p.table("places.settlement_fy2023")["insured"].sum() if "places.settlement_fy2023" in p.table_paths else 0
    own = [key for key, path in p.table_paths.items() if path.is_relative_to(p.home) and path.exists()]
    numbers = [key for key, path in p.values_in.items() if path.is_relative_to(p.home)]
    return {
        "region": p.region.name,
        "name": f"{p.region.ja} {p.region.en}",
        "municipalities": len(p.codes()),
        "members_fy2023": int(members),
        "tables_given": len(own),
        "tables_imputed": len(p.imputed_tables()),
        "numbers_given": len(numbers),
        "numbers_imputed": len(p.imputed_numbers()),
        "fits": ", ".join(map(str, dates(p.home))) or "no date",
        "without": ", ".join(sorted(tables_of(p.root) - {*p.table_passports})),
    }
