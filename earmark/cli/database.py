"""``earmark db upgrade``: bringing a database to this version."""

from __future__ import annotations

import typer

from earmark.cli.command import command
from earmark.cli.groups import Groups, group
from earmark.cli.output import Answer, line
from earmark.cli.shell import Shell


def add_to(app: typer.Typer, groups: Groups) -> None:
    """Add the command."""
    command(group(app, groups, "db"), "upgrade")(upgrade)


def upgrade(shell: Shell) -> Answer:
    """Bring the database to the schema of this version, making it when there is none. Make a backup first."""
    from engine.api import opening

    url = shell.settings.database_url
    revision = opening.upgrade(url)
    shown = opening.shown_url(url)
    return Answer(
        {"database": shown, "schema": revision}, lambda out: line(out, f"{shown} has schema {revision}")
    )
