"""From items to steps, with no transaction open: run the command, ask the conditions, choose, compute timeouts.

The outcome is a plan: steps with the items that take them, and the items that are held back by a failure.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from engine.clock import to_datetime, to_microseconds
from engine.codes import Code
from engine.definition import Event, State
from engine.errors import PluginMissing
from engine.hooks import CallContext, Command, Condition, Plugins
from engine.moving.commands import Call, Called, run_call
from engine.moving.conditions import Key, ask
from engine.moving.decide import choose
from engine.moving.items import LoadedItem, PartItem
from engine.moving.lease import WHY_LOST, Claim
from engine.moving.step import WHOLE, Failure, Failures, Origin, Parts, Step
from engine.plugin_calls import end_if_forked, failure_of, shown
from engine.read_only_json import read_only
from engine.versions.place import Place


@dataclass(slots=True)
class Task:
    """Items of one place that are to take one event (None: the eventless transitions), waiting for plugins.

    ``claim`` is what they were taken with, if anything; ``calls`` are the planned calls of the command. Of items in
    ``parts`` only so much is to go, in millionths.
    """

    place: Place
    event: Event | None
    command: Command | None
    conditions: Mapping[str, Condition]
    items: Sequence[LoadedItem] = ()
    claim: Claim | None = None
    calls: Sequence[Call] = ()
    parts: Parts = field(default_factory=lambda: WHOLE)

    @property
    def transactional(self) -> bool:
        """Whether the command belongs into the transaction that applies the step."""
        return self.command is not None and self.command.transactional


@dataclass(slots=True)
class Plan:
    """Steps with the items that take each (the same place in both lists), and why items are held back, by id."""

    steps: list[Step] = field(default_factory=list)
    members: list[list[LoadedItem]] = field(default_factory=list)
    failures: Failures = field(default_factory=dict)
    ended_calls: list[str] = field(default_factory=list)

    def add(self, step: Step, items: list[LoadedItem]) -> None:
        """Add a step for these items; the step's group number is its place in the plan."""
        step.group = len(self.steps)
        self.steps.append(step)
        self.members.append(items)


def prepare(plugins: Plugins, task: Task, context: CallContext, origin: Origin) -> Plan:
    """Run the task's command and conditions for its items and return the plan."""
    plan = Plan()
    results = _run_command(task, context, plan)
    task = _as_answered(task, results)
    left_out = {item for called in results.values() for item in called.left_out}
    if left_out:
        _leave_out(plugins, task, left_out, results, context, origin, plan)
    merged: dict[Key, list[LoadedItem]] = {}
    for items, data in _by_data(task, results, plan.failures.keys() | left_out):
        answered = ask(task.conditions, items, replace(context, command_data=data))
        plan.failures.update(answered.failures)
        for key, group in answered.groups.items():
            if key in merged:
                merged[key].extend(group)
            else:
                merged[key] = group
    for key, group in merged.items():
        answers = dict(zip(task.conditions, key, strict=True))
        _choose(plugins, task, group, answers, results, context, origin, plan)
    return plan


def _run_command(task: Task, context: CallContext, plan: Plan) -> dict[int, Called]:
    """Run the calls; return each item's call. Failed calls hold back their items, lost claims too."""
    if task.command is None:
        return {}
    results: dict[int, Called] = {}
    claim = task.claim
    for call in task.calls:
        if claim is not None:
            claim.keep()
            if claim.lost(call):
                text = f"the claim was lost before the command's turn came: {WHY_LOST}"
                plan.failures.update({item.id: Failure(Code.CLAIM_LOST, text) for item in call.items})
                continue
        called = run_call(task.command, call, context, None if claim is None else claim.extend)
        results.update({item.id: called for item in call.items})
        if called.failure is None:
            plan.ended_calls.append(call.key)
        else:
            plan.failures.update({item.id: called.failure for item in call.items})
    return results


def _as_answered(task: Task, results: Mapping[int, Called]) -> Task:
    """Return the task for so much of its items as their command let go on."""
    parts = {item: quantity for called in results.values() for item, quantity in called.parts.items()}
    if not parts:
        return task
    items = [PartItem.of(item, parts[item.id]) if item.id in parts else item for item in task.items]
    return replace(task, items=items)


def _by_data(
    task: Task, results: Mapping[int, Called], apart: Set[int]
) -> list[tuple[Sequence[LoadedItem], Mapping[str, Any]]]:
    """Split the items by what their command returned: conditions see the data of their own call.

    Items that are held ``apart`` are not asked about.
    """
    if task.command is None:
        return [(task.items, {})]
    without: list[LoadedItem] = []
    by_call: dict[str, tuple[list[LoadedItem], Mapping[str, Any]]] = {}
    for item in task.items:
        if item.id in apart:
            continue
        called = results[item.id]
        if not called.data or not task.conditions:
            without.append(item)
        else:
            by_call.setdefault(called.call.key, ([], called.data))[0].append(item)
    return [*([(without, {})] if without else []), *by_call.values()]


def _leave_out(
    plugins: Plugins,
    task: Task,
    left_out: Set[int],
    results: Mapping[int, Called],
    context: CallContext,
    origin: Origin,
    plan: Plan,
) -> None:
    """Plan the step of the items that their command did not let go on: they stay, as with a false condition."""
    items = [item for item in task.items if item.id in left_out]
    due, left = _due_times(plugins, task, None, items, context, origin, plan.failures)
    step = Step(0, task.place.version, task.place.state, None, task.event, "left_out", due=due)
    _describe_command(step, task, left, results)
    plan.add(step, left)


def _choose(
    plugins: Plugins,
    task: Task,
    group: list[LoadedItem],
    answers: Mapping[str, bool],
    results: Mapping[int, Called],
    context: CallContext,
    origin: Origin,
    plan: Plan,
) -> None:
    process, source = task.place.version.process, task.place.state
    event = task.event
    taken = choose(process, source.index, None if event is None else event.index, answers)
    if event is None and (taken is None or taken.target == taken.source):
        return  # an eventless transition that leads nowhere else: the item goes on waiting, nothing is written
    target = None if taken is None else process.states[taken.target]
    due, left = _due_times(plugins, task, target, group, context, origin, plan.failures)
    step = Step(
        group=0,
        version=task.place.version,
        source=source,
        target=target,
        event=event,
        outcome="moved" if target is not None else "condition_false",
        conditions=answers,
        due=due,
    )
    whole, parts, answered = ([], [], []) if target is None else _portions(left, results)
    if answered:
        behind = Step(0, step.version, source, None, event, "left_out")
        behind.due, answered = _due_times(plugins, task, None, answered, context, origin, plan.failures)
        _describe_command(behind, task, answered, results)
        _add(replace(step, parts=True, rest=len(plan.steps) + 1), task, answered, results, plan)
        plan.add(behind, [])
    if parts:
        _add(replace(step, parts=True), task, parts, results, plan)
    if whole or target is None or not (parts or answered):
        _add(step, task, left if target is None else whole, results, plan)


def _add(step: Step, task: Task, items: list[LoadedItem], results: Mapping[int, Called], plan: Plan) -> None:
    _describe_command(step, task, items, results)
    plan.add(step, items)


def _portions(
    items: Sequence[LoadedItem], results: Mapping[int, Called]
) -> tuple[list[LoadedItem], list[LoadedItem], list[LoadedItem]]:
    """Return the items that go whole, those asked for in part, and those of which their command let a part go."""
    whole: list[LoadedItem] = []
    parts: list[LoadedItem] = []
    answered: list[LoadedItem] = []
    for item in items:
        if not isinstance(item, PartItem):
            whole.append(item)
        elif (called := results.get(item.id)) is not None and item.id in called.parts:
            answered.append(item)
        else:
            parts.append(item)
    return whole, parts, answered


def _describe_command(
    step: Step, task: Task, items: Sequence[LoadedItem], results: Mapping[int, Called]
) -> None:
    if task.command is None:
        return
    calls = list({called.call.key: called for item in items if (called := results[item.id])}.values())
    step.command = task.command.name
    step.duration_us = sum(called.duration_us for called in calls)
    step.command_key = calls[0].call.key if len(calls) == 1 else None
    told = [{"key": called.call.key, "data": dict(called.data)} for called in calls if called.data]
    step.data = {"calls": told} if told else {}
    named = {item: name for called in calls for item, name in called.warehouses.items()}
    step.warehouse_names = {item.id: named[item.id] for item in items if item.id in named} if named else {}


def _due_times(
    plugins: Plugins,
    task: Task,
    target: State | None,
    group: list[LoadedItem],
    context: CallContext,
    origin: Origin,
    failures: Failures,
) -> tuple[dict[str, dict[int, int]], list[LoadedItem]]:
    """Ask the timeout processors of the state entered, or of the timeout that starts again in the state."""
    events = [event for event in _armed(task, target, origin) if event.timeout_processor is not None]
    if not events:
        return {}, group
    place = replace(task.place, state=target or task.place.state)
    entered = [item.at(place) for item in group]
    due = processor_times(plugins, events, entered, context.now, failures)
    return due, [item for item in group if item.id not in failures]


def processor_times(
    plugins: Plugins,
    events: Sequence[Event],
    items: Sequence[LoadedItem],
    now: datetime,
    failures: Failures,
) -> dict[str, dict[int, int]]:
    """Return per event and item when its timeout is due (UTC microseconds); failures are added by item id."""
    due: dict[str, dict[int, int]] = {}
    process = os.getpid()
    for event in events:
        processor = plugins.timeout_processor(event.timeout_processor or "")
        times = due.setdefault(event.name, {})
        for item in items:
            if processor is None:
                text = f"the timeout processor {event.timeout_processor!r} is not registered"
                failures[item.id] = Failure(Code.PLUGIN_MISSING, text)
                continue
            try:
                answer = processor(item, event.timeout or "", now)
            except BaseException as error:
                wrong = f": {failure_of(error, process)}"
            else:
                wrong = _no_moment(answer)
            if wrong:
                failures[item.id] = Failure(
                    Code.TIMEOUT_PROCESSOR_FAILED, f"{event.timeout_processor}{wrong}"
                )
            else:
                times[item.id] = to_microseconds(answer)
    end_if_forked(process)
    return due


def _no_moment(answer: object) -> str:
    """Return what is wrong with the answer of a timeout processor."""
    if not isinstance(answer, datetime):
        return f" returned {shown(answer)}, which is not a datetime"
    if answer.utcoffset() is None:
        return f" returned {shown(answer)}, which has no offset; give it one, such as tzinfo=UTC"
    return ""


def check_processors(plugins: Plugins, place: Place, event: Event | None, origin: Origin) -> None:
    """See that the timeout processors which a step may have to ask are there. Raises PluginMissing.

    Looked at before anything runs: a command whose step cannot be written afterwards must not be called.
    """
    process = place.version.process
    candidates = process.candidates(place.state.index, None if event is None else event.index)
    task = Task(place, event, None, {})
    for target in (*(process.states[transition.target] for transition in candidates), None):
        for armed in _armed(task, target, origin):
            name = armed.timeout_processor
            if name is not None and plugins.timeout_processor(name) is None:
                text = f"the timeout processor {name!r} is not registered"
                raise PluginMissing(text, kind="timeout_processor", name=name)


def _armed(task: Task, target: State | None, origin: Origin) -> Sequence[Event]:
    if target is not None and target.index != task.place.state.index:
        return task.place.version.process.timeout_events(target.index)
    rearmed = origin.fires_timeout and task.event is not None and task.event.timeout is not None
    return (task.event,) if rearmed and task.event is not None else ()


def needs_items(place: Place, target: State | None, event: Event | None, origin: Origin) -> bool:
    """Return whether a step that needs no answers still has to see its items, for a timeout processor."""
    task = Task(place, event, None, {})
    return any(armed.timeout_processor is not None for armed in _armed(task, target, origin))


def call_context(origin: Origin, event: Event | None, now: int) -> CallContext:
    """Return the context that the calls of a step share."""
    # Everyone sees what the caller gave, so nobody may change it.
    data = read_only(origin.data)
    return CallContext(event=None if event is None else event.name, now=to_datetime(now), data=data)
