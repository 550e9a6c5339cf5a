"""What a command is given: settings read on first need, engines, notes to the user and progress."""

from __future__ import annotations

import getpass
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from earmark.cli.output import tell

if TYPE_CHECKING:
    from earmark.bootstrap import Wiring
    from earmark.feeds.formats.registry import Formats
    from earmark.feeds.model import Feed
    from earmark.settings import Settings
    from engine.api import Engine
    from engine.api.observing import Observer
    from engine.definition import RegisteredNames
    from engine.hooks import Sink


@dataclass(slots=True)
class Shell:
    """One run of the command line. ``as_json`` tells that stdout is read by a program.

    ``log`` is what flags say of logging. ``log_facts`` tells that the engine's facts are logged even if nothing
    is configured; ``observers`` are told them too.
    """

    database: str | None = None
    plugins: Sequence[str] = ()
    config: Path | None = None
    as_json: bool = False
    log: Mapping[str, str | None] = field(default_factory=dict)
    log_facts: bool = False
    observers: list[Observer] = field(default_factory=list)
    _settings: Settings | None = field(default=None, init=False)
    _wiring: Wiring | None = field(default=None, init=False)

    @property
    def settings(self) -> Settings:
        """The settings, read once. Raises ConfigurationInvalid or FileUnreadable."""
        if self._settings is None:
            from earmark.settings import load_settings

            self._settings = load_settings(
                environment=os.environ,
                config=self.config,
                database=self.database,
                plugins=self.plugins,
                log=self.log,
            )
        return self._settings

    @property
    def wiring(self) -> Wiring:
        """Plugins and rules, loaded once. Raises PluginError or RulesInvalid."""
        if self._wiring is None:
            from earmark.bootstrap import wire

            self._wiring = wire(self.settings)
        return self._wiring

    @property
    def registered(self) -> RegisteredNames:
        """The names that plugins register."""
        return self.wiring.registered

    def formats_for(self, feed: Feed) -> Formats | None:
        """Return the formats that plugins bring, loaded only for a feed whose format is one. Raises PluginError."""
        from earmark.feeds.formats.registry import is_plugged

        return self.wiring.stock_formats if is_plugged(feed.format) else None

    @contextmanager
    def engine(self, *, create: bool = False) -> Iterator[Engine]:
        """Open the engine; only with ``create`` is a missing embedded database made."""
        from earmark.bootstrap import open_wired
        from engine.api import Caller

        url = self.settings.database_url
        with self._observed() as observers:
            caller = Caller(_actor())
            engine = open_wired(self.wiring, url, create=create, caller=caller, observers=observers)
            try:
                yield engine
            finally:
                engine.close()

    @contextmanager
    def only_reading(self) -> Iterator[Engine]:
        """Open the engine without its rules and plugins counting for anything, to look at the database alone."""
        from earmark.bootstrap import Wiring, open_wired
        from plugins import load_plugins
        from rules import EngineRules

        engine = open_wired(
            Wiring(load_plugins([], entry_points=False), EngineRules()),
            self.settings.database_url,
            create=False,
        )
        try:
            yield engine
        finally:
            engine.close()

    @contextmanager
    def _observed(self) -> Iterator[Sequence[Observer]]:
        """Log, and trace if that is configured, while the block runs; give the observers for it."""
        from earmark.telemetry.logs import LogObserver, logging_to

        debug = os.environ.get("EARMARK_DEBUG") == "1"
        with logging_to(self.settings.log, facts=self.log_facts, tracebacks=debug), ExitStack() as stack:
            observers: list[Observer] = [LogObserver(), *self.observers]
            if self.settings.tracing.enabled:
                from earmark.telemetry.tracing import traced_to

                observers.append(stack.enter_context(traced_to(self.settings.tracing)))
            yield observers

    @contextmanager
    def changing(self) -> Iterator[Engine]:
        """Open the engine for a change; what it has to publish goes out when the block ends well.

        Raises FileUnreadable before the change where nothing can be published.
        """
        from earmark.bootstrap import sink_of

        sink = sink_of(self.settings)
        with self.engine(create=True) as engine:
            yield engine
            if sink is not None:
                self._publish(engine, sink)

    def _publish(self, engine: Engine, sink: Sink) -> None:
        from engine.errors import EarmarkError

        try:
            engine.publish(sink)
        except EarmarkError as error:
            # The change itself is stored, and its messages stay in the database until they can be published.
            self.note(f"warning: the change is stored, but could not be published yet: {error.message}")

    def note(self, text: str) -> None:
        """Tell the user something that is not part of the answer."""
        tell(text)

    @contextmanager
    def progress(self, what: str) -> Iterator[Callable[[int, int | None], None]]:
        """Show a progress bar on a terminal; give the function that is told how far the work is."""
        if not sys.stderr.isatty():
            yield lambda _done, _total: None
            return
        from earmark.cli.progress import progress_bar

        with progress_bar(what) as advance:
            yield advance


def _actor() -> str | None:
    """Return who runs the command: EARMARK_ACTOR, else the user of the operating system, if it knows one."""
    try:
        return os.environ.get("EARMARK_ACTOR") or getpass.getuser()
    except (OSError, KeyError, ImportError):  # a container may run under an id that has no name
        return None
