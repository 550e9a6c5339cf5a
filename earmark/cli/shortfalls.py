"""``earmark shortfalls``: what more is promised of than there is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from earmark.cli.command import command
from earmark.cli.groups import Groups
from earmark.cli.output import Answer, table
from earmark.cli.shell import Shell
from earmark.words.text import count

if TYPE_CHECKING:
    from engine.results import Shortfall


def add_to(app: typer.Typer, groups: Groups) -> None:
    """Add the command."""
    del groups
    command(app, "shortfalls")(shortfalls)


def shortfalls(
    shell: Shell,
    orders: Annotated[
        int, typer.Option("--orders", metavar="N", min=1, help="Name the newest N orders behind each.")
    ] = 20,
) -> Answer:
    """List what more is promised of than there is stock, by store and sku, with the orders behind it."""
    with shell.engine() as engine:
        found = engine.shortfalls(orders=orders)
    columns = ("store", "sku", "#stock", "#reserved", "#held", "#short", "newest orders")
    rows = [
        (s.store, s.sku, f"{s.stock:f}", f"{s.reserved:f}", f"{s.held:f}", f"{s.shortfall:f}", _orders(s))
        for s in found
    ]
    return Answer(
        [one.as_dict() for one in found], lambda out: table(out, columns, rows, empty="nothing is short")
    )


def _orders(found: Shortfall) -> str:
    named = ", ".join(order.reference for order in found.orders)
    more = found.order_count - len(found.orders)
    orders = f"{named} and {more} more" if more > 0 else named
    carts = count(found.cart_count, "cart") if found.cart_count else ""
    return "; ".join(filter(None, (orders, carts)))
