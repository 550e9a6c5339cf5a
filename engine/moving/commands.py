"""Running commands: per item, per order or per batch, each call under a key that a retry repeats."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import groupby
from typing import Any

from engine.codes import Code
from engine.errors import DatabaseBusy, DatabaseFull, DatabaseUnusable, PluginMissing, QuantityInvalid
from engine.hooks import CallContext, Command, CommandResult, Item, Plugins, Scope
from engine.moving.items import LoadedItem, PartItem
from engine.moving.log import log_text
from engine.moving.step import Failure
from engine.plugin_calls import end_if_forked, failure_of, shown
from engine.quantity import parse_quantity, to_decimal
from engine.read_only_json import read_only

_NOT_OURS = (DatabaseBusy, DatabaseFull, DatabaseUnusable)


@dataclass(frozen=True, slots=True)
class Call:
    """One call of a command: its key and exactly the items it is for."""

    key: str
    items: tuple[LoadedItem, ...]


@dataclass(slots=True)
class Called:
    """What a call came to: its data, or the failure. ``duration_us`` is in microseconds.

    ``left_out`` are the ids of the items that the command did not let go on. Of those in ``parts`` it let so much
    go on, in millionths of a sales unit.
    """

    call: Call
    data: Mapping[str, Any] = field(default_factory=dict)
    warehouses: Mapping[int, str] = field(default_factory=dict)
    left_out: frozenset[int] = frozenset()
    parts: Mapping[int, int] = field(default_factory=dict)
    failure: Failure | None = None
    duration_us: int = 0


def find_command(plugins: Plugins, name: str) -> Command:
    """Return the registered command. Raises PluginMissing."""
    command = plugins.command(name)
    if command is None:
        raise PluginMissing(f"the command {name!r} is not registered", kind="command", name=name)
    return command


def plan_calls(
    command: Command, event: str, items: Sequence[LoadedItem], known: Sequence[Call] = ()
) -> list[Call]:
    """Split the items into calls. ``known`` are earlier calls to repeat: exactly their items, their key."""
    repeated = {item.id for call in known for item in call.items}
    rest = [item for item in items if item.id not in repeated]
    if command.scope is Scope.ITEM:
        fresh = [Call(item_key(item, event), (item,)) for item in rest]
    elif command.scope is Scope.ORDER:
        ordered = sorted(rest, key=lambda item: item.order_id)
        groups = [tuple(group) for _, group in groupby(ordered, key=lambda item: item.order_id)]
        fresh = [Call(group_key(f"order {group[0].order_id}", group, event), group) for group in groups]
    else:
        fresh = [Call(group_key("batch", rest, event), tuple(rest))] if rest else []
    return [*known, *fresh]


def item_key(item: LoadedItem, event: str) -> str:
    """Return the command key of one item's step: stable for (item, step, event), and of a part for its quantity."""
    key = f"item {item.id} step {item.step} {event}"
    return f"{key} quantity {item.quantity}" if isinstance(item, PartItem) else key


def group_key(kind: str, items: Sequence[LoadedItem], event: str) -> str:
    """Return the command key of a group's step: stable for the same members at the same steps."""
    members = ",".join(
        f"{item.id}.{item.step}.{item.quantity}" if isinstance(item, PartItem) else f"{item.id}.{item.step}"
        for item in items
    )
    return f"{kind} {event} {hashlib.sha256(members.encode()).hexdigest()[:24]}"


def run_call(
    command: Command, call: Call, context: CallContext, extend: Callable[[Call], None] | None = None
) -> Called:
    """Run one call; whatever the plugin raises becomes the call's failure. ``extend`` prolongs its claim."""
    called = Called(call)
    own = replace(context, key=call.key)
    if extend is not None:
        own = replace(own, extend_lease=partial(extend, call))
    argument = call.items[0] if command.scope is Scope.ITEM else call.items
    process, started = os.getpid(), time.perf_counter_ns()
    try:
        returned = command.call(argument, own)
        end_if_forked(process)
        answer = read_answer(returned, call.items)
        called.data, called.warehouses = read_only(answer.data), answer.warehouses
        if answer.items is not None:
            called.left_out = frozenset(item.id for item in call.items).difference(answer.items)
        if answer.quantities:
            called.parts = _parts(answer.quantities, call.items, called.left_out)
    except WrongAnswer as wrong:
        called.failure = Failure(Code.COMMAND_FAILED, f"{command.name} {wrong}")
    except BaseException as error:
        if command.transactional and isinstance(error, _NOT_OURS):
            raise  # not the command has failed but the transaction that it runs in
        called.failure = Failure(Code.COMMAND_FAILED, f"{command.name}: {failure_of(error, process)}")
    called.duration_us = (time.perf_counter_ns() - started) // 1000
    return called


class WrongAnswer(Exception):
    """A command returned what it may not."""


def read_answer(returned: object, items: Sequence[Item]) -> CommandResult:
    """Return what a command that was called with the items returned, checked. Raises WrongAnswer."""
    if returned is None or isinstance(returned, Mapping):
        returned = CommandResult(returned or {})
    if not isinstance(returned, CommandResult):
        raise WrongAnswer(f"returned {type(returned).__name__}, not a mapping or CommandResult")
    if not isinstance(returned.data, Mapping) or not isinstance(returned.warehouses, Mapping):
        raise WrongAnswer("returned a CommandResult whose data or warehouses are no mapping")
    if returned.data:
        try:
            log_text(returned.data)
        except (TypeError, ValueError) as error:
            raise WrongAnswer(f"returned data that cannot be logged as JSON: {error}") from None
    if returned.warehouses:
        _check_warehouses(returned.warehouses, {item.id for item in items})
    if returned.items is not None:
        _check_items(returned.items, {item.id for item in items})
    if returned.quantities:
        _check_quantities(returned.quantities, items)
    return returned


def _parts(
    quantities: Mapping[int, object], items: Sequence[LoadedItem], left_out: frozenset[int]
) -> dict[int, int]:
    """Return how much goes on of the items of which not all does."""
    there = {item.id: item.millionths for item in items if item.id not in left_out}
    asked = {item: parse_quantity(quantity) for item, quantity in quantities.items()}  # type: ignore[arg-type]
    return {item: quantity for item, quantity in asked.items() if item in there and quantity < there[item]}


def _check_quantities(quantities: Mapping[int, object], items: Sequence[Item]) -> None:
    if not isinstance(quantities, Mapping):
        raise WrongAnswer(f"returned quantities that are no mapping: {type(quantities).__name__}")
    there = {item.id: item.quantity for item in items}
    for one, quantity in quantities.items():
        if type(one) is not int or one not in there:
            raise WrongAnswer(
                f"returned a quantity for {shown(one)}, which is not the id of an item of the call"
            )
        try:
            asked = to_decimal(parse_quantity(quantity))  # type: ignore[arg-type]
        except QuantityInvalid as error:
            raise WrongAnswer(f"returned a quantity for item {one} that is none: {error.message}") from None
        if not 0 < asked <= there[one]:
            told = f"returned the quantity {asked} for item {one}, which is {there[one]}"
            raise WrongAnswer(f"{told}; what does not go at all is left out of 'items'")


def _check_warehouses(warehouses: Mapping[int, str], own: set[int]) -> None:
    wrong = [(i, name) for i, name in warehouses.items() if i not in own or type(name) is not str]
    if wrong:
        raise WrongAnswer(
            f"returned warehouses that are not the name of one for an item of the call: {shown(wrong[:3])}"
        )


def _check_items(chosen: Collection[int], own: set[int]) -> None:
    if not isinstance(chosen, Collection) or isinstance(chosen, str | bytes | Mapping):
        raise WrongAnswer(f"returned items that are no collection of ids: {type(chosen).__name__}")
    wrong = [one for one in chosen if type(one) is not int or one not in own]
    if wrong:
        told = f"returned items that are not the ids of items of the call: {shown(wrong[:3])}"
        raise WrongAnswer(f"{told}; give the ids (item.id)")
