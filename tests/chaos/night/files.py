"""How each warehouse writes what it has counted."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from tests.chaos.night.shelves import Count

UNKNOWN = "no-such-sku"
"""A sku that the shop does not have: its row is refused and holds up nothing."""


def north(count: Count, *, odd: bool) -> bytes:
    rows = [f"{sku},North,{pieces}" for sku, pieces in count.pieces.items()]
    rows += [f"{UNKNOWN},North,1"] if odd else []
    return "\r\n".join(["sku,warehouse,quantity", *rows, ""]).encode()


def south(count: Count, *, odd: bool) -> bytes:
    """A German program's file: its own numbers, its own time, its own name for the warehouse."""
    moment = datetime.fromtimestamp(count.at / 1_000_000, UTC).astimezone(ZoneInfo("Europe/Berlin"))
    when = f"{moment:%d.%m.%Y %H:%M:%S}"
    rows = [f'"{sku}";07;{_german(pieces)} Stk;{when}' for sku, pieces in count.pieces.items()]
    rows += [f"Summe;07;{_german(sum(count.pieces.values()))} Stk;{when}"] if odd else []
    return "\n".join(["Artikelnummer;Lager;Bestand;Gezählt am", *rows, ""]).encode("cp1252")


def hub(count: Count, *, odd: bool) -> bytes:
    rows = [f"{sku},{pieces}" for sku, pieces in count.pieces.items()]
    rows += [f"{UNKNOWN},3"] if odd else []
    return "\n".join(["sku,on hand", *rows, ""]).encode()


def west(count: Count, *, odd: bool) -> bytes:
    rows = [f"{sku},{pieces}" for sku, pieces in count.pieces.items()]
    rows += [f"{UNKNOWN},3"] if odd else []
    return "\n".join(["sku,quantity", *rows, ""]).encode()


def _german(pieces: int) -> str:
    return f"{pieces:,}".replace(",", ".") + ",00"


WRITERS: dict[str, tuple[str, Callable[..., bytes]]] = {
    "north": ("North", north),
    "south": ("South", south),
    "hub": ("Hub", hub),
    "west": ("West", west),
}
"""Each feed with its warehouse and how it writes."""
