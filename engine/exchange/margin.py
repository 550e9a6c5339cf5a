"""The margin: what is kept back of every product for each store of another database that shares.

It is held by the reservation of that store, like what it told, so that every number follows from the reservations.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from engine.inventory.ledger import Ledger
from engine.quantity import SCALE
from engine.runtime import Runtime
from engine.storage.database import Record, Work

CHUNK = 1000
"""How many (product, store) get their margin in one transaction."""


def keep_margin(runtime: Runtime) -> int:
    """Keep the margin that the rules say for every product that has another one; return for how many that was."""
    margin = runtime.rules.exchange.safety * SCALE
    with runtime.database.read() as reader:
        if not margin and reader.first("exchange_some_margin") is None:
            return 0
    changed = product = store = 0
    while not runtime.stop():
        with runtime.database.read() as reader:
            rows = reader.all(
                "exchange_other_margin", margin=margin, product=product, store=store, size=CHUNK
            )
        if not rows:
            break
        runtime.database.transact(partial(_keep, runtime, margin, rows))
        changed += len(rows)
        product, store = rows[-1].product_id, rows[-1].store_id
    return changed


def _keep(runtime: Runtime, margin: int, rows: Sequence[Record], work: Work) -> None:
    pairs = [(int(row.product_id), int(row.store_id)) for row in rows]
    listed = [list(pair) for pair in pairs]
    ledger = Ledger(work, runtime.plugins, runtime.rules)
    ledger.lock_pairs(pairs)
    work.run("exchange_collect_margin", pairs=listed, margin=margin)
    work.run("exchange_set_margin", pairs=listed, margin=margin)
    ledger.post()
    ledger.settle()
