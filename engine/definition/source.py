"""Reading one XML file safely into a light tree whose every element knows its line and column.

Files are untrusted. A document type declaration is refused before anything is parsed, entities are never
expanded, the network is never used, and size is limited. libxml2 only knows the line on which a start tag
*ends*, and no column, so the places of start tags come from the text itself.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from lxml import etree

from engine.definition.findings import FindingList
from engine.definition.ignores import Ignored, IgnoreScanner
from engine.definition.model import Location
from engine.files import TooLarge, read_all
from engine.nouns import count

LARGEST_FILE = 5 * 1024 * 1024
"""Size limit of one file in bytes."""

MOST_ELEMENTS = 100_000
"""Size limit of one file in elements."""

_MOST_ATTRIBUTES = 100

_BYTE_ORDER_MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_DECLARED_ENCODING = re.compile(
    rb"""\s*<\?xml[^>]*?\sencoding\s*=\s*["']([A-Za-z][A-Za-z0-9._-]{0,39})["']"""
)
_DOCTYPE = re.compile(r"(?:\s++|<\?.*?\?>|<!--.*?-->)*+<!DOCTYPE", re.DOTALL)
_LINE_END = re.compile(r"\r\n|\r|\n")
_MARKUP = re.compile(
    r"<!--.*?-->|<!\[CDATA\[.*?\]\]>|<\?.*?\?>|</[^>]*+>"
    r"""|(?P<start><)[^\s/>]++(?:[^>"']++|"[^"]*+"|'[^']*+')*+>""",
    re.DOTALL,
)
_TEXT_ENCODINGS = re.compile(
    r"utf_?8(_sig)?|utf_?16(_[bl]e)?|us_ascii|ascii|latin_?1|iso_?8859_\d+|(windows_|cp)125\d"
)


@dataclass(slots=True)
class Node:
    """An element: local name, namespace, attributes (``{namespace}name`` when they have one), own text,
    children.
    """

    name: str
    namespace: str
    attributes: dict[str, str]
    text: str
    location: Location
    children: list[Node] = field(default_factory=list)


def read_source(path: Path, shown: str, findings: FindingList) -> Node | None:
    """Return the root of the file at ``path``, or None after adding findings that say why not.

    ``shown`` is the path that messages name.
    """
    text = _text(path, shown, findings)
    return None if text is None else _parse(text, shown, findings)


def read_text(path: Path, shown: str, findings: FindingList) -> str | None:
    """Return the text of a file that ``read_source`` reads, or None after adding findings that say why not."""
    text = _text(path, shown, findings)
    return None if text is None or _parse(text, shown, findings) is None else text


def _text(path: Path, shown: str, findings: FindingList) -> str | None:
    start = Location(shown, 1, 1)
    try:
        data = read_all(path, LARGEST_FILE)
    except TooLarge:
        findings.add(
            "file-too-large", start, f"{shown} is larger than 5 MiB.", "Split it into subprocess files."
        )
        return None
    except OSError as error:
        message = f"{shown} cannot be read: {error.strerror}."
        findings.add("file-unreadable", Location(shown), message, _UNREADABLE)
        return None
    text = _decode(data, start, findings)
    return None if text is None or _refuse_doctype(text, shown, findings) else text


_UNREADABLE = "Check the path and that you may read the file."


def _decode(data: bytes, start: Location, findings: FindingList) -> str | None:
    encoding = next((name for mark, name in _BYTE_ORDER_MARKS if data.startswith(mark)), None)
    if encoding is None:
        declared = _DECLARED_ENCODING.match(data)
        encoding = declared[1].decode("ascii") if declared else _guess_wide(data)
    known = _TEXT_ENCODINGS.fullmatch(encoding.lower().replace("-", "_"))
    remedy = "Save the file as UTF-8 and declare that, or no encoding, in its first line."
    if known is None:
        findings.add("file-unreadable", start, f'"{encoding}" is no encoding that is read here.', remedy)
        return None
    try:
        return data.decode(encoding)
    except (UnicodeError, LookupError) as error:
        findings.add("file-unreadable", start, f"The file is not {encoding} text: {error}.", remedy)
        return None


def _guess_wide(data: bytes) -> str:
    if data.startswith(b"<\0"):
        return "utf-16-le"
    return "utf-16-be" if data.startswith(b"\0<") else "utf-8"


def _refuse_doctype(text: str, shown: str, findings: FindingList) -> bool:
    match = _DOCTYPE.match(text)
    if match is None:
        return False
    place = _Places(text, shown).at(match.end() - len("<!DOCTYPE"))
    message = "The file has a document type declaration (<!DOCTYPE ...>)."
    findings.add("doctype-refused", place, message, "Delete the declaration; processes need no entities.")
    return True


def _parse(text: str, shown: str, findings: FindingList) -> Node | None:
    places = list(islice(_Places(text, shown).of_start_tags(), MOST_ELEMENTS + 1))
    if len(places) > MOST_ELEMENTS:
        message = f"{shown} has more than {MOST_ELEMENTS} elements."
        findings.add("file-too-large", places[0], message, "Split it into subprocess files.")
        return None
    parser = etree.XMLParser(
        # The text is decoded already: libxml2 must read exactly what was searched for a DOCTYPE.
        encoding="utf-8",
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(text.encode("utf-8"), parser)
    except (etree.XMLSyntaxError, UnicodeEncodeError) as error:
        _add_broken(error, text, shown, findings)
        return None
    if "earmark" in text:
        findings.ignore(_Places(text, shown).ignored())
    return _as_nodes(root, places, findings)


def _add_broken(error: Exception, text: str, shown: str, findings: FindingList) -> None:
    line, column = error.position if isinstance(error, etree.XMLSyntaxError) else (1, 1)
    if getattr(error, "code", None) == etree.ErrorTypes.ERR_RESERVED_XML_NAME:
        _add_late_declaration(text, shown, findings)
        return
    reason = re.sub(r",? line \d+, column \d+( \(.*\))?$", "", str(error)).split("\n")[0]
    place = Location(shown, max(line or 1, 1), max(column or 1, 1))
    remedy = "Mend the markup at this place, or the tag before it that was not closed."
    findings.add("xml-broken", place, f"The file is not well-formed XML: {reason}.", remedy)


def _add_late_declaration(text: str, shown: str, findings: FindingList) -> None:
    """Add what is wrong with an XML declaration that something stands before."""
    start = max(text.find("<?xml"), 0)
    before = text[:start]
    what = "a comment or an element" if before.strip() else "white space"
    if not before.strip() and "\n" in before:
        what = count(before.count("\n"), "empty line")
    message = f"The declaration <?xml ...?> is not at the very beginning of the file: {what} before it."
    remedy = "Delete what stands before <?xml, or the declaration itself."
    findings.add("xml-broken", _Places(text, shown).at(start), message, remedy)


class _Places:
    """Turns offsets in a text into lines and columns."""

    def __init__(self, text: str, shown: str) -> None:
        self._text = text
        self._shown = shown
        self._line_starts = [0, *(match.end() for match in _LINE_END.finditer(text))]

    def at(self, offset: int) -> Location:
        line = bisect_right(self._line_starts, offset)
        return Location(self._shown, line, offset - self._line_starts[line - 1] + 1)

    def of_start_tags(self) -> Iterator[Location]:
        for match in _MARKUP.finditer(self._text):
            if match["start"]:
                yield self.at(match.start())

    def ignored(self) -> Iterator[Ignored]:
        """Yield what comments of a well-formed file ignore."""
        scanner = IgnoreScanner()
        for match in _MARKUP.finditer(self._text):
            piece = match[0]
            if piece.startswith("<!--"):
                scanner.comment(piece, self.at(match.start()))
            elif match["start"]:
                scanner.start(self.at(match.start()))
            if piece.startswith("</") or (match["start"] and piece.endswith("/>")):
                scanner.end(self.at(match.end() - 1).line)
        return scanner.finish(len(self._line_starts))


def _as_nodes(root: etree._Element, places: list[Location], findings: FindingList) -> Node | None:
    nodes: dict[etree._Element, Node] = {}
    for element, place in zip(root.iter("*"), places, strict=True):
        # lxml takes quadratic time to read the attributes of an element.
        if len(element.attrib) > _MOST_ATTRIBUTES:
            message = f"The element has more than {_MOST_ATTRIBUTES} attributes."
            findings.add("file-too-large", place, message, "No element has more than six of its own.")
            return None
        namespace, _, name = str(element.tag).rpartition("}")
        text = "".join([element.text or "", *(child.tail or "" for child in element)])
        node = Node(name, namespace[1:], _attributes(element), text, place)
        nodes[element] = node
        parent = element.getparent()
        if parent is not None:
            nodes[parent].children.append(node)
    return nodes[root]


def _attributes(element: etree._Element) -> dict[str, str]:
    return {str(name): str(value) for name, value in element.attrib.items()}
