"""Every command on a real project: what it does, its exit code, and the published shape of its JSON."""

import json
import os
import time
from datetime import UTC, datetime
from pathlib import Path
from unittest.mock import Mock

import pytest

XML = """<statemachine>
<process name="Tiny" main="true">
  <states><state name="new"/><state name="done"/></states>
  <transitions>
    <transition happy="true"><source>new</source><target>done</target><event>go</event></transition>
  </transitions>
  <events><event name="go" manual="true"/></events>
</process>
</statemachine>
"""
BROKEN = XML.replace("<target>done</target>", "<target>dnoe</target>")


def order(reference="R-1", sku="chair-oak", quantity=2, **more):
    return {"reference": reference, "store": "DE", "items": [{"sku": sku, "quantity": quantity}], **more}


def count(name, *rows):
    """Write a stock file: each row is sku,warehouse,quantity."""
    lines = ["concrete_sku,name,quantity,is_never_out_of_stock,is_bundle", *(f"{row},0,0" for row in rows)]
    Path(name).write_text("\n".join(lines) + "\n")


@pytest.fixture
def place(shop, earmark):
    def placed(*orders, code=0):
        Path("orders.json").write_text("\n".join(map(json.dumps, orders)))
        return earmark("order", "place", "orders.json", "--json", code=code)

    return placed


def test_the_readme_of_a_new_project_leads_to_a_released_item(project, earmark):
    earmark("init", "shop")
    os.chdir("shop")
    blocks = Path("README.md").read_text().split("```")[1::2]
    commands = [line for block in blocks for line in block.removeprefix("sh\n").splitlines()]
    assert len(commands) > 15
    outputs = {}
    for line in commands:
        word, *arguments = line.split()
        if word == "sleep":
            time.sleep(float(arguments[0]))
            continue
        assert word == "earmark"
        outputs[line] = earmark(*arguments).out
    assert "1 item released" in outputs["earmark stock import data/stock-after-shipping.csv --as-of now"]
    assert "drift 0" in outputs["earmark reservation reconcile"]


def test_init_lists_what_it_made_and_works_in_the_working_folder(earmark, project):
    made = earmark("init", ".", "--json").shaped("init")
    assert "earmark.toml" in made["files"]
    assert sorted(made["files"]) == sorted(
        str(p.relative_to(project)) for p in project.rglob("*") if p.is_file()
    )


def test_init_leaves_a_folder_with_content_alone(earmark, project):
    (project / "precious.txt").write_text("mine")
    assert earmark("init", ".", "--json", code=1).error["code"] == "conflict"
    assert [p.name for p in project.iterdir()] == ["precious.txt"]


def test_check_one_file_gives_an_object_and_a_folder_an_array(earmark, project):
    (project / "good.xml").write_text(XML)
    one = earmark("process", "check", "good.xml", "--json").shaped("process-check")
    assert one["process"] == "Tiny"
    (project / "sub").mkdir()
    (project / "sub" / "bad.xml").write_text(BROKEN)
    both = earmark("process", "check", ".", "--json", code=1).shaped("process-check")
    assert [(entry["file"], entry["process"]) for entry in both] == [
        ("good.xml", "Tiny"),
        ("sub/bad.xml", None),
    ]


def test_check_prints_place_severity_rule_and_remedy(earmark, project):
    (project / "bad.xml").write_text(BROKEN)
    lines = earmark("process", "check", "bad.xml", code=1).out.splitlines()
    assert any(line.startswith("bad.xml:5:") and " error undeclared-state " in line for line in lines)
    assert any(line.startswith("  mend: ") for line in lines)


def test_show_a_file_and_a_shipped_process(earmark, project):
    (project / "good.xml").write_text(XML)
    model = earmark("process", "show", "good.xml", "--json").shaped("process-show")
    assert (model["process"], model["initial"], len(model["transitions"])) == ("Tiny", "new", 1)
    shipped = earmark("process", "show", "DummyPayment", "--json").shaped("process-show")
    assert "Return" in shipped["processes"]
    assert not (project / "earmark.db").exists()


def test_show_takes_another_initial_state(earmark, project):
    (project / "good.xml").write_text(XML)
    shown = earmark("process", "show", "good.xml", "--initial", "done", "--json")
    assert shown.json["initial"] == "done"


def test_show_with_warnings_keeps_stdout_clean(earmark, project):
    (project / "odd.xml").write_text(XML.replace('manual="true"', 'manual="true" colour="red"'))
    done = earmark("process", "show", "odd.xml", "--json")
    assert done.json["process"] == "Tiny"
    assert "unknown-attribute" in earmark("process", "show", "odd.xml").err


def test_show_with_errors_lists_them(earmark, project):
    (project / "bad.xml").write_text(BROKEN)
    error = earmark("process", "show", "bad.xml", "--json", code=1).error
    assert error["code"] == "definition_invalid"
    assert error["parameters"]["findings"][0]["rule"] == "undeclared-state"


@pytest.mark.parametrize(
    ("file", "start"),
    [
        ("x.svg", b"<"),
        ("x.png", b"\x89PNG"),
        ("x.pdf", b"%PDF"),
        ("x.dot", b"digraph"),
        ("x.mermaid", b""),
        ("x.html", b"<!"),
    ],
)
def test_draw_by_the_suffix(earmark, project, file, start):
    (project / "good.xml").write_text(XML)
    drawn = earmark("process", "draw", "good.xml", "-o", file, "--json").shaped("process-draw")
    content = (project / file).read_bytes()
    assert content.lstrip().startswith(start)
    assert drawn["bytes"] == len(content)


def test_draw_to_stdout_and_with_a_highlight(earmark, project):
    (project / "good.xml").write_text(XML)
    plain = earmark("process", "draw", "good.xml", "-o", "-", "--format", "mermaid").out
    marked = earmark(
        "process", "draw", "good.xml", "-o", "-", "--format", "mermaid", "--highlight", "done"
    ).out
    assert "new" in plain
    assert plain != marked


def test_draw_refuses_what_it_cannot_do_and_leaves_the_file(earmark, project):
    (project / "good.xml").write_text(XML)
    (project / "x.svg").write_text("before")
    assert earmark("process", "draw", "good.xml", "-o", "x", "--json", code=2).error["code"] == "usage"
    assert earmark("process", "draw", "good.xml", "-o", "x.svg", "--format", "gif", "--json", code=2).error
    unknown = earmark(
        "process", "draw", "good.xml", "-o", "x.svg", "--highlight", "dnoe", "--json", code=1
    ).error
    assert unknown["code"] == "unknown_state"
    error = earmark("process", "draw", "good.xml", "-o", "no/such/x.svg", "--json", code=1).error
    assert error["message"].startswith("no/such/x.svg: ")
    assert (project / "x.svg").read_text() == "before"
    assert sorted(p.name for p in project.iterdir()) == ["good.xml", "x.svg"]


def test_counts_come_from_the_database(earmark, place):
    place(order())
    earmark("process", "draw", "DummyPayment", "-o", "x.dot", "--counts")
    earmark("process", "draw", "DummyPayment", "-o", "y.dot")
    assert Path("x.dot").read_text() != Path("y.dot").read_text()


def test_deploy_and_list(earmark, project):
    (project / "good.xml").write_text(XML)
    deployed = earmark("process", "deploy", "good.xml", "DummyPayment", "--json").shaped("process-list")
    assert [info["name"] for info in deployed] == ["Tiny", "DummyPayment"]
    listed = earmark("process", "list", "--json").shaped("process-list")
    assert {(info["name"], info["current"]) for info in listed} == {("Tiny", True), ("DummyPayment", True)}
    assert "Tiny" in earmark("process", "list").out


def test_deploy_lists_every_error_and_deploys_nothing(earmark, project):
    (project / "bad.xml").write_text(BROKEN)
    (project / "worse.xml").write_text("<statemachine><process")
    (project / "good.xml").write_text(XML.replace("Tiny", "Other"))
    error = earmark("process", "deploy", "good.xml", "bad.xml", "worse.xml", "--json", code=1).error
    assert {f["file"] for f in error["parameters"]["findings"]} == {"bad.xml", "worse.xml"}
    assert not (project / "earmark.db").exists()


def test_deploy_shows_warnings_and_strict_refuses_them(earmark, project):
    text = XML.replace("urn:earmark:process:1", "existing").replace("<state ", '<state colour="red" ', 1)
    (project / "odd.xml").write_text(text)
    error = earmark("process", "deploy", "odd.xml", "--strict", "--json", code=1).error
    assert "unknown-attribute" in {f["rule"] for f in error["parameters"]["findings"]}
    assert "--strict" in error["message"]
    assert not (project / "earmark.db").exists()
    done = earmark("process", "deploy", "odd.xml")
    assert "warning unknown-attribute" in done.err and "process check" in done.err and "Tiny" in done.out
    (info,) = earmark("process", "deploy", "odd.xml", "--json").shaped("process-list")
    assert "unknown-attribute" in {f["rule"] for f in info["findings"]}


def test_deploy_refuses_what_could_never_be_answered_and_misspelt_attributes(earmark, project):
    own = '<statemachine xmlns="urn:earmark:process:1"><process name="Own" main="true">'
    own += "<states>{states}</states>{more}</process></statemachine>"
    (project / "Own.xml").write_text(own.format(states='<state name="new" reservd="true"/>', more=""))
    error = earmark("process", "deploy", "Own.xml", "--json", code=1).error
    assert [f["rule"] for f in error["parameters"]["findings"]] == ["misspelt-attribute"]
    assert 'Did you mean "reserved"?' in error["message"]
    guarded = (
        '<transitions><transition condition="rule:paid"><source>new</source><target>a</target></transition>'
    )
    states = '<state name="new"/><state name="a"/>'
    (project / "Own.xml").write_text(own.format(states=states, more=f"{guarded}</transitions>"))
    for command in ("check", "deploy"):
        assert "unknown-guard" in "".join(
            vars(earmark("process", command, "Own.xml", code=1))[n] for n in ("out", "err")
        )


def test_deploy_refuses_a_process_without_states_and_one_twice(earmark, project):
    (project / "empty.xml").write_text('<statemachine><process name="Empty" main="true"/></statemachine>')
    (project / "one.xml").write_text(XML)
    (project / "two.xml").write_text(XML)
    assert "no states" in earmark("process", "deploy", "empty.xml", "--json", code=1).error["message"]
    assert (
        "several files"
        in earmark("process", "deploy", "one.xml", "two.xml", "--json", code=1).error["message"]
    )


def test_the_stock_update_story(shop, earmark, place):
    placed = place(order()).shaped("order")
    assert placed["items"][0]["state"] == "payment pending"
    (item,) = [item["id"] for item in placed["items"]]
    assert {e["event"] for e in earmark("order", "events", "R-1", "--json").shaped("order-events")} >= {"pay"}
    assert earmark("trigger", "pay", "--order", "R-1", "--json").shaped("move")["moved"] == 1
    time.sleep(1.01)
    assert earmark("run", "timeouts", "--json").shaped("move")["moved"] == 1
    assert earmark("run", "conditions", "--until-idle", "--json").shaped("move")["moved"] == 0
    before_shipping = datetime.now(UTC).isoformat()
    earmark("trigger", "ship", "--item", item)
    count("count.csv", "chair-oak,Berlin,10")
    kept = earmark("stock", "import", "count.csv", "--as-of", before_shipping, "--json").shaped(
        "stock-import"
    )
    assert (kept["imported"], kept["released"]) == (1, 0)
    view = earmark("availability", "chair-oak", "--store", "DE", "--json").shaped("availability")[0]
    assert (view["stock"], view["reserved"], view["available"]) == ("15", "2", "13")
    released = earmark("stock", "import", "data/stock-after-shipping.csv", "--as-of", "now", "--json").shaped(
        "stock-import"
    )
    assert released["released"] == 1
    view = earmark("availability", "chair-oak", "--store", "DE", "--json").json[0]
    assert (view["stock"], view["reserved"], view["available"]) == ("13", "0", "13")
    assert earmark("order", "show", "R-1", "--json").shaped("order")["items"][0]["state"] == "delivered"
    steps = earmark("history", item, "--json").shaped("history")
    assert steps[-1]["target"] == "delivered"
    story = earmark("history", item).out.splitlines()
    assert story[:2] == [f"item {item}: 2 chair-oak, order R-1 in DE", "now in 'delivered'; all times in UTC"]
    assert "placed in 'new' (order place, by " in story[2]
    assert "by a stock import (event 'stock-update')" in story[-1]
    assert not any("correlation" in text or "\x1b" in text for text in story)
    assert f"correlation {steps[-1]['correlation']}" in earmark("history", item, "--full").out
    assert earmark("reservation", "reconcile", "--json").shaped("reservation-reconcile")["drift"] == []


def test_availability_explains_itself(earmark, place):
    place(order())
    view = earmark("availability", "chair-oak", "--store", "AT", "--explain", "--json").shaped(
        "availability"
    )[0]
    assert view["reserved"] == "2"
    assert {term["term"] for term in view["terms"]} == {"stock", "reserved"}
    text = earmark("availability", "chair-oak", "--store", "AT", "--explain").out
    assert "DE (shared)" in text
    assert "R-1" in text


def test_many_orders_are_placed_and_refused_by_line(place):
    report = place(
        order("A"), order("B", "no-such"), order("C", quantity=999), order("A"), order("D"), code=1
    )
    value = report.shaped("orders")
    assert (value["placed"], value["existing"], value["items"]) == (2, 1, 2)
    assert [(r["line"], r["reference"], r["code"]) for r in value["refused"]] == [
        (2, "B", "unknown_sku"),
        (3, "C", "not_available"),
    ]


def test_unreadable_lines_are_refused_among_the_others(shop, earmark):
    Path("orders.jsonl").write_text(
        f"{json.dumps(order('A'))}\n{{broken\n{json.dumps(order('B', 'no-such'))}\n"
    )
    value = earmark("order", "place", "orders.jsonl", "--json", code=1).shaped("orders")
    assert value["placed"] == 1
    assert [(r["line"], r["code"]) for r in value["refused"]] == [(2, "input_invalid"), (3, "unknown_sku")]
    assert "orders.jsonl:2 refused input_invalid" in earmark("order", "place", "orders.jsonl", code=1).out


def test_one_order_can_be_forced_to_be_lines(shop, earmark):
    Path("order.json").write_text(json.dumps(order()))
    assert earmark("order", "place", "order.json", "--lines", "--json").shaped("orders")["placed"] == 1


def test_orders_come_from_stdin(shop, run):
    process_input = "\n".join(json.dumps(order(reference)) for reference in ("A", "B"))
    Path("in.jsonl").write_text(process_input)
    with Path("in.jsonl").open() as stdin:
        assert run("order", "place", "-", "--json", folder=shop, stdin=stdin).shaped("orders")["placed"] == 2


def test_placing_again_finds_the_order_and_another_content_is_a_conflict(place):
    assert place(order()).shaped("order")["existing"] is False
    assert place(order()).shaped("order")["existing"] is True
    assert place(order(quantity=3), code=1).error["code"] == "order_conflict"


def test_trigger_lists_what_it_could_not_move(earmark, place):
    place(order("A"))
    moved = earmark("trigger", "ship", "--order", "A", "--json", code=1).shaped("move")
    assert (moved["moved"], len(moved["blocked"])) == (0, 1)
    assert "blocked" in earmark("trigger", "ship", "--order", "A", code=1).out


def test_trigger_everything_in_a_state(earmark, place):
    place(order("A"), order("B"))
    moved = earmark("trigger", "cancel", "--process", "DummyPayment", "--state", "payment pending", "--json")
    assert moved.shaped("move")["moved"] == 2
    (row,) = earmark("matrix", "--json").shaped("matrix")
    assert row.pop("oldest").startswith("20")
    assert row == {
        "process": "DummyPayment",
        "state": "cancelled",
        "items": 2,
        "reserved": "0",
        "held": "0",
        "display_name": "Cancelled",
        "day": 2,
        "week": 0,
        "older": 0,
        "suspended": 0,
    }


FAILING = """
from plugins import command

@command("Shop/Fails", per="item")
def fails(item, context):
    raise RuntimeError("the carrier does not answer")
"""

STUCK = """<statemachine xmlns="urn:earmark:process:1"><process name="Stuck" main="true">
<states><state name="new"/><state name="sent"/></states>
<transitions><transition happy="true"><source>new</source><target>sent</target><event>send</event></transition>
</transitions><events><event name="send" onEnter="true" command="Shop/Fails"/></events></process></statemachine>"""


def test_what_is_stuck_is_listed_with_the_reason(shop, earmark):
    assert earmark("stuck", "--json").shaped("stuck") == []
    (shop / "plugins" / "failing.py").write_text(FAILING)
    (shop / "rules" / "retries.yaml").write_text("execution: {retry_attempts: 1}\n")
    (shop / "Stuck.xml").write_text(STUCK)
    earmark("process", "deploy", "Stuck.xml")
    (shop / "stuck.json").write_text(json.dumps({**order("S-1"), "process": "Stuck"}))
    earmark("order", "place", "stuck.json")
    (listed,) = earmark("stuck", "--json").shaped("stuck")
    assert (listed["order"], listed["state"], listed["event"]) == ("S-1", "new", "send")
    assert listed["message"] == "Shop/Fails: RuntimeError: the carrier does not answer"
    assert "the carrier does not answer" in earmark("stuck").out


def test_stock_show(shop, earmark):
    rows = earmark("stock", "show", "chair-oak", "--json").shaped("stock-show")
    assert [(row["warehouse"], row["quantity"]) for row in rows] == [("Berlin", "10"), ("Vienna", "5")]


def test_stock_rows_are_refused_by_line(shop, earmark):
    count("bad.csv", "chair-oak,Berlin,many", "ghost,Berlin,1", "lamp-brass,Vienna,7")
    report = earmark("stock", "import", "bad.csv", "--json", code=1).shaped("stock-import")
    assert report["imported"] == 1
    assert [row["line"] for row in report["refused"]] == [2, 3]
    assert "bad.csv:2 refused" in earmark("stock", "import", "bad.csv", code=1).out


def test_counts_with_times_of_their_own_are_not_said_to_be_of_the_files(shop, earmark):
    header = "concrete_sku,name,quantity,is_never_out_of_stock,counted_at"
    Path("timed.csv").write_text(f"{header}\nlamp-brass,Berlin,7,0,2026-03-01T08:30:00Z\nghost,Berlin,1,0,\n")
    out = earmark("stock", "import", "timed.csv", code=1).out
    assert "1 of 2 rows imported, each as of its own time, 1 refused" in out
    assert "2026-03-01 08:30:00Z" in earmark("stock", "show", "lamp-brass").out


def test_an_older_count_is_refused_unless_forced(shop, earmark):
    count("old.csv", "chair-oak,Berlin,3")
    moment = "2020-01-01T00:00:00+01:00"
    assert earmark("stock", "import", "old.csv", "--as-of", moment, "--json", code=1).json["imported"] == 0
    assert earmark("stock", "import", "old.csv", "--as-of", moment, "--force", "--json").json["imported"] == 1


def test_changes_are_published_to_the_file_of_the_settings(shop):
    lines = [json.loads(line) for line in Path("events.jsonl").read_text().splitlines()]
    assert {line["abstract_sku"] for line in lines} == {"chair", "lamp"}


def test_a_place_that_cannot_be_published_to_is_refused_before_the_change(shop, earmark):
    Path("events.jsonl").unlink()
    Path("events.jsonl").mkdir()
    count("sold-out.csv", "chair-oak,Berlin,0")
    error = earmark("stock", "import", "sold-out.csv", "--json", code=1).error
    assert (error["code"], "[publish]" in error["remedy"]) == ("file_unreadable", True)
    assert next(row["quantity"] for row in earmark("stock", "show", "chair-oak", "--json").json) != "0"


def test_a_file_that_cannot_be_published_to_does_not_undo_the_change(shop, earmark, monkeypatch):
    count("sold-out.csv", "chair-beech,Berlin,0", "chair-oak,Berlin,0", "chair-oak,Vienna,0")
    with monkeypatch.context() as patched:
        patched.setattr("earmark.sinks.jsonl._torn", Mock(side_effect=OSError(28, "No space left on device")))
        done = earmark("stock", "import", "sold-out.csv", "--json")
    assert done.json["imported"] == 3
    assert "could not be published yet" in done.err
    earmark("stock", "import", "data/stock-after-shipping.csv", "--as-of", "now")
    assert '"quantity":0' in Path("events.jsonl").read_text()


def test_drift_is_found_repaired_and_exit_1(shop, earmark, place):
    import sqlite3

    place(order())
    connection = sqlite3.connect("earmark.db")
    connection.execute("UPDATE reservation SET reserved = reserved + 1000000 WHERE reserved > 0")
    connection.commit()
    connection.close()
    found = earmark("reservation", "reconcile", "--dry-run", "--json", code=1).shaped("reservation-reconcile")
    assert found["drift"][0]["sku"] == "chair-oak"
    assert found["repaired"] == 0
    assert earmark("doctor", "--json", code=1).shaped("doctor")[-1]["ok"] is False
    assert earmark("reservation", "reconcile", "--json", code=1).json["repaired"] > 0
    assert earmark("reservation", "reconcile", "--json").json["drift"] == []


def test_doctor(shop, earmark):
    checks = earmark("doctor", "--json").shaped("doctor")
    assert [check["check"] for check in checks if not check["ok"]] == []
    assert "ok    database" in earmark("doctor").out


def test_doctor_names_plugins_that_a_deployed_process_lacks(shop, earmark):
    Path("own.xml").write_text(XML.replace('manual="true"', 'manual="true" command="Shop/Nowhere"'))
    earmark("process", "deploy", "own.xml")
    done = earmark("doctor", code=1)
    assert "Shop/Nowhere (process Tiny)" in done.out


def test_db_upgrade_makes_and_keeps_a_database(earmark, project):
    made = earmark("db", "upgrade", "--json").shaped("db-upgrade")
    assert made["schema"] == earmark("db", "upgrade", "--json").json["schema"]
    assert earmark("matrix", "--json").json == []


@pytest.mark.parametrize(
    ("arguments", "key"), [(["--help"], "[log]"), (["scheduler", "--help"], "[metrics]")]
)
def test_the_help_names_sections_of_the_settings(earmark, arguments, key):
    assert key in " ".join(earmark(*arguments).out.split())
