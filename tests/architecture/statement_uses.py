"""Where the shipped code uses statements: by which method, under which names, with which parameters.

The name of a statement is mostly a literal in the call. Else it is looked for where it comes from: a variable, a
loop over literals, a table of the module, or a parameter, whose values are those of all calls of the function.
``**`` is looked through in the same way. What cannot be found out is told as such.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from tests.architecture.sources import files, module_name, tree

READING = {"all", "first", "scalar", "tuples", "typed", "stream"}
WRITING = {"run", "changed", "returning", "ask", "many", "copy"}
HOLDERS = {"reader", "work", "_reader", "_work"}
"""What readers and units of work are called."""

DATABASE = "engine.storage.database"


@dataclass
class Keys:
    """Parameters: those that are always given, those that may be, and whether there may be others."""

    must: set[str] = field(default_factory=set)
    may: set[str] = field(default_factory=set)
    open: bool = False

    def add(self, other: Keys) -> None:
        self.must |= other.must
        self.may |= other.may
        self.open |= other.open


@dataclass(frozen=True)
class Use:
    """A call: ``names`` are (statement, module that names it); ``guarded`` tells that the dialect was looked at."""

    place: str
    module: str
    method: str
    names: frozenset[tuple[str, str]]
    keys: Keys
    guarded: bool


class Source:
    """A module's syntax tree, with the parent of each node."""

    def __init__(self, path: Path) -> None:
        self.name = module_name(path)
        self.tree = tree(path)
        self.nodes = list(ast.walk(self.tree))
        self.parents = {child: node for node in self.nodes for child in ast.iter_child_nodes(node)}

    def above(self, node: ast.AST) -> Iterator[ast.AST]:
        while (node := self.parents.get(node)) is not None:
            yield node

    def functions_of(self, node: ast.AST) -> Iterator[ast.FunctionDef | ast.Lambda]:
        return (above for above in self.above(node) if isinstance(above, ast.FunctionDef | ast.Lambda))


@cache
def sources() -> tuple[Source, ...]:
    return tuple(Source(path) for path in files())


def uses() -> Iterator[Use]:
    """Every use of a statement in the shipped code."""
    for source in sources():
        for node in source.nodes:
            if isinstance(node, ast.Call) and (method := _method(source, node)):
                yield Use(
                    place=f"{source.name}:{node.lineno}",
                    module=source.name,
                    method=method,
                    names=frozenset(Values(source, node).texts(node.args[method == "typed"])),
                    keys=_keys_of(source, node, method),
                    guarded=any(_asks_dialect(above) for above in source.above(node)),
                )
            elif name := _looked_up(node):
                guarded = any(_asks_dialect(above) for above in source.above(node))
                place, names = f"{source.name}:{node.lineno}", frozenset([(name, source.name)])
                yield Use(place, source.name, "known", names, Keys(), guarded)


def _method(source: Source, call: ast.Call) -> str | None:
    if not (isinstance(call.func, ast.Attribute) and call.func.attr in READING | WRITING and call.args):
        return None
    holder = last_name(call.func.value)
    is_self = source.name == DATABASE and holder == "self" and isinstance(call.args[0], ast.Constant)
    return call.func.attr if holder in HOLDERS or is_self else None


def _looked_up(node: ast.AST) -> str | None:
    """The statement that is taken from those a database knows, to be run by other means."""
    match node:
        case ast.Subscript(value=ast.Attribute(attr="known"), slice=ast.Constant(value=str(name))):
            return name
    return None


def last_name(node: ast.AST) -> str | None:
    """The name that an expression ends with."""
    return getattr(node, "attr", None) or getattr(node, "id", None)


def _asks_dialect(node: ast.AST) -> bool:
    return isinstance(node, ast.If | ast.IfExp) and ".dialect" in ast.unparse(node.test)


def _keys_of(source: Source, call: ast.Call, method: str) -> Keys:
    values, keys = Values(source, call), Keys()
    if method == "many":
        rows = call.args[1]
        keys.add(values.keys(rows.elt) if isinstance(rows, ast.ListComp) else Keys(open=True))
    for keyword in call.keywords:
        keys.add(Keys(must={keyword.arg}) if keyword.arg is not None else values.keys(keyword.value))
    return keys


class Values:
    """What an expression can stand for, seen from a node of a module."""

    def __init__(self, source: Source, node: ast.AST) -> None:
        self.source, self.node = source, node

    def texts(self, expression: ast.AST) -> set[tuple[str, str]]:
        """The literals that the expression can be, with the module that has them."""
        match expression:
            case ast.Constant(value=str(text)):
                return {(text, self.source.name)}
            case ast.IfExp():
                return self.texts(expression.body) | self.texts(expression.orelse)
            case ast.Subscript(value=ast.Name()):
                table = self._global(expression.value.id)
                return {t for value in getattr(table, "values", []) for t in self.texts(value)}
        return {text for values, found in self._origins(expression) for text in values.texts(found)}

    def keys(self, expression: ast.AST) -> Keys:
        """The keys that the expression, a mapping, can have."""
        match expression:
            case ast.Dict():
                found = Keys()
                for key, value in zip(expression.keys, expression.values, strict=True):
                    found.add(Keys(must={key.value}) if isinstance(key, ast.Constant) else self.keys(value))
                return found
            case ast.IfExp():
                return _either([self.keys(expression.body), self.keys(expression.orelse)])
            case ast.Call(func=ast.Attribute(attr=name) | ast.Name(id=name)) | ast.Attribute(attr=name):
                return _either([values.keys(found) for values, found in _returned(self.source, name)])
        found = _either([values.keys(value) for values, value in self._origins(expression)])
        if isinstance(expression, ast.Name):
            found.may |= self._added(expression.id)
        return found

    def _origins(self, expression: ast.AST) -> list[tuple[Values, ast.AST]]:
        """The expressions that a name was given, wherever that is, each with where it is seen from."""
        if not isinstance(expression, ast.Name):
            return []
        for above in self.source.above(self.node):
            found = _bound(above, expression.id) if not isinstance(above, ast.Module) else []
            if found:
                return [(Values(self.source, value), value) for value in self._unpacked(found)]
            if isinstance(above, ast.FunctionDef) and expression.id in _parameters(above):
                return list(_arguments(self.source, above, expression.id))
        table = self._global(expression.id)
        return [] if table is None else [(self, table)]

    def _unpacked(self, found: list[tuple[ast.AST, int | None]]) -> Iterator[ast.AST]:
        """Values that are looped over: the elements of a literal, or a column of a table's items."""
        for value, place in found:
            match value:
                case ast.Tuple() | ast.List():
                    yield from value.elts
                case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr="items")) if place is not None:
                    table = self._global(name)
                    if isinstance(table, ast.Dict):
                        yield from table.values if place else table.keys
                case _:
                    yield value

    def _global(self, name: str) -> ast.AST | None:
        for statement in self.source.tree.body:
            match statement:
                case ast.Assign(targets=[ast.Name(id=found)]) | ast.AnnAssign(target=ast.Name(id=found)):
                    if found == name:
                        return statement.value
        return None

    def _added(self, name: str) -> set[str]:
        """Keys that are put into a dictionary after it was made."""
        function = next(self.source.functions_of(self.node), None)
        stores = ast.walk(function) if function is not None else ()
        return {
            node.slice.value
            for node in stores
            if isinstance(node, ast.Subscript)
            and isinstance(node.ctx, ast.Store)
            and isinstance(node.slice, ast.Constant)
            and last_name(node.value) == name
        }


def _bound(node: ast.AST, name: str) -> list[tuple[ast.AST, int | None]]:
    """What the name is given within a function, a loop or a comprehension, and its place where it is unpacked."""
    if isinstance(node, ast.GeneratorExp | ast.ListComp | ast.SetComp | ast.DictComp):
        pairs = [(comprehension.target, comprehension.iter) for comprehension in node.generators]
    elif isinstance(node, ast.FunctionDef):
        within = list(ast.walk(node))
        pairs = [(loop.target, loop.iter) for loop in within if isinstance(loop, ast.For)]
        pairs += [(t, a.value) for a in within if isinstance(a, ast.Assign) for t in a.targets]
        pairs += [(a.target, a.value) for a in within if isinstance(a, ast.AnnAssign) and a.value]
    else:
        pairs = []
    return [given for target, value in pairs for given in _given(target, value, name)]


def _given(target: ast.AST, value: ast.AST, name: str) -> Iterator[tuple[ast.AST, int | None]]:
    if isinstance(target, ast.Name) and target.id == name:
        yield value, None
    elif isinstance(target, ast.Tuple):
        for place, part in enumerate(target.elts):
            if isinstance(part, ast.Name) and part.id == name:
                yield (value.elts[place], None) if isinstance(value, ast.Tuple) else (value, place)


def _parameters(function: ast.FunctionDef) -> list[str]:
    arguments = function.args
    return [a.arg for a in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)]


def _arguments(source: Source, function: ast.FunctionDef, parameter: str) -> Iterator[tuple[Values, ast.AST]]:
    """What all calls of the function give for the parameter, also calls that ``partial`` prepares."""
    place = [name for name in _parameters(function) if name != "self"].index(parameter)
    for caller, call, arguments in _calls().get(function.name, ()):
        if function.name.startswith("_") and caller is not source:
            continue
        values = Values(caller, call)
        yield from ((values, given.value) for given in call.keywords if given.arg == parameter)
        if place < len(arguments):
            yield values, arguments[place]


@cache
def _calls() -> dict[str, list[tuple[Source, ast.Call, list[ast.expr]]]]:
    """Every call by the name of what is called."""
    found = defaultdict(list)
    for source in sources():
        for call in source.nodes:
            if isinstance(call, ast.Call):
                called, arguments = call.func, call.args
                if last_name(called) == "partial" and arguments:
                    called, *arguments = arguments
                found[last_name(called)].append((source, call, arguments))
    return found


def _returned(source: Source, name: str) -> list[tuple[Values, ast.AST]]:
    """What the functions, methods and properties of that name return: those of the module if it has any."""
    found = [
        (Values(defining, node), node.value)
        for defining, function in _functions().get(name, ())
        for node in ast.walk(function)
        if isinstance(node, ast.Return) and node.value is not None
    ]
    return [pair for pair in found if pair[0].source is source] or found


@cache
def _functions() -> dict[str, list[tuple[Source, ast.FunctionDef]]]:
    found = defaultdict(list)
    for source in sources():
        for node in source.nodes:
            if isinstance(node, ast.FunctionDef):
                found[node.name].append((source, node))
    return found


def _either(found: list[Keys]) -> Keys:
    """The keys of a mapping that is one of several; of one that nothing is known of when there are none."""
    if not found:
        return Keys(open=True)
    must = set.intersection(*(keys.must for keys in found))
    every = set.union(*(keys.must | keys.may for keys in found))
    return Keys(must, every - must, any(keys.open for keys in found))
