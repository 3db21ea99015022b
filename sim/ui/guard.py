"""Who may talk to the page: a browser on this machine that asked for this address, and nobody on its behalf.

Any page a browser has open can send requests to 127.0.0.1. Three marks of the browser tell them apart, and a page
cannot forge them: Host (a foreign name that resolves to this machine), Origin and Sec-Fetch-Site (a foreign page).

The content policy is as strict as NiceGUI permits. It needs 'unsafe-inline' for scripts and styles, because it
starts the page from a script in the document and styles elements with attributes, and 'unsafe-eval', because Vue
compiles templates in the browser and event handlers travel as text. Nothing may be loaded from, sent to, framed by
or submitted to anywhere else, so a script that got onto the page could not take anything away.
"""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

NAMES = ("127.0.0.1", "localhost", "[::1]")
"""Names of this machine a browser may ask for."""
NOBODY_THERE = "No response returned."
"""what Starlette's middleware raises where a browser has gone before its answer"""


def install(app: Starlette, port: int) -> None:
    """Put the guard before everything NiceGUI serves, and tell its socket which origins are its own."""
    from nicegui import core

    app.add_middleware(Guard, port=port)
    core.sio.eio.cors_allowed_origins = [f"http://{host}" for host in hosts(port)]


def hosts(port: int) -> tuple[str, ...]:
    """Return the values of Host that are answered."""
    return tuple(f"{name}:{port}" for name in NAMES)


def headers(port: int) -> dict[str, str]:
    """Return what every answer carries."""
    sockets = " ".join(f"ws://{host}" for host in hosts(port) if "[" not in host)  # no IPv6 addresses in a policy
    policy = {
        "default-src": "'none'",
        "script-src": "'self' 'unsafe-inline' 'unsafe-eval'",
        "style-src": "'self' 'unsafe-inline'",
        "img-src": "'self' data:",
        "font-src": "'self'",
        "connect-src": f"'self' {sockets}",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'none'",
    }
    return {
        "Content-Security-Policy": "; ".join(f"{name} {value}" for name, value in policy.items()),
        "X-Frame-Options": "DENY",
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    }


class Guard:
    """ASGI middleware that refuses requests and sockets of others, and puts the headers on every answer."""

    def __init__(self, app: ASGIApp, port: int) -> None:
        self.app = app
        self.hosts = hosts(port)
        self.headers = headers(port)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        problem = self.objection(scope)
        if not problem:
            await self._answer(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008, "reason": problem})  # before accepting: HTTP 403
        else:
            await PlainTextResponse(problem, status_code=403)(scope, receive, self._with_headers(send))

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the page answer. That nobody waits for the answer any more is no error: whoever asked has left."""
        left = False

        async def heard() -> Message:
            nonlocal left
            message = await receive()
            left |= message["type"] == "http.disconnect"
            return message

        try:
            await self.app(scope, heard, self._with_headers(send))
        except RuntimeError as error:
            if not (left and str(error) == NOBODY_THERE):
                raise

    def objection(self, scope: Scope) -> str:
        """Return why a request is refused, or an empty text."""
        given = Headers(scope=scope)
        named = given.getlist("host")
        if len(named) != 1 or named[0].lower() not in self.hosts:
            return f"this page answers at http://{self.hosts[0]}/ only"
        origin = given.get("origin")
        if origin is not None and origin.lower() != f"http://{named[0].lower()}":
            return "another page may not use this one"
        if given.get("sec-fetch-site") in ("cross-site", "same-site") and not _opens_the_page(scope, given):
            return "another page may not load parts of this one"
        return ""

    def _with_headers(self, send: Send) -> Send:
        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(self.headers)
            await send(message)

        return answer


def _opens_the_page(scope: Scope, given: Headers) -> bool:
    """Tell whether somebody follows a link to the page, which is allowed from anywhere."""
    mode, target = given.get("sec-fetch-mode"), given.get("sec-fetch-dest")
    return scope.get("method") == "GET" and scope["path"] == "/" and mode == "navigate" and target == "document"
