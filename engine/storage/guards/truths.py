"""Conditions of guards in SQL: for each part when it is surely true, and when it is surely false.

Neither of the two is ever negated: what is an error is neither, and NULL counts as not being so. A part that cannot
be translated is neither true nor false, so that what stands beside it may still decide.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import reduce

from engine.storage.guards.shapes import UNKNOWN, Condition, Expression, Untranslatable, Value
from engine.storage.guards.spelling import Spelling
from engine.storage.guards.values import Values

_OPPOSITE = {"<": ">=", "<=": ">", ">": "<=", ">=": "<"}
_ORDER = {"_<_": "<", "_<=_": "<=", "_>_": ">", "_>=_": ">="}
_SWAPPED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}
_PLAIN = re.compile(r"(\^?)([\w \-]*)(\$?)", re.ASCII)
_LONGEST_LIST = 1000
_JSON_BASES = ("order.data", "item.data")


class Truths:
    """Turns expressions into conditions; ``whole`` tells whether every part of them was translated."""

    def __init__(self, dialect: str, spelling: Spelling, known: Mapping[str, str], now: int) -> None:
        self.spelling = spelling
        self.values = Values(dialect, spelling, known, now, self.truth)
        self.whole = True

    def truth(self, node: Expression) -> Condition:
        """Return when an expression is surely true, and when surely false."""
        try:
            return self._translated(node)
        except Untranslatable:
            self.whole = False
            return UNKNOWN

    def _translated(self, node: Expression) -> Condition:
        make = getattr(self, f"_{node.kind}", None)
        if make is None:
            raise Untranslatable
        found: Condition = make(node)
        return found

    def _constant(self, node: Expression) -> Condition:
        if not isinstance(node.value, bool):
            raise Untranslatable
        return Condition("true", "false", "true") if node.value else Condition("false", "true", "false")

    def _field(self, node: Expression) -> Condition:
        sql = self.values.read(node.value)
        return Condition(f"({sql})", f"(NOT ({sql}))", f"({sql})")

    def _json(self, node: Expression) -> Condition:
        keys, line = self._place(node)
        true, false = (self.spelling.json_bool(keys, line, value=value) for value in (True, False))
        return Condition(true, false)

    def _call(self, node: Expression) -> Condition:
        name, args = node.value, node.args
        if name in _ORDER:
            return self._ordered(_ORDER[name], *args)
        if name in _TEXTS:
            return self._text_leaf(getattr(self.spelling, _TEXTS[name]), *map(self.values.value, args))
        if name not in _CALLS:
            raise Untranslatable
        found: Condition = getattr(self, _CALLS[name])(*args)
        return found

    def _both(self, one: Expression, other: Expression) -> Condition:
        return self.truth(one) & self.truth(other)

    def _either(self, one: Expression, other: Expression) -> Condition:
        return self.truth(one) | self.truth(other)

    def _not(self, one: Expression) -> Condition:
        return ~self.truth(one)

    def _choice(self, asked: Expression, one: Expression, other: Expression) -> Condition:
        return _chosen(*map(self.truth, (asked, one, other)))

    def _differ(self, one: Expression, other: Expression) -> Condition:
        return ~self._equal(one, other)

    def _place(self, node: Expression) -> tuple[list[str], str | None]:
        """Return where something lies in the order's JSON. Raises Untranslatable for other JSON."""
        base, keys = node.value
        if base not in _JSON_BASES or not keys:
            raise Untranslatable
        self.values.read_document()
        return list(keys), self.values.line() if base == "item.data" else None

    def _kind(self, node: Expression) -> str:
        return self.spelling.kind(*self._place(node))

    def _has(self, node: Expression) -> Condition:
        inner = node.args[0]
        if inner.kind == "field":
            null = self.values.value(inner).null
            if null is None:
                raise Untranslatable
            return Condition(f"(NOT {null})", null)
        if inner.kind != "json":
            raise Untranslatable
        kind = self._kind(inner)
        keys, line = self._place(inner)
        above = self.spelling.kind(keys[:-1], line)
        return Condition(f"({kind} IS NOT NULL)", f"({kind} IS NULL AND {above} = 'object')")

    def _exists(self, node: Expression) -> Condition:
        inner = self._each(node)
        tags = self.spelling.tags
        some = f"EXISTS {tags(inner.true)}"
        none = f"NOT EXISTS {tags(f'({inner.false}) IS NOT TRUE')}"
        return self._short(some, none)

    def _all(self, node: Expression) -> Condition:
        inner = self._each(node)
        tags = self.spelling.tags
        every = f"NOT EXISTS {tags(f'({inner.true}) IS NOT TRUE')}"
        return self._short(every, f"EXISTS {tags(inner.false)}")

    def _short(self, true: str, false: str) -> Condition:
        """Return the condition of a list; one that takes too many rounds is an error in the language."""
        short = f"{self.spelling.tags('true', 'count(*)')} <= {_LONGEST_LIST}"
        return Condition(f"({true} AND {short})", f"({false} AND {short})")

    def _each(self, node: Expression) -> Condition:
        over, inner = node.args
        if over.kind != "field" or over.value != "order.tags" or self.values.locals:
            raise Untranslatable
        self.values.read_document()
        self.values.locals[node.value] = Value(self.spelling.tag, "string")
        try:
            return self.truth(inner)
        finally:
            del self.values.locals[node.value]

    def _equal(self, one: Expression, other: Expression) -> Condition:
        if one.type == "null" or (one.kind == "json" and other.kind != "json"):
            one, other = (other, one) if one.type == "null" else (one, other)
        elif other.kind == "json" and one.kind != "json":
            one, other = other, one
        if other.type == "null" and other.kind == "constant":
            return self._is_null(one)
        if one.kind == "json":
            return self._json_equal(one, other)
        if one.type == other.type == "bool":
            a, b = self.truth(one), self.truth(other)
            return (a & b) | (~a & ~b)
        return self._values_equal(self.values.value(one), self.values.value(other))

    def _is_null(self, node: Expression) -> Condition:
        if node.kind == "json":
            kind = self._kind(node)
            return Condition(f"({kind} = 'null')", f"({kind} <> 'null')")
        value = self.values.value(node)
        if value.null is None:
            return Condition("false", f"({value.sql} IS NOT NULL)")
        return Condition(value.null, f"({value.sql} IS NOT NULL)")

    def _values_equal(self, a: Value, b: Value) -> Condition:
        one, other = self._sides(a, b)
        true, false = [f"{one} = {other}"], [f"{one} <> {other}"]
        if a.null and b.null:
            true.append(f"({a.null} AND {b.null})")
        if a.null:
            false.append(f"({a.null} AND {b.sql} IS NOT NULL)")
        if b.null:
            false.append(f"({b.null} AND {a.sql} IS NOT NULL)")
        once = f"({one} = {other})" if a.null is None and b.null is None else ""
        return Condition(f"({' OR '.join(true)})", f"({' OR '.join(false)})", once)

    def _sides(self, a: Value, b: Value) -> tuple[str, str]:
        """Return two values as they can be compared. Raises Untranslatable."""
        if a.type != b.type:
            raise Untranslatable
        if a.type == "string":
            return a.sql + self.spelling.collate, b.sql
        if a.raw is not None and b.raw is not None:
            return a.raw, b.raw
        if a.raw is not None and (scaled := self.values.scaled(b)) is not None:
            return a.raw, scaled
        if b.raw is not None and (scaled := self.values.scaled(a)) is not None:
            return scaled, b.raw
        return a.sql, b.sql

    def _ordered(self, sign: str, one: Expression, other: Expression) -> Condition:
        if other.kind == "json" and one.kind != "json":
            one, other, sign = other, one, _SWAPPED[sign]
        if one.kind == "json":
            place, value = self._place(one), self._plain(other)
            a = self._json_side(value, place)
            b = value.sql
        else:
            a, b = self._sides(self.values.value(one), self.values.value(other))
            if one.type not in ("int", "double", "string", "timestamp", "duration"):
                raise Untranslatable
        return Condition(f"({a} {sign} {b})", f"({a} {_OPPOSITE[sign]} {b})", f"({a} {sign} {b})")

    def _plain(self, node: Expression) -> Value:
        """Return what JSON is compared with: a text or a double that is never null. Raises Untranslatable."""
        value = self.values.value(node)
        value = self.values.as_double(value) if value.type == "int" else value
        if value.null is not None or value.type not in ("string", "double"):
            raise Untranslatable
        return value

    def _json_side(self, value: Value, place: tuple[list[str], str | None]) -> str:
        if value.type == "double":
            return f"({self.spelling.json_number(*place)})"
        return f"({self.spelling.json_text(*place)}){self.spelling.collate}"

    def _json_equal(self, one: Expression, other: Expression) -> Condition:
        place = self._place(one)
        kind = self.spelling.kind(*place)
        if other.type == "bool" and other.kind == "constant":
            wanted = self.spelling.json_bool(*place, value=other.value)
            opposite = self.spelling.json_bool(*place, value=not other.value)
            return Condition(wanted, f"({opposite} OR NOT {self.spelling.is_bool(kind)})")
        if other.kind == "json":
            raise Untranslatable
        value = self._plain(other)
        is_kind = self.spelling.is_number if value.type == "double" else self.spelling.is_text
        there = self._json_side(value, place)
        another = f"(NOT {is_kind(kind)} AND {value.sql} IS NOT NULL)"
        equal = f"({there} = {value.sql})"
        once = f"(CASE WHEN {is_kind(kind)} THEN {equal} WHEN {another} THEN false END)"
        return Condition(equal, f"({there} <> {value.sql} OR {another})", once)

    def _in(self, one: Expression, many: Expression) -> Condition:
        if many.kind == "field" and many.value == "order.tags":
            value = self.values.value(one)
            if value.null is not None:
                raise Untranslatable
            self.values.read_document()
            found = self.spelling.tags(f"{self.spelling.tag} = {value.sql}{self.spelling.collate}")
            there = f"{value.sql} IS NOT NULL"
            return Condition(f"(EXISTS {found} AND {there})", f"(NOT EXISTS {found} AND {there})")
        if many.kind != "list" or not many.args or any(entry.kind != "constant" for entry in many.args):
            raise Untranslatable
        return reduce(Condition.__or__, (self._equal(one, entry) for entry in many.args))

    def _text_leaf(self, spell: Callable[[str, str], str], text: Value, part: Value) -> Condition:
        if {text.type, part.type} != {"string"}:
            raise Untranslatable
        leaf = spell(text.sql, part.sql)
        return Condition(leaf, f"(NOT {leaf})", leaf)

    def _matches(self, text: Expression, pattern: Expression) -> Condition:
        """Return a pattern that is a plain text, at the beginning, at the end, anywhere or all of it."""
        match = _PLAIN.fullmatch(pattern.value) if pattern.kind == "constant" else None
        if match is None:
            raise Untranslatable
        value, part = self.values.value(text), Value(self.spelling.text(match[2]), "string")
        if match[1] and match[3]:
            leaf = f"({value.sql}{self.spelling.collate} = {part.sql})"
            return Condition(leaf, f"(NOT {leaf})", leaf)
        spell = (
            self.spelling.starts if match[1] else self.spelling.ends if match[3] else self.spelling.contains
        )
        return self._text_leaf(spell, value, part)


def _chosen(asked: Condition, one: Condition, other: Condition) -> Condition:
    """Return ``asked ? one : other``."""

    def either(then: str, otherwise: str) -> str:
        return f"(({asked.true} AND {then}) OR ({asked.false} AND {otherwise}))"

    once = f"(CASE WHEN {asked.told} THEN {one.told} WHEN NOT {asked.told} THEN {other.told} END)"
    return Condition(either(one.true, other.true), either(one.false, other.false), once)


_TEXTS = {"startsWith": "starts", "endsWith": "ends", "contains": "contains"}
_CALLS = {
    "_&&_": "_both",
    "_||_": "_either",
    "!_": "_not",
    "_?_:_": "_choice",
    "_==_": "_equal",
    "_!=_": "_differ",
    "@in": "_in",
    "matches": "_matches",
}
