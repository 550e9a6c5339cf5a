"""What one writes without an engine: load an item by the ORM, ask a state machine, store it with history, commit.

Built from the very libraries that Earmark uses (``transitions``, SQLModel, SQLite), so that the difference is how
the work is done: row by row here, set by set there. It keeps no reservations, log or timeouts.
"""

from __future__ import annotations

import tempfile
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

from sqlalchemy import MetaData, event
from sqlmodel import Field, Session, SQLModel, create_engine, select
from transitions import Machine

_STATES = [f"state{n}" for n in range(10)]


class _Base(SQLModel):
    metadata = MetaData()


class _Item(_Base, table=True):
    __tablename__ = "item"
    id: int | None = Field(default=None, primary_key=True)
    state: str = Field(default=_STATES[0], index=True)


class _History(_Base, table=True):
    __tablename__ = "history"
    id: int | None = Field(default=None, primary_key=True)
    item_id: int = Field(index=True)
    source: str
    target: str


class _Model:
    state: str
    go: Any


def moves_per_second(items: int = 1000) -> float:
    """Return how many items per second are moved one by one, every commit flushed to disk."""
    steps = [{"trigger": "go", "source": source, "dest": target} for source, target in pairwise(_STATES)]
    machine = Machine(
        model=None, states=_STATES, transitions=steps, initial=_STATES[0], auto_transitions=False
    )
    with tempfile.TemporaryDirectory() as folder:
        database = create_engine(f"sqlite:///{Path(folder) / 'naive.db'}")
        event.listen(database, "connect", _settings)
        _Base.metadata.create_all(database)
        with Session(database) as session:
            session.add_all([_Item() for _ in range(items)])
            session.commit()
            ids = list(session.exec(select(_Item.id)))
        started = time.perf_counter()
        with Session(database) as session:
            for item in ids:
                _move(session, machine, item)
        took = time.perf_counter() - started
        database.dispose()
    return items / took


def _settings(raw: Any, _record: object) -> None:
    raw.execute("PRAGMA journal_mode=WAL")
    raw.execute("PRAGMA synchronous=FULL")


def _move(session: Session, machine: Machine, item_id: int | None) -> None:
    item = session.get_one(_Item, item_id)
    model = _Model()
    machine.add_model(model, initial=item.state)
    source = model.state
    model.go()
    item.state = model.state
    session.add(item)
    session.add(_History(item_id=item_id or 0, source=source, target=item.state))
    session.commit()
    machine.remove_model(model)
