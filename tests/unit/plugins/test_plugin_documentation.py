"""docs/plugins.md describes every hook as it is in engine/hooks.py, and every decorator and built-in."""

from __future__ import annotations

import ast
import dataclasses
import inspect
import re
from pathlib import Path

import pytest

import plugins
from engine import hooks
from plugins import load_plugins

ROOT = Path(__file__).resolve().parents[3]
TEXT = (ROOT / "docs" / "plugins.md").read_text(encoding="utf-8")
SECTIONS = dict(re.findall(r"^### `([^`]+)`\n(.*?)(?=^##|\Z)", TEXT, re.MULTILINE | re.DOTALL))
SOURCE = ast.parse(Path(hooks.__file__).read_text(encoding="utf-8"))

ALIASES = {
    node.targets[0].id: ast.unparse(node.value)
    for node in SOURCE.body
    if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
}
CLASSES = {node.name: node for node in SOURCE.body if isinstance(node, ast.ClassDef)}
DECORATORS = (
    "command",
    "condition",
    "timeout_processor",
    "reservation_handler",
    "export_filter",
    "stock_format",
    "sharing_strategy",
    "allocation_strategy",
    "sink",
)


def arguments(method: ast.FunctionDef) -> str:
    return ", ".join(argument.arg for argument in method.args.args if argument.arg != "self")


def test_there_is_something_to_compare():
    assert {"ItemCommand", "ReservationHandler"} <= ALIASES.keys()
    assert {"Item", "CallContext", "Sink"} <= CLASSES.keys()


@pytest.mark.parametrize("name", ALIASES)
def test_a_signature_is_documented_as_it_is(name):
    assert f"`{ALIASES[name]}`" in SECTIONS[name]


@pytest.mark.parametrize("name", CLASSES)
def test_a_type_is_documented_with_its_fields_and_methods(name):
    section = SECTIONS[name]
    hook = getattr(hooks, name)
    if dataclasses.is_dataclass(hook):
        assert [f.name for f in dataclasses.fields(hook) if f"`{f.name}`" not in section] == []
    for method in CLASSES[name].body:
        if isinstance(method, ast.FunctionDef):
            shown = f"`{method.name}`" if method.decorator_list else f"`{method.name}({arguments(method)})`"
            assert shown in section


@pytest.mark.parametrize("name", DECORATORS)
def test_a_decorator_is_documented_with_its_arguments(name):
    signature = inspect.signature(getattr(plugins, name))
    bare = signature.replace(
        parameters=[p.replace(annotation=inspect.Parameter.empty) for p in signature.parameters.values()],
        return_annotation=inspect.Signature.empty,
    )
    assert f"{name}{bare}" in SECTIONS


def test_nothing_is_documented_that_is_not_there():
    decorators = {name for name in SECTIONS if name.split("(")[0] in DECORATORS}
    known = {*ALIASES, *CLASSES, *load_plugins(entry_points=False).names().timeout_processors}
    assert SECTIONS.keys() - decorators - known == set()


def test_every_built_in_plugin_is_documented():
    listed = dict(re.findall(r"^\| `([^`]+)` \| ([^|]+) \|", TEXT, re.MULTILINE))
    registry = load_plugins(entry_points=False)
    described = {}
    for plugin in registry.listing():
        kind = str(plugin.kind)
        if kind == "condition" and registry.condition(plugin.name).constant is not None:
            kind += ", constant"
        elif plugin.per:
            kind += f" per {plugin.per}"
        described[plugin.name] = kind
    assert listed == described


def test_the_examples_are_plugins(tmp_path):
    examples = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)
    names = "command, condition, timeout_processor, reservation_handler, sharing_strategy, stock_format"
    head = f"from plugins import {names}, allocation_strategy\n"
    marked = [example for example in examples if re.search(r"^@\w+", example, re.MULTILINE)]
    assert len(marked) == 13
    for number, example in enumerate(marked):
        (tmp_path / f"example{number}.py").write_text(head + example, encoding="utf-8")
    names = load_plugins([str(tmp_path)], entry_points=False).names()
    assert {"Shop/Capture", "Shop/Label"} <= names.commands.keys()
