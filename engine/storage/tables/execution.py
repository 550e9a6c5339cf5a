"""What happened to items, who works on them, and what is due."""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, Text
from sqlmodel import Field, SQLModel

from engine.storage.columns import Id, identity, key, number, text


class TransitionRun(SQLModel, table=True):
    """What a group of items shares of one step: who, what, from where to where, and how it ended.

    ``actor`` is who asked for it, when somebody did; ``reason`` what was given for forcing or migrating.
    ``history_rows`` counts the history rows that still refer to the run: it can go with the last of them.
    """

    __tablename__ = "transition_run"
    id: int = identity()
    at: int = number()
    trigger: str = text()
    correlation: str = text()
    host: str = text()
    event: str | None = text(nullable=True)
    source_id: int | None = Field(default=None, sa_column=Column(Id, nullable=True))
    target_id: int | None = Field(default=None, sa_column=Column(Id, nullable=True))
    outcome: str = text()
    command: str | None = text(nullable=True)
    command_key: str | None = text(nullable=True)
    conditions: str | None = text(nullable=True)
    data: str | None = text(nullable=True)
    error: str | None = text(nullable=True)
    duration_us: int | None = number(nullable=True)
    items: int = Field(default=0, sa_column=Column(Integer, nullable=False))
    actor: str | None = text(nullable=True)
    reason: str | None = text(nullable=True)
    history_rows: int = Field(default=0, sa_column=Column(Integer, nullable=False, server_default="0"))


class ItemHistory(SQLModel, table=True):
    """Which items took part in a run; everything else about the step is in the run."""

    __tablename__ = "item_history"
    __table_args__ = ({"sqlite_with_rowid": False},)
    item_id: int = key()
    run_id: int = key()


class ItemClaim(SQLModel, table=True):
    """A claim on an item while a command runs for it; expires by itself at ``expires_at``."""

    __tablename__ = "item_claim"
    __table_args__ = (Index("item_claim_token", "token"),)
    item_id: int = key()
    token: str = text()
    holder: str = text()
    event: str = text()
    step: int = Field(sa_column=Column(Integer, nullable=False))
    claimed_at: int = number()
    expires_at: int = number()


class CommandRun(SQLModel, table=True):
    """A per-order or per-batch command call: its key and, by its members, exactly which items it is for."""

    __tablename__ = "command_run"
    id: int = identity()
    key: str = text(unique=True)
    command: str = text()
    event: str = text()
    state_id: int = Field(sa_column=Column(Id, nullable=False))
    started_at: int = number()


class CommandMember(SQLModel, table=True):
    """An item of a command call that is not applied yet, at the step it was called for."""

    __tablename__ = "command_member"
    __table_args__ = (Index("command_member_run", "command_run_id"),)
    item_id: int = key()
    command_run_id: int = Field(sa_column=Column(Id, nullable=False))
    step: int = Field(sa_column=Column(Integer, nullable=False))


class DueStep(SQLModel, table=True):
    """The automatic step an item is due to take: the onEnter event of the state it entered with ``step``.

    ``chain`` counts automatic steps in a row. ``attempts``, ``error`` and ``stuck_at`` tell of failures.
    """

    __tablename__ = "due_step"
    __table_args__ = (Index("due_step_due", "due_at"), Index("due_step_run", "run_id"))
    item_id: int = key()
    step: int = Field(sa_column=Column(Integer, nullable=False))
    event: str = text()
    due_at: int | None = number(nullable=True)
    run_id: int | None = Field(default=None, sa_column=Column(Id, nullable=True))
    chain: int = Field(default=0, sa_column=Column(Integer, nullable=False, server_default="0"))
    attempts: int = Field(default=0, sa_column=Column(Integer, nullable=False, server_default="0"))
    error_code: str | None = text(nullable=True)
    error: str | None = text(nullable=True)
    stuck_at: int | None = number(nullable=True)


class ItemTimeout(SQLModel, table=True):
    """When a timeout event of the item's present state is due. ``due_at`` is NULL for one that is stuck."""

    __tablename__ = "item_timeout"
    __table_args__ = (Index("item_timeout_due", "due_at", "item_id"), {"sqlite_with_rowid": False})
    item_id: int = key()
    event: str = Field(sa_column=Column(Text, primary_key=True))
    due_at: int | None = number(nullable=True)
    attempts: int = Field(default=0, sa_column=Column(Integer, nullable=False, server_default="0"))
    error_code: str | None = text(nullable=True)
    error: str | None = text(nullable=True)


class SweepCursor(SQLModel, table=True):
    """Where the conditions run goes on in a state, so that a limit starves nobody.

    Runs for one store go on by themselves: ``store_id`` is 0 for runs over all stores. The row of state 0
    remembers which state was looked at last.
    """

    __tablename__ = "sweep_cursor"
    state_id: int = key()
    store_id: int = key()
    item_id: int = number(default=0)


class SweepFailure(SQLModel, table=True):
    """A waiting item whose eventless transitions could not be tried: when it is asked again, and why.

    It holds for the item at ``step``; ``due_at`` is NULL and ``stuck_at`` set once no attempt is left.
    """

    __tablename__ = "sweep_failure"
    item_id: int = key()
    step: int = Field(sa_column=Column(Integer, nullable=False))
    due_at: int | None = number(nullable=True)
    attempts: int = Field(default=0, sa_column=Column(Integer, nullable=False, server_default="0"))
    error_code: str | None = text(nullable=True)
    error: str | None = text(nullable=True)
    stuck_at: int | None = number(nullable=True)
