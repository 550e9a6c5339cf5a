"""``earmark cart hold``, ``extend``, ``release``, ``show`` and ``list``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import typer

from earmark.cli.command import command
from earmark.cli.given import name_of, opened
from earmark.cli.groups import Groups, group
from earmark.cli.listing import AfterOption, LimitOption, StoreOption, show_next
from earmark.cli.output import Answer, line, table
from earmark.cli.shell import Shell
from earmark.words.ages import time_text

if TYPE_CHECKING:
    from rich.console import Console

    from engine.results import CartHoldPage, CartHoldView

CartArgument = Annotated[str, typer.Argument(metavar="REF", help="The reference of the hold.")]
ForOption = Annotated[
    str, typer.Option("--for", metavar="AGE", help="For how long from now, such as '15 minutes' or PT15M.")
]


def add_to(app: typer.Typer, groups: Groups) -> None:
    """Add the commands."""
    cart = group(app, groups, "cart")
    command(cart, "hold")(hold)
    command(cart, "extend")(extend)
    command(cart, "release")(release)
    command(cart, "show")(show)
    command(cart, "list")(cart_list)


def hold(
    shell: Shell,
    file: Annotated[str, typer.Argument(metavar="FILE|-", help="The cart's lines as JSON; - is stdin.")],
    hold_for: ForOption,
    store: Annotated[str | None, typer.Option("--store", metavar="S", help="The store that sells.")] = None,
    reference: Annotated[
        str | None,
        typer.Option("--reference", metavar="REF", help="By what the hold is known; else it gets one."),
    ] = None,
) -> Answer:
    """Hold all pieces of a cart for a time, or none: until then they are for the order that names the hold."""
    from earmark.cli.cart_input import read_cart

    with opened(file) as stream:
        cart = read_cart(stream, name_of(file), store=store, reference=reference)
    with shell.changing() as engine:
        view = engine.hold_cart(cart, hold_for=hold_for)
    return _answer(view)


def extend(shell: Shell, reference: CartArgument, hold_for: ForOption) -> Answer:
    """Have a hold last for a time from now, unless it lasts longer anyway."""
    with shell.changing() as engine:
        view = engine.extend_cart_hold(reference, hold_for=hold_for)
    return _answer(view)


def release(shell: Shell, reference: CartArgument) -> Answer:
    """End a hold, so that others can have the pieces."""
    with shell.changing() as engine:
        view = engine.release_cart_hold(reference)
    return _answer(view)


def show(shell: Shell, reference: CartArgument) -> Answer:
    """Show a hold and what has become of it."""
    with shell.engine() as engine:
        view = engine.cart_hold(reference)
    return _answer(view)


def cart_list(
    shell: Shell,
    store: StoreOption = None,
    status: Annotated[
        Literal["held", "expired", "released", "placed"] | None,
        typer.Option("--status", help="Only holds of this status."),
    ] = None,
    limit: LimitOption = 100,
    after: AfterOption = None,
) -> Answer:
    """List holds of carts, the newest first."""
    with shell.engine() as engine:
        page = engine.cart_holds(store=store, status=status, limit=limit, after=after)
    return Answer(page.as_dict(), lambda out: _show_page(out, page))


def _answer(view: CartHoldView) -> Answer:
    return Answer(view.as_dict(), lambda out: _show(out, view))


def _show(out: Console, view: CartHoldView) -> None:
    known = ", as before" if view.existing else ""
    line(out, f"cart {view.reference} of store {view.store}: {_status(view)}{known}", "bold")
    rows = [(item.sku, f"{item.quantity:f}", item.warehouse) for item in view.items]
    table(out, ("sku", "#quantity", "warehouse"), rows, empty="no lines")


def _status(view: CartHoldView) -> str:
    until = f"{time_text(view.until)}Z"
    ended = "" if view.ended_at is None else f" {time_text(view.ended_at)}Z"
    return {
        "held": f"held until {until}",
        "expired": f"the hold was over {until}",
        "released": f"released{ended}",
        "placed": f"placed{ended} as order {view.order}",
    }[view.status]


def _show_page(out: Console, page: CartHoldPage) -> None:
    columns = ("cart", "store", "status", "!until (UTC)", "lines", "order")
    rows = [
        (
            view.reference,
            view.store,
            view.status,
            time_text(view.until),
            ", ".join(f"{item.quantity:f} {item.sku}" for item in view.items),
            view.order,
        )
        for view in page.carts
    ]
    table(out, columns, rows, empty="no holds of carts")
    show_next(out, page.next)
