"""``earmark rules set``, ``unset`` and ``history``: inventory options in the database, and who changed what."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from earmark.cli.command import command
from earmark.cli.groups import Groups, group
from earmark.cli.output import Answer, line, table
from earmark.cli.shell import Shell
from earmark.words.options import shown_value
from earmark.words.text import count

if TYPE_CHECKING:
    from rich.console import Console

    from engine.results import OptionChangeView, OptionsReport

LevelArgument = Annotated[
    str,
    typer.Argument(
        metavar="LEVEL",
        help='"product SKU", "category NAME", "website STORE", "organisation NAME", or system.',
    ),
]
OptionArgument = Annotated[str, typer.Argument(metavar="OPTION", help="An inventory option.")]


def add_to(app: typer.Typer, groups: Groups) -> None:
    """Add the commands."""
    rules = group(app, groups, "rules")
    command(rules, "set")(set_option)
    command(rules, "unset")(unset_option)
    command(rules, "history")(history)


def set_option(
    shell: Shell,
    level: LevelArgument,
    option: OptionArgument,
    value: Annotated[
        str, typer.Argument(metavar="VALUE", help="As a rule file has it: 2, true, none, [in_stock].")
    ],
) -> Answer:
    """Say an inventory option at a level in the database; what rule files say there of it counts before it."""
    return _said(shell, level, option, _read(value))


def unset_option(shell: Shell, level: LevelArgument, option: OptionArgument) -> Answer:
    """Say nothing of an inventory option at a level in the database any more."""
    return _said(shell, level, option, None)


def _read(value: str) -> Any:
    """Return the value as a rule file would be read. Raises InputError for what is no value."""
    from pathlib import Path

    from engine.errors import InputError
    from rules.document import read_document

    document = read_document(Path("VALUE"), f"value: {value}")
    if document.problems or document.values.get("value") is None:
        told = document.problems[0].message if document.problems else "it is empty"
        raise InputError(
            f"{value!r} is no value: {told}", remedy="Write it as in a rule file; 'rules unset' takes back."
        )
    return document.values["value"]


def _said(shell: Shell, level: str, option: str, value: Any) -> Answer:
    with shell.changing() as engine:
        report = engine.set_option(level, option, value)
    return Answer(report.as_dict(), lambda out: _show_report(out, report))


def _show_report(out: Console, report: OptionsReport) -> None:
    if not report.changes:
        line(out, "nothing changed: that is what was said already")
        return
    line(out, f"stored; something follows for {count(report.changed, 'product')}")


def history(
    shell: Shell,
    level: Annotated[str, typer.Option("--level", metavar="LEVEL", help="Only of this level.")] = "",
    limit: Annotated[int, typer.Option("--limit", metavar="N", min=1, help="How many changes.")] = 100,
    before: Annotated[
        int | None, typer.Option("--before", metavar="ID", help="Those before the change with this id.")
    ] = None,
) -> Answer:
    """Tell who has changed which inventory option when, in rule files and in the database, the newest first."""
    with shell.engine() as engine:
        changes = engine.option_history(level=level, limit=limit, before=before)
    return Answer([change.as_dict() for change in changes], lambda out: _show_history(out, changes))


def _show_history(out: Console, changes: list[OptionChangeView]) -> None:
    rows = [
        (
            change.id,
            change.at.strftime("%Y-%m-%d %H:%M:%SZ"),
            change.actor,
            change.origin or change.source,
            change.level,
            change.option,
            "-" if change.before is None else shown_value(change.before),
            "-" if change.after is None else shown_value(change.after),
        )
        for change in changes
    ]
    names = ("#id", "at", "by", "said in", "level", "option", "before", "after")
    table(out, names, rows, empty="no option was ever changed")
