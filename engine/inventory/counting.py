"""What an item counts for the availability of its product: its quantity as reserved, a hold of it, or nothing.

This is the one place in Python that knows. ``engine/storage/sql/inventory/counting.sql`` says the same to the
database, and a property test holds the two together. Everything here is pure: processes, states and numbers in,
numbers out. Quantities are in millionths of a sales unit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Self

if TYPE_CHECKING:
    from engine.definition import Process, State


class Amounts(NamedTuple):
    """How much of a product is reserved, and how much held for a reservation that may follow."""

    reserved: int
    held: int


class Counting(NamedTuple):
    """How items count in a state. Two states with the same one differ in nothing that availability sees.

    ``reserves``: an item reserves its quantity. ``keeps_hold``: an item that has a hold keeps it, since a reserved
    state can follow and the process does not say otherwise. In every other state there is no hold.
    """

    reserves: bool
    keeps_hold: bool

    @classmethod
    def in_state(cls, process: Process, state: State) -> Self:
        """Return how items count in a state of the process."""
        can_follow = process.can_reach_reserved[state.index] and not state.ends_hold
        return cls(reserves=state.reserved, keeps_hold=can_follow and not state.reserved)

    def when_placed(self, quantity: int, *, hold: bool) -> Amounts:
        """Return what a new item counts; with ``hold`` it holds its quantity until a reserved state takes over."""
        return self.after(quantity, held=quantity if hold else 0)

    def after(self, quantity: int, held: int) -> Amounts:
        """Return what an item counts that came here from anywhere, with the hold that it had before."""
        return Amounts(quantity if self.reserves else 0, held if self.keeps_hold else 0)

    def migrated(self, quantity: int, before: Amounts, *, hold: bool) -> Amounts:
        """Return what an item counts that a migration brought here; with ``hold`` it holds what it reserved."""
        return self.after(quantity, held=quantity if hold and before.reserved else before.held)

    def parameters(self) -> dict[str, int]:
        """Return what statements are told that move items here."""
        return {"reserved": int(self.reserves), "keep_hold": int(self.keeps_hold)}


def live_hold(held: int, until: int | None, now: int) -> int:
    """Return what an item holds at ``now`` that holds so much until a time, None for no end.

    A hold whose time is over holds nothing, even before it is ended.
    """
    return 0 if until is not None and until <= now else held
