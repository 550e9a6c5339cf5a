"""What a process says of amendments of its orders: in which states items can be amended, and where pieces leave to.

Both are said with flags of states, as process files of this kind have them. Everything here is pure.
"""

from __future__ import annotations

from engine.definition.model import Process, State

AMENDABLE = "amendable"
"""The flag of states in which items of an order can be amended."""

AMENDING = "amendment in progress"
"""The flag of states in which items stand while somebody amends their order: they can be amended, too."""

AMENDED_OUT = "amended out"
"""The flag of the state that what is taken out of an order comes to."""


def is_amendable(state: State) -> bool:
    """Return whether items can be amended that stand in the state."""
    return AMENDABLE in state.flags or AMENDING in state.flags


def way_out(process: Process, state: State) -> State | None:
    """Return the state that pieces come to which are taken out of an item in the state; None where there is none.

    It is the one that has the flag, of several that which a transition leads to; else the first one that an event
    of the state cancels to. It reserves nothing, and cannot be amended itself.
    """
    flagged = [one for one in process.states if AMENDED_OUT in one.flags and _takes(one, state)]
    reached = [way for way in process.outgoing[state.index] if way.event is not None]
    if flagged:
        targets = {way.target for way in reached}
        return next((one for one in flagged if one.index in targets), flagged[0])
    for way in reached:
        target = process.states[way.target]
        names = (target.name, process.events[way.event or 0].name)
        if _takes(target, state) and any("cancel" in name.lower() for name in names):
            return target
    return None


def _takes(target: State, state: State) -> bool:
    return target.index != state.index and not target.reserved and not is_amendable(target)
