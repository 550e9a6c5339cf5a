"""Earmark's packages are found whatever lies in the working folder, also when installed for development."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]

# What an installation in development mode leaves behind: a finder that comes after the search of sys.path.
SITECUSTOMIZE = """
import sys
from importlib.machinery import PathFinder

class Finder:
    @staticmethod
    def find_spec(name, path=None, target=None):
        if path is None and name in {names!r}:
            return PathFinder.find_spec(name, [{root!r}])

sys.meta_path.append(Finder)
"""
NAMES = ("earmark", "engine", "plugins", "processes", "rules", "visualize")


@pytest.fixture
def project(tmp_path):
    folder = tmp_path / "project"
    for name in ("plugins", "processes", "rules"):
        (folder / name).mkdir(parents=True)
    (folder / "plugins" / "registry.py").write_text("raise RuntimeError('the wrong file')\n")
    (folder / "rules" / "models.py").write_text("raise RuntimeError('the wrong file')\n")
    return folder


@pytest.fixture
def run(tmp_path, project):
    site = tmp_path / "site"
    site.mkdir()
    (site / "sitecustomize.py").write_text(SITECUSTOMIZE.format(names=NAMES, root=str(ROOT)))

    def python(*arguments):
        environment = {**os.environ, "PYTHONPATH": str(site)}
        # Editable installations of this checkout must not help.
        return subprocess.run(
            [sys.executable, *arguments],
            cwd=project,
            env=environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    return python


def test_a_projects_folders_do_not_hide_the_packages(run):
    done = run("-m", "earmark", "process", "show", str(ROOT / "processes" / "DummyPayment.xml"), "--json")
    assert done.returncode == 0, done.stderr
    assert '"process": "DummyPayment"' in done.stdout


def test_without_the_finder_they_would(run):
    done = run("-c", "import plugins; print(getattr(plugins, '__file__', None))")
    assert done.stdout.strip() == "None", (
        "the working folder no longer hides the package: is the test still needed?"
    )


def test_a_projects_packages_do_not_hide_them_either(run, project):
    (project / "plugins" / "__init__.py").write_text("raise RuntimeError('the wrong package')\n")
    done = run("-m", "earmark", "process", "show", str(ROOT / "processes" / "DummyPayment.xml"))
    assert done.returncode == 0, done.stderr


def test_another_package_that_is_loaded_already_is_told(run, project):
    (project / "rules" / "__init__.py").write_text("")
    done = run("-c", "import rules, earmark")
    assert "install Earmark into an environment of its own" in done.stderr


def test_an_incomplete_installation_is_told(tmp_path):
    from earmark.siblings import SiblingFinder

    with pytest.raises(ImportError, match="not installed completely"):
        SiblingFinder(tmp_path).find_spec("engine")
    assert SiblingFinder(tmp_path).find_spec("json") is None
