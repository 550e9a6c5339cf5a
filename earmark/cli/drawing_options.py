"""The choices of ``earmark process draw``."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

HighlightOption = Annotated[
    str | None, typer.Option("--highlight", metavar="STATE", help="Make a state stand out.")
]
CountsOption = Annotated[
    bool, typer.Option("--counts", help="Write the number of live items on every state that has any.")
]
HeatOption = Annotated[
    Literal["items", "time"] | None,
    typer.Option("--heat", help="Shade the states by their live items, or by the median time in them."),
]
FindingsOption = Annotated[
    Literal["stock", "all", "none"],
    typer.Option("--findings", help="Mark what checks of stock have found, or all warnings, or nothing."),
]
AroundOption = Annotated[
    str | None, typer.Option("--around", metavar="STATE", help="Draw only what is around a state.")
]
DepthOption = Annotated[
    int, typer.Option("--depth", metavar="N", min=1, max=1000, help="How many ways around it.")
]
FoldOption = Annotated[
    list[str] | None,
    typer.Option("--fold", metavar="NAME", help="Draw a subprocess as one box; 'all' folds every one."),
]
RepeatOption = Annotated[
    bool,
    typer.Option("--repeat/--no-repeat", help="Draw states that many ways lead to at the end of each."),
]
DirectionOption = Annotated[
    Literal["down", "right"], typer.Option("--direction", help="Where the ways lead.")
]
WidthOption = Annotated[
    int | None,
    typer.Option(
        "--width",
        metavar="PIXELS",
        min=0,
        max=100_000,
        help="Shown so wide all text can be read; else it is drawn in parts. 0 is one piece, however wide. "
        "[default: 880 for svg and png]",
    ),
]
ThemeOption = Annotated[
    Literal["light", "dark", "auto"],
    typer.Option("--theme", help="auto is dark for readers who prefer that (svg, html)."),
]
PaperOption = Annotated[
    Literal["a4", "a3", "letter", "picture"],
    typer.Option("--paper", help="The pages of a PDF; picture is one page as large as the picture."),
]
DateOption = Annotated[
    str | None,
    typer.Option("--date", metavar="TEXT", help="The date in the picture, else when it was deployed."),
]
