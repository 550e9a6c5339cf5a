"""What processes do in the tests of the exchange between databases: sell, and talk, until they are killed."""

from __future__ import annotations

import itertools
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from engine.errors import EarmarkError, NotAvailable
from tests.helpers.exchange import SALE, one_warehouse
from tests.helpers.shop import Shop

SKUS = ("tea-1", "tea-2", "mug-1")
STOCK = 100_000


def prepare(folder: Path, url: str | None, own: str, other: str) -> Shop:
    """A shop with one warehouse that it shares with a store of another database; messages are told again soon."""
    shop = Shop(folder, url=url, clock=_now, exchange={"resend_after_s": 2.0, "compare_every_s": 2.0})
    if not shop.query("SELECT id FROM store"):
        shop.stocked(one_warehouse(own, other), tea_1=STOCK, tea_2=STOCK, mug_1=STOCK)
        shop.deploy(SALE)
    return shop


def _now() -> int:
    return time.time_ns() // 1000


def sell(folder: Path, url: str | None, own: str, other: str, stop: Any) -> None:
    """Sell and cancel until told to stop."""
    shop = prepare(folder, url, own, other)
    stamp = time.time_ns()
    for number in itertools.count():
        if stop.is_set():
            break
        with suppress(NotAvailable):
            items = shop.place(SKUS[number % 3], store=own, reference=f"{own}-{stamp}-{number}")
            if number % 4 == 0:
                shop.trigger("drop", *items)
    shop.close()


def speak(folder: Path, url: str | None, own: str, other: str, ways: tuple[str, str], stop: Any) -> None:
    """Export and import until told to stop, whatever the broker does."""
    shop = prepare(folder, url, own, other)
    to, source = ways
    while not stop.is_set():
        for act in (shop.engine.exchange_export, shop.engine.exchange_import):
            with suppress(EarmarkError):
                act(to if act == shop.engine.exchange_export else source)
        time.sleep(0.05)
    shop.close()
