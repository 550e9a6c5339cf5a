"""What every part of the engine is given, so that nothing connects, reads a clock or draws ids by itself."""

from __future__ import annotations

import os
import secrets
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, TypeVar

from engine.caller import Caller
from engine.combining import Combiner
from engine.errors import DatabaseBusy
from engine.hooks import Plugins
from engine.observe import SILENT, Observer, observed_by
from engine.storage.database import Database
from engine.versions.catalogue import Catalogue
from engine.versions.names import NameBook
from engine.versions.option_sets import OptionBook
from rules import EngineRules

Q = TypeVar("Q")
A = TypeVar("A")

Progress = Callable[[int, int | None], None]
"""Told after each chunk: how many are done, and of how many (None when unknown)."""


def no_progress(_done: int, _total: int | None) -> None:
    """Tell nobody."""


def _new_token() -> str:
    return secrets.token_hex(16)


@dataclass(slots=True)
class Runtime:
    """Database, plugins, rules, identity, ids, and who asks.

    ``caller`` belongs to those who ask through this runtime; everything else is shared by all of them, also by
    several threads at once.
    ``observer`` is told what was done; whatever it raises is logged and changes nothing.
    """

    database: Database
    plugins: Plugins
    rules: EngineRules = field(default_factory=EngineRules)
    host: str = field(default_factory=socket.gethostname)
    new_token: Callable[[], str] = _new_token
    caller: Caller = field(default_factory=Caller)
    observer: Observer = SILENT
    catalogue: Catalogue = field(default_factory=Catalogue)
    names: NameBook = field(default_factory=NameBook)
    options: OptionBook = field(default_factory=OptionBook)
    combiners: dict[Any, Combiner[Any, Any]] = field(default_factory=dict)
    applied: dict[str, Any] = field(default_factory=dict)
    """The sections of the rules that are known to be in effect in the database."""
    secrets: tuple[str, ...] = field(default=(), repr=False)
    """What messages to and from other databases are signed with: the first signs, every one is taken."""

    def __post_init__(self) -> None:
        self.observer = observed_by(self.observer)
        self.database.observer = self.observer

    @property
    def holder(self) -> str:
        """Who holds a claim, so that an operator finds the worker: its host and its process."""
        return f"{self.host}, process {os.getpid()}"

    @property
    def actor(self) -> str | None:
        """Who asks, as the log names him or her; None when nobody in particular does."""
        return self.caller.actor

    @property
    def stop(self) -> Callable[[], bool]:
        """The signal that is asked between chunks; once it answers True the run ends."""
        return self.caller.stop

    def correlation(self) -> str:
        """Return what everything has in common that a call sets off: the caller's own, else a new one."""
        return self.caller.correlation or self.new_token()

    def together(
        self, answer_all: Callable[[Runtime, Sequence[Q]], Sequence[A | Exception]]
    ) -> Combiner[Q, A]:
        """Return what answers the questions of all callers that ask this at the same time together."""
        key = (answer_all, id(self.rules))  # those who go by other rules are answered by themselves
        found = self.combiners.get(key)
        if found is None:
            shared = self.for_caller(Caller())
            found = self.combiners.setdefault(key, self._combiner(partial(answer_all, shared)))
        return found

    def _combiner(self, answer_all: Callable[[Sequence[Q]], Sequence[A | Exception]]) -> Combiner[Q, A]:
        longest_s = self.database.busy_timeout_s
        text = f"too many callers at once: nobody had time for this one within {longest_s:g} s"
        return Combiner(answer_all, longest_s, lambda: DatabaseBusy(text))

    def for_caller(self, caller: Caller) -> Runtime:
        """Return the same for another caller: database, plugins, rules, observer and catalogue are shared."""
        return replace(self, caller=caller)
