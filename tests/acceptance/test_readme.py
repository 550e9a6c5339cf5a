"""The documentation keeps its word: the README's process behaves as described, and every link leads somewhere."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path

import pytest

from earmark import open_engine
from engine.clock import SECOND, to_microseconds
from engine.definition import load_process
from engine.errors import NotAvailable
from engine.requests import OrderRequest, Selection, Topology
from tests.helpers.clock import SettableClock
from tests.helpers.shop import stock_file

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
DAY = 86_400 * SECOND


@pytest.fixture
def shop(tmp_path):
    """The README's process deployed, ten pieces in stock, and order A-1 of two of them placed."""
    xml = re.search(r"```xml\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    assert xml is not None
    file = tmp_path / "Cash.xml"
    file.write_text(xml[1], encoding="utf-8")
    loaded = load_process(file)
    assert loaded.errors == () and loaded.process is not None
    clock = SettableClock(1_772_000_000 * SECOND)
    with open_engine(f"sqlite:///{tmp_path / 'shop.db'}", clock=clock) as engine:
        engine.deploy(loaded.process)
        engine.apply_topology(
            Topology.model_validate(
                {
                    "warehouses": [{"name": "W"}],
                    "stores": [{"name": "DE", "warehouses": ["W"]}],
                    "products": [{"sku": "1", "concretes": [{"sku": "1_1"}]}],
                }
            )
        )
        count(engine, tmp_path, 10, clock)
        engine.place(order("A-1", 2))
        yield engine, clock, tmp_path


def order(reference: str, quantity: int) -> OrderRequest:
    item = {"sku": "1_1", "quantity": quantity}
    return OrderRequest.model_validate({"reference": reference, "store": "DE", "items": [item]})


def count(engine, folder: Path, pieces: int, clock: SettableClock, as_of: int | None = None):
    clock.now += SECOND
    file = stock_file(folder / f"{clock.now}.csv", f"1_1,W,{pieces},0,0")
    return engine.import_stock(file, as_of=as_of)


def numbers(engine):
    (row,) = engine.availability(["1_1"], "DE")
    return tuple(map(int, (row.stock, row.reserved, row.available)))


def state(engine) -> str:
    return engine.order("A-1").items[0].state


def test_placing_sets_two_pieces_aside_and_no_more_can_be_sold_than_are_left(shop):
    engine, _, _ = shop
    assert (state(engine), numbers(engine)) == ("set aside", (10, 2, 8))
    with pytest.raises(NotAvailable):
        engine.place(order("A-2", 9))


def test_a_sold_piece_stays_reserved_until_a_later_count(shop):
    engine, clock, folder = shop
    clock.now += SECOND
    engine.trigger("pay", Selection(orders=("A-1",)))
    assert (state(engine), numbers(engine)) == ("sold", (10, 2, 8))
    sold_at = to_microseconds(engine.order("A-1").items[0].state_since)
    assert count(engine, folder, 10, clock, as_of=sold_at - SECOND // 2).released == 0
    assert (state(engine), numbers(engine)) == ("sold", (10, 2, 8))
    assert count(engine, folder, 8, clock).released == 1
    assert (state(engine), numbers(engine)) == ("gone", (8, 0, 8))


def test_what_nobody_pays_for_within_a_day_is_put_back(shop):
    engine, clock, _ = shop
    clock.now += DAY - SECOND
    assert engine.run_timeouts().moved == 0
    clock.now += SECOND
    assert engine.run_timeouts().moved == 1
    assert (state(engine), numbers(engine)) == ("put back", (10, 0, 10))
    assert [entry.event for entry in engine.history(1)] == [None, "too late"]
    assert engine.order("A-1").items[0].quantity == Decimal(2)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_link_leads_to_a_file(page):
    text = page.read_text(encoding="utf-8")
    targets = re.findall(r"\]\(([^)#\s]+)[^)]*\)", text) + re.findall(r'src="([^"]+)"', text)
    local = [target for target in targets if not re.match(r"[a-z]+:", target)]
    assert [target for target in local if not (page.parent / target).exists()] == []


def test_the_architecture_page_names_only_what_exists():
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    files = {path.name for path in [*ROOT.glob("e*/**/*.py"), *ROOT.glob("tests/**/*.py")]} | {
        "pyproject.toml"
    }
    named = set(re.findall(r"`(?:[a-z]+/)*([a-z_]+\.(?:py|toml))`", text))
    assert named and named - files == set()
    sql = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "engine/storage").rglob("*.*"))
    tables = set(re.findall(r'__tablename__ = "(\w+)"', sql))
    mentioned = {"process_version", "process_state", "order_item", "due_step", "item_claim", "command_run"}
    mentioned |= {"transition_run", "item_history", "item_timeout", "stock_staging", "outbox", "reservation"}
    assert mentioned - tables == set()
    assert [name for name in mentioned if name not in text] == []
