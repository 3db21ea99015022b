"""A Japanese web font for the page: the glyphs it needs from IPAexGothic, so that a bare machine shows Japanese."""

from __future__ import annotations

import base64
import hashlib
import io
from contextlib import suppress
from pathlib import Path

import matplotlib_fontja
from fontTools import subset

from sim.core import cache
from sim.core.errors import InputError
from sim.core.export import replacing


def web_font(text: str) -> str:
    """Return the base64 WOFF of the characters in a text; kept by the set of characters where there is a cache."""
    wanted = "".join(sorted({c for c in set(text) if ord(c) > 0x2000}))
    return base64.b64encode(_kept(wanted)).decode()


def _kept(wanted: str) -> bytes:
    """Return the WOFF from the cache, or make it and try to keep it."""
    kept = cache.root() / "fonts" / f"{hashlib.sha256(wanted.encode()).hexdigest()[:16]}.woff"
    with suppress(OSError):
        found = kept.read_bytes()
        if found.startswith(_WOFF) and int.from_bytes(found[8:12], "big") == len(found):
            return found
    made = _subset(wanted)
    with suppress(OSError, InputError):  # a page can do without a cache
        kept.parent.mkdir(parents=True, exist_ok=True)
        with replacing(kept, alone=True) as fresh:
            fresh.write_bytes(made)
    return made


_WOFF = b"wOFF"
"""the first bytes of a whole file; its length follows at byte 8"""


def _subset(characters: str) -> bytes:
    source = next(Path(matplotlib_fontja.__file__).parent.rglob("ipaexg.ttf"))
    options = subset.Options(flavor="woff", layout_features=[], hinting=False, notdef_outline=True)
    stream = io.BytesIO()
    with subset.load_font(str(source), options) as font:
        worker = subset.Subsetter(options)
        worker.populate(text=characters)
        worker.subset(font)
        subset.save_font(font, stream, options)
    return stream.getvalue()
