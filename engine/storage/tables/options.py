"""Inventory options: what was said, by whom and when, and the sets of values that products come to have."""

from __future__ import annotations

from sqlmodel import SQLModel

from engine.storage.columns import identity, number, text


class OptionSet(SQLModel, table=True):
    """The values of all options together, as any number of products in stores have them; it never changes.

    ``content`` is JSON of those that are not the default, quantities in millionths, times in microseconds.
    """

    __tablename__ = "option_set"
    id: int = identity()
    content: str = text(unique=True)


class OptionLayer(SQLModel, table=True):
    """What a source (``file`` or ``database``) says of options, by level: JSON as a rule file has it.

    ``origin`` is the file or folder that it was read from.
    """

    __tablename__ = "option_layer"
    source: str = text(primary_key=True)
    content: str = text()
    origin: str | None = text(nullable=True)
    changed_at: int = number()
    actor: str | None = text(nullable=True)


class OptionChange(SQLModel, table=True):
    """A change of one option at one level; ``before`` and ``after`` are JSON, NULL where nothing is said."""

    __tablename__ = "option_change"
    id: int = identity()
    at: int = number()
    source: str = text()
    origin: str | None = text(nullable=True)
    actor: str | None = text(nullable=True)
    level: str = text()
    option: str = text()
    before: str | None = text(nullable=True)
    after: str | None = text(nullable=True)
