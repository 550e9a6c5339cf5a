"""What became of sinks: what was handed to them, what waits, and what they could not take."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from engine.results.plain import plain


@dataclass(frozen=True, slots=True)
class SinkReport:
    """What was handed to a sink by one call: ``published`` messages, ``kept`` of them kept aside.

    ``outcome`` is ``done`` (nothing waits that was there), ``more`` (the time of a run was over), ``failed``
    (with the ``error``, to be tried again at ``retry_at``), ``waiting`` (it failed before, and it is not time
    yet) or ``busy`` (somebody else hands messages over). ``code`` and ``remedy`` are those of an error that Earmark
    itself has found, such as a missing secret; of what the sink said they are None.
    """

    sink: str
    outcome: str
    published: int = 0
    kept: int = 0
    error: str | None = None
    retry_at: datetime | None = None
    code: str | None = None
    remedy: str | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON object."""
        return {name: plain(getattr(self, name)) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class SinkState:
    """How far a sink is. ``waiting`` are the messages that it was not handed yet, ``lag_s`` the age of the oldest.

    ``kept`` are those that it cannot take. ``sent_at`` is when it took something last, ``error`` what went wrong
    last, ``failing_since`` since when, ``attempts`` how often, and ``retry_at`` when it is tried next.
    ``resending`` tells that the state of all products is being told anew. ``position`` is the place of the last
    message that it took.
    """

    sink: str
    position: int
    waiting: int
    lag_s: float
    kept: int
    sent_at: datetime | None
    resending: bool
    attempts: int
    failing_since: datetime | None
    retry_at: datetime | None
    error: str | None

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON object of ``sink list``."""
        return {name: plain(getattr(self, name)) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class SinkMessage:
    """A message that a sink can never take, with the reason; ``id`` is its number among those kept aside."""

    id: int
    sink: str
    key: str
    kind: str
    payload: Mapping[str, Any]
    created_at: datetime
    kept_at: datetime
    reason: str

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON object of ``sink kept``."""
        own = {name: plain(getattr(self, name)) for name in self.__slots__ if name != "payload"}
        return {**own, "payload": _numbers(self.payload)}


def _numbers(value: Any) -> Any:
    """Return JSON as it was published: what is not whole is a number, and no text as elsewhere."""
    if isinstance(value, Mapping):
        return {name: _numbers(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_numbers(inner) for inner in value]
    return float(value) if isinstance(value, Decimal) else value
