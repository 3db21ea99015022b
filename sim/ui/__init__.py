"""The page policy staff open in a browser: choose scenarios, move levers, run a sample, look, save.

It listens on the loopback address only. It is built on NiceGUI and not on mesa's own Solara pages, because
offices of municipalities work without the internet: every script, font and chart library it needs comes with
the package and nothing is fetched from elsewhere (docs/decisions/0030-page-in-the-browser.md).
"""

from __future__ import annotations

from pathlib import Path

HOST = "127.0.0.1"


def serve(port: int = 8350, show: bool = True, results: Path = Path("results")) -> None:
    """Serve the page until interrupted; `show` opens it in the browser. Needs the extra `ui`."""
    from sim.core.errors import InputError

    try:
        from nicegui import app, ui
    except ImportError:
        raise InputError("the page needs more packages; install them with: pip install 'kokuho-sim[ui]'") from None
    from sim.ui.desk import Desk
    from sim.ui.page import found
    from sim.ui.work import Workshop

    workshop = Workshop(results)
    app.on_shutdown(workshop.close)
    found(Desk(workshop))
    ui.run(host=HOST, port=port, show=show, reload=False, title="kokuho-sim", show_welcome_message=False, favicon="🏥")
