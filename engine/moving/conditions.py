"""Asking conditions about many items at once; each distinct condition is asked once per item."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from engine.codes import Code
from engine.definition import Process
from engine.errors import PluginMissing
from engine.guards.conditions import GuardCondition
from engine.hooks import CallContext, Condition, Plugins, Scope
from engine.moving.decide import conditions_of
from engine.moving.items import LoadedItem
from engine.moving.step import Failure, Failures
from engine.plugin_calls import end_if_forked, failure_of, shown

Answers = Mapping[str, bool]
"""The answer of each condition for a group of items that all answer alike."""

Key = tuple[bool, ...]
"""The answers of one item, in the order of the conditions."""


@dataclass(slots=True)
class Answered:
    """Items by how they answered, and the failures of conditions that raised."""

    groups: dict[Key, list[LoadedItem]] = field(default_factory=dict)
    failures: Failures = field(default_factory=dict)


def find_conditions(
    plugins: Plugins, process: Process, state: int, event: int | None
) -> dict[str, Condition]:
    """Return the registered conditions the choice needs. Raises PluginMissing."""
    found = {}
    for name in conditions_of(process, state, event):
        condition = plugins.condition(name)
        if condition is None:
            raise PluginMissing(f"the condition {name!r} is not registered", kind="condition", name=name)
        found[name] = condition
    return found


def constant_answers(conditions: Mapping[str, Condition]) -> Answers | None:
    """Return the answers when no condition needs to see an item, else None."""
    if any(condition.constant is None for condition in conditions.values()):
        return None
    return {name: bool(condition.constant) for name, condition in conditions.items()}


def ask(conditions: Mapping[str, Condition], items: Sequence[LoadedItem], context: CallContext) -> Answered:
    """Ask every condition about every item; a condition that raises holds back only what it was asked about.

    Nothing is asked about no items: others may have claimed all of them.
    """
    answered = Answered()
    if not items:
        return answered
    failures, groups = answered.failures, answered.groups
    columns = [_column(condition, items, context, failures) for condition in conditions.values()]
    if not columns:
        groups[()] = list(items)
        return answered
    if len(kinds := set(zip(*columns, strict=True))) == 1:  # all answer alike, as mostly
        groups[kinds.pop()] = list(items)
    else:
        for item, key in zip(items, zip(*columns, strict=True), strict=True):
            groups.setdefault(key, []).append(item)
    if failures:
        kept = {key: [item for item in group if item.id not in failures] for key, group in groups.items()}
        answered.groups = {key: group for key, group in kept.items() if group}
    return answered


def _column(
    condition: Condition, items: Sequence[LoadedItem], context: CallContext, failures: Failures
) -> list[bool]:
    """Return the answers in the order of the items; False stands in for a failure."""
    if condition.constant is not None:
        return [condition.constant] * len(items)
    if isinstance(condition, GuardCondition):
        return _guard(condition, items, context, failures)
    if condition.scope is Scope.BATCH:
        return _batch(condition, items, context, failures)
    answers: list[Any] = []
    call, process = condition.call, os.getpid()
    for item in items:
        try:
            answers.append(call(item, context))
        except BaseException as error:  # it holds back this item only
            failures[item.id] = Failure(
                Code.CONDITION_FAILED, f"{condition.name}: {failure_of(error, process)}"
            )
            answers.append(False)
    end_if_forked(process)
    if set(map(type, answers)) <= {bool}:
        return answers
    for number, answer in enumerate(answers):
        if type(answer) is not bool:
            text = f"{condition.name} returned {shown(answer)}, which is not a bool"
            failures[items[number].id] = Failure(Code.CONDITION_FAILED, text)
            answers[number] = False
    return answers


def _guard(
    condition: GuardCondition, items: Sequence[LoadedItem], context: CallContext, failures: Failures
) -> list[bool]:
    """Return what a guard says; an error or a null holds back the item of which it says it."""
    told = condition.outcomes(items, context)
    for item, outcome in zip(items, told, strict=True):
        if isinstance(outcome, str):
            failures[item.id] = Failure(Code.CONDITION_FAILED, f"{condition.shown}: {outcome}")
    return [outcome is True for outcome in told]


def _batch(
    condition: Condition, items: Sequence[LoadedItem], context: CallContext, failures: Failures
) -> list[bool]:
    own = {item.id for item in items}
    process = os.getpid()
    try:
        true, text = _ids(condition.call(items, context), own)
    except BaseException as error:  # it was asked about all of them, so all of them are held back
        true, text = frozenset(), f": {failure_of(error, process)}"
    end_if_forked(process)
    if text:
        failures.update(dict.fromkeys(own, Failure(Code.CONDITION_FAILED, condition.name + text)))
    return [item.id in true for item in items]


def _ids(returned: object, own: set[int]) -> tuple[frozenset[int], str]:
    """Return the ids that a condition returned, and what is wrong with them."""
    # A mapping of answers would read as if it held for all its keys.
    if not isinstance(returned, Iterable) or isinstance(returned, Mapping | str | bytes):
        kind = type(returned).__name__
        return frozenset(), f" returned {kind}; return a list of the ids (item.id) of the items it holds for"
    answers = list(returned)
    # True is 1 and 2.0 is 2 to a set; neither is an id.
    strange = [answer for answer in answers if type(answer) is not int or answer not in own]
    if strange:
        told = f" returned what is no id it was asked about: {shown(strange[:3])}"
        return frozenset(), f"{told}; return the ids (item.id) of the items it holds for"
    return frozenset(answers), ""
