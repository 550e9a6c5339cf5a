"""Conditions whose answer is known beforehand, so that the engine loads no item to ask them."""

from __future__ import annotations

from engine.hooks import CallContext, Item
from plugins import condition


@condition("Earmark/Always", constant=True)
def always(_item: Item, _context: CallContext) -> bool:
    """Hold for every item."""
    return True


@condition("Earmark/Never", constant=False)
def never(_item: Item, _context: CallContext) -> bool:
    """Hold for no item."""
    return False
