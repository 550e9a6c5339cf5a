"""A checked expression as a tree of plain values, for whoever turns guards into something else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from rules.guards.schema import DATA_VARIABLES, NOW, VARIABLES, field_named

Chain = tuple[str, ...]
"""The keys that lead into a JSON object, outermost first."""


@dataclass(frozen=True, slots=True)
class Node:
    """A part of an expression, with its type and its offset in the text.

    ``kind`` says what ``value`` is: ``constant`` (the value), ``field`` (a dotted name such as ``item.sku``, or
    ``now``), ``json`` (the name of an object such as ``order.data``, and the keys behind it), ``has`` (asks whether
    its argument is there), ``call`` (the name of a function or operator), ``list``, ``exists`` and ``all`` (the
    name that each entry of the first argument has in the second), ``local`` (such a name), and ``other`` (anything
    else: what it is called).
    """

    kind: str
    type: str
    value: Any = None
    args: tuple[Node, ...] = ()
    offset: int = 0

    def walk(self) -> Iterator[Node]:
        """Yield this part and all parts of it."""
        yield self
        for argument in self.args:
            yield from argument.walk()

    @property
    def operator(self) -> str | None:
        """The function or operator that is called, None where none is."""
        return self.value if self.kind == "call" else None


_PRIMITIVES = {1: "bool", 2: "int", 3: "uint", 4: "double", 5: "string", 6: "bytes"}
_WELL_KNOWN = {1: "any", 2: "timestamp", 3: "duration"}
_JOINED = {"_||_": "exists", "_&&_": "all"}


def decoded(checked: Any) -> Node:
    """Return the tree of a ``cel.expr.CheckedExpr``."""
    return _Decoder(checked).node(checked.expr)


class _Decoder:
    def __init__(self, checked: Any) -> None:
        self._types: Mapping[int, Any] = checked.type_map
        self._positions: Mapping[int, int] = checked.source_info.positions
        self._locals: list[str] = []

    def node(self, expr: Any) -> Node:
        """Return an expression as a node."""
        what = expr.WhichOneof("expr_kind")
        made: Node = getattr(self, f"_{what}", self._other)(expr)
        return made

    def _made(self, expr: Any, kind: str, value: Any = None, *args: Node) -> Node:
        kind_of = _type_name(self._types[expr.id]) if expr.id in self._types else "dyn"
        return Node(kind, kind_of, value, args, self._positions.get(expr.id, 0))

    def _other(self, expr: Any) -> Node:
        return self._made(expr, "other", expr.WhichOneof("expr_kind"))

    def _const_expr(self, expr: Any) -> Node:
        constant = expr.const_expr
        which = constant.WhichOneof("constant_kind")
        return self._made(expr, "constant", None if which == "null_value" else getattr(constant, which))

    def _ident_expr(self, expr: Any) -> Node:
        name = expr.ident_expr.name
        if name in self._locals:
            return self._made(expr, "local", name)
        if name in DATA_VARIABLES:
            return self._made(expr, "json", (name, ()))
        if name == NOW:
            return self._made(expr, "field", name)
        return self._made(expr, "variable" if name in VARIABLES else "other", name)

    def _select_expr(self, expr: Any) -> Node:
        select = expr.select_expr
        operand = self.node(select.operand)
        found = self._selected(expr, operand, select.field)
        if not select.test_only:
            return found
        return Node("has", "bool", None, (found,), found.offset)

    def _selected(self, expr: Any, operand: Node, name: str) -> Node:
        if operand.kind == "variable":
            dotted = f"{operand.value}.{name}"
            field = field_named(dotted)
            if field is not None and field.kind == "data":
                return self._made(expr, "json", (dotted, ()))
            return self._made(expr, "field", dotted)
        if operand.kind == "json":
            base, keys = operand.value
            return self._made(expr, "json", (base, (*keys, name)))
        return self._made(expr, "other", f"select {name}", operand)

    def _call_expr(self, expr: Any) -> Node:
        call = expr.call_expr
        parts = [*([call.target] if call.HasField("target") else []), *call.args]
        args = [self.node(part) for part in parts]
        if call.function == "_[_]" and args[0].kind == "json" and _is_text(args[1]):
            base, keys = args[0].value
            return self._made(expr, "json", (base, (*keys, args[1].value)))
        return self._made(expr, "call", call.function, *args)

    def _list_expr(self, expr: Any) -> Node:
        return self._made(expr, "list", None, *map(self.node, expr.list_expr.elements))

    def _comprehension_expr(self, expr: Any) -> Node:
        loop = expr.comprehension_expr
        over = self.node(loop.iter_range)
        self._locals += [loop.iter_var, loop.accu_var]
        try:
            inner = [self.node(part) for part in (loop.loop_condition, loop.loop_step, loop.result)]
        finally:
            del self._locals[-2:]
        step, result = inner[1:]
        # The macros are unfolded: exists steps by ``@result || p``, all by ``@result && p``.
        if result.kind == "local" and step.operator in _JOINED and _same(step.args[0], result):
            return self._made(expr, _JOINED[step.operator], loop.iter_var, over, step.args[1])
        return self._made(expr, "other", "comprehension", over, *inner)


def _same(one: Node, other: Node) -> bool:
    return (one.kind, one.value) == (other.kind, other.value)


def _is_text(node: Node) -> bool:
    return node.kind == "constant" and isinstance(node.value, str)


def _type_name(kind: Any) -> str:
    which = kind.WhichOneof("type_kind")
    if which == "primitive":
        return _PRIMITIVES.get(kind.primitive, "other")
    if which == "wrapper":
        return _PRIMITIVES.get(kind.wrapper, "other")
    if which == "well_known":
        return _WELL_KNOWN.get(kind.well_known, "other")
    if which == "list_type":
        return f"list({_type_name(kind.list_type.elem_type)})"
    if which == "map_type":
        return "map"
    return str(kind.message_type) if which == "message_type" else "null" if which == "null" else "dyn"
