"""The small signs beside a text, as paths in a square of 12 by 12 units."""

from __future__ import annotations

from dataclasses import dataclass

SIDE = 12
"""Side of the square that the paths are drawn in."""


@dataclass(frozen=True, slots=True)
class Icon:
    """One sign: a path that is stroked and a path that is filled (either may be empty)."""

    stroked: str = ""
    filled: str = ""


ICONS: dict[str, Icon] = {
    "lock": Icon(stroked="M3.7 5.6 V3.8 C3.7 0.6 8.3 0.6 8.3 3.8 V5.6", filled="M2.2 5.4 H9.8 V11 H2.2 Z"),
    "flag": Icon(stroked="M3 11.2 V1", filled="M3 1.2 H10.2 L8.2 3.8 L10.2 6.4 H3 Z"),
    "bolt": Icon(filled="M7.6 0.6 L2.2 6.8 H5.4 L4.2 11.4 L9.8 5 H6.4 Z"),
    "person": Icon(
        stroked="M1.6 11.2 C1.6 6 10.4 6 10.4 11.2", filled="M6 0.8 L8.3 2 L8.3 4.4 L6 5.8 L3.7 4.4 L3.7 2 Z"
    ),
    "clock": Icon(
        stroked="M6 1 C12.7 1 12.7 11 6 11 C-0.7 11 -0.7 1 6 1 Z M6 3.2 V6.2 L8.2 7.6",
    ),
    "command": Icon(stroked="M1 1.6 H11 V10.4 H1 Z M3 4.2 L5 6 L3 7.8 M6 8 H9"),
    "question": Icon(
        stroked="M6 0.6 L11.4 6 L6 11.4 L0.6 6 Z M4.7 4.9 C4.7 2.9 7.3 2.9 7.3 4.9 C7.3 6.1 6 5.9 6 7.1",
        filled="M5.4 8 H6.6 V9.2 H5.4 Z",
    ),
    "arrow": Icon(stroked="M1 6 H9.5 M6.2 2.6 L9.8 6 L6.2 9.4"),
    "warning": Icon(
        stroked="M6 1.2 L11.2 10.6 H0.8 Z", filled="M5.4 4.2 H6.6 V7.6 H5.4 Z M5.4 8.3 H6.6 V9.5 H5.4 Z"
    ),
}
