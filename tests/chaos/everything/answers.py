"""What each worker was told, held against the database: an answer that was given stays true."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from tests.chaos.everything.outside import Outside
from tests.chaos.everything.plugins import JOURNALED
from tests.chaos.everything.seen import Moment

PLACED = "an order that was accepted is stored once and as it was asked for, and a refused one is not stored"
CARTED = "a cart becomes one order"
MOVED = "the items that were said to be moved were moved"
CALLED = "a command that was applied had been called, under a key that never stands for further items"
BOOKED = "a transactional command has its effect once for each step"

REFUSED = {
    "not_available", "warehouse_not_for_store", "plugin_invalid", "cart_hold_ended", "unknown_cart_hold",
}  # fmt: skip
COUNTS = ("deliver", "count_given", "count_old", "count_file", "count_both", "count_again", "count_elsewhere")
TRIGGERS = ("pay", "cancel", "reopen", "drop", "pack", "ship_items", "ship_state")
_CAUSES = {
    **dict.fromkeys(TRIGGERS, "api"),
    **dict.fromkeys(COUNTS, "stock-update"),
    "force": "force",
    "undo": "undo",
}
"""Under which cause the log tells of what an answer counts."""


class Told:
    """What had been told, and published, before the moment that is looked at."""

    def __init__(self, outside: Outside) -> None:
        self.orders: dict[tuple[int, int], str] = {
            (call, line): answer
            for call, line, answer in outside.rows(
                "SELECT call, line, answer FROM asked_order WHERE answer IS NOT NULL"
            )
        }
        self.moves = [
            (call, deed, asked_at, json.loads(answer))
            for call, deed, asked_at, answer in outside.rows(
                "SELECT id, deed, asked_at, answer FROM call WHERE answer IS NOT NULL"
            )
            if deed in _CAUSES
        ]
        self.bookings = dict(outside.rows("SELECT id, payload FROM message WHERE kind = 'booking'"))


def check_answers(seen: Moment, told: Told, outside: Outside, purged: int) -> Iterator[tuple[str, str]]:
    """Yield each sentence that does not hold, with what breaks it.

    ``purged`` is a time before which history may be gone, UTC microseconds.
    """
    yield from _orders(seen, told, outside)
    yield from _moves(seen, told, purged)
    yield from _commands(seen, outside)
    yield from _bookings(seen, told)


def _orders(seen: Moment, told: Told, outside: Outside) -> Iterator[tuple[str, str]]:
    stored: dict[str, dict[str, Any]] = {}
    for reference, store, sku, quantity in seen.rows(_ORDERS):
        order = stored.setdefault(reference, {"store": store, "lines": []})
        order["lines"].append((sku, int(quantity) // 1_000_000))
    answers: dict[str, list[str | None]] = {}
    carts: dict[str, str] = {}
    for call, line, reference, text in outside.rows(
        "SELECT call, line, reference, document FROM asked_order"
    ):
        answer, document = told.orders.get((call, line)), json.loads(text)
        answers.setdefault(reference, []).append(answer)
        lines = [(one["sku"], one["quantity"]) for one in document["items"]]
        found = stored.get(reference)
        hold = document.get("hold")
        if found is not None and hold is not None and carts.setdefault(hold, reference) != reference:
            yield CARTED, f"{hold}: is {carts[hold]} and {reference}"
        same = found == {"store": document["store"], "lines": lines}
        if answer == "accepted" and not same:
            yield PLACED, f"call {call}: {document} was accepted, and stored is {found}"
        if answer == "order_conflict" and (found is None or same):
            yield PLACED, f"call {call}: {document} was told to contradict what is stored: {found}"
    for reference in stored:
        if all(answer in REFUSED for answer in answers.get(reference, ())):
            yield PLACED, f"{reference}: is stored, and its answers were {answers.get(reference)}"


def _moves(seen: Moment, told: Told, purged: int) -> Iterator[tuple[str, str]]:
    logged = {(correlation, cause): int(items) for correlation, cause, items in seen.rows(_RUNS)}
    for call, deed, asked_at, answer in told.moves:
        said = answer["released" if deed in COUNTS else "moved"]
        items = logged.get((f"call-{call}", _CAUSES[deed]), 0)
        if items > said or (items < said and asked_at >= purged):
            yield MOVED, f"call {call} {deed}: {said} were told, the log has {items}"


def _commands(seen: Moment, outside: Outside) -> Iterator[tuple[str, str]]:
    members: dict[str, list[int]] = {}
    called: set[tuple[str, int]] = set()
    for name, key, text in outside.rows("SELECT name, key, items FROM plugin_call ORDER BY id"):
        items = json.loads(text)
        # What some of them were held back from after the call is repeated for these alone.
        if not set(items) <= set(members.setdefault(key, items)):
            yield CALLED, f"{key}: stands for {members[key]} and for {items}"
        called.update((name, item) for item in items)
    for command, key, item in seen.rows(_COMMANDS):
        if (command, item) not in called or (key is not None and item not in members.get(key, ())):
            yield CALLED, f"{command} was applied to item {item} under {key}"


def _bookings(seen: Moment, told: Told) -> Iterator[tuple[str, str]]:
    messages = {**told.bookings, **dict(seen.rows("SELECT id, payload FROM outbox WHERE kind = 'booking'"))}
    booked: dict[int, list[str]] = {}
    for text in messages.values():
        payload = json.loads(text)
        booked.setdefault(payload["item"], []).append(payload["key"])
    applied = {item: (steps, whole) for item, steps, whole in seen.rows(_BOOKED)}
    for item in booked.keys() | applied.keys():
        keys, (steps, whole) = booked.get(item, []), applied.get(item, (0, 0))
        if len(keys) != len(set(keys)) or steps > len(keys) or (whole and steps < len(keys)):
            yield BOOKED, f"item {item}: {steps} steps, booked were {sorted(keys)}"


_ORDERS = """
SELECT o.reference, s.name, p.sku, i.quantity FROM sales_order o JOIN store s ON s.id = o.store_id
JOIN order_item i ON i.order_id = o.id JOIN product p ON p.id = i.product_id ORDER BY i.order_id, i.line"""

_RUNS = """
SELECT correlation, trigger, sum(items) FROM transition_run WHERE outcome IN ('moved', 'forced', 'migrated')
GROUP BY correlation, trigger"""

_APPLIED = "r.outcome IN ('moved', 'condition_false', 'left_out')"

_COMMANDS = f"""
SELECT r.command, r.command_key, h.item_id FROM transition_run r JOIN item_history h ON h.run_id = r.id
WHERE {_APPLIED} AND r.command IN ({", ".join(f"'{name}'" for name in JOURNALED)})"""

_BOOKED = f"""
SELECT h.item_id, sum(CASE WHEN {_APPLIED} AND r.command IN ('book', 'greet') THEN 1 ELSE 0 END),
       max(CASE WHEN r.outcome = 'placed' THEN 1 ELSE 0 END)
FROM transition_run r JOIN item_history h ON h.run_id = r.id GROUP BY h.item_id"""
