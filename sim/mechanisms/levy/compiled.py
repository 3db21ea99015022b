"""How the levy's kernels are compiled.

Kernels here allocate nothing, so numba need not count references to their arrays; counting them would cost more than
the levy itself (0.8 instead of 0.35 CPU seconds for all of Tokyo).
"""

from __future__ import annotations

from typing import Any

import numba as nb

_OPTIONS: dict[str, Any] = {"cache": True, "_nrt": False}

plain = nb.njit(**_OPTIONS)
"""Compiled by itself, inlined where LLVM sees fit."""

inlined = nb.njit(inline="always", **_OPTIONS)
"""Merged into its caller before compiling: for functions that take many arrays."""
