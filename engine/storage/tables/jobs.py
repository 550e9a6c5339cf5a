"""Messages to publish, scheduled jobs, and the feeds that they import."""

from __future__ import annotations

from sqlalchemy import Column, Index
from sqlmodel import SQLModel

from engine.storage.columns import identity, number, text


class Outbox(SQLModel, table=True):
    """Messages committed with the change they tell of; published at least once, in order of id.

    ``sequence`` is the place of a message among those that sinks with positions of their own are handed: given
    once it is committed, in the order of the ids that are there, so that no sink passes one over which was
    committed late.
    """

    __tablename__ = "outbox"
    __table_args__ = (
        Index("outbox_open", "id", sqlite_where=Column("published_at").is_(None),
              postgresql_where=Column("published_at").is_(None)),
        Index("outbox_sequence", "sequence", unique=True, sqlite_where=Column("sequence").is_not(None),
              postgresql_where=Column("sequence").is_not(None)),
        Index("outbox_unplaced", "id", sqlite_where=Column("sequence").is_(None),
              postgresql_where=Column("sequence").is_(None)),
    )  # fmt: skip
    id: int = identity()
    kind: str = text()
    payload: str = text()
    created_at: int = number()
    published_at: int | None = number(nullable=True)
    sequence: int | None = number(nullable=True)


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


class FeedSource(SQLModel, table=True):
    """What became of a feed that jobs import: what its address answered, and since when something is wrong with it.

    ``since`` is when a job asked first, ``asked_at`` when last; ``expected_us`` is how old the last good count may
    be. ``known`` (JSON) is by what the last imported answer is known, which holds for settings of the same
    ``meaning``. ``report`` is the JSON of the last import of an answer. ``error`` (JSON) is why nothing could be
    imported since ``failing_since``.
    """

    __tablename__ = "feed_source"
    feed: str = text(primary_key=True)
    meaning: str = text()
    known: str = text()
    since: int = number()
    asked_at: int = number()
    expected_us: int | None = number(nullable=True)
    answered_at: int | None = number(nullable=True)
    failing_since: int | None = number(nullable=True)
    error: str | None = text(nullable=True)
    report: str | None = text(nullable=True)
