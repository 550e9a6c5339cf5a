"""The id of a delivery that stands in each of its rows: a file is one delivery, so it is the same everywhere."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from earmark.feeds.mapping.columns import Columns
from earmark.feeds.mapping.outcomes import Fields, RowRefused
from earmark.feeds.mapping.parts import Batch, Part
from engine.results import Code

if TYPE_CHECKING:
    from earmark.feeds.model import Feed


def delivery_of(feed: Feed, columns: Columns) -> OneDelivery | None:
    """Return what looks whether rows are of one delivery, None where no column tells it."""
    if feed.delivery is None or feed.delivery.column is None:
        return None
    place = columns.place(feed.delivery.column)
    return None if place is None else OneDelivery(place)


class OneDelivery(Part[str]):
    """Refuses what is not of the delivery ``id``, which is to be set to that of the first row."""

    def __init__(self, place: int) -> None:
        super().__init__(self._same)
        self.place = place
        self.id: str | None = None

    def _same(self, fields: Fields) -> str:
        found = fields[self.place]
        if not found:
            raise RowRefused(Code.OTHER_DELIVERY, "the row does not tell of which delivery it is")
        if found != self.id:
            raise RowRefused(
                Code.OTHER_DELIVERY,
                f"the row is of the delivery {found!r}, and the file is {self.id!r}: let each be a file of its own",
            )
        return found

    def column(self, batch: Batch) -> Sequence[str | None]:
        """Return the id of each record, None where it is another one."""
        known = self.id
        return [text if text == known and text else None for text in batch.column(self.place)]
