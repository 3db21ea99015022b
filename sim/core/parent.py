"""A process that works for another one ends when that one is gone, however it went."""

from __future__ import annotations

import os
import threading
import time

_PAUSE = 1.0
"""seconds between two looks"""


def end_with(parent: int) -> None:
    """Let this process end as soon as `parent`, the number of the process it was started by, is no more its parent."""
    threading.Thread(target=_look, args=(parent,), daemon=True).start()


def _look(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(_PAUSE)
    os._exit(1)
