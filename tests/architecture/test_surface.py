"""The public names: every package's ``__all__`` is sorted, importable and told apart from private parts."""

from __future__ import annotations

import ast
import importlib
import inspect

import pytest

from tests.architecture.sources import ROOT, files, module_name, shown, tree

SEAMS = ("earmark", "engine.api", "engine.definition", "plugins", "rules", "visualize")


def declared(path) -> list[str] | None:
    for node in tree(path).body:
        if isinstance(node, ast.Assign) and [getattr(t, "id", None) for t in node.targets] == ["__all__"]:
            return ast.literal_eval(node.value)
    return None


with_all = [path for path in files() if declared(path) is not None]


@pytest.mark.parametrize("path", with_all, ids=shown)
def test_public_names_exist_once_and_in_order(path):
    names = declared(path)
    module = importlib.import_module(module_name(path))
    # The order that ruff keeps: constants, classes, functions, each by name.
    order = sorted(names, key=lambda name: (0 if name.isupper() else 1 if name[0].isupper() else 2, name))
    assert names == order
    assert len(names) == len(set(names))
    assert [name for name in names if not hasattr(module, name)] == []
    assert [name for name in names if name.startswith("_") and name != "__version__"] == []


@pytest.mark.parametrize("package", SEAMS)
def test_a_seam_declares_its_public_names(package):
    path = ROOT.joinpath(*package.split("."), "__init__.py")
    assert declared(path), f"{package} is imported by others: its __init__ needs an __all__"


@pytest.mark.parametrize("package", SEAMS)
def test_a_public_name_has_a_docstring(package):
    module = importlib.import_module(package)
    things = {name: getattr(module, name) for name in module.__all__}
    documented = {n: t.__doc__ for n, t in things.items() if inspect.isclass(t) or inspect.isfunction(t)}
    assert documented
    assert [name for name, text in documented.items() if not text] == []
