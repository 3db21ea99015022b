"""What every output of a run with an information date says of itself: 情報基準日 2024-10-31, as of 2024-10-31."""

from __future__ import annotations

_TAG = ("情報基準日 {date}", "as of {date}")
_BANNER = (
    "情報基準日 {date}：この日より後に公表された数値は使っていない。例外は出典の前に示す。",
    "As of {date}: no figure published later is used. The exceptions are listed before the sources.",
)


def dated(as_of: object, lang: str) -> str:
    """Return the short form for first lines, titles and covers, in ja or en; nothing without an information date."""
    return _said(_TAG, as_of, lang)


def dated_banner(as_of: object, lang: str) -> str:
    """Return the sentence above the figures of a run with an information date; nothing without one."""
    return _said(_BANNER, as_of, lang)


def _said(text: tuple[str, str], as_of: object, lang: str) -> str:
    return "" if as_of is None else text[0 if lang == "ja" else 1].format(date=as_of)
