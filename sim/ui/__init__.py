"""The page policy staff open in a browser: choose scenarios, move levers, run a sample, look, save.

It listens on the loopback address only and answers only browsers that asked for that address. It is built on
NiceGUI and not on mesa's own Solara pages, because offices of municipalities work without the internet: every
script, font and chart library it needs comes with the package and nothing is fetched from elsewhere
(docs/decisions/0030-page-in-the-browser.md).
"""

from __future__ import annotations

import importlib.util
import os
import socket
from pathlib import Path

HOST = "127.0.0.1"
RECONNECT_SECONDS = 20.0
"""How long a tab may be away (reload, other language, sleep) before what it has on the table is released."""
LOOK_SECONDS = 0.2
TIDY_SECONDS = 20.0


def check(port: int = 8350) -> None:
    """Refuse to serve, with what to do, where packages are missing or the port is taken."""
    from sim.core.errors import InputError

    if importlib.util.find_spec("nicegui") is None:
        raise InputError("the page needs more packages; install them with: pip install 'kokuho-sim[ui]'")
    with socket.socket() as probe:
        if os.name == "posix":  # a page that has just ended keeps its port for a minute, but not against this
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            raise InputError(
                f"port {port} cannot be used ({error.strerror}); if the page is open already, go to "
                f"http://{HOST}:{port}, else take another port: kokuho ui --port {port + 1 if port < 65535 else 8350}"
            ) from None


def serve(
    port: int = 8350,
    show: bool = True,
    results: Path = Path("results"),
    container: bool = False,
    sample: int = 100,
) -> None:
    """Serve the page until interrupted; `show` opens it in the browser. Needs the extra `ui`.

    container  listen on every address of the container this runs in, whose port the machine outside forwards; the
               guard still answers only browsers that asked for that machine itself
    sample     N of the sample scenarios are run in, and which the page opens on where nobody has run everybody
    """
    check(port)
    from nicegui import app, run, ui

    from sim.core.errors import InputError
    from sim.ui.desk import SAMPLES, Desks
    from sim.ui.guard import install
    from sim.ui.page import lay_pages
    from sim.ui.troubles import keep_log
    from sim.ui.work import Workshop

    if sample not in SAMPLES:
        raise InputError(f"--sample is {sample}; the page offers {', '.join(map(str, SAMPLES))}")
    workshop = Workshop(results)
    log = keep_log(results)
    desks = Desks(workshop, sample)
    app.on_startup(lambda: app.timer(LOOK_SECONDS, workshop.look))
    app.on_startup(lambda: app.timer(TIDY_SECONDS, desks.tidy))

    async def ready() -> None:
        await run.io_bound(desks.warm)
        desks.make_ready()

    app.on_startup(ready)
    app.on_shutdown(workshop.close)
    install(app, port)
    lay_pages(desks, log)
    run.process_pool_start_method = "spawn"  # this process has threads
    ui.run(
        host="0.0.0.0" if container else HOST,
        port=port,
        show=show,
        reload=False,
        title="kokuho-sim",
        language="ja",
        show_welcome_message=False,
        favicon="🏥",
        reconnect_timeout=RECONNECT_SECONDS,
        proxy_headers=False,
        server_header=False,
    )
