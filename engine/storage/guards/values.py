"""Values of guards in SQL: constants, fields, arithmetic, texts. What would be answered otherwise is refused."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal

from engine.storage.guards.fields import QUANTITIES
from engine.storage.guards.pruning import field_texts, sources_of
from engine.storage.guards.shapes import (
    EXACT,
    LARGEST_DOUBLE,
    LARGEST_INT,
    SMALLEST_DOUBLE,
    Condition,
    Expression,
    Untranslatable,
    Value,
)
from engine.storage.guards.spelling import Spelling
from engine.storage.guards.times import FIRST, LAST, LONGEST_SPAN, part_of, span_of, time_of, within

_MOST_UNITS = LARGEST_INT / 1e6
_CLAMPED = (1e-100, 1e100)
"""The magnitudes that doubles of unknown size may have in arithmetic; the database cannot tell of others."""

_NULLABLE = frozenset(
    {"item.reference", "item.warehouse", "order.currency", "product.unit", "stock.in_warehouse"}
)
_INTS = {"item.id": LARGEST_INT, "order.id": LARGEST_INT, "item.line": 2**31, "item.step": 2**31}
_TIMES = frozenset({"item.state_since", "order.placed_at"})
_MOST_SCALED = 1_000_000_000
_PLACES = 6

Truth = Callable[[Expression], Condition]


class Values:
    """Turns parts of expressions into values; ``known`` are fields that are the same for all items.

    What is read is noted: in ``sources``, and whether the order's JSON is (``document``).
    """

    def __init__(
        self, dialect: str, spelling: Spelling, known: Mapping[str, str], now: int, truth: Truth
    ) -> None:
        self.spelling = spelling
        self.sources: set[str] = set()
        self.document = False
        self.locals: dict[str, Value] = {}
        self._texts = field_texts(dialect)
        self._known = known
        self._now = now
        self._truth = truth

    def value(self, node: Expression) -> Value:
        """Return a value. Raises Untranslatable."""
        make = getattr(self, f"_{node.kind}", None)
        if make is None:
            raise Untranslatable
        found: Value = make(node)
        return found

    def read_document(self) -> None:
        """Note that the order's JSON is read."""
        self.document = True
        self.sources |= {"order", "document"}

    def line(self) -> str:
        """Return which line of the order the item is."""
        return self.read("item.line")

    def read(self, name: str) -> str:
        """Return the SQL of a field that is stored, and note what it is read from."""
        if name not in self._texts:
            raise Untranslatable
        text = self._texts[name]
        self.sources |= sources_of(text)
        return text

    def _constant(self, node: Expression) -> Value:
        value = node.value
        if node.type == "string":
            return Value(self.spelling.text(value), "string", constant=value)
        if node.type == "int":
            return Value(self.spelling.number(value), "int", low=value, high=value, constant=value)
        if node.type == "double":
            size = abs(value)
            return Value(self.spelling.number(value), "double", low=size, high=size, constant=value)
        raise Untranslatable

    def _local(self, node: Expression) -> Value:
        if node.value not in self.locals:
            raise Untranslatable
        return self.locals[node.value]

    def _field(self, node: Expression) -> Value:
        name = node.value
        if name == "now":
            return Value(self.spelling.number(self._now), "timestamp")
        if name in self._known:
            return Value(self.spelling.text(self._known[name]), "string")
        if name in ("order.total", "order.payment_method"):
            return self._derived(name)
        return self._stored(name, node.type)

    def _stored(self, name: str, kind: str) -> Value:
        sql = self.read(name)
        null = f"({sql} IS NULL)" if name in _NULLABLE else None
        if name in QUANTITIES:
            double = f"({self.spelling.as_double(sql)} / {self.spelling.number(1e6)})"
            return Value(double, "double", null, low=1e-6, high=_MOST_UNITS, raw=sql)
        if name in _INTS:
            return Value(sql, "int", low=0, high=_INTS[name])
        if name not in _TIMES and kind != "string":
            raise Untranslatable
        return Value(sql, "timestamp" if name in _TIMES else "string", null)

    def _derived(self, name: str) -> Value:
        self.read_document()
        spell = self.spelling
        if name == "order.total":
            is_number = spell.is_number(spell.kind(["total"], None))
            return Value(spell.json_number(["total"], None), "double", f"(NOT coalesce({is_number}, false))")
        own = f"coalesce({spell.kind(['payment_method'], None)}, 'null') <> 'null'"
        texts = [spell.json_text(keys, None) for keys in (["payment_method"], ["payment", "method"])]
        sql = f"(CASE WHEN {own} THEN {texts[0]} ELSE {texts[1]} END)"
        return Value(sql, "string", f"({sql} IS NULL)")

    def _call(self, node: Expression) -> Value:
        name, args = node.value, node.args
        if name in _CALLS:
            found: Value = getattr(self, _CALLS[name])(*args)
            return found
        if name in ("timestamp", "duration"):
            return self._written(name, args[0])
        if name.startswith("get") and args[0].type == "timestamp":
            return self._part(name, *args)
        return self._operator(name, [self.value(argument) for argument in args])

    def _part(self, name: str, time: Expression, zone: Expression | None = None) -> Value:
        if zone is not None and zone.kind != "constant":
            raise Untranslatable
        return part_of(name, self.value(time), None if zone is None else zone.value, self.spelling)

    def _operator(self, name: str, values: list[Value]) -> Value:
        kinds = tuple(value.type for value in values)
        if name == "_+_" and kinds == ("string", "string"):
            return Value(f"({values[0].sql} || {values[1].sql})", "string")
        if set(kinds) <= {"timestamp", "duration"}:
            return self._times(name, values)
        if name == "-_" and kinds == ("double",):
            return Value(f"(- {values[0].sql})", "double", low=values[0].low, high=values[0].high)
        if name not in _ARITHMETIC or kinds not in (("int", "int"), ("double", "double")):
            raise Untranslatable
        return self._ints(name, *values) if kinds[0] == "int" else self._doubles(name, *values)

    def _double(self, node: Expression) -> Value:
        if node.type != "int":
            raise Untranslatable
        return self.as_double(self.value(node))

    def _written(self, name: str, text: Expression) -> Value:
        if text.kind != "constant" or not isinstance(text.value, str):
            raise Untranslatable
        moment = time_of(text.value) if name == "timestamp" else span_of(text.value)
        return Value(self.spelling.number(moment), name)

    def _size(self, node: Expression) -> Value:
        if node.kind == "field" and node.value == "order.tags":
            self.read_document()
            return Value(self.spelling.tags("true", "count(*)"), "int", low=0, high=2**30)
        if node.type != "string":
            raise Untranslatable
        return Value(self.spelling.length.format(self.value(node).sql), "int", low=0, high=2**30)

    def _choice(self, condition: Expression, then: Expression, otherwise: Expression) -> Value:
        asked, one, other = self._truth(condition), self.value(then), self.value(otherwise)
        if one.type != other.type:
            raise Untranslatable
        null = None
        if one.null or other.null:
            null = (
                f"(({asked.true} AND {one.null or 'false'}) OR ({asked.false} AND {other.null or 'false'}))"
            )
        sql = f"(CASE WHEN {asked.true} THEN {one.sql} WHEN {asked.false} THEN {other.sql} END)"
        unbounded = one.high is None or other.high is None
        high = None if one.high is None or other.high is None else max(one.high, other.high)
        return Value(sql, one.type, null, low=0 if unbounded else min(one.low, other.low), high=high)

    def _times(self, name: str, values: list[Value]) -> Value:
        if len(values) != 2 or name not in ("_+_", "_-_"):
            raise Untranslatable
        kinds = [value.type for value in values]
        sign = "+" if name == "_+_" else "-"
        sql = f"({values[0].sql} {sign} {values[1].sql})"
        if kinds.count("timestamp") == 1 and (sign == "+" or kinds[0] == "timestamp"):
            return Value(f"({within(sql, FIRST, LAST - 1, self.spelling)})", "timestamp")
        if kinds == ["timestamp"] * 2 and sign == "+":
            raise Untranslatable
        return Value(f"({within(sql, -LONGEST_SPAN, LONGEST_SPAN, self.spelling)})", "duration")

    def _ints(self, name: str, one: Value, other: Value) -> Value:
        """Return arithmetic that cannot leave 64 bits."""
        sign = _ARITHMETIC[name]
        a, b = (int(one.low), int(one.high or 0)), (int(other.low), int(other.high or 0))
        if sign in "/%":
            if other.constant in (None, 0):
                raise Untranslatable
            sign = self.spelling.percent if sign == "%" else sign
            size = max(map(abs, a)) if sign == "/" else abs(other.constant)
            return Value(f"({one.sql} {sign} {other.sql})", "int", low=-size, high=size)
        found = [_INT_BOUNDS[sign](x, y) for x in a for y in b]
        if min(found) < -LARGEST_INT or max(found) > LARGEST_INT:
            raise Untranslatable
        return Value(f"({one.sql} {sign} {other.sql})", "int", low=min(found), high=max(found))

    def _doubles(self, name: str, one: Value, other: Value) -> Value:
        """Return arithmetic that can neither overflow nor underflow."""
        sign = _ARITHMETIC[name]
        one, other = self._clamped(one), self._clamped(other)
        assert one.high is not None and other.high is not None  # clamped
        if sign == "%" or (sign == "/" and other.constant in (None, 0.0)):
            raise Untranslatable
        if sign in "+-":
            # The difference of two that are nearly the same may be as small as the last bit of the smaller one.
            low, high = min(one.low, other.low) * 1e-17, one.high + other.high
        elif sign == "*":
            low, high = one.low * other.low, one.high * other.high
        else:
            low, high = one.low / other.high, one.high / other.low
        if low < SMALLEST_DOUBLE or high > LARGEST_DOUBLE:
            raise Untranslatable
        return Value(f"({one.sql} {sign} {other.sql})", "double", low=low, high=high)

    def _clamped(self, value: Value) -> Value:
        """Return a double whose size is known; the database cannot tell of one that is very large or very small."""
        if value.high is not None and (value.low > 0 or value.constant == 0.0):
            return Value(value.sql, "double", low=value.low or 1.0, high=value.high, constant=value.constant)
        low, high = _CLAMPED
        size = f"abs({value.sql})"
        fits = f"{size} <= {self.spelling.number(high)} AND ({size} = 0 OR {size} >= {self.spelling.number(low)})"
        return Value(f"(CASE WHEN {fits} THEN {value.sql} END)", "double", low=low, high=high)

    def as_double(self, value: Value) -> Value:
        """Return an int as a double. Raises Untranslatable for one that may be none."""
        if value.high is None or max(abs(value.low), abs(value.high)) > EXACT:
            raise Untranslatable
        if value.constant is not None:
            size = float(abs(value.constant))
            sql = self.spelling.number(float(value.constant))
            return Value(sql, "double", low=size, high=size, constant=float(value.constant))
        return Value(self.spelling.as_double(value.sql), "double", low=1.0, high=float(EXACT))

    def scaled(self, value: Value) -> str | None:
        """Return a constant in millionths, where quantities can be compared with it so; else None."""
        if not isinstance(value.constant, float) or abs(value.constant) > _MOST_SCALED:
            return None
        number = Decimal(repr(value.constant)).normalize()
        exponent = number.as_tuple().exponent
        if not isinstance(exponent, int) or exponent < -_PLACES:
            return None
        return self.spelling.number(int(number.scaleb(_PLACES)))


_ARITHMETIC = {"_+_": "+", "_-_": "-", "_*_": "*", "_/_": "/", "_%_": "%"}
_INT_BOUNDS: Mapping[str, Callable[[int, int], int]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
}
_CALLS = {"_?_:_": "_choice", "size": "_size", "double": "_double"}
