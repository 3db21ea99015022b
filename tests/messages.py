"""The texts of errors, refusals and warnings as they stand in the source, for the catalogue of their Japanese.

`texts()` follows what reaches an error's text: f-strings, pieces held in variables, lists and constants, what functions
return. A text is a template, as gettext writes one: "no parameter '{0}'{1}"; the comment says what {0} is.

    python -m tests.messages        brings the catalogue up to date and lists what lacks its Japanese
"""

from __future__ import annotations

import ast
import itertools
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from sim.core.spoken import CATALOGUE, entries

ROOT = Path(__file__).resolve().parents[1]
NOT_FOR_USERS = {
    "AssertionError",
    "AttributeError",
    "BalanceError",
    "BrokenPipeError",
    "CodecError",
    "KeyError",
    "ModuleNotFoundError",
    "NotImplementedError",
    "StopWishedError",
    "TypeError",
}
"""defects, and what Python itself expects of a class; told with a traceback, in English"""
NOT_READ = (
    *("could not find expected ':'", "mapping values are not allowed", "expected ',' or '}}'", "expected ',' or ']'"),
    *("while scanning a quoted scalar", "undefined alias", "another document", "expected <block end>"),
    *("cannot start any token", "law, published, secondary, derived, estimated, assumed"),
    *("premium, tax", "a group", "the prefecture", "income part", "per head", "{0}pt", "by{0}", "model households"),
    *("national; {0} of {1}'s households are of one person", "log sd"),
)
"""what reaches a message only to be compared, or is written as it stands"""
_NOT_READ = re.compile(
    r"# |<!-- |\d the |\d [a-z]+$|(name|extends|source): \{|kokuho [a-z]+ --\w+$|\{\{(?!.*, see )|[a-z]+: …$|"
    r"\{0\} \(base |90 % range|\d (its|the)|5 the"
)
"""lines of files and pages that stand beside a message, commands and forms of YAML"""
_PASSED = {"dict", "escape", "list", "printable", "set", "sorted", "str", "tuple", "reversed", "next", "iter", "filter"}
_OF_TEXT = {"format", "partition", "replace", "rpartition", "rstrip", "split", "splitlines", "strip", "fromkeys"}
_HELD = {"add", "append", "extend", "insert", "setdefault", "update"}
_NAMES_OF_THINGS = (
    *("sim.reports.", "sim.mechanisms.", "sim.ui.", "sim.population.", "sim.outputs.tables"),
    *("sim.parameters.imputation.accounts", "sim.studies.ensemble", "sim.studies.fits", "sim.studies.rates_plan.words"),
    *("sim.explanations.lines", "sim.explanations.chain", "sim.explanations.notice"),
    *("sim.explanations.contribution.steps", "sim.studies.attribution", "sim.studies.anchor.moves"),
    *("sim.studies.validation.", "sim.cli.usage.", "sim.cli.headings."),
)
"""modules a value is followed into no further: names of tables, columns and measures stay as they are"""
_IN_A_LANGUAGE = {"either"}
"""functions whose text is in the reader's language already"""
_MOST_ALTERNATIVES, _MOST_METHODS, _DEEPEST = 16, 3, 4

Template = tuple["str | Hole", ...]


@dataclass(frozen=True)
class Hole:
    """A place of a template that a value fills; `said` is its expression."""

    said: str


@dataclass
class Found:
    """Where a text stands, and what its values are."""

    places: set[str] = field(default_factory=set)
    values: tuple[str, ...] = ()


@dataclass(eq=False)
class _Scope:
    """A function, or a whole module, with what surrounds it."""

    module: _Module
    node: ast.AST
    cls: ast.ClassDef | None = None


class _Module:
    """A file of the program with its functions, constants and imports by name."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.name = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        self.tree = ast.parse(path.read_text("utf-8"))
        self.functions: dict[str, list[_Scope]] = defaultdict(list)
        self.imports: dict[str, tuple[str, str]] = {}
        self.scopes: list[_Scope] = []
        self._index(self.tree, None)
        self.scopes.append(_Scope(self, self.tree))
        for node in ast.walk(self.tree):
            if isinstance(node, ast.ImportFrom) and node.module:
                for alias in node.names:
                    self.imports[alias.asname or alias.name] = (node.module, alias.name)

    def _index(self, node: ast.AST, cls: ast.ClassDef | None) -> None:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.FunctionDef):
                scope = _Scope(self, child, cls)
                self.functions[child.name].append(scope)
                self.scopes.append(scope)
            self._index(child, child if isinstance(child, ast.ClassDef) else cls)


def _own(node: ast.AST) -> Iterator[ast.AST]:
    """Return the nodes of a function or module without those of functions within."""
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, ast.FunctionDef):
            yield child
            yield from _own(child)


class _Reader:
    def __init__(self) -> None:
        self.modules = {m.name: m for m in map(_Module, sorted((ROOT / "sim").rglob("*.py")))}
        self.methods: dict[str, list[_Scope]] = defaultdict(list)
        self.calls: dict[str, list[tuple[ast.Call, _Scope]]] = defaultdict(list)
        self.found: dict[str, Found] = {}
        self.words: set[str] = set()
        self._seen: dict[tuple[int, int], int] = {}
        self._whole: list[tuple[ast.expr, _Scope]] = []
        for module in self.modules.values():
            for scope in module.scopes:
                if isinstance(scope.node, ast.FunctionDef):
                    self.methods[scope.node.name].append(scope)
                for node in _own(scope.node):
                    if isinstance(node, ast.Call):
                        self.calls[_called(node)].append((node, scope))

    def read(self) -> None:
        for module in self.modules.values():
            for scope in module.scopes:
                for node in _own(scope.node):
                    self._whole += [(text, scope) for text in _sinks(node)]
        for text, scope in self._whole:
            self.take(text, scope, 0)

    def take(self, expr: ast.expr, scope: _Scope, depth: int) -> None:
        """Add the texts an expression may have, and those of their values."""
        far = depth > _DEEPEST or (depth and f"{scope.module.name}.".startswith(_NAMES_OF_THINGS))
        at = id(expr), id(scope.node)
        if far or self._seen.get(at, _DEEPEST + 1) <= depth:
            return
        self._seen[at] = depth
        for template in self.expand(expr, scope):
            self._keep(template, f"{scope.module.path.relative_to(ROOT)}:{expr.lineno}", (expr, scope) in self._whole)
        for inner in _values_of(expr):
            self.take(inner, scope, depth)
        for source, where in self.sources(expr, scope):
            self.take(source, where, depth + (where.node is not scope.node))

    def _keep(self, template: Template, place: str, whole: bool) -> None:
        for line in _lines(template):
            text, values = _written(line)
            one_word = whole and not values and text.isalpha() and text.isascii()
            if (one_word or _speaks(line)) and text not in NOT_READ and not _NOT_READ.match(text):
                found = self.found.setdefault(text, Found(values=values))
                found.places.add(place)
            elif not values:
                self.words.add(text.strip())

    def expand(self, expr: ast.expr, scope: _Scope) -> list[Template]:
        """Return the texts an expression itself spells."""
        if isinstance(expr, ast.Constant):
            return [_filled_later(expr.value)] if isinstance(expr.value, str) else []
        if isinstance(expr, ast.JoinedStr):
            return self._product([self._part(v, scope) for v in expr.values])
        if isinstance(expr, ast.BinOp) and isinstance(expr.op, ast.Add):
            sides = [self.expand(side, scope) or [(Hole(ast.unparse(side)),)] for side in (expr.left, expr.right)]
            return self._product(sides) if any(self.expand(s, scope) for s in (expr.left, expr.right)) else []
        if isinstance(expr, ast.IfExp):
            return [*self.expand(expr.body, scope), *self.expand(expr.orelse, scope)]
        if isinstance(expr, ast.BoolOp):
            return [t for value in expr.values for t in self.expand(value, scope)]
        if isinstance(expr, ast.Call) and _called(expr) == "format" and isinstance(expr.func, ast.Attribute):
            return [_formatted(t) for t in self.expand(expr.func.value, scope)]
        return []

    def _part(self, value: ast.expr, scope: _Scope) -> list[Template]:
        if isinstance(value, ast.FormattedValue):
            inner = value.value
            if isinstance(inner, ast.IfExp) and (options := self.expand(inner, scope)) and len(options) > 1:
                return options
            return [(Hole(ast.unparse(inner)),)]
        return [(value.value,)] if isinstance(value, ast.Constant) and isinstance(value.value, str) else []

    def _product(self, parts: list[list[Template]]) -> list[Template]:
        made = itertools.islice(itertools.product(*parts), _MOST_ALTERNATIVES)
        return [tuple(p for part in row for p in part) for row in made]

    def sources(self, expr: ast.expr, scope: _Scope) -> Iterator[tuple[ast.expr, _Scope]]:
        """Return the expressions whose texts reach this one: what a name was given, what a function returns."""
        if isinstance(expr, ast.Name):
            yield from self._of_name(expr.id, scope)
        elif isinstance(expr, ast.Attribute):
            yield from self._of_attribute(expr, scope)
        elif isinstance(expr, ast.Call):
            yield from self._of_call(expr, scope)
        elif isinstance(expr, ast.Subscript | ast.Starred | ast.NamedExpr | ast.Await | ast.FormattedValue):
            yield expr.value, scope
        elif isinstance(expr, ast.List | ast.Tuple | ast.Set):
            yield from ((e, scope) for e in expr.elts)
        elif isinstance(expr, ast.Dict):
            yield from ((e, scope) for e in expr.values)
        elif isinstance(expr, ast.ListComp | ast.GeneratorExp | ast.SetComp):
            yield expr.elt, scope
        elif isinstance(expr, ast.DictComp):
            yield expr.value, scope

    def _of_name(self, name: str, scope: _Scope) -> Iterator[tuple[ast.expr, _Scope]]:
        given = [(e, scope) for e in _given(scope.node, name)]
        if given:
            yield from given
        node = scope.node
        if isinstance(node, ast.FunctionDef):
            args = [a.arg for a in (*node.args.posonlyargs, *node.args.args)]
            only = [a.arg for a in node.args.kwonlyargs]
            if name in args or name in only:
                yield from self._of_argument(node, args, name)
                return
        if not given:
            module, original = scope.module, name
            if name in module.imports:
                home, original = module.imports[name]
                if home not in self.modules:
                    return
                module = self.modules[home]
            if scope.node is not module.tree:
                yield from ((e, _Scope(module, module.tree)) for e in _given(module.tree, original))

    def _of_argument(self, node: ast.FunctionDef, args: list[str], name: str) -> Iterator[tuple[ast.expr, _Scope]]:
        shift = 1 if args[:1] in (["self"], ["cls"]) else 0
        called = node.name
        if called in _IN_A_LANGUAGE:
            return
        home = next(m.module for m in self.methods[called] if m.node is node)
        common = len(self.methods[called]) > _MOST_METHODS
        for call, where in self.calls[called]:
            if called.startswith("_") and where.module is not home:
                continue
            if common and where.module.path.parent != home.path.parent:
                continue  # a name others use as well: those of the same folder mean this one
            yield from ((k.value, where) for k in call.keywords if k.arg == name)
            if name in args and 0 <= (i := args.index(name) - shift) < len(call.args):
                yield call.args[i], where

    def _of_attribute(self, expr: ast.Attribute, scope: _Scope) -> Iterator[tuple[ast.expr, _Scope]]:
        name = expr.attr
        for module in [scope.module]:
            for where in module.scopes:
                yield from ((e, where) for e in _given(where.node, name, attribute=True))
        if isinstance(expr.value, ast.Name) and expr.value.id in scope.module.imports:
            home = ".".join(scope.module.imports[expr.value.id])
            if home in self.modules:
                tree = self.modules[home].tree
                yield from ((e, _Scope(self.modules[home], tree)) for e in _given(tree, name))
        if 0 < len(self.methods[name]) <= _MOST_METHODS:
            for method in self.methods[name]:
                yield from _returned(method)

    def _of_call(self, expr: ast.Call, scope: _Scope) -> Iterator[tuple[ast.expr, _Scope]]:
        name, func = _called(expr), expr.func
        if name in _IN_A_LANGUAGE:
            return
        if name in _PASSED or name in ("join", "fromkeys"):
            yield from ((a, scope) for a in expr.args)
        elif isinstance(func, ast.Attribute) and name in (*_OF_TEXT, "get", "items", "values", "pop"):
            yield func.value, scope
            yield from ((a, scope) for a in expr.args[1:])
        elif isinstance(func, ast.Name):
            module, original = scope.module, name
            if name in module.imports:
                home, original = module.imports[name]
                if home not in self.modules:
                    return
                module = self.modules[home]
            for function in module.functions.get(original, ()):
                yield from _returned(function)
            if not module.functions.get(original):
                yield from ((a, scope) for a in expr.args)  # a small class that holds a text
        elif isinstance(func, ast.Attribute):
            own = scope.module.functions.get(name, [])
            for function in own or (self.methods[name] if len(self.methods[name]) <= _MOST_METHODS else ()):
                yield from _returned(function)


def _called(call: ast.Call) -> str:
    func = call.func
    return func.id if isinstance(func, ast.Name) else func.attr if isinstance(func, ast.Attribute) else ""


def _sinks(node: ast.AST) -> list[ast.expr]:
    """Return the expressions a user may read: an error's text, what is noted as wrong, what is told at a door."""
    if isinstance(node, ast.Assign | ast.AugAssign | ast.AnnAssign) and node.value is not None:
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        return [node.value] if any(ast.unparse(t).endswith("wrong") for t in targets) else []
    if not isinstance(node, ast.Call):
        return []
    name, func = _called(node), node.func
    if name.endswith("Error") and name not in NOT_FOR_USERS:
        return list(node.args[:2])
    if isinstance(func, ast.Name) and name in ("complain", "in_language", "spoken", "warn"):
        return list(node.args[:1])
    if name == "_say" and len(node.args) == 1:
        return list(node.args)
    if name == "Standing":
        return [k.value for k in node.keywords if k.arg == "said"]
    if isinstance(func, ast.Attribute) and name in _HELD:
        holder = ast.unparse(func.value)
        if "mistakes" in holder or holder.endswith("wrong"):
            return list(node.args[-1:])
    return []


def _values_of(expr: ast.expr) -> Iterator[ast.expr]:
    """Return the expressions of the values within a text, and of the alternatives of a choice."""
    if isinstance(expr, ast.JoinedStr):
        for v in expr.values:
            if isinstance(v, ast.FormattedValue):
                yield v.value
    elif isinstance(expr, ast.BinOp):
        yield expr.left
        yield expr.right
    elif isinstance(expr, ast.IfExp):
        yield expr.body
        yield expr.orelse
    elif isinstance(expr, ast.BoolOp):
        yield from expr.values
    elif isinstance(expr, ast.Call) and _called(expr) == "format":
        yield from expr.args
        yield from (k.value for k in expr.keywords)


def _given(node: ast.AST, name: str, attribute: bool = False) -> Iterator[ast.expr]:
    """Return what a name (or an attribute) is given in a function: assigned, looped over, appended, extended."""

    def is_it(e: ast.AST) -> bool:
        if attribute:
            return isinstance(e, ast.Attribute) and e.attr == name
        return isinstance(e, ast.Name) and e.id == name

    for n in _own(node):
        if isinstance(n, ast.Assign):
            if any(is_it(t) for target in n.targets for t in ast.walk(target)):
                yield n.value
        elif isinstance(n, ast.AnnAssign | ast.AugAssign | ast.NamedExpr) and n.value and is_it(n.target):
            yield n.value
        elif isinstance(n, ast.For | ast.comprehension) and any(map(is_it, ast.walk(n.target))):
            yield n.iter
        elif isinstance(n, ast.Call) and isinstance(n.func, ast.Attribute) and n.func.attr in _HELD:
            yield from n.args if is_it(n.func.value) else ()


def _returned(scope: _Scope) -> Iterator[tuple[ast.expr, _Scope]]:
    for n in _own(scope.node):
        if isinstance(n, ast.Return | ast.Yield | ast.YieldFrom) and n.value is not None:
            yield n.value, scope


def _filled_later(text: str) -> Template:
    """Return a constant with the hole that `str.replace` fills."""
    parts = text.split("{context}")
    return tuple(p for i, part in enumerate(parts) for p in ((Hole("context"), part) if i else (part,)))


def _formatted(template: Template) -> Template:
    """Return the template of a text whose holes are `format`'s."""
    parts: list[str | Hole] = []
    for part in template:
        if isinstance(part, str):
            for i, piece in enumerate(re.split(r"\{(\w*)[^{}]*\}", part)):
                parts.append(Hole(piece) if i % 2 else piece)
        else:
            parts.append(part)
    return tuple(parts)


def _lines(template: Template) -> Iterator[Template]:
    """Return a text of several lines line by line: each is translated alone."""
    line: list[str | Hole] = []
    for part in template:
        if isinstance(part, Hole):
            line.append(part)
            continue
        first, *rest = part.split("\n")
        line.append(first)
        for more in rest:
            yield tuple(line)
            line = [more]
    yield tuple(line)


def _written(template: Template) -> tuple[str, tuple[str, ...]]:
    """Return a template with numbered holes, and what each stands for."""
    text = ""
    values: list[str] = []
    for part in template:
        if isinstance(part, Hole):
            text += f"{{{len(values)}}}"
            values.append(part.said)
        else:
            text += part.replace("{", "{{").replace("}", "}}")
    return text.strip("\n"), tuple(values)


def _speaks(template: Template) -> bool:
    """Return whether a text has words of English to translate; a key or a file name alone has none."""
    said = " ".join(p if isinstance(p, str) else "\0" for p in template)
    if not re.search(r"(?<![\w./-])[A-Za-z]{2,}(?![\w./])", said) or re.search(r"[぀-ヿ一-鿿]{16}", said):
        return False
    return " " in said.strip() or not re.fullmatch(r"[\w.<>:/=-]*", said.strip())


def texts() -> tuple[dict[str, Found], set[str]]:
    """Return the texts of messages with their places, and single words that reach one."""
    reader = _Reader()
    reader.read()
    return reader.found, reader.words


def catalogue_text(found: dict[str, Found], known: dict[tuple[str, str], str]) -> str:
    """Return the catalogue as it is written: a text a source, under the file it stands in, then words and others.

    known   Japanese by context and English
    """
    by_file: dict[str, list[str]] = defaultdict(list)
    for text, one in sorted(found.items()):
        values = "".join(f"#. {{{i}}} {' '.join(said.split())}\n" for i, said in enumerate(one.values))
        place = min(one.places).rpartition(":")[0]
        by_file[place].append(f"{values}msgid {_quoted(text)}\nmsgstr {_quoted(known.get(('', text), ''))}\n")
    parts = [_HEAD]
    for place in sorted(by_file):
        parts += [f"# {place}", *by_file[place]]
    for context, title in CONTEXTS.items():
        own = {en: ja for (where, en), ja in known.items() if where == context}
        lines = [f'msgctxt "{context}"\nmsgid {_quoted(en)}\nmsgstr {_quoted(ja)}\n' for en, ja in own.items()]
        parts += [f"# {title}", *lines]
    return "\n".join(parts)


CONTEXTS = {
    "word": "single words a hole may hold, {0:word}",
    "unit": "units of parameters, {0:unit}",
    "library": "texts of the system and of libraries, and pieces put together as they are told",
}
_HEAD = """\
# Messages of kokuho-sim in Japanese. How a message is written: docs/style.md.
# `python -m tests.messages` brings this file up to date with the sources: empty is what still lacks its Japanese.
msgid ""
msgstr ""
"Language: ja\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=UTF-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"""


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def main() -> None:
    """Write the catalogue anew and tell what is missing in it, and what was taken out."""
    known = {(context, en): ja for context, en, ja in entries(CATALOGUE.read_text("utf-8")) if en}
    found, _ = texts()
    CATALOGUE.write_text(catalogue_text(found, known), encoding="utf-8")
    for text in found:
        if not known.get(("", text)):
            print(f"no Japanese yet: {text}")
    for context, text in known:
        if not context and text not in found:
            print(f"taken out: {text}")


if __name__ == "__main__":
    main()
