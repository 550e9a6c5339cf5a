"""What one writes without an engine: rows by SQLModel, states by ``transitions``, a commit an order.

Once as it is written first (read the stock, compare, write), once with the rows of stock locked while that is done.
"""

from __future__ import annotations

import sys
from importlib.metadata import version
from typing import Any

from serving import Place, serve
from sqlalchemy import Engine, event
from sqlmodel import Field, Session, SQLModel, create_engine, select
from transitions import Machine


class Stock(SQLModel, table=True):
    sku: str = Field(primary_key=True)
    pieces: int
    reserved: int = 0


class Order(SQLModel, table=True):
    __tablename__ = "orders"
    id: int | None = Field(default=None, primary_key=True)
    reference: str = Field(unique=True)


class Item(SQLModel, table=True):
    id: int | None = Field(default=None, primary_key=True)
    order_id: int = Field(foreign_key="orders.id", index=True)
    sku: str
    state: str = Field(index=True)


class History(SQLModel, table=True):
    id: int | None = Field(default=None, primary_key=True)
    item_id: int = Field(foreign_key="item.id", index=True)
    source: str
    target: str


class Model:
    state: str
    reserve: Any


MACHINE = Machine(
    model=None,
    states=["new", "reserved", "paid", "shipped"],
    transitions=[["reserve", "new", "reserved"], ["pay", "reserved", "paid"], ["ship", "paid", "shipped"]],
    initial="new",
    auto_transitions=False,
)


class Shop:
    _database: Engine

    def __init__(self, locked: bool) -> None:
        self._locked = locked

    def versions(self) -> dict[str, str]:
        return {name: version(name) for name in ("transitions", "sqlmodel", "SQLAlchemy", "psycopg")}

    def prepare(self, url: str, stock: dict[str, int]) -> None:
        self.open(url)
        SQLModel.metadata.create_all(self._database)
        with Session(self._database) as session:
            session.add_all(Stock(sku=sku, pieces=pieces) for sku, pieces in stock.items())
            session.commit()

    def open(self, url: str) -> None:
        self._database = create_engine(url.replace("postgresql:", "postgresql+psycopg:"))
        if url.startswith("sqlite"):
            event.listen(self._database, "connect", _settings)
            if self._locked:
                event.listen(self._database, "begin", _begin_immediate)

    def buyer(self) -> Place:
        return self._place

    def _place(self, reference: str, products: list[str]) -> bool:
        with Session(self._database) as session:
            wanted = select(Stock).where(Stock.sku.in_(products)).order_by(Stock.sku)
            rows = session.exec(wanted.with_for_update() if self._locked else wanted).all()
            if any(row.pieces - row.reserved < 1 for row in rows):
                return False
            for row in rows:
                row.reserved += 1
            order = Order(reference=reference)
            session.add(order)
            session.flush()
            self._write(session, order, products)
            session.commit()
        return True

    def _write(self, session: Session, order: Order, products: list[str]) -> None:
        states = [_reserved() for _ in products]
        items = [
            Item(order_id=order.id, sku=sku, state=to) for sku, (_, to) in zip(products, states, strict=True)
        ]
        session.add_all(items)
        session.flush()
        for item, (source, target) in zip(items, states, strict=True):
            session.add(History(item_id=item.id, source=source, target=target))

    def promised(self, product: str) -> int:
        with Session(self._database) as session:
            return session.get_one(Stock, product).reserved


def _reserved() -> tuple[str, str]:
    """Ask the machine for the step of a new item; return the state before and after."""
    model = Model()
    MACHINE.add_model(model)
    source = model.state
    model.reserve()
    MACHINE.remove_model(model)
    return source, model.state


def _settings(raw: Any, _record: object) -> None:
    raw.execute("PRAGMA journal_mode=WAL")
    raw.execute("PRAGMA synchronous=FULL")
    raw.execute("PRAGMA busy_timeout=30000")


def _begin_immediate(connection: Any) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


if __name__ == "__main__":
    serve(Shop(locked="locked" in sys.argv))
