"""Files and folders of the cache: written whole or not at all, read only if they are what was written.

Whatever is kept can be made again, so nothing here fails because of the cache. What cannot be written is said in one
line, once; what is damaged (cut, emptied, edited, a flipped bit) counts as missing and makes room for what is made
again. Since every reading compares sizes and checksums, nothing waits for the disk when it is written.
"""

from __future__ import annotations

import hashlib
import json
import mmap
import os
import shutil
import sys
import time
import uuid
import zlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

from sim.core import cache

_CONTENTS = "contents.json"
_STALE = 3600
"""seconds after which a temporary folder was left behind by a process that ended"""
_PATIENCE = 10
"""seconds of waiting for another process before it is said"""
_TOLD = "KOKUHO_CACHE_TOLD"
"""variable that tells processes started from here what was said already"""


def file(path: Path, content: bytes) -> bool:
    """Write a file that appears when it is complete; return whether that was possible."""
    fresh = _fresh(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh.write_bytes(content)
        fresh.replace(path)
    except OSError as error:
        with suppress(OSError):
            fresh.unlink(missing_ok=True)
        tell(error)
        return False
    return True


def sealed(content: bytes) -> bytes:
    """Return the content behind its digest, as `opened` reads it."""
    return hashlib.sha256(content).hexdigest().encode() + b"\n" + content


def opened(path: Path) -> bytes | None:
    """Return the content of a sealed file, None if there is no such file or it is not what was written."""
    try:
        digest, _, content = path.read_bytes().partition(b"\n")
    except OSError:
        return None
    return content if hashlib.sha256(content).hexdigest().encode() == digest else None


def folder(home: Path, fill: Callable[[Path], object]) -> bool:
    """Have a folder filled, and let it appear when it is complete, in place of an earlier one."""
    fresh = _fresh(home)
    try:
        fresh.mkdir(parents=True)
        fill(fresh)
        contents = _contents(fresh, sorted(p.name for p in fresh.iterdir()))
        (fresh / _CONTENTS).write_bytes(sealed(json.dumps(contents).encode()))
        remove(home)
        fresh.rename(home)
    except OSError as error:
        shutil.rmtree(fresh, ignore_errors=True)
        if home.is_dir():
            return True  # another process was first
        tell(error)
        return False
    return True


def intact(home: Path) -> bool:
    """Return whether a folder holds what was written into it, size and CRC-32 of every file; remove it if not."""
    if not home.is_dir():
        return False
    content = opened(home / _CONTENTS)
    if content is not None:
        known = json.loads(content)
        with suppress(OSError):
            sizes = {name: (home / name).stat().st_size for name in known}
            if all(sizes[name] == size for name, (size, _) in known.items()) and _contents(home, list(known)) == known:
                return True
    if home.is_dir():
        _say(f"{home} is damaged; it is made again")
        remove(home)
    return False


def used(path: Path) -> None:
    """Note that something was used now: what was not used for longest is removed first."""
    with suppress(OSError):
        os.utime(path)


def remove(home: Path) -> None:
    """Remove a folder, at once for whoever looks for it; a process that has mapped its files keeps them."""
    gone = _fresh(home)
    with suppress(OSError):
        home.rename(gone)
        shutil.rmtree(gone, ignore_errors=True)


def tidy(store: Path, room: float) -> None:
    """Remove the folders of a store that were used longest ago until the rest fits into the room, in bytes.

    The one used last stays whatever its size, so does what is being written. Stray files are left alone.
    """
    with suppress(OSError):
        now, known = time.time(), _folders(store)
        unfinished = [k for k in known if k[2].name.startswith(".")]
        room -= sum(size for _, size, _ in unfinished)
        for i, (_, size, home) in enumerate(sorted((k for k in known if k not in unfinished), reverse=True)):
            room -= size
            if i > 0 and room < 0:
                remove(home)
        for moment, _, home in unfinished:
            if now - moment > _STALE:
                shutil.rmtree(home, ignore_errors=True)


def _folders(store: Path) -> list[tuple[float, int, Path]]:
    """Return the folders of a store that are still there: when it was last used, its size in bytes, its path."""
    found = []
    for home in store.iterdir():
        with suppress(OSError):
            if home.is_dir():
                found.append((home.stat().st_mtime, _size(home), home))
    return found


@contextmanager
def locked(kind: str, name: str = "") -> Iterator[None]:
    """Let one process at a time make a thing; without a cache, where it could not be kept, all of them do.

    Kinds are nested in one order only (kernels, population, code), so nobody waits in a circle.
    """
    from filelock import FileLock, Timeout

    digest = hashlib.sha256(name.encode()).hexdigest()[:2]  # 256 files at most; none is ever removed
    lock = FileLock(cache.root() / "locks" / f"{kind}-{digest}.lock")
    try:
        (cache.root() / "locks").mkdir(parents=True, exist_ok=True)
        try:
            lock.acquire(timeout=_PATIENCE)
        except Timeout:
            _say(f"waiting for another process that is making the same {kind}")
            lock.acquire()
    except (OSError, NotImplementedError):
        lock.release()
    try:
        yield
    finally:
        lock.release()


def tell(error: OSError) -> None:
    """Say in one line, once, that no cache can be kept and what that means."""
    where = str(cache.root())
    if os.environ.get(_TOLD) != where:
        os.environ[_TOLD] = where
        _say(
            f"no cache can be kept at {where} ({error.strerror or error}): runs will be slower; "
            "set KOKUHO_CACHE to a folder that can be written"
        )


def _say(text: str) -> None:
    from sim.core.spoken import spoken

    with suppress(OSError, ValueError):
        print(f"kokuho: {spoken(text)}", file=sys.stderr, flush=True)


def _fresh(path: Path) -> Path:
    """Return a hidden name beside the path that nobody else uses."""
    return path.with_name(f".{path.name[:60]}.{uuid.uuid4().hex[:12]}")


def _size(home: Path) -> int:
    return sum(p.stat().st_size for p in home.rglob("*") if p.is_file())


def _contents(home: Path, names: list[str]) -> dict[str, list[int]]:
    """Return size and CRC-32 of files; two threads read a gigabyte in a quarter of a second."""
    with ThreadPoolExecutor(min(8, os.cpu_count() or 1)) as pool:
        return dict(zip(names, pool.map(lambda name: _checksum(home / name), names), strict=True))


def _checksum(path: Path) -> list[int]:
    with path.open("rb") as stream:
        size = os.fstat(stream.fileno()).st_size
        if size == 0:
            return [0, 0]
        with mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as content:
            return [size, zlib.crc32(content)]
