"""The same process simulated by Earmark and written for a general discrete-event library, in one run.

The process has 20 states: an onEnter event, a condition, timeouts, a manual event with an exponential delay, a loop
that is taken by a third of the items, and a nightly count of stock.
"""

from __future__ import annotations

import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from engine.clock import SECOND
from engine.definition import Process, load_process
from engine.design import assumed
from engine.design.simulating import Assumptions, simulate
from engine.design.simulating.assumptions import Delay
from tests.helpers.processes import process_xml

STEPS = 17
HOUR = 3600.0
DAY = 24 * HOUR


def twenty_states() -> Process:
    """Return the process."""
    lines = ["states new " + " ".join(f"s{n}*" for n in range(STEPS)) + " sent* done"]
    lines += ["new -> s0 : begin", "event begin onEnter"]
    for number in range(STEPS - 1):
        if number % 2:
            lines += [f"s{number} -> s{number + 1} : t{number}", f"event t{number} timeout=1~hour"]
        else:
            lines += [f"s{number} -> s{number + 1} : m{number}"]
    lines += [f"s{STEPS - 1} -> sent : check [good]", f"s{STEPS - 1} -> s{STEPS - 4} : check"]
    lines += ["sent -> done : stock-update"]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "Twenty.xml"
        path.write_text(process_xml("\n".join(lines), name="Twenty"), encoding="utf-8")
        process = load_process(path).process
    assert process is not None
    return assumed(process)


def by_earmark(items: int) -> float:
    """Return the seconds that the simulation takes."""
    process = twenty_states()
    delays = {
        event.name: Delay(values=(int(HOUR) * SECOND,)) for event in process.events if event.name[0] in "mc"
    }
    given = Assumptions(conditions={"good": 2 / 3}, events=delays)
    started = time.perf_counter()
    done = simulate(process, given, items=items)
    took = time.perf_counter() - started
    assert done.states[-1].visits == items, done.states[-1]
    return took


def by_simpy(items: int) -> float:
    """Return the seconds that the same takes with SimPy, as its manual teaches it: a process an item."""
    import simpy

    env, chance = simpy.Environment(), random.Random(1)
    visits = [0] * (STEPS + 3)
    stays: list[list[float]] = [[] for _ in visits]

    def item() -> object:
        visits[0] += 1
        stays[0].append(0.0)
        state = 0
        while state < STEPS:
            visits[state + 1] += 1
            since = env.now
            timed = state % 2 and state < STEPS - 1
            yield env.timeout(HOUR if timed else chance.expovariate(1 / HOUR))
            stays[state + 1].append(env.now - since)
            state = state + 1 if state < STEPS - 1 or chance.random() < 2 / 3 else STEPS - 4
        visits[STEPS + 1] += 1
        since = env.now
        yield env.timeout(DAY - env.now % DAY)
        stays[STEPS + 1].append(env.now - since)
        visits[STEPS + 2] += 1

    def source() -> object:
        for _ in range(items):
            env.process(item())
            yield env.timeout(chance.expovariate(1 / 60))

    env.process(source())
    started = time.perf_counter()
    env.run()
    took = time.perf_counter() - started
    assert visits[-1] == items
    return took


def compare(tell: Callable[[str, float, str, float], None], name: str, items: int = 100_000) -> None:
    """Tell the rate beside five times that of SimPy, which is put into an environment of its own, and the time."""
    took = by_earmark(items)
    tell(f"{name}_time", took, "s", 10.0)
    other = _measured_elsewhere(items)
    if other is None:
        print(f"{name}: SimPy cannot be installed here", file=sys.stderr)
    else:
        tell(name, items / took, "items/s", 5 * items / other)


def _measured_elsewhere(items: int) -> float | None:
    """Return how long SimPy takes, in a process of its own."""
    root = Path(__file__).parents[1]
    folder = root / ".venv-peers" / "simpy"
    if not folder.exists():
        pip = [sys.executable, "-m", "pip", "install", "-q", "--target", str(folder), "simpy==4.1.2"]
        if subprocess.run(pip, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode:
            return None
    code = (
        f"import sys; sys.path.insert(0, {str(folder)!r})\n"
        f"from benchmarks.simulating import by_simpy\nprint(by_simpy({items}))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=root, check=True, capture_output=True, text=True)
    return float(done.stdout)
