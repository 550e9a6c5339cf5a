"""``earmark process try``: playing items through a process, at a prompt or from a script."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from earmark.cli.command import command
from earmark.cli.groups import Groups, group
from earmark.cli.output import Answer
from earmark.cli.process_files import InitialOption, SourceArgument
from earmark.cli.shell import Shell
from earmark.cli.trial_options import AnswerOption, TimeoutOption, pairs_of, terms_of
from earmark.cli.trial_printing import show_trial

if TYPE_CHECKING:
    from engine.definition import Process
    from engine.design import Terms


def add_to(app: typer.Typer, groups: Groups) -> None:
    """Add the command."""
    command(group(app, groups, "process"), "try")(try_process)


def try_process(
    shell: Shell,
    source: SourceArgument,
    *,
    script: Annotated[
        Path | None,
        typer.Option("--script", metavar="FILE", help="Lines to play; - is stdin. Else you are prompted."),
    ] = None,
    answer: AnswerOption = None,
    assume: Annotated[
        Literal["true", "false", "ask"] | None,
        typer.Option(
            "--assume", help="What other conditions say; else they are asked for, and false in a script."
        ),
    ] = None,
    stock: Annotated[
        list[str] | None,
        typer.Option("--stock", metavar="[SKU=]QUANTITY", help="How much there is; else 10 of 'product'."),
    ] = None,
    timeout: TimeoutOption = None,
    start: Annotated[
        str | None, typer.Option("--start", metavar="TIME", help="When the clock starts; else 2026-01-01.")
    ] = None,
    initial: InitialOption = None,
) -> Answer | None:
    """Play orders through a process: without a database, without plugins, with a clock that you turn."""
    from engine.design import assumed

    given = _load(shell, source, initial)
    process = assumed(given, pairs_of("--timeout", timeout or ()))
    prompted = script is None and sys.stdin.isatty() and not shell.as_json
    if assume == "ask" and not prompted:
        raise typer.BadParameter("--assume ask needs a prompt; a script cannot be asked")
    taken = None if prompted and assume in (None, "ask") else assume == "true"
    terms = terms_of(shell, answer or (), stock or (), assume=taken, start=start)
    _note_processors(shell, given, process)
    if prompted:
        from earmark.cli.trial_prompt import play

        play(process, terms)
        return None
    return _play(process, terms, script)


def _load(shell: Shell, source: str, initial: str | None) -> Process:
    """Return the process. Only errors are told: what else 'process check' finds is not asked for here."""
    from earmark.cli.process_source import find_process
    from earmark.words.findings import require_good

    result = find_process(shell, source, initial, plugins=False)
    if result.process is None or result.errors:
        require_good(result)
    assert result.process is not None
    return result.process


def _note_processors(shell: Shell, given: Process, tried: Process) -> None:
    """Tell which timeouts a plugin would compute, and which span is taken instead."""
    for event in given.events:
        if event.timeout_processor is not None:
            span = tried.event_by_name[event.name].timeout
            shell.note(
                f"note: {event.timeout_processor} computes the timeout of {event.name!r}; taken is {span!r}"
            )


def _play(process: Process, terms: Terms, script: Path | None) -> Answer:
    from engine.design import Trial, play_script, read_script, state_of

    name = "stdin" if script is None or str(script) == "-" else str(script)
    trial = Trial(process, terms)
    text = sys.stdin.read() if script is None or name == "stdin" else _text(script)
    lines = read_script(text, name, trial)
    start = state_of(trial)
    steps = play_script(process, terms, lines, name)
    data = {
        "process": process.name,
        "version": process.version,
        "assumed": {"answers": dict(terms.answers), "others": terms.assume},
        "start": start,
        "steps": steps,
    }
    return Answer(data, lambda out: show_trial(out, start, steps), any(step["refused"] for step in steps))


def _text(path: Path) -> str:
    from engine.errors import FileUnreadable

    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise FileUnreadable(f"{path}: this is not UTF-8 text", remedy="Save the file as UTF-8.") from None
