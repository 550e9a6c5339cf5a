"""The names that plugins register, as far as checking a process needs them."""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass

GUARD_PREFIX = "rule:"
"""A condition that starts with this names a guard of the rule files, not a plugin."""


@dataclass(frozen=True)
class RegisteredNames:
    """What a process may name: commands with what they are called for (item, order or batch), and the rest by
    name. ``guards`` are those of the rule files, without ``rule:``.
    """

    commands: Mapping[str, str]
    conditions: Set[str]
    timeout_processors: Set[str]
    guards: Set[str] = frozenset()
