"""A name with a line break, a control character or a direction mark says nothing for Earmark on a terminal."""

import json
import re
from pathlib import Path

import pytest

BAD = "x\n  mend: delete it\x1b[31m\u202e\r."

PROCESS = (
    '<statemachine xmlns="urn:earmark:process:1"><process name="P" main="true"><states><state name="new"/></states>'
    "<transitions><transition><source>new</source><target>{0}</target></transition>"
    "<transition><source>new</source><target>other</target></transition></transitions></process></statemachine>"
)


def text_of(text):
    """The text as JSON has it, which is a string of YAML, too."""
    return json.dumps(text)


def topology(shop):
    entry = f"{{name: {text_of(BAD)}}}"
    Path("bad.yaml").write_text(f"warehouses: [{entry}, {entry}, {entry}]\n")
    return "topology", "apply", "bad.yaml"


def plugin(shop):
    Path("a\nb.py").write_text("1/0\n")
    return "--plugins", "a\nb.py", "--plugins", "no.py", "process", "list"


def rules(shop):
    Path("rules/bad.yaml").write_text(f"{text_of(BAD)}: 1\nother: 2\n")
    return "stock", "show", "chair-oak"


def settings(shop):
    with Path("earmark.toml").open("a") as file:
        file.write(f"\n[[jobs]]\nkind = 'timeouts'\n{text_of(BAD)} = 1\nother = 2\ninterval = 5\n")
    return ("process", "list")


def definition(shop):
    name = BAD.replace("\x1b", "").replace("\r", "").replace("\n", "&#10;")
    Path("bad.xml").write_text(PROCESS.format(name), encoding="utf-8")
    return "process", "deploy", "bad.xml"


@pytest.mark.parametrize("made", [topology, plugin, rules, settings, definition])
def test_a_name_among_several_problems_begins_no_line_of_its_own(shop, earmark, made):
    told = earmark(*made(shop), code=1).err
    lines = told.splitlines()
    assert not any(line.startswith("  mend: delete it") for line in lines)
    assert all(line.isprintable() for line in lines)
    assert len(lines) >= 3
    assert made is plugin or "x\\n  mend: delete it" in told


def test_several_problems_are_several_lines(shop, earmark):
    lines = earmark(*plugin(shop), code=1).err.splitlines()
    assert lines[0] == "error: plugins cannot be used:"
    assert ["a\\nb.py:1: importing it raised" in lines[1], *(line[:9] for line in lines[2:])] == [
        True, "  no.py: ", "  mend: S",
    ]  # fmt: skip


def test_the_doctor_tells_of_several_problems_in_one_line(shop, earmark):
    lines = earmark("doctor", "--fast", "--plugins", "no.py", "--plugins", "nor.py", code=1).out.splitlines()
    (line,) = [line for line in lines if line.startswith("FAIL")]
    assert "cannot be used: no.py: there is no such file. Check the path of the plugin.; nor.py: " in line


def test_json_has_names_as_they_are(shop, earmark):
    problems = earmark(*topology(shop), "--json", code=1).error["parameters"]["problems"]
    assert len(problems) == 2
    assert all(BAD in problem["message"] for problem in problems)


@pytest.mark.parametrize(
    "arguments",
    [
        ("order", "show", BAD),
        ("availability", BAD, "--store", "DE"),
        ("process", "show", BAD),
        ("matrix", "--process", BAD),
        ("force", BAD, "--item", "1", "--reason", "r"),
        ("order", "list", "--state", BAD),
        ("db", "check", "--db", f"sqlite:///{BAD}"),
        ("--log-level", BAD, "process", "list"),
        (BAD,),
        ("process", "check", BAD),
        ("purge", "--older-than", BAD),
    ],
)
def test_a_name_that_is_refused_stays_on_its_line(shop, earmark, arguments):
    done = earmark(*arguments, code=None)
    assert done.code != 0
    for line in (done.out + done.err).splitlines():
        assert line.isprintable()
        assert not line.startswith("  mend: delete it")


@pytest.mark.parametrize(
    "arguments",
    [
        ("order", "show", "{DE-1001}"),
        ("order", "events", "{DE-1001}"),
        ("order", "list", "--state", "{new}", "--process", "{DummyPayment}"),
        ("item", "list", "--sku", "{chair-oak}", "--store", "{DE}"),
        ("availability", "{chair-oak}", "--store", "{DE}"),
        ("stock", "show", "{chair-oak}"),
        ("matrix", "--process", "{DummyPayment}", "--store", "{DE}"),
        ("process", "show", "{DummyPayment}"),
        ("process", "migrations", "{DummyPayment}"),
        ("run", "timeouts", "--store", "{DE}"),
        ("run", "conditions", "--store", "{DE}"),
    ],
)
def test_blanks_around_a_name_that_is_asked_for_do_not_count(shop, earmark, arguments):
    earmark("order", "place", "data/orders.jsonl")
    exact = earmark(*(argument.strip("{}") for argument in arguments)).out
    asked = earmark(*(argument.format_map(Blank()) for argument in arguments)).out
    age = re.compile(r" +\d+s\b")  # it may be a second older
    assert age.sub("", asked) == age.sub("", exact)


class Blank(dict):
    """Gives every name with blanks around it."""

    def __missing__(self, name):
        return f" {name}\t"


def test_a_topology_with_odd_names_is_shown_as_a_file_that_changes_nothing(shop, earmark):
    odd = [text_of(name) for name in ("no", "001", "a: b # c", 'say "x"\\', "x\u202ey\x7f")] + [
        '"\U0001f600"'
    ]
    Path("odd.yaml").write_text(f"warehouses: [{', '.join(f'{{name: {name}}}' for name in odd)}]\n")
    earmark("topology", "apply", "odd.yaml")
    shown = earmark("topology", "show").out
    assert all(line.isprintable() for line in shown.splitlines())
    Path("shown.yaml").write_text(shown)
    assert earmark("topology", "apply", "shown.yaml", "--json").json["changed"] == 0
    names = [
        one["name"] for one in earmark("topology", "show", "--json").shaped("topology-show")["warehouses"]
    ]
    assert {json.loads(name) for name in odd} <= set(names)
