"""What every part of the engine is given, so that nothing connects, reads a clock or draws ids by itself."""

from __future__ import annotations

import os
import secrets
import socket
from collections.abc import Callable
from dataclasses import dataclass, field

from engine.hooks import Plugins
from engine.observe import SILENT, Observer, observed_by
from engine.storage.database import Database
from engine.versions.catalogue import Catalogue
from rules import EngineRules

Progress = Callable[[int, int | None], None]
"""Told after each chunk: how many are done, and of how many (None when unknown)."""


def no_progress(_done: int, _total: int | None) -> None:
    """Tell nobody."""


def _new_token() -> str:
    return secrets.token_hex(16)


@dataclass(slots=True)
class Runtime:
    """Database, plugins, rules, identity, ids and the stop signal.

    ``stop`` is asked between chunks: once it answers True the chunk in hand is finished and the run ends.
    ``actor`` is who asks, written to the log of what he or she triggers, forces or migrates.
    ``observer`` is told what was done; whatever it raises is logged and changes nothing.
    """

    database: Database
    plugins: Plugins
    rules: EngineRules = field(default_factory=EngineRules)
    host: str = field(default_factory=socket.gethostname)
    new_token: Callable[[], str] = _new_token
    stop: Callable[[], bool] = lambda: False
    actor: str | None = None
    observer: Observer = SILENT
    catalogue: Catalogue = field(default_factory=Catalogue)

    def __post_init__(self) -> None:
        self.observer = observed_by(self.observer)
        self.database.observer = self.observer

    @property
    def holder(self) -> str:
        """Who holds a claim, so that an operator finds the worker: its host and its process."""
        return f"{self.host}, process {os.getpid()}"
