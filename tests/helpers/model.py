"""What the engine should do, written down again in plain Python and independently of it.

Nothing here is fast or stored: items are objects, one after the other. Quantities are whole numbers, times
microseconds.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

HOUR = 3_600_000_000

Move = tuple[str, str, str | None, str | None]
"""(source, target, event, condition)"""


@dataclass(frozen=True)
class Spec:
    """A process: reserved flags by state, the first being the initial one, and its moves in document order.

    Events named ``on…`` fire on entering, ``t1…`` and ``t2…`` after one or two hours; ``c…`` have a command.
    """

    states: Mapping[str, bool]
    moves: Sequence[Move]
    own: bool = True

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
        return "\n".join(lines)

    @staticmethod
    def _attributes(event: str) -> str:
        if event.startswith("on"):
            return "onEnter"
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


@dataclass
class ModelItem:
    """An item as the model knows it; ``truths`` answers the conditions, for ever."""

    id: int
    store: str
    sku: str
    quantity: int
    state: str
    truths: Mapping[str, bool]
    fails: bool
    step: int = 0
    entries: int = 1
    reserved: int = 0
    held: int = 0
    timeouts: dict[str, int] = field(default_factory=dict)


class Model:
    """The items and the stock, and what every action makes of them."""

    def __init__(
        self, spec: Spec, stock: Mapping[tuple[str, str], int], partners: Mapping[str, set[str]]
    ) -> None:
        self.spec = spec
        self.stock = dict(stock)
        self.partners = partners
        self.items: dict[int, ModelItem] = {}

    # --- amounts ---

    def counted(self, sku: str, store: str) -> tuple[int, int]:
        """What is reserved and held of the sku in the store and in those that share with it."""
        stores = {store, *self.partners.get(store, ())}
        items = [item for item in self.items.values() if item.sku == sku and item.store in stores]
        return sum(item.reserved for item in items), sum(item.held for item in items)

    def available(self, sku: str, store: str) -> int:
        return max(0, self.stock[sku, store] - sum(self.counted(sku, store)))

    # --- actions ---

    def fits(self, store: str, lines: Iterable[tuple[str, int]]) -> bool:
        needs: dict[str, int] = {}
        for sku, quantity in lines:
            needs[sku] = needs.get(sku, 0) + quantity
        return all(quantity <= self.available(sku, store) for sku, quantity in needs.items())

    def place(self, items: Iterable[ModelItem], now: int) -> None:
        """Place items that fit; they are given in the initial state."""
        placed = list(items)
        for item in placed:
            self.items[item.id] = item
            item.reserved = item.quantity if self.spec.states[item.state] else 0
            waits = not self.spec.states[item.state] and self.spec.reaches_reserved(item.state)
            item.held = item.quantity if waits else 0
            self._arm(item, now)
        for item in placed:
            self._follow(item, now)

    def trigger(self, event: str, ids: Iterable[int], now: int) -> dict[str, list[int]]:
        """Fire the event; return ids by what became of them."""
        ended: dict[str, list[int]] = {"moved": [], "stayed": [], "blocked": [], "failed": []}
        for number in ids:
            item = self.items[number]
            if not self.spec.of(item.state, event):
                ended["blocked"].append(number)
            elif event.startswith("c") and item.fails:
                item.entries += 1
                ended["failed"].append(number)
            else:
                ended["moved" if self._take(item, event, now) else "stayed"].append(number)
        return ended

    def run_timeouts(self, now: int) -> int:
        """Fire what is due; return how many items that concerns."""
        concerned = 0
        for item in self.items.values():
            due = sorted((when, event) for event, when in item.timeouts.items() if when <= now)
            concerned += bool(due)
            for _, event in due:
                armed = item.timeouts
                self._take(item, event, now)
                if item.timeouts is not armed:  # it left, though automatic steps may have brought it back
                    break
                item.timeouts[event] = now + int(event[1]) * HOUR
        return concerned

    def run_conditions(self, now: int) -> tuple[int, int]:
        """Let every waiting item hop once; return how many were looked at and how many moved."""
        waiting = [item for item in self.items.values() if self.spec.of(item.state, None)]
        moved = 0
        for item in waiting:
            target = self.spec.choose(item.state, None, item.truths)
            if target is not None and target != item.state:
                self._take(item, None, now)
                moved += 1
        return len(waiting), moved

    # --- steps ---

    def _take(self, item: ModelItem, event: str | None, now: int) -> bool:
        target = self.spec.choose(item.state, event, item.truths)
        item.step += 1
        item.entries += 1
        if target is not None and target != item.state:
            self._enter(item, target, now)
            self._follow(item, now)
        return target is not None

    def _enter(self, item: ModelItem, state: str, now: int) -> None:
        item.state = state
        item.reserved = item.quantity if self.spec.states[state] else 0
        if self.spec.states[state] or not self.spec.reaches_reserved(state):
            item.held = 0
        self._arm(item, now)

    def _arm(self, item: ModelItem, now: int) -> None:
        events = [event for event in self.spec.events(item.state) if event.startswith("t")]
        item.timeouts = {event: now + int(event[1]) * HOUR for event in events}

    def _follow(self, item: ModelItem, now: int) -> None:
        automatic = [event for event in self.spec.events(item.state) if event.startswith("on")]
        if automatic:
            self._take(item, automatic[0], now)
