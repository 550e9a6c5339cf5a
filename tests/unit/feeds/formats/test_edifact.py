"""INVRPT: both orders of its segments, what stands for which quantity, and all that pydifact says nothing of."""

from __future__ import annotations

import re

import pytest

from engine.errors import ConfigurationInvalid, FileUnreadable
from tests.helpers.formats import example, opened

OLD, NEW = example("invrpt-d96a.edi"), example("invrpt-d01b.edi")
CODES = {"on_hand": "145", "committed": "66", "damaged": 124}
LINE = b"LIN+1++4000862141404:EN'\n"


def invrpt(content, codes=None, **feed):
    return opened("edifact-invrpt", content, options=CODES if codes is None else codes, **feed)


def message(*lines: str, head: str = "UNB+UNOC:3+A:14+B:14+261128:0615+R'", release: str = "D:96A") -> bytes:
    """An interchange with one message of these segments below its head."""
    body = [f"UNH+1+INVRPT:{release}:UN'", "BGM+35+1+9'", *lines]
    return "\n".join([head, *body, f"UNT+{len(body) + 1}+1'", "UNZ+1+R'"]).encode("latin-1")


def refused(content, codes=None, **feed) -> str:
    with pytest.raises(FileUnreadable) as error:
        invrpt(content, codes, **feed)
    return error.value.message


def test_d96a_has_one_record_a_balance_with_its_own_place_and_time():
    found = invrpt(OLD)
    assert found.refused == []
    assert found.pick("seller_sku", "location", "on_hand", "committed", "damaged", "counted_at") == [
        ("TEA-500", "4012345000016", "300", "12", "", "2026-11-27T22:00"),
        ("TEA-LOOSE", "4012345000016", "12.1250", "", "", "2026-11-27T22:00"),
        ("M'UG BL+W", "BER", "80", "", "", "2026-11-27T22:00"),
        ("M'UG BL+W", "HAM", "40", "", "", "2026-11-26T22:00"),
        ("M'UG BL+W", "HAM", "", "", "2", "2026-11-27T22:00"),
        ("CUP-6", "4012345000016", "300", "", "", "2026-11-27T22:00"),
    ]
    assert found.records[1]["unit"] == "KGM" and found.records[2]["location_agency"] == "92"
    assert (
        found.records[0]["quantity_145"] == "300" and found.records[0]["reporting_party"] == "4012345000009"
    )
    assert found.lines == [11, 15, 18, 20, 23, 27], "the lines of the file, as it has a segment a line"


def test_d01b_has_the_inventory_before_its_quantities_and_what_follows_is_of_all_of_them():
    found = invrpt(NEW)
    assert found.pick("location", "inventory_type", "status", "on_hand", "committed", "counted_at") == [
        ("BER", "1", "", "300", "12", "2026-11-27T22:00+01:00"),
        ("BER", "2", "DMG", "5", "", "2026-11-27T22:00+01:00"),
    ]


def test_in_d96a_the_inventory_stands_behind_its_quantity():
    found = invrpt(message(LINE.decode(), "QTY+145:7'", "INV++4'", "QTY+145:3'", "INV++1'"))
    assert found.pick("on_hand", "inventory_type") == [("7", "4"), ("3", "1")]


def test_a_feed_names_the_codes_and_what_it_does_not_name_is_refused_and_the_rest_taken():
    content = message("LIN+1++T:SA'", "QTY+145:7'", "QTY+21:5'", "QTY+33:9'")
    found = invrpt(content, {"on_hand": "145", "ignore": "33"})
    assert found.pick("sku", "on_hand") == [("T", "7")]
    assert found.codes == [(6, "unnamed_quantity")]
    assert 'ignore = "21"' in found.refused[0][2] and 'on_hand = "145"' in found.refused[0][2]


def test_a_feed_without_codes_is_told_to_name_them():
    with pytest.raises(ConfigurationInvalid, match="which code of the partner is which quantity"):
        invrpt(OLD, {})
    with pytest.raises(ConfigurationInvalid, match="145 is on_hand already"):
        invrpt(OLD, {"on_hand": "145", "held": "17 145"})
    with pytest.raises(ConfigurationInvalid, match="no option onhand") as error:
        invrpt(OLD, {"onhand": "145"})
    assert any("on_hand" in line for line in error.value.lines)


def test_two_codes_of_one_name_are_not_added_up_in_silence():
    found = invrpt(message("LIN+1++T:SA'", "QTY+145:7'", "QTY+17:9'"), {"on_hand": "145 17"})
    assert (found.records, found.codes) == ([], [(5, "bad_balance")])
    assert "145 and 17" in found.refused[0][2]


def test_quantities_of_packages_are_in_the_total_and_are_no_rows():
    assert [one for one in invrpt(OLD).records if one["seller_sku"] == "CUP-6"] == [invrpt(OLD).records[-1]]
    nested = message("CPS+1'", "LIN+1++T:SA'", "QTY+145:300'", "CPS+2+1'", "LIN+2++T:SA'", "QTY+145:150'")
    assert invrpt(nested).pick("on_hand") == [("300",)]
    alone = message("CPS+2+1'", "LIN+1++T:SA'", "QTY+145:150'")
    assert invrpt(alone).codes == [(5, "bad_balance")]


def test_balances_at_several_times_are_rows_of_their_own():
    content = message(
        "LIN+1++T:SA'", "QTY+145:7'", "DTM+366:20261127:102'", "QTY+145:9'", "DTM+366:20261128:102'"
    )
    assert invrpt(content).pick("on_hand", "counted_at") == [("7", "2026-11-27"), ("9", "2026-11-28")]


def test_a_place_that_the_feed_does_not_name_is_told():
    content = message(
        "LIN+1++T:SA'", "QTY+145:7'", "LOC+7+X::92'", "QTY+145:8'", "LOC+14+A::92'", "LOC+18+B::92'"
    )
    found = invrpt(content)
    assert (found.records, found.codes) == ([], [(5, "bad_balance"), (7, "bad_balance")])
    assert "options.locations" in found.refused[0][2] and "A and B" in found.refused[1][2]
    assert invrpt(content, CODES | {"locations": "7 14"}).pick("location") == [("X",)]


@pytest.mark.parametrize(
    ("code", "text", "shown"),
    [
        ("102", "20261128", "2026-11-28"),
        ("203", "202611281430", "2026-11-28T14:30"),
        ("204", "20261128143005", "2026-11-28T14:30:05"),
        ("205", "202611281430?+0100", "2026-11-28T14:30+01:00"),
        ("303", "202611281430UTC", "2026-11-28T14:30+00:00"),
        ("303", "202611281430CET", "2026-11-28T14:30+01:00"),
        ("718", "2026112720261128", "2026-11-27"),
        ("201", "2611281430", "2026-11-28T14:30"),
    ],
)
def test_times_of_every_format_are_iso(code, text, shown):
    found = invrpt(message(f"DTM+366:{text}:{code}'", "LIN+1++T:SA'", "QTY+145:7'"))
    assert found.pick("counted_at") == [(shown,)]


@pytest.mark.parametrize(
    ("code", "text"), [("102", "20261328"), ("203", "2026112"), ("205", "202611281430"), ("999", "1")]
)
def test_a_time_that_is_none_is_refused_with_its_segment(code, text):
    assert "segment 4: " in refused(message(f"DTM+366:{text}:{code}'", "LIN+1++T:SA'", "QTY+145:7'"))
    own = invrpt(message("LIN+1++T:SA'", "QTY+145:7'", f"DTM+366:{text}:{code}'"))
    assert own.codes == [(5, "bad_balance")] and "segment 6" in own.refused[0][2]


def test_the_time_of_the_message_needs_a_zone_and_its_qualifier():
    told = {"counted_at": {"message": True, "timezone": "Europe/Berlin"}}
    assert invrpt(OLD, **told).counted_at == 1795813200 * 10**6
    assert "no timezone" in refused(OLD, counted_at={"message": True})
    assert invrpt(NEW, counted_at={"message": True}).counted_at == 1795813200 * 10**6
    without = re.sub(rb"DTM\+366:[^\n]*\n", b"", OLD, count=1).replace(b"UNT+31", b"UNT+30")
    assert "does not tell when it was counted" in refused(without, **told)
    # A date alone is the start of its day in the zone of the feed.
    assert invrpt(without, CODES | {"count_date": "137"}, **told).counted_at == 1795820400 * 10**6


def test_messages_of_several_times_are_not_given_the_first_one():
    two = message("DTM+366:20261127:102'", "LIN+1++T:SA'", "QTY+145:7'")
    other = (
        two.replace(b"UNH+1+", b"UNH+2+").replace(b"20261127", b"20261128").replace(b"+1'\nUNZ", b"+2'\nUNZ")
    )
    both = two.replace(b"UNZ+1+R'", b"") + b"".join(other.splitlines(keepends=True)[1:]).replace(
        b"UNZ+1", b"UNZ+2"
    )
    assert invrpt(both).pick("counted_at") == [("2026-11-27",), ("2026-11-28",)]
    assert "the first one at 2026-11-27" in refused(both, counted_at={"message": True, "timezone": "UTC"})


def test_several_interchanges_of_a_file_are_all_read():
    # pydifact takes a second one into the first, and drops all that stands before a UNA.
    assert len(invrpt(NEW + OLD).records) == len(invrpt(NEW).records) + len(invrpt(OLD).records)
    assert len(invrpt(NEW + OLD + NEW).records) == 10


def test_lines_wrapped_within_segments_and_none_at_all_are_the_same_message():
    flat = OLD.replace(b"\n", b"")
    wrapped = flat[:9] + b"\r\n".join(flat[9:][at : at + 35] for at in range(0, len(flat), 35))
    assert invrpt(flat).records == invrpt(wrapped).records == invrpt(OLD).records
    assert invrpt(OLD.replace(b"\n", b"\r\n") + b"\x1a").records == invrpt(OLD).records
    assert invrpt(b"\xef\xbb\xbf\n" + OLD).records == invrpt(OLD).records


def test_other_separators_are_those_of_the_una():
    other = NEW.translate(bytes.maketrans(b":+'?", b">*~!")).replace(b"!*0100", b"+0100")
    assert invrpt(b"UNA>*.! ~\n" + other).records == invrpt(NEW).records
    # A new line as terminator, and no release character.
    lines = OLD[10:].replace(b"'\n", b"\n").replace(b"?'", b"").replace(b"?+", b"")
    assert invrpt(b"UNA:+.  \n" + lines).pick("seller_sku")[2] == ("MUG BLW",)


def test_a_comma_and_a_point_are_both_the_decimal_sign():
    for number in ("12,5", "12.5"):
        content = message("LIN+1++T:SA'", f"QTY+145:{number}'")
        assert invrpt(content).pick("on_hand") == [("12.5",)]
        assert invrpt(content, decimal=",").pick("on_hand") == [("12,5",)]


def test_letters_are_those_of_the_syntax_identifier():
    content = message("LIN+1++TÜ:SA'", "QTY+145:7'")
    assert invrpt(content).pick("sku") == [("TÜ",)]
    assert invrpt(content.decode("latin-1").encode().replace(b"UNOC", b"UNOW")).pick("sku") == [("TÜ",)]
    assert "no character of ascii" in refused(content.replace(b"UNOC", b"UNOA"))
    assert invrpt(content.replace(b"UNOC", b"UNOA"), CODES | {"charset": "latin-1"}).pick("sku") == [("TÜ",)]
    assert "'UNOX' does not say" in refused(content.replace(b"UNOC", b"UNOX"))
    with pytest.raises(ConfigurationInvalid, match="no character set"):
        invrpt(content, CODES | {"charset": "utf-16"})


@pytest.mark.parametrize(
    ("wrong", "right", "said"),
    [
        (b"UNT+31+1", b"UNT+30+1", "segment 33: UNT counts 30, but there came 31 segments"),
        (b"UNT+31+1", b"UNT+31+2", "segment 33: UNT has the reference '2', its UNH '1'"),
        (b"UNT+31+1'\n", b"", "segment 33: UNZ closes a UNB that is not open"),
        (b"UNZ+1+7031'\n", b"", "UNB is never closed"),
        (b"UNZ+1", b"UNZ+2", "UNZ counts 2, but there came 1 message"),
        (b"UNZ+1+7031", b"UNZ+1+7030", "the reference '7030'"),
        (b"CNT+2:4", b"CNT+2:5", "CNT+2 counts 5, but there came 4 LINs"),
        (b"INVRPT", b"DESADV", "the message is DESADV, not INVRPT"),
        (b"BGM+35+IR-20261128+9", b"BGM+35+IR-20261128+1", "a cancellation"),
        (b"QTY+66:12'", b"qty+66:12'", "'qty' is no tag"),
        (b"QTY+66:12'", b"'", "the segment is empty"),
    ],
)
def test_what_pydifact_does_not_check_is_checked(wrong, right, said):
    assert wrong in OLD
    assert said in refused(OLD.replace(wrong, right, 1))


def test_groups_are_counted_too():
    assert "UNE counts 2, but there came 1 message" in refused(NEW.replace(b"UNE+1", b"UNE+2"))
    assert "UNZ counts 2, but there came 1 group" in refused(NEW.replace(b"UNZ+1", b"UNZ+2"))
    assert "UNE is never closed" not in refused(NEW.replace(b"UNE+1+1'\n", b""))


def test_a_file_that_is_cut_off_is_refused_wherever_it_was_cut():
    for end in range(len(OLD) - 2, 20, -7):
        assert "stock.dat" in refused(OLD[:end])


def test_a_change_is_no_whole_stock():
    change = OLD.replace(b"IR-20261128+9", b"IR-20261128+4")
    assert len(invrpt(change).records) == 6
    assert "a change" in refused(change, whole=True)


@pytest.mark.parametrize(
    ("content", "looks"),
    [
        (b"", "an empty file"),
        (b"a;b\n1;2\n", "text"),
        (b"PK\x03\x04", "zip"),
        (b"una:+.? '", "lower case"),
        (b"<a/>", "XML"),
    ],
)
def test_what_is_no_edifact_is_told_with_what_it_looks_like(content, looks):
    assert looks in refused(content)


def test_a_product_without_number_or_quantity_is_told():
    found = invrpt(message("LIN+1'", "QTY+145:7'", "LIN+2++T:SA'", "LIN+3++U:SA'", "QTY+145:1'"))
    assert (found.pick("sku"), found.codes) == ([("U",)], [(4, "bad_balance"), (6, "bad_balance")])


def test_a_repetition_of_version_4_is_refused_where_it_would_be_lost():
    # pydifact gives A:SA*B:BP as the components A, SA*B and BP.
    four = message("LIN+1++T:SA'", "PIA+5+A:SA*B:BP'", "QTY+145:7'").replace(b"UNOC:3", b"UNOC:4")
    assert "segment 5: an element is repeated ('*')" in refused(four)
    assert invrpt(four.replace(b"SA*B", b"SA?*B")).pick("on_hand") == [("7",)]
    assert invrpt(four.replace(b"UNOC:4", b"UNOC:3")).pick("on_hand") == [("7",)], "it had no meaning before"
    other = b"UNA:+.?~'" + four
    assert invrpt(other).pick("on_hand") == [("7",)]
    assert "repeated ('~')" in refused(other.replace(b"SA*B", b"SA~B"))
    assert invrpt(four.replace(b"PIA+5+A:SA*B:BP'", b"FTX+AAI+++5*5'")).pick("on_hand") == [("7",)]


def test_a_segment_without_end_is_not_read_into_memory():
    assert "longer than 65536 bytes" in refused(OLD[:-200] + b"FTX+AAI+++" + b"x" * 10**6)
