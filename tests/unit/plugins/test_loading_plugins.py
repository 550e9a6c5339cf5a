"""What a user may name as a plugin, and what is said when it cannot be used."""

from __future__ import annotations

import importlib.metadata
import sys
from pathlib import Path
from types import ModuleType

import pytest

from plugins import PluginsInvalid, load_plugins

GOOD = 'from plugins import condition\n\n@condition("{name}")\ndef holds(item, context):\n    return True\n'


def load(*specs: str | Path):
    return load_plugins([str(spec) for spec in specs], entry_points=False)


def refused(*specs: str | Path) -> list[str]:
    with pytest.raises(PluginsInvalid) as caught:
        load(*specs)
    assert [str(problem) in caught.value.message for problem in caught.value.problems].count(False) == 0
    return [str(problem) for problem in caught.value.problems]


@pytest.fixture
def write(tmp_path):
    def write(name: str, text: str) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    return write


def test_the_built_ins_are_loaded_without_being_named():
    names = load().names()
    assert names.commands["DummyPayment/Pay"] == "order"
    assert "Earmark/Always" in names.conditions
    assert "Earmark/WorkingDays" in names.timeout_processors


def test_a_file_is_loaded_and_nothing_is_written_beside_it(write, tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    registry = load(write("shop.py", GOOD.format(name="Shop/A")))
    assert registry.condition("Shop/A") is not None
    assert [path.name for path in tmp_path.iterdir()] == ["shop.py"]


def test_a_changed_file_is_read_anew(write):
    path = write("shop.py", GOOD.format(name="Shop/A"))
    load(path)
    path.write_text(GOOD.format(name="Shop/B"), encoding="utf-8")
    names = load(path).names()
    assert "Shop/B" in names.conditions
    assert "Shop/A" not in names.conditions


def test_a_folder_is_loaded_in_the_order_of_its_names(write, tmp_path, monkeypatch):
    listed = Path.iterdir
    monkeypatch.setattr(Path, "iterdir", lambda self: iter(sorted(listed(self), reverse=True)))
    handler = "from plugins import reservation_handler\n\n@reservation_handler\ndef {}(changes, work): ...\n"
    write("p/b.py", handler.format("second"))
    write("p/a.py", handler.format("first"))
    write("p/.c.py", "this is not Python")
    write("p/notes.txt", "neither is this")
    handlers = [handler.__name__ for handler in load(tmp_path / "p").reservation_handlers()]
    assert handlers == ["write_availability", "first", "second"]


def test_a_folder_may_hold_files_without_plugins(write, tmp_path):
    write("p/empty.py", "")
    assert load(tmp_path / "p").listing() == load().listing()


def test_a_file_named_twice_is_loaded_once(write, tmp_path):
    path = write("p/shop.py", GOOD.format(name="Shop/A"))
    assert load(path, tmp_path / "p", path).condition("Shop/A") is not None


def test_a_module_is_found_by_its_dotted_name(write, tmp_path, monkeypatch):
    write("loadshop/__init__.py", "")
    write("loadshop/rules.py", GOOD.format(name="Shop/A"))
    monkeypatch.syspath_prepend(tmp_path)
    assert load("loadshop.rules").condition("Shop/A") is not None


def test_a_word_is_a_folder_when_there_is_one_without_an_init_file(write, tmp_path, monkeypatch):
    # The folder that a project has, although Earmark's own package bears the same name.
    write("plugins/shop.py", GOOD.format(name="Shop/A"))
    monkeypatch.chdir(tmp_path)
    assert load("plugins").condition("Shop/A") is not None


def test_a_word_is_a_module_when_its_folder_is_a_package(write, tmp_path, monkeypatch):
    write("wordshop/__init__.py", GOOD.format(name="Shop/A"))
    write("wordshop/other.py", GOOD.format(name="Shop/B"))
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    registry = load("wordshop")
    assert registry.condition("Shop/A") is not None
    assert registry.condition("Shop/B") is None


def test_a_file_may_use_dataclasses_with_quoted_types(write):
    text = "from __future__ import annotations\nfrom dataclasses import dataclass, KW_ONLY\n\n@dataclass\n"
    text += "class Setting:\n    _: KW_ONLY\n    limit: int = 1\n\n" + GOOD.format(name="Shop/A")
    assert load(write("shop.py", text)).condition("Shop/A") is not None


class TestEntryPoints:
    def declare(self, monkeypatch, *values: str) -> None:
        found = [importlib.metadata.EntryPoint(f"e{n}", v, "earmark.plugins") for n, v in enumerate(values)]
        monkeypatch.setattr("plugins.sources.installed_entry_points", lambda group: found)

    def test_an_installed_package_is_found_without_being_named(self, write, tmp_path, monkeypatch):
        write("entryshop.py", GOOD.format(name="Shop/A"))
        monkeypatch.syspath_prepend(tmp_path)
        self.declare(monkeypatch, "entryshop")
        assert load_plugins().condition("Shop/A") is not None
        assert load_plugins(entry_points=False).condition("Shop/A") is None

    def test_one_that_cannot_be_imported_is_named(self, monkeypatch):
        self.declare(monkeypatch, "no_such_module_here", "json:loads")
        with pytest.raises(PluginsInvalid) as caught:
            load_plugins()
        first, second = (str(problem) for problem in caught.value.problems)
        assert "entry point e0 = no_such_module_here" in first
        assert "names a function, not a module" in second


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("x = 1\ny = (\n", 2, "this is not Python: '(' was never closed"),
        ("x = 1\nimport nothing_like_this\n", 2, "No module named 'nothing_like_this'"),
        ("import json\n\njson.loads('{')\n", 3, "JSONDecodeError"),
        ("import sys\nsys.exit(3)\n", 2, "SystemExit: 3"),
        ("from plugins import command\n@command\ndef f(item, context): ...\n", 2, "in brackets"),
        (
            "from plugins import reservation_handler\n@reservation_handler()\ndef f(a, b): ...\n",
            2,
            "TypeError",
        ),
        ("from plugins import comand\n", 1, "cannot import name 'comand'"),
    ],
)
def test_a_file_that_cannot_be_imported_is_told_with_its_line(write, text, line, said):
    path = write("shop.py", text)
    (problem,) = refused(path)
    assert problem.startswith(f"{path}:{line}: ")
    assert said in problem
    assert "Traceback" not in problem


def test_a_failed_file_leaves_no_module_behind(write):
    before = set(sys.modules)
    refused(write("shop.py", "1/0"))
    assert [name for name in set(sys.modules) - before if "shop" in name] == []


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        ("no/such.py", "there is no such file"),
        ("nosuchmodule.plugs", "no module named 'nosuchmodule'"),
        ("a b", "neither a file, nor a folder"),
        ("", "neither a file, nor a folder"),
        ("json", "no plugin is registered here"),
    ],
)
def test_what_is_not_there_is_told(spec, said, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (problem,) = refused(spec)
    assert said in problem


def test_everything_that_is_wrong_is_told_at_once(write):
    broken, absent = write("a.py", "(\n"), "absent.py"
    twice = write("b.py", GOOD.format(name="Earmark/Never"))
    problems = refused(broken, absent, twice)
    assert len(problems) == 3
    assert "absent.py" in problems[1]


def test_a_folder_that_cannot_be_listed_is_told(tmp_path, monkeypatch):
    def forbidden(self):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "iterdir", forbidden)
    (problem,) = refused(tmp_path)
    assert f"{tmp_path}: the folder cannot be read: Permission denied" in problem


def test_the_error_is_an_error_of_earmark(write):
    with pytest.raises(PluginsInvalid) as caught:
        load(write("a.py", "(\n"))
    shown = caught.value.as_dict()
    assert shown["code"] == "plugins_invalid"
    assert shown["parameters"]["problems"][0]["place"].endswith("a.py:1")


def test_importing_a_plugin_file_registers_nothing(write):
    module = ModuleType("freestanding")
    exec(GOOD.format(name="Shop/A"), module.__dict__)
    assert module.holds(None, None) is True
    assert load().condition("Shop/A") is None
