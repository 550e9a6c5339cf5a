"""The rule section ``allocation``: which warehouse ships a line, and when that is decided."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Literal, NamedTuple

from pydantic import Field

from rules.base import Rules
from rules.suggest import did_you_mean

PLUGIN = "plugin:"
"""How a strategy begins that a plugin decides; its name follows."""

FEWEST, PRIORITY, NEAREST, CHEAPEST = "fewest", "priority", "nearest", "cheapest"
DEFAULT, OWN_FIRST, EXTERNAL_FIRST = "default", "own_first", "external_first"
STRATEGIES = (FEWEST, PRIORITY, NEAREST, CHEAPEST, DEFAULT, OWN_FIRST, EXTERNAL_FIRST)

ANYWHERE = "*"
"""In a cost table: what it costs to any other destination."""

KeyPath = tuple[str | int, ...]
"""The way to a value below ``allocation``."""

Name = Annotated[str, Field(min_length=1, max_length=255)]
_Path = Annotated[str, Field(min_length=1, max_length=255, pattern=r"^\S+$")]
_Cost = Annotated[float, Field(ge=0, le=1_000_000_000, allow_inf_nan=False)]
_Chain = Annotated[tuple[Name, ...], Field(strict=False)]
Moment = Literal["placement", "event"]


class AllocationProblem(NamedTuple):
    """Something that is wrong: where below ``allocation``, what, and what to do about it."""

    path: KeyPath
    message: str
    remedy: str


class _Choice(Rules):
    """What may differ from store to store."""

    at: Moment | None = None
    """When warehouses are chosen: "placement" (with the order) or "event" (by the command Earmark/Allocate of its
    process)."""

    strategies: _Chain | None = None
    """By what a warehouse is chosen: the first strategy decides, the next one where the first finds no
    difference.
    """

    split_lines: bool | None = None
    """Whether a line may come from several warehouses where no single one has enough of it."""

    default: Name | None = None
    """The warehouse that the strategy "default" prefers."""


class Allocation(_Choice):
    """Which warehouse ships a line."""

    at: Moment = "event"
    """When warehouses are chosen: "placement" (with the order) or "event" (by the command Earmark/Allocate of its
    process)."""

    strategies: _Chain = (FEWEST, PRIORITY)
    """By what a warehouse is chosen: "fewest" (warehouses of an order), "priority", "nearest", "cheapest",
    "default", "own_first", "external_first", or "plugin:NAME". The first decides, the next one where the first
    finds no difference."""

    split_lines: bool = True
    """Whether a line may come from several warehouses where no single one has enough of it."""

    most_warehouses: Annotated[int, Field(ge=1, le=20)] = 4
    """From how many warehouses an order may come at most."""

    most_compared: Annotated[int, Field(ge=1, le=10_000)] = 200
    """How many ways to ship an order are compared at most."""

    costs: dict[Name, dict[Name, _Cost]] = Field(default_factory=dict)
    """For the strategy "cheapest": what a parcel costs, by warehouse and destination; "*" is any other one."""

    destination: _Path = "shipping.country"
    """For the strategy "cheapest": where the order says its destination; a dot leads into an object. An order
    without one has the name of its store."""

    latitude: _Path = "shipping.latitude"
    """For the strategy "nearest": where the order says the latitude of its destination, in degrees."""

    longitude: _Path = "shipping.longitude"
    """For the strategy "nearest": where the order says the longitude of its destination, in degrees."""

    stores: dict[Name, _Choice] = Field(default_factory=dict)
    """What is different for single stores: at, strategies, split_lines, default."""

    def for_store(self, store: str) -> Choice:
        """Return what counts for a store."""
        own = self.stores.get(store, _NOTHING_ELSE)
        return Choice(
            self.at if own.at is None else own.at,
            self.strategies if own.strategies is None else own.strategies,
            self.split_lines if own.split_lines is None else own.split_lines,
            own.default or self.default,
        )

    @property
    def at_placement(self) -> bool:
        """Whether warehouses are chosen with the orders of any store."""
        return self.at == "placement" or any(own.at == "placement" for own in self.stores.values())


_NOTHING_ELSE = _Choice()


class Choice(NamedTuple):
    """What counts for a store: when, by which strategies, whether lines are split, and its default warehouse."""

    at: Moment
    strategies: tuple[str, ...]
    split_lines: bool
    default: str | None


def problems_within(allocation: Allocation) -> Iterator[AllocationProblem]:
    """Yield everything in which the section contradicts itself."""
    chains: dict[KeyPath, tuple[tuple[str, ...], str | None]] = {
        ("strategies",): (allocation.strategies, allocation.default)
    }
    for store, own in allocation.stores.items():
        default = own.default or allocation.default
        chains["stores", store, "strategies"] = (own.strategies or (), default)
    used: set[str] = set()
    for path, (chain, default) in chains.items():
        used |= set(chain)
        yield from _chain(path, chain, default)
    if CHEAPEST in used and not allocation.costs:
        text = 'the strategy "cheapest" is used, and there are no "costs"'
        yield AllocationProblem(("strategies",), text, "Say what a parcel costs from each warehouse.")
    if not allocation.strategies:
        yield AllocationProblem(("strategies",), "there is no strategy", _listed())


def _chain(path: KeyPath, chain: tuple[str, ...], default: str | None) -> Iterator[AllocationProblem]:
    for number, name in enumerate(chain):
        if name in chain[:number]:
            yield AllocationProblem((*path, number), f'"{name}" stands here twice', "Keep the first one.")
        elif name not in STRATEGIES and not (name.startswith(PLUGIN) and name != PLUGIN):
            remedy = did_you_mean(name, STRATEGIES) or _listed()
            yield AllocationProblem((*path, number), f'there is no strategy "{name}"', remedy)
    if DEFAULT in chain and default is None:
        text = 'the strategy "default" is used, and there is no "default" warehouse'
        yield AllocationProblem(path, text, "Name the warehouse: default: W1.")
    if OWN_FIRST in chain and EXTERNAL_FIRST in chain:
        text = '"own_first" and "external_first" contradict each other'
        yield AllocationProblem(path, text, "Keep one of them.")


def _listed() -> str:
    names = ", ".join(f'"{name}"' for name in STRATEGIES)
    return f'Write some of {names}, or "{PLUGIN}NAME".'


def value_at(document: Mapping[str, object], path: str) -> object:
    """Return what an order says at a path such as ``shipping.country``; None where it says nothing."""
    found: object = document
    for key in path.split("."):
        if not isinstance(found, Mapping):
            return None
        found = found.get(key)
    return found
