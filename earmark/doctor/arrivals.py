"""What feeds give: whether their counts come, are taken, and contradict each other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from earmark.doctor.check import Check, fine, span, warn
from earmark.words.text import count

if TYPE_CHECKING:
    from earmark.feeds.model import Feed
    from engine.results import FeedHealth, Health

NAME = "feeds"
"""The check of what feeds give."""


def arrivals(health: Health, configured: Sequence[Feed]) -> Check:
    """Look for feeds that are late, give nothing, were stopped by a guard, or had rows refused.

    Of feeds that nobody has configured any more nothing is told.
    """
    names = {feed.name for feed in configured}
    known = [one for one in health.feeds if one.feed in names]
    problems = [f"{one.feed}: {text}" for one in known for text in _wrong(one, health.now)]
    problems += _both_whole(configured)
    if not configured:
        return fine(NAME, "none configured")
    listed = [_shown(one, health.now) for one in known]
    never = sorted(names - {one.feed for one in known})
    listed += [f"{name}: nothing came yet" for name in never]
    if not problems:
        return fine(NAME, f"{count(len(names), 'feed')}, nothing late or refused", listed)
    return warn(
        NAME,
        "; ".join(problems),
        "Until then the old counts hold. 'earmark run stock-update --feed NAME' asks now; refused files lie in "
        "failed/ with their reports, and 'earmark feed try FILE --feed NAME' shows what is understood of one.",
        listed,
    )


def _wrong(one: FeedHealth, now: int) -> Iterator[str]:
    if late := one.late_us(now):
        last = (
            "none came yet"
            if one.counted_at is None
            else f"the last count is {span(now - one.counted_at)} old"
        )
        yield f"late by {span(late)}: {last}"
    if one.failing_since is not None and one.error is not None:
        yield f"for {span(now - one.failing_since)} nothing could be imported: {one.error['message']}"
    elif one.stopped is not None:
        yield f"the last file was stopped by a guard: {one.stopped}"
    elif one.refused:
        share = f"{one.refused / one.rows:.0%}"
        yield f"of {count(one.rows, 'row')} of the last file {one.refused} were refused ({share})"


def _shown(one: FeedHealth, now: int) -> str:
    if one.counted_at is None:
        return f"{one.feed}: nothing imported yet"
    refused = f", {one.refused} refused" if one.refused else ""
    return f"{one.feed}: counted {span(now - one.counted_at)} ago, {count(one.rows, 'row')}{refused}"


def _both_whole(feeds: Sequence[Feed]) -> Iterator[str]:
    """Yield the warehouses of which two feeds are complete: each sets to 0 what only the other names."""
    seen: dict[str, str] = {}
    for feed in feeds:
        if not feed.whole:
            continue
        fixed = feed.warehouse.constant if feed.warehouse is not None else None
        for warehouse in feed.warehouses or ((fixed,) if fixed else ()):
            other = seen.setdefault(warehouse, feed.name)
            if other != feed.name:
                yield (
                    f"{other} and {feed.name} are both whole = true for {warehouse}: each sets to 0 what only the "
                    "other names"
                )
