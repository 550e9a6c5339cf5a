"""Messages in a queue of RabbitMQ or Redis: each is the line of JSON that a file would have."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from earmark.sinks.jsonl import line_of
from engine.api.exchange import TransportFailed, open_way
from engine.hooks import OutboxMessage, PartlyTaken

if TYPE_CHECKING:
    from engine.api.exchange import Transport


class QueueSink:
    """Puts every message into a queue; it counts as taken when the broker has confirmed it.

    Raises InputError where kombu is missing, PartlyTaken with how many were taken before it went wrong.
    """

    def __init__(self, address: str, hidden: Sequence[str] = ()) -> None:
        """``hidden`` are values in the address that nobody is to see, wherever else they are told."""
        self._way: Transport = open_way(address)
        self._shown = shown_address(address)
        self._hidden = sorted(filter(None, hidden), key=len, reverse=True)

    def publish(self, messages: Sequence[OutboxMessage]) -> None:
        """Put the messages into the queue, one after the other."""
        for taken, message in enumerate(messages):
            try:
                self._way.send(line_of(message).encode())
            except TransportFailed as error:
                raise PartlyTaken(self._told(error.message), taken=taken) from None

    def _told(self, message: str) -> str:
        told = message.replace(self._way.name, self._shown)
        for value in self._hidden:
            told = told.replace(value, "***")
        return told

    def close(self) -> None:
        """Let go of the connection."""
        self._way.close()


def shown_address(address: str) -> str:
    """Return of an address what people may see: scheme and host. The rest may have secrets in it."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
