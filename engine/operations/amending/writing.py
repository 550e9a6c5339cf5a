"""Writing an amendment within its unit of work, once all of it is decided: everything or nothing.

Pieces that leave take a step, as whole items or as parts of them, to the state that takes them. What stays and
is amended takes a step in its state. What comes is placed as new orders' items are. Availability rows are locked
by the caller; every change of them goes through its ledger.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from engine.clock import to_datetime
from engine.definition import State
from engine.errors import PluginError
from engine.inventory.counting import Amounts, Counting
from engine.inventory.ledger import Ledger
from engine.moving.apply import apply_steps
from engine.moving.items import LoadedItem, loaded_items, narrowed
from engine.moving.log import log_text
from engine.moving.parts import PartToTake, take_parts
from engine.moving.plan import processor_times
from engine.moving.step import Applied, Failures, Origin, Step
from engine.operations.amending.changes import Changes, Coming
from engine.operations.amending.standing import Standing, StandingOrder
from engine.operations.amending.stock import Place
from engine.operations.arrival import Arrival
from engine.operations.order_names import Asked, ResolvedOrder
from engine.operations.placed import Further, Ids, store_more
from engine.operations.placing import Batch
from engine.quantity import format_quantity
from engine.requests import OrderRequest
from engine.runtime import Runtime
from engine.storage.database import Work
from engine.versions.closed import note_leaving, note_standing
from engine.versions.place import Version


@dataclass(slots=True)
class Written:
    """What was written: the steps, which item left with each leaving, and what came with each coming."""

    applied: list[Applied] = field(default_factory=list)
    left: dict[tuple[int, bool], int] = field(default_factory=dict)
    came: list[tuple[int, str]] = field(default_factory=list)


class Writing:
    """Writes what is decided about an order."""

    def __init__(
        self,
        runtime: Runtime,
        work: Work,
        order: StandingOrder,
        changes: Changes,
        place: Place,
        origin: Origin,
    ) -> None:
        self._runtime, self._work, self._order, self._changes = runtime, work, order, changes
        self._place, self._origin = place, origin
        self._parents = {one.item.id: one.quantity for one in changes.leaving.values() if not one.whole}
        self._gone = {one.item.id for one in changes.leaving.values() if one.whole}
        self._deltas: dict[tuple[int, int], list[int]] = {}
        self._named: dict[tuple[int, int, int], list[int]] = {}

    def write(
        self, told: Mapping[str, Any], ledger: Ledger, arrivals: Mapping[int, Arrival], *, all_items: bool
    ) -> Written:
        """Write it; ``told`` is what the history keeps. With ``all_items`` all that are not over take part."""
        written = Written()
        staying = [item for item in self._order.items if self._stays_amended(item, all_items)]
        data = {"amendment": {**told, "quantities": self._quantities(staying)}}
        steps, leaving = self._plan(staying, data)
        if steps:
            written.applied += apply_steps(self._runtime, self._work, steps, self._origin, ledger)
        self._mark_left(leaving, written)
        self._amend_items(staying)
        self._place_coming(written, data, arrivals)
        if self._deltas:
            rows = [[*pair, *amounts] for pair, amounts in sorted(self._deltas.items()) if any(amounts)]
            self._work.run("ledger_add_deltas", rows=rows)
            named = [[*where, *amounts] for where, amounts in sorted(self._named.items()) if any(amounts)]
            if named:
                self._work.run("ledger_add_named_deltas", rows=named)
            ledger.post(named=bool(named))
        return written

    def _stays_amended(self, item: Standing, all_items: bool) -> bool:
        if item.id in self._gone or item.id in self._parents:
            return False
        return item.id in self._changes.by or (all_items and not item.over)

    def _quantities(self, staying: Sequence[Standing]) -> dict[str, list[str]]:
        """Return of each item that is amended how much it was and is."""
        out = {one.item.id: (one.item, -one.quantity) for one in self._changes.leaving.values()}
        out |= {item.id: (item, self._changes.by[item.id]) for item in staying if item.id in self._changes.by}
        return {
            str(id): [format_quantity(item.quantity), format_quantity(item.quantity + by)]
            for id, (item, by) in out.items()
        }

    def _plan(
        self, staying: Sequence[Standing], data: Mapping[str, Any]
    ) -> tuple[list[Step], dict[int, bool]]:
        """Put items into their groups; return the steps, and of the groups that leave whether these are parts."""
        groups: dict[tuple[int, int | None, bool], int] = {}
        kept: list[list[int]] = []
        parts: list[PartToTake] = []
        steps: list[Step] = []
        going: list[tuple[Standing, State | None, bool]] = [
            (one.item, one.target, not one.whole) for one in self._changes.leaving.values()
        ]
        for item, target, part in (*going, *((item, None, False) for item in staying)):
            key = (item.place.state_id, None if target is None else target.index, part)
            if key not in groups:
                groups[key] = len(steps)
                steps.append(self._step(len(steps), item, target, part, data))
            if part:
                parts.append(PartToTake(item.id, self._parents[item.id], group=groups[key]))
            else:
                kept.append([item.id, groups[key]])
        wanted = {item for item, _ in kept}
        self._work.run(
            "moving_drop_ids", items=[item.id for item in self._order.items if item.id not in wanted]
        )
        self._work.run("moving_regroup", items=kept)
        if parts:
            take_parts(self._work, parts)
        return steps, {groups[key]: key[2] for key in groups if key[1] is not None}

    def _step(
        self, group: int, item: Standing, target: State | None, part: bool, data: Mapping[str, Any]
    ) -> Step:
        place = item.place
        outcome = "amended" if target is None else "moved"
        step = Step(group, place.version, place.state, target, None, outcome, data=data, parts=part)  # type: ignore[arg-type]
        if target is None:
            return step
        events = place.version.process.timeout_events(target.index)
        asking = [event for event in events if event.timeout_processor is not None]
        if not asking:
            return step
        failures: Failures = {}
        going = self._going(item, target, part)
        times = processor_times(self._runtime.plugins, asking, going, to_datetime(self._work.now), failures)
        if failures:
            raise PluginError("; ".join(sorted({text for _, text in failures.values()})))
        return replace(step, due=times)

    def _going(self, item: Standing, target: State, part: bool) -> list[LoadedItem]:
        """Return what takes the step as it will be there: plugins say when its timeouts are due."""
        place = item.place
        going = {
            one.item.id: one.quantity
            for one in self._changes.leaving.values()
            if one.item.place.state_id == place.state_id and one.target == target and one.whole != part
        }
        rows = self._work.tuples("items_by_id", items=sorted(going), state=place.state_id)
        items = loaded_items(rows, place, self._runtime.database, self._work)
        there = place.version.place(target)
        return [one.at(there) for one in narrowed(items, going if part else {})]

    def _mark_left(self, groups: Mapping[int, bool], written: Written) -> None:
        if not groups:
            return
        for row in self._work.all("amendment_moved", groups=sorted(groups)):
            part = groups[row.group_no]
            written.left[int(row.part_of if part else row.item_id), part] = int(row.item_id)
        self._work.run("amended_out", groups=sorted(groups))

    def _amend_items(self, staying: Sequence[Standing]) -> None:
        """Write what items are that stay, and what they count: here, or in the store that the order comes to."""
        moving = self._place.moves
        parents = [item for item in self._order.items if item.id in self._parents and moving]
        concerned = [*(item for item in staying if moving or item.id in self._changes.by), *parents]
        if not concerned:
            return
        rows = []
        for item in concerned:
            out, by = self._parents.get(item.id, 0), self._changes.by.get(item.id, 0)
            before = Amounts(*(amount - min(amount, out) for amount in item.counted))
            quantity = item.quantity - out + by
            after = before
            if by:
                counting = Counting.in_state(item.place.version.process, item.place.state)
                after = counting.after(quantity, held=quantity if before.held else 0)
            product, store = item.pair
            target = self._place.id if moving else store
            rows.append([item.id, quantity, target, *after])
            warehouse = item.row.warehouse_id
            self._count(product, store, warehouse, Amounts(-before.reserved, -before.held))
            self._count(product, target, warehouse, after)
        closed = [item for item in concerned if item.place.closed and moving]
        self._note(closed, note_leaving)
        self._work.run("amend_items", items=rows)
        self._note(closed, note_standing)

    def _note(self, closed: Sequence[Standing], note: Any) -> None:
        """Note items in closed states whose store changes: how many these are is kept by store."""
        if closed:
            self._work.run("clear_moving")
            self._work.run("moving_add_ids", items=[item.id for item in closed])
            note(self._work, closed[0].place, 0)

    def _count(self, product: int, store: int, warehouse: int | None, more: Amounts) -> None:
        counted = [self._deltas.setdefault((product, store), [0, 0])]
        if warehouse is not None:
            counted.append(self._named.setdefault((product, store, warehouse), [0, 0]))
        for amounts in counted:
            amounts[0] += more.reserved
            amounts[1] += more.held

    def _place_coming(
        self, written: Written, data: Mapping[str, Any], arrivals: Mapping[int, Arrival]
    ) -> None:
        coming = self._changes.coming
        if not coming:
            return
        by_version: dict[int, list[Coming]] = {}
        for one in coming:
            by_version.setdefault(one.version.id, []).append(one)
        asked = Asked(self._request(), self._origin.correlation, self._origin.actor)
        batch = Batch([asked] * len(by_version))
        further = []
        for position, lines in enumerate(by_version.values()):
            order = self._resolved(position, lines[0].version, arrivals[lines[0].version.id], lines)
            further.append(Further(order, int(self._order.row.id), [one.line for one in lines]))
        batch.resolved = [one.order for one in further]
        runs = store_more(
            self._runtime, self._work, batch, further, Ids(self._work, batch), self._origin.trigger
        )
        kept = {name: value for name, value in data["amendment"].items() if name != "quantities"}
        self._tell_runs(runs, kept)
        items = {
            id(one): (item, placed.order.arrival.state.name)
            for lines, placed in zip(
                by_version.values(), map(batch.placed.get, range(len(further))), strict=True
            )
            if placed is not None
            for one, item in zip(lines, placed.items, strict=True)
        }
        written.came = [items[id(one)] for one in coming]
        behind = [[items[id(one)][0], one.start] for one in coming if one.start]
        if behind:
            self._work.run("place_behind", items=behind)
        written.applied += [applied for _, applied in batch.applied]

    def _tell_runs(self, runs: Sequence[int], told: Mapping[str, Any]) -> None:
        data = log_text({"amendment": told})
        self._work.run("amendment_runs", runs=list(runs), data=data, reason=self._origin.reason)

    def _request(self) -> OrderRequest:
        row = self._order.row
        return OrderRequest.model_construct(
            reference=row.reference, store=self._place.name, currency=row.currency, items=()
        )

    def _resolved(
        self, position: int, version: Version, arrival: Arrival, lines: Sequence[Coming]
    ) -> ResolvedOrder:
        for one in lines:
            self._count(
                one.product,
                self._place.id,
                one.warehouse,
                Amounts(one.quantity * arrival.share.reserved, one.quantity * arrival.share.held),
            )
        return ResolvedOrder(
            position=position,
            request=self._request(),
            store_id=self._place.id,
            version=version,
            arrival=arrival,
            share=arrival.share,
            lines=tuple((one.product, one.warehouse, one.reference, one.quantity) for one in lines),
            needs={},
            named={},
            beside=(),
            skus={},
            warehouses={},
            fingerprint="",
            data="",
        )
