"""What an unquoted YAML value means: words of YAML 1.2's core schema, numbers as in JSON, else text.

PyYAML by itself reads YAML 1.1, where ``on`` and ``no`` are booleans, ``010`` is 8 and ``12:30:00`` is 45000.
Rule files have a key ``on``, and skus and zip codes that start with a zero, so none of that happens here.
"""

from __future__ import annotations

import re

_WORDS: dict[str, bool | None] = {
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys(("null", "Null", "NULL", "~", ""), None),
}
_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]{0,30})", re.ASCII)
_DECIMAL = re.compile(r"-?(?:0|[1-9][0-9]{0,30})(?:\.[0-9]{1,30})?(?:[eE][+-]?[0-9]{1,2})?", re.ASCII)

Scalar = str | int | float | bool | None
"""What a single value of a rule file is."""


def plain_scalar(text: str) -> Scalar:
    """Return the value of an unquoted scalar."""
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    return float(text) if _DECIMAL.fullmatch(text) else text
