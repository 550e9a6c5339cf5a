"""A plugin registry that tests fill in place."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from engine.hooks import (
    CallContext,
    Command,
    Condition,
    Item,
    ReservationChange,
    ReservationHandler,
    ReservationWork,
    Scope,
    TimeoutProcessor,
)


def write_availability(changes: Sequence[ReservationChange], work: ReservationWork) -> None:
    """The reservation handler that every installation has."""
    work.write_availability(changes)


class PluginBox:
    """Implements ``engine.hooks.Plugins``."""

    def __init__(self) -> None:
        self.commands: dict[str, Command] = {}
        self.conditions: dict[str, Condition] = {}
        self.processors: dict[str, TimeoutProcessor] = {}
        self.handlers: list[ReservationHandler] = [write_availability]

    def command(self, name: str) -> Command | None:
        return self.commands.get(name)

    def condition(self, name: str) -> Condition | None:
        return self.conditions.get(name)

    def timeout_processor(self, name: str) -> TimeoutProcessor | None:
        return self.processors.get(name)

    def reservation_handlers(self) -> Sequence[ReservationHandler]:
        return self.handlers

    def add_command(
        self, name: str, call: Callable[..., Any], scope: Scope = Scope.ITEM, *, transactional: bool = False
    ) -> None:
        self.commands[name] = Command(name, scope, call, transactional)

    def add_condition(
        self,
        name: str,
        call: Callable[..., Any],
        scope: Scope = Scope.ITEM,
        *,
        constant: bool | None = None,
    ) -> None:
        self.conditions[name] = Condition(name, scope, call, constant)

    def add_constant(self, name: str, answer: bool) -> None:
        self.add_condition(name, lambda _item, _context: answer, constant=answer)


class Calls:
    """A command that remembers whom it was called with, and does what a test asks of it."""

    def __init__(self, scope: Scope = Scope.ITEM, does: Callable[..., Any] | None = None) -> None:
        self.scope = scope
        self.does = does
        self.log: list[tuple[str, tuple[int, ...]]] = []
        self.contexts: list[CallContext] = []

    def __call__(self, asked: Item | Sequence[Item], context: CallContext) -> Any:
        items = [asked] if self.scope is Scope.ITEM else list(asked)  # type: ignore[list-item, arg-type]
        self.log.append((context.key, tuple(item.id for item in items)))
        self.contexts.append(context)
        return self.does(asked, context) if self.does is not None else None

    @property
    def keys(self) -> list[str]:
        return [key for key, _ in self.log]

    @property
    def members(self) -> list[tuple[int, ...]]:
        return [items for _, items in self.log]


def fails(text: str = "no") -> Callable[..., Any]:
    """A plugin that raises."""

    def failing(*_arguments: Any) -> Any:
        raise RuntimeError(text)

    return failing
