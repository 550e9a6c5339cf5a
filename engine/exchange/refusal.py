"""What is told of a message that cannot be taken, and is kept aside instead."""

from __future__ import annotations

from engine.codes import Code


class NotTaken(Exception):
    """A message cannot be taken: ``reason`` is the code, ``text`` says what is wrong with this one."""

    def __init__(self, reason: Code, text: str) -> None:
        super().__init__(text)
        self.reason = reason
        self.text = text
