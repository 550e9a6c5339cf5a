"""What the built-in plugins answer and return."""

from __future__ import annotations

import ast
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

import plugins.builtin
from engine.hooks import CallContext, PlainItem, ReservationChange
from plugins import load_plugins

REGISTRY = load_plugins(entry_points=False)
MONDAY = datetime(2026, 3, 2, 10, 30, 15, 250, tzinfo=UTC)


def context(**data) -> CallContext:
    return CallContext(event="e", now=MONDAY, key="key-7", data=data)


def ask(name: str, order_data: dict, **data) -> object:
    return REGISTRY.condition(name).call(PlainItem(order_data=order_data), context(**data))


@pytest.mark.parametrize(("name", "answer"), [("Earmark/Always", True), ("Earmark/Never", False)])
def test_a_constant_condition_answers_what_it_announces(name, answer):
    assert REGISTRY.condition(name).constant is answer
    assert ask(name, {}) is answer


@pytest.mark.parametrize(
    ("name", "field"), [("DummyPayment/IsAuthorized", "authorized"), ("DummyPayment/IsPaid", "paid")]
)
def test_a_dummy_payment_goes_well_unless_the_order_says_otherwise(name, field):
    other = "paid" if field == "authorized" else "authorized"
    went_well = [{}, {"payment": None}, {"payment": {}}, {"payment": {field: True, other: False}}]
    assert [ask(name, data) for data in went_well] == [True] * 4
    assert ask(name, {"payment": {field: False}}) is False


def test_a_prepayment_is_open_until_somebody_says_it_came():
    name = "Prepayment/IsPaid"
    assert [ask(name, data) for data in ({}, {"payment": {}}, {"payment": {"paid": False}})] == [False] * 3
    assert ask(name, {"payment": {"paid": True}}) is True
    assert ask(name, {}, paid=True) is True
    assert ask(name, {"payment": {"paid": False}}, paid=True) is True
    assert ask(name, {"payment": {"paid": True}}, paid=False) is True


@pytest.mark.parametrize("name", ["DummyPayment/IsAuthorized", "DummyPayment/IsPaid", "Prepayment/IsPaid"])
@pytest.mark.parametrize(
    ("payment", "said"),
    [("card", "'card', not an object"), ({"paid": "no", "authorized": "no"}, "'no', not true or false")],
)
def test_payment_data_of_another_shape_is_no_answer(name, payment, said):
    with pytest.raises(ValueError, match=said):
        ask(name, {"payment": payment})


def test_a_trigger_that_says_paid_in_another_way_is_no_answer():
    with pytest.raises(ValueError, match='trigger\'s "paid" is 1, not true or false'):
        ask("Prepayment/IsPaid", {}, paid=1)


@pytest.mark.parametrize("name", sorted({*REGISTRY.names().commands} - {"Earmark/Allocate"}))
def test_a_command_returns_the_key_a_provider_would_be_sent(name):
    command = REGISTRY.command(name)
    item = PlainItem(order_reference="R1", sku="S1", quantity=Decimal("1.5"))
    told = command.call(item if command.scope == "item" else [item], context())
    assert told["idempotency_key"] == "key-7"
    assert told == command.call(item if command.scope == "item" else [item], context())


def test_the_commands_are_for_as_many_items_as_documented():
    assert REGISTRY.names().commands == {
        "DummyPayment/Authorize": "order",
        "DummyPayment/Pay": "order",
        "DummyPayment/Refund": "item",
        "Earmark/Allocate": "batch",
        "Mail/Confirm": "order",
        "OrderAmendment/StartGracePeriod": "order",
        "OrderAmendment/UnreserveDeletedItems": "order",
        "OrderAmendmentAsync/ApplyOrderAmendmentDraft": "order",
        "OrderAmendmentAsync/NotifyOrderAmendmentApplied": "order",
        "OrderAmendmentAsync/NotifyOrderAmendmentFailed": "order",
        "Prepayment/SendReminder": "order",
        "Shipment/Confirm": "item",
        "Shipment/Export": "batch",
    }


def test_a_refund_names_what_is_paid_back():
    told = REGISTRY.command("DummyPayment/Refund").call(
        PlainItem(sku="S1", quantity=Decimal("1.5")), context()
    )
    assert (told["sku"], told["quantity"]) == ("S1", "1.5")


def test_the_export_counts_items_and_orders():
    items = [PlainItem(id=1, order_id=1), PlainItem(id=2, order_id=1), PlainItem(id=3, order_id=2)]
    told = REGISTRY.command("Shipment/Export").call(items, context())
    assert (told["items"], told["orders"]) == (3, 2)


def test_availability_is_written_by_the_first_handler():
    class Work:
        def __init__(self):
            self.written = []

        def write_availability(self, changes):
            self.written.extend(changes)

    work = Work()
    changes = [ReservationChange(1, 2, "DE", "S1", Decimal(0), Decimal(3))]
    REGISTRY.reservation_handlers()[0](changes, work)
    assert work.written == changes


class TestWorkingDays:
    def due(self, day: int, text: str) -> datetime:
        processor = REGISTRY.timeout_processor("Earmark/WorkingDays")
        return processor(PlainItem(), text, MONDAY.replace(day=day))

    @pytest.mark.parametrize(
        ("day", "text", "due"),
        [
            (2, "1 day", 3),
            (2, "3 days", 5),
            (2, "5 days", 9),
            (5, "1 day", 6),
            (5, "3 days", 10),
            (6, "1 day", 9),
            (6, "3 days", 11),
            (6, "11 days", 23),
            (7, "1 day", 9),
            (7, "5 days", 13),
            (8, "1 day", 9),
            (8, "6 days", 16),
        ],
    )
    def test_weekends_do_not_count(self, day, text, due):
        # 2 March 2026 is a Monday.
        assert self.due(day, text) == MONDAY.replace(day=due)

    @pytest.mark.parametrize("text", ["3 days", "3days", "+3 days", " 3 DAYS ", "3 day", "3 weekdays", "P3D"])
    def test_days_may_be_written_in_these_ways(self, text):
        assert self.due(2, text) == MONDAY.replace(day=5)

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "0 days",
            "-3 days",
            "1 week",
            "P1W",
            "P1M",
            "2 hours",
            "1 day 2 hours",
            "3",
            "days",
            "1.5 days",
        ],
    )
    def test_other_texts_are_refused(self, text):
        with pytest.raises(ValueError, match="whole days"):
            self.due(2, text)

    def test_every_span_agrees_with_counting_day_by_day(self):
        for start in range(2, 9):
            for count in range(1, 30):
                day, left = MONDAY.replace(day=start), count
                while left:
                    day = day.fromordinal(day.toordinal() + 1).replace(tzinfo=UTC)
                    left -= day.weekday() < 5
                assert self.due(start, f"{count} days").date() == day.date()


def test_built_ins_use_nothing_that_another_plugin_could_not():
    allowed = {"engine.hooks", "plugins", "plugins.builtin.payment_data"}
    folder = Path(plugins.builtin.__file__).parent
    for path in folder.glob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        used = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
        own = {
            name for name in used if name and name.split(".")[0] in ("engine", "plugins", "rules", "earmark")
        }
        assert own <= allowed, path.name
