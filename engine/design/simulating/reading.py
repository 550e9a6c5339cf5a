"""Assumptions as YAML, which designers write and ``process learn`` makes of the history."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from engine.clock import SECOND
from engine.definition import Process, parse_duration
from engine.design.simulating.assumptions import DAY, Assumptions, Delay, Kind
from engine.design.simulating.visit import HOP
from engine.design.testing.node import Node
from engine.design.trying.terms import conditions_in
from engine.errors import InputError
from engine.nouns import count
from rules.document import read_document

KEYS = ("process", "conditions", "events", "states", "stock_update", "conditions_run", "arrivals")
STATE_KEYS = ("conditions", "exits")
DELAY_KEYS = ("mean", "fixed", "between", "quantiles", "share")
_KINDS: dict[str, Kind] = {
    "mean": "exponential",
    "fixed": "fixed",
    "between": "between",
    "quantiles": "quantiles",
}


def read_assumptions(file: Path, text: str, process: Process, rules: Assumptions) -> Assumptions:
    """Return what a file assumes of the process, beyond the ``rules``. Raises InputError with every problem."""
    document = read_document(file, text)
    reader = _Reader(Node(document, (), document.values), process)
    found = reader.read(rules) if not document.problems else rules
    if document.problems:
        problems = sorted(document.problems, key=lambda problem: problem.line)
        raise InputError(
            f"{file} cannot be simulated with:",
            listed=list(map(str, problems)),
            remedy="Mend what is listed; docs/simulating.md describes every key.",
            problems=[problem.as_dict() for problem in problems],
        )
    return found


class _Reader:
    def __init__(self, root: Node, process: Process) -> None:
        self._root, self._process = root, process
        self._conditions = conditions_in(process)

    def read(self, found: Assumptions) -> Assumptions:
        """Return the assumptions; what is wrong is noted."""
        for node in self._root.keys(KEYS):
            match node.path[-1]:
                case "conditions":
                    found = replace(found, conditions=self._probabilities(node))
                case "events":
                    found = replace(found, events=self._delays(node))
                case "states":
                    found = self._states(node, found)
                case "stock_update":
                    found = self._stock_update(node, found)
                case "conditions_run":
                    found = replace(found, conditions_every=_every(node) or found.conditions_every)
                case "arrivals":
                    found = replace(found, arrivals=_every(node) or found.arrivals)
        return found

    def _probabilities(self, node: Node) -> dict[str, float]:
        found = {}
        for name, part in node.pairs():
            known = Node(part.document, part.path, name).name("condition", self._conditions)
            value = _share(part)
            if known is not None and value is not None:
                found[known] = value
        return found

    def _delays(self, node: Node, *more: str) -> dict[str, Delay]:
        found, names = {}, [*self._process.event_by_name, *more]
        for name, part in node.pairs():
            known = Node(part.document, part.path, name).name("event", names)
            delay = _delay(part)
            if known is not None and delay is not None:
                found[known] = delay
        return found

    def _states(self, node: Node, found: Assumptions) -> Assumptions:
        conditions, exits = dict(found.state_conditions), dict(found.exits)
        for name, part in node.pairs():
            state = Node(part.document, part.path, name).name("state", self._process.state_by_name)
            part.keys(STATE_KEYS)
            if part.has("conditions"):
                for condition, value in self._probabilities(part.at("conditions")).items():
                    conditions[state or "", condition] = value
            if part.has("exits"):
                exits[state or ""] = self._delays(part.at("exits"), HOP)
                if sum(delay.share for delay in exits[state or ""].values()) > 1 + 1e-6:
                    part.at("exits").problem(
                        "the shares are more than 1 together", "At most one exit happens."
                    )
        return replace(found, state_conditions=conditions, exits=exits)

    def _stock_update(self, node: Node, found: Assumptions) -> Assumptions:
        if node.value == "never":
            return replace(found, stock_update_every=None)
        if not isinstance(node.value, dict):
            return replace(found, stock_update_every=_span(node) or DAY)
        node.keys(("every", "at"))
        every = (_span(node.at("every")) if node.has("every") else None) or DAY
        at = _time_of_day(node.at("at")) if node.has("at") else 0
        return replace(found, stock_update_every=every, stock_update_at=at)


def _every(node: Node) -> int | None:
    if not isinstance(node.value, dict):
        return _span(node)
    node.keys(("every",))
    return _span(node.at("every")) if node.has("every") else None


def _share(node: Node) -> float | None:
    value: Any = node.value
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        node.problem(f"{value!r} is not a probability", "Write a number from 0 to 1.")
        return None
    return float(value)


def _delay(node: Node) -> Delay | None:
    if not isinstance(node.value, dict):
        span = _span(node)
        return None if span is None else Delay("exponential", (span,))
    node.keys(DELAY_KEYS)
    kinds = [key for key in _KINDS if node.has(key)]
    if len(kinds) > 1:
        node.problem(f"this says {' and '.join(kinds)}", "Say one of them.")
        return None
    share = _share(node.at("share")) if node.has("share") else 1.0
    values: tuple[int, ...] = (DAY,)
    if kinds:
        spans = [_span(entry) for entry in node.at(kinds[0]).entries()]
        values = tuple(span for span in spans if span is not None)
        wanted = {"between": 2, "quantiles": None}.get(kinds[0], 1)
        if (wanted is not None and len(spans) != wanted) or not spans:
            node.at(kinds[0]).problem(
                f"{kinds[0]} has {count(len(spans), 'span')}", f"Give it {wanted or 'one or more'}."
            )
            return None
        if list(values) != sorted(values):
            node.at(kinds[0]).problem(
                f"{kinds[0]} does not begin with the least", "Put the spans into order."
            )
    if share is None or not values:
        return None
    return Delay(_KINDS[kinds[0]] if kinds else "exponential", values, share)


def _span(node: Node) -> int | None:
    """Return a span in microseconds: a number is in seconds, which may be zero; a text has its units."""
    value = node.value
    if isinstance(value, int | float) and not isinstance(value, bool):
        if value >= 0:
            return int(value * SECOND)
        node.problem(f"{value!r} is negative", "Write how many seconds, or a text such as '2 hours'.")
        return None
    text = node.span()
    if text is None:
        return None
    exact = parse_duration(text).microseconds_if_exact
    if exact is None:
        node.problem(f"{text!r} is not always as long", "Write it in days, hours, minutes or seconds.")
    return exact


def _time_of_day(node: Node) -> int:
    hour, colon, minute = str(node.value).partition(":")
    if not (colon and hour.isdigit() and minute.isdigit() and int(hour) < 24 and int(minute) < 60):
        node.problem(f"{node.value!r} is not a time of day", 'Write it as "02:00", in UTC.')
        return 0
    return (int(hour) * 3_600 + int(minute) * 60) * SECOND
