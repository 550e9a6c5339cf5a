"""``earmark sink ...`` and the publish job: several places to publish to, each with a position of its own."""

from __future__ import annotations

import base64
import io
import json
from pathlib import Path

import pytest

from tests.acceptance.test_cli_topology_diff import COUNT, TOPOLOGY
from tests.helpers.sinks import receiving

SECRET = "whsec_" + base64.b64encode(b"0123456789abcdef0123456789abcdef").decode()
PLUGIN = """
from earmark.plugins import NotTaken, sink

class Lines:
    def __init__(self, path):
        self.path = path

    def publish(self, messages):
        with open(self.path, "a") as file:
            for taken, message in enumerate(messages):
                if message.payload.get("quantity") == 7:
                    raise NotTaken("seven is not liked here", taken=taken)
                file.write(f"{message.kind} {message.payload['abstract_sku']} {message.payload['quantity']}\\n")

@sink("Shop/Lines")
def lines(options):
    return Lines(options.options["path"])
"""


def settings(url):
    return f"""
plugins = ["own.py"]

[[sinks]]
name = "file"
kind = "jsonl"
file = "events.jsonl"

[[sinks]]
name = "web"
kind = "webhook"
url = "{url}"
secret_env = "WEB_SECRET"
kinds = ["availability"]

[[sinks]]
name = "own"
kind = "Shop/Lines"
options = {{path = "lines.txt"}}
kinds = ["availability"]

[[jobs]]
kind = "publish"
interval = "10 seconds"
"""


@pytest.fixture
def shop(project, earmark, monkeypatch):
    monkeypatch.setenv("WEB_SECRET", SECRET)
    Path("own.py").write_text(PLUGIN)
    Path("shop.yaml").write_text(TOPOLOGY)
    Path("count.csv").write_text(COUNT)
    with receiving() as receiver:
        Path("earmark.toml").write_text(settings(receiver.url))
        earmark("topology", "apply", "shop.yaml")
        earmark("sink", "publish")
        yield receiver


def listed(earmark):
    return {one["sink"]: one for one in earmark("sink", "list", "--json").shaped("sink-list")}


def test_each_sink_is_handed_what_comes_and_shows_what_it_cannot_take(shop, earmark):
    assert set(listed(earmark)) == {"file", "web", "own"}
    earmark("stock", "import", "count.csv")
    waiting = listed(earmark)
    assert {one["waiting"] for one in waiting.values()} == {2}
    assert waiting["web"]["lag_s"] >= 0
    shop.answers = [503]
    reports = earmark("sink", "publish", "--json", code=1).shaped("sink-publish")
    assert {one["sink"]: (one["outcome"], one["published"], one["kept"]) for one in reports} == {
        "file": ("done", 2, 0),
        "web": ("failed", 0, 0),
        "own": ("done", 1, 1),
    }
    assert [json.loads(text)["_kind"] for text in Path("events.jsonl").read_text().splitlines()] == [
        "availability"
    ] * 2
    assert Path("lines.txt").read_text() == "availability tea 3\n"
    assert "answered 503" in earmark("sink", "list").out
    (kept,) = earmark("sink", "kept", "--json").shaped("sink-kept")
    assert (kept["sink"], kept["reason"], kept["payload"]["quantity"]) == (
        "own",
        "seven is not liked here",
        7,
    )
    assert "seven is not liked" in earmark("sink", "kept", "own", "--drop").out
    assert earmark("sink", "kept").out == "nothing is kept aside\n"
    shop.answers = [200]
    assert earmark("sink", "publish", "web").out == "web: 2 messages published\n"
    assert [one["quantity"] for one in shop.taken] == [3, 7] or len(shop.taken) == 2


def test_a_new_listener_is_told_everything_and_an_old_one_is_forgotten(shop, earmark):
    earmark("stock", "import", "count.csv")
    earmark("sink", "publish", code=1)
    shop.got.clear()
    assert earmark("sink", "republish", "web").out == "web: 2 messages published\n"
    assert all(one["_state"] for one in shop.taken)
    told = earmark("sink", "republish", "wep", code=1).err
    assert 'Did you mean "web"' in told
    Path("earmark.toml").write_text("")
    assert "not in the settings" in earmark("sink", "list").out
    earmark("sink", "forget", "web", "--json").shaped("sink-forget")
    assert set(listed(earmark)) == {"file", "own"}
    assert 'Did you mean "file"' in earmark("sink", "forget", "fil", code=1).err
    assert "there are no sinks" in earmark("sink", "publish", code=1).err


def test_a_missing_secret_is_told_and_the_other_sinks_go_on(shop, earmark, monkeypatch):
    earmark("stock", "import", "count.csv")
    monkeypatch.delenv("WEB_SECRET")
    reports = {
        one["sink"]: one for one in earmark("sink", "publish", "--json", code=1).shaped("sink-publish")
    }
    assert (reports["file"]["outcome"], reports["file"]["published"]) == ("done", 2)
    web = reports["web"]
    assert (web["outcome"], web["code"]) == ("failed", "configuration_invalid")
    assert "the sink 'web' needs the environment variable WEB_SECRET" in web["error"]
    assert web["remedy"].startswith("Set WEB_SECRET")
    monkeypatch.setenv("WEB_SECRET", "geheim")
    told = earmark("sink", "publish", code=1).out
    assert "none of a webhook" in told
    assert "  mend: It is whsec_" in told
    assert "geheim" not in told
    monkeypatch.setenv("WEB_SECRET", SECRET)
    assert earmark("sink", "publish", "web").out == "web: 2 messages published\n"


def test_what_a_sink_lacks_is_told_although_nothing_waits_and_by_the_doctor(shop, earmark, monkeypatch):
    monkeypatch.delenv("WEB_SECRET")
    Path("own.py").write_text(
        PLUGIN.replace("    return Lines", "    import no_such_library\n    return Lines")
    )
    told = earmark("sink", "publish", code=1).out
    assert "file: 0 messages published\n" in told
    assert "needs the environment variable WEB_SECRET" in told
    assert "No module named 'no_such_library'" in told
    (check,) = [
        one for one in earmark("doctor", "--json", code=1).shaped("doctor") if one["check"] == "sink settings"
    ]
    assert check["status"] == "error"
    assert len(check["more"]) == 2
    Path("own.py").write_text(PLUGIN.replace("Shop/Lines", "Shop/Line"))
    assert "no plugin makes sinks of the kind 'Shop/Lines'" in earmark("doctor", code=1).out
    monkeypatch.setenv("WEB_SECRET", SECRET)
    Path("own.py").write_text(PLUGIN)
    assert "sink settings: 3 sinks" in earmark("doctor", "--fast", code=None).out


def test_the_publish_job_goes_on_with_the_other_sinks(shop, earmark, command, monkeypatch):
    monkeypatch.delenv("WEB_SECRET")
    Path("earmark.toml").write_text(settings(shop.url).replace("10 seconds", "1 second"))
    earmark("stock", "import", "count.csv")
    scheduler = command("scheduler", "--json")
    try:
        entry = json.loads(scheduler.stdout.readline())
    finally:
        scheduler.terminate()
        scheduler.communicate(timeout=60)
    assert entry["outcome"] == "partly"
    assert {one["sink"]: one["outcome"] for one in entry["result"]["sinks"]}["web"] == "failed"
    assert len(Path("events.jsonl").read_text().splitlines()) == 2


def test_what_a_sink_would_lose_is_asked_for_before_it_is_forgotten(shop, earmark):
    earmark("stock", "import", "count.csv")
    refused = earmark("sink", "forget", "web", code=1).err
    assert "web: is in the settings" in refused
    assert "2 messages that it was not handed would be passed over" in refused
    assert "--yes" in refused
    assert listed(earmark)["web"]["waiting"] == 2
    assert earmark("sink", "forget", "web", "--yes").out == "nothing is kept for 'web' any more\n"
    earmark("sink", "publish", code=1)
    Path("earmark.toml").write_text("")
    assert "1 message kept aside would be deleted" in earmark("sink", "forget", "own", code=1).err
    earmark("sink", "forget", "file")


@pytest.mark.parametrize(("answer", "code"), [("y\n", 0), ("\n", 1)])
def test_at_a_terminal_a_person_is_asked(shop, earmark, monkeypatch, answer, code):
    typed = io.StringIO(answer)
    monkeypatch.setattr(typed, "isatty", lambda: True, raising=False)
    monkeypatch.setattr("sys.stdin", typed)
    done = earmark("sink", "forget", "web", code=code)
    assert "web: is in the settings" in done.err
    assert "Go on? [y/N]" in done.err
    assert ("nothing is kept for 'web' any more" in done.out) is (code == 0)
    assert ("nothing was done" in done.err) is (code == 1)
