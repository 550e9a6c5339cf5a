"""Pictures of order processes: process -> graph -> DOT, SVG, PNG, PDF, Mermaid or HTML.

``graph_of`` makes the graph, ``render`` any format of ``FORMATS`` from it. The renderers know only the graph.
"""

from visualize.build import graph_of
from visualize.compared import compared_graph
from visualize.dot import to_dot
from visualize.errors import DiagramFailed, LayoutUnavailable, UnknownFormat
from visualize.graph import Cluster, Edge, Graph, Line, Mark, Node, NodeKind, Remark, Role, Table, Trigger
from visualize.layout import Engine
from visualize.look import PAGE_WIDTH, Look
from visualize.mermaid import to_mermaid
from visualize.page import inline_svg, to_html
from visualize.passed import Step, passed_graph
from visualize.reduce import around, collapsed, repeated
from visualize.render import FORMATS, Format, render
from visualize.site import Entry as SiteEntry
from visualize.site import site_of
from visualize.svg import to_svg

__all__ = [
    "FORMATS",
    "PAGE_WIDTH",
    "Cluster",
    "DiagramFailed",
    "Edge",
    "Engine",
    "Format",
    "Graph",
    "LayoutUnavailable",
    "Line",
    "Look",
    "Mark",
    "Node",
    "NodeKind",
    "Remark",
    "Role",
    "SiteEntry",
    "Step",
    "Table",
    "Trigger",
    "UnknownFormat",
    "around",
    "collapsed",
    "compared_graph",
    "graph_of",
    "inline_svg",
    "passed_graph",
    "render",
    "repeated",
    "site_of",
    "to_dot",
    "to_html",
    "to_mermaid",
    "to_svg",
]
