"""The command `ui`: the page in the browser."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sim.cli.app import RUN, Results, app


@app.command(rich_help_panel=RUN)
def ui(
    port: Annotated[int, typer.Option(min=1024, max=65535, help="port on this machine")] = 8350,
    show: Annotated[bool, typer.Option("--show/--no-show", help="open the browser")] = True,
    out: Results = Path("results"),
    sample: Annotated[
        int, typer.Option(min=1, help="scenarios of the page run in a 1/N sample: 400, 100, 20 or 1 (everybody)")
    ] = 100,
    container: Annotated[
        bool, typer.Option("--container", help="within a container: listen for the port the machine forwards to it")
    ] = False,
) -> None:
    """Open the page in the browser: choose scenarios, move levers, run a sample, save Excel and CSV."""
    from sim.cli.show import console
    from sim.ui import HOST, check, serve

    check(port)
    console().print(f"http://{HOST}:{port}  (Ctrl+C ends it)", highlight=False)
    serve(port, show, out, container, sample)
