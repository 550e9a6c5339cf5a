"""Streams, pipes and devices where a file is expected: read to their end, or refused, and never waited for."""

import os
import subprocess
from functools import partial

import pytest

COUNT = "concrete_sku,name,quantity,is_never_out_of_stock,is_bundle\nchair-oak,Berlin,7,0,0\n"


@pytest.fixture
def pipe(shop):
    path = shop / "pipe"
    os.mkfifo(path)
    return path


@pytest.fixture
def run(shop, run):
    """Run a command as a process of its own in the shop."""
    return partial(run, folder=shop)


@pytest.fixture
def fed(run):
    """Run a command with this text on its standard input, from a pipe."""

    def call(text, *arguments, code=0):
        with subprocess.Popen(["printf", "%s", text], stdout=subprocess.PIPE) as source:
            return run(*arguments, code=code, stdin=source.stdout)

    return call


def test_stock_comes_from_standard_input(shop, fed):
    report = fed(COUNT, "stock", "import", "-", "--json").shaped("stock-import")
    assert (report["imported"], report["as_of_from"]) == (1, "start")


def test_stock_comes_from_a_pipe(shop, run):
    reading, writing = os.pipe()
    os.write(writing, COUNT.encode())
    os.close(writing)
    assert run("stock", "import", f"/dev/fd/{reading}", "--json", pass_fds=[reading]).json["imported"] == 1


def test_stock_without_a_time_is_refused_while_an_item_waits_for_a_count(shop, fed, earmark):
    earmark("order", "place", "data/orders.jsonl")
    earmark("force", "shipped", "--item", 1, "--reason", "sent")
    assert fed(COUNT, "stock", "import", "-", "--json", code=1).error["code"] == "time_invalid"
    assert fed(COUNT, "stock", "import", "-", "--as-of", "now", "--json").json["imported"] == 1


def test_a_topology_comes_from_standard_input(shop, fed):
    assert fed("warehouses: [{name: Graz}]", "topology", "apply", "-", "--json").json["changed"] == 1


def test_a_process_comes_from_a_pipe(shop, run):
    text = (shop / "processes" / "DummyPayment.xml").read_bytes().replace(b"DummySubprocess/", b"")
    reading, writing = os.pipe()
    os.write(writing, text)
    os.close(writing)
    done = run("process", "check", f"/dev/fd/{reading}", "--json", pass_fds=[reading], code=None)
    assert "cannot be read" not in done.out


@pytest.mark.parametrize(
    "arguments",
    [
        ("stock", "import", "{}"),
        ("topology", "apply", "{}"),
        ("order", "place", "{}"),
        ("process", "check", "{}"),
        ("process", "list", "--config", "{}"),
    ],
)
@pytest.mark.parametrize("kind", ["pipe", "device"])
def test_what_has_no_writer_or_no_end_is_refused(shop, pipe, run, arguments, kind):
    path = "/dev/zero" if kind == "device" else "pipe"
    done = run(*(argument.format(path) for argument in arguments), code=1)
    assert ("device" if kind == "device" else "nobody has written") in done.out + done.err


@pytest.mark.parametrize("name", ["pipe", "pipe.py", "plugins/pipe.py", "/dev/zero"])
def test_a_plugin_that_is_no_file_is_told(shop, run, name):
    if not os.path.exists(name):  # noqa: PTH110
        os.mkfifo(name)
    spec = name if "/" in name or name.endswith(".py") else f"./{name}"
    done = run("process", "list", "--plugins", spec, code=1)
    assert f"{name}: it is a pipe or a device, not a file" in done.err


def test_a_log_that_is_a_pipe_is_written_if_somebody_reads_it(shop, pipe, run):
    done = run("--log-file", "pipe", "process", "list", code=1)
    assert "the log pipe cannot be opened: it is a pipe or a device that nobody reads" in done.err
    reading = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    run("--log-file", "pipe", "--log-level", "debug", "stock", "import", "data/stock.csv")
    assert b"stock_imported" in os.read(reading, 1 << 20)
    os.close(reading)


def test_a_pipe_among_the_rules_is_told(shop, run):
    os.mkfifo("rules/more.yaml")
    assert "it is a pipe or a device" in run("stock", "show", "chair-oak", code=1).err


def test_a_migration_that_cannot_be_is_unknown(shop, earmark):
    assert earmark("process", "undo", 10**30, "--json", code=1).error["code"] == "unknown_migration"
