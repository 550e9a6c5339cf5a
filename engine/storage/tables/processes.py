"""Processes, their versions and states, and migrations between versions."""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, Text
from sqlmodel import Field, SQLModel

from engine.storage.columns import Id, flag, identity, key, number, reference_to, text


class ProcessRow(SQLModel, table=True):
    """A process by name; new orders get its current version."""

    __tablename__ = "process"
    id: int = identity()
    name: str = text(unique=True)
    active: int = flag(True)
    current_version_id: int | None = Field(default=None, sa_column=Column(Id, nullable=True))


class ProcessVersion(SQLModel, table=True):
    """One version of a process: the canonical JSON of its meaning, and that text's SHA-256."""

    __tablename__ = "process_version"
    __table_args__ = (Index("process_version_once", "process_id", "version", unique=True),)
    id: int = identity()
    process_id: int = reference_to("process.id")
    version: str = text()
    definition: str = text()
    deployed_at: int = number()


class ProcessState(SQLModel, table=True):
    """A state of one version; ``position`` is its index in the compiled process."""

    __tablename__ = "process_state"
    __table_args__ = (Index("process_state_once", "version_id", "position", unique=True),)
    id: int = identity()
    version_id: int = reference_to("process_version.id")
    position: int = Field(sa_column=Column(Integer, nullable=False))
    name: str = Field(sa_column=Column(Text, nullable=False, index=True))
    reserved: int = flag(False)
    can_reserve: int = flag(False)


class Migration(SQLModel, table=True):
    """Items of a process that were moved to another version: the state map, who and why, and how many.

    ``state_map`` is a JSON object of old to new state names, with the names that differ. A migration without
    ``finished_at`` was cut off and goes on when it is asked for again. ``undone_at`` tells that it was taken
    back.
    """

    __tablename__ = "migration"
    id: int = identity()
    process_id: int = reference_to("process.id", index=True)
    target_id: int = reference_to("process_version.id")
    state_map: str = text()
    actor: str | None = text(nullable=True)
    reason: str | None = text(nullable=True)
    started_at: int = number()
    finished_at: int | None = number(nullable=True)
    undone_at: int | None = number(nullable=True)
    moved: int = number(default=0)


class MigrationItem(SQLModel, table=True):
    """An item that was migrated: where it stood, since when, and its step after; what undoing needs."""

    __tablename__ = "migration_item"
    __table_args__ = ({"sqlite_with_rowid": False},)
    migration_id: int = key()
    item_id: int = key()
    source_id: int = Field(sa_column=Column(Id, nullable=False))
    state_since: int = number()
    step: int = Field(sa_column=Column(Integer, nullable=False))


class NamesVersion(SQLModel, table=True):
    """One row, once a name that orders use was changed: ``version`` differs after every such change.

    Names are those of stores, warehouses, products and processes, with who serves whom, who shares with whom,
    which processes take new orders, and which stores and states are suspended. Every process keeps them in
    memory, and asks for this alone.
    """

    __tablename__ = "names_version"
    id: int = key()
    version: int = number()
