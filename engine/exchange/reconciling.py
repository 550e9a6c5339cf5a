"""Whether what was told to other databases, and by them, is what is stored here; and mending what is not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from functools import partial
from typing import Any

from engine.inventory.ledger import Ledger
from engine.quantity import to_decimal
from engine.results import Drift
from engine.runtime import Runtime
from engine.storage.database import Work

CHUNK = 500
"""How many products are mended in one transaction."""


def reconcile_exchange(runtime: Runtime, *, dry_run: bool) -> list[Drift]:
    """Return what differs, and mend it unless ``dry_run``.

    ``what`` is ``exported_version`` where others were told a higher version than there is: it is told anew. It is
    ``told_reserved`` or ``told_held`` where the reservation of a store of another database is not what that has
    told: it becomes so, with everything that follows.
    """
    with runtime.database.read() as reader:
        exported = reader.all("reconcile_exported")
        told = reader.all("reconcile_told", all=1, products=[])
    if not dry_run:
        rows = [[row.product_id, row.store_id, row.exported_version] for row in exported]
        if rows:
            runtime.database.transact(partial(_unsend, rows))
        products = sorted({int(row.product_id) for row in told})
        for start in range(0, len(products), CHUNK):
            runtime.database.transact(partial(_repair, runtime, products[start : start + CHUNK]))
    return [
        *(
            Drift(row.store, row.sku, "exported_version", Decimal(row.exported_version), Decimal(row.version))
            for row in exported
        ),
        *(drift for row in told for drift in _drifts(row)),
    ]


def _drifts(row: Any) -> Iterator[Drift]:
    for what in ("reserved", "held"):
        stored, expected = int(getattr(row, what)), int(getattr(row, f"told_{what}"))
        if stored != expected:
            yield Drift(row.store, row.sku, f"told_{what}", to_decimal(stored), to_decimal(expected))


def _unsend(rows: Sequence[Sequence[int]], work: Work) -> None:
    work.run("exchange_unsend", rows=list(rows))


def _repair(runtime: Runtime, products: Sequence[int], work: Work) -> None:
    ledger = Ledger(work, runtime.plugins, runtime.rules)
    ledger.lock_products(products)
    rows = work.all("reconcile_told", all=0, products=list(products))
    deltas = [
        [row.product_id, row.store_id, row.told_reserved - row.reserved, row.told_held - row.held]
        for row in rows
    ]
    work.run("ledger_add_deltas", rows=deltas)
    ledger.post()
    ledger.settle()
