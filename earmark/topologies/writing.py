"""A topology as the file that brings it about: an entry on each line, so that it is reviewed line by line."""

from __future__ import annotations

import json
from collections.abc import Iterator

from engine.requests import Topology


def topology_lines(topology: Topology) -> Iterator[str]:
    """Yield the lines of the topology file that says what the topology does."""
    for kind, entries in topology.model_dump(exclude_unset=True).items():
        if isinstance(entries, list | tuple):
            yield f"{kind}:{'' if entries else ' []'}"
            yield from (f"  - {_flow(entry)}" for entry in entries)
        elif entries is not None:
            yield f"{kind}: {_flow(entries)}"


def _flow(value: object) -> str:
    """Return a value as YAML on one line; names are in quotes, for some are numbers or truth values to YAML."""
    if isinstance(value, dict):
        return f"{{{', '.join(f'{key}: {_flow(inner)}' for key, inner in value.items())}}}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_flow, value))}]"
    return json.dumps(value, ensure_ascii=False)
