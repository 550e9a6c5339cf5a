"""Holds whose time is over: they end, and their items stay where they are."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from engine.inventory.ledger import Ledger
from engine.moving.log import log_run
from engine.moving.step import Origin, Step
from engine.moving.working_set import states_and_claims
from engine.runtime import Runtime
from engine.storage.database import Work


def end_holds(runtime: Runtime) -> int:
    """End the holds whose time is over; the items stay where they are. Return how many holds ended."""
    if runtime.rules.checkout.hold_timeout_s is None and not _any_hold(runtime):
        return 0
    origin = Origin("hold-timeout", runtime.correlation(), background=True)
    total = 0
    while not runtime.stop():
        now = runtime.database.clock()
        ended = runtime.database.transact(partial(_end_some_holds, runtime, origin, now, None))
        if not ended:
            break
        total += ended
    return total


def end_holds_of(runtime: Runtime, products: Sequence[int], now: int) -> None:
    """End the holds of these products whose time is over at ``now``: somebody asks for what they hold."""
    origin = Origin("hold-timeout", runtime.correlation(), background=True)
    while runtime.database.transact(partial(_end_some_holds, runtime, origin, now, products)):
        pass


def _end_some_holds(
    runtime: Runtime, origin: Origin, now: int, products: Sequence[int] | None, work: Work
) -> int:
    work.run("clear_moving")
    size = runtime.rules.execution.chunk
    if products is None:
        work.run("expired_holds", now=now, size=size)
    else:
        work.run("expired_holds_of", now=now, products=list(products), size=size)
    groups, _, _, named = states_and_claims(work)
    if not groups:
        return 0
    ledger = Ledger(work, runtime.plugins, runtime.rules)
    work.run("collect_hold_delta")
    if named:
        work.run("collect_named_holds")
    ledger.lock_deltas(named=named)
    for number, group in enumerate(groups):  # all of them first: they come into the working set as group 0
        work.run("moving_group_state", group=number, state=group.key)
    for number, group in enumerate(groups):
        place = runtime.catalogue.place(work, group.key)
        step = Step(number, place.version, place.state, None, None, "hold_ended")
        run, _ = log_run(runtime, work, step, origin, group.items)
        work.run("end_holds", run=run, group=number)
        work.run("insert_history", run=run, group=number)
    ledger.post(named=named)
    ledger.settle()
    return sum(group.items for group in groups)


def _any_hold(runtime: Runtime) -> bool:
    with runtime.database.read() as reader:
        return reader.first("any_expiring_hold") is not None
