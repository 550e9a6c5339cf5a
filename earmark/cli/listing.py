"""``earmark order list`` and ``earmark item list``: filters, pages and tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from earmark.cli.output import Answer, line, table
from earmark.cli.shell import Shell
from earmark.words.ages import short_age, time_text

if TYPE_CHECKING:
    from rich.console import Console

    from engine.results import ItemPage, OrderPage

ProcessOption = Annotated[str | None, typer.Option("--process", metavar="P", help="Items of this process.")]
StateOption = Annotated[str | None, typer.Option("--state", metavar="S", help="Items in this state.")]
StoreOption = Annotated[str | None, typer.Option("--store", metavar="S", help="Of this store.")]
SkuOption = Annotated[
    str | None, typer.Option("--sku", metavar="SKU", help="Items of this concrete product.")
]
LimitOption = Annotated[
    int, typer.Option("--limit", metavar="N", min=1, max=10_000, help="At most N rows.", show_default=True)
]
OfWarehouseOption = Annotated[str | None, typer.Option("--warehouse", metavar="W", help="Of this warehouse.")]
AfterOption = Annotated[
    str | None, typer.Option("--after", metavar="NEXT", help="Go on after what the page before told as next.")
]


def item_list(
    shell: Shell,
    *,
    process: ProcessOption = None,
    state: StateOption = None,
    flags: Annotated[
        list[str] | None, typer.Option("--flag", metavar="F", help="The state has this flag; repeatable.")
    ] = None,
    store: StoreOption = None,
    sku: SkuOption = None,
    older_than: Annotated[
        str | None, typer.Option("--older-than", metavar="AGE", help="Longer in the state than AGE.")
    ] = None,
    younger_than: Annotated[
        str | None, typer.Option("--younger-than", metavar="AGE", help="Shorter in the state than AGE.")
    ] = None,
    limit: LimitOption = 100,
    after: AfterOption = None,
) -> Answer:
    """List items, the one placed first first."""
    from engine.requests import Listing

    wanted = Listing(
        process=process,
        state=state,
        flags=tuple(flags or ()),
        store=store,
        sku=sku,
        older_than=older_than,
        younger_than=younger_than,
        limit=limit,
        after=after,
    )
    with shell.engine() as engine:
        page = engine.items(wanted)
    return Answer(page.as_dict(), lambda out: _show_items(out, page))


def order_list(
    shell: Shell,
    *,
    process: ProcessOption = None,
    state: StateOption = None,
    flags: Annotated[
        list[str] | None, typer.Option("--flag", metavar="F", help="All items have this flag; repeatable.")
    ] = None,
    some_flags: Annotated[
        list[str] | None,
        typer.Option("--some-flag", metavar="F", help="At least one item has this flag; repeatable."),
    ] = None,
    store: StoreOption = None,
    sku: SkuOption = None,
    older_than: Annotated[
        str | None, typer.Option("--older-than", metavar="AGE", help="Placed longer than AGE ago.")
    ] = None,
    younger_than: Annotated[
        str | None, typer.Option("--younger-than", metavar="AGE", help="Placed less than AGE ago.")
    ] = None,
    archived: Annotated[
        bool, typer.Option("--archived", help="Archived orders, by store and age alone.")
    ] = False,
    limit: LimitOption = 100,
    after: AfterOption = None,
) -> Answer:
    """List orders, the newest first; --process, --state and --sku ask for at least one such item."""
    from engine.requests import Listing

    wanted = Listing(
        process=process,
        state=state,
        flags=tuple(flags or ()),
        some_flags=tuple(some_flags or ()),
        store=store,
        sku=sku,
        older_than=older_than,
        younger_than=younger_than,
        limit=limit,
        after=after,
        archived=archived,
    )
    with shell.engine() as engine:
        page = engine.orders(wanted)
    return Answer(page.as_dict(), lambda out: _show_orders(out, page))


def _show_items(out: Console, page: ItemPage) -> None:
    columns = ("#item", "order", "store", "sku", "#quantity", "state", "#since", "flags")
    rows = [
        (
            one.item.id,
            one.order,
            one.store,
            one.item.sku,
            f"{one.item.quantity:f}",
            one.item.state,
            short_age(one.item.age_s),
            ", ".join(one.item.flags) or None,
        )
        for one in page.items
    ]
    table(out, columns, rows, empty="no items")
    show_next(out, page.next)


def _show_orders(out: Console, page: OrderPage) -> None:
    columns = ("order", "store", "process", "!placed (UTC)", "#age", "items", "flags of all")
    rows = [
        (
            one.reference,
            one.store,
            one.process,
            time_text(one.placed_at)[:16],
            short_age(one.age_s),
            ", ".join(f"{number} {state}" for state, number in one.states.items()),
            ", ".join(one.flags) or None,
        )
        for one in page.orders
    ]
    table(out, columns, rows, empty="no orders")
    show_next(out, page.next)


def show_next(out: Console, following: str | None) -> None:
    """Tell how to ask for the page that follows, if there is one."""
    if following is not None:
        line(out, f"there are more: add --after {following}")
