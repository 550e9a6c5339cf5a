"""Closed orders are archived: out of the way, shown as before, known by their reference, and deleted by age."""

from __future__ import annotations

import pytest

from engine.errors import InputError, OrderArchived, OrderConflict, OrderNotClosed, UnknownOrder
from engine.jobs.config import JobConfig
from engine.requests import Listing, Selection
from tests.helpers.clock import DAY
from tests.helpers.crashes import crashes
from tests.helpers.shop import order

SALE = """
    states new paid* delivered!30~days returned* refunded cancelled
    new -> paid : pay
    paid -> delivered : stock-update
    new -> cancelled : cancel
    delivered -> returned : return
    returned -> refunded : refund
"""


def closed(sale, *references: str) -> list[int]:
    """Orders of two lines that are cancelled, and an open one behind them."""
    items = [item for reference in references for item in sale.place("tea-1 2", "tea-2", reference=reference)]
    sale.trigger("cancel", *items)
    sale.place("tea-1", reference=f"behind-{references[-1]}")
    return items


def rows(sale, table: str) -> int:
    return int(sale.value(f"SELECT count(*) FROM {table}"))


def test_what_is_archived_is_out_of_the_way_and_shown_as_before(sale):
    items = closed(sale, "R-1")
    before, history = sale.engine.order("R-1"), sale.history(items[0])
    assert before.closed_at is not None
    report = sale.engine.archive_orders(["R-1"])
    assert (report.archived, report.items, report.already, report.complete) == (1, 2, 0, True)
    assert sale.query("SELECT reference FROM sales_order") == [("behind-R-1",)]
    assert (rows(sale, "order_item"), rows(sale, "archived_item")) == (1, 2)
    assert rows(sale, "archived_history") == 4
    after = sale.engine.order("R-1")
    assert after.archived_at is not None
    assert (after.items, after.lines, after.closed_at) == (before.items, before.lines, before.closed_at)
    assert sale.history(items[0]) == history
    assert sale.engine.item(items[0]).item.state == "cancelled"
    assert [one.reference for one in sale.engine.orders().orders] == ["behind-R-1"]
    listed = sale.engine.orders(Listing(archived=True)).orders
    assert [(one.reference, one.items, dict(one.states)) for one in listed] == [("R-1", 2, {"cancelled": 2})]
    assert sale.engine.orders(Listing(archived=True, store="AT")).orders == ()
    assert sum(row.items for row in sale.engine.matrix()) == 1
    assert sale.drift() == []


def test_its_reference_stays_known(sale):
    request = order("R-1", "tea-1 2")
    sale.engine.place(request)
    sale.trigger_orders("cancel", "R-1")
    sale.place("tea-1")
    sale.engine.archive_orders(["R-1"])
    assert sale.engine.place(request).existing
    with pytest.raises(OrderConflict):
        sale.engine.place(order("R-1", "tea-1 3"))
    report = sale.engine.place_many([(1, request), (2, order("R-1", "tea-2"))])
    assert (report.existing, [refusal.code for refusal in report.refused]) == (1, ["order_conflict"])
    assert rows(sale, "sales_order") == 1
    assert sale.engine.archive_orders(["R-1"]).already == 1


def test_nothing_of_it_can_be_moved(sale):
    item = closed(sale, "R-1")[0]
    sale.engine.archive_orders(["R-1"])
    for ask in (
        lambda: sale.trigger_orders("pay", "R-1"),
        lambda: sale.trigger("pay", item),
        lambda: sale.engine.force("paid", Selection(items=[item]), reason="no"),
        lambda: sale.engine.order_events("R-1"),
        lambda: sale.engine.why(item),
    ):
        with pytest.raises(OrderArchived, match="the order 'R-1' is archived"):
            ask()


def test_orders_that_are_not_closed_are_refused_and_nothing_is_done(sale):
    closed(sale, "R-1")
    sale.place("tea-1", reference="open")
    sale.place("tea-1")
    with pytest.raises(OrderNotClosed) as refused:
        sale.engine.archive_orders(["R-1", "open"])
    assert refused.value.parameters["orders"] == [{"reference": "open", "why": "open"}]
    with pytest.raises(UnknownOrder, match="there is no order 'nothing'"):
        sale.engine.archive_orders(["R-1", "nothing"])
    for wrong in (
        {},
        {"references": ["R-1"], "older_than": "1 day"},
        {"older_than": "soon"},
        {"references": "R"},
    ):
        with pytest.raises(InputError):
            sale.engine.archive_orders(**wrong)
    assert rows(sale, "archived_order") == 0
    assert sale.engine.archive_orders(["R-1"], dry_run=True).archived == 1
    assert rows(sale, "archived_order") == 0


def test_a_state_that_says_so_closes_after_its_time(sale):
    item = sale.place("tea-1", reference="R-1")[0]
    sale.trigger("pay", item)
    sale.forward(60)
    sale.restock("tea-1,North,99")
    assert sale.state(item) == "delivered"
    sale.place("tea-1")
    sale.forward(29 * DAY)
    assert sale.engine.order("R-1").closed_at is None
    with pytest.raises(OrderNotClosed):
        sale.engine.archive_orders(["R-1"])
    sale.forward(DAY)
    assert sale.engine.order("R-1").closed_at is not None
    assert sale.engine.archive_orders(older_than="1 day").archived == 0
    sale.forward(DAY)
    report = sale.engine.archive_orders(older_than="1 day")
    assert (report.archived, report.items) == (1, 1)


def test_what_comes_back_in_time_is_not_closed(sale):
    item = sale.place("tea-1", reference="R-1")[0]
    sale.trigger("pay", item)
    sale.forward(60)
    sale.restock("tea-1,North,99")
    sale.forward(29 * DAY)
    sale.trigger("return", item)
    sale.place("tea-1")
    sale.forward(100 * DAY)
    assert sale.engine.archive_orders(older_than="1 day").archived == 0
    sale.trigger("refund", item)
    sale.forward(2 * DAY)
    assert sale.engine.archive_orders(older_than="1 day").archived == 1


def test_by_age_the_old_ones_go_and_the_newest_order_stays(sale):
    closed(sale, "old-1", "old-2")
    sale.forward(10 * DAY)
    items = sale.place("tea-1", reference="young")
    sale.trigger("cancel", *items)
    foreseen = sale.engine.archive_orders(older_than="5 days", dry_run=True)
    report = sale.engine.archive_orders(older_than="5 days")
    assert (report.archived, report.items, report.needed) == (2, 4, {})
    assert (foreseen.archived, foreseen.items) == (2, 4)
    sale.forward(10 * DAY)
    report = sale.engine.archive_orders(older_than="5 days")
    assert (report.archived, report.needed) == (0, {"newest": 1})
    assert sale.engine.orders(Listing(archived=True, limit=1)).next is not None
    first = sale.place("tea-1")[0]
    assert first > max(row[0] for row in sale.query("SELECT id FROM archived_item"))
    assert sale.drift() == []


def test_what_a_migration_may_be_undone_for_stays(sale):
    item = closed(sale, "R-1")[0]
    sale.deploy("states new paid* cancelled\nnew -> paid : pay\nnew -> cancelled : cancel", force=True)
    moved = sale.migrate(sources=(), state="cancelled")
    assert moved.moved == 2
    sale.forward(10 * DAY)
    report = sale.engine.archive_orders(older_than="1 day")
    assert (report.archived, report.needed) == (0, {"migration": 1})
    with pytest.raises(OrderNotClosed, match="was migrated"):
        sale.engine.archive_orders(["R-1"])
    sale.engine.purge("5 days")
    assert sale.engine.archive_orders(older_than="1 day").archived == 1
    assert sale.engine.item(item).item.state == "cancelled"


def test_parts_of_a_line_are_archived_together(sale):
    item = sale.place("tea-1 5", reference="R-1")[0]
    part = sale.part("cancel", item, 2).parts[0].item
    sale.place("tea-1")
    with pytest.raises(OrderNotClosed):
        sale.engine.archive_orders(["R-1"])
    sale.trigger("cancel", item)
    before = [sale.history(one) for one in (item, part)]
    sale.engine.archive_orders(["R-1"])
    assert [sale.history(one) for one in (item, part)] == before
    assert [line.quantity for line in sale.engine.order("R-1").lines] == [5]


def test_a_cart_goes_on_to_tell_which_order_it_became(sale):
    sale.hold("cart-1", "tea-1")
    sale.trigger("cancel", *sale.place("tea-1", reference="R-1", hold="cart-1"))
    sale.place("tea-1")
    sale.engine.archive_orders(["R-1"])
    assert sale.engine.cart_hold("cart-1").order == "R-1"


def test_a_plain_purge_leaves_the_archive_and_its_own_deletes_it_by_age(sale):
    items = closed(sale, "R-1", "R-2")
    sale.forward(10 * DAY)
    sale.engine.archive_orders(["R-1", "R-2"])
    sale.engine.purge("1 day")
    assert len(sale.history(items[0])) == 2
    assert sale.engine.purge("11 days", archived=True).orders == 0
    foreseen = sale.engine.purge("9 days", archived=True, dry_run=True)
    report = sale.engine.purge("9 days", archived=True)
    assert (report.orders, report.history) == (foreseen.orders, foreseen.history) == (2, 8)
    assert [rows(sale, f"archived_{what}") for what in ("order", "item", "history")] == [0, 0, 0]
    with pytest.raises(UnknownOrder):
        sale.engine.order("R-1")
    wrong = sale.query(
        "SELECT r.id FROM transition_run r LEFT JOIN item_history h ON h.run_id = r.id"
        " GROUP BY r.id, r.history_rows HAVING r.history_rows <> count(h.item_id)"
    )
    assert wrong == []


def test_the_number_of_statements_does_not_depend_on_the_number_of_orders(sale, monkeypatch):
    from engine.storage.database import Work

    for number in range(30):
        closed(sale, f"R-{number}")
    asked: list[str] = []
    run = Work.run

    def counted(work, name, **parameters):
        asked.append(name)
        return run(work, name, **parameters)

    monkeypatch.setattr(Work, "run", counted)
    sale.engine.archive_orders(["R-0"])
    one, asked[:] = len(asked), []
    sale.engine.archive_orders([f"R-{number}" for number in range(1, 30)])
    assert len(asked) == one


@pytest.mark.parametrize("moment", range(1, 26, 2))
def test_cut_off_anywhere_whole_orders_are_on_one_side(sale, moment):
    closed(sale, "R-1", "R-2")
    cut_off = crashes(sale, moment, lambda: sale.engine.archive_orders(["R-1", "R-2"]))
    archived = {row[0] for row in sale.query("SELECT reference FROM archived_order")}
    stored = {row[0] for row in sale.query("SELECT reference FROM sales_order")}
    assert archived in (set(), {"R-1", "R-2"})
    assert stored | archived == {"R-1", "R-2", "behind-R-2"}
    assert rows(sale, "order_item") + rows(sale, "archived_item") == 5
    sale.engine.archive_orders(["R-1", "R-2"])
    assert rows(sale, "archived_item") == 4
    assert cut_off or archived
    assert sale.drift() == []


@pytest.mark.parametrize("kind", ["archive", "forget"])
def test_a_job_does_it_by_age(sale, kind):
    closed(sale, "R-1")
    sale.forward(2 * DAY)
    job = JobConfig(kind=kind, interval=60, older_than="1 day")
    report = sale.engine.run_job(job)
    assert (report.outcome, report.result["archived" if kind == "archive" else "forgotten"]) == ("done", 1)
    with pytest.raises(ValueError, match=f"a[n]? {kind} job needs 'older_than'"):
        JobConfig(kind=kind, interval=60)


def test_a_job_deletes_archived_orders_when_it_says_so(sale):
    closed(sale, "R-1")
    sale.engine.archive_orders(["R-1"])
    sale.forward(2 * DAY)
    plain = JobConfig(kind="purge", interval=60, older_than="1 day")
    assert sale.engine.run_job(plain).result["orders"] == 0
    own = JobConfig(kind="purge", name="archived", interval=60, older_than="1 day", archived=True)
    assert sale.engine.run_job(own).result["orders"] == 1
    with pytest.raises(ValueError, match="'archived' is not an option of a forget job"):
        JobConfig(kind="forget", interval=60, older_than="1 day", archived=True)
