"""Sending what changed: reservations first, then answers, then sums to compare.

Nothing is claimed. A reservation counts as sent when every way has confirmed the message, and only in the
version that was in it; after a crash, or with two exports at once, it is sent again, which does no harm: the
newest version counts.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import partial
from typing import Any

from engine.clock import SECOND, format_time
from engine.exchange import answers, comparing
from engine.exchange.deciding import accepted
from engine.exchange.failure import TransportFailed
from engine.exchange.identity import Identity, identity
from engine.exchange.messages import FORMAT, Row, rows_of
from engine.exchange.signing import written
from engine.exchange.transport import Transport
from engine.results import ExchangeExportReport
from engine.runtime import Runtime
from engine.storage.database import Record, Work

BATCH = 1000
"""How many reservations a message has."""

LONGEST_WAIT_S = 86_400.0
"""The longest time until a message is sent again that nobody acknowledges, in seconds."""


def export(runtime: Runtime, ways: Sequence[Transport], *, compare: bool = False) -> ExchangeExportReport:
    """Send what others have not heard of on every way; with ``compare`` the sums of all amounts, too.

    A way that fails hinders none of the others: what it did not confirm is sent again by the next run, on all
    of them. Raises TransportFailed at the end for the first one that failed.
    """
    run = _Export(runtime, ways)
    run.resend()
    run.changes()
    run.answers()
    run.compare(compare)
    run.alive()
    if run.failed is not None:
        raise run.failed
    return run.report()


class _Export:
    """One run: who tells, on which ways that still work, and how much so far."""

    def __init__(self, runtime: Runtime, ways: Sequence[Transport]) -> None:
        self._runtime = runtime
        self._ways = list(ways)
        self._whole = True
        self._rules = runtime.rules.exchange
        self._me: Identity = identity(runtime)
        with runtime.database.read() as reader:
            self._stores = {row.name: int(row.id) for row in reader.all("exchange_told_stores")}
            self._channels = {row.channel: row for row in reader.all("exchange_channels")}
        self._told: set[str] = set()
        self.failed: TransportFailed | None = None
        self._counts = {"rows": 0, "messages": 0, "refused": 0, "resent": 0, "answers": 0}

    def report(self) -> ExchangeExportReport:
        """Return what was done."""
        return ExchangeExportReport(**self._counts, stores=tuple(sorted(self._stores)))

    # --- the parts of a run ---

    def resend(self) -> None:
        """Have what nobody has acknowledged for too long sent again."""
        now = self._runtime.database.clock()
        for way in self._ways:
            channel = self._channels.get(way.name)
            if channel is not None and channel.messages:
                wait_s = min(self._rules.resend_after_s * 2 ** min(channel.unanswered, 20), LONGEST_WAIT_S)
                self._counts["resent"] += self._resend(way.name, now - int(wait_s * SECOND))

    def _resend(self, channel: str, before: int) -> int:
        resent = 0
        while found := self._runtime.database.transact(partial(_unsend, channel, before)):
            resent += found
        return resent

    def changes(self) -> None:
        """Send every reservation that changed since it was sent, in order of product and store."""
        product = store = 0
        while not self._runtime.stop() and self._ways:
            with self._runtime.database.read() as reader:
                found = reader.all("exchange_changed", product=product, store=store, size=BATCH)
            if not found:
                break
            self._send_changes(found)
            product, store = found[-1].product_id, found[-1].store_id

    def _send_changes(self, found: Sequence[Record]) -> None:
        kept = accepted(self._runtime, found)
        self._counts["refused"] += len(found) - len(kept)
        if not kept:
            return
        sent = self._send("changes", stores=sorted(self._stores), rows=rows_of(map(_row, kept)))
        if sent:
            self._runtime.database.transact(partial(self._mark, kept, sent))
            self._counts["rows"] += len(kept)

    def _mark(self, rows: Sequence[Record], sent: Sequence[tuple[str, str]], work: Work) -> None:
        """Note what was sent; as told only if no way has failed in this run."""
        told = [[row.product_id, row.store_id, row.version] for row in rows]
        if self._whole:
            work.run("exchange_exported", rows=told, epoch=self._me.epoch)
            pairs = json.dumps(told, separators=(",", ":"))
            for channel, message in sent:
                work.run(
                    "exchange_note_sent",
                    id=message,
                    channel=channel,
                    now=work.now,
                    rows=len(rows),
                    pairs=pairs,
                )
        for channel, _ in sent:
            work.run("exchange_sent_to", channel=channel, now=work.now)

    def answers(self) -> None:
        """Send what others are to know: what was taken of theirs, and what they asked for."""
        while not self._runtime.stop() and self._ways and self._whole:
            with self._runtime.database.read() as reader:
                rows = reader.all("exchange_answers", size=answers.BATCH)
                documents = list(answers.documents(reader, rows))
            if not rows:
                break
            for kind, document in documents:
                self._send(kind, **document)
            for asked in answers.asked_for(rows):
                for document in comparing.statements(self._runtime, asked):
                    self._send("changes", stores=sorted(self._stores), **document)
            if self._whole:
                self._runtime.database.transact(partial(_answered, [row.id for row in rows]))
                self._counts["answers"] += len(rows)

    def compare(self, now: bool) -> None:
        """Send sums of all amounts on the ways where it is time for that, or on all of them."""
        moment = self._runtime.database.clock()
        due = [way for way in self._ways if now or self._digest_at(way) <= moment]
        if not due or not self._stores or self._runtime.stop():
            return
        sums = comparing.own_sums(self._runtime, self._stores)
        for way in due:
            if self._send_on(way, "digest", stores=sums):
                following = moment + int(self._rules.compare_every_s * SECOND)
                self._runtime.database.transact(partial(_compared, way.name, following))

    def _digest_at(self, way: Transport) -> int:
        channel = self._channels.get(way.name)
        return 0 if channel is None else int(channel.digest_at)

    def alive(self) -> None:
        """Tell on each way that there is nothing to tell, unless something was told not long ago."""
        before = self._runtime.database.clock() - int(self._rules.alive_every_s * SECOND)
        for way in list(self._ways):
            channel = self._channels.get(way.name)
            quiet = channel is None or channel.sent_at is None or channel.sent_at <= before
            if not (quiet and self._stores) or way.name in self._told:
                continue
            if self._send_on(way, "changes", stores=sorted(self._stores), rows=[]):
                self._runtime.database.transact(partial(_sent_to, way.name))

    # --- sending ---

    def _send(self, kind: str, **document: Any) -> list[tuple[str, str]]:
        """Send a message on every way; return (way, id of the message) of those that have confirmed it."""
        sent = [(way.name, self._send_on(way, kind, **document)) for way in list(self._ways)]
        return [(name, message) for name, message in sent if message]

    def _send_on(self, way: Transport, kind: str, **document: Any) -> str:
        """Send a message on one way and return its id; nothing when the way has failed, which is then left
        alone.
        """
        head = {"earmark": FORMAT, "kind": kind, "id": self._runtime.new_token(), **self._me._asdict()}
        head["sent_at"] = format_time(self._runtime.database.clock())
        try:
            way.send(written({**head, **document}, self._runtime.secrets))
        except TransportFailed as error:
            self.failed = self.failed or error
            self._whole = False
            self._ways.remove(way)
            return ""
        self._counts["messages"] += 1
        self._told.add(way.name)
        return str(head["id"])


def _row(found: Record) -> Row:
    return Row(found.store, found.sku, found.version, found.reserved, found.held, found.counted_at)


def _unsend(channel: str, before: int, work: Work) -> int:
    """Have the oldest messages sent again that nobody acknowledged; return how many."""
    rows = work.all("exchange_overdue", channel=channel, before=before, size=100)
    if rows:
        work.run("exchange_unsend", rows=[pair for row in rows for pair in json.loads(row.pairs)])
        work.run("exchange_sent_over", messages=[row.id for row in rows])
        work.run("exchange_unanswered", channel=channel)
    return len(rows)


def _answered(ids: Sequence[int], work: Work) -> None:
    work.run("exchange_answered", answers=list(ids))


def _sent_to(channel: str, work: Work) -> None:
    work.run("exchange_sent_to", channel=channel, now=work.now)


def _compared(channel: str, following: int, work: Work) -> None:
    work.run("exchange_sent_to", channel=channel, now=work.now)
    work.run("exchange_compare_at", channel=channel, at=following)
