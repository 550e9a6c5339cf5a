"""Bad input of every kind: a clear message with place and remedy, exit code 1 or 2, and nothing half done."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
GOOD = """<statemachine>
<process name="Tiny" main="true">
  <states><state name="new"/><state name="done"/></states>
  <transitions>
    <transition><source>new</source><target>done</target><event>go</event></transition>
  </transitions>
  <events><event name="go" timeout="1 day"/></events>
</process>
</statemachine>
"""
DEFINITIONS = {
    "include-not-found": GOOD.replace(
        "</statemachine>", '<process name="Sub" file="nowhere.xml"/></statemachine>'
    ),
    "undeclared-state": GOOD.replace("<target>done", "<target>dnoe"),
    "xml-broken": GOOD.replace("</states>", ""),
    "doctype-refused": "<!DOCTYPE statemachine>" + GOOD,
    "include-outside": GOOD.replace("</statemachine>", '<process file="../../secret.xml"/></statemachine>'),
    "bad-timeout": GOOD.replace("1 day", "soonish"),
    "several-main-processes": GOOD.replace(
        "</statemachine>", '<process name="B" main="true"/></statemachine>'
    ),
}


@pytest.mark.parametrize("rule", DEFINITIONS)
def test_a_bad_definition_is_refused_with_place_and_remedy(earmark, project, rule):
    (project / "bad.xml").write_text(DEFINITIONS[rule])
    findings = earmark("process", "check", "bad.xml", "--json", code=1).shaped("process-check")["findings"]
    found = next(finding for finding in findings if finding["rule"] == rule)
    assert found["severity"] == "error"
    assert found["file"] == "bad.xml"
    assert found["line"] >= 1
    assert found["remedy"]
    assert earmark("process", "deploy", "bad.xml", "--json", code=1).error["code"] == "definition_invalid"
    assert not (project / "earmark.db").exists()


def order(**more):
    return {"reference": "R", "store": "DE", "items": [{"sku": "chair-oak", "quantity": 1}], **more}


def items(sku="chair-oak", quantity=1):
    return [{"sku": sku, "quantity": quantity}]


@pytest.mark.parametrize(
    ("given", "code", "said"),
    [
        (order(items=[]), "input_invalid", "items: an order needs at least one item"),
        (order(items=items(quantity=-1)), "input_invalid", "items[0].quantity: -1 is negative"),
        (
            order(items=items(quantity=0)),
            "input_invalid",
            "items[0].quantity: the quantity must be above zero",
        ),
        (order(items=items(quantity="x")), "input_invalid", "items[0].quantity: 'x' is not a number"),
        (order(items=items(quantity=16)), "not_available", "chair-oak"),
        (order(items=items(sku="ghost")), "unknown_sku", "ghost"),
        (order(store="FR"), "unknown_store", "FR"),
        (order(process="Nothing"), "process_not_found", "Nothing"),
        ([order()], "input_invalid", "JSON array"),
    ],
)
def test_a_bad_order_is_refused_and_nothing_is_placed(shop, earmark, given, code, said):
    Path("order.json").write_text(json.dumps(given))
    done = earmark("order", "place", "order.json", "--json", code=1)
    assert done.error["code"] == code
    assert said in done.error["message"]
    assert done.error["remedy"]
    assert done.err.startswith("error: ")
    assert "  mend: " in done.err
    assert earmark("matrix", "--json").json == []


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("trigger", "no-such-event", "--order", "R"), "unknown_event"),
        (("trigger", "pay", "--item", "999"), "unknown_item"),
        (("trigger", "pay", "--order", "no-such"), "unknown_order"),
        (("trigger", "pay", "--process", "DummyPayment", "--state", "no-such"), "unknown_state"),
        (("trigger", "pay", "--process", "Nothing", "--state", "new"), "process_not_found"),
        (("trigger", "pay", "--order", "R", "--data", "{"), "input_invalid"),
        (("trigger", "pay", "--order", "R", "--data", "[1]"), "input_invalid"),
        (("order", "show", "no-such"), "unknown_order"),
        (("order", "events", "no-such"), "unknown_order"),
        (("order", "place", "no-such.json"), "file_unreadable"),
        (("history", "999"), "unknown_item"),
        (("availability", "ghost", "--store", "DE"), "unknown_sku"),
        (("availability", "chair-oak", "--store", "FR"), "unknown_store"),
        (("stock", "show", "ghost"), "unknown_sku"),
        (("stock", "import", "no-such.csv"), "file_unreadable"),
        (("stock", "import", "data/stock.csv", "--as-of", "yesterday"), "time_invalid"),
        (("stock", "import", "data/stock.csv", "--as-of", "2026-01-01T10:00:00"), "time_invalid"),
        (("stock", "import", "data/stock.csv", "--as-of", "2999-01-01T10:00:00Z"), "time_invalid"),
        (("topology", "apply", "no-such.yaml"), "file_unreadable"),
        (("topology", "apply", "data/orders.jsonl"), "input_invalid"),
        (("process", "show", "Nothing"), "process_not_found"),
        (("process", "check", "no-such.xml"), "file_unreadable"),
        (("process", "check", "data"), "file_unreadable"),
        (("process", "draw", "Nothing", "-o", "x.svg"), "process_not_found"),
        (("matrix", "--plugins", "no/such.py"), "plugins_invalid"),
        (("matrix", "--config", "no-such.toml"), "file_unreadable"),
        (("matrix", "--db", "mysql://x/y"), "database_unusable"),
        (("matrix", "--db", "nonsense"), "database_unusable"),
    ],
)
def test_what_is_refused_has_a_code_a_text_and_a_remedy(shop, earmark, arguments, code):
    Path("order.json").write_text(json.dumps(order()))
    earmark("order", "place", "order.json")
    before = Path("earmark.db").read_bytes()
    done = earmark(*arguments, "--json", code=1)
    assert done.error["code"] == code
    assert done.error["message"]
    assert done.error["remedy"]
    assert done.error["message"].splitlines()[0] in done.err
    assert Path("earmark.db").read_bytes() == before


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ("chair-oak,Berlin,many,0,0", "bad_quantity"),
        ("chair-oak,Berlin,one,0,0", "bad_quantity"),
        ("ghost,Berlin,1,0,0", "unknown_sku"),
        ("chair-oak,Atlantis,1,0,0", "unknown_warehouse"),
    ],
)
def test_a_bad_stock_row_is_refused_by_its_line(shop, earmark, row, code):
    header = "concrete_sku,name,quantity,is_never_out_of_stock,is_bundle"
    Path("bad.csv").write_text(f"{header}\n{row}\n")
    refused = earmark("stock", "import", "bad.csv", "--json", code=1).shaped("stock-import")["refused"]
    assert [(entry["line"], entry["code"]) for entry in refused] == [(2, code)]


def test_a_run_for_a_store_that_is_not_there_is_refused_and_the_next_run_goes_on(shop, earmark):
    assert earmark("run", "timeouts", "--store", "FR", "--json", code=1).error["code"] == "unknown_store"
    earmark("run", "timeouts")


@pytest.mark.parametrize(
    "arguments",
    [
        ("nonsense",),
        ("process", "chek", "x.xml"),
        ("process", "check"),
        ("matrix", "--colour"),
        ("trigger", "pay"),
        ("trigger", "pay", "--order", "R", "--item", "1"),
        ("trigger", "pay", "--process", "P"),
        ("trigger", "pay", "--item", "one"),
        ("history", "one"),
        ("run", "timeouts", "--limit", "0"),
        ("run", "timeouts", "--limit", "many"),
        ("availability", "--store", "DE"),
        ("availability", "x"),
        ("stock", "import"),
    ],
)
def test_wrong_usage_is_exit_2_and_told_as_json_too(earmark, project, arguments):
    done = earmark(*arguments, "--json", code=2)
    assert done.error["code"] == "usage"
    assert done.err.startswith("Usage: earmark")
    assert list(project.iterdir()) == []


READING = [
    ("matrix",),
    ("history", "1"),
    ("availability", "x", "--store", "DE"),
    ("order", "show", "R"),
    ("order", "events", "R"),
    ("stock", "show", "x"),
    ("process", "list"),
    ("reservation", "reconcile", "--dry-run"),
]


@pytest.mark.parametrize("arguments", READING)
def test_looking_at_a_database_that_is_not_there_makes_none(earmark, project, arguments):
    error = earmark(*arguments, "--json", code=1).error
    assert error["code"] == "database_unusable"
    assert "there is no database" in error["message"]
    assert list(project.iterdir()) == []


def test_doctor_tells_of_a_missing_database(earmark, project):
    checks = earmark("doctor", "--json", code=1).shaped("doctor")
    assert [(check["check"], check["ok"]) for check in checks][-1] == ("database", False)
    assert list(project.iterdir()) == []


def test_doctor_tells_of_settings_and_plugins_that_do_not_load(earmark, project):
    (project / "earmark.toml").write_text("databse = 3")
    assert "FAIL  settings" in earmark("doctor", code=1).out
    (project / "earmark.toml").write_text('plugins = ["missing.py"]')
    assert "FAIL  plugins and rules" in earmark("doctor", code=1).out


def test_a_file_that_is_no_database_is_left_alone(earmark, project):
    (project / "earmark.db").write_text("dear diary")
    (project / "good.xml").write_text(GOOD)
    for arguments in [("matrix",), ("process", "deploy", "good.xml"), ("db", "upgrade")]:
        assert earmark(*arguments, "--json", code=1).error["code"] == "database_unusable"
    assert (project / "earmark.db").read_text() == "dear diary"


def test_a_database_of_something_else_is_left_alone(earmark, project):
    connection = sqlite3.connect(project / "earmark.db")
    connection.execute("CREATE TABLE diary (entry TEXT)")
    connection.commit()
    connection.close()
    error = earmark("matrix", "--json", code=1).error
    assert error["code"] == "database_unusable"
    assert "not one of Earmark" in error["message"]


def test_a_database_of_a_newer_version_is_refused(shop, earmark):
    connection = sqlite3.connect("earmark.db")
    connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.commit()
    connection.close()
    for arguments in [("matrix",), ("db", "upgrade"), ("order", "show", "R")]:
        assert earmark(*arguments, "--json", code=1).error["code"] == "database_too_new"


def test_a_broken_rule_file_is_told_with_its_line(shop, earmark):
    Path("rules/project.yaml").write_text("checkout:\n  hodl: true\n")
    error = earmark("matrix", "--json", code=1).error
    assert error["code"] == "rules_invalid"
    assert "rules/project.yaml:2" in error["message"]


def test_every_problem_of_the_rules_is_told_by_commands_and_by_doctor(shop, earmark):
    Path("rules/project.yaml").write_text("checkout:\n  hodl: true\nexecution:\n  chunk: none\n")
    done = earmark("order", "show", "R", "--json", code=1)
    problems = done.error["parameters"]["problems"]
    assert [(problem["file"], problem["line"]) for problem in problems] == [
        ("rules/project.yaml", 2),
        ("rules/project.yaml", 4),
    ]
    assert all(problem["message"] and problem["remedy"] for problem in problems)
    assert done.error["remedy"] == "Mend what is listed; docs/rules.md describes every key."
    last = earmark("doctor", "--json", code=1).shaped("doctor")[-1]
    assert (last["check"], last["ok"], last["code"]) == ("plugins and rules", False, "rules_invalid")
    for place in ("rules/project.yaml:2: ", "rules/project.yaml:4: "):
        assert place in done.err
        assert place in last["detail"]


def test_a_plugin_that_cannot_be_loaded_is_told_with_its_line(shop, earmark):
    Path("plugins/shop.py").write_text("x = 1\nraise RuntimeError('no network')\n")
    error = earmark("matrix", "--json", code=1).error
    assert error["code"] == "plugins_invalid"
    assert "plugins/shop.py:2" in error["message"]


def plugin(name):
    return f"from plugins import condition\n@condition('{name}')\ndef always(item, context): return True\n"


def test_common_options_stand_before_or_after_the_command(earmark, project):
    earmark("--db", "sqlite:///before.db", "db", "upgrade")
    earmark("db", "upgrade", "--db", "sqlite:///after.db")
    assert sorted(path.name for path in project.glob("*.db")) == ["after.db", "before.db"]


def test_plugins_before_and_after_the_command_add_up(earmark, project):
    (project / "one.py").write_text(plugin("One/A"))
    (project / "two.py").write_text(plugin("Two/A"))
    back = '<transition condition="Two/A"><source>done</source><target>new</target></transition>'
    guarded = GOOD.replace("<transition>", '<transition condition="One/A">')
    (project / "guarded.xml").write_text(guarded.replace("</transitions>", f"{back}</transitions>"))

    def unregistered(*arguments):
        findings = earmark(*arguments, "--json").json["findings"]
        return [finding["message"] for finding in findings if finding["rule"] == "unregistered-condition"]

    check = ("process", "check", "guarded.xml")
    assert unregistered("--plugins", "one.py", *check, "--plugins", "two.py") == []
    assert len(unregistered("--plugins", "one.py", *check)) == 1
    assert len(unregistered(*check)) == 2


def test_the_environment_names_database_and_plugins(earmark, project, monkeypatch):
    monkeypatch.setenv("EARMARK_DATABASE_URL", "sqlite:///elsewhere.db")
    earmark("db", "upgrade")
    assert (project / "elsewhere.db").exists()
    monkeypatch.setenv("EARMARK_PLUGINS", "missing.py")
    assert earmark("matrix", "--json", code=1).error["code"] == "plugins_invalid"


def test_an_unforeseen_fault_is_told_without_a_traceback(earmark, project, monkeypatch):
    def fail(*_, **__):
        raise ZeroDivisionError("division\nby zero")

    monkeypatch.setattr("earmark.settings.load_settings", fail)
    error = earmark("matrix", "--json", code=1).error
    assert error["code"] == "internal_error"
    assert error["message"] == "ZeroDivisionError: division by zero"
    assert "EARMARK_DEBUG=1" in error["remedy"]


def test_a_traceback_can_be_asked_for(project, monkeypatch, capfd):
    from earmark.cli.run import run

    def fail(*_, **__):
        raise ZeroDivisionError("division by zero")

    monkeypatch.setattr("earmark.settings.load_settings", fail)
    monkeypatch.setenv("EARMARK_DEBUG", "1")
    assert run(["matrix"]) == 1
    assert "Traceback" in capfd.readouterr().err


def test_a_reader_that_goes_away_is_no_fault(shop, command):
    with command("process", "show", "DummyPayment", folder=shop) as process:
        process.stdout.close()
        assert process.wait(60) == 141
        assert process.stderr.read() == ""


def test_ctrl_c_ends_with_130(project, command):
    os.mkfifo(project / "orders.jsonl")
    process = command("order", "place", "orders.jsonl")
    with (project / "orders.jsonl").open("w"):
        process.send_signal(signal.SIGINT)
        try:
            out, err = process.communicate(timeout=10)
        except (
            subprocess.TimeoutExpired
        ):  # it came in the moment before the read, which then knows nothing of it
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert (out, "Traceback" in err) == ("", False)
    assert err.startswith("error: interrupted\n")


def test_output_is_plain_in_a_pipe_and_fits_80_columns(shop, earmark):
    Path("order.json").write_text(json.dumps(order(reference="R" * 100)))
    for arguments in [
        ("process", "show", "DummyPayment"),
        ("order", "place", "order.json"),
        ("order", "show", "R" * 100),
        ("matrix",),
        ("availability", "chair-oak", "--store", "DE", "--explain"),
        ("process", "list"),
    ]:
        out = earmark(*arguments).out
        assert "\x1b" not in out
        tables = [line for line in out.splitlines() if "─" in line]
        assert tables
        assert all(len(line) <= 80 for line in tables)


def test_control_characters_of_a_name_do_not_reach_the_terminal(shop, earmark):
    Path("order.json").write_text(json.dumps(order(reference="\x1b[31mred")))
    assert "\x1b" not in earmark("order", "place", "order.json").out
    assert "\x1b" not in earmark("order", "show", "\x1b[2Jx", code=1).err


def test_names_that_the_encoding_lacks_are_still_printed(shop, run):
    Path("order.json").write_text(json.dumps(order(reference="Größe")))
    plain = run("order", "place", "order.json", folder=shop, env={"PYTHONIOENCODING": "ascii"})
    assert "Gr\\xf6\\xdfe" in plain.out
    assert run("order", "show", "Größe", "--json", folder=shop, env={"PYTHONIOENCODING": "ascii"}).json


@pytest.mark.parametrize(
    "arguments",
    [["--help"], ["--version"], ["process", "check", "x.xml"], ["process", "show", "x.xml", "--json"]],
)
def test_files_are_looked_at_without_database_or_web_framework(project, arguments):
    (project / "x.xml").write_text(GOOD)
    script = (
        "import sys; from earmark.cli.run import run; code = run(sys.argv[1:]); "
        "heavy = {'sqlalchemy', 'sqlmodel', 'alembic', 'fastapi', 'starlette', 'uvicorn', 'apscheduler'}; "
        "print(sorted(heavy & set(sys.modules)), file=sys.stderr); sys.exit(code)"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", script, *arguments],
        cwd=project,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stderr.splitlines()[-1] == "[]"


def test_the_version_is_that_of_the_distribution(earmark):
    import tomllib

    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert earmark("--version").out == f"earmark {version}\n"


def test_every_command_explains_itself(earmark):
    listed = earmark("--help").out
    for group, names in {
        "process": ("check", "show", "draw", "deploy", "list"),
        "topology": ("apply",),
        "stock": ("import", "show"),
        "order": ("place", "show", "events"),
        "run": ("conditions", "timeouts"),
        "reservation": ("reconcile",),
        "db": ("upgrade",),
    }.items():
        assert group in listed
        for name in names:
            assert "--db" in earmark(group, name, "--help").out
    for name in ("demo", "init", "trigger", "availability", "matrix", "history", "scheduler", "doctor"):
        assert name in listed
        assert "--json" in earmark(name, "--help").out
