"""Rule files: what is read, and what is said about each mistake."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from pydantic import ValidationError

import rules.document
from rules import EngineRules, Exchange, Execution, RuleFileError, load_rules, rules_schema
from rules.forgetting import Forget
from rules.loader import load_as_far_as_possible


@pytest.fixture
def write(tmp_path):
    def write(name: str, text: str | bytes) -> Path:
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write


@pytest.fixture(params=["libyaml", "python"])
def both_parsers(request, monkeypatch):
    """Whether PyYAML has its parser in C is a matter of how it was built."""
    if request.param == "python":
        monkeypatch.setattr(rules.document, "_LOADER", rules.document.yaml.SafeLoader)


def refused(path: Path) -> list[tuple[str, int, str]]:
    with pytest.raises(RuleFileError) as caught:
        load_rules(path)
    assert all(problem.remedy.endswith((".", "?")) for problem in caught.value.problems)
    assert [str(problem) in caught.value.message for problem in caught.value.problems].count(False) == 0
    return [(problem.file.name, problem.line, problem.message) for problem in caught.value.problems]


def test_without_files_everything_has_its_default(write, tmp_path):
    assert load_rules(None) == EngineRules()
    assert load_rules(tmp_path) == EngineRules()
    assert load_rules(write("empty.yaml", "")) == EngineRules()
    assert load_rules(write("comment.yaml", "# nothing yet\n")) == EngineRules()
    assert load_rules(write("section.yaml", "checkout:\n#  hold: false\npublish:\n")) == EngineRules()


def test_what_is_written_is_read_and_the_rest_has_its_default(write):
    text = """
checkout: {hold: false, hold_timeout_s: 1800}
stock_update:
  event: recount
  require: all
  clock_tolerance_s: 2.5
publish:
  on: amount
execution: {chunk: 500, lease_s: 1e3, lock_wait_s: 0}
process_selection:
  - process: prepayment
    store: DE
    payment_method: prepayment
    match: {customer.group: B2B, total: 10.5}
  - process: dummy
guards: {big: order.total > 500.0}
"""
    found = load_rules(write("all.yaml", text))
    untimed = {"when": None, "since": None, "until": None}
    assert found.model_dump() == {
        "checkout": {"hold": False, "hold_timeout_s": 1800},
        "stock_update": {"event": "recount", "require": "all", "clock_tolerance_s": 2.5, "count_lag_s": 0},
        "publish": {"on": "amount"},
        "exchange": Exchange().model_dump(),
        "sharing": None,
        "allocation": None,
        "execution": {**Execution().model_dump(), "chunk": 500, "lease_s": 1000, "lock_wait_s": 0},
        "process_selection": (
            {
                "process": "prepayment",
                "store": "DE",
                "payment_method": "prepayment",
                "match": {"customer.group": "B2B", "total": 10.5},
                **untimed,
            },
            {"process": "dummy", "store": None, "payment_method": None, "match": {}, **untimed},
        ),
        "guards": {"big": "order.total > 500.0"},
        "options": None,
        "forget": Forget().model_dump(),
    }


def test_the_files_of_a_folder_count_together(write, tmp_path):
    write("a.yaml", "checkout: {hold: false}")
    write("b.yml", "publish: {on: amount}")
    write("notes.txt", "hold: [")
    write(".hidden.yaml", "hold: [")
    found = load_rules(tmp_path)
    assert (found.checkout.hold, found.publish.on) == (False, "amount")


def test_a_file_may_have_any_name(write):
    assert load_rules(write("settings", "publish: {on: amount}")).publish.on == "amount"


def test_a_key_in_two_files_is_refused_with_both_places(write, tmp_path):
    write("a.yaml", "publish: {on: amount}\n")
    write("b.yaml", "\npublish: {on: amount}\n")
    ((name, line, message),) = refused(tmp_path)
    assert (name, line) == ("b.yaml", 2)
    assert f'"publish" stands in two files, first at {tmp_path / "a.yaml"}:1' in message


def test_everything_that_is_wrong_in_all_files_is_told_at_once(write, tmp_path):
    write("a.yaml", "checkout:\n  hodl: true\n  hold: 3\n")
    write("b.yaml", "publish: [\n")
    write("c.yaml", "execution:\n  chunk: 0\nexecution:\n  chunk: 1\n")
    assert [place[:2] for place in refused(tmp_path)] == [
        ("a.yaml", 2),
        ("a.yaml", 3),
        ("b.yaml", 2),
        ("c.yaml", 2),
        ("c.yaml", 3),
    ]


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("checkout:\n  hodl: true", 2, 'there is no key "checkout.hodl"'),
        ("chekout:\n  hold: true", 1, 'there is no key "chekout"'),
        ("chekout:", 1, 'there is no key "chekout"'),
        ("checkout: {hold: yes}", 1, "\"checkout.hold\" is 'yes', which is not true or false"),
        ("checkout: {hold: 'true'}", 1, "is 'true', which is not true or false"),
        ("checkout: {hold: 1}", 1, "is 1, which is not true or false"),
        ("checkout: {hold: }", 1, "is empty, which is not true or false"),
        ("checkout:\n  hold_timeout_s: 0", 2, "is 0, which is out of range"),
        ("checkout: {hold_timeout_s: true}", 1, "is true, which is not a number"),
        ("execution: {lease_s: '60'}", 1, "is '60', which is not a number"),
        ("execution: {lease_s: .inf}", 1, "is '.inf', which is not a number"),
        ("execution: {lease_s: 1e99}", 1, "is 1e+99, which is out of range"),
        ("execution: {lease_s: 1e999}", 1, "is '1e999', which is not a number"),
        ("execution: {chunk: 0x10}", 1, "is '0x10', which is not a whole number"),
        ("execution: {chunk: 1.5}", 1, "is 1.5, which is not a whole number"),
        ("execution: {chunk: 1000001}", 1, "is 1000001, which is out of range"),
        ("execution: {chunk: " + "9" * 5000 + "}", 1, "which is not a whole number"),
        ("stock_update: {require: some}", 1, "\"stock_update.require\" is 'some', which it cannot be"),
        ("stock_update: {event: ''}", 1, "\"stock_update.event\" is '', which is empty"),
        ("stock_update: {event: 12}", 1, "is 12, which is not text"),
        ("checkout: true", 1, '"checkout" is true, which has no keys below it'),
        ("checkout: [hold]", 1, '"checkout" is a list, which has no keys below it'),
        (
            "process_selection:\n  process: a",
            1,
            '"process_selection" is a group of keys, which is not a list',
        ),
        ("process_selection:\n- store: DE", 2, '"process_selection[1].process" is missing'),
        (
            "process_selection:\n- process: a\n- process: b\n  shop: x",
            4,
            'no key "process_selection[2].shop"',
        ),
        (
            "process_selection:\n- process: a\n  store: 1",
            3,
            '"process_selection[1].store" is 1, which is not text',
        ),
        ("process_selection:\n- process: a\n  match: x", 3, "which has no keys below it"),
        ("publish:\n  on: status\n  on: amount", 3, 'the key "on" stands here twice, first in line 2'),
        ("publish: {on: status}\npublish:\n  on: amount", 2, 'the key "publish" stands here twice'),
        ("- checkout", 1, "no keys but a single value or a list"),
        ("checkout", 1, "no keys but a single value or a list"),
        ("? [a]\n: b", 1, "not a plain word"),
        ("checkout: {}\n---\npublish: {}", 2, "a second document starts here"),
        ("checkout: &c {hold: true}\npublish: *c", 2, "*c is an alias"),
        ("checkout:\n  hold: !!bool yes", 2, "is a tag"),
        ("checkout: !checkout {hold: true}", 1, "!checkout is a tag"),
        ("checkout:\n  hold: 'a", 2, "this is not YAML"),
        ("checkout:\n\thold: true", 2, "this is not YAML"),
        ("checkout: {}\n# \x07\n", 2, "YAML cannot hold the character '\\x07'"),
        ("a: " + "[" * 500 + "]" * 500, 1, "nested deeper than 20 levels"),
        (b"checkout: {}\n# \xff\n", 2, "this is not UTF-8 text"),
    ],
)
@pytest.mark.usefixtures("both_parsers")
def test_a_mistake_is_told_with_its_line(write, text, line, said):
    ((name, found, message),) = refused(write("shop.yaml", text))
    assert (name, found) == ("shop.yaml", line)
    assert said in message
    assert len(message) < 250


@pytest.mark.parametrize(
    ("text", "remedy"),
    [
        ("checkout: {hodl: true}", 'Did you mean "hold"?'),
        ("publish: {every: true}", "The keys here are on."),
        ("process_selection: [{process: a, strore: b}]", 'Did you mean "store"?'),
        ("checkout: {hold: yes}", "Write true or false"),
        ("execution: {chunk: 0}", "Write a number greater than or equal to 1."),
        ("publish: {on: 'off'}", "Write one of 'status' or 'amount'."),
    ],
)
def test_a_mistake_is_told_with_what_to_do(write, text, remedy):
    with pytest.raises(RuleFileError) as caught:
        load_rules(write("shop.yaml", text))
    assert remedy in caught.value.problems[0].remedy


def test_many_aliases_cannot_grow_into_a_large_value(write):
    levels = [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 40)]
    ((_, line, message),) = refused(write("bomb.yaml", "\n".join(["a0: &a0 [x]", *levels])))
    assert (line, message) == (2, "*a0 is an alias")


def test_a_file_above_the_limit_is_not_read(write):
    fits = "# " + "x" * ((1 << 20) - 2)
    assert load_rules(write("fits.yaml", fits)) == EngineRules()
    ((_, line, message),) = refused(write("large.yaml", fits + "x"))
    assert (line, message) == (0, "this is larger than 1 MiB")


def test_a_path_that_is_not_there_is_told(tmp_path):
    ((_, line, message),) = refused(tmp_path / "rules")
    assert (line, message) == (0, "there is no such file or folder")


def test_a_pipe_named_like_a_file_is_told_and_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "a.yaml")
    ((name, _, message),) = refused(tmp_path)
    assert (name, message) == ("a.yaml", "this cannot be read: it is a pipe or a device")


def test_a_folder_named_like_a_file_is_told(tmp_path):
    (tmp_path / "a.yaml").mkdir()
    ((name, _, message),) = refused(tmp_path)
    assert name == "a.yaml"
    assert "cannot be read" in message


def test_the_error_can_be_shown_as_json(write):
    path = write("shop.yaml", "checkout: {hold: 1}")
    with pytest.raises(RuleFileError) as caught:
        load_rules(path)
    shown = caught.value.as_dict()
    assert (shown["code"], shown["message"]) == ("rules_invalid", caught.value.message)
    (problem,) = shown["parameters"]["problems"]
    assert (problem["file"], problem["line"]) == (str(path), 1)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("5", 5),
        ("-5", -5),
        ("2.50", 2.5),
        ("1e3", 1000.0),
        ("true", True),
        ("FALSE", False),
        ("~", None),
        ("null", None),
        ("yes", "yes"),
        ("off", "off"),
        ("007", "007"),
        ("+5", "+5"),
        ("1_000", "1_000"),
        ("12:30:00", "12:30:00"),
        ("2026-03-01", "2026-03-01"),
        ("'5'", "5"),
        ('"true"', "true"),
        ("|-\n      5", "5"),
        ("[1, [a, ~]]", [1, ["a", None]]),
        ("{on: no}", {"on": "no"}),
    ],
)
@pytest.mark.usefixtures("both_parsers")
def test_values_are_read_as_documented(write, written, read):
    text = f"process_selection:\n  - process: a\n    match:\n     x: {written}\n"
    found = load_rules(write("shop.yaml", text)).process_selection[0].match["x"]
    assert (found, type(found)) == (read, type(read))


def test_models_made_in_python_are_as_strict():
    for wrong in ({"lease_s": "60"}, {"lease_s": float("inf")}, {"chunk": True}, {"lease": 1}):
        with pytest.raises(ValidationError):
            Execution(**wrong)


def test_the_schema_knows_every_section_and_refuses_other_keys():
    schema = rules_schema()
    assert schema["properties"].keys() == {"include", *EngineRules.model_fields}
    assert schema["additionalProperties"] is False
    assert schema["$defs"]["StockUpdate"]["properties"]["require"]["enum"] == ["any", "all"]
    assert "oversells" in schema["$defs"]["Checkout"]["properties"]["hold"]["description"]


def test_what_has_a_wrong_shape_hides_nothing_else_that_is_wrong(write):
    text = """options:
  system: {backorders: true, inventory_threshold: "x", minimum_quantity_to_order: 5, maximum_quantity_to_order: 3}
  websites: {DE: {upcoming: 5, availability_date: "2030-01-01T00:00:00Z"}}
execution: {chunks: 1, lease_s: "60"}
process_selection: [{proces: x}]
sharing:
  warehouse_groups: {EU: [A, A]}
  channel_groups: {web: [DE]}
  links: {EU: [wep]}
  threshold: 5
  weights: {none: 1}
guards: {a: 5, b: "item.foo"}
publish: 5
"""
    with pytest.raises(RuleFileError) as caught:
        load_rules(write("shop.yaml", text))
    told = [(problem.line, problem.message) for problem in caught.value.problems]
    for line, message in (
        (2, "\"options.system.inventory_threshold\" is 'x', which is not a number"),
        (2, '"options.system": the maximum 3 is below the minimum 5'),
        (3, '"options.websites.DE.upcoming" is 5, which is not true or false'),
        (4, 'there is no key "execution.chunks"'),
        (4, "\"execution.lease_s\" is '60', which is not a number"),
        (5, 'there is no key "process_selection[1].proces"'),
        (5, '"process_selection[1].process" is missing'),
        (6, "system takes backorders, and stores of channel groups cannot yet"),
        (7, 'the warehouse "A" stands here twice'),
        (8, 'the channel group "web" is linked to no warehouse group, so it could sell nothing'),
        (9, 'there is no channel group "wep"'),
        (10, '"sharing.threshold" is 5, which is out of range'),
        (12, '"guards.a" is 5, which is not text'),
        (12, '"guards.b", line 1, column 6 of the expression: "item" has no field "foo"'),
        (13, '"publish" is 5, which has no keys below it'),
    ):
        assert (line, message) in told
        told.remove((line, message))
    # That it stands without "upcoming" is not said, nor what weights mean beside a section that is not read whole.
    assert told == []


def test_as_much_as_is_valid_is_read_beside_what_is_not(write):
    text = "execution: {chunk: 7, lease_s: no}\nsharing: {warehouse_groups: {EU: 5}}\noptions: {system: {}}\n"
    loaded = load_as_far_as_possible(write("shop.yaml", text))
    assert [problem.line for problem in loaded.problems] == [1, 2]
    assert loaded.rules.execution.chunk == 7
    assert (loaded.is_whole("execution"), loaded.is_whole("sharing"), loaded.is_whole("options")) == (
        False,
        False,
        True,
    )
