"""Shops for random days. Days are many, so the stores and their stock are stored once and copied."""

from __future__ import annotations

import shutil
from functools import cache
from pathlib import Path
from typing import Any

from tests.helpers.memory import lasting_folder, new_folder
from tests.helpers.shop import Shop


def new_shop(*stock: str, **rules: Any) -> Shop:
    """A shop with three stores and that stock, in a new folder. Whoever asks for it ends it."""
    folder = new_folder()
    shutil.copy(_stocked_file(*stock), folder / "earmark.db")
    return Shop(folder, **rules)


def end(shop: Shop) -> None:
    """Close the shop and remove its folder."""
    shop.close()
    shutil.rmtree(shop.folder)


@cache
def _stocked_file(*stock: str) -> Path:
    shop = Shop(lasting_folder()).stocked()
    shop.restock(*stock)
    shop.close()
    return shop.file
