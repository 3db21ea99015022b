"""The page policy staff open in a browser: choose scenarios, move levers, run a sample, look, save.

It listens on the loopback address only and answers only browsers that asked for that address. It is built on
NiceGUI and not on mesa's own Solara pages, because offices of municipalities work without the internet: every
script, font and chart library it needs comes with the package and nothing is fetched from elsewhere
(docs/decisions/0030-page-in-the-browser.md).
"""

from __future__ import annotations

from pathlib import Path

HOST = "127.0.0.1"
RECONNECT_SECONDS = 20.0
"""How long a tab may be away (reload, other language, sleep) before what it has on the table is released."""
LOOK_SECONDS = 0.2


def serve(port: int = 8350, show: bool = True, results: Path = Path("results")) -> None:
    """Serve the page until interrupted; `show` opens it in the browser. Needs the extra `ui`."""
    from sim.core.errors import InputError

    try:
        from nicegui import app, ui
    except ImportError:
        raise InputError("the page needs more packages; install them with: pip install 'kokuho-sim[ui]'") from None
    from sim.ui.desk import Desks
    from sim.ui.guard import install
    from sim.ui.page import lay_pages
    from sim.ui.troubles import keep_log
    from sim.ui.work import Workshop

    workshop = Workshop(results)
    log = keep_log(results)
    app.on_startup(lambda: app.timer(LOOK_SECONDS, workshop.look))
    app.on_shutdown(workshop.close)
    install(app, port)
    lay_pages(Desks(workshop), log)
    ui.run(
        host=HOST,
        port=port,
        show=show,
        reload=False,
        title="kokuho-sim",
        show_welcome_message=False,
        favicon="🏥",
        reconnect_timeout=RECONNECT_SECONDS,
        proxy_headers=False,
        server_header=False,
    )
