"""What the engine should do, written down again in plain Python and independently of it.

Nothing here is fast or stored: items are objects, one after the other. Quantities are whole numbers, times
microseconds.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

HOUR = 3_600_000_000

Move = tuple[str, str, str | None, str | None]
"""(source, target, event, condition)"""


@dataclass(frozen=True)
class Spec:
    """A process: reserved flags by state, the first being the initial one, and its moves in document order.

    Events named ``on…`` fire on entering, ``t1…`` and ``t2…`` after one or two hours, ``stock-update`` when stock
    is counted. ``c…`` have a command that may fail, ``onc…`` one that does not, ``x…`` a transactional one.
    """

    states: Mapping[str, bool]
    moves: Sequence[Move]
    own: bool = True
    amendable: frozenset[str] = frozenset()
    takes: str | None = None
    """The state that takes what is amended out of orders."""

    @property
    def text(self) -> str:
        """The process as ``tests.helpers.processes`` reads it."""
        named = [name + ("*" if reserved else "") for name, reserved in self.states.items()]
        lines = ["states " + " ".join(named)]
        for source, target, event, condition in self.moves:
            told = (f" : {event}" if event else "") + (f" [{condition}]" if condition else "")
            lines.append(f"{source} -> {target}{told}")
        for event in sorted({event for _, _, event, _ in self.moves if event}):
            lines.append(f"event {event} {self._attributes(event)}")
        if self.amendable:
            lines.append(f"flag amendable {' '.join(sorted(self.amendable))}")
        if self.takes is not None:
            lines.append(f"flag amended~out {self.takes}")
        return "\n".join(lines)

    @staticmethod
    def _attributes(event: str) -> str:
        if event.startswith("on"):
            return "onEnter command=note" if event.startswith("onc") else "onEnter"
        if event.startswith("x"):
            return "manual command=book"
        if event.startswith("t"):
            return f"timeout={event[1]}hours"
        return "manual command=flaky" if event.startswith("c") else "manual"

    @property
    def initial(self) -> str:
        return next(iter(self.states))

    def reaches_reserved(self, state: str) -> bool:
        """Whether a reserved state can be reached from the state."""
        seen, frontier = {state}, [state]
        while frontier:
            here = frontier.pop()
            if self.states[here]:
                return True
            for source, target, _, _ in self.moves:
                if source == here and target not in seen:
                    seen.add(target)
                    frontier.append(target)
        return False

    def is_final(self, state: str) -> bool:
        """Whether no move leaves the state."""
        return not any(move[0] == state for move in self.moves)

    def rests(self, state: str) -> bool:
        """Whether nothing is reserved in the state, and nothing leads on but what somebody asks for."""
        if self.states[state] or any(target != state for _, target, _, _ in self.of(state, None)):
            return False
        return not any(
            event == "stock-update" or event[:1] == "t" or event[:2] == "on" for event in self.events(state)
        )

    def automatic(self, state: str) -> str | None:
        """The event that fires when an item comes to the state."""
        return next((event for event in self.events(state) if event.startswith("on")), None)

    def plainly(self, state: str, event: str) -> str | None:
        """Where an automatic step leads that asks nobody; None when it asks somebody, or goods may have left."""
        moves = self.of(state, event)
        asks = event.startswith("onc") or len(moves) != 1 or moves[0][3] is not None
        return None if asks or "stock-update" in self.events(state) else moves[0][1]

    def of(self, state: str, event: str | None) -> list[Move]:
        return [move for move in self.moves if (move[0], move[2]) == (state, event)]

    def events(self, state: str) -> list[str]:
        return list(dict.fromkeys(move[2] for move in self.moves if move[0] == state and move[2] is not None))

    def choose(self, state: str, event: str | None, truths: Mapping[str, bool]) -> str | None:
        """The target, or None to stay: the first true condition (the last in existing dialects), else the
        first move without a condition."""
        moves = self.of(state, event)
        true = [target for _, target, _, condition in moves if condition is not None and truths[condition]]
        if true:
            return true[0 if self.own else -1]
        return next((target for _, target, _, condition in moves if condition is None), None)


@dataclass(frozen=True)
class Due:
    """An automatic step that an item has before it; ``by`` is the migration that made it due."""

    event: str
    stuck: bool = False
    by: int | None = None


@dataclass(frozen=True, eq=False)
class Still:
    """That something stands still since a time: an item, an order, a store, the process, or a part of that."""

    kind: str
    of: object
    since: int

    def concerns(self, item: ModelItem) -> bool:
        own = {
            "item": item.id,
            "order": item.line[0] if isinstance(item.line, tuple) else None,
            "store": item.store,
            "process": "Sale",
            "state": item.state,
        }
        return self.of is item.spec if self.kind == "version" else self.of == own[self.kind]


@dataclass
class ModelItem:
    """An item as the model knows it; ``truths`` answers the conditions, for ever.

    ``spec`` is its version, ``log`` has the times of its own history, and ``stepped`` is the time of its last step.
    ``line`` is the line that it is of; a ``part`` was split off another item of that line.
    """

    id: int
    store: str
    sku: str
    quantity: int
    spec: Spec
    state: str
    truths: Mapping[str, bool]
    fails: bool
    since: int
    step: int = 0
    stepped: int = 0
    reserved: int = 0
    held: int = 0
    due: Due | None = None
    timeouts: dict[str, int] = field(default_factory=dict)
    log: list[int] = field(default_factory=list)
    line: Any = None
    part: bool = False
    out: bool = False

    def take_step(self, now: int) -> None:
        self.step += 1
        self.stepped = now
        self.log.append(now)

    def count(self, *, hold: bool) -> None:
        """Count in its state what it is to count: its quantity where that is reserved, else the hold if any."""
        self.reserved = self.quantity if self.spec.states[self.state] else 0
        waits = not self.reserved and self.spec.reaches_reserved(self.state)
        self.held = self.quantity if waits and hold else 0


class Model:
    """The items and the stock, and what every action makes of them."""

    def __init__(
        self, spec: Spec, stock: Mapping[tuple[str, str], int], partners: Mapping[str, set[str]]
    ) -> None:
        self.spec = spec
        self.stock = dict(stock)
        self.partners = partners
        self.items: dict[int, ModelItem] = {}
        self.booked: list[int] = []
        self.still: list[Still] = []
        self.down = False
        """Whether the outside world of commands of automatic steps is down."""

    # --- amounts ---

    def counted(self, sku: str, store: str) -> tuple[int, int]:
        """What is reserved and held of the sku in the store and in those that share with it."""
        stores = {store, *self.partners.get(store, ())}
        items = [item for item in self.items.values() if item.sku == sku and item.store in stores]
        return sum(item.reserved for item in items), sum(item.held for item in items)

    def available(self, sku: str, store: str) -> int:
        return max(0, self.stock[sku, store] - sum(self.counted(sku, store)))

    # --- what stands still ---

    def stands_still(self, item: ModelItem) -> bool:
        return any(one.concerns(item) for one in self.still)

    def resume(self, still: Still, now: int, *, move: bool) -> int:
        """Let it go on; with ``move`` its timeouts come later by the time that only this kept the item."""
        self.still.remove(still)
        moved = 0
        for item in self.items.values():
            if not move or not still.concerns(item):
                continue
            until = min((one.since for one in self.still if one.concerns(item)), default=now)
            pause = until - max(still.since, item.since)
            if pause > 0:
                moved += len(item.timeouts)
                for event in item.timeouts:
                    item.timeouts[event] += pause
        return moved

    # --- actions ---

    def fits(self, store: str, lines: Iterable[tuple[str, int]]) -> bool:
        needs: dict[str, int] = {}
        for sku, quantity in lines:
            needs[sku] = needs.get(sku, 0) + quantity
        return all(quantity <= self.available(sku, store) for sku, quantity in needs.items())

    def place(self, items: Iterable[ModelItem], now: int, *, follow: bool = True) -> None:
        """Place items that fit; they are given in the initial state. Without ``follow`` no more than that.

        Automatic steps that ask nobody are part of placing.
        """
        placed = list(items)
        for item in placed:
            self.items[item.id] = item
            item.log.append(now)
            item.held = item.quantity
            self._enter(item, item.state, now)
            while (
                item.due is not None
                and not self.stands_still(item)
                and (target := item.spec.plainly(item.state, item.due.event))
            ):
                item.take_step(now)
                self._enter(item, target, now)
        for item in placed if follow else ():
            self.follow(item, now)

    def trigger(self, event: str, ids: Iterable[int], now: int) -> dict[str, list[int]]:
        """Fire the event; return ids by what became of them. An item can move and then fail automatically."""
        ended: dict[str, list[int]] = {"moved": [], "stayed": [], "blocked": [], "failed": []}
        for number in ids:
            item = self.items[number]
            if self.stands_still(item) or not item.spec.of(item.state, event):
                ended["blocked"].append(number)
                continue
            if self._fails(item, event):
                self._fail(item, event, now)
                ended["failed"].append(number)
                continue
            before = item.state
            ended["moved" if self._take(item, event, now) else "stayed"].append(number)
            if item.state != before and item.due is not None:
                ended["failed"].append(number)
        return ended

    def part(
        self, event: str, asked: Mapping[int, int], new: Mapping[int, int], now: int
    ) -> dict[str, list[int]]:
        """Fire the event for so much of each item; ``new`` are the ids of the parts that went, by their items."""
        ended: dict[str, list[int]] = {"moved": [], "stayed": [], "blocked": [], "failed": []}
        for number, quantity in asked.items():
            item = self.items[number]
            small = {**item.truths, "large": quantity > 1}
            target = item.spec.choose(item.state, event, small) if item.spec.of(item.state, event) else None
            whole = quantity == item.quantity or self.stands_still(item)
            if whole or not item.spec.of(item.state, event) or self._fails(item, event) or target is None:
                assert number not in new
                item.truths = small
                for what, ids in self.trigger(event, [number], now).items():
                    ended[what] += ids
                item.truths = {**small, "large": item.quantity > 1}
                continue
            if event.startswith("x"):
                self.booked.append(number)
            self._split(item, quantity, new[number], now)
            part, before = self.items[new[number]], item.state
            if part.due is not None and part.due.event == event:
                part.due = None
            if target != before:
                self._enter(part, target, now)
                self.follow(part, now)
            ended["moved"].append(number)
            if part.state != before and part.due is not None:
                ended["failed"].append(part.id)
        return ended

    def _split(self, item: ModelItem, quantity: int, new: int, now: int) -> None:
        """Let so much of the item be an item of its own, which has taken a step; what stays has as well."""
        item.step += 1
        self.items[new] = part = replace(
            item,
            id=new,
            quantity=quantity,
            truths={"odd": new % 2 == 1, "large": quantity > 1},
            fails=new % 3 == 0,
            stepped=now,
            reserved=quantity if item.reserved else 0,
            held=quantity if item.held else 0,
            timeouts=dict(item.timeouts),
            log=[now],
            part=True,
        )
        item.quantity -= quantity
        item.reserved -= part.reserved
        item.held -= part.held
        item.truths = {**item.truths, "large": item.quantity > 1}

    def run_timeouts(self, now: int) -> int:
        """Fire what is due; return how many items have timeouts that are."""
        self.run_due(now)
        concerned = 0
        for item in self.items.values():
            if self.stands_still(item):
                continue
            due = sorted((when, event) for event, when in item.timeouts.items() if when <= now)
            concerned += bool(due)
            for _, event in due:
                armed = item.timeouts
                self._take(item, event, now)
                if item.timeouts is not armed:
                    break  # it left the state, though an automatic step may have brought it back
                item.timeouts[event] = now + hours(event)
        return concerned

    def run_due(self, now: int, *, stuck: bool = False, only: Collection[int] | None = None) -> list[int]:
        """Take the automatic steps that are due, or the stuck ones again; return of how many items."""
        taken = [
            item
            for item in self.items.values()
            if item.due is not None and item.due.stuck == stuck and not self.stands_still(item)
        ]
        for item in taken:
            if only is None or item.id in only:
                self.follow(item, now)
        return [item.id for item in taken]

    def force(
        self, state: str, ids: Iterable[int], now: int, *, although: bool = False
    ) -> dict[str, list[int]]:
        """Put the items into the state of their own version, ``although`` they stand still or only others."""
        ended: dict[str, list[int]] = {"moved": [], "blocked": []}
        for number in ids:
            item = self.items[number]
            blocked = item.state == state or (self.stands_still(item) and not although)
            ended["blocked" if blocked else "moved"].append(number)
            if not blocked:
                item.take_step(now)
                self._enter(item, state, now)
                self.follow(item, now)
        return ended

    def purge(self, before: int, needed: Collection[int] = ()) -> dict[int, int]:
        """Forget the history of closed items that are not needed; return the number of rows by item."""
        gone = {}
        over = {item.id for item in self.closed(before) if item.id not in needed}
        # What was done before a part was split off is the history of the part too: a line is kept whole.
        split = {item.line for item in self.items.values() if item.part}
        open_lines = {item.line for item in self.items.values() if item.line in split and item.id not in over}
        for item in [item for item in self.items.values() if item.id in over and item.line not in open_lines]:
            kept = [time for time in item.log if time >= before]
            if len(kept) < len(item.log):
                gone[item.id] = len(item.log) - len(kept)
                item.log = kept
        return gone

    def count_stock(self, sku: str, stores: Iterable[str], pieces: int, now: int) -> None:
        """Count the stock that the stores sell from; what waits for a count is released."""
        sold_in = set(stores)
        for store in sold_in:
            self.stock[sku, store] = pieces
        for item in self.items.values():
            waits = item.spec.of(item.state, "stock-update") and not self.stands_still(item)
            if item.sku == sku and item.store in sold_in and waits:
                self._take(item, "stock-update", now)

    def run_conditions(self, now: int, only: Collection[int] | None = None) -> tuple[int, int]:
        """Let every waiting item hop once; return how many were looked at and how many moved."""
        self.run_due(now)
        waiting = [
            item
            for item in self.items.values()
            if item.spec.of(item.state, None) and (only is None or item.id in only)
            if not self.stands_still(item)
        ]
        moved = 0
        for item in waiting:
            if self.hop(item) is not None:
                self._take(item, None, now)
                moved += 1
        return len(waiting), moved

    def hop(self, item: ModelItem) -> str | None:
        """Tell where a conditions run takes the item to."""
        target = item.spec.choose(item.state, None, item.truths)
        return target if target != item.state and not self.stands_still(item) else None

    def closed(self, before: int) -> list[ModelItem]:
        """Tell which items have stood since before the time where no move leaves, or rest since then."""
        stood = [item for item in self.items.values() if item.since < before and not self.stands_still(item)]
        return [
            item
            for item in stood
            if item.spec.is_final(item.state)
            or (item.spec.rests(item.state) and item.held == 0 and item.stepped < before)
        ]

    # --- steps ---

    def _fails(self, item: ModelItem, event: str) -> bool:
        return self.down if event.startswith("onc") else event.startswith("c") and item.fails

    def _fail(self, item: ModelItem, event: str, now: int) -> None:
        """There is one attempt: an automatic step that fails is stuck."""
        item.log.append(now)
        if item.due is not None and item.due.event == event:
            item.due = replace(item.due, stuck=True)

    def _take(self, item: ModelItem, event: str | None, now: int) -> bool:
        target = item.spec.choose(item.state, event, item.truths)
        if event is not None and event.startswith("x"):
            self.booked.append(item.id)
        item.take_step(now)
        if item.due is not None and item.due.event == event:
            item.due = None
        if target is not None and target != item.state:
            self._enter(item, target, now)
            self.follow(item, now)
        return target is not None

    def _enter(self, item: ModelItem, state: str, now: int) -> None:
        item.state = state
        item.since = now
        item.count(hold=item.held > 0)
        automatic = item.spec.automatic(state)
        item.due = None if automatic is None else Due(automatic)
        self._arm(item, now)

    def _arm(self, item: ModelItem, now: int) -> None:
        item.timeouts = {event: now + hours(event) for event in timeouts(item.spec, item.state)}

    def follow(self, item: ModelItem, now: int) -> None:
        """Take the automatic step that the item has before it."""
        if item.due is None or self.stands_still(item):
            return
        event = item.due.event
        if self._fails(item, event):
            self._fail(item, event, now)
        else:
            self._take(item, event, now)


def timeouts(spec: Spec, state: str) -> list[str]:
    return [event for event in spec.events(state) if event.startswith("t")]


def hours(event: str) -> int:
    """After what time a timeout is due, in microseconds."""
    return int(event[1]) * HOUR
