"""Reconciling what others were told: events of availability, and what databases have told each other."""

from __future__ import annotations

from tests.contract.exchange.conftest import second_database, second_url, sides, two  # noqa: F401
from tests.helpers.clock import DAY
from tests.helpers.sinks import Remembering


def drift(shop, **options):
    report = shop.engine.reconcile(**options)
    return [(row.store, row.sku, row.what, row.stored, row.expected) for row in report.drift]


def test_what_was_published_last_is_compared_and_told_anew(two_stores):
    shop = two_stores
    for amount in (0, 4):
        shop.restock(
            *(f"{sku},{house},{amount}" for sku in ("001_1", "001_2") for house in ("North", "South"))
        )
    assert drift(shop) == []
    before = shop.messages("availability")
    shop.sql("DELETE FROM outbox WHERE id = (SELECT max(id) FROM outbox WHERE kind = 'availability')")
    found = drift(shop, dry_run=True)
    assert found
    assert {what for _, _, what, _, _ in found} == {"published"}
    assert drift(shop) == found
    told = shop.messages("availability")[-1]
    assert told["_version"] > before[-1]["_version"]
    assert told["SpyAvailabilities"] == before[-1]["SpyAvailabilities"]
    assert drift(shop) == []


def test_a_number_that_somebody_has_changed_is_told_once_and_mended(two_stores):
    shop = two_stores
    shop.restock("001_1,North,4")
    shop.sql("UPDATE availability SET available = 0, stock = 0")
    found = drift(shop, dry_run=True)
    assert found
    assert "published" not in {what for _, _, what, _, _ in found}
    drift(shop)
    assert drift(shop) == []
    assert shop.engine.reconcile().wrong == 0


def test_what_nobody_was_ever_told_of_is_told(two_stores):
    shop = two_stores
    shop.restock("001_1,North,4", "001_1,South,3")
    shop.sql("DELETE FROM outbox")
    assert drift(shop) == []  # as after a purge: nobody can tell
    shop.sql("UPDATE abstract_availability SET event_version = 0")
    found = drift(shop)
    assert {(what, stored, expected) for _, _, what, stored, expected in found} == {("published", 0, 1)}
    assert drift(shop) == []


def test_a_purge_deletes_no_message_behind_an_older_one_that_stays(two_stores):
    shop = two_stores
    shop.restock("001_1,North,4", "001_1,South,3")
    shop.restock("001_1,North,0", "001_1,South,0")
    shop.engine.publish(Remembering())
    shop.forward(100 * DAY)
    # As by a clock that was set back between two messages: the older one is not old enough yet.
    first = "(SELECT min(id) FROM outbox)"
    later = int(99 * DAY) * 1_000_000
    shop.sql(f"UPDATE outbox SET published_at = published_at + {later} WHERE id = {first}")
    shop.sql("INSERT INTO outbox (kind, payload, created_at) VALUES ('k', '{}', ?)", shop.clock())
    expected = shop.engine.purge("90 days", dry_run=True).messages
    assert shop.engine.purge("90 days").messages == expected == 0
    assert drift(shop) == []
    shop.forward(100 * DAY)
    shop.engine.publish(Remembering())
    shop.sql("INSERT INTO outbox (kind, payload, created_at) VALUES ('k', '{}', ?)", shop.clock())
    shop.forward(100 * DAY)
    expected = shop.engine.purge("90 days", dry_run=True).messages
    assert shop.engine.purge("90 days").messages == expected > 0
    assert drift(shop) == []


def test_what_other_databases_were_told_and_have_told(two):  # noqa: F811
    de, at = two
    de.sells("tea-1 3")
    de.sends()
    at.takes()
    assert drift(de.shop) == drift(at.shop) == []
    de.shop.sql("UPDATE reservation SET exported_version = version + 5 WHERE exported_version > 0")
    ((store, sku, what, _, _),) = drift(de.shop)
    assert (store, sku, what) == ("DE", "tea-1", "exported_version")
    de.sells("tea-1")
    de.sends()
    at.takes()
    assert at.left() == 6
    at.shop.sql("UPDATE reservation SET reserved = reserved + 2000000 WHERE reserved + held > 0")
    at.shop.sql(
        "UPDATE availability SET reserved = reserved + 2000000, available = available - 2000000"
        " WHERE reserved + held > 0"
    )
    assert ("DE", "tea-1", "told_reserved", 6, 4) in drift(at.shop, dry_run=True)
    drift(at.shop)
    assert drift(at.shop) == []
    assert at.left() == 6
