"""An order as it stands, with all of its items locked: what an amendment starts from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from engine.definition.amending import is_amendable
from engine.errors import UnknownOrder
from engine.inventory.counting import Amounts, live_hold
from engine.moving.selection import refuse_archived
from engine.runtime import Runtime
from engine.storage.database import Record, Work
from engine.versions.place import Place


@dataclass(frozen=True)
class Standing:
    """An item of the order, at its place; quantities are in millionths of a sales unit."""

    row: Record
    place: Place

    @property
    def id(self) -> int:
        """Its id."""
        return int(self.row.id)

    @property
    def quantity(self) -> int:
        """How much it is."""
        return int(self.row.quantity)

    @property
    def pair(self) -> tuple[int, int]:
        """The ids of its product and of the store that it counts in."""
        return int(self.row.product_id), int(self.row.store_id)

    @property
    def counted(self) -> Amounts:
        """What it counts."""
        return Amounts(int(self.row.counted_reserved), int(self.row.counted_hold))

    @property
    def start(self) -> int:
        """How much of the line lies before it."""
        return int(self.row.split_start or 0)

    @cached_property
    def amendable(self) -> bool:
        """Whether it can be amended where it stands."""
        return is_amendable(self.place.state) and not self.out

    @property
    def out(self) -> bool:
        """Whether an amendment has taken it out of the order, and nothing has brought it back."""
        return bool(self.row.amended_out) and not self.place.state.reserved

    @property
    def over(self) -> bool:
        """Whether it is over, or out, so that an amendment of its order does not concern it."""
        return self.out or (self.place.closed and not self.amendable)

    def live(self, now: int) -> int:
        """Return what it promises at a time."""
        return self.counted.reserved + live_hold(self.counted.held, self.row.hold_until, now)


@dataclass(frozen=True)
class StandingOrder:
    """The order and its items, by line and id."""

    row: Record
    items: Sequence[Standing]

    @cached_property
    def lines(self) -> dict[int, list[Standing]]:
        """The items by the number of their line."""
        found: dict[int, list[Standing]] = {}
        for item in self.items:
            found.setdefault(int(item.row.line), []).append(item)
        return found

    @cached_property
    def live(self) -> list[Standing]:
        """The items that are not over."""
        return [item for item in self.items if not item.over]

    @cached_property
    def last_line(self) -> int:
        """The number of its last line."""
        return max(self.lines)


def stand(runtime: Runtime, work: Work, reference: str) -> StandingOrder:
    """Return the order, locked with all of its items, which are the working set.

    Raises UnknownOrder, OrderArchived.
    """
    row = work.first("lock_order", reference=reference)
    if row is None:
        refuse_archived(work, orders=[reference])
        raise UnknownOrder(f"there is no order {reference!r}", orders=[reference])
    work.run("clear_moving")
    while True:
        work.run("moving_add_order", order=row.id)
        items = work.all("amendment_items", order=row.id)
        # A part that went while its item was waited for is seen by the second statement only.
        if len(items) == work.scalar("moving_size"):
            break
    return StandingOrder(
        row, [Standing(item, runtime.catalogue.place(work, item.state_id)) for item in items]
    )
