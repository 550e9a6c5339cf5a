"""The decorators of a plugin file: they leave a mark on what they decorate and do nothing else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeVar

Plugin = TypeVar("Plugin", bound=Callable[..., Any])

_ATTRIBUTE = "__earmark_marks__"


class Kind(StrEnum):
    """What a plugin is registered as; a name belongs to one kind only, so two kinds may use the same one."""

    COMMAND = "command"
    CONDITION = "condition"
    TIMEOUT_PROCESSOR = "timeout processor"
    RESERVATION_HANDLER = "reservation handler"
    EXPORT_FILTER = "export filter"
    STOCK_FORMAT = "stock format"
    SHARING_STRATEGY = "sharing strategy"
    ALLOCATION_STRATEGY = "allocation strategy"
    SINK = "sink"


NAMELESS = frozenset({Kind.RESERVATION_HANDLER, Kind.EXPORT_FILTER})
"""The kinds that no process names: all that are registered are called."""


@dataclass(frozen=True, slots=True)
class Mark:
    """What a decorator noted, unchecked: the registry checks it, so that all mistakes are told together.

    ``shadows`` is the marked function that bore the same Python name in its module before, if any.
    """

    kind: Kind
    name: Any = ""
    per: Any = "item"
    transactional: Any = False
    constant: Any = None
    shadows: Callable[..., Any] | None = None


def command(name: str, *, per: str = "item", transactional: bool = False) -> Callable[[Plugin], Plugin]:
    """Mark a command. ``per`` is "item", "order" or "batch" and says how many items one call is for.

    A ``transactional`` command runs inside the applying transaction: exactly once, but it must be quick and
    must not talk to other systems.
    """
    return _marker(Mark(Kind.COMMAND, name, per, transactional))


def condition(name: str, *, per: str = "item", constant: bool | None = None) -> Callable[[Plugin], Plugin]:
    """Mark a condition. ``per`` is "item" (returns a bool) or "batch" (returns the ids that it is true for).

    ``constant`` tells the answer beforehand when it never depends on the item; then no item is loaded.
    """
    return _marker(Mark(Kind.CONDITION, name, per, constant=constant))


def timeout_processor(name: str) -> Callable[[Plugin], Plugin]:
    """Mark a timeout processor."""
    return _marker(Mark(Kind.TIMEOUT_PROCESSOR, name))


def stock_format(name: str) -> Callable[[Plugin], Plugin]:
    """Mark what reads a kind of stock file; the name is what ``format`` of a feed says."""
    return _marker(Mark(Kind.STOCK_FORMAT, name))


def sharing_strategy(name: str) -> Callable[[Plugin], Plugin]:
    """Mark what divides stock between channel groups; the rules name it as ``strategy: plugin:NAME``."""
    return _marker(Mark(Kind.SHARING_STRATEGY, name))


def allocation_strategy(name: str) -> Callable[[Plugin], Plugin]:
    """Mark what says from where an order is best shipped; the rules name it among ``strategies`` as
    ``plugin:NAME``.
    """
    return _marker(Mark(Kind.ALLOCATION_STRATEGY, name))


def sink(name: str) -> Callable[[Plugin], Plugin]:
    """Mark what makes a sink; the name is what ``kind`` of a sink of the settings says."""
    return _marker(Mark(Kind.SINK, name))


def reservation_handler(handler: Plugin) -> Plugin:
    """Mark a reservation handler; it has no name and is written without brackets."""
    return _marker(Mark(Kind.RESERVATION_HANDLER))(handler)


def export_filter(decides: Plugin) -> Plugin:
    """Mark an export filter, which decides whether a reservation is told to other databases; written without
    brackets.
    """
    return _marker(Mark(Kind.EXPORT_FILTER))(decides)


def marks_of(thing: object) -> tuple[Mark, ...]:
    """Return the marks that decorators left on this very object (not on its class)."""
    own = getattr(thing, "__dict__", None)
    marks = own.get(_ATTRIBUTE, ()) if own is not None else ()
    return marks if isinstance(marks, tuple) else ()


def _marker(mark: Mark) -> Callable[[Plugin], Plugin]:
    if callable(mark.name):
        raise TypeError(f"write the {mark.kind}'s name in brackets, such as @...('Shop/Name')")

    def put(plugin: Plugin) -> Plugin:
        shadowed = Mark(mark.kind, mark.name, mark.per, mark.transactional, mark.constant, _shadowed(plugin))
        setattr(plugin, _ATTRIBUTE, (*marks_of(plugin), shadowed))
        return plugin

    return put


def _shadowed(plugin: Callable[..., Any]) -> Callable[..., Any] | None:
    """Return the marked function of the same module whose Python name this one takes over.

    The module will show only the later one, so the earlier would vanish without a word.
    """
    name = getattr(plugin, "__qualname__", "")
    earlier = getattr(plugin, "__globals__", {}).get(name)
    return earlier if earlier is not plugin and marks_of(earlier) else None
