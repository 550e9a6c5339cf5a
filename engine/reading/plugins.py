"""Which plugins are missing that an item may need: those that versions name which are current or have items."""

from __future__ import annotations

from collections.abc import Iterator

from engine.definition import GUARD_PREFIX, Process
from engine.hooks import Plugins
from engine.results import MissingPlugin
from engine.runtime import Runtime
from engine.versions.deployed import list_processes


def missing_plugins(runtime: Runtime) -> list[MissingPlugin]:
    """Return what is named and not registered, each once, in order."""
    infos = list_processes(runtime.database, runtime.catalogue)
    live = {(info.name, info.version) for info in infos if info.current or info.items}
    with runtime.database.read() as reader:
        versions = runtime.catalogue.all_versions(reader)
    return sorted(
        {
            MissingPlugin(kind, name, version.name)
            for version in versions
            if (version.name, version.process.version) in live
            for kind, name in _named(version.process)
            if not _registered(runtime.plugins, kind, name)
        }
    )


def _named(process: Process) -> Iterator[tuple[str, str]]:
    for event in process.events:
        if event.command:
            yield "command", event.command
        if event.timeout_processor:
            yield "timeout processor", event.timeout_processor
    for transition in process.transitions:
        if transition.condition:
            kind = "guard" if transition.condition.startswith(GUARD_PREFIX) else "condition"
            yield kind, transition.condition


def _registered(plugins: Plugins, kind: str, name: str) -> bool:
    find = {
        "command": plugins.command,
        "condition": plugins.condition,
        "guard": plugins.condition,
        "timeout processor": plugins.timeout_processor,
    }[kind]
    return find(name) is not None
