"""``earmark rules diff``: what other rule files would change of inventory options, before they count."""

from __future__ import annotations

from pathlib import Path
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

    from engine.results import OptionsDiff


def add_to(app: typer.Typer, groups: Groups) -> None:
    """Add the command."""
    command(group(app, groups, "rules"), "diff")(diff)


def diff(
    shell: Shell,
    old: Annotated[Path, typer.Argument(metavar="OLD", help="A rule file, or a folder with them.")],
    new: Annotated[Path, typer.Argument(metavar="NEW", help="Another one.")],
    limit: Annotated[
        int, typer.Option("--limit", metavar="N", min=0, help="How many products to list.")
    ] = 100,
) -> Answer:
    """Tell which inventory options differ, of which products of the database, and what could be sold of them."""
    from earmark.bootstrap import read_rules
    from engine.api.opening import may_exist
    from rules.options.model import Options

    before, after = (read_rules(path).options or Options() for path in (old, new))
    levels = _levels(before, after)
    found: OptionsDiff | None = None
    if may_exist(shell.settings.database_url):
        with shell.only_reading() as engine:
            found = engine.diff_options(before, after, limit=limit)
    nothing: dict[str, Any] = {"changed": None, "more": None, "less": None, "products": None}
    data = {"levels": levels, **(nothing if found is None else found.as_dict())}
    return Answer(data, lambda out: _show(out, levels, found))


def _levels(before: Any, after: Any) -> list[dict[str, Any]]:
    from engine.api.options import level_changes

    names = ("level", "option", "before", "after")
    return [dict(zip(names, change, strict=True)) for change in level_changes(before, after)]


def _show(out: Console, levels: list[dict[str, Any]], found: OptionsDiff | None) -> None:
    rows = [
        (one["level"], one["option"], *("-" if value is None else shown_value(value) for value in _two(one)))
        for one in levels
    ]
    table(out, ("level", "option", "before", "after"), rows, empty="both say the same of inventory options")
    if found is None:
        line(out, "there is no database: which products that concerns is not known")
        return
    if found.products:
        table(out, ("sku", "store", "what", "#sold now", "#then"), _products(found), empty="")
    line(
        out,
        f"{count(found.changed, 'product')} in stores with other options, {len(found.products)} listed; "
        f"more can be sold of {found.more}, less of {found.less}",
    )


def _two(one: dict[str, Any]) -> tuple[Any, Any]:
    return one["before"], one["after"]


def _products(found: OptionsDiff) -> list[tuple[object, ...]]:
    return [
        (
            one.sku,
            one.store,
            ", ".join(
                f"{name}: {shown_value(was.value)} -> {shown_value(will.value)}"
                for name, (was, will) in one.options.items()
            ),
            *(
                "endless" if amount is None else f"{amount:f}"
                for amount in (one.available_before, one.available_after)
            ),
        )
        for one in found.products
    ]
