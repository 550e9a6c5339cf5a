"""What another database is to know of the messages that it sent: kept with what they changed, sent by the next
export.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from engine.exchange.messages import Row, rows_of
from engine.storage.database import Reader, Record, Work

BATCH = 500
"""How many answers are sent at once."""

ACKNOWLEDGED, WANTED, AHEAD, STATEMENT = "acknowledged", "wanted", "ahead", "statement"
"""A message was taken; parts of the products are missing; rows are newer here than told; parts that others miss."""


def acknowledge(work: Work, origin: str, message: str) -> None:
    """Answer that a message was taken."""
    _answer(work, origin, ACKNOWLEDGED, message)


def want(work: Work, origin: str, store: str, buckets: Sequence[int]) -> None:
    """Answer that these parts of the products of a store are other here than there."""
    _answer(work, origin, WANTED, {"store": store, "buckets": list(buckets)})


def tell_ahead(work: Work, origin: str, rows: Sequence[Row]) -> None:
    """Answer that something newer is known than what was told."""
    if rows:
        _answer(work, origin, AHEAD, rows_of(rows))


def state(work: Work, origin: str, store: str, buckets: Sequence[int]) -> None:
    """Have the next export tell all there is of these parts of the products of a store."""
    _answer(work, origin, STATEMENT, {"store": store, "buckets": list(buckets)})


def _answer(work: Work, origin: str, kind: str, payload: Any) -> None:
    text = json.dumps(payload, ensure_ascii=False)
    work.run("exchange_answer", origin=origin, kind=kind, payload=text, now=work.now)


def documents(reader: Reader, rows: Sequence[Record]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield (kind, content) of the messages that these answers make: one for each database that is answered."""
    told: dict[str, dict[str, list[Any]]] = defaultdict(lambda: defaultdict(list))
    for row in rows:
        payload = json.loads(row.payload)
        if row.kind == AHEAD:
            told[row.origin][AHEAD] += payload
        elif row.kind != STATEMENT:
            told[row.origin][row.kind].append(payload)
    for origin, content in told.items():
        epoch = reader.scalar("exchange_peer_epoch", origin=origin) or 0
        yield "answer", {"to": origin, "its_epoch": int(epoch), **content}


def asked_for(rows: Sequence[Record]) -> list[Mapping[str, Any]]:
    """Return what others have asked for: stores with parts of their products, each part once."""
    found: dict[str, set[int]] = defaultdict(set)
    for row in rows:
        if row.kind == STATEMENT:
            payload = json.loads(row.payload)
            found[payload["store"]].update(payload["buckets"])
    return [{"store": store, "buckets": sorted(buckets)} for store, buckets in sorted(found.items())]
