"""A trial: items that are played through a process, the stock beside them, and the clock."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from engine.clock import LATEST, format_time
from engine.codes import Code
from engine.design.trying.happened import Happened, Refused
from engine.design.trying.item import TrialItem
from engine.design.trying.terms import check_conditions
from engine.design.trying.world import World
from engine.errors import InputError, NotAvailable
from engine.moving.step import LONGEST_CHAIN
from engine.quantity import SCALE, format_quantity

MOST_TURNS = 10_000
"""How many times the clock stops for what is due while it is turned once."""


class Trial(World):
    """A process that is played through. Quantities are in millionths of a sales unit, times UTC microseconds."""

    # --- verbs ---

    def place(
        self,
        quantity: int = SCALE,
        sku: str | None = None,
        *,
        name: str | None = None,
        state: str | None = None,
        hold: bool | None = None,
        answers: Mapping[str, bool] | None = None,
    ) -> Happened:
        """Place an item, if so much can be sold. ``name`` is how it is called, else its number.

        With a ``state`` it has just come there, and nothing is checked; ``hold`` tells whether it then has a hold,
        and else it has one where a way leads there that no reserved state lies on. Raises UnknownState,
        UnknownSku, and InputError for a name that is taken.
        """
        sku = self._sku(sku)
        called = name or self._next_name()
        if called in self.items:
            raise InputError(f"there is an item {called!r} already", remedy="Give this one another name.")
        check_conditions(self.process, answers or {})
        done = Happened()
        if state is None and quantity > self.available(sku):
            left = format_quantity(self.available(sku))
            text = f"{format_quantity(quantity)} of {sku!r} were asked for, {left} can be sold"
            done.refused.append(Refused(None, NotAvailable.code, text))
            return done
        start = self._initial() if state is None else self.state(state)
        item = TrialItem(called, sku, quantity, start, self.now, self.now, dict(answers or {}))
        holds = self.terms.hold and (self.held_on_the_way(start) if hold is None else hold)
        counting = self.stepping.counting(start.index)
        item.reserved, item.held = counting.when_placed(quantity, hold=holds)
        if item.held and self.terms.hold_timeout is not None:
            item.held_until = self.now + self.terms.hold_timeout
        self.items[called] = item
        self.stepping.arrive(item, done)
        return done

    def fire(self, event: str, items: Sequence[str] = ()) -> Happened:
        """Fire an event for these items; without any, for all whose state has it, or for all if none has it.

        Raises UnknownEvent and UnknownItem.
        """
        found, done = self.event(event), Happened()
        chosen = [self.item(name) for name in items]
        if not items:
            able = [one for one in self.items.values() if found in self.process.state_events(one.state.index)]
            chosen = able or list(self.items.values())
        if not chosen:
            raise InputError("there is no item yet", remedy="Place one first.")
        for item in chosen:
            self.stepping.fire(item, found, "api", done)
        return done

    def answer(self, condition: str, value: bool, items: Sequence[str] = ()) -> Happened:
        """Fix the answer of a condition, for all items or only for these. Raises InputError and UnknownItem."""
        check_conditions(self.process, {condition: value})
        if not items:
            self.answers[condition] = value
        for item in [self.item(name) for name in items]:
            item.answers = {**item.answers, condition: value}
        return Happened()

    def run_conditions(self, *, until_idle: bool = False) -> Happened:
        """Let the conditions run try every waiting item once, or until none moves any more."""
        done = Happened()
        for _ in range(LONGEST_CHAIN + 1 if until_idle else 1):
            moved = [self.stepping.hop_once(item, done) for item in self.items.values()]
            if not any(moved):
                return done
        if until_idle:
            text = (
                f"after {LONGEST_CHAIN} conditions runs items are still moving: the process goes in circles"
            )
            done.refused.append(Refused(None, Code.AUTOMATIC_LOOP, text))
        return done

    def wait(self, until: int) -> Happened:
        """Turn the clock: what is due happens at its very time, and the conditions run comes whenever items rest.

        Raises InputError for a time that is past or too far ahead.
        """
        if not self.now <= until < LATEST:
            raise InputError(
                f"the clock cannot be turned from {format_time(self.now)} to that time",
                remedy="It goes forward only, and not beyond the year 9999.",
            )
        done = Happened()
        for _ in range(MOST_TURNS):
            _add(done, self.run_conditions(until_idle=True))
            due = self.next_due()
            if due is None or due > until:
                self.stepping.now = until
                return done
            self.stepping.now = max(self.now, due)
            _add(done, self._what_is_due())
        text = f"the clock stopped at {format_time(self.now)}: {MOST_TURNS} things were due until then"
        done.refused.append(Refused(None, Code.AUTOMATIC_LOOP, text))
        return done

    def count(self, amount: int, sku: str | None = None, *, made_at: int | None = None) -> Happened:
        """Take a count of stock: shipped items are released that had left the shelf by then. Raises UnknownSku."""
        sku, done = self._sku(sku, new=True), Happened()
        time = self.now if made_at is None else made_at
        event = self.process.event_by_name.get(self.terms.stock_update)
        released = [item for item in self.items.values() if item.sku == sku and item.left <= time]
        for item in released:
            if event is not None and event in self.process.state_events(item.state.index):
                self.stepping.fire(item, event, "stock-update", done)
        self.stock[sku] = amount
        return done

    # --- what is due ---

    def _what_is_due(self) -> Happened:
        done = Happened()
        for item in self.items.values():
            if item.held_until is not None and item.held_until <= self.now:
                self.stepping.end_hold(item, done)
        for item, event in list(self._due_timeouts()):
            if item.timeouts.get(event, LATEST) <= self.now:
                self.stepping.fire(item, self.process.event_by_name[event], "timeout", done)
        return done

    def _due_timeouts(self) -> Iterator[tuple[TrialItem, str]]:
        for item in self.items.values():
            due = sorted((time, event) for event, time in item.timeouts.items() if time <= self.now)
            yield from ((item, event) for _, event in due)


def _add(done: Happened, more: Happened) -> None:
    done.fired += more.fired
    done.refused += more.refused
