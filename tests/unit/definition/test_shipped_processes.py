"""The processes that come with the product."""

from __future__ import annotations

import pytest
from lxml import etree

from engine.definition import (
    OWN_NAMESPACE,
    Dialect,
    RegisteredNames,
    find_main_files,
    load_process,
)
from processes import definition_folder, schema_file
from tests.unit.definition.making import machine, move, process

BUILT_IN = RegisteredNames(
    commands={
        "DummyPayment/Authorize": "order",
        "DummyPayment/Pay": "order",
        "DummyPayment/Refund": "item",
        "Prepayment/SendReminder": "order",
        "Shipment/Export": "batch",
        "Shipment/Confirm": "item",
        "Mail/Confirm": "order",
    },
    conditions={
        "DummyPayment/IsAuthorized",
        "DummyPayment/IsPaid",
        "Earmark/Always",
        "Earmark/Never",
        "Prepayment/IsPaid",
    },
    timeout_processors={"Earmark/WorkingDays"},
)

MAINS = find_main_files(definition_folder())
FILES = sorted(definition_folder().rglob("*.xml"))


def names(states) -> set[str]:
    return {state.name for state in states}


def test_the_main_processes_are_the_two_that_are_promised():
    assert [path.stem for path in MAINS] == ["DummyPayment", "Prepayment"]


@pytest.mark.parametrize("path", MAINS, ids=lambda path: path.stem)
def test_a_shipped_process_has_neither_errors_nor_warnings(path):
    result = load_process(path, registered=BUILT_IN)
    assert [f"{f.location}: {f.rule}" for f in result.findings if f.severity.value != "info"] == []
    assert result.process.dialect is Dialect.OWN


@pytest.mark.parametrize("path", MAINS, ids=lambda path: path.stem)
def test_items_are_reserved_from_payment_to_shipping_and_released_by_the_stock_update(path):
    found = load_process(path).process
    assert found.states[found.initial].name == "new"
    between = {"payment pending", "reminder sent", "paid", "exported", "shipped"}
    assert names(state for state in found.states if state.reserved) == between & names(found.states)
    event = found.event_by_name["stock-update"]
    (release,) = [t for t in found.transitions if t.event == event.index]
    assert found.states[release.source].name == "shipped"
    assert found.states[release.target].name == "delivered"


def test_the_dummy_payment_has_a_return_and_a_refund_subprocess():
    found = load_process(definition_folder() / "DummyPayment.xml").process
    assert found.processes == ("DummyPayment", "Return", "Refund")
    assert names(found.states) >= {
        "new",
        "payment pending",
        "invalid",
        "cancelled",
        "paid",
        "exported",
        "shipped",
        "delivered",
        "closed",
        "returned",
        "refunded",
    }


def test_the_prepayment_reminds_and_then_gives_up():
    found = load_process(definition_folder() / "Prepayment.xml").process
    timed = {
        (found.states[t.source].name, found.states[t.target].name)
        for t in found.transitions
        if t.event is not None and found.events[t.event].timeout
    }
    assert {("payment pending", "reminder sent"), ("reminder sent", "cancelled")} <= timed


@pytest.fixture(scope="module")
def schema() -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(schema_file()))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_shipped_file_fits_the_schema(path, schema):
    schema.assertValid(etree.parse(path))


def test_the_schema_takes_sections_in_any_order(schema):
    text = process(f'<event name="e"/>\n{move("a", "a", "e")}\n<state name="a"/>\n<process>P</process>')
    schema.assertValid(etree.fromstring(machine(text)))


@pytest.mark.parametrize(
    "wrong",
    [
        '<state name="a" reserved="yes"/>',
        "<state/>",
        '<state name=" a"/>',
        '<state name="a" colour="red"/>',
        "<transition><source>a</source></transition>",
        "<event/>",
    ],
)
def test_the_schema_shows_mistakes_in_the_editor(wrong, schema):
    assert not schema.validate(etree.fromstring(machine(process(wrong))))


def test_the_schema_knows_the_namespace_and_explains_every_attribute_that_needs_it(schema):
    tree = etree.parse(schema_file())
    assert tree.getroot().get("targetNamespace") == OWN_NAMESPACE
    xs = {"xs": "http://www.w3.org/2001/XMLSchema"}
    bare = tree.xpath("//xs:attribute[not(xs:annotation)]/@name", namespaces=xs)
    assert set(bare) == {"name"}
