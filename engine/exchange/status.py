"""How far the exchange is, and what of it was kept aside."""

from __future__ import annotations

import json

from engine.clock import SECOND, to_datetime
from engine.codes import Code
from engine.results import ExchangeKept, ExchangeState
from engine.runtime import Runtime
from engine.storage.database import Reader

PAGE = 500
"""How many messages that were kept aside are read at once."""


def states(runtime: Runtime) -> list[ExchangeState]:
    """Return how far each store is: those that others hear of, then those that others tell of."""
    now = runtime.database.clock()
    with runtime.database.read() as reader:
        return states_at(reader, now)


def states_at(reader: Reader, now: int) -> list[ExchangeState]:
    """Return the same as a reader sees it, at the present time (UTC microseconds)."""
    return [*_exports(reader, now), *_imports(reader, now)]


def number_kept(reader: Reader) -> int:
    """Return how many messages are kept aside."""
    return int(reader.scalar("exchange_kept_number"))


def _exports(reader: Reader, now: int) -> list[ExchangeState]:
    names = {int(row.id): row.name for row in reader.all("exchange_told_stores")}
    if not names:
        return []  # nor are all reservations looked through
    sent_at = reader.scalar("exchange_last_sent")
    open_ = _unacknowledged(reader)
    waiting: dict[str, int] = {}
    for _, store in open_:
        name = names.get(store, "")
        waiting[name] = waiting.get(name, 0) + 1
    found = []
    for row in reader.all("exchange_exports"):
        pending = int(row.pending) + waiting.get(row.store, 0)
        lag = None if sent_at is None else (max(now - sent_at, 0) / SECOND if pending else 0.0)
        found.append(ExchangeState(row.store, "export", int(row.last_version), pending, lag))
    return found


def _unacknowledged(reader: Reader) -> set[tuple[int, int]]:
    """Return the (product, store) that were sent and that nobody has acknowledged yet."""
    rows = reader.all("exchange_unacknowledged_pairs")
    return {(product, store) for row in rows for product, store, _ in json.loads(row.pairs)}


def _imports(reader: Reader, now: int) -> list[ExchangeState]:
    return [
        ExchangeState(
            row.store,
            "import",
            int(row.last_version),
            int(row.pending),
            None if row.told_at is None else max(now - row.told_at, 0) / SECOND,
        )
        for row in reader.all("exchange_imports")
    ]


def kept(runtime: Runtime) -> list[ExchangeKept]:
    """Return what was told and does not count, with the reason: rows of what is not known here, then messages."""
    with runtime.database.read() as reader:
        found = [
            ExchangeKept(
                None,
                to_datetime(int(row.told_at)),
                str(Code.UNKNOWN_REMOTE_STORE if row.no_store else Code.UNKNOWN_SKU),
                _unknown(row.store, row.sku, bool(row.no_store)),
                None,
                int(row.rows),
                None,
            )
            for row in reader.all("exchange_unknown")
        ]
        after = 0
        while rows := reader.all("exchange_kept", after=after, size=PAGE):
            found += [
                ExchangeKept(r.id, to_datetime(r.at), r.reason, r.message, r.channel, None, r.body)
                for r in rows
            ]
            after = rows[-1].id
    return found


def _unknown(store: str, sku: str, no_store: bool) -> str:
    if no_store:
        return f"'{store}' is not known as a store of another database: add it to the topology with 'remote: true'"
    return f"'{store}' tells of products that are not known here, such as '{sku}': add them, or leave it so"
