"""Numbers stand with their nouns in the right form: nobody reads of ``1 items``."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from tests.architecture.sources import files, shown, tree

COUNTING = {"count", "counted", "named", "_tile"}
"""The functions that put a noun after a number; the noun is given in the singular."""

NOUNS = {
    "attempt", "byte", "character", "column", "command", "condition", "connection", "day", "digit", "element",
    "entry", "event", "field", "file", "finding", "hour", "item", "job", "line", "message", "minute", "order",
    "piece", "problem", "process", "product", "reservation", "row", "second", "sku", "state", "step", "stock",
    "store", "tick", "time", "timeout", "transition", "unit", "version", "warehouse", "warning",
}  # fmt: skip
"""What can be counted, besides what the code has counted already."""


def _nouns() -> set[str]:
    said = set(NOUNS)
    for path in files():
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in COUNTING and len(node.args) > 1:
                noun = node.args[1]
                said |= {noun.value.split()[-1]} if isinstance(noun, ast.Constant) else set()
    return {f"{noun}es" if noun.endswith("s") else f"{noun}s" for noun in said}


def _is_number(part: ast.FormattedValue) -> bool:
    """Whether what is filled in may be the number 1: no name in quotes, no constant of the code."""
    value = part.value
    if isinstance(value, ast.Name) and value.id.strip("_").isupper():
        return False
    if isinstance(value, ast.Call) and isinstance(value.func, ast.Name):
        return value.func.id in {"len", "sum", "max", "min", "int"}
    return part.conversion == -1


def unchecked(text: ast.JoinedStr, plurals: set[str]) -> Iterator[str]:
    """Yield the plural nouns that follow a number whatever it is."""
    for part, after in zip(text.values, text.values[1:], strict=False):
        if isinstance(part, ast.FormattedValue) and isinstance(after, ast.Constant) and _is_number(part):
            words = re.match(r"(?: (?!has|no)[a-z-]+){1,3}", str(after.value))
            yield from (word for word in words[0].split() if word in plurals) if words else ()


def test_what_counts_uses_the_helper():
    plurals = _nouns()
    found = [
        f"{shown(path, node.lineno)}: {noun} after a number that may be 1"
        for path in files()
        for node in ast.walk(tree(path))
        if isinstance(node, ast.JoinedStr)
        for noun in unchecked(node, plurals)
    ]
    assert found == []
