"""Feeds of earmark.toml: profiles below them, and what does not fit together, with its line and how to mend it."""

from __future__ import annotations

import pytest

from earmark.feeds import shipped
from earmark.feeds.errors import UnknownFeed
from earmark.feeds.loading import feed_named
from earmark.settings import load_settings
from engine.errors import ConfigurationInvalid
from engine.feeds import CountKind
from tests.helpers.feeds import PLAIN, read

PROFILE = """
kind = "on_hand"
decimal = "."
sku = { column = "sku", pad = 6 }
warehouse = { columns = "{warehouse} qty" }
quantity = { words = { "" = "skip" } }
drop = [{ column = "type", values = ["total"] }]
"""


@pytest.fixture
def profiles(monkeypatch):
    """Profiles that a test ships by name."""
    import tomllib

    def ship(**texts):
        read_texts = {name: tomllib.loads(text) for name, text in texts.items()}
        for module in ("earmark.feeds.shipped", "earmark.feeds.loading"):
            monkeypatch.setattr(f"{module}.profile_names", lambda: tuple(sorted(read_texts)))
            monkeypatch.setattr(f"{module}.profile", read_texts.__getitem__)

    return ship


def load(folder, text):
    (folder / "earmark.toml").write_text(text, encoding="utf-8")
    return load_settings(environment={}, folder=folder).feeds


def wrong(folder, text):
    with pytest.raises(ConfigurationInvalid) as refused:
        load(folder, text)
    return [line.removeprefix(f"{folder}/") for line in refused.value.lines]


def test_a_feed_takes_from_its_profile_what_it_does_not_say(tmp_path, profiles):
    profiles(shop=PROFILE)
    (feed,) = load(
        tmp_path,
        """
[[feeds]]
name = "mine"
profile = "shop"
delimiter = ";"
sku.pad = 4
quantity.words = { "-" = "zero" }
""",
    )
    assert (feed.kind, feed.delimiter, feed.sku.column, feed.sku.pad) == (CountKind.ON_HAND, ";", "sku", 4)
    assert (feed.quantity.words, feed.drop[0].values) == ({"": "skip", "-": "zero"}, ("total",))
    assert {key: origin.rsplit("/", 1)[-1] for key, origin in feed.origins.items()} == {
        ("name",): "earmark.toml:3",
        ("profile",): "earmark.toml:4",
        ("delimiter",): "earmark.toml:5",
        ("sku", "pad"): "earmark.toml:6",
        ("quantity", "words", "-"): "earmark.toml:7",
        ("quantity", "words", ""): "profile shop",
        ("sku", "column"): "profile shop",
        ("warehouse", "columns"): "profile shop",
        ("kind",): "profile shop",
        ("decimal",): "profile shop",
        ("drop",): "profile shop",
    }


def test_another_way_to_a_name_replaces_that_of_the_profile(tmp_path, profiles):
    profiles(shop=PROFILE)
    said = '[[feeds]]\nname = "mine"\nprofile = "shop"\nwarehouse.column = "wh"\nquantity.column = "qty"'
    (feed,) = load(tmp_path, said)
    assert (feed.warehouse.columns, feed.warehouse.column, feed.quantity.words) == (None, "wh", {"": "skip"})


def test_a_feed_can_be_the_profile_of_those_below_it(tmp_path, profiles):
    profiles(shop=PROFILE)
    text = """
    [[feeds]]
    name = "north"
    profile = "shop"
    source = "north/*.csv"
    encoding = "cp1252"
    [[feeds]]
    name = "south"
    profile = "north"
    """
    north, south = load(tmp_path, text)
    assert (south.encoding, south.sku.pad, south.source) == ("cp1252", 6, None)
    assert (north.source, south.origins[("encoding",)]) == (f"{tmp_path}/north/*.csv", "feed north")


def test_a_profile_is_a_feed_by_its_name(tmp_path, profiles):
    profiles(shop=PROFILE)
    found = read(tmp_path, "", "sku,type,Berlin qty\n17,,3\n18,total,3\n")
    assert (found.stock, found.skipped) == ([("000017", "Berlin", 3)], 1)


def test_a_feed_of_the_name_of_a_profile_goes_before_it(tmp_path, profiles):
    profiles(shop=PROFILE)
    text = '[[feeds]]\nname = "shop"\nprofile = "shop"\nsku.pad = 2'
    assert feed_named(load(tmp_path, text), "shop").sku.pad == 2


def test_a_profile_that_needs_more_to_be_said_tells_it(profiles):
    profiles(shop=PROFILE.replace('"on_hand"', '"available"'))
    with pytest.raises(ConfigurationInvalid, match="the profile 'shop' cannot be used as it is") as refused:
        feed_named((), "shop")
    assert 'profile = "shop"' in refused.value.remedy


def test_a_feed_that_there_is_not_is_told_with_those_that_there_are(tmp_path, profiles):
    profiles(shopify=PROFILE)
    with pytest.raises(UnknownFeed) as refused:
        feed_named(load(tmp_path, PLAIN), "shopfy")
    assert 'Did you mean "shopify"?' in refused.value.message
    assert "shop, shopify" in refused.value.remedy


def test_every_shipped_profile_can_be_read():
    for name in shipped.profile_names():
        assert shipped.profile(name)


def test_all_that_is_wrong_is_told_at_once_with_its_line(tmp_path):
    text = """
[[jobs]]
kind = "timeout"
interval = 5
[[feeds]]
name = "one"
knid = "on_hand"
sku = { colum = "a" }
[[feeds]]
name = "two"
kind = "on_hand"
encoding = "utf-9"
[feeds.sku]
column = "a"
pattern = "(a"
[[feeds]]
name = "two"
"""
    told = wrong(tmp_path, text)
    assert told == [
        "earmark.toml:3: jobs[0].kind: input should be 'conditions', 'timeouts', 'stock-update', 'publish', "
        "'reconcile', 'purge', 'archive', 'forget', 'balance', 'exchange-export' or 'exchange-import'",
        'earmark.toml:5: feeds[0].quantity: say where the quantity stands: quantity = { column = "..." }',
        'earmark.toml:5: feeds[0].warehouse: say which warehouse: warehouse = { column = "..." }, or '
        '{ constant = "NAME" }',
        'earmark.toml:7: feeds[0].knid: there is no such key. Did you mean "kind"?',
        'earmark.toml:8: feeds[0].sku.colum: there is no such key. Did you mean "column"?',
        'earmark.toml:9: feeds[1].quantity: say where the quantity stands: quantity = { column = "..." }',
        'earmark.toml:9: feeds[1].warehouse: say which warehouse: warehouse = { column = "..." }, or '
        '{ constant = "NAME" }',
        'earmark.toml:12: feeds[1].encoding: \'utf-9\' is no encoding; write one such as "utf-8", "cp1252", '
        '"iso-8859-15" or "utf-16"',
        "earmark.toml:15: feeds[1].sku.pattern: '(a' is no regular expression: missing ), unterminated subpattern "
        "at position 0",
        'earmark.toml:16: feeds[2].kind: say what its quantities are: kind = "on_hand" (what lies there, promised '
        'or not), "available" (less what is promised) or "delta" (what is to be added)',
        'earmark.toml:16: feeds[2].quantity: say where the quantity stands: quantity = { column = "..." }',
        'earmark.toml:16: feeds[2].sku: say where the sku stands: sku = { column = "..." }',
        'earmark.toml:16: feeds[2].warehouse: say which warehouse: warehouse = { column = "..." }, or '
        '{ constant = "NAME" }',
        "earmark.toml:17: feeds[2].name: there is a feed 'two' already; give it another name",
    ]


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ('kind = "available"', 'kind: kind "available" is less what is promised'),
        ('kind = "available"\npromised = "earmark"\nquantity = { add = ["a"] }', "quantity.add: a sum"),
        ('promised = "earmark"', 'promised: promised is of kind "available" only'),
        ('kind = "delta"\nwhole = true', "whole: a feed of deltas cannot be whole"),
        ('kind = "delta"\nzero = [{ column = "a", values = ["0"] }]', "zero: in a feed of deltas"),
        (
            'kind = "delta"\nquantity = { column = "a", negative = "zero" }',
            "quantity.negative: what is negative",
        ),
        ('warehouses = ["Berlin"]', "warehouses: warehouses says for which ones the file is whole"),
        ('encoding = "rot13"', "encoding: 'rot13' is no encoding"),
        ('encoding = "punycode"', "encoding: 'punycode' is no encoding of files"),
        ('delimiter = "||"', "delimiter: '||' is not one character"),
        ('delimiter = ","\nquote = ","', "quote: quote and delimiter are the same"),
        ('thousands = "."', "thousands: thousands and decimal are both '.'"),
        ('thousands = "1"', "thousands: '1' cannot be a thousands sign"),
        ('columns = ["a"]\nheader_with = ["a"]', "header_with: columns is for a file without a header"),
        (
            'sku = { column = "a", join = ["b"] }',
            "sku: give one of column, join, constant or file_name; there is column and join",
        ),
        ('sku = { constant = "A" }', "sku: a sku stands in the rows"),
        ('sku = { column = "a", separator = "-" }', "sku.separator: separator stands between"),
        ('sku = { column = "a", unknown = "keep" }', "sku.unknown: unknown says what becomes of"),
        ('sku = { column = "a", codes_columns = ["a", "b"] }', "sku.codes_columns: there is no codes_file"),
        ('sku = { column = "a", default = "x" }', "sku.default: default is for a warehouse"),
        (
            'warehouse = { pattern = "a" }',
            "warehouse: give one of column, join, constant, columns or file_name; there is nothing",
        ),
        (
            'warehouse = { columns = "{wh} qty" }\nquantity = {}',
            "warehouse.columns: {warehouse} must stand in it once",
        ),
        (
            'warehouse = { columns = "{warehouse}" }',
            "quantity: the quantity stands in the column of each warehouse",
        ),
        (
            'warehouse = { constant = "a", not_columns = ["b"] }',
            "warehouse.not_columns: not_columns goes with columns",
        ),
        ("quantity = {}", "quantity: give column, or add"),
        ('quantity = { column = "a", add = ["b"] }', "quantity.column: give column, or add"),
        (
            'quantity = { column = "a", words = { "x" = "nothing" } }',
            "quantity.words.x: 'nothing' is neither a number",
        ),
        ('drop = [{ column = "a" }]', "drop[0]: give values, not_values or both, or matches"),
        ('drop = [{ column = "a", values = ["x"], matches = "y" }]', "drop[0]: give values"),
        ('drop = [{ column = "a", matches = "(" }]', "drop[0].matches: '(' is no regular expression"),
        (
            'zero = [{ column = "a", values = ["x"], not_values = ["X"] }]',
            "zero[0]: 'x' is in values and in not_values",
        ),
        (
            'counted_at = { column = "a", file_name = "b" }',
            "counted_at: give one of column, join, file_name and message",
        ),
        ("counted_at = { message = true }", "counted_at.message: a CSV file tells no time of its own"),
        ('counted_at = { lag = "1 month" }', "counted_at.lag: '1 month' has no fixed length"),
        ('counted_at = { lag = "soon" }', "counted_at.lag: "),
        (
            'counted_at = { file_name = "a", optional = true }',
            "counted_at.optional: optional goes with column",
        ),
        (
            'counted_at = { column = "a", timezone = "Berlin" }',
            "counted_at.timezone: 'Berlin' is not a time zone",
        ),
        (
            'counted_at = { column = "a", format = "%H:%M", timezone = "UTC" }',
            "counted_at.format: '%H:%M' has not year",
        ),
        (
            'counted_at = { column = "a", format = "%d.%m.%Y" }',
            "counted_at.format: the format has no offset (%z): say timezone",
        ),
        ('counted_at = { column = "a", format = "%Q" }', "counted_at.format: '%Q' cannot be read"),
        ('guards = { oldest = "x" }', "guards.oldest: "),
        ("guards = { refused = 2 }", "guards.refused: input should be less than or equal to 1"),
        ('profile = "sprker"', "profile: there is no profile 'sprker', and no feed of that name above."),
        ('profile = "shop"', "profile: there is no profile 'shop'"),
        ('name = "a/b"', "name: string should match pattern"),
        ('lookalikes = [{ has = [], message = "x", remedy = "y" }]', "lookalikes[0].has: "),
    ],
)
def test_what_does_not_fit_together_is_told_with_a_way_to_mend_it(tmp_path, said, told):
    keys = {line.split(" ", 1)[0] for line in said.splitlines()}
    kept = [line for line in PLAIN.strip().splitlines() if line.split(" ", 1)[0] not in keys]
    (line, *more) = wrong(tmp_path, "\n".join((*kept, said)))
    assert f"feeds[0].{told}" in line, line
    assert more == []


def test_feeds_are_tables_of_their_own(tmp_path):
    assert wrong(tmp_path, "\n[feeds]\nname = 1") == [
        "earmark.toml:2: feeds: write each feed as a table of its own, which begins with [[feeds]]"
    ]


def test_a_misspelt_table_of_feeds_is_told(tmp_path):
    assert wrong(tmp_path, '[[feed]]\nname = "x"') == [
        'earmark.toml:1: feed: there is no such key. Did you mean "feeds"?'
    ]


class TestAllMistakesAtOnce:
    """Whatever is wrong is told in one run, and what only follows from it is not told besides."""

    def test_a_misspelt_key_does_not_hide_what_does_not_fit_together(self, tmp_path):
        text = PLAIN.replace('{ column = "qty" }', '{ colum = "qty" }')
        text += 'whole = 3\nwarehouses = ["Berlin"]\ncounted_at = { column = "at", timezone = "Nowhere" }\n'
        told = "\n".join(wrong(tmp_path, text))
        assert "feeds[0].quantity.colum: there is no such key. Did you mean" in told
        assert "feeds[0].whole: " in told
        assert "'Nowhere' is not a time zone" in told
        assert "give column, or add" not in told
        assert "say where the quantity stands" not in told

    def test_an_unknown_profile_does_not_hide_the_rest_nor_ask_for_what_it_would_say(self, tmp_path):
        text = (
            '[[feeds]]\nname = "a"\nprofile = "sprykr"\nencoding = "klingon"\ndelimitr = ";"\n'
            'warehouse.codes = { a = "b" }\n'
        )
        told = "\n".join(wrong(tmp_path, text))
        for one in (
            "there is no profile 'sprykr'",
            "'klingon' is no encoding",
            "delimitr: there is no such key",
        ):
            assert one in told
        assert "give one of column" not in told and "say what its quantities are" not in told

    def test_feeds_jobs_and_all_else_are_told_together(self, tmp_path):
        text = (
            'databse = "x"\nprocesses = "a\\u0000b"\n'
            '[[feeds]]\nname = "a"\nkind = "on_hnd"\nsource = "in"\n'
            '[[jobs]]\nname = "one"\nkind = "stock-update"\ninterval = "10 minutes"\nfeed = "a"\n'
            '[[jobs]]\nname = "one"\nkind = "stock-update"\ninterval = "10 minutes"\nfeed = "b"\n'
            '[[jobs]]\nname = "two"\nkind = "stock-updat"\ninterval = "10 minutes"\n'
        )
        told = "\n".join(wrong(tmp_path, text))
        for one in (
            "databse: there is no such key",
            "NUL",
            "feeds[0].kind: ",
            "feeds[0].sku: say where",
            "there is a job 'one' already",
            "there is no feed 'b'",
            "jobs[2].kind: ",
        ):
            assert one in told
        assert "there is no feed 'a'" not in told
