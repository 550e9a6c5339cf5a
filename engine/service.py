"""Where the engine was imported from at first: this path goes on working. New is ``from earmark import Engine``."""

from __future__ import annotations

from engine.api.engine import Engine

__all__ = ["Engine"]
