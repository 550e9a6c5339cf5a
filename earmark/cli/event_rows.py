"""Rows of events from a CSV file: the columns of Spryker's order status import, or plain ones."""

from __future__ import annotations

from collections.abc import Iterator

from earmark.tables import Row, Table
from engine.errors import InputError
from engine.requests import ItemEvent
from engine.results import Code, EventRefusal

_ITEM = ("order_item_reference", "item")
_EVENT = ("order_item_event_oms", "merchant_order_item_event_oms", "event")
_ORDER = ("order_reference", "order")
_SHAPE = (
    "Write order_reference,order_item_reference,order_item_event_oms, or order,item,event; the order may be left "
    "out where references of items are unique."
)


def event_rows(table: Table) -> Iterator[ItemEvent | EventRefusal]:
    """Yield the rows of the file, each as an event or refused. Raises InputError for other columns."""
    columns = [_column(table, names) for names in (_ITEM, _EVENT, _ORDER)]
    if columns[0] is None or columns[1] is None:
        shown = ", ".join(filter(None, table.columns)) or "none"
        raise InputError(f"{table.path}:1: no columns of items and their events, but: {shown}", remedy=_SHAPE)
    return (_event(row) for row in table.rows([name or "" for name in columns]))


def _column(table: Table, names: tuple[str, ...]) -> str | None:
    found = [name for name in names if name in table.columns]
    if len(found) > 1 or any(table.columns.count(name) > 1 for name in found):
        raise InputError(f"{table.path}:1: several columns for the same: {', '.join(found)}", remedy=_SHAPE)
    return found[0] if found else None


def _event(row: Row) -> ItemEvent | EventRefusal:
    if row.wrong is not None:
        return EventRefusal(row.line, None, None, None, Code.WRONG_COLUMNS, row.wrong)
    item, event, order = row.fields
    for text, code, what in ((item, Code.UNKNOWN_ITEM, "item"), (event, Code.UNKNOWN_EVENT, "event")):
        if not text:
            told = (order or None, item or None, event or None)
            return EventRefusal(row.line, *told, code, f"the row names no {what}")
    return ItemEvent(row.line, item, event, order or None)
