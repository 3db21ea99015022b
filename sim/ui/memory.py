"""What the page asks of the browser itself: its tab, the municipality last chosen, its address, its keyboard."""

from __future__ import annotations

from nicegui import Client

IN_ADDRESS = "ward"
"""name of the municipality in the address, as in that of the report's page"""
SENT = "scenario"
"""name of a scenario that came with a link in the address"""
_KEPT = "kokuho-place"
_RECALL = f"(() => {{ try {{ return localStorage.getItem('{_KEPT}') || ''; }} catch (e) {{ return ''; }} }})()"
_SECONDS = 3.0
_SAME_TAB = (
    "addEventListener('pagehide', () => { sessionStorage.__nicegui_tab_closed = 'true'; });"
    "addEventListener('pageshow', (event) => { if (event.persisted) sessionStorage.__nicegui_tab_closed = 'false'; });"
)
"""NiceGUI knows a tab again after a reload only where the browser sent `beforeunload`: one whose page is busy, or a
telephone, does not, and what was on the table would be gone. `pagehide` always comes."""


def keep_tab(client: Client) -> None:
    """Have a tab known again after it was left, however it was left."""
    client.run_javascript(_SAME_TAB)


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
        f"try {{ localStorage.setItem('{_KEPT}', '{int(code)}'); }} catch (e) {{}}"
        f"const address = new URL(location.href); address.searchParams.set('{IN_ADDRESS}', '{int(code)}');"
        "history.replaceState(null, '', address);"
    )


def forget_in_address(client: Client, name: str) -> None:
    """Take a part out of the address, so that a reload does not bring it again."""
    assert name.isalpha()
    client.run_javascript(
        f"const address = new URL(location.href); address.searchParams.delete('{name}');"
        "history.replaceState(null, '', address);"
    )


def focus(client: Client, name: str, *, narrow: bool = False) -> None:
    """Put the keyboard on an element by its data-testid, one of the page's own; narrow: on small screens only."""
    assert name.replace("-", "").isalpha()
    when = "window.innerWidth < 1024" if narrow else "true"
    client.run_javascript(
        f"if ({when}) setTimeout(() => {{ const it = document.querySelector('[data-testid={name}]');"
        "if (it) (it.matches('input,button,[tabindex]') ? it : it.querySelector('input,button') || it).focus(); }, 250)"
    )
