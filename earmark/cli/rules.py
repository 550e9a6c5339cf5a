"""``earmark rules check``, ``show``, ``explain`` and ``schema``: what rule files say, and what follows."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from earmark.cli.command import command
from earmark.cli.groups import Groups, group
from earmark.cli.output import Answer, line, lines, table, write_json
from earmark.cli.shell import Shell
from earmark.words.options import shown_value
from earmark.words.text import count

if TYPE_CHECKING:
    from rich.console import Console

    from engine.results import OptionProblem, OptionsView
    from rules import RuleProblem
    from rules.loader import Loaded

PathArgument = Annotated[
    Path | None,
    typer.Argument(metavar="[PATH]", help="A rule file, or a folder with them; else the project's."),
]


def add_to(app: typer.Typer, groups: Groups) -> None:
    """Add the commands."""
    rules = group(app, groups, "rules")
    command(rules, "check")(check)
    command(rules, "show")(show)
    command(rules, "explain")(explain)
    command(rules, "schema", data=False)(schema)


def check(shell: Shell, path: PathArgument = None) -> Answer:
    """Check rule files, and names in them against the database if there is one; exit 1 when something is wrong."""
    from engine.errors import EarmarkError
    from rules import RuleFileError
    from rules.loader import load_as_far_as_possible

    wanted = shell.settings.rules if path is None else path
    try:
        loaded = load_as_far_as_possible(wanted)
    except RuleFileError as error:
        problems = [problem.as_dict() for problem in error.problems]
        return _checked(wanted, 0, problems, asked=False)
    found, asked = list(loaded.problems), _has_database(shell)
    if asked:
        try:
            found += _unfit(shell, loaded)
        except EarmarkError:
            if not found:
                raise
            asked = False  # what is wrong with the files is told all the same
    order = {file: number for number, file in enumerate(loaded.files)}
    found.sort(key=lambda one: (order.get(one.file, len(order)), one.line))
    files = 0 if loaded.problems else len(loaded.files)
    return _checked(wanted, files, [one.as_dict() for one in found], asked=asked)


def _has_database(shell: Shell) -> bool:
    from engine.api.opening import may_exist

    return may_exist(shell.settings.database_url)


def _unfit(shell: Shell, loaded: Loaded) -> list[RuleProblem]:
    """Return what does not fit the stored topology, with its place; rules that say no options and no sharing fit.

    Of a section in which something is wrong that is said only where the rest does not matter for it.
    """
    options, sharing = loaded.rules.options, loaded.rules.sharing
    if options is None and sharing is None:
        return []
    problems: list[RuleProblem] = []
    with shell.only_reading() as engine:
        if options is not None:
            found = engine.option_problems(options)
            names_only = not loaded.is_whole("options")
            problems += [_placed(loaded, one) for one in found if len(one.path) == _NAMED or not names_only]
        if sharing is not None and loaded.is_whole("sharing"):
            problems += engine.sharing_misfits(sharing)
    return problems


_NAMED = 3
"""How long the path of a name is: options, section, name. What contradicts itself stands below one."""


def _placed(loaded: Loaded, problem: OptionProblem) -> RuleProblem:
    from rules import RuleProblem

    file, number = loaded.place(problem.path) or (Path(), 0)
    return RuleProblem(file, number, problem.message, problem.remedy)


def _checked(wanted: Path | None, files: int, problems: list[dict[str, Any]], *, asked: bool) -> Answer:
    data = {
        "path": None if wanted is None else str(wanted),
        "files": files,
        "names_checked": asked,
        "problems": problems,
    }

    def shown(out: Console) -> None:
        for one in problems:
            place = f"{one['file']}:{one['line']}" if one["line"] else one["file"]
            line(out, f"{place}: {one['message']}. {one['remedy']}", "red")
        if problems:
            line(out, count(len(problems), "problem"))
            return
        names = "names fit the database" if asked else "names were not checked: there is no database"
        line(out, f"{count(files, 'file')}: no problems; {names}")

    return Answer(data, shown, refused=bool(problems))


def show(shell: Shell, path: PathArgument = None) -> Answer:
    """Show all rules as they count, with defaults, and which files say something."""
    from earmark.words.options import as_yaml, rules_as_json
    from rules import RuleFileError
    from rules.loader import load_with_places

    wanted = shell.settings.rules if path is None else path
    try:
        loaded = load_with_places(wanted)
    except RuleFileError:
        from earmark.bootstrap import read_rules

        read_rules(wanted)  # raises what is wrong in the form of the engine's errors
        raise
    told = rules_as_json(loaded.rules)
    data = {"files": [str(file) for file in loaded.files], "rules": told}
    return Answer(data, lambda out: lines(out, [*(f"# {file}" for file in loaded.files), *as_yaml(told)]))


def explain(
    shell: Shell,
    sku: Annotated[str, typer.Argument(metavar="SKU", help="A concrete or an abstract product.")],
    store: Annotated[str, typer.Option("--store", metavar="S", help="The store that sells it.")],
) -> Answer:
    """Tell each inventory option of a product in a store, which level it comes from, and what can be sold."""
    from rules.loader import load_with_places

    with shell.engine() as engine:
        view = engine.explain_options(sku, store)
    loaded = load_with_places(shell.settings.rules)
    data = view.as_dict()
    for name, option in data["options"].items():
        place = _place(loaded, option["level"], name) if option["source"] == "file" else None
        option["place"] = None if place is None else f"{place[0]}:{place[1]}"
    return Answer(data, lambda out: _show_explained(out, view, data["options"]))


def _place(loaded: Loaded, level: str, option: str) -> tuple[Path, int] | None:
    from rules.options.model import KINDS

    kind, _, name = level.partition(" ")
    sections = {one: section for section, one in KINDS.items()}
    path = ("options", "system") if kind == "system" else ("options", sections[kind], name)
    return loaded.place((*path, option))


def _show_explained(out: Console, view: OptionsView, options: dict[str, Any]) -> None:
    rows = [
        (name, shown_value(option["value"]), option["level"], option["place"] or option["source"])
        for name, option in options.items()
    ]
    table(
        out,
        ("option", "value", "level", "said in"),
        rows,
        empty="no options",
        title=f"{view.sku} in {view.store}",
    )
    told = view.availability
    amount = "without limit" if told.never_out_of_stock else f"{told.available:f}"
    level = "never counted" if told.level is None else f"{told.level:f}"
    line(out, f"can be sold: {amount}; level {level}; shown as {told.label}")


def schema(shell: Shell) -> None:
    """Print the JSON Schema of rule files, for editors."""
    from rules import rules_schema

    del shell
    write_json(rules_schema())
