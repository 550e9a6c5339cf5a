"""``earmark why``: what an item waits for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from earmark.cli.command import command
from earmark.cli.groups import Groups
from earmark.cli.history import ItemArgument
from earmark.cli.output import Answer, line
from earmark.cli.shell import Shell
from earmark.words.ages import age_text, time_text
from earmark.words.waits import conditions_text, guards_text

if TYPE_CHECKING:
    from rich.console import Console

    from engine.results import Wait, WhyView

_STYLES = {"claim": "yellow", "expired_claim": "yellow", "plugin_missing": "red"}


def add_to(app: typer.Typer, groups: Groups) -> None:
    """Add the command."""
    del groups
    command(app, "why")(why)


def why(
    shell: Shell,
    item: ItemArgument,
    ask: Annotated[
        bool, typer.Option("--ask", help="Ask the item's conditions now; nothing is changed.")
    ] = False,
) -> Answer:
    """Name everything an item waits for, and what can be done about it."""
    with shell.engine() as engine:
        view = engine.why(item, ask=ask)
    return Answer(view.as_dict(), lambda out: _show(out, view))


def _show(out: Console, view: WhyView) -> None:
    counts = [f"reserves {view.reserved:f}"] if view.reserved else []
    counts += [f"holds {view.held:f}"] if view.held else []
    if view.held and view.hold_until is not None:
        counts.append(f"the hold ends at {time_text(view.hold_until)}Z")
    from_where = f" from {view.warehouse}" if view.warehouse else ""
    line(
        out,
        f"item {view.item}: {view.quantity:f} {view.sku}{from_where}, order {view.order} in {view.store}",
        "bold",
    )
    line(out, f"stands in '{view.state}'{f' ({view.display})' if view.display else ''} of {view.process} "
              f"{view.version[:8]}")  # fmt: skip
    line(out, f"since {time_text(view.state_since)}Z, {age_text(view.age_s)}")
    line(out, ", ".join(counts) or "reserves nothing")
    line(out, "")
    line(out, "It waits for", "bold")
    for wait in view.waits:
        _show_wait(out, wait)
    if view.next:
        line(out, "")
        line(out, "What you can do", "bold")
    for action in view.next:
        line(out, f"  {action.command}")
        line(out, f"      {action.text}", "dim")


def _show_wait(out: Console, wait: Wait) -> None:
    style = "red" if wait.stuck or wait.attempts else "yellow" if wait.overdue else _STYLES.get(wait.kind)
    line(out, f"  - {wait.text}", style)
    if wait.conditions and (wait.kind != "conditions" or wait.asked):
        line(out, f"      {conditions_text(wait)}", "red" if wait.ask_error else "dim")
    for text in guards_text(wait):
        line(out, f"      {text}", "dim")
