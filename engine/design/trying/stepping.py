"""How items of a trial take steps: what the engine decides, done to items in memory.

Which step an item takes is decided by the engine's own functions (``engine.moving.known``), and what it then
counts by ``engine.inventory.counting``. Only what ``engine.moving.apply`` writes to the database is done here to
values, and a property test holds the two together.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from engine.codes import Code
from engine.definition import Event, Process, State
from engine.design.trying.happened import Fired, Happened, Refused
from engine.design.trying.item import TrialItem
from engine.design.trying.terms import Terms
from engine.hooks import Condition, Scope
from engine.inventory.counting import Counting
from engine.moving.decide import choose, conditions_of
from engine.moving.due import due_at
from engine.moving.known import Conditions, plain_hop, plain_step
from engine.moving.shelf import left_before
from engine.moving.step import LONGEST_CHAIN, Cause, Origin, Step
from engine.versions.place import Place, Version

Answer = Callable[[TrialItem, str], tuple[bool, bool]]
"""Answers a condition for an item; the second value tells that the answer is only assumed."""


class Stepping:
    """Takes steps of items; ``now`` is the time, in UTC microseconds."""

    def __init__(self, process: Process, terms: Terms, answer: Answer) -> None:
        self.process = process
        self.now = terms.now
        self._terms = terms
        self._answer = answer
        self._version = Version(0, process.name, process, tuple(range(len(process.states))))
        self.counting = cache(lambda state: Counting.in_state(process, process.states[state]))

    # --- what would happen ---

    def event_step(self, item: TrialItem, event: Event, cause: Cause = "api") -> Step | None:
        """Return the step that the event makes the item take, None when its state has no such event."""
        if event not in self.process.state_events(item.state.index):
            return None
        return plain_step(
            self.place(item.state), event, self._conditions(item, event.index), Origin(cause, "")
        )

    def hop(self, item: TrialItem) -> Step | None:
        """Return the step that the conditions run makes the item take, None when it goes on waiting."""
        if not self.process.candidates(item.state.index, None):
            return None
        hop = plain_hop(self.place(item.state), self._conditions(item, None), Origin("conditions", ""))
        return None if hop is None else hop.step

    def place(self, state: State) -> Place:
        """Return the state as a place of the engine."""
        return self._version.place(state)

    # --- what happens ---

    def fire(self, item: TrialItem, event: Event, cause: Cause, done: Happened) -> None:
        """Let the item take the event and what follows; it is blocked where its state has no such event."""
        step = self.event_step(item, event, cause)
        if step is None:
            offered = ", ".join(one.name for one in self.process.state_events(item.state.index))
            has = f"it has: {offered}" if offered else "no event leaves it"
            text = f"item {item.name}: the state {item.state.name!r} has no event {event.name!r}; {has}"
            done.refused.append(Refused(item.name, Code.EVENT_NOT_AVAILABLE, text))
            return
        self._take(item, step, Origin(cause, ""), done)

    def hop_once(self, item: TrialItem, done: Happened) -> bool:
        """Let the conditions run look at the item once; return whether it moved."""
        step = self.hop(item)
        if step is not None:
            self._take(item, step, Origin("conditions", ""), done)
        return step is not None

    def arrive(self, item: TrialItem, done: Happened) -> None:
        """Let a new item come to its state, with everything that follows by itself."""
        done.fired.append(Fired(self.now, item.name, "place", None, None, item.state.name, "placed"))
        self._arm(item)
        self._follow(item, 0, done)

    def end_hold(self, item: TrialItem, done: Happened) -> None:
        """End the hold of an item whose time is over; it stays where it is."""
        item.held, item.held_until = 0, None
        name = item.state.name
        done.fired.append(Fired(self.now, item.name, "hold-timeout", None, name, None, "hold_ended"))

    def _take(self, item: TrialItem, step: Step, origin: Origin, done: Happened) -> None:
        done.fired.append(self._told(item, step, origin.trigger))
        self._apply(item, step, origin)
        if step.changes_state:
            self._follow(item, origin.chain, done)

    def _follow(self, item: TrialItem, chain: int, done: Happened) -> None:
        """Take the automatic steps that are due, until none is or there were too many in a row."""
        while (event := self.process.on_enter_event(item.state.index)) is not None:
            chain += 1
            if chain > LONGEST_CHAIN:
                item.stuck = event.name
                text = f"item {item.name}: more than {LONGEST_CHAIN} automatic steps in a row"
                done.refused.append(Refused(item.name, Code.AUTOMATIC_LOOP, text))
                return
            origin = Origin("on-enter", "", chain=chain)
            step = self.event_step(item, event, "on-enter")
            if step is None:
                return
            done.fired.append(self._told(item, step, "on-enter"))
            self._apply(item, step, origin)
            if not step.changes_state:
                return

    def _apply(self, item: TrialItem, step: Step, origin: Origin) -> None:
        """Change the item as ``engine.moving.apply`` changes stored ones."""
        item.step += 1
        if step.target is not None and step.changes_state:
            self._move(item, step.target)
            return
        if step.event is None:
            return
        if item.stuck == step.event.name:
            item.stuck = None
        if origin.fires_timeout and step.event.timeout is not None:
            item.timeouts[step.event.name] = due_at(step.event, self.now)

    def _move(self, item: TrialItem, target: State) -> None:
        if not left_before(self._terms.stock_update, self.place(item.state), self.place(target)):
            item.left = self.now
        item.state, item.since, item.stuck = target, self.now, None
        counting = self.counting(target.index)
        item.reserved, item.held = counting.after(item.quantity, item.held)
        item.held_until = item.held_until if item.held else None
        self._arm(item)

    def _arm(self, item: TrialItem) -> None:
        timed = self.process.timeout_events(item.state.index)
        item.timeouts = {event.name: due_at(event, self.now) for event in timed}

    # --- answers ---

    def _conditions(self, item: TrialItem, event: int | None) -> Conditions:
        return {
            name: Condition(name, Scope.ITEM, _nobody, self._answer(item, name)[0])
            for name in conditions_of(self.process, item.state.index, event)
        }

    def _told(self, item: TrialItem, step: Step, cause: Cause) -> Fired:
        event = None if step.event is None else step.event.index
        taken = choose(self.process, item.state.index, event, step.conditions)
        return Fired(
            at=self.now,
            item=item.name,
            cause=cause,
            event=None if step.event is None else step.event.name,
            source=item.state.name,
            target=None if step.target is None else step.target.name,
            outcome=step.outcome,
            transition=None if taken is None else taken.index,
            conditions=step.conditions,
            assumed=tuple(name for name in step.conditions if self._answer(item, name)[1]),
            command=None if step.event is None else step.event.command,
        )


def _nobody(*_asked: object) -> bool:
    raise AssertionError("a condition with a constant answer is not asked")
