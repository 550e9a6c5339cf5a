"""``earmark item show``, ``list`` and ``events``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from earmark.cli.command import command
from earmark.cli.groups import Groups, group
from earmark.cli.history import ItemArgument
from earmark.cli.listing import item_list
from earmark.cli.orders import ManualOption, events_answer, no_event
from earmark.cli.output import Answer, line
from earmark.cli.shell import Shell
from earmark.words.ages import age_text, time_text

if TYPE_CHECKING:
    from rich.console import Console

    from engine.results import ItemDetail


def add_to(app: typer.Typer, groups: Groups) -> None:
    """Add the commands."""
    item = group(app, groups, "item")
    command(item, "show")(show)
    command(item, "list")(item_list)
    command(item, "events")(events)


def show(shell: Shell, item: ItemArgument) -> Answer:
    """Show an item: its order, where it stands and since when, its flags and what it counts."""
    with shell.engine() as engine:
        view = engine.item(item)
    return Answer(view.as_dict(), lambda out: _show(out, view))


def _show(out: Console, view: ItemDetail) -> None:
    item = view.item
    line(out, f"item {item.id}: {item.quantity:f} {item.sku}, order {view.order} in {view.store}", "bold")
    stands = "reserved" if item.reserved else "held" if item.held else "nothing"
    facts = {
        "reference": item.reference,
        "process": f"{view.process} {view.version[:8]}",
        "state": item.state,
        "display": item.display_name,
        "since": f"{time_text(item.state_since)}Z, {age_text(item.age_s)}",
        "flags": ", ".join(item.flags) or None,
        "counts as": stands,
        "warehouse": item.warehouse,
        "suspended": None if item.suspended is None else item.suspended.told,
    }
    for name, fact in facts.items():
        if fact is not None:
            line(out, f"{name:10} {fact}")


def events(shell: Shell, item: ItemArgument, manual: ManualOption = False) -> Answer:
    """List the events that an item can take now."""
    with shell.engine() as engine:
        found = engine.item_events(item)
    return events_answer(found, no_event(item), manual=manual)
