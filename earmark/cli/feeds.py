"""``earmark feed list``, ``show`` and ``try``: what feeds there are, and what they make of a file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from earmark.cli.command import command
from earmark.cli.groups import Groups, group
from earmark.cli.output import Answer, line, lines, table
from earmark.cli.shell import Shell

if TYPE_CHECKING:
    from earmark.feeds.model import Feed

FeedOption = Annotated[
    str | None,
    typer.Option("--feed", metavar="NAME", help="A feed of earmark.toml, or a shipped profile."),
]


def add_to(app: typer.Typer, groups: Groups) -> None:
    """Add the commands."""
    feed = group(app, groups, "feed")
    command(feed, "list")(feed_list)
    command(feed, "show")(feed_show)
    command(feed, "try")(feed_try)


def feed_list(shell: Shell) -> Answer:
    """List the feeds of earmark.toml, and the profiles that can be named as well."""
    from earmark.feeds.shipped import profile, profile_names

    feeds = shell.settings.feeds
    profiles = [(name, str(profile(name).get("kind", "")) or None) for name in profile_names()]
    data = {
        "feeds": [_listed(feed) for feed in feeds],
        "profiles": [{"name": name, "kind": kind} for name, kind in profiles],
    }
    rows = [tuple(_listed(feed).values()) for feed in feeds]
    shown = ", ".join(name for name, _ in profiles)
    columns = ("feed", "profile", "format", "kind", "source")

    def show(out: Any) -> None:
        table(out, columns, rows, empty="no [[feeds]] in earmark.toml")
        if shown:
            line(out, f"profiles: {shown}")

    return Answer(data, show)


def _listed(feed: Feed) -> dict[str, Any]:
    return {
        "name": feed.name,
        "profile": feed.profile,
        "format": feed.format,
        "kind": None if feed.kind is None else str(feed.kind),
        "source": feed.source,
    }


def feed_show(
    shell: Shell,
    name: Annotated[str, typer.Argument(metavar="NAME", help="A feed of earmark.toml, or a profile.")],
) -> Answer:
    """Show what a feed says, as earmark.toml would have it, and where each value comes from."""
    from earmark.feeds.loading import feed_named
    from earmark.feeds.showing import as_toml, values_of

    feed = feed_named(shell.settings.feeds, name)
    values = [
        {"key": ".".join(key), "value": value, "from": origin}
        for key, (value, origin) in values_of(feed).items()
    ]
    return Answer({"name": feed.name, "values": values}, lambda out: lines(out, as_toml(feed).splitlines()))


def feed_try(
    shell: Shell,
    file: Annotated[
        str | None,
        typer.Argument(
            metavar="FILE|ADDRESS|-", help="A file as it comes, or where it is fetched; - is stdin."
        ),
    ] = None,
    feed: FeedOption = None,
    rows: Annotated[
        int, typer.Option("--rows", metavar="N", min=0, help="How many of the first rows are shown.")
    ] = 10,
) -> Answer:
    """Show what a feed makes of a file, and why not of all of it; store nothing.

    Without --feed a feed is suggested for the file; without FILE it is the feed's source.
    """
    if feed is None:
        if file is None:
            raise typer.BadParameter("name a FILE, or a --feed that has a source")
        return _suggested(file)
    from earmark.cli.feed_trial import tried

    return tried(shell, feed, file, rows)


def _suggested(file: str) -> Answer:
    from earmark.cli.feed_files import here
    from earmark.feeds.guessing import guess
    from earmark.feeds.suggesting import block_of, profiles_of

    with here(None, file) as looked_at:
        found = guess(looked_at.path, looked_at.called)
        path = looked_at.called or looked_at.path
    profiles = profiles_of(found, path)
    block = block_of(found, path, profiles)
    data = {
        "file": str(path),
        "format": found.format,
        "encoding": found.encoding,
        "delimiter": found.delimiter,
        "skip_lines": found.skip_lines,
        "decimal": found.decimal,
        "thousands": found.thousands,
        "columns": list(found.columns),
        "profiles": list(profiles),
        "suggestion": block,
    }

    def show(out: Any) -> None:
        line(
            out,
            f"{path} looks like this; nothing of it is certain. Put it into earmark.toml, mend it, and try it:",
        )
        line(out, "")
        lines(out, block.splitlines())

    return Answer(data, show)
