"""What contributors run: the hooks call the project's own tools, and every target is told of."""

from __future__ import annotations

import re

import yaml

from tests.architecture.sources import ROOT, project

HOOKS = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))["repos"]
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")


def test_the_hooks_fetch_nothing():
    assert [repository["repo"] for repository in HOOKS] == ["local"]
    hooks = HOOKS[0]["hooks"]
    assert {hook["language"] for hook in hooks} == {"system"}
    assert [hook["id"] for hook in hooks if not hook["entry"].startswith((".venv/bin/", "make "))] == []


def test_the_hooks_call_every_tool_of_make_lint():
    lint = MAKEFILE.split("\nlint:", 1)[1].split("\n\n", 1)[0]
    tools = {line.split("/", 1)[1].removesuffix(" .") for line in lint.splitlines()[1:]}
    called = {
        hook["entry"].removeprefix(".venv/bin/").removesuffix(" --force-exclude")
        for hook in HOOKS[0]["hooks"]
    }
    assert tools - called == set()


def test_pre_commit_is_no_requirement():
    extras = project()["project"]["optional-dependencies"].values()
    wanted = [*project()["project"]["dependencies"], *(name for extra in extras for name in extra)]
    assert [name for name in wanted if name.startswith("pre-commit")] == []


def test_every_target_of_the_makefile_is_told_of():
    targets = set(re.findall(r"^([a-z-]+):.*##", MAKEFILE, re.MULTILINE))
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^make ([a-z-]+) ", text, re.MULTILINE)) == targets - {"help", "clean"}
