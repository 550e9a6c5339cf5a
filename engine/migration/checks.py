"""Why items cannot be moved to another version: each with a code and a text, counted per group."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from engine.clock import format_time
from engine.codes import Code
from engine.hooks import Plugins
from engine.migration.route import Route
from engine.moving.step import Failures
from engine.quantity import to_decimal
from engine.results import MigrationGroup, MigrationRefusal
from engine.storage.database import Record, Work

FIRST = 10
"""How many items of a refusal are named."""


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Why an item stays: code and text. ``until`` is when a claim on it expires (UTC microseconds)."""

    code: Code
    text: str
    until: int = 0


Obstacles = dict[int, Obstacle]
"""Why items stay, by id."""


@dataclass(slots=True)
class _Count:
    items: int = 0
    first: list[int] = field(default_factory=list)
    until: int = 0


@dataclass(slots=True)
class Tally:
    """What has been found of a group so far; quantities in millionths."""

    items: int = 0
    moved: int = 0
    reserved: int = 0
    held: int = 0
    refused: dict[tuple[Code, str], _Count] = field(default_factory=dict)

    def refuse(self, obstacles: Mapping[int, Obstacle]) -> None:
        """Count items that stay."""
        self.items += len(obstacles)
        for item in sorted(obstacles):
            obstacle = obstacles[item]
            found = self.refused.setdefault((obstacle.code, obstacle.text), _Count())
            found.items += 1
            found.until = max(found.until, obstacle.until)
            if len(found.first) < FIRST:
                found.first.append(item)

    def add(self, other: Tally) -> None:
        """Add what has been found of a further chunk."""
        self.items += other.items
        self.moved += other.moved
        self.reserved += other.reserved
        self.held += other.held
        for key, count in other.refused.items():
            found = self.refused.setdefault(key, _Count())
            found.items += count.items
            found.until = max(found.until, count.until)
            found.first += count.first[: FIRST - len(found.first)]

    def refuse_all(self, obstacle: Obstacle, items: int, first: Sequence[int]) -> None:
        """Count items that stay, all of them for the same reason."""
        self.items += items
        self.refused[obstacle.code, obstacle.text] = _Count(items, list(first[:FIRST]))

    def group(self, route: Route) -> MigrationGroup:
        """Return the group as callers see it."""
        return MigrationGroup(
            version=route.source.version.process.version,
            state=route.source.state.name,
            target_version=route.target.version.process.version,
            target=route.target.state.name,
            items=self.items,
            moved=self.moved,
            reserved=to_decimal(self.reserved),
            held=to_decimal(self.held),
            on_enter=route.untaken,
            entered=route.enter and route.untaken is not None,
            refused=self.refusals(),
        )

    def refusals(self) -> tuple[MigrationRefusal, ...]:
        """Return the reasons, the most frequent first."""
        found = [
            MigrationRefusal(code, _told(text, count.until), count.items, tuple(count.first))
            for (code, text), count in self.refused.items()
        ]
        return tuple(sorted(found, key=lambda refusal: (-refusal.items, refusal.code, refusal.message)))


def _told(text: str, until: int) -> str:
    return f"{text}, until {format_time(until)} at the latest" if until else text


def find_obstacles(plugins: Plugins, work: Work, route: Route, failures: Failures, own: str) -> Obstacles:
    """Return why items of the working set, all of the route's source, cannot take it; the first reason counts.

    ``failures`` are those of timeout processors. What the migration itself made due is no obstacle: its runs have
    the correlation ``own``.
    """
    found: Obstacles = {}
    for row in work.all("moving_claimed", now=work.now, token=""):
        found.setdefault(row.item_id, _claimed(row))
    for row in work.all("moving_open_calls", events=route.open_calls(plugins)):
        found.setdefault(row.item_id, _open_call(route, row.event))
    for row in work.all("moving_due_elsewhere", event=route.on_enter, own=own):
        found.setdefault(row.item_id, _due(route, row.event))
    for item, (code, text) in failures.items():
        found.setdefault(item, Obstacle(code, text))
    return found


def _claimed(row: Record) -> Obstacle:
    return Obstacle(Code.ITEM_LOCKED, f"claimed by {row.holder} for the event {row.event!r}", row.expires_at)


def _open_call(route: Route, event: str) -> Obstacle:
    known = route.source.version.event(event)
    command = "its command" if known is None or known.command is None else f"the command {known.command!r}"
    return Obstacle(
        Code.COMMAND_OPEN,
        f"a call of {command} for the event {event!r} was begun and has not ended well: it is repeated under its "
        "key, which another version would not know; let it end ('earmark retry'), or take the item out of the "
        "state ('earmark force')",
    )


def _due(route: Route, event: str) -> Obstacle:
    state = route.target.state.name
    has = f"the onEnter event {route.on_enter!r}" if route.on_enter else "no onEnter event"
    return Obstacle(
        Code.AUTOMATIC_STEP_DUE,
        f"the automatic step {event!r} is due, and the state {state!r} of the target version has {has}; "
        "'earmark run timeouts' takes the step",
    )
