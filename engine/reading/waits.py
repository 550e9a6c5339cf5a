"""From what is stored of an item to what it waits for: pure, nothing is read or written here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from engine.clock import SECOND, to_datetime
from engine.definition import Event
from engine.hooks import Plugins
from engine.moving.decide import conditions_of
from engine.nouns import count
from engine.results import GuardSaid, Suspension, Wait
from engine.storage.database import Record
from engine.versions.place import Place
from rules.models import StockUpdate


@dataclass(frozen=True, slots=True)
class Said:
    """What the conditions of an event said of an item, or why they could not be asked."""

    at: datetime
    answers: Mapping[str, bool] | None
    asked: bool = False
    error: str | None = None


@dataclass(slots=True)
class Stored:
    """What is stored of an item at one moment; ``said`` and ``guards`` are by event name, None for the eventless
    transitions.
    """

    item: Record
    place: Place
    now: int
    claim: Record | None
    automatic_step: Record | None
    timeouts: Mapping[str, Record]
    failure: Record | None
    call: Record | None
    counts: Sequence[Record]
    suspensions: Sequence[Suspension] = ()
    said: dict[str | None, Said] = field(default_factory=dict)
    guards: dict[str | None, tuple[GuardSaid, ...]] = field(default_factory=dict)


def waits_of(stored: Stored, plugins: Plugins, rules: StockUpdate) -> list[Wait]:
    """Return what the item waits for, the most pressing first."""
    process, state = stored.place.version.process, stored.place.state
    waits = [
        *(
            Wait("suspension", f"somebody to resume what stands still: {one.told}")
            for one in stored.suspensions
        ),
        *_claim(stored),
        *_call(stored),
        *_missing(stored, plugins),
        *_automatic(stored),
        *_eventless(stored),
    ]
    if all(way.event is None and way.target == state.index for way in process.outgoing[state.index]):
        return [*waits, Wait("final", f"nothing: no transition leaves '{state.name}'")]
    automatic = {wait.event for wait in waits if wait.kind == "automatic_step"}
    events = [event for event in process.state_events(state.index) if event.name not in automatic]
    rank = ("timeout", "stock_update", "manual_event", "event")
    found = [_event(stored, event, rules) for event in events]
    return [*waits, *sorted(found, key=lambda wait: rank.index(wait.kind))]


def missing_plugins(place: Place, event: Event | None, plugins: Plugins) -> list[str]:
    """Return what the event (None: the eventless transitions) needs that is not registered."""
    process, state = place.version.process, place.state.index
    index = None if event is None else event.index
    names = []
    if event is not None and event.command is not None and plugins.command(event.command) is None:
        names.append(f"command {event.command}")
    asked = conditions_of(process, state, index)
    names += [f"condition {name}" for name in asked if plugins.condition(name) is None]
    targets = [t.target for t in process.candidates(state, index) if t.target != state]
    armed = [timeout.timeout_processor for target in targets for timeout in process.timeout_events(target)]
    if event is not None and event.timeout is not None:
        armed.append(event.timeout_processor)  # it is set again when no condition is true
    processors = dict.fromkeys(name for name in armed if name is not None)
    return names + [f"timeout processor {n}" for n in processors if plugins.timeout_processor(n) is None]


def _claim(stored: Stored) -> Iterator[Wait]:
    claim = stored.claim
    if claim is None:
        return
    live = claim.expires_at > stored.now
    text = f"{claim.holder} has been working on the event '{claim.event}' since {_time(claim.claimed_at)}; "
    if live:
        text += f"the claim ends at {_time(claim.expires_at)} unless it is prolonged"
    else:
        text += f"the claim expired at {_time(claim.expires_at)}, so the next call takes it over"
    kind = "claim" if live else "expired_claim"
    at = to_datetime(claim.expires_at)
    yield Wait(kind, text, event=claim.event, at=at, overdue=not live, holder=claim.holder)  # type: ignore[arg-type]


def _call(stored: Stored) -> Iterator[Wait]:
    call = stored.call
    if call is None or call.step != stored.item.step:
        return
    text = (
        f"the command {call.command} was called for the event '{call.event}' at {_time(call.started_at)} and is "
        f"not applied; the next call is for exactly the same items ({call.members}) under the same key"
    )
    yield Wait("command_call", text, event=call.event, key=call.key)


def _missing(stored: Stored, plugins: Plugins) -> Iterator[Wait]:
    process, state = stored.place.version.process, stored.place.state.index
    eventless = [way for way in process.candidates(state, None) if way.target != state or way.condition]
    for event in (*process.state_events(state), *([None] if eventless else [])):
        names = missing_plugins(stored.place, event, plugins)
        if names:
            what = (
                "the transitions without event need" if event is None else f"the event '{event.name}' needs"
            )
            text = f"{what} what no plugin registers: {', '.join(names)}"
            yield Wait(
                "plugin_missing", text, event=None if event is None else event.name, plugins=tuple(names)
            )


def _automatic(stored: Stored) -> Iterator[Wait]:
    due = stored.automatic_step
    if due is None or due.step != stored.item.step:
        return
    event = stored.place.version.event(due.event)
    name = f"the automatic event '{due.event}'"
    wait = Wait(
        "automatic_step", "", event=due.event, manual=True, **_tries(stored, due, due.stuck_at is not None)
    )
    yield _with_conditions(stored, event, replace(wait, text=_told(name, wait)))


def _eventless(stored: Stored) -> Iterator[Wait]:
    process, state = stored.place.version.process, stored.place.state.index
    ways = [way for way in process.candidates(state, None) if way.target != state]
    if not ways:
        return  # a transition from the state to itself does nothing
    targets = [
        f"{t.condition} (to '{process.states[t.target].name}')" for t in ways if t.condition is not None
    ]
    if len(targets) == len(ways):
        text = f"one of these conditions to be true, asked by each conditions run: {', '.join(targets)}"
    else:
        text = "the next conditions run: a transition without event and condition leaves the state"
    failure = stored.failure
    wait = Wait("conditions", text)
    if failure is not None and failure.step == stored.item.step:
        wait = Wait("conditions", "", **_tries(stored, failure, failure.stuck_at is not None))
        wait = replace(wait, text=f"{text}; {_told('asking them', wait)}")
    yield _with_conditions(stored, None, wait)


def _event(stored: Stored, event: Event, rules: StockUpdate) -> Wait:
    if event.name == rules.event:
        wait = _stock_update(stored, event, rules)
    elif event.timeout is not None:
        wait = _timeout(stored, event)
    elif event.manual or event.on_enter:
        tried = "; it was tried automatically and the item stayed" if event.on_enter else ""
        text = f"somebody to fire the event '{event.name}'{tried}"
        wait = Wait("manual_event", text, event=event.name, manual=True)
    else:
        text = f"the event '{event.name}', which a program fires"
        wait = Wait("event", text, event=event.name)
    return _with_conditions(stored, event, wait)


def _timeout(stored: Stored, event: Event) -> Wait:
    row = stored.timeouts.get(event.name)
    wait = Wait("timeout", "", event=event.name, manual=event.manual)
    if row is None:
        return replace(wait, text=f"the timeout '{event.name}', which is not set for the item")
    wait = replace(wait, **_tries(stored, row, row.due_at is None))
    return replace(wait, text=_told(f"the timeout '{event.name}'", wait))


def _stock_update(stored: Stored, event: Event, rules: StockUpdate) -> Wait:
    at = (stored.item.left_at or stored.item.state_since) + int(rules.clock_tolerance_s * SECOND)
    counts, joint = stored.counts, " or "
    if rules.require == "all" and stored.item.warehouse_id is None:
        # One that was counted since is not waited for. Where all were, the next count of any of them releases.
        missing = [row for row in counts if row.has_product and (row.counted_at or 0) < at]
        counts, joint = missing or counts, " and " if missing else " or "
    where = joint.join(row.name for row in counts) or "a warehouse of its store"
    text = (
        f"a stock import of {where} with a count as of {_time(at)} or later ('{event.name}'); {_last(counts)}"
    )
    return Wait("stock_update", text, event=event.name, at=to_datetime(at), manual=event.manual)


def _last(counts: Sequence[Record]) -> str:
    """Return when the warehouses were counted last."""
    if all(row.counted_at is None for row in counts):
        return "nothing was counted yet"
    if len(counts) == 1:
        return f"the last count is of {_time(counts[0].counted_at)}"
    told = [f"{row.name} {'never' if row.counted_at is None else _time(row.counted_at)}" for row in counts]
    return f"counted last: {', '.join(told)}"


def _tries(stored: Stored, row: Record, stuck: bool) -> dict[str, Any]:
    """Return what an automatic step, a timeout and a failed question have in common."""
    failed = stuck or row.attempts > 0  # the code of a failure outlives a retry, which begins anew
    return {
        "at": None if row.due_at is None else to_datetime(row.due_at),
        "overdue": row.due_at is not None and row.due_at <= stored.now and not stored.suspensions,
        "attempts": row.attempts,
        "code": row.error_code if failed else None,
        "error": row.error,
        "stuck": stuck,
    }


def _told(what: str, wait: Wait) -> str:
    """Return when something is due or tried again, and what it failed on."""
    at = "" if wait.at is None else f"{wait.at:%Y-%m-%d %H:%M:%S}Z"
    times = "once" if wait.attempts == 1 else count(wait.attempts, "time")
    if wait.stuck:
        failed = f"failed {times}" if wait.attempts else "was stopped"
        return f"{what} {failed} and is not tried any more: {wait.error}"
    late = ", which is past: the next run takes it" if wait.overdue else ""
    if wait.attempts:
        return f"{what} failed {times} and is tried again at {at}{late}: {wait.error}"
    return f"{what}, due at {at}{late}"


def _with_conditions(stored: Stored, event: Event | None, wait: Wait) -> Wait:
    """Add the conditions that the choice asks and what they said of the item."""
    if event is None and wait.kind != "conditions":
        return wait  # a step left over for an event that the process does not have
    index = None if event is None else event.index
    names = conditions_of(stored.place.version.process, stored.place.state.index, index)
    key = None if event is None else event.name
    said, guards = stored.said.get(key), stored.guards.get(key, ())
    if not names or said is None:
        return replace(wait, conditions=names, guards=guards)
    return replace(
        wait,
        conditions=names,
        answers=said.answers,
        answered_at=said.at,
        asked=said.asked,
        ask_error=said.error,
        guards=guards,
    )


def _time(microseconds: int) -> str:
    return f"{to_datetime(microseconds):%Y-%m-%d %H:%M:%S}Z"
