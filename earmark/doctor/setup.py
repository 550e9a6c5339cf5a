"""What is configured: settings, plugins and rules, where logs and traces go."""

from __future__ import annotations

import os
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from earmark.doctor.check import Check, fine, warn, wrong
from earmark.words.text import count

if TYPE_CHECKING:
    from earmark.bootstrap import Wiring
    from earmark.settings import Settings
    from engine.api import Engine

PLUGINS = "plugins of live processes"
"""The check that every plugin is there that an item may need."""


def settings(read: Settings) -> Check:
    """Tell which settings count."""
    source = "none, defaults are used" if read.config is None else str(read.config)
    jobs = f", {count(len(read.jobs), 'job')}" if read.jobs else ""
    return fine("settings", f"{source}{jobs}")


def plugins(wiring: Wiring) -> Check:
    """Tell what is registered, and from where."""
    names = wiring.registered
    kinds = {
        "command": names.commands,
        "condition": names.conditions,
        "timeout processor": names.timeout_processors,
    }
    return fine(
        "plugins and rules",
        ", ".join(count(len(found), kind) for kind, found in kinds.items()),
        [f"{one.kind.value} {one.name}: {one.place}" for one in wiring.registry.listing()],
    )


def telemetry(read: Settings) -> Check:
    """Look whether logs can be written and traces be sent."""
    name = "logs, metrics, traces"
    if read.tracing.enabled and not _has_otel():
        return wrong(
            name,
            "tracing is enabled, but OpenTelemetry is not installed",
            "Install Earmark with its extra 'otel', or set [tracing] enabled = false or EARMARK_TRACING=0.",
        )
    file = None if read.log is None or read.log.file is None else Path(read.log.file)
    if file is not None and not file.absolute().parent.is_dir():
        return wrong(name, f"there is no folder for the log {file}", "Make the folder, or change [log] file.")
    told = [f"log to {'stderr' if file is None else file}"]
    if read.metrics.port is not None:
        told.append(f"metrics at {read.metrics.host}, port {read.metrics.port}")
    if read.tracing.enabled:
        told.append("traces sent")
    return fine(name, ", ".join(told))


def _has_otel() -> bool:
    try:
        return all(
            find_spec(name) is not None
            for name in ("opentelemetry.sdk", "opentelemetry.exporter.otlp.proto.http")
        )
    except (ImportError, ValueError):  # a parent package is missing, or blocked
        return False


def publishing(read: Settings) -> Check:
    """Look whether the file for messages can be written."""
    name = "publishing"
    if read.publish_file is None:
        return fine(name, "no [publish] file; messages stay in the database")
    folder = read.publish_file.absolute().parent
    if not folder.is_dir():
        return wrong(name, f"there is no folder {folder}", "Make it, or change [publish] file.")
    if read.publish_file.is_dir():
        return wrong(name, f"{read.publish_file} is a folder", "Name a file in [publish] file.")
    place = read.publish_file if read.publish_file.exists() else folder
    if not os.access(place, os.W_OK):
        return wrong(
            name,
            f"{place} may not be written by this user",
            "Give the right to; until then what is to be published stays in the database.",
        )
    return fine(name, str(read.publish_file))


def processes(engine: Engine) -> Check:
    """Tell what is deployed."""
    infos = engine.processes()
    if not infos:
        return warn(
            "processes",
            "none deployed",
            "Deploy one: 'earmark process deploy PATH'; without one no order is taken.",
        )
    names = {info.name for info in infos}
    return fine("processes", f"{len(names)} deployed, {count(sum(info.items for info in infos), 'item')}")


def sharing(engine: Engine) -> Check:
    """Look whether the sharing of the rules is in effect."""
    problems = engine.sharing_problems()
    if not problems:
        return fine("sharing", "as in the rules")
    remedy = "Mend the section 'sharing' of the rules or the topology; docs/sharing.md tells of both."
    return warn("sharing", "; ".join(problems), remedy)


def options(engine: Engine) -> Check:
    """Look whether what the inventory options name is there, and whether limits contradict each other."""
    name = "inventory options"
    problems = engine.option_problems()
    if problems:
        return warn(
            name,
            f"{count(len(problems), 'problem')}: {problems[0].message}",
            "'earmark rules check' lists them with their lines. What they say of these names does nothing.",
            [f"{'.'.join(problem.path)}: {problem.message}. {problem.remedy}" for problem in problems],
        )
    last = next(iter(engine.option_history(limit=1)), None)
    if last is None:
        return fine(name, "none were ever said")
    by = f" by {last.actor}" if last.actor else ""
    return fine(name, f"last changed {last.at:%Y-%m-%d %H:%M}Z{by}, in {last.origin or 'the database'}")


def live_plugins(engine: Engine) -> Check:
    """Look whether every plugin is registered that versions need which are current or have items."""
    missing = {f"{one.kind} {one.name} (process {one.process})" for one in engine.missing_plugins()}
    if not missing:
        return fine(PLUGINS, "all registered")
    return wrong(
        PLUGINS,
        "not registered: " + ", ".join(sorted(missing)),
        "Load the module that registers them: --plugins MODULE_OR_FILE, EARMARK_PLUGINS or earmark.toml. "
        "Until then the items that need them fail with plugin_missing.",
    )
