"""Trying a feed on a file: what is understood of it, and what is not, and why. Nothing is stored."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from pathlib import Path

from earmark.feeds.formats.registry import Formats
from earmark.feeds.model import Feed
from earmark.feeds.opening import FeedSource, open_feed
from engine.feeds import Repeated, StockBatch, StockRow
from engine.results import RowRefusal

UnknownNames = Callable[[Collection[str], Collection[str]], tuple[list[str], list[str]]]
"""Tells which skus and which warehouses the database does not have."""

MOST_PAIRS = 2_000_000
"""Of how many products in a warehouse it is remembered that the file has named them."""

FIRST = 5
"""How many examples are told of a kind of thing."""


@dataclass(slots=True)
class Found:
    """Rows of one kind: how many, and the first ones, each by line and text."""

    rows: int = 0
    first: list[tuple[int, str]] = field(default_factory=list)

    def add(self, line: int, text: str) -> None:
        """Take note of a row."""
        self.rows += 1
        if len(self.first) < FIRST:
            self.first.append((line, text))


@dataclass(slots=True)
class Trial:
    """What came of trying a file.

    ``shown`` are the first rows as they are understood, ``taken`` how many there are in all. ``refused`` has them
    by code, ``skipped`` how many by what says so. ``below_zero`` are counts that stand for 0. ``repeated`` are rows
    for a product and warehouse that an earlier row names, ``differing`` those of them that say something else.
    ``unknown_skus`` and ``unknown_warehouses`` are rows with names that the database does not have; None where it
    was not asked. ``complete`` is False where the file has too many rows for all of them to be compared with each
    other. Times are UTC microseconds.
    """

    path: Path
    feed: Feed
    columns: tuple[str, ...] = ()
    unused: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    time_column: str | None = None
    written_at: int | None = None
    shown: list[StockRow] = field(default_factory=list)
    taken: int = 0
    refused: dict[str, Found] = field(default_factory=dict)
    skipped: Counter[str] = field(default_factory=Counter)
    below_zero: Found = field(default_factory=Found)
    repeated: Found = field(default_factory=Found)
    differing: int = 0
    unlimited: int = 0
    bundles: int = 0
    nothing: int = 0
    warehouses: Counter[str] = field(default_factory=Counter)
    unknown_skus: Found | None = None
    unknown_warehouses: Found | None = None
    earliest: int | None = None
    latest: int | None = None
    complete: bool = True

    @property
    def refused_rows(self) -> int:
        """How many rows are refused, and how often what of them."""
        return sum(found.rows for found in self.refused.values())

    @property
    def becomes_of_repeated(self) -> str:
        """What an import makes of repeated rows, by what the feed says of them."""
        return _REPEATED[self.feed.repeated]


_REPEATED = {
    Repeated.EQUAL: "equal ones are one, those that differ are all refused (repeated)",
    Repeated.REFUSE: "all of them are refused (repeated)",
    Repeated.LAST: "the last one counts (repeated)",
    Repeated.SUM: "they are added up (repeated)",
}


def try_feed(
    feed: Feed,
    path: Path,
    *,
    latest: int,
    rows: int = 10,
    unknown: UnknownNames | None = None,
    formats: Formats | None = None,
) -> Trial:
    """Read a file by a feed and tell all that comes of it.

    ``latest`` is the time after which a count lies in the future (UTC microseconds), ``rows`` how many are shown.
    ``unknown`` is asked about the names of each batch, ``formats`` are those that plugins bring. Raises
    FileUnreadable, InputError or TimeInvalid.
    """
    with open_feed(feed, path, formats=formats) as source:
        return try_source(source, latest=latest, rows=rows, unknown=unknown)


def try_source(
    source: FeedSource, *, latest: int, rows: int = 10, unknown: UnknownNames | None = None
) -> Trial:
    """Read an opened file and tell all that comes of it, as ``try_feed`` does."""
    trial = _begun(source.feed, source)
    if unknown is not None:
        trial.unknown_skus, trial.unknown_warehouses = Found(), Found()
    said: dict[int, int] = {}
    for batch in source.batches(latest, own_times=source.time_column is not None):
        _refused(trial, batch.refused)
        _taken(trial, batch, said, rows)
        if unknown is not None:
            _unknown(trial, batch, unknown)
    trial.skipped = source.mapping.skipped
    return trial


def _begun(feed: Feed, source: FeedSource) -> Trial:
    return Trial(
        source.path,
        feed,
        columns=source.table.columns,
        unused=source.mapping.unused,
        notes=source.notes,
        time_column=source.time_column,
        written_at=source.written_at,
    )


def _refused(trial: Trial, refused: list[RowRefusal]) -> None:
    for row in refused:
        trial.refused.setdefault(str(row.code), Found()).add(row.line, row.message)


def _taken(trial: Trial, batch: StockBatch, said: dict[int, int], shown: int) -> None:
    trial.taken += len(batch.rows)
    trial.shown += batch.rows[: max(0, shown - len(trial.shown))]
    trial.warehouses.update(row.warehouse for row in batch.rows)
    for row in batch.rows:
        trial.unlimited += row.never_out_of_stock
        trial.bundles += row.is_bundle
        trial.nothing += row.quantity == 0 and not row.never_out_of_stock
        if row.below_zero is not None:
            trial.below_zero.add(row.line, f"{row.sku} in {row.warehouse}: {row.below_zero}")
        _count_repeated(trial, row, said)
    if times := [row.counted_at for row in batch.rows if row.counted_at is not None]:
        trial.earliest = min(times if trial.earliest is None else [trial.earliest, *times])
        trial.latest = max(times if trial.latest is None else [trial.latest, *times])


def _count_repeated(trial: Trial, row: StockRow, said: dict[int, int]) -> None:
    """Compare the row with an earlier one of the same stock, by numbers that stand for their texts."""
    pair, says = hash((row.sku, row.warehouse)), hash((row[3], row[4], row[5], row[6]))
    earlier = said.get(pair)
    if earlier is None:
        if len(said) < MOST_PAIRS:
            said[pair] = says
        else:
            trial.complete = False
        return
    trial.repeated.add(row.line, f"{row.sku} in {row.warehouse}")
    trial.differing += earlier != says


def _unknown(trial: Trial, batch: StockBatch, ask: UnknownNames) -> None:
    skus, warehouses = ask({row.sku for row in batch.rows}, {row.warehouse for row in batch.rows})
    no_skus, no_warehouses = set(skus), set(warehouses)
    assert trial.unknown_skus is not None and trial.unknown_warehouses is not None
    for row in batch.rows if no_skus or no_warehouses else ():
        if row.sku in no_skus:
            trial.unknown_skus.add(row.line, row.sku)
        if row.warehouse in no_warehouses:
            trial.unknown_warehouses.add(row.line, row.warehouse)
