"""Two databases that sell from one warehouse: what one sells lowers what the other can, by messages in a spool."""

from __future__ import annotations


def test_what_one_sells_lowers_what_the_other_can(two):
    de, at = two
    de.sells("tea-1 3")
    assert (de.left(), at.left()) == (7, 10)
    sent = de.sends()
    assert (sent.rows, sent.stores) == (1, ("DE",))
    assert at.takes().rows == 1
    assert at.left() == 7


def test_what_is_given_back_comes_back(two):
    de, at = two
    items = de.sells("tea-1 3")
    de.sends()
    at.takes()
    de.shop.trigger("drop", *items)
    de.sends()
    at.takes()
    assert at.left() == 10


def test_nothing_is_sent_twice_when_it_was_confirmed(two):
    de, at = two
    de.sells("tea-1")
    assert de.sends().rows == 1
    assert de.sends().rows == 0
    de.sells("tea-1")
    assert de.sends().rows == 1
    at.takes()
    assert at.left() == 8


def test_the_other_side_hears_of_its_last_piece_and_publishes_that(two):
    de, at = two
    de.sells("tea-1 10")
    de.sends()
    at.takes()
    events = [
        row[0] for row in at.shop.query("SELECT payload FROM outbox WHERE kind = 'availability' ORDER BY id")
    ]
    assert '"name":"AT"' in events[-1]
    assert at.left() == 0


def test_a_message_that_comes_twice_and_one_that_comes_late_change_nothing(two):
    de, at = two
    de.sells("tea-1")
    de.sends()
    kept = min(at.source.glob("*.json")).read_bytes()
    at.takes()
    de.sells("tea-1 4")
    de.sends()
    at.takes()
    (at.source / "1.json").write_bytes(kept)
    (at.source / "2.json").write_bytes(kept)
    at.takes()
    assert at.left() == 5


def test_status_tells_how_far_both_directions_are(two):
    de, at = two
    de.sells("tea-1")
    assert de.status()["DE", "export"].as_dict() == {
        "store": "DE",
        "direction": "export",
        "last_version": 0,
        "pending": 1,
        "lag_s": None,
    }
    de.sends()
    de.shop.forward(7)
    at.takes()
    told = at.status()["DE", "import"]
    assert (told.last_version, told.pending, told.lag_s) == (1, 0, 7.0)
    assert de.status()["DE", "export"].pending == 1  # sent, and not acknowledged
    at.sends()
    de.takes()
    assert (de.status()["DE", "export"].pending, de.status()["DE", "export"].lag_s) == (0, 0.0)
