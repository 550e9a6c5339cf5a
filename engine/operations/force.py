"""Forcing items to a state whatever the transitions say: for what has gone wrong outside of the process.

Claims are broken, and what the old state had planned is forgotten; the new state is entered like any other:
reservation and hold follow in the same transaction, timeouts are armed, the automatic step follows. A force never
fails for lack of stock: what exceeds it is recorded as a shortfall.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field

from engine.clock import to_datetime
from engine.codes import Code
from engine.definition import Event
from engine.errors import InputError, UnknownState
from engine.inventory.ledger import Ledger
from engine.moving.apply import apply_steps
from engine.moving.claims import forget_calls
from engine.moving.items import LoadedItem, loaded_items
from engine.moving.plan import processor_times
from engine.moving.selection import check_one_way, named_items, refuse_parts
from engine.moving.step import Applied, Failures, Origin, Step
from engine.moving.suspended import leave_suspended, refused
from engine.moving.waves import follow
from engine.moving.working_set import by_state
from engine.requests import Selection
from engine.results import MoveReport, Refusal
from engine.runtime import Progress, Runtime, no_progress
from engine.storage.database import Work
from engine.versions.place import Place, Version


def force(
    runtime: Runtime,
    state: str,
    selection: Selection,
    reason: str,
    progress: Progress = no_progress,
    *,
    although_suspended: bool = False,
) -> MoveReport:
    """Put the selected items into the named state of their own version.

    Items that are there already are blocked, and suspended ones unless it is said that they go as well.
    Raises UnknownItem, UnknownOrder, ProcessNotFound, UnknownState or InputError (no items, no reason) before
    anything is done.
    """
    told = reason.strip()
    if not told:
        raise InputError("forcing items needs a reason", remedy="Say why; it is written to their history.")
    selected = select(runtime, state, selection)
    origin = Origin("force", runtime.correlation(), actor=runtime.actor, reason=told)
    report = MoveReport()
    for part in selected.pages(runtime):
        if runtime.stop():
            report.complete = False
            break
        _force_part(runtime, state, part, selected.states, origin, report, anyway=although_suspended)
        progress(report.examined, selected.total)
    return report


@dataclass(frozen=True, slots=True)
class Selected:
    """The items to force: these ids, or whatever stands in these states."""

    ids: Sequence[int] = ()
    states: Set[int] = field(default_factory=frozenset)

    @property
    def total(self) -> int | None:
        """How many items there are; None when that is not counted."""
        return None if self.states else len(self.ids)

    def pages(self, runtime: Runtime) -> Iterator[list[int]]:
        """Yield the ids, a chunk at a time."""
        size = runtime.rules.execution.chunk
        for start in range(0, len(self.ids), size):
            yield list(self.ids[start : start + size])
        for state in sorted(self.states):
            after = 0
            while True:
                with runtime.database.read() as reader:
                    rows = reader.all("page_of_state", state=state, after=after, size=size)
                if rows:
                    yield [row.id for row in rows]
                if len(rows) < size:
                    break
                after = rows[-1].id


def select(runtime: Runtime, state: str, selection: Selection) -> Selected:
    """Return the selected items, having seen that the version of each has the state.

    Raises UnknownItem, UnknownOrder, ProcessNotFound, UnknownState, InputError.
    """
    refuse_parts(selection, "forced")
    check_one_way(selection)
    with runtime.database.read() as reader:
        if selection.process is not None and selection.state is not None:
            places = runtime.catalogue.places_named(reader, selection.process, selection.state)
            states = [place.state_id for place in places]
            filled = {row.value for row in reader.all("states_with_items", states=states)}
            _check_versions([p.version for p in places if not filled or p.state_id in filled], state)
            return Selected(states=frozenset(filled))
        ids = named_items(reader, selection)
        rows = reader.all("states_of_items", items=ids)
        _check_versions([runtime.catalogue.place(reader, row.state_id).version for row in rows], state)
        return Selected(ids)


def _check_versions(versions: Sequence[Version], state: str) -> None:
    lacking = {v.id: v for v in versions if state not in v.process.state_by_name}
    if lacking:
        told = [
            f"version {version.process.version[:12]} of the process {version.name!r} has no state {state!r}; "
            f"it has: {', '.join(known.name for known in version.process.states)}"
            for version in lacking.values()
        ]
        raise UnknownState("; ".join(told))


def _force_part(
    runtime: Runtime,
    state: str,
    part: list[int],
    sources: Set[int],
    origin: Origin,
    report: MoveReport,
    *,
    anyway: bool,
) -> None:
    failures: Failures = {}
    due = _due_times(runtime, state, part, failures)
    report.examined += len(failures)
    report.failed += [Refusal(item, code, f"item {item}: {text}") for item, (code, text) in failures.items()]

    def move(work: Work) -> tuple[list[Applied], MoveReport]:
        told = MoveReport()
        work.run("clear_moving")
        work.run("moving_add_ids", items=[item for item in part if item not in failures])
        left = [] if anyway else leave_suspended(work)
        told.examined += len(left)
        told.blocked += refused(left)
        steps = _plan(runtime, work, state, sources, due, told)
        if not steps:
            return [], told
        work.run("break_claims")
        forget_calls(work, work.returning("forget_calls_of_moving"))
        for what in ("clear_due_steps", "clear_timeouts", "clear_sweep_failures"):
            work.run(what)
        ledger = Ledger(work, runtime.plugins, runtime.rules)
        applied = apply_steps(runtime, work, steps, origin, ledger)
        ledger.settle()
        told.fell_short(ledger.grown)
        return applied, told

    applied, told = runtime.database.transact(move)
    report.add(told)
    report.moved += sum(done.fresh for done in applied)
    follow(runtime, applied, origin, report)


_Due = Mapping[int, Mapping[str, Mapping[int, int]]]
"""When timeouts with a processor are due: by the id of the state entered, by event, by item."""


def _due_times(runtime: Runtime, state: str, part: list[int], failures: Failures) -> _Due:
    """Ask the timeout processors of the states to enter, before the transaction, as for any other step."""
    with runtime.database.read() as reader:
        standing = reader.all("states_of_items", items=part)
        places = [runtime.catalogue.place(reader, row.state_id) for row in standing]
        entered = {p.state_id: e for p in places if (e := _entered(p, state)) is not None and _processors(e)}
        rows = {source: reader.tuples("items_by_id", items=part, state=source) for source in entered}
    now = to_datetime(runtime.database.clock())
    targets = {place.state_id: place for place in entered.values()}
    entering: dict[int, list[LoadedItem]] = {target: [] for target in targets}
    for source, place in entered.items():
        entering[place.state_id] += loaded_items(rows[source], place, runtime.database)
    return {
        target: processor_times(runtime.plugins, _processors(targets[target]), items, now, failures)
        for target, items in entering.items()
    }


def _entered(place: Place, state: str) -> Place | None:
    """Return where items of the place get to, None when they are there or their version has no such state."""
    target = place.version.process.state_by_name.get(state)
    if target is None or target.index == place.state.index:
        return None
    return Place(place.version, target, place.version.state_ids[target.index])


def _processors(place: Place) -> list[Event]:
    events = place.version.process.timeout_events(place.state.index)
    return [event for event in events if event.timeout_processor is not None]


def _plan(
    runtime: Runtime, work: Work, state: str, sources: Set[int], due: _Due, report: MoveReport
) -> list[Step]:
    """Return the steps of the items in the working set, which keeps only those that take one."""
    steps: list[Step] = []
    for group in by_state(work):
        place = runtime.catalogue.place(work, group.key)
        if sources and group.key not in sources:
            work.run("moving_drop_state", state=group.key)  # these have left the selection meanwhile
            continue
        report.examined += group.items
        target = _entered(place, state)
        if target is None:
            ids = [row.item_id for row in work.all("moving_of_state", state=group.key)]
            report.blocked += refusals(place, state, ids)
            work.run("moving_drop_state", state=group.key)
            continue
        times = due.get(target.state_id, {})
        _drop_untimed(work, place, target, times, report)
        step = Step(len(steps), place.version, place.state, target.state, None, "forced", due=times)
        work.run("moving_group_state", group=step.group, state=group.key)
        steps.append(step)
    return steps


def refusals(place: Place, state: str, ids: Sequence[int]) -> list[Refusal]:
    """Return why items of the place cannot be forced to the state: they are there, or it does not exist."""
    if place.state.name == state:
        return [
            Refusal(i, Code.ALREADY_THERE, f"item {i}: it is in the state {state!r} already") for i in ids
        ]
    text = f"its version of {place.version.name!r} has no state {state!r}"
    return [Refusal(i, Code.UNKNOWN_STATE, f"item {i}: {text}") for i in ids]


def _drop_untimed(
    work: Work, place: Place, target: Place, times: Mapping[str, Mapping[int, int]], report: MoveReport
) -> None:
    """Leave out items that got to this version or state after the processors of the target were asked."""
    events = _processors(target)
    if not events:
        return
    known = [times.get(event.name, {}).keys() for event in events]
    here = [row.item_id for row in work.all("moving_of_state", state=place.state_id)]
    untimed = [item for item in here if not all(item in items for items in known)]
    if untimed:
        work.run("moving_drop_ids", items=untimed)
        text = "somebody else has moved the item meanwhile"
        report.failed += [Refusal(item, Code.STATE_CHANGED, f"item {item}: {text}") for item in untimed]
