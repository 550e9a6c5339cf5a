"""Fetching the file of a feed: what is new, with the secrets of the environment, and no more than it may have."""

import gzip
import time
from contextlib import contextmanager

import pytest

from earmark.feeds.errors import SourceUnreachable
from earmark.feeds.fetching import Environment, fetched
from earmark.feeds.model import Feed
from engine.errors import ConfigurationInvalid, EarmarkError, FileUnreadable
from tests.helpers.file_server import content, dripping, endless, moved, nothing, serving, silent, with_tag

BODY = "sku,quantity\nA-1,5\n"
NOW_S = 1_800_000_000


@pytest.fixture
def server():
    with serving() as found:
        found.says(content(BODY))
        yield found


class Around:
    def __init__(self):
        self.variables, self.pauses, self.stops = {}, [], False

    def pause(self, seconds):
        if seconds:
            self.pauses.append(seconds)
        return self.stops

    @property
    def environment(self):
        return Environment(self.variables, lambda: NOW_S * 1_000_000, self.pause)


@pytest.fixture
def around():
    return Around()


@pytest.fixture
def fetch(server, around):
    @contextmanager
    def opened(source=None, known=None, **http):
        feed = Feed(
            name="north",
            source=source or server.url(),
            kind="on_hand",
            sku={"column": "sku"},
            warehouse={"constant": "Berlin"},
            quantity={"column": "quantity"},
            http={"tries": 1, **http},
        )
        with fetched(feed, known or {}, around.environment) as found:
            yield found

    def fetch(source=None, known=None, **http):
        with opened(source, known, **http) as found:
            return None if found is None else (found.path.read_text(), found)

    return fetch


def refusal(fetch, *arguments, error=EarmarkError, **http):
    with pytest.raises(error) as caught:
        fetch(*arguments, **http)
    return caught.value


def test_the_answer_is_a_file_with_the_name_and_time_that_the_server_tells(server, fetch):
    server.says(content(BODY, modified_s=NOW_S - 3600, ETag='"7"'))
    text, found = fetch(server.url("/export/stock%20today.csv?key=1"))
    assert text == BODY
    assert (found.path.name, found.written_at) == ("stock today.csv", (NOW_S - 3600) * 1_000_000)
    assert found.name == "127.0.0.1/export/stock today.csv"
    assert found.known == {"etag": '"7"', "last_modified": "Fri, 15 Jan 2027 07:00:00 GMT"}
    assert not found.path.exists()


def test_the_name_that_the_answer_gives_itself_counts_and_is_never_a_path(server, fetch):
    server.says(content(BODY, Content_Disposition='attachment; filename="stock_300726.csv"'))
    assert fetch()[1].path.name == "stock_300726.csv"
    server.says(content(BODY, Content_Disposition='attachment; filename="../../etc/passwd"'))
    assert fetch()[1].path.name == "passwd"
    server.says(content(BODY))
    assert fetch(server.url("/"))[1].path.name == "stock"


def test_what_is_known_is_not_sent_again(server, fetch):
    server.says(with_tag(BODY, '"7"', NOW_S - 60))
    known = fetch()[1].known
    assert fetch(known=known) is None
    assert server.asked[-1].headers["if-none-match"] == '"7"'
    assert server.asked[-1].headers["if-modified-since"] == known["last_modified"]
    server.says(with_tag(BODY, '"8"'))
    assert fetch(known=known)[0] == BODY


def test_nothing_new_where_nothing_was_known_is_no_answer(server, fetch):
    server.says(content(b"", status="304 Not Modified", length=None))
    assert "gives no file: 304" in refusal(fetch).message


def test_the_time_is_that_of_our_own_clock_where_the_server_s_is_ahead(server, fetch):
    server.says(content(BODY, modified_s=NOW_S + 500, Date="Fri, 15 Jan 2027 08:10:00 GMT"))
    assert fetch()[1].written_at == (NOW_S + 500 - 600) * 1_000_000
    server.says(content(BODY, modified_s=NOW_S - 500, Date="Fri, 15 Jan 2027 07:50:00 GMT"))
    assert fetch()[1].written_at == (NOW_S - 500) * 1_000_000


def test_a_live_answer_is_of_the_moment_of_asking_and_one_without_a_time_of_none(fetch):
    assert fetch(live=True)[1].written_at == NOW_S * 1_000_000
    assert fetch()[1].written_at is None


def test_secrets_come_from_the_environment(server, fetch, around):
    around.variables = {"WMS_PASSWORD": "s3cret\n", "TOKEN": "abc", "KEY": "k y"}
    fetch(user="shop", password_env="WMS_PASSWORD")
    assert server.asked[-1].headers["authorization"] == "Basic c2hvcDpzM2NyZXQ="
    fetch(token_env="TOKEN")
    assert server.asked[-1].headers["authorization"] == "Bearer abc"
    fetch(server.url("/stock.csv?key=${KEY}"), headers={"X-Api-Key": "v1-${TOKEN}"})
    assert (server.asked[-1].path, server.asked[-1].headers["x-api-key"]) == (
        "/stock.csv?key=k%20y",
        "v1-abc",
    )


def test_a_variable_that_is_not_set_or_cannot_be_sent_is_named(server, fetch, around):
    error = refusal(fetch, token_env="WMS_TOKEN", error=ConfigurationInvalid)
    assert "WMS_TOKEN, which is not set" in error.message
    around.variables = {"WMS_TOKEN": "s3cret\r\nX-Other: 1"}
    error = refusal(fetch, headers={"X-Key": "${WMS_TOKEN}"}, error=ConfigurationInvalid)
    assert "WMS_TOKEN" in error.message
    assert "s3cret" not in str(error.as_dict())
    assert server.asked == []


@pytest.mark.parametrize(
    ("http", "said"),
    [
        ({"user": "shop"}, "go together"),
        ({"token_env": "T", "user": "shop", "password_env": "P"}, "either 'token_env' or 'user'"),
        ({"headers": {"X Key": "1"}}, "'X Key' is no name of a header"),
        ({"headers": {"X-Key": "a\nb"}}, "cannot be sent"),
    ],
)
def test_what_cannot_be_asked_so_is_refused_before_it_is(fetch, http, said):
    with pytest.raises(ValueError, match=said):
        fetch(**http)


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("https://shop:s3cret@wms.example/stock.csv", "no user and password"),
        ("https://${HOST}/stock.csv", "the host of an address is written out"),
        ("https:///stock.csv", "no address"),
        ("http://wms.example:99999/", "no address"),
    ],
)
def test_an_address_has_a_host_and_no_password(fetch, source, said):
    with pytest.raises(ValueError, match=said) as caught:
        fetch(source)
    assert "s3cret" not in str(caught.value.errors(include_input=False))


def test_a_redirect_goes_on_where_the_feed_was_told(server, fetch):
    server.says(moved("/export/latest.csv"), content(BODY))
    assert fetch()[0] == BODY
    assert [asked.path for asked in server.asked] == ["/stock.csv", "/export/latest.csv"]


def test_a_redirect_to_another_host_is_refused_unless_it_is_allowed(server, fetch, around):
    around.variables = {"T": "abc"}
    elsewhere = f"http://localhost:{server.port}/stock.csv"
    server.says(moved(elsewhere), content(BODY))
    error = refusal(fetch, token_env="T", error=SourceUnreachable)
    assert "from the host 127.0.0.1 to localhost" in error.message
    assert 'hosts = ["localhost"]' in error.remedy
    assert len(server.asked) == 1
    server.says(moved(elsewhere), content(BODY))
    assert fetch(token_env="T", hosts=("localhost",))[0] == BODY
    assert "authorization" in server.asked[-2].headers
    assert "authorization" not in server.asked[-1].headers


@pytest.mark.parametrize(
    ("location", "said"),
    [("ftp://127.0.0.1/x", "no address"), ("http://[::1", "no address"), ("/stock.csv", "more than 5 times")],
)
def test_a_redirect_that_leads_nowhere_is_refused(server, fetch, location, said):
    server.says(moved(location))
    assert said in refusal(fetch, error=SourceUnreachable).message


def test_a_file_that_is_too_large_or_has_no_end_is_cut(server, fetch):
    for answer in (content(BODY), content(BODY, length=None), endless):
        server.says(answer)
        assert "has more than 10 bytes, or no end" in refusal(fetch, largest=10, error=FileUnreadable).message
    server.says(content(gzip.compress(b"0" * 1_000_000), Content_Encoding="gzip"))
    assert "has more than 5000 bytes" in refusal(fetch, largest=5000, error=FileUnreadable).message


def test_an_answer_that_is_silent_or_too_slow_is_cut(server, fetch):
    server.says(silent(server))
    assert "said nothing for 0.2 s" in refusal(fetch, timeout_s=0.2).message
    server.says(dripping(server, 0.05))
    assert "was not through after 0.5 s" in refusal(fetch, timeout_s=5, longest_s=0.5).message


@pytest.mark.parametrize(
    "answer",
    [
        content(BODY, length=len(BODY) + 1),
        content(f"{len(BODY):x}\r\n{BODY}\r\n", length=None, Transfer_Encoding="chunked"),
        content(gzip.compress(BODY.encode())[:-3], Content_Encoding="gzip"),
        content(b"no gzip", Content_Encoding="gzip"),
        nothing,
    ],
    ids=["length", "chunked", "gzip", "not gzip", "hung up"],
)
def test_an_answer_that_is_cut_off_is_not_taken_and_asked_for_again(server, fetch, around, answer):
    server.says(answer)
    refusal(fetch, error=SourceUnreachable)
    server.says(answer, content(BODY))
    assert fetch(tries=2)[0] == BODY
    assert around.pauses == [1.0]


def test_gzip_is_unpacked_and_anything_else_refused(server, fetch):
    packed = gzip.compress(BODY[:13].encode()) + gzip.compress(BODY[13:].encode())
    server.says(content(packed, Content_Encoding="gzip"))
    assert fetch()[0] == BODY
    assert server.asked[-1].headers["accept-encoding"] == "gzip"
    server.says(content(BODY, Content_Encoding="br"))
    assert "packed with 'br'" in refusal(fetch, error=FileUnreadable).message


@pytest.mark.parametrize(
    ("status", "said", "remedy"),
    [
        ("401 Unauthorized", "wants to know who asks: 401", "password_env"),
        ("403 Forbidden", "does not let us have it: 403", "allow"),
        ("404 Not Found", "has no such file: 404", "address"),
        ("410 Gone", "has the file no more: 410", "address"),
        ("418 Teapot", "refuses the request: 418", "[feeds.http]"),
        ("206 Partial Content", "gives no file: 206", "200"),
        ("501 Not Implemented", "has a fault of its own: 501", "server"),
    ],
)
def test_a_status_that_will_not_pass_is_told_at_once_with_what_to_do(
    server, fetch, around, status, said, remedy
):
    server.says(content(b"", status=status))
    error = refusal(fetch, tries=3, error=SourceUnreachable)
    assert said in error.message
    assert remedy in error.remedy
    assert around.pauses == []


def test_what_may_pass_is_tried_again_with_growing_pauses(server, fetch, around):
    busy = content(b"", status="503 Service Unavailable")
    server.says(busy, busy, content(BODY))
    assert fetch(tries=3)[0] == BODY
    assert around.pauses == [1.0, 2.0]
    server.says(busy)
    assert "(asked 3 times)" in refusal(fetch, tries=3).message


def test_a_server_that_asks_to_wait_is_waited_for_unless_it_takes_too_long(server, fetch, around):
    server.says(content(b"", status="429 Too Many Requests", Retry_After="7"), content(BODY))
    assert fetch(tries=2)[0] == BODY
    assert around.pauses == [7.0]
    server.says(content(b"", status="429 Too Many Requests", Retry_After="3600"), content(BODY))
    error = refusal(fetch, tries=2)
    assert "is asked too often: 429" in error.message
    assert "less often" in error.remedy
    assert around.pauses == [7.0]


def test_a_web_page_is_no_file(server, fetch):
    server.says(content("<html>", Content_Type="text/html; charset=utf-8"))
    error = refusal(fetch, error=FileUnreadable)
    assert "answers with a web page" in error.message


def test_a_server_that_is_not_there_is_told_without_the_query(fetch):
    with serving() as gone:
        source = gone.url("/stock.csv?key=s3cret")
    error = refusal(fetch, source, error=SourceUnreachable)
    assert error.message == f"http://127.0.0.1:{gone.port}/stock.csv?... cannot be had: Connection refused"


def test_a_stop_ends_the_waiting_and_the_fetching(server, fetch, around):
    around.stops = True
    server.says(nothing)
    assert "stopped before" in refusal(fetch, tries=3).message
    server.says(endless)
    began = time.monotonic()
    assert "stopped while" in refusal(fetch).message
    assert time.monotonic() - began < 5
