"""The pages on paper: nothing scrolls there, colours stay, and pictures fit a page."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
STYLES = ["visualize/templates/diagram.css", "earmark/templates/demo_report.css"]


def rules(css):
    """Yield each selector of each rule with the rule's body."""
    for selectors, body in re.findall(
        r"([^{}]+)\{([^{}]*)\}", re.sub(r"/\*.*?\*/", "", css, flags=re.DOTALL)
    ):
        yield from ((selector.strip(), body) for selector in selectors.split(","))


@pytest.fixture(params=STYLES)
def style(request):
    screen, _, rest = (ROOT / request.param).read_text(encoding="utf-8").partition("@page")
    return list(rules(screen)), list(rules(rest.partition("@media print {")[2]))


def test_what_scrolls_on_a_screen_is_whole_on_paper(style):
    screen, paper = style
    scrolling = {selector for selector, body in screen if re.search(r"overflow(-[xy])?: (auto|scroll)", body)}
    whole = {selector for selector, body in paper if "overflow: visible" in body}
    assert scrolling
    assert scrolling - whole == set()


def test_no_picture_is_cut_at_a_height_on_a_screen_or_wider_or_higher_than_a_page(style):
    screen, paper = style
    assert [selector for selector, body in screen if "max-height" in body] == []
    assert [selector for selector, body in paper if re.search(r"max-height: \d+vh", body)] != []
    narrowed = {selector for selector, body in paper if "min-width: 0" in body}
    assert {selector for selector, body in screen if "min-width: 720px" in body} - narrowed == set()


def test_colours_are_printed(style):
    assert "print-color-adjust: exact" in dict(style[1])["*"]
