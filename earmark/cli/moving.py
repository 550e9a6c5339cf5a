"""``earmark trigger`` and ``earmark run``: moving items."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any

import typer

from earmark.cli.command import command
from earmark.cli.groups import Groups, group
from earmark.cli.output import Answer
from earmark.cli.refusals import show_move
from earmark.cli.shell import Shell

if TYPE_CHECKING:
    from engine.api.engine import Engine
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
    """Fire an event for items, orders, or everything in a state of a process."""
    selection = selected(tuple(items or ()), tuple(orders or ()), process, state)
    given = _data(data)
    with shell.changing() as engine, shell.progress("items") as progress:
        report = engine.trigger(event, selection, data=given, progress=progress)
    return move_answer(report)


def selected(
    items: tuple[int, ...], orders: tuple[str, ...], process: str | None, state: str | None
) -> Selection:
    """Return the selection of the command line; exactly one way of naming items is needed."""
    from engine.requests import Selection

    ways = [bool(items), bool(orders), process is not None or state is not None]
    if sum(ways) != 1:
        raise typer.BadParameter("name the items by one of: --order REF, --item ID, --process P --state S")
    if (process is None) != (state is None):
        raise typer.BadParameter("--process and --state go together")
    return Selection(items=items, orders=orders, process=process, state=state)


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

    def work(engine: Engine, progress: Callable[[int, int | None], None]) -> MoveReport:
        return engine.run_conditions(store=store, limit=limit, until_idle=until_idle, progress=progress)

    return move_answer(_as_job(shell, "conditions", work))


def run_timeouts(shell: Shell, store: StoreOption = None, limit: LimitOption = None) -> Answer:
    """Fire every timeout that is due."""

    def work(engine: Engine, progress: Callable[[int, int | None], None]) -> MoveReport:
        return engine.run_timeouts(store=store, limit=limit, progress=progress)

    return move_answer(_as_job(shell, "timeouts", work))


def _as_job(
    shell: Shell, kind: str, work: Callable[[Engine, Callable[[int, int | None], None]], MoveReport]
) -> MoveReport:
    """Do the run as a job, so that it never overlaps with the scheduler's. Raises JobRunning."""
    from engine.jobs.records import JobRecords
    from engine.jobs.runs import under_lease
    from engine.jobs.work import moved

    lost = threading.Event()
    with shell.changing(stop=lost.is_set) as engine, shell.progress("items") as progress:
        records = JobRecords(engine.runtime.database, holder())
        return under_lease(records, kind, lambda: work(engine, progress), moved, lost)


def holder() -> str:
    """Return who this process is to others that want to run the same job."""
    return f"{socket.gethostname()}, process {os.getpid()}"


def move_answer(report: MoveReport) -> Answer:
    """Return the answer of a command that moves items."""
    return Answer(report.as_dict(), lambda out: show_move(out, report), refused=report.refused)
