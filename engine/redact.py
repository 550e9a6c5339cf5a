"""Taking passwords out of text that people or logs may see."""

from __future__ import annotations

import re

HIDDEN = "***"
"""What stands in for a password."""

_IN_URL = re.compile(r"(?P<head>//[^\s:/@\"']*):[^\s@\"']+@")
_NAMED = re.compile(
    r"(?P<name>\b\w*(?:password|passwd|pwd|secret|passfile))(?P<is>\s*[=:]\s*)(?:'[^']*'|[^\s&;,'\"]+)",
    re.IGNORECASE,
)


def redact(text: str) -> str:
    """Return the text with the passwords of URLs (``//user:here@``) and of ``password=here`` replaced."""
    if "@" in text:
        text = _IN_URL.sub(rf"\g<head>:{HIDDEN}@", text)
    return _NAMED.sub(rf"\g<name>\g<is>{HIDDEN}", text) if "=" in text or ":" in text else text
