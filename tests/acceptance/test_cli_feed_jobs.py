"""``earmark run stock-update`` with feeds: from a folder and from an address, as described in ``earmark.toml``."""

import gzip
import time
from pathlib import Path

import pytest

from tests.helpers.file_server import content, moved, serving, with_tag

SETTINGS = """
database = "sqlite:///earmark.db"
plugins = ["plugins"]

[[feeds]]
name = "berlin"
source = "{source}"
delimiter = ";"
kind = "on_hand"
sku = {{ column = "Artikel" }}
warehouse = {{ constant = "Berlin" }}
quantity = {{ column = "Bestand" }}
{more}

[[jobs]]
name = "berlin"
kind = "stock-update"
cron = "0 3 1 1 *"
feed = "berlin"
settle_s = 0
"""
FILE = "Artikel;Bestand\nchair-oak;7\n"


@pytest.fixture
def server():
    with serving() as found:
        yield found


@pytest.fixture
def project(shop):
    Path("incoming").mkdir(exist_ok=True)

    def write(source, more=""):
        Path("earmark.toml").write_text(SETTINGS.format(source=source, more=more))

    return write


def stock(earmark):
    return earmark("stock", "show", "chair-oak").out


def test_a_folder_s_files_are_read_as_the_feed_says_and_put_away(project, earmark):
    project("incoming")
    Path("incoming/one.csv.gz").write_bytes(gzip.compress(FILE.encode()))
    (told,) = earmark("run", "stock-update", "--json").shaped("run-stock-update")
    (entry,) = told["result"]["files"]
    assert (told["job"], entry["outcome"], entry["imported"]) == ("stock-update/berlin", "imported", 1)
    assert Path("incoming/done/one.csv.gz").exists()
    assert earmark("run", "stock-update", "--feed", "berlin").out == "stock-update/berlin  done  no files\n"


def test_an_address_is_asked_for_what_is_new(project, earmark, server):
    project(server.url())
    server.says(with_tag(FILE, '"1"', time.time() + 5))
    told = earmark("run", "stock-update").out
    assert "127.0.0.1/stock.csv imported: 1 of 1 row, 0 refused, 0 released" in told
    assert "Berlin" in stock(earmark)
    assert f"nothing new at {server.url()}" in earmark("run", "stock-update").out


def test_a_redirect_to_another_host_names_both_and_a_password_is_never_shown(
    project, earmark, server, monkeypatch
):
    project(
        server.url("/stock.csv?key=${KEY}"), '[feeds.http]\nuser = "shop"\npassword_env = "PW"\ntries = 1'
    )
    server.says(moved(f"http://localhost:{server.port}/x"))
    monkeypatch.setenv("PW", "s3cret")
    monkeypatch.setenv("KEY", "k3y")
    told = earmark("run", "stock-update", code=1)
    assert "from the host 127.0.0.1 to localhost" in told.out
    assert "s3cret" not in told.out + told.err
    assert "k3y" not in told.out + told.err
    assert server.asked[0].path == "/stock.csv?key=k3y"


def test_a_variable_that_is_missing_is_named(project, earmark, server):
    server.says(content(FILE))
    project(server.url(), '[feeds.http]\ntoken_env = "WMS_TOKEN"')
    assert "WMS_TOKEN, which is not set" in earmark("run", "stock-update", code=1).out


def test_a_feed_without_a_job_can_be_run_by_its_name(project, earmark):
    project("incoming/*.csv")
    text = Path("earmark.toml").read_text()
    Path("earmark.toml").write_text(text.partition("[[jobs]]")[0])
    Path("incoming/one.csv").write_text(FILE)
    told = earmark("run", "stock-update", "--feed", "berlin").out
    assert told.startswith("stock-update/berlin  done")
    error = earmark("run", "stock-update", "--feed", "berlni", "--json", code=1).error
    assert (error["code"], "berlin" in error["message"]) == ("unknown_feed", True)


@pytest.mark.parametrize(
    ("source", "name", "said"),
    [
        ("incoming", "berlni", "jobs[0].feed: there is no feed 'berlni'. Did you mean"),
        ("-", "berlin", "jobs[0].feed: the feed 'berlin' has no source for a job"),
        (
            "https://shop:pw@wms.example/",
            "berlin",
            "feeds[0].source: an address may have no user and password",
        ),
    ],
)
def test_settings_name_feeds_that_can_be_had(project, earmark, source, name, said):
    project(source)
    text = Path("earmark.toml").read_text().replace('feed = "berlin"', f'feed = "{name}"')
    Path("earmark.toml").write_text(text)
    error = earmark("run", "stock-update", "--json", code=1).error
    assert error["code"] == "configuration_invalid"
    assert said in error["message"]
    assert "shop:pw" not in error["message"]
