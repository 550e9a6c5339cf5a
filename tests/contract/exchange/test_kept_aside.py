"""What cannot be taken is kept as it came with the reason, and never stops what comes after it."""

from __future__ import annotations

import json

import pytest

from engine.errors import UnknownStore
from engine.exchange.signing import written

SECRET = "a secret that both sides know"


def put(side, body, name="0.json"):
    """Lay a message into the spool of a side, before all others."""
    side.source.mkdir(exist_ok=True)
    (side.source / name).write_bytes(body if isinstance(body, bytes) else json.dumps(body).encode())


def reasons(side):
    return [kept.reason for kept in side.shop.engine.exchange_refused()]


def told(side, row=0):
    """The first message of changes that waits for a side."""
    return next(message for message in side.waiting() if message.get("rows"))


WRONG = {
    "no JSON": (b"{", "not_json"),
    "no Unicode": (b"\xff\xfe{}", "not_json"),
    "half a character": (b'{"earmark":1,"kind":"\\ud800"}', "not_json"),
    "not a number": (b'{"earmark":1,"x":NaN}', "not_json"),
    "deep": (b"[" * 100_000, "not_json"),
    "a NUL": (b'{"earmark":1,"kind":"changes\\u0000"}', "message_invalid"),
    "a list": (b"[1]", "message_invalid"),
    "no format": (b'{"kind":"changes"}', "message_invalid"),
    "a newer format": (b'{"earmark":2,"kind":"wonders"}', "newer_format"),
    "another kind": (b'{"earmark":1,"kind":"wonders"}', "message_invalid"),
    "nothing in it": (b'{"earmark":1,"kind":"changes"}', "message_invalid"),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_what_is_no_message_is_kept_and_the_next_one_is_taken(two, wrong):
    de, at = two
    body, reason = WRONG[wrong]
    de.sells("tea-1 3")
    de.sends()
    put(at, body)
    assert at.takes().kept == 1
    assert at.left() == 7
    (kept,) = at.shop.engine.exchange_refused()
    assert kept.reason == reason
    assert not (at.source / "0.json").exists()


CHANGES = {
    "a negative version": {"version": -1},
    "a version beyond 64 bits": {"version": 1 << 63},
    "a version as text": {"version": "3"},
    "an amount with seven places": {"reserved": "0.1234567"},
    "a negative amount": {"held": "-1"},
    "no sku": {"sku": ""},
    "a sku with a NUL": {"sku": "a\0b"},
    "a time without an offset": {"counted_at": "2026-01-01T00:00:00"},
}


@pytest.mark.parametrize("wrong", CHANGES)
def test_a_message_with_a_wrong_row_is_kept_whole(two, wrong):
    de, at = two
    de.sells("tea-1 3")
    de.sends()
    message = told(at)
    message["rows"][0].update(CHANGES[wrong])
    for path in at.source.glob("*.json"):
        path.unlink()
    put(at, message)
    assert at.takes().kept == 1
    assert (reasons(at), at.left()) == (["message_invalid"], 10)


def test_what_is_told_of_a_store_that_is_not_known_counts_once_it_is(two):
    de, at = two
    at.shop.topology(stores=[{"name": "AT", "shares_reservations_with": []}])
    at.shop.sql("UPDATE store SET name = 'XX' WHERE name = 'DE'")
    de.sells("tea-1 3")
    de.sends()
    assert at.takes().kept == 0
    (kept,) = at.shop.engine.exchange_refused()
    assert (kept.reason, kept.rows, kept.id) == ("unknown_remote_store", 1, None)
    assert "'DE'" in kept.message
    at.shop.topology(
        stores=[
            {"name": "AT", "shares_reservations_with": ["DE"]},
            {"name": "DE", "remote": True, "shares_reservations_with": ["AT"]},
        ]
    )
    at.takes()
    assert (reasons(at), at.left()) == ([], 7)


def test_what_is_told_of_a_product_that_is_not_known_counts_once_it_is(two):
    de, at = two
    de.shop.topology(products=[{"sku": "cup", "concretes": [{"sku": "cup-1"}]}])
    de.shop.restock("cup-1,North,5")
    de.sells("cup-1 2")
    de.sends()
    at.takes()
    assert reasons(at) == ["unknown_sku"]
    at.shop.topology(products=[{"sku": "cup", "concretes": [{"sku": "cup-1"}]}])
    at.shop.restock("cup-1,North,5")
    at.takes()
    assert (reasons(at), at.left("cup-1")) == ([], 3)


def test_what_is_told_of_a_store_of_this_database_is_passed_over(two):
    de, at = two
    de.sells("tea-1 3")
    de.sends()
    message = told(at)
    message["rows"][0]["store"] = "AT"
    message["stores"] = ["AT"]
    put(at, message)
    report = at.takes()
    assert (report.ignored, report.kept) == (1, 0)
    assert at.left() == 7


def test_a_message_of_its_own_is_kept(two):
    de, _ = two
    de.sells("tea-1")
    de.source.mkdir()
    de.to.symlink_to(de.source)
    de.sends()
    de.takes()
    assert set(reasons(de)) == {"own_message"}
    assert de.left() == 9


def test_another_database_is_not_believed_of_a_store_that_one_tells_of_until_that_is_forgotten(two):
    de, at = two
    de.sells("tea-1 3")
    de.sends()
    at.takes()
    de.shop.sql("UPDATE exchange_self SET origin = 'somebody else'")
    de.sells("tea-1")
    de.sends()
    at.takes()
    assert set(reasons(at)) == {"other_origin"}
    assert at.left() == 7
    at.shop.engine.exchange_forget("DE")
    assert at.shop.engine.exchange_take_again().kept == 0
    assert (reasons(at), at.left()) == ([], 6)


# --- signatures ---


def test_both_sides_with_the_same_secret_understand_each_other(two):
    de, at = two
    de.shop.runtime.secrets = at.shop.runtime.secrets = (SECRET,)
    de.sells("tea-1 3")
    de.sends()
    assert told(at)["signature"].startswith("v1,")
    at.takes()
    assert (reasons(at), at.left()) == ([], 7)


def test_what_is_not_signed_is_kept_until_the_other_side_has_the_secret(two):
    de, at = two
    at.shop.runtime.secrets = (SECRET,)
    de.sells("tea-1 3")
    de.sends()
    at.takes()
    assert (set(reasons(at)), at.left()) == ({"unsigned"}, 10)
    at.shop.runtime.secrets = ()
    assert at.shop.engine.exchange_take_again().kept == 0
    assert (reasons(at), at.left()) == ([], 7)


def test_a_message_that_was_changed_on_its_way_is_kept(two):
    de, at = two
    de.shop.runtime.secrets = at.shop.runtime.secrets = (SECRET,)
    de.sells("tea-1 3")
    de.sends()
    message = told(at)
    message["rows"][0]["reserved"] = "0"
    for path in at.source.glob("*.json"):
        path.unlink()
    put(at, message)
    at.takes()
    assert (reasons(at), at.left()) == (["bad_signature"], 10)


def test_a_secret_can_be_changed_without_a_gap(two):
    de, at = two
    new = SECRET.upper()
    de.shop.runtime.secrets = (SECRET,)
    at.shop.runtime.secrets = (new, SECRET)
    de.sells("tea-1")
    de.sends()
    at.takes()
    de.shop.runtime.secrets = (new, SECRET)
    de.sells("tea-1")
    de.sends()
    at.takes()
    assert (reasons(at), at.left()) == ([], 8)


def test_the_signature_is_that_of_everything_else():
    message = json.loads(written({"earmark": 1, "b": "ü", "a": 2}, (SECRET,)))
    assert json.loads(written({"a": 2, "b": "ü", "earmark": 1}, (SECRET,))) == message
    assert (
        json.loads(written({"a": 3, "b": "ü", "earmark": 1}, (SECRET,)))["signature"] != message["signature"]
    )


def test_what_is_no_store_of_another_database_is_not_forgotten(two):
    de, _ = two
    for name in ("DE", "A", "FR"):
        with pytest.raises(UnknownStore, match="known: AT"):
            de.shop.engine.exchange_forget(name)
    with pytest.raises(UnknownStore, match='Did you mean "AT"'):
        de.shop.engine.exchange_forget("ATT")
    de.shop.engine.exchange_forget(" AT ")
