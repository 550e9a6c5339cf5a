"""What is told of an amendment: to its caller, and in the history of its items."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from engine.moving.step import Origin
from engine.operations.amending.changes import Leaving
from engine.operations.amending.deciding import Decided
from engine.operations.amending.standing import StandingOrder
from engine.operations.amending.writing import Written
from engine.quantity import to_decimal
from engine.requests.amending import AmendmentRequest
from engine.results.amending import AmendmentView, ChangedValue, ItemChange, LineChange


def told_of(request: AmendmentRequest, plan: Decided, before: str) -> dict[str, Any]:
    """Return what the history keeps of the amendment as a whole; ``before`` is the store that it was of."""
    told: dict[str, Any] = {"key": request.key}
    if plan.place.moves:
        told["store"] = ChangedValue(before, plan.place.name).as_dict()
    if plan.fields:
        told["fields"] = {name: change.as_dict() for name, change in plan.fields.items()}
    return told


def view(
    request: AmendmentRequest,
    origin: Origin,
    at: datetime,
    order: StandingOrder,
    plan: Decided,
    written: Written,
) -> AmendmentView:
    """Return the amendment as callers see it."""
    store = ChangedValue(order.row.store, plan.place.name) if plan.place.moves else None
    left: dict[int, list[ItemChange]] = {}
    for one in plan.changes.leaving.values():
        left.setdefault(int(one.item.row.line), []).append(_left(one, written))
    came: dict[int, list[ItemChange]] = {}
    new = {}
    for coming, (item, state) in zip(plan.changes.coming, written.came, strict=True):
        new[coming.line] = coming
        came.setdefault(coming.line, []).append(ItemChange(item, to_decimal(coming.quantity), state))
    lines = []
    for line, (before, after) in sorted(plan.totals.items()):
        known = order.lines[line][0].row if line in order.lines else new[line]
        amounts = (to_decimal(before), to_decimal(after))
        items = (tuple(left.get(line, ())), tuple(came.get(line, ())))
        lines.append(LineChange(line, known.reference, known.sku, *amounts, *items))
    return AmendmentView(request.key, at, origin.actor, request.reason, store, plan.fields, tuple(lines))


def _left(one: Leaving, written: Written) -> ItemChange:
    item = written.left[one.item.id, not one.whole]
    of = None if one.whole else one.item.id
    return ItemChange(item, to_decimal(one.quantity), one.target.name, of)
