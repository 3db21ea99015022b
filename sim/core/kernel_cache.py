"""The machine code of kernels on disk, wherever and whenever numba was imported.

numba notices an edited kernel, but not an edited function or constant that the kernel takes from another file. So
code is kept in a folder per state of all kernels and of the settings they are compiled under, and a kernel of the
package carries the digest of its file and of all modules that file imports. numba reads its index and its code
unseen, and a cut or changed file ends the process; here every file is read against a digest, and what does not match
is compiled again. Without a folder that can be written, code is kept in a temporary one while the process lives.

Importing this module does it; `sim.core.cache.use` sees that it is imported before the first kernel.
"""

from __future__ import annotations

import atexit
import functools
import hashlib
import importlib
import importlib.util
import os
import pickle
import shutil
import tempfile
import uuid
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FunctionType

import llvmlite
import numba
import numpy as np
from numba.core import caching, config
from numba.core.registry import cpu_target
from numba.core.serialize import dumps

from sim.core import cache, keep

_ROOM = 0.3e9
"""bytes of compiled code kept; one state of the kernels takes 15 MB"""
_SETTINGS = ("BOUNDSCHECK", "OPT", "SLP_VECTORIZE", "LOOP_VECTORIZE", "DISABLE_INTEL_SVML", "USING_SVML", "ENABLE_AVX")
"""settings of numba that change the code but are no part of numba's own key"""
_TEMPORARY = "KOKUHO_KERNELS"
"""variable that gives processes started from here the temporary folder of this one"""
_COMPLETE = "complete"
_RUN_TIME = (b"NRT_", b"_numba_hashsecret")
"""parts of symbols that numba brings along only once its registries are complete: code that names them needs those"""

Construct = Callable[[caching.Cache, FunctionType], None]
Load = Callable[[caching.Cache, object, object], object]


def _install() -> None:
    """Have numba look for code here first; kernels decorated from now on are kept here."""
    if KernelLocator not in caching.CacheImpl._locator_classes:
        caching.CacheImpl._locator_classes.insert(0, KernelLocator)
        caching.Cache.__init__ = _with_checks(caching.Cache.__init__)  # type: ignore[method-assign]
        caching.Cache.load_overload = _refreshed_when_needed(caching.Cache.load_overload)  # type: ignore[method-assign]
    chosen = _setting("CACHE_LOCATOR_CLASSES")
    if chosen and KernelLocator.__name__ not in chosen:
        chosen = f"{__name__}.{KernelLocator.__name__},{chosen}"
        os.environ["NUMBA_CACHE_LOCATOR_CLASSES"] = chosen
        setattr(config, "CACHE_LOCATOR_CLASSES", chosen)  # noqa: B010  numba defines its settings at run time


def folder() -> Path:
    """Return the folder of the kernels as they are, under $NUMBA_CACHE_DIR if that is set, else in the cache."""
    return _folder(Path(_setting("CACHE_DIR") or cache.root() / "numba"))


def complete() -> bool:
    """Return whether every kernel of this state of the code is compiled."""
    return (folder() / _COMPLETE).exists()


def mark_complete() -> None:
    """Note that every kernel is compiled."""
    with suppress(OSError):
        (folder() / _COMPLETE).touch()


def _setting(name: str) -> str:
    """Return a setting of numba as text, empty if it is not set."""
    value = getattr(config, name, None)
    return "" if value is None else str(value)


@functools.cache
def _folder(base: Path) -> Path:
    state = ",".join(f"{name}={_setting(name)}" for name in _SETTINGS)
    versions = f"{numba.__version__}/{llvmlite.__version__}/{np.__version__}"
    name = hashlib.sha256(f"1/{cache.kernel_digest()}/{versions}/{state}".encode()).hexdigest()[:16]
    home = base / name
    try:
        fresh = not home.exists()
        home.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=home):
            keep.used(home)
        if fresh:
            keep.tidy(base, _ROOM)
    except OSError as error:
        if not (home / _COMPLETE).exists():
            keep.tell(error)
            return _temporary(base) / name
    return home


def _temporary(base: Path) -> Path:
    """Return a folder that is removed when the process that needed it first ends."""
    if chosen := os.environ.get(_TEMPORARY):
        return Path(chosen)
    try:
        made = Path(tempfile.mkdtemp(prefix="kokuho-kernels-"))
    except OSError:
        return base  # nothing can be written anywhere: each process compiles for itself
    os.environ[_TEMPORARY] = str(made)
    atexit.register(_leave, made, os.getpid())
    return made


def _leave(made: Path, owner: int) -> None:
    if os.getpid() == owner:
        shutil.rmtree(made, ignore_errors=True)


class KernelLocator(caching.UserProvidedCacheLocator):
    """Tells numba where code is kept, and what it depends on; never refuses a file that exists."""

    def __init__(self, py_func: FunctionType, py_file: str) -> None:
        self._py_file = py_file
        self._lineno = py_func.__code__.co_firstlineno
        self._cache_path = _path_of(py_file)

    def get_source_stamp(self) -> str:
        return _stamp(self._py_file)

    def ensure_cache_path(self) -> None:
        with suppress(OSError):
            os.makedirs(self.get_cache_path(), exist_ok=True)

    @classmethod
    def from_function(cls, py_func: FunctionType, py_file: str) -> KernelLocator | None:
        return cls(py_func, py_file) if _path_of(py_file) else None


@functools.cache
def _path_of(py_file: str) -> str:
    """Return the folder of the code of a file of kernels, empty if there is no such file."""
    place = KernelLocator.get_suitable_cache_subpath(py_file)
    return str(folder() / place) if os.path.exists(py_file) else ""


@functools.cache
def _stamp(py_file: str) -> str:
    """Return the digest of a file of kernels and of all it imports: one for dozens of kernels."""
    return cache.source_digest(Path(py_file).resolve())


def _with_checks(construct: Construct) -> Construct:
    """Return numba's constructor of a kernel's cache, with files that are checked in place of numba's own."""

    @functools.wraps(construct)
    def constructed(self: caching.Cache, py_func: FunctionType) -> None:
        construct(self, py_func)
        locator = self._impl.locator
        if isinstance(locator, KernelLocator):
            self._cache_file = KernelFiles(
                Path(locator.get_cache_path()), self._impl.filename_base, locator.get_source_stamp()
            )

    return constructed


def _refreshed_when_needed(load: Load) -> Load:
    """Return numba's loading of a kernel without the look at all of numba's registries that it takes each time.

    What the registries hold is for compiling: how to type and to translate whatever a kernel may do. Code that lies on
    disk is past that (but see `_RUN_TIME`), and compiling looks again by itself.
    """

    @functools.wraps(load)
    def loaded(self: caching.Cache, sig: object, target_context: object) -> object:
        if not isinstance(self._impl.locator, KernelLocator):
            return load(self, sig, target_context)
        found = None
        with self._guard_against_spurious_io_errors():
            found = self._load_overload(sig, target_context)
        if found is None:  # it is compiled next
            _refresh()
        return found

    return loaded


@functools.cache
def _refresh() -> None:
    """Have numba's compiler look at all of its registries, a sixth of a second, and start what serves kernels."""
    with _scipy_when_needed():
        cpu_target.target_context.refresh()


@contextmanager
def _scipy_when_needed() -> Iterator[None]:
    """Let numba take it from the installed packages that there is a linear algebra, as long as its functions are made.

    It imports scipy's to know, a fifth of a second before the first kernel; a kernel that uses it imports it all the
    same when it is compiled. No kernel here does.
    """
    linalg = vars(importlib.import_module("numba.np.linalg"))
    known = linalg["ensure_blas"]
    if importlib.util.find_spec("scipy") is not None:
        linalg["ensure_blas"] = lambda: None
    try:
        yield
    finally:
        linalg["ensure_blas"] = known


class KernelFiles:
    """An index of one kernel and a file of code per signature; each is sealed, and read as missing if damaged."""

    def __init__(self, home: Path, name: str, stamp: str) -> None:
        self._index, self._stamp = home / f"{name}.nbi", stamp

    def flush(self) -> None:
        self._save_index({})

    def load(self, key: Hashable) -> object:
        """Return what was saved for a signature, or None."""
        if (name := self._load_index().get(key)) is None:
            return None
        content = keep.opened(self._index.with_name(name))
        if content is None:
            return None
        if any(symbol in content for symbol in _RUN_TIME):
            _refresh()
        return pickle.loads(content)

    def save(self, key: Hashable, data: object) -> None:
        """Keep the code of a signature in a file of its own name, so that two processes never share one."""
        name = f"{self._index.stem}.{uuid.uuid4().hex[:12]}.nbc"
        if keep.file(self._index.with_name(name), keep.sealed(dumps(data))):
            with keep.locked("code"):
                self._save_index({**self._load_index(), key: name})

    def _load_index(self) -> dict[Hashable, str]:
        content = keep.opened(self._index)
        stamp, names = (None, {}) if content is None else pickle.loads(content)
        return names if stamp == self._stamp else {}

    def _save_index(self, names: dict[Hashable, str]) -> None:
        keep.file(self._index, keep.sealed(dumps((self._stamp, names))))


_install()
