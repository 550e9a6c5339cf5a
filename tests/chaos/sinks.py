"""What processes do in the tests of sinks: sell, and publish, until they are killed."""

from __future__ import annotations

import itertools
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from earmark.sinks.jsonl import JsonLinesSink
from earmark.sinks.webhook import WebhookSink
from engine.errors import EarmarkError
from engine.hooks import NamedSink
from tests.helpers.shop import Shop

SALE = "states new paid* gone\nnew -> paid : pay\nnew -> gone : drop\npaid -> gone : drop"
KEY = b"0123456789abcdef0123456789abcdef"
WEB = "web"
LEASE_S = 2.0
"""How long nobody else publishes after somebody was killed."""


def prepare(folder: Path, url: str | None) -> Shop:
    """A shop that tells every change of an amount."""
    shop = Shop(folder, url=url, clock=_now, publish={"on": "amount"})
    if not shop.query("SELECT id FROM store"):
        shop.stocked(tea_1=1000, tea_2=1000, mug_1=1000)
        shop.deploy(SALE)
    return shop


def _now() -> int:
    return time.time_ns() // 1000


def sinks_at(folder: Path, address: str) -> list[NamedSink]:
    """A file and an address."""
    options: dict[str, Any] = {"lease_s": LEASE_S, "retry_s": 0.1, "retry_most_s": 0.2, "batch": 5}
    return [
        NamedSink("file", JsonLinesSink(folder / "events.jsonl"), **options),
        NamedSink(WEB, WebhookSink(address, [KEY], timeout_s=1.0), **options),
    ]


def sell(folder: Path, url: str | None, stop: Any) -> None:
    """Sell and cancel until told to stop."""
    shop = prepare(folder, url)
    stamp = time.time_ns()
    for number in itertools.count():
        if stop.is_set():
            break
        sku = ("tea-1", "tea-2", "mug-1")[number % 3]
        with suppress(EarmarkError):
            items = shop.place(sku, store=("DE", "AT")[number % 2], reference=f"{stamp}-{number}")
            if number % 3 == 0:
                shop.trigger("drop", *items)
        time.sleep(0.02)
    shop.close()


def publish(folder: Path, url: str | None, address: str, stop: Any) -> None:
    """Hand messages over until told to stop."""
    shop = prepare(folder, url)
    sinks = sinks_at(folder, address)
    while not stop.is_set():
        with suppress(EarmarkError):
            shop.engine.publish_to(sinks)
        time.sleep(0.02)
    shop.close()
