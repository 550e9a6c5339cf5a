"""Whether others were told last what is true: events of availability compared with the numbers as they are.

An event is written in the transaction that makes something sellable or ends that, so they cannot differ; a number
that was changed by hand, or a database that was restored, makes them differ. What differs is told by a new event.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from decimal import Decimal
from functools import partial

from engine.inventory.messages import AVAILABILITY, availability_events, to_json
from engine.results import Drift
from engine.runtime import Runtime
from engine.storage.database import Record, Work

CHUNK = 500
"""How many abstract products of stores are told anew in one transaction."""

PUBLISHED = "published"
"""What a drift is called of which others were told something else: 1 says that it can be sold."""


def reconcile_published(
    runtime: Runtime, known: Collection[tuple[str, str]], *, dry_run: bool
) -> list[Drift]:
    """Return what others were told last and is not so, and tell it anew unless ``dry_run``.

    ``known`` are (store, sku) that are known to be wrong: of them it is not asked.
    """
    with runtime.database.read() as reader:
        rows = [row for row in reader.all("reconcile_published") if (row.store, row.sku) not in known]
    if not dry_run:
        pairs = sorted({(int(row.abstract_id), int(row.store_id)) for row in rows})
        for start in range(0, len(pairs), CHUNK):
            runtime.database.transact(partial(tell_anew, pairs[start : start + CHUNK]))
    return [_drift(row) for row in rows]


def _drift(row: Record) -> Drift:
    return Drift(row.store, row.sku, PUBLISHED, Decimal(int(row.stored)), Decimal(int(row.expected)))


def tell_anew(pairs: Sequence[tuple[int, int]], work: Work) -> None:
    """Tell others anew of these (abstract product, store), as they are now."""
    listed = [list(pair) for pair in pairs]
    work.all("repair_published", pairs=listed)
    work.run("repair_published_versions", pairs=listed)
    events = availability_events(work.all("repair_published_events", pairs=listed), work.now)
    work.many(
        "outbox_add", [{"kind": AVAILABILITY, "payload": to_json(one), "now": work.now} for one in events]
    )
