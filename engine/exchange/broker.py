"""Queues of RabbitMQ and Redis (and of this process, for trying out), by kombu.

A message counts as sent when RabbitMQ has confirmed it and has a queue for it, or when Redis has taken it. It is
acknowledged when what it says is committed; until then the broker gives it to somebody again. Order is not kept
by any of them once a message comes back, so nothing relies on it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlsplit

from engine.errors import InputError
from engine.exchange.failure import TransportFailed
from engine.redact import redact

PREFETCH = 10
"""How many messages a reader has at once; the others are left for other readers."""

VISIBLE_AGAIN_S = 300
"""After how long Redis gives a message to somebody else that its reader has not acknowledged, in seconds."""

_TIMEOUT_S = 15.0
_SHORTEST_WAIT_S = 0.5
_REMEDY = "Start the broker, or mend its address. Nothing is lost: what was not confirmed is sent again."


class Address(NamedTuple):
    """Where a queue is: the URL that kombu is given, the name of the queue, and how people may see both."""

    url: str
    queue: str
    shown: str


def parse_address(address: str) -> Address:
    """Return the parts of ``amqp://USER:PASSWORD@HOST/VHOST?queue=NAME``. Raises InputError."""
    try:
        parts = urlsplit(address)
        port = parts.port  # a ValueError for what is no number
    except ValueError:
        raise _no_address(address, "cannot be understood") from None
    del port
    options = parse_qs(parts.query, keep_blank_values=True)
    queues = options.pop("queue", [])
    if len(queues) != 1 or not queues[0]:
        raise _no_address(address, "does not name one queue")
    if options or parts.fragment:
        raise _no_address(address, "asks for more than a queue")
    host = parts.netloc.rpartition("@")[2]
    # The whole part with user and password is left out: a password may have any character in it.
    shown = f"{parts.scheme}://{host}{parts.path}?queue={queues[0]}"
    return Address(f"{parts.scheme}://{parts.netloc}{parts.path}", queues[0], shown)


def _no_address(address: str, wrong: str) -> InputError:
    return InputError(
        f"{redact(address)!r} {wrong}",
        remedy="Write amqp://HOST/VHOST?queue=NAME or redis://HOST/DB?queue=NAME.",
    )


def open_broker(address: str) -> Broker:
    """Return the queue at the address; nothing is connected yet. Raises InputError, also where kombu is missing."""
    parsed = parse_address(address)
    try:
        import kombu
    except ImportError:
        raise InputError(
            "queues of brokers need kombu, which is not installed",
            remedy="Install Earmark with it: pip install 'earmark[exchange]'.",
        ) from None
    return Broker(parsed, kombu)


class BrokerMessage(NamedTuple):
    """A message of a queue."""

    body: bytes
    broker: Broker
    message: Any

    def done(self) -> None:
        """Acknowledge it, so that it is gone from the queue."""
        with self.broker.working():
            self.message.ack()


class Broker:
    """A queue; the connection is made at the first use, and anew after it was lost."""

    def __init__(self, address: Address, kombu: Any) -> None:
        self._address = address
        self._kombu = kombu
        self._connection: Any = None
        self._producer: Any = None
        self._consumer: Any = None
        self._received: deque[BrokerMessage] = deque()
        self._returned: list[str] = []

    @property
    def name(self) -> str:
        """The way as people see it: without user and password."""
        return self._address.shown

    # --- sending ---

    def send(self, body: bytes) -> None:
        """Publish the message and wait until the broker has confirmed it. Raises TransportFailed."""
        with self.working():
            producer = self._producer or self._open_producer()
            self._returned.clear()
            producer.publish(
                body,
                routing_key=self._address.queue,
                delivery_mode=2,
                mandatory=True,
                content_type="application/json",
                content_encoding="utf-8",
                timeout=_TIMEOUT_S,
                confirm_timeout=_TIMEOUT_S,
            )
            if self._returned:
                raise TransportFailed(f"{self.name}: {self._returned[0]}", remedy=_REMEDY)

    def _open_producer(self) -> Any:
        channel = self._declared()
        # Only AMQP tells of a queue that is gone; the others make one when something is put into it.
        returns = {"on_return": self._on_return} if self._amqp else {}
        self._producer = self._kombu.Producer(channel, **returns)
        return self._producer

    def _on_return(self, error: Any, *_what: Any) -> None:
        self._returned.append(f"the broker has no such queue any more ({redact(str(error))[:200]})")

    # --- receiving ---

    def receive(self, wait_s: float = 0.0) -> BrokerMessage | None:
        """Return the next message, waiting for one as long as told; None when there is none. Raises
        TransportFailed.
        """
        if not self._received:
            with self.working():
                if self._consumer is None:
                    self._open_consumer()
                with suppress(TimeoutError):  # that of sockets, too
                    self._connection.drain_events(timeout=max(wait_s, _SHORTEST_WAIT_S))
        return self._received.popleft() if self._received else None

    def _open_consumer(self) -> None:
        channel = self._declared()
        queue = self._kombu.Queue(self._address.queue, durable=True, channel=channel)
        self._consumer = self._kombu.Consumer(
            channel, [queue], on_message=self._take, on_decode_error=self._take, prefetch_count=PREFETCH,
            auto_declare=False,
        )  # fmt: skip
        self._consumer.consume()

    def _take(self, message: Any, _error: object = None) -> None:
        body = message.body
        self._received.append(
            BrokerMessage(body.encode() if isinstance(body, str) else bytes(body), self, message)
        )

    # --- the connection ---

    def _declared(self) -> Any:
        """Return a channel on which the queue is there: as it is, else made to outlast a restart of the broker."""
        if self._connection is None:
            self._connection = self._kombu.Connection(
                self._address.url,
                connect_timeout=_TIMEOUT_S,
                transport_options=self._options(),
            )
            self._connection.ensure_connection(max_retries=1, interval_start=0, timeout=_TIMEOUT_S)
        queue = self._kombu.Queue(self._address.queue, durable=True)
        try:
            channel = self._connection.channel()
            queue(channel).queue_declare(passive=True)
        except self._connection.channel_errors:  # there is none; the channel is closed by the question
            channel = self._connection.channel()
            queue(channel).declare()
        return channel

    def _options(self) -> dict[str, Any]:
        return {"confirm_publish": True} if self._amqp else {"visibility_timeout": VISIBLE_AGAIN_S}

    @property
    def _amqp(self) -> bool:
        return self._address.url.startswith("amqp")

    @contextmanager
    def working(self) -> Iterator[None]:
        """Turn what goes wrong with the broker into TransportFailed, and forget the connection then."""
        try:
            yield
        except TransportFailed:
            self.close()
            raise
        except self._errors() as error:
            self.close()
            told = redact(str(error)) or type(error).__name__
            raise TransportFailed(f"{self.name}: {told[:300]}", remedy=_REMEDY) from None

    def _errors(self) -> tuple[type[Exception], ...]:
        known: tuple[type[Exception], ...] = (OSError, self._kombu.exceptions.KombuError)
        known += (self._kombu.exceptions.OperationalError, self._kombu.exceptions.MessageStateError)
        if self._connection is not None:
            known += tuple(self._connection.connection_errors) + tuple(self._connection.channel_errors)
        return known

    def close(self) -> None:
        """Close the connection; what was received and is not acknowledged comes back to the queue."""
        connection, self._connection, self._producer, self._consumer = self._connection, None, None, None
        self._received.clear()
        if connection is not None:
            with suppress(Exception):  # whatever it is: the connection is given up
                connection.release()
