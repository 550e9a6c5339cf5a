"""Orders from a pipe that never ends: no more of it is read, or kept, than the limits say."""

import io
from itertools import islice

import pytest

from earmark.cli import order_input
from earmark.cli.order_input import read_orders
from engine.errors import InputError

ONE = b'{"reference": "1", "store": "DE", "items": [{"sku": "a", "quantity": 2}]}\n'
LIMIT = 10_000


class Endless(io.RawIOBase):
    """Gives the beginning once and then the same again and again."""

    def __init__(self, again, first=b""):
        self.given = 0
        self._again, self._waiting = again, first

    def readable(self):
        return True

    def readinto(self, buffer):
        while len(self._waiting) < len(buffer):
            self._waiting += self._again
        block, self._waiting = self._waiting[: len(buffer)], self._waiting[len(buffer) :]
        buffer[:] = block
        self.given += len(block)
        return len(block)


@pytest.fixture(autouse=True)
def limits(monkeypatch):
    for name in ("LONGEST_LINE", "LARGEST_SPREAD", "_MOST_SKIPPED", "_MOST_BLANK"):
        monkeypatch.setattr(order_input, name, LIMIT)
    monkeypatch.setattr(order_input, "MOST_REFUSED", 10)


def endless(again, first=b"", *, lines=False):
    source = Endless(again, first)
    return source, lambda: read_orders(io.BufferedReader(source), "stdin", lines=lines)


@pytest.mark.parametrize(
    ("again", "said"),
    [
        (b"\0", "stdin:1: the line is longer than"),
        (b"x", "stdin:1: the line is longer than"),
        (b"{\n", "the orders are not one a line, and have more than"),
        (b"{\n\n", "the orders are not one a line, and have more than"),
        (b"\n", "nothing but blank lines comes any more"),
        (b"    \n", "nothing but blank lines comes any more"),
    ],
)
def test_what_is_no_order_is_read_up_to_the_limit(again, said):
    source, read = endless(again)
    with pytest.raises(InputError) as refused:
        read()
    assert said in refused.value.message
    assert source.given < 3 * LIMIT


def test_orders_one_a_line_are_read_as_they_come():
    source, read = endless(ONE)
    assert len(list(islice(read(), 1000))) == 1000
    assert source.given < 1000 * len(ONE) + io.DEFAULT_BUFFER_SIZE


@pytest.mark.parametrize(
    ("again", "code", "said"),
    [
        (b"no order\n", "input_invalid", "this is not JSON"),
        (b"{}\n", "input_invalid", "reference: is missing"),
        (b"\n", "input_invalid", "nothing but blank lines comes any more"),
        (b"\0", "input_invalid", "the line does not end"),
    ],
)
@pytest.mark.parametrize("lines", [True, False])
def test_after_good_orders_the_rest_is_given_up_and_told(again, code, said, lines):
    source, read = endless(again, ONE + ONE, lines=lines)
    orders = read()
    assert [line for line, _ in orders] == [1, 2]
    assert orders.stopped
    assert (orders.refused[-1].code, orders.refused[0].line) == (code, 3)
    assert said in orders.refused[-1].message
    assert len(orders.refused) <= 10 and source.given < 4 * LIMIT


def test_a_line_that_is_too_long_is_refused_and_the_others_go_on():
    long = ONE.replace(b'"a"', b'"' + b"a" * LIMIT + b'"')
    orders = read_orders(io.BytesIO(ONE + long + ONE), "stdin", lines=False)
    assert [line for line, _ in orders] == [1, 3]
    assert [(refusal.line, refusal.code) for refusal in orders.refused] == [(2, "line_too_long")]
    assert not orders.stopped
