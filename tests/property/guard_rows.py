"""Items with awkward values to ask guards about, and what Python and the database answer."""

from __future__ import annotations

import random
from typing import Any

from engine.guards.conditions import outcomes
from engine.hooks import CallContext
from engine.moving.items import loaded_items
from engine.storage.guards.decision import answer
from engine.storage.guards.pruning import Cut
from rules.guards.compiled import compile_guard
from tests.helpers.shop import Shop, order
from tests.property.guard_expressions import TEXTS, VALUES

ORDERS = 90

TOPOLOGY: dict[str, Any] = {
    "warehouses": [{"name": "North"}, {"name": "ä"}],
    "stores": [
        {"name": "DE", "warehouses": ["North", "ä"], "shares_reservations_with": ["Ü"]},
        {"name": "Ü", "warehouses": ["North"], "shares_reservations_with": ["DE"]},
    ],
    "units": [{"name": "kg", "decimals": 3}],
    "products": [
        {"sku": "A", "concretes": [{"sku": "DE-1"}, {"sku": "a_b"}]},
        {"sku": "ä", "concretes": [{"sku": "100%"}, {"sku": "ﬁ", "unit": "kg"}]},
    ],
}
SKUS = ("DE-1", "a_b", "100%", "ﬁ")
MOMENTS = (
    0,
    -2_208_988_800_000_000,
    1_774_745_999_000_000,
    1_774_746_000_000_000,
    1_792_890_000_000_000,
    1_792_893_600_000_000,
    1_709_251_199_999_999,
    1_767_225_599_999_999,
    4_102_444_800_000_000,
    7_226_582_400_000_000,
    1_700_000_000_123_456,
)
"""The beginning of time, 1900, both changes of summer time, ends of days and years, 2100, 2199."""


def filled(shop: Shop, chance: random.Random) -> Shop:
    """Fill the shop with orders that wait."""
    shop.stocked(TOPOLOGY)
    shop.restock("DE-1,North,7", "a_b,North,0", "100%,ä,3,1", "ﬁ,North,2", "DE-1,ä,2", "ﬁ,ä,0.25")
    shop.deploy("states new kept*\nnew -> kept : keep")
    shop.engine.place_many(
        (number, order(f"{chance.choice(TEXTS).strip() or 'r'}{number}", *_lines(chance), **_fields(chance)))
        for number in range(1, ORDERS + 1)
    )
    ids = [row[0] for row in shop.query("SELECT id FROM order_item ORDER BY id")]
    for item in ids:
        shop.sql(
            "UPDATE order_item SET state_since = ?, step = ?, counted_reserved = ?, quantity = ? WHERE id = ?",
            chance.choice(MOMENTS),
            chance.choice((0, 1, 7, 2**31 - 1)),
            chance.choice((0, 500_000, 2_000_000)),
            chance.choice((1, 300_000, 500_000, 1_000_000, 2_000_000, 3_000_000, 999_999_999_999_999)),
            item,
        )
    for (number,) in shop.query("SELECT id FROM sales_order"):
        shop.sql("UPDATE sales_order SET placed_at = ? WHERE id = ?", chance.choice(MOMENTS), number)
    return shop


def _lines(chance: random.Random) -> list[dict[str, Any]]:
    return [_line(chance) for _ in range(chance.choice((1, 1, 2)))]


def _line(chance: random.Random) -> dict[str, Any]:
    line: dict[str, Any] = {"sku": chance.choice(("100%", "DE-1")), "quantity": "0.01"}
    for name, values in {
        "reference": ("a", "DE-1", "Z", "ä", None),
        "warehouse": ("North", "ä", None, None),
        "gift": VALUES,
        "price": VALUES,
    }.items():
        if (value := chance.choice(values)) is not None or name not in ("reference", "warehouse"):
            line[name] = value
    return line


def _fields(chance: random.Random) -> dict[str, Any]:
    found: dict[str, Any] = {}
    named = {
        "x": VALUES,
        "a": VALUES,
        "total": VALUES,
        "tags": VALUES,
        "note": VALUES,
        "a b": VALUES,
        "0": VALUES,
    }
    payments = ("invoice", "a", None, 5, {"method": "a"}, {"method": None}, {"method": 3}, "DE-1")
    for name, values in {**named, "payment": payments, "payment_method": payments}.items():
        if chance.random() < 0.75:
            found[name] = chance.choice(values)
    if chance.random() < 0.5:
        found["currency"] = chance.choice(("EUR", "a", "ä", "Z"))
    if chance.random() < 0.4:
        found["tags"] = [chance.choice(TEXTS) for _ in range(chance.choice((0, 1, 3)))]
    if chance.random() < 0.03:
        found["x"] = chance.choice((float("nan"), float("inf"), 10**400))
    return found


class Rows:
    """The items of a shop, asked about by Python and by the database."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        with shop.database.read() as reader:
            (state,) = {row[0] for row in shop.query("SELECT state_id FROM order_item")}
            self.place = shop.runtime.catalogue.place(reader, state)
            rows = reader.tuples("items_of_state", state=state, after=0, size=10_000)
        self.items = loaded_items(rows, self.place, shop.database)
        self.now = shop.database.clock()

    def by_python(self, text: str) -> list[Any]:
        """What Python says of each item: true, false, or an error's text."""
        from engine.clock import to_datetime

        return list(outcomes(text, self.items, CallContext(None, to_datetime(self.now))))

    def by_database(self, text: str) -> list[int] | None:
        """What the database says of each item: 1, 0, or -1 where it cannot tell; None where it is not asked."""
        known = {"item.state": self.place.state.name, "item.process": self.place.version.name}
        found = answer(self.shop.database.dialect, [compile_guard(text).tree], known, self.now)
        if found is None:
            return None
        sql, sources, params = found
        cut = Cut(sources, {"item.line": f", {sql}"}, params)
        ids = [item.id for item in self.items]
        with self.shop.database.read() as reader:
            told = dict(reader.tuples("guard_facts", cut, items=ids, now=self.now))
        return [told[item] for item in ids]


def differences(rows: Rows, text: str) -> list[str]:
    """Where the database says true or false and Python something else."""
    told = rows.by_database(text)
    if told is None:
        return []
    said = rows.by_python(text)
    return [
        f"item {item.id}: the database says {one}, Python {other!r}"
        for item, one, other in zip(rows.items, told, said, strict=True)
        if one != -1 and other is not bool(one)
    ]


def untold(rows: Rows, text: str) -> int:
    """Of how many items the database cannot tell, although Python can."""
    told = rows.by_database(text) or [-1] * len(rows.items)
    return sum(
        one == -1 and isinstance(said, bool) for one, said in zip(told, rows.by_python(text), strict=True)
    )
