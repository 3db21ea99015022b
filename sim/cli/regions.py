"""The command `regions`: the regions there are, and what is known of each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from sim.cli.app import REGISTER, app
from sim.cli.show import print_frame

if TYPE_CHECKING:
    from sim.parameters import Parameters


@app.command(rich_help_panel=REGISTER)
def regions() -> None:
    """List the regions: municipalities, members, tables and numbers given and imputed, dates of fits."""
    import pandas as pd

    from sim.parameters import Parameters
    from sim.parameters import regions as known

    names = dict.fromkeys([*known.names(), known.current()])
    rows = [_row(Parameters.load(name)) for name in names]
    print_frame(pd.DataFrame(rows).drop(columns="without"), "regions")
    for row in rows:
        if row["without"]:
            typer.echo(f"{row['region']} has no table {row['without']}")
    typer.echo("What is imputed, how, and what it costs: kokuho region check REGION")


def _row(p: Parameters) -> dict[str, object]:
    """Return what is known of a region."""
    from sim.parameters.files import tables_of
    from sim.parameters.vintages import dates

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
