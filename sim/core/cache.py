"""Where compiled kernels, built populations and other things that can be made again are kept, and under which digest.

The folder need not exist, nor be writable: whoever uses it (`sim.core.keep`, `sim.core.kernel_cache`) works without.
"""

from __future__ import annotations

import ast
import functools
import hashlib
import importlib.util
import json
import os
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType

_PACKAGE = Path(__file__).resolve().parents[1]


@functools.cache
def root() -> Path:
    """Return the cache folder: $KOKUHO_CACHE, or .cache beside a checkout, or the user's cache folder."""
    if chosen := os.environ.get("KOKUHO_CACHE"):
        return Path(chosen).absolute()
    if (_PACKAGE.parent / "pyproject.toml").exists():
        return _PACKAGE.parent / ".cache"
    import platformdirs

    folder = Path(platformdirs.user_cache_dir("kokuho-sim"))
    return folder if folder.is_absolute() else Path(os.devnull, "no home folder")  # where nothing can be written


_COMMAND = "KOKUHO_OF_COMMAND"
"""variable that says to this process and to those it starts that they are a command, or at work for one"""


def begin_command() -> None:
    """Note that this process is a command, whose code is that of the files and nothing else."""
    os.environ[_COMMAND] = "1"


def of_command() -> bool:
    """Return whether this process is a command, or was started by one."""
    return _COMMAND in os.environ


@functools.cache
def code_digest() -> str:
    """Return the SHA-256 over all Python files of the package."""
    return _digest(_sources())


def kernel_digest() -> str:
    """Return the SHA-256 over the files with kernels and all modules of the package they import."""
    return _kernels()[0]


def model_digest() -> str:
    """Return the SHA-256 over the model and all modules of the package it imports: the code that makes its figures."""
    return _kernels()[2]


_MODEL = ("engine/model.py", "population/store.py")
"""what lives a year, and what builds the population"""
_DECORATORS = frozenset(f"sim.core.kernel.{name}" for name in ("kernel", "inner", "inline"))


def has_kernels(path: Path) -> bool:
    """Return whether a file of the package has kernels: it takes a decorator of `core.kernel`, or numba's own."""
    imports = _imports(path)
    return bool(imports & _DECORATORS) or (b"njit" in _sources()[path] and "numba" in imports)


@functools.cache
def source_digest(path: Path) -> str:
    """Return the SHA-256 over a file and, if it is one of the package, all modules of the package it imports."""
    if path not in _sources():
        return hashlib.sha256(path.read_bytes()).hexdigest()
    return _kernels()[1].get(_name(path)) or _digest(needed(path))


@functools.cache
def _kernels() -> tuple[str, dict[str, str], str]:
    """Return the digest of all files with kernels, of each with what it imports, by its name, and of the model.

    Who imports what is read from the sources once for a state of the code, and kept.
    """
    from sim.core import keep

    path = root() / "digests.json"
    content = keep.opened(path)
    known = None if content is None else json.loads(content)
    if known is None or known["code"] != code_digest():
        files = {path: needed(path) for path in _sources() if has_kernels(path)}
        known = {
            "code": code_digest(),
            "kernels": _digest(set().union(*files.values())),
            "model": _digest(set().union(*(needed(path) for path in _sources() if _name(path) in _MODEL))),
            "files": {_name(path): _digest(others) for path, others in files.items()},
        }
        keep.file(path, keep.sealed(json.dumps(known).encode()))
    return known["kernels"], known["files"], known["model"]


def needed(path: Path) -> set[Path]:
    """Return a file of the package and all files of the package that it imports, directly or not."""
    found = {path}
    waiting = [path]
    while waiting:
        for name in _imports(waiting.pop()):
            base = _PACKAGE.parent.joinpath(*name.split("."))
            for file in (base.with_suffix(".py"), base / "__init__.py"):
                if file in _sources() and file not in found and file.name not in _APART:
                    found.add(file)
                    waiting.append(file)
    return found


_APART = ("cache.py", "keep.py", "kernel_cache.py")
"""modules that keep things: no kernel is compiled from them"""


@functools.cache
def _sources() -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in sorted(_PACKAGE.rglob("*.py"))}


def _digest(paths: Iterable[Path]) -> str:
    h = hashlib.sha256()
    for path in sorted(paths):
        h.update(_name(path).encode() + _sources()[path])
    return h.hexdigest()


def _name(path: Path) -> str:
    return path.relative_to(_PACKAGE).as_posix()


_DEFINITION = re.compile(rb"^(?:@|def |class |async )", re.MULTILINE)


@functools.cache
def _imports(path: Path) -> frozenset[str]:
    """Return the dotted names a file of the package imports; of `from a import b` both `a` and `a.b`."""
    text = _sources()[path]
    first = _DEFINITION.search(text)
    head = text[: first.start()] if first and b"import" not in text[first.start() :] else text
    try:
        tree = ast.parse(head)  # a tenth of the time of the whole, where nothing is imported further down
    except SyntaxError:
        tree = ast.parse(text)
    return frozenset(_imported(tree, path.relative_to(_PACKAGE.parent).parent.parts))


def _imported(tree: ast.Module, package: tuple[str, ...]) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else ()
            base = ".".join([*above, *([node.module] if node.module else [])])
            yield base
            yield from (f"{base}.{alias.name}" for alias in node.names)


def use() -> None:
    """Have numba keep kernels in the cache, under the digest of what they are compiled from.

    numba may have been imported already. If not, that is waited for: importing it takes longer than many a command.
    """
    if "numba" in sys.modules:
        _install()
    elif not any(isinstance(finder, _Numba) for finder in sys.meta_path):
        sys.meta_path.insert(0, _Numba())


def _install() -> None:
    from sim.core import kernel_cache  # noqa: F401  which installs itself


class _Numba(MetaPathFinder):
    """Stands first among Python's finders until numba is imported, and then installs the cache of kernels."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname != "numba" or self not in sys.meta_path:
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(fullname)
        if spec is None or spec.loader is None:
            return spec
        execute = spec.loader.exec_module

        def exec_module(module: ModuleType) -> None:
            execute(module)
            _install()

        spec.loader.exec_module = exec_module  # type: ignore[method-assign]
        return spec
