"""What may name a scenario or a study: the name of a file and of the folder its results go into, on any system."""

from __future__ import annotations

import re
import unicodedata

LONGEST = 150
"""bytes; a folder of results adds a time, a digest and an ending, and file systems end at 255"""

_WINDOWS = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)
_TAKEN = ("comparison", "sensitivity", "ensemble", "levers", "calibration")
"""folders of results that studies have"""


def same_name(a: str, b: str) -> bool:
    """Return whether two names are one, however the system writes its accents and voiced sounds (NFC, NFD)."""
    return unicodedata.normalize("NFC", a) == unicodedata.normalize("NFC", b)


def name_objection(name: str) -> str:
    """Return why a text cannot name a scenario or study, or an empty string."""
    if len(name.encode("utf-8", "replace")) > LONGEST:
        return f"is too long for the name of a folder; {LONGEST} bytes are allowed (50 Japanese letters)"
    if wrong := sorted(c for c in set(name) if _forbidden(c)):
        return f"cannot name a file; leave out {' '.join(c if c.isprintable() else f'U+{ord(c):04X}' for c in wrong)}"
    if not name.strip(" .") or name[0] in " ." or name[-1] in " .":
        return "cannot name a file; a name has letters or digits, and no dot or space at its ends"
    if _WINDOWS.fullmatch(name):
        return "is a name Windows keeps for itself; choose another"
    return f"is the folder of results of all {name} studies; choose another name" if name.lower() in _TAKEN else ""


def _forbidden(sign: str) -> bool:
    """Return whether a sign cannot stand in the name of a file on any system."""
    return sign in '/\\:*?"<>|' or unicodedata.category(sign) in ("Cc", "Cs")
