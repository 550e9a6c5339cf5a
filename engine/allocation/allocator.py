"""Choosing warehouses for orders, by the rules, the topology, and what warehouses have left."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from engine.allocation.choosing import Candidate, Chosen, Limits, Line, Supply, choose
from engine.allocation.explaining import reason_of
from engine.allocation.weighing import Destination, destination_of, weighed
from engine.errors import PluginError, PluginMissing
from engine.hooks import Plugins, Shipment
from engine.plugin_calls import end_if_forked, failure_of, shown
from engine.quantity import to_decimal
from engine.versions.names import House, Names
from rules.allocation import FEWEST, PLUGIN, Allocation, Choice

_REMEDY = "Mend the plugin, or choose another strategy in the section allocation."


@dataclass(frozen=True, slots=True)
class Wish:
    """What of an order is to be allocated. ``used`` are the warehouses from which something of it comes already."""

    reference: str
    store: str
    store_id: int
    document: Mapping[str, Any]
    lines: Sequence[Line]
    used: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Allocated:
    """The warehouses that were chosen for an order, and why, as it is stored."""

    chosen: Chosen
    reason: str


@dataclass(slots=True)
class Allocator:
    """Chooses warehouses. What it is told of stores and warehouses is that of ``names``."""

    rules: Allocation
    plugins: Plugins
    names: Names
    _choices: dict[str, Choice] = field(default_factory=dict)
    _reasons: dict[Any, str] = field(default_factory=dict)
    _limits: dict[str, Limits] = field(default_factory=dict)
    _serving: dict[int, list[House]] = field(default_factory=dict)
    _weighed: dict[Destination, list[Candidate]] = field(default_factory=dict)

    def choice(self, store: str) -> Choice:
        """Return what the rules say of a store."""
        found = self._choices.get(store)
        if found is None:
            found = self._choices[store] = self.rules.for_store(store)
        return found

    def houses(self, store: int) -> list[House]:
        """Return the active warehouses that serve a store."""
        found = self._serving.get(store)
        if found is None:
            found = self._serving[store] = self.names.serving(store)
        return found

    def allocate(self, wish: Wish, supply: Supply, *, split: bool | None = None) -> Allocated:
        """Choose the warehouses of an order; nothing is taken from the supply. Raises PluginError,
        PluginMissing.
        """
        choice = self.choice(wish.store)
        limits = self._limits.get(wish.store)
        if limits is None:
            limits = self._limits[wish.store] = Limits(
                split_lines=choice.split_lines,
                most_warehouses=self.rules.most_warehouses,
                most_compared=self.rules.most_compared,
                fewest_first=choice.strategies[:1] == (FEWEST,),
            )
        if split is not None:
            limits = replace(limits, split_lines=split)
        chosen = choose(wish.lines, self._candidates(wish, choice), supply, limits, wish.used)
        # Most orders of a batch are alike in that; what differs from order to order is told by its items.
        plan, other = chosen.plan, chosen.other
        key = (choice.strategies, plan[:3], None if other is None else other[:3], chosen[2:])
        reason = self._reasons.get(key)
        if reason is None:
            if len(self._reasons) > _MOST_DESTINATIONS:
                self._reasons.clear()
            reason = self._reasons[key] = reason_of(chosen, choice.strategies)
        return Allocated(chosen, reason)

    def _candidates(self, wish: Wish, choice: Choice) -> list[Candidate]:
        to = destination_of(self.rules, choice, wish.store, wish.document)
        asking = [name for name in choice.strategies if name.startswith(PLUGIN)]
        if asking:
            ranks = {name: self._ranks(name, wish) for name in asking}
            return weighed(self.rules, choice, self.houses(wish.store_id), to, ranks)
        found = self._weighed.get(to)
        if found is None:
            if len(self._weighed) > _MOST_DESTINATIONS:
                self._weighed.clear()
            found = self._weighed[to] = weighed(self.rules, choice, self.houses(wish.store_id), to, {})
        return found

    def _ranks(self, strategy: str, wish: Wish) -> dict[str, float]:
        """Return what a plugin minds about each warehouse. Raises PluginError, PluginMissing."""
        name = strategy.removeprefix(PLUGIN)
        plugin = self.plugins.allocation_strategy(name)
        if plugin is None:
            raise PluginMissing(
                f"the allocation strategy {name!r} is not registered", remedy="Load the plugin with it."
            )
        houses = tuple(house.name for house in self.houses(wish.store_id))
        quantity = to_decimal(sum(line.quantity for line in wish.lines))
        asked = Shipment(wish.reference, wish.store, wish.document, houses, quantity)
        process = os.getpid()
        try:
            answer = plugin(asked)
        except BaseException as error:
            told = failure_of(error, process)
            text = f"the allocation strategy {name!r} failed: {told}"
            raise PluginError(text, remedy=_REMEDY) from error
        end_if_forked(process)
        return _numbers(name, answer, houses)


_MOST_DESTINATIONS = 10_000
"""How many destinations are remembered, with what the strategies mind there."""


def _numbers(name: str, answer: Any, houses: Sequence[str]) -> dict[str, float]:
    try:
        ranks = {house: float(number) for house, number in answer.items()}
        if not ranks.keys() <= set(houses) or not all(0 <= one < 1e12 for one in ranks.values()):
            raise ValueError
    except (AttributeError, TypeError, ValueError):
        remedy = "It answers a mapping of the warehouses it is asked about with numbers of 0 or more, 0 being best."
        text = f"the allocation strategy {name!r} answers {shown(answer)}"
        raise PluginError(text, remedy=remedy) from None
    return ranks
