"""Messages to an address, signed as Standard Webhooks says: one request for each, one after the other."""

from __future__ import annotations

import base64
import binascii
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from engine.api.values import format_time, to_json, to_microseconds
from engine.errors import ConfigurationInvalid, InputError
from engine.hooks import NotTaken, OutboxMessage, PartlyTaken

if TYPE_CHECKING:
    from urllib3 import BaseHTTPResponse

BATCH_S = 20.0
"""After how many seconds no further message of a batch is sent: the rest is for the next one."""

NEVER = frozenset({400, 406, 409, 413, 415, 422})
"""Answers that say of the message, not of the receiver, that it is not taken: it is kept aside."""

_PREFIX = "whsec_"
_SHORTEST, _LONGEST = 24, 64


def signing_keys(text: str, variable: str) -> tuple[bytes, ...]:
    """Return the keys in a secret: ``whsec_`` and Base64, several with a comma between; every one signs.

    Raises ConfigurationInvalid, without the secret.
    """
    keys = []
    for one in filter(None, (part.strip() for part in text.split(","))):
        try:
            key = base64.b64decode(one.removeprefix(_PREFIX), validate=True)
        except (binascii.Error, ValueError):
            key = b""
        if not one.startswith(_PREFIX) or not _SHORTEST <= len(key) <= _LONGEST:
            raise ConfigurationInvalid(
                f"the secret in {variable} is none of a webhook",
                remedy=f"It is {_PREFIX} and {_SHORTEST} to {_LONGEST} random bytes as Base64: "
                f'echo "{_PREFIX}$(openssl rand -base64 32)".',
            )
        keys.append(key)
    if not keys:
        raise ConfigurationInvalid(f"the secret in {variable} is empty")
    return tuple(keys)


class WebhookSink:
    """Sends every message to an address; an answer of 2xx within the time says that it was taken.

    The order is that of the messages, so also within each product: the next one is sent when the one before it was
    taken. Raises InputError where ``standardwebhooks`` is missing, NotTaken and PartlyTaken.
    """

    def __init__(
        self,
        url: str,
        keys: Sequence[bytes],
        *,
        timeout_s: float = 10.0,
        clock: Callable[[], float] = time.time,
    ) -> None:
        import urllib3

        self._url = url
        parts = urlsplit(url)
        # The path and the query may have a secret in them.
        self.shown = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
        self._signers = _signers(keys)
        self._clock = clock
        self._pool = urllib3.PoolManager(num_pools=1, retries=False, timeout=urllib3.Timeout(total=timeout_s))

    def publish(self, messages: Sequence[OutboxMessage]) -> int:
        """Send the messages; return how many there was time for."""
        end = time.monotonic() + BATCH_S
        for taken, message in enumerate(messages):
            if taken and time.monotonic() >= end:
                return taken
            self._send(message, taken)
        return len(messages)

    def _send(self, message: OutboxMessage, taken: int) -> None:
        from urllib3.exceptions import HTTPError

        try:
            answer = self._post(message)
        except (HTTPError, OSError) as error:
            raise PartlyTaken(f"{self.shown}: {_short(error, self._url)}", taken=taken) from None
        if 200 <= answer.status < 300:
            return
        told = f"{self.shown} answered {answer.status}"
        if answer.status in NEVER:
            raise NotTaken(told, taken=taken)
        raise PartlyTaken(told, taken=taken)

    def _post(self, message: OutboxMessage) -> BaseHTTPResponse:
        body = to_json(
            {
                "type": message.kind,
                "timestamp": format_time(to_microseconds(message.at)),
                "data": message.payload,
            }
        )
        now = datetime.fromtimestamp(int(self._clock()), UTC)
        signatures = [signer.sign(message.key, now, body) for signer in self._signers]
        headers = {
            "content-type": "application/json",
            "user-agent": "earmark",
            "webhook-id": message.key,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": " ".join(signatures),
        }
        answer = self._pool.request(
            "POST", self._url, body=body.encode(), headers=headers, redirect=False, preload_content=False
        )
        # What an answer says besides its status is of no use; without reading it the connection cannot be used
        # again.
        answer.read(65_536)
        answer.release_conn()
        return answer

    def close(self) -> None:
        """Close the connections."""
        self._pool.clear()


def _signers(keys: Sequence[bytes]) -> list[Any]:
    try:
        from standardwebhooks.webhooks import Webhook
    except ImportError:
        raise InputError(
            "webhooks need standardwebhooks, which is not installed",
            remedy="Install Earmark with it: pip install 'earmark[webhooks]'.",
        ) from None
    return [Webhook(key) for key in keys]


def _short(error: Exception, url: str) -> str:
    cause = error.__cause__ or error
    text = " ".join(str(getattr(cause, "strerror", None) or cause or type(cause).__name__).split())
    parts = urlsplit(url)
    for secret in filter(None, (url, parts.query, parts.path.strip("/"))):
        text = text.replace(secret, "...")
    return text[:200]
