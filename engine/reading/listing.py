"""Lists of items and orders by process, state, flag, store, product and age, a page at a time.

Pages go by id and not by offset, so that a page costs the same wherever it is, and what moves meanwhile makes
no item come twice or be passed over.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from engine.ages import moment_before
from engine.clock import to_datetime
from engine.errors import InputError, UnknownSku, UnknownState
from engine.moving.suspended import suspended_among
from engine.reading.orders import age_s, common_flags, item_detail
from engine.requests import Listing
from engine.results import ItemPage, OrderPage, OrderSummary
from engine.results.items import LARGEST_ID
from engine.runtime import Runtime
from engine.storage.database import Reader, Record
from engine.topology.names import ids_by_name, store_id_of
from engine.versions.place import Place

LARGEST = 10_000
"""How many rows a page can have."""

_MOST_CANDIDATES = 20_000
"""Up to so many items are looked up by state or product; where more fit, orders are tried newest first."""


@dataclass(frozen=True, slots=True)
class _ResolvedListing:
    """A listing with its names resolved; times are in UTC microseconds."""

    listing: Listing
    now: int
    places: Sequence[Place]
    store: int | None
    product: int | None
    since: int
    until: int
    after: int | None

    @property
    def page(self) -> dict[str, Any]:
        """The parameters that every statement takes; one row more tells that there is a further page."""
        return {
            "store": self.store, "since": self.since, "until": self.until, "size": self.listing.limit + 1,
        }  # fmt: skip

    def states(self, fits: Callable[[Place], bool]) -> list[int]:
        """Return the ids of the states that fit."""
        return [place.state_id for place in self.places if fits(place)]


def items(runtime: Runtime, listing: Listing) -> ItemPage:
    """Return a page of items, the one placed first first.

    Raises ProcessNotFound, UnknownState, UnknownStore, UnknownSku, and InputError for the rest.
    """
    now = runtime.database.clock()
    with runtime.database.read() as reader:
        asked = _resolve(runtime, reader, listing, now)
        ids = _item_ids(reader, asked)
        page = ids[: listing.limit]
        rows = reader.all("items_shown", items=page) if page else []
        suspended = suspended_among(reader, page)
        found = tuple(
            item_detail(row, runtime.catalogue.place(reader, row.state_id), now, suspended.get(row.id))
            for row in rows
        )
    return ItemPage(found, _next(ids, page))


def orders(runtime: Runtime, listing: Listing) -> OrderPage:
    """Return a page of orders, the newest first. Raises the same as ``items``."""
    now = runtime.database.clock()
    with runtime.database.read() as reader:
        asked = _resolve(runtime, reader, listing, now)
        ids = _archived_ids(reader, asked) if listing.archived else _order_ids(reader, asked)
        page = ids[: listing.limit]
        found = _summaries(runtime, reader, page, now, archived=listing.archived) if page else ()
    return OrderPage(found, _next(ids, page))


def _next(ids: Sequence[int], page: Sequence[int]) -> str | None:
    return str(page[-1]) if len(ids) > len(page) else None


def _resolve(runtime: Runtime, reader: Reader, listing: Listing, now: int) -> _ResolvedListing:
    if not 1 <= listing.limit <= LARGEST:
        raise InputError(
            f"a page has between 1 and {LARGEST} rows, not {listing.limit}",
            remedy="Ask for such a page; what it tells as next gives the one that follows.",
        )
    places = _places(runtime, reader)
    _check_names(runtime, reader, listing, places)
    return _ResolvedListing(
        listing=listing,
        now=now,
        places=places,
        store=None if listing.store is None else store_id_of(reader, listing.store),
        product=None if listing.sku is None else _product(reader, listing.sku),
        since=-LARGEST_ID if listing.younger_than is None else moment_before(now, listing.younger_than),
        until=LARGEST_ID if listing.older_than is None else moment_before(now, listing.older_than),
        after=None if listing.after is None else cursor(listing.after),
    )


def _places(runtime: Runtime, reader: Reader) -> list[Place]:
    return [
        Place(version, state, state_id)
        for version in runtime.catalogue.all_versions(reader)
        for state, state_id in zip(version.process.states, version.state_ids, strict=True)
    ]


def _check_names(runtime: Runtime, reader: Reader, listing: Listing, places: Sequence[Place]) -> None:
    """Refuse names that nothing has: an empty list would look like an answer."""
    if listing.process is not None and all(place.version.name != listing.process for place in places):
        runtime.catalogue.current(reader, listing.process)
    if listing.state is not None:
        if listing.process is not None:
            runtime.catalogue.places_named(reader, listing.process, listing.state)
        elif all(place.state.name != listing.state for place in places):
            raise UnknownState(f"no deployed process has a state {listing.state!r}")
    known = sorted({flag for place in places for flag in place.state.flags})
    unknown = [flag for flag in (*listing.flags, *listing.some_flags) if flag not in known]
    if unknown:
        raise InputError(
            f"no deployed process has a state with the flag {', '.join(map(repr, unknown))}",
            remedy=f"Flags are written exactly; there are: {', '.join(known) or 'none'}.",
        )


def _product(reader: Reader, sku: str) -> int:
    found = ids_by_name(reader, "products_named", [sku])
    if not found:
        raise UnknownSku(f"there is no concrete product {sku!r}")
    return found[sku]


def cursor(text: str) -> int:
    """Return the id that a page comes after. Raises InputError for a text that no page has told."""
    if not (text.isascii() and text.isdigit() and int(text) <= LARGEST_ID):
        raise InputError(
            f"{text!r} is no place in a list", remedy="Give what the page before told as 'next'."
        )
    return int(text)


def _of_place(listing: Listing) -> Callable[[Place], bool]:
    """Return whether a place has the process and the state that are asked for."""
    process, state = listing.process, listing.state
    return lambda place: process in (None, place.version.name) and state in (None, place.state.name)


def _item_ids(reader: Reader, asked: _ResolvedListing) -> list[int]:
    listing, after = asked.listing, asked.after or 0
    flags = (*listing.flags, *listing.some_flags)
    of_place = _of_place(listing)
    states = asked.states(lambda p: of_place(p) and all(flag in p.state.flags for flag in flags))
    every = len(states) == len(asked.places)
    if asked.product is not None:
        own = {"product": asked.product, "every_state": int(every), "states": [] if every else states}
        return _ids(reader.tuples("item_ids_of_product", after=after, **own, **asked.page))
    if every:
        return _ids(reader.tuples("item_ids", after=after, **asked.page))
    found: list[int] = []
    last = LARGEST_ID
    for state in _ids(reader.tuples("states_with_items", states=states)):
        # The index on the state gives its items by id, so no more than a page of each state is read.
        page = reader.tuples("item_ids_of_state", state=state, after=after, last=last, **asked.page)
        found = sorted([*found, *_ids(page)])[: listing.limit + 1]
        last = found[-1] if len(found) > listing.limit else LARGEST_ID
    return found


def _ids(rows: Sequence[tuple[Any, ...]]) -> list[int]:
    return [row[0] for row in rows]


def _order_ids(reader: Reader, asked: _ResolvedListing) -> list[int]:
    listing = asked.listing
    needed = [asked.states(lambda p, flag=flag: flag in p.state.flags) for flag in listing.some_flags]  # type: ignore[misc]
    if (listing.process, listing.state, asked.product) != (None, None, None):
        needed.insert(0, asked.states(_of_place(listing)))
        first = 0
    else:
        first = 1
    flagged = asked.states(lambda p: all(flag in p.state.flags for flag in listing.flags))
    parameters = {
        "after": LARGEST_ID if asked.after is None else asked.after,
        "some": [[number, state] for number, states in enumerate(needed, first) for state in states],
        "numbers": len(needed),
        "product": asked.product,
        "flagged": int(bool(listing.flags)),
        "flagged_states": flagged if listing.flags else [],
        **asked.page,
    }
    among = _candidates(reader, asked.product, [*needed, *([flagged] if listing.flags else [])])
    if among is None:
        return _ids(reader.tuples("order_ids", **parameters))
    return _ids(reader.tuples("order_ids_among", among=among, **parameters)) if among else []


def _candidates(reader: Reader, product: int | None, groups: Sequence[list[int]]) -> list[int] | None:
    """Return the only orders that can fit, or None where they are too many to be named."""
    if product is not None:
        rows = reader.tuples("orders_of_product", product=product, most=_MOST_CANDIDATES)
        if len(rows) < _MOST_CANDIDATES:
            return sorted(set(_ids(rows)))
    for states in groups:
        rows = reader.tuples("orders_of_states", states=states, most=_MOST_CANDIDATES)
        if len(rows) < _MOST_CANDIDATES:
            return sorted(set(_ids(rows)))
    return None


def _archived_ids(reader: Reader, asked: _ResolvedListing) -> list[int]:
    listing = asked.listing
    others = (listing.process, listing.state, listing.sku, *listing.flags, *listing.some_flags)
    if any(one is not None for one in others):
        raise InputError(
            "archived orders are listed by store and age alone",
            remedy="Leave out process, state, flags and sku; 'earmark order show REF' shows one of them.",
        )
    after = LARGEST_ID if asked.after is None else asked.after
    return _ids(reader.tuples("archived_order_ids", after=after, **asked.page))


def _summaries(
    runtime: Runtime, reader: Reader, ids: list[int], now: int, *, archived: bool
) -> tuple[OrderSummary, ...]:
    states: dict[int, list[Record]] = {}
    for row in reader.all("states_of_archived_orders" if archived else "states_of_orders", orders=ids):
        states.setdefault(row.order_id, []).append(row)
    rows = reader.all("archived_orders_by_id" if archived else "orders_by_id", orders=ids)
    return tuple(_summary(runtime, reader, row, states[row.id], now) for row in rows)


def _summary(
    runtime: Runtime, reader: Reader, row: Record, states: Sequence[Record], now: int
) -> OrderSummary:
    version = runtime.catalogue.version(reader, row.version_id)
    places = [runtime.catalogue.place(reader, state.state_id) for state in states]
    counts: dict[str, int] = {}
    for place, state in zip(places, states, strict=True):
        counts[place.state.name] = counts.get(place.state.name, 0) + state.items
    return OrderSummary(
        reference=row.reference,
        store=row.store,
        process=version.name,
        version=version.process.version,
        placed_at=to_datetime(row.placed_at),
        age_s=age_s(row.placed_at, now),
        items=sum(counts.values()),
        states=counts,
        flags=common_flags(_there(places, states)),
    )


def _there(places: Sequence[Place], states: Sequence[Record]) -> Sequence[Place]:
    """Return the places of what is still of the order; all of them where amendments have taken out all of it."""
    return [place for place, row in zip(places, states, strict=True) if row.items > row.gone] or places
