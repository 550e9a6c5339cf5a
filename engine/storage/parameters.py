"""What is sent to the database for the parameters of a statement."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any


def bound(params: Mapping[str, Any], arrays: frozenset[str]) -> dict[str, Any]:
    """Return what is bound for the parameters; lists among ``arrays`` become arrays, all others JSON."""
    return {
        key: _list(value, as_array=key in arrays) if isinstance(value, list | tuple) else value
        for key, value in params.items()
    }


def _list(value: Sequence[Any], *, as_array: bool) -> str:
    # The text of an array, as the driver would write it, in a fifth of the time.
    if as_array:
        return f"{{{','.join(map(str, value))}}}"
    # Not in ASCII: text that is no Unicode is then refused here and not taken for something else there.
    return _as_json(value)


_as_json = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False).encode
"""Made once: ``json.dumps`` would make an encoder for each parameter."""
