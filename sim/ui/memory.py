"""The ward last chosen, kept in the storage of the browser itself and in the address of its page."""

from __future__ import annotations

from nicegui import Client

_RECALL = "(() => { try { return localStorage.getItem('kokuho-ward') || ''; } catch (e) { return ''; } })()"
_SECONDS = 3.0


async def recall(client: Client) -> str:
    """Return the code last chosen in this browser, "" where none was or its storage is closed."""
    try:
        return str(await client.run_javascript(f"return {_RECALL}", timeout=_SECONDS) or "")
    except TimeoutError:
        return ""


def remember(client: Client, code: int, *, chosen: bool) -> None:
    """Keep a code in the browser and put it into the address; nothing where nobody has chosen yet."""
    if not chosen:
        return
    client.run_javascript(
        f"try {{ localStorage.setItem('kokuho-ward', '{int(code)}'); }} catch (e) {{}}"
        f"const address = new URL(location.href); address.searchParams.set('ward', '{int(code)}');"
        "history.replaceState(null, '', address);"
    )
