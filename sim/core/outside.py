"""Failures of the world outside the program, each told as one message: which file, why, and what to do.

`explained(error)` is the one place that knows them. The command line, the runs of a study and the run itself ask it,
so that a full disk reads the same wherever it is met. What it does not know is a defect and keeps its traceback.
"""

from __future__ import annotations

import errno
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sim.core.errors import KokuhoError, OutsideError, StoppedError

_PACKAGE = Path(__file__).resolve().parents[1]
_ELSEWHERE = "give a folder you may write to (--out for results, KOKUHO_CACHE for the cache)"
_CAUSES: dict[int, tuple[str, str]] = {
    errno.ENOSPC: ("no space is left on the disk", "free some space, or give a folder on another disk"),
    errno.EDQUOT: ("your quota of the disk is used up", "free some space, or give a folder on another disk"),
    errno.EFBIG: ("the file became larger than the system allows", "raise the limit (ulimit -f), or use another disk"),
    errno.EROFS: ("the disk is read-only", _ELSEWHERE),
    errno.EACCES: ("permission denied", f"close the program that has it open, or {_ELSEWHERE}"),
    errno.EPERM: ("the system does not permit it", _ELSEWHERE),
    errno.ENOENT: ("no such file or folder", "check the path, or make its folder first"),
    errno.ENOTDIR: ("a part of the path is a file, not a folder", "check the path"),
    errno.EISDIR: ("it is a folder, not a file", "give the path of a file"),
    errno.EEXIST: ("it exists already", "remove it, or give another path"),
    errno.ENOTEMPTY: ("the folder is not empty", "remove it, or give another path"),
    errno.ENAMETOOLONG: ("the name is too long for this disk", "use a shorter name or folder"),
    errno.ELOOP: ("the link points to itself", "check the path"),
    errno.EMFILE: ("too many files are open", "raise the limit (ulimit -n 4096), or use fewer --jobs"),
    errno.ENFILE: ("too many files are open on this machine", "end other programs, or use fewer --jobs"),
    errno.EAGAIN: ("the system allows no more processes or threads", "use fewer --jobs or --threads"),
    errno.EBUSY: ("it is in use by another program", "close that program and try again"),
    errno.EIO: ("the disk or the network drive failed", "check the drive, then start again"),
    errno.ESTALE: ("the network drive lost the file", "check the drive, then start again"),
}
"""errno -> cause, what to do"""
_SHARING = 32
"""Windows: another program has the file open"""
_STREAMS = {0: "standard input", 1: "standard output", 2: "standard error"}
_NO_MEMORY = (
    "the memory of this machine does not suffice. Take a smaller sample (--sample 100 is one household in a "
    "hundred), fewer --jobs, or end other programs"
)


def explained(error: BaseException, place: str | Path | None = None) -> KokuhoError | None:
    """Return the message of a failure outside the program, None if the error is a defect.

    place   the file or folder at work, for errors that do not name one
    """
    if isinstance(error, KokuhoError):
        return error
    if isinstance(error, KeyboardInterrupt) or _interrupted_kernel(error):
        return StoppedError("interrupted")
    if isinstance(error, MemoryError) or _library_without_room(error):
        return OutsideError(_NO_MEMORY)
    if isinstance(error, EOFError):
        return OutsideError(f"{place or 'a file of the cache'}: it ends too early; remove it and start again")
    if isinstance(error, OSError):
        return _of_system(error, place)
    return None


def _interrupted_kernel(error: BaseException) -> bool:
    """Return whether this is how numba passes on an interrupt that came while a kernel ran."""
    return isinstance(error, SystemError) and isinstance(error.__cause__, KeyboardInterrupt)


def _library_without_room(error: BaseException) -> bool:
    """Return whether a library could not be loaded for want of memory, which the system says only in words."""
    words = ("failed to map segment", "cannot allocate memory")
    return isinstance(error, ImportError) and any(w in str(error).lower() for w in words)


def _of_system(error: OSError, place: str | Path | None) -> KokuhoError:
    if error.errno == errno.ENOMEM:
        return OutsideError(_NO_MEMORY)
    if isinstance(error, BrokenPipeError) and error.filename is None:
        return OutsideError("the program that read the output closed it; files written until then are complete")
    name = _named(error) or place
    if error.errno == errno.ENOENT and name is not None and _PACKAGE in Path(name).parents:
        return OutsideError(f"{name}: a file of the installation is missing; install kokuho-sim again")
    cause, advice = _cause(error)
    return OutsideError(f"{name or 'a file'}: {cause}" + (f"; {advice}" if advice else ""))


def _cause(error: OSError) -> tuple[str, str]:
    """Return why it failed, and what to do (empty where nobody knows)."""
    if getattr(error, "winerror", None) == _SHARING:
        return _CAUSES[errno.EBUSY]
    return _CAUSES.get(error.errno or 0, (error.strerror or str(error) or type(error).__name__, ""))


def _named(error: OSError) -> str | None:
    """Return the file that an error names, of two the one written to."""
    return next((_name(f) for f in (error.filename2, error.filename) if f not in (None, "")), None)


def _name(file: str | bytes | int) -> str:
    """Return the name of a file as an OSError holds it: text, bytes or the number of a descriptor."""
    if isinstance(file, bytes):
        return file.decode(sys.getfilesystemencoding(), "replace")
    return _STREAMS.get(file, f"file {file}") if isinstance(file, int) else str(file)


@contextmanager
def at(place: str | Path) -> Iterator[None]:
    """Turn a failure of the outside world within into its message; `place` is what was being written."""
    try:
        yield
    except (OSError, MemoryError) as error:
        known = explained(error, place)
        if known is None or known is error:
            raise
        raise known from error
