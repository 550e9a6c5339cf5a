"""The processes of the run: families of versions, of which each differs from the others, and variants of each.

``Rush`` is what the shelves are watched for: nothing is forced or reopened there, so no piece may ever be sold that
is not there. ``Sale`` has everything else.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

RUSH = {
    "A": """
        states open* packed* shipped* gone dropped
        open -> packed : pack
        open -> dropped : drop
        packed -> shipped : ship
        shipped -> gone : stock-update
        open -> dropped : lapse
        event ship manual command=load
        event lapse timeout={seconds}seconds
    """,
    "B": """
        states open* boxed* shipped* gone dropped
        open -> boxed : pack
        open -> dropped : drop
        boxed -> shipped : ship
        shipped -> gone : stock-update
        open -> dropped : lapse
        event ship manual command=load
        event lapse timeout={seconds}seconds processor=soon
    """,
    "C": """
        states open* checked* packed* shipped* gone dropped
        open -> checked : pack
        checked -> packed [settled]
        open -> dropped : drop
        packed -> shipped : ship
        shipped -> gone : stock-update
        open -> dropped : lapse
        event ship manual command=load
        event lapse timeout={seconds}seconds
    """,
}
SALE = {
    "A": """
        states new paid* packed* shipped* delivered* closed cancelled
        new -> paid : pay [solvent]
        new -> cancelled : cancel
        new -> cancelled : expire
        paid -> packed : collect
        paid -> cancelled : cancel
        paid -> cancelled : lapse
        packed -> shipped : ship
        packed -> cancelled : cancel
        shipped -> delivered : stock-update
        delivered -> closed [settled]
        cancelled -> new : reopen
        event pay manual command=charge
        event collect onEnter command=pick
        event expire timeout={seconds}seconds command=remind
        event lapse timeout={seconds}seconds processor=soon
        event ship manual command=book
        event stock-update command=unload
    """,
    "B": """
        states new paid boxed* shipped* delivered closed cancelled
        new -> paid : pay
        new -> cancelled : cancel
        new -> cancelled : expire
        paid -> boxed : collect
        paid -> cancelled : cancel
        paid -> cancelled : lapse
        boxed -> shipped : ship
        boxed -> cancelled : cancel
        shipped -> delivered : stock-update [settled]
        delivered -> closed [settled]
        cancelled -> new : reopen
        cancelled -> new : greet
        event pay manual command=charge
        event collect onEnter command=pick
        event greet timeout={seconds}seconds command=greet
        event expire timeout={seconds}seconds command=remind
        event lapse timeout={seconds}seconds processor=soon
        event ship manual command=book
        event stock-update
    """,
    "C": """
        states new parked* paid* packed* shipped* delivered* closed cancelled
        new -> parked : pay
        parked -> paid [solvent]
        parked -> cancelled : cancel
        new -> cancelled : cancel
        new -> cancelled : expire
        paid -> packed : wrap
        paid -> cancelled : cancel
        packed -> shipped : ship
        packed -> cancelled : cancel
        shipped -> delivered : stock-update
        delivered -> closed [settled]
        cancelled -> new : reopen
        event pay manual command=charge
        event wrap onEnter command=greet
        event expire timeout={seconds}seconds
        event ship manual command=book
        event stock-update
    """,
}
FLOWS: Mapping[str, Mapping[str, str]] = {"Rush": RUSH, "Sale": SALE}
PLACES = {
    "packed": ("boxed",),
    "boxed": ("packed",),
    "checked": ("boxed", "packed"),
    "parked": ("new",),
}
"""Where items go to whose state another version does not have, the first that it has."""

VARIANTS = (2, 3, 4)
"""After how many seconds the timeouts of a variant are due."""


def text_of(process: str, family: str, seconds: int) -> str:
    """The process as ``tests.helpers.processes`` reads it."""
    return FLOWS[process][family].replace("{seconds}", str(seconds))


def state_map(before: Collection[str], after: Collection[str]) -> dict[str, str]:
    """How states are mapped that the target lacks."""
    found = {}
    for old, others in PLACES.items():
        there = [name for name in others if name in after]
        if old in before and old not in after and there:
            found[old] = there[0]
    return found
