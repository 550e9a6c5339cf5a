"""docs/checks: every rule has an example that is found at its line, and is silent once it is mended."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import pytest

from engine.definition import RegisteredNames, load_process, rules

FOLDER = Path(__file__).parents[3] / "docs" / "checks"
PAGES = {"error": "errors.md", "warning": "warnings.md", "info": "hints.md"}
HERE = "<!-- here -->"
REGISTERED = RegisteredNames(
    {"Payment/Refund": "order", "Payment/Check": "order"},
    {"Payment/IsPaid", "Stock/IsLow"},
    {"Calendar/WorkingDays"},
)
SECTIONS = {"state": "states", "transition": "transitions", "event": "events"}
TOO_LARGE = {"file-too-large", "too-many-files", "process-too-large"}
"""Rules whose examples cannot be printed; test_definition_rules.py has them."""

_BLOCK = re.compile(r"(?:`(?P<name>[^`\n]+)`:\n\n)?```xml\n(?P<text>.*?)```", re.DOTALL)


@dataclass(frozen=True)
class Example:
    files: dict[str, str]
    initial: str | None

    def load(self, folder: Path):
        for name, text in self.files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        main = folder / "Coffee.xml"
        return load_process(main, initial=self.initial, registered=REGISTERED).findings

    @property
    def line(self) -> tuple[str, int]:
        """The file and the line that are marked."""
        ((name, text),) = [(name, text) for name, text in self.files.items() if HERE in text]
        return name, text[: text.index(HERE)].count("\n") + 1


def base() -> str:
    return (FOLDER / "index.md").read_text(encoding="utf-8").split("```xml\n")[1].split("```")[0]


def chunks(text: str) -> list[str]:
    """Split the lines that are added into elements; a comment belongs to the element behind it."""
    found: list[str] = []
    for line in text.splitlines():
        fresh = re.match(r"<(?!/)", line) and not (found and re.fullmatch(r"(<!--.*?-->\s*)+", found[-1]))
        if fresh or not found:
            found.append(line)
        else:
            found[-1] += f"\n{line}"
    return found


def whole(text: str) -> str:
    """A file: the example itself, or the process of the first page with what the example adds."""
    if re.match(r"<(\?xml|!DOCTYPE|statemachine|machine)", text):
        return text
    inner, outer = [], []
    for chunk in chunks(text):
        element = re.match(r"(?:<!--.*?-->\s*)*<(\w+)", chunk)[1]
        if element == "process":
            outer.append(chunk)
        else:
            section = SECTIONS.get(element)
            inner.append(f"<{section}>\n{chunk}\n</{section}>" if section else chunk)
    main, end = base().split("  </process>\n")
    return "\n".join([main, *inner, "  </process>", *outer, end])


def example(section: str) -> Example:
    files = {match["name"] or "Coffee.xml": match["text"] for match in _BLOCK.finditer(section)}
    return Example({name: whole(text) for name, text in files.items()}, None)


def entries(page: str) -> dict[str, str]:
    text = (FOLDER / page).read_text(encoding="utf-8")
    return dict(re.findall(r"^## (\S+)\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL))


def examples(rule) -> tuple[Example, Example]:
    entry = entries(PAGES[rule.severity.value])[rule.id]
    initial = re.search(r"`--initial (\w+)`", entry)
    wrong, mended = entry.split("Mended:")
    return tuple(
        Example(example(part).files, initial[1] if initial else None)
        for part in (wrong.split("Wrong:")[1], mended)
    )


PRINTED = [rule for rule in rules() if rule.id not in TOO_LARGE]


@pytest.mark.parametrize("rule", PRINTED, ids=lambda rule: rule.id)
def test_the_wrong_example_is_found_at_its_line_and_the_mended_one_is_silent(rule, tmp_path):
    wrong, mended = examples(rule)
    found = [f.location for f in wrong.load(tmp_path / "wrong") if f.rule == rule.id]
    name, line = wrong.line
    assert (str(tmp_path / "wrong" / name), line) in {(place.file, place.line) for place in found}
    after = mended.load(tmp_path / "mended")
    assert [f for f in after if f.rule == rule.id or f.severity.value == "error"] == []


@pytest.mark.parametrize("severity", PAGES)
def test_each_page_has_the_rules_of_its_severity_in_their_order(severity):
    assert list(entries(PAGES[severity])) == [rule.id for rule in rules() if rule.severity.value == severity]


def test_the_first_page_lists_every_rule_with_its_sentence():
    text = (FOLDER / "index.md").read_text(encoding="utf-8")
    listed = re.findall(r"^\| \[`([a-z-]+)`\]\((\w+\.md)#\1\) \| (.*) \|$", text, re.MULTILINE)
    assert listed == [(rule.id, PAGES[rule.severity.value], rule.summary) for rule in rules()]


def test_the_process_that_examples_are_added_to_has_no_warning(tmp_path):
    findings = Example({"Coffee.xml": base()}, None).load(tmp_path)
    assert [finding for finding in findings if finding.severity.value != "info"] == []
