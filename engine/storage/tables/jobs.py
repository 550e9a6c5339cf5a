"""Messages to publish, and scheduled jobs."""

from __future__ import annotations

from sqlalchemy import Column, Index
from sqlmodel import SQLModel

from engine.storage.columns import identity, number, text


class Outbox(SQLModel, table=True):
    """Messages committed with the change they tell of; published at least once, in order of id."""

    __tablename__ = "outbox"
    __table_args__ = (Index("outbox_open", "id", sqlite_where=Column("published_at").is_(None),
                            postgresql_where=Column("published_at").is_(None)),)  # fmt: skip
    id: int = identity()
    kind: str = text()
    payload: str = text()
    created_at: int = number()
    published_at: int | None = number(nullable=True)


class JobRun(SQLModel, table=True):
    """A scheduled job: its lease and fencing token, when it last ran and what came out."""

    __tablename__ = "job_run"
    job: str = text(primary_key=True)
    token: int = number(default=0)
    holder: str | None = text(nullable=True)
    lease_until: int | None = number(nullable=True)
    started_at: int | None = number(nullable=True)
    finished_at: int | None = number(nullable=True)
    due_at: int | None = number(nullable=True)
    outcome: str | None = text(nullable=True)
    result: str | None = text(nullable=True)
