"""The working set (the table ``moving``), seen as groups: by the state its items stand in, or by their step.

Mostly all of them are alike; that is seen in one pass, at a fifth of what grouping costs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from engine.storage.database import Record, Work


@dataclass(frozen=True, slots=True)
class Group:
    """Items that are alike: ``key`` is their state's id or their step's number; ``last`` is the highest item id.

    ``fresh`` counts those that the call has not counted before.
    """

    key: int
    items: int
    fresh: int
    last: int


class Filled(NamedTuple):
    """The states the items stand in, and whether any of the items is claimed (the claim may be over)."""

    states: list[Group]
    claimed: bool


def by_state(work: Work) -> list[Group]:
    """Return the states the items stand in."""
    return states_and_claims(work).states


def states_and_claims(work: Work) -> Filled:
    """Return what the working set is filled with."""
    extent = work.first("moving_extent")
    return Filled(_groups(work, extent, "state", "moving_by_state"), extent is not None and extent.claims > 0)


def take_few(work: Work, items: Sequence[int]) -> Filled | None:
    """Put a few items into the empty working set, and return what ``states_and_claims`` would.

    Return None when some of them do not exist.
    """
    taken, claims = work.ask("moving_take_few", items=list(items)), work.ask("moving_claims")
    rows = taken()
    if len(rows) < len(items):
        return None
    work.told_time(rows[0].now)
    states: dict[int, list[int]] = {}
    for row in rows:
        states.setdefault(row.state_id, []).append(row.item_id)
    groups = [Group(state, len(ids), len(ids), max(ids)) for state, ids in sorted(states.items())]
    return Filled(groups, claims()[0].claims > 0)


def by_step(work: Work) -> list[Group]:
    """Return the steps of the plan that have items."""
    return _groups(work, work.first("moving_extent"), "group", "moving_by_group")


def _groups(work: Work, extent: Record | None, kind: str, apart: str) -> list[Group]:
    if extent is None or extent.items == 0:
        return []
    lowest, highest = getattr(extent, f"first_{kind}"), getattr(extent, f"last_{kind}")
    if lowest == highest:
        return [Group(lowest, int(extent.items), int(extent.fresh), extent.last)]
    return [Group(row[0], int(row[1]), int(row[2]), row[3]) for row in work.tuples(apart)]
