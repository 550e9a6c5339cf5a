"""Errors of feeds, and what goes wrong where their files are fetched."""

from __future__ import annotations

from engine.errors import FileUnreadable, NotFound


class UnknownFeed(NotFound):
    """There is no such feed, and no shipped profile of that name."""

    code = "unknown_feed"
    default_remedy = "'earmark feed list' shows the feeds of earmark.toml and the profiles."


class SourceUnreachable(FileUnreadable):
    """The address of a feed does not give its file."""

    code = "source_unreachable"
    default_remedy = "Look whether the server is up and the address is right; the next run asks again."


class Passing(Exception):
    """The address did not answer as it should this time: asked again it may.

    ``wait_s`` is for how many seconds the server asks to be left alone, if it says so.
    """

    def __init__(self, message: str, remedy: str | None = None, wait_s: float | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy
        self.wait_s = wait_s

    def lasting(self, more: str = "") -> SourceUnreachable:
        """Return what is told when it is not tried again."""
        return SourceUnreachable(self.message + more, remedy=self.remedy)
