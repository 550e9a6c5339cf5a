"""The door: the verbs of the engine, one file a subject, and what their callers need besides.

Whoever stands above the engine imports from here, and from ``engine.definition``, ``results``, ``requests``,
``hooks`` and ``errors``; nothing else of the engine.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.caller import Caller

if TYPE_CHECKING:
    from engine.api.engine import Engine

__all__ = ["Caller", "Engine"]


def __getattr__(name: str) -> Any:
    # The engine brings the database along, which who only names a caller or reads settings does not need.
    if name == "Engine":
        from engine.api.engine import Engine

        return Engine
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
