"""Guards in rule files: what is read, what is refused with its place, and what the language means."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from rules import RuleFileError, load_rules
from rules.guards import parts_of
from rules.guards.checks import LONGEST_TEXT, MOST_PARTS
from rules.guards.compiled import compile_guard
from rules.guards.messages import message_class, struct
from rules.guards.problems import GuardInvalid

MISTAKES = {
    "itm.sku == 'a'": (1, 1, 'there is no "itm"', 'Did you mean "item"?'),
    "item.quantiy > 1.0": (1, 6, '"item" has no field "quantiy"', 'Did you mean "quantity"?'),
    "order.total > 5.0 &&\n  quantity > 1.0": (
        2,
        3,
        'there is no "quantity"',
        'Did you mean "item.quantity"?',
    ),
    "item.quantity > 1": (1, 15, '">" cannot be used with double, int', "write 1.0, not 1."),
    "500 <= order.total": (1, 5, '"<=" cannot be used with int, double', "write 500.0, not 500."),
    "item.line == 1.0": (1, 11, '"==" cannot be used with int, double', "an int: write 1, not 1.0."),
    "item.available &&\n item.line < 1.5": (2, 12, '"<" cannot be used with int, double', "is never 1.5"),
    "item.line < item.quantity": (1, 11, '"<" cannot be used', "double(x) turns an int into a double"),
    "item.quantity % 2 == 0": (1, 15, '"%" cannot be used', "int(item.quantity) % 2"),
    "item.sku == 1": (1, 10, '"==" cannot be used with string, int', "texts with them"),
    "item.sku && item.available": (1, 10, '"&&" cannot be used with string', "Only conditions can be joined"),
    "item.sku.startWith('a')": (1, 10, 'there is no function "startWith"', 'Did you mean "startsWith"?'),
    "item.sku == 'a' &&": (1, 19, "this cannot be read: unexpected 'the end'", "describes the language"),
    "item.sku = 'a'": (1, 10, "this cannot be read", "=="),
    "item.sku": (1, 1, "the expression is a string, and a guard must be a bool", "Compare it"),
    "order.total": (1, 1, "a guard must be a bool", "Compare it"),
    "order.data.paid": (
        1,
        1,
        "only known when it is asked: a guard must be a bool",
        "order.data.paid == true",
    ),
    "null": (1, 1, "a guard must be a bool", "Compare it"),
    "has(item.sku)": (1, 4, "item.sku is always there", "docs/guards.md"),
    "has(order.data)": (1, 4, "order.data is always there", "has(order.data.key)"),
    "item.sku.matches('(')": (1, 17, "'(' can never be read: invalid regular expression", "RE2"),
    "now > timestamp('2026-13-01')": (1, 16, "'2026-13-01' can never be read", "2026-11-29T00:00:00Z"),
    "now - order.placed_at > duration('2d')": (1, 33, "'2d' can never be read", "days are 24h"),
    "now.getHours('Europe/Berln') > 8": (1, 13, "'Europe/Berln' can never be read", "Europe/Berlin"),
    "  ": (1, 1, "the expression is empty", "Write a condition"),
}


@pytest.mark.parametrize("text", MISTAKES)
def test_a_mistake_is_told_with_its_place_and_a_remedy(text):
    with pytest.raises(GuardInvalid) as caught:
        compile_guard(text)
    problem = caught.value.problems[0]
    line, column, message, remedy = MISTAKES[text]
    assert message in problem.message
    assert remedy in problem.remedy
    assert (problem.line, problem.column) == (line, column)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("item.sku == '" + "a" * LONGEST_TEXT + "'", "characters"),
        (" || ".join(["true"] * MOST_PARTS), "parts"),
        ("[1].all(a, [1].all(b, [1].all(c, a + b + c > 0)))", "deeper than 2"),
        ("(" * 40 + "true" + ")" * 40, ""),
    ],
)
def test_what_is_too_large_is_refused(text, message):
    with pytest.raises(GuardInvalid) as caught:
        compile_guard(text)
    assert message in str(caught.value)


def test_a_guard_that_would_go_on_for_long_is_an_error_for_its_item():
    digits = ",".join("0" * 40)
    guard = compile_guard(f"[{digits}].all(a, [{digits}].all(b, a == b)) || true")
    assert guard.outcome({}) is True
    digits = ",".join("0" * 110)
    told = compile_guard(f"[{digits}].all(a, [{digits}].all(b, a == b))").outcome({})
    assert isinstance(told, str)
    assert told == "it takes more than 10,000 rounds through its lists"
    assert compile_guard("true").outcome({}) is True


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("order.data.gift == true", 'there is no key "gift"; has() asks whether there is'),
        ("order.data.text.inner == 1.0", "a key is asked of what is no JSON object"),
        ("order.data.list[3] == 1.0", "entry [3] is asked of a list of 1 entry; the first one is [0]"),
        ("order.data.text > 1.0", '">" cannot be used with string and double'),
        ("order.total > 1.0", '">" cannot be used with null and double; ask first whether it is there'),
        ("order.currency.startsWith('E')", '"startsWith" cannot be asked of null'),
        ("!order.data.text", '"!" was given what is neither true nor false'),
        ("order.data.text ? true : false", 'the condition of "? :" is neither true nor false'),
        ("int(order.data.text) > 1", "int() was given a text that is no whole number"),
        ("timestamp(order.data.text) > now", "timestamp() was given a text that is no time"),
        ("duration(order.data.text) > duration('1s')", "duration() was given a text that is no span"),
        ("1 / (order.id - order.id) == 1", "a whole number is divided by 0"),
        ("order.id + 9223372036854775807 > 1", "beyond 64 bits"),
        ("now.getHours(order.data.text) == 1", "there is no time zone of that name"),
        ("''.matches(order.data.odd)", "invalid regular expression"),
    ],
)
def test_what_cannot_be_told_of_an_item_is_said_in_plain_words(text, told):
    made = message_class("order")(id=1, data=struct({"text": "a", "list": [1.0], "odd": "("}))
    outcome = compile_guard(text).outcome({"order": made, "now": datetime.now(UTC)})
    assert isinstance(outcome, str)
    assert told in outcome
    assert "overload" not in outcome


def test_a_guard_of_a_file_knows_its_place(tmp_path: Path):
    path = tmp_path / "guards.yaml"
    path.write_text('guards:\n  good: "item.available"\n  bad: "item.line > 1"\n')
    assert load_rules(path).guard_places == {"good": f"{path}:2", "bad": f"{path}:3"}


def test_problems_of_rule_files_tell_file_line_and_column_and_all_at_once(tmp_path: Path):
    path = tmp_path / "guards.yaml"
    path.write_text(
        'guards:\n  good: "item.available"\n  bad: "itm.sku == 1"\n  long: |\n    item.available\n    && item.x\n'
        "  number: 5\n"
    )
    with pytest.raises(RuleFileError) as caught:
        load_rules(path)
    told = [(p.line, p.column, p.message) for p in caught.value.problems]
    assert told == [
        (3, 1, '"guards.bad", line 1, column 1 of the expression: there is no "itm"'),
        (4, 9, '"guards.long", line 2, column 9 of the expression: "item" has no field "x"'),
        (7, 0, '"guards.number" is 5, which is not text'),
    ]


def test_names_of_guards_have_no_blanks_around_them(tmp_path: Path):
    path = tmp_path / "guards.yaml"
    path.write_text('guards:\n  " a": "true"\n  "a b": "true"\n')
    with pytest.raises(RuleFileError) as caught:
        load_rules(path)
    (problem,) = caught.value.problems
    assert (problem.line, problem.message) == (2, 'the name " a" in "guards" begins or ends with a blank')


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("a && b", ["a", "b"]),
        ("a", ["a"]),
        ("a || b && c", ["a || b && c"]),
        ("(a || b) && c", ["(a || b)", "c"]),
        ("x == '&&' && y == \"a && b\"", ["x == '&&'", 'y == "a && b"']),
        ("a && f(b && c) && [d && e][0]", ["a", "f(b && c)", "[d && e][0]"]),
        ("a && b ? c : d", ["a && b ? c : d"]),
        (r"x == 'it\'s && so' && r'\' == y", [r"x == 'it\'s && so'", r"r'\' == y"]),
        ("a && // no && here\n b", ["a", "// no && here\n b"]),
    ],
)
def test_parts_that_must_all_be_true_are_found_as_they_are_written(text, parts):
    assert parts_of(text) == parts


def test_the_library_is_not_loaded_where_there_are_no_guards():
    import subprocess
    import sys

    code = "import sys, rules; rules.load_rules(None); print('cel_expr_python' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


PAGE = (Path(__file__).resolve().parents[3] / "docs" / "guards.md").read_text(encoding="utf-8")


def test_the_page_has_every_field_with_its_type_and_meaning():
    from rules.guards.schema import DATA_VARIABLES, every_field

    rows = re.findall(r"^\| `([\w.]+)` \| (.+?) \| (.+) \|$", PAGE, re.M)
    told = {name: (kind, meaning) for name, kind, meaning in rows}
    fields = {name: (field.type_name, field.meaning) for name, field in every_field()}
    data = {name: ("map(string, dyn)", meaning) for name, meaning in DATA_VARIABLES.items()}
    assert {**fields, **data}.items() <= told.items()


def test_the_examples_of_the_page_are_guards(tmp_path: Path):
    examples = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    assert len(examples) >= 3
    for number, example in enumerate(examples):
        path = tmp_path / f"{number}.yaml"
        path.write_text(example)
        assert load_rules(path).guards or load_rules(path).process_selection


def test_the_mistakes_of_the_page_are_mistakes():
    section = PAGE.split("## Mistakes that are found\n", 1)[1].split("\n## ", 1)[0]
    rows = re.findall(r"^\| `([^`]+)` \| (.+) \|$", section, re.M)
    assert len(rows) > 8
    for text, _ in rows:
        with pytest.raises(GuardInvalid):
            compile_guard(text)
