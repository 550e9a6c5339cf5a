"""``earmark retry`` and ``earmark force``: going on with items that stand still."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from earmark.cli.command import command
from earmark.cli.groups import Groups
from earmark.cli.moving import move_answer, selected
from earmark.cli.output import Answer, line, table
from earmark.cli.printing import show_refusals
from earmark.cli.shell import Shell
from earmark.words.text import count

if TYPE_CHECKING:
    from rich.console import Console

    from engine.requests import Selection
    from engine.results import ForcePreview

OrdersOption = Annotated[
    list[str] | None, typer.Option("--order", metavar="REF", help="All items of an order.")
]
ItemsOption = Annotated[list[int] | None, typer.Option("--item", metavar="ID", help="One item.")]


def add_to(app: typer.Typer, groups: Groups) -> None:
    """Add the commands."""
    del groups
    command(app, "retry")(retry)
    command(app, "force")(force)


def retry(
    shell: Shell,
    *,
    orders: OrdersOption = None,
    items: ItemsOption = None,
    everything: Annotated[bool, typer.Option("--all", help="Whatever has failed.")] = False,
    process: Annotated[
        str | None, typer.Option("--process", metavar="P", help="With --all: items of this process.")
    ] = None,
    event: Annotated[
        str | None, typer.Option("--event", metavar="E", help="Only steps and timeouts of this event.")
    ] = None,
) -> Answer:
    """Try again at once what failed, stuck or not; attempts count from the start."""
    selection = _to_retry(tuple(items or ()), tuple(orders or ()), process, everything=everything)
    with shell.changing() as engine, shell.progress("items") as progress:
        report = engine.retry(selection, event=event, progress=progress)
    return move_answer(report)


def _to_retry(
    items: tuple[int, ...], orders: tuple[str, ...], process: str | None, *, everything: bool
) -> Selection | None:
    from engine.requests import Selection

    if sum((bool(items), bool(orders), everything)) != 1:
        raise typer.BadParameter("name the items by one of: --order REF, --item ID, --all")
    if not everything:
        if process is not None:
            raise typer.BadParameter("--process goes with --all")
        return Selection(items=items, orders=orders)
    return None if process is None else Selection(process=process)


def force(
    shell: Shell,
    state: Annotated[str, typer.Argument(metavar="STATE", help="The state's exact name.")],
    *,
    reason: Annotated[
        str, typer.Option("--reason", metavar="TEXT", help="Why; written to the items' history.")
    ],
    orders: OrdersOption = None,
    items: ItemsOption = None,
    process: Annotated[
        str | None, typer.Option("--process", metavar="P", help="With --state: items of a process.")
    ] = None,
    present: Annotated[
        str | None, typer.Option("--state", metavar="S", help="With --process: the state they are in.")
    ] = None,
    although_suspended: Annotated[
        bool, typer.Option("--although-suspended", help="Also suspended items; they stay suspended.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Tell what would be done.")] = False,
) -> Answer:
    """Put items into a state whatever the transitions say; reservations follow."""
    if not reason.strip():
        raise typer.BadParameter("say why: --reason is empty")
    selection = selected(tuple(items or ()), tuple(orders or ()), process, present)
    if dry_run:
        with shell.engine() as engine:
            found = engine.force_preview(state, selection, although_suspended=although_suspended)
        return Answer(found.as_dict(), lambda out: _show_preview(out, found), refused=bool(found.blocked))
    with shell.changing() as engine, shell.progress("items") as progress:
        report = engine.force(
            state, selection, reason=reason, although_suspended=although_suspended, progress=progress
        )
    return move_answer(report)


def _show_preview(out: Console, found: ForcePreview) -> None:
    show_refusals(out, "blocked", found.blocked)
    for source in found.sources:
        moved = count(source.items, "item")
        line(out, f"{moved} of {source.process} from {source.state!r} to {found.state!r}")
    for claim in found.claims:
        until = f"{claim.expires_at:%Y-%m-%d %H:%M:%S}"
        line(
            out,
            f"item {claim.item}: the claim of {claim.holder} for {claim.event!r} until {until} is broken",
            "yellow",
        )
    if found.reservation:
        rows = [(c.store, c.sku, f"{c.reserved:+f}", f"{c.held:+f}") for c in found.reservation]
        table(out, ("store", "sku", "#reserved", "#held"), rows, empty="")
    line(out, f"{count(found.items, 'item')} would be forced; nothing was done")
