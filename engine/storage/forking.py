"""Forking a process that has opened a database, as web servers do with their workers.

A connection must not be used by two processes: over one to PostgreSQL each would read the other's answers, and
SQLite would believe in locks that only the parent has, up to orders that are written into a file which has been
deleted. So what rests in the pools is closed before a fork, and the child begins with empty pools.
"""

from __future__ import annotations

import os
from weakref import WeakSet

from sqlalchemy import Engine, Pool

_engines: WeakSet[Engine] = WeakSet()
_left: list[Pool] = []


def survive_forks(engine: Engine) -> None:
    """Have every process that is forked from this one make connections of its own."""
    _engines.add(engine)


def _before() -> None:
    for engine in list(_engines):
        # Not the engine's own dispose(): what is in use would come back to a pool that nobody closes any more.
        engine.pool.dispose()


def _in_child() -> None:
    for engine in list(_engines):
        # What another thread was using at that moment is the parent's: it must not be closed here, nor forgotten.
        _left.append(engine.pool)
        engine.dispose(close=False)


if hasattr(os, "register_at_fork"):  # there is nothing to fork elsewhere
    os.register_at_fork(before=_before, after_in_child=_in_child)
