"""Receiving messages: each is taken, or kept aside with the reason, and only then gone from where it came."""

from __future__ import annotations

import base64
from functools import partial

from engine.exchange.applying import apply_waiting
from engine.exchange.identity import Identity, identity
from engine.exchange.margin import keep_margin
from engine.exchange.messages import parsed, understood
from engine.exchange.refusal import NotTaken
from engine.exchange.signing import check
from engine.exchange.taking import Taken, take
from engine.exchange.transport import Received, Transport
from engine.results import ExchangeImportReport
from engine.runtime import Runtime
from engine.storage.database import Work

_BASE64 = "base64:"
"""Begins the body of a kept message that is no text."""

REST_S = 5.0
"""How long an import that follows waits for a message before it looks at what waits, in seconds."""


def receive(runtime: Runtime, way: Transport, *, follow: bool = False) -> ExchangeImportReport:
    """Take every message that is there; with ``follow`` also those that come, until the caller's signal to stop.

    Raises TransportFailed when the way does not work, and what the database raises; a message that is under way
    then comes again.
    """
    me = identity(runtime)
    counts = {"messages": 0, "rows": 0, "ignored": 0, "kept": 0}
    keep_margin(runtime)
    apply_waiting(runtime)
    while not runtime.stop():
        received = way.receive(REST_S if follow else 0.0)
        if received is not None:
            _count(counts, runtime.database.transact(partial(_take, runtime, me, way, received.body)))
            received.done()
        elif not follow:
            break
        else:
            keep_margin(runtime)
            apply_waiting(runtime)
    return ExchangeImportReport(**counts)


def _count(counts: dict[str, int], taken: Taken | None) -> None:
    counts["messages"] += 1
    if taken is None:
        counts["kept"] += 1
    else:
        counts["rows"] += taken.rows
        counts["ignored"] += taken.ignored


def _take(runtime: Runtime, me: Identity, way: Transport, body: bytes, work: Work) -> Taken | None:
    """Take a message, or keep it aside; return what became of it, None for one that is kept."""
    try:
        document = parsed(body)
        check(document, runtime.secrets)
        return take(runtime, me, understood(document), work)
    except NotTaken as refusal:
        work.run(
            "exchange_keep",
            now=work.now,
            reason=str(refusal.reason),
            message=_storable(refusal.text),
            channel=way.name,
            body=_as_text(body),
        )
        return None


def again(runtime: Runtime) -> ExchangeImportReport:
    """Take the messages once more that were kept aside; those that still cannot be taken stay."""
    me = identity(runtime)
    counts = {"messages": 0, "rows": 0, "ignored": 0, "kept": 0}
    after = 0
    while not runtime.stop():
        with runtime.database.read() as reader:
            row = reader.first("exchange_kept", after=after, size=1)
        if row is None:
            break
        after = int(row.id)
        _count(
            counts, runtime.database.transact(partial(_take_kept, runtime, me, after, _as_bytes(row.body)))
        )
    return ExchangeImportReport(**counts)


def _take_kept(runtime: Runtime, me: Identity, number: int, body: bytes, work: Work) -> Taken | None:
    try:
        document = parsed(body)
        check(document, runtime.secrets)
        taken = take(runtime, me, understood(document), work)
    except NotTaken:
        return None
    work.run("exchange_unkeep", id=number)
    return taken


def _as_text(body: bytes) -> str:
    try:
        text = body.decode()
    except UnicodeDecodeError:
        text = "\0"
    return _BASE64 + base64.b64encode(body).decode() if "\0" in text else text


def _as_bytes(text: str) -> bytes:
    if text.startswith(_BASE64):
        return base64.b64decode(text.removeprefix(_BASE64))
    return text.encode()


def _storable(text: str) -> str:
    """Return the text without what a database does not store."""
    return text.replace("\0", "").encode(errors="replace").decode()[:2000]


__all__ = ["Received", "again", "receive"]
