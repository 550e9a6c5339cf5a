"""Random guards over the schema, typed so that most of them are accepted, and awkward values to ask them about."""

from __future__ import annotations

import random
from collections.abc import Callable

TEXTS = (
    "",
    "a",
    "A",
    "B",
    "Z",
    "z",
    "ä",
    "ä",
    "ﬁ",
    "😀",
    "DE-1",
    "DE-",
    "de-1",
    "100%",
    "a_b",
    "\\",
    "a'b",
    '"',
    "x y",
    "vip",
    "VIP",
    "\uffff",
)
"""What is ordered differently by collations, matched by LIKE, or cut by quotes."""

NUMBERS = (
    0.0,
    -0.0,
    1.0,
    0.5,
    0.1,
    0.3,
    2.0,
    3.0,
    500.0,
    0.000001,
    0.0000001,
    1e6,
    999999999.999999,
    1e300,
    5e-324,
    9007199254740993.0,
    60.0,
    -7.0,
)
INTS = (0, 1, 2, 3, 7, -1, -7, 60, 500, 2**53, 2**53 + 1, 2**62, 2**63 - 1)
TIMES = (
    "1970-01-01T00:00:00Z",
    "2026-03-29T00:59:59Z",
    "2026-03-29T01:30:00Z",
    "2026-10-25T00:30:00Z",
    "2026-10-25T01:30:00Z",
    "2024-02-29T23:59:59.999999Z",
    "2026-12-31T23:59:59Z",
    "2026-01-01T00:00:00+02:00",
    "1899-12-31T12:00:00Z",
    "2199-01-01T00:00:00Z",
    "0001-01-01T00:00:00Z",
    "9999-12-31T23:59:59Z",
)
SPANS = ("0s", "1h", "36h", "-90m", "1h30m", "24h", "8760h", "2562047h")
ZONES = (
    "Europe/Berlin",
    "America/New_York",
    "+02:00",
    "-05:30",
    "UTC",
    "Asia/Kolkata",
    "Australia/Lord_Howe",
)
PARTS = (
    "getHours",
    "getMinutes",
    "getSeconds",
    "getMilliseconds",
    "getDayOfWeek",
    "getFullYear",
    "getMonth",
    "getDate",
    "getDayOfMonth",
    "getDayOfYear",
)
PATTERNS = ("^DE-", "1$", "^a$", "DE", "", "^[a-z]+$", "a.b", "(?i)de", "^$")

FIELDS = {
    "string": (
        "item.sku",
        "item.store",
        "item.state",
        "item.process",
        "order.reference",
        "order.store",
        "product.sku",
        "product.abstract_sku",
    ),
    "nullable string": (
        "item.reference",
        "item.warehouse",
        "order.currency",
        "order.payment_method",
        "product.unit",
    ),
    "double": (
        "item.quantity",
        "item.reserved",
        "stock.quantity",
        "availability.quantity",
        "availability.reserved",
        "availability.held",
    ),
    "nullable double": ("order.total", "stock.in_warehouse"),
    "int": ("item.id", "item.line", "item.step", "order.id"),
    "bool": ("item.available", "stock.never_out_of_stock", "availability.sellable"),
    "timestamp": ("item.state_since", "order.placed_at", "now"),
}
JSON = (
    "order.data.x",
    "order.data.a.b",
    "order.data.a",
    "order.data.total",
    "order.data.tags",
    "order.data['a b']",
    "item.data.gift",
    "item.data.price",
    "order.data.items",
    "order.data.note",
    "command.x",
    "order.data['0']",
)
COMPARED = ("==", "!=", "<", "<=", ">", ">=")

VALUES = (
    None,
    True,
    False,
    0,
    1,
    5,
    500,
    60,
    0.5,
    0.1 + 0.2,
    -0.0,
    1e308,
    5e-324,
    2**53 + 1,
    10**25,
    "60",
    "6",
    "a",
    "",
    "ä",
    "Z",
    "vip",
    [],
    ["vip"],
    ["x", 1, None],
    {},
    {"b": 1},
    {"b": "a"},
    {"b": None},
    {"b": True},
    {"c": 2},
    "a\0b",
    1e20,
    17.123456789012345,
)
"""What JSON fields may hold."""


def quoted(text: str) -> str:
    return "'" + "".join(f"\\U{ord(c):08x}" if c in "'\\\"" or ord(c) > 126 else c for c in text) + "'"


class Expressions:
    """Makes expressions of a type; ``random`` decides."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.local: str | None = None

    def guard(self, depth: int = 3) -> str:
        """A condition."""
        makers: list[Callable[[int], str]] = [self._compared] * 5 + [self._json] * 3 + [self._leaf] * 3
        if depth > 0:
            makers += [self._joined] * 6 + [self._negated] * 2 + [self._choice]
            if self.local is None:
                makers += [self._loop]
        return self.chance.choice(makers)(depth - 1)

    def _pick(self, *values: object) -> str:
        return str(self.chance.choice(values))

    def _joined(self, depth: int) -> str:
        return f"({self.guard(depth)} {self._pick('&&', '||')} {self.guard(depth)})"

    def _negated(self, depth: int) -> str:
        return f"!({self.guard(depth)})"

    def _choice(self, depth: int) -> str:
        return f"({self.guard(depth)} ? {self.guard(depth)} : {self.guard(depth)})"

    def _loop(self, depth: int) -> str:
        self.local = "t"
        try:
            return f"order.tags.{self._pick('exists', 'all')}(t, {self.guard(min(depth, 1))})"
        finally:
            self.local = None

    def _compared(self, depth: int) -> str:
        kind = self._pick("string", "double", "double", "int", "timestamp", "duration", "string", "nullable")
        sign = self._pick(*COMPARED)
        if kind == "nullable":
            field = self._pick(*FIELDS["nullable string"], *FIELDS["nullable double"])
            if self.chance.random() < 0.3:
                return f"{field} {self._pick('==', '!=')} null"
            kind = "double" if field in FIELDS["nullable double"] else "string"
            return f"{field} {sign} {self.value(kind, depth)}"
        return f"{self.value(kind, depth)} {sign} {self.value(kind, depth)}"

    def _leaf(self, depth: int) -> str:
        return self._pick(
            self._pick(*FIELDS["bool"]),
            f"has({self._pick(*FIELDS['nullable string'], *FIELDS['nullable double'])})",
            f"{self.value('string', depth)} in order.tags",
            f"{self.value('string', depth)} in [{', '.join(quoted(self._pick(*TEXTS)) for _ in range(3))}]",
            f"{self.value('int', depth)} in [{', '.join(self._pick(*INTS) for _ in range(2))}]",
            f"{self.value('string', depth)}.{self._pick('startsWith', 'endsWith', 'contains')}"
            f"({self.value('string', depth)})",
            f"{self.value('string', depth)}.matches({quoted(self._pick(*PATTERNS))})",
            f"{self._pick(*FIELDS['bool'])} == {self._pick(*FIELDS['bool'])}",
            self._pick("true", "false"),
        )

    def _json(self, depth: int) -> str:
        field = self._pick(*JSON)
        number, text = self._pick(*NUMBERS, *INTS), quoted(self._pick(*TEXTS))
        return self._pick(
            f"has({field})" if "[" not in field else f"{field} == 1",
            f"{field} {self._pick(*COMPARED)} {number}",
            f"{field} {self._pick(*COMPARED)} {text}",
            f"{field} {self._pick('==', '!=')} {self._pick('true', 'false', 'null')}",
            f"{field} {self._pick(*COMPARED)} {self.value(self._pick('double', 'string', 'int'), depth)}",
            f"{field} in [{number}, {number}]",
            f"({field} && {self.guard(0)})",
            f"{number} {self._pick(*COMPARED)} {field}",
            f"{field} == {self._pick(*JSON)}",
        )

    def value(self, kind: str, depth: int) -> str:
        """A value of a type."""
        simple = depth <= 0 or self.chance.random() < 0.5
        made: str = getattr(self, f"_{kind}")(simple, depth - 1)
        return made

    def _string(self, simple: bool, depth: int) -> str:
        if self.local is not None and self.chance.random() < 0.5:
            return self.local
        if simple:
            fields = (*FIELDS["string"], *FIELDS["nullable string"])
            return self._pick(quoted(self._pick(*TEXTS)), self._pick(*fields), self._pick(*fields))
        one, other = self.value("string", depth), self.value("string", depth)
        return self._pick(f"({one} + {other})", f"({self.guard(0)} ? {one} : {other})")

    def _double(self, simple: bool, depth: int) -> str:
        if simple:
            return self._pick(
                repr(self.chance.choice(NUMBERS)), *FIELDS["double"], *FIELDS["nullable double"]
            )
        one, other = self.value("double", depth), self.value("double", depth)
        return self._pick(
            *(f"({one} {sign} {other})" for sign in "+-*"),
            f"({one} / {self._pick(*NUMBERS)})",
            f"({one} / {other})",
            f"({self.guard(0)} ? {one} : {other})",
            f"double({self.value('int', depth)})",
            f"(-{self._pick(*FIELDS['double'])})",
        )

    def _int(self, simple: bool, depth: int) -> str:
        if simple:
            return self._pick(*INTS, *FIELDS["int"])
        one, other = self.value("int", depth), self.value("int", depth)
        return self._pick(
            *(f"({one} {sign} {other})" for sign in "+-*/%"),
            f"({one} {self._pick('/', '%')} {self._pick(*INTS)})",
            f"size({self.value('string', depth)})",
            "size(order.tags)",
            f"{self.value('timestamp', depth)}.{self._pick(*PARTS)}({self._pick(quoted(self._pick(*ZONES)), '')})",
            f"{self.value('timestamp', depth)}.{self._pick(*PARTS)}({quoted(self._pick(*ZONES))})",
            f"({self.guard(0)} ? {one} : {other})",
        )

    def _timestamp(self, simple: bool, depth: int) -> str:
        if simple:
            return self._pick(f"timestamp('{self._pick(*TIMES)}')", *FIELDS["timestamp"])
        return f"({self.value('timestamp', depth)} {self._pick('+', '-')} {self.value('duration', depth)})"

    def _duration(self, simple: bool, depth: int) -> str:
        if simple:
            return f"duration('{self._pick(*SPANS)}')"
        return self._pick(
            f"({self.value('timestamp', depth)} - {self.value('timestamp', depth)})",
            f"({self.value('duration', depth)} {self._pick('+', '-')} {self.value('duration', depth)})",
        )
