"""What there is in a trial: items, stock and answers, found by their names."""

from __future__ import annotations

from collections.abc import Callable, Collection

from engine.definition import Event, Process, State
from engine.design.trying.item import TrialItem
from engine.design.trying.stepping import Stepping
from engine.design.trying.terms import PRODUCT, Terms, check_conditions, meant
from engine.errors import InputError, UnknownEvent, UnknownItem, UnknownSku, UnknownState
from engine.inventory.counting import Amounts

Ask = Callable[[str, str], bool]
"""Asked for the answer of a condition, by its name and that of the item; it may raise."""


class Unanswered(InputError):
    """A condition is asked that has no answer."""


class World:
    """Items of a process, the stock beside them, and the clock.

    A condition without an answer is asked for once, by ``ask``, where the terms assume nothing.
    """

    def __init__(self, process: Process, terms: Terms, ask: Ask | None = None) -> None:
        check_conditions(process, terms.answers)
        self.process = process
        self.terms = terms
        self.answers = dict(terms.answers)
        self.stock = dict(terms.stock)
        self.items: dict[str, TrialItem] = {}
        self._ask = ask
        self.stepping = Stepping(process, terms, self._answer)

    @property
    def now(self) -> int:
        """The time of the trial."""
        return self.stepping.now

    # --- what is seen ---

    def counted(self, sku: str) -> Amounts:
        """Return what is reserved and held of a product."""
        items = [item for item in self.items.values() if item.sku == sku]
        return Amounts(sum(item.reserved for item in items), sum(item.held for item in items))

    def available(self, sku: str) -> int:
        """Return how much of a product can be sold."""
        return max(0, self.stock.get(sku, 0) - sum(self.counted(sku)))

    def next_due(self) -> int | None:
        """Return when the next timeout is due, or the next hold over; None when there is none."""
        times = [time for item in self.items.values() for time in item.timeouts.values()]
        times += [item.held_until for item in self.items.values() if item.held_until is not None]
        return min(times, default=None)

    def held_on_the_way(self, state: State) -> bool:
        """Return whether an item can come to the state from the initial one with the hold it was placed with."""
        return state.index in self._keeping_hold()

    def has_answer(self, item: TrialItem, condition: str) -> bool:
        """Return whether the answer of a condition is known, without anybody being asked."""
        known = condition in item.answers or condition in self.answers
        return known or self.terms.assume is not None

    # --- names ---

    def item(self, name: str) -> TrialItem:
        """Return an item by its name. Raises UnknownItem."""
        if name not in self.items:
            raise self.no_item(name)
        return self.items[name]

    def no_item(self, name: str) -> UnknownItem:
        """Return the error that there is no item of this name."""
        has = f"; there are: {', '.join(self.items)}" if self.items else ""
        return UnknownItem(
            f"there is no item {name!r}{has}", remedy="Place it first: 'place 2', or 'place 2 as NAME'."
        )

    def event(self, name: str) -> Event:
        """Return an event by its name. Raises UnknownEvent."""
        found = self.process.event_by_name.get(name)
        if found is None:
            known = list(self.process.event_by_name)
            has = f"Its events are: {', '.join(known)}." if known else "It has none."
            raise UnknownEvent(f"{self.process.name!r} has no event {name!r}{meant(name, known)}", remedy=has)
        return found

    def state(self, name: str) -> State:
        """Return a state by its name. Raises UnknownState."""
        found = self.process.state_by_name.get(name)
        if found is None:
            known = list(self.process.state_by_name)
            has = f"Its states are: {', '.join(known)}."
            raise UnknownState(f"{self.process.name!r} has no state {name!r}{meant(name, known)}", remedy=has)
        return found

    def _sku(self, name: str | None, *, new: bool = False) -> str:
        """Return the product that is meant: the only one where none is named. Raises UnknownSku."""
        if name is None or not new:
            self.check_sku(name, self.stock)
        return next(iter(self.stock), PRODUCT) if name is None else name

    def check_sku(self, name: str | None, known: Collection[str]) -> None:
        """See that a product is among the known ones, or that there is only one where none is named.

        Raises UnknownSku.
        """
        if name is None and len(known) > 1:
            raise UnknownSku(
                f"name the product: {', '.join(sorted(known))}",
                remedy="Write it behind the quantity: place 2 SKU.",
            )
        if name is not None and name not in known:
            remedy = f"Count it first: count 10 {name}. Or give it a stock with --stock."
            raise UnknownSku(
                f"there is no product {name!r} in stock{meant(name, sorted(known))}", remedy=remedy
            )

    def _next_name(self) -> str:
        number = len(self.items) + 1
        while str(number) in self.items:
            number += 1
        return str(number)

    # --- answers ---

    def _answer(self, item: TrialItem, name: str) -> tuple[bool, bool]:
        if name in item.answers:
            return item.answers[name], False
        if name not in self.answers:
            if self.terms.assume is not None:
                return self.terms.assume, True
            if self._ask is None:
                text = f"the condition {name!r} is asked about item {item.name} and has no answer"
                raise InputError(text, remedy="Give it one.", condition=name, item=item.name)
            self.answers[name] = self._ask(name, item.name)
        return self.answers[name], False

    def _initial(self) -> State:
        if self.process.initial is None:
            raise UnknownState(
                f"{self.process.name!r} has no state in which items start",
                remedy='Mark one with initial="true", or name one with --initial.',
            )
        return self.process.states[self.process.initial]

    def _keeping_hold(self) -> set[int]:
        start = self._initial().index
        seen, ahead = {start}, [start]
        while ahead:
            here = ahead.pop()
            if not self.stepping.counting(here).keeps_hold:
                continue
            targets = {way.target for way in self.process.outgoing[here]} - seen
            seen |= targets
            ahead += targets
        return seen
