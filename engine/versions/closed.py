"""How many items stand in closed states: noted when they come and go, and never counted again.

A closed state reserves nothing, no reserved state can follow, and nothing but a call leads on. What comes there is
over and stays: after a year it is most of what a shop has. Whoever moves items into such a state, or out of one,
adds a note in the same transaction (table ``closed_items``). Nobody changes a note, so nobody waits for one; from
time to time they are summed up. Items of all other states are few enough to be counted when somebody asks.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from engine.clock import SECOND
from engine.storage.database import Database, Work
from engine.versions.place import Place

MOST_NOTES = 1000
"""So many notes may wait to be summed up."""

HOUR = 3600 * SECOND
"""To so many microseconds the ages of items in closed states are kept."""

_KEPT_BY_HOUR = 8 * 24 * HOUR
"""What is older is one sum: views tell days and weeks apart, and nothing beyond."""


def note_leaving(work: Work, source: Place, group: int) -> None:
    """Note that the items of a group of the working set leave the place; to be called while they stand there."""
    if source.closed:
        work.run("closed_counted", sign=-1, group=group)


def note_entering(work: Work, target: Place, group: int) -> None:
    """Note that the items of a group of the working set come to the place at the time of the unit of work."""
    if target.closed:
        work.run("closed_entered", state=target.state_id, now=work.now, group=group)


def note_standing(work: Work, target: Place, group: int) -> None:
    """Note that the items of a group of the working set stand at the place now, each since a time of its own."""
    if target.closed:
        work.run("closed_counted", sign=1, group=group)


def note_placed(work: Work, placed: Iterable[tuple[int, int]]) -> None:
    """Note that new items begin in closed states, each given by the ids of its state and its store."""
    if found := Counter(placed):
        rows = [[state, store, items] for (state, store), items in found.items()]
        work.run("closed_placed", rows=rows, now=work.now)


def sum_up(database: Database) -> None:
    """Sum up the notes if many wait for it."""
    with database.read() as reader:
        waiting = int(reader.scalar("closed_waiting"))
    if waiting >= MOST_NOTES:
        database.transact(_sum_up)


def count_anew(work: Work, *, states: Sequence[int]) -> None:
    """Keep of these states what a count of their items says."""
    if work.dialect == "postgresql":
        work.run("closed_alone")
    work.run("closed_forget", states=list(states))
    work.run("closed_recount", states=list(states), before=_by_hour_from(work))


def _by_hour_from(work: Work) -> int:
    return (work.now - _KEPT_BY_HOUR) // HOUR * HOUR


def _sum_up(work: Work) -> None:
    before = _by_hour_from(work)
    if work.dialect == "postgresql":
        work.run("closed_sum_up_at_once", before=before)
        return
    last = int(work.scalar("closed_last"))
    work.run("closed_sum_up", before=before, last=last)
    work.run("closed_drop", last=last)
