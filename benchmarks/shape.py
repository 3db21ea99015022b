"""How the code is built, in figures: `make shape`. Limits stand in pyproject.toml; this shows how far it is from them.

python -m benchmarks.shape [FOLDER]      # the package `sim` of this checkout, or of another one
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from radon.complexity import cc_visit
from radon.visitors import Class, Function

Definition = ast.FunctionDef | ast.AsyncFunctionDef
MECHANISMS = ("demography", "enrolment", "cost", "care", "levy", "payment", "finance", "rates")
OWN_WAYS = ("njit", "prange", "ThreadPoolExecutor")
"""words that only core/kernel.py and what is no mechanism may use"""


def functions(root: Path) -> Iterator[tuple[Path, Definition]]:
    """Yield every function of the package."""
    for path in sorted(root.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, Definition):
                yield path, node


def parameters(node: Definition) -> int:
    """Return the number of parameters, without self and cls."""
    a = node.args
    names = [p.arg for p in (*a.posonlyargs, *a.args, *a.kwonlyargs)]
    return sum(name not in ("self", "cls") for name in names)


def lines(node: Definition) -> int:
    """Return the lines of a function from its first line to its last, decorators left out."""
    return (node.end_lineno or node.lineno) - node.lineno + 1


def complexities(root: Path) -> list[int]:
    """Return the cyclomatic complexity of every function (radon's, which counts each `and` and `or`).

    radon lists the methods of a class beside the class and in it: each function counts once, by file, name and line.
    """
    found: dict[tuple[Path, str, int], int] = {}

    def visit(path: Path, blocks: Iterable[Function | Class]) -> None:
        for block in blocks:
            if isinstance(block, Class):
                visit(path, block.methods)
            else:
                found[path, block.name, block.lineno] = block.complexity
                visit(path, block.closures)

    for path in root.rglob("*.py"):
        visit(path, cc_visit(path.read_text(encoding="utf-8")))
    return list(found.values())


def own_ways(root: Path) -> list[str]:
    """Return the mechanisms that compile kernels or run threads in a way of their own."""
    found = set()
    for path in root.rglob("*.py"):
        place = next((part for part in path.relative_to(root).parts if part in MECHANISMS), None)
        if place and any(word in path.read_text(encoding="utf-8") for word in OWN_WAYS):
            found.add(place)
    return sorted(found)


def count(root: Path) -> dict[str, object]:
    """Return the figures of a package by name."""
    found = list(functions(root))
    length, wide = [lines(n) for _, n in found], [parameters(n) for _, n in found]
    words = sum(len(re.findall(r"\bAny\b", p.read_text(encoding="utf-8"))) for p in root.rglob("*.py"))
    complexity = complexities(root)
    own = own_ways(root)
    return {
        "files": sum(1 for _ in root.rglob("*.py")),
        "lines": sum(len(p.read_text(encoding="utf-8").splitlines()) for p in root.rglob("*.py")),
        "functions": len(found),
        "functions above 60 lines": sum(n > 60 for n in length),
        "functions above 100 lines": sum(n > 100 for n in length),
        "functions above 8 parameters": sum(n > 8 for n in wide),
        "functions above 15 parameters": sum(n > 15 for n in wide),
        "functions of complexity above 12": sum(n > 12 for n in complexity),
        "functions of complexity above 15": sum(n > 15 for n in complexity),
        "Any": words,
        "grammars of mechanisms": 1 + len(own),
        "mechanisms with a way of their own": ", ".join(own) or "none",
    }


def main() -> None:
    """Print the figures."""
    root = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parents[1] / "sim")
    for name, value in count(root).items():
        print(f"{name:<38}{value:>10,}" if isinstance(value, int) else f"{name:<38}{value:>10}")


if __name__ == "__main__":
    main()
