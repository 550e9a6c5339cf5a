"""What the status of an answer means, and what is to be done about it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from earmark.feeds.addresses import Place
from earmark.feeds.errors import Passing, SourceUnreachable

if TYPE_CHECKING:
    from urllib3 import HTTPResponse

LONGEST_WAIT_S = 60.0
"""For so long at most a server that asks for it is waited for; one that wants more is asked by the next run."""

_MEANINGS: Mapping[int, tuple[str, str]] = {
    400: ("does not understand the request", "Check the address, most of all its query."),
    401: (
        "wants to know who asks",
        "Give user and password_env, or token_env, in [feeds.http]; if they are given, the password or token is "
        "not, or no longer, the right one.",
    ),
    403: (
        "does not let us have it",
        "Ask whoever runs the server to allow it for this user and this host's address.",
    ),
    404: ("has no such file", "Check the address; the warehouse may write another name."),
    407: ("is behind a proxy that wants to know who asks", "Feeds are asked without a proxy: ask for a way."),
    410: ("has the file no more", "Ask whoever runs the server for the new address."),
    429: ("is asked too often", "Let the job run less often, or ask for a higher limit."),
}
_AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504})


def refused_status(place: Place, answer: HTTPResponse) -> Passing | SourceUnreachable:
    """Return what is told of an answer that is no file: worth another try, or not."""
    status = answer.status
    meaning, remedy = _MEANINGS.get(status, _by_hundred(status))
    reason = f" {answer.reason}" if answer.reason else ""
    text = f"{place.shown} {meaning}: {status}{reason}"
    if status in _AGAIN:
        return Passing(text, remedy=remedy, wait_s=_wait(answer.headers.get("Retry-After")))
    return SourceUnreachable(text, remedy=remedy)


def _by_hundred(status: int) -> tuple[str, str]:
    if status >= 500:
        return "has a fault of its own", "The next run asks again; if it lasts, tell whoever runs the server."
    if status >= 400:
        return "refuses the request", "Check the address and what [feeds.http] says."
    return "gives no file", "Check the address: only an answer with status 200 is taken."


def _wait(text: str | None) -> float | None:
    """Return how many seconds a Retry-After means, None for none that can be read."""
    if text is None:
        return None
    if text.strip().isdecimal():
        return float(text.strip()[:9])
    moment = time_of(text)
    return None if moment is None else max(0.0, moment - datetime.now(UTC).timestamp())


def time_of(text: str | None) -> float | None:
    """Return the time of a header (seconds since 1970), None where there is none that can be read."""
    try:
        found = None if text is None else parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    if found is None:
        return None
    return (found if found.tzinfo is not None else found.replace(tzinfo=UTC)).timestamp()
