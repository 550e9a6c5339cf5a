"""Input that nobody means: it is refused with a sentence that helps, and nothing is done."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

HUGE = 10**23
NOT_TEXT = "\udcff"
"""What Python makes of a byte on the command line that is not UTF-8."""


@pytest.fixture
def place(shop, earmark):
    """Place an order for one chair with these fields."""

    def placed(code=1, **fields):
        told = {"reference": "R-1", "store": "DE", "items": [{"sku": "chair-oak", "quantity": 1}], **fields}
        Path("order.json").write_text(json.dumps(told))
        return earmark("order", "place", "order.json", "--json", code=code)

    return placed


@pytest.mark.parametrize("item", [0, -1, 2**63 - 1, 2**63, HUGE])
@pytest.mark.parametrize(
    "command",
    [
        ("trigger", "pay"),
        ("retry",),
        ("force", "closed", "--reason", "x"),
        ("force", "closed", "--reason", "x", "--dry-run"),
    ],
)
def test_an_item_that_cannot_be_is_unknown(place, earmark, command, item):
    place(code=0)
    error = earmark(*command, "--item", item, "--item", 1, "--json", code=1).error
    assert (error["code"], error["message"]) == ("unknown_item", f"there is no order item {item}")


@pytest.mark.parametrize("command", ["history", "why"])
@pytest.mark.parametrize(("item", "code"), [(0, "unknown_item"), (-1, "usage"), (HUGE, "usage")])
def test_the_history_of_an_item_that_cannot_be(shop, earmark, command, item, code):
    assert earmark(command, "--json", "--", item, code=None).error["code"] == code


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("trigger", "pay", "--order", NOT_TEXT), "input_invalid"),
        (("trigger", NOT_TEXT, "--item", 1), "unknown_event"),
        (("trigger", "pay", "--process", NOT_TEXT, "--state", "new"), "input_invalid"),
        (("trigger", "pay", "--process", "DummyPayment", "--state", NOT_TEXT), "unknown_state"),
        (("retry", "--order", NOT_TEXT), "input_invalid"),
        (("force", "closed", "--item", 1, "--reason", NOT_TEXT), "input_invalid"),
        (("run", "conditions", "--store", NOT_TEXT), "unknown_store"),
        (("order", "show", NOT_TEXT), "input_invalid"),
        (("order", "place", NOT_TEXT), "file_unreadable"),
        (("availability", NOT_TEXT, "--store", "DE"), "input_invalid"),
    ],
)
def test_bytes_that_are_no_text(place, earmark, arguments, code):
    place(code=0)
    assert earmark(*arguments, "--json", code=1).error["code"] == code


def test_an_event_in_other_letters_is_recognised(place, earmark):
    place(code=0)
    assert "did you mean 'pay'?" in earmark("trigger", "PAY", "--item", 1, code=1).err


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"reference": "a\0b"}, "reference: there is a NUL character in it"),
        ({"store": "D\0E"}, "store: there is a NUL character in it"),
        ({"note": "\ud800"}, "text that is not Unicode"),
        ({"reference": "\ud800"}, "reference"),
        ({"reference": "x" * 256}, "reference"),
    ],
)
def test_text_that_no_database_keeps(place, fields, told):
    error = place(**fields).error
    assert error["code"] == "input_invalid"
    assert told in error["message"]


@pytest.mark.parametrize("number", ["1e999999999", "-1e999999999", "1.5e-999999999"])
def test_a_short_number_with_a_billion_digits_is_refused_at_once(shop, earmark, number):
    item = '"items": [{"sku": "chair-oak", "quantity": 1}]'
    good = f'{{"reference": "good", "store": "DE", {item}}}'
    Path("orders.jsonl").write_text(
        f'{{"reference": "R", "store": "DE", "note": {number}, {item}}}\n{good}\n'
    )
    told = earmark("order", "place", "orders.jsonl", "--json", code=1).shaped("orders")
    assert [(one["line"], one["code"]) for one in told["refused"]] == [(1, "input_invalid")]
    assert told["placed"] == 1


def test_odd_text_that_can_be_kept_is_kept(place, earmark):
    name = "Größe 📦 \u202e\x07 \\u0000 {}"
    place(code=0, reference=name, note="a\0b \\ud800")
    assert earmark("order", "show", name, "--json").shaped("order")["reference"] == name


def test_what_a_plugin_says_is_told_also_when_no_database_keeps_it(shop, earmark, place):
    Path("plugins/odd.py").write_text(
        "from plugins import command\n"
        "@command('Odd/Fail')\n"
        "def fail(item, context):\n"
        "    raise RuntimeError('a\\0b \\ud800')\n"
    )
    process = Path("processes/DummyPayment.xml").read_text().replace("DummyPayment/Authorize", "Odd/Fail")
    Path("processes/DummyPayment.xml").write_text(process)
    earmark("process", "deploy", "processes/DummyPayment.xml")
    place(code=0)
    last = earmark("history", 1, "--json").shaped("history")[-1]
    assert last["error"].endswith("RuntimeError: a\\x00b \\ud800")


@pytest.mark.parametrize("arguments", [("matrix", "--db", ""), ("--db", " ", "matrix")])
def test_an_empty_database_name_does_not_stand_for_another_database(shop, earmark, arguments):
    error = earmark(*arguments, "--json", code=2).error
    assert error["message"].startswith("Invalid value: --db is empty")


@pytest.mark.parametrize("group", ["run", "order", "process"])
def test_a_group_without_a_command_says_so(earmark, group):
    assert "error: a command is missing" in earmark(group, code=2).err


def test_a_folder_that_cannot_be_written(shop):
    """Permissions do not hold back a superuser, so the capability for that is dropped."""
    drop = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"] if os.geteuid() == 0 else []
    if drop and shutil.which("setpriv") is None:
        pytest.skip("a superuser can write everywhere")

    def run(*arguments):
        environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
        command = [*drop, sys.executable, "-m", "earmark", *arguments, "--json"]
        return subprocess.run(command, cwd=shop, env=environment, capture_output=True, text=True, check=False)

    database = shop / "earmark.db"
    try:
        shop.chmod(0o500)
        done = run("trigger", "pay", "--item", "1")
        error = json.loads(done.stdout)["error"]
        assert (done.returncode, error["code"]) == (1, "database_unusable")
        assert error["message"] == "earmark.db cannot be written"
        assert "the file and its folder must be writable" in error["remedy"].lower()
        database.chmod(0)
        done = run("matrix")
        error = json.loads(done.stdout)["error"]
        assert (done.returncode, error["code"]) == (1, "database_unusable")
        assert "earmark.db" in error["message"]
    finally:
        shop.chmod(0o700)
        database.chmod(0o600)


@pytest.mark.parametrize("line", [1, 2])
def test_bytes_that_are_no_text_are_told_with_file_and_line(shop, earmark, line):
    text = b'{"reference": "R\xff", "store": "DE", "items": [{"sku": "chair-oak", "quantity": 1}]}'
    Path("order.json").write_bytes(b"\n" * (line - 1) + text)
    error = earmark("order", "place", "order.json", "--json", code=1).error
    assert error["message"] == f"order.json:{line}: this is not UTF-8 text (byte 16 of the line)"
