"""When a timeout is due that no processor computes."""

from __future__ import annotations

from engine.clock import to_datetime, to_microseconds
from engine.definition import Event, parse_duration


def due_at(event: Event, now: int) -> int:
    """Return when a timeout without a processor is due (UTC microseconds): calendar arithmetic in UTC."""
    return to_microseconds(parse_duration(event.timeout or "").added_to(to_datetime(now)))
