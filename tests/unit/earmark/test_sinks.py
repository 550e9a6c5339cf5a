"""Sinks as the settings describe them: what is refused, where secrets come from, and signed webhooks."""

from __future__ import annotations

import base64
import json
import socket
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from earmark.settings import load_settings
from earmark.sinks.making import make_sinks
from earmark.sinks.webhook import WebhookSink, signing_keys
from engine.errors import ConfigurationInvalid
from engine.hooks import NotTaken, PartlyTaken
from engine.inventory.outbox import Message
from tests.helpers.sinks import receiving

KEY = b"0123456789abcdef0123456789abcdef"
SECRET = "whsec_" + base64.b64encode(KEY).decode()


def message(number=1, **payload):
    at = datetime(2026, 3, 1, 12, 0, 0, 500_000, tzinfo=UTC)
    return Message(number, "availability", {"n": number, **payload}, f"stream-{number}", at)


def refusals(tmp_path, text):
    (tmp_path / "earmark.toml").write_text(text)
    with pytest.raises(ConfigurationInvalid) as refused:
        load_settings(environment={}, folder=tmp_path)
    return list(refused.value.lines)


def sinks(tmp_path, text, environment=None, makers=None):
    (tmp_path / "earmark.toml").write_text(text)
    settings = load_settings(environment={}, folder=tmp_path)
    return make_sinks(settings.sinks, environment or {}, lambda: makers or {})


def test_everything_that_is_wrong_is_told_with_its_line(tmp_path):
    told = refusals(
        tmp_path,
        """
[[sinks]]
name = "a"
kind = "webhok"
[[sinks]]
name = "b"
kind = "webhook"
url = "https://user:geheim@host/x"
secret_env = "S"
[[sinks]]
name = "c"
kind = "kombu"
url = "amqp://user:geheim@host//?queue=q"
[[sinks]]
name = "d"
kind = "jsonl"
url = "https://host"
[[sinks]]
name = "e"
kind = "webhook"
url = "https://host/x"
[[sinks]]
name = "f"
kind = "Shop/Own"
file = "x"
[[sinks]]
name = "g"
kind = "jsonl"
file = "x"
give_up = "a month"
""",
    )
    assert len(told) == 7
    assert "there is no kind 'webhok'" in told[0]
    assert 'Did you mean "webhook"' in told[0]
    assert "no user and password" in told[1]
    assert "write ${NAME}" in told[2]
    assert "'url' is not for a sink of the kind jsonl" in told[3]
    assert "needs 'secret_env'" in told[4]
    assert "write it under 'options'" in told[5]
    assert ":28" in told[6] or "give_up" in told[6]
    assert "geheim" not in "".join(told)
    twice = '[[sinks]]\nname = "a"\nkind = "jsonl"\nfile = "x"\n' * 2
    assert "there is a sink 'a' already" in refusals(tmp_path, twice)[0]
    assert 'Did you mean "file"' in refusals(tmp_path, '[[sinks]]\nname="a"\nkind="jsonl"\nfiles="x"\n')[0]


def test_secrets_come_from_the_environment_and_are_shown_by_nothing(tmp_path):
    webhook = '[[sinks]]\nname = "a"\nkind = "webhook"\nurl = "https://host/${TOKEN}"\nsecret_env = "S"\n'
    with pytest.raises(ConfigurationInvalid, match="needs the environment variable S"):
        sinks(tmp_path, webhook)
    with pytest.raises(ConfigurationInvalid, match="needs the environment variable TOKEN"):
        sinks(tmp_path, webhook, {"S": SECRET})
    for wrong in ("geheim", "whsec_geheim!", "whsec_" + base64.b64encode(b"short").decode()):
        with pytest.raises(ConfigurationInvalid) as refused:
            sinks(tmp_path, webhook, {"S": wrong, "TOKEN": "t"})
        assert wrong not in str(refused.value)
    (made,) = sinks(tmp_path, webhook, {"S": SECRET, "TOKEN": "a/b"})
    assert made.sink._url == "https://host/a%2Fb"
    assert (made.sink.shown, made.lease_s) == ("https://host", 70)
    queue = '[[sinks]]\nname = "q"\nkind = "kombu"\nurl = "amqp://u:${P}@127.0.0.1:1//?queue=q"\n'
    (made,) = sinks(tmp_path, queue, {"P": "p@ss/geheim"})
    with pytest.raises(PartlyTaken) as failed:
        made.sink.publish([message()])
    assert "geheim" not in failed.value.reason


def test_a_plugin_makes_a_sink_of_its_options_and_its_secret(tmp_path):
    text = '[[sinks]]\nname = "a"\nkind = "Shop/Own"\nsecret_env = "S"\noptions = {where = "there"}\n'
    asked = []

    def make(options):
        asked.append(options)
        if options.secret == "wrong-secret":
            raise ValueError(f"no good: {options.secret}")
        return "nothing" if options.secret == "nothing" else type("S", (), {"publish": lambda *_: None})()

    makers = {"Shop/Own": (make, "shop.py:3")}
    (made,) = sinks(tmp_path, text, {"S": "geheim"}, makers)
    assert (made.name, asked[0].options, asked[0].secret) == ("a", {"where": "there"}, "geheim")
    assert "geheim" not in repr(asked[0])
    for secret, told in (
        ("wrong-secret", r"shop.py:3: ValueError: no good: \*\*\*"),
        ("nothing", "no method"),
    ):
        with pytest.raises(ConfigurationInvalid, match=told):
            sinks(tmp_path, text, {"S": secret}, makers)
    with pytest.raises(ConfigurationInvalid, match="no plugin makes sinks of the kind 'Shop/Own'"):
        sinks(tmp_path, text, {"S": "geheim"})


class TestWebhook:
    def test_a_message_is_signed_so_that_the_receiver_can_verify_it(self):
        keys = signing_keys(f"{SECRET}, whsec_{base64.b64encode(KEY[::-1]).decode()}", "S")
        with receiving() as receiver:
            sink = WebhookSink(receiver.url, keys)
            assert sink.publish([message(1, amount=Decimal("0.000001")), message(2)]) == 2
            sink.close()
        (headers, body), (_, second) = receiver.got
        for key in keys:
            assert Webhook(key).verify(body, headers)["type"] == "availability"
        with pytest.raises(WebhookVerificationError):
            Webhook(KEY).verify(body.replace(b"0.000001", b"0.000002"), headers)
        with pytest.raises(WebhookVerificationError):
            Webhook(b"another key of 24 bytes!").verify(body, headers)
        assert headers["webhook-id"] == "stream-1"
        assert json.loads(body, parse_float=Decimal) == {
            "type": "availability",
            "timestamp": "2026-03-01T12:00:00.500000Z",
            "data": {"n": 1, "amount": Decimal("0.000001")},
        }
        assert json.loads(second)["data"]["n"] == 2

    def test_what_the_receiver_answers_decides(self):
        with receiving() as receiver:
            sink = WebhookSink(receiver.url, [KEY])
            for status, raised in (
                (500, PartlyTaken),
                (429, PartlyTaken),
                (404, PartlyTaken),
                (302, PartlyTaken),
                (422, NotTaken),
                (400, NotTaken),
            ):
                receiver.answers = [200, status]
                with pytest.raises(raised, match=f"answered {status}") as refused:
                    sink.publish([message(1), message(2), message(3)])
                assert refused.value.taken == 1
                assert "of-a-shop" not in refused.value.reason  # a path may be a secret
            assert len(receiver.got) == 6

    def test_a_receiver_that_is_gone_or_says_nothing(self):
        with socket.create_server(("127.0.0.1", 0)) as silent:
            url = f"http://127.0.0.1:{silent.getsockname()[1]}/geheim?token=geheim"
            with pytest.raises(PartlyTaken) as late:
                WebhookSink(url, [KEY], timeout_s=0.1).publish([message()])
        with pytest.raises(PartlyTaken) as gone:
            WebhookSink(url, [KEY], timeout_s=1).publish([message()])
        assert "geheim" not in late.value.reason + gone.value.reason
        assert "127.0.0.1" in gone.value.reason

    def test_a_batch_that_takes_too_long_is_left_to_the_next_call(self, monkeypatch):
        monkeypatch.setattr("earmark.sinks.webhook.BATCH_S", 0.0)
        with receiving() as receiver:
            assert WebhookSink(receiver.url, [KEY]).publish([message(1), message(2)]) == 1
