"""Reading an XML document element by element: with no entities, nothing fetched, and no tree kept of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import IO

from lxml import etree

from earmark.feeds.formats.common import as_unreadable, looks_like, unreadable
from engine.errors import EarmarkError

_HEAD = 4096


def local(element: etree._Element) -> str:
    """Return the name of an element without its namespace."""
    return str(element.tag).rpartition("}")[2]


def space(element: etree._Element) -> str:
    """Return the namespace of an element."""
    return str(element.tag).rpartition("}")[0].removeprefix("{")


def child(element: etree._Element | None, *names: str) -> etree._Element | None:
    """Return the first element on the way of names below it, whatever the namespaces; None where there is none."""
    for name in names:
        element = None if element is None else next((one for one in element if local(one) == name), None)
    return element


def text(element: etree._Element | None, *names: str) -> str:
    """Return the text of the first element on the way of names, without blanks around it; empty where none is."""
    found = child(element, *names)
    return "" if found is None else (found.text or "").strip()


def first_text(element: etree._Element | None, *ways: tuple[str, ...]) -> str:
    """Return the text of the first way that has one."""
    return next(filter(None, (text(element, *way) for way in ways)), "")


def forget(element: etree._Element) -> None:
    """Let go of an element that is done, and of those before it."""
    element.clear()
    parent = element.getparent()
    while parent is not None and element.getprevious() is not None:
        del parent[0]


def events(file: IO[bytes], path: Path, kind: str) -> Iterator[tuple[str, etree._Element]]:
    """Yield start and end of every element. Raises FileUnreadable for what is not well-formed or has a DTD."""
    file.seek(0)
    head = file.read(_HEAD)
    if not head.removeprefix(b"\xef\xbb\xbf").lstrip().startswith((b"<", b"\xff\xfe<", b"\xfe\xff\x00<")):
        raise unreadable(
            path,
            f"this is no XML: it looks like {looks_like(head)}",
            "Check which file it is, and the format of the feed.",
        )
    file.seek(0)
    walk = iter(
        etree.iterparse(
            file,
            events=("start", "end"),
            resolve_entities=False,
            load_dtd=False,
            no_network=True,
            huge_tree=False,
            remove_comments=True,
            remove_pis=True,
        )
    )
    begun = False
    while True:
        try:
            event, element = next(walk)
        except StopIteration:
            return
        except (etree.LxmlError, UnicodeError, LookupError, OSError, ValueError) as error:
            raise _broken(path, error, kind) from None
        if not begun:
            begun = True
            if element.getroottree().docinfo.doctype:
                message = f"it declares a document type, which no message of {kind} does"
                raise unreadable(path, message, "Have it sent without one.")
        yield str(event), element


def _broken(path: Path, error: Exception, kind: str) -> EarmarkError:
    line = getattr(error, "lineno", None)
    return as_unreadable(path, error, f"line {line}" if line else "its text", kind)


def iso_time(day: str, clock: str = "") -> str:
    """Return date and time of XML Schema as ISO 8601; a date alone stays one unless it has an offset."""
    if clock and len(day) == 10:
        return f"{day}T{clock}"
    if len(day) > 10 and day[10] in "+-Z":
        return f"{day[:10]}T{clock or '00:00:00'}{day[10:]}"
    return day


def is_before(day: str, other: str) -> bool:
    """Return whether a date lies before another; both are ISO 8601, with or without a time."""
    try:
        return date.fromisoformat(day[:10]) < date.fromisoformat(other[:10])
    except ValueError:
        return True
