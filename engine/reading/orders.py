"""What users ask about one order or one item: where it stands, its flags, and what can be done."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType
from typing import Protocol

from engine.clock import SECOND, to_datetime
from engine.definition import Event, State
from engine.errors import OrderArchived, UnknownItem, UnknownOrder
from engine.inventory.counting import live_hold
from engine.moving.suspended import suspended_among
from engine.quantity import to_decimal
from engine.reading.history import any_item_row, item_row
from engine.results import AmendmentView, ItemDetail, ItemView, ManualEvent, OrderView, Suspension
from engine.results.suspensions import Suspended
from engine.runtime import Runtime
from engine.storage.database import Reader, Record
from engine.versions.closing import closing_of
from engine.versions.place import Place, Version

_NOTHING: Suspended = MappingProxyType({})


class _OrderRow(Protocol):
    """What is shown of an order itself; ``placed_at`` is in UTC microseconds."""

    @property
    def reference(self) -> str: ...
    @property
    def store(self) -> str: ...
    @property
    def currency(self) -> str | None: ...
    @property
    def placed_at(self) -> int: ...


class _ItemRow(Protocol):
    """What is shown of an item beside its place; ``quantity`` is in millionths, ``state_since`` in microseconds."""

    @property
    def id(self) -> int: ...
    @property
    def reference(self) -> str | None: ...
    @property
    def sku(self) -> str: ...
    @property
    def quantity(self) -> int: ...
    @property
    def state_since(self) -> int: ...
    @property
    def counted_hold(self) -> int: ...
    @property
    def hold_until(self) -> int | None: ...
    @property
    def warehouse(self) -> str | None: ...
    @property
    def line(self) -> int: ...
    @property
    def split_from(self) -> int | None: ...
    @property
    def amended_out(self) -> int: ...


def order(runtime: Runtime, reference: str, *, existing: bool = False) -> OrderView:
    """Return the order, stored or archived. Raises UnknownOrder."""
    now = runtime.database.clock()
    with runtime.database.read() as reader:
        return read_order(runtime, reader, reference, now, existing=existing)


def read_order(
    runtime: Runtime, reader: Reader, reference: str, now: int, *, existing: bool = False
) -> OrderView:
    """Return the order as it is stored, or as a unit of work has made it. Raises UnknownOrder."""
    row, archived = _any_order_row(reader, reference)
    version = runtime.catalogue.version(reader, row.version_id)
    items = reader.all("archived_order_items" if archived else "order_items", order=row.id)
    places = [runtime.catalogue.place(reader, item.state_id) for item in items]
    suspended = {} if archived else suspended_among(reader, [item.id for item in items])
    amendments = reader.all("order_amendments", order=row.id) if row.amended else ()
    view = order_view(row, version, items, places, now, existing=existing, suspended=suspended)
    return replace(
        view,
        amendments=tuple(map(amendment_view, amendments)),
        closed_at=_closed_at(runtime, items, places, now),
        archived_at=_time(row.archived_at),
        forgotten_at=_time(row.forgotten_at),
    )


def amendment_view(row: Record) -> AmendmentView:
    """Return the row of an amendment as it is shown."""
    return AmendmentView.stored(row.key, to_datetime(row.at), row.actor, row.reason, row.changes)


def _time(moment: int | None) -> datetime | None:
    return None if moment is None else to_datetime(moment)


def _closed_at(
    runtime: Runtime, items: Sequence[Record], places: Sequence[Place], now: int
) -> datetime | None:
    """Return since when all items are closed, None where one is not."""
    versions = {place.version.id: place.version for place in places}
    known = closing_of(versions.values(), runtime.rules.stock_update.event)
    closed = known.all_closed_at(
        (item.state_id, item.state_since, bool(item.counted_reserved or item.counted_hold)) for item in items
    )
    return None if closed is None or closed > now else to_datetime(closed)


def order_view(
    row: _OrderRow,
    version: Version,
    items: Sequence[_ItemRow],
    places: Sequence[Place],
    now: int,
    *,
    existing: bool = False,
    suspended: Suspended = _NOTHING,
) -> OrderView:
    """Return an order and its items, each at its place, as they are shown; ``now`` is in UTC microseconds."""
    return OrderView(
        reference=row.reference,
        store=row.store,
        process=version.name,
        version=version.process.version,
        currency=row.currency,
        placed_at=to_datetime(row.placed_at),
        items=tuple(
            item_view(item, place, now, version, suspended.get(item.id))
            for item, place in zip(items, places, strict=True)
        ),
        flags=common_flags(_there(items, places)),
        age_s=age_s(row.placed_at, now),
        existing=existing,
    )


def item(runtime: Runtime, item_id: int) -> ItemDetail:
    """Return the item with the order it belongs to. Raises UnknownItem."""
    now = runtime.database.clock()
    with runtime.database.read() as reader:
        row, archived = any_item_row(reader, item_id)
        suspended = None if archived else suspended_among(reader, [item_id]).get(item_id)
        return item_detail(row, runtime.catalogue.place(reader, row.state_id), now, suspended)


def item_detail(row: Record, place: Place, now: int, suspended: Suspension | None) -> ItemDetail:
    """Return the row of an item at a place, with its order."""
    process = place.version.process
    view = item_view(row, place, now, suspended=suspended)
    return ItemDetail(row.order_reference, row.store, process.name, process.version, view)


def item_view(
    row: _ItemRow,
    place: Place,
    now: int,
    ordered: Version | None = None,
    suspended: Suspension | None = None,
) -> ItemView:
    """Return the row of an item at a place; ``now`` is in UTC microseconds.

    The item tells its version where it is not the one that was ``ordered``.
    """
    state = place.state
    other = ordered is not None and place.version.id != ordered.id
    return ItemView(
        id=row.id,
        reference=row.reference,
        sku=row.sku,
        quantity=to_decimal(row.quantity),
        state=state.name,
        display=state.display,
        reserved=state.reserved,
        held=live_hold(row.counted_hold, row.hold_until, now) > 0,
        state_since=to_datetime(row.state_since),
        warehouse=row.warehouse,
        display_name=state.display_name,
        flags=state.flags,
        age_s=age_s(row.state_since, now),
        version=place.version.process.version if other else None,
        line=row.line,
        split_from=row.split_from,
        suspended=suspended,
        amended_out=is_out(row, state),
    )


def is_out(row: _ItemRow, state: State) -> bool:
    """Return whether an amendment has taken the item out of its order, and nothing has brought it back since."""
    return bool(row.amended_out) and not state.reserved


def _there(items: Sequence[_ItemRow], places: Sequence[Place]) -> Sequence[Place]:
    """Return the places of what is still of the order; all of them where amendments have taken out all of it."""
    found = zip(items, places, strict=True)
    return [place for item, place in found if not is_out(item, place.state)] or places


def common_flags(places: Sequence[Place]) -> tuple[str, ...]:
    """Return the flags that all places have, in the order of the first one; none for no place."""
    if not places:
        return ()
    return tuple(flag for flag in places[0].state.flags if all(flag in p.state.flags for p in places[1:]))


def age_s(since: int, now: int) -> int:
    """Return whole seconds between two times in UTC microseconds; a clock that was set back gives 0."""
    return max(0, now - since) // SECOND


def order_events(runtime: Runtime, reference: str, item_id: int | None = None) -> list[ManualEvent]:
    """Return the events that items of the order, or one of them, can take now, in the order of the process.

    Raises UnknownOrder, OrderArchived, and UnknownItem for an item that is not one of the order's.
    """
    with runtime.database.read() as reader:
        rows = reader.all("order_items", order=_order_row(reader, reference).id)
        if item_id is not None:
            rows = [row for row in rows if row.id == item_id]
            if not rows:
                raise UnknownItem(f"the order {reference!r} has no item {item_id}", items=[item_id])
        return _events(runtime, reader, rows)


def item_events(runtime: Runtime, item_id: int) -> list[ManualEvent]:
    """Return the events that the item can take now. Raises UnknownItem."""
    with runtime.database.read() as reader:
        return _events(runtime, reader, [item_row(reader, item_id)])


def _events(runtime: Runtime, reader: Reader, rows: Iterable[Record]) -> list[ManualEvent]:
    found: dict[str, tuple[Event, list[int], list[str]]] = {}
    given = list(rows)
    suspended = suspended_among(reader, [row.id for row in given])
    for row in given:
        if row.id in suspended:
            continue
        place = runtime.catalogue.place(reader, row.state_id)
        for event in place.version.process.state_events(place.state.index):
            _, items, states = found.setdefault(event.name, (event, [], []))
            items.append(row.id)
            if place.state.name not in states:
                states.append(place.state.name)
    return [
        ManualEvent(name, event.manual, tuple(items), tuple(states), event.on_enter)
        for name, (event, items, states) in found.items()
    ]


def _order_row(reader: Reader, reference: str) -> Record:
    row, archived = _any_order_row(reader, reference)
    if archived:
        raise OrderArchived(f"the order {reference!r} is archived", orders=[reference])
    return row


def _any_order_row(reader: Reader, reference: str) -> tuple[Record, bool]:
    """Return the order, and whether it is archived. Raises UnknownOrder."""
    row = reader.first("order_by_reference", reference=reference)
    if row is not None:
        return row, False
    row = reader.first("archived_order_by_reference", reference=reference)
    if row is None:
        raise UnknownOrder(f"there is no order {reference!r}", orders=[reference])
    return row, True
