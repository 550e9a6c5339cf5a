"""Ages of a feed: ``1 day`` as seconds."""

from __future__ import annotations

from engine.definition import DurationInvalid, parse_duration


def seconds_of(text: str) -> float:
    """Return how many seconds an age such as ``36 hours`` is. Raises ValueError that says how to write one."""
    try:
        exact = parse_duration(text).microseconds_if_exact
    except DurationInvalid as error:
        raise ValueError(f"{error}; write an age such as '1 day'") from None
    if exact is None:
        raise ValueError(f"{text!r} has no fixed length; write minutes, hours, days or weeks")
    return exact / 1_000_000
