"""Checks of a merged process. Each module holds one theme; every rule id is in
``engine.definition.check_rules``.
"""

from __future__ import annotations

from pathlib import Path

from engine.definition.checks.events import check_events
from engine.definition.checks.flow import check_flow
from engine.definition.checks.holds import check_holds
from engine.definition.checks.plugins import check_guards, check_plugins
from engine.definition.checks.reservations import check_reservations
from engine.definition.checks.states import check_reachability, check_states
from engine.definition.checks.stock import check_stock
from engine.definition.checks.transitions import check_transitions
from engine.definition.findings import FindingList
from engine.definition.model import Process
from engine.definition.registered import RegisteredNames


def check_process(
    process: Process,
    findings: FindingList,
    main: Path,
    registered: RegisteredNames | None,
    *,
    assumed: bool = False,
) -> None:
    """Run all checks on the process that was merged from the file ``main``.

    ``assumed`` tells that nobody says which state is the initial one.

    Checks of the whole graph are left out when there are errors already: with a transition or a yes-or-no
    value missing they would report what is not so.
    """
    whole = not findings.has_errors
    check_states(process, findings)
    check_events(process, findings, whole)
    check_transitions(process, findings)
    if registered is not None:
        check_guards(process, registered, findings)
        check_plugins(process, registered, findings)
    if process.name != main.stem:
        message = f'The main process is called "{process.name}" and its file "{main.name}".'
        remedy = "Give both the same name, so that the file of a process is easy to find."
        findings.add("name-differs-from-file", process.location, message, remedy)
    if whole:
        check_reachability(process, findings, assumed=assumed)
        check_flow(process, findings)
        check_stock(process, findings)
        check_reservations(process, findings)
        check_holds(process, findings)
