"""The Python reference: its examples run in order and answer as shown, and it has one for every verb."""

from __future__ import annotations

import ast
import contextlib
import inspect
import io
import re
from pathlib import Path

import pytest

import earmark
from earmark import Caller, Engine

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "python.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)(?: (\S+))?\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
"""Language, the name of the file if it is one, and text."""

PROGRAM = [text for kind, name, text in BLOCKS if kind == "python" and not name]
SECTIONS = dict(re.findall(r"^### `(\w+)\((.*?)\)`$", PAGE, re.MULTILINE))
VERBS = [
    name
    for name, member in inspect.getmembers(Engine)
    if not name.startswith("_") and inspect.isfunction(member)
]


def test_the_examples_answer_as_shown(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for variable in ("EARMARK_DATABASE_URL", "EARMARK_PLUGINS"):
        monkeypatch.delenv(variable, raising=False)
    scope: dict[str, object] = {}
    said = ""
    for number, (kind, name, text) in enumerate(BLOCKS):
        if name:
            (tmp_path / name).write_text(text, encoding="utf-8")
        elif kind == "python":
            assert not said, f"what the block before {number} prints is not shown: {said}"
            out = io.StringIO()
            with contextlib.redirect_stdout(out):
                exec(compile(text, f"docs/python.md, block {number}", "exec"), scope)
            said = out.getvalue()
        else:
            assert kind == "text"
            assert said == text, f"block {number}"
            said = ""


@pytest.mark.parametrize("verb", VERBS)
def test_a_verb_is_told_with_its_arguments_and_has_an_example(verb):
    parameters = list(inspect.signature(getattr(Engine, verb)).parameters.values())[1:]
    shown, keywords = [], False
    for parameter in parameters:
        if parameter.kind is inspect.Parameter.KEYWORD_ONLY and not keywords:
            keywords = True
            shown.append("*")
        shown.append(parameter.name)
    assert SECTIONS[verb] == ", ".join(shown)
    section = PAGE.split(f"### `{verb}(", 1)[1].split("\n### ", 1)[0].split("\n## ", 1)[0]
    calls = {
        node.func.attr
        for example in re.findall(r"```python\n(.*?)```", section, re.DOTALL)
        for node in ast.walk(ast.parse(example))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    }
    assert verb in calls


def test_nothing_is_told_of_a_verb_that_is_not_there():
    assert set(SECTIONS) == set(VERBS)


def test_the_arguments_of_opening_and_the_fields_of_a_caller_are_told():
    arguments = list(inspect.signature(earmark.open_engine).parameters)
    assert f"`open_engine({arguments[0]}, *, {', '.join(arguments[1:])})`" in PAGE
    assert [name for name in arguments if f"| `{name}` |" not in PAGE] == []
    assert [name for name in inspect.signature(Caller).parameters if f"| `{name}` |" not in PAGE] == []


def test_every_result_and_error_that_is_named_can_be_imported():
    prose = re.sub(r"```.*?```", "", PAGE, flags=re.DOTALL)
    named = set(re.findall(r"`([A-Z][a-z]+(?:[A-Z][a-z]+)+)[`(]", prose))
    assert {"OrderView", "MoveReport", "NotAvailable"} <= named
    assert sorted(named - set(earmark.__all__)) == []


def test_the_examples_import_from_earmark_alone():
    imported = {
        node.module
        for text in [text for kind, _, text in BLOCKS if kind == "python"]
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.ImportFrom)
    }
    assert {module for module in imported if module.split(".")[0] == "earmark"} == {
        "earmark",
        "earmark.plugins",
    }
    assert {"engine", "plugins", "rules", "visualize"} & {
        module.split(".")[0] for module in imported
    } == set()
