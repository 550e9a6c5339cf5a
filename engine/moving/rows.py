"""The rows of the statements that every move reads, with the names and types of their columns."""

from __future__ import annotations

from typing import NamedTuple


class ItemRow(NamedTuple):
    """An item as plugins see it: the columns of ``@item``, which are read by these names in ``items`` alone.

    ``quantity`` is in millionths of a sales unit, ``state_since`` in UTC microseconds. ``fresh`` is 1 when the call
    counts the item for the first time, else 0.

    The rows themselves are bare tuples. They are read by the ten thousand, and as named ones they cost a guarded
    chunk four per cent of its rate.
    """

    id: int
    reference: str | None
    order_id: int
    store_id: int
    product_id: int
    warehouse_id: int | None
    quantity: int
    step: int
    state_since: int
    fresh: int


class Group(NamedTuple):
    """Items that are alike: ``key`` is their state's id or their step's number; ``last`` is the highest item id.

    ``fresh`` counts those that the call has not counted before.
    """

    key: int
    items: int
    fresh: int
    last: int


class Extent(NamedTuple):
    """The working set at a glance; what tells of its items is None when there are none.

    ``claims`` counts the claims on its items, live or not; ``suspended`` is 1 when anything is suspended at all;
    ``named`` counts the items that are to come from a warehouse.
    """

    items: int
    fresh: int | None
    last: int | None
    first_state: int | None
    last_state: int | None
    first_group: int | None
    last_group: int | None
    claims: int
    suspended: int
    named: int
