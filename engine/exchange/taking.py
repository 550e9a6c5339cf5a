"""Taking a message: what it tells is kept where it is newer, made to count, and answered, in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from engine.codes import Code
from engine.exchange import answers, comparing
from engine.exchange.applying import apply_told
from engine.exchange.identity import Identity, begin_epoch, send_all_again
from engine.exchange.messages import Answer, Buckets, Changes, Digest, Message, Row
from engine.exchange.refusal import NotTaken
from engine.runtime import Runtime
from engine.storage.database import Work


class Taken(NamedTuple):
    """What became of a message: rows that it told, and those of stores of this database, which are passed over."""

    rows: int = 0
    ignored: int = 0


def take(runtime: Runtime, me: Identity, message: Changes | Digest | Answer, work: Work) -> Taken:
    """Take a message. Raises NotTaken for one that must be kept aside; nothing has been written then."""
    if message.origin == me.origin:
        text = "this database sent it itself: give each direction a way of its own"
        raise NotTaken(Code.OWN_MESSAGE, text)
    if isinstance(message, Answer):
        return _take_answer(me, message, work)
    _check_owners(work, message.origin, _stores(message))
    latest = _heard(work, message)
    if isinstance(message, Digest):
        if message.epoch == latest:
            _compare(work, message)
        return Taken()
    return _take_changes(runtime, message, latest, work)


def _stores(message: Changes | Digest) -> list[str]:
    if isinstance(message, Digest):
        return sorted({told.store for told in message.stores})
    return sorted({*message.stores, *(row.store for row in message.rows)})


def _check_owners(work: Work, origin: str, stores: Sequence[str]) -> None:
    for row in work.all("exchange_owners", stores=list(stores)):
        if row.origin != origin:
            text = (
                f"the database {origin} tells of store '{row.store}', of which {row.origin} has told before"
            )
            raise NotTaken(Code.OTHER_ORIGIN, text)


def _heard(work: Work, message: Message) -> int:
    """Note that a database was heard of, and return its latest epoch.

    One that begins a new epoch was restored, or starts anew: it may have lost what it was told.
    """
    known = work.scalar("exchange_peer_epoch", origin=message.origin)
    work.run("exchange_heard", origin=message.origin, epoch=message.epoch, now=work.now)
    if known is not None and message.epoch > known:
        send_all_again(work)
    return max(int(known or 0), message.epoch)


def _take_changes(runtime: Runtime, message: Changes, latest: int, work: Work) -> Taken:
    local = {row.name for row in work.all("exchange_local", stores=_stores(message))}
    told = _by_names_of_now(message.newest(), work)
    rows = [row for row in told if row.store not in local]
    stores = {name: 0 for name in message.stores if name not in local}
    for row in rows:
        stores[row.store] = max(stores.get(row.store, 0), row.version)
    work.run(
        "exchange_note_stores",
        stores=[[name, version] for name, version in sorted(stores.items())],
        origin=message.origin,
        told_at=message.sent,
        now=work.now,
    )
    newer = _tell(runtime, message, rows, work)
    if message.epoch == latest and newer < len(rows):
        _answer_ahead(message, rows, work)
    if message.whole is not None and message.whole.store not in local:
        _empty_unlisted(runtime, message, message.whole, rows, work)
    if rows:
        answers.acknowledge(work, message.origin, message.id)
    return Taken(len(rows), len(told) - len(rows))


def _by_names_of_now(rows: Sequence[Row], work: Work) -> list[Row]:
    """Return rows by what products are called here now; of one that is told by several names the newest."""
    now = {row.name: row.sku for row in work.all("renamed_products", names=sorted({row.sku for row in rows}))}
    if not now:
        return list(rows)
    found: dict[tuple[str, str], Row] = {}
    for row in rows:
        sku = now.get(row.sku, row.sku)
        known = found.get((row.store, sku))
        if known is None or row.version > known.version:
            found[row.store, sku] = row if sku == row.sku else row._replace(sku=sku)
    return list(found.values())


def _tell(runtime: Runtime, message: Message, rows: Sequence[Row], work: Work) -> int:
    """Keep the rows where they are newer than what is known, and make them count; return how many are."""
    if not rows:
        return 0
    listed = [[r.store, r.sku, r.bucket, r.version, r.reserved, r.held, r.counted_at] for r in rows]
    told = {"rows": listed, "origin": message.origin, "epoch": message.epoch}
    newer = work.changed("exchange_tell", **told, now=work.now)
    apply_told(runtime, work, [(row.store, row.sku) for row in rows])
    return newer


def _answer_ahead(message: Changes, rows: Sequence[Row], work: Work) -> None:
    """Answer what is known that is newer than what was told: in the end this tells a restored database that it
    is.
    """
    listed = [[row.store, row.sku, row.version, row.reserved, row.held] for row in rows]
    found = work.all("exchange_ahead", rows=listed, origin=message.origin, epoch=message.epoch)
    ahead = [Row(row.store, row.sku, row.version, row.reserved, row.held) for row in found]
    answers.tell_ahead(work, message.origin, ahead)


def _empty_unlisted(
    runtime: Runtime, message: Changes, whole: Buckets, rows: Sequence[Row], work: Work
) -> None:
    """Take what a message that tells parts whole does not list as nothing, unless it is known of the same epoch."""
    found = work.all(
        "exchange_unlisted",
        store=whole.store,
        origin=message.origin,
        buckets=list(whole.buckets),
        skus=[row.sku for row in rows if row.store == whole.store],
    )
    older = [Row(whole.store, row.sku, 0, 0, 0) for row in found if row.epoch < message.epoch]
    _tell(runtime, message, older, work)
    ahead = [
        Row(whole.store, row.sku, row.version, row.reserved, row.held)
        for row in found
        if row.epoch == message.epoch
    ]
    answers.tell_ahead(work, message.origin, ahead)


def _compare(work: Work, message: Digest) -> None:
    """Ask for the parts of which something else is known here than there."""
    names = [told.store for told in message.stores]
    local = {row.name for row in work.all("exchange_local", stores=names)}
    for told in message.stores:
        if told.store in local:
            continue
        known = comparing.known_sums(work, message.origin, told.store)
        differing = [
            number for number, two in enumerate(zip(told.sums, known, strict=True)) if two[0] != two[1]
        ]
        if differing:
            answers.want(work, message.origin, told.store, differing)


def _take_answer(me: Identity, message: Answer, work: Work) -> Taken:
    """Take what another database answers, if it answers this one."""
    _heard(work, message)
    if message.to != me.origin:
        return Taken()
    ids = list(message.acknowledged)
    if ids:
        work.run("exchange_acknowledged", messages=ids, now=work.now)
        work.run("exchange_sent_over", messages=ids)
    for parts in message.wanted:
        answers.state(work, message.origin, parts.store, parts.buckets)
    if message.its_epoch > me.epoch:
        begin_epoch(work, message.its_epoch)
    elif message.its_epoch == me.epoch and _is_behind(work, message.rows_ahead()):
        begin_epoch(work, me.epoch)
    return Taken()


def _is_behind(work: Work, rows: Sequence[Row]) -> bool:
    """Return whether others have heard of something that this database does not know it told: it was restored."""
    if not rows:
        return False
    listed = [[row.store, row.sku, row.version, row.reserved, row.held] for row in rows]
    return bool(work.scalar("exchange_behind", rows=listed))
