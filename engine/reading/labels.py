"""What a storefront shows of products: of one, and of an abstract one by its concrete ones."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from engine.clock import to_datetime
from rules.options.effects import Selling, Shown, shown, terms_of
from rules.options.values import OptionValues

_BETTER = ("in_stock", "out_of_stock", "discontinued")
"""The statuses, the best first."""


class Labels(NamedTuple):
    """What is shown of a product, as answers have it."""

    status: str
    label: str
    visible: bool
    low: bool
    upcoming: bool
    availability_date: datetime | None


UNKNOWN = Labels("unknown", "unknown", True, False, False, None)
"""Of a sku that no product has."""


def shown_of(values: OptionValues, level: int, now: int, endless: bool) -> Shown:
    """Return what is shown of a concrete product; ``endless``: it is sold without limit, for whatever reason."""
    by_stock = endless and terms_of(values).selling is Selling.BY_LEVEL
    return shown(values, level, now, endless=by_stock)


def labels_of(all_shown: Sequence[Shown]) -> Labels:
    """Return what is shown of concrete products together: the best status, the latest date, low if all are."""
    if not all_shown:
        return UNKNOWN
    seen = [one for one in all_shown if one.visible] or all_shown
    status = min((one.status for one in seen), key=_BETTER.index)
    best = [one for one in seen if one.status == status]
    low = all(one.low for one in best)
    upcoming = all(one.upcoming for one in best)
    dates = [int(one.availability_date) for one in best if isinstance(one.availability_date, int)]
    return Labels(
        status=status,
        label="upcoming" if upcoming else "low_inventory" if low and status == "in_stock" else status,
        visible=any(one.visible for one in all_shown),
        low=low,
        upcoming=upcoming,
        availability_date=to_datetime(max(dates)) if upcoming and dates else None,
    )
