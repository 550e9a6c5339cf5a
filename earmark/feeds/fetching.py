"""Fetching the file of a feed from its address: what is new, from where it was told, and never without end."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urljoin

from earmark.feeds.addresses import Place, filled, is_address, place_of, variable
from earmark.feeds.answers import LONGEST_WAIT_S, refused_status, time_of
from earmark.feeds.download import Downloaded, download
from earmark.feeds.errors import Passing, SourceUnreachable
from earmark.feeds.exchange import exchange
from earmark.feeds.unpacking import own_folder
from earmark.words.text import count
from engine.api.values import SECOND
from engine.errors import ConfigurationInvalid
from engine.feeds import Fetched

if TYPE_CHECKING:
    from earmark.feeds.model import Feed

MOST_REDIRECTS = 5
"""So often at most an address may send us on."""

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_FIRST_WAIT_S = 1.0
_SKEW_S = 60

Pause = Callable[[float], bool]
"""Waits so many seconds; answers True when it is to be given up."""


@dataclass(frozen=True, slots=True)
class Environment:
    """What fetching takes from around it: the variables, the time (UTC microseconds), and how to wait."""

    variables: Mapping[str, str]
    now: Callable[[], int]
    pause: Pause


def environment_of_process(stop: Callable[[], bool]) -> Environment:
    """Return what there is around this process; waiting ends when ``stop`` answers True."""

    def pause(seconds: float) -> bool:
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            if stop():
                return True
            time.sleep(min(0.2, left))
        return stop()

    return Environment(os.environ, lambda: time.time_ns() // 1000, pause)


@contextmanager
def fetched(feed: Feed, known: Mapping[str, str], around: Environment) -> Iterator[Fetched | None]:
    """Ask the feed's address and give the file that it answers with, for as long as the block lasts.

    ``known`` is what the last file said of itself (``Fetched.known``): None is given when there is nothing newer.
    What may pass is tried again, as often as the feed says, with growing pauses. Raises ConfigurationInvalid,
    SourceUnreachable, or FileUnreadable for an answer that is not taken.
    """
    source = feed.source or ""
    if not is_address(source):
        raise ConfigurationInvalid(f"the feed {feed.name!r} has no address: its source is {source!r}")
    request = _Request(feed, known, around)
    with own_folder() as folder:
        yield request.patiently(folder)


class _Request:
    def __init__(self, feed: Feed, known: Mapping[str, str], around: Environment) -> None:
        self._http, self._around = feed.http, around
        what = f"the feed {feed.name!r}"
        try:
            self._first = place_of(filled(feed.source or "", around.variables, what))
        except ValueError as error:
            raise ConfigurationInvalid(f"{what}: {error}") from None
        self._hosts = {self._first.host, *(host.lower() for host in self._http.hosts)}
        self._secret = self._secrets(what)
        self._common = {"User-Agent": "earmark", "Accept": "*/*", "Accept-Encoding": "gzip"}
        if "etag" in known:
            self._common["If-None-Match"] = known["etag"]
        if "last_modified" in known:
            self._common["If-Modified-Since"] = known["last_modified"]
        self._conditional = bool(known)

    def _secrets(self, what: str) -> dict[str, str]:
        """Return the headers that are sent to nobody but the feed's own host."""
        from urllib3.util import make_headers

        http, variables = self._http, self._around.variables
        found = {name: filled(text, variables, what) for name, text in http.headers.items()}
        if http.token_env is not None:
            found["Authorization"] = f"Bearer {variable(http.token_env, variables, what)}"
        if http.user is not None and http.password_env is not None:
            password = variable(http.password_env, variables, what)
            basic = f"{http.user}:{password}".encode().decode("latin-1")
            found |= {"Authorization": make_headers(basic_auth=basic)["authorization"]}
        return found

    def patiently(self, folder: Path) -> Fetched | None:
        """Ask until it is answered, at most as often as the feed says."""
        wait_s = _FIRST_WAIT_S
        for tried in range(1, self._http.tries + 1):
            try:
                return self._once(folder)
            except Passing as problem:
                asked_for = problem.wait_s or 0.0
                if tried == self._http.tries or asked_for > LONGEST_WAIT_S:
                    times = "" if tried == 1 else f" (asked {count(tried, 'time')})"
                    raise problem.lasting(times) from None
                if self._around.pause(max(wait_s, asked_for)):
                    raise problem.lasting("; stopped before it was asked again") from None
                wait_s *= 2
        raise AssertionError("the last try returns or raises")

    def _once(self, folder: Path) -> Fetched | None:
        place = self._first
        for _ in range(MOST_REDIRECTS + 1):
            began = self._around.now()
            headers = self._common | (self._secret if place.origin == self._first.origin else {})
            http = self._http
            with exchange(place, headers, silence_s=http.timeout_s, longest_s=http.longest_s) as answer:
                if answer.status in _REDIRECTS:
                    place = self._next(place, answer.headers.get("Location"))
                    continue
                if answer.status == 304 and self._conditional:
                    return None
                if answer.status != 200:
                    raise refused_status(place, answer)
                found = download(place, answer, folder, http.largest, self._around.pause)
            return self._found(found, began)
        raise SourceUnreachable(
            f"{self._first.shown} sends us on more than {count(MOST_REDIRECTS, 'time')}, the last time "
            f"to {place.shown}",
            remedy="Give the address at which it ends, if it has one.",
        )

    def _next(self, place: Place, location: str | None) -> Place:
        try:
            # A header comes as Latin-1 whatever it is.
            text = (location or "").encode("latin-1", "replace").decode("utf-8", "replace")
            found = place_of(urljoin(f"{place.scheme}://{place.host_text}:{place.port}{place.target}", text))
        except ValueError:
            raise SourceUnreachable(f"{place.shown} sends us on to what is no address") from None
        if found.host not in self._hosts:
            raise SourceUnreachable(
                f"{place.shown} sends us on from the host {place.host} to {found.host}, which the feed does not "
                "name",
                remedy=f'If that is right, allow it: [feeds.http] hosts = ["{found.host}"].',
            )
        if place.scheme == "https" and found.scheme == "http":
            raise SourceUnreachable(
                f"{place.shown} sends us on to {found.shown}, where anybody on the way could read and change it",
                remedy="Ask for an address with https, or give this one as the source.",
            )
        return found

    def _found(self, found: Downloaded, began: int) -> Fetched:
        written = self._written(found, began)
        if written is not None:
            os.utime(found.path, ns=(written * 1000, written * 1000))
        headers = {"etag": found.etag, "last_modified": found.last_modified}
        folder = self._first.target.partition("?")[0].rpartition("/")[0]
        return Fetched(
            path=found.path,
            name=f"{self._first.host_text}{folder}/{found.path.name}",
            written_at=written,
            known={name: text for name, text in headers.items() if text},
        )

    def _written(self, found: Downloaded, began: int) -> int | None:
        """Return the time of the file: what the server says, less what its clock is ahead of ours."""
        if self._http.live:
            return began
        modified, asked = time_of(found.last_modified), time_of(found.date)
        if modified is None:
            return None
        ahead = 0.0 if asked is None else asked - began / SECOND
        # In whole minutes, so that the same file has the same time when it is asked for again.
        skew = -(-ahead // _SKEW_S) * _SKEW_S if ahead > _SKEW_S else 0.0
        return round((modified - skew) * SECOND)
