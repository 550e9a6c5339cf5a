"""What a trial takes for granted: answers of conditions, stock, the time, and how long timeouts take."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Self

from engine.clock import SECOND, parse_time, to_microseconds
from engine.definition import DurationInvalid, Process, parse_duration
from engine.definition.suggest import nearest
from engine.errors import InputError, TimeInvalid, UnknownEvent
from engine.quantity import SCALE, parse_quantity

START = to_microseconds(datetime(2026, 1, 1, tzinfo=UTC))
"""When a trial begins unless it is told otherwise: a Thursday, 1 January 2026."""

PRODUCT = "product"
"""The sku of a trial that names none."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What holds at the beginning of a trial. Quantities are in millionths of a sales unit, times UTC microseconds.

    ``answers`` are those of conditions by name; ``assume`` is the answer of all others, None when they have to be
    asked for. ``stock`` is how much there is of each sku. ``hold``, ``hold_timeout`` (microseconds) and
    ``stock_update`` are the rules of the project with these names.
    """

    answers: Mapping[str, bool] = field(default_factory=dict)
    assume: bool | None = False
    stock: Mapping[str, int] = field(default_factory=lambda: {PRODUCT: 10 * SCALE})
    now: int = START
    hold: bool = True
    hold_timeout: int | None = None
    stock_update: str = "stock-update"

    @classmethod
    def of_rules(cls, *, hold: bool, hold_timeout_s: float | None, stock_update: str) -> Self:
        """Return the terms of a project's rules ``checkout`` and ``stock_update``."""
        until = None if hold_timeout_s is None else int(hold_timeout_s * SECOND)
        return cls(hold=hold, hold_timeout=until, stock_update=stock_update)

    def with_stock(self, stock: Mapping[str, str]) -> Self:
        """Return the terms with so much of each sku, given as text. Raises QuantityInvalid."""
        return replace(self, stock={sku: parse_quantity(amount) for sku, amount in stock.items()})

    def starting(self, time: str) -> Self:
        """Return the terms with another beginning: a time with its offset, or a date. Raises InputError."""
        text = f"{time}T00:00:00Z" if len(time.strip()) == len("2026-01-01") else time
        try:
            return replace(self, now=parse_time(text))
        except TimeInvalid as error:
            raise InputError(error.message, remedy="Write it as 2026-01-01T12:00:00Z, or a date.") from None


def conditions_in(process: Process) -> list[str]:
    """Return the names of the conditions of a process, each once, in document order."""
    return list(dict.fromkeys(way.condition for way in process.transitions if way.condition is not None))


def check_conditions(process: Process, names: Mapping[str, object]) -> None:
    """See that the process has conditions of these names. Raises InputError that names the nearest ones."""
    known = conditions_in(process)
    unknown = [name for name in names if name not in known]
    if unknown:
        told = [f"{process.name!r} has no condition {name!r}{meant(name, known)}" for name in unknown]
        has = ", ".join(known) or "none"
        raise InputError(told[0], listed=told[1:], remedy=f"Its conditions are: {has}.")


def assumed(process: Process, spans: Mapping[str, str] | None = None) -> Process:
    """Return the process as it can be tried: timeouts take the time that the file tells, or that ``spans`` tells.

    ``spans`` are by event. What a timeout processor would compute is taken to be the span of the file.
    Raises UnknownEvent for an event without a timeout, and InputError for what is no span of time.
    """
    given = dict(spans or {})
    timed = [event.name for event in process.events if event.timeout is not None]
    for name, span in given.items():
        if name not in timed:
            has = f"Events with one are: {', '.join(timed)}." if timed else "None of its events has one."
            raise UnknownEvent(
                f"{process.name!r} has no event {name!r} with a timeout{meant(name, timed)}", remedy=has
            )
        check_span(span)
    events = tuple(
        replace(event, timeout=given.get(event.name, event.timeout), timeout_processor=None)
        for event in process.events
    )
    return replace(process, events=events)


def check_span(text: str) -> None:
    """See that the text is a span of time, such as ``3 days``. Raises InputError."""
    try:
        parse_duration(text)
    except DurationInvalid as error:
        raise InputError(str(error), remedy="Write a span of time such as '14 days' or 'PT20M'.") from None


def meant(name: str, known: list[str]) -> str:
    """Return the question with which a message ends that tells of an unknown name; empty when nothing is near."""
    near = nearest(name, known)
    return "" if near is None else f"; did you mean {near!r}?"
