"""Sinks: does each take what it is handed, is anything kept aside, and is there a job that hands it over?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from earmark.doctor.check import Check, fine, span, warn
from earmark.words.text import count
from engine.api.jobs import JobKind

if TYPE_CHECKING:
    from earmark.settings import Settings
    from engine.results import Health, SinkState

_SECOND = 1_000_000


def sinks(health: Health, settings: Settings, minutes: float) -> Check:
    """Look for sinks that fail, that lag by more than ``minutes``, and that nobody hands anything."""
    name, told = "sinks", {sink.name for sink in settings.sinks}
    wrong = list(_wrong(health.sinks, told, minutes))
    if told and not any(job.kind is JobKind.PUBLISH for job in settings.jobs):
        wrong.insert(0, "no 'publish' job hands anything to them")
    if not wrong:
        return fine(name, f"{count(len(told), 'sink')}, none late" if told else "none but [publish], if any")
    return warn(
        name,
        "; ".join(wrong[:3]),
        "'earmark sink list' shows how each goes, 'earmark sink kept' what one cannot take, 'earmark sink publish' "
        "tries at once, and 'earmark sink forget' lets go of one that is not in the settings. --verbose lists all.",
        wrong,
    )


def _wrong(states: Sequence[SinkState], told: set[str], minutes: float) -> Iterator[str]:
    for one in states:
        if one.sink not in told:
            yield f"{one.sink}: not in the settings, and messages are kept for it"
        elif one.error is not None:
            yield f"{one.sink}: {one.error}"
        elif one.lag_s > minutes * 60:
            yield f"{one.sink}: the oldest message is {span(int(one.lag_s * _SECOND))} old"
        if one.kept:
            yield f"{one.sink}: {count(one.kept, 'message')} kept aside"
