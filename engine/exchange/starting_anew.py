"""Telling everything anew, and letting another database tell of a store."""

from __future__ import annotations

from functools import partial

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
    """Let another database tell of a store from now on than the one that did; what is known stays until it does."""
    runtime.database.transact(partial(_forget, store))


def _forget(store: str, work: Work) -> None:
    work.run("exchange_forget_store", store=store)
