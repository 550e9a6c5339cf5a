"""The command tree: every command by name, in the order in which the help lists them."""

from __future__ import annotations

from typing import Annotated

import typer

from earmark.cli import (
    allocation,
    can_sell,
    carts,
    closing,
    database,
    demo,
    doctor,
    exchange,
    feeds,
    history,
    items,
    metrics,
    migrations,
    moving,
    order_events,
    orders,
    process_convert,
    process_diff,
    process_docs,
    process_drawing,
    process_editing,
    process_files,
    process_learn,
    process_schema,
    process_simulate,
    process_test,
    process_try,
    processes,
    project,
    purge,
    repairs,
    reservations,
    rules,
    rules_diff,
    rules_said,
    rules_select,
    scheduler,
    sharing,
    shortfalls,
    sinks,
    stock,
    stock_update,
    suspending,
    topology,
    topology_leaving,
    views,
    why,
)
from earmark.cli.command import (
    ConfigOption,
    DatabaseOption,
    LogFileOption,
    LogFormatOption,
    LogLevelOption,
    PluginsOption,
    common_options,
)

_HELP = "Order processes as XML state machines, with reservations and availability that are never wrong."

_MODULES = (
    demo,
    project,
    process_files,
    process_schema,
    process_drawing,
    process_convert,
    process_diff,
    process_docs,
    process_editing,
    process_simulate,
    process_learn,
    process_test,
    process_try,
    processes,
    migrations,
    topology,
    topology_leaving,
    rules,
    rules_diff,
    rules_select,
    rules_said,
    stock,
    feeds,
    can_sell,
    carts,
    orders,
    order_events,
    closing,
    items,
    moving,
    stock_update,
    repairs,
    suspending,
    views,
    history,
    why,
    reservations,
    shortfalls,
    sharing,
    allocation,
    sinks,
    exchange,
    purge,
    scheduler,
    metrics,
    doctor,
    database,
)


def make_app() -> typer.Typer:
    """Return the command line's application."""
    app = typer.Typer(
        name="earmark",
        help=_HELP,
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["--help", "-h"]},
    )
    app.callback()(_root)
    groups: dict[str, typer.Typer] = {}
    for module in _MODULES:
        module.add_to(app, groups)
    return app


def _show_version(wanted: bool) -> None:
    if wanted:
        from earmark import __version__

        typer.echo(f"earmark {__version__}")
        raise typer.Exit


VersionOption = Annotated[
    bool, typer.Option("--version", help="Print the version.", callback=_show_version, is_eager=True)
]


def _root(
    context: typer.Context,
    *,
    db: DatabaseOption = None,
    plugins: PluginsOption = None,
    config: ConfigOption = None,
    log_level: LogLevelOption = None,
    log_format: LogFormatOption = None,
    log_file: LogFileOption = None,
    version: VersionOption = False,
) -> None:
    del version
    log = {"level": log_level, "format": log_format, "file": log_file}
    common_options(context, db, plugins, config, log)
