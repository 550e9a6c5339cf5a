"""What the columns of a feed mean: every capability of a mapping, by a file and the rows that come of it."""

from __future__ import annotations

import pytest

from engine.errors import FileUnreadable, InputError
from tests.helpers.feeds import PLAIN, read

HEAD = '[[feeds]]\nname = "shop"\nkind = "on_hand"\n'
WAREHOUSE = 'warehouse = { constant = "Berlin" }\n'
QUANTITY = 'quantity = { column = "qty" }\n'


def names(tmp_path, sku, value, **more):
    content = f"a,b,qty\n{value},1\n"
    return read(tmp_path, f"{HEAD}sku = {{ {sku} }}\n{WAREHOUSE}{QUANTITY}", content, **more)


def quantity(tmp_path, text, part="", said="", kind="on_hand"):
    feed = HEAD.replace("on_hand", kind) + f'sku = {{ column = "sku" }}\n{WAREHOUSE}'
    cell = f'"{text}"' if "," in text else text
    found = read(tmp_path, f'{feed}quantity = {{ column = "qty" {part} }}\n{said}', f"sku,qty\nA,{cell}\n")
    if found.refused:
        return found.refused[0]
    return found.rows[0].quantity / 1_000_000 if found.rows else None


@pytest.mark.parametrize(
    ("sku", "value", "expected"),
    [
        ('column = "a"', "X1,", "X1"),
        ('column = ["none", " A "]', "X1,", "X1"),
        ('join = ["a", "b"], separator = "-"', "X1,blue", "X1-blue"),
        ("column = \"a\", pattern = '\\[(.*?)\\]'", "[X1] A chair,", "X1"),
        ("column = \"a\", pattern = '[0-9]+'", "No 17!,", "17"),
        ('column = "a", prefix = "DE-"', "X1,", "DE-X1"),
        ('column = "a", pad = 6', "101,", "000101"),
        ('column = "a", pad = 4, prefix = "P"', "17,", "P0017"),
        ('column = "a", codes = { "4" = "X4" }', "4,", "X4"),
        ('column = "a", codes = { "4" = "X4" }, unknown = "keep"', "5,", "5"),
    ],
)
def test_a_sku_is_found(tmp_path, sku, value, expected):
    assert [row.sku for row in names(tmp_path, sku, value).rows] == [expected]


@pytest.mark.parametrize(
    ("sku", "value", "code", "said"),
    [
        ('column = "a"', ",", "bad_sku", "the row has no sku"),
        ('column = "a"', "1.2E+11,", "bad_sku", "its digits are lost"),
        ('column = "a"', '"4,25174E+12",', "bad_sku", "its digits are lost"),
        ('column = "a"', '"=""0017""",', "bad_sku", "written as a formula"),
        ('column = "a"', "'0017,", "bad_sku", "begins with an apostrophe"),
        ('column = "a"', "4251740700989.0,", "bad_sku", "written with decimals"),
        ('column = "a"', "#NV,", "bad_sku", "a formula that has failed"),
        ("column = \"a\", pattern = '\\[(.*?)\\]'", "X1,", "bad_sku", "does not match"),
        ('column = "a", codes = { "4" = "X4" }', "5,", "unknown_code", "no code '5' for a sku"),
    ],
)
def test_a_sku_that_is_none_is_refused(tmp_path, sku, value, code, said):
    (refused,) = names(tmp_path, sku, value).refused
    assert (refused.line, refused.code, said in refused.message) == (2, code, True)


@pytest.mark.parametrize(
    ("broken", "pattern", "mended"),
    [
        ('"=""0017"""', "'^=?\"?(.*?)\"?$'", "0017"),
        ("'0017", '"^\'?(.*)$"', "0017"),
        ("4251740700989.0", "'^([0-9]+)([.,]0+)?$'", "4251740700989"),
    ],
)
def test_what_the_message_offers_mends_the_sku(tmp_path, broken, pattern, mended):
    (refused,) = names(tmp_path, 'column = "a"', f"{broken},").refused
    assert f"sku.pattern = {pattern}" in refused.message
    found = names(tmp_path, f'column = "a", pattern = {pattern}', f"{broken},")
    assert [row.sku for row in found.rows] == [mended]


def test_what_keeps_a_spreadsheet_from_changing_a_name_is_taken_away(tmp_path):
    feed = f"{HEAD}escape = \"'\"\nsku = {{ column = 'sku' }}\nwarehouse = {{ column = 'wh' }}\n{QUANTITY}"
    assert read(tmp_path, feed, "sku,wh,qty\n'0017,'1,'-2\n").stock == [("0017", "1", 0)]


def test_codes_stand_in_a_file_beside_the_settings(tmp_path):
    (tmp_path / "codes.csv").write_text("﻿offer;product\no1;P1\no2;P2\n;\n", encoding="utf-8")
    feed = f'{HEAD}sku = {{ column = "sku", codes_file = "codes.csv" }}\n{WAREHOUSE}{QUANTITY}'
    assert read(tmp_path, feed, "sku,qty\no1,1\no2,2\n").stock == [("P1", "Berlin", 1), ("P2", "Berlin", 2)]
    turned = feed.replace(
        '"codes.csv"', '"codes.csv", codes_columns = ["Product", "Offer"], codes = { P2 = "own" }'
    )
    assert [row.sku for row in read(tmp_path, turned, "sku,qty\nP1,1\nP2,2\n").rows] == ["o1", "own"]


@pytest.mark.parametrize(
    ("content", "part", "said"),
    [
        (None, "", "cannot be read: No such file"),
        (b"a,b\nGr\xfcn,1\n", "", "not CSV in UTF-8"),
        (b"a\n1\n", "", "codes need two columns"),
        (b"a,b\n1,x\n1,y\n", "", "codes.csv:3: code '1' has another name in line 2"),
        (b"a,b\n1,x\n", ', codes_columns = ["a", "c"]', "there is no column 'c'"),
    ],
)
def test_codes_that_cannot_be_read_are_told(tmp_path, content, part, said):
    if content is not None:
        (tmp_path / "codes.csv").write_bytes(content)
    feed = f'{HEAD}sku = {{ column = "sku", codes_file = "codes.csv"{part} }}\n{WAREHOUSE}{QUANTITY}'
    with pytest.raises(InputError, match=said.replace("(", r"\(")):
        read(tmp_path, feed, "sku,qty\n1,1\n")


@pytest.mark.parametrize(
    ("warehouse", "expected"),
    [
        ('constant = "Graz (Austria)"', "Graz (Austria)"),
        ('column = "none", default = "Berlin"', "Berlin"),
        ('column = "empty", default = "Berlin", codes = { a = "b" }', "Berlin"),
        ("file_name = '^stock-(.+)-[0-9]+'", "north"),
        ("file_name = '^stock-(.+)-[0-9]+', codes = { north = \"Hall N\" }", "Hall N"),
        ('column = "wh"', "WH/Stock/Shelf 1"),
        ("column = \"wh\", pattern = '^[^/]+'", "WH"),
        ('column = "wh", pattern = \'^[^/]+\', codes = { WH = "Berlin" }', "Berlin"),
    ],
)
def test_a_warehouse_is_found(tmp_path, warehouse, expected):
    feed = f'{HEAD}sku = {{ column = "sku" }}\nwarehouse = {{ {warehouse} }}\n{QUANTITY}'
    found = read(tmp_path, feed, "sku,wh,qty,empty\nA,WH/Stock/Shelf 1,1,\n", name="stock-north-20261128.csv")
    assert [row.warehouse for row in found.rows] == [expected]


def test_a_file_whose_name_tells_no_warehouse_is_refused(tmp_path):
    feed = f'{HEAD}sku = {{ column = "sku" }}\nwarehouse = {{ file_name = "^wh-(.*)" }}\n{QUANTITY}'
    with pytest.raises(InputError, match="the name of the file does not match"):
        read(tmp_path, feed, "sku,qty\n")


def test_a_row_without_a_warehouse_or_with_a_code_to_skip_is_told_apart(tmp_path):
    part = 'warehouse = { column = "wh", codes = { "1" = "Berlin", "2" = "Graz" }, unknown = "skip" }'
    found = read(
        tmp_path, f'{HEAD}sku = {{ column = "sku" }}\n{part}\n{QUANTITY}', "sku,wh,qty\nA,1,1\nB,3,1\n"
    )
    assert (found.stock, found.skipped, found.refused) == ([("A", "Berlin", 1)], 1, [])
    part = 'warehouse = { column = "wh" }'
    found = read(tmp_path, f'{HEAD}sku = {{ column = "sku" }}\n{part}\n{QUANTITY}', "sku,wh,qty\nA,,1\n")
    assert found.codes == [(2, "bad_warehouse")]


@pytest.mark.parametrize(
    ("said", "text", "expected"),
    [
        ("", "10", 10),
        ("", "00010", 10),
        ("", "+5", 5),
        ("", "1.5", 1.5),
        ("", "1525.694", 1525.694),
        ("", "6.8800", 6.88),
        ("", "-2", 0),
        ("", "'-2", 0),
        ("", "'7", 7),
        ("", "\u22127", 0),
        ("", "999999999.999999", 999999999.999999),
        ('decimal = "."', "1.250", 1.25),
        ('decimal = ","', "1,250", 1.25),
        ('decimal = ","\nthousands = "."', "1.250", 1250),
        ('decimal = ","\nthousands = "."', "1.250.000,5", 1250000.5),
        ('decimal = ","\nthousands = "."', "-1.250,5", 0),
        ('thousands = ","', "1,250", 1250),
        ('thousands = ","', "1,250.75", 1250.75),
        ('thousands = " "', "1 250", 1250),
        ('thousands = " "', "1\xa0250", 1250),
        ('thousands = " "', "1\u202f250", 1250),
        ('thousands = "\'"', "1'250", 1250),
    ],
)
def test_numbers_are_read_by_the_signs_that_are_declared(tmp_path, said, text, expected):
    assert quantity(tmp_path, text, said=said) == expected


@pytest.mark.parametrize(
    ("part", "text", "expected"),
    [
        (', sign = "after"', "7-", 0),
        (', sign = "either"', "-7", 0),
        (', sign = "after"', "7", 7),
        (', unit = ["pcs", "kg", "Stk."]', "5 pcs", 5),
        (', unit = ["pcs", "kg", "Stk."]', "5KG", 5),
        (', unit = ["pcs", "kg", "Stk."]', "5 Stk.", 5),
        (', unit = ["pcs"], sign = "after"', "5- pcs", 0),
        (', words = { "" = "zero" }', "", 0),
        (', words = { "10+" = "10", ">100" = "100" }', "10+", 10),
        (', words = { "10+" = "10", ">100" = "100" }', ">100", 100),
        (', words = { "Not Stocked" = "skip" }', "not stocked", None),
    ],
)
def test_what_is_no_plain_number_is_read_as_the_feed_says(tmp_path, part, text, expected):
    assert quantity(tmp_path, text, part) == expected


@pytest.mark.parametrize(
    ("part", "said", "text", "code", "message"),
    [
        ("", "", "1.250", "doubtful_quantity", "can be 1250 or 1.25"),
        ("", "", "1.250.000", "doubtful_quantity", "can be 1250000"),
        ("", "", "1,250", "bad_quantity", 'thousands = ","'),
        ("", "", "1,25", "bad_quantity", 'decimal = ","'),
        ("", "", "1.234,50", "bad_quantity", 'decimal = ","'),
        ("", 'decimal = ","', "1.250", "bad_quantity", 'thousands = "."'),
        ("", 'decimal = ","\nthousands = "."', "12.50", "bad_quantity", "does not stand before three digits"),
        (
            "",
            'decimal = ","\nthousands = "."',
            "1.25,0",
            "bad_quantity",
            "does not stand before three digits",
        ),
        ("", "", "7-", "bad_quantity", 'sign = "after"'),
        (', sign = "after"', "", "-7", "bad_quantity", 'sign = "either"'),
        ("", "", "5 pcs", "bad_quantity", "quantity.unit"),
        (', unit = ["kg"]', "", "5 pcs", "bad_quantity", "quantity.unit"),
        ("", "", "10+", "bad_quantity", 'words = { "10+" = "10" }'),
        ("", "", "1E3", "bad_quantity", "a spreadsheet has shortened the number"),
        ("", "", "1.2E+11", "bad_quantity", "a spreadsheet has shortened the number"),
        ("", "", "#N/A", "bad_quantity", "a formula of the spreadsheet failed"),
        ("", "", "", "bad_quantity", 'quantity.words = { "" = "zero" }'),
        ("", "", "not stocked", "bad_quantity", 'words = { "not stocked" = "zero" }'),
        ("", "", "1_000", "bad_quantity", "words"),
        ("", "", "1.1234567", "bad_quantity", "more than six decimal places"),
        ("", "", "1000000000", "bad_quantity", "above the largest quantity"),
        (', negative = "refuse"', "", "-2", "bad_quantity", "negative, which the feed refuses"),
        (', words = { "x" = "refuse" }', "", "x", "bad_quantity", "which the feed refuses"),
    ],
)
def test_what_cannot_be_read_is_refused_with_a_way_to_mend_it(tmp_path, part, said, text, code, message):
    refused = quantity(tmp_path, text, part, said)
    assert (refused.line, refused.code, message in refused.message) == (2, code, True), refused.message


def test_what_is_negative_is_nothing_and_says_so(tmp_path):
    (row,) = read(tmp_path, PLAIN, "sku,qty\nA,-2\n").rows
    assert (row.quantity, row.below_zero) == (0, "-2")


def test_a_delta_may_be_negative(tmp_path):
    assert quantity(tmp_path, "-2", kind="delta") == -2


def test_quantities_of_several_columns_are_added_up(tmp_path):
    words = 'words = { "" = "zero", "n/a" = "skip", "*" = "unlimited" }'
    part = f'quantity = {{ add = ["free", "held"], subtract = ["bad"], {words} }}'
    feed = f'{HEAD}sku = {{ column = "sku" }}\n{WAREHOUSE}{part}'
    content = "sku,free,held,bad\nA,5,2,1\nB,5,,\nC,1,0,3\nD,n/a,1,1\nE,*,1,1\nF,-1,3,0\n"
    found = read(tmp_path, feed, content)
    assert found.stock == [
        ("A", "Berlin", 6),
        ("B", "Berlin", 5),
        ("C", "Berlin", 0),
        ("E", "Berlin", 0),
        ("F", "Berlin", 2),
    ]
    assert [(row.sku, row.below_zero) for row in found.rows if row.below_zero] == [("C", "-2")]
    assert ([row.sku for row in found.rows if row.never_out_of_stock], found.skipped) == (["E"], 1)


def test_one_column_a_warehouse_becomes_a_row_each(tmp_path):
    part = (
        'warehouse = { columns = "{warehouse} (warehouse quantity)" }\nquantity = { words = { "" = "skip" } }'
    )
    content = "sku,Hall 1 (warehouse quantity),note,Hall 2  (Warehouse Quantity)\nA,1,x,2\nB,,x,x\nC,-1,x,\n"
    found = read(tmp_path, f'{HEAD}sku = {{ column = "sku" }}\n{part}', content)
    assert found.stock == [("A", "Hall 1", 1), ("A", "Hall 2", 2), ("C", "Hall 1", 0)]
    assert [(row.line, "Hall 2" in row.message) for row in found.refused] == [(3, True)]
    assert (found.skipped, found.rows[2].below_zero) == (2, "-1")


def test_every_column_that_the_feed_does_not_name_can_be_a_warehouse(tmp_path):
    codes = 'codes = { "Shop 1" = "Berlin" }, unknown = "keep"'
    part = f'warehouse = {{ columns = "{{warehouse}}", not_columns = ["Option*", "Title"], {codes} }}'
    feed = f'{HEAD}sku = {{ column = "sku" }}\n{part}\nunlimited = [{{ column = "managed", values = ["0"] }}]'
    found = read(tmp_path, feed, "sku,Title,Option1 Name,managed,Shop 1,Graz\nA,t,o,1,3,4\nB,t,o,0,,1\n")
    assert found.stock == [("A", "Berlin", 3), ("A", "Graz", 4), ("B", "Berlin", 0), ("B", "Graz", 1)]
    assert [row.never_out_of_stock for row in found.rows] == [False, False, True, True]


@pytest.mark.parametrize(
    ("part", "header", "said"),
    [
        ('columns = "{warehouse} qty"', "sku,note", "there is no column like '{warehouse} qty'"),
        ('columns = "{warehouse}", codes = { a = "x" }', "sku,a,b", "column 'b': the feed has no code 'b'"),
        (
            'columns = "{warehouse}", codes = { a = "x", b = "x" }',
            "sku,a,b",
            "'x' has another column already",
        ),
    ],
)
def test_columns_that_are_no_warehouse_are_told(tmp_path, part, header, said):
    with pytest.raises(InputError) as refused:
        read(tmp_path, f'{HEAD}sku = {{ column = "sku" }}\nwarehouse = {{ {part} }}', f"{header}\n")
    assert said in refused.value.message


def test_rows_are_kept_and_dropped(tmp_path):
    said = """
    keep = [{ column = "type", values = ["simple", ""] }, { column = "store", values = [""] }]
    drop = [{ column = "sku", matches = "^(Total|Sum)" }, { column = "none", not_values = [""] }]
    """
    content = "sku,qty,type,store\nA,1,Simple,\nB,1,bundle,\nC,1,,de\nTotal,9,,\nD,1,,\n"
    found = read(tmp_path, PLAIN + said, content)
    assert ([row.sku for row in found.rows], found.skipped, found.refused) == (["A", "D"], 3, [])


def test_rules_say_what_never_runs_out_is_of_a_bundle_or_is_0(tmp_path):
    said = """
    unlimited = [{ column = "managed", values = ["0"] }, { column = "default", values = ["0"] }]
    bundle = [{ column = "bundle", values = ["yes"], not_values = ["no", ""] }]
    zero = [{ column = "status", values = ["0"] }]
    """
    rows = ("A,1,0,1,no,1", "B,,0,0,,1", "C,many,1,1,yes,0", "D,1,1,1,y,1", "E,7,0,0,,1")
    content = "\n".join(("sku,qty,managed,default,bundle,status", *rows))
    found = read(tmp_path, PLAIN + said, content)
    assert [(row.sku, row.quantity / 1e6, row.never_out_of_stock, row.is_bundle) for row in found.rows] == [
        ("A", 1, False, False),
        ("B", 0, True, False),
        ("C", 0, False, True),
        ("E", 7, True, False),
    ]
    assert (found.codes, "the feed knows only 'yes', 'no', ''" in found.refused[0].message) == (
        [(5, "bad_flag")],
        True,
    )


def test_a_column_that_a_rule_needs_must_be_there(tmp_path):
    with pytest.raises(InputError, match="there is no column 'status'"):
        read(
            tmp_path, PLAIN + 'zero = [{ column = "status", values = ["0"], optional = false }]', "sku,qty\n"
        )


def test_a_file_that_is_easily_taken_for_one_of_the_feed_is_refused(tmp_path):
    said = """
    [[feeds.lookalikes]]
    has = ["sku", "free"]
    lacks = ["qty"]
    message = "only what is free"
    remedy = "Ask for all."
    """
    with pytest.raises(InputError, match="only what is free") as refused:
        read(tmp_path, PLAIN + said, "sku,free\n")
    assert refused.value.remedy == "Ask for all."
    assert read(tmp_path, PLAIN + said, "sku,free,qty\nA,1,2\n").stock == [("A", "Berlin", 2)]


def test_a_warning_of_the_feed_is_told_with_every_file(tmp_path):
    assert read(tmp_path, PLAIN + 'warning = "mind the gap"', "sku,qty\n").notes == ("mind the gap",)


def test_a_file_of_codes_that_is_not_there_is_unreadable(tmp_path):
    with pytest.raises(FileUnreadable):
        names(tmp_path, 'column = "a", codes_file = "none.csv"', "X1,")
