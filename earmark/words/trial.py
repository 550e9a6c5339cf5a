"""A trial in words: what was fired and why, what can happen next, and what is left in stock."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from earmark.words.text import count

_SECONDS = (("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1))
_MOST_PARTS = 2


def step_lines(step: Mapping[str, Any]) -> Iterator[tuple[str, str | None, str]]:
    """Yield what came of what was done, as lines: of what kind each is, when it was, and its text.

    The kinds are ``moved``, ``stayed``, ``refused`` and ``more``: what was asked and run for the line before. The
    step is a JSON object of ``process try``.
    """
    for fired in step["fired"]:
        yield _kind(fired), fired["at"], _fired(fired)
        if more := "; ".join([*_asked(fired), *_runs(fired)]):
            yield "more", None, f"  {more}"
    for refused in step["refused"]:
        yield "refused", None, f"{refused['message']} [{refused['code']}]"


def _kind(fired: Mapping[str, Any]) -> str:
    return "stayed" if fired["to"] is None else "moved"


def _fired(fired: Mapping[str, Any]) -> str:
    item, source, target = fired["item"], fired["from"], fired["to"]
    if fired["outcome"] == "hold_ended":
        return f"item {item}: the time of its hold is over; it stays in {source!r}"
    if source is None:
        return f"item {item} is placed in {target!r}"
    where = f"stays in {source!r}" if target is None else f"{source!r} -> {target!r}"
    return f"item {item}: {where}, {_why(fired)}"


def _why(fired: Mapping[str, Any]) -> str:
    event = f"{fired['event']!r}"
    match fired["trigger"]:
        case "on-enter":
            return f"{event} fires on entering"
        case "timeout":
            return f"the timeout of {event} is over"
        case "stock-update":
            return f"the count fires {event}"
        case "conditions":
            return "by the conditions run"
        case _:
            return f"{event} was fired"


def _asked(fired: Mapping[str, Any]) -> list[str]:
    assumed = set(fired["assumed"])
    return [
        f"{name} is {'true' if value else 'false'}{' (assumed)' if name in assumed else ''}"
        for name, value in fired["conditions"].items()
    ]


def _runs(fired: Mapping[str, Any]) -> list[str]:
    return [f"{fired['command']} runs"] if fired["command"] else []


def next_text(item: Mapping[str, Any]) -> str:
    """Return what can happen to an item next, in one line; timeouts have a column of their own."""
    if item["stuck"]:
        return f"stuck at {item['stuck']!r}"
    return ", ".join(_next(way) for way in item["next"] if way["kind"] != "timeout") or "-"


def _next(way: Mapping[str, Any]) -> str:
    if way["kind"] == "conditions":
        if way["to"] is None:
            return f"waits for {' or '.join(way['conditions'])}" if way["conditions"] else "waits"
        return f"conditions run -> {way['to']}"
    if way["to"] is None:
        asked = f" (needs {' or '.join(way['conditions'])})" if way["conditions"] else ""
        return f"{way['event']}: stays{asked}"
    return f"{way['event']} -> {way['to']}"


def stands_text(item: Mapping[str, Any], clock: str) -> str:
    """Return how an item stands, in one line: what it counts, what can happen next, and its timeouts."""
    counts = " ".join(f"{name} {item[name]}" for name in ("reserved", "held") if item[name] != "0")
    parts = [f"item {item['item']} in {item['state']!r}", counts or "counts nothing"]
    told = [("next", next_text(item)), ("timeouts", timeouts_text(item, clock))]
    return "; ".join([*parts, *(f"{name}: {text}" for name, text in told if text != "-")])


def timeouts_text(item: Mapping[str, Any], clock: str) -> str:
    """Return the timeouts of an item with how long they have to go."""
    told = [f"{one['event']} in {span_text(clock, one['due'])}" for one in item["timeouts"]]
    if item["held_until"]:
        told.append(f"hold ends in {span_text(clock, item['held_until'])}")
    return ", ".join(told) or "-"


def stock_text(stock: Mapping[str, Any]) -> str:
    """Return how much there is of a product, and what of it can be sold."""
    amounts = ", ".join(f"{name} {stock[name]}" for name in ("stock", "reserved", "held", "available"))
    return f"{stock['sku']}: {amounts}"


def clock_text(clock: str) -> str:
    """Return the time of a trial with its day of the week."""
    moment = datetime.fromisoformat(clock)
    form = "%a %Y-%m-%d %H:%M" + (":%S" if moment.second else "")
    return f"{moment.astimezone(UTC).strftime(form)} UTC"


def span_text(start: str, end: str) -> str:
    """Return how long it is from one time to another: ``14 days``, ``1 day 2 hours``."""
    return seconds_text((datetime.fromisoformat(end) - datetime.fromisoformat(start)).total_seconds())


def seconds_text(seconds: float) -> str:
    """Return a span of seconds in its two largest units: ``14 days``, ``1 day 2 hours``, ``0 seconds``."""
    parts: list[tuple[int, str]] = []
    left = round(seconds)
    for name, size in _SECONDS:
        number, left = divmod(left, size)
        if number or (parts and len(parts) < _MOST_PARTS and left):
            parts.append((number, name))
    shown = [count(number, name) for number, name in parts[:_MOST_PARTS] if number]
    return " ".join(shown) or "0 seconds"
