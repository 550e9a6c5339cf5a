"""A plugin registry that tests fill in place."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from engine.hooks import (
    AllocationStrategy,
    CallContext,
    Command,
    Condition,
    Item,
    ReservationChange,
    ReservationExportFilter,
    ReservationHandler,
    ReservationWork,
    Scope,
    SharingStrategy,
    TimeoutProcessor,
)


def write_availability(changes: Sequence[ReservationChange], work: ReservationWork) -> None:
    """The reservation handler that every installation has."""
    work.write_availability(changes)


write_availability.only_availability = True


class PluginBox:
    """Implements ``engine.hooks.Plugins``."""

    def __init__(self, handlers: Sequence[ReservationHandler] = (write_availability,)) -> None:
        self.commands: dict[str, Command] = {}
        self.conditions: dict[str, Condition] = {}
        self.processors: dict[str, TimeoutProcessor] = {}
        self.handlers: list[ReservationHandler] = [*handlers]
        self.strategies: dict[str, SharingStrategy] = {}
        self.allocations: dict[str, AllocationStrategy] = {}
        self.filters: list[ReservationExportFilter] = []

    def command(self, name: str) -> Command | None:
        return self.commands.get(name)

    def condition(self, name: str) -> Condition | None:
        return self.conditions.get(name)

    def timeout_processor(self, name: str) -> TimeoutProcessor | None:
        return self.processors.get(name)

    def reservation_handlers(self) -> Sequence[ReservationHandler]:
        return self.handlers

    def export_filters(self) -> Sequence[ReservationExportFilter]:
        return self.filters

    def sharing_strategy(self, name: str) -> SharingStrategy | None:
        return self.strategies.get(name)

    def allocation_strategy(self, name: str) -> AllocationStrategy | None:
        return self.allocations.get(name)

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


class Plugin:
    """A command or condition that remembers its calls; what it does, or answers, can be changed at any time."""

    def __init__(self, does: Any = None) -> None:
        self.does = does
        self.log: list[tuple[str, tuple[int, ...]]] = []
        """The command key of each call, and the ids of its items."""
        self.states: list[tuple[str, ...]] = []
        """Where the items of each call stood."""
        self.contexts: list[CallContext] = []

    def __call__(self, asked: Item | Sequence[Item], context: CallContext) -> Any:
        items = asked if isinstance(asked, Sequence) else [asked]
        self.log.append((context.key, tuple(item.id for item in items)))
        self.states.append(tuple(item.state for item in items))
        self.contexts.append(context)
        return self.does(asked, context) if callable(self.does) else self.does

    @property
    def keys(self) -> list[str]:
        return [key for key, _ in self.log]

    @property
    def members(self) -> list[tuple[int, ...]]:
        """The ids of the items of each call."""
        return [items for _, items in self.log]

    calls = members


def fails(text: str = "no") -> Callable[..., Any]:
    """A plugin that raises."""

    def failing(*_arguments: Any) -> Any:
        raise RuntimeError(text)

    return failing
