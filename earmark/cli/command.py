"""Declaring commands: a function from a Shell and its own options to an Answer.

Every command takes ``--db``, ``--plugins``, ``--config`` and the options of logging, before or after its name,
and ``--json`` when it prints data. These are added here, so that they mean the same everywhere.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any, Concatenate, Literal, ParamSpec

import typer

from earmark.cli.failures import DONE, REFUSED
from earmark.cli.output import Answer, console, write_json
from earmark.cli.shell import Shell
from earmark.cli.streams import others_to_stderr

P = ParamSpec("P")

_COMMON = "Common options"

DatabaseOption = Annotated[
    str | None,
    typer.Option("--db", metavar="URL", help="The database; else EARMARK_DATABASE_URL, else earmark.db here.",
                 rich_help_panel=_COMMON),
]  # fmt: skip
PluginsOption = Annotated[
    list[str] | None,
    typer.Option("--plugins", metavar="MODULE_OR_FILE", help="A plugin to load; may be given several times.",
                 rich_help_panel=_COMMON),
]  # fmt: skip
ConfigOption = Annotated[
    Path | None,
    typer.Option("--config", metavar="FILE", help="The settings file; else earmark.toml here.",
                 rich_help_panel=_COMMON),
]  # fmt: skip
LogLevelOption = Annotated[
    Literal["debug", "info", "warning", "error"] | None,
    typer.Option("--log-level", help="From which level on to log; else \\[log], else warning.",
                 rich_help_panel=_COMMON),
]  # fmt: skip
LogFormatOption = Annotated[
    Literal["text", "json"] | None,
    typer.Option("--log-format", help="Log lines of text, or JSON objects.", rich_help_panel=_COMMON),
]  # fmt: skip
LogFileOption = Annotated[
    str | None,
    typer.Option("--log-file", metavar="FILE", help="Log to this file; else to stderr.",
                 rich_help_panel=_COMMON),
]  # fmt: skip
JsonOption = Annotated[
    bool, typer.Option("--json", help="Print JSON instead of text.", rich_help_panel=_COMMON)
]


def common_options(
    context: typer.Context,
    db: DatabaseOption = None,
    plugins: PluginsOption = None,
    config: ConfigOption = None,
    log: Mapping[str, str | None] | None = None,
) -> None:
    """Keep the options that were given before the command."""
    context.obj = Shell(database=_named(db), plugins=tuple(plugins or ()), config=config, log=log or {})


Body = Callable[Concatenate[Shell, P], Answer | None]
"""A command's function. An Answer is printed; None means that the function has printed by itself."""


def command(app: typer.Typer, name: str, *, data: bool = True) -> Callable[[Body[P]], Body[P]]:
    """Register a function as a command; ``data`` tells that its answer can be had as JSON."""

    def register(function: Body[P]) -> Body[P]:
        def invoked(context: typer.Context, **given: Any) -> int:
            shell = _shell(context, given)
            call: Callable[..., Answer | None] = function
            with others_to_stderr():
                answer = call(shell, **given)
            return _print(answer, shell)

        signature = _signature(function, data=data)
        invoked.__name__ = function.__name__
        invoked.__doc__ = function.__doc__
        invoked.__signature__ = signature  # type: ignore[attr-defined]
        invoked.__annotations__ = {p.name: p.annotation for p in signature.parameters.values()}
        app.command(name)(invoked)
        return function

    return register


def _signature(function: Callable[..., Any], *, data: bool) -> inspect.Signature:
    own = list(inspect.signature(function, eval_str=True).parameters.values())[1:]
    common: list[tuple[str, Any, Any]] = [
        ("db", DatabaseOption, None),
        ("plugins", PluginsOption, None),
        ("config", ConfigOption, None),
        ("log_level", LogLevelOption, None),
        ("log_format", LogFormatOption, None),
        ("log_file", LogFileOption, None),
        *([("as_json", JsonOption, False)] if data else []),
    ]
    kind = inspect.Parameter.KEYWORD_ONLY
    added = [
        inspect.Parameter(name, kind, default=default, annotation=hint) for name, hint, default in common
    ]
    context = inspect.Parameter("context", kind, annotation=typer.Context)
    return inspect.Signature([context, *(parameter.replace(kind=kind) for parameter in own), *added])


def _shell(context: typer.Context, given: dict[str, Any]) -> Shell:
    before: Shell = context.obj
    return Shell(
        database=_named(given.pop("db")) or before.database,
        plugins=(*before.plugins, *(given.pop("plugins") or ())),
        config=given.pop("config") or before.config,
        as_json=given.pop("as_json", False),
        log={key: given.pop(f"log_{key}") or before.log.get(key) for key in ("level", "format", "file")},
    )


def _named(database: str | None) -> str | None:
    """Refuse an empty name: it comes from a variable that is not set, and another database would be taken."""
    if database is not None and not database.strip():
        raise typer.BadParameter("--db is empty; leave it out to use the database of the project")
    return database


def _print(answer: Answer | None, shell: Shell) -> int:
    if answer is None:
        return DONE
    if shell.as_json:
        write_json(answer.data)
    else:
        answer.show(console())
    return REFUSED if answer.refused else DONE
