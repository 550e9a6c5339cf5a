"""What lies on the shelves, held against the database: nothing is oversold, nothing released too early."""

from __future__ import annotations

from collections.abc import Iterator

from tests.chaos.everything.outside import Outside
from tests.chaos.everything.seen import Moment
from tests.chaos.everything.stage import HOUSES, NAMED, WATCHED

UNIT = 1_000_000
COUNTED = "stock is what lay on the shelf when it was counted"
SOLD = "no more is promised than there is"
RELEASED = "a count releases what had left the shelf before it, and nothing else"


def check_shelves(seen: Moment, outside: Outside) -> Iterator[tuple[str, str]]:
    """Yield each sentence that does not hold, with what breaks it."""
    stock = {
        (sku, house): (int(quantity) // UNIT, counted_at)
        for sku, house, quantity, counted_at in seen.rows(_STOCK)
        if sku in (*WATCHED, *NAMED)
    }
    gone = {item: (house, at) for item, house, at in outside.rows("SELECT item, house, left_at FROM gone")}
    for (sku, house), (quantity, counted_at) in stock.items():
        lay = outside.on_shelf(sku, house, counted_at)
        if quantity != lay:
            yield COUNTED, f"{sku} in {house}: {quantity} are stored, {lay} lay there at {counted_at}"
    yield from _sold(seen, stock, gone)
    yield from _released(seen, outside, gone)


def _sold(
    seen: Moment, stock: dict[tuple[str, str], tuple[int, int]], gone: dict[int, tuple[str, int]]
) -> Iterator[tuple[str, str]]:
    """What is promised and was not yet gone when it was counted must be in the count."""
    promised: dict[tuple[str, str | None], int] = {}
    for item, sku, house, counted in seen.rows(_PROMISED):
        left = gone.get(item)
        there = stock.get((sku, left[0])) if left is not None else None
        if left is None or there is None or left[1] > there[1]:
            key = (sku, house if sku in NAMED else None)
            promised[key] = promised.get(key, 0) + int(counted) // UNIT
    for (sku, house), pieces in promised.items():
        houses = HOUSES if house is None else (house,)
        there_are = sum(stock[sku, one][0] for one in houses)
        if pieces > there_are:
            yield SOLD, f"{sku} in {houses}: {pieces} are promised of {there_are}"


def _released(seen: Moment, outside: Outside, gone: dict[int, tuple[str, int]]) -> Iterator[tuple[str, str]]:
    """An item that was released has left, and a count of where it left from was made later than that."""
    counts: dict[str, list[tuple[int, int]]] = {house: [] for house in HOUSES}
    for houses, as_of, asked_at in outside.rows("SELECT houses, as_of, asked_at FROM counted"):
        for house in houses.split(","):
            if house in counts:
                counts[house].append((as_of, asked_at))
    for item, at in seen.rows(_RELEASED):
        if item not in gone:
            yield RELEASED, f"item {item} was released and is on its shelf"
            continue
        house, left_at = gone[item]
        if not any(left_at <= as_of and asked_at <= at for as_of, asked_at in counts[house]):
            yield (
                RELEASED,
                f"item {item} left {house} at {left_at}, and was released at {at} by no count after that",
            )


_STOCK = """
SELECT p.sku, w.name, k.quantity,
       CASE WHEN k.counted_at < w.counted_at AND coalesce(k.missed_at, 0) < w.counted_at THEN w.counted_at
            ELSE k.counted_at END
FROM stock k JOIN product p ON p.id = k.product_id JOIN warehouse w ON w.id = k.warehouse_id"""

_PROMISED = f"""
SELECT i.id, p.sku, w.name, i.counted_reserved + i.counted_hold FROM order_item i
JOIN product p ON p.id = i.product_id LEFT JOIN warehouse w ON w.id = i.warehouse_id
WHERE p.sku IN ({", ".join(f"'{sku}'" for sku in (*WATCHED, *NAMED))})
  AND i.counted_reserved + i.counted_hold <> 0
UNION ALL
SELECT -1000 * l.hold_id - l.line, p.sku, w.name, l.counted_hold FROM cart_hold_line l
JOIN product p ON p.id = l.product_id LEFT JOIN warehouse w ON w.id = l.warehouse_id
WHERE p.sku IN ({", ".join(f"'{sku}'" for sku in (*WATCHED, *NAMED))}) AND l.counted_hold <> 0"""

_RELEASED = """
SELECT h.item_id, r.at FROM transition_run r JOIN item_history h ON h.run_id = r.id
JOIN process_state s ON s.id = r.source_id JOIN process_version v ON v.id = s.version_id
JOIN process p ON p.id = v.process_id
WHERE r.trigger = 'stock-update' AND r.outcome = 'moved' AND p.name = 'Rush'"""
