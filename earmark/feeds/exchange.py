"""One request to one place: a connection that ends in time, whatever the other side does."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from http.client import HTTPException
from typing import TYPE_CHECKING

from earmark.feeds.addresses import Place
from earmark.feeds.errors import Passing, SourceUnreachable

if TYPE_CHECKING:
    from urllib3 import HTTPResponse
    from urllib3.connection import HTTPConnection


@contextmanager
def exchange(
    place: Place, headers: Mapping[str, str], *, silence_s: float, longest_s: float
) -> Iterator[HTTPResponse]:
    """Send a GET and give the answer, whose body is read in the block as it came: neither unpacked nor followed.

    Nothing may come for ``silence_s`` seconds, and all of it may take ``longest_s``: then the connection is cut.
    Raises Passing for what goes wrong on the way, SourceUnreachable for what does so every time.
    """
    connection = _connection(place, silence_s)
    cut = _Cut(longest_s)
    try:
        with cut.in_time(connection):
            connection.request(
                "GET", place.target, headers=headers, preload_content=False, decode_content=False
            )
            with closing(connection.getresponse()) as answer:
                yield answer
    except _wrong() as error:
        if isinstance(error, AttributeError | ValueError) and not cut.done.is_set():
            raise
        if cut.done.is_set():
            raise Passing(
                f"{place.shown} was not through after {longest_s:g} s",
                remedy="Look why it is so slow, or allow more: [feeds.http] longest_s.",
            ) from None
        raise _told(place, error, silence_s) from None
    finally:
        connection.close()


def _connection(place: Place, silence_s: float) -> HTTPConnection:
    from urllib3.connection import HTTPConnection, HTTPSConnection

    if place.scheme == "http":
        return HTTPConnection(place.host, place.port, timeout=silence_s)
    return HTTPSConnection(
        place.host, place.port, timeout=silence_s, ssl_context=ssl.create_default_context()
    )


class _Cut:
    """Ends a connection after so many seconds: what waits for it, in whatever line, finds it closed."""

    def __init__(self, longest_s: float) -> None:
        self._longest_s = longest_s
        self._over = threading.Event()
        self.done = threading.Event()

    @contextmanager
    def in_time(self, connection: HTTPConnection) -> Iterator[None]:
        """Cut the connection if the block takes too long."""
        timer = threading.Timer(self._longest_s, self._cut, (connection,))
        timer.daemon = True
        timer.start()
        try:
            yield
            self._over.set()
        finally:
            timer.cancel()
        if self.done.is_set():
            raise TimeoutError

    def _cut(self, connection: HTTPConnection) -> None:
        if self._over.is_set():
            return
        self.done.set()
        found = connection.sock
        if found is not None:
            with suppress(OSError):
                # Not that of TLS, which would say goodbye first and wait for an answer.
                socket.socket.shutdown(found, socket.SHUT_RDWR)


def _wrong() -> tuple[type[Exception], ...]:
    from urllib3.exceptions import HTTPError

    # A connection that is cut while TLS is being agreed on is left without what is then looked for.
    return HTTPError, HTTPException, OSError, ValueError, AttributeError


def _told(place: Place, error: Exception, silence_s: float) -> Passing | SourceUnreachable:
    from urllib3.exceptions import NameResolutionError, NewConnectionError, ProtocolError
    from urllib3.exceptions import TimeoutError as TooSlow

    cause = error.__cause__ or error
    if isinstance(error, ssl.SSLCertVerificationError) or isinstance(cause, ssl.SSLCertVerificationError):
        why = getattr(error, "verify_message", "") or getattr(cause, "verify_message", "") or str(cause)
        return SourceUnreachable(
            f"{place.shown}: the certificate of {place.host} is not to be trusted: {why}",
            remedy="Have it renewed. A certificate authority of your own is named by the environment variable "
            "SSL_CERT_FILE.",
        )
    if isinstance(error, NameResolutionError):
        return Passing(f"{place.shown}: the host {place.host} is not known")
    # What cannot be connected to is a kind of what is too slow, to the library.
    if isinstance(error, TooSlow | TimeoutError) and not isinstance(error, NewConnectionError):
        return Passing(
            f"{place.shown} said nothing for {silence_s:g} s",
            remedy="Look whether the server is up, or wait longer: [feeds.http] timeout_s.",
        )
    if isinstance(error, ProtocolError) and error.args:
        cause = error.args[-1] if isinstance(error.args[-1], Exception) else error
    return Passing(f"{place.shown} cannot be had: {_short(cause)}")


def _short(cause: BaseException) -> str:
    text = getattr(cause, "strerror", None) or str(cause) or type(cause).__name__
    return " ".join(str(text).split())[:200]
