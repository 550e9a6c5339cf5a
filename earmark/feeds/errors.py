"""Errors of feeds."""

from __future__ import annotations

from engine.errors import NotFound


class UnknownFeed(NotFound):
    """There is no such feed, and no shipped profile of that name."""

    code = "unknown_feed"
    default_remedy = "'earmark feed list' shows the feeds of earmark.toml and the profiles."
