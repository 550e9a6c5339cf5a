"""What is expected in a case: how it is read, and whether it has come true."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from engine.clock import format_time, parse_time
from engine.definition import Process
from engine.design.testing.cases import Expected, Unmet
from engine.design.testing.node import Node
from engine.design.trying.happened import Happened
from engine.design.trying.item import TrialItem
from engine.design.trying.terms import Terms
from engine.design.trying.trial import Trial
from engine.design.trying.words import after
from engine.errors import TimeInvalid
from engine.quantity import format_quantity

ITEM_KEYS = ("state", "reserved", "held", "timeouts", "next")
THEN_KEYS = (*ITEM_KEYS, "items", "available", "stock", "moved", "blocked", "fired")


def read_expected(node: Node, process: Process, names: list[str], terms: Terms) -> list[Expected]:
    """Return what is expected; what is wrong is noted."""
    found = []
    for part in node.keys(THEN_KEYS):
        key = str(part.path[-1])
        if key == "items":
            for name, item in part.pairs():
                if Node(item.document, item.path, name).name("item", names) is not None:
                    found += [_read(one, process, terms, name) for one in item.keys(ITEM_KEYS)]
        elif key in ("state", "timeouts", "next") and len(names) != 1:
            part.problem(
                f"'{key}' of which item? There are {len(names)}", f"Put it below items: {{{names[0]}: ...}}."
            )
        else:
            found.append(
                _read(part, process, terms, names[0] if key in ("state", "timeouts", "next") else None)
            )
    return [one for one in found if one is not None]


def _read(node: Node, process: Process, terms: Terms, item: str | None) -> Expected | None:
    key = str(node.path[-1])
    readers: Mapping[str, Callable[[], object]] = {
        "state": lambda: node.name("state", process.state_by_name),
        "reserved": node.quantity,
        "held": node.quantity,
        "available": lambda: _amounts(node, terms),
        "stock": lambda: _amounts(node, terms),
        "moved": node.truth,
        "blocked": lambda: node.truth() if isinstance(node.value, bool) else node.text(),
        "fired": lambda: _events(node, process),
        "next": lambda: _events(node, process),
        "timeouts": lambda: _timeouts(node, process),
    }
    value = readers[key]()
    return None if value is None else Expected(key, value, node.line, item)


def _amounts(node: Node, terms: Terms) -> object:
    if not isinstance(node.value, dict):
        return node.quantity()
    found = {}
    for sku, part in node.pairs():
        named, amount = (
            Node(part.document, part.path, sku).name("product in stock", terms.stock),
            part.quantity(),
        )
        if named is not None and amount is not None:
            found[named] = amount
    return found


def _events(node: Node, process: Process) -> object:
    if node.value in ([], {}):
        return []
    found = [entry.name("event", process.event_by_name) for entry in node.entries()]
    return [name for name in found if name is not None]


def _timeouts(node: Node, process: Process) -> object:
    timed = [event.name for event in process.events if event.timeout is not None]
    if not isinstance(node.value, dict):
        found = [entry.name("event with a timeout", timed) for entry in node.entries()] if node.value else []
        return [name for name in found if name is not None]
    spans = {}
    for name, part in node.pairs():
        event = Node(part.document, part.path, name).name("event with a timeout", timed)
        text = part.text()
        if event is not None and text is not None and (_is_time(text) or part.span() is not None):
            spans[event] = text
    return spans


def _is_time(text: str) -> bool:
    try:
        parse_time(text)
    except TimeInvalid:
        return False
    return True


def unmet(trial: Trial, expected: Expected, done: Happened) -> Unmet | None:
    """Return why an expectation is not met, None when it is; ``done`` is what happened since the last ones."""
    wanted, got = _compared(trial, expected, done)
    if wanted == got:
        return None
    what = expected.key if expected.item in (None, "1") else f"{expected.key} of item {expected.item}"
    return Unmet(expected.line, what, wanted, got)


def _compared(trial: Trial, expected: Expected, done: Happened) -> tuple[str, str]:
    """Return what is expected and what is, both as text."""
    key, value = expected.key, expected.value
    if expected.item is not None and key in ITEM_KEYS:
        item = trial.items.get(expected.item)
        return (_text(value), "no such item") if item is None else _of_item(trial, item, key, value)
    got: object
    if key == "moved":
        got = any(one.source not in (None, one.target) and one.target is not None for one in done.fired)
    elif key == "blocked":
        codes = sorted({refused.code for refused in done.refused})
        got = bool(codes) if isinstance(value, bool) else ", ".join(codes) or "not blocked"
    elif key == "fired":
        got = [one.event for one in done.fired if one.event is not None]
    elif key in ("reserved", "held"):
        got = sum(getattr(item, key) for item in trial.items.values())
    else:
        got = _of_stock(trial, key, value)
    return _text(value), _text(got)


def _of_stock(trial: Trial, key: str, value: object) -> object:
    now = {sku: trial.available(sku) if key == "available" else trial.stock[sku] for sku in trial.stock}
    return {sku: now.get(sku, 0) for sku in value} if isinstance(value, dict) else sum(now.values())


def _of_item(trial: Trial, item: TrialItem, key: str, value: object) -> tuple[str, str]:
    match key:
        case "state":
            return repr(value), repr(item.state.name)
        case "reserved" | "held":
            return _text(value), _text(getattr(item, key))
        case "next":
            offered = {event.name for event in trial.process.state_events(item.state.index)}
            return _text(sorted(_list(value))), _text(sorted(offered))
    if isinstance(value, dict):
        wanted = {name: _due(trial, text) for name, text in value.items()}
        return _times(wanted), _times(item.timeouts)
    return _text(sorted(_list(value))), _text(sorted(item.timeouts))


def _due(trial: Trial, text: str) -> int:
    return parse_time(text) if _is_time(text) else after(trial.now, text)


def _times(timeouts: Mapping[str, int]) -> str:
    told = [f"{name} at {format_time(due)}" for name, due in sorted(timeouts.items())]
    return ", ".join(told) or "none"


def _list(value: object) -> list[str]:
    return [str(one) for one in value] if isinstance(value, list) else []


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return format_quantity(value)
    if isinstance(value, dict):
        return ", ".join(f"{name} {_text(one)}" for name, one in value.items()) or "none"
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "none"
    return str(value)
