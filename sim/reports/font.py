"""A Japanese web font for the page: the glyphs it needs from IPAexGothic, so that a bare machine shows Japanese."""

from __future__ import annotations

import base64
import hashlib
import io
from pathlib import Path

import matplotlib_fontja
from fontTools import subset

from sim.core import cache


def web_font(text: str) -> str:
    """Return the base64 WOFF of the characters in a text; kept in the cache by the set of characters."""
    wanted = "".join(sorted({c for c in set(text) if ord(c) > 0x2000}))
    kept = cache.root() / "fonts" / f"{hashlib.sha256(wanted.encode()).hexdigest()[:16]}.woff"
    if not kept.exists():
        kept.parent.mkdir(parents=True, exist_ok=True)
        fresh = kept.with_suffix(".new")
        fresh.write_bytes(_subset(wanted))
        fresh.replace(kept)
    return base64.b64encode(kept.read_bytes()).decode()


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
