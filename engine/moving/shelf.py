"""Since when an item has left the shelf: a count made after that does not contain it any more.

Goods leave the shelf when their item enters a state from which a stock update releases it. An item that goes on to
another such state, such as *shipped* to *delivered*, has left when it entered the first of them. Only that is noted
(``order_item.left_at``): everywhere else the time is that of the state.
"""

from __future__ import annotations

from engine.storage.database import Work
from engine.versions.place import Place, Version


def note_left(work: Work, event: str, source: Place, target: Place, group: int) -> None:
    """Note, before the items of a group move, since when they have left the shelf; ``event`` releases items."""
    if not _releases(source, event) or (
        source.version is target.version and _only_one(source.version, event)
    ):
        return
    work.run("keep_left_at" if _releases(target, event) else "clear_left_at", group=group)


def _releases(place: Place, event: str) -> bool:
    return event in place.version.offered(place.state)


def _only_one(version: Version, event: str) -> bool:
    """Whether no other state releases items, so that there is nothing that could have been noted."""
    states = version.process.states
    return sum(event in version.offered(state) for state in states) == 1
