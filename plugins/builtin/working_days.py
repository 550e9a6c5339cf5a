"""A timeout processor that counts Monday to Friday only."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from engine.hooks import Item
from plugins import timeout_processor

_DAYS = re.compile(r"\+?\s*(?P<relative>[0-9]{1,5})\s*(?:week)?days?|P(?P<iso>[0-9]{1,5})D", re.ASCII | re.I)
_FRIDAY = 4


@timeout_processor("Earmark/WorkingDays")
def working_days(_item: Item, text: str, now: datetime) -> datetime:
    """Return the same time of day on the n-th day after today that is no Saturday or Sunday, all in UTC.

    The text is a number of whole days above zero: ``3 days``, ``1 day``, ``14days``, ``3 weekdays`` or
    ``P3D``. Public holidays are working days. Raises ValueError for any other text.
    """
    match = _DAYS.fullmatch(text.strip())
    count = int(match["relative"] or match["iso"]) if match else 0
    if count == 0:
        raise ValueError(f'working days are counted in whole days such as "3 days", not "{text}"')
    monday = now - timedelta(days=now.weekday())
    # On a weekend Friday is the last working day that is over, so that Monday is the first one counted.
    weeks, weekday = divmod(min(now.weekday(), _FRIDAY) + count, 5)
    return monday + timedelta(weeks=weeks, days=weekday)
