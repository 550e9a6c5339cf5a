"""Which items a call is for: by id, by order, or everything in a state of a process."""

from __future__ import annotations

from collections.abc import Sequence

from engine.errors import InputError, OrderArchived, UnknownItem, UnknownOrder
from engine.requests import Selection
from engine.results.items import LARGEST_ID
from engine.storage.database import Reader


def check_one_way(selection: Selection) -> None:
    """See that items are selected in one way only. Raises InputError."""
    if (selection.items or selection.orders or selection.quantities) and (
        selection.process or selection.state
    ):
        raise InputError(
            "items are selected in two ways at once",
            remedy="Name items or orders, or a process together with one of its states.",
        )


def refuse_parts(selection: Selection, verb: str) -> None:
    """See that no parts of items are selected for what is done to whole ones. Raises InputError."""
    if selection.quantities:
        raise InputError(
            f"items are {verb} whole, not a quantity of them",
            remedy="Fire an event for the quantity first; what goes with it is an item of its own.",
        )


def named_items(reader: Reader, selection: Selection) -> list[int]:
    """Return the ids of the items and of the orders' items, in order, each once.

    Raises UnknownItem or UnknownOrder with all that do not exist, OrderArchived with those that are archived, and
    InputError when nothing is selected.
    """
    ids = [*selection.items, *selection.quantities]
    refuse_unknown(reader, ids)
    ids += _items_of(reader, selection.orders)
    if not ids:
        raise InputError(
            "no items are selected",
            remedy="Name items, orders, or a process together with one of its states.",
        )
    return sorted(set(ids))


def refuse_unknown(reader: Reader, ids: Sequence[int]) -> None:
    """See that there are items with these ids. Raises OrderArchived, UnknownItem with all that do not exist."""
    unknown = [item for item in ids if not possible_id(item)]
    if ids and not unknown:
        unknown = [row.value for row in reader.all("unknown_items", items=list(ids))]
        refuse_archived(reader, items=unknown)
    if unknown:
        raise UnknownItem(f"there is no order item {', '.join(map(str, unknown))}", items=unknown)


def possible_id(item: int) -> bool:
    """Return whether an item can have this id: a database could not even be asked for a larger one."""
    return 0 < item <= LARGEST_ID


def refuse_archived(reader: Reader, orders: Sequence[str] = (), items: Sequence[int] = ()) -> None:
    """See that none of these is archived. Raises OrderArchived with all that are. Without any nothing is asked."""
    if not orders and not items:
        return
    rows = reader.all("archived_among", references=list(orders), items=list(items))
    if rows:
        named = sorted({str(row.reference) for row in rows})
        told = ", ".join(map(repr, named))
        kind = "order" if len(named) == 1 else "orders"
        raise OrderArchived(f"the {kind} {told} {'is' if len(named) == 1 else 'are'} archived", orders=named)


def refuse_unknown_orders(reader: Reader, orders: Sequence[str]) -> None:
    """See that there are orders with these references. Raises OrderArchived, UnknownOrder with all that do not."""
    unknown = [row.value for row in reader.all("unknown_orders", references=list(orders))]
    refuse_archived(reader, orders=unknown)
    if unknown:
        raise UnknownOrder(f"there is no order {', '.join(map(repr, unknown))}", orders=unknown)


def _items_of(reader: Reader, orders: Sequence[str]) -> list[int]:
    if not orders:
        return []
    refuse_unknown_orders(reader, orders)
    return [row.id for row in reader.all("items_of_orders", references=list(orders))]
