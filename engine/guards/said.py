"""What a guard says of one item, and which of its parts is in the way."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from engine.guards.conditions import GuardCondition, outcomes
from engine.hooks import CallContext
from engine.results import GuardPart, GuardSaid

if TYPE_CHECKING:
    from engine.guards.facts import Asked
    from rules.guards.compiled import Outcome


def said(condition: GuardCondition, item: Asked, context: CallContext) -> GuardSaid:
    """Return what the guard says of the item, with its parts when there are several that must all be true."""
    from rules.guards import parts_of

    found = [_part(text, item, context) for text in _apart(parts_of(condition.text))]
    whole = _part(condition.text, item, context)
    return GuardSaid(
        condition.name, condition.text, whole.outcome, whole.error, tuple(found), condition.place
    )


def _apart(parts: Sequence[str]) -> Sequence[str]:
    return parts if len(parts) > 1 else ()


def _part(text: str, item: Asked, context: CallContext) -> GuardPart:
    return _told(text, outcomes(text, [item], context)[0])


def _told(text: str, outcome: Outcome) -> GuardPart:
    return GuardPart(text, None, outcome) if isinstance(outcome, str) else GuardPart(text, outcome, None)
