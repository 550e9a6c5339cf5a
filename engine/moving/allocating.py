"""The built-in command that chooses warehouses, within the transaction that applies its step.

What warehouses have left is read with availability locked. An item that comes from several warehouses is divided
before the command is called, so that each of its parts takes the event for itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from engine.allocation.allocator import Allocator, Wish
from engine.allocation.choosing import Line, Pick, Supply
from engine.allocation.kept import Record, read_rejections, read_supply, write_allocations
from engine.hooks import CommandResult, Item
from engine.inventory.ledger import Ledger
from engine.moving.apply import apply_steps
from engine.moving.items import LoadedItem, PartItem, loaded_items
from engine.moving.parts import PartToTake, take_parts
from engine.moving.step import Origin, Step
from engine.results import MovedPart
from engine.runtime import Runtime
from engine.storage.database import Work
from engine.versions.names import Names
from engine.versions.place import Place
from rules.allocation import Allocation

ALLOCATE = "Earmark/Allocate"
"""The name of the command."""


@dataclass(slots=True)
class Divided:
    """Items with the warehouses that were chosen for them, None where there is none, and why.

    ``parts`` are those that were split off others for it.
    """

    items: list[LoadedItem]
    warehouses: Mapping[int, int | None]
    reasons: Mapping[int, str]
    names: Mapping[int, str]
    parts: list[MovedPart] = field(default_factory=list)

    def answer(self, work: Work, items: Sequence[Item], cause: str, actor: str | None) -> CommandResult:
        """Return what the command answers with for these items, and keep what was chosen for them."""
        chosen = {item.id: house for item in items if (house := self.warehouses.get(item.id)) is not None}
        quantities = {item.id: item for item in self.items}
        records = [
            Record(item, house, quantities[item].millionths, self.reasons[item])
            for item, house in sorted(chosen.items())
            if item in self.reasons
        ]
        write_allocations(work, records, cause, actor)
        return CommandResult(
            warehouses={item: self.names[house] for item, house in chosen.items()}, items=sorted(chosen)
        )


def allocate_items(
    runtime: Runtime,
    work: Work,
    ledger: Ledger,
    place: Place,
    items: Sequence[LoadedItem],
    origin: Origin,
    *,
    anew: bool = False,
) -> Divided:
    """Choose warehouses for items that stand at a place and are in the working set; divide those with several.

    An item that has a warehouse keeps it, unless all are chosen ``anew``. The working set has the parts, too,
    afterwards.
    """
    products = sorted({item.product_id for item in items})
    ledger.lock_products(products)
    names = _names(runtime, work)
    allocator = Allocator(runtime.rules.allocation or Allocation(), runtime.plugins, names)
    supply = read_supply(work, products, work.now)
    rejected = read_rejections(work, [item.id for item in items])
    picks: dict[int, tuple[Pick, ...]] = {}
    reasons: dict[int, str] = {}
    whole = any(
        isinstance(item, PartItem) for item in items
    )  # what is a part already is not divided once more
    steps = names.products.named(runtime.database, {item.sku for item in items}).units
    for _, group in groupby(sorted(items, key=_by_order), key=lambda item: item.order_id):
        own = list(group)
        asked = own if anew else [item for item in own if item.warehouse_id is None]
        if not asked:
            continue
        lines = [
            Line(
                item.product_id,
                item.millionths,
                steps[item.product_id].step if item.product_id in steps else 1,
                rejected.get(item.id, frozenset()),
            )
            for item in asked
        ]
        wish = Wish(
            asked[0].order_reference,
            asked[0].store,
            asked[0].store_id,
            asked[0].order_data,
            lines,
            _used(own) if not anew else frozenset(),
        )
        found = allocator.allocate(wish, supply, split=False if whole else None)
        for item, line in zip(asked, found.chosen.plan.picks, strict=True):
            picks[item.id], reasons[item.id] = line, found.reason
            supply = _taken(supply, item.product_id, line)
    return _divided(runtime, work, ledger, place, items, picks, reasons, names, origin)


def _used(items: Iterable[LoadedItem]) -> frozenset[int]:
    return frozenset(item.warehouse_id for item in items if item.warehouse_id is not None)


def _by_order(item: LoadedItem) -> tuple[int, int]:
    return item.order_id, item.id


def _names(runtime: Runtime, work: Work) -> Names:
    """Return the names as they are now: nobody changes the topology, which is locked."""
    kept = runtime.names.kept(runtime.database, runtime.catalogue)
    if kept.version == int(work.scalar("names_version")):
        return kept
    return runtime.names.latest(runtime.database, runtime.catalogue)


def _taken(supply: Supply, product: int, picks: Iterable[Pick]) -> Supply:
    left = supply.left
    assert isinstance(left, dict)  # it was read for this
    for pick in picks:
        if pick.warehouse is not None:
            place = (product, pick.warehouse)
            left[place] = left.get(place, 0) - pick.quantity
    return supply


def _divided(
    runtime: Runtime,
    work: Work,
    ledger: Ledger,
    place: Place,
    items: Sequence[LoadedItem],
    picks: Mapping[int, tuple[Pick, ...]],
    reasons: dict[int, str],
    names: Names,
    origin: Origin,
) -> Divided:
    """Split parts off the items that come from several warehouses, one part of each at a time."""
    warehouses: dict[int, int | None] = {
        item.id: picks[item.id][0].warehouse if item.id in picks else item.warehouse_id for item in items
    }
    parts: list[MovedPart] = []
    rest = {item: line[1:] for item, line in picks.items() if len(line) > 1}
    while rest:
        moved = _split(runtime, work, ledger, place, {item: line[0] for item, line in rest.items()}, origin)
        for part in moved:
            warehouses[part.item] = rest[part.of][0].warehouse
            reasons[part.item] = reasons[part.of]
        parts += moved
        rest = {item: line[1:] for item, line in rest.items() if len(line) > 1}
    found = list(items)
    if parts:
        work.run("clear_moving")
        ids = [item.id for item in items] + [part.item for part in parts]
        work.run("moving_add_ids", items=sorted(ids))
        fresh = {item.id: item.fresh for item in items}  # the call has not counted a part for itself
        rows = [
            (*row[:-1], fresh.get(row[0], 0)) for row in work.tuples("moving_items", state=place.state_id)
        ]
        found = loaded_items(rows, place, runtime.database, work)
    told = {house.id: house.name for house in names.houses.values()}
    return Divided(found, warehouses, reasons, told, parts)


def _split(
    runtime: Runtime, work: Work, ledger: Ledger, place: Place, picks: Mapping[int, Pick], origin: Origin
) -> Sequence[MovedPart]:
    """Split so much off items, which stays in their state."""
    work.run("clear_moving")
    take_parts(work, (PartToTake(item, pick.quantity, fresh=0) for item, pick in picks.items()))
    step = Step(0, place.version, place.state, place.state, None, "allocated", parts=True)
    (applied,) = apply_steps(runtime, work, [step], origin, ledger)
    return applied.parts
