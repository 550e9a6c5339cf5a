"""Waiting for what must come to pass: as long as it takes on a busy machine, and no longer than that."""

from __future__ import annotations

import time
from collections.abc import Callable

import psycopg

PATIENCE_S = 60.0
"""After this time it is taken for granted that it will not come to pass."""

_WAITERS = """
SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"""


def until(
    true: Callable[[], object], what: str, *, every_s: float = 0.005, patience_s: float = PATIENCE_S
) -> None:
    """Wait until something is true; it is looked at again and again, which may cost something."""
    deadline = time.monotonic() + patience_s
    while not true():
        assert time.monotonic() < deadline, f"waited in vain for {what}"
        time.sleep(every_s)


def until_somebody_waits(url: str) -> None:
    """Wait until a session of the PostgreSQL database waits for a lock."""
    with psycopg.connect(url.replace("postgresql+psycopg:", "postgresql:"), autocommit=True) as looking:
        until(lambda: looking.execute(_WAITERS).fetchone(), "somebody who waits for a lock")
