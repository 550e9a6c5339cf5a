"""Orders whose items are all closed, and that nothing needs any more: what archiving and forgetting are about."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from engine.clock import to_datetime
from engine.errors import InputError, OrderNotClosed, UnknownOrder
from engine.nouns import count
from engine.runtime import Runtime
from engine.storage.database import Reader, Record, Work
from engine.versions.closing import Closing, closing_of

WINDOW = 2000
"""How many orders one look is about."""

CHUNK = 500
"""How many orders are changed in one transaction."""

MOST_NAMED = 10_000
"""How many orders can be named in one call."""

_WHY = {
    "open": "has items that are not closed",
    "work": "has work that is due or was begun",
    "migration": "was migrated, which may still be undone",
    "suspension": "is suspended",
    "newest": "is the newest order of all, whose id must not come again",
}
"""Why an order is left as it is."""


@dataclass(frozen=True, slots=True)
class Ready:
    """An order that is closed: ``closed_at`` in UTC microseconds, and the ids of its items."""

    id: int
    closed_at: int
    items: Sequence[int]


@dataclass(slots=True)
class Looked:
    """What a look at orders has found: those that are ready, and of the others what keeps them, by id."""

    ready: list[Ready] = field(default_factory=list)
    kept: dict[int, str] = field(default_factory=dict)

    def needed(self) -> Counter[str]:
        """Return how many closed orders are kept, by what needs them."""
        return Counter(what for what in self.kept.values() if what != "open")


def closing(runtime: Runtime, reader: Reader) -> Closing:
    """Return when items of any version are closed."""
    return closing_of(runtime.catalogue.all_versions(reader), runtime.rules.stock_update.event)


def windows(runtime: Runtime, known: Closing, before: int) -> Iterator[list[Record]]:
    """Yield orders that look closed since before a moment, a window at a time, oldest first."""
    after, until = 0, known.until(before)
    while True:
        with runtime.database.read() as reader:
            rows = reader.all("closed_window", after=after, size=WINDOW, closing=until)
        # Ids and times grow together, but for what overlapped; and nothing is closed before it is placed.
        if not rows or min(row.placed_at for row in rows) >= before:
            return
        after = int(rows[-1].id)
        if closed := [row for row in rows if not row.open]:
            yield closed


def look(
    reader: Reader, known: Closing, orders: Sequence[int], before: int, *, newest: bool = True
) -> Looked:
    """Return which of the orders are closed since before a moment, and what keeps the others.

    ``newest``: the newest order of all is kept.
    """
    items: dict[int, list[Record]] = defaultdict(list)
    for row in reader.all("closed_items_of", orders=list(orders)):
        items[int(row.order_id)].append(row)
    needs: dict[int, str] = {}
    for row in reader.all("closed_needed", orders=list(orders)):
        if newest or row.what != "newest":
            needs.setdefault(int(row.order_id), str(row.what))
    found = Looked()
    for order in orders:
        closed_at = known.all_closed_at(
            (int(row.state_id), int(row.state_since), bool(row.counts)) for row in items[order]
        )
        if closed_at is None or closed_at > before:
            found.kept[order] = "open"
        elif order in needs:
            found.kept[order] = needs[order]
        else:
            found.ready.append(Ready(order, closed_at, [int(row.id) for row in items[order]]))
    return found


def lock_and_look(
    work: Work, known: Closing, orders: Sequence[int], before: int, *, newest: bool = True
) -> Looked:
    """Do what ``look`` does with the items locked; an order that has got items meanwhile is open."""
    locked = {int(row.id) for row in work.all("closed_lock", orders=list(orders))}
    found = look(work, known, orders, before, newest=newest)
    late = [one for one in found.ready if not locked.issuperset(one.items)]
    for one in late:
        found.ready.remove(one)
        found.kept[one.id] = "open"
    return found


def names_of(references: Sequence[str]) -> list[str]:
    """Return the references, each once. Raises InputError for none or too many."""
    if not 1 <= len(references) <= MOST_NAMED:
        raise InputError(f"between 1 and {MOST_NAMED} orders can be named, not {len(references)}")
    return list(dict.fromkeys(references))


def find_named(work: Work, references: Sequence[str]) -> tuple[list[Record], list[Record]]:
    """Return the orders with these references that are stored, and those that are archived.

    Raises UnknownOrder with all that do not exist.
    """
    stored = work.all("closed_named", references=list(references))
    archived = work.all("archived_named", references=list(references))
    known = {row.reference for row in (*stored, *archived)}
    unknown = [reference for reference in references if reference not in known]
    if unknown:
        raise UnknownOrder(f"there is no order {', '.join(map(repr, unknown))}", orders=unknown)
    return stored, archived


def refuse_kept(found: Looked, names: Mapping[int, str], before: int) -> None:
    """See that all orders are ready. Raises OrderNotClosed with all that are not, and why."""
    if not found.kept:
        return
    listed = [f"  {names[order]!r} {_WHY[what]}" for order, what in sorted(found.kept.items())]
    raise OrderNotClosed(
        f"{count(len(found.kept), 'order')} cannot be put away as of {to_datetime(before):%Y-%m-%d %H:%M:%S}Z:",
        listed=listed,
        orders=[{"reference": names[order], "why": what} for order, what in sorted(found.kept.items())],
    )
