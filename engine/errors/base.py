"""What every error of Earmark is: a code, a message, a remedy and parameters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar


class EarmarkError(Exception):
    """Something was refused or went wrong.

    ``listed`` are further lines of the message, one for each thing that is wrong. They are kept apart in ``lines``:
    a name may have a line break in it, and whoever prints the lines must be able to tell one from the other.
    """

    code: ClassVar[str] = "earmark_error"
    default_remedy: ClassVar[str] = ""

    def __init__(
        self,
        message: str | None = None,
        *,
        remedy: str | None = None,
        listed: Sequence[str] = (),
        **parameters: Any,
    ) -> None:
        title = message or (type(self).__doc__ or "").strip().splitlines()[0]
        self.lines = (title, *listed)
        self.message = "\n".join(self.lines)
        self.remedy = self.default_remedy if remedy is None else remedy
        self.parameters = parameters
        super().__init__(self.message)

    def as_dict(self) -> dict[str, Any]:
        """Return what a ``--json`` caller sees: code, message, remedy and the parameters."""
        shown = {"code": self.code, "message": self.message, "remedy": self.remedy}
        return {**shown, "parameters": self.parameters} if self.parameters else shown


class Conflict(EarmarkError):
    """The request contradicts what is stored."""

    code = "conflict"
