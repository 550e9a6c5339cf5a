"""Triggering an event for a selection of items: chunk by chunk, each followed by the waves it sets off."""

from __future__ import annotations

from collections.abc import Sequence

from engine.codes import Code
from engine.definition.suggest import nearest
from engine.errors import InputError, UnknownEvent
from engine.moving.busy import wait_for
from engine.moving.chunk import Fill, Taken, ask_chunk, move_chunk
from engine.moving.parts import Parted, PartToTake, check_parts, take_parts
from engine.moving.plan import Task
from engine.moving.selection import check_one_way, named_items, possible_id, refuse_unknown
from engine.moving.split import only_conditions
from engine.moving.step import WHOLE, Origin, Parts
from engine.moving.waves import follow
from engine.moving.working_set import Filled, by_state, take_few
from engine.quantity import parse_quantity
from engine.requests import Selection
from engine.results import MoveReport, Refusal
from engine.runtime import Progress, Runtime, no_progress
from engine.storage.database import Reader, Work

_FEW = 100
"""Of so many items what must be known is told with taking them: it would be a statement more."""


def trigger(
    runtime: Runtime,
    event: str,
    selection: Selection,
    origin: Origin,
    progress: Progress = no_progress,
) -> MoveReport:
    """Fire the event for the selected items. Nothing is done when an item, order, state or event is unknown.

    Raises UnknownItem, UnknownOrder, ProcessNotFound, UnknownState, UnknownEvent, InputError, and for parts of
    items QuantityAboveItem and QuantityTooFine.
    """
    report = MoveReport()
    parts = _parts(runtime, event, selection)
    selected = _few_items(runtime, event, selection)
    if selected is None:
        with runtime.database.read() as reader:
            check_event(runtime, reader, event)
            selected = _resolve(runtime, reader, event, selection)
    if isinstance(selected, _States):
        _trigger_states(runtime, event, selected, origin, report, progress)
    else:
        trigger_items(runtime, event, selected, origin, report, progress, parts)
    return report


def _parts(runtime: Runtime, event: str, selection: Selection) -> Parts:
    """Return of which items only a part goes, having seen that there is as much of each."""
    if not selection.quantities:
        return WHOLE
    if selection.process or selection.state:
        raise InputError(
            "a quantity is of a single item, and the items are those of a state",
            remedy="Name the items, each with its quantity.",
        )
    alike = {quantity: parse_quantity(quantity) for quantity in set(selection.quantities.values())}
    parts = {item: alike[quantity] for item, quantity in selection.quantities.items()}
    if len(parts) + len(selection.items) <= runtime.rules.execution.chunk and not selection.orders:
        return parts  # all is seen in the unit of work that moves them
    with runtime.database.read() as reader:
        check_event(runtime, reader, event)
        refuse_unknown(reader, list(parts))
        check_parts(reader, parts)
    return parts


class _States(list[int]):
    """State ids: all items of these states."""


def _few_items(runtime: Runtime, event: str, selection: Selection) -> list[int] | None:
    """Return the items when one unit of work will do: whether they exist is seen there, before anything is done."""
    if selection.orders or selection.process or selection.state:
        return None
    ids = sorted({*selection.items, *selection.quantities})
    if not ids:
        return None
    few = len(ids) <= runtime.rules.execution.chunk and all(map(possible_id, (ids[0], ids[-1])))
    return ids if few and runtime.catalogue.knows_event(event) else None


def check_event(runtime: Runtime, reader: Reader, event: str) -> None:
    """See that some deployed process has the event. Raises UnknownEvent, with names that are close."""
    if runtime.catalogue.knows_event(event):
        return
    versions = runtime.catalogue.all_versions(reader)
    if any(version.event(event) is not None for version in versions):
        return
    names = sorted({known.name for version in versions for known in version.process.events})
    near = nearest(event, names)
    hint = "" if near is None else f"; did you mean {near!r}?"
    raise UnknownEvent(f"no deployed process has an event {event!r}{hint}")


def _resolve(runtime: Runtime, reader: Reader, event: str, selection: Selection) -> list[int]:
    check_one_way(selection)
    if selection.process is not None and selection.state is not None:
        places = runtime.catalogue.places_named(reader, selection.process, selection.state)
        if not any(event in place.version.offered(place.state) for place in places):
            has = ", ".join(places[-1].version.offered(places[-1].state)) or "none"
            raise UnknownEvent(
                f"the state {selection.state!r} of {selection.process!r} has no event {event!r}; it has: {has}"
            )
        # Also in versions that lack the event there: their items come back blocked, not passed over.
        return _States(place.state_id for place in places)
    return named_items(reader, selection)


def trigger_items(
    runtime: Runtime,
    event: str,
    ids: Sequence[int],
    origin: Origin,
    report: MoveReport,
    progress: Progress,
    parts: Parts = WHOLE,
) -> None:
    """Fire the event, which some process has, for the items with these ids, each of which is named once.

    Of the items in ``parts`` only so much goes.

    Raises UnknownItem, before anything is done for the chunk that it is in.
    """
    size = runtime.rules.execution.chunk
    busy: dict[int, Refusal] = {}
    for start in range(0, len(ids), size):
        if runtime.stop():
            report.complete = False
            return
        part = list(ids[start : start + size])
        busy |= _one(runtime, event, part, origin, report, parts, refuse=len(ids) <= size).busy
        progress(min(start + size, len(ids)), len(ids))
    wait_for(
        runtime, busy, origin, report, lambda part: _one(runtime, event, part, origin, report, parts).busy
    )


def _one(
    runtime: Runtime,
    event: str,
    part: list[int],
    origin: Origin,
    report: MoveReport,
    parts: Parts,
    *,
    refuse: bool = False,
) -> Taken:
    def fill(work: Work) -> Filled | None:
        if parts:
            _take_parted(work, part, parts)
            return None
        if len(part) <= _FEW:
            filled = take_few(work, part)
            if filled is None:
                refuse_unknown(work, part)
            return filled
        if work.changed("moving_add_ids", items=part) < len(part):
            refuse_unknown(work, part)
        return None

    asked = Parted(refuse) if parts else None
    taken = move_chunk(runtime, event, origin, fill, report, parts=asked)
    follow(runtime, taken.applied, origin, report)
    return taken


def _take_parted(work: Work, items: Sequence[int], parts: Parts) -> None:
    """Put items into the working set, of some of them only a part. Raises UnknownItem."""
    whole = [item for item in items if item not in parts]
    if whole:
        work.run("moving_add_ids", items=whole)
    take_parts(work, [PartToTake(item, parts[item]) for item in items if item in parts])
    if work.scalar("moving_size") < len(items):
        refuse_unknown(work, items)


def _trigger_states(
    runtime: Runtime, event: str, states: _States, origin: Origin, report: MoveReport, progress: Progress
) -> None:
    busy: dict[int, Refusal] = {}
    for state in states:
        after, size = 0, runtime.rules.execution.chunk
        while True:
            if runtime.stop():
                report.complete = False
                return
            taken = _state_chunk(runtime, event, state, (after, size), origin, report)
            follow(runtime, taken.applied, origin, report)
            busy |= taken.busy
            progress(report.examined, None)
            if taken.items < size:
                break
            after = taken.last
    wait_for(runtime, busy, origin, report, lambda part: _still(runtime, event, states, part, origin, report))


def _still(
    runtime: Runtime, event: str, states: _States, part: list[int], origin: Origin, report: MoveReport
) -> dict[int, Refusal]:
    """Try items of these states that were claimed; return those that still are. Those that have left are told."""
    left: list[int] = []

    def fill(work: Work) -> None:
        work.run("moving_add_ids", items=part)
        left.clear()
        for group in by_state(work):
            if group.key not in states:
                left.extend(row.item_id for row in work.all("moving_of_state", state=group.key))
                work.run("moving_drop_state", state=group.key)

    taken = move_chunk(runtime, event, origin, fill, report)
    text = "somebody else has moved the item meanwhile"
    report.failed += [Refusal(item, Code.STATE_CHANGED, f"item {item}: {text}") for item in sorted(left)]
    follow(runtime, taken.applied, origin, report)
    return taken.busy


def _state_chunk(
    runtime: Runtime, event: str, state: int, part: tuple[int, int], origin: Origin, report: MoveReport
) -> Taken:
    """Move the next items of a state. Where only conditions have to see them, they need not be locked for it."""
    after, size = part
    with runtime.database.read() as reader:
        place = runtime.catalogue.place(reader, state)
    conditions = only_conditions(runtime, place, event, origin)
    if conditions is None:
        return move_chunk(runtime, event, origin, _of_state(state, after, size), report)
    return ask_chunk(runtime, Task(place, place.version.event(event), None, conditions), part, origin, report)


def _of_state(state: int, after: int, size: int) -> Fill:
    return lambda work: work.run("moving_add_state", state=state, after=after, size=size)
