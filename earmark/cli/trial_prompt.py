"""The prompt of ``earmark process try``: lines are typed, done at once, and can be taken back."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from earmark.cli.output import console, line
from earmark.cli.trial_printing import show_state, show_step

if TYPE_CHECKING:
    from rich.console import Console

    from engine.definition import Process
    from engine.design import Session, Terms, Trial

_LEAVE = ("quit", "exit", "q")


def play(process: Process, terms: Terms) -> None:
    """Prompt for lines until the user leaves."""
    from engine.design import Session

    out = console()
    session = Session(process, terms, lambda name, item: _asked(out, name, item))
    _complete(session.trial)
    line(
        out,
        f"{process.name}: type 'place' to place an item, 'help' for what there is, 'quit' to leave",
        "bold",
    )
    while True:
        try:
            text = input("try> ").strip()
        except EOFError:
            line(out, "")
            return
        if text in _LEAVE:
            return
        _do(out, session, text)


def _do(out: Console, session: Session, text: str) -> None:
    from engine.design import HELP
    from engine.errors import EarmarkError

    if text in ("help", "?"):
        for form, meaning in HELP.items():
            line(out, f"  {form:46} {meaning}")
        line(out, f"  {'quit':46} leave")
        return
    before = session.clock
    try:
        step = session.do(text)
    except EarmarkError as error:
        line(out, error.message, "red")
        if error.remedy:
            line(out, f"  mend: {error.remedy}", "red")
        return
    if step is not None:
        show_step(out, step, before)
        line(out, "")
        show_state(out, step)


def _asked(out: Console, name: str, item: str) -> bool:
    """Ask for the answer of a condition; nothing, or the end of the input, is no."""
    while True:
        try:
            text = input(f"  is {name} true (asked about item {item})? [y/N] ").strip().lower()
        except EOFError:
            line(out, "")
            return False
        if text in ("y", "yes", "true"):
            return True
        if text in ("", "n", "no", "false"):
            return False


def _complete(trial: Trial) -> None:
    """Let the tab key complete verbs and names, where the terminal can."""
    with suppress(ImportError):
        import readline

        from engine.design import HELP, conditions_in

        words = [form.split()[0] for form in HELP]
        words += [*trial.process.event_by_name, *conditions_in(trial.process), *trial.process.state_by_name]
        readline.set_completer_delims(" \t\n")
        readline.set_completer(lambda text, number: _nth([w for w in words if w.startswith(text)], number))
        readline.parse_and_bind("tab: complete")


def _nth(found: list[str], number: int) -> str | None:
    return found[number] if number < len(found) else None
