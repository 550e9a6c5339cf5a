"""Text and numbers that databases refuse or read otherwise: the same answer on each of them."""

from __future__ import annotations

import pytest

from engine.errors import InputError, UnknownItem
from engine.requests import Selection
from tests.helpers.plugins import fails

SALE = "states new paid\nnew -> paid : pay\nevent pay command=charge"
NOT_UNICODE = "a\ud800"


@pytest.mark.parametrize(
    ("said", "stored"), [("a\0b", "a\\x00b"), (NOT_UNICODE, "a\\ud800"), ("Größe 📦 \\u0000 '\"", None)]
)
def test_what_a_failing_command_says_is_stored_and_its_items_are_free(sale, said, stored):
    sale.command("charge", does=fails(said))
    (item,) = sale.place()
    (failure,) = sale.trigger("pay", item).failed
    assert failure.message.endswith(f"RuntimeError: {stored or said}")
    assert sale.history(item)[-1].error.endswith(f"RuntimeError: {stored or said}")
    sale.command("charge")
    assert sale.trigger("pay", item).moved == 1


@pytest.mark.parametrize("text", ["a\0b", NOT_UNICODE, "Größe 📦 \\u0000 '\""])
def test_whatever_text_a_command_returns_is_logged(sale, text):
    sale.command("charge", does=lambda *_: {"text": text, "more": [text]})
    assert sale.trigger("pay", *sale.place()).moved == 1


def test_text_that_is_no_unicode_is_refused_and_nothing_is_done(sale):
    sale.command("charge")
    (item,) = sale.place()
    for asked in [
        lambda: sale.trigger_orders("pay", NOT_UNICODE),
        lambda: sale.engine.order(NOT_UNICODE),
        lambda: sale.engine.force("paid", Selection(items=(item,)), reason=NOT_UNICODE),
        lambda: sale.place(note=NOT_UNICODE),
    ]:
        with pytest.raises(InputError, match="not Unicode"):
            asked()
    assert sale.state(item) == "new"
    assert sale.value("SELECT count(*) FROM sales_order") == 1


@pytest.mark.parametrize("note", ["a\0b", "Größe 📦 \\u0000 '\""])
def test_plugins_get_the_text_of_an_order_as_it_was_given(sale, note):
    seen = []
    sale.command("charge", does=lambda item, _: seen.append(item.order_data["note"]))
    sale.trigger("pay", *sale.place(note=note))
    assert seen == [note]


@pytest.mark.parametrize("item", [-1, 0, 2**63, 10**23])
def test_ids_that_no_database_holds_are_unknown(sale, item):
    (real,) = sale.place()
    for asked in [
        lambda: sale.trigger("pay", real, item),
        lambda: sale.engine.retry(Selection(items=(item,))),
        lambda: sale.engine.force("paid", Selection(items=(item,)), reason="x"),
        lambda: sale.history(item),
    ]:
        with pytest.raises(UnknownItem, match=f"there is no order item {item}$"):
            asked()
