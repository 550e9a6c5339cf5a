"""Opening a way by its address: ``spool:DIR``, or the URL of a broker with the name of a queue."""

from __future__ import annotations

from pathlib import Path

from engine.errors import InputError
from engine.exchange.spool import Spool
from engine.exchange.transport import Transport
from engine.redact import redact

_SPOOL = "spool:"
_BROKERS = ("amqp", "amqps", "redis", "rediss", "memory")


def open_way(address: str) -> Transport:
    """Return the way. Raises InputError for what is no address of one."""
    if address.startswith(_SPOOL):
        folder = address.removeprefix(_SPOOL)
        if folder:
            return Spool(Path(folder))
    elif address.partition("://")[0] in _BROKERS:
        from engine.exchange.broker import open_broker

        return open_broker(address)
    raise InputError(
        f"{redact(address)!r} is no way to another database",
        remedy="Write spool:FOLDER, amqp://HOST/VHOST?queue=NAME or redis://HOST/DB?queue=NAME.",
    )
