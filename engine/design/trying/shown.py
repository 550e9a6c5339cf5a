"""A trial as it stands: items, what they can do next, timeouts, and stock, as values and as a JSON object."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from engine.clock import format_time
from engine.definition import Event
from engine.design.trying.happened import Happened
from engine.design.trying.item import TrialItem
from engine.design.trying.trial import Trial
from engine.quantity import format_quantity

Kind = Literal["manual", "call", "on-enter", "timeout", "stock-update", "conditions"]
"""What fires an event: a person, another program, entering the state, the clock, a count, the conditions run."""


@dataclass(frozen=True, slots=True)
class Way:
    """What can happen to an item next. ``event`` is None for what the conditions run does.

    ``target`` is where it leads with the answers as they are, None when the item would stay; ``asks`` are the
    conditions on which that depends.
    """

    event: str | None
    kind: Kind
    target: str | None
    asks: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return the way as a JSON object."""
        return {"event": self.event, "kind": self.kind, "to": self.target, "conditions": list(self.asks)}


def ways_of(trial: Trial, item: TrialItem) -> list[Way]:
    """Return what can happen to the item next, in document order; what the conditions run does comes last."""
    process, state = trial.process, item.state
    ways = [_way(trial, item, event) for event in process.state_events(state.index)]
    if process.candidates(state.index, None):
        ways.append(_way(trial, item, None))
    return ways


def state_of(trial: Trial) -> dict[str, Any]:
    """Return the clock, the items and the stock of a trial as a JSON object; quantities are decimal strings."""
    return {
        "clock": format_time(trial.now),
        "items": [_item(trial, item) for item in trial.items.values()],
        "stock": [_stock(trial, sku) for sku in trial.stock],
    }


def step_of(trial: Trial, text: str, done: Happened) -> dict[str, Any]:
    """Return one thing that was done, what came of it and how the trial then stands, as a JSON object."""
    return {
        "do": text,
        "fired": [one.as_dict() for one in done.fired],
        "refused": [one.as_dict() for one in done.refused],
        **state_of(trial),
    }


def _way(trial: Trial, item: TrialItem, event: Event | None) -> Way:
    candidates = trial.process.candidates(item.state.index, None if event is None else event.index)
    asks = tuple(dict.fromkeys(way.condition for way in candidates if way.condition is not None))
    target = None
    if all(trial.has_answer(item, name) for name in asks):
        step = trial.stepping.hop(item) if event is None else trial.stepping.event_step(item, event)
        target = None if step is None or step.target is None else step.target.name
    return Way(None if event is None else event.name, _kind(trial, event), target, asks)


def _kind(trial: Trial, event: Event | None) -> Kind:
    if event is None:
        return "conditions"
    if event.on_enter:
        return "on-enter"
    if event.timeout is not None:
        return "timeout"
    if event.name == trial.terms.stock_update:
        return "stock-update"
    return "manual" if event.manual else "call"


def _item(trial: Trial, item: TrialItem) -> dict[str, Any]:
    return {
        "item": item.name,
        "sku": item.sku,
        "quantity": format_quantity(item.quantity),
        "state": item.state.name,
        "since": format_time(item.since),
        "reserved": format_quantity(item.reserved),
        "held": format_quantity(item.held),
        "held_until": None if item.held_until is None else format_time(item.held_until),
        "next": [way.as_dict() for way in ways_of(trial, item)],
        "timeouts": [
            {"event": event, "due": format_time(due)}
            for event, due in sorted(item.timeouts.items(), key=lambda pair: (pair[1], pair[0]))
        ],
        "stuck": item.stuck,
    }


def _stock(trial: Trial, sku: str) -> dict[str, Any]:
    reserved, held = trial.counted(sku)
    return {
        "sku": sku,
        "stock": format_quantity(trial.stock[sku]),
        "reserved": format_quantity(reserved),
        "held": format_quantity(held),
        "available": format_quantity(trial.available(sku)),
    }
