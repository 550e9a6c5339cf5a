"""Processes, plugins and orders of a shop, and what is done to them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from engine.definition import Process
from engine.hooks import Scope
from engine.requests import CartRequest, MigrationRequest, OrderRequest, Selection
from engine.requests.amending import AmendmentRequest
from engine.results import Amended, CartHoldView, MigrationReport, MoveReport, ProcessInfo
from tests.helpers.plugins import Plugin
from tests.helpers.processes import load
from tests.helpers.shop.goods import Goods


class Orders(Goods):
    """Deploying, placing and moving, through the engine."""

    PRODUCT = "tea-1"
    """What an order without lines is for: one piece of it."""

    OWN = True
    """Whether processes are written in Earmark's own dialect, unless a test says."""

    orders = 0

    def deploy(
        self, text: str, *, name: str = "Sale", own: bool | None = None, force: bool = False
    ) -> ProcessInfo:
        return self.engine.deploy(self.process(text, name=name, own=own), force=force)

    def process(self, text: str, *, name: str = "Sale", own: bool | None = None) -> Process:
        return load(self.folder, text, name=name, own=self.OWN if own is None else own)

    def command(
        self, name: str, scope: Scope = Scope.ITEM, does: Callable[..., Any] | None = None, **flags: bool
    ) -> Plugin:
        """Register a command that remembers its calls."""
        plugin = Plugin(does)
        self.plugins.add_command(name, plugin, scope, **flags)
        return plugin

    def place(self, *lines: str, reference: str | None = None, store: str = "DE", **fields: Any) -> list[int]:
        """Place an order with lines ``sku`` or ``sku quantity``; return the ids of its items."""
        self.orders += 1
        reference = reference or f"order-{self.orders}"
        request = order(reference, *(lines or (self.PRODUCT,)), store=store, **fields)
        return [item.id for item in self.engine.place(request).items]

    def amend(self, reference: str, *, dry_run: bool = False, **fields: Any) -> Amended:
        """Amend an order; fields as in the JSON of an amendment."""
        request = AmendmentRequest.model_validate(fields)
        return self.engine.amend(reference, request, dry_run=dry_run)

    def hold(
        self, reference: str, *lines: str | Mapping[str, Any], store: str = "DE", hold_for: str = "15 minutes"
    ) -> CartHoldView:
        """Hold a cart with lines as of ``place``."""
        return self.engine.hold_cart(
            cart(reference, *(lines or (self.PRODUCT,)), store=store), hold_for=hold_for
        )

    def place_many(self, count: int, sku: str = "tea-1", **fields: Any) -> list[int]:
        """Place orders with one item each; return the ids of the items."""
        before = self.value("SELECT coalesce(max(id), 0) FROM order_item")
        first = self.orders + 1
        self.orders += count
        report = self.engine.place_many(
            (number, order(f"order-{number}", sku, **fields)) for number in range(first, first + count)
        )
        assert not report.refused, report.refused
        return [row[0] for row in self.query("SELECT id FROM order_item WHERE id > ? ORDER BY id", before)]

    def trigger(self, event: str, *items: int, data: Mapping[str, Any] | None = None) -> MoveReport:
        return self.engine.trigger(event, Selection(items=items), data=data)

    def part(self, event: str, item: int, quantity: int | str) -> MoveReport:
        return self.engine.trigger(event, Selection(quantities={item: quantity}))

    def trigger_orders(self, event: str, *references: str) -> MoveReport:
        return self.engine.trigger(event, Selection(orders=references))

    def trigger_state(self, event: str, state: str, process: str = "Sale") -> MoveReport:
        return self.engine.trigger(event, Selection(process=process, state=state))

    def migrate(self, process: str = "Sale", version: str = "current", **fields: Any) -> MigrationReport:
        """Migrate items to a version; ``state_map`` and the like as in the request."""
        return self.engine.migrate(MigrationRequest(process=process, version=version, **fields))


def order(reference: str, *lines: str | Mapping[str, Any], store: str = "DE", **fields: Any) -> OrderRequest:
    """An order with lines ``sku``, ``sku quantity``, or mappings."""
    return OrderRequest.model_validate(
        {"reference": reference, "store": store, "items": [_line(line) for line in lines], **fields}
    )


def cart(reference: str, *lines: str | Mapping[str, Any], store: str = "DE") -> CartRequest:
    """A cart with lines as of an order."""
    return CartRequest.model_validate(
        {"reference": reference, "store": store, "items": [_line(line) for line in lines]}
    )


def numbered(requests: Iterable[OrderRequest]) -> list[tuple[int, OrderRequest]]:
    return list(enumerate(requests, start=1))


def codes(refusals: Sequence[Any]) -> dict[int, str]:
    """The code of each refused item of a report's list."""
    return {refusal.item: refusal.code for refusal in refusals}


def _line(line: str | Mapping[str, Any]) -> Mapping[str, Any]:
    if not isinstance(line, str):
        return line
    sku, _, quantity = line.partition(" ")
    return {"sku": sku, "quantity": quantity or 1}
