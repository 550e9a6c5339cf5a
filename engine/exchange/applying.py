"""Making what was told by other databases what their stores reserve here, by the ledger and its locks."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from engine.clock import SECOND
from engine.inventory.ledger import Ledger
from engine.runtime import Runtime
from engine.storage.database import Record, Work

CHUNK = 1000
"""How many (store, sku) are applied in one transaction."""


def apply_told(runtime: Runtime, work: Work, told: Sequence[tuple[str, str]]) -> int:
    """Make what is told of these (store, sku) count, as far as both are known here; return how many were.

    A constant number of statements. Reservations of the stores of others change, availability of all that share
    with them follows, and events are written.
    """
    return _apply(runtime, work, work.all("exchange_known", pairs=[list(pair) for pair in told]))


def apply_waiting(runtime: Runtime) -> int:
    """Make count what waited for a count, a store or a product until now; return how many were looked at."""
    with runtime.database.read() as reader:
        if reader.first("exchange_some_waiting") is None:
            return 0
    looked, after = 0, ("", "")
    while not runtime.stop():
        rows = runtime.database.transact(partial(_apply_next, runtime, after))
        if not rows:
            break
        looked += len(rows)
        after = rows[-1].store, rows[-1].sku
    return looked


def _apply_next(runtime: Runtime, after: tuple[str, str], work: Work) -> list[Record]:
    rows = work.all("exchange_waiting", store=after[0], sku=after[1], size=CHUNK)
    _apply(runtime, work, rows)
    return rows


def _apply(runtime: Runtime, work: Work, rows: Sequence[Record]) -> int:
    if not rows:
        return 0
    pairs = sorted((int(row.product_id), int(row.store_id)) for row in rows)
    since = work.now - int(runtime.rules.exchange.await_counts_s * SECOND)
    ledger = Ledger(work, runtime.plugins, runtime.rules)
    ledger.lock_pairs(pairs)
    listed = [list(pair) for pair in pairs]
    work.run("exchange_collect", pairs=listed, since=since)
    ledger.post()
    ledger.settle()
    work.run("exchange_applied", pairs=listed, since=since)
    return len(pairs)
