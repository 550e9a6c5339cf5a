"""Items that somebody else has claimed: left out of the working set, told with the reason, or waited for."""

from __future__ import annotations

import time
from collections.abc import Callable

from engine.clock import format_time
from engine.codes import Code
from engine.facts import Waited
from engine.moving.step import Origin
from engine.results import MoveReport, Refusal
from engine.runtime import Runtime
from engine.storage.database import Record, Work

_WAIT_S = 0.05
"""How long a direct call sleeps between two looks at an item that somebody else has claimed."""


def leave_claimed(work: Work) -> dict[int, Refusal]:
    """Leave the items out that somebody else has claimed; return them with the reason, by id."""
    claimed = work.all("moving_claimed", now=work.now, token="")
    if claimed:
        work.run("moving_drop_claimed", now=work.now, token="")
    return {row.item_id: locked(row) for row in claimed}


def locked(row: Record) -> Refusal:
    """Return why an item is left out: who has claimed it, for which event, until when."""
    until = format_time(row.expires_at)
    text = f"item {row.item_id} is claimed by {row.holder} for the event {row.event!r} until {until}"
    return Refusal(row.item_id, Code.ITEM_LOCKED, text, {"holder": row.holder, "expires_at": until})


def wait_for(
    runtime: Runtime,
    busy: dict[int, Refusal],
    origin: Origin,
    report: MoveReport,
    again: Callable[[list[int]], dict[int, Refusal]],
) -> None:
    """Try claimed items again until the claims are gone or the waiting time is over; then they are blocked.

    ``again`` tries items and returns those that are still claimed. A background call does not wait.
    """
    began = time.monotonic()
    deadline = began + (0 if origin.background else runtime.rules.execution.lock_wait_s)
    examined, waited = report.examined, bool(busy) and not origin.background
    while busy and time.monotonic() < deadline and not runtime.stop():
        time.sleep(_WAIT_S)
        busy = again(sorted(busy))
    if waited:
        runtime.observer.tell(Waited("claim", time.monotonic() - began))
    report.examined = examined
    report.blocked += busy.values()
