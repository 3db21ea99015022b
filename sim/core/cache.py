"""Where compiled kernels and built populations are kept between runs."""

from __future__ import annotations

import functools
import hashlib
import os
import re
import shutil
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parents[1]
_KEPT = 8


@functools.cache
def root() -> Path:
    """Return the cache folder: $KOKUHO_CACHE, or .cache beside a checkout, or the user's cache folder."""
    if chosen := os.environ.get("KOKUHO_CACHE"):
        return Path(chosen)
    if (_PACKAGE.parent / "pyproject.toml").exists():
        return _PACKAGE.parent / ".cache"
    import platformdirs

    return Path(platformdirs.user_cache_dir("kokuho-sim"))


@functools.cache
def code_digest() -> str:
    """Return the SHA-256 over all Python files of the package."""
    h = hashlib.sha256()
    for path in sorted(_PACKAGE.rglob("*.py")):
        h.update(str(path.relative_to(_PACKAGE)).encode() + path.read_bytes())
    return h.hexdigest()


_IMPORT = re.compile(r"^\s*from (sim(?:\.\w+)*) import ([^\n]+)", re.MULTILINE)


@functools.cache
def kernel_digest() -> str:
    """Return the SHA-256 over the files with kernels and all modules of the package they import."""
    texts = {path: path.read_text(encoding="utf-8") for path in sorted(_PACKAGE.rglob("*.py"))}
    wanted = {path for path, text in texts.items() if "njit" in text}
    waiting = list(wanted)
    while waiting:
        for module, names in _IMPORT.findall(texts[waiting.pop()]):
            base = _PACKAGE.parent.joinpath(*module.split("."))
            for path in (base.with_suffix(".py"), *(base / f"{n.strip()}.py" for n in names.split(","))):
                if path in texts and path not in wanted:
                    wanted.add(path)
                    waiting.append(path)
    h = hashlib.sha256()
    for path in sorted(wanted):
        h.update(str(path.relative_to(_PACKAGE)).encode() + texts[path].encode())
    return h.hexdigest()


def use() -> None:
    """Point numba at a cache of its own for this state of the kernels.

    numba notices an edited kernel, but not an edited function or constant that the kernel takes from
    another file; a folder per digest of the kernels and what they import does. Older folders are removed.
    """
    if "NUMBA_CACHE_DIR" in os.environ:
        return
    folder = root() / "numba" / kernel_digest()[:16]
    os.environ["NUMBA_CACHE_DIR"] = str(folder)
    if not folder.exists():
        folder.mkdir(parents=True, exist_ok=True)
        old = sorted((p for p in folder.parent.iterdir() if p != folder), key=lambda p: p.stat().st_mtime)
        for stale in old[: max(0, len(old) - _KEPT)]:
            shutil.rmtree(stale, ignore_errors=True)
