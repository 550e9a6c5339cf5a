"""``earmark trigger`` and ``earmark run``: moving items."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from earmark.cli.command import command
from earmark.cli.groups import Groups, group
from earmark.cli.output import Answer
from earmark.cli.printing import show_move
from earmark.cli.shell import Shell

if TYPE_CHECKING:
    from engine.requests import Selection
    from engine.results import MoveReport

StoreOption = Annotated[str | None, typer.Option("--store", metavar="S", help="Only items of this store.")]
LimitOption = Annotated[
    int | None, typer.Option("--limit", metavar="N", min=1, help="Examine at most N items.")
]


def add_to(app: typer.Typer, groups: Groups) -> None:
    """Add the commands."""
    command(app, "trigger")(trigger)
    run = group(app, groups, "run")
    command(run, "conditions")(run_conditions)
    command(run, "timeouts")(run_timeouts)


def trigger(
    shell: Shell,
    event: Annotated[str, typer.Argument(metavar="EVENT", help="The event's exact name.")],
    *,
    orders: Annotated[
        list[str] | None, typer.Option("--order", metavar="REF", help="All items of an order.")
    ] = None,
    items: Annotated[list[int] | None, typer.Option("--item", metavar="ID", help="One item.")] = None,
    quantities: Annotated[
        list[str] | None,
        typer.Option(
            "--quantity", metavar="Q", help="So much of the item; one for each --item, in their order."
        ),
    ] = None,
    process: Annotated[
        str | None, typer.Option("--process", metavar="P", help="With --state: items of a process.")
    ] = None,
    state: Annotated[
        str | None, typer.Option("--state", metavar="S", help="With --process: the state.")
    ] = None,
    data: Annotated[
        str | None, typer.Option("--data", metavar="JSON", help="A JSON object for commands and conditions.")
    ] = None,
) -> Answer:
    """Fire an event for items, orders, or everything in a state of a process.

    With --quantity only so much of an item goes: that part becomes an item of its own, and the rest stays.
    """
    selection = selected(tuple(items or ()), tuple(orders or ()), process, state, tuple(quantities or ()))
    given = _data(data)
    with shell.changing() as engine, shell.progress("items") as progress:
        report = engine.trigger(event, selection, data=given, progress=progress)
    return move_answer(report)


def selected(
    items: tuple[int, ...],
    orders: tuple[str, ...],
    process: str | None,
    state: str | None,
    quantities: tuple[str, ...] = (),
) -> Selection:
    """Return the selection of the command line; exactly one way of naming items is needed."""
    from engine.requests import Selection

    ways = [bool(items), bool(orders), process is not None or state is not None]
    if sum(ways) != 1:
        raise typer.BadParameter("name the items by one of: --order REF, --item ID, --process P --state S")
    if (process is None) != (state is None):
        raise typer.BadParameter("--process and --state go together")
    if quantities and len(quantities) != len(items):
        raise typer.BadParameter("each --quantity is of an --item: write one for each, in their order")
    if quantities and len(set(items)) < len(items):
        raise typer.BadParameter("an --item with a --quantity is named once")
    parts = dict(zip(items, quantities, strict=True)) if quantities else {}
    return Selection(
        items=() if parts else items, orders=orders, process=process, state=state, quantities=parts
    )


def _data(text: str | None) -> dict[str, Any] | None:
    from earmark.cli.json_input import decode_json
    from engine.errors import InputError

    if text is None:
        return None
    value = decode_json(text, "--data")
    if not isinstance(value, dict):
        raise InputError(
            "--data is not a JSON object", remedy='Write an object, such as {"reason": "damaged"}.'
        )
    return value


def run_conditions(
    shell: Shell,
    store: StoreOption = None,
    limit: LimitOption = None,
    until_idle: Annotated[
        bool, typer.Option("--until-idle", help="Go on until no item moves any more.")
    ] = False,
) -> Answer:
    """Try the transitions that have no event; one hop per item unless --until-idle."""
    from engine.api.jobs import JobKind

    with shell.changing() as engine, shell.progress("items") as progress:
        report = engine.as_job(
            JobKind.CONDITIONS,
            lambda running: running.run_conditions(
                store=store, limit=limit, until_idle=until_idle, progress=progress
            ),
        )
    return move_answer(report)


def run_timeouts(shell: Shell, store: StoreOption = None, limit: LimitOption = None) -> Answer:
    """Fire every timeout that is due."""
    from engine.api.jobs import JobKind

    with shell.changing() as engine, shell.progress("items") as progress:
        report = engine.as_job(
            JobKind.TIMEOUTS,
            lambda running: running.run_timeouts(store=store, limit=limit, progress=progress),
        )
    return move_answer(report)


def move_answer(report: MoveReport) -> Answer:
    """Return the answer of a command that moves items."""
    return Answer(report.as_dict(), lambda out: show_move(out, report), refused=report.refused)
