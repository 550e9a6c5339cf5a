"""What all rule models have in common, and how a value is refused with a remedy of its own."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict
from pydantic_core import PydanticCustomError


class Rules(BaseModel):
    """Strict, immutable, and without keys that nobody knows; the docstring below a field describes it."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, use_attribute_docstrings=True)


SAID = "rule_value"
"""The kind of an error whose message and remedy are told by who has found it."""


def refused(message: str, remedy: str, key: str | None = None) -> PydanticCustomError:
    """Return the error of a value, or of the ``key`` of a group of keys, that cannot be; braces are no places."""
    context = {"message": message, "remedy": remedy, **({} if key is None else {"key": key})}
    return PydanticCustomError(SAID, "{message}", context)
