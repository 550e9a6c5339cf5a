"""What is seen of a shop: items, their history, amounts, messages."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

from engine.clock import to_datetime
from engine.quantity import to_decimal
from engine.results import HistoryEntry
from tests.helpers.shop.opened import Opened


class Seen(Opened):
    """What came out; quantities in sales units."""

    # --- items ---

    def states(self, *items: int) -> list[str]:
        rows = self.query(
            "SELECT i.id, s.name FROM order_item i JOIN process_state s ON s.id = i.state_id ORDER BY i.id"
        )
        found = dict(rows)
        return [found[item] for item in items] if items else list(found.values())

    def state(self, item: int) -> str:
        return self.states(item)[0]

    def step(self, item: int) -> int:
        return int(self.value("SELECT step FROM order_item WHERE id = ?", item))

    def since(self, item: int) -> int:
        return int(self.value("SELECT state_since FROM order_item WHERE id = ?", item))

    def counted(self, item: int) -> tuple[Decimal, Decimal]:
        """What the item reserves and holds."""
        reserved, held = self.query(
            "SELECT counted_reserved, counted_hold FROM order_item WHERE id = ?", item
        )[0]
        return to_decimal(reserved), to_decimal(held)

    def timeouts(self, item: int) -> dict[str, Any]:
        """When the timeouts of an item are due."""
        rows = self.query("SELECT event, due_at FROM item_timeout WHERE item_id = ?", item)
        return {event: None if due is None else to_datetime(due) for event, due in rows}

    def history(self, item: int) -> list[HistoryEntry]:
        return self.engine.history(item)

    def path(self, item: int) -> list[str | None]:
        """The states the item came to, in order, as its history tells."""
        return [entry.target for entry in self.history(item) if entry.target is not None]

    def outcomes(self, item: int) -> list[str]:
        return [entry.outcome for entry in self.history(item)]

    # --- amounts ---

    def available(self, sku: str = "tea-1", store: str = "DE") -> Decimal:
        return self.engine.availability([sku], store)[0].available

    def reserved(self, sku: str = "tea-1", store: str = "DE") -> Decimal:
        return self.engine.availability([sku], store)[0].reserved

    def held(self, sku: str = "tea-1", store: str = "DE") -> Decimal:
        return self.engine.availability([sku], store)[0].held

    def drift(self) -> list[Any]:
        """What differs from its recomputation; empty when all amounts are true."""
        report = self.engine.reconcile(dry_run=True, full=True)
        return [*report.drift, *report.states, *(["items"] if report.items else [])]

    # --- messages ---

    def payloads(self, kind: str | None = None) -> list[str]:
        """The messages to be published, of one kind or of all, as they are stored."""
        rows = self.query("SELECT kind, payload FROM outbox ORDER BY id")
        return [payload for found, payload in rows if kind in (None, found)]

    def messages(self, kind: str | None = None) -> list[dict[str, Any]]:
        return [json.loads(payload) for payload in self.payloads(kind)]

    def forget_messages(self) -> None:
        self.sql("DELETE FROM outbox")
