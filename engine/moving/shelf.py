"""Since when an item has left the shelf: a count made after that does not contain it any more.

Goods leave the shelf when their item enters a state from which a stock update releases it. An item that goes on to
another such state, such as *shipped* to *delivered*, has left when it entered the first of them. Only that is noted
(``order_item.left_at``): everywhere else the time is that of the state. Every statement that moves items to a state
says of them anew whether they had left before, so that what comes back and is sent again leaves anew.
"""

from __future__ import annotations

from engine.versions.place import Place


def left_before(event: str, source: Place, target: Place) -> bool:
    """Whether items that go from one place to the other had left the shelf before; ``event`` releases items."""
    return _releases(source, event) and _releases(target, event)


def _releases(place: Place, event: str) -> bool:
    return event in place.version.offered(place.state)
