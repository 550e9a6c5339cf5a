"""All processes as pages: everything is found, nothing is asked of anybody, and any name makes a page."""

from __future__ import annotations

import re

import pytest
from lxml import html as html_reader

from tests.unit.visualize.sample import build, nasty, shop, state
from visualize import Look, SiteEntry, graph_of, site_of


def site(*processes):
    return site_of(
        [SiteEntry(process, graph_of(process)) for process in processes], Look("wasi", theme="auto")
    )


@pytest.fixture(scope="module")
def pages():
    return site(shop(), build([state("paid"), state("lost")], name="Lost & found"))


def uses(page, name):
    """The links and words behind a name."""
    root = html_reader.fromstring(page)
    for entry in root.iter("div"):
        if entry.get("class") == "name" and entry.findtext("dt") == name:
            return [
                (dd.find("a").get("href"), " ".join(dd.text_content().split())) for dd in entry.iter("dd")
            ]
    return None


def test_every_process_has_a_page_and_a_row(pages):
    assert sorted(pages) == ["Lost-found.html", "Orders.html", "index.html"]
    assert 'href="Lost-found.html"' in pages["index.html"]
    assert 'href="index.html"' in pages["Orders.html"]


@pytest.mark.parametrize(
    ("name", "link", "told"),
    [
        ("Mail/Shipped", "Orders.html#state=paid", "Orders: event ship: paid \u2192 shipped"),
        ("Bank/IsFine", "Orders.html#state=new", "Orders: new \u2192 payment pending, on authorize"),
        (
            "Calendar/Working",
            "Orders.html#state=payment%20pending",
            "Orders: event pay: payment pending \u2192 paid",
        ),
        ("can be cancelled", "Orders.html#state=new", "Orders: state new"),
    ],
)
def test_where_a_name_is_used(pages, name, link, told):
    assert uses(pages["index.html"], name) == [(link, told)]


def test_a_state_of_two_processes_has_both(pages):
    links = [link for link, _ in uses(pages["index.html"], "paid")]
    assert links == ["Orders.html#state=paid", "Lost-found.html#state=paid"]


def test_nothing_is_asked_of_the_network(pages):
    for page in pages.values():
        assert not re.findall(r"""(?:src|href|url)\s*[=(]\s*["']?(?:https?:)?//""", page)
        assert "default-src 'none'" in page


def test_every_link_leads_to_a_page_that_is_there(pages):
    for page in pages.values():
        for link in html_reader.fromstring(page).xpath("//a/@href"):
            assert link.startswith("#") or link.partition("#")[0] in pages


def test_any_name_makes_a_page_and_no_two_the_same():
    found = site(nasty("<b>\"&'"), nasty("index"), nasty("..\\/"), nasty("\u72b6\u614b"), nasty("Index"))
    assert len(found) == 6
    assert all(re.fullmatch(r"[A-Za-z0-9_-]+\.html", name) for name in found)
    assert "<b>" not in found["index.html"]
