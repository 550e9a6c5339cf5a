"""Comparing what two databases have of a store, by sums over parts of its products, and telling such a part whole.

A sum is over one number per product that reserves or holds something; the number is made of sku and amounts. So
sums are equal where all amounts are, whatever the versions and the order; what is nothing does not count.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from engine.exchange.deciding import accepted
from engine.exchange.messages import BUCKETS, Row, bucket_of, rows_of
from engine.runtime import Runtime
from engine.storage.database import Reader

ROWS = 2000
"""After how many rows no further part is put into the same message."""

_PASS = 16
"""How many parts are read at once, so that not all of a large store is held in memory."""

_SUM = 1 << 64


def own_sums(runtime: Runtime, stores: Mapping[str, int]) -> list[dict[str, Any]]:
    """Return the sums of the stores of this database, of one moment, as messages have them."""
    with runtime.database.read() as reader:
        return [
            {"store": name, "sums": _sums(reader.stream("exchange_own_amounts", store=number))}
            for name, number in stores.items()
        ]


def known_sums(reader: Reader, origin: str, store: str) -> list[str]:
    """Return the sums of what another database has told of a store."""
    return _sums(reader.stream("exchange_known_amounts", store=store, origin=origin))


def _sums(rows: Iterable[Any]) -> list[str]:
    sums = [0] * BUCKETS
    for row in rows:
        bucket = bucket_of(row.sku)
        sums[bucket] = (sums[bucket] + _number(row.sku, max(row.reserved, 0), max(row.held, 0))) % _SUM
    return [f"{one:016x}" for one in sums]


def _number(sku: str, reserved: int, held: int) -> int:
    text = f"{reserved} {held} {sku}"
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big")


def statements(runtime: Runtime, asked: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the contents of messages that tell these parts of the products of a store whole.

    A part of which plugins do not accept everything is told as far as they do, and not as whole.
    """
    store, buckets = asked["store"], list(asked["buckets"])
    for start in range(0, len(buckets), _PASS):
        yield from _statements(runtime, store, buckets[start : start + _PASS])


def _statements(runtime: Runtime, store: str, buckets: list[int]) -> Iterator[dict[str, Any]]:
    wanted = set(buckets)
    with runtime.database.read() as reader:
        found = [
            Row(store, row.sku, row.version, row.reserved, row.held, row.counted_at)
            for row in reader.stream("exchange_store_rows", name=store)
            if bucket_of(row.sku) in wanted
        ]
    by_bucket: dict[int, list[Row]] = {bucket: [] for bucket in buckets}
    for row in found:
        by_bucket[row.bucket].append(row)
    kept = {bucket: accepted(runtime, rows) for bucket, rows in by_bucket.items()}
    parts = [row for bucket in buckets if len(kept[bucket]) < len(by_bucket[bucket]) for row in kept[bucket]]
    if parts:
        yield {"rows": rows_of(parts)}
    told: list[int] = []
    rows: list[Row] = []
    for bucket in (bucket for bucket in buckets if len(kept[bucket]) == len(by_bucket[bucket])):
        told.append(bucket)
        rows += kept[bucket]
        if len(rows) >= ROWS:
            yield {"rows": rows_of(rows), "whole": {"store": store, "buckets": told}}
            told, rows = [], []
    if told:
        yield {"rows": rows_of(rows), "whole": {"store": store, "buckets": told}}
