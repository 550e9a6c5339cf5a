"""Settings: who wins, where paths are taken from, and what is said about mistakes."""

import os
import sys
from pathlib import Path

import pytest

from earmark.settings import load_settings
from engine.errors import ConfigurationInvalid, FileUnreadable


@pytest.fixture
def project(tmp_path):
    def write(text, name="earmark.toml"):
        (tmp_path / name).write_text(text)
        return tmp_path

    return write


def load(folder, environment=None, **given):
    return load_settings(environment=environment or {}, folder=folder, **given)


def test_without_anything_the_database_lies_in_the_working_folder(tmp_path):
    settings = load(tmp_path)
    assert settings.database_url == f"sqlite:///{tmp_path}/earmark.db"
    assert (settings.config, settings.rules, settings.publish_file, settings.jobs) == (None, None, None, ())


def test_a_flag_wins_over_the_environment_and_that_over_the_file(project):
    folder = project('database = "sqlite:////from/file.db"')
    environment = {"EARMARK_DATABASE_URL": "sqlite:////from/environment.db"}
    assert load(folder).database_url == "sqlite:////from/file.db"
    assert load(folder, environment).database_url == "sqlite:////from/environment.db"
    assert load(folder, environment, database="sqlite:////flag.db").database_url == "sqlite:////flag.db"


def test_plugins_of_all_sources_add_up_in_order(project):
    folder = project('plugins = ["plugins/shop.py", "shop.extra"]')
    settings = load(folder, {"EARMARK_PLUGINS": "one, two.py"}, plugins=["three", "one"])
    assert settings.plugins == (f"{folder}/plugins/shop.py", "shop.extra", "one", "two.py", "three")


def test_paths_of_the_file_are_taken_from_its_folder(project):
    folder = project(
        """
        database = "sqlite:///data/shop.db"
        plugins = ["own"]
        [publish]
        file = "out/events.jsonl"
        [[jobs]]
        kind = "stock-update"
        interval = 60
        path = "incoming/*.csv"
        """
    )
    (folder / "own").mkdir()
    (folder / "rules").mkdir()
    settings = load_settings(environment={}, config=folder / "earmark.toml")
    assert settings.database_url == f"sqlite:///{folder}/data/shop.db"
    assert settings.plugins == (f"{folder}/own",)
    assert settings.publish_file == folder / "out/events.jsonl"
    assert settings.rules == folder / "rules"
    assert settings.jobs[0].path == f"{folder}/incoming/*.csv"


def test_a_named_settings_file_must_exist(tmp_path):
    with pytest.raises(FileUnreadable, match=r"nowhere\.toml"):
        load(tmp_path, config=tmp_path / "nowhere.toml")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("\ndatabase = @\n", "(at line 2, column 12)"),
        ('databse = "x"', 'earmark.toml:1: databse: there is no such key. Did you mean "database"?'),
        ('\n[publish]\nfle = "x"', 'earmark.toml:3: publish.fle: there is no such key. Did you mean "file"?'),
        (
            '\n[publish]\nfile = "a\\u0000b"',
            "earmark.toml:3: publish.file: this has the character NUL in it",
        ),
        ('plugins = ["a", "\\u0000"]', "plugins[1]: this has the character NUL in it"),
        ("one = " + "1" * 5000, "a number of too many digits"),
        ("plugins = 3", "earmark.toml:1: plugins: input should be a valid tuple"),
        ('[[jobs]]\nkind = "timeout"\ninterval = 5', "earmark.toml:2: jobs[0].kind: input should be"),
        ('[[jobs]]\nkind = "timeouts"', "earmark.toml:1: jobs[0]: give either 'cron' or 'interval'"),
        ('[[jobs]]\nkind = "timeouts"\ncron = "* * * * *"\ninterval = 5', "give either 'cron' or 'interval'"),
        ('[[jobs]]\nkind = "timeouts"\ninterval = "soon"', "earmark.toml:3: jobs[0].interval"),
        ('[[jobs]]\nkind = "timeouts"\ninterval = "1 month"', "has no fixed length"),
        ('[[jobs]]\nkind = "timeouts"\ninterval = 0.5', "greater than or equal to 1"),
        ('[[jobs]]\nkind = "timeouts"\ninterval = true', "write a number of seconds"),
        ('[[jobs]]\nkind = "timeouts"\ninterval = inf', "jobs[0].interval"),
        ('[[jobs]]\nkind = "stock-update"\ninterval = 5', "needs either 'feed'"),
        ('[[jobs]]\nkind = "purge"\ninterval = 5', "needs 'older_than', an age such as '90 days'"),
        ('[[jobs]]\nkind = "purge"\ninterval = 5\nolder_than = "soon"', "jobs[0].older_than"),
        (
            '[[jobs]]\nkind = "timeouts"\ninterval = 5\nolder_than = "90 days"',
            "'older_than' is not an option of a timeouts job",
        ),
        ('[[jobs]]\nkind = "publish"\ninterval = 5\nlimit = 3', "'limit' is not an option of a publish job"),
        ('[[jobs]]\nkind = "timeouts"\ncron = "0 2 * *"', "cron has five"),
        ('[[jobs]]\nkind = "timeouts"\ncron = "0 2 * * 0"', "counts weekdays by number"),
        ('[[jobs]]\nkind = "timeouts"\ncron = "0 2 1 * mon"', "a day of the month and a weekday"),
        ('[[jobs]]\nkind = "timeouts"\ncron = "99 2 * * *"', "is not a crontab expression"),
        ('[[jobs]]\nkind = "timeouts"\ncron = "0 2 30 2 *"', "is never due"),
        ('[[jobs]]\nkind = "timeouts"\ncron = "0 2 * * *"\ntimezone = "Berlin"', "is not a time zone"),
    ],
)
def test_a_mistake_is_told_with_its_place(project, text, said):
    with pytest.raises(ConfigurationInvalid) as refused:
        load(project(text))
    assert said in refused.value.message


def test_arrays_nested_too_deeply_are_refused(project):
    """Guards against a RecursionError of the reader: what is its limit is the interpreter's."""
    deep = sys.getrecursionlimit()
    with pytest.raises(ConfigurationInvalid, match="nested too deeply"):
        load(project("plugins = " + "[" * deep + "]" * deep))


def test_a_byte_order_mark_is_no_harm(tmp_path):
    (tmp_path / "earmark.toml").write_text('database = "sqlite:////a.db"', encoding="utf-8-sig")
    assert load(tmp_path).database_url == "sqlite:////a.db"


def test_a_pipe_in_place_of_the_settings_file_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "earmark.toml")
    with pytest.raises(FileUnreadable, match="nobody has written"):
        load(tmp_path)


def test_all_mistakes_are_told_at_once(project):
    folder = project('one = 1\ntwo = 2\n[[jobs]]\nkind = "nothing"\ninterval = 5')
    with pytest.raises(ConfigurationInvalid) as refused:
        load(folder)
    lines = refused.value.message.splitlines()
    assert [line.split(":")[1] for line in lines] == ["1", "2", "4"]


def test_two_jobs_of_one_name_are_refused(project):
    job = '[[jobs]]\nkind = "timeouts"\ninterval = 5\n'
    with pytest.raises(
        ConfigurationInvalid, match=r"earmark.toml:4: jobs\[1\]: there is a job 'timeouts' already"
    ):
        load(project(job + job))


def test_a_binary_settings_file_is_refused(tmp_path):
    (tmp_path / "earmark.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigurationInvalid, match="not UTF-8"):
        load(tmp_path)


def test_names_of_jobs_make_keys_of_their_kind(project):
    jobs = load(
        project(
            '[[jobs]]\nkind = "timeouts"\ninterval = "2 minutes"\n'
            '[[jobs]]\nname = "shop"\nkind = "timeouts"\ncron = "*/5 * * * mon-fri"\ntimezone = "Europe/Berlin"'
        )
    ).jobs
    assert [(job.key, job.interval) for job in jobs] == [("timeouts", 120.0), ("timeouts/shop", None)]


def test_the_default_folder_is_the_working_folder(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    assert load_settings(environment={}).database_url == "sqlite:///earmark.db"
    assert load_settings(environment={}).processes == Path("processes")
