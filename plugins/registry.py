"""The registry: plugins by kind and name, each with the place it comes from."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from engine.definition import RegisteredNames
from engine.hooks import (
    AllocationStrategy,
    Command,
    Condition,
    Plugins,
    ReservationExportFilter,
    ReservationHandler,
    Scope,
    SharingStrategy,
    SinkMaker,
    StockFormat,
    TimeoutProcessor,
)
from plugins.builtin import MODULES
from plugins.checks import place_of, problems_of, title
from plugins.errors import PluginProblem, PluginsInvalid
from plugins.loading import import_file, import_module
from plugins.marks import NAMELESS, Kind, Mark, marks_of
from plugins.sources import sources


@dataclass(frozen=True, slots=True)
class Registered:
    """One plugin of the registry. ``per`` is None where there is no choice; ``place`` is ``file:line``."""

    kind: Kind
    name: str
    per: str | None
    module: str
    place: str

    def as_dict(self) -> dict[str, Any]:
        """Return the plugin as a JSON object."""
        own = {"kind": str(self.kind), "name": self.name, "per": self.per}
        return {**own, "module": self.module, "place": self.place}


@dataclass(frozen=True, slots=True)
class _Entry:
    shown: Registered
    plugin: Callable[..., Any]
    mark: Mark


class Registry(Plugins):
    """Plugins by exact name; the engine asks it for what a process names.

    Names are registered once: there is no overriding, neither of a built-in nor of another plugin.
    """

    def __init__(self) -> None:
        self._named: dict[tuple[Kind, str], _Entry] = {}
        self._nameless: dict[Kind, list[_Entry]] = {kind: [] for kind in Kind if kind in NAMELESS}

    def add_module(self, module: ModuleType) -> int:
        """Register every marked object of a module and return how many there are.

        One that is registered already, because another module shows it too, counts but changes nothing.
        Raises PluginsInvalid with everything that is wrong; what is valid is registered all the same, so that
        a later module can be compared with it.
        """
        problems: list[PluginProblem] = []
        count = 0
        for plugin, mark in _marked(module, problems):
            count += 1
            place = place_of(plugin, getattr(module, "__file__", None) or module.__name__)
            wrong = [*problems_of(plugin, mark, place)]
            problems.extend(wrong or self._add(module, plugin, mark, place))
        if problems:
            raise PluginsInvalid(problems)
        return count

    def add_file(self, path: Path) -> int:
        """Run a Python file and register every marked object of it, as ``add_module`` does."""
        return self.add_module(import_file(path))

    def command(self, name: str) -> Command | None:
        """Return the command registered under the name."""
        entry = self._named.get((Kind.COMMAND, name))
        if entry is None:
            return None
        return Command(name, Scope(entry.mark.per), entry.plugin, entry.mark.transactional)

    def condition(self, name: str) -> Condition | None:
        """Return the condition registered under the name."""
        entry = self._named.get((Kind.CONDITION, name))
        if entry is None:
            return None
        return Condition(name, Scope(entry.mark.per), entry.plugin, entry.mark.constant)

    def timeout_processor(self, name: str) -> TimeoutProcessor | None:
        """Return the timeout processor registered under the name."""
        entry = self._named.get((Kind.TIMEOUT_PROCESSOR, name))
        return None if entry is None else entry.plugin

    def reservation_handlers(self) -> Sequence[ReservationHandler]:
        """Return the reservation handlers in the order in which they were registered."""
        return [entry.plugin for entry in self._nameless[Kind.RESERVATION_HANDLER]]

    def export_filters(self) -> Sequence[ReservationExportFilter]:
        """Return the export filters in the order in which they were registered."""
        return [entry.plugin for entry in self._nameless[Kind.EXPORT_FILTER]]

    def sharing_strategy(self, name: str) -> SharingStrategy | None:
        """Return the sharing strategy registered under the name."""
        entry = self._named.get((Kind.SHARING_STRATEGY, name))
        return None if entry is None else entry.plugin

    def allocation_strategy(self, name: str) -> AllocationStrategy | None:
        """Return the allocation strategy registered under the name."""
        entry = self._named.get((Kind.ALLOCATION_STRATEGY, name))
        return None if entry is None else entry.plugin

    def stock_formats(self) -> dict[str, tuple[StockFormat, str]]:
        """Return what reads stock files, by name, each with the place it comes from."""
        formats = {name: entry for (kind, name), entry in self._named.items() if kind is Kind.STOCK_FORMAT}
        return {name: (entry.plugin, entry.shown.place) for name, entry in formats.items()}

    def sink_makers(self) -> dict[str, tuple[SinkMaker, str]]:
        """Return what makes sinks, by name, each with the place it comes from."""
        makers = {name: entry for (kind, name), entry in self._named.items() if kind is Kind.SINK}
        return {name: (entry.plugin, entry.shown.place) for name, entry in makers.items()}

    def names(self) -> RegisteredNames:
        """Return what a process may name, for checks and diagrams."""
        of_kind: dict[Kind, dict[str, str]] = {kind: {} for kind in Kind}
        for (kind, name), entry in self._named.items():
            of_kind[kind][name] = entry.shown.per or ""
        return RegisteredNames(
            commands=of_kind[Kind.COMMAND],
            conditions=frozenset(of_kind[Kind.CONDITION]),
            timeout_processors=frozenset(of_kind[Kind.TIMEOUT_PROCESSOR]),
        )

    def listing(self) -> list[Registered]:
        """Return every plugin with its origin: by kind and name, then those without names as called."""
        named = sorted((entry.shown for entry in self._named.values()), key=lambda one: (one.kind, one.name))
        return [*named, *(entry.shown for entries in self._nameless.values() for entry in entries)]

    def _add(
        self, module: ModuleType, plugin: Callable[..., Any], mark: Mark, place: str
    ) -> Iterator[PluginProblem]:
        alike = self._nameless.get(mark.kind)
        name = mark.name if alike is None else _callable_name(plugin)
        has_scope = mark.kind in (Kind.COMMAND, Kind.CONDITION)
        shown = Registered(mark.kind, name, mark.per if has_scope else None, module.__name__, place)
        entry = _Entry(shown, plugin, mark)
        if alike is not None:
            if all(known.plugin is not plugin for known in alike):
                alike.append(entry)
            return
        known = self._named.setdefault((mark.kind, name), entry)
        if known.plugin is not plugin:
            message = f"the {title(mark)} is registered already, at {known.shown.place}"
            yield PluginProblem(place, message, "Rename one of them, or load only one.")


def _callable_name(plugin: Callable[..., Any]) -> str:
    return str(getattr(plugin, "__name__", type(plugin).__name__))


def _marked(module: ModuleType, problems: list[PluginProblem]) -> Iterator[tuple[Callable[..., Any], Mark]]:
    """Yield the marked objects in the order of the file; a marked method is a problem."""
    seen: set[int] = set()
    for thing in list(vars(module).values()):
        if id(thing) in seen:
            continue
        seen.add(id(thing))
        for mark in marks_of(thing):
            yield thing, mark
        if inspect.isclass(thing) and thing.__module__ == module.__name__:
            problems.extend(_marked_methods(thing))


def _marked_methods(owner: type) -> Iterator[PluginProblem]:
    for member in vars(owner).values():
        method = getattr(member, "__func__", member)
        for mark in marks_of(method):
            place = place_of(method, owner.__module__)
            message = f"the {title(mark)} is a method of the class {owner.__name__}"
            yield PluginProblem(place, message, "Mark a function at the top of the file.")


def load_plugins(specs: Sequence[str] = (), *, entry_points: bool = True) -> Registry:
    """Return a registry of the built-ins, the plugins of installed packages, and those the user named.

    A spec is a dotted module name, the path of a Python file, or a folder, of which every ``*.py`` is loaded
    in the order of the names (hidden files are not). A file that several specs name is loaded once. Raises
    PluginsInvalid with everything that is wrong in all of them.
    """
    registry = Registry()
    problems: list[PluginProblem] = []
    for module in MODULES:
        registry.add_module(import_module(module))
    for find, named in sources(specs, entry_points, problems):
        try:
            if not registry.add_module(find()) and named is not None:
                problems.append(_nothing_in(named))
        except PluginsInvalid as error:
            problems.extend(error.problems)
    if problems:
        raise PluginsInvalid(problems)
    return registry


def _nothing_in(spec: str) -> PluginProblem:
    message = "no plugin is registered here"
    remedy = (
        "Mark functions with @command, @condition, @timeout_processor, @reservation_handler, @export_filter, "
        "@stock_format, @sharing_strategy or @sink."
    )
    return PluginProblem(spec, message, remedy)
