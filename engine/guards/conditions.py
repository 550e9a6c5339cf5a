"""Guards as conditions: a process names one as ``rule:NAME``, and it is asked like any other condition."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, cast

from engine.definition import GUARD_PREFIX
from engine.hooks import (
    AllocationStrategy,
    CallContext,
    Command,
    Condition,
    Plugins,
    ReservationExportFilter,
    ReservationHandler,
    Scope,
    SharingStrategy,
    TimeoutProcessor,
)

if TYPE_CHECKING:
    from engine.guards.facts import Asked
    from rules import EngineRules
    from rules.guards.compiled import Guard, Outcome


@dataclass(frozen=True, slots=True)
class GuardCondition(Condition):
    """A condition that a guard of the rule files answers; ``text`` is the guard's expression.

    ``place`` is where it was read, as file and line; None where it was in no file.
    """

    text: str = ""
    place: str | None = None

    @property
    def shown(self) -> str:
        """The name with the place, for messages."""
        return self.name if self.place is None else f"{self.name} ({self.place})"

    @property
    def guard(self) -> Guard:
        """The guard, ready to be asked."""
        from rules.guards.compiled import compile_guard

        return compile_guard(self.text)

    def outcomes(self, items: Sequence[Any], context: CallContext) -> list[Outcome]:
        """Return what the guard says of each item: true, false, or why it can say neither."""
        return outcomes(self.text, items, context)


def outcomes(text: str, items: Sequence[Asked], context: CallContext) -> list[Outcome]:
    """Return what the guard with this expression says of each item: true, false, or why it can say neither."""
    from engine.guards.facts import Facts
    from rules.guards.compiled import compile_guard

    guard = compile_guard(text)
    return [guard.outcome(values) for values in Facts(guard, items, context).values()]


def _ids(text: str, items: Sequence[Asked], context: CallContext) -> list[int]:
    told = outcomes(text, items, context)
    return [item.id for item, outcome in zip(items, told, strict=True) if outcome is True]


def guard_condition(name: str, text: str, place: str | None = None) -> GuardCondition:
    """Return the condition ``rule:NAME`` of a guard, which was read at the place."""
    call = cast("Any", partial(_ids, text))
    return GuardCondition(f"{GUARD_PREFIX}{name}", Scope.BATCH, call, None, text, place)


class Guarded:
    """The plugins, with the guards of the rule files as further conditions."""

    def __init__(
        self, plugins: Plugins, guards: Mapping[str, str], places: Mapping[str, str] = MappingProxyType({})
    ) -> None:
        self.plugins = plugins
        self._conditions = {
            GUARD_PREFIX + name: guard_condition(name, text, places.get(name))
            for name, text in guards.items()
        }

    def command(self, name: str) -> Command | None:
        """Return the command registered under the name."""
        return self.plugins.command(name)

    def condition(self, name: str) -> Condition | None:
        """Return the guard, or the condition registered under the name."""
        return self._conditions.get(name) or self.plugins.condition(name)

    def timeout_processor(self, name: str) -> TimeoutProcessor | None:
        """Return the timeout processor registered under the name."""
        return self.plugins.timeout_processor(name)

    def reservation_handlers(self) -> Sequence[ReservationHandler]:
        """Return the reservation handlers in the order in which they are called."""
        return self.plugins.reservation_handlers()

    def export_filters(self) -> Sequence[ReservationExportFilter]:
        """Return the export filters; a reservation is told to other databases if all of them accept it."""
        return self.plugins.export_filters()

    def sharing_strategy(self, name: str) -> SharingStrategy | None:
        """Return the sharing strategy registered under the name."""
        return self.plugins.sharing_strategy(name)

    def allocation_strategy(self, name: str) -> AllocationStrategy | None:
        """Return the allocation strategy registered under the name."""
        return self.plugins.allocation_strategy(name)


def with_guards(plugins: Plugins, rules: EngineRules) -> Plugins:
    """Return the plugins with the guards of the rules; without guards, the plugins alone."""
    own = plugins.plugins if isinstance(plugins, Guarded) else plugins
    return Guarded(own, rules.guards, rules.guard_places) if rules.guards else own


def names_of(rules: EngineRules) -> Collection[str]:
    """Return the names of the guards."""
    return rules.guards.keys()
