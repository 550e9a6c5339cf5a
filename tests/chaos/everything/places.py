"""What is due where: timeouts and automatic steps, held against the stored definitions."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass

from tests.chaos.everything.seen import Moment
from tests.chaos.everything.sentences import _ENTERED, _STEPS

TIMEOUTS = "the timeouts of an item are those of its state"
AUTOMATIC = "an automatic step is due for the onEnter event of the state, and never lost"


@dataclass(frozen=True, slots=True)
class Place:
    """What a state asks for: its timeouts and the event that is fired on entering it."""

    timeouts: frozenset[str]
    automatic: str | None


def places(seen: Moment) -> dict[int, Place]:
    """Every state of every version, by its id, as the stored definition has it."""
    found: dict[int, Place] = {}
    states: dict[int, dict[str, int]] = {}
    for number, version, name in seen.rows("SELECT id, version_id, name FROM process_state"):
        states.setdefault(version, {})[name] = number
    for version, text in seen.rows("SELECT id, definition FROM process_version"):
        definition = json.loads(text)
        events = {event["name"]: event for event in definition["events"]}
        for name, number in states[version].items():
            leaving = [
                events[t["event"]] for t in definition["transitions"] if t["source"] == name and "event" in t
            ]
            entering = {event["name"] for event in leaving if event.get("on_enter")}
            timed = frozenset(event["name"] for event in leaving if event.get("timeout"))
            found[number] = Place(timed, next(iter(entering), None))
    return found


def check_places(seen: Moment) -> Iterator[tuple[str, str]]:
    """Yield each sentence that does not hold, with what breaks it."""
    known = places(seen)
    armed: dict[int, set[str]] = {}
    for item, event in seen.rows("SELECT item_id, event FROM item_timeout"):
        armed.setdefault(item, set()).add(event)
    due = dict(seen.rows("SELECT item_id, event FROM due_step"))
    entered = {item for (item,) in seen.rows(_JUST_ENTERED)}
    for item, state in seen.rows("SELECT id, state_id FROM order_item"):
        place = known[state]
        has = armed.pop(item, set())
        if has != place.timeouts:
            yield TIMEOUTS, f"item {item}: has {sorted(has)}, its state {sorted(place.timeouts)}"
        step = due.pop(item, None)
        if step != place.automatic and (step is not None or item in entered):
            yield AUTOMATIC, f"item {item}: has {step}, its state {place.automatic}"
    for item in [*armed, *due]:
        yield TIMEOUTS, f"item {item} is not there and has something due"


_JUST_ENTERED = f"""
{_STEPS}, {_ENTERED}, latest AS (
    SELECT item_id, max(run_id) AS run_id FROM steps
    WHERE outcome IN ('placed', 'moved', 'forced', 'migrated', 'condition_false', 'left_out',
        'amended') GROUP BY item_id)
SELECT e.item_id FROM entered e JOIN latest l ON l.item_id = e.item_id AND l.run_id = e.run_id
WHERE e.outcome <> 'migrated'"""
"""Items that have taken no step since they came to their state, by themselves or by force."""
