"""The server answers a browser on this machine and nobody else: any Host and any Origin could press Run before."""

from __future__ import annotations

import asyncio
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from typing import Any

import pytest

from tests.ui.conftest import Server

httpx = pytest.importorskip("httpx", reason="the extra 'ui' is not installed")
websocket = pytest.importorskip("websocket", reason="selenium is not installed")

SOCKET = "_nicegui_ws/socket.io/?EIO=4&transport="
FOREIGN = ("http://evil.example", "null", "http://127.0.0.1:1", "https://127.0.0.1:{port}", "http://localhost:{port}")


def get(server: Server, path: str = "", **headers: str) -> Any:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.get(server.address + path, headers=named, timeout=60, trust_env=False)


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost", "[::1]", "LOCALHOST"])
def test_a_browser_that_asks_for_this_machine_is_answered(server: Server, name: str) -> None:
    assert get(server, host=f"{name}:{server.port}").status_code == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:{port}", "127.0.0.1", "127.0.0.1:1", "localhost.evil.example:{port}", ""]
)
def test_a_name_that_only_resolves_to_this_machine_is_refused(server: Server, host: str) -> None:
    assert get(server, host=host.format(port=server.port)).status_code in (400, 403)


@pytest.mark.parametrize("origin", FOREIGN)
def test_a_foreign_origin_gets_neither_page_nor_socket(server: Server, origin: str) -> None:
    origin = origin.format(port=server.port)
    assert get(server, origin=origin).status_code == 403
    assert get(server, SOCKET + "polling", origin=origin).status_code == 403
    with pytest.raises(websocket.WebSocketBadStatusException, match="403"):
        _connect(server, origin)


def test_the_own_page_gets_its_socket(server: Server) -> None:
    assert get(server, SOCKET + "polling").status_code == 200
    connection = _connect(server, server.address.rstrip("/"))
    assert connection.recv().startswith("0{")
    connection.close()


def test_a_foreign_page_may_link_to_the_page_but_not_load_it(server: Server) -> None:
    link = {"sec_fetch_site": "cross-site", "sec_fetch_mode": "navigate", "sec_fetch_dest": "document"}
    assert get(server, **link).status_code == 200
    assert get(server, **(link | {"sec_fetch_dest": "iframe"})).status_code == 403
    assert get(server, SOCKET + "polling&j=0", **(link | {"sec_fetch_mode": "no-cors"})).status_code == 403


def test_every_answer_carries_the_policies(server: Server) -> None:
    for answer in (get(server), get(server, "font/ipaexg.ttf"), get(server, "nowhere"), get(server, host="evil")):
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "*" not in policy
        assert "https:" not in policy
        assert answer.headers["X-Frame-Options"] == "DENY"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert "Access-Control-Allow-Origin" not in answer.headers


def test_the_server_listens_on_the_loopback_address_only(server: Server) -> None:
    with socket.socket() as probe, pytest.raises(OSError):
        probe.connect((_own_address(), server.port))


def test_a_taken_port_is_one_message(server: Server) -> None:
    """The address was printed first, and then uvicorn complained in its own words."""
    from sim.core.errors import InputError
    from sim.ui import check

    with pytest.raises(InputError, match=f"port {server.port} cannot be used .* --port {server.port + 1}"):
        check(server.port)


def test_twenty_loads_at_once_are_answered_quickly_and_keep_little(server: Server) -> None:
    """They took 32 s and kept 300 MB: every load read all 28 scenarios, twice, before it answered."""
    get(server)
    before, began = _memory(server.pid), time.monotonic()
    with ThreadPoolExecutor(20) as pool:
        codes = list(pool.map(lambda _: get(server).status_code, range(20)))
    assert codes == [200] * 20
    assert time.monotonic() - began < 10
    assert _memory(server.pid) - before < 40


@pytest.mark.parametrize(("heard", "said"), [("http.disconnect", ""), ("http.request", "No response returned.")])
def test_a_browser_that_leaves_before_its_answer_is_no_error(heard: str, said: str) -> None:
    """The terminal showed a traceback of sixty lines whenever somebody closed a page while it was loading."""
    from starlette.middleware.base import BaseHTTPMiddleware

    from sim.ui.guard import Guard

    async def silent(scope: Any, receive: Any, send: Any) -> None:
        await receive()

    async def receive() -> dict[str, str]:
        return {"type": heard}

    async def send(message: object) -> None:
        raise AssertionError(f"nobody is there to hear {message}")

    async def passes(request: Any, call_next: Any) -> Any:
        return await call_next(request)

    asked = {"type": "http", "method": "GET", "path": "/", "headers": [(b"host", b"127.0.0.1:8350")]}
    answer = Guard(BaseHTTPMiddleware(silent, passes), 8350)(asked, receive, send)
    with pytest.raises(RuntimeError, match=said) if said else nullcontext():
        asyncio.run(answer)


def _connect(server: Server, origin: str) -> Any:
    address = server.address.replace("http", "ws") + SOCKET + "websocket"
    return websocket.create_connection(address, origin=origin, timeout=30, http_no_proxy=["127.0.0.1"])


def _memory(pid: int) -> float:
    """Return the resident memory of a process in MB."""
    psutil = pytest.importorskip("psutil")
    return float(psutil.Process(pid).memory_info().rss / 1e6)


def _own_address() -> str:
    """Return an address of this machine that is not the loopback's 127.0.0.1."""
    try:
        found = socket.gethostbyname(socket.gethostname())
    except OSError:
        found = "127.0.0.2"
    return found if found != "127.0.0.1" else "127.0.0.2"
