"""From levels to values: the fallback product -> category -> categories above -> website -> organisation -> system.

Nothing here knows a database: who asks brings the tree of categories, and which organisation a store belongs to.
What products have in common is worked out once, so that a product without options of its own costs two looks.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple

from rules.options.model import NO_LIMIT, STATUSES, InventoryOptions, Options, moment_of
from rules.options.values import DEFAULTS, NAMES, OptionValues

Said = tuple[tuple[int, Any], ...]
"""What a level says: the number of each option, as in ``NAMES``, with its value."""


class Level(NamedTuple):
    """A level: its kind, and its name where there are several of the kind."""

    kind: str
    name: str = ""

    def __str__(self) -> str:
        return f"{self.kind} {self.name}" if self.name else self.kind


DEFAULT = Level("default")
SYSTEM = Level("system")
_NUMBER = {name: number for number, name in enumerate(NAMES)}
_UPCOMING, _DATE = _NUMBER["upcoming"], _NUMBER["availability_date"]


class Effective(NamedTuple):
    """The values of a product in a store, and the level that each of them comes from, in the same order."""

    values: OptionValues
    levels: tuple[Level, ...]

    def options(self) -> Iterator[tuple[str, Any, Level]]:
        """Yield every option with its value and its level."""
        yield from zip(NAMES, self.values, self.levels, strict=True)


class CategoryCycle(ValueError):
    """Categories that are above themselves; ``path`` names them from one to the same one again."""

    def __init__(self, path: tuple[str, ...]) -> None:
        super().__init__(" -> ".join(path))
        self.path = path


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Where products and stores stand: the parent of each category, and the organisation of each store, if any."""

    parents: Mapping[str, str | None]
    organisations: Mapping[str, str | None]


class Resolver:
    """Answers which value an option has for a product in a store; made for one state of rules and surroundings."""

    def __init__(self, options: Options, around: Surroundings) -> None:
        self._around = around
        self._system = said_by(options.system)
        self._organisations = _all_said(options.organisations)
        self._websites = _all_said(options.websites)
        self._categories = _all_said(options.categories)
        self._products = _all_said(options.products)
        self._stores: dict[str, Effective] = {}
        self._chains: dict[str, dict[int, tuple[Any, Level]]] = {}
        self._common: dict[tuple[str | None, str], Effective] = {}

    def effective(
        self, sku: str, store: str, category: str | None = None, abstract: str | None = None
    ) -> Effective:
        """Return the values for a product in a store; ``abstract`` is the product that it is a variant of.

        Raises CategoryCycle.
        """
        common = self._common.get((category, store))
        if common is None:
            common = self._common[category, store] = self._in_category(category, store)
        for name in (abstract, sku):
            own = None if name is None else self._products.get(name)
            if own:
                level = Level("product", str(name))
                common = _over(common, ((number, value, level) for number, value in own))
        return common

    def _in_category(self, category: str | None, store: str) -> Effective:
        found = self._stores.get(store)
        if found is None:
            found = self._stores[store] = self._in_store(store)
        if category is None:
            return found
        chain = self._chain(category)
        return _over(found, ((number, value, level) for number, (value, level) in chain.items()))

    def _in_store(self, store: str) -> Effective:
        found = _over(Effective(DEFAULTS, (DEFAULT,) * len(NAMES)), _at(self._system, SYSTEM))
        organisation = self._around.organisations.get(store)
        if organisation is not None:
            own = self._organisations.get(organisation, ())
            found = _over(found, _at(own, Level("organisation", organisation)))
        return _over(found, _at(self._websites.get(store, ()), Level("website", store)))

    def _chain(self, category: str) -> dict[int, tuple[Any, Level]]:
        """Return what a category and those above it say; the nearest one counts."""
        above: list[str] = []
        at: str | None = category
        while at is not None and at not in self._chains:
            if at in above:
                raise CategoryCycle((*above[above.index(at) :], at))
            above.append(at)
            at = self._around.parents.get(at)
        found = {} if at is None else self._chains[at]
        for name in reversed(above):
            own = self._categories.get(name, ())
            level = Level("category", name)
            found = self._chains[name] = (
                {**found, **{number: (value, level) for number, value in own}} if own else found
            )
        return found


def said_by(options: InventoryOptions) -> Said:
    """Return what a level says. A date goes with "upcoming": a level that says this says also from when."""
    told = {
        _NUMBER[name]: _meaning(name, value)
        for name in options.model_fields_set  # of fifteen most levels say one or two
        if (value := getattr(options, name)) is not None
    }
    if _UPCOMING in told:
        told.setdefault(_DATE, None)
    return tuple(told.items())


def _meaning(name: str, value: Any) -> Any:
    if name == "availability_date":
        return None if value == NO_LIMIT else moment_of(value)
    if value == NO_LIMIT and isinstance(value, str):
        return None
    if isinstance(value, tuple):
        return tuple(status for status in STATUSES if status in value)
    return value.normalize() + Decimal(0) if isinstance(value, Decimal) else value


def _all_said(levels: Mapping[str, InventoryOptions]) -> dict[str, Said]:
    return {name: said for name, options in levels.items() if (said := said_by(options))}


def _at(said: Said, level: Level) -> Iterator[tuple[int, Any, Level]]:
    return ((number, value, level) for number, value in said)


def _over(below: Effective, told: Iterator[tuple[int, Any, Level]]) -> Effective:
    """Return what counts once a level that comes first has told its own."""
    values: list[Any] = list(below.values)
    levels, changed = list(below.levels), False
    for number, value, level in told:
        values[number], levels[number], changed = value, level, True
    return Effective(OptionValues(*values), tuple(levels)) if changed else below
