"""Why a warehouse was chosen, in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from earmark.words.ages import time_text
from earmark.words.text import count

if TYPE_CHECKING:
    from engine.results import AllocatedItem, AllocationView, Reallocated

_CAUSES = {
    "placement": "chosen with the order",
    "event": "chosen by Earmark/Allocate",
    "rejection": "chosen in place of one that rejected it",
    "named": "named by its line or a command",
}


def reasons(item: AllocatedItem) -> Iterator[str]:
    """Yield why the item is to come from its warehouse, and what was chosen for it before: a line for each."""
    if not item.allocations:
        yield (
            "its line or a command has named the warehouse" if item.warehouse else "nothing was chosen for it"
        )
    for one in item.allocations:
        yield _reason(one)


def _reason(one: AllocationView) -> str:
    where = one.warehouse or "no warehouse has it"
    told = f"{where}, {_CAUSES.get(one.cause, one.cause)} at {time_text(one.at)}{_why(one.why)}"
    if one.rejected_at is not None:
        told += f"; rejected at {time_text(one.rejected_at)}: {one.rejected_because}"
    return told


def _why(why: Mapping[str, Any]) -> str:
    if not why.get("warehouses"):
        return ""
    text = f": {_plan(why)} was the best of {count(why['compared'], 'way')} to ship"
    if why.get("stopped"):
        text += " (more were not compared)"
    other = why.get("other")
    if other is None:
        return text
    decided = why.get("decided_by")
    by = "by name alone" if decided is None else f"by {decided}"
    return f"{text}, before {_plan(other)}, {by}"


def _plan(plan: Mapping[str, Any]) -> str:
    minds = ", ".join(f"{name} {_number(number)}" for name, number in plan["minds"].items())
    return f"{' + '.join(plan['warehouses'])} ({minds})"


def _number(number: float) -> str:
    return f"{number:.3f}".rstrip("0").rstrip(".")


def told(one: Reallocated) -> str:
    """Return what became of an item that a warehouse has rejected."""
    part = "" if one.split_from is None else f" (split off item {one.split_from})"
    after = one.after or "no warehouse: none of the others has it"
    return f"item {one.item}{part}: {one.quantity:f} from {one.before} to {after}"
