"""Parts of items: how much of an item an event is for, and what becomes of an item of which only a part goes.

What goes gets an id of its own and moves; what stays keeps the item's id, its state and all that it waits for.
That is written in the transaction that moves the part, so until then nothing is split: a command is called for so
much of the item, and when it fails, the item is what it was. What the item did before is the history of both.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from engine.codes import Code
from engine.errors import QuantityAboveItem, QuantityTooFine
from engine.inventory.counting import Counting
from engine.moving.claims import forget_calls
from engine.moving.items import LoadedItem, PartItem
from engine.moving.step import Failure, Failures, Parts, Step
from engine.quantity import Unit, format_quantity, to_decimal
from engine.results import MovedPart, MoveReport, Refusal
from engine.storage.database import Reader, Record, Work
from engine.versions.closed import note_entering, note_standing
from engine.versions.place import Place

_FEW = 8
"""Up to so many different quantities each have a statement with bare ids, which is read several times as fast."""


def check_parts(reader: Reader, parts: Parts) -> None:
    """See that there is as much of each item, in its unit. Raises QuantityAboveItem or QuantityTooFine with all.

    Items that do not exist are passed over.
    """
    rows = reader.all("parts_asked", items=list(parts))
    above = [_too_much(row.id, parts[row.id], row.quantity) for row in rows if parts[row.id] > row.quantity]
    fine = [
        _too_fine(row, parts[row.id])
        for row in rows
        if row.step is not None and parts[row.id] % row.step and parts[row.id] != row.quantity
    ]
    _refuse(above, fine)


class Parted(NamedTuple):
    """There are items of which only a part goes; with ``refuse`` nothing is done when one of them is less."""

    refuse: bool


class PartToTake(NamedTuple):
    """So much of an item, in millionths, as far as it stands at a step (-1: any), for a group of the plan."""

    item: int
    quantity: int
    step: int = -1
    group: int = 0
    fresh: int = 1


def take_parts(work: Work, parts: Iterable[PartToTake]) -> None:
    """Put parts of items into the working set. What is as much as its item goes whole."""
    alike: dict[tuple[int, int, int, int], list[int]] = {}
    for item, *kind in parts:
        alike.setdefault((kind[0], kind[1], kind[2], kind[3]), []).append(item)
    if len(alike) <= _FEW:
        for (quantity, step, group, fresh), items in alike.items():
            known = {"quantity": quantity, "step": step, "group": group, "fresh": fresh}
            work.run("moving_add_parts", items=items, **known)
    else:
        rows = [[item, *kind] for kind, items in alike.items() for item in items]
        work.run("moving_add_parts_each", parts=rows)


def only_parts(work: Work, report: MoveReport, *, refuse: bool) -> dict[int, Narrowed]:
    """Return in which states are items of the working set of which only a part goes.

    An item that is less by now is left out and told; with ``refuse`` raises QuantityAboveItem or QuantityTooFine.
    """
    less = work.all("moving_too_much")
    if refuse:
        above = [_too_much(row.item_id, row.quantity, row.there) for row in less]
        _refuse(above, [_too_fine(row, row.quantity) for row in work.all("moving_too_fine")])
    elif less:
        work.run("moving_drop_ids", items=[row.item_id for row in less])
        report.blocked += [
            Refusal(row.item_id, Code.QUANTITY_ABOVE_ITEM, _too_much(row.item_id, row.quantity, row.there))
            for row in less
        ]
    rows = work.all("moving_parts_by_state")
    return {row.state_id: Narrowed(row.parts == row.items) for row in rows if row.parts}


class Narrowed(NamedTuple):
    """Items of a state of which only a part goes; whether those are ``all`` of the state."""

    all: bool


def too_fine(reader: Reader, items: Sequence[LoadedItem]) -> Failures:
    """Return for which items a command answered with a quantity that is finer than the unit."""
    parts = parts_of(items)
    rows = reader.all("parts_asked", items=list(parts)) if parts else []
    return {
        row.id: Failure(Code.COMMAND_FAILED, _too_fine(row, parts[row.id]))
        for row in rows
        if row.step is not None and parts[row.id] % row.step
    }


def parts_of(items: Iterable[LoadedItem]) -> dict[int, int]:
    """Return how much goes of those items that are parts."""
    return {item.id: item.millionths for item in items if isinstance(item, PartItem)}


def _refuse(above: Sequence[str], fine: Sequence[str]) -> None:
    if above:
        raise QuantityAboveItem("; ".join([*above, *fine]))
    if fine:
        raise QuantityTooFine("; ".join(fine))


def divide(work: Work, steps: Sequence[Step]) -> tuple[list[Step], dict[int, list[MovedPart]]]:
    """Let the working set have the parts of the steps in place of their items; write what stays of these.

    Returns the steps, which speak of the parts from now on, and the parts by group. These are still to be
    stored, in the state that they come to.
    """
    work.run("moving_divide", groups=[step.group for step in steps if step.parts])
    work.run("part_rests")
    rows = work.all("moving_parts")
    if any(_has_commands(step) for step in steps if step.parts):
        # Calls that the items were part of cannot be repeated: they are not what they were.
        forget_calls(work, work.returning("forget_command_runs", items=[row.part_of for row in rows]))
    _take_rests(work, steps, rows)
    new = {row.part_of: row.item_id for row in rows}
    told: dict[int, list[MovedPart]] = {}
    for row in rows:
        part = MovedPart(row.item_id, row.part_of, to_decimal(row.quantity), to_decimal(row.stays))
        told.setdefault(row.group_no, []).append(part)
    return [_speaking_of(step, new) if step.parts else step for step in steps], told


def _has_commands(step: Step) -> bool:
    assert step.source is not None  # only what stands somewhere is split
    return any(event.command for event in step.version.process.state_events(step.source.index))


def store_parts(work: Work, step: Step, run_id: int, counting: Counting | None, *, left: bool) -> None:
    """Store the parts of a step in the state they come to. ``left`` is whether they had left the shelf before."""
    assert step.target is not None and step.source is not None  # only what goes is split
    target, stays = step.version.place(step.target), not step.changes_state
    known = {
        "target": target.state_id,
        "run": run_id,
        "group": step.group,
        "now": work.now,
        "left": int(left),
        "stays": int(stays),
    }
    _keep_rests(work, step)
    if counting is not None:
        work.run("enter_parts_counting", **known, **counting.parameters())
    else:
        work.run("enter_parts", **known)
    if stays:
        _stay(work, step, target)
    else:
        note_entering(work, target, step.group)


def _keep_rests(work: Work, step: Step) -> None:
    """Let what stays of the items of a group have all that its item had before it."""
    assert step.source is not None  # only what stands somewhere is split
    process, source = step.version.process, step.source.index
    work.run("part_migrations", group=step.group)
    work.run("rest_migrations", group=step.group)
    if process.on_enter_event(source) is not None:
        work.run("rest_due_steps", group=step.group)
    if process.candidates(source, None):
        work.run("rest_sweep_failures", group=step.group)


def _stay(work: Work, step: Step, place: Place) -> None:
    """Give parts that stay in their state what their items have before them there."""
    note_standing(work, place, step.group)
    process, state = place.version.process, place.state.index
    if process.timeout_events(state):
        work.run("part_timeouts", group=step.group)
    automatic = process.on_enter_event(state)
    if automatic is not None and step.event != automatic:
        work.run("part_due_steps", group=step.group)


def _take_rests(work: Work, steps: Sequence[Step], rows: Sequence[Record]) -> None:
    """Take along what stays of items whose command did not let all of them go on: it takes a step as well."""
    groups = {step.group: step.rest for step in steps if step.rest is not None}
    rests = [[row.part_of, groups[row.group_no]] for row in rows if row.group_no in groups]
    if rests:
        work.run("moving_add_rests", rests=rests)


def _speaking_of(step: Step, new: Mapping[int, int]) -> Step:
    """Return the step with what it says of single items said of their parts."""
    due = {
        event: {new[item]: at for item, at in times.items() if item in new}
        for event, times in step.due.items()
    }
    names = {new[item]: name for item, name in step.warehouse_names.items() if item in new}
    return replace(step, due=due, warehouse_names=names)


def _too_much(item: int, asked: int, there: int) -> str:
    return f"item {item} is {format_quantity(there)}, not {format_quantity(asked)}"


def _too_fine(row: Record, quantity: int) -> str:
    return f"item {row.id}: {Unit(row.unit, int(row.step)).refusal(row.sku, quantity)}"
