"""The command `regions`: the regions there are, and what is known of each."""

from __future__ import annotations

import typer

from sim.cli.app import REGISTER, app
from sim.cli.show import print_frame
from sim.core import language


@app.command(rich_help_panel=REGISTER)
def regions() -> None:
    """List the regions: municipalities, members, tables and numbers given and imputed, dates of fits."""
    from sim.api.register import regions as all_regions

    found = all_regions()
    print_frame(found.drop(columns="without"), language.either("地域", "regions"))
    for region, without in zip(found["region"], found["without"], strict=True):
        if without:
            typer.echo(language.either(f"{region} にない表：{without}", f"{region} has no table {without}"))
    typer.echo(
        language.either(
            "補完した項目、補い方、質への影響：kokuho region check 地域",
            "What is imputed, how, and what it costs: kokuho region check REGION",
        )
    )
