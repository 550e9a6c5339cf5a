"""The waves that a step sets off: the automatic steps of the states reached, one after the other."""

from __future__ import annotations

from collections.abc import Sequence

from engine.codes import Code
from engine.moving.chunk import Fill, move_chunk
from engine.moving.step import LONGEST_CHAIN, Applied, Origin
from engine.results import MoveReport, Refusal
from engine.runtime import Runtime


def follow(runtime: Runtime, applied: Sequence[Applied], origin: Origin, report: MoveReport) -> None:
    """Take the automatic steps that applied steps made due, and the ones that these make due, until none is.

    They are stored when they become due: what a crash cuts off here is taken up by the next background run.
    """
    waves = [(done, origin.chain + 1) for done in applied]
    while waves:
        done, chain = waves.pop(0)
        if not done.step.changes_state or done.step.target is None:
            continue
        follows = done.step.version.process.on_enter_event(done.step.target.index)
        if follows is None:
            continue
        if chain > LONGEST_CHAIN:
            _stop(runtime, done, report)
            continue
        wave = Origin(
            "on-enter",
            origin.correlation,
            background=True,
            data=origin.data,
            chain=chain,
            actor=origin.actor,
        )
        taken = move_chunk(runtime, follows.name, wave, _due_by(done.run_id, follows.name), report)
        waves += [(next_done, chain + 1) for next_done in taken.applied]


def _due_by(run_id: int, event: str) -> Fill:
    return lambda work: work.run("moving_add_due", run=run_id, event=event)


def _stop(runtime: Runtime, done: Applied, report: MoveReport) -> None:
    text = f"more than {LONGEST_CHAIN} automatic steps in a row"
    stuck = runtime.database.transact(
        lambda work: work.returning("stop_chain", run=done.run_id, now=work.now, error=text)
    )
    report.stuck += [
        Refusal(row.item_id, Code.AUTOMATIC_LOOP, f"item {row.item_id}: {text}") for row in stuck
    ]
