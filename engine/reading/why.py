"""Why an item stands where it stands: what it waits for, and what somebody can do about it."""

from __future__ import annotations

import json
import shlex
from collections.abc import Sequence

from engine.clock import SECOND, to_datetime
from engine.definition import Event
from engine.errors import PluginMissing
from engine.inventory.counting import live_hold
from engine.moving.conditions import ask, find_conditions
from engine.moving.items import loaded_items
from engine.moving.plan import call_context
from engine.moving.step import Origin
from engine.moving.suspended import suspension
from engine.quantity import to_decimal
from engine.reading.guards import guards_said
from engine.reading.history import item_row
from engine.reading.waits import Said, Stored, waits_of
from engine.results import Action, Suspension, Wait, WhyView
from engine.runtime import Runtime
from engine.storage.database import Reader


def why(runtime: Runtime, item: int, *, ask_now: bool = False) -> WhyView:
    """Return where the item stands and what it waits for; ``ask_now`` asks its conditions. Raises UnknownItem.

    Guards change nothing and are asked in any case, those that need the data of a command left out.

    Conditions of an event with a command are never asked: they may need what the command returns.
    """
    now = runtime.database.clock()
    with runtime.database.read() as reader:
        stored = _stored(runtime, reader, item, now)
        fields = reader.tuples("item_fields", item=item)
    stored.guards = guards_said(runtime, stored.place, fields, now)
    if ask_now:
        stored.said |= _ask(runtime, stored, fields)
    waits = tuple(waits_of(stored, runtime.plugins, runtime.rules.stock_update))
    row, place = stored.item, stored.place
    held = live_hold(row.counted_hold, row.hold_until, now)
    return WhyView(
        item=row.id,
        order=row.order_reference,
        store=row.store,
        sku=row.sku,
        quantity=to_decimal(row.quantity),
        process=place.version.name,
        version=place.version.process.version,
        state=place.state.name,
        display=place.state.display,
        state_since=to_datetime(row.state_since),
        age_s=max(0, now - row.state_since) // SECOND,
        reserved=to_decimal(row.counted_reserved),
        held=to_decimal(held),
        hold_until=to_datetime(row.hold_until) if held and row.hold_until is not None else None,
        warehouse=row.warehouse,
        waits=waits,
        next=tuple(_resuming(item, stored.suspensions) or _actions(item, waits)),
    )


def _stored(runtime: Runtime, reader: Reader, item: int, now: int) -> Stored:
    row = item_row(reader, item)
    place = runtime.catalogue.place(reader, row.state_id)
    said: dict[str | None, Said] = {}
    for run in reader.all("answers_of_item", item=item, state=row.state_id, since=row.state_since):
        said.setdefault(run.event, Said(to_datetime(run.at), json.loads(run.conditions)))
    return Stored(
        item=row,
        place=place,
        now=now,
        claim=reader.first("claim_of_item", item=item),
        automatic_step=reader.first("due_step_of_item", item=item),
        timeouts={timeout.event: timeout for timeout in reader.all("timeouts_of_item", item=item)},
        failure=reader.first("sweep_failure_of_item", item=item),
        call=reader.first("command_call_of_item", item=item),
        counts=reader.all("counts_for_item", item=item),
        suspensions=[suspension(one) for one in reader.all("suspensions_of_item", item=item)],
        said=said,
    )


def _ask(runtime: Runtime, stored: Stored, fields: Sequence[tuple[object, ...]]) -> dict[str | None, Said]:
    """Ask the conditions of the eventless transitions and of events without a command."""
    process, state = stored.place.version.process, stored.place.state.index
    events: list[Event | None] = [e for e in process.state_events(state) if e.command is None]
    said: dict[str | None, Said] = {}
    for event in (None, *events):
        if any(way.condition for way in process.candidates(state, None if event is None else event.index)):
            said[None if event is None else event.name] = _ask_one(runtime, stored, fields, event)
    return said


def _ask_one(
    runtime: Runtime, stored: Stored, fields: Sequence[tuple[object, ...]], event: Event | None
) -> Said:
    process, state, at = stored.place.version.process, stored.place.state.index, to_datetime(stored.now)
    try:
        conditions = find_conditions(runtime.plugins, process, state, None if event is None else event.index)
    except PluginMissing as missing:
        return Said(at, None, asked=True, error=missing.message)
    origin = Origin("conditions" if event is None else "api", runtime.correlation(), background=True)
    items = loaded_items(fields, stored.place, runtime.database)
    answered = ask(conditions, items, call_context(origin, event, stored.now))
    if answered.failures:
        return Said(at, None, asked=True, error=answered.failures[items[0].id][1])
    key = next(iter(answered.groups))
    return Said(at, dict(zip(conditions, key, strict=True)), asked=True)


def _resuming(item: int, suspensions: Sequence[Suspension]) -> list[Action]:
    """Return what can be done about an item that stands still; nothing else can be before."""
    if not suspensions:
        return []
    resume = [
        Action(shlex.join(["earmark", "resume", *one.options, "--reason", "TEXT"]), f"resume {one.what}")
        for one in suspensions
    ]
    force = f"earmark force STATE --item {item} --although-suspended --reason TEXT"
    return [*resume, Action(force, "put the item into another state all the same; it stays suspended")]


def _actions(item: int, waits: Sequence[Wait]) -> list[Action]:
    """Return what can be done, each command once, the mildest first."""
    found: dict[str, str] = {}
    for wait in waits:
        if wait.kind == "plugin_missing":
            command = f"{_firing(item, wait, waits)} --plugins MODULE_OR_FILE"
            found[command] = "load the plugins that are missing; put them into earmark.toml for good"
        for command, text in _actions_for(item, wait):
            found.setdefault(command, text)
    if any(wait.stuck or wait.kind in ("claim", "plugin_missing") for wait in waits):
        command = f"earmark force STATE --item {item} --reason TEXT"
        found[command] = "put the item into another state whatever it waits for; nothing else breaks a claim"
    return [Action(command, text) for command, text in found.items()]


def _firing(item: int, missing: Wait, waits: Sequence[Wait]) -> str:
    """Return the command that makes happen what lacks its plugins, once they are there."""
    if missing.event is None:
        return "earmark run conditions"
    kinds = {wait.kind for wait in waits if wait.event == missing.event}
    if kinds & {"automatic_step", "timeout"}:
        return "earmark run timeouts"
    if "stock_update" in kinds:
        return "earmark stock import FILE.csv"
    return f"earmark trigger {shlex.quote(missing.event)} --item {item}"


def _actions_for(item: int, wait: Wait) -> list[tuple[str, str]]:
    actions = []
    if wait.attempts or wait.stuck:
        actions.append((f"earmark retry --item {item}", "try again now what failed"))
    elif wait.overdue and wait.kind in ("timeout", "automatic_step"):
        actions.append(("earmark run timeouts", "take what is due now; is the scheduler running?"))
    if wait.kind == "conditions":
        actions.append(("earmark run conditions", "ask the conditions of all waiting items"))
        if wait.conditions and not wait.asked:
            actions.append((f"earmark why {item} --ask", "ask its conditions now, without moving it"))
    if wait.kind == "stock_update":
        actions.append(("earmark stock import FILE.csv", "import a later count, which releases the item"))
    if wait.event is not None and (wait.manual or wait.kind in ("event", "expired_claim")):
        command = f"earmark trigger {shlex.quote(wait.event)} --item {item}"
        actions.append((command, f"fire the event '{wait.event}'"))
    return actions
