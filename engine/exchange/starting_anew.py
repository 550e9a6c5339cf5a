"""Telling everything anew, and letting another database tell of a store."""

from __future__ import annotations

from functools import partial

from engine.definition import did_you_mean
from engine.errors import UnknownStore
from engine.exchange.identity import begin_epoch, identity
from engine.runtime import Runtime
from engine.storage.database import Work


def resync(runtime: Runtime) -> None:
    """Begin a new epoch: the next export tells every reservation, and all amounts are compared on both sides."""
    me = identity(runtime)
    runtime.database.transact(partial(_begin, me.epoch))


def _begin(epoch: int, work: Work) -> None:
    begin_epoch(work, epoch)


def forget(runtime: Runtime, store: str) -> None:
    """Let another database tell of a store from now on than the one that did; what is known stays until it does.

    Raises UnknownStore for one that is none of another database.
    """
    runtime.database.transact(partial(_forget, store))


def _forget(store: str, work: Work) -> None:
    known = [str(row.name) for row in work.all("exchange_others")]
    if store not in known:
        listed = ", ".join(known) or "none"
        raise UnknownStore(
            f"no other database tells of a store {store!r}; known: {listed}.{did_you_mean(store, known)}",
            remedy="'earmark exchange status' shows the stores of other databases, as 'import'.",
            store=store,
        )
    work.run("exchange_forget_store", store=store)
