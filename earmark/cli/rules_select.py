"""``earmark rules select``: which process orders would get, and why."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from earmark.cli.command import command
from earmark.cli.groups import Groups, group
from earmark.cli.output import Answer, line
from earmark.cli.shell import Shell

if TYPE_CHECKING:
    from rich.console import Console


def add_to(app: typer.Typer, groups: Groups) -> None:
    """Add the command."""
    command(group(app, groups, "rules"), "select")(select)


def select(
    shell: Shell,
    file: Annotated[str, typer.Argument(metavar="FILE|-", help="An order as one JSON object; - is stdin.")],
) -> Answer:
    """Tell which process an order would get, and why not that of another rule. Nothing is stored."""
    from rules.selection import considered

    order = _order(file)
    named = order.get("process")
    looked_at = [] if named else considered(shell.wiring.rules, order)
    fits = looked_at[-1] if looked_at and looked_at[-1].unfit is None else None
    data: dict[str, Any] = {
        "reference": order.get("reference"),
        "process": named or (None if fits is None else fits.process),
        "named": bool(named),
        "rules": [{"number": one.number, "process": one.process, "unfit": one.unfit} for one in looked_at],
    }
    return Answer(data, lambda out: _show(out, data))


def _order(file: str) -> dict[str, Any]:
    import json

    from engine.errors import FileUnreadable, InputError

    try:
        text = sys.stdin.read() if file == "-" else Path(file).read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise FileUnreadable(f"{file} cannot be read: {error}") from None
    try:
        found = json.loads(text)
    except ValueError as error:
        raise InputError(f"{file} is not JSON: {error}") from None
    if not isinstance(found, dict):
        raise InputError(f"{file} is no order: it holds no JSON object")
    return found


def _show(out: Console, data: dict[str, Any]) -> None:
    for one in data["rules"]:
        if one["unfit"] is not None:
            line(out, f"rule {one['number']} ({one['process']}) does not fit: {one['unfit']}", "dim")
    if data["named"]:
        line(out, f"{data['process']}: the order names it")
    elif data["process"] is not None:
        line(out, f"{data['process']}: rule {data['rules'][-1]['number']} fits")
    else:
        line(
            out, "no rule fits: the order gets the only active process, or is refused when there are several"
        )
