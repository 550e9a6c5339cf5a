"""The only place that wires concrete parts: plugins and rules from the settings, a database, the engine."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from earmark.settings import Settings, load_settings
from engine.api import Caller
from engine.errors import RulesInvalid
from rules import EngineRules, RuleFileError, load_rules

if TYPE_CHECKING:
    from earmark.feeds.formats.registry import Formats
    from earmark.feeds.model import Feed
    from earmark.feeds.records import Format
    from engine.api import Engine
    from engine.api.observing import Observer
    from engine.api.values import Clock
    from engine.definition import RegisteredNames
    from engine.feeds import FeedNamed
    from engine.hooks import NamedSink, Sink
    from plugins import Registry


@dataclass(frozen=True, slots=True)
class Wiring:
    """Plugins and rules, loaded once; any number of engines can be opened with them."""

    registry: Registry
    rules: EngineRules
    rules_from: Path | None = None
    secrets: tuple[str, ...] = field(default=(), repr=False)

    @property
    def registered(self) -> RegisteredNames:
        """The names that plugins register and rules give, for checking and drawing processes."""
        return replace(self.registry.names(), guards=self.rules.guards.keys())

    @property
    def stock_formats(self) -> dict[str, Format]:
        """The formats of stock files that plugins bring, by the name that ``format`` of a feed says."""
        from earmark.feeds.formats.plugin import PluginFormat

        formats = self.registry.stock_formats()
        return {name: PluginFormat(name, call, place) for name, (call, place) in formats.items()}


def open_engine(
    url: str | None = None,
    *,
    plugins: Sequence[str] | str = (),
    rules: EngineRules | None = None,
    clock: Clock | None = None,
    create: bool = True,
    actor: str | None = None,
    observers: Sequence[Observer] | None = None,
    exchange_secrets: Sequence[str] = (),
) -> Engine:
    """Open the engine on a database; without ``url`` on that of the project in the working folder.

    With a ``url`` nothing else is read: ``plugins`` (modules or files, or one of them) and ``rules`` are what is
    given.
    Without one, ``earmark.toml`` and the environment count as for the command line; ``plugins`` are added.
    A missing embedded database is made unless ``create`` is off. ``clock`` stands in for the database's own.
    ``actor`` is who asks; the history of what this engine is asked for names it. ``Engine.for_caller`` is for
    programs with several users. ``observers`` are told what it does; unless given, the loggers ``earmark.*`` are,
    which the program configures. ``exchange_secrets`` sign messages to other databases; without a ``url`` they
    are those of the environment.
    Close the engine when done. Raises DatabaseUnusable, DatabaseTooNew, DatabaseOutdated, PluginError, RulesInvalid
    or ConfigurationInvalid.
    """
    if isinstance(plugins, str):  # or each of its letters would be one, "." the whole folder
        plugins = (plugins,)
    if url is None:
        settings = load_settings(environment=os.environ, plugins=plugins)
    else:
        settings = Settings(
            database_url=url, plugins=tuple(plugins), exchange_secrets=tuple(exchange_secrets)
        )
    if observers is None:
        from earmark.telemetry.logs import LogObserver

        observers = (LogObserver(),)
    return open_wired(
        wire(settings, rules),
        settings.database_url,
        clock=clock,
        create=create,
        caller=Caller(actor),
        observers=observers,
    )


def wire(settings: Settings, rules: EngineRules | None = None) -> Wiring:
    """Load the plugins and, unless given, the rules. Raises PluginError or RulesInvalid."""
    from plugins import load_plugins

    found = read_rules(settings.rules) if rules is None else rules
    home = settings.rules if rules is None else None
    return Wiring(load_plugins(settings.plugins), found, home, settings.exchange_secrets)


def read_rules(folder: Path | None) -> EngineRules:
    """Return the rules of a folder. Raises RulesInvalid with every problem of its files."""
    try:
        return load_rules(folder)
    except RuleFileError as error:
        problems = [problem.as_dict() for problem in error.problems]
        title, *listed = error.lines
        raise RulesInvalid(title, listed=listed, remedy=error.remedy, problems=problems) from None


def open_wired(
    wiring: Wiring,
    url: str,
    *,
    clock: Clock | None = None,
    create: bool = True,
    caller: Caller | None = None,
    observers: Sequence[Observer] = (),
) -> Engine:
    """Open an engine with what was loaded; ``caller`` is who asks, and ``observers`` are told what it does."""
    # Imported here: checking and drawing files needs the plugins' names, but no database.
    from engine.api.opening import open_at

    engine = open_at(
        url,
        wiring.registry,
        wiring.rules,
        clock=clock,
        create=create,
        caller=caller,
        observers=observers,
        secrets=wiring.secrets,
    )
    try:
        say_options(engine, wiring.rules, wiring.rules_from)
    except BaseException:
        engine.close()
        raise
    return engine


def say_options(engine: Engine, rules: EngineRules, home: Path | None) -> None:
    """Let what rule files say of inventory options count, unless it does already. Raises RulesInvalid."""
    engine.use_options(rules.options, None if home is None else str(home.resolve()))


def feeds_of(settings: Settings, wiring: Callable[[], Wiring]) -> FeedNamed:
    """Return what gives jobs the feeds of the settings, by their names.

    ``wiring`` is asked for the formats of plugins where a feed needs one of them.
    """
    from earmark.feeds.formats.registry import is_plugged
    from earmark.feeds.scheduled import feeds_for_jobs

    def formats_for(feed: Feed) -> Formats | None:
        return wiring().stock_formats if is_plugged(feed.format) else None

    return feeds_for_jobs(settings.feeds, formats_for)


def sinks_of(settings: Settings, wiring: Callable[[], Wiring], names: Sequence[str] = ()) -> list[NamedSink]:
    """Return the sinks of the settings, or those of the names, with the secrets of the environment.

    ``wiring`` is asked for the sinks of plugins where there is one. A sink that cannot be used, as without its
    secret, is one that fails when it is handed messages. Raises NotFound.
    """
    if not settings.sinks and not names:
        return []
    from earmark.sinks.making import chosen, usable_or_not

    asked = chosen(settings.sinks, names)
    return usable_or_not(asked, os.environ, lambda: wiring().registry.sink_makers())  # noqa: PLW0108 - loaded only where one is asked for


def sink_of(settings: Settings) -> Sink | None:
    """Return where messages are published, None when nothing is configured.

    Raises FileUnreadable when nothing could be written there: before the change whose messages it is for.
    """
    if settings.publish_file is None:
        return None
    from earmark.sinks.jsonl import JsonLinesSink

    sink = JsonLinesSink(settings.publish_file)
    sink.check()
    return sink
