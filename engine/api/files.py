"""Files that are read into requests."""

from __future__ import annotations

from engine.topology.file import read_topology

__all__ = ["read_topology"]
