"""Telling that the items of a group came to another state, in the transaction in which they do."""

from __future__ import annotations

from engine.inventory.order_events import ITEM_MOVED, moved_shared, opened
from engine.moving.step import Origin, Step
from engine.storage.database import Work


def tell_moved(work: Work, step: Step, origin: Origin) -> None:
    """Put a message into the outbox for each item of the group that takes the step; one statement."""
    assert step.target is not None  # items that stay are not told of
    shared = moved_shared(
        process=step.version.name,
        source=None if step.source is None else step.source.name,
        target=step.target.name,
        event=None if step.event is None else step.event.name,
        trigger=origin.trigger,
        at=work.now,
        correlation=origin.correlation,
        actor=origin.actor,
    )
    work.run("tell_moved", kind=ITEM_MOVED, shared=opened(shared), now=work.now, group=step.group)
