"""A runtime whose caller a test changes on the way: another name, or a signal to stop."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from engine.runtime import Runtime


class SettableRuntime(Runtime):
    """The engine's runtime; ``actor`` and ``stop`` can be set."""

    @property
    def actor(self) -> Any:
        return self.caller.actor

    @actor.setter
    def actor(self, name: str | None) -> None:
        self.caller = replace(self.caller, actor=name)

    @property
    def stop(self) -> Any:
        return self.caller.stop

    @stop.setter
    def stop(self, signal: Callable[[], bool]) -> None:
        self.caller = replace(self.caller, stop=signal)
