"""An observer that remembers what it was told."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from engine.observe import observed_by
from tests.helpers.shop import Shop


class Notes:
    """Facts in the order of telling, and the spans that ended, innermost first, with who enclosed them."""

    def __init__(self) -> None:
        self.facts: list[Any] = []
        self.spans: list[tuple[str, str | None, dict[str, Any]]] = []
        self._open: list[str] = []

    def tell(self, fact: Any) -> None:
        self.facts.append(fact)

    @contextmanager
    def span(self, name: str, /, **attributes: Any) -> Iterator[None]:
        around = self._open[-1] if self._open else None
        self._open.append(name)
        try:
            yield
        finally:
            self._open.pop()
            self.spans.append((name, around, attributes))

    def of(self, kind: type) -> list[Any]:
        return [fact for fact in self.facts if type(fact) is kind]


def watch(world: Shop, notes: Any = None) -> Any:
    """Let an observer be told what the world's engine does from now on; return it."""
    seen = notes if notes is not None else Notes()
    runtime = world.engine.runtime
    runtime.observer = observed_by(seen)
    runtime.database.observer = runtime.observer
    return seen
