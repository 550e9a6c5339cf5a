"""The working set (the table ``moving``), seen as groups: by the state its items stand in, or by their step.

Mostly all of them are alike; that is seen in one pass, at a fifth of what grouping costs.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from engine.moving.rows import Extent, Group
from engine.storage.database import Work


class Filled(NamedTuple):
    """What the working set is filled with: the states its items stand in, or their steps.

    ``claimed`` tells whether any of them is claimed (the claim may be over), ``suspended`` whether anything is
    suspended, which need not be among them, ``named`` whether any of them is to come from a certain warehouse.
    """

    groups: list[Group]
    claimed: bool
    suspended: bool
    named: bool


def by_state(work: Work) -> list[Group]:
    """Return the states the items stand in."""
    return states_and_claims(work).groups


def states_and_claims(work: Work) -> Filled:
    """Return what the working set is filled with."""
    (extent,) = work.typed(Extent, "moving_extent")
    alike = extent.first_state == extent.last_state
    groups = _alike(extent, extent.first_state) if alike else work.typed(Group, "moving_by_state")
    return _filled(groups, extent)


def take_few(work: Work, items: Sequence[int]) -> Filled | None:
    """Put a few items into the empty working set, and return what ``states_and_claims`` would.

    Return None when some of them do not exist.
    """
    taken, claims = work.ask("moving_take_few", items=list(items)), work.ask("moving_claims")
    rows = taken()
    if len(rows) < len(items):
        return None
    work.told_time(max(row.now for row in rows))  # each row tells the time once it is locked
    states: dict[int, list[int]] = {}
    for row in rows:
        states.setdefault(row.state_id, []).append(row.item_id)
    groups = [Group(state, len(ids), len(ids), max(ids)) for state, ids in sorted(states.items())]
    (told,) = claims()
    named = any(row.warehouse_id is not None for row in rows)
    return Filled(groups, told.claims > 0, told.suspended > 0, named)


def by_step(work: Work) -> list[Group]:
    """Return the steps of the plan that have items."""
    return steps_and_claims(work).groups


def steps_and_claims(work: Work) -> Filled:
    """Return the steps of the plan that have items, and what else is known of these."""
    (extent,) = work.typed(Extent, "moving_extent")
    alike = extent.first_group == extent.last_group
    groups = _alike(extent, extent.first_group) if alike else work.typed(Group, "moving_by_group")
    return _filled(groups, extent)


def _filled(groups: list[Group], extent: Extent) -> Filled:
    return Filled(groups, extent.claims > 0, extent.suspended > 0, extent.named > 0)


def _alike(extent: Extent, key: int | None) -> list[Group]:
    """Return the only group; none for an empty working set."""
    if key is None or extent.fresh is None or extent.last is None:
        return []
    return [Group(key, extent.items, extent.fresh, extent.last)]
