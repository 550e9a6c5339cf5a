"""The shop of a night: stores, products and rules, and the settings in which its feeds are described."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from earmark.settings import Settings, load_settings
from engine.inventory.stock import imports
from tests.chaos.night.clock import SharedClock
from tests.helpers.shop import Shop

SKUS = ("lamp-1", "lamp-2", "Tür-1", "chair-1", "chair-2", "mug-1")
HOUSES = ("North", "South", "Hub", "West")
STORES = {"DE": ("North", "South", "Hub"), "US": ("West",)}
FIRST = 20
"""How many pieces of everything lie in each warehouse at first."""

TOPOLOGY: dict[str, Any] = {
    "warehouses": [{"name": name} for name in HOUSES],
    "stores": [{"name": name, "warehouses": [*houses]} for name, houses in STORES.items()],
    "products": [{"sku": f"the {sku}", "concretes": [{"sku": sku}]} for sku in SKUS],
}
SALE = """
    states new* shipped* released
    new -> shipped : ship
    shipped -> released : stock-update
    event stock-update
"""
SETTINGS = """
[[feeds]]
name = "north"
source = "north/*.csv*"
kind = "on_hand"
sku = {{ column = "sku" }}
warehouse = {{ column = "warehouse" }}
quantity = {{ column = "quantity" }}

[[feeds]]
name = "south"
source = "south"
encoding = "cp1252"
delimiter = ";"
decimal = ","
thousands = "."
kind = "on_hand"
sku = {{ column = "Artikelnummer" }}
warehouse = {{ column = "Lager", codes = {{ "07" = "South" }} }}
quantity = {{ column = "Bestand", unit = ["Stk"] }}
counted_at = {{ column = "Gezählt am", format = "%d.%m.%Y %H:%M:%S", timezone = "Europe/Berlin" }}

[[feeds]]
name = "hub"
source = "http://127.0.0.1:{port}/stock.csv"
kind = "on_hand"
sku = {{ column = "sku" }}
warehouse = {{ constant = "Hub" }}
quantity = {{ column = "on hand" }}
[feeds.http]
tries = 1
timeout_s = 5

[[feeds]]
name = "west"
source = "west"
kind = "on_hand"
sku = {{ column = "sku" }}
warehouse = {{ constant = "West" }}
quantity = {{ column = "quantity" }}
whole = true
guards = {{ grown = 1000 }}

[[feeds]]
name = "receipts"
source = "receipts"
kind = "delta"
sku = {{ column = "sku" }}
warehouse = {{ constant = "West" }}
quantity = {{ column = "received" }}
delivery = {{ column = "batch" }}
"""
FEEDS = ("north", "south", "hub", "west", "receipts")
"""In the order of their jobs: West is counted whole, and tells with another feed what it has received since."""
_JOB = """
[[jobs]]
name = "{name}"
kind = "stock-update"
interval = 60
settle_s = 0
feed = "{name}"
"""


def open_shop(folder: Path, url: str) -> Shop:
    """The shop, for a process of the night. Its parts are small: there is something between to be killed in."""
    imports.CHUNK = 2
    rules = {"stock_update": {"require": "all"}, "execution": {"lease_s": 2.0, "lock_wait_s": 5.0}}
    return Shop(folder, url=url, clock=SharedClock(folder), **rules)


def write_settings(folder: Path, port: int) -> None:
    """Describe the feeds and their jobs."""
    text = SETTINGS.format(port=port) + "".join(_JOB.format(name=name) for name in FEEDS)
    (folder / "earmark.toml").write_text(text, encoding="utf-8")
    for name in ("north", "south", "west", "receipts"):
        (folder / name).mkdir()


def settings(folder: Path) -> Settings:
    """What ``earmark.toml`` of the night says."""
    return load_settings(environment={}, folder=folder)
