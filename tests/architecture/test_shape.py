"""The shape of the shipped code: sizes, docstrings, annotations of taste that a linter does not hold."""

from __future__ import annotations

import ast
import re

from tests.architecture.sources import files, functions, lines_without_docstring, shown, tree

LONGEST_FILE = 400
LONGEST_FUNCTION = 50


def written():
    """The files that people write: a migration is made by a tool and never changed again."""
    return [path for path in files() if "versions" not in path.parts]


def test_a_file_is_short_enough_to_read_in_one_go():
    lengths = {shown(path): len(path.read_text(encoding="utf-8").splitlines()) for path in written()}
    assert {name: length for name, length in lengths.items() if length > LONGEST_FILE} == {}


def test_a_function_fits_on_a_screen():
    lengths = {
        f"{shown(path, function.lineno)} {function.name}": lines_without_docstring(function)
        for path in written()
        for function in functions(tree(path))
    }
    assert {name: length for name, length in lengths.items() if length > LONGEST_FUNCTION} == {}


def silent(path):
    """The module and its public names that have no docstring."""
    module = tree(path)
    if ast.get_docstring(module) is None:
        yield shown(path, 1)
    for owner in (module, *(node for node in module.body if isinstance(node, ast.ClassDef))):
        if isinstance(owner, ast.ClassDef) and owner.name.startswith("_"):
            continue
        for node in owner.body:
            named = isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
            if named and not node.name.startswith("_") and ast.get_docstring(node) is None:
                yield f"{shown(path, node.lineno)} {node.name}"


def test_modules_and_public_names_say_what_they_are():
    assert [name for path in files() for name in silent(path)] == []


def untyped(function):
    arguments = function.args
    plain = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    starred = [argument for argument in (arguments.vararg, arguments.kwarg) if argument]
    bare = [a.arg for a in (*plain, *starred) if a.annotation is None and a.arg not in ("self", "cls")]
    return bare or function.returns is None


def test_every_parameter_and_result_is_annotated():
    bare = [
        f"{shown(path, function.lineno)} {function.name}"
        for path in files()
        for function in functions(tree(path))
        if untyped(function)
    ]
    assert bare == []


def test_only_the_command_line_prints():
    printed = [
        shown(path, node.lineno)
        for path in files()
        if not shown(path).startswith("earmark/cli/")
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"
    ]
    assert printed == []


def test_nothing_is_left_undone():
    marks = re.compile(r"\b(TO" + r"DO|FIX" + r"ME|X" + r"XX)\b")
    assert [shown(path) for path in files() if marks.search(path.read_text(encoding="utf-8"))] == []


def test_no_error_is_swallowed_unseen():
    swallowed = [
        shown(path, node.lineno)
        for path in files()
        for node in ast.walk(tree(path))
        if isinstance(node, ast.ExceptHandler)
        and (node.type is None or getattr(node.type, "id", "") in ("Exception", "BaseException"))
        and all(isinstance(statement, ast.Pass) for statement in node.body)
    ]
    assert swallowed == []


def narrows(check):
    """Whether an assertion only tells the type checker what is known, such as ``x is not None``."""
    if isinstance(check, ast.BoolOp):
        return all(narrows(part) for part in check.values)
    if isinstance(check, ast.Compare):
        return [type(op) for op in check.ops] == [ast.IsNot] and ast.unparse(check.comparators[0]) == "None"
    return isinstance(check, ast.Call) and ast.unparse(check.func) == "isinstance"


def test_an_assertion_guards_nothing_that_runs_in_production():
    # python -O strips assertions: a check that has to hold must raise.
    guards = [
        shown(path, node.lineno)
        for path in files()
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Assert) and not narrows(node.test)
    ]
    assert guards == []
