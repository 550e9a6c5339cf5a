"""The exchange with other databases: is everything told, is anything heard, was anything kept aside?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from earmark.doctor.check import Check, fine, span, warn
from earmark.words.text import count

if TYPE_CHECKING:
    from engine.results import ExchangeState, Health

_SECOND = 1_000_000


def exchange(health: Health, minutes: float) -> Check:
    """Look for stores that told or were told nothing for ``minutes``, and for messages that are kept aside."""
    name = "exchange"
    late = [text for one in health.exchange for text in _late(one, minutes)]
    kept = [f"{count(health.exchange_kept, 'message')} kept aside"] if health.exchange_kept else []
    if not late and not kept:
        stores = count(len(health.exchange), "direction")
        return fine(
            name, f"{stores}, none late" if health.exchange else "no store of another database shares"
        )
    return warn(
        name,
        "; ".join([*kept, *late[:3]]),
        "Look whether 'earmark exchange export' and 'import' run on both sides and their way works; "
        "'earmark exchange status' shows how far they are, 'earmark exchange refused' what is kept aside. "
        "--verbose lists all.",
        late,
    )


def _late(one: ExchangeState, minutes: float) -> Iterator[str]:
    told = one.direction == "export"
    if one.lag_s is None:
        if one.pending or not told:
            yield f"{one.store}: nothing was ever {'sent' if told else 'heard'}"
    elif one.lag_s > minutes * 60:
        age = span(int(one.lag_s * _SECOND))
        yield f"{one.store}: not all told for {age}" if told else f"{one.store}: last heard of {age} ago"
