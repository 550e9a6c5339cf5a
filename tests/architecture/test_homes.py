"""What has one home: it is written there and nowhere else."""

from __future__ import annotations

from tests.architecture.sources import files, imported, shown, tree


def test_names_that_were_meant_are_guessed_in_one_place():
    # A second time for rule files, whose package imports nothing of ours and is imported by no definition.
    guessing = {shown(path) for path in files() if "difflib" in {name for name, _ in imported(tree(path))}}
    assert guessing == {"engine/definition/suggest.py", "rules/suggest.py"}
