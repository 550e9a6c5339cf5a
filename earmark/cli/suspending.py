"""``earmark suspend``, ``resume`` and ``suspensions``: letting things stand still for a while."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from earmark.cli.command import command
from earmark.cli.groups import Groups
from earmark.cli.output import Answer, line, table
from earmark.cli.shell import Shell
from earmark.words.ages import time_text
from earmark.words.text import count

if TYPE_CHECKING:
    from rich.console import Console

    from engine.results import ResumeReport, SuspendReport, SuspensionSize

ItemsOption = Annotated[list[int] | None, typer.Option("--item", metavar="ID", help="One item; repeatable.")]
OrdersOption = Annotated[
    list[str] | None, typer.Option("--order", metavar="REF", help="All items of an order; repeatable.")
]
ProcessOption = Annotated[
    str | None, typer.Option("--process", metavar="NAME", help="A process with all its items.")
]
StateOption = Annotated[
    str | None, typer.Option("--state", metavar="S", help="With --process: only this state of it.")
]
VersionOption = Annotated[
    str | None,
    typer.Option("--version", metavar="V", help="With --process: only this version of it (its beginning)."),
]
StoreOption = Annotated[str | None, typer.Option("--store", metavar="S", help="A store with all its items.")]


class Timeouts(StrEnum):
    """What becomes of the timeouts of what is resumed."""

    MOVE = "move"
    FIRE = "fire"


def add_to(app: typer.Typer, groups: Groups) -> None:
    """Add the commands."""
    del groups
    command(app, "suspend")(suspend)
    command(app, "resume")(resume)
    command(app, "suspensions")(suspensions)


def suspend(
    shell: Shell,
    *,
    reason: Annotated[
        str, typer.Option("--reason", metavar="TEXT", help="Why; told to everybody who is refused.")
    ],
    items: ItemsOption = None,
    orders: OrdersOption = None,
    process: ProcessOption = None,
    state: StateOption = None,
    version: VersionOption = None,
    store: StoreOption = None,
) -> Answer:
    """Let items, orders, a process, a state or version of it, or a store stand still until they are resumed."""
    asked = _asked(items, orders, process, state, version, store)
    with shell.changing() as engine:
        report = engine.suspend(reason=_said(reason), **asked)
    return Answer(report.as_dict(), lambda out: _show_suspended(out, report))


def resume(
    shell: Shell,
    *,
    reason: Annotated[
        str, typer.Option("--reason", metavar="TEXT", help="Why; told in the history of the items.")
    ],
    items: ItemsOption = None,
    orders: OrdersOption = None,
    process: ProcessOption = None,
    state: StateOption = None,
    version: VersionOption = None,
    store: StoreOption = None,
    timeouts: Annotated[
        Timeouts,
        typer.Option("--timeouts", help="Move timeouts by the pause, or fire at once those that are past."),
    ] = Timeouts.MOVE,
) -> Answer:
    """Let what was suspended go on; name it as it was suspended."""
    asked = _asked(items, orders, process, state, version, store)
    with shell.changing() as engine:
        report = engine.resume(reason=_said(reason), timeouts=timeouts.value, **asked)
    return Answer(report.as_dict(), lambda out: _show_resumed(out, report))


def suspensions(
    shell: Shell,
    everything: Annotated[
        bool, typer.Option("--all", help="Also those that have ended, the latest first.")
    ] = False,
) -> Answer:
    """List what is suspended: since when, who said so and why, and how many items stand still by it."""
    with shell.engine() as engine:
        found = engine.suspensions(ended=everything)
    return Answer([one.as_dict() for one in found], lambda out: _show(out, found))


def _asked(
    items: Sequence[int] | None,
    orders: Sequence[str] | None,
    process: str | None,
    state: str | None,
    version: str | None,
    store: str | None,
) -> dict[str, Any]:
    """Return what the verbs are asked for; exactly one way of naming is needed."""
    from engine.requests import Selection

    ways = [bool(items), bool(orders), process is not None, store is not None]
    if sum(ways) != 1:
        raise typer.BadParameter("name one of: --item ID, --order REF, --process NAME, --store S")
    if process is None and (state is not None or version is not None):
        raise typer.BadParameter("--state and --version go with --process")
    chosen = Selection(items=tuple(items or ()), orders=tuple(orders or ()), process=process, state=state)
    return {"selection": chosen, "version": version, "store": store}


def _said(reason: str) -> str:
    if not reason.strip():
        raise typer.BadParameter("say why: --reason is empty")
    return reason


def _show_suspended(out: Console, report: SuspendReport) -> None:
    for one in report.suspended:
        line(out, one.told)
    if report.in_flight:
        line(
            out,
            f"{count(report.in_flight, 'item')} of it: a command was called before, and its step is still finished",
            "yellow",
        )


def _show_resumed(out: Console, report: ResumeReport) -> None:
    for one in report.resumed:
        line(out, f"{one.what} is resumed; it was suspended since {time_text(one.since)}Z")
    if report.resumed and report.resumed[0].timeouts == "fire":
        line(out, "timeouts are as they were: those that are past fire with the next 'earmark run timeouts'")
    else:
        line(out, f"{count(report.timeouts_moved, 'timeout')} moved by the pause")


def _show(out: Console, found: Sequence[SuspensionSize]) -> None:
    rows = [
        (
            size.suspension.what,
            time_text(size.suspension.since),
            size.suspension.by,
            size.suspension.reason,
            size.items if size.suspension.ended_at is None else None,
            f"{size.reserved:f}" if size.suspension.ended_at is None else None,
            None if size.suspension.ended_at is None else time_text(size.suspension.ended_at),
        )
        for size in found
    ]
    columns = ("suspended", "!since (UTC)", "by", "reason", "#items", "#reserved", "!until (UTC)")
    table(out, columns, rows, empty="nothing is suspended")
