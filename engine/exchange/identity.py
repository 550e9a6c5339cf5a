"""Who this database is to others: an id that is made once, and an epoch that tells one past from another.

A database that was restored from a backup counts versions again that others have heard of already. An epoch
above all that was heard of makes what it tells from then on newer.
"""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

from engine.runtime import Runtime
from engine.storage.database import Reader, Work


class Identity(NamedTuple):
    """The id of this database, and its present epoch."""

    origin: str
    epoch: int


def identity(runtime: Runtime) -> Identity:
    """Return who this database is; it is somebody from its first topology with a store elsewhere on, or from
    now.
    """
    with runtime.database.read() as reader:
        found = known_identity(reader)
    return found or runtime.database.transact(partial(_begin, runtime.new_token()))


def known_identity(reader: Reader) -> Identity | None:
    """Return who this database is, None before it has taken part in an exchange."""
    row = reader.first("exchange_self")
    return None if row is None else Identity(row.origin, int(row.epoch))


def _begin(origin: str, work: Work) -> Identity:
    work.run("exchange_begin", origin=origin, now=work.now)
    found = known_identity(work)
    assert found is not None  # it was begun by this unit of work or by another one
    return found


def begin_epoch(work: Work, above: int) -> None:
    """Begin an epoch above one that was heard of, unless there is one: everything is sent again, and compared."""
    if not work.changed("exchange_raise_epoch", above=above, now=work.now):
        return
    send_all_again(work)


def send_all_again(work: Work) -> None:
    """Have the next export send every reservation, and compare all amounts afterwards."""
    work.run("exchange_unsend_all")
    work.run("exchange_sent_all_over")
    work.run("exchange_compare_now")
