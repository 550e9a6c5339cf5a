"""A stock feed of a test: rows as they are, read by nobody."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, Any

from engine.codes import Code
from engine.feeds import CountKind, Delivery, Guards, Repeated, StockBatch, StockRow, Terms
from engine.inventory.stock.given_back import GivenBack
from engine.quantity import parse_quantity
from engine.results import RowRefusal


class FeedRows:
    """A source of rows ``sku,warehouse,quantity[,time of the count]``, the time in UTC microseconds.

    A row that begins with ``!`` is refused: ``!sku`` for its quantity, ``!`` alone because it cannot be read. One
    that begins with ``~`` is skipped: ``~sku`` leaves the stock of the product alone, ``~`` alone names nothing.
    ``id``, ``name`` and ``stamp`` are those of the delivery.
    """

    notes = ()

    def __init__(
        self, *rows: str, written_at: int | None = None, stream: bool = False, batch: int = 100, **terms: Any
    ) -> None:
        self.written_at = written_at
        self.is_stream = stream
        self.rows = rows
        self._batch = batch
        guards = Guards(**terms.pop("guards", {}))
        kind = CountKind(terms.pop("kind", "on_hand"))
        self.delivery = Delivery(
            terms.pop("id", None), terms.pop("name", "feed.csv"), terms.pop("stamp", "then")
        )
        self.path = Path(self.delivery.name)
        self.terms = Terms(kind=kind, guards=guards, **terms)
        self.hash = hashlib.sha256("\n".join(rows).encode()).hexdigest()
        self.time_column = "counted_at" if any(row.count(",") > 2 for row in rows) else None

    def batches(self, latest: int, *, own_times: bool) -> Iterator[StockBatch]:
        numbered = list(enumerate(self.rows, 2))
        for start in range(0, len(numbered), self._batch):
            batch = StockBatch()
            for line, row in numbered[start : start + self._batch]:
                self._add(batch, line, row)
            yield batch

    def _add(self, batch: StockBatch, line: int, row: str) -> None:
        if row.startswith("!"):
            sku = row[1:] or None
            code = Code.BAD_TEXT if sku is None else Code.BAD_QUANTITY
            batch.refused.append(RowRefusal(line, code, "the row is wrong", sku))
        elif row.startswith("~"):
            batch.skipped += 1
            batch.left += [row[1:]] if row[1:] else []
        else:
            sku, warehouse, quantity, *at = row.split(",")
            number = parse_quantity(quantity, allow_negative=True)
            if self.terms.kind is CountKind.ON_HAND and self.terms.repeated is not Repeated.SUM:
                number = max(number, 0)
            batch.rows.append(
                StockRow(line, sku, warehouse, number, False, False, int(at[0]) if at else None)
            )

    def give_back(self, refused: Iterable[tuple[int, str]], to: IO[bytes], counted_at: int | None) -> None:
        writing = GivenBack(to, ",")
        writing.header(b"sku,warehouse,quantity\n")
        for line, why in refused:
            writing.row(self.rows[line - 2].encode(), why)
