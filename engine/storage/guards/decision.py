"""Guards that the database answers: which of a state's waiting items they let pass, and of which it cannot tell.

The answer for an item is a number: for the first guard 1 where it is true and 0 where it is false, for the second
2 or 0, and so on, all added up. It is -1 where the database cannot tell of one of them; then Python asks.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from engine.storage.guards.pruning import Cut
from engine.storage.guards.shapes import Condition, Expression
from engine.storage.guards.spelling import spelling_of
from engine.storage.guards.truths import Truths

MOST_GUARDS = 5
"""Up to so many guards of a state are answered together."""

_LONGEST = 100_000
"""The longest answer that is sent, in characters; Python asks about what would be longer."""


def decision(
    dialect: str,
    guards: Sequence[Expression],
    known: Mapping[str, str],
    now: int,
    wanted: Iterable[int],
) -> Cut | None:
    """Return the cut of ``moving_add_decided`` that takes the items with the ``wanted`` answers.

    ``known`` are the fields that are the same for all items, ``now`` is the time in UTC microseconds. Return None
    where the database can tell nothing of any guard.
    """
    found = answer(dialect, guards, known, now)
    if found is None:
        return None
    sql, sources, params = found
    instead = {"answer": sql, "wanted": "".join(f", {number}" for number in sorted(wanted))}
    return Cut(frozenset(sources), instead, params)


def answer(
    dialect: str, guards: Sequence[Expression], known: Mapping[str, str], now: int
) -> tuple[str, frozenset[str], dict[str, object]] | None:
    """Return the answer as SQL, what it is read from, and its parameters; None where there is nothing to tell."""
    truths = Truths(dialect, spelling_of(dialect, "guard_"), known, now)
    conditions = [truths.truth(guard) for guard in guards]
    if any(condition.true == condition.false == "false" for condition in conditions):
        return None
    sql = " + ".join(_number(condition, 1 << place) for place, condition in enumerate(conditions))
    if truths.values.document:
        sql = f"CASE WHEN {truths.spelling.readable()} THEN {sql} END"
    sql = f"coalesce({sql}, -1)"
    sources = set(truths.values.sources)
    return None if len(sql) > _LONGEST else (sql, frozenset(sources), truths.spelling.params)


def _number(condition: Condition, number: int) -> str:
    return f"CAST({condition.told} AS integer) * {number}"
