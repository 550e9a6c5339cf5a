"""What a person sees in a picture, read back from the SVG text."""

from __future__ import annotations

import shutil

import pytest
from lxml import etree

from visualize import to_svg

DOT = pytest.param(
    "dot",
    marks=pytest.mark.skipif(
        shutil.which("dot") is None, reason="the system has no 'dot' command (Graphviz)"
    ),
)
LAYOUTS = ("wasi", DOT)


class Picture:
    def __init__(self, graph, layout="wasi", **options):
        self.svg = to_svg(graph, layout=layout, **options)
        self.root = etree.fromstring(self.svg.encode())

    def groups(self, *classes):
        wanted = set(classes)
        return [g for g in self.root.iter("{*}g") if wanted <= set((g.get("class") or "").split())]

    def state(self, name):
        (found,) = [g for g in self.groups("state") if g.get("data-state") == name]
        return found

    def edge(self, source, target):
        (found,) = [
            g for g in self.groups("edge") if (g.get("data-from"), g.get("data-to")) == (source, target)
        ]
        return found

    @property
    def states(self):
        return [g.get("data-state") for g in self.groups("state")]


def words(group):
    return " ".join("".join(text.itertext()) for text in group.iter("{*}text"))


def title(group):
    found = group.find("{*}title")
    return None if found is None else found.text


def rect_of(group):
    frame = group.find("{*}rect")
    return tuple(float(frame.get(side)) for side in ("x", "y", "width", "height"))
