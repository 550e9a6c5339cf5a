"""Earmark: order processes as XML state machines, with reservations and availability that are never wrong.

``open_engine`` gives Python callers what the command line offers, with the same results.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from earmark.siblings import secure_siblings

if TYPE_CHECKING:
    from earmark.bootstrap import open_engine

__all__ = ["__version__", "open_engine"]

__version__ = "0.1.0"
"""The version of the distribution; a test compares it with pyproject.toml."""

secure_siblings(Path(__file__).resolve().parent.parent)


def __getattr__(name: str) -> Any:
    # open_engine brings the database along, which most commands do not need.
    if name == "open_engine":
        from earmark.bootstrap import open_engine

        return open_engine
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
