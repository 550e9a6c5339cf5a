"""What is refused beyond types: what would always fail, mean something else than it says, or cost too much."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from rules.guards.problems import ExpressionProblem, at
from rules.guards.schema import field_named
from rules.guards.tree import Node

LONGEST_TEXT = 4_000
"""The most characters an expression may have."""

MOST_PARTS = 300
"""The most values, fields and operators an expression may have."""

DEEPEST_LOOPS = 2
"""How deep macros over lists may stand in each other."""

Tried = Callable[[str], str]
"""Evaluates a text without variables; returns what is wrong, or nothing."""

_LOOPS = ("exists", "all")
_GETTERS = "get"


def too_long(text: str) -> ExpressionProblem:
    """Return the problem of a text that is too long."""
    message = f"the expression is too long: {len(text)} of at most {LONGEST_TEXT} characters"
    return ExpressionProblem(1, 1, message, "Split it into several guards, or ask a plugin.")


def problems_of(text: str, tree: Node, type_name: str, tried: Tried) -> list[ExpressionProblem]:
    """Return what is wrong with a checked expression of this type."""
    found = list(_typed(text, tree, type_name))
    parts = sum(1 for _ in tree.walk())
    if parts > MOST_PARTS:
        message = f"the expression has too many parts: {parts} of at most {MOST_PARTS}"
        return [at(text, 0, message, "Split it into several guards, or ask a plugin.")]
    if _loops(tree) > DEEPEST_LOOPS:
        remedy = "Ask a plugin where lists stand in lists."
        found.append(at(text, tree.offset, f"macros stand deeper than {DEEPEST_LOOPS} in each other", remedy))
    for node in tree.walk():
        found.extend(_has(text, node))
        found.extend(_constants(text, node, tried))
    return found


def _typed(text: str, tree: Node, type_name: str) -> Iterator[ExpressionProblem]:
    if type_name == "BOOL":
        return
    if type_name == "DYN":
        message = "what this is, is only known when it is asked: a guard must be a bool"
        remedy = "Compare it, as in order.data.paid == true."
    else:
        message = f"the expression is a {type_name.lower()}, and a guard must be a bool"
        remedy = "Compare it with something."
    yield at(text, 0, message, remedy)


def _loops(node: Node) -> int:
    deepest = max(map(_loops, node.args), default=0)
    is_loop = node.kind in _LOOPS or (node.kind == "other" and node.value == "comprehension")
    return deepest + is_loop


def _has(text: str, node: Node) -> Iterator[ExpressionProblem]:
    if node.kind != "has" or node.args[0].kind == "other":
        return
    inner = node.args[0]
    if inner.kind == "json":
        base, keys = inner.value
        if not keys:
            yield at(text, node.offset, f"{base} is always there", f"Ask for a key, as in has({base}.key).")
        return
    field = field_named(inner.value)
    if field is not None and not field.nullable:
        message = f"{inner.value} is always there, so has() says nothing of it"
        yield at(
            text,
            node.offset,
            message,
            "Compare its value; has() is for what may be absent, as in docs/guards.md.",
        )


def _constants(text: str, node: Node, tried: Tried) -> Iterator[ExpressionProblem]:
    """Yield texts in the expression that can never be read: patterns, times, spans and zones."""
    name = node.operator
    values = [argument.value for argument in node.args if argument.kind == "constant"]
    if name is None or not values or not isinstance(values[-1], str):
        return
    last = _quoted(values[-1])
    if name in ("timestamp", "duration"):
        wrong, remedy = tried(f"{name}({last})"), _REMEDIES[name]
    elif name == "matches" and node.args[-1].kind == "constant":
        wrong, remedy = (
            tried(f"''.matches({last})"),
            "Patterns are RE2: no look-ahead and no back-references.",
        )
    elif name.startswith(_GETTERS) and node.args[-1].kind == "constant" and len(node.args) == 2:
        wrong = tried(f"timestamp('2026-01-01T00:00:00Z').{name}({last})")
        remedy = "Zones are named as in 'Europe/Berlin', or by their offset as in '+01:00'."
    else:
        return
    if wrong:
        yield at(text, node.offset, f"{values[-1]!r} can never be read: {wrong}", remedy)


_REMEDIES = {
    "timestamp": "Write date, time and offset, as in '2026-11-29T00:00:00Z'.",
    "duration": "Write hours, minutes and seconds, as in '36h' or '1h30m'; days are 24h.",
}


def _quoted(text: str) -> str:
    """Return the text as the language writes it."""
    return (
        "'"
        + "".join(sign if 32 <= ord(sign) < 127 and sign not in "'\\" else _escaped(sign) for sign in text)
        + "'"
    )


def _escaped(sign: str) -> str:
    return f"\\U{ord(sign):08x}"
