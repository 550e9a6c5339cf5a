"""Choosing a version by the beginning of its hash, as people write it."""

from __future__ import annotations

from collections.abc import Sequence

from engine.versions.place import Version

SHORTEST = 4
"""How many characters of a version have to be given."""


class NoSuchVersion(ValueError):
    """The text is no beginning of exactly one version; the message says why."""


def choose_version(versions: Sequence[Version], text: str) -> Version:
    """Return the only version whose hash begins so. Raises NoSuchVersion."""
    wanted = text.strip().lower()
    if len(wanted) < SHORTEST:
        raise NoSuchVersion(f"{text!r} is too short for a version: give {SHORTEST} characters or more")
    found = [version for version in versions if version.process.version.startswith(wanted)]
    if len(found) == 1:
        return found[0]
    shown = ", ".join(version.process.version[:12] for version in found or versions)
    if found:
        raise NoSuchVersion(f"the version {text!r} is ambiguous: {shown}")
    raise NoSuchVersion(f"there is no version {text!r}; there are: {shown}")
