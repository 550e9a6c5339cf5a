"""What an item waits for, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from earmark.words.ages import time_text

if TYPE_CHECKING:
    from engine.results import GuardPart, GuardSaid, Wait


def conditions_text(wait: Wait) -> str:
    """Return which conditions a wait asks, and what they answered."""
    names = ", ".join(wait.conditions)
    if wait.ask_error is not None:
        return f"asked now, {names} cannot answer: {wait.ask_error}"
    if wait.answers is None:
        return f"asks {names}"
    answers = ", ".join(f"{name} {str(answer).lower()}" for name, answer in wait.answers.items())
    if wait.asked:
        return f"asked now: {answers}"
    return (
        f"asks {names}; at {time_text(wait.answered_at)}Z: {answers}" if wait.answered_at else f"asks {names}"
    )


def guards_text(wait: Wait) -> list[str]:
    """Return what the guards of a wait say now, a line for each, with the parts that are not true."""
    found = []
    for guard in wait.guards:
        place = "" if guard.place is None else f" ({guard.place})"
        found.append(f"{guard.name}{place} {_outcome(guard)}: {guard.text.strip()}")
        found += [f"  {part.text} {_outcome(part)}" for part in guard.parts if part.outcome is not True]
    return [line.replace("\n", " ") for line in found]


def _outcome(part: GuardSaid | GuardPart) -> str:
    if part.outcome is None:
        return f"cannot be told ({part.error})"
    return f"is {str(part.outcome).lower()}"
