"""846: which quantity is where, and what pyx12 collects or drops without a word."""

from __future__ import annotations

import pytest

from engine.errors import ConfigurationInvalid, FileUnreadable
from tests.helpers.formats import example, opened

ADVICE = example("inventory-846.edi")
CODES = {"on_hand": "17", "available": 33}
ISA, _, REST = ADVICE.partition(b"~\n")


def x846(content, codes=None, **feed):
    return opened("x12-846", content, options=CODES if codes is None else codes, **feed)


def advice(*lines: str, bia: str = "BIA*00*SI*1*20261128*1430") -> bytes:
    """An interchange with one transaction set of these segments below its BIA."""
    body = ["ST*846*0001", bia, *lines]
    tail = [f"SE*{len(body) + 1}*0001", "GE*1*731", "IEA*1*000000731"]
    head = [ISA.decode(), "GS*IB*A*B*20261128*1430*731*X*004010"]
    return "".join(f"{segment}~\n" for segment in (*head, *body, *tail)).encode()


def refused(content, codes=None, **feed) -> str:
    with pytest.raises(FileUnreadable) as error:
        x846(content, codes, **feed)
    return error.value.message


def test_an_advice_has_one_record_a_balance():
    found = x846(ADVICE)
    assert found.refused == []
    assert found.pick("sku", "gtin", "location", "on_hand", "available", "unit", "counted_at") == [
        ("TEA:500", "012345678905", "RNO1", "300", "288", "EA", "2026-11-27T23:30:00-05:00"),
        ("0017", "", "RNO1", "12.1250", "", "LB", "2026-11-27T23:30:00-05:00"),
        ("CUP-6", "", "RNO1", "5", "", "EA", "2026-11-27T23:30:00-05:00"),
        ("CUP-6", "", "DAL", "7", "", "EA", "2026-11-27T23:30:00-05:00"),
    ]
    assert found.lines == [8, 11, 14, 16]
    assert found.records[0]["seller_sku"] == "V-77" and found.records[0]["location_name"] == "River Warehouse"


def test_the_component_separator_in_a_sku_stays_what_it_is():
    found = x846(advice("LIN**SK*TEA:", "QTY*17*1", "LIN**SK*:A:B", "QTY*17*2*EA:X"))
    assert found.pick("sku", "unit") == [("TEA:", ""), (":A:B", "EA")]


def test_a_place_behind_quantities_is_theirs_where_nothing_else_is_said():
    lines = ("LIN**SK*T", "QTY*17*9", "QTY*33*7", "N1*WH**92*A", "QTY*17*5", "QTY*33*4", "N1*WH**92*B")
    assert x846(advice(*lines)).pick("location", "on_hand", "available") == [("A", "9", "7"), ("B", "5", "4")]
    # Under a place of the whole message it is that of the quantity before it, as the standard has it.
    head = x846(advice("N1*WH**92*Z", *lines)).pick("location", "on_hand", "available")
    assert head == [("Z", "9", ""), ("A", "", "7"), ("Z", "5", ""), ("B", "", "4")]


def test_places_before_their_quantities_are_not_taken_for_those_behind():
    lines = ("LIN**SK*T", "N1*WH**92*A", "QTY*17*9", "N1*WH**92*B", "QTY*17*5")
    assert x846(advice(*lines)).pick("location", "on_hand") == [("A", "9"), ("B", "5")]


def test_a_reference_can_tell_the_place():
    lines = ("LIN**SK*T", "QTY*17*9", "REF*ZZ*A")
    assert x846(advice(*lines)).pick("location") == [("",)]
    assert x846(advice(*lines), CODES | {"location_reference": "ZZ"}).pick("location") == [("A",)]


def test_a_code_that_the_feed_does_not_name_is_told():
    found = x846(advice("LIN**SK*T", "QTY*17*9", "QTY*QA*3", "SDQ*EA*92*A*4*B*5"))
    assert found.pick("on_hand") == [("9",)]
    assert found.codes == [(7, "unnamed_quantity"), (8, "unnamed_quantity")]
    assert x846(advice("LIN**SK*T", "QTY*17*9", "QTY*QA*3"), CODES | {"ignore": "QA"}).refused == []
    with pytest.raises(ConfigurationInvalid, match="which code of the partner"):
        x846(ADVICE, {})


@pytest.mark.parametrize(
    ("told", "shown"),
    [
        ("20261128", "2026-11-28"),
        ("20261128*1430", "2026-11-28T14:30"),
        ("20261128*143005", "2026-11-28T14:30:05"),
        ("20261128*14300599", "2026-11-28T14:30:05"),
        ("20261128*1430*UT", "2026-11-28T14:30+00:00"),
        ("20261128*1430*ET", "2026-11-28T14:30:00-05:00"),
        ("20260728*1430*ET", "2026-07-28T14:30:00-04:00"),
        ("20260728*1430*ES", "2026-07-28T14:30-05:00"),
        ("20261128*1430*01", "2026-11-28T14:30+01:00"),
        ("20261128*1430*24", "2026-11-28T14:30-01:00"),
        ("20261128*1430*LT", "2026-11-28T14:30"),
        ("***D8*20261128", "2026-11-28"),
    ],
)
def test_times_are_iso(told, shown):
    assert x846(advice(f"DTM*405*{told}", "LIN**SK*T", "QTY*17*9")).pick("counted_at") == [(shown,)]


@pytest.mark.parametrize("told", ["20261328", "2026", "20261128*2561", "20261128*1430*QQ", "20261128*1430x"])
def test_a_time_that_is_none_is_refused_with_its_segment(told):
    assert "segment 5: " in refused(advice(f"DTM*184*{told}", "LIN**SK*T", "QTY*17*9"))
    found = x846(advice("LIN**SK*T", "QTY*17*9", f"DTM*184*{told}"))
    assert found.codes == [(6, "bad_balance")] and "segment 7" in found.refused[0][2]


def test_the_time_of_the_message_needs_a_zone_or_has_one():
    assert x846(ADVICE, counted_at={"message": True}).counted_at == 1795840200 * 10**6
    local = ADVICE.replace(b"*2330*ET", b"*2330")
    assert "no timezone" in refused(local, counted_at={"message": True})
    told = {"message": True, "timezone": "America/New_York"}
    assert x846(local, counted_at=told).counted_at == 1795840200 * 10**6
    none = advice("LIN**SK*T", "QTY*17*9")
    assert "does not tell when" in refused(none, counted_at=told)
    # The date of the document is taken only where the feed says so.
    assert x846(none, CODES | {"count_date": "184 BIA"}).pick("counted_at") == [("2026-11-28T14:30",)]


def test_an_inquiry_is_no_report_and_changes_are_no_whole_stock():
    inquiry = advice("LIN**SK*T", "QTY*17*9", bia="BIA*00*IR*1*20261128")
    assert "an inquiry" in refused(inquiry)
    assert x846(inquiry, CODES | {"inquiries": ""}).pick("on_hand") == [("9",)]
    assert "a cancellation" in refused(advice(bia="BIA*01*SI*1*20261128"))
    changes = advice("LIN**SK*T", "QTY*17*9", bia="BIA*00*CH*1*20261128")
    assert x846(changes).pick("on_hand") == [("9",)]
    assert "changes only" in refused(changes, whole=True)
    assert x846(changes.replace(b"*CH*", b"*SR*"), whole=True).pick("on_hand") == [("9",)]


@pytest.mark.parametrize(
    ("wrong", "right", "said"),
    [
        (b"SE*16*0001", b"SE*15*0001", "segment 18: the envelope is wrong: SE count of 15"),
        (b"SE*16*0001", b"SE*16*0002", "SE id=0002 does not match ST id=0001"),
        (b"SE*16*0001~\n", b"", "segment 18"),
        (b"GE*1*731", b"GE*2*731", "GE count of 2"),
        (b"GE*1*731~\n", b"", "segment 19"),
        (b"IEA*1*000000731~\n", b"", "(IEA=000000731) missing"),
        (
            b"IEA*1*000000731~",
            b"IEA*1*000000731",
            "segment 20: the segment 'IEA*1*000000731' has no terminator '~'",
        ),
        (b"IEA*1*000000731", b"IEA*1*000000732", "IEA id=000000732 does not match"),
        (b"CTT*3", b"CTT*4", "CTT counts 4, but there came 3 LINs"),
        (b"QTY*33*288*EA~", b"~", "segment 9: an empty segment"),
        (b"ST*846", b"ST*856", "the transaction set is 856, not 846"),
        (b"QTY*33*288*EA~", b"qty*33*288~", "'qty' is no segment"),
        (b"QTY*33*288*EA", b"QTY*33*288*" + b"E" * 20_000, "segment 9: the segment"),
    ],
)
def test_what_pyx12_only_collects_or_drops_is_refused(wrong, right, said):
    assert wrong in ADVICE
    assert said in refused(ADVICE.replace(wrong, right, 1))


def test_a_second_interchange_behind_an_empty_segment_is_not_lost():
    other = ADVICE.replace(b"000000731", b"000000732")
    assert len(x846(ADVICE + other).records) == 8
    assert "empty segment" in refused(ADVICE + b"~\n" + other)
    assert "not unique" in refused(ADVICE + ADVICE), "the same interchange twice"


def test_a_file_that_is_cut_off_is_refused_wherever_it_was_cut():
    for end in range(len(ADVICE) - 2, 110, -7):
        assert "stock.dat" in refused(ADVICE[:end])


def test_versions_of_the_interchange_that_pyx12_does_not_know_are_read():
    known = x846(ADVICE.replace(b"*00400*", b"*00401*")).records
    for version in (b"00200", b"00400", b"00403", b"00501", b"00601", b"00801"):
        assert x846(ADVICE.replace(b"*00400*", b"*" + version + b"*")).records == known
    assert "Version Number is unknown" in refused(ADVICE.replace(b"*00400*", b"*ABCDE*"))


def test_the_separators_are_those_of_the_isa():
    other = ADVICE.replace(b"TEA:500", b"TEA=500").translate(bytes.maketrans(b"*~:", b"|\n>"))
    assert len(x846(other.replace(b"\n\n", b"\n")).records) == 4
    assert x846(b"\xef\xbb\xbf\r\n" + ADVICE.replace(b"\n", b"")).records == x846(ADVICE).records


def test_letters_are_those_of_the_declared_encoding():
    content = ADVICE.replace(b"Dallas", "Dallás".encode("latin-1"))
    assert "is no character of utf-8" in refused(content)
    assert x846(content, encoding="latin-1").records[-1]["location_name"] == "Dallás"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "an empty file"),
        (b"a,b\n", "text"),
        (b"UNA:+.? '", "EDIFACT"),
        (ADVICE.replace(b"     *", b"*"), "do not have their lengths"),
        (ADVICE[:90], "do not have their lengths"),
        (ISA + b"~", "segment 1: the envelope is wrong"),
    ],
)
def test_what_is_no_x12_is_told(content, said):
    assert said in refused(content)


def test_a_product_without_number_or_quantity_is_told():
    found = x846(advice("LIN*1", "QTY*17*9", "LIN**SK*T", "LIN**SK*U", "QTY*17*1"))
    assert (found.pick("sku"), found.codes) == ([("U",)], [(5, "bad_balance"), (7, "bad_balance")])
