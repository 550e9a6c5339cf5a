"""What the exchange of reservations with other databases answers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from engine.results.plain import plain


@dataclass(frozen=True, slots=True)
class ExchangeExportReport:
    """An export: how many reservations were sent, and in how many messages of all kinds on all ways.

    ``refused`` is what plugins did not accept, ``resent`` how many messages nobody had acknowledged and that
    were sent anew, ``answers`` what was told of the other side's messages. ``stores`` are those that others
    hear of.
    """

    rows: int = 0
    messages: int = 0
    refused: int = 0
    resent: int = 0
    answers: int = 0
    stores: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON object of ``exchange export``."""
        return {name: plain(getattr(self, name)) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class ExchangeImportReport:
    """An import: how many messages came with how many reservations.

    ``ignored`` are reservations of stores of this database, ``kept`` the messages that were kept aside.
    """

    messages: int = 0
    rows: int = 0
    ignored: int = 0
    kept: int = 0

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON object of ``exchange import``."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class ExchangeState:
    """How far a store is: ``direction`` is ``export`` for one of this database, ``import`` for one of another.

    ``last_version`` is the highest version that was sent or told. ``pending`` are reservations: of an export those
    that were not sent or not acknowledged yet in their present version, of an import those that do not count yet.
    ``lag_s`` is how long ago the other side had everything, in seconds: of an export 0 while nothing is
    pending, of an import the age of the newest message. None: nothing was ever sent or told.
    """

    store: str
    direction: str
    last_version: int
    pending: int
    lag_s: float | None

    def as_dict(self) -> dict[str, Any]:
        """Return one entry of the JSON list of ``exchange status``."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class ExchangeKept:
    """What was told and does not count: a message as it came, or rows of a store or of products not known here.

    ``id`` is that of the message, None for rows; ``rows`` how many they are. ``body`` is the message, as far as
    it is text; else ``base64:`` and its bytes.
    """

    id: int | None
    at: datetime
    reason: str
    message: str
    channel: str | None
    rows: int | None
    body: str | None

    def as_dict(self) -> dict[str, Any]:
        """Return one entry of the JSON list of ``exchange refused``."""
        return {name: plain(getattr(self, name)) for name in self.__slots__}
