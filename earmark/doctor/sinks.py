"""Sinks: does each take what it is handed, is anything kept aside, and is there a job that hands it over?"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from earmark.doctor.check import Check, fine, refused, span, warn, wrong
from earmark.words.text import count
from engine.api.jobs import JobKind
from engine.errors import EarmarkError

if TYPE_CHECKING:
    from earmark.settings import Settings
    from earmark.sinks.making import Makers
    from engine.results import Health, SinkState

_SECOND = 1_000_000


SETTINGS = "sink settings"
"""The check that what sinks need is there: their secrets, folders, plugins and libraries."""


def configured(read: Settings, makers: Callable[[], Makers]) -> Check:
    """Look whether each sink can be made: whether its secret, its folder, its plugin and its library are there.

    Nothing is sent, and no connection is made but by a plugin that does so at once.
    """
    if not read.sinks:
        return fine(SETTINGS, "no [[sinks]]")
    listed = [f"{one.name}: {one.kind}" for one in read.sinks]
    errors = list(_unusable(read, makers))
    if not errors:
        return fine(SETTINGS, count(len(read.sinks), "sink"), listed)
    told = [f"{error.message}{f'. {error.remedy}' if error.remedy else ''}" for error in errors]
    if len(errors) == 1:
        return refused(SETTINGS, errors[0])
    return wrong(
        SETTINGS, "; ".join(error.message for error in errors), "--verbose lists how to mend each.", told
    )


def _unusable(read: Settings, makers: Callable[[], Makers]) -> Iterator[EarmarkError]:
    from earmark.sinks.making import make_sinks

    for one in read.sinks:
        try:
            (made,) = make_sinks([one], os.environ, makers)
        except EarmarkError as error:
            yield error
            continue
        close = getattr(made.sink, "close", None)
        if callable(close):
            with suppress(Exception):
                close()


def sinks(health: Health, settings: Settings, minutes: float) -> Check:
    """Look for sinks that fail, that lag by more than ``minutes``, and that nobody hands anything."""
    name, told = "sinks", {sink.name for sink in settings.sinks}
    amiss = list(_amiss(health.sinks, told, minutes))
    if told and not any(job.kind is JobKind.PUBLISH for job in settings.jobs):
        amiss.insert(0, "no 'publish' job hands anything to them")
    if not amiss:
        return fine(name, f"{count(len(told), 'sink')}, none late" if told else "none but [publish], if any")
    return warn(
        name,
        "; ".join(amiss[:3]),
        "'earmark sink list' shows how each goes, 'earmark sink kept' what one cannot take, 'earmark sink publish' "
        "tries at once, and 'earmark sink forget' lets go of one that is not in the settings. --verbose lists all.",
        amiss,
    )


def _amiss(states: Sequence[SinkState], told: set[str], minutes: float) -> Iterator[str]:
    for one in states:
        if one.sink not in told:
            yield f"{one.sink}: not in the settings, and messages are kept for it"
        elif one.error is not None:
            yield f"{one.sink}: {one.error}"
        elif one.lag_s > minutes * 60:
            yield f"{one.sink}: the oldest message is {span(int(one.lag_s * _SECOND))} old"
        if one.kept:
            yield f"{one.sink}: {count(one.kept, 'message')} kept aside"
