"""Orders from JSON: one or many by the number of values, exact numbers, every mistake with its place."""

import io
from decimal import Decimal

import pytest

from earmark.cli.order_input import OrderLines, read_orders
from engine.errors import InputError
from engine.requests import OrderRequest

ONE = '{"reference": "1", "store": "DE", "items": [{"sku": "a", "quantity": 2}]}'
TWO = ONE.replace('"1"', '"2"')
SPREAD = """{
  "reference": "1",
  "store": "DE",
  "items": [
    {"sku": "a", "quantity": 2}
  ]
}
"""


def read(text, lines=False):
    raw = text if isinstance(text, bytes) else text.encode()
    return read_orders(io.BytesIO(raw), "orders.json", lines=lines)


def references(orders):
    return [(line, order.reference) for line, order in orders]


@pytest.mark.parametrize(
    "text", [ONE, ONE + "\n", "\n\n" + ONE, SPREAD, "\ufeff" + ONE, "\n" + SPREAD + "\n"]
)
def test_one_value_is_one_order(text):
    order = read(text)
    assert isinstance(order, OrderRequest)
    assert (order.reference, order.items[0].quantity) == ("1", Decimal(2))


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        (f"{ONE}\n{TWO}\n", [1, 2]),
        (f"{ONE}\n\n\n{TWO}", [1, 4]),
        (SPREAD + TWO, [1, 8]),
        (f"{SPREAD}\n{SPREAD.replace('1', '2')}", [1, 9]),
        (f"{ONE} {TWO}", [1, 1]),
    ],
)
def test_several_values_are_many_orders_with_their_lines(text, lines):
    orders = read(text)
    assert isinstance(orders, OrderLines)
    assert references(orders) == [(lines[0], "1"), (lines[1], "2")]
    assert orders.refused == []


def test_a_single_line_can_be_taken_as_lines():
    assert references(read(ONE, lines=True)) == [(1, "1")]


def test_numbers_are_exact():
    order = read(ONE.replace('"quantity": 2', '"quantity": 0.1, "price": 12.30'))
    assert order.items[0].quantity == Decimal("0.1")
    assert order.items[0].price == Decimal("12.30")


def test_a_bad_line_is_refused_and_the_others_go_on():
    bad = [
        '{"reference": "x"',
        "[1]",
        '{"reference": "y", "store": "DE", "items": []}',
        '{"reference": "z", "store": "DE", "items": [{"sku": "a", "quantity": -1}]}',
    ]
    orders = read("\n".join([ONE, *bad, TWO]))
    assert references(orders) == [(1, "1"), (6, "2")]
    assert [(r.line, r.reference, r.code) for r in orders.refused] == [
        (2, None, "input_invalid"),
        (3, None, "input_invalid"),
        (4, "y", "input_invalid"),
        (5, "z", "input_invalid"),
    ]
    assert "orders.json:2:18" in orders.refused[0].message


def test_a_line_that_is_not_utf8_is_refused():
    orders = read(ONE.encode() + b"\n\xff\xfe\n" + TWO.encode())
    assert references(orders) == [(1, "1"), (3, "2")]
    assert "UTF-8" in orders.refused[0].message


def test_what_is_not_utf8_in_orders_that_span_lines_is_told_with_its_place():
    with pytest.raises(InputError, match=r"orders.json:6: .*byte 14 of the line"):
        read(("\n" + SPREAD).encode().replace(b'"a"', b'"a\xff"'))


def test_files_that_were_joined_may_each_begin_with_a_mark():
    orders = read(("\ufeff" + SPREAD) + ("\ufeff" + SPREAD.replace('"1"', '"2"')))
    assert references(orders) == [(1, "1"), (8, "2")]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "there is no order in it"),
        ("  \n\n", "there is no order in it"),
        ("[" + ONE + "]", "do not come as a JSON array"),
        ("[\n" + ONE + "\n]", "do not come as a JSON array"),
        ('"text"', "an order is a JSON object, not text"),
        ("17", "not a number"),
        ("{", "orders.json:1:2: this is not JSON"),
        (SPREAD.replace('"DE",', '"DE"'), "orders.json:4:3: this is not JSON"),
        (ONE.replace("2", "NaN"), "NaN is not a JSON number"),
        (ONE.replace("2", "Infinity"), "Infinity is not a JSON number"),
        (
            ONE.replace('"store"', '"reference": "3", "store"'),
            'the key "reference" stands in one object twice',
        ),
        (ONE.replace("2", "0"), "items[0].quantity: the quantity must be above zero"),
        (ONE.replace("2", "-3"), "items[0].quantity: -3 is negative"),
        (ONE.replace("2", '"many"'), "items[0].quantity: 'many' is not a number"),
        (ONE.replace("2", "true"), "items[0].quantity: True is not a quantity"),
        (ONE.replace("2", "0.1234567"), "items[0].quantity: 0.1234567 has more than six decimal places"),
        (ONE.replace("2", "1e30"), "items[0].quantity"),
        (ONE.replace('{"sku": "a", "quantity": 2}', ""), "items: an order needs at least one item"),
        (ONE.replace('"store": "DE", ', ""), "store: is missing"),
        (ONE.replace('"DE"', "3"), "store: must be text"),
        (ONE.replace('"a"', '""'), "items[0].sku: is empty"),
        (ONE.replace('{"sku": "a", "quantity": 2}', "3"), "items[0]: must be a JSON object"),
        ("[" * 100_000, "orders.json:1"),
        ('{"a": ' + "9" * 5000 + "}", "orders.json:1"),
    ],
)
def test_a_bad_order_is_told_with_its_place(text, said):
    with pytest.raises(InputError) as refused:
        read(text)
    assert said in refused.value.message


def test_all_mistakes_of_an_order_are_told_at_once():
    with pytest.raises(InputError) as refused:
        read('{"store": 3, "items": [{"sku": "a"}]}')
    assert (
        refused.value.message == "reference: is missing; store: must be text; items[0].quantity: is missing"
    )


def test_the_place_of_a_key_that_stands_twice_is_told_for_orders_that_span_lines():
    twice = SPREAD.replace('"store"', '"reference"')
    with pytest.raises(InputError, match=r'orders.json:8: .*the key "reference" stands in one object twice'):
        read(SPREAD + twice)


def test_of_many_keys_the_one_that_stands_twice_is_told():
    keys = ", ".join(f'"k{n}": 1' for n in range(50_000))
    with pytest.raises(InputError, match='the key "k77" stands in one object twice'):
        read(f'{{{keys}, "k77": 2}}')


def test_many_orders_that_span_lines_have_their_lines():
    orders = read("".join(SPREAD.replace('"1"', f'"{n}"') for n in range(2_000)))
    assert references(orders) == [(1 + 7 * n, str(n)) for n in range(2_000)]
