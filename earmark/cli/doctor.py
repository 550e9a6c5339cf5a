"""``earmark doctor``: is everything in place?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import typer

from earmark.cli.command import command
from earmark.cli.groups import Groups
from earmark.cli.output import Answer, line
from earmark.cli.shell import Shell

if TYPE_CHECKING:
    from rich.console import Console

    from engine.definition import RegisteredNames
    from engine.service import Engine


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at; ``remedy`` says how to mend it when it is not ``ok``."""

    check: str
    ok: bool
    detail: str
    remedy: str = ""


def add_to(app: typer.Typer, groups: Groups) -> None:
    """Add the command."""
    del groups
    command(app, "doctor")(doctor)


def doctor(shell: Shell) -> Answer:
    """Look whether settings, plugins, rules, database, processes and reservations are in order."""
    checks = [_try("settings", lambda: _settings(shell))]
    if checks[0].ok:
        checks.append(_try("plugins and rules", lambda: _plugins(shell)))
    if all(check.ok for check in checks):
        checks.extend(_database(shell))
    return Answer(
        [asdict(check) for check in checks],
        lambda out: _show(out, checks),
        refused=not all(c.ok for c in checks),
    )


def _show(out: Console, checks: list[Check]) -> None:
    for check in checks:
        mark, style = ("ok  ", "green") if check.ok else ("FAIL", "bold red")
        line(out, f"{mark}  {check.check}: {check.detail}", style)
        if not check.ok and check.remedy:
            line(out, f"      mend: {check.remedy}")


def _try(name: str, look: Callable[[], str]) -> Check:
    from engine.errors import EarmarkError

    try:
        return Check(name, True, look())
    except EarmarkError as error:
        return Check(name, False, error.message, error.remedy)


def _settings(shell: Shell) -> str:
    settings = shell.settings
    source = "none, defaults are used" if settings.config is None else str(settings.config)
    jobs = f", {len(settings.jobs)} jobs" if settings.jobs else ""
    return f"{source}{jobs}"


def _plugins(shell: Shell) -> str:
    names = shell.registered
    counts = f"{len(names.commands)} commands, {len(names.conditions)} conditions"
    return f"{counts}, {len(names.timeout_processors)} timeout processors"


def _database(shell: Shell) -> list[Check]:
    from engine.errors import EarmarkError
    from engine.storage.schema import HEAD

    try:
        with shell.engine() as engine:
            url = engine.runtime.database.url.render_as_string()
            return [
                Check("database", True, f"{url}, schema {HEAD}"),
                _try("processes", lambda: _processes(engine)),
                _missing_plugins(engine, shell.registered),
                _drift(engine),
            ]
    except EarmarkError as error:
        return [Check("database", False, error.message, error.remedy)]


def _processes(engine: Engine) -> str:
    infos = engine.processes()
    return f"{len({i.name for i in infos})} deployed, {sum(i.items for i in infos)} items"


def _missing_plugins(engine: Engine, names: RegisteredNames) -> Check:
    from engine.definition import GUARD_PREFIX

    missing: set[str] = set()
    for name in {info.name for info in engine.processes() if info.current}:
        process = engine.process(name)
        commands = {e.command for e in process.events if e.command} - set(names.commands)
        conditions = {t.condition for t in process.transitions if t.condition} - names.conditions
        processors = {
            e.timeout_processor for e in process.events if e.timeout_processor
        } - names.timeout_processors
        wanted = commands | processors | {c for c in conditions if not c.startswith(GUARD_PREFIX)}
        missing |= {f"{plugin} (process {name})" for plugin in wanted}
    if not missing:
        return Check("plugins of the deployed processes", True, "all registered")
    remedy = "Load the module that registers them: --plugins MODULE_OR_FILE, EARMARK_PLUGINS or earmark.toml."
    return Check(
        "plugins of the deployed processes", False, "not registered: " + ", ".join(sorted(missing)), remedy
    )


def _drift(engine: Engine) -> Check:
    report = engine.reconcile(dry_run=True)
    ok = not report.drift and not report.items
    detail = f"{report.checked} amounts, drift {len(report.drift)}"
    return Check(
        "reservations",
        ok,
        detail,
        "" if ok else "Run 'earmark reservation reconcile' and report what it lists.",
    )
