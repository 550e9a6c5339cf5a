"""``earmark order place``, ``show``, ``list``, ``events`` and ``amend``."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from typing import TYPE_CHECKING, Annotated

import typer

from earmark.cli.amending import amend
from earmark.cli.command import command
from earmark.cli.given import name_of, opened
from earmark.cli.groups import Groups, group
from earmark.cli.listing import order_list
from earmark.cli.order_shown import show_order
from earmark.cli.output import Answer, line, lines, table
from earmark.cli.shell import Shell
from earmark.words.text import count
from engine.results.items import LARGEST_ID

if TYPE_CHECKING:
    from rich.console import Console

    from earmark.cli.order_input import OrderLines
    from engine.results import ManualEvent, PlaceRefusal, PlaceReport

ManualOption = Annotated[
    bool,
    typer.Option("--manual", help="Only events for people: manual ones, and onEnter ones that are open."),
]
ReferenceArgument = Annotated[str, typer.Argument(metavar="REF", help="The order's reference.")]


def add_to(app: typer.Typer, groups: Groups) -> None:
    """Add the commands."""
    order = group(app, groups, "order")
    command(order, "place")(place)
    command(order, "show")(show)
    command(order, "list")(order_list)
    command(order, "amend")(amend)
    command(order, "events")(events)


def place(
    shell: Shell,
    file: Annotated[str, typer.Argument(metavar="FILE|-", help="One JSON object or JSON Lines; - is stdin.")],
    lines: Annotated[bool, typer.Option("--lines", help="Read JSON Lines, even with a single line.")] = False,
) -> Answer:
    """Place an order, or many at once: check, reservation and order are one transaction each."""
    from earmark.cli.order_input import OrderLines, read_orders

    with ExitStack() as stack:
        orders = read_orders(stack.enter_context(opened(file)), name_of(file), lines=lines)
        engine = stack.enter_context(shell.changing())
        if isinstance(orders, OrderLines):
            progress = stack.enter_context(shell.progress("orders"))
            report = _merged(engine.place_many(orders, progress=progress), orders)
            return Answer(
                report.as_dict(), lambda out: _show_report(out, name_of(file), report), bool(report.refused)
            )
        view = engine.place(orders)
    return Answer(view.as_dict(), lambda out: show_order(out, view))


def _merged(report: PlaceReport, orders: OrderLines) -> PlaceReport:
    # What could not be read never reached the engine; the user sees one list in the order of the lines.
    report.refused = sorted([*report.refused, *orders.refused], key=lambda refusal: refusal.line)
    report.complete = report.complete and not orders.stopped
    return report


def _show_report(out: Console, name: str, report: PlaceReport) -> None:
    lines(out, (_refused(name, refusal) for refusal in report.refused), "red")
    line(
        out,
        f"{count(report.placed, 'order')} with {count(report.items, 'item')} placed, "
        f"{report.existing} placed before, "
        f"{len(report.refused)} refused",
    )
    if not report.complete:
        line(out, f"the rest of {name} was not read", "red")


def _refused(name: str, refusal: PlaceRefusal) -> str:
    reference = f"order {refusal.reference} " if refusal.reference else ""
    return f"{name}:{refusal.line} {reference}refused {refusal.code} {refusal.message}"


def show(shell: Shell, reference: ReferenceArgument) -> Answer:
    """Show an order and where its items stand."""
    with shell.engine() as engine:
        view = engine.order(reference)
    return Answer(view.as_dict(), lambda out: show_order(out, view))


def events(
    shell: Shell,
    reference: ReferenceArgument,
    item: Annotated[
        int | None, typer.Option("--item", metavar="ID", min=0, max=LARGEST_ID, help="Only of this item.")
    ] = None,
    manual: ManualOption = False,
) -> Answer:
    """List the events that items of an order can take now."""
    with shell.engine() as engine:
        found = engine.order_events(reference, item=item)
    empty = f"no item of order {reference.strip()} can take an event now"
    return events_answer(found, empty if item is None else no_event(item), manual=manual)


def no_event(item: int) -> str:
    """Return what is told of an item that can take no event."""
    return f"item {item} can take no event now"


def events_answer(found: Sequence[ManualEvent], empty: str, *, manual: bool) -> Answer:
    """Return the answer with events; with ``manual`` only with those for people."""
    kept = [event for event in found if event.manual or event.on_enter or not manual]
    rows = [(e.event, e.manual, e.on_enter, ", ".join(map(str, e.items)), ", ".join(e.states)) for e in kept]
    columns = ("event", "manual", "on enter", "items", "in states")
    return Answer([e.as_dict() for e in kept], lambda out: table(out, columns, rows, empty=empty))
