"""What names a delivery of deltas: by its file, by a column, and what is refused of a feed that says it wrongly."""

from __future__ import annotations

import os

import pytest

from earmark.feeds.loading import feed_named
from earmark.feeds.opening import open_feed
from earmark.settings import load_settings
from engine.errors import ConfigurationInvalid, InputError
from tests.helpers.feeds import LATEST, PLAIN

DELTAS = PLAIN.replace('"on_hand"', '"delta"')


def opened(folder, said, content="sku,qty,receipt\nchair,5,R1\n", name="in-17.csv", at=1_700_000_000):
    (folder / "earmark.toml").write_text(DELTAS + said, encoding="utf-8")
    path = folder / name
    path.write_text(content, encoding="utf-8")
    os.utime(path, (at, at))
    return open_feed(feed_named(load_settings(environment={}, folder=folder).feeds, "shop"), path)


def delivery(*args, **said):
    with opened(*args, **said) as source:
        return source.delivery


def taken(*args, **said):
    with opened(*args, **said) as source:
        batches = list(source.batches(LATEST, own_times=False))
    rows = [row.line for batch in batches for row in batch.rows]
    return source.delivery.id, rows, [(row.line, str(row.code)) for b in batches for row in b.refused]


def test_a_file_is_named_by_its_name_and_the_second_in_which_it_was_written(tmp_path):
    first = delivery(tmp_path, "", at=1_700_000_000.25)
    assert (first.id, first.name, first.stamp) == (None, "in-17.csv", "2023-11-14T22:13:20Z")
    assert delivery(tmp_path, "", at=1_700_000_000.75) == first
    assert delivery(tmp_path, "", at=1_700_000_001).stamp != first.stamp


def test_an_id_stands_in_the_name(tmp_path):
    said = "delivery = { file_name = 'in-([0-9]+)' }"
    assert delivery(tmp_path, said).id == "17"
    with pytest.raises(InputError, match="the name of the file does not match"):
        delivery(tmp_path, said, name="out.csv")


def test_an_id_stands_in_the_rows_and_a_file_is_one_delivery(tmp_path):
    said = 'delivery = { column = "receipt" }\ndrop = [{ column = "sku", values = ["sum"] }]'
    content = "sku,qty,receipt\nsum,9,\nchair,5,R1\ntable,2,R1\nlamp,1,R2\nrug,1,\n"
    assert taken(tmp_path, said, content) == ("R1", [3, 4], [(5, "other_delivery"), (6, "other_delivery")])
    with pytest.raises(InputError, match="no column 'receipt'"):
        delivery(tmp_path, said, "sku,qty\nchair,5\n")


def test_what_was_refused_and_mended_is_no_delivery_of_the_sender(tmp_path):
    content = "refused_because,sku,qty,receipt\nwhy,chair,5,R1\nwhy,table,5,R2\n"
    assert taken(tmp_path, 'delivery = { column = "receipt" }', content) == (None, [2, 3], [])
    assert (
        delivery(tmp_path, "delivery = { file_name = 'in-([0-9]+)' }", content, name="mended.csv").id is None
    )


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("delivery = {}", "give one of column, file_name and by; there is nothing"),
        ('delivery = { column = "a", by = "time" }', "there is column and by"),
        ('delivery = { by = "luck" }', "by"),
        ("delivery = { file_name = '(' }", "is no regular expression"),
    ],
)
def test_a_feed_that_says_it_wrongly_is_refused(tmp_path, said, told):
    with pytest.raises(ConfigurationInvalid) as raised:
        opened(tmp_path, said)
    assert told in str(raised.value)


def test_counts_have_no_deliveries(tmp_path):
    (tmp_path / "earmark.toml").write_text(PLAIN + 'delivery = { by = "time" }')
    with pytest.raises(ConfigurationInvalid, match='of kind "delta" only'):
        load_settings(environment={}, folder=tmp_path)
