"""What carries messages from one database to another, and how a way is named."""

from __future__ import annotations

from typing import Protocol


class Received(Protocol):
    """A message that came in. Until ``done`` it is not gone: whoever ends before gets it again."""

    @property
    def body(self) -> bytes:
        """The message as it came."""

    def done(self) -> None:
        """Tell that what it says is committed."""


class Transport(Protocol):
    """A way for messages in one direction. Everything about it raises TransportFailed when it does not work."""

    @property
    def name(self) -> str:
        """The way as people may see it: without passwords."""

    def send(self, body: bytes) -> None:
        """Hand over a message; it is kept safe there when this returns."""

    def receive(self, wait_s: float = 0.0) -> Received | None:
        """Return the next message, waiting for one as long as told; None when there is none."""

    def close(self) -> None:
        """Let go of connections; what was received and is not done comes back."""
