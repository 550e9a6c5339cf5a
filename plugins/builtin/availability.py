"""The reservation handler that keeps availability true; it runs before every other handler."""

from __future__ import annotations

from collections.abc import Sequence

from engine.hooks import ReservationChange, ReservationWork
from plugins import reservation_handler


@reservation_handler
def write_availability(changes: Sequence[ReservationChange], work: ReservationWork) -> None:
    """Recompute availability wherever a reservation changed."""
    work.write_availability(changes)


# The engine may leave it out where it knows what it would write.
write_availability.only_availability = True  # type: ignore[attr-defined]
