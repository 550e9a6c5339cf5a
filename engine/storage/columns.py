"""The kinds of columns that the tables are made of, spelled once for both databases."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, Column, ForeignKey, Integer, SmallInteger, Text
from sqlmodel import Field

Id = BigInteger().with_variant(Integer(), "sqlite")
"""The column type of ids and references to them."""


def identity() -> Any:
    """A table's own 64-bit id."""
    return Field(default=None, sa_column=Column(Id, primary_key=True, autoincrement=True))


def reference_to(
    target: str, *, primary_key: bool = False, nullable: bool = False, index: bool = False
) -> Any:
    """A reference to the id of another table, such as ``store.id``."""
    column = Column(Id, ForeignKey(target), primary_key=primary_key, nullable=nullable, index=index)
    return Field(default=None, sa_column=column)


def key(name: str | None = None) -> Any:
    """An id that is given, not made by the table."""
    return Field(sa_column=Column(name, Id, primary_key=True, autoincrement=False))


def number(*, nullable: bool = False, default: int | None = None) -> Any:
    """A 64-bit number."""
    server = None if default is None else str(default)
    return Field(default=default, sa_column=Column(BigInteger, nullable=nullable, server_default=server))


def text(*, nullable: bool = False, unique: bool = False, primary_key: bool = False) -> Any:
    """A text."""
    # unique=False would spell the absence of the constraint into the schema; None leaves it out.
    column = Column(Text, nullable=nullable, unique=unique or None, primary_key=primary_key)
    return Field(default=None, sa_column=column)


def flag(default: bool) -> Any:
    """A truth as 0 or 1."""
    return Field(
        default=default, sa_column=Column(SmallInteger, nullable=False, server_default=str(int(default)))
    )
